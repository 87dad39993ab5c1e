"""A mandate to carry: its card, the code that leads to the check, and what it shows."""

from instance.web.naming import in_hex
from instance.web.rendering import in_groups
from tests.instance.house import NOON
from tests.instance.three import Three
from tests.instance.web.bounds import WALL, binds, proposes
from tests.instance.web.browsing import text_of
from tests.instance.web.hall import before, confirms, decides
from tests.instance.web.seated import CHAIR, DANA, elects, path_of, seat_at
from tests.instance.web.sending import done, refused


async def test_a_mandate_is_printed_with_the_code_that_checks_it(
    council: Three,
) -> None:
    ours = council.houses[0]
    proposal = await proposes(council, WALL)
    await elects(council)
    await binds(council, proposal, paper_vote="yes")

    async with before(ours, CHAIR) as (chair,):
        seat = await chair.get(path_of(council))
        at = "/mandates/" + seat.partition('href="/mandates/')[2].partition('"')[0]
        page = await chair.get(at)
        card = await chair.get(f"{at}/card")
        both = (await chair.http.get(f"{at}/card?in=fr&size=large")).text
        pocket = await chair.get(f"{at}/card?on=a6")

    assert f'href="{at}/card"' in page
    assert "two tellers" in text_of(page)
    digest = f"sha256:{at.removeprefix('/mandates/')}"
    for sheet in (card, both, pocket):
        assert "A political promise, not a contract" in text_of(sheet)
        assert str(in_groups(digest)) in sheet
        assert "<svg aria-hidden" in sheet
        assert f"{ours.config.base}{at}".partition("://")[2] in sheet
    assert "Vote on paper" in text_of(card)
    assert "Countersigned by" in text_of(card)
    assert 'lang="fr"' in both
    assert 'class="large"' in both
    assert "Vote on paper" not in text_of(pocket)


async def test_elsewhere_a_mandate_names_whose_delegate_holds_it(
    council: Three,
) -> None:
    ours, theirs, *_ = council.houses
    proposal = await proposes(council, WALL)
    await elects(council)
    await binds(council, proposal)
    async with before(ours, CHAIR) as (chair,):
        seat = await chair.get(path_of(council))
    at = "/mandates/" + seat.partition('href="/mandates/')[2].partition('"')[0]
    council.exchange(NOON)

    async with before(theirs, 0) as (reader,):
        page = text_of(await reader.get(at))

    assert "held by A delegate of Harbour" in page
    assert "@" not in page.partition("Fingerprint")[0]


async def test_the_page_of_a_mandate_says_which_entry_ended_it(council: Three) -> None:
    ours, path = council.houses[0], path_of(council)
    proposal = await proposes(council, WALL)
    await elects(council)
    await binds(council, proposal)
    async with before(ours, CHAIR) as (chair,):
        seat = await chair.get(path)
        at = "/mandates/" + seat.partition('href="/mandates/')[2].partition('"')[0]
        assert "In force" in text_of(await chair.get(at))
        done(await chair.post(f"{path}/recall", on=path, reason="x", urgent="yes"))
    moved = seat_at(ours, council.compact.identity).recalls.moved
    assert moved is not None
    later = moved.notice_until
    decided = decides(ours, text=moved.text, person=True, at=later)
    async with before(ours, CHAIR, at=later) as (chair,):
        done(await chair.post(f"{path}/settle-recall", on=path, ballot=decided))
    confirms(ours, later)

    async with before(ours, CHAIR, at=later) as (chair,):
        page = await chair.get(at)

    assert "Ended: the delegate was recalled" in text_of(page)
    ended = page.partition("Ended by")[2]
    assert 'href="/entries/' in ended[:200]


async def test_what_a_delegate_holds_besides_is_declared_and_shown(
    council: Three,
) -> None:
    ours, path = council.houses[0], path_of(council)
    async with before(ours, CHAIR, DANA) as (chair, dana):
        dana_ = ours.members[DANA]
        done(await chair.post(f"{path}/nominate", on=path, member=dana_))
        strange = await dana.post(f"{path}/accept", on=path, declared="emperor")
        done(
            await dana.post(
                f"{path}/accept", on=path, declared=["another seat", "councillor"]
            )
        )
        done(await chair.post(f"{path}/put", on=path, delegate=dana_))
    slate = seat_at(ours, council.compact.identity).put
    assert slate is not None
    decided = decides(ours, text=slate.text, person=True)
    async with before(ours, CHAIR) as (chair,):
        done(await chair.post(f"{path}/elect", on=path, ballot=decided))
    confirms(ours)
    proposal = await proposes(council, WALL)
    await binds(council, proposal)
    council.exchange(NOON)

    refused(strange, 422, "this was not offered")
    with ours.desk() as desk:
        [row] = desk.connection.execute(
            "select digest from entry where type = 'Mandate'"
        ).fetchall()
    for house in council.houses:
        async with before(house, CHAIR) as (reader,):
            page = text_of(await reader.get(f"/mandates/{in_hex(row['digest'])}"))
        assert "this is a political, not a legal, mandate." in page
        assert "Holds another seat as a delegate" in page
