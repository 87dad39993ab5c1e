"""Nobody is introduced who did not ask for it, and a no needs no reason."""

from dataclasses import replace
from datetime import timedelta

import pytest

from confederation.dealings import introduction, wish
from confederation.dealings.introduction import (
    HearSide,
    Introduce,
    Side,
    TakeBackIntroduction,
)
from confederation.dealings.wish import (
    AgreeToMeet,
    DeclineToMeet,
    HearMatch,
    HearWords,
    MakeWish,
    TakeIntroduction,
    WithdrawWish,
)
from confederation.errors import Invalid, NotEntitled, Refused, TooLate
from confederation.identifiers import ActorId, IntroductionId, WishId
from tests.confederation.builders import (
    CLERK,
    MAY,
    MEMBER,
    STRANGER,
    a_commit,
    carry_out,
)

ID = IntroductionId("i1")
THIRD, OTHER = (
    ActorId("https://mill.example/g/mill/clerk"),
    ActorId("https://q.example"),
)
WISH = MakeWish(
    wish=WishId("w1"), whose="member", about=a_commit("Damp"), by=MEMBER, at=MAY
)
TAKE = TakeIntroduction(
    introduction=ID,
    address="https://mill.example/introductions/1",
    activity="https://mill.example/a/1",
    introducer=THIRD,
    inbox="https://mill.example/inbox",
    words=a_commit("You should meet."),
    by=None,
    at=MAY,
)
YES = AgreeToMeet(introduction=ID, words=a_commit("I am Cleo."), by=MEMBER, at=MAY)
NO = DeclineToMeet(introduction=ID, by=MEMBER, at=MAY)
MATCH = HearMatch(
    introduction=ID,
    introducer=THIRD,
    other=OTHER,
    inbox="https://q.example/inbox",
    wish="https://q.example/n/1",
    by=None,
    at=MAY,
)
WORDS = HearWords(
    introduction=ID, actor=OTHER, words=a_commit("I am Dov."), by=None, at=MAY
)
ONE, TWO = (
    Side(wish=f"https://{each}/n/1", actor=ActorId(f"https://{each}"), inbox="")
    for each in ("a.example", "b.example")
)
INTRODUCE = Introduce(
    introduction=ID, sides=(ONE, TWO), words=a_commit("Meet!"), by=CLERK, at=MAY
)


def after(*commands: wish.Command) -> wish.State:
    return carry_out(wish.decide, wish.evolve, wish.NOTHING, commands)


def introduced(*commands: introduction.Command) -> introduction.State:
    return carry_out(
        introduction.decide, introduction.evolve, introduction.NOTHING, commands
    )


def side(which: Side, *, yes: bool) -> HearSide:
    return HearSide(wish=which.wish, actor=which.actor, yes=yes, by=None, at=MAY)


def test_first_words_are_read_once_both_agreed_in_whichever_order_they_came() -> None:
    early = after(WISH, TAKE, YES, WORDS)
    late = after(WISH, TAKE, YES, MATCH, WORDS)

    assert early.introductions[ID].first_words is None
    for met in (late, after(WISH, TAKE, YES, WORDS, MATCH)):
        assert met.introductions[ID].first_words == WORDS.words
        assert met.introductions[ID].status(MAY) == "met"


@pytest.mark.parametrize("said", [(), (NO,), (YES, NO)], ids=["nothing", "no", "both"])
@pytest.mark.parametrize("command", [MATCH, WORDS], ids=["match", "words"])
def test_nobody_is_brought_together_who_has_not_agreed(
    said: tuple[wish.Command, ...], command: wish.Command
) -> None:
    with pytest.raises(NotEntitled):
        after(WISH, TAKE, *said, command)


def test_only_whoever_introduces_says_that_both_agreed() -> None:
    with pytest.raises(NotEntitled):
        after(WISH, TAKE, YES, replace(MATCH, introducer=OTHER))


def test_only_whom_one_was_introduced_to_writes() -> None:
    with pytest.raises(NotEntitled):
        after(WISH, TAKE, YES, MATCH, replace(WORDS, actor=THIRD))


def test_what_strangers_write_early_is_never_read_and_there_is_room_for_few() -> None:
    strangers = [replace(WORDS, actor=ActorId(f"https://{n}.example")) for n in "abc"]

    met = after(WISH, TAKE, YES, *strangers, MATCH)

    assert met.introductions[ID].first_words is None
    with pytest.raises(Invalid):
        after(WISH, TAKE, YES, *strangers, WORDS)


@pytest.mark.parametrize(
    "command",
    [
        replace(YES, by=STRANGER),
        replace(NO, by=STRANGER),
        WithdrawWish(by=STRANGER, at=MAY),
    ],
    ids=["yes", "no", "withdraw"],
)
def test_a_members_wish_is_theirs_alone(command: wish.Command) -> None:
    with pytest.raises(NotEntitled):
        after(WISH, TAKE, command)


def test_what_was_taken_back_is_offered_nothing() -> None:
    with pytest.raises(TooLate):
        after(WISH, WithdrawWish(by=MEMBER, at=MAY), TAKE)


def test_a_yes_comes_too_late_after_four_weeks() -> None:
    late = replace(YES, at=MAY + wish.OPEN_FOR)

    with pytest.raises(TooLate):
        after(WISH, TAKE, late)


def test_nobody_is_flooded_with_introductions() -> None:
    again = replace(TAKE, introduction=IntroductionId("i2"))
    others = [
        replace(
            TAKE,
            introduction=IntroductionId(f"o{n}"),
            introducer=ActorId(f"https://{n}.example"),
        )
        for n in range(wish.MOST_OPEN)
    ]

    with pytest.raises(Refused, match="only just now"):
        after(WISH, TAKE, again)
    with pytest.raises(Refused, match="Enough introductions wait"):
        after(WISH, *others, TAKE)
    later = replace(again, at=MAY + wish.AGAIN_AFTER)
    assert len(after(WISH, TAKE, later).introductions) == 2


def test_whoever_introduces_hears_not_now_and_silence_reads_the_same() -> None:
    declined = introduced(INTRODUCE, side(ONE, yes=True), side(TWO, yes=False))
    silent = introduced(INTRODUCE, side(ONE, yes=True))

    assert declined.status(MAY) == "not now"
    assert silent.status(MAY) == "waiting"
    assert silent.status(MAY + wish.OPEN_FOR) == "not now"
    both = introduced(INTRODUCE, side(ONE, yes=True), side(TWO, yes=True))
    assert both.status(MAY + timedelta(days=400)) == "met"


def test_one_side_cannot_answer_for_the_other() -> None:
    forged = replace(side(TWO, yes=True), actor=ONE.actor)

    with pytest.raises(NotEntitled):
        introduced(INTRODUCE, side(ONE, yes=True), forged)


def test_what_was_taken_back_is_agreed_to_by_nobody() -> None:
    over = introduced(
        INTRODUCE, TakeBackIntroduction(by=CLERK, at=MAY), side(ONE, yes=True)
    )

    assert over.agreed == frozenset()


def test_nobody_is_introduced_to_themselves() -> None:
    with pytest.raises(Invalid):
        introduced(replace(INTRODUCE, sides=(ONE, ONE)))
