"""An ask waits for an answer in public, and only a link that opens brings one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from confederation.dealings import ask
from confederation.dealings.ask import (
    JudgeAsk,
    MakeLink,
    NoteLate,
    NoteSent,
    PutAsk,
    RevokeLink,
    Said,
    State,
    TakeAnswer,
)
from confederation.errors import Invalid, Refused, TooEarly, TooLate, Unknown
from confederation.identifiers import AnswerId, AskId, MemberId
from tests.confederation.builders import a_commit, a_digest

MAY = datetime(2026, 5, 1, tzinfo=UTC)
JUNE = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
CLERK = MemberId("clerk")
LINK = "a" * 64


def carry_out(state: State, *commands: Any) -> State:
    for command in commands:
        for event in ask.decide(state, command):
            state = ask.evolve(state, event)
    return state


def put() -> PutAsk:
    return PutAsk(
        ask=AskId("ask"),
        follows=a_digest("decision"),
        proposal=None,
        authority=a_commit("Housing office"),
        contact=a_commit("housing@council.example"),
        text=a_commit("Mend the roofs."),
        answer_by=JUNE,
        by=CLERK,
        at=MAY,
    )


def link(digest: str = LINK, *, until: datetime = JUNE + 90 * DAY) -> MakeLink:
    return MakeLink(digest=digest, until=until, by=CLERK, at=MAY)


def answer(id: str = "1", **changed: Any) -> TakeAnswer:
    plain = TakeAnswer(
        answer=AnswerId(id),
        kind="partly",
        said=Said(plan=a_commit("Six houses.")),
        link=LINK,
        by=None,
        at=MAY + DAY,
    )
    return replace(plain, **changed)


def judge(**changed: Any) -> JudgeAsk:
    plain = JudgeAsk(
        of=a_digest("ask"),
        answer_by=JUNE,
        answer=a_digest("answer"),
        verdict="partly",
        stage="waiting",
        decision=a_digest("judged"),
        reason=None,
        by=CLERK,
        at=MAY + 2 * DAY,
    )
    return replace(plain, **changed)


ASKED = carry_out(ask.NOTHING, put(), link())


def test_an_ask_redelivered_changes_nothing() -> None:
    assert ask.decide(ASKED, put()) == ()
    assert ask.decide(ASKED, link()) == ()


def test_an_answer_over_the_link_is_taken_once() -> None:
    answered = carry_out(ASKED, answer(), answer())

    assert [each.given for each in answered.answers] == ["link"]
    assert answered.answered


@pytest.mark.parametrize(
    "before",
    [
        (link("b" * 64),),
        (RevokeLink(by=CLERK, at=MAY),),
        (link("b" * 64), RevokeLink(by=CLERK, at=MAY)),
    ],
    ids=["replaced", "taken back", "both"],
)
def test_a_link_that_is_not_the_last_one_opens_nothing(before: Any) -> None:
    with pytest.raises(Unknown):
        ask.decide(carry_out(ASKED, *before), answer())


def test_a_link_opens_until_its_time_and_not_at_it() -> None:
    late = answer(at=JUNE + 90 * DAY)

    assert ask.decide(ASKED, replace(late, at=late.at - timedelta(seconds=1)))
    with pytest.raises(Unknown):
        ask.decide(ASKED, late)


def test_a_link_never_begins_when_it_has_run_out() -> None:
    with pytest.raises(TooLate):
        ask.decide(ASKED, link("c" * 64, until=MAY))


def test_an_answer_on_paper_needs_no_link_and_says_so() -> None:
    copied = answer(link=None, by=CLERK)

    [taken] = carry_out(carry_out(ask.NOTHING, put()), copied).answers

    assert taken.given == "paper"


def test_an_answer_says_something() -> None:
    with pytest.raises(Invalid):
        ask.decide(ASKED, answer(said=Said()))


def test_that_it_was_received_is_said_once_and_needs_no_words() -> None:
    received = answer(kind="received", said=Said())

    once = carry_out(ASKED, received)

    assert ask.decide(once, replace(received, answer=AnswerId("2"))) == ()
    assert not once.answered


def test_nobody_fills_the_record_over_one_link() -> None:
    full = carry_out(ASKED, *(answer(str(n)) for n in range(ask.MOST_ANSWERS)))

    with pytest.raises(Refused):
        ask.decide(full, answer("one more"))


def test_a_holding_reply_does_not_stop_the_clock_and_an_answer_does() -> None:
    held = carry_out(ASKED, answer(kind="holding"))

    assert not ask.is_late(held, JUNE)
    assert ask.is_late(held, JUNE + DAY)
    assert not ask.is_late(carry_out(held, answer("2")), JUNE + DAY)


def test_that_it_is_late_is_noted_once_and_not_before() -> None:
    late = NoteLate(by=None, at=JUNE + DAY)

    with pytest.raises(TooEarly):
        ask.decide(ASKED, NoteLate(by=None, at=JUNE))
    assert ask.decide(carry_out(ASKED, late), late) == ()
    assert ask.decide(carry_out(ASKED, answer()), late) == ()


def test_silence_says_nothing_before_the_day() -> None:
    silent = judge(answer=None, verdict="no answer")

    with pytest.raises(TooEarly):
        ask.decide(ask.NOTHING, replace(silent, at=JUNE))
    assert ask.decide(ask.NOTHING, replace(silent, at=JUNE + DAY))


@pytest.mark.parametrize(
    "strange", [judge(answer=None), judge(verdict="no answer")], ids=["none", "one"]
)
def test_a_judgement_is_of_an_answer_or_says_that_there_is_none(
    strange: JudgeAsk,
) -> None:
    with pytest.raises(Invalid):
        ask.decide(ask.NOTHING, strange)


def test_the_same_judgement_twice_is_one_and_a_later_one_is_another() -> None:
    judged = carry_out(ask.NOTHING, judge(), judge(), judge(stage="done"))

    assert [each.number for each in judged.judged] == [1, 2]


def test_each_way_of_sending_is_noted_once() -> None:
    letter = NoteSent(way="letter", by=CLERK, at=MAY)

    sent = carry_out(ASKED, letter, letter, replace(letter, way="e-mail"))

    assert [way for way, _ in sent.sent] == ["letter", "e-mail"]


@pytest.mark.parametrize(
    "command",
    [link(), RevokeLink(by=CLERK, at=MAY), answer(), NoteLate(by=None, at=JUNE)],
    ids=lambda each: type(each).__name__,
)
def test_nothing_is_sent_or_answered_that_was_not_asked(command: Any) -> None:
    with pytest.raises(TooEarly):
        ask.decide(ask.NOTHING, command)


def test_an_answer_is_asked_for_by_a_time_to_come() -> None:
    with pytest.raises(Invalid):
        ask.decide(ask.NOTHING, replace(put(), answer_by=MAY))
