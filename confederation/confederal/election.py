"""A delegate is elected, bound by a mandate, and always free to be recalled."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import takewhile
from typing import Literal

from confederation import record
from confederation.confederal import mandating, recall
from confederation.confederal.mandating import (
    ConfirmMandate,
    CopyMandate,
    Delegate,
    GiveMandate,
    MandateConfirmed,
    MandateCopied,
    MandateGiven,
)
from confederation.confederal.recall import DelegateRecalled
from confederation.deciding import decision, rulebook
from confederation.deciding.decision import Decided
from confederation.deciding.rulebook import Teller
from confederation.errors import (
    Invalid,
    NotEntitled,
    TooEarly,
    TooLate,
    Unknown,
)
from confederation.identifiers import (
    ActorId,
    BallotId,
    Commit,
    CompactId,
    Digest,
    MemberId,
    Multikey,
)
from confederation.record import Declared

# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class NominateDelegate:
    """Nominate a member for the assembly's seat in a compact."""

    compact: CompactId
    member: MemberId
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptNomination:
    """Accept, with the actor and the key that votes will be signed with."""

    actor: ActorId
    key: Multikey
    kept_by: Literal["node", "delegate"] = "node"
    declared: tuple[Declared, ...] = ()
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PutElection:
    """Settle who is put to the vote, in the words that ``text`` commits to.

    ``most_terms`` is how often in a row one person may be elected, and ``most_seats``
    how many seats they may hold, of which they hold ``other_seats`` by now; 0 is any
    number.
    """

    delegate: MemberId
    alternate: MemberId | None
    text: Commit
    most_terms: int = 0
    most_seats: int = 0
    other_seats: int = 0
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectDelegate:
    decision: Decided | None
    tellers: tuple[Teller, ...]
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmElection:
    key: Multikey
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ResignSeat:
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatAlternate:
    """Seat the elected alternate where the delegate is gone, without a mandate yet."""

    by: MemberId | None
    at: datetime


Command = (
    NominateDelegate
    | AcceptNomination
    | PutElection
    | ElectDelegate
    | ConfirmElection
    | ResignSeat
    | SeatAlternate
    | mandating.Command
    | recall.Command
)


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegateNominated:
    compact: CompactId
    member: MemberId
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NominationAccepted:
    compact: CompactId
    nominee: Delegate
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectionPut:
    compact: CompactId
    delegate: MemberId
    alternate: MemberId | None
    text: Commit
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegateElected:
    compact: CompactId
    delegate: Delegate
    alternate: Delegate | None
    ballot: BallotId
    tellers: tuple[Teller, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectionConfirmed:
    compact: CompactId
    key: Multikey
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegateResigned:
    compact: CompactId
    member: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternateSeated:
    compact: CompactId
    member: MemberId
    at: datetime


Event = (
    DelegateNominated
    | NominationAccepted
    | ElectionPut
    | DelegateElected
    | ElectionConfirmed
    | DelegateResigned
    | AlternateSeated
    | mandating.Event
    | recall.Event
)


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The assembly's seat in one compact.

    ``nominees`` are those who were nominated, None until they accept. ``delegate`` is
    in office; None where the seat is vacant. ``settled`` are the texts of the elections
    that were voted on; ``terms`` who was elected delegate, the first one first.
    """

    compact: CompactId | None = None
    nominees: Mapping[MemberId, Delegate | None] = field(default_factory=dict)
    put: ElectionPut | None = None
    settled: frozenset[Commit] = frozenset()
    elected: DelegateElected | None = None
    election_confirmed: tuple[Multikey, ...] = ()
    delegate: Delegate | None = None
    alternate: Delegate | None = None
    terms: tuple[MemberId, ...] = ()
    mandates: mandating.State = mandating.NOTHING
    recalls: recall.State = recall.NOTHING

    def in_a_row(self, member: MemberId) -> int:
        """Say how often somebody was elected the last times, with nobody between."""
        return sum(1 for _ in takewhile(lambda each: each == member, self.terms[::-1]))

    @property
    def mandate(self) -> MandateGiven | None:
        """The mandate that binds the delegate in office, if they have one."""
        number = self.mandates.in_effect
        return None if number is None else mandating.numbered(self.mandates, number)


NOTHING = State()


def election_fact(seat: State, *, decided: Digest) -> record.Election:
    """Give the election as the record publishes it; ``decided`` is its Decision."""
    elected = _elected(seat)
    return record.Election(
        compact=elected.compact,
        holder=elected.delegate.actor,
        alternate=elected.alternate.actor if elected.alternate else None,
        decision=decided,
        declared=elected.delegate.declared,
        alternate_declared=elected.alternate.declared if elected.alternate else (),
        confirmed_by=seat.election_confirmed,
    )


def recall_fact(seat: State, *, mandate: Digest, decided: Digest) -> record.Recall:
    """Give the newest recall as the record publishes it."""
    if seat.recalls.recalled is None:
        raise TooEarly("Nobody has been recalled.")
    return record.Recall(
        mandate=mandate, decision=decided, confirmed_by=seat.recalls.confirmed_by
    )


def decide(seat: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes in a seat. A redelivered one changes nothing.

    Raises:
        Invalid: an instruction, term or slate that cannot be.
        NotEntitled: the decision is on something else, or this is not theirs to do.
        Refused: the assembly decided against it.
        TooEarly: what comes before has not happened yet.
        TooLate: the one it is about is no longer in office.
        Unknown: nobody by that name was nominated, or there is no such mandate.
    """
    if isinstance(command, NominateDelegate):
        if command.member in seat.nominees:
            return ()
        return (
            DelegateNominated(
                compact=command.compact,
                member=command.member,
                by=command.by,
                at=command.at,
            ),
        )
    if seat.compact is None:
        raise TooEarly("Nobody has been nominated for this seat.")
    match command:
        case AcceptNomination():
            return _accept(seat, seat.compact, command)
        case PutElection():
            return _put(seat, seat.compact, command)
        case ElectDelegate():
            return _elect(seat, seat.compact, command)
        case ConfirmElection(key=key, by=by, at=at):
            named = _elected(seat).tellers
            if not rulebook.confirms(named, seat.election_confirmed, by=by, key=key):
                return ()
            return (ElectionConfirmed(compact=seat.compact, key=key, at=at),)
        case ResignSeat(by=by, at=at):
            elected = _elected(seat)
            if seat.delegate is None or seat.delegate.member != by:
                if by == elected.delegate.member:
                    return ()
                raise NotEntitled("Only the delegate in office can resign.")
            return (DelegateResigned(compact=seat.compact, member=by, at=at),)
        case SeatAlternate(at=at):
            return _seat_alternate(seat, seat.compact, at=at)
        case GiveMandate() | CopyMandate() | ConfirmMandate():
            return mandating.decide(
                seat.mandates, command, compact=seat.compact, delegate=seat.delegate
            )
        case _:
            return recall.decide(
                seat.recalls,
                command,
                compact=seat.compact,
                delegate=seat.delegate.member if seat.delegate else None,
                mandate=seat.mandates.in_effect,
            )


def evolve(seat: State, event: Event) -> State:
    """Give the seat as it is after an event."""
    match event:
        case DelegateNominated():
            nominees = {**seat.nominees, event.member: None}
            return replace(seat, compact=event.compact, nominees=nominees)
        case NominationAccepted():
            accepted = {**seat.nominees, event.nominee.member: event.nominee}
            return replace(seat, nominees=accepted)
        case ElectionPut():
            return replace(seat, put=event)
        case DelegateElected():
            voted_on = {seat.put.text} if seat.put is not None else set()
            return replace(
                seat,
                nominees={},
                put=None,
                settled=seat.settled | voted_on,
                elected=event,
                election_confirmed=(),
                delegate=event.delegate,
                alternate=event.alternate,
                terms=(*seat.terms, event.delegate.member),
                mandates=mandating.end(seat.mandates),
            )
        case ElectionConfirmed():
            confirmed = (*seat.election_confirmed, event.key)
            return replace(seat, election_confirmed=confirmed)
        case DelegateResigned():
            return replace(seat, delegate=None, mandates=mandating.end(seat.mandates))
        case AlternateSeated():
            return replace(seat, delegate=seat.alternate, alternate=None)
        case MandateGiven() | MandateCopied() | MandateConfirmed():
            return replace(seat, mandates=mandating.evolve(seat.mandates, event))
        case DelegateRecalled():
            return replace(
                seat,
                delegate=None,
                mandates=mandating.end(seat.mandates),
                recalls=recall.evolve(seat.recalls, event),
            )
        case _:
            return replace(seat, recalls=recall.evolve(seat.recalls, event))


def _accept(
    seat: State, compact: CompactId, command: AcceptNomination
) -> tuple[Event, ...]:
    nominee = Delegate(
        member=command.by,
        actor=command.actor,
        key=command.key,
        kept_by=command.kept_by,
        declared=command.declared,
    )
    if command.by not in seat.nominees:
        elected = seat.elected
        if elected is not None and nominee in (elected.delegate, elected.alternate):
            return ()
        raise Unknown("You were not nominated for this seat.")
    if seat.nominees[command.by] == nominee:
        return ()
    return (NominationAccepted(compact=compact, nominee=nominee, at=command.at),)


def _put(seat: State, compact: CompactId, command: PutElection) -> tuple[Event, ...]:
    if command.text in seat.settled:
        return ()
    if command.delegate == command.alternate:
        raise Invalid("The alternate is somebody other than the delegate.")
    _accepted(seat, command.delegate)
    if command.most_terms and seat.in_a_row(command.delegate) >= command.most_terms:
        raise NotEntitled(
            "By our rules the same person is not delegate again without somebody else "
            "in between."
        )
    if command.most_seats and command.other_seats >= command.most_seats:
        raise NotEntitled("By our rules one person does not hold so many seats.")
    if command.alternate is not None:
        _accepted(seat, command.alternate)
    slate = (command.delegate, command.alternate, command.text)
    put = seat.put
    if put is not None and (put.delegate, put.alternate, put.text) == slate:
        return ()
    if put is not None and put.text == command.text:
        raise Invalid("That text is about others. Another slate has a text of its own.")
    return (
        ElectionPut(
            compact=compact,
            delegate=command.delegate,
            alternate=command.alternate,
            text=command.text,
            by=command.by,
            at=command.at,
        ),
    )


def _elect(
    seat: State, compact: CompactId, command: ElectDelegate
) -> tuple[Event, ...]:
    if command.decision is not None and command.decision.text in seat.settled:
        return ()
    put = seat.put
    if put is None:
        raise TooEarly("Nobody has been put to the vote for this seat.")
    ballot = decision.carries(command.decision, text=put.text, person=True)
    alternate = None
    if put.alternate is not None:
        alternate = _accepted(seat, put.alternate)
    return (
        DelegateElected(
            compact=compact,
            delegate=_accepted(seat, put.delegate),
            alternate=alternate,
            ballot=ballot,
            tellers=command.tellers,
            at=command.at,
        ),
    )


def _seat_alternate(
    seat: State, compact: CompactId, *, at: datetime
) -> tuple[Event, ...]:
    elected = _elected(seat)
    if seat.delegate is not None:
        if seat.delegate == elected.alternate:
            return ()
        raise TooEarly("The delegate is in office. The seat is not vacant.")
    if seat.alternate is None:
        raise TooLate("There is no alternate. Elect another delegate.")
    member = seat.alternate.member
    return (AlternateSeated(compact=compact, member=member, at=at),)


def _accepted(seat: State, member: MemberId) -> Delegate:
    if member not in seat.nominees:
        raise Unknown("Only who was nominated can be put to the vote.")
    nominee = seat.nominees[member]
    if nominee is None:
        raise TooEarly("Nobody is put to the vote before they have accepted.")
    return nominee


def _elected(seat: State) -> DelegateElected:
    if seat.elected is None:
        raise TooEarly("Nobody has been elected for this seat.")
    return seat.elected
