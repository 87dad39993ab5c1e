"""Something valid of each kind; a test changes only what it is about."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TypeVar

from confederation import assembly, session
from confederation.assembly import AdoptRulebook, FoundAssembly
from confederation.confederal import election, mandating
from confederation.confederal.election import (
    AcceptNomination,
    ElectDelegate,
    NominateDelegate,
    PutElection,
)
from confederation.confederal.mandating import GiveMandate
from confederation.confederal.recall import MoveRecall
from confederation.counting import lot
from confederation.dealings.action import (
    OfferAction,
    Words,
)
from confederation.deciding import ballot, motion
from confederation.deciding.ballot import CloseBallot, OpenBallot
from confederation.deciding.decision import Decided, Outcome
from confederation.deciding.motion import DraftMotion, TableMotion
from confederation.deciding.question import Terms
from confederation.deciding.rulebook import MethodName, Rules, Teller
from confederation.identifiers import (
    ActionId,
    ActorId,
    BallotId,
    Commit,
    CompactId,
    Digest,
    MemberId,
    MotionId,
    Multikey,
    OptionId,
    SessionId,
)
from confederation.meeting.count_sheet import EnterCount, Marking
from confederation.membership.member import Founder
from confederation.record import Clause, Instruction
from confederation.session import (
    CallSession,
    Channel,
    CheckIn,
    CountPresent,
    Kind,
    Notice,
    OpenSession,
)
from confederation.text import Text

MAY = datetime(2026, 5, 4, 19, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

CLERK, REGISTRAR, TELLER, OTHER_TELLER, MEMBER, STRANGER = (
    MemberId(f"m-{who}")
    for who in ("clerk", "registrar", "teller", "teller-2", "member", "stranger")
)
PEOPLE = (CLERK, REGISTRAR, TELLER, OTHER_TELLER, MEMBER)
SEED = "5eed" * 8

State = TypeVar("State")
Command = TypeVar("Command")
Event = TypeVar("Event")


def a_digest(of: str) -> Digest:
    return Digest(f"sha256:{sha256(of.encode()).hexdigest()}")


def a_commit(to: str) -> Commit:
    return Commit(a_digest(to))


def a_key(of: str) -> Multikey:
    return Multikey(f"z6Mk{of}")


def carry_out(
    decide: Callable[[State, Command], tuple[Event, ...]],
    evolve: Callable[[State, Event], State],
    state: State,
    commands: Iterable[Command],
) -> State:
    """Give commands one after another, and the state that they lead to."""
    for command in commands:
        for event in decide(state, command):
            state = evolve(state, event)
    return state


TELLERS = (
    Teller(member=TELLER, key=a_key("Teller")),
    Teller(member=OTHER_TELLER, key=a_key("OtherTeller")),
)


def rules(
    *,
    tellers: tuple[Teller, ...] = TELLERS,
    quorum: str = "1/3",
    threshold: str = "2/3",
    methods: tuple[MethodName, ...] = ("consent", "majority", "qualified", "ranked"),
    text: str = "rulebook",
    persons_online: bool = False,
) -> Rules:
    return Rules(
        text=a_commit(text),
        tellers=tellers,
        quorum=quorum,
        threshold=threshold,
        methods=methods,
        persons_online=persons_online,
    )


def a_founding(*, tellers: tuple[Teller, ...] = TELLERS) -> FoundAssembly:
    return FoundAssembly(
        name=a_commit("name"),
        kind="place",
        key=a_key("Record"),
        founders=tuple(
            Founder(member=member, evidence="seen in person") for member in PEOPLE
        ),
        tellers=tellers,
        by=None,
        at=MAY - DAY,
    )


def an_assembly(*more: assembly.Command) -> assembly.State:
    """Five members under a rulebook."""
    adopted = AdoptRulebook(rules=rules(), by=None, at=MAY - DAY)
    return carry_out(
        assembly.decide,
        assembly.evolve,
        assembly.NOTHING,
        [a_founding(), adopted, *more],
    )


def decided(
    text: str = "text",
    *,
    ballot: str = "ballot-0",
    subject: str | None = None,
    outcome: Outcome = "passed",
    person: bool = False,
    opened_at: datetime = MAY,
) -> Decided:
    return Decided(
        ballot=BallotId(ballot),
        outcome=outcome,
        text=a_commit(text),
        opened_at=opened_at,
        subject=a_digest(subject) if subject else None,
        person=person,
    )


def a_call(*, kind: Kind = "assembly", starts_at: datetime = MAY) -> CallSession:
    return CallSession(
        session=SessionId("session"),
        notice=Notice(title=a_commit("title"), kind=kind, starts_at=starts_at),
        by=CLERK,
        at=MAY - DAY,
    )


def an_opening(*, at: datetime = MAY) -> OpenSession:
    return OpenSession(roll=an_assembly().roll, tellers=TELLERS, by=CLERK, at=at)


def head_counts(
    count: int, *, by: Iterable[MemberId] = (TELLER, OTHER_TELLER)
) -> list[session.Command]:
    return [CountPresent(count=count, basis="hands", by=who, at=MAY) for who in by]


def a_session(
    *more: session.Command, kind: Kind = "assembly", in_room: int | None = 40
) -> session.State:
    """Open, with 40 people in the room."""
    counted = [] if in_room is None else head_counts(in_room)
    return carry_out(
        session.decide,
        session.evolve,
        session.NOTHING,
        [a_call(kind=kind), an_opening(), *counted, *more],
    )


def checked_in(*members: MemberId) -> list[session.Command]:
    return [CheckIn(by=member, at=MAY) for member in members]


def terms(
    *,
    method: MethodName = "qualified",
    channels: tuple[Channel, ...] = ("hands",),
    held_in: session.State | None = None,
    under: Rules | None = None,
    text: str = "text",
    subject: str | None = None,
    options: tuple[OptionId, ...] = (),
    keep: OptionId | None = None,
    closes_at: datetime | None = None,
    secret: bool = False,
    person: bool = False,
) -> Terms:
    here = held_in or a_session()
    return Terms(
        ballot=BallotId("ballot"),
        session=SessionId("session"),
        text=a_commit(text),
        question=a_commit("question"),
        method=method,
        channels=channels,
        electorate=session.electorate(here, channels),
        rules=under or rules(),
        rulebook=1,
        subject=a_digest(subject) if subject else None,
        options=options,
        keep=keep,
        lot=lot.commitment(SEED) if options else None,
        closes_at=closes_at,
        secret=secret,
        person=person,
    )


def an_open_ballot(put: Terms | None = None, *more: ballot.Command) -> ballot.State:
    """Two thirds by show of hands, with 40 in the room, unless told otherwise."""
    opening = OpenBallot(terms=put or terms(), by=CLERK, at=MAY)
    return carry_out(ballot.decide, ballot.evolve, ballot.NOTHING, [opening, *more])


def markings(**papers: int) -> tuple[Marking, ...]:
    """Write ``markings(for_=12, stand_aside=1)`` for single choices."""
    return tuple(
        Marking(choice=(OptionId(name.strip("_").replace("_", "-")),), papers=number)
        for name, number in papers.items()
    )


def counts(
    counted: tuple[Marking, ...],
    *,
    channel: Channel = "hands",
    by: Iterable[MemberId] = (TELLER, OTHER_TELLER),
) -> list[ballot.Command]:
    return [EnterCount(channel=channel, markings=counted, by=who, at=MAY) for who in by]


def a_text(to: str = "text", **amounts: str) -> Text:
    clause = Clause(n=1, text=a_commit(f"{to}: clause 1"), amounts=amounts)
    return Text(text=a_commit(to), clauses=(clause,))


def a_draft(*, by: MemberId = MEMBER) -> DraftMotion:
    return DraftMotion(
        motion=MotionId("motion"),
        title=a_commit("title"),
        text=a_text(),
        by=by,
        at=MAY,
    )


def a_motion(*more: motion.Command) -> motion.State:
    """Tabled by the member, text and all."""
    tabling = TableMotion(session=SessionId("session"), by=MEMBER, at=MAY)
    return carry_out(
        motion.decide, motion.evolve, motion.NOTHING, [a_draft(), tabling, *more]
    )


COMPACT = CompactId(a_digest("compact"))


def a_candidacy(member: MemberId) -> list[election.Command]:
    """Nominated, and accepted with an actor and a key of their own."""
    return [
        NominateDelegate(compact=COMPACT, member=member, by=CLERK, at=MAY),
        AcceptNomination(
            actor=ActorId(f"https://a.example/{member}"),
            key=a_key(member),
            by=member,
            at=MAY,
        ),
    ]


def elected(
    *, text: str = "slate", alternate: MemberId | None = REGISTRAR
) -> list[election.Command]:
    """Elect the member as delegate, and the registrar as the alternate."""
    put = PutElection(
        delegate=MEMBER, alternate=alternate, text=a_commit(text), by=CLERK, at=MAY
    )
    electing = ElectDelegate(
        decision=decided(text, person=True, ballot=f"on {text}"),
        tellers=TELLERS,
        by=CLERK,
        at=MAY,
    )
    return [put, electing]


def a_seat(*more: election.Command) -> election.State:
    """The member is the delegate and the registrar the alternate."""
    return carry_out(
        election.decide,
        election.evolve,
        election.NOTHING,
        [*a_candidacy(MEMBER), *a_candidacy(REGISTRAR), *elected(), *more],
    )


def an_instruction(on: str = "proposal", *, must: str = "for") -> Instruction:
    return Instruction(proposal=a_digest(on), must=(OptionId(must),))


def a_mandate(
    *instructions: Instruction,
    holder: MemberId = MEMBER,
    decision: Decided | None = None,
    at: datetime = MAY,
) -> GiveMandate:
    """For the proposal, until a month from now, by the decision on it."""
    return GiveMandate(
        holder=holder,
        terms=mandating.Terms(
            instructions=instructions or (an_instruction(),),
            valid_from=MAY,
            valid_until=MAY + 30 * DAY,
            report_due=MAY + 40 * DAY,
        ),
        decision=decision or decided(subject="proposal", ballot="on the proposal"),
        tellers=TELLERS,
        by=CLERK,
        at=at,
    )


def a_recall(*, text: str = "recall", urgent: bool = False) -> MoveRecall:
    return MoveRecall(
        text=a_commit(text), rules=rules(), urgent=urgent, by=TELLER, at=MAY
    )


def a_closing(
    *,
    box: tuple[Marking, ...] = (),
    struck: int = 0,
    seed: str | None = None,
    at: datetime = MAY + MINUTE,
) -> CloseBallot:
    return CloseBallot(box=box, struck=struck, seed=seed, by=CLERK, at=at)


OFFER = OfferAction(
    action=ActionId("lamp"),
    words=Words(what=a_commit("hang a lamp"), help=a_commit("a ladder")),
    kind="looking after",
    effort="an hour",
    due=MAY + 7 * DAY,
    asked=MEMBER,
    by=CLERK,
    at=MAY,
)
