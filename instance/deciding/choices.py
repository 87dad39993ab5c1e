"""What is chosen among: in the words of those who vote, and as the record knows it.

The record publishes an option that is a short plain word as it is, and any other by a
letter. Whoever was not in the room reads below the text what each letter stands for;
the letter of a person is read nowhere.
"""

import re
from collections.abc import Sequence
from typing import Final

from confederation.errors import ByNumber, Invalid
from confederation.identifiers import OptionId

MOST_OPTIONS: Final = 20
_SHORT_WORD: Final = re.compile(r"[a-z][a-z0-9-]{0,29}", re.ASCII)
_LINE: Final = re.compile(r"\(([a-z][a-z0-9-]*)\) (.+)")

Labels = tuple[tuple[OptionId, str], ...]


def named(options: Sequence[str]) -> Labels:
    """Give each option the name that the record knows it by.

    Raises:
        Invalid: they are too many, or two are the same.
    """
    if len(options) > MOST_OPTIONS:
        raise Invalid(
            ByNumber(
                "A paper has room for {most} option.",
                "A paper has room for {most} options.",
            ),
            most=MOST_OPTIONS,
        )
    if len(set(options)) < len(options):
        raise Invalid("Two of the options are the same.")
    letters = iter("abcdefghijklmnopqrstuvwxyz")
    taken = {option for option in options if _SHORT_WORD.fullmatch(option)}
    return tuple(
        (
            OptionId(
                label
                if label in taken
                else next(letter for letter in letters if letter not in taken)
            ),
            label,
        )
        for label in options
    )


def write(text: str, labels: Labels) -> str:
    """Write the options below a text, each on a line of its own."""
    lines = "\n".join(f"({option}) {label}" for option, label in labels)
    return f"{text}\n\n{lines}" if lines else text


def read(text: str) -> tuple[str, dict[str, str]]:
    """Read a text back that has its options below it."""
    above, _, lines = text.rpartition("\n\n")
    return above, {
        found[1]: found[2]
        for line in lines.split("\n")
        if (found := _LINE.fullmatch(line))
    }


def explained(text: str, options: Sequence[str]) -> str:
    """Write below a text what the letters in the record stand for, if any are."""
    return write(text, tuple(each for each in named(options) if each[0] != each[1]))


def label(option: str, text: str | None) -> str:
    """Return what an option of the record is called in the text decided on."""
    return option if text is None else read(text)[1].get(option, option)
