"""What is chosen among is read by those who were not there as well."""

from instance.deciding import choices


def test_a_letter_in_the_record_is_explained_below_the_text() -> None:
    text = choices.explained("What comes first.", ["Mend the wall", "leave"])

    assert text == "What comes first.\n\n(a) Mend the wall"
    assert choices.label("a", text) == "Mend the wall"
    assert choices.label("leave", text) == "leave"


def test_words_that_stand_for_themselves_need_no_explanation() -> None:
    assert choices.explained("What comes first.", ["mend", "leave"]) == (
        "What comes first."
    )


def test_a_letter_is_no_word_that_is_given_already() -> None:
    assert choices.named(["a", "Mend it"]) == (("a", "a"), ("b", "Mend it"))


def test_a_text_that_was_withdrawn_leaves_the_letter() -> None:
    assert choices.label("a", None) == "a"
