"""What many said in their own words is gathered under one heading, and nothing is lost.

A theme gathers points of tables, which stay as they were written. It is all that comes
out of a listening circle.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from confederation.errors import ByNumber, Invalid, Unknown
from confederation.identifiers import Commit, MemberId, SessionId
from confederation.meeting.point import Place

MOST_THEMES = 60
MOST_GATHERED = 300


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class NameTheme:
    """Name a theme, or name it anew. Themes are numbered from 1."""

    session: SessionId
    theme: int
    words: Commit
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GatherPoints:
    """Put points under a theme, each out of the one where it was before."""

    session: SessionId
    theme: int
    places: tuple[Place, ...]
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DropTheme:
    """Drop a theme; its points stand by themselves again."""

    session: SessionId
    theme: int
    by: MemberId | None
    at: datetime


Command = NameTheme | GatherPoints | DropTheme


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeNamed:
    session: SessionId
    theme: int
    words: Commit
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsGathered:
    session: SessionId
    theme: int
    places: tuple[Place, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeDropped:
    session: SessionId
    theme: int
    at: datetime


Event = ThemeNamed | PointsGathered | ThemeDropped


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A heading, and the points under it in the order of the sheets."""

    number: int
    words: Commit
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The themes of one meeting by their number. ``last`` counts dropped ones too."""

    themes: Mapping[int, Theme] = field(default_factory=dict)
    last: int = 0

    def theme_of(self, place: Place) -> Theme | None:
        """Return the theme under which a point stands, if any."""
        return next((t for t in self.themes.values() if place in t.places), None)


NOTHING = State()


def decide(themes: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes in the themes. A redelivered one changes nothing.

    Raises:
        Invalid: there are too many themes, or too many points at once.
        Unknown: there is no such theme.
    """
    match command:
        case NameTheme(session=session, theme=number, words=words, at=at):
            known = themes.themes.get(number)
            if known is not None and known.words == words:
                return ()
            if known is None and number <= themes.last:
                return ()
            if known is None and number != themes.last + 1:
                raise Unknown("There is no such theme.")
            if number > MOST_THEMES:
                raise Invalid(
                    ByNumber(
                        "There is room for {most} theme.",
                        "There is room for {most} themes.",
                    ),
                    most=MOST_THEMES,
                )
            return (ThemeNamed(session=session, theme=number, words=words, at=at),)
        case GatherPoints(session=session, theme=number, places=places, at=at):
            if number not in themes.themes:
                raise Unknown("There is no such theme.")
            if len(places) > MOST_GATHERED:
                raise Invalid(
                    ByNumber(
                        "At most {most} point is gathered at once.",
                        "At most {most} points are gathered at once.",
                    ),
                    most=MOST_GATHERED,
                )
            there = themes.themes[number].places
            fresh = tuple(dict.fromkeys(p for p in places if p not in there))
            if not fresh:
                return ()
            return (PointsGathered(session=session, theme=number, places=fresh, at=at),)
        case DropTheme(session=session, theme=number, at=at):
            if number not in themes.themes:
                return ()
            return (ThemeDropped(session=session, theme=number, at=at),)


def evolve(themes: State, event: Event) -> State:
    """Give the themes as they are after an event."""
    match event:
        case ThemeNamed(theme=number, words=words):
            before = themes.themes.get(number)
            places = () if before is None else before.places
            named = Theme(number=number, words=words, places=places)
            return State(
                themes={**themes.themes, number: named}, last=max(themes.last, number)
            )
        case PointsGathered(theme=number, places=fresh):
            moved = {
                each.number: replace(
                    each, places=tuple(p for p in each.places if p not in fresh)
                )
                for each in themes.themes.values()
            }
            there = tuple(sorted((*moved[number].places, *fresh)))
            moved[number] = replace(moved[number], places=there)
            return replace(themes, themes=moved)
        case ThemeDropped(theme=number):
            rest = {n: each for n, each in themes.themes.items() if n != number}
            return replace(themes, themes=rest)
