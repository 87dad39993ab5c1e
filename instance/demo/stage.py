"""Everything that the steps of the story share: who is there, and what came up."""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from activitypub.client import Client
from instance.demo.assembly import Assembly
from instance.demo.follower import Follower
from instance.demo.story import Story
from instance.demo.telling import Telling
from instance.demo.visitor import Browsers

FOR: Final = "for"
AGAINST: Final = "against"
LONG_AGO: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class Stage:
    """The three assemblies, somebody who follows them, and what they have between them.

    The digests are in hex, as they stand in the addresses of pages. ``terms`` is what
    the compact says beside its purpose, by the fields of the form that drafts it.
    """

    story: Story
    directory: Path
    tell: Telling
    browsers: Browsers
    client: Client
    a: Assembly
    b: Assembly
    c: Assembly
    follower: Follower
    move_to: int
    terms: Mapping[str, str] = field(default_factory=dict)
    compact: str = ""
    issue: str = ""
    proposal: str = ""
    forged: str = ""
    closes: datetime = LONG_AGO
    ballots: dict[str, str] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    @property
    def assemblies(self) -> tuple[Assembly, Assembly, Assembly]:
        return self.a, self.b, self.c

    @property
    def keys(self) -> Path:
        """Where the people keep their own keys: on devices of theirs, in real life."""
        return self.directory / "keys"

    @property
    def names(self) -> str:
        return listed(each.name for each in self.assemblies)

    @property
    def so_far(self) -> float:
        """How many seconds the story has taken."""
        return time.monotonic() - self.began


def listed(names: Iterable[str]) -> str:
    """Write names as a list in a sentence."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


Play = Callable[[Stage], Awaitable[None]]
"""A step of the story. It ends well, or says what did not hold."""
