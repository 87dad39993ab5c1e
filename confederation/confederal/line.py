"""What a seat says in a round is one line of filings, whoever's record it stands in.

Where the seat moved to a substitute, the line goes on in that one's record, from the
entry of the record before that its first filing there names (see ``substituting``). So
what a filing is worth follows from signed entries alone, in a vote as in the
ratification of what came of it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from confederation.confederal import substituting
from confederation.confederal.history import Record
from confederation.confederal.mandate import WAITING, Finding, Matter, Rule
from confederation.errors import Filled
from confederation.identifiers import Digest
from confederation.record import Entry, Filed, Ratification

F = TypeVar("F", bound=Filed | Ratification)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing(Generic[F]):
    """A revision as it was filed; ``finding`` says which rule it breaks, if any."""

    entry: Entry
    filed: F
    finding: Finding | None


Line: TypeAlias = tuple[Filing[F], ...] | Finding
"""What a seat said so far, over every record that it went through, or why not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(Generic[F]):
    """Where the next filing of a record stands: its number, and what comes before it.

    ``head`` and ``moved_by`` are those of a substitute who begins with it, else None.
    """

    revision: int
    before: tuple[Filing[F], ...]
    head: Digest | None = None
    moved_by: Digest | None = None


def draw(
    filed: Iterable[tuple[Entry, F]],
    record: Record,
    matter: Matter,
    judge: Callable[[Entry, tuple[Filing[F], ...]], Finding | None],
    line_of: Callable[[Record], Line[F]],
) -> tuple[tuple[Filing[F], ...], Line[F]]:
    """Judge the filings of one record, and give the line that the next one follows.

    Args:
        filed: what the record files in this round, in its order.
        judge: says which rule a filing breaks that stands after these.
        line_of: gives the line that an earlier record came to, or why it came to none.
    """
    found = substituting.seat_of(matter.compact, record.assembly)
    begins_late = found is not None and found[1] > 0
    line: Line[F] = substituting.NOT_MOVED if begins_late else ()
    examined: list[Filing[F]] = []
    for entry, fact in filed:
        before: Line[F] = line
        if fact.head is not None or fact.moved_by is not None:
            before = _taken_over(fact, line, record, matter, line_of)
        finding = before if isinstance(before, Finding) else judge(entry, before)
        filing = Filing(entry=entry, filed=fact, finding=finding)
        examined.append(filing)
        if not isinstance(before, Finding):
            line = (*before, filing)
        elif not isinstance(line, Finding):
            line = (*line, filing)
        elif before.rule in WAITING:
            line = before
    return tuple(examined), line


def _taken_over(
    filed: F,
    line: Line[F],
    record: Record,
    matter: Matter,
    line_of: Callable[[Record], Line[F]],
) -> Line[F]:
    """Give the line that a substitute goes on from, or say why it does not."""
    if not isinstance(line, Finding):
        return substituting.BORNE_ALREADY
    found = substituting.seat_of(matter.compact, record.assembly)
    if found is None or line.rule in WAITING:
        return line
    seat, rank = found
    for earlier in seat.bearers[:rank]:
        for kept in matter.bearers.get(earlier, ()):
            head = kept.get(filed.head)
            if head is not None:
                before = kept.upto(head.seq + 1)
                lacks = substituting.lacks(
                    filed.moved_by, before, record.assembly, matter
                )
                return lacks or line_of(before)
    return substituting.NOT_HELD


def next_place(
    record: Record,
    matter: Matter,
    line_of: Callable[[Record], Line[F]],
) -> Place[F] | Finding:
    """Say where the next filing of a record stands, or why there is none."""
    if substituting.moved_on(record.assembly, matter) is not None:
        return substituting.MOVED_ON
    line = line_of(record)
    if not isinstance(line, Finding):
        return Place(revision=len(line) + 1, before=line)
    found = substituting.seat_of(matter.compact, record.assembly)
    if found is None or line.rule in WAITING:
        return line
    seat, rank = found
    for earlier in reversed(seat.bearers[:rank]):
        for kept in matter.bearers.get(earlier, ())[:1]:
            before = line_of(kept)
            cause = substituting.moved_by(kept, record.assembly, matter)
            if isinstance(before, Finding):
                if before.rule in WAITING:
                    return before
            elif cause is None:
                return line
            else:
                return Place(
                    revision=len(before) + 1,
                    before=before,
                    head=kept.head,
                    moved_by=cause,
                )
    return substituting.NOT_HELD


def in_order(revision: int, before: tuple[Filing[F], ...]) -> Finding | None:
    """Say whether revision k comes after exactly the revisions 1 to k - 1."""
    # Not a list of 1 … revision to compare with: anybody may file revision 2^53.
    if len(before) == revision - 1 and all(
        each.filed.revision == place for place, each in enumerate(before, start=1)
    ):
        return None
    return Finding(
        rule=Rule.OUT_OF_ORDER,
        says=Filled(
            "Revision {revision} does not come next: {filed} were filed.",
            revision=revision,
            filed=len(before),
        ),
    )
