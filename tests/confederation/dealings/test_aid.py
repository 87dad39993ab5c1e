"""Help is given in parts, never more than is asked, and only by those who agreed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confederation.dealings import agreement, aid, pledge
from confederation.dealings.agreement import Step
from confederation.dealings.aid import (
    AcceptOffer,
    CloseAid,
    DeclineOffer,
    NoteDelivery,
    Party,
    PostAid,
    State,
    TakeOffer,
    ThankFor,
)
from confederation.dealings.pledge import (
    HearAnswer,
    MakePledge,
    NoteProgress,
    ThankThem,
)
from confederation.errors import (
    Invalid,
    NotEntitled,
    Refused,
    TooEarly,
    TooLate,
    Unknown,
)
from confederation.identifiers import ActorId, AgreementId, AidId, MemberId, PledgeId
from tests.confederation.builders import a_commit

MAY = datetime(2026, 5, 1, tzinfo=UTC)
ADA = MemberId("ada")
B = ActorId("https://b.example/g/quarry/clerk")
C = ActorId("https://c.example/g/mill/clerk")


def carry_out(state: State, *commands: Any) -> State:
    for command in commands:
        for event in aid.decide(state, command):
            state = aid.evolve(state, event)
    return state


def need(**changed: Any) -> PostAid:
    plain = PostAid(
        aid=AidId("pumps"),
        purpose="request",
        title=a_commit("Water pumps"),
        more=None,
        unit="one",
        quantity="4",
        minimum="1",
        place=None,
        theme="flood",
        until=None,
        by=ADA,
        at=MAY,
    )
    return replace(plain, **changed)


def offer(quantity: str, by: ActorId = B, *, id: str = "", **changed: Any) -> TakeOffer:
    plain = TakeOffer(
        agreement=AgreementId(id or by),
        party=Party(actor=by, activity=f"{by}/offer", inbox=f"{by}/inbox"),
        unit="one",
        quantity=quantity,
        by=None,
        at=MAY,
    )
    return replace(plain, **changed)


def accept(id: str) -> AcceptOffer:
    return AcceptOffer(agreement=AgreementId(id), by=ADA, at=MAY)


def step(id: str, what: Step, actor: ActorId | None = None) -> NoteDelivery:
    return NoteDelivery(
        agreement=AgreementId(id), step=what, actor=actor, by=None, at=MAY
    )


POSTED = carry_out(aid.NOTHING, need())
AGREED = carry_out(POSTED, offer("3"), accept(B))


def test_four_pumps_come_from_two_places() -> None:
    both = carry_out(POSTED, offer("3", B), offer("1", C), accept(B), accept(C))

    assert both.left == 0
    assert not both.open(MAY)


def test_what_is_offered_takes_nothing_away_before_it_is_accepted() -> None:
    assert carry_out(POSTED, offer("3")).left == 4
    assert AGREED.left == 1


@pytest.mark.parametrize("quantity", ["5", "4.000001", "999999999"])
def test_more_than_is_asked_is_refused(quantity: str) -> None:
    with pytest.raises(Refused):
        aid.decide(POSTED, offer(quantity))


def test_two_offers_that_are_too_much_together_are_not_both_accepted() -> None:
    both = carry_out(POSTED, offer("3", B), offer("3", C), accept(B))

    with pytest.raises(Refused):
        aid.decide(both, accept(C))


def test_less_than_is_of_use_is_refused_unless_it_is_the_rest() -> None:
    posted = carry_out(aid.NOTHING, need(minimum="2"))

    with pytest.raises(Refused):
        aid.decide(posted, offer("1"))
    rest = carry_out(posted, offer("3"), accept(B))
    assert aid.decide(rest, offer("1", C))


@pytest.mark.parametrize(
    "quantity", ["0", "0.0", "-1", "1e3", "1/2", "four", "", "1.0000001", "٤"]
)
def test_a_quantity_is_an_exact_number_above_nothing(quantity: str) -> None:
    with pytest.raises(Invalid):
        aid.decide(POSTED, offer(quantity))


def test_another_unit_is_another_thing() -> None:
    with pytest.raises(Invalid):
        aid.decide(POSTED, offer("1", unit="hour"))


def test_what_is_redelivered_changes_nothing() -> None:
    commands = (need(), offer("3"), accept(B), step(B, "delivered", B))
    done = carry_out(aid.NOTHING, *commands)

    assert all(aid.decide(done, command) == () for command in commands)


def test_a_stranger_says_nothing_about_an_agreement() -> None:
    with pytest.raises(Unknown):
        aid.decide(AGREED, step(B, "delivered", C))
    with pytest.raises(Unknown):
        aid.decide(AGREED, step("another", "delivered", B))


def test_each_side_says_its_own() -> None:
    with pytest.raises(NotEntitled):
        aid.decide(AGREED, step(B, "confirmed", B))
    with pytest.raises(NotEntitled):
        aid.decide(AGREED, step(B, "delivered"))
    done = carry_out(AGREED, step(B, "delivered", B), step(B, "confirmed"))
    assert done.agreements[0].status == "confirmed"


def test_of_an_offer_it_is_the_poster_who_delivers() -> None:
    given_away = carry_out(aid.NOTHING, need(purpose="offer"), offer("3"), accept(B))

    done = carry_out(given_away, step(B, "delivered"), step(B, "confirmed", B))

    assert done.agreements[0].status == "confirmed"


def test_either_side_may_say_that_something_is_wrong_and_it_can_be_settled() -> None:
    wrong = carry_out(AGREED, step(B, "disputed", B))

    assert aid.decide(wrong, step(B, "delivered", B)) == ()
    assert carry_out(wrong, step(B, "confirmed")).agreements[0].status == "confirmed"
    with pytest.raises(TooLate):
        aid.decide(carry_out(wrong, step(B, "confirmed")), step(B, "disputed"))


def test_nothing_is_delivered_that_was_not_agreed() -> None:
    offered = carry_out(POSTED, offer("3"))

    with pytest.raises(TooEarly):
        aid.decide(offered, step(B, "delivered", B))
    with pytest.raises(TooEarly):
        aid.decide(
            offered,
            ThankFor(agreement=AgreementId(B), words=a_commit("Ta"), by=ADA, at=MAY),
        )


def test_what_was_declined_is_not_accepted_and_what_was_accepted_not_declined() -> None:
    no = DeclineOffer(agreement=AgreementId(B), by=ADA, at=MAY)

    with pytest.raises(TooLate):
        aid.decide(carry_out(POSTED, offer("3"), no), accept(B))
    with pytest.raises(TooLate):
        aid.decide(AGREED, no)


def test_nobody_answers_what_is_closed_or_past() -> None:
    closed = carry_out(POSTED, CloseAid(by=ADA, at=MAY))
    past = carry_out(aid.NOTHING, need(until=MAY + timedelta(days=1)))

    with pytest.raises(TooLate):
        aid.decide(closed, offer("1"))
    with pytest.raises(TooLate):
        aid.decide(past, offer("1", at=MAY + timedelta(days=1)))


def test_one_post_takes_so_many_answers_and_no_more() -> None:
    flooded = carry_out(
        POSTED, *(offer("1", id=str(n)) for n in range(aid.MOST_AGREEMENTS))
    )

    with pytest.raises(Refused):
        aid.decide(flooded, offer("1", id="one more"))


parts = st.lists(st.integers(min_value=1, max_value=40), min_size=1, max_size=12)


@given(parts)
def test_never_more_is_agreed_than_was_asked(quantities: list[int]) -> None:
    state = POSTED
    for number, tenths in enumerate(quantities):
        quantity = agreement.written(Fraction(tenths, 10))
        for command in (offer(quantity, id=str(number)), accept(str(number))):
            try:
                state = carry_out(state, command)
            except Refused:
                continue

        assert 0 <= state.left <= 4


@given(st.fractions(min_value=0, max_value=10**6, max_denominator=1))
def test_a_quantity_reads_back_as_it_was_written(value: Fraction) -> None:
    value = value + Fraction(1, 10**6)

    assert agreement.amount(agreement.written(value)) == value


# What we offer elsewhere


def pledged(**changed: Any) -> pledge.State:
    command = MakePledge(
        pledge=PledgeId("p"),
        on="https://b.example/n/need",
        to=B,
        inbox=f"{B}/inbox",
        purpose="request",
        unit="one",
        quantity="3",
        by=ADA,
        at=MAY,
    )
    return go_on(pledge.NOTHING, replace(command, **changed))


def go_on(state: pledge.State, *commands: Any) -> pledge.State:
    for command in commands:
        for event in pledge.decide(state, command):
            state = pledge.evolve(state, event)
    return state


def heard(**changed: Any) -> HearAnswer:
    plain = HearAnswer(
        actor=B,
        accepted=True,
        agreement="https://b.example/n/need/agreements/1",
        unit="one",
        quantity="3",
        by=None,
        at=MAY,
    )
    return replace(plain, **changed)


def progress(what: Step, actor: ActorId | None = None) -> NoteProgress:
    return NoteProgress(step=what, actor=actor, by=None, at=MAY)


def test_an_answer_counts_from_whoever_it_was_offered_to_alone() -> None:
    with pytest.raises(NotEntitled):
        pledge.decide(pledged(), heard(actor=C))
    assert go_on(pledged(), heard(), heard()).status == "agreed"


@pytest.mark.parametrize("changed", [{"quantity": "4"}, {"unit": "hour"}])
def test_what_is_accepted_is_what_was_offered(changed: Any) -> None:
    with pytest.raises(Invalid):
        pledge.decide(pledged(), heard(**changed))
    assert go_on(pledged(), heard(quantity="3.0")).status == "agreed"


def test_a_later_answer_does_not_undo_an_agreement() -> None:
    agreed = go_on(pledged(), heard())

    assert pledge.decide(agreed, heard(accepted=False)) == ()


def test_we_deliver_and_they_confirm() -> None:
    agreed = go_on(pledged(), heard())

    with pytest.raises(NotEntitled):
        pledge.decide(agreed, progress("delivered", B))
    with pytest.raises(NotEntitled):
        pledge.decide(agreed, progress("confirmed", C))
    done = go_on(agreed, progress("delivered"), progress("confirmed", B))
    assert done.status == "confirmed"


def test_they_are_thanked_once_and_for_something() -> None:
    thanks = ThankThem(words=a_commit("Thank you"), by=ADA, at=MAY)

    with pytest.raises(TooEarly):
        pledge.decide(pledged(), thanks)
    assert pledge.decide(go_on(pledged(), heard(), thanks), thanks) == ()
