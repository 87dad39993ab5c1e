"""What bounds who speaks for us: a theme, and how many seats one person holds."""

from typing import Any

from confederation.identifiers import Digest
from confederation.record import Mandate
from instance import chamber
from instance.store import records
from instance.web.naming import in_hex
from tests.instance.house import House
from tests.instance.three import Three
from tests.instance.web.browsing import text_of
from tests.instance.web.evening import RULES
from tests.instance.web.hall import before, confirms, decides
from tests.instance.web.seated import (
    CHAIR,
    DANA,
    ELI,
    elects,
    one_more_compact,
    path_of,
    seat_at,
    seats_dana,
)
from tests.instance.web.sending import done, refused


def rules(house: House, **bounds: str) -> dict[str, Any]:
    """Fill the form of the rulebook in, with bounds on who is a delegate."""
    fields: dict[str, Any] = {**RULES, "text": "", **bounds}
    for n, key in enumerate(house.teller_keys, start=1):
        fields[f"teller_{n}"] = house.members[n - 1]
        fields[f"key_{n}"] = key
    return fields


async def test_a_delegate_is_bound_on_one_theme_by_the_form(council: Three) -> None:
    ours = council.houses[0]
    identity = one_more_compact(council, themes=["health", "housing", "housing/damp"])
    path = f"/seats/{in_hex(identity)}"
    await seats_dana(ours, path)
    slate = seat_at(ours, identity).put
    assert slate is not None
    elected = decides(ours, text=slate.text, person=True)
    told = decides(ours, subject=Digest(identity))
    async with before(ours, CHAIR) as (chair,):
        done(await chair.post(f"{path}/elect", on=path, ballot=elected))
        confirms(ours)
        fields = {
            "holder": ours.members[DANA],
            "ballot": told,
            "proposal": in_hex(identity),
            "must": "for",
        }
        form = await chair.get(path)
        unknown = await chair.post(f"{path}/mandate", on=path, **fields, theme="roads")
        done(await chair.post(f"{path}/mandate", on=path, **fields, theme="housing"))
        confirms(ours)
        page = text_of(await chair.get(path))

    assert '<option value="housing/damp"' in form
    refused(unknown, 422, "Theme")
    assert "Only on what is about housing." in page
    with ours.desk() as desk:
        own = records.ours(desk.connection)
        assert own is not None
        kept = chamber.record_of(desk, own.id)
        assert kept is not None
        [given] = [fact for _, fact in kept.facts(Mandate)]
    assert (given.scope, given.theme) == ("theme", "housing")


async def test_the_rules_bound_how_many_seats_one_delegate_holds(
    council: Three,
) -> None:
    ours = council.houses[0]
    bounds = decides(ours)
    async with before(ours, CHAIR) as (chair,):
        done(
            await chair.post("/rulebook", **rules(ours, most_seats="1"), ballot=bounds)
        )
    confirms(ours)
    await elects(council)
    identity = one_more_compact(council)
    path = f"/seats/{in_hex(identity)}"

    async with before(ours, CHAIR, DANA, ELI) as (chair, dana, eli):
        for who, member in ((DANA, dana), (ELI, eli)):
            name = ours.members[who]
            done(await chair.post(f"{path}/nominate", on=path, member=name))
            done(await member.post(f"{path}/accept", on=path, key=""))
        again = await chair.post(
            f"{path}/put", on=path, delegate=ours.members[DANA], alternate=""
        )
        done(
            await chair.post(
                f"{path}/put", on=path, delegate=ours.members[ELI], alternate=""
            )
        )
        shown = text_of(await chair.get("/rulebook"))

    refused(again, 403, "one person does not hold so many seats")
    assert "Seats that one delegate holds at a time" in shown
    slate = seat_at(ours, identity).put
    assert slate is not None
    assert slate.delegate == ours.members[ELI]


async def test_the_rules_bound_how_often_in_a_row_one_person_is_delegate(
    council: Three,
) -> None:
    ours, path = council.houses[0], path_of(council)
    bounds = decides(ours)
    async with before(ours, CHAIR) as (chair,):
        done(
            await chair.post("/rulebook", **rules(ours, most_terms="1"), ballot=bounds)
        )
    confirms(ours)
    await elects(council)

    async with before(ours, CHAIR, DANA, ELI) as (chair, dana, eli):
        for who, member in ((DANA, dana), (ELI, eli)):
            name = ours.members[who]
            done(await chair.post(f"{path}/nominate", on=path, member=name))
            done(await member.post(f"{path}/accept", on=path, key=""))
        again = await chair.post(
            f"{path}/put", on=path, delegate=ours.members[DANA], alternate=""
        )
        done(
            await chair.post(
                f"{path}/put", on=path, delegate=ours.members[ELI], alternate=""
            )
        )
        shown = text_of(await chair.get("/rulebook"))

    refused(again, 403, "not delegate again without somebody else in between")
    assert "Terms in a row as delegate" in shown
