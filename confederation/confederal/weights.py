"""What a seat weighs follows from attendance that peers attest, and nothing else.

A number that an assembly says of itself weighs nothing. Weights stand in a version of
the compact, which the members adopted; here it says which ones they may adopt.

See docs/reference/statements.md, "Weights".
"""

from collections.abc import Iterator, Mapping
from typing import Final

from confederation.confederal import evidence
from confederation.confederal.compact import Compact, Weighing
from confederation.confederal.evidence import Peers, Standing
from confederation.confederal.history import Record
from confederation.confederal.holding import Holding
from confederation.errors import Phrase
from confederation.identifiers import AssemblyId, Digest
from confederation.record import Legitimacy

ATTESTED: Final = ("attested", "upheld")
UNCOUNTED: Final = ("meetings", "residents not counted")


def attended(assembly: AssemblyId, peers: Peers, *, since: Digest | None = None) -> int:
    """Say how many residents regularly attend, as peers attest; 0 where they do not.

    It is the figure of the claim as a reader works it out: of as many meetings as the
    criteria ask for, each counted.

    Args:
        since: the entry by which the assembly had ended before it was let in again.
            Those who came before may have gone with another part, so only meetings
            count whose number entered the record after it.
    """
    stands = evidence.standing(assembly, peers)
    if stands.state not in ATTESTED or stands.claim is None:
        return 0
    if any(gap.lack in UNCOUNTED for gap in stands.claim.gaps):
        return 0
    if not _all_since(stands, peers.records[assembly], since):
        return 0
    return stands.claim.figure or 0


def _all_since(stands: Standing, record: Record, since: Digest | None) -> bool:
    end = record.get(since)
    if end is None:
        return since is None
    claimed = stands.entry.fact if stands.entry is not None else None
    assert isinstance(claimed, Legitimacy)
    counted = (record.get(each.electorate) for each in claimed.sittings)
    return all(each is not None and each.seq > end.seq for each in counted)


def weight(attendance: int, weighing: Weighing | None) -> int:
    """Give the weight of a seat, from 1 to 3, by how many attend."""
    if weighing is None:
        return 1
    return 1 + (attendance >= weighing.two) + (attendance >= weighing.three)


def objections(new: Compact, holding: Holding) -> Iterator[str]:
    """Say which weights of a new version do not follow from attested attendance.

    Judged as of when the proposal was published, so that a claim which lapses later
    changes nothing about a vote that is open.
    """
    compact, heavy = holding.compact, [s for s in new.members if s.weight > 1]
    if not heavy:
        return
    if holding.criteria is None:
        yield Phrase("The criteria by which attendance is attested are not held here.")
        return
    peers = Peers(
        identity=compact.identity,
        versions=_versions(holding),
        members=compact,
        records=holding.records,
        criteria=holding.criteria,
        at=holding.proposal.published,
    )
    for seat in heavy:
        many = attended(seat.assembly, peers, since=seat.readmitted)
        if seat.weight > weight(many, new.rules.weighing):
            yield (
                Phrase(
                    "The new version gives a seat more weight than the attendance that "
                    "other assemblies attest."
                )
            )


def _versions(holding: Holding) -> Mapping[Digest, Compact]:
    return {each.digest: each for each in (*holding.earlier, holding.compact)}
