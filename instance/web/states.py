"""A state is said in words, with a tone that also has a shape: never colour alone."""

from dataclasses import dataclass
from typing import Final, Literal

from confederation.confederal.council import Fate, Standing, State
from confederation.confederal.mandate import Bound, Finding, Rule
from confederation.confederal.ratifying import Course, Says, Stage
from confederation.record import Decision, Result
from instance.web.languages import N_

Tone = Literal["quiet", "going", "waiting", "done", "not"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A few words and the tone in which they are shown."""

    says: str
    tone: Tone


OUTCOMES: Final[dict[str, Badge]] = {
    "adopted": Badge(says=N_("Adopted"), tone="done"),
    "rejected": Badge(says=N_("Not adopted"), tone="not"),
    "no quorum": Badge(says=N_("Not decided: too few voted"), tone="quiet"),
    "withdrawn": Badge(says=N_("Withdrawn by its assembly"), tone="quiet"),
    "returned": Badge(says=N_("Returned: it belongs further down"), tone="quiet"),
    "in force": Badge(says=N_("Ratified and in force"), tone="done"),
    "not in force": Badge(says=N_("Not in force: too few ratified it"), tone="not"),
}
SETTLED: Final = frozenset({State.CONFIRMED, State.DISPUTED})
STATES: Final[dict[State, Badge]] = {
    State.DRAFT: Badge(says=N_("Proposed, not open yet"), tone="quiet"),
    State.OPEN: Badge(says=N_("Open for votes"), tone="going"),
    State.CLOSING: Badge(says=N_("Closed, waiting for final words"), tone="waiting"),
    State.DETERMINED: Badge(says=N_("Counted, not confirmed yet"), tone="waiting"),
    State.DISPUTED: Badge(says=N_("Disputed: not in force"), tone="not"),
}
STAGES: Final[dict[Stage, Badge]] = {
    Stage.RATIFYING: Badge(says=N_("Adopted, being ratified"), tone="going"),
    Stage.IN_FORCE: OUTCOMES["in force"],
    Stage.NOT_IN_FORCE: OUTCOMES["not in force"],
}
ANSWERS: Final[dict[Says, Badge]] = {
    "ratified": Badge(says=N_("Ratifies it"), tone="done"),
    "refused": Badge(says=N_("Does not ratify it"), tone="not"),
    "left": Badge(says=N_("Has left"), tone="quiet"),
    "silent": Badge(says=N_("Has not answered yet"), tone="quiet"),
}
DISPUTED: Final = Badge(says=N_("Ratification disputed: not in force"), tone="not")
LAPSED: Final = Badge(says=N_("Lapsed: it did not answer"), tone="quiet")
DECIDED: Final[dict[str, Badge]] = {
    "passed": Badge(says=N_("Passed"), tone="done"),
    "rejected": Badge(says=N_("Not passed"), tone="not"),
    "no quorum": Badge(says=N_("Not decided: too few were there"), tone="quiet"),
}
FATES: Final[dict[Fate, Badge]] = {
    Fate.CERTIFIED: Badge(says=N_("Certified"), tone="done"),
    Fate.EXCLUDED: Badge(says=N_("Came too late"), tone="not"),
    Fate.UNDECIDED: Badge(says=N_("Not certified yet"), tone="waiting"),
    Fate.VOID: Badge(says=N_("Against the rules, not counted"), tone="not"),
}
BOUND: Final[dict[str, Badge]] = {
    "instructed": Badge(says=N_("Instructed"), tone="done"),
    "uninstructed": Badge(
        says=N_("Uninstructed: nothing said on this yet"), tone="quiet"
    ),
    "refer back": Badge(says=N_("Referred back: the text was changed"), tone="waiting"),
    "expired": Badge(says=N_("Mandate ends too early"), tone="not"),
    "vacant": Badge(says=N_("No delegate"), tone="quiet"),
}

RULES: Final[dict[Rule, str]] = {
    Rule.NOT_A_MEMBER: N_("not a member"),
    Rule.NO_MANDATE: N_("no mandate"),
    Rule.NO_DECISION: N_("no decision"),
    Rule.MANDATE_EXPIRED: N_("mandate expired"),
    Rule.RECALLED: N_("recalled"),
    Rule.OUTSIDE_SCOPE: N_("outside scope"),
    Rule.OUTSIDE_INSTRUCTION: N_("outside mandate"),
    Rule.TEXT_CHANGED: N_("text changed"),
    Rule.BAD_SIGNATURE: N_("bad signature"),
    Rule.NOT_ON_PAPER: N_("not on paper"),
    Rule.ONE_SIGNATURE_ONLY: N_("one signature only"),
    Rule.OUT_OF_ORDER: N_("out of order"),
    Rule.NOT_FILED: N_("not filed"),
    Rule.NOT_DECIDED_BELOW: N_("not decided below"),
    Rule.NOT_HELD_HERE: N_("not held here"),
    Rule.NOT_THE_BEARER: N_("not the bearer"),
    Rule.NOT_CERTIFIED: N_("not certified"),
    Rule.EQUIVOCATION: N_("equivocation"),
}
LEFT_OUT: Final[dict[str, str]] = {
    "superseded": N_("superseded"),
    "withdrawn": N_("withdrawn"),
    "seat emptied": N_("the seat is empty"),
}
"""Why the count of a result left a vote out that broke no rule."""


def of_proposal(standing: Standing | None) -> Badge:
    """Say how far a proposal has come; None where its compact is not held here."""
    if standing is None:
        return Badge(says=N_("Cannot be followed here"), tone="quiet")
    if standing.confirmed is not None:
        return of_result(standing.confirmed)
    return STATES[standing.state]


def of_course(course: Course | None) -> Badge:
    """Say how far a decision has come, from its opening on to whether it is in force.

    What needs no ratification is in force when it is adopted, and says only that.
    """
    if course is None or course.ratification is None:
        return of_proposal(None if course is None else course.vote)
    if isinstance(course.state, Stage):
        return STAGES[course.state]
    return DISPUTED


def of_result(result: Result) -> Badge:
    """Say what a result says."""
    return OUTCOMES[result.outcome]


def of_decision(decision: Decision) -> Badge:
    """Say what an assembly decided."""
    return DECIDED[decision.outcome]


def of_finding(finding: Finding) -> str:
    """Name the rule that was broken, as people call it."""
    return RULES[finding.rule]


def of_seat(bound: Bound) -> Badge:
    """Say what binds a seat."""
    return BOUND[bound.word]
