"""Who belongs can come back, be one and not two, and leave and be forgotten.

Whatever opens somebody's door, or makes two entries one, takes the registrar and a
second member who both have the person before them.
"""

import json
import os
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

from confederation.assembly import AddMember, LeaveAssembly, MergeMembers
from confederation.errors import NotEntitled, Refused, TooEarly, Unknown
from confederation.identifiers import MemberId
from instance import clerk, node
from instance.dealings import deeds, introducing
from instance.deciding import voting
from instance.desk import Desk
from instance.fediverse import persona
from instance.matters import erasing, stories
from instance.membership import panels, welcome
from instance.membership.welcome import Invitation
from instance.store import belonging, people, personas, pools
from instance.store.belonging import Asked

LASTS: Final = 3600
"""Seconds for which a registrar's request waits: all three are in one place."""
LEFT: Final = "left.jsonl"
"""The file beside the database that survives the restoring of an old backup."""
TOLD_FOR: Final = 30 * 86_400
"""Seconds for which all members read that a code was made at the machine."""
MOST_WORDS_SHOWN: Final = 200


def ask_for_code(desk: Desk, member: MemberId, *, by: MemberId) -> None:
    """Ask, as the registrar, for a new code for somebody who lost theirs.

    Raises:
        NotEntitled: the registrar does this.
        Unknown: nobody here is meant.
    """
    _check_registrar(desk, member, by)
    belonging.ask(
        desk.connection,
        "code",
        member,
        by=by,
        at=desk.seconds,
        since=desk.seconds - LASTS,
    )


def ask_to_merge(desk: Desk, member: MemberId, into: MemberId, *, by: MemberId) -> None:
    """Ask, as the registrar, that two entries be made one.

    Raises:
        NotEntitled: the registrar does this.
        Unknown: nobody here is meant.
        Refused: the two cannot be merged now; the sentence says why.
    """
    _check_registrar(desk, member, by)
    _check_registrar(desk, into, by)
    _check_mergeable(desk, member, into)
    belonging.ask(
        desk.connection,
        "merge",
        member,
        into=into,
        by=by,
        at=desk.seconds,
        since=desk.seconds - LASTS,
    )


def waiting(desk: Desk) -> list[Asked]:
    """Return what waits for a second member now."""
    return belonging.waiting(desk.connection, since=desk.seconds - LASTS)


def vouch(desk: Desk, number: int, *, by: MemberId) -> Invitation | None:
    """Say, as a second member, that this is the person; and do what was asked for.

    Returns the new link and code, to be given to the person; None for a merger. With a
    new code all that they came in by before is over, on whatever device.

    Raises:
        NotEntitled: the second member is neither the registrar nor the person.
        Unknown: nothing of that number waits.
    """
    asked = next((each for each in waiting(desk) if each.number == number), None)
    if asked is None:
        raise Unknown(
            "This does not wait any more: it was done, or more than an hour has "
            "passed. The registrar can ask again."
        )
    if by in {asked.by, asked.member} and asked.into is None:
        raise NotEntitled(
            "It takes a second member for this, who is neither the registrar who asked "
            "nor the person. If there is none, whoever keeps this node makes a new "
            "code at the machine, and all members read that they did."
        )
    if by in {asked.by, asked.member, asked.into}:
        raise NotEntitled(
            "It takes a second member for this, who is neither the registrar who asked "
            "nor the person."
        )
    belonging.vouch(desk.connection, number, by=by, at=desk.seconds)
    if asked.into is None:
        belonging.end_logins(desk.connection, asked.member, at=desk.seconds)
        return welcome.new_link(desk, asked.member)
    _check_mergeable(desk, asked.member, asked.into)
    merging = MergeMembers(
        duplicate=asked.member, into=asked.into, by=asked.by, at=desk.now
    )
    node.perform(desk, "assembly:it", merging)
    belonging.move_logins(desk.connection, asked.member, into=asked.into)
    pools.move(desk.connection, asked.member, into=asked.into)
    panels.forget_member(desk, asked.member)
    belonging.forget(desk.connection, asked.member)
    clerk.publish_ready(desk)
    return None


def code_at_machine(desk: Desk, member: MemberId, *, lost: bool) -> Invitation:
    """Make a new link and code as whoever keeps the node, which all members then read.

    Nothing could stop them; but once the assembly is founded nobody does it unseen.

    Args:
        lost: whether all that the member came in by before is over.
    """
    if node.assembly_here(desk).founded is not None:
        belonging.note_at_machine(desk.connection, member, at=desk.seconds)
    if lost:
        belonging.end_logins(desk.connection, member, at=desk.seconds)
    return welcome.new_link(desk, member)


def at_machine(desk: Desk) -> list[tuple[str, datetime]]:
    """Return the names of those for whom a code was made at the machine, and when."""
    names = people.names(desk.connection)
    return [
        (names[member], datetime.fromtimestamp(at, UTC))
        for member, at in belonging.at_machine(
            desk.connection, since=desk.seconds - TOLD_FOR
        )
        if member in names
    ]


def words_of(desk: Desk, member: MemberId) -> list[tuple[str, str]]:
    """Return the texts that a member brought in, with what stands for each."""
    return belonging.words_of(desk.connection, member)[:MOST_WORDS_SHOWN]


def leave(desk: Desk, member: MemberId, *, words: Collection[str]) -> None:
    """Let a member leave and be forgotten: name, ways in, own address, chosen words.

    What the assembly did stays, by number; the record still verifies. The note that
    they left outlives the restoring of a backup.

    Args:
        words: the commitments of those of their texts that go with them.

    Raises:
        TooEarly: they hold a seat; they resign it first.
        Unknown: one of the texts is not theirs.
    """
    theirs = {commitment for commitment, _ in words_of(desk, member)}
    if not theirs.issuperset(words):
        raise Unknown("One of these texts is not yours. Nothing was done.")
    for seat in node.load_all(desk, "seat").values():
        if seat.delegate is not None and seat.delegate.member == member:
            raise TooEarly(
                "You are our delegate. Resign the seat first, so that everybody sees "
                "that it is vacant."
            )
    deeds.hand_back(desk, member)
    deeds.forget(desk, member)
    stories.forget(desk, member)
    introducing.forget(desk, member)
    panels.forget_member(desk, member)
    node.perform(desk, "assembly:it", LeaveAssembly(by=member, at=desk.now))
    own = personas.of(desk.connection, member)
    if own is not None:
        persona.leave(desk, own)
    for commitment in sorted(words):
        erasing.withdraw(desk, commitment)
    note(desk, member)
    belonging.forget(desk.connection, member)
    clerk.publish_ready(desk)


def reapply(desk: Desk) -> int:
    """Forget again whom an older backup has brought back; return how many."""
    path = desk.config.directory / LEFT
    if not path.exists():
        return 0
    lines = path.read_text(encoding="utf-8").splitlines()
    back = {json.loads(line)["member"] for line in lines if line.endswith("}")}
    back &= people.names(desk.connection).keys()
    for member in back:
        belonging.forget(desk.connection, member)
    return len(back)


def note(desk: Desk, member: MemberId) -> None:
    """Write down who left where no backup of the database brings them back."""
    with (desk.config.directory / LEFT).open("a", encoding="utf-8") as notes:
        notes.write(f"{json.dumps({'member': member})}\n")
        notes.flush()
        os.fsync(notes.fileno())


def _check_registrar(desk: Desk, member: MemberId, by: MemberId) -> None:
    if people.name_of(desk.connection, member) is None:
        raise Unknown("Nobody by that name is here.")
    # Whatever opens somebody's door takes whoever could have let them in.
    node.check(desk, AddMember(member=member, evidence="self", by=by, at=desk.now))


def _check_mergeable(desk: Desk, member: MemberId, into: MemberId) -> None:
    if personas.of(desk.connection, member) is not None:
        raise Refused(
            "That entry has an address in the fediverse. It is taken back first, or "
            "the other entry is merged into this one."
        )
    for meeting in node.load_all(desk, "session").values():
        if meeting.is_open and {member, into} <= {*meeting.checked_in}:
            raise TooEarly(
                "Both say that they are at the meeting. One of them leaves it first, "
                "so that nobody counts twice."
            )
    for state in node.load_all(desk, "ballot").values():
        if not state.is_open:
            continue
        roll = voting.terms_of(state).electorate.roll
        if member in roll and into in roll:
            raise TooEarly(
                "A ballot is open in which both could vote. The two are made one once "
                "it is closed."
            )
