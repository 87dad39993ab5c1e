"""What a minority filed is shown wherever the decision is, and kept from its majority.

Nobody here can take a part of it away but the two whom the minority named.
"""

from dataclasses import dataclass

from confederation.confederal import dissent
from confederation.confederal.holding import Holding
from confederation.deciding import motion
from confederation.errors import ByNumber, Invalid, NotEntitled, TooEarly
from confederation.identifiers import AssemblyId, Digest, DissentId, MotionId
from confederation.record import Entry, MinorityReport, Result
from instance import archive, chamber, clerk, node
from instance.desk import Desk
from instance.matters import erasing
from instance.store import records
from instance.store.acts import Act

WITHHELD = "person"
"""The reason for which a withheld part is erased, as `erasing.REASONS` has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A report that stands beside a decision, and the parts of it that are withheld."""

    entry: Entry
    report: MinorityReport
    withheld: frozenset[int]


def beside_decision(desk: Desk, decision: Digest) -> list[Attached]:
    """Give the reports beside an assembly's own decision, oldest first."""
    return _attached(desk, decision, on=decision, proposal=None)


def beside_result(desk: Desk, held: Holding, result: Result) -> list[Attached]:
    """Give the reports beside a confirmed result, from the records of all."""
    return [
        attached
        for attached in _attached(
            desk,
            held.proposal.digest,
            on=chamber.result_digest(result),
            proposal=held.proposal,
        )
        if attached.report.decision is None
        or voted_otherwise(held, result, attached.entry.assembly)
    ]


def voted_otherwise(held: Holding, result: Result, assembly: AssemblyId) -> bool:
    """Say whether an assembly's seat voted for something else than was decided."""
    seat = held.compact.seat_of(assembly)
    return seat is not None and dissent.voted_otherwise(result, seat)


def confirmed(desk: Desk, proposal: Entry) -> Digest | None:
    """Return the digest of a proposal's confirmed result, or None."""
    standing = chamber.standing(desk, proposal)
    if standing is None or standing.confirmed is None:
        return None
    return chamber.result_digest(standing.confirmed)


def follow(desk: Desk, id: DissentId) -> None:
    """Publish what the reviewers withhold, and erase the words; again changes nothing.

    Nothing happens before the report stands in the record.
    """
    clerk.publish_ready(desk)
    state: dissent.State = node.load(desk, f"dissent:{id}")
    report = clerk.published(desk, "MinorityReport", id)
    if report is None or state.begun is None:
        return
    for part in state.withheld:
        fact = dissent.withholding(state, part, report=report)
        clerk.prepare(desk, fact, subject=f"{id} {part}")
        clerk.publish_ready(desk)
        if clerk.published(desk, "Withholding", f"{id} {part}") is not None:
            erasing.erase(desk, state.begun.parts[part - 1], why=WITHHELD)


def dissent_of_assembly(desk: Desk, proposal: Entry, id: MotionId) -> Act:
    """Put the dissent that our assembly adopted, word for word, beside a result.

    Raises:
        NotEntitled: our seat did not vote otherwise than was decided.
        TooEarly: nothing is decided yet, or the motion is not adopted and confirmed.
        Invalid: the motion has more clauses than a report has parts.
    """
    held = chamber.holding(desk, proposal)
    standing = chamber.standing(desk, proposal)
    ours = records.ours(desk.connection)
    if held is None or standing is None or standing.confirmed is None or ours is None:
        raise TooEarly("Nothing is decided together yet.")
    if not voted_otherwise(held, standing.confirmed, ours.id):
        raise NotEntitled("Our seat did not vote otherwise than was decided.")
    moved: motion.State = node.load(desk, f"motion:{id}")
    if moved.put is None or moved.status != "adopted":
        raise TooEarly("The assembly adopts what it says before it is filed.")
    decision = clerk.published(desk, "Decision", moved.put.ballot)
    if decision is None:
        raise TooEarly("Two tellers confirm the decision first.")
    text = motion.text(moved)
    parts = tuple(clause.text for clause in text.clauses) or (text.text,)
    if len(parts) > dissent.MOST_PARTS:
        raise Invalid(
            ByNumber(
                "A report has at most {most} part.",
                "A report has at most {most} parts.",
            ),
            most=dissent.MOST_PARTS,
        )
    fact = MinorityReport(
        on=chamber.result_digest(standing.confirmed),
        proposal=proposal.digest,
        parts=parts,
        decision=decision,
    )
    return clerk.prepare(desk, fact, subject=f"assembly {proposal.digest}")


def _attached(
    desk: Desk, about: Digest, *, on: Digest, proposal: Entry | None
) -> list[Attached]:
    found = []
    for row in records.of_type(desk.connection, "MinorityReport", about=about):
        attached = read(desk, row["digest"])
        if attached is None or attached.report.on != on:
            continue
        if attached.report.proposal != (proposal and proposal.digest):
            continue
        found.append(attached)
    return found


def read(desk: Desk, digest: str) -> Attached | None:
    """Read a report from any record that is held; None if there is none, or a flaw."""
    row = records.entry(desk.connection, digest)
    entry = None if row is None else archive.read(desk, row)
    kept = None if entry is None else chamber.record_of(desk, entry.assembly)
    if entry is None or kept is None or dissent.flaw(entry, kept) is not None:
        return None
    assert isinstance(entry.fact, MinorityReport)
    return Attached(
        entry=entry, report=entry.fact, withheld=dissent.withheld(entry, kept)
    )
