"""An issue is raised from slips that nobody outside ever sees a word of."""

from confederation import record
from instance import archive
from instance.store import people, records
from instance.web.naming import in_hex
from tests.instance.house import NOON, House
from tests.instance.three import Three
from tests.instance.web.browsing import Browser, text_of
from tests.instance.web.hall import before
from tests.instance.web.raising import WORDS
from tests.instance.web.sending import done, found_in, refused

CHAIR, SECOND = 0, 1
SLIPS = b"""who,phone,address,what,why,consent
Rosalind Quickwater,07700 900123,12 Saltgate Row,Mould in the bedroom,She coughs,yes
Bartholomew Zell,07700 900456,3 Ropewalk,DAMP behind the wardrobe,He moved out,yes
,,,The bus comes too late,,no
"""
PLANTED = (
    "Rosalind",
    "Quickwater",
    "900123",
    "Saltgate",
    "Bartholomew",
    "900456",
    "Ropewalk",
    "coughs",
    "behind the wardrobe",
)


async def hands_in_slips(browser: Browser) -> None:
    done(await browser.upload("/slips", slips=SLIPS))


async def test_what_stands_on_slips_is_found_nowhere_but_in_the_slip_table(
    council: Three,
) -> None:
    ours, theirs = council.houses
    async with before(ours, CHAIR) as (noter,):
        await hands_in_slips(noter)
        page = await noter.get("/slips?q=damp+MOULD")
        form = await noter.get("/issues/new?slip=1&slip=2")
        preview = await noter.post(
            "/issues/preview", on="/issues/new", slip=["1", "2"], **WORDS
        )
        issue = done(
            await noter.post(
                "/issues", on="/issues/new", slip=["1", "2"], previewed="yes", **WORDS
            )
        )
        shown = await noter.get(issue)
    council.exchange(NOON)

    assert "Mould in the bedroom" in text_of(page)
    assert "bus comes" not in text_of(page)
    assert "She coughs" in text_of(form)
    assert "2 listening slips behind it" in text_of(preview.text)
    assert "2 listening slips" in text_of(shown)
    for text in (preview.text, shown):
        assert not [each for each in PLANTED if each in text]
    assert found_in(ours, *PLANTED) == {"slip"}
    assert found_in(theirs, *PLANTED) == set()
    assert "entry" in found_in(theirs, in_hex(issue.rpartition("/")[2])[:20])


async def test_a_text_that_gives_a_person_away_is_raised_only_by_who_was_warned(
    council: Three,
) -> None:
    words = {**WORDS, "what": "Rosalind Quickwater has mould. Ring 07700 900123."}
    async with before(council.houses[0], CHAIR) as (noter,):
        await hands_in_slips(noter)
        preview = await noter.post("/issues/preview", on="/issues/new", **words)
        again = await noter.post("/issues", on="/issues/new", previewed="yes", **words)
        aware = await noter.post(
            "/issues", on="/issues/new", previewed="yes", aware="yes", **words
        )

    assert "The name “Rosalind Quickwater” stands on slip 1." in text_of(preview.text)
    assert "looks like a phone number" in text_of(preview.text)
    assert 'id="aware"' in preview.text
    refused(again, 422, "The name “Rosalind Quickwater” stands on slip 1.")
    assert "Rosalind Quickwater has mould" in again.text
    done(aware)


async def test_nothing_is_raised_that_was_not_previewed(council: Three) -> None:
    async with before(council.houses[0], CHAIR) as (noter,):
        answer = await noter.post("/issues", on="/issues/new", **WORDS)

    refused(answer, 422, "look at the preview first")
    assert issues_of(council.houses[0]) == []


async def test_the_words_can_be_changed_after_the_preview(council: Three) -> None:
    async with before(council.houses[0], CHAIR) as (noter,):
        await hands_in_slips(noter)
        answer = await noter.post(
            "/issues/preview", on="/issues/new", slip=["2"], change="yes", **WORDS
        )

    assert answer.status_code == 200
    assert "Several households told us about mould." in answer.text
    assert 'name="slip" value="2"' in answer.text


async def test_slips_are_for_the_note_taker_and_the_registrar_only(
    council: Three,
) -> None:
    async with before(council.houses[0], CHAIR, SECOND) as (noter, member):
        await hands_in_slips(noter)
        page = await member.get("/slips", status=403)
        form = await member.get("/issues/new?slip=1")
        answer = await member.post(
            "/issues", on="/issues/new", slip=["1"], previewed="yes", **WORDS
        )

    assert not [each for each in PLANTED if each in page + form]
    refused(answer, 403, "Slips are seen by the note-taker and the registrar only.")


async def test_a_slip_stands_under_one_issue(council: Three) -> None:
    async with before(council.houses[0], CHAIR) as (noter,):
        await hands_in_slips(noter)
        first = await noter.post(
            "/issues", on="/issues/new", slip=["1"], previewed="yes", **WORDS
        )
        second = await noter.post(
            "/issues", on="/issues/new", slip=["1"], previewed="yes", **WORDS
        )
        unknown = await noter.post(
            "/issues", on="/issues/new", slip=["77"], previewed="yes", **WORDS
        )

    done(first)
    refused(second, 422, "Slip 1 stands under another issue already.")
    refused(unknown, 404, "There is no slip 77 here.")
    assert len(issues_of(council.houses[0])) == 1


async def test_a_file_of_slips_that_is_not_right_changes_nothing(
    council: Three,
) -> None:
    async with before(council.houses[0], CHAIR) as (noter,):
        answer = await noter.upload("/slips", slips=SLIPS + b"A,B\n")

    refused(answer, 422, "Line 5 of the slips has 2 fields")
    with council.houses[0].desk() as desk:
        assert people.slips(desk.connection) == []


async def test_an_assembly_has_an_issue_too_and_can_take_that_back(
    council: Three,
) -> None:
    ours, theirs = council.houses
    async with before(theirs, SECOND) as (member,):
        issue = done(
            await member.post("/issues", on="/issues/new", previewed="yes", **WORDS)
        )
    council.exchange(NOON)
    own = dict(WORDS, title="Cold flats")
    async with before(ours, SECOND, CHAIR) as (member, noter):
        ours_too = done(
            await member.post("/issues", on="/issues/new", previewed="yes", **own)
        )
        shared = done(
            await member.post(
                f"{issue}/share",
                account="Here it is the flats above the shops.",
                why="Two families moved away.",
                own=ours_too.rpartition("/")[2],
            )
        )
        page = await member.get(shared)
        # Saying it in other words takes the place of what was said.
        done(await member.post(f"{issue}/share", account="And the school."))
        again = await member.get(shared)
        not_theirs = await member.post(f"{issue}/take-back", on=shared)
        done(await noter.post(f"{issue}/take-back", on=shared))
        gone = await noter.get(shared)
    council.exchange(NOON)

    assert "the flats above the shops" in text_of(page)
    assert "And the school." in text_of(again)
    assert "the flats above the shops" not in text_of(again)
    refused(not_theirs, 403, "to do")
    assert "And the school." not in text_of(gone)
    with theirs.desk() as desk:
        rows = records.of_type(desk.connection, "SharedAccount")
        facts = [archive.read(desk, row).fact for row in rows]
    assert [getattr(fact, "withdrawn", None) for fact in facts] == [False, False, True]


async def test_how_far_an_issue_reaches_is_said_changed_and_known_elsewhere(
    council: Three,
) -> None:
    ours, theirs = council.houses
    reaches = dict(WORDS, scope="local")
    async with before(ours, CHAIR, SECOND) as (noter, member):
        preview = await noter.post("/issues/preview", on="/issues/new", **reaches)
        issue = done(
            await noter.post("/issues", on="/issues/new", previewed="yes", **reaches)
        )
        listed = await noter.get("/issues?scope=local")
        form = await noter.get(issue)
        done(await noter.post(f"{issue}/scope", on=issue, scope="county"))
        not_theirs = await member.post(
            f"{issue}/scope", on="/issues/new", scope="national"
        )
        nowhere = await noter.post(f"{issue}/scope", on=issue, scope="cosmic")
        no_form = await member.get(issue)
        shown = await noter.get(issue)
        unlisted = await noter.get("/issues?scope=local")
    council.exchange(NOON)
    async with before(theirs, CHAIR) as (reader,):
        elsewhere = await reader.get(issue)
        there = await reader.get("/issues?scope=county")
        not_ours = await reader.post(f"{issue}/scope", on="/issues/new", scope="local")

    assert "Reaches: Local" in text_of(preview.text)
    assert "Damp homes" in listed
    assert f'action="{issue}/scope"' in form
    assert f'action="{issue}/scope"' not in no_form + elsewhere
    refused(not_theirs, 403, "to do")
    refused(nowhere, 422, "this was not offered")
    refused(not_ours, 404, "This assembly has raised no such issue.")
    assert 'href="/issues?scope=county"' in shown
    assert "Damp homes" not in unlisted
    assert 'href="/issues?scope=county"' in elsewhere
    assert "Damp homes" in there


async def test_an_assembly_does_not_share_its_own_issue_nor_one_that_is_not_there(
    council: Three,
) -> None:
    async with before(council.houses[0], CHAIR) as (member,):
        issue = done(
            await member.post("/issues", on="/issues/new", previewed="yes", **WORDS)
        )
        own = await member.post(f"{issue}/share", account="Here as well.")
        absent = await member.post(
            f"/issues/{'0' * 64}/share", on="/issues/new", account="Here as well."
        )

    refused(own, 422, "so it has it already")
    assert absent.status_code == 404


async def test_a_form_from_elsewhere_raises_nothing(council: Three) -> None:
    async with before(council.houses[0], CHAIR) as (member,):
        forged = await member.http.post(
            "/issues", data={"token": "forged", "previewed": "yes", **WORDS}
        )
        elsewhere = await member.http.post(
            "/issues",
            data={"previewed": "yes", **WORDS},
            headers={"origin": "https://elsewhere.example"},
        )

    assert forged.status_code == 403
    assert elsewhere.status_code == 403
    assert issues_of(council.houses[0]) == []


async def test_whoever_has_not_signed_in_raises_and_shares_nothing(
    council: Three,
) -> None:
    async with before(council.houses[0], CHAIR) as (member,):
        await member.post("/sign-out", on="/issues/new")
        answer = await member.post("/issues", on="/sign-in", previewed="yes", **WORDS)

    assert answer.status_code == 403
    assert issues_of(council.houses[0]) == []


def issues_of(house: House) -> list[record.Fact]:
    """Return the issues in an assembly's own record."""
    with house.desk() as desk:
        ours = records.ours(desk.connection)
        assert ours is not None
        rows = records.entries(desk.connection, ours.id, types=("Issue",))
        return [archive.read(desk, row).fact for row in rows]
