"""An office ends by itself, and its holder then only holds the next meeting."""

from dataclasses import replace
from datetime import datetime

import pytest

from confederation import assembly
from confederation.assembly import (
    AddMember,
    AdoptRulebook,
    EndRole,
    GrantRole,
    JoinCompact,
    Meeting,
    office,
)
from confederation.deciding import amendment, motion, objection
from confederation.deciding.rulebook import check
from confederation.errors import Invalid, NotEntitled
from confederation.membership import entitlement
from confederation.membership.member import Role
from tests.confederation.builders import (
    CLERK,
    DAY,
    MAY,
    MEMBER,
    MINUTE,
    PEOPLE,
    REGISTRAR,
    STRANGER,
    a_call,
    a_digest,
    a_founding,
    carry_out,
    decided,
    rules,
)

FIRST = Meeting(opened_at=MAY - MINUTE, closed_at=MAY + 2 * MINUTE)
SECOND = Meeting(opened_at=MAY + 30 * DAY, closed_at=MAY + 30 * DAY + 90 * MINUTE)
AFTER = SECOND.over_at
ADDING = AddMember(member=STRANGER, evidence="vouched", by=REGISTRAR, at=AFTER)


def after(here: assembly.State, *commands: assembly.Command) -> assembly.State:
    return carry_out(assembly.decide, assembly.evolve, here, commands)


def chosen_at_the_first(*, meetings: int = 1, term: int = 0) -> assembly.State:
    """Offices given before the first evening, and rules adopted at it."""
    bounded = replace(rules(), office_meetings=meetings, office_term=term)
    return after(
        assembly.NOTHING,
        a_founding(),
        granting("clerk", at=MAY - DAY),
        replace(granting("registrar", at=MAY - DAY), member=REGISTRAR),
        AdoptRulebook(rules=bounded, by=None, at=MAY),
    )


def granting(
    role: Role, *, at: datetime, meetings: assembly.Meetings = ()
) -> GrantRole:
    return GrantRole(member=CLERK, role=role, by=None, at=at, meetings=tuple(meetings))


def ended(here: assembly.State, *meetings: Meeting, at: datetime) -> bool:
    return "clerk" in office.ended(here, CLERK, meetings, at=at)


def test_an_office_ends_with_the_close_of_the_next_meeting_and_not_before() -> None:
    here = chosen_at_the_first()

    assert not ended(here, FIRST, at=MAY + 300 * DAY)
    still_on = replace(SECOND, closed_at=None)
    assert not ended(here, FIRST, still_on, at=SECOND.opened_at + MINUTE)
    assert ended(here, FIRST, SECOND, at=AFTER)
    assert office.tellers_ended(here, (FIRST, SECOND), at=AFTER)


def test_a_meeting_that_nobody_closes_is_over_after_a_day() -> None:
    here, never = chosen_at_the_first(), replace(SECOND, closed_at=None)

    assert not ended(here, FIRST, never, at=never.opened_at + DAY - MINUTE)
    assert ended(here, FIRST, never, at=never.opened_at + DAY)


def test_an_office_ends_after_its_time_or_its_meetings_whichever_is_first() -> None:
    for_a_year = chosen_at_the_first(meetings=2, term=365 * 86_400)

    assert not ended(for_a_year, FIRST, SECOND, at=AFTER)
    assert ended(for_a_year, FIRST, SECOND, at=MAY + 365 * DAY)
    third = Meeting(opened_at=AFTER + DAY, closed_at=AFTER + 2 * DAY)
    assert ended(for_a_year, FIRST, SECOND, third, at=third.over_at)


def test_rules_that_set_no_end_let_offices_go_on() -> None:
    here = chosen_at_the_first(meetings=0)

    assert not ended(here, FIRST, SECOND, at=MAY + 3_000 * DAY)
    assert not office.tellers_ended(here, (FIRST, SECOND), at=MAY + 3_000 * DAY)


def test_whoever_is_chosen_again_at_the_meeting_serves_on_until_the_next() -> None:
    at = SECOND.opened_at + MINUTE
    past = (FIRST, SECOND)
    again = granting("clerk", at=at, meetings=past)

    here = after(
        chosen_at_the_first(),
        again,
        again,
    )

    assert not ended(here, *past, at=AFTER)
    third = Meeting(opened_at=AFTER + DAY, closed_at=AFTER + 2 * DAY)
    assert ended(here, *past, third, at=third.over_at)
    assert assembly.decide(here, again) == ()


def test_nobody_is_given_an_office_anew_between_the_meetings() -> None:
    here, past = chosen_at_the_first(), (FIRST, SECOND)

    for at in (SECOND.opened_at - DAY, AFTER, AFTER + DAY):
        assert assembly.decide(here, granting("clerk", at=at, meetings=past)) == ()


def test_whoever_took_a_role_back_and_again_begins_a_new_term() -> None:
    late = SECOND.opened_at + MINUTE
    here = after(
        chosen_at_the_first(),
        EndRole(member=CLERK, role="clerk", by=None, at=late),
        granting("clerk", at=late + MINUTE),
    )

    assert not ended(here, FIRST, SECOND, at=AFTER)


def test_new_rules_choose_the_tellers_anew_and_nobody_else() -> None:
    here = chosen_at_the_first()
    newer = replace(rules(text="newer"), office_meetings=1)
    adopted = AdoptRulebook(
        rules=newer, decision=decided("newer"), by=CLERK, at=SECOND.opened_at + MINUTE
    )

    here = after(
        here,
        adopted,
    )

    assert not office.tellers_ended(here, (FIRST, SECOND), at=AFTER)
    assert ended(here, FIRST, SECOND, at=AFTER)


def test_whose_term_is_over_only_does_what_the_next_meeting_needs() -> None:
    here, past = chosen_at_the_first(), (FIRST, SECOND)
    calling = replace(a_call(starts_at=AFTER + DAY), at=AFTER)

    entitlement.check(here, calling, past)

    with pytest.raises(NotEntitled, match="The term of your office is over"):
        entitlement.check(here, ADDING, past)
    entitlement.check(here, replace(ADDING, at=AFTER - MINUTE), past)
    entitlement.check(here, replace(ADDING, by=None), past)


def test_whose_term_is_over_gives_offices_at_a_meeting_only() -> None:
    here, past = chosen_at_the_first(), (FIRST, SECOND)
    giving = GrantRole(member=MEMBER, role="clerk", by=CLERK, at=AFTER + DAY)
    third = Meeting(opened_at=AFTER + DAY)

    with pytest.raises(NotEntitled, match="open one first"):
        entitlement.check(here, giving, past)

    entitlement.check(here, giving, (*past, third))


def test_nothing_is_carried_out_that_tellers_would_answer_for_who_are_none() -> None:
    here, past = chosen_at_the_first(), (FIRST, SECOND)
    renewed = after(
        here,
        granting("clerk", at=SECOND.opened_at + MINUTE, meetings=past),
    )
    joining = JoinCompact(compact=a_digest("c"), decision=None, by=CLERK, at=AFTER)

    with pytest.raises(NotEntitled, match="The tellers' term is over"):
        entitlement.check(renewed, joining, past)

    entitlement.check(renewed, replace(joining, at=AFTER - MINUTE), past)


def test_a_caretaker_may_nothing_that_is_not_an_officers() -> None:
    for command in entitlement.CARETAKING:
        assert "member" not in entitlement.MAY[command]


def test_a_caretaker_carries_a_motion_through_its_rounds_to_the_vote() -> None:
    rounds = {
        command
        for command in entitlement.LEADING
        if command.__module__
        in {each.__name__ for each in (amendment, motion, objection)}
    }

    assert objection.CountObjectionRound in rounds
    assert rounds <= entitlement.CARETAKING


def test_a_term_of_less_than_nothing_is_refused() -> None:
    for bound in (
        replace(rules(), office_meetings=-1),
        replace(rules(), office_term=-1),
    ):
        with pytest.raises(Invalid, match="numbers from 0 up"):
            check(bound, PEOPLE)


def test_two_entries_of_one_person_hold_an_office_since_the_later_choice() -> None:
    late = SECOND.opened_at + MINUTE
    twice: list[assembly.Command] = [
        replace(granting("clerk", at=late), member=MEMBER),
        assembly.MergeMembers(duplicate=MEMBER, into=CLERK, by=REGISTRAR, at=late),
    ]

    here = after(chosen_at_the_first(), *twice)

    assert not ended(here, FIRST, SECOND, at=AFTER)
