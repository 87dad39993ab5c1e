"""What a friend would say of a run-sheet who has sat through too many meetings.

It has no way to refuse anything.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from confederation.meeting.run_sheet import Kind, Phase, Phases
from confederation.session import Kind as MeetingKind

PLAY: Final[frozenset[Kind]] = frozenset({"game", "song", "art", "walk"})
RESTS: Final[frozenset[Kind]] = frozenset({"break", "meal", *PLAY})
PLENARY: Final[frozenset[Kind]] = frozenset(
    {"input", "questions", "integration", "decision"}
)
"""Parts in which one person talks and the others listen."""

Rule = Literal[
    "LONG",
    "VERY_LONG",
    "MOSTLY_PLENARY",
    "INPUT_TOO_LONG",
    "NO_BREAK",
    "NO_FOOD",
    "NO_PLAY",
    "NO_CHECK_IN",
    "NO_CHECK_OUT",
    "DECISION_WITHOUT_TALK",
    "DECISION_LATE",
    "NO_ACTIONS",
    "EMPTY",
]
LONG: Final = 120
VERY_LONG: Final = 180
LONGEST_INPUT: Final = 30
LONGEST_WITHOUT_REST: Final = 75
LONG_ENOUGH_FOR_FOOD: Final = 100
LONG_ENOUGH_FOR_PLAY: Final = 60
MOST_PLENARY_PERCENT: Final = 50
LATE_FOR_A_DECISION: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Something that might make the evening better. It never blocks anything.

    ``minutes`` or ``percent`` is what was found; ``phase`` is the number of the phase
    that it is about, None for the whole.
    """

    rule: Rule
    minutes: int | None = None
    percent: int | None = None
    phase: int | None = None


def advise(phases: Phases, meeting: MeetingKind) -> tuple[Advice, ...]:
    """Read a run-sheet as a friend would who has sat through too many meetings."""
    if not phases:
        return (Advice(rule="EMPTY"),)
    return (
        *_about_length(phases),
        *_about_talk(phases, meeting),
        *_about_rest(phases),
        *_about_parts(phases, meeting),
    )


def _about_length(phases: Phases) -> Sequence[Advice]:
    whole = _minutes(phases)
    if whole > VERY_LONG:
        return [Advice(rule="VERY_LONG", minutes=whole)]
    return [Advice(rule="LONG", minutes=whole)] if whole > LONG else []


def _about_talk(phases: Phases, meeting: MeetingKind) -> Sequence[Advice]:
    found = [
        Advice(rule="INPUT_TOO_LONG", minutes=phase.minutes, phase=phase.number)
        for phase in phases
        if phase.kind == "input" and phase.minutes > LONGEST_INPUT
    ]
    work = sum(phase.minutes for phase in phases if phase.kind not in RESTS)
    plenary = sum(phase.minutes for phase in phases if phase.kind in PLENARY)
    percent = plenary * 100 // work if work else 0
    if percent > MOST_PLENARY_PERCENT and meeting != "listening circle":
        found.append(Advice(rule="MOSTLY_PLENARY", percent=percent))
    return found


def _about_rest(phases: Phases) -> Sequence[Advice]:
    found = []
    stretch = longest = 0
    for phase in phases:
        stretch = 0 if phase.kind in RESTS else stretch + phase.minutes
        longest = max(longest, stretch)
    if longest > LONGEST_WITHOUT_REST:
        found.append(Advice(rule="NO_BREAK", minutes=longest))
    whole, kinds = _minutes(phases), _kinds(phases)
    if whole >= LONG_ENOUGH_FOR_FOOD and "meal" not in kinds:
        found.append(Advice(rule="NO_FOOD", minutes=whole))
    if whole >= LONG_ENOUGH_FOR_PLAY and not PLAY & kinds:
        found.append(Advice(rule="NO_PLAY"))
    return found


def _about_parts(phases: Phases, meeting: MeetingKind) -> Sequence[Advice]:
    found, kinds = [], _kinds(phases)
    if "check-in" not in kinds:
        found.append(Advice(rule="NO_CHECK_IN"))
    if "check-out" not in kinds:
        found.append(Advice(rule="NO_CHECK_OUT"))
    first = next((n for n, p in enumerate(phases) if p.kind == "decision"), None)
    if first is not None:
        before = phases[:first]
        if not {"deliberation", "questions"} & _kinds(before):
            found.append(
                Advice(rule="DECISION_WITHOUT_TALK", phase=phases[first].number)
            )
        if _minutes(before) >= LATE_FOR_A_DECISION:
            found.append(
                Advice(
                    rule="DECISION_LATE",
                    minutes=_minutes(before),
                    phase=phases[first].number,
                )
            )
    if meeting == "assembly" and "actions" not in kinds:
        found.append(Advice(rule="NO_ACTIONS"))
    return found


def _minutes(phases: Collection[Phase]) -> int:
    return sum(phase.minutes for phase in phases)


def _kinds(phases: Collection[Phase]) -> set[Kind]:
    return {phase.kind for phase in phases}
