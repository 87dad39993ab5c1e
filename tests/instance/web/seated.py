"""Our seat in a compact, filled and bound by the forms that members use."""

from datetime import datetime, timedelta

from activitypub.canonical import JsonObject, JsonValue
from confederation.confederal import election
from confederation.identifiers import CompactId, Digest
from confederation.record import Filed
from instance import chamber, node, vocabulary
from instance.store import compacts
from instance.web.naming import in_hex
from tests.instance import three
from tests.instance.house import NOON, House
from tests.instance.three import Three
from tests.instance.web.hall import adopts, before, confirms, decides, joins
from tests.instance.web.sending import done

CLOSES = NOON + timedelta(days=3)
CHAIR, SECOND, CAS, DANA, ELI = range(5)
CLAUSES = ("We ask for a damp survey.", "We lend each other dryers.")


def seat_at(house: House, compact: CompactId, at: datetime = NOON) -> election.State:
    with house.desk(at) as desk:
        state: election.State = node.load(desk, f"seat:{compact}")
    return state


def path_of(council: Three) -> str:
    return f"/seats/{in_hex(council.compact.identity)}"


async def proposes(
    council: Three,
    *clauses: str,
    method: str = "majority-of-assemblies",
    **fields: str | list[str],
) -> Digest:
    """Put what our assembly adopted before both, by the form; both witness it."""
    ours = council.houses[0]
    motion = adopts(ours, *(clauses or CLAUSES))
    async with before(ours, CHAIR) as (chair,):
        page = done(
            await chair.post(
                f"/motions/{motion}/propose",
                on=None,
                compact=in_hex(council.compact.digest),
                method=method,
                closes_at=CLOSES.strftime("%Y-%m-%dT%H:%M:%S"),
                **fields,
            )
        )
    council.confer(NOON)
    return Digest(f"sha256:{page.rpartition('/')[2]}")


async def elects(council: Three, *, key: str = "") -> None:
    """Elect Dana as delegate and Eli as alternate, by the forms."""
    ours, path = council.houses[0], path_of(council)
    async with before(ours, CHAIR, DANA, ELI) as (chair, dana, eli):
        for who in (DANA, ELI):
            done(
                await chair.post(f"{path}/nominate", on=path, member=ours.members[who])
            )
        done(await dana.post(f"{path}/accept", on=path, key=key))
        done(await eli.post(f"{path}/accept", on=path, key=""))
        done(
            await chair.post(
                f"{path}/put",
                on=path,
                delegate=ours.members[DANA],
                alternate=ours.members[ELI],
            )
        )
    slate = seat_at(ours, council.compact.identity).put
    assert slate is not None
    decided = decides(ours, text=slate.text, person=True)
    async with before(ours, CHAIR) as (chair,):
        done(await chair.post(f"{path}/elect", on=path, ballot=decided))
    confirms(ours)


async def instructs(
    council: Three,
    proposal: Digest,
    *,
    who: int = DANA,
    at: datetime = NOON,
    must: str = "against",
) -> None:
    """Decide on the proposal and bind a delegate by it."""
    ours, path = council.houses[0], path_of(council)
    decided = decides(ours, subject=proposal, against=must == "against", at=at)
    async with before(ours, CHAIR, at=at) as (chair,):
        done(
            await chair.post(
                f"{path}/mandate",
                on=path,
                holder=ours.members[who],
                ballot=decided,
                proposal=in_hex(proposal),
                must=must,
                reason="We talked it through twice.",
                valid_until="",
                report_due="",
            )
        )
    confirms(ours, at)


def votes_of(house: House, proposal: Digest, at: datetime) -> list[Filed]:
    with house.desk(at) as desk:
        held = chamber.holding(desk, chamber.proposal(desk, proposal))
        assert held is not None
        own = held.records[held.compact.members[0].assembly]
        return [fact for _, fact in own.facts(Filed) if fact.proposal == proposal]


def one_more_compact(council: Three, **said: JsonValue) -> CompactId:
    """Let both assemblies join one more compact, which says this besides."""
    with council.houses[0].desk() as desk:
        document = compacts.document(desk.connection, council.compact.digest)
    assert document is not None
    another: JsonObject = {**document, "themes": [], "purpose": None, **said}
    compact = vocabulary.read_compact(another)
    for house in council.houses:
        with house.desk() as desk:
            three.keep_compact(desk, another)
        joins(house, compact.digest)
    return compact.identity


async def seats_dana(house: House, path: str) -> None:
    """Nominate Dana, who accepts, and put her to the vote."""
    async with before(house, CHAIR, DANA) as (chair, dana):
        done(await chair.post(f"{path}/nominate", on=path, member=house.members[DANA]))
        done(await dana.post(f"{path}/accept", on=path, key=""))
        done(
            await chair.post(
                f"{path}/put", on=path, delegate=house.members[DANA], alternate=""
            )
        )


WHY = "The wall stands on the land of both."


async def proposed(council: Three, **fields: str) -> Digest:
    """Put what our assembly adopted before both, and say why."""
    wall = "We mend the sea wall."
    return await proposes(council, wall, **{"why_wider": WHY, **fields})
