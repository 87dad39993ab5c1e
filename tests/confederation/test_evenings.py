"""The life inside one assembly, from its founding to the recall of its delegate.

Each step is what a node does: check who asks, decide, and go on from the events. What
one aggregate decided is handed to the next as a value.
"""

from dataclasses import dataclass, field
from datetime import datetime
from types import ModuleType
from typing import Any

import pytest

from confederation import assembly, session
from confederation.confederal import election, mandating, recall
from confederation.deciding import ballot, motion, objection
from confederation.deciding.decision import Decided
from confederation.deciding.question import Terms
from confederation.deciding.rulebook import MethodName, Rules, Teller
from confederation.errors import Refused, TooEarly
from confederation.identifiers import (
    ActorId,
    BallotId,
    CompactId,
    Digest,
    IssueId,
    MemberId,
    MotionId,
    ObjectionId,
    SessionId,
)
from confederation.matters import issue
from confederation.meeting import count_sheet
from confederation.membership import entitlement
from confederation.membership.member import Founder, Role
from confederation.session import Channel, Notice
from confederation.text import Text
from tests.confederation.builders import (
    MAY,
    MINUTE,
    a_commit,
    a_digest,
    a_key,
    an_instruction,
    markings,
)

CLERK, TELLER, OTHER, DELEGATE, ALTERNATE, NEIGHBOUR = (
    MemberId(f"m-{n}") for n in range(6)
)
TELLERS = (
    Teller(member=TELLER, key=a_key("Teller")),
    Teller(member=OTHER, key=a_key("Other")),
)
RULES = Rules(
    text=a_commit("rulebook"),
    tellers=TELLERS,
    quorum="1/3",
    methods=("consent", "majority", "qualified"),
    emergency_notice=3600,
)
FIRST = SessionId("first")
COMPACT = CompactId(a_digest("compact"))
PROPOSAL = a_digest("the confederal proposal")


def a_hall() -> "Hall":
    hall = Hall()
    hall.do(
        "assembly",
        assembly.FoundAssembly(
            name=a_commit("name"),
            kind="place",
            key=a_key("Record"),
            founders=tuple(
                Founder(member=member, evidence="seen in person")
                for member in (CLERK, TELLER, OTHER, DELEGATE, ALTERNATE, NEIGHBOUR)
            ),
            tellers=TELLERS,
            by=None,
            at=hall.now,
        ),
        assembly.AdoptRulebook(rules=RULES, by=None, at=hall.now),
        *(
            assembly.GrantRole(member=CLERK, role=role, by=None, at=hall.now)
            for role in list[Role](["clerk", "facilitator", "convenor"])
        ),
    )
    hall.meet(FIRST)
    return hall


@dataclass
class Hall:
    """The streams of one assembly by name, and the time on its clock."""

    now: datetime = MAY
    streams: dict[str, Any] = field(default_factory=dict)
    session: SessionId = FIRST

    def state(self, stream: str) -> Any:
        module = MODULES[stream.split("/", maxsplit=1)[0]]
        return self.streams.get(stream, module.NOTHING)

    def do(self, stream: str, *commands: entitlement.Command) -> None:
        module = MODULES[stream.split("/", maxsplit=1)[0]]
        for command in commands:
            entitlement.check(self.state("assembly"), command)
            events = module.decide(self.state(stream), command)
            assert events, f"{command} changed nothing"
            for event in events:
                self.streams[stream] = module.evolve(self.state(stream), event)
            assert module.decide(self.state(stream), command) == ()
        self.now += MINUTE

    def meet(self, name: SessionId) -> None:
        """Call a session, open it, and count thirty people twice."""
        here: assembly.State = self.state("assembly")
        self.session = name
        notice = Notice(
            title=a_commit(name), kind="assembly", starts_at=self.now + MINUTE
        )
        self.do(
            f"session/{name}",
            session.CallSession(
                session=self.session, notice=notice, by=CLERK, at=self.now
            ),
        )
        self.do(
            f"session/{name}",
            session.OpenSession(
                roll=here.roll, tellers=here.tellers, by=CLERK, at=self.now
            ),
            *(
                session.CountPresent(count=30, basis="hands", by=who, at=self.now)
                for who in (TELLER, OTHER)
            ),
            *(
                session.ConfirmElectorate(
                    present=30, key=teller.key, by=teller.member, at=self.now
                )
                for teller in here.tellers
            ),
        )

    def vote(
        self,
        name: str,
        counted: dict[str, int],
        *,
        method: MethodName = "majority",
        subject: Digest | None = None,
        person: bool = False,
    ) -> Decided:
        """Put the text of this name to a show of hands, count, close and confirm."""
        here: assembly.State = self.state("assembly")
        channels: tuple[Channel, ...] = ("hands",)
        put = Terms(
            ballot=BallotId(name),
            session=self.session,
            text=a_commit(name),
            question=a_commit(f"{name}?"),
            method=method,
            channels=channels,
            electorate=session.electorate(
                self.state(f"session/{self.session}"), channels
            ),
            rules=assembly.rules(here),
            rulebook=here.version,
            subject=subject,
            person=person,
        )
        stream = f"ballot/{name}"
        self.do(stream, ballot.OpenBallot(terms=put, by=CLERK, at=self.now))
        for teller in TELLERS:
            self.do(
                stream,
                count_sheet.EnterCount(
                    channel="hands",
                    markings=markings(**counted),
                    by=teller.member,
                    at=self.now,
                ),
            )
        self.do(stream, ballot.CloseBallot(by=CLERK, at=self.now))
        for teller in TELLERS:
            self.do(
                stream,
                ballot.ConfirmDecision(key=teller.key, by=teller.member, at=self.now),
            )
        return ballot.decided(self.state(stream))


MODULES: dict[str, ModuleType] = {
    "assembly": assembly,
    "session": session,
    "issue": issue,
    "motion": motion,
    "ballot": ballot,
    "seat": election,
}


def a_text(to: str) -> Text:
    return Text(text=a_commit(to))


def an_elected_delegate(hall: Hall) -> None:
    for member in (DELEGATE, ALTERNATE):
        hall.do(
            "seat",
            election.NominateDelegate(
                compact=COMPACT, member=member, by=NEIGHBOUR, at=hall.now
            ),
            election.AcceptNomination(
                actor=ActorId(f"https://a.example/{member}"),
                key=a_key(member),
                by=member,
                at=hall.now,
            ),
        )
    hall.do(
        "seat",
        election.PutElection(
            delegate=DELEGATE,
            alternate=ALTERNATE,
            text=a_commit("the slate"),
            by=CLERK,
            at=hall.now,
        ),
    )
    said = hall.vote("the slate", {"for_": 25, "against": 2}, person=True)
    hall.do(
        "seat",
        election.ElectDelegate(decision=said, tellers=TELLERS, by=CLERK, at=hall.now),
        *(
            election.ConfirmElection(key=teller.key, by=teller.member, at=hall.now)
            for teller in TELLERS
        ),
    )


def a_mandate(hall: Hall, said: Decided, *, holder: MemberId) -> mandating.GiveMandate:
    return mandating.GiveMandate(
        holder=holder,
        terms=mandating.Terms(
            instructions=(an_instruction("the confederal proposal"),),
            valid_from=hall.now,
            valid_until=hall.now.replace(month=7),
            report_due=hall.now.replace(month=8),
        ),
        decision=said,
        tellers=TELLERS,
        by=CLERK,
        at=hall.now,
    )


def test_an_issue_becomes_a_decision_by_consent_once_the_objection_is_answered() -> (
    None
):
    hall, harm = a_hall(), ObjectionId("harm")
    words = issue.Words(title=a_commit("damp"), what=a_commit("what"))

    hall.do(
        "issue",
        issue.RaiseIssue(
            issue=IssueId("issue"), words=words, seeds=7, by=NEIGHBOUR, at=hall.now
        ),
        issue.HearIssue(session=hall.session, by=CLERK, at=hall.now),
        issue.OpenIssue(by=CLERK, at=hall.now),
    )
    hall.do(
        "motion",
        motion.DraftMotion(
            motion=MotionId("motion"),
            title=a_commit("dry homes"),
            text=a_text("first draft"),
            issue=IssueId("issue"),
            by=NEIGHBOUR,
            at=hall.now,
        ),
        motion.TableMotion(session=hall.session, by=NEIGHBOUR, at=hall.now),
        objection.RaiseObjection(
            objection=harm,
            reason=a_commit("rents would rise"),
            by=DELEGATE,
            at=hall.now,
        ),
        objection.CountObjectionRound(
            objection=harm, valid=19, not_valid=6, by=CLERK, at=hall.now
        ),
    )
    with pytest.raises(TooEarly):
        hall.do("motion", motion.FreezeMotion(by=CLERK, at=hall.now))
    hall.do(
        "motion",
        motion.AmendMotion(
            text=a_text("no rent rises"),
            base=1,
            integrates=(harm,),
            by=CLERK,
            at=hall.now,
        ),
        motion.FreezeMotion(by=CLERK, at=hall.now),
        motion.PutMotion(
            ballot=BallotId("no rent rises"), method="consent", by=CLERK, at=hall.now
        ),
    )
    said = hall.vote(
        "no rent rises", {"consent": 27, "stand_aside": 2}, method="consent"
    )
    hall.do("motion", motion.SettleMotion(decision=said, by=CLERK, at=hall.now))

    settled: motion.State = hall.state("motion")
    assert settled.status == "adopted"
    assert motion.text(settled) == a_text("no rent rises")
    assert hall.state("ballot/no rent rises").confirmed


def test_a_delegate_is_mandated_recalled_in_haste_and_followed_by_the_alternate() -> (
    None
):
    hall = a_hall()
    joined = hall.vote("join", {"for_": 28}, subject=Digest(COMPACT))
    hall.do(
        "assembly",
        assembly.JoinCompact(
            compact=Digest(COMPACT), decision=joined, by=CLERK, at=hall.now
        ),
    )
    an_elected_delegate(hall)
    said = hall.vote(
        "the proposal",
        {"for_": 20, "against": 7},
        method="qualified",
        subject=PROPOSAL,
    )
    hall.do("seat", a_mandate(hall, said, holder=DELEGATE))
    hall.do(
        "seat",
        recall.MoveRecall(
            text=a_commit("recall"),
            rules=RULES,
            urgent=True,
            by=NEIGHBOUR,
            at=hall.now,
        ),
        recall.AnswerRecall(answer=a_commit("my side"), by=DELEGATE, at=hall.now),
    )
    hall.now += 61 * MINUTE
    hall.meet(SessionId("emergency"))
    away = hall.vote("recall", {"for_": 22, "against": 3}, person=True)
    hall.do(
        "seat",
        recall.SettleRecall(decision=away, tellers=TELLERS, by=CLERK, at=hall.now),
        election.SeatAlternate(by=CLERK, at=hall.now),
    )
    with pytest.raises(Refused):
        hall.do("seat", a_mandate(hall, said, holder=DELEGATE))
    hall.do("seat", a_mandate(hall, said, holder=ALTERNATE))

    seat: election.State = hall.state("seat")
    assert seat.mandate is not None
    assert seat.mandate.holder.member == ALTERNATE
    assert seat.mandate.mandate == 2
    assert seat.recalls.answer == a_commit("my side")


def test_a_recall_without_its_notice_recalls_nobody() -> None:
    hall = a_hall()
    an_elected_delegate(hall)
    said = hall.vote("the proposal", {"for_": 20}, subject=PROPOSAL)
    hall.do("seat", a_mandate(hall, said, holder=DELEGATE))
    hall.do(
        "seat",
        recall.MoveRecall(
            text=a_commit("recall"), rules=RULES, by=NEIGHBOUR, at=hall.now
        ),
    )

    away = hall.vote("recall", {"for_": 30}, person=True)

    with pytest.raises(TooEarly, match="notice"):
        hall.do(
            "seat",
            recall.SettleRecall(decision=away, tellers=TELLERS, by=CLERK, at=hall.now),
        )
    assert hall.state("seat").delegate.member == DELEGATE


def test_a_vote_on_the_proposal_elects_nobody_and_an_election_instructs_nobody() -> (
    None
):
    hall = a_hall()
    said = hall.vote("the proposal", {"for_": 20}, subject=PROPOSAL)
    an_elected_delegate(hall)
    slate = ballot.decided(hall.state("ballot/the slate"))

    with pytest.raises(Refused):
        hall.do("seat", a_mandate(hall, slate, holder=DELEGATE))
    with pytest.raises(Refused):
        hall.do(
            "assembly",
            assembly.RemoveMember(
                member=NEIGHBOUR,
                text=a_commit("the proposal"),
                decision=said,
                by=CLERK,
                at=hall.now,
            ),
        )
