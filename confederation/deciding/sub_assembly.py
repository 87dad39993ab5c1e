"""A part of an assembly decides what its remit lets it, and nothing for the whole.

The assembly grants a remit by a decision, whose text is the remit, and ends it by
another one or on its day. Whoever is a member may join, and nobody is put in. What is
decided there stands within the remit or goes to the whole assembly, as the remit says.

See docs/decisions/0133-a-sub-assembly-is-a-circle-under-one-record.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from confederation.confederal.compact import LONGEST_THEME, THEME
from confederation.deciding import decision
from confederation.deciding.decision import Decided
from confederation.errors import Invalid, NotEntitled, Refused, TooEarly, TooLate
from confederation.identifiers import (
    BallotId,
    Commit,
    CompactId,
    Digest,
    MemberId,
    MotionId,
    SubAssemblyId,
)

Status = Literal["not proposed", "proposed", "granted", "ended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a remit says beside its text.

    ``stands`` says whether what is decided under it stands by itself; otherwise it goes
    to the whole assembly. ``compact`` is one in which the sub-assembly may bind the
    assembly's delegate on its theme; None where it may not.
    """

    name: Commit
    theme: str
    until: datetime
    stands: bool = False
    compact: CompactId | None = None


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeRemit:
    """Propose a sub-assembly. ``motion`` is what the assembly decides on."""

    sub_assembly: SubAssemblyId
    terms: Terms
    motion: MotionId
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRemit:
    """Carry out that the assembly grants a remit.

    ``text`` is that of the motion as it was frozen. ``terms`` are as that text has
    them: they may differ from what was proposed first.
    """

    terms: Terms
    text: Commit
    decision: Decided | None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinSubAssembly:
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveSubAssembly:
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PutToWhole:
    """Hand on what was decided here as a motion of the whole assembly."""

    decided: BallotId
    motion: MotionId
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRemit:
    """End a remit by a decision of the assembly; with None, because its day came."""

    decision: Digest | None
    by: MemberId | None
    at: datetime


Command = (
    ProposeRemit
    | GrantRemit
    | JoinSubAssembly
    | LeaveSubAssembly
    | PutToWhole
    | EndRemit
)


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class RemitProposed:
    sub_assembly: SubAssemblyId
    terms: Terms
    motion: MotionId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RemitGranted:
    sub_assembly: SubAssemblyId
    terms: Terms
    text: Commit
    ballot: BallotId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SubAssemblyJoined:
    sub_assembly: SubAssemblyId
    member: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SubAssemblyLeft:
    sub_assembly: SubAssemblyId
    member: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOn:
    sub_assembly: SubAssemblyId
    decided: BallotId
    motion: MotionId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RemitEnded:
    """``decision`` is None where its day came."""

    sub_assembly: SubAssemblyId
    decision: Digest | None
    at: datetime


Event = (
    RemitProposed
    | RemitGranted
    | SubAssemblyJoined
    | SubAssemblyLeft
    | HandedOn
    | RemitEnded
)


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A sub-assembly as it stands.

    ``members`` joined by themselves. ``handed_on`` are the motions of the whole
    assembly that came of what was decided here, by the ballot that decided it.
    """

    proposed: RemitProposed | None = None
    granted: RemitGranted | None = None
    ended: RemitEnded | None = None
    members: frozenset[MemberId] = frozenset()
    handed_on: Mapping[BallotId, MotionId] = field(default_factory=dict)

    @property
    def status(self) -> Status:
        """How far it has come; its day is not looked at."""
        if self.ended is not None:
            return "ended"
        if self.granted is not None:
            return "granted"
        return "not proposed" if self.proposed is None else "proposed"

    @property
    def terms(self) -> Terms:
        """What its remit says: as granted, or as proposed before that.

        Raises:
            TooEarly: nobody has proposed it.
        """
        if self.granted is not None:
            return self.granted.terms
        return _proposed(self).terms

    def in_force(self, at: datetime) -> bool:
        """Say whether something can be decided under its remit at this moment."""
        return self.status == "granted" and at < self.terms.until


NOTHING = State()


def check_in_force(sub: State, *, at: datetime) -> RemitGranted:
    """Check that a remit is in force, and give it.

    Raises:
        TooEarly: the assembly has granted none.
        TooLate: it was ended, or its day has come.
    """
    if sub.granted is None:
        raise TooEarly("The assembly has not granted this remit.")
    if sub.ended is not None:
        raise TooLate(
            "This remit ended at {at}. Nothing more is decided under it.",
            at=sub.ended.at,
        )
    until = sub.granted.terms.until
    if at >= until:
        raise TooLate(
            "This remit ran until {at}. Nothing more is decided under it.", at=until
        )
    return sub.granted


def check_member(sub: State, member: MemberId) -> None:
    """Check that somebody has joined.

    Raises:
        NotEntitled: they have not.
    """
    if member not in sub.members:
        raise NotEntitled(
            "This is for those who joined the sub-assembly. Join it first."
        )


def covers(terms: Terms, theme: str) -> bool:
    """Say whether a theme is that of a remit, or a branch of it."""
    return theme == terms.theme or theme.startswith(f"{terms.theme}/")


def decide(sub: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes. A redelivered one changes nothing.

    Raises:
        Invalid: the terms cannot be.
        NotEntitled: there is no decision of the whole assembly on this.
        Refused: what was decided here stands by itself.
        TooEarly: nothing is proposed or granted, or the day of the remit is to come.
        TooLate: the remit has ended.
    """
    if isinstance(command, ProposeRemit):
        if sub.proposed is not None:
            return ()
        _check_terms(command.terms, at=command.at)
        return (
            RemitProposed(
                sub_assembly=command.sub_assembly,
                terms=command.terms,
                motion=command.motion,
                at=command.at,
            ),
        )
    id = _proposed(sub).sub_assembly
    match command:
        case GrantRemit(terms=terms, text=text, decision=decided, at=at):
            if sub.granted is not None:
                return ()
            ballot = decision.carries(decided, text=text)
            _check_terms(terms, at=at)
            return (
                RemitGranted(
                    sub_assembly=id, terms=terms, text=text, ballot=ballot, at=at
                ),
            )
        case JoinSubAssembly(by=by, at=at):
            if by in sub.members:
                return ()
            check_in_force(sub, at=at)
            return (SubAssemblyJoined(sub_assembly=id, member=by, at=at),)
        case LeaveSubAssembly(by=by, at=at):
            if by not in sub.members:
                return ()
            return (SubAssemblyLeft(sub_assembly=id, member=by, at=at),)
        case PutToWhole(decided=ballot, motion=motion, at=at):
            if ballot in sub.handed_on:
                return ()
            if sub.granted is None:
                raise TooEarly("The assembly has not granted this remit.")
            if sub.granted.terms.stands:
                raise Refused(
                    "By this remit what is decided here stands by itself. Whoever "
                    "wants the whole assembly to decide drafts a motion."
                )
            return (HandedOn(sub_assembly=id, decided=ballot, motion=motion, at=at),)
        case EndRemit(decision=digest, at=at):
            if sub.granted is None:
                raise TooEarly("The assembly has not granted this remit.")
            if sub.ended is not None:
                return ()
            if digest is None and at < sub.granted.terms.until:
                raise TooEarly(
                    "Before its day a remit is ended by a decision of the assembly."
                )
            return (RemitEnded(sub_assembly=id, decision=digest, at=at),)


def evolve(sub: State, event: Event) -> State:
    """Give a sub-assembly as it is after an event."""
    match event:
        case RemitProposed():
            return replace(sub, proposed=event)
        case RemitGranted():
            return replace(sub, granted=event)
        case SubAssemblyJoined(member=member):
            return replace(sub, members=sub.members | {member})
        case SubAssemblyLeft(member=member):
            return replace(sub, members=sub.members - {member})
        case HandedOn(decided=ballot, motion=motion):
            return replace(sub, handed_on={**sub.handed_on, ballot: motion})
        case RemitEnded():
            return replace(sub, ended=event)


def _proposed(sub: State) -> RemitProposed:
    if sub.proposed is None:
        raise TooEarly("No such sub-assembly is proposed here.")
    return sub.proposed


def _check_terms(terms: Terms, *, at: datetime) -> None:
    if len(terms.theme) > LONGEST_THEME or not THEME.fullmatch(terms.theme):
        raise Invalid(
            "A theme is a word in small letters, or a branch of one such as "
            "housing/damp, and not {theme!r}.",
            theme=terms.theme[:LONGEST_THEME],
        )
    if terms.until <= at:
        raise Invalid("A remit ends on a day to come.")
