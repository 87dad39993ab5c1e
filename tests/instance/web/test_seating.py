"""Our seat in a compact, by the forms that members use: from nomination to recall."""

from datetime import datetime, timedelta

from confederation import election
from confederation.council import State
from confederation.identifiers import CompactId, Digest
from confederation.record import Filed
from instance import chamber, node
from instance.web.naming import in_hex
from tests.instance.house import NOON, House
from tests.instance.three import Three
from tests.instance.web.browsing import text_of
from tests.instance.web.hall import adopts, before, confirms, decides
from tests.instance.web.sending import done, refused

HOUR = timedelta(hours=1)
CLOSES = NOON + timedelta(days=3)
CHAIR, SECOND, CAS, DANA, ELI = range(5)


def seat_at(house: House, compact: CompactId, at: datetime = NOON) -> election.State:
    with house.desk(at) as desk:
        state: election.State = node.load(desk, f"seat:{compact}")
    return state


def path_of(council: Three) -> str:
    return f"/seats/{in_hex(council.compact.identity)}"


async def proposes(council: Three) -> Digest:
    """Put what our assembly adopted before both, by the form; both witness it."""
    ours = council.houses[0]
    motion = adopts(ours, "We ask for a damp survey.", "We lend each other dryers.")
    async with before(ours, CHAIR) as (chair,):
        page = done(
            await chair.post(
                f"/motions/{motion}/propose",
                compact=in_hex(council.compact.digest),
                method="majority-of-assemblies",
                closes_at=CLOSES.strftime("%Y-%m-%dT%H:%M:%S"),
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


async def test_a_delegate_is_elected_bound_recalled_and_followed_by_the_alternate(
    council: Three,
) -> None:
    ours, path = council.houses[0], path_of(council)
    proposal = await proposes(council)
    vote = f"/proposals/{in_hex(proposal)}/vote"
    await elects(council)
    await instructs(council, proposal, must="for")

    async with before(ours, DANA) as (dana,):
        assert "The delegate may vote For" in text_of(await dana.get(vote))
        done(await dana.post(vote, choice="for"))
        done(
            await dana.post(f"{path}/recall", on=path, reason="Too far.", urgent="yes")
        )
        done(await dana.post(f"{path}/answer", on=path, answer="I did as told."))
        assert "I did as told." in text_of(await dana.get(path))
    later = NOON + 2 * HOUR
    moved = seat_at(ours, council.compact.identity).recalls.moved
    assert moved is not None
    decided = decides(ours, text=moved.text, person=True, at=later)
    async with before(ours, CHAIR, ELI, at=later) as (chair, eli):
        done(await chair.post(f"{path}/settle-recall", on=path, ballot=decided))
        done(await chair.post(f"{path}/seat-alternate", on=path))
        assert "The seat is vacant" not in text_of(await chair.get(path))
    confirms(ours, later)
    council.confer(later)
    await instructs(council, proposal, who=ELI, at=later, must="for")
    async with before(ours, ELI, at=later) as (eli,):
        done(await eli.post(vote, choice="for"))
    council.confer(later)

    filed = votes_of(council.houses[1], proposal, later)
    assert [each.document is None for each in filed] == [False, True, False]
    standing = council.standing(council.houses[1], proposal, later)
    assert standing.state is State.OPEN


async def test_a_vote_that_the_mandate_forbids_is_refused_with_the_instruction(
    council: Three,
) -> None:
    ours = council.houses[0]
    proposal = await proposes(council)
    await elects(council)
    await instructs(council, proposal, must="against")

    async with before(ours, DANA) as (dana,):
        answer = await dana.post(f"/proposals/{in_hex(proposal)}/vote", choice="for")

    refused(answer, 403, "The mandate says against; this vote says for.")
    assert votes_of(ours, proposal, NOON) == []
