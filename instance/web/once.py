"""What is shown once, to whoever asked for it."""

import secrets
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from confederation.identifiers import MemberId

Shown = TypeVar("Shown")


@dataclass(slots=True)
class Once(Generic[Shown]):
    """Links, codes and addresses that are shown once, to whoever asked for them.

    They are kept in memory only, so a restart forgets them; a new one is made then. Of
    more than ``most`` the oldest go.
    """

    most: int = 100
    waiting: dict[str, tuple[MemberId, Shown]] = field(default_factory=dict)

    def keep(self, by: MemberId, shown: Shown) -> str:
        """Keep what is to be shown and return the mark that it is kept under."""
        while len(self.waiting) >= self.most:
            del self.waiting[next(iter(self.waiting))]
        mark = secrets.token_urlsafe(12)
        self.waiting[mark] = by, shown
        return mark

    def take(self, by: MemberId, mark: str) -> Shown | None:
        """Return what is kept under a mark, to the same member and once."""
        if mark not in self.waiting or self.waiting[mark][0] != by:
            return None
        return self.waiting.pop(mark)[1]
