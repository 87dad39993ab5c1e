"""The parts of an evening have plain names, the same on every screen and sheet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from confederation.meeting import run_sheet
from confederation.meeting.advice import Rule
from confederation.meeting.rotation import JobTitle, Role
from confederation.meeting.run_sheet import Kind, Phase, Phases, Step
from instance.desk import Desk
from instance.store import events
from instance.web.languages import N_

KINDS: Final[Mapping[Kind, str]] = {
    "check-in": N_("Arriving: how is everybody?"),
    "input": N_("Hearing what it is about"),
    "questions": N_("Questions, to understand"),
    "deliberation": N_("Talking it over"),
    "integration": N_("Bringing it together"),
    "decision": N_("Deciding"),
    "actions": N_("Who does what"),
    "check-out": N_("Goodbye: how was it?"),
    "break": N_("Break"),
    "game": N_("A game"),
    "song": N_("A song"),
    "meal": N_("Eating together"),
    "art": N_("Making something"),
    "walk": N_("A walk"),
}
STEPS: Final[Mapping[Step, str]] = {
    "welcome": N_("Welcome: where things are, and who is who"),
    "inclusivity": N_("Read aloud: everybody belongs here"),
    "agreement": N_("How we want to be with each other tonight"),
    "signals": N_("The hand signals, tried out together"),
    "rulebook": N_("The starter rulebook: read aloud, then cards"),
    "news": N_("What became of what we said last time"),
    "speaker": N_("Somebody tells us about the question"),
    "tables": N_("At tables of six to ten: what, and why"),
    "circle": N_("In a circle: one speaks, all others listen"),
    "reports": N_("Each table says its key points"),
    "themes": N_("What we heard, in a few words"),
    "proposals": N_("The proposals, read aloud"),
    "ready": N_("Are both sides ready for a next step?"),
    "next time": N_("Next date, and who brings what"),
    "goodbye": N_("One word each, and thanks"),
}
JOBS: Final[Mapping[JobTitle, str]] = {
    "facilitator": N_("Facilitator"),
    "note-taker": N_("Note-taker"),
    "timekeeper": N_("Timekeeper"),
    "doorkeeper": N_("Doorkeeper"),
    "teller": N_("Teller"),
    "host": N_("Host"),
    "welcomer": N_("Welcomer"),
}
ROLES: Final[Mapping[Role, str]] = {
    **cast(Mapping[Role, str], JOBS),
    "convenor": N_("Convenor"),
    "clerk": N_("Clerk"),
}
DOES: Final[Mapping[JobTitle, str]] = {
    "facilitator": N_("leads through the evening, and gives everybody a turn"),
    "note-taker": N_("writes down points and decisions, and no names"),
    "timekeeper": N_("says how long there is, kindly"),
    "doorkeeper": N_("gives out the cards, and takes them back"),
    "teller": N_("counts with a second person, each alone"),
    "host": N_("sees to chairs, food and quiet, and cares for whoever needs it"),
    "welcomer": N_("greets whoever is new, so that nobody stands alone"),
}
SAYS: Final[Mapping[Rule, str]] = {
    "EMPTY": N_(
        "There is nothing here yet. Take a template, and change what you like."
    ),
    "LONG": N_(
        "This is more than two hours. People with children, early shifts or sore backs "
        "will leave before the end. What could wait until next time?"
    ),
    "VERY_LONG": N_(
        "This is more than three hours. Few people come back to that. Could it be two "
        "evenings?"
    ),
    "MOSTLY_PLENARY": N_(
        "More than half of the work is one person talking to all. Move some of it to "
        "small tables, where shy people speak as well."
    ),
    "INPUT_TOO_LONG": N_(
        "One part of listening is longer than half an hour. Two short ones, with "
        "questions between, are easier to follow."
    ),
    "NO_BREAK": N_(
        "There is more than an hour and a quarter without a rest. Ten minutes with the "
        "windows open do wonders."
    ),
    "NO_FOOD": N_("Nobody eats. Soup, bread or a pot of tea brings people together."),
    "NO_PLAY": N_(
        "Nothing here is for the joy of it. Five minutes of a song, a game or a short "
        "walk wake people up."
    ),
    "NO_CHECK_IN": N_(
        "People start cold. A first round, one sentence each in pairs, lets everybody "
        "arrive."
    ),
    "NO_CHECK_OUT": N_(
        "It ends without a goodbye. A last round of one word each tells you how it was."
    ),
    "DECISION_WITHOUT_TALK": N_(
        "Something is decided before people could ask or talk about it."
    ),
    "DECISION_LATE": N_(
        "The decision comes after two hours, when many have left. Could it be earlier?"
    ),
    "NO_ACTIONS": N_(
        "Nothing says who does what next. Ten minutes for that, and things happen."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A phase as pages show it. ``says`` is to be translated unless ``own``."""

    number: int
    kind: Kind
    minutes: int
    says: str
    own: bool
    starts_at: datetime
    ends_at: datetime


def lines(desk: Desk, phases: Phases, at: datetime) -> tuple[Line, ...]:
    """Show phases with the times at which they begin if the first begins at ``at``."""
    times = (*run_sheet.starts(phases, at), run_sheet.ends(phases, at))
    return tuple(
        Line(
            number=phase.number,
            kind=phase.kind,
            minutes=phase.minutes,
            says=name(desk, phase),
            own=phase.title is not None,
            starts_at=starts_at,
            ends_at=ends_at,
        )
        for phase, starts_at, ends_at in zip(phases, times, times[1:], strict=False)
    )


def name(desk: Desk, phase: Phase) -> str:
    """Return what a phase is called: its own words, or those of its step or kind.

    Whatever is not the assembly's own words is a sentence of ours, to be translated.
    """
    own = events.wording(desk.connection, phase.title)
    if own is not None:
        return own
    return KINDS[phase.kind] if phase.step is None else STEPS[phase.step]
