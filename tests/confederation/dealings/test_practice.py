"""A practice keeps whom it came from, and is its writer's to change."""

from dataclasses import replace

import pytest

from confederation.dealings import practice
from confederation.dealings.practice import (
    NoteTrial,
    Part,
    RewritePractice,
    Said,
    Source,
    TakeBackPractice,
    WritePractice,
)
from confederation.errors import Invalid, NotEntitled, TooEarly, TooLate
from confederation.identifiers import PracticeId
from tests.confederation.builders import CLERK, MAY, MEMBER, a_commit, carry_out

SAID = Said(
    kind="game",
    title=a_commit("The rain"),
    words=a_commit("Rub your hands"),
    minutes=5,
    fewest=4,
    most=40,
)
WRITE = WritePractice(
    practice=PracticeId("rain"),
    said=SAID,
    sources=(Source(address="https://b.example/n/1", by="The Valley"),),
    told="members",
    by=MEMBER,
    at=MAY,
)
SHARE = RewritePractice(said=SAID, told="everyone", by=MEMBER, at=MAY)
TRIAL = NoteTrial(
    worked=a_commit("It did"), differently=None, told="everyone", by=CLERK, at=MAY
)
TAKE_BACK = TakeBackPractice(by=MEMBER, at=MAY)


def after(*commands: practice.Command) -> practice.State:
    return carry_out(practice.decide, practice.evolve, practice.NOTHING, commands)


def test_a_copy_keeps_whom_it_came_from_whatever_is_rewritten() -> None:
    changed = after(WRITE, WRITE, replace(SHARE, said=replace(SAID, minutes=7)))

    assert changed.written is not None
    assert changed.written.sources == WRITE.sources
    assert changed.said is not None
    assert changed.said.minutes == 7
    assert changed.public


@pytest.mark.parametrize(
    "said",
    [
        replace(SAID, minutes=0),
        replace(SAID, fewest=50),
        replace(SAID, most=10_000),
        replace(SAID, kind="run-sheet"),
        replace(SAID, parts=(Part(kind="meal", minutes=30),)),
        replace(SAID, kind="run-sheet", parts=(Part(kind="meal", minutes=241),)),
    ],
)
def test_what_cannot_be_led_is_not_kept(said: Said) -> None:
    with pytest.raises(Invalid):
        practice.decide(practice.NOTHING, replace(WRITE, said=said))


def test_only_whoever_wrote_it_changes_it_or_takes_it_back() -> None:
    for command in (replace(SHARE, by=CLERK), replace(TAKE_BACK, by=CLERK)):
        with pytest.raises(NotEntitled):
            practice.decide(after(WRITE), command)


def test_what_everybody_read_is_not_hidden_but_taken_back() -> None:
    with pytest.raises(TooLate):
        practice.decide(after(WRITE, SHARE), replace(SHARE, told="members"))

    gone = after(WRITE, SHARE, TAKE_BACK, TAKE_BACK)
    assert not gone.public
    with pytest.raises(TooLate):
        practice.decide(gone, SHARE)


def test_how_it_went_is_said_in_words_and_no_more_openly_than_it_is_itself() -> None:
    with pytest.raises(TooEarly):
        practice.decide(after(WRITE), TRIAL)
    with pytest.raises(Invalid):
        practice.decide(after(WRITE), replace(TRIAL, worked=None))

    assert len(after(WRITE, SHARE, TRIAL).trials) == 1
