"""What a seat weighs follows from attendance that peers attest, and nothing else.

A number that an assembly says of itself weighs nothing. Weights stand in a version of
the compact, which the members adopted; here it says which ones they may adopt.

See docs/reference/statements.md, "Weights".
"""

from collections.abc import Iterator, Mapping
from typing import Final

from confederation import evidence
from confederation.compact import Compact, Weighing
from confederation.evidence import Peers
from confederation.holding import Holding
from confederation.identifiers import AssemblyId, Digest

ATTESTED: Final = ("attested", "upheld")
UNCOUNTED: Final = ("meetings", "residents not counted")


def attended(assembly: AssemblyId, peers: Peers) -> int:
    """Say how many residents regularly attend, as peers attest; 0 where they do not.

    It is the figure of the claim as a reader works it out: of as many meetings as the
    criteria ask for, each counted.
    """
    stands = evidence.standing(assembly, peers)
    if stands.state not in ATTESTED or stands.claim is None:
        return 0
    if any(gap.lack in UNCOUNTED for gap in stands.claim.gaps):
        return 0
    return stands.claim.figure or 0


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
        yield "The criteria by which attendance is attested are not held here."
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
        if seat.weight > weight(attended(seat.assembly, peers), new.rules.weighing):
            yield (
                "The new version gives a seat more weight than the attendance that "
                "other assemblies attest."
            )


def _versions(holding: Holding) -> Mapping[Digest, Compact]:
    return {each.digest: each for each in (*holding.earlier, holding.compact)}
