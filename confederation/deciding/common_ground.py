"""A question is answered in short statements, and the room sees what it shares.

Statements are one sentence each, about things and not about people. Whoever is there
marks them; the marks are no events, and are gone when the question closes. What stays
are the statements and the view that was drawn of them. None of it is a vote.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from confederation.deciding.bridging import View
from confederation.errors import ByNumber, Invalid, TooEarly, TooLate, Unknown
from confederation.identifiers import Commit, GroundId, MemberId, SessionId

MOST_SHOWN = 30
"""So many statements fit on one sheet of paper, and in half an hour of an evening."""
MOST_WAITING = 60

Reason = Literal["person", "two things", "said already", "another question"]
Stand = Literal["waiting", "shown", "set aside"]


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class AskForStatements:
    """Ask a question in a meeting, to be answered in statements."""

    ground: GroundId
    session: SessionId
    question: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddStatement:
    """Add a statement. Nobody keeps whose it is, so ``by`` is None."""

    words: Commit
    by: None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowStatement:
    """Let everybody mark a statement, that was set aside before or not."""

    number: int
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """Set a statement aside for one reason: nobody marks it, and no view counts it."""

    number: int
    reason: Reason
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawView:
    """Show how it stands now, worked out from what people have marked."""

    view: View
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseQuestion:
    by: MemberId
    at: datetime


Command = (
    AskForStatements
    | AddStatement
    | ShowStatement
    | SetAside
    | DrawView
    | CloseQuestion
)


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementsAskedFor:
    ground: GroundId
    session: SessionId
    question: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementAdded:
    ground: GroundId
    number: int
    words: Commit
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementShown:
    ground: GroundId
    number: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementSetAside:
    ground: GroundId
    number: int
    reason: Reason
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewDrawn:
    ground: GroundId
    view: View
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionClosed:
    ground: GroundId
    at: datetime


Event = (
    StatementsAskedFor
    | StatementAdded
    | StatementShown
    | StatementSetAside
    | ViewDrawn
    | QuestionClosed
)


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement as it stands; ``reason`` says why it was set aside, if it was."""

    number: int
    words: Commit
    stand: Stand = "waiting"
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A question with its statements by number, and the newest view that was drawn."""

    asked: StatementsAskedFor | None = None
    statements: Mapping[int, Statement] = field(default_factory=dict)
    drawn: ViewDrawn | None = None
    closed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.asked is not None and self.closed_at is None

    @property
    def shown(self) -> tuple[int, ...]:
        """The numbers of the statements that people mark."""
        return self._standing("shown")

    @property
    def waiting(self) -> tuple[int, ...]:
        """The numbers of those that the facilitator has not looked at yet."""
        return self._standing("waiting")

    def _standing(self, stand: Stand) -> tuple[int, ...]:
        return tuple(
            number
            for number, each in sorted(self.statements.items())
            if each.stand == stand
        )


NOTHING = State()


def decide(ground: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes in a question. A redelivered one changes nothing.

    Raises:
        Invalid: there are too many statements.
        TooEarly: it has not been asked.
        TooLate: it is closed.
        Unknown: there is no such statement.
    """
    match command:
        case AskForStatements(ground=id, session=session, question=question):
            if ground.asked is not None:
                return ()
            return (
                StatementsAskedFor(
                    ground=id,
                    session=session,
                    question=question,
                    by=command.by,
                    at=command.at,
                ),
            )
        case AddStatement(words=words, at=at):
            asked = be_open(ground)
            if any(each.words == words for each in ground.statements.values()):
                return ()
            if len(ground.waiting) >= MOST_WAITING:
                raise Invalid(
                    "So many statements wait for the facilitator that there is no room "
                    "for more just now."
                )
            number = len(ground.statements) + 1
            return (
                StatementAdded(ground=asked.ground, number=number, words=words, at=at),
            )
        case ShowStatement(number=number, at=at):
            asked = be_open(ground)
            known = _statement(ground, number)
            if known.stand == "shown":
                return ()
            if known.reason == "person":
                raise TooLate("The words of this statement are gone.")
            if len(ground.shown) >= MOST_SHOWN:
                raise Invalid(
                    ByNumber(
                        "Nobody marks more than {most} statement. Please set "
                        "one aside first.",
                        "Nobody marks more than {most} statements. Please set "
                        "one aside first.",
                    ),
                    most=MOST_SHOWN,
                )
            return (StatementShown(ground=asked.ground, number=number, at=at),)
        case SetAside(number=number, reason=reason, at=at):
            asked = be_open(ground)
            if _statement(ground, number).reason == reason:
                return ()
            return (
                StatementSetAside(
                    ground=asked.ground, number=number, reason=reason, at=at
                ),
            )
        case DrawView(view=view, at=at):
            return (ViewDrawn(ground=be_open(ground).ground, view=view, at=at),)
        case CloseQuestion(at=at):
            if ground.closed_at is not None:
                return ()
            return (QuestionClosed(ground=be_open(ground).ground, at=at),)


def evolve(ground: State, event: Event) -> State:
    """Give a question as it is after an event."""
    match event:
        case StatementsAskedFor():
            return replace(ground, asked=event)
        case StatementAdded(number=number, words=words):
            return _with(ground, Statement(number=number, words=words))
        case StatementShown(number=number):
            before = ground.statements[number]
            return _with(ground, replace(before, stand="shown", reason=None))
        case StatementSetAside(number=number, reason=reason):
            before = ground.statements[number]
            return _with(ground, replace(before, stand="set aside", reason=reason))
        case ViewDrawn():
            return replace(ground, drawn=event)
        case QuestionClosed(at=at):
            return replace(ground, closed_at=at)


def be_open(ground: State) -> StatementsAskedFor:
    """Make sure that a question is open, and say how it was asked.

    Raises:
        TooEarly: it has not been asked.
        TooLate: it is closed.
    """
    if ground.asked is None:
        raise TooEarly("This question has not been asked.")
    if ground.closed_at is not None:
        raise TooLate("This question is closed, and its view stands as it was drawn.")
    return ground.asked


def _with(ground: State, statement: Statement) -> State:
    return replace(
        ground, statements={**ground.statements, statement.number: statement}
    )


def _statement(ground: State, number: int) -> Statement:
    found = ground.statements.get(number)
    if found is None:
        raise Unknown("There is no statement {number}.", number=number)
    return found
