"""What a sub-assembly does at this node: it meets, decides within its remit, and ends.

Its meetings, motions and ballots are those of the assembly, marked as its own; what it
decided is an entry that nothing can rest on which needs the whole assembly.
"""

from collections.abc import Iterator

from confederation import session
from confederation.deciding import ballot, motion, sub_assembly
from confederation.errors import NotEntitled, Refused, TooEarly, Unknown
from confederation.identifiers import (
    BallotId,
    Commit,
    Digest,
    MemberId,
    MotionId,
    SessionId,
    SubAssemblyId,
)
from confederation.membership import member
from confederation.membership.member import Roll
from confederation.record import Clause
from confederation.text import Text
from instance import clerk, node
from instance.desk import Desk
from instance.languages import phrased
from instance.store import events


def every(desk: Desk) -> dict[SubAssemblyId, sub_assembly.State]:
    """Return all sub-assemblies by their id, the newest first."""
    found = node.load_all(desk, "sub_assembly")
    return {SubAssemblyId(id): state for id, state in found.items()}


def the(desk: Desk, id: str) -> sub_assembly.State:
    """Return a sub-assembly.

    Raises:
        Unknown: none is proposed here under this id.
    """
    if not node.exists(desk, f"sub_assembly:{id}"):
        raise Unknown("There is no such sub-assembly here.")
    state: sub_assembly.State = node.load(desk, f"sub_assembly:{id}")
    return state


def called(desk: Desk, id: SubAssemblyId | None) -> tuple[str, str] | None:
    """Return the id of a sub-assembly and what it is called; None for the whole."""
    if id is None:
        return None
    name = events.wording(desk.connection, the(desk, id).terms.name)
    return id, name or phrased("(text withdrawn)")


def in_force(desk: Desk, id: SubAssemblyId) -> sub_assembly.RemitGranted:
    """Return the remit of a sub-assembly that can decide now.

    Raises:
        TooEarly: it has none, or its remit does not stand in our record yet.
        TooLate: its remit has ended.
        Unknown: there is no such sub-assembly.
    """
    granted = sub_assembly.check_in_force(the(desk, id), at=desk.now)
    if clerk.published(desk, "Remit", id) is None:
        raise TooEarly(
            "The remit is not in the public record yet, and nothing is decided under "
            "it before."
        )
    return granted


def of_meeting(desk: Desk, id: str) -> SubAssemblyId | None:
    """Return the sub-assembly whose meeting this is; None for the whole assembly's."""
    held: session.State = node.load(desk, f"session:{id}")
    return _meets(held)


def deciding(
    desk: Desk, held: session.State, *, moved: MotionId | None, on: Digest | None
) -> SubAssemblyId | None:
    """Say who decides on a question in a meeting: a sub-assembly, or the whole (None).

    Args:
        moved: the motion that it is about, if any.
        on: the digest of what it is about, if it is about an entry or a compact.

    Raises:
        NotEntitled: it is not for those who meet to decide.
        TooEarly: there is no remit yet.
        TooLate: the remit has ended.
    """
    meets = _meets(held)
    owner = None
    if moved is not None:
        state: motion.State = node.load(desk, f"motion:{moved}")
        owner = None if state.drafted is None else state.drafted.sub_assembly
    if meets is None:
        if owner is not None:
            raise NotEntitled(
                "This motion is before a sub-assembly, and is put at one of its "
                "meetings. What it decides can be handed on to the whole assembly."
            )
        return None
    granted = in_force(desk, meets)
    within = granted.terms.compact
    binds = within is not None and on == Digest(within)
    if owner != meets and not (moved is None and binds):
        raise NotEntitled(
            "A sub-assembly is meeting. It decides on motions of its own, within its "
            "remit, and on nothing else."
        )
    return meets


def check_table(desk: Desk, moved: motion.State, at: SessionId) -> None:
    """Check that a motion is tabled at a meeting of those whom it is put before.

    Raises:
        NotEntitled: others meet there.
    """
    owner = None if moved.drafted is None else moved.drafted.sub_assembly
    if of_meeting(desk, at) != owner:
        raise NotEntitled(
            "Others meet there. A motion before a sub-assembly is tabled at one of its "
            "meetings, and any other at one of the whole assembly."
        )


def entitled(desk: Desk, held: session.State) -> Roll:
    """Return who could take part in a meeting: all members, or those who joined."""
    here, meets = node.assembly_here(desk), _meets(held)
    if meets is None:
        return here.roll
    joined = the(desk, meets).members
    return member.roll({id: who for id, who in here.members.items() if id in joined})


def roll(desk: Desk, held: session.State) -> Roll:
    """Return who may take part in a meeting that opens now.

    Raises:
        TooEarly: it is of a sub-assembly that has no remit yet.
        TooLate: it is of one whose remit has ended.
    """
    meets = _meets(held)
    if meets is not None:
        in_force(desk, meets)
    return entitled(desk, held)


def hand_on(desk: Desk, decided: BallotId, *, by: MemberId) -> MotionId:
    """Hand on what a sub-assembly decided as a motion of the whole assembly.

    The same decision again leads to the same motion.

    Raises:
        NotEntitled: it did not pass.
        Refused: by its remit it stands by itself.
        Unknown: no sub-assembly decided it.
    """
    found = _moved_by(desk, decided)
    if found is None:
        raise Unknown("No sub-assembly decided on a motion there.")
    owner, before = found
    state = the(desk, owner)
    if decided in state.handed_on:
        return state.handed_on[decided]
    if before.status != "adopted" or before.drafted is None:
        raise NotEntitled("What did not pass is not handed on.")
    whole = motion.text(before)
    id = MotionId(desk.new_id())
    handed = sub_assembly.PutToWhole(decided=decided, motion=id, by=by, at=desk.now)
    node.perform(desk, f"sub_assembly:{owner}", handed)
    drafted = motion.DraftMotion(
        motion=id,
        title=_again(desk, before.drafted.title),
        text=Text(
            text=_again(desk, whole.text),
            clauses=tuple(
                Clause(n=each.n, text=_again(desk, each.text), amounts=each.amounts)
                for each in whole.clauses
            ),
        ),
        by=by,
        at=desk.now,
    )
    node.perform(desk, f"motion:{id}", drafted)
    return id


def end(
    desk: Desk, id: SubAssemblyId, decision: Digest | None, *, by: MemberId | None
) -> None:
    """End a remit, and with it all that is open under it.

    Meetings that have not begun are called off, motions are sent back, and ballots end
    uncounted: none of it was decided by anybody.

    Raises:
        Refused: it cannot be ended now; nothing was changed.
    """
    command = sub_assembly.EndRemit(decision=decision, by=by, at=desk.now)
    if not node.perform(desk, f"sub_assembly:{id}", command):
        return
    for moved, before in motions(desk, id):
        if before.status in ("tabled", "frozen", "deciding"):
            back = motion.SendBackMotion(by=None, at=desk.now)
            node.perform(desk, f"motion:{moved}", back)
    for name, put in node.load_all(desk, "ballot").items():
        if put.is_open and put.opened.terms.sub_assembly == id:
            stop = ballot.EndBallot(by=None, at=desk.now)
            node.perform(desk, f"ballot:{name}", stop)
    for meeting, held in meetings(desk, id):
        if held.opened is None and held.cancelled_at is None:
            off = session.CancelSession(by=None, at=desk.now)
            node.perform(desk, f"session:{meeting}", off)


def anything_over(desk: Desk) -> bool:
    """Whether the day of some remit has come."""
    return any(_over(desk))


def lapse(desk: Desk) -> None:
    """End the remits whose day has come."""
    for id in list(_over(desk)):
        end(desk, id, None, by=None)


def motions(desk: Desk, id: SubAssemblyId) -> Iterator[tuple[MotionId, motion.State]]:
    """Go through the motions before a sub-assembly, the newest first."""
    for name, state in node.load_all(desk, "motion").items():
        if state.drafted is not None and state.drafted.sub_assembly == id:
            yield MotionId(name), state


def meetings(
    desk: Desk, id: SubAssemblyId
) -> Iterator[tuple[SessionId, session.State]]:
    """Go through the meetings of a sub-assembly, the newest first."""
    for name, state in node.load_all(desk, "session").items():
        if _meets(state) == id:
            yield SessionId(name), state


def _over(desk: Desk) -> Iterator[SubAssemblyId]:
    for id, state in every(desk).items():
        if state.status == "granted" and desk.now >= state.terms.until:
            yield id


def _meets(held: session.State) -> SubAssemblyId | None:
    return None if held.called is None else held.called.notice.sub_assembly


def _moved_by(
    desk: Desk, decided: BallotId
) -> tuple[SubAssemblyId, motion.State] | None:
    for state in node.load_all(desk, "motion").values():
        if state.put is not None and state.put.ballot == decided:
            owner = state.drafted.sub_assembly
            return None if owner is None else (owner, state)
    return None


def _again(desk: Desk, commitment: str) -> Commit:
    """Keep the same words once more: they can be erased in the one place alone."""
    words = events.wording(desk.connection, commitment)
    if words is None:
        raise Refused("The text of this was withdrawn, so it cannot be handed on.")
    return events.keep_wording(
        desk.connection, words, lang=events.language(desk.connection, commitment)
    )
