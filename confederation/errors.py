"""A refusal is a reason, in a whole sentence for the person who asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Self


class Phrase(str):
    """What the program itself says, in whole or as a part; pages translate it."""

    __slots__ = ()


class Filled(Phrase):
    """A whole sentence, and what fills the places in it that braces mark.

    It is said as a `Reason` is, where nothing is refused.
    """

    __slots__ = ("filled", "says")

    says: "str | ByNumber"
    filled: Mapping[str, object]

    def __new__(cls, says: "str | ByNumber", /, **filled: object) -> Self:
        whole = super().__new__(cls, worded(says, filled))
        whole.says, whole.filled = says, filled
        return whole


class OneOf(tuple[object, ...]):
    """Things of which any one will do: "a, b or c"."""

    __slots__ = ()


class Series(tuple[object, ...]):
    """Things one after the other, with no "and": "a, b, c"."""

    __slots__ = ()


class Sentences(tuple[object, ...]):
    """Whole sentences, which follow one another."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ByNumber:
    """A sentence as English says it of one, and of any other number.

    The first of what fills it is that number. Other languages have other forms.
    """

    one: str
    many: str


class Reason(Exception):
    """A sentence, and what fills the places in it that braces mark.

    The sentence is always the same one, so that it can be translated; what differs
    from case to case fills it: numbers, names, lists of them, another reason, and
    times, which pages show by the clock of the place. On its own it is English, with
    times in UTC.
    """

    def __init__(self, says: str | ByNumber, /, **filled: object) -> None:
        super().__init__(says)
        self.says = says
        self.filled = filled

    def __str__(self) -> str:
        return worded(self.says, self.filled)


def worded(says: str | ByNumber, filled: Mapping[str, object]) -> str:
    """Write a sentence in English with what fills its places."""
    if isinstance(says, ByNumber):
        says = says.one if next(iter(filled.values())) == 1 else says.many
    if not filled:
        return says
    return says.format_map({k: _plain(v) for k, v in filled.items()})


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.astimezone(UTC).strftime("%-d %B %Y, %H:%M UTC")
        case date():
            return value.strftime("%-d %B %Y")
        case Sentences():
            return " ".join(str(_plain(each)) for each in value)
        case Series():
            return ", ".join(str(_plain(each)) for each in value)
        case tuple() | list():
            *first, last = [str(_plain(each)) for each in value] or [""]
            link = " or " if isinstance(value, OneOf) else " and "
            return link.join([*([", ".join(first)] if first else []), last])
        case _:
            return value


class Refused(Reason):
    """The assembly's rules do not allow this."""


class NotEntitled(Refused):
    """The one who asks may not do this."""


class TooEarly(Refused):
    """What must come before has not happened yet."""


class TooLate(Refused):
    """The time for this is over."""


class Unknown(Refused):
    """What is named does not exist."""


class Invalid(Refused):
    """What was given cannot be right, whoever gave it."""
