"""How a proposal stands is worked out anew only when something more was heard.

What is kept is marked with all that it follows from, so it is never out of date, and
reading stays cheap however large the council and however many read.
"""

from collections.abc import Hashable

from confederation.confederal import council, ratifying
from confederation.confederal.council import Standing
from confederation.confederal.holding import Holding, overdue
from confederation.confederal.ratifying import Course
from instance.desk import Desk


def standing(desk: Desk, held: Holding) -> Standing:
    """Say how a proposal stands, as far as this node's holding shows."""
    mark = _mark(desk, held)
    kept = desk.shelf.standings.get(held.proposal.digest)
    if kept is not None and kept[0] == mark:
        return kept[1]
    now = council.standing(held, desk.now)
    desk.shelf.standings[held.proposal.digest] = (mark, now)
    return now


def course(desk: Desk, held: Holding) -> Course:
    """Say how far a decision has come, from the vote on to whom it binds."""
    vote = standing(desk, held)
    if not held.text.ratify:
        return ratifying.course(held, desk.now, vote)
    closes = ratifying.closes(held.compact, held.text)
    late = overdue(held.compact, closes, desk.now)
    mark = (_mark(desk, held), desk.now >= closes, late)
    kept = desk.shelf.courses.get(held.proposal.digest)
    if kept is not None and kept[0] == mark:
        return kept[1]
    now = ratifying.course(held, desk.now, vote)
    desk.shelf.courses[held.proposal.digest] = (mark, now)
    return now


def _mark(desk: Desk, held: Holding) -> Hashable:
    """Name all that a standing follows from: records by their heads, time by bounds."""
    return (
        held.compact.digest,
        tuple((each.assembly, each.size, each.head) for each in held.records.values()),
        tuple((each.assembly, each.size, each.head) for each in held.branches),
        held.evidence,
        tuple(rival.digest for rival in held.rivals),
        held.superseded,
        frozenset(held.inner.items()),
        desk.now >= held.text.closes,
        overdue(held.compact, held.text.closes, desk.now),
    )
