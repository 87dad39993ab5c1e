"""What an assembly says of itself is looked at by its peers; nothing is ticked off."""

from dataclasses import replace
from datetime import timedelta

import pytest

from confederation.confederal import evidence
from confederation.confederal.compact import DAY
from confederation.confederal.evidence import Criteria
from confederation.errors import Invalid
from confederation.identifiers import Digest, SessionId
from confederation.record import (
    LotSeed,
    Visit,
)
from tests.confederation.applying import REPLY_BY, SEED, Applying
from tests.confederation.world import START, Town, commit, digest_of


def test_one_of_three_meetings_is_a_claim_with_a_gap() -> None:
    story = Applying()
    story.claims(story.meets(1))

    stands = story.stands()

    assert stands.state == "claimed"
    assert stands.claim is not None
    assert not stands.claim.holds
    assert [gap.lack for gap in stands.claim.gaps] == ["meetings"]


def test_nothing_is_claimed_where_nothing_is_said() -> None:
    assert Applying().stands().state == "nothing"


def test_the_visits_of_enough_members_attest_a_claim() -> None:
    story = Applying()
    story.claims(*(story.meets(number) for number in (1, 2, 3)))
    story.visits(0)
    one = story.stands()

    story.visits(1, "s2")

    assert one.state == "claimed"
    stands = story.stands()
    assert stands.state == "attested"
    assert stands.claim is not None
    assert stands.claim.holds
    assert stands.adds_up


def test_one_member_that_visits_twice_is_one_member() -> None:
    story = Applying()
    story.claims(*(story.meets(number) for number in (1, 2, 3)))

    story.visits(0, "s1")
    story.visits(0, "s2")

    assert story.stands().state == "claimed"


def test_a_visit_counts_as_the_visitor_says_last() -> None:
    story = Applying()
    story.claims(story.meets(1))
    for by in (0, 1):
        story.visits(by)

    story.visits(1, confirms=False)

    assert story.stands().state == "claimed"
    assert [visit.confirms for _, _, visit in story.stands().visits] == [True, False]


@pytest.mark.parametrize("session", ["s1", "s9"])
def test_visits_count_that_follow_a_decision_and_are_of_a_meeting_claimed(
    session: str,
) -> None:
    story = Applying()
    story.claims(story.meets(1))

    story.visits(0, session, decided=session != "s1")
    story.visits(1, session, decided=session != "s1")

    assert story.stands().visits == ()


def test_nobody_attests_itself_and_nobody_without_a_seat_does() -> None:
    story = Applying()
    story.claims(story.meets(1))
    for town in (story.town, Town("friend")):
        town.publishes(
            Visit(
                compact=story.compact.identity,
                of=story.town.id,
                session=SessionId("s1"),
                confirms=True,
                decision=town.decides().digest,
            )
        )

    assert story.stands().visits == ()


def test_people_that_no_tellers_counted_are_not_counted() -> None:
    story = Applying()
    meetings = [
        replace(story.meets(1), electorate=None),
        story.meets(2, confirmed=False),
        replace(story.meets(3), present=5000, residents=5000),
    ]

    story.claims(*meetings, figure=5000, holds=True)

    stands = story.stands()
    assert len(stands.uncounted) == 3
    assert stands.claim is not None
    assert stands.claim.figure is None
    assert not stands.claim.holds
    assert not stands.adds_up


def test_a_claim_lapses_with_its_newest_meeting() -> None:
    story = Applying()
    story.claims(story.meets(1))
    last = START + timedelta(days=1, seconds=365 * DAY)

    assert story.stands(last).state == "claimed"
    assert story.stands(last + timedelta(seconds=1)).state == "lapsed"


def test_a_challenge_waits_for_the_reply_then_for_the_lot_then_for_the_panel() -> None:
    story = Applying()
    story.claims(story.meets(1))
    challenge = story.challenges()
    courses = [story.stands(START).challenges[0].course]

    reply = story.replies(challenge)
    courses.append(story.stands(START).challenges[0].course)
    story.opens(challenge, reply, at=START)
    [challenged] = story.stands(START).challenges
    courses.append(challenged.course)

    assert courses == [
        "waits for the reply",
        "waits for the lot",
        "waits for the panel",
    ]
    assert story.stands(START).state == "challenged"
    assert len(challenged.panel) == 3
    assert story.town.id not in challenged.panel
    assert story.world.towns[0].id not in challenged.panel


@pytest.mark.parametrize("state", ["upheld", "not upheld"])
def test_more_than_half_of_the_panel_say_whether_it_is_upheld(state: str) -> None:
    story = Applying()
    story.claims(story.meets(1))
    challenge = story.challenges()
    story.opens(challenge)
    [challenged] = story.stands().challenges

    story.judges(challenged.panel[0], challenge, upheld=state == "upheld")
    one = story.stands().state
    story.judges(challenged.panel[1], challenge, upheld=state == "upheld")

    assert one == "challenged"
    assert story.stands().state == state


def test_whoever_was_not_drawn_says_nothing_about_a_challenge() -> None:
    story = Applying()
    story.claims(story.meets(1))
    challenge = story.challenges()
    story.opens(challenge)
    [challenged] = story.stands().challenges
    others = {town.id for town in story.world.towns} - {*challenged.panel}

    for assembly in others:
        story.judges(assembly, challenge, upheld=False)

    assert story.stands().challenges[0].verdicts == {}
    assert story.stands().state == "challenged"


def test_a_seed_other_than_the_one_committed_to_draws_nobody() -> None:
    story = Applying()
    story.claims(story.meets(1))
    challenge = story.challenges()

    story.opens(challenge, seed="0" * 64)
    story.opens(challenge, seed="not hex")

    assert story.stands().challenges[0].panel == ()


def test_the_lot_is_not_opened_before_the_time_to_reply_is_over() -> None:
    story = Applying()
    challenge = story.challenges()

    story.opens(challenge, at=REPLY_BY - timedelta(seconds=1))

    assert story.stands().challenges[0].opened is None


def test_a_reply_that_came_in_time_cannot_be_left_out_of_the_lot() -> None:
    story = Applying()
    challenge = story.challenges()
    story.replies(challenge)

    story.opens(challenge)

    assert story.stands().challenges[0].opened is None


def test_the_reply_changes_who_is_drawn() -> None:
    story = Applying(40)
    challenge = story.challenges()
    opened = LotSeed(challenge=challenge.digest, seed=SEED)

    without = evidence.panel(challenge, opened, story.compact, size=3)
    with_reply = evidence.panel(
        challenge, replace(opened, reply=digest_of("a reply")), story.compact, size=3
    )

    assert without != with_reply


def test_a_challenge_whose_lot_is_never_opened_lapses() -> None:
    story = Applying()
    story.claims(story.meets(1))
    story.challenges()
    last = REPLY_BY + timedelta(seconds=14 * DAY)

    assert story.stands(last).state == "challenged"
    assert story.stands(last + timedelta(seconds=1)).state == "claimed"


def test_a_challenge_leaves_time_to_reply_and_is_a_members() -> None:
    story = Applying()
    soon = START + timedelta(seconds=14 * DAY - 1)
    story.challenges(reply_by=soon)
    story.challenges(compact=Digest(commit("another compact")))
    story.challenges(decision=commit("no decision"))

    assert story.stands().challenges == ()


def test_with_two_parties_alone_nobody_can_be_drawn() -> None:
    story = Applying(1)
    challenge = story.challenges()

    story.opens(challenge)

    assert story.stands().challenges[0].course == "lapsed"


@pytest.mark.parametrize(
    "wrong", [{"meetings": 0}, {"panel": 0}, {"visits": -1}, {"lasts": 0}]
)
def test_criteria_are_such_that_somebody_can_meet_them(wrong: dict[str, int]) -> None:
    with pytest.raises(Invalid):
        Criteria(**wrong)  # type: ignore[arg-type]
