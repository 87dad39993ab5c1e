"""Whoever introduces two hears yes or *not now*, and never who said no, or why.

Each side answers for itself. What they write to each other goes past the introducer.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from confederation.dealings.wish import OPEN_FOR
from confederation.errors import Invalid, NotEntitled, TooEarly
from confederation.identifiers import ActorId, Commit, IntroductionId, MemberId

Status = Literal["waiting", "met", "not now"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Who wants to be met: the address of their wish, and where they are reached."""

    wish: str
    actor: ActorId
    inbox: str


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduce:
    """Offer two who want to be met to each other. ``words`` are read by both."""

    introduction: IntroductionId
    sides: tuple[Side, Side]
    words: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HearSide:
    """Hear what a side says. After a yes it may still say no, until both agreed."""

    wish: str
    actor: ActorId
    yes: bool
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackIntroduction:
    """Take it back while a side has not agreed."""

    by: MemberId
    at: datetime


Command = Introduce | HearSide | TakeBackIntroduction


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduced:
    introduction: IntroductionId
    sides: tuple[Side, Side]
    words: Commit
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SideAgreed:
    introduction: IntroductionId
    wish: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CameToNothing:
    """It has ended. Which side ended it is not kept."""

    introduction: IntroductionId
    at: datetime


Event = Introduced | SideAgreed | CameToNothing


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """An introduction as its introducer sees it."""

    made: Introduced | None = None
    agreed: frozenset[str] = frozenset()
    over: bool = False

    @property
    def both_agreed(self) -> bool:
        return self.made is not None and not self.over and len(self.agreed) == 2

    def status(self, at: datetime) -> Status:
        """Say how it stands at an instant; silence reads as a no does."""
        if self.both_agreed:
            return "met"
        late = self.made is not None and at >= self.made.at + OPEN_FOR
        return "not now" if self.over or late else "waiting"


NOTHING = State()


def decide(introduction: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes. A redelivered one changes nothing.

    Raises:
        Invalid: it is one and the same who is to meet.
        NotEntitled: it comes from no side of it.
        TooEarly: nobody was introduced.
    """
    match command:
        case Introduce():
            return _introduce(introduction, command)
        case HearSide(wish=wish, actor=actor, yes=yes, at=at):
            made = _made(introduction)
            if not any(
                each.wish == wish and each.actor == actor for each in made.sides
            ):
                raise NotEntitled("Nobody was introduced to whoever answers this.")
            if introduction.status(at) != "waiting":
                return ()
            if not yes:
                return (CameToNothing(introduction=made.introduction, at=at),)
            if wish in introduction.agreed:
                return ()
            return (SideAgreed(introduction=made.introduction, wish=wish, at=at),)
        case TakeBackIntroduction(at=at):
            made = _made(introduction)
            if introduction.status(at) != "waiting":
                return ()
            return (CameToNothing(introduction=made.introduction, at=at),)


def evolve(introduction: State, event: Event) -> State:
    """Give an introduction as it is after an event."""
    match event:
        case Introduced():
            return replace(introduction, made=event)
        case SideAgreed(wish=wish):
            return replace(introduction, agreed=introduction.agreed | {wish})
        case CameToNothing():
            return replace(introduction, over=True)


def _introduce(introduction: State, command: Introduce) -> tuple[Event, ...]:
    if introduction.made is not None:
        return ()
    one, other = command.sides
    if one.actor == other.actor:
        raise Invalid("Please choose two who do not live in the same assembly.")
    return (
        Introduced(
            introduction=command.introduction,
            sides=command.sides,
            words=command.words,
            at=command.at,
        ),
    )


def _made(introduction: State) -> Introduced:
    if introduction.made is None:
        raise TooEarly("Nobody was introduced.")
    return introduction.made
