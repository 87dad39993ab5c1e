"""A delegate reports back, members ask, and the assembly says whether it is enough.

What goes wrong in a life is nobody's business outside: a late report is asked for
twice, with time between, before anybody elsewhere sees that one is awaited of the seat.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from confederation.deciding import decision
from confederation.deciding.decision import Decided
from confederation.errors import Invalid, NotEntitled, TooEarly, TooLate, Unknown
from confederation.identifiers import BallotId, Commit, CompactId, MemberId

LONGEST_PAUSE: Final = timedelta(days=90)
ASKED_ENOUGH: Final = 2
"""After so many times of asking, others see that a report is awaited of the seat."""

# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """Report back on a mandate. ``holder`` is whose mandate it is."""

    compact: CompactId
    mandate: int
    holder: MemberId
    text: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AskForReport:
    """Ask for a report that is ``due``; the second time, ``patience`` seconds later."""

    compact: CompactId
    mandate: int
    due: datetime
    patience: int
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseReport:
    """Take more time for the report, until a day."""

    compact: CompactId
    mandate: int
    holder: MemberId
    until: datetime
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionReport:
    """Ask the delegate something about their report."""

    question: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerQuestion:
    """Answer a question about one's report."""

    question: Commit
    answer: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeReport:
    """Carry out what the assembly said of the report: accepted, or not."""

    decision: Decided | None
    by: MemberId | None
    at: datetime


Command = (
    FileReport
    | AskForReport
    | PauseReport
    | QuestionReport
    | AnswerQuestion
    | JudgeReport
)


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFiled:
    compact: CompactId
    mandate: int
    holder: MemberId
    text: Commit
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAskedFor:
    """``number`` is how often it was asked for by now."""

    compact: CompactId
    mandate: int
    number: int
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPaused:
    compact: CompactId
    mandate: int
    until: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportQuestioned:
    question: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAnswered:
    question: Commit
    answer: Commit
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportJudged:
    compact: CompactId
    mandate: int
    accepted: bool
    ballot: BallotId
    at: datetime


Event = (
    ReportFiled
    | ReportAskedFor
    | ReportPaused
    | ReportQuestioned
    | QuestionAnswered
    | ReportJudged
)


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The report on one mandate. A question maps to its answer, or to None before it.

    ``settled`` are the texts that the assembly has judged.
    """

    filed: ReportFiled | None = None
    asked: tuple[datetime, ...] = ()
    paused_until: datetime | None = None
    questions: Mapping[Commit, Commit | None] = field(default_factory=dict)
    judged: ReportJudged | None = None
    settled: frozenset[Commit] = frozenset()

    @property
    def is_in(self) -> bool:
        """Whether a report is there that the assembly has not turned down."""
        return self.filed is not None and (self.judged is None or self.judged.accepted)

    @property
    def is_awaited(self) -> bool:
        """Whether it was asked for so often that others see it."""
        return not self.is_in and len(self.asked) >= ASKED_ENOUGH

    def is_due(self, due: datetime, at: datetime) -> bool:
        """Say whether members see by now that the report is late."""
        return not self.is_in and at >= max(due, self.paused_until or due)


NOTHING = State()


def decide(state: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes in the report on a mandate.

    Raises:
        Invalid: more time than anybody takes, or none.
        NotEntitled: another's report, or no decision on this one.
        TooEarly: it is not due, or was asked for only now; or there is no report.
        TooLate: the report is there, or judged.
        Unknown: nobody asked that.
    """
    match command:
        case FileReport():
            return _file(state, command)
        case AskForReport():
            return _ask(state, command)
        case PauseReport():
            return _pause(state, command)
        case QuestionReport(question=question, by=by, at=at):
            _filed(state)
            if question in state.questions:
                return ()
            return (ReportQuestioned(question=question, by=by, at=at),)
        case AnswerQuestion(question=question, answer=answer, by=by, at=at):
            if by != _filed(state).holder:
                raise NotEntitled("Whoever reported answers the questions about it.")
            if question not in state.questions:
                raise Unknown("Nobody has asked this about the report.")
            if state.questions[question] == answer:
                return ()
            return (QuestionAnswered(question=question, answer=answer, at=at),)
        case JudgeReport():
            return _judge(state, command)


def evolve(state: State, event: Event) -> State:
    """Give the report as it is after an event."""
    match event:
        case ReportFiled():
            return replace(
                state,
                filed=event,
                asked=(),
                paused_until=None,
                questions={},
                judged=None,
            )
        case ReportAskedFor(at=at):
            return replace(state, asked=(*state.asked, at))
        case ReportPaused(until=until):
            return replace(state, paused_until=until, asked=())
        case ReportQuestioned(question=question):
            return replace(state, questions={**state.questions, question: None})
        case QuestionAnswered(question=question, answer=answer):
            return replace(state, questions={**state.questions, question: answer})
        case ReportJudged():
            judged = {state.filed.text} if state.filed is not None else set()
            return replace(state, judged=event, settled=state.settled | judged)


def _file(state: State, command: FileReport) -> tuple[Event, ...]:
    if command.by != command.holder:
        raise NotEntitled("Whoever held the mandate reports on it.")
    if state.filed is not None and state.filed.text == command.text:
        return ()
    if state.is_in:
        raise TooLate("The report is there. The assembly says whether it is enough.")
    return (
        ReportFiled(
            compact=command.compact,
            mandate=command.mandate,
            holder=command.holder,
            text=command.text,
            at=command.at,
        ),
    )


def _ask(state: State, command: AskForReport) -> tuple[Event, ...]:
    if state.is_in:
        raise TooLate("The report is there.")
    if not state.is_due(command.due, command.at):
        raise TooEarly("The report is not due yet.")
    if len(state.asked) >= ASKED_ENOUGH:
        return ()
    if state.asked:
        again = state.asked[-1] + timedelta(seconds=command.patience)
        if command.at < again:
            raise TooEarly(
                "It was asked for only now. Others see that it is awaited after the "
                "second time of asking, from {at} on.",
                at=again,
            )
    return (
        ReportAskedFor(
            compact=command.compact,
            mandate=command.mandate,
            number=len(state.asked) + 1,
            by=command.by,
            at=command.at,
        ),
    )


def _pause(state: State, command: PauseReport) -> tuple[Event, ...]:
    if command.by != command.holder:
        raise NotEntitled("Whoever owes the report takes more time for it.")
    if state.is_in:
        raise TooLate("The report is there.")
    if state.paused_until == command.until:
        return ()
    if not command.at < command.until <= command.at + LONGEST_PAUSE:
        raise Invalid("More time ends on a day to come, within ninety days.")
    return (
        ReportPaused(
            compact=command.compact,
            mandate=command.mandate,
            until=command.until,
            at=command.at,
        ),
    )


def _judge(state: State, command: JudgeReport) -> tuple[Event, ...]:
    if command.decision is not None and command.decision.text in state.settled:
        return ()
    filed = _filed(state)
    said = decision.about(command.decision, text=filed.text)
    if said.outcome not in ("passed", "rejected"):
        raise NotEntitled("Too few took part, so nothing was decided.")
    return (
        ReportJudged(
            compact=filed.compact,
            mandate=filed.mandate,
            accepted=said.passed,
            ballot=said.ballot,
            at=command.at,
        ),
    )


def _filed(state: State) -> ReportFiled:
    if state.filed is None:
        raise TooEarly("There is no report yet.")
    return state.filed
