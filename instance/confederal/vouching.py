"""Our assembly vouches for what the delegate of a dark seat votes on paper.

It files the vote, or countersigns what another fellow member filed; never both.
"""

from collections.abc import Sequence

from confederation.confederal import mandate, paper
from confederation.confederal.holding import Holding
from confederation.confederal.mandate import Finding
from confederation.errors import NotEntitled, Unknown
from confederation.identifiers import AssemblyId, Digest, OptionId
from confederation.record import Entry, PaperVote
from instance import chamber, clerk, vocabulary
from instance.desk import Desk
from instance.store import records


def file(
    desk: Desk, proposal: Digest, assembly: AssemblyId, choice: Sequence[OptionId]
) -> Entry:
    """File what the delegate of another seat votes on paper, as its next revision.

    Raises:
        NotEntitled: the mandate does not allow it, or we are no fellow member; the
            rule is in the sentence.
        TooLate: the proposal has closed.
        Unknown: no such proposal is known here, or nothing of that seat.
    """
    held, me = _held(desk, proposal)
    kept, following = held.records.get(assembly), paper.next_for(held, assembly)
    if kept is None or following is None:
        raise Unknown("Nothing of the record of this assembly is held here.")
    bound = mandate.bound(kept, kept.size, held.matter)
    if bound.mandate is None:
        raise NotEntitled("This seat has no mandate that we hold.")
    vote = PaperVote(
        proposal=proposal,
        of=assembly,
        mandate=bound.mandate.digest,
        revision=following[0],
        choice=tuple(choice),
        head=following[1],
    )
    filed = paper.file(held, me, vote, desk.now)
    if isinstance(filed, Finding):
        raise NotEntitled(filed.says)
    return clerk.publish(desk, "PaperVote", vocabulary.wire(filed))


def countersign(desk: Desk, proposal: Digest, digest: Digest) -> Entry:
    """Countersign what another fellow member filed, once.

    Raises:
        NotEntitled: it is ours, of our seat, or breaks a rule.
        TooLate: the proposal has closed.
        Unknown: no such proposal is known here.
    """
    held, me = _held(desk, proposal)
    signed = paper.countersign(held, me, digest, desk.now)
    for each in paper.examine(held):
        if each.entry.digest == digest and me in each.countersigned_by:
            raise NotEntitled("Our assembly has countersigned this already.")
    return clerk.publish(desk, "Countersign", vocabulary.wire(signed))


def _held(desk: Desk, proposal: Digest) -> tuple[Holding, AssemblyId]:
    held = chamber.holding(desk, chamber.proposal(desk, proposal))
    ours = records.ours(desk.connection)
    if held is None or ours is None:
        raise Unknown("The compact of this proposal is not known here.")
    return held, ours.id
