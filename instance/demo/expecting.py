"""What the story expects is looked for until it is there, or the story ends."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

T = TypeVar("T")

PATIENCE: Final = 60.0
PAUSE: Final = 0.2


class Failed(Exception):
    """A step did not hold: what was expected, and what was found instead."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"Expected: {expected} Found: {found}")
        self.expected = expected
        self.found = found


def expect(expected: str, *, holds: bool, found: object) -> None:
    """Go on only if something holds.

    Raises:
        Failed: it does not.
    """
    if not holds:
        raise Failed(expected, str(found))


async def until(
    look: Callable[[], Awaitable[T | None]],
    expected: str,
    *,
    found: Callable[[], str] = lambda: "it did not come about",
    seconds: float = PATIENCE,
) -> T:
    """Look again and again until there is something to see, and return it.

    Raises:
        Failed: it was not there in time.
    """
    end = time.monotonic() + seconds
    while (seen := await look()) is None:
        if time.monotonic() > end:
            raise Failed(expected, f"{found()} within {seconds:.0f} seconds.")
        await asyncio.sleep(PAUSE)
    return seen
