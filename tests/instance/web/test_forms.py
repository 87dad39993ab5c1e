"""A form is read strictly, and whoever filled it in is told what is wrong."""

import pytest

from instance.errors import Misused
from instance.web.forms import Form


def a_form(**values: str | tuple[str, ...]) -> Form:
    return Form(
        values={
            name: (given,) if isinstance(given, str) else given
            for name, given in values.items()
        }
    )


def test_a_text_is_trimmed_and_its_line_ends_are_plain() -> None:
    form = a_form(why="  It is damp.\r\n\r\nStill. \n")

    assert form.text("why", "Why", most=50) == "It is damp.\n\nStill."


def test_a_line_is_one_line() -> None:
    assert a_form(title=" Damp\r\n  homes ").line("title", "Title", most=20) == (
        "Damp homes"
    )


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("", "“Why” is empty"),
        (" \n ", "“Why” is empty"),
        ("x" * 11, "has 11 characters; there is room for 10"),
        ("a\x00b", "control characters"),
        ("a\x1b[31m", "control characters"),
    ],
)
def test_a_text_that_cannot_be_kept_is_refused_in_a_sentence(
    given: str, says: str
) -> None:
    with pytest.raises(Misused, match=says):
        a_form(why=given).text("why", "Why", most=10)


def test_a_field_that_was_not_sent_is_empty() -> None:
    assert a_form().text("why", "Why", least=0, most=10) == ""
    assert not a_form().ticked("secret")


def test_a_field_that_was_sent_twice_is_refused() -> None:
    with pytest.raises(Misused, match="sent twice"):
        a_form(why=("a", "b")).text("why", "Why", most=10)


def test_only_what_was_offered_can_be_chosen() -> None:
    form = a_form(choice="for", method=("hands", "paper"))

    assert form.choice("choice", "Your vote", among={"for", "against"}) == "for"
    assert form.choices("method", "How", among=("hands", "paper", "online")) == (
        "hands",
        "paper",
    )
    with pytest.raises(Misused, match="was not offered"):
        form.choice("choice", "Your vote", among={"yes"})
    with pytest.raises(Misused, match="was not offered"):
        form.choices("method", "How", among=("hands",))
    with pytest.raises(Misused, match="please choose one"):
        form.choice("other", "Your vote", among={"for"})


def test_a_box_is_ticked_once() -> None:
    with pytest.raises(Misused):
        a_form(method=("hands", "hands")).choices("method", "How", among=("hands",))


def test_a_number_may_be_written_in_the_figures_of_another_script() -> None:
    assert a_form(count="١٢").whole("count", "Count", most=20) == 12


@pytest.mark.parametrize("given", ["", "-1", "1.5", "1e3", "²", "12 3", "9" * 13])
def test_a_number_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(Misused, match="whole number"):
        a_form(count=given).whole("count", "Present", most=1000)


@pytest.mark.parametrize("given", ["1001", "4"])
def test_a_number_out_of_bounds_is_refused(given: str) -> None:
    with pytest.raises(Misused, match="from 5 to 1000"):
        a_form(count=given).whole("count", "Present", least=5, most=1000)


def test_a_number_is_read() -> None:
    assert a_form(count=" 042 ").whole("count", "Present", most=1000) == 42


def test_a_field_that_nobody_asked_for_is_refused() -> None:
    form = a_form(title="Damp", token="t", role="clerk")

    form.only("title", "role")
    with pytest.raises(Misused, match="no field “role”"):
        form.only("title")


def test_what_was_typed_is_shown_again_without_the_token() -> None:
    assert a_form(title="Damp", token="t").entered == {"title": "Damp"}
