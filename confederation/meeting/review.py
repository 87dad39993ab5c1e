"""Looking back is questions and answers, and never a number to be compared.

The assembly chooses what it asks itself. What is answered stays here, without names,
until the assembly decides to tell it, in words that somebody wrote for that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from confederation.errors import ByNumber, Invalid, TooEarly, TooLate, Unknown
from confederation.identifiers import Commit, Digest, MemberId, ReviewId, SessionId

MOST_QUESTIONS: Final = 8
MOST_EVERY: Final = 52
USUALLY_EVERY: Final = 4
"""After how many meetings an assembly looks back on all of them, until it says so."""


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseQuestions:
    """Choose what is asked from the next review on, and after how many meetings.

    ``every`` is 0 where an assembly looks back on single meetings only.
    """

    questions: tuple[Commit, ...]
    every: int
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReview:
    """Begin to look back, on one meeting or on several.

    ``usual`` are the questions where the assembly has chosen none of its own.
    """

    review: ReviewId
    sessions: tuple[SessionId, ...]
    usual: tuple[Commit, ...]
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishReview:
    """Tell everybody what came of it, as a decision of the assembly says."""

    review: ReviewId
    text: Commit
    decision: Digest
    by: MemberId
    at: datetime


Command = ChooseQuestions | OpenReview | PublishReview


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionsChosen:
    questions: tuple[Commit, ...]
    every: int
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewOpened:
    review: ReviewId
    sessions: tuple[SessionId, ...]
    questions: tuple[Commit, ...]
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPublished:
    review: ReviewId
    text: Commit
    decision: Digest
    by: MemberId
    at: datetime


Event = QuestionsChosen | ReviewOpened | ReviewPublished


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What an assembly asks itself, and its reviews, the oldest first."""

    questions: tuple[Commit, ...] = ()
    every: int = USUALLY_EVERY
    reviews: Mapping[ReviewId, ReviewOpened] = field(default_factory=dict)
    published: Mapping[ReviewId, ReviewPublished] = field(default_factory=dict)

    def of(self, sessions: tuple[SessionId, ...]) -> ReviewOpened | None:
        """Return the review of just these meetings; None if there is none."""
        return next((r for r in self.reviews.values() if r.sessions == sessions), None)

    def due(self, over: tuple[SessionId, ...]) -> tuple[SessionId, ...]:
        """Return the meetings on which it is time to look back together.

        Args:
            over: the meetings that are over, the oldest first.

        Returns:
            Those since the last such review; none until there are enough of them.
        """
        looked_back = {
            session
            for each in self.reviews.values()
            if len(each.sessions) > 1
            for session in each.sessions
        }
        fresh = tuple(session for session in over if session not in looked_back)
        return fresh if self.every > 1 and len(fresh) >= self.every else ()


NOTHING = State()


def decide(state: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes. A redelivered one changes nothing.

    Raises:
        Invalid: too many questions or none, no meeting, or a number out of bounds.
        TooEarly: nobody has begun the review.
        TooLate: the review was told in other words already.
    """
    match command:
        case ChooseQuestions(questions=questions, every=every, by=by, at=at):
            if not 1 <= len(questions) <= MOST_QUESTIONS:
                raise Invalid(
                    ByNumber(
                        "A review has 1 to {most} question.",
                        "A review has 1 to {most} questions.",
                    ),
                    most=MOST_QUESTIONS,
                )
            if not 0 <= every <= MOST_EVERY:
                raise Invalid(
                    ByNumber(
                        "Look back after 0 to {most} meeting.",
                        "Look back after 0 to {most} meetings.",
                    ),
                    most=MOST_EVERY,
                )
            if (questions, every) == (state.questions, state.every):
                return ()
            return (QuestionsChosen(questions=questions, every=every, by=by, at=at),)
        case OpenReview(review=id, sessions=sessions, usual=usual, by=by, at=at):
            if id in state.reviews or state.of(sessions) is not None:
                return ()
            if not sessions:
                raise Invalid("A review looks back on a meeting, or on several.")
            questions = state.questions or usual
            return (
                ReviewOpened(
                    review=id, sessions=sessions, questions=questions, by=by, at=at
                ),
            )
        case PublishReview(review=id, text=text, decision=decision, by=by, at=at):
            if id not in state.reviews:
                raise TooEarly("Nobody has begun to look back on that.")
            known = state.published.get(id)
            if known is not None:
                if known.text == text:
                    return ()
                raise TooLate("What came of this review was told already.")
            return (
                ReviewPublished(review=id, text=text, decision=decision, by=by, at=at),
            )


def evolve(state: State, event: Event) -> State:
    """Give the reviews as they are after an event."""
    match event:
        case QuestionsChosen(questions=questions, every=every):
            return replace(state, questions=questions, every=every)
        case ReviewOpened(review=id):
            return replace(state, reviews={**state.reviews, id: event})
        case ReviewPublished(review=id):
            return replace(state, published={**state.published, id: event})


def the_review(state: State, id: str) -> ReviewOpened:
    """Return a review.

    Raises:
        Unknown: there is none.
    """
    found = state.reviews.get(ReviewId(id))
    if found is None:
        raise Unknown("There is no such review.")
    return found
