"""A refusal is a reason, in a whole sentence for the person who asked."""

from datetime import UTC, datetime


class Reason(Exception):
    """A sentence, and what fills the places in it that braces mark.

    The sentence is always the same one, so that it can be translated; what differs
    from case to case fills it: numbers, names, and times, which pages show by the
    clock of the place. On its own it is English, with times in UTC.
    """

    def __init__(self, says: str, /, **filled: object) -> None:
        super().__init__(says)
        self.says = says
        self.filled = filled

    def __str__(self) -> str:
        if not self.filled:
            return self.says
        return self.says.format_map({k: _plain(v) for k, v in self.filled.items()})


def _plain(value: object) -> object:
    if not isinstance(value, datetime):
        return value
    at = value.astimezone(UTC)
    seconds = ":%S" if at.second else ""
    return at.strftime(f"%-d %B %Y, %H:%M{seconds} UTC")


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
