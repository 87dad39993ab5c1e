"""A public body, how far an assembly shares in its power, and who sits there.

There are three ways, each further than the one before. The assembly gives its input; or
a council of assemblies stands beside the body, and those elected to it only carry what
was decided; or whoever sits there is a delegate, bound and recallable. Which one it is
follows from a decision of the assembly. What somebody in a public office promised is
political: the law does not bind them to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from confederation.errors import ByNumber, Invalid, Refused, TooEarly, TooLate, Unknown
from confederation.identifiers import AuthorityId, Commit, Digest, MemberId

Relation = Literal["input", "conduits", "delegates"]
Position = Literal["for", "against", "abstain"]
Voted = Literal["for", "against", "abstain", "absent"]

MOST_OFFICES = 100
MOST_MATTERS = 500


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class NameAuthority:
    """Name a public body. Until the assembly decides otherwise it gives its input."""

    authority: AuthorityId
    name: Commit
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleRelation:
    """Settle how the assembly deals with the body, as its decision says."""

    relation: Relation
    decision: Digest
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NameOffice:
    """Name an office in the body and, if they agree, who holds it.

    Offices are numbered from 1; one that has a number is given other words.
    """

    number: int
    office: Commit
    holder: Commit | None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveOffice:
    """Note that somebody holds their office no longer, or was called back from it."""

    number: int
    recalled: bool
    decision: Digest | None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruct:
    """Say what the assembly decided that an office carries or votes on one matter.

    Matters are numbered from 1 in each office.
    """

    number: int
    matter: int
    what: Commit
    position: Position
    decision: Digest
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteVote:
    """Note how an office voted on a matter, and where everybody can read it."""

    number: int
    matter: int
    voted: Voted
    source: Commit
    by: MemberId | None
    at: datetime


Command = (
    NameAuthority | SettleRelation | NameOffice | LeaveOffice | Instruct | NoteVote
)


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityNamed:
    authority: AuthorityId
    name: Commit
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationSettled:
    authority: AuthorityId
    relation: Relation
    decision: Digest
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeNamed:
    authority: AuthorityId
    number: int
    office: Commit
    holder: Commit | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeLeft:
    authority: AuthorityId
    number: int
    recalled: bool
    decision: Digest | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeInstructed:
    authority: AuthorityId
    number: int
    matter: int
    what: Commit
    position: Position
    decision: Digest
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteNoted:
    authority: AuthorityId
    number: int
    matter: int
    voted: Voted
    source: Commit
    at: datetime


Event = (
    AuthorityNamed
    | RelationSettled
    | OfficeNamed
    | OfficeLeft
    | OfficeInstructed
    | VoteNoted
)


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What an office was told on one matter, and what it did."""

    told: OfficeInstructed
    voted: VoteNoted | None = None

    @property
    def deviates(self) -> bool | None:
        """Whether the vote was another than the assembly said; None before a vote."""
        return None if self.voted is None else self.voted.voted != self.told.position


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """An office: who holds it, what it was told, and how it ended."""

    named: OfficeNamed
    matters: Mapping[int, Matter] = field(default_factory=dict)
    left: OfficeLeft | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A body as it stands; ``settled`` is the last decision on how we deal with it."""

    named: AuthorityNamed | None = None
    settled: RelationSettled | None = None
    offices: Mapping[int, Office] = field(default_factory=dict)

    @property
    def relation(self) -> Relation:
        """How the assembly deals with it."""
        return "input" if self.settled is None else self.settled.relation


NOTHING = State()


def decide(authority: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes. A redelivered one changes nothing.

    Raises:
        Invalid: an office or a matter is not the next one, or has other words by now.
        Refused: a body has as many offices, or an office as many matters, as it takes.
        TooEarly: no body is named, or it is not dealt with in this way.
        TooLate: the office was left.
        Unknown: there is no such office or matter.
    """
    match command:
        case NameAuthority(authority=id, name=name, at=at):
            if authority.named is not None:
                return ()
            return (AuthorityNamed(authority=id, name=name, at=at),)
        case SettleRelation():
            return _settle(authority, command)
        case NameOffice():
            return _name(authority, command)
        case LeaveOffice():
            return _leave(authority, command)
        case Instruct():
            return _instruct(authority, command)
        case NoteVote():
            return _note(authority, command)


def evolve(authority: State, event: Event) -> State:
    """Give a body as it is after an event."""
    match event:
        case AuthorityNamed():
            return replace(authority, named=event)
        case RelationSettled():
            return replace(authority, settled=event)
        case OfficeNamed(number=number):
            before = authority.offices.get(number)
            office = (
                Office(named=event) if before is None else replace(before, named=event)
            )
            return _with(authority, number, office)
        case OfficeLeft(number=number):
            office = replace(authority.offices[number], left=event)
            return _with(authority, number, office)
        case OfficeInstructed(number=number, matter=n):
            office = authority.offices[number]
            matters = {**office.matters, n: Matter(told=event)}
            return _with(authority, number, replace(office, matters=matters))
        case VoteNoted(number=number, matter=n):
            office = authority.offices[number]
            matter = replace(office.matters[n], voted=event)
            matters = {**office.matters, n: matter}
            return _with(authority, number, replace(office, matters=matters))


def _settle(authority: State, command: SettleRelation) -> tuple[Event, ...]:
    id = _named(authority).authority
    settled = authority.settled
    if settled is not None and settled.decision == command.decision:
        if settled.relation == command.relation:
            return ()
        raise Invalid("This decision was carried out already, and said something else.")
    return (
        RelationSettled(
            authority=id,
            relation=command.relation,
            decision=command.decision,
            at=command.at,
        ),
    )


def _name(authority: State, command: NameOffice) -> tuple[Event, ...]:
    id, number = _named(authority).authority, command.number
    if authority.relation == "input":
        raise TooEarly(
            "Our assembly gives this body its input. Whom we elect to it, or bind in "
            "it, is named once the assembly has decided to deal with it in that way."
        )
    before = authority.offices.get(number)
    if before is None and number != len(authority.offices) + 1:
        raise Invalid("Offices are numbered one after the other.")
    if number > MOST_OFFICES:
        raise Refused(
            ByNumber(
                "A body has at most {most} office here.",
                "A body has at most {most} offices here.",
            ),
            most=MOST_OFFICES,
        )
    if before is not None:
        said = (before.named.office, before.named.holder)
        if said == (command.office, command.holder):
            return ()
        if before.left is not None:
            raise TooLate("That office was left. Name whoever follows as another one.")
    return (
        OfficeNamed(
            authority=id,
            number=number,
            office=command.office,
            holder=command.holder,
            at=command.at,
        ),
    )


def _leave(authority: State, command: LeaveOffice) -> tuple[Event, ...]:
    id, office = _named(authority).authority, _office(authority, command.number)
    if office.left is not None:
        return ()
    if command.recalled and command.decision is None:
        raise Invalid("Whoever is called back is called back by a decision.")
    return (
        OfficeLeft(
            authority=id,
            number=command.number,
            recalled=command.recalled,
            decision=command.decision,
            at=command.at,
        ),
    )


def _instruct(authority: State, command: Instruct) -> tuple[Event, ...]:
    id, office = _named(authority).authority, _office(authority, command.number)
    before = office.matters.get(command.matter)
    said = (command.what, command.position, command.decision)
    if before is not None:
        told = before.told
        if (told.what, told.position, told.decision) == said:
            return ()
        if told.what != command.what or before.voted is not None:
            raise TooLate(
                "That matter is told already. Another one has its own number."
            )
    elif command.matter != len(office.matters) + 1:
        raise Invalid("Matters are numbered one after the other.")
    if office.left is not None:
        raise TooLate("Whoever held this office has left it.")
    if command.matter > MOST_MATTERS:
        raise Refused(
            ByNumber(
                "An office has at most {most} matter here.",
                "An office has at most {most} matters here.",
            ),
            most=MOST_MATTERS,
        )
    return (
        OfficeInstructed(
            authority=id,
            number=command.number,
            matter=command.matter,
            what=command.what,
            position=command.position,
            decision=command.decision,
            at=command.at,
        ),
    )


def _note(authority: State, command: NoteVote) -> tuple[Event, ...]:
    id, office = _named(authority).authority, _office(authority, command.number)
    matter = office.matters.get(command.matter)
    if matter is None:
        raise Unknown("The assembly has said nothing on such a matter.")
    noted = matter.voted
    if noted is not None and (noted.voted, noted.source) == (
        command.voted,
        command.source,
    ):
        return ()
    return (
        VoteNoted(
            authority=id,
            number=command.number,
            matter=command.matter,
            voted=command.voted,
            source=command.source,
            at=command.at,
        ),
    )


def _with(authority: State, number: int, office: Office) -> State:
    return replace(authority, offices={**authority.offices, number: office})


def _named(authority: State) -> AuthorityNamed:
    if authority.named is None:
        raise TooEarly("No such public body is named here.")
    return authority.named


def _office(authority: State, number: int) -> Office:
    if number not in authority.offices:
        raise Unknown("There is no such office here.")
    return authority.offices[number]
