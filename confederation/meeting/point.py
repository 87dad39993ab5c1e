"""What a table said is heard, and goes somewhere that everybody can see.

A point is what a table found most worth saying, and why. A table has three at most,
and they bear the numbers on its sheet. When the minutes are approved each of them has
ended: as an issue, as an action, with an answer, or parked for one reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from confederation.errors import ByNumber, Invalid, Reason, TooEarly, TooLate, Unknown
from confederation.identifiers import Commit, MemberId, SessionId

MOST_FROM_A_TABLE = 3
MOST_FROM_THE_ROOM = 30
WHOLE_ROOM = 0
"""The number that stands for the room itself, where no table has one."""

Became = Literal["issue", "action", "answered", "parked"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """A line on a sheet: the table from 1 or `WHOLE_ROOM`, and the point's number."""

    table: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Where a point went.

    ``to`` is the id of the issue or action that it became; ``words`` is the answer that
    was given, or the one reason why it is parked.
    """

    became: Became
    to: str | None = None
    words: Commit | None = None


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPoint:
    """Record a point; recorded again in other words, it has these from then on.

    ``by`` is None where a table without a member at it hands in its own sheet.
    """

    session: SessionId
    place: Place
    what: Commit
    why: Commit | None = None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StrikePoint:
    """Take a point off its sheet again."""

    session: SessionId
    place: Place
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndPoint:
    """Say where a point went; until the minutes are approved it can be said anew."""

    session: SessionId
    place: Place
    end: End
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlePoints:
    """Let all points of a meeting stand as they are; its minutes are approved."""

    session: SessionId
    by: MemberId
    at: datetime


Command = RecordPoint | StrikePoint | EndPoint | SettlePoints


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class PointRecorded:
    session: SessionId
    place: Place
    what: Commit
    why: Commit | None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PointStruck:
    session: SessionId
    place: Place
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PointEnded:
    session: SessionId
    place: Place
    end: End
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsSettled:
    session: SessionId
    at: datetime


Event = PointRecorded | PointStruck | PointEnded | PointsSettled


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A point as it stands; ``end`` is None while it has gone nowhere yet."""

    place: Place
    what: Commit
    why: Commit | None
    end: End | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The points of one meeting, by their place on the sheets."""

    points: Mapping[Place, Point] = field(default_factory=dict)
    settled_at: datetime | None = None

    @property
    def in_order(self) -> tuple[Point, ...]:
        """The points by table and number; those of the whole room come first."""
        return tuple(self.points[place] for place in sorted(self.points))

    @property
    def without_end(self) -> tuple[Point, ...]:
        """The points that have gone nowhere yet."""
        return tuple(each for each in self.in_order if each.end is None)


NOTHING = State()


def next_number(points: State, table: int) -> int | None:
    """Return the next free number on a table's sheet; None where it is full."""
    taken = {place.number for place in points.points if place.table == table}
    for number in range(1, _most(table) + 1):
        if number not in taken:
            return number
    return None


def where(place: Place) -> Reason:
    """Name a place on a sheet as people in the room do."""
    number, table = place.number, place.table
    if table == WHOLE_ROOM:
        return Reason("Point {number} of the whole room", number=number)
    return Reason("Point {number} of table {table}", number=number, table=table)


def decide(points: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes in a meeting's points. A redelivered one does not.

    Raises:
        Invalid: there is no such line on a sheet, or an end lacks what belongs to it.
        TooEarly: a point has gone nowhere when the minutes are approved.
        TooLate: the minutes are approved already.
        Unknown: there is no such point.
    """
    match command:
        case RecordPoint(session=session, place=place, by=by, at=at):
            _check(place)
            known = points.points.get(place)
            if known is not None and (known.what, known.why) == (
                command.what,
                command.why,
            ):
                return ()
            _not_settled(points)
            return (
                PointRecorded(
                    session=session,
                    place=place,
                    what=command.what,
                    why=command.why,
                    by=by,
                    at=at,
                ),
            )
        case StrikePoint(session=session, place=place, by=by, at=at):
            if place not in points.points:
                return ()
            _not_settled(points)
            return (PointStruck(session=session, place=place, by=by, at=at),)
        case EndPoint(session=session, place=place, end=end, by=by, at=at):
            _check_end(end)
            if place not in points.points:
                raise Unknown("There is no such point: {place}.", place=where(place))
            if points.points[place].end == end:
                return ()
            _not_settled(points)
            return (PointEnded(session=session, place=place, end=end, by=by, at=at),)
        case SettlePoints(session=session, at=at):
            if points.settled_at is not None:
                return ()
            left = points.without_end
            if left:
                raise TooEarly(
                    "{place} has not gone anywhere yet. Each point becomes an "
                    "issue or an action, has an answer, or is parked with a "
                    "reason.",
                    place=where(left[0].place),
                )
            return (PointsSettled(session=session, at=at),)


def evolve(points: State, event: Event) -> State:
    """Give a meeting's points as they are after an event."""
    match event:
        case PointRecorded(place=place, what=what, why=why):
            before = points.points.get(place)
            end = None if before is None else before.end
            point = Point(place=place, what=what, why=why, end=end)
            return replace(points, points={**points.points, place: point})
        case PointStruck(place=place):
            rest = {p: each for p, each in points.points.items() if p != place}
            return replace(points, points=rest)
        case PointEnded(place=place, end=end):
            ended = replace(points.points[place], end=end)
            return replace(points, points={**points.points, place: ended})
        case PointsSettled(at=at):
            return replace(points, settled_at=at)


def _most(table: int) -> int:
    return MOST_FROM_THE_ROOM if table == WHOLE_ROOM else MOST_FROM_A_TABLE


def _check(place: Place) -> None:
    if place.table < WHOLE_ROOM:
        raise Invalid("Tables are numbered from 1.")
    if not 1 <= place.number <= _most(place.table):
        if place.table == WHOLE_ROOM:
            raise Invalid(
                ByNumber(
                    "There is room for {most} point of the whole room.",
                    "There is room for {most} points of the whole room.",
                ),
                most=MOST_FROM_THE_ROOM,
            )
        raise Invalid(
            ByNumber(
                "A table brings at most {most} point, so that each is heard.",
                "A table brings at most {most} points, so that each is heard.",
            ),
            most=MOST_FROM_A_TABLE,
        )


def _check_end(end: End) -> None:
    if end.became in ("issue", "action") and end.to is None:
        if end.became == "issue":
            raise Invalid("Please say which issue the point became.")
        raise Invalid("Please say which action the point became.")
    if end.became == "answered" and end.words is None:
        raise Invalid("Please write the answer that was given.")
    if end.became == "parked" and end.words is None:
        raise Invalid("A point is parked for one reason. Please write it.")


def _not_settled(points: State) -> None:
    if points.settled_at is not None:
        raise TooLate(
            "The minutes of this meeting are approved, and its points stand in them. "
            "Please propose a correction there."
        )
