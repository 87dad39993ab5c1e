"""What happened is kept as JSON, and is the same when it is read back."""

import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Literal, NewType, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest

from confederation import assembly, floor, session
from confederation.confederal import election, legitimacy, pen
from confederation.dealings import action, authority, kinds, thanks
from confederation.deciding import ballot, motion
from confederation.matters import issue, place, story
from confederation.meeting import (
    breakout,
    circle,
    goal,
    minutes,
    night,
    point,
    role_lot,
    run_sheet,
    theme,
)
from confederation.membership import outreach, panel
from tests.confederation.builders import DAY, MAY

Kind = type[object]

STREAMS = (
    *(assembly, session, run_sheet, outreach, issue, motion, ballot, election, point),
    *(minutes, action, story, thanks, goal, kinds, legitimacy, authority),
    *(floor, night, pen),
    *(breakout, circle, theme, place, panel, role_lot),
)
"""The modules whose aggregates each have a stream of events."""

EVENTS: list[Kind] = [kind for stream in STREAMS for kind in get_args(stream.Event)]


def leaves(kind: object) -> Iterator[object]:
    """Give the plain types that a value of this type is made of."""
    if isinstance(kind, NewType):
        yield from leaves(kind.__supertype__)
    elif get_origin(kind) is Literal:
        yield from (type(value) for value in get_args(kind))
    elif get_origin(kind) in (tuple, Union, types.UnionType):
        for part in get_args(kind):
            if part is not Ellipsis:
                yield from leaves(part)
    elif get_origin(kind) is Mapping:
        key, value = get_args(kind)
        assert set(leaves(key)) <= {str, int}
        yield from leaves(value)
    elif is_dataclass(kind):
        assert isinstance(kind, type)
        for hint in get_type_hints(kind).values():
            yield from leaves(hint)
    else:
        yield kind


def sample(kind: object, turn: int) -> object:
    """Make a value of this type: each turn takes another branch of it."""
    if isinstance(kind, NewType):
        return sample(kind.__supertype__, turn)
    if get_origin(kind) is Literal:
        return get_args(kind)[turn % len(get_args(kind))]
    if get_origin(kind) in (Union, types.UnionType):
        return sample(get_args(kind)[turn % len(get_args(kind))], turn)
    if get_origin(kind) is tuple:
        parts = get_args(kind)
        if parts[-1] is Ellipsis:
            return tuple(sample(parts[0], turn + n) for n in range(turn))
        return tuple(sample(part, turn) for part in parts)
    if get_origin(kind) is Mapping:
        key, value = get_args(kind)
        return {sample(key, turn + n): sample(value, turn) for n in range(turn)}
    if is_dataclass(kind):
        assert isinstance(kind, type)
        hints = get_type_hints(kind)
        return kind(**{name: sample(hint, turn) for name, hint in hints.items()})
    plain = {
        str: f"text {turn}",
        int: turn,
        bool: turn % 2 == 0,
        datetime: MAY + turn * DAY,
        types.NoneType: None,
    }
    assert isinstance(kind, type)
    return plain[kind]


def test_no_two_events_have_one_name() -> None:
    names = [kind.__name__ for kind in EVENTS]

    assert len(set(names)) == len(names) > 50


def test_an_event_is_made_of_plain_values_and_no_float() -> None:
    plain = {str, int, bool, datetime, types.NoneType}

    for kind in EVENTS:
        assert set(leaves(kind)) <= plain, kind.__name__


def test_an_event_says_when_and_whose_it_is() -> None:
    whose = {
        *(
            "kind",
            "action",
            "authority",
            "ballot",
            "compact",
            "criteria",
            "goal",
            "issue",
            "lending",
            "panel",
            "place",
        ),
        *("effort", "motion", "session", "story", "stretch", "terms", "thanks"),
    }
    for kind in EVENTS:
        assert is_dataclass(kind), kind.__name__
        named = {field.name for field in fields(kind)}
        assert "at" in named, kind.__name__
        assert named & whose or kind in get_args(assembly.Event), kind.__name__


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.__name__)
def test_an_event_is_read_back_as_it_was_written(stream: types.ModuleType) -> None:
    for kind in get_args(stream.Event):
        for turn in range(4):
            event = sample(kind, turn)

            written = msgspec.json.encode(event)

            assert msgspec.json.decode(written, type=kind) == event


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.__name__)
def test_before_anything_happened_there_is_nothing(stream: types.ModuleType) -> None:
    assert stream.State() == stream.NOTHING
    assert typing.get_type_hints(stream.evolve)["return"] is stream.State
