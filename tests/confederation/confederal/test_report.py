"""A delegate reports back; a late report is asked for twice before others see it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from confederation.confederal import report
from confederation.confederal.report import (
    AnswerQuestion,
    AskForReport,
    FileReport,
    JudgeReport,
    PauseReport,
    QuestionReport,
    ReportAskedFor,
    ReportJudged,
    State,
)
from confederation.deciding.decision import Outcome
from confederation.errors import Invalid, NotEntitled, TooEarly, TooLate, Unknown
from confederation.identifiers import BallotId, Commit, CompactId, MemberId
from tests.confederation.builders import decided
from tests.confederation.world import LATER, commit, digest_of

DUE = LATER
DAY = timedelta(days=1)
SEAT = CompactId(digest_of("compact"))
DANA, CAS = MemberId("dana"), MemberId("cas")


def after(*commands: report.Command, state: State = report.NOTHING) -> State:
    for command in commands:
        for event in report.decide(state, command):
            state = report.evolve(state, event)
    return state


def a_report(text: str = "We fixed the wall.", **changes: Any) -> FileReport:
    plain = FileReport(
        compact=SEAT, mandate=1, holder=DANA, text=commit(text), by=DANA, at=DUE
    )
    return replace(plain, **changes)


def asking(**changes: Any) -> AskForReport:
    plain = AskForReport(
        compact=SEAT, mandate=1, due=DUE, patience=3600, by=CAS, at=DUE + DAY
    )
    return replace(plain, **changes)


def judging(text: Commit | None = None, outcome: Outcome = "passed") -> JudgeReport:
    said = replace(decided(outcome=outcome), text=text or a_report().text)
    return JudgeReport(decision=said, by=CAS, at=DUE + DAY)


def test_a_delegate_reports_back_and_the_assembly_accepts_it() -> None:
    state = after(a_report(), judging())

    assert state.is_in
    assert state.judged is not None
    assert state.judged.accepted


def test_somebody_else_does_not_report_for_the_delegate() -> None:
    with pytest.raises(NotEntitled, match="held the mandate"):
        report.decide(report.NOTHING, a_report(by=CAS))


def test_a_report_that_was_not_accepted_may_be_given_again() -> None:
    refused = after(a_report(), judging(outcome="rejected"))
    assert not refused.is_in

    again = a_report("We fixed it, and this is what it cost.")

    assert after(again, state=refused).is_in
    assert after(again, judging(again.text), state=refused).is_in


def test_one_report_is_enough() -> None:
    with pytest.raises(TooLate, match="is there"):
        report.decide(after(a_report()), a_report("Another."))
    assert report.decide(after(a_report()), a_report()) == ()


def test_a_late_report_is_awaited_after_the_second_time_of_asking() -> None:
    first = asking()
    second = asking(at=first.at + timedelta(hours=1))

    once, twice = after(first), after(first, second)

    assert not once.is_awaited
    assert twice.is_awaited
    [event] = report.decide(once, second)
    assert isinstance(event, ReportAskedFor)
    assert event.number == report.ASKED_ENOUGH
    assert report.decide(twice, asking(at=second.at + DAY)) == ()
    assert not after(a_report(at=second.at), state=twice).is_awaited


def test_nobody_asks_before_it_is_due_or_again_at_once() -> None:
    with pytest.raises(TooEarly, match="not due"):
        report.decide(report.NOTHING, asking(at=DUE - DAY))
    with pytest.raises(TooEarly, match="only now"):
        report.decide(after(asking()), asking(at=DUE + DAY + timedelta(minutes=59)))
    with pytest.raises(TooLate, match="is there"):
        report.decide(after(a_report()), asking())


def test_more_time_is_the_delegates_to_take_and_the_asking_begins_anew() -> None:
    more = PauseReport(
        compact=SEAT,
        mandate=1,
        holder=DANA,
        until=DUE + 8 * DAY,
        by=DANA,
        at=DUE + 2 * DAY,
    )

    paused = after(asking(), more)

    assert not paused.is_due(DUE, DUE + 7 * DAY)
    assert paused.is_due(DUE, DUE + 8 * DAY)
    assert paused.asked == ()
    with pytest.raises(TooEarly, match="not due"):
        report.decide(paused, asking(at=DUE + 7 * DAY))
    with pytest.raises(NotEntitled, match="owes"):
        report.decide(report.NOTHING, replace(more, by=CAS))
    for until in (DUE + DAY, DUE + 200 * DAY):
        with pytest.raises(Invalid, match="ninety days"):
            report.decide(report.NOTHING, replace(more, until=until))
    with pytest.raises(TooLate, match="is there"):
        report.decide(after(a_report()), more)


def test_members_ask_and_the_delegate_answers() -> None:
    words = commit("What did it cost?")
    question = QuestionReport(question=words, by=CAS, at=DUE)
    answer = AnswerQuestion(question=words, answer=commit("Nothing."), by=DANA, at=DUE)

    state = after(a_report(), question, answer)

    assert state.questions == {words: commit("Nothing.")}
    assert report.decide(state, question) == ()
    assert report.decide(state, answer) == ()
    with pytest.raises(TooEarly, match="no report"):
        report.decide(report.NOTHING, question)
    with pytest.raises(NotEntitled, match="Whoever reported"):
        report.decide(state, replace(answer, by=CAS))
    with pytest.raises(Unknown, match="Nobody"):
        report.decide(state, replace(answer, question=commit("Where?")))


def test_the_assembly_judges_this_report_and_no_other() -> None:
    filed = after(a_report())

    with pytest.raises(NotEntitled, match="another text"):
        report.decide(filed, judging(commit("Another report.")))
    with pytest.raises(NotEntitled, match="Too few"):
        report.decide(filed, judging(outcome="no quorum"))
    with pytest.raises(NotEntitled, match="needs a decision"):
        report.decide(filed, JudgeReport(decision=None, by=CAS, at=DUE))
    with pytest.raises(TooEarly, match="no report"):
        report.decide(report.NOTHING, judging())
    [judged] = report.decide(filed, judging(outcome="rejected"))
    assert isinstance(judged, ReportJudged)
    assert not judged.accepted
    assert judged.ballot == BallotId(judged.ballot)
    assert report.decide(report.evolve(filed, judged), judging()) == ()
