"""An outcome that both adopted, and the meeting that it goes back to."""

from datetime import datetime, timedelta

from confederation import session
from confederation.deciding import ballot
from confederation.identifiers import Digest, MemberId, OptionId, SessionId
from confederation.meeting import count_sheet
from instance import node
from instance.store import events
from tests.instance.house import NOON, House
from tests.instance.three import Three, mandates, votes
from tests.instance.web.hall import confirms
from tests.instance.web.seated import CHAIR, CLOSES, proposes

DURING = CLOSES + timedelta(days=2)


async def adopted(council: Three, kind: str = "policy") -> Digest:
    """Let both delegates vote for it."""
    proposal = await proposes(council, "We lend each other dryers.", kind=kind)
    for house in council.houses:
        given = mandates(council, house, proposal, until=CLOSES)
        votes(house, given, proposal, at=NOON)
    council.confer(NOON)
    council.confer(CLOSES + timedelta(hours=1))
    return proposal


def opens_a_meeting(house: House, at: datetime = DURING) -> None:
    """Open a meeting in which everybody on the roll may decide."""
    id, chair = SessionId("s9"), house.members[CHAIR]
    with house.desk(at) as desk:
        here = node.assembly_here(desk)
        notice = session.Notice(
            title=events.keep_wording(desk.connection, "The outcome"),
            kind="assembly",
            starts_at=at,
        )
        for command in (
            session.CallSession(session=id, notice=notice, by=chair, at=at),
            session.OpenSession(roll=here.roll, tellers=here.tellers, by=chair, at=at),
            *(
                session.CountPresent(count=41, basis="hands", by=teller, at=at)
                for teller in house.members[:2]
            ),
        ):
            node.perform(desk, f"session:{id}", command)
        house.confirm(desk)


def counts(house: House, id: str, yes: int, no: int, at: datetime = DURING) -> None:
    """Let both tellers count hands alike, the chair close, and both confirm."""
    with house.desk(at) as desk:
        for teller in house.members[:2]:
            entered = count_sheet.EnterCount(
                channel="hands",
                markings=tuple(
                    count_sheet.Marking(choice=(OptionId(choice),), papers=papers)
                    for choice, papers in (("for", yes), ("against", no))
                ),
                by=MemberId(teller),
                at=at,
            )
            node.perform(desk, f"ballot:{id}", entered)
        close = ballot.CloseBallot(by=house.members[CHAIR], at=at)
        node.perform(desk, f"ballot:{id}", close)
    confirms(house, at)
