"""An assembly ends by its own decision and names who goes on; nobody inherits a seat.

From its entry on the seat and every open mandate are frozen: what was filed stands,
nothing more is taken, and the compact admits each successor anew. What was decided
before keeps its digest, and the name under which it was decided.
"""

from collections.abc import Mapping

from confederation.confederal.history import Record
from confederation.counting import shares
from confederation.counting.majority import HALF
from confederation.errors import Invalid, Phrase
from confederation.identifiers import AssemblyId, Digest
from confederation.record import Decision, Entry, Method, Succession

WITHOUT_A_SHARE = ("consent", "consensus")
"""Ways to decide that are qualified without counting a share."""


def qualified(method: Method) -> bool:
    """Say whether a way to decide asks for more than a bare majority.

    Consent and consensus do; any other that names a share above a half.
    """
    if method.name in WITHOUT_A_SHARE:
        return True
    try:
        return method.threshold is not None and shares.read(method.threshold) > HALF
    except Invalid:
        return False


def flaw(entry: Entry, record: Record) -> str | None:
    """Say why an entry ends nothing; None if the assembly itself ended by it.

    It names who has to be named, a qualified vote of the assembly stands before it, and
    two tellers confirmed both.
    """
    fact = entry.fact
    if not isinstance(fact, Succession) or fact.act == "succeed":
        return Phrase("This entry ends no assembly.")
    obstacle = misnamed(fact.act, fact.successors, record.assembly)
    if obstacle is not None:
        return obstacle
    behind = record.get(fact.decision, before=entry.seq)
    if (
        behind is None
        or not isinstance(behind.fact, Decision)
        or behind.fact.outcome != "passed"
    ):
        return Phrase("No decision of the assembly stands behind this in its record.")
    if not qualified(behind.fact.method):
        return Phrase("An assembly ends by a qualified vote, and this was not one.")
    if not (record.confirmed(entry) and record.confirmed(behind)):
        return Phrase(
            "Two tellers confirm how an assembly ends, and here one is missing."
        )
    return None


def misnamed(
    act: str, successors: tuple[AssemblyId, ...], assembly: AssemblyId
) -> Phrase | None:
    """Say what is wrong with whom an assembly names as it ends; None if nothing is."""
    if len(set(successors)) < len(successors):
        return Phrase("A successor is named once.")
    if act == "split" and len(successors) < 2:
        return Phrase("An assembly that splits names both, or all, who go on.")
    if act == "merge" and (len(successors) != 1 or assembly in successors):
        return Phrase("An assembly merges into one other, which it names.")
    if act == "dissolve" and successors:
        return Phrase("An assembly that is dissolved names nobody who goes on.")
    return None


def ended(
    record: Record, seq: int, *, readmitted: Digest | None = None
) -> Entry | None:
    """Find the first entry by which an assembly had ended before ``seq``.

    Args:
        readmitted: the newest such entry in spite of which a compact admitted the
            assembly: that one and those before it end nothing there.
    """
    known = record.get(readmitted)
    after = -1 if known is None else known.seq
    for entry, _ in record.facts(Succession, after=after, before=seq):
        if flaw(entry, record) is None:
            return entry
    return None


def predecessors(
    of: AssemblyId, records: Mapping[AssemblyId, Record]
) -> tuple[Entry, ...]:
    """Give the entries of other assemblies that ended and named this one."""
    return tuple(
        entry
        for assembly, record in records.items()
        if assembly != of
        for entry, fact in record.facts(Succession)
        if of in fact.successors and flaw(entry, record) is None
    )


def accepted(entry: Entry, record: Record) -> bool:
    """Say whether a successor has said in its own record that it takes up an end.

    Anybody can name anybody; only the two together are a lineage.
    """
    fact = entry.fact
    assert isinstance(fact, Succession)
    if record.assembly == entry.assembly:
        return True
    return any(
        own.act == "succeed" and own.of == entry.digest
        for _, own in record.facts(Succession)
    )
