"""An assembly names kinds of action of its own, beside those that it began with.

A kind that is dropped stays on the actions that have it, and is offered no more.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from confederation.errors import Invalid
from confederation.identifiers import Commit, MemberId

MOST = 20


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class NameKind:
    """Add a kind of action. ``kind`` stands for its name, and names it in actions."""

    kind: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DropKind:
    kind: Commit
    by: MemberId
    at: datetime


Command = NameKind | DropKind


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class KindNamed:
    kind: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KindDropped:
    kind: Commit
    by: MemberId
    at: datetime


Event = KindNamed | KindDropped


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The assembly's own kinds of action, in the order in which they were named."""

    own: tuple[Commit, ...] = ()


NOTHING = State()


def decide(kinds: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes in the kinds. A redelivered one changes nothing.

    Raises:
        Invalid: there are too many to choose from.
    """
    match command:
        case NameKind(kind=kind, by=by, at=at):
            if kind in kinds.own:
                return ()
            if len(kinds.own) >= MOST:
                raise Invalid(
                    "Nobody chooses among so many kinds. Please drop one first."
                )
            return (KindNamed(kind=kind, by=by, at=at),)
        case DropKind(kind=kind, by=by, at=at):
            if kind not in kinds.own:
                return ()
            return (KindDropped(kind=kind, by=by, at=at),)


def evolve(kinds: State, event: Event) -> State:
    """Give the kinds as they are after an event."""
    match event:
        case KindNamed(kind=kind):
            return replace(kinds, own=(*kinds.own, kind))
        case KindDropped(kind=kind):
            rest = tuple(each for each in kinds.own if each != kind)
            return replace(kinds, own=rest)
