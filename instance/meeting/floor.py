"""The floor of a meeting: opened with its run-sheet, and gone at its close.

What stays are the numbers that `confederation.meeting.night` names.
"""

from collections.abc import Iterable
from typing import Any

from confederation import floor, session
from confederation.floor import Person
from confederation.identifiers import CardNumber, MemberId, SessionId
from confederation.meeting import door, night, run_sheet
from confederation.meeting.door import Span
from confederation.meeting.rotation import JobTitle
from confederation.membership import entitlement
from instance import node
from instance.desk import Desk

FACILITATOR: JobTitle = "facilitator"


def state(desk: Desk, id: str) -> floor.State:
    """Return the floor of a meeting; one on which nothing happened if it is not open.

    Raises:
        Unknown: there is no such meeting.
    """
    node.load(desk, f"session:{id}")
    stream = f"floor:{id}"
    if not node.exists(desk, stream):
        return floor.NOTHING
    there: floor.State = node.load(desk, stream)
    return there


def chairs(desk: Desk, id: str) -> frozenset[MemberId]:
    """Name those who may keep the floor: by their office, or by the run-sheet."""
    members = node.assembly_here(desk).members
    officers = {who for who, each in members.items() if each.roles & entitlement.CHAIR}
    named = sheet(desk, id).jobs.get(FACILITATOR, ())
    return frozenset(officers | (set(named) & members.keys()))


def sheet(desk: Desk, id: str) -> run_sheet.State:
    """Return the run-sheet of a meeting, as far as anybody wrote one."""
    stream = f"run_sheet:{id}"
    if not node.exists(desk, stream):
        return run_sheet.NOTHING
    written: run_sheet.State = node.load(desk, stream)
    return written


def open_it(desk: Desk, id: str, *, by: Person) -> None:
    """Open the floor with the run-sheet as it is now; a second time changes nothing.

    Raises:
        Refused: the meeting is not open, or it is for somebody else to do.
    """
    held: session.State = node.load(desk, f"session:{id}")
    assert held.called is not None
    phases = run_sheet.phases_of(sheet(desk, id), held.called.notice.kind)
    opening = floor.OpenFloor(
        session=SessionId(id),
        phases=phases,
        chairs=chairs(desk, id),
        by=by,
        at=desk.now,
    )
    node.perform(desk, f"floor:{id}", opening)


def keep(desk: Desk, id: str, command: Any) -> None:
    """Carry out what a keeper of the floor does; whoever chairs becomes one by it.

    Raises:
        Refused: the floor's rules do not allow it; nothing was changed.
    """
    if command.by not in state(desk, id).keepers and command.by in chairs(desk, id):
        take = floor.TakeFloor(chairs=chairs(desk, id), by=command.by, at=desk.now)
        node.perform(desk, f"floor:{id}", take)
    node.perform(desk, f"floor:{id}", command)


def know_by_card(desk: Desk, id: str, card: CardNumber, *, by: MemberId) -> None:
    """Know somebody by their card on an open floor where they were by their name."""
    if state(desk, id).session is not None:
        command = floor.KnowByCard(card=card, by=by, at=desk.now)
        node.perform(desk, f"floor:{id}", command)


def see_off(desk: Desk, id: str, spans: Iterable[Span], *, by: MemberId) -> None:
    """Let the hands of those go down whose cards came back, if a floor is open."""
    if state(desk, id).session is not None:
        cards = tuple(sorted(door.cards(spans)))
        command = floor.SeeOff(cards=cards, by=by, at=desk.now)
        node.perform(desk, f"floor:{id}", command)


def keep_night(desk: Desk, id: str, *, by: MemberId | None) -> None:
    """Keep what stays of an evening, if its floor was open: numbers, and no names."""
    there = state(desk, id)
    if there.session is not None:
        node.perform(desk, f"night:{id}", night.of(there, by=by, at=desk.now))
