"""Three assemblies that share an issue, and draft a text about it."""

from datetime import timedelta
from pathlib import Path

from confederation import record
from confederation.confederal.compact import Seat
from confederation.identifiers import ActorId, Commit, Digest
from confederation.record import TextVersion
from instance import clerk, vocabulary
from instance.matters import drafting
from instance.store import events, records
from instance.web.naming import in_hex
from tests.instance.house import NOON, House
from tests.instance.three import (
    Three,
    a_compact,
    assembly_of,
    keep_compact,
)
from tests.instance.web.browsing import Browser
from tests.instance.web.hall import OTHERS, a_hall
from tests.instance.web.sending import done

ROOFS = "The housing authority mends every damp roof before winter."
COST = "It pays for it out of the rents that it has kept."


def three_that_share(directory: Path) -> tuple[Three, Digest]:
    houses = (
        a_hall(directory),
        a_hall(directory, slug="quarry", port=8002, people=OTHERS),
        a_hall(directory, slug="mill", port=8003, people=("Ida Rook", "Jo Penn")),
    )
    seats = []
    for house in houses:
        with house.desk() as desk:
            ours = records.ours(desk.connection)
            assert ours is not None
            seats.append(seat_of(ours))
    document = a_compact(seats)
    for house in houses:
        with house.desk() as desk:
            keep_compact(desk, document)
    together = Three(houses=houses, compact=vocabulary.read_compact(document))
    together.exchange(NOON)
    with houses[0].desk() as desk:
        raised = record.Issue(
            title=events.keep_wording(desk.connection, "Damp homes"),
            what=events.keep_wording(desk.connection, "Mould in many bedrooms."),
        )
        issue = clerk.publish(desk, "Issue", vocabulary.wire(raised)).digest
    for house in houses[1:]:
        with house.desk() as desk:
            account = record.SharedAccount(
                shares=issue,
                account=events.keep_wording(
                    desk.connection, f"Here in {house.config.slug} as well."
                ),
            )
            clerk.publish(desk, "SharedAccount", vocabulary.wire(account))
    together.exchange(NOON)
    return together, issue


def seat_of(ours: records.Known) -> Seat:
    return Seat(assembly=ours.id, address=ActorId(ours.address), key=ours.key)


async def begins(
    browser: Browser, issue: str, houses: tuple[House, ...], *, lang: str = "cy"
) -> str:
    return done(
        await browser.post(
            f"/shared/{issue}/texts",
            title="What we ask the authority for",
            clause=[ROOFS, COST],
            lang=lang,
            among=[in_hex(assembly_of(house)) for house in houses],
        )
    )


def puts(house: House, title: Commit, clauses: tuple[record.Clause, ...]) -> Digest:
    """Put clauses to all assemblies, and return the proposal."""
    with house.desk() as desk:
        nothing = Digest(f"sha256:{'0' * 64}")
        proposal = record.Proposal(
            compact=nothing,
            title=title,
            clauses=clauses,
            options=(),
            method=record.Method(name="consent"),
            opens=NOON,
            closes=NOON + timedelta(days=7),
            decision=nothing,
        )
        return clerk.publish(desk, "Proposal", vocabulary.wire(proposal)).digest


def version(house: House, path: str) -> TextVersion:
    with house.desk() as desk:
        _, one = drafting.version(desk, f"sha256:{path.rpartition('/')[2]}")
    return one.text
