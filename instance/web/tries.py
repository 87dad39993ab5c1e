"""Nobody is let in by guessing: wrong codes are counted, by address and in all."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from confederation.errors import ByNumber
from instance.errors import Misused

SPAN: Final = 10 * 60
MOST_BY_ONE: Final = 10
MOST_BY_ALL: Final = 300
MOST_REMEMBERED: Final = 10_000


class TooOften(Misused):
    """Too many wrong codes: nobody is let in by guessing."""


@dataclass(slots=True)
class Tries:
    """When wrong codes came lately, from one address and from all together.

    ``most_by_one`` is how many one may try: a whole room may share an address.
    """

    most_by_one: int = MOST_BY_ONE
    by: dict[str, deque[int]] = field(default_factory=dict)
    all: deque[int] = field(default_factory=deque)

    def check(self, address: str, *, at: int) -> None:
        """Make sure that another code may be tried.

        Raises:
            TooOften: too many were wrong, from there or from everywhere.
        """
        lately = _since(self.by.get(address, deque()), at - SPAN)
        if lately >= self.most_by_one or _since(self.all, at - SPAN) >= MOST_BY_ALL:
            raise TooOften(
                ByNumber(
                    "Too many wrong codes were tried. Please wait {wait} "
                    "minute, or use your personal link: it still works.",
                    "Too many wrong codes were tried. Please wait {wait} "
                    "minutes, or use your personal link: it still works.",
                ),
                wait=SPAN // 60,
            )

    def wrong(self, address: str, *, at: int) -> None:
        """Remember that a code was wrong."""
        if len(self.by) >= MOST_REMEMBERED:
            self.by.clear()
        self.by.setdefault(address, deque(maxlen=self.most_by_one)).append(at)
        self.all.append(at)
        while len(self.all) > MOST_BY_ALL:
            self.all.popleft()


def _since(times: deque[int], after: int) -> int:
    return sum(at > after for at in times)
