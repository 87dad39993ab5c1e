"""A story belongs to whoever lived it, who says who may hear it and takes it back."""

from dataclasses import replace

import pytest

from confederation.errors import NotEntitled, TooEarly, TooLate
from confederation.identifiers import Digest, StoryId
from confederation.matters import story
from confederation.matters.story import PutBesideIssue, TakeBackStory, TellStory
from tests.confederation.builders import CLERK, MAY, MEMBER, a_commit, carry_out

DAMP = Digest("sha256:" + "d" * 64)
TELL = TellStory(
    story=StoryId("winter"),
    title=a_commit("A winter"),
    words=a_commit("We slept in the kitchen."),
    told="everyone",
    by=MEMBER,
    at=MAY,
)
FOR_ANOTHER = replace(TELL, heard_from_another=True, agreed=True)
BESIDE = PutBesideIssue(issue=DAMP, by=MEMBER, at=MAY)
TAKE_BACK = TakeBackStory(by=MEMBER, at=MAY)


def after(*commands: story.Command) -> story.State:
    return carry_out(story.decide, story.evolve, story.NOTHING, commands)


def test_a_story_is_for_whom_its_teller_says() -> None:
    assert after(TELL).public
    assert not after(replace(TELL, told="members")).public


def test_nobody_tells_somebody_elses_story_without_their_yes() -> None:
    with pytest.raises(NotEntitled, match="Read it back to them first"):
        after(replace(FOR_ANOTHER, agreed=False))

    assert after(FOR_ANOTHER).stands


def test_a_story_is_put_beside_an_issue_and_away_again() -> None:
    beside = after(TELL, BESIDE)
    away = after(TELL, BESIDE, replace(BESIDE, issue=None))

    assert beside.issue == DAMP
    assert away.issue is None
    assert away.stands


def test_a_story_that_was_taken_back_is_for_nobody() -> None:
    gone = after(TELL, TAKE_BACK)

    assert not gone.public
    assert not gone.stands
    with pytest.raises(TooLate):
        story.decide(gone, BESIDE)


@pytest.mark.parametrize("command", [BESIDE, TAKE_BACK])
def test_only_whoever_told_it_moves_it_or_takes_it_back(
    command: PutBesideIssue | TakeBackStory,
) -> None:
    with pytest.raises(NotEntitled, match="whoever told the story"):
        story.decide(after(TELL), replace(command, by=CLERK))


@pytest.mark.parametrize("command", [BESIDE, TAKE_BACK])
def test_what_was_never_told_cannot_be_moved(
    command: PutBesideIssue | TakeBackStory,
) -> None:
    with pytest.raises(TooEarly):
        story.decide(story.NOTHING, command)


@pytest.mark.parametrize("command", [TELL, BESIDE, TAKE_BACK])
def test_the_same_twice_changes_nothing(command: story.Command) -> None:
    before = after(TELL, BESIDE) if command is BESIDE else after(TELL)
    once = before if command is not TAKE_BACK else after(TELL, TAKE_BACK)

    assert story.decide(once, command) == ()
