"""An assembly says itself where it is, and how far that goes; nobody draws it a border.

Who lives there is never asked: two assemblies overlap where their own words do, in the
name of the place or in a street or postcode that both list.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from confederation.errors import ByNumber, Invalid
from confederation.identifiers import Commit, MemberId

MOST_PARTS: Final = 300
"""How many streets or postcodes an area may list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """A point to about a kilometre: hundredths of a degree, north and east."""

    latitude: int
    longitude: int


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class SayPlace:
    """Say what the place is called, which streets or postcodes belong to it, and where.

    ``place`` is its name, ``parts`` may be empty. What was said before is replaced.
    """

    place: Commit
    parts: tuple[Commit, ...]
    centre: Centre | None
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackPlace:
    """Say no longer where the assembly is."""

    by: MemberId
    at: datetime


Command = SayPlace | TakeBackPlace


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceSaid:
    place: Commit
    parts: tuple[Commit, ...]
    centre: Centre | None
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceTakenBack:
    place: Commit
    by: MemberId
    at: datetime


Event = PlaceSaid | PlaceTakenBack


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What stands of the place: what was said last, or None."""

    said: PlaceSaid | None = None


NOTHING = State()


def decide(place: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes. A redelivered one changes nothing.

    Raises:
        Invalid: no such point is on the globe, or nobody reads so long a list.
    """
    match command:
        case SayPlace():
            said = place.said
            now = (command.place, command.parts, command.centre)
            if said is not None and now == (said.place, said.parts, said.centre):
                return ()
            if len(command.parts) > MOST_PARTS:
                raise Invalid(
                    ByNumber(
                        "An area lists {most} street or postcode at most.",
                        "An area lists {most} streets or postcodes at most.",
                    ),
                    most=MOST_PARTS,
                )
            if command.centre is not None:
                _check(command.centre)
            return (
                PlaceSaid(
                    place=command.place,
                    parts=command.parts,
                    centre=command.centre,
                    by=command.by,
                    at=command.at,
                ),
            )
        case TakeBackPlace(by=by, at=at):
            if place.said is None:
                return ()
            return (PlaceTakenBack(place=place.said.place, by=by, at=at),)


def evolve(place: State, event: Event) -> State:
    """Give the place as it is after an event."""
    match event:
        case PlaceSaid():
            return replace(place, said=event)
        case PlaceTakenBack():
            return replace(place, said=None)


# What assemblies say beside each other


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """A place in an assembly's own words: its name, its streets or postcodes."""

    name: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Where the words of two assemblies meet. ``parts`` as the first wrote them."""

    same_name: bool
    parts: tuple[str, ...]


def overlap(ours: Bounds, theirs: Bounds) -> Overlap | None:
    """Compare what two assemblies say of their places; None where nothing meets.

    Capitals and the number of spaces make no difference; nothing else is guessed.
    """
    listed = frozenset(map(_plain, theirs.parts))
    parts = tuple(each for each in _once(ours.parts) if _plain(each) in listed)
    same_name = _plain(ours.name) == _plain(theirs.name)
    return Overlap(same_name=same_name, parts=parts) if same_name or parts else None


def _once(parts: Iterable[str]) -> Iterable[str]:
    return {_plain(each): each for each in parts}.values()


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _check(centre: Centre) -> None:
    if abs(centre.latitude) > 90_00 or abs(centre.longitude) > 180_00:
        raise Invalid(
            "A latitude is between -90 and 90, a longitude between -180 and 180."
        )
