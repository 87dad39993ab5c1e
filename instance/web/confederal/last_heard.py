"""When each assembly was last heard: silence is shown, and is no reproach."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from activitypub import canonical
from confederation.identifiers import AssemblyId
from instance.desk import Desk
from instance.store import records
from instance.web import naming
from instance.web.naming import Named

ROUNDS_MISSED = 10
"""After so many rounds of asking without an answer, a node is called dark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """An assembly, and when its own node last answered; ``at`` None for never."""

    assembly: Named
    at: datetime | None
    dark: bool
    entries: int


def of(desk: Desk, assemblies: Iterable[AssemblyId]) -> tuple[Heard, ...]:
    """Say when the nodes of some assemblies last answered ours, in their order."""
    return tuple(_of_one(desk, each) for each in assemblies)


def dark_after(desk: Desk) -> timedelta:
    """Return how long a node is silent before it is called dark."""
    return timedelta(seconds=ROUNDS_MISSED * (1 if desk.config.dev else 60))


def _of_one(desk: Desk, assembly: AssemblyId) -> Heard:
    known = records.assembly(desk.connection, assembly)
    heard = known.heard_at if known is not None else None
    at = None if heard is None else canonical.read_time(heard)
    ours = known is not None and known.ours
    return Heard(
        assembly=naming.assembly(desk, assembly),
        at=at,
        dark=not ours and (at is None or desk.now - at > dark_after(desk)),
        entries=0 if known is None else known.size,
    )
