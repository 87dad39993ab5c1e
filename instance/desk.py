"""What one piece of work has before it: the transaction, the node's settings, the time.

Everything that happens at a node happens at a desk, inside one transaction.
"""

import secrets
import sqlite3
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from confederation.confederal.council import Standing
from confederation.confederal.history import Record
from confederation.confederal.ratifying import Course
from confederation.confederal.versions import Lineage
from instance.config import Config
from instance.fediverse.judgement import Judgement
from instance.store import moderation, passing
from instance.store.look_alikes import Index
from instance.upkeep.keys import Vault


@dataclass(slots=True)
class Shelf:
    """Records that were read before, so that an entry is verified once and not again.

    Whoever takes one from it makes sure that the database still says the same. How a
    proposal stands, and through which versions a compact went, lies there with a mark
    of all that it followed from. Whom the
    assembly keeps away is there for those who cannot wait for the database: it is at
    most as old as the last time that anybody asked a desk for it. What passes with a
    meeting lies there as it was after so many events, with the last of them. What was
    found damaged waits there until somebody may write.
    """

    records: dict[str, Record] = field(default_factory=dict)
    standings: dict[str, tuple[Hashable, Standing]] = field(default_factory=dict)
    courses: dict[str, tuple[Hashable, Course]] = field(default_factory=dict)
    lineages: dict[str, tuple[Hashable, Lineage]] = field(default_factory=dict)
    judgement: Judgement = field(default_factory=Judgement)
    passing: dict[str, tuple[int, bytes, Any]] = field(default_factory=dict)
    damaged: dict[tuple[str, int], str] = field(default_factory=dict)
    look_alikes: Index | None = None
    shared_told: int = 0

    def forget_passing(self, session: str) -> None:
        """Put away what passed with a meeting that is over."""
        for stream in [*self.passing]:
            if passing.session_of(stream) == session:
                self.passing.pop(stream, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The connection is inside a transaction; ``now`` is the same for all of it.

    ``pen`` says whether this process may sign for the assembly: only the serving node
    may, and only once its fellow members have told it where its record stands.
    ``clock_is_off`` says why it may not, where that is so.
    """

    connection: sqlite3.Connection
    config: Config
    vault: Vault
    now: datetime
    pen: bool = False
    clock_is_off: bool = False
    shelf: Shelf = field(default_factory=Shelf)

    @property
    def seconds(self) -> int:
        """The time as whole seconds since 1970."""
        return int(self.now.timestamp())

    @property
    def judgement(self) -> Judgement:
        """Whom the assembly keeps at a distance, as the database has it now."""
        self.shelf.judgement = moderation.judgement(
            self.connection,
            self.shelf.judgement,
            allow_list_of=self.config.host if self.config.allow_list else None,
        )
        return self.shelf.judgement

    def new_id(self) -> str:
        """Return a fresh lower-case id; later ones sort after earlier ones."""
        return f"{int(self.now.timestamp() * 1000):012x}{secrets.token_hex(8)}"
