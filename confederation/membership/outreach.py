"""How people were invited is counted by street or stair; never by door, nor by refusal.

Nobody learns from the log who opened and who did not. Coverage says what was reached,
and shows the gaps before the share.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Final, Literal, NewType

from confederation.errors import ByNumber, Invalid, Unknown
from confederation.identifiers import Commit, MemberId

StretchId = NewType("StretchId", str)
"""A street, a part of one, or a stair."""

EffortId = NewType("EffortId", str)
"""One time that somebody went out to invite people."""

Way = Literal["doors", "letters", "posters", "stall", "telephone", "other"]
Reached = Literal["afresh", "further on"]
"""Whether some of these homes may have been reached before, or all are new ones."""

AT_HOMES: Final[frozenset[Way]] = frozenset({"doors", "letters", "telephone"})
"""Ways that reach one home after the other, so that they can be counted."""

MOST_HOMES: Final = 5_000
MOST_STRETCHES: Final = 100
FEWEST_HOMES: Final = 3
"""A stretch with fewer homes would say of single doors what happened there."""


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawStretch:
    """Put a street or stair on the list, or say anew how many homes it has."""

    stretch: StretchId
    name: Commit
    homes: int
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DropStretch:
    """Take a stretch out of the area. What was done there stays in the log."""

    stretch: StretchId
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEffort:
    """Say what was done in a stretch on one day.

    ``homes`` is how many were reached, 0 for a way that reaches no home by itself;
    ``things`` how many posters or letters; ``people`` how many went; ``languages`` are
    tags such as ``fr``; ``missed`` says in words who was not reached.
    """

    effort: EffortId
    stretch: StretchId
    way: Way
    on: date
    homes: int
    things: int
    people: int
    reached: Reached
    languages: tuple[str, ...]
    missed: Commit | None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StrikeEffort:
    """Strike what was logged by mistake. It stays in the log, struck."""

    effort: EffortId
    by: MemberId | None
    at: datetime


Command = DrawStretch | DropStretch | LogEffort | StrikeEffort


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class StretchDrawn:
    stretch: StretchId
    name: Commit
    homes: int
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StretchDropped:
    stretch: StretchId
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EffortLogged:
    effort: EffortId
    stretch: StretchId
    way: Way
    on: str
    homes: int
    things: int
    people: int
    reached: Reached
    languages: tuple[str, ...]
    missed: Commit | None
    by: MemberId | None
    at: datetime

    @property
    def day(self) -> date:
        return date.fromisoformat(self.on)


@dataclass(frozen=True, slots=True, kw_only=True)
class EffortStruck:
    effort: EffortId
    by: MemberId | None
    at: datetime


Event = StretchDrawn | StretchDropped | EffortLogged | EffortStruck


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A street or stair, and how many homes there are in it."""

    id: StretchId
    name: Commit
    homes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The area, in the order in which it was drawn, and all that was done in it."""

    stretches: Mapping[StretchId, Stretch] = field(
        default_factory=lambda: MappingProxyType({})
    )
    efforts: Mapping[EffortId, EffortLogged] = field(
        default_factory=lambda: MappingProxyType({})
    )
    struck: Mapping[EffortId, EffortStruck] = field(
        default_factory=lambda: MappingProxyType({})
    )

    def standing(self) -> Sequence[EffortLogged]:
        """List what was done and not struck, the oldest day first."""
        return sorted(
            (each for id, each in self.efforts.items() if id not in self.struck),
            key=lambda each: (each.on, each.at),
        )


NOTHING = State()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far one stretch was reached. ``homes`` of ``of``, and never more."""

    stretch: StretchId
    homes: int
    of: int
    posters: int
    letters: int
    visits: int
    languages: tuple[str, ...]
    last: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How far the area was reached; ``percent`` is rounded down, never up.

    ``untouched`` and ``partly`` are the gaps, in the order of the list.
    """

    reaches: tuple[Reach, ...]
    homes: int
    of: int
    untouched: tuple[StretchId, ...]
    partly: tuple[StretchId, ...]

    @property
    def percent(self) -> int:
        return self.homes * 100 // self.of if self.of else 0


def decide(area: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes in the log. A redelivered one changes nothing.

    Raises:
        Invalid: a number that cannot be, a day to come, or too many stretches.
        Unknown: there is no such stretch, or no such entry.
    """
    match command:
        case DrawStretch(stretch=id, name=name, homes=homes, by=by, at=at):
            if not FEWEST_HOMES <= homes <= MOST_HOMES:
                raise Invalid(
                    ByNumber(
                        "A stretch has {least} to {most:,} home. Put a smaller "
                        "one together with its neighbour, so that the log says "
                        "nothing about single doors.",
                        "A stretch has {least} to {most:,} homes. Put a "
                        "smaller one together with its neighbour, so that the "
                        "log says nothing about single doors.",
                    ),
                    most=MOST_HOMES,
                    least=FEWEST_HOMES,
                )
            if id not in area.stretches and len(area.stretches) >= MOST_STRETCHES:
                raise Invalid(
                    ByNumber(
                        "The list has room for {most} stretch.",
                        "The list has room for {most} stretches.",
                    ),
                    most=MOST_STRETCHES,
                )
            if area.stretches.get(id) == Stretch(id=id, name=name, homes=homes):
                return ()
            return (StretchDrawn(stretch=id, name=name, homes=homes, by=by, at=at),)
        case DropStretch(stretch=id, by=by, at=at):
            if id not in area.stretches:
                return ()
            return (StretchDropped(stretch=id, by=by, at=at),)
        case LogEffort():
            return _log(area, command)
        case StrikeEffort(effort=id, by=by, at=at):
            if id not in area.efforts:
                raise Unknown("There is no such entry in the log.")
            if id in area.struck:
                return ()
            return (EffortStruck(effort=id, by=by, at=at),)


def evolve(area: State, event: Event) -> State:
    """Give the log as it is after an event."""
    match event:
        case StretchDrawn(stretch=id, name=name, homes=homes):
            drawn = Stretch(id=id, name=name, homes=homes)
            stretches = {**area.stretches, id: drawn}
            return replace(area, stretches=MappingProxyType(stretches))
        case StretchDropped(stretch=id):
            rest = {key: each for key, each in area.stretches.items() if key != id}
            return replace(area, stretches=MappingProxyType(rest))
        case EffortLogged(effort=id):
            efforts = {**area.efforts, id: event}
            return replace(area, efforts=MappingProxyType(efforts))
        case EffortStruck(effort=id):
            struck = {**area.struck, id: event}
            return replace(area, struck=MappingProxyType(struck))


def coverage(area: State) -> Coverage:
    """Read how far the area was reached, and where not yet.

    Homes count once: of several rounds in one stretch only the furthest counts, since
    nobody can say whether they were the same homes. An effort that went *further on*
    adds to the round before it. The other way to count would claim more than is known.
    """
    done = area.standing()
    reaches = tuple(
        _reach(stretch, [each for each in done if each.stretch == id])
        for id, stretch in area.stretches.items()
    )
    return Coverage(
        reaches=reaches,
        homes=sum(each.homes for each in reaches),
        of=sum(each.of for each in reaches),
        untouched=tuple(each.stretch for each in reaches if each.homes == 0),
        partly=tuple(each.stretch for each in reaches if 0 < each.homes < each.of),
    )


def _reach(stretch: Stretch, done: Sequence[EffortLogged]) -> Reach:
    round_, furthest = 0, 0
    for effort in done:
        if effort.way not in AT_HOMES:
            continue
        round_ = effort.homes + (round_ if effort.reached == "further on" else 0)
        furthest = max(furthest, round_)
    return Reach(
        stretch=stretch.id,
        homes=min(furthest, stretch.homes),
        of=stretch.homes,
        posters=sum(each.things for each in done if each.way == "posters"),
        letters=sum(each.things for each in done if each.way == "letters"),
        visits=sum(1 for each in done if each.way == "doors"),
        languages=tuple(sorted({tag for each in done for tag in each.languages})),
        last=max((each.day for each in done), default=None),
    )


def _log(area: State, command: LogEffort) -> tuple[Event, ...]:
    stretch = area.stretches.get(command.stretch)
    if stretch is None:
        raise Unknown("This street or stair is not on the list.")
    if command.effort in area.efforts:
        return ()
    if command.on > command.at.date():
        raise Invalid("This is a log of what was done, so its day has come already.")
    if not 0 <= command.homes <= stretch.homes:
        raise Invalid(
            ByNumber(
                "There is {homes} home here, and not more.",
                "There are {homes} homes here, and not more.",
            ),
            homes=stretch.homes,
        )
    if command.way in AT_HOMES and command.homes == 0:
        raise Invalid("How many homes were reached? Guess low if nobody counted.")
    if not 1 <= command.people <= 1000 or not 0 <= command.things <= 100_000:
        raise Invalid("At least one person went, and numbers are numbers of things.")
    return (
        EffortLogged(
            effort=command.effort,
            stretch=command.stretch,
            way=command.way,
            on=command.on.isoformat(),
            homes=command.homes if command.way in AT_HOMES else 0,
            things=command.things,
            people=command.people,
            reached=command.reached,
            languages=command.languages,
            missed=command.missed,
            by=command.by,
            at=command.at,
        ),
    )
