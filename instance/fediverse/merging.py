"""Whoever follows an assembly that merged is led on, once the other took up its end.

Only then does the other say at its own address who it was, and other servers believe a
move only if both say so (W18). After a split there are two to follow, or one of them is
the assembly itself: that is a post which names them all, and never a move.
"""

from typing import Final

from confederation.confederal import succession
from confederation.record import Entry, Succession
from instance import chamber, speech
from instance.desk import Desk
from instance.store import posts, records
from instance.upkeep import moving

NAMED_BY: Final = 16


def lead_on(desk: Desk) -> bool:
    """Tell our followers to follow whom we merged into; say whether that was new.

    It is told once, however often this is called.
    """
    end = _taken_up(desk)
    if end is None:
        return False
    assert isinstance(end.fact, Succession)
    group = posts.actor(desk.connection, speech.group_path(desk))
    successor = records.assembly(desk.connection, end.fact.successors[0])
    name = f"merged-{end.digest.removeprefix('sha256:')[:NAMED_BY]}"
    if (
        group is None
        or successor is None
        or posts.activity_at(desk.connection, f"a/{name}") is not None
    ):
        return False
    moving.tell(desk, name, group, target=successor.address)
    return True


def _taken_up(desk: Desk) -> Entry | None:
    """Return the merger by which our assembly ended, if the other has taken it up."""
    ours = records.ours(desk.connection)
    if ours is None or not records.entries(
        desk.connection, ours.id, types=("Succession",)
    ):
        return None
    kept = chamber.record_of(desk, ours.id)
    if kept is None:
        return None
    for end, fact in kept.facts(Succession):
        if fact.act == "merge" and succession.flaw(end, kept) is None:
            theirs = chamber.record_of(desk, fact.successors[0])
            if theirs is not None and succession.accepted(end, theirs):
                return end
    return None
