"""A matter goes to the lowest level that can deal with it; anybody may call it back.

Whoever puts something before all says why those below cannot do it. Any assembly may
say that it belongs below, and then it goes back there, unless so many say that it
belongs here as must agree for anything to hold. Where it concerns one assembly alone,
that one calls it back whatever the others say.

What an assembly says of this is witnessed like a revision: under a seat of its own,
``-2`` for the first, ``-3`` for the second, and so on.

See docs/decisions/0092-a-matter-goes-back-unless-enough-say-otherwise.md.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from confederation.confederal.compact import Compact, left
from confederation.confederal.history import Record
from confederation.confederal.holding import Holding, passed
from confederation.confederal.mandate import Finding, Rule
from confederation.confederal.tally import Position
from confederation.errors import NotEntitled, Phrase, TooLate
from confederation.identifiers import AssemblyId
from confederation.record import Counted, Entry, Placement, Result

FIRST: Final = -2
"""Under this number the first seat says where a matter belongs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What an assembly says of a matter; ``finding`` is the rule it breaks, if any."""

    seat: int
    number: int
    entry: Entry
    placement: Placement
    finding: Finding | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Where a matter belongs, by what is certified.

    ``alone`` is the seat that calls it back because it concerns nobody else.
    """

    below: tuple[int, ...]
    here: tuple[int, ...]
    alone: int | None
    returned: bool


def place_of(seat: int) -> int:
    """Give the number under which a seat says where a matter belongs."""
    return FIRST - seat


def seat_of(place: int) -> int | None:
    """Give the seat that says so under a number; None for any other number."""
    return FIRST - place if place <= FIRST else None


def examine(holding: Holding) -> Iterator[Placed]:
    """Judge what every assembly says of where a matter belongs, in its own record."""
    for seat, member in enumerate(holding.compact.members):
        for record in holding.held(member.assembly):
            own = (
                pair
                for pair in record.facts(Placement)
                if pair[1].proposal == holding.proposal.digest
            )
            for number, (entry, placement) in enumerate(own, start=1):
                yield Placed(
                    seat=seat,
                    number=number,
                    entry=entry,
                    placement=placement,
                    finding=_judge(holding, record, entry, placement),
                )


def _judge(
    holding: Holding, record: Record, entry: Entry, placement: Placement
) -> Finding | None:
    if left(holding.compact, record, entry.seq) is not None:
        return Finding(
            rule=Rule.NOT_A_MEMBER,
            says=Phrase("This assembly had left the compact before it said so."),
        )
    if not passed(holding, record, placement.decision, entry.seq):
        return Finding(
            rule=Rule.NO_MANDATE,
            says=Phrase("No decision of the assembly says where the matter belongs."),
        )
    return None


def position(placed: Placed, holding: Holding) -> Position:
    """Say what a placement that broke no rule means for the result."""
    says: Literal["here", "below", "alone"] = placed.placement.belongs
    mine = (placed.entry.assembly,)
    if says == "below" and placed.placement.alone and holding.text.concerns == mine:
        says = "alone"
    return Position(
        seat=place_of(placed.seat),
        revision=placed.number,
        digest=placed.entry.digest,
        says=says,
    )


def answer(compact: Compact, positions: Iterable[Position]) -> Answer:
    """Say where a matter belongs, by the certified placements alone.

    Each assembly counts with its last one; two under one number count for nothing.
    """
    last = _last(positions)
    said = {
        FIRST - place: held[0].says for place, held in last.items() if len(held) == 1
    }
    below = tuple(sorted(s for s, says in said.items() if says in ("below", "alone")))
    here = tuple(sorted(seat for seat, says in said.items() if says == "here"))
    alone = next((seat for seat, says in said.items() if says == "alone"), None)
    outweighed = len(here) >= compact.t and alone is None
    return Answer(
        below=below,
        here=here,
        alone=alone,
        returned=bool(below) and not outweighed,
    )


def settle(result: Result, compact: Compact, positions: Iterable[Position]) -> Result:
    """Give a result as it is once those are heard who say where the matter belongs."""
    placed = [each for each in positions if each.seat <= FIRST]
    if not placed or result.outcome == "withdrawn":
        return result
    back = answer(compact, placed).returned
    return replace(
        result,
        certified=(*listed(placed), *result.certified),
        outcome="returned" if back else result.outcome,
    )


def listed(positions: Iterable[Position]) -> tuple[Counted, ...]:
    """List every certified placement as a result does, with its rule."""
    every = sorted({*positions}, key=lambda p: (p.seat, p.revision, p.digest))
    last = _last(every)
    return tuple(
        Counted(
            seat=each.seat,
            revision=each.revision,
            digest=each.digest,
            rule="superseded"
            if each not in last[each.seat]
            else None
            if len(last[each.seat]) == 1
            else "seat emptied",
        )
        for each in every
    )


def _last(positions: Iterable[Position]) -> dict[int, list[Position]]:
    last: dict[int, list[Position]] = {}
    for each in sorted({*positions}, key=lambda p: (p.seat, p.revision, p.digest)):
        held = last.setdefault(each.seat, [])
        if held and held[0].revision < each.revision:
            held.clear()
        held.append(each)
    return last


def place(
    holding: Holding, me: AssemblyId, placement: Placement, at: datetime
) -> Placement:
    """Say at its own node where a matter belongs, as an assembly sees it.

    Raises:
        NotEntitled: it has no seat, has left, or did not decide so.
        TooLate: by this node's clock the vote has closed.
    """
    record = holding.records.get(me)
    if record is None or holding.compact.seat_of(me) is None:
        raise NotEntitled("Only an assembly that has a seat says where this belongs.")
    if at >= holding.text.closes:
        raise TooLate("This proposal has closed; nothing more is taken.")
    if left(holding.compact, record, record.size) is not None:
        raise NotEntitled("Our assembly has left this compact.")
    if not passed(holding, record, placement.decision, record.size):
        raise NotEntitled("Our assembly has not decided where this belongs.")
    if placement.alone and holding.text.concerns != (me,):
        raise NotEntitled("The proposal does not say that it concerns us alone.")
    return placement
