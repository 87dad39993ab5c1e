"""Who came is asked without names, and told only as far as it gives nobody away.

Which questions are asked is for the assembly to choose. Nobody has to answer, and every
question has *rather not say* beside its answers. A small number is not shown, and
neither is another from which it could be worked out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from confederation.errors import ByNumber, Invalid, TooLate
from confederation.identifiers import Commit, Digest, MemberId, SessionId

FEWEST_SHOWN: Final = 5
MOST_QUESTIONS: Final = 6
MOST_ANSWERS: Final = 12
RATHER_NOT: Final = 0
"""The number under which *rather not say* is counted; answers begin at 1."""

Counts = Mapping[int, int]
"""How many gave each answer to a question, by the number of the answer."""
Shown = Mapping[int, int | None]
"""The same as it may be shown: None where the number is held back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question by its number, which no later question has again."""

    number: int
    words: Commit
    answers: tuple[Commit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is told of one question: its words, and its answers with their numbers.

    The last answer is *rather not say*, whose words are None.
    """

    words: Commit
    answers: tuple[tuple[Commit | None, int | None], ...]


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class AskWhoCame:
    """Choose what is asked from now on: each question with its answers."""

    questions: tuple[tuple[Commit, tuple[Commit, ...]], ...]
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishCounts:
    """Tell everybody who came to a meeting, as a decision of the assembly says."""

    session: SessionId
    lines: tuple[Line, ...]
    decision: Digest
    by: MemberId
    at: datetime


Command = AskWhoCame | PublishCounts


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionsChosen:
    questions: tuple[Question, ...]
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CountsPublished:
    session: SessionId
    lines: tuple[Line, ...]
    decision: Digest
    by: MemberId
    at: datetime


Event = QuestionsChosen | CountsPublished


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is asked now, what was ever asked, and what was told."""

    questions: tuple[Question, ...] = ()
    ever: tuple[Question, ...] = ()
    published: Mapping[SessionId, CountsPublished] = field(default_factory=dict)


NOTHING = State()


def decide(state: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes. A redelivered one changes nothing.

    Raises:
        Invalid: too many questions, or one without a choice of answers.
        TooLate: other numbers were told of this meeting already.
    """
    match command:
        case AskWhoCame(questions=questions, by=by, at=at):
            if len(questions) > MOST_QUESTIONS:
                raise Invalid(
                    ByNumber(
                        "There is room for {most} question.",
                        "There is room for {most} questions.",
                    ),
                    most=MOST_QUESTIONS,
                )
            if not all(2 <= len(answers) <= MOST_ANSWERS for _, answers in questions):
                raise Invalid(
                    ByNumber(
                        "A question has 2 to {most} answer.",
                        "A question has 2 to {most} answers.",
                    ),
                    most=MOST_ANSWERS,
                )
            last = state.ever[-1].number if state.ever else 0
            chosen = tuple(
                Question(number=number, words=words, answers=answers)
                for number, (words, answers) in enumerate(questions, start=last + 1)
            )
            if not chosen and not state.questions:
                return ()
            return (QuestionsChosen(questions=chosen, by=by, at=at),)
        case PublishCounts(session=session, lines=lines, by=by, at=at):
            known = state.published.get(session)
            if known is not None:
                if known.lines == lines:
                    return ()
                # Two versions side by side would tell what each of them holds back.
                raise TooLate("Who came to this meeting has been told already.")
            return (
                CountsPublished(
                    session=session,
                    lines=lines,
                    decision=command.decision,
                    by=by,
                    at=at,
                ),
            )


def evolve(state: State, event: Event) -> State:
    """Give what is asked and told as it is after an event."""
    match event:
        case QuestionsChosen(questions=questions):
            return replace(state, questions=questions, ever=(*state.ever, *questions))
        case CountsPublished(session=session):
            return replace(state, published={**state.published, session: event})


def shown(counts: Counts) -> Shown:
    """Hold back what could give somebody away.

    A number below `FEWEST_SHOWN` is held back, nought included. Whoever knows how many
    answered in all knows what the numbers held back come to; so there are two of them
    at least, and they come to `FEWEST_SHOWN` at least: the smallest of the others are
    held back as well until that is so.
    """
    ascending = sorted(counts, key=lambda answer: (counts[answer], answer))
    back = [answer for answer in ascending if counts[answer] < FEWEST_SHOWN]
    for answer in ascending[len(back) :]:
        enough = sum(counts[each] for each in back) >= FEWEST_SHOWN and len(back) > 1
        if not back or enough:
            break
        back.append(answer)
    return {
        answer: None if answer in back else number for answer, number in counts.items()
    }
