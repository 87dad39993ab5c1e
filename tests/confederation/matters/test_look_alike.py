"""Two issues look alike for reasons that can be said; one word in common is chance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confederation.matters import look_alike
from confederation.matters.look_alike import Wording


def test_two_words_in_common_are_worth_a_look() -> None:
    reasons = look_alike.compare(
        Wording(title="Damp homes", words="Mould on the bedroom walls."),
        Wording(title="Cold flats", words="The walls are black with mould."),
    )

    assert reasons.words == ("Mould", "walls")
    assert reasons.enough


def test_one_word_in_common_is_chance_unless_title_theme_or_place_agree() -> None:
    one = Wording(title="Damp homes", words="Mould.", theme="housing", place="Ropewalk")
    other = Wording(title="Cold flats", words="Mould.")

    assert not look_alike.compare(one, other).enough
    for same in (
        Wording(title="Cold flats", words="Mould.", theme="Housing"),
        Wording(title="Cold flats", words="Mould.", place="ropewalk"),
        Wording(title="Homes", words="Nothing else."),
    ):
        assert look_alike.compare(one, same).enough


def test_a_theme_alone_is_no_reason() -> None:
    one = Wording(title="Damp homes", theme="housing")

    reasons = look_alike.compare(one, Wording(title="High rents", theme="housing"))

    assert reasons.theme == "housing"
    assert not reasons.enough


def test_words_that_join_others_together_say_nothing() -> None:
    one = Wording(title="They would have", words="because there were many people")

    assert look_alike.compare(one, one).words == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("humidité", "humidites"),
        ("Schimmel", "schimmelig"),
        ("Öfen", "ofen"),
        ("flats", "flat"),
        ("رطوبة", "رطوبة"),
        ("сырость", "сырости"),
        ("漏水", "漏水"),
    ],
)
def test_words_are_the_same_in_other_forms_and_without_their_marks(
    one: str, other: str
) -> None:
    reasons = look_alike.compare(Wording(title=one), Wording(title=other))

    assert reasons.words == (one,)


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_text_is_too_strange_to_look_at(one: str, other: str) -> None:
    reasons = look_alike.compare(Wording(title=one), Wording(title=other))

    assert all(word in one for word in reasons.words)


@given(st.text(max_size=200))
def test_an_issue_has_all_its_words_in_common_with_itself(text: str) -> None:
    reasons = look_alike.compare(Wording(title=text), Wording(title=text))

    assert len(reasons.words) == len(look_alike.stems(text))
