"""A record is checked here and now, from its bytes: nothing that was noted is believed.

It shows that nobody altered, dropped or reordered an entry since it was signed. Whether
a count in a hall was honest, no signature can show.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from activitypub import canonical, log
from activitypub.errors import ProtocolError
from confederation.confederal.history import Keys, Record
from confederation.errors import ByNumber, Filled, Invalid
from confederation.record import Entry
from instance import archive, verification
from instance.desk import Desk
from instance.node import Node
from instance.store import checkpoints, contradictions, records
from instance.web import languages
from instance.web.languages import N_

MOST_ENTRIES: Final = 20_000
FRESH: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was checked, in a sentence."""

    says: str
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a check of a record found. ``at`` is when."""

    size: int
    at: datetime
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        return all(finding.holds for finding in self.findings)


class Checks:
    """Checks one record at a time: anybody may ask, and nobody can wear the node out.

    Who asks again within half a minute gets the same report, with its time.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._one_at_a_time = asyncio.Lock()
        self._reports: dict[str, Report] = {}

    async def report(self, assembly: str) -> Report | None:
        """Check a record that is held here; None if none is."""
        async with self._one_at_a_time:
            kept = self._reports.get(assembly)
            if kept is not None and self._node.clock() < kept.at + FRESH:
                return kept
            report = await self._node.look(lambda desk: check(desk, assembly))
            if report is not None:
                self._reports[assembly] = report
            return report


def check(desk: Desk, assembly: str) -> Report | None:
    """Check every entry of a record, its order, and the tree over it."""
    known = records.assembly(desk.connection, assembly)
    if known is None or known.size == 0:
        return None
    rows = records.entries(desk.connection, assembly, end=MOST_ENTRIES)
    bodies = [bytes(row["body"]) for row in rows]
    signed = _signatures(desk, bodies)
    findings = [signed[1]]
    if signed[1].holds:
        findings.append(_order(signed[0], assembly, known.size))
    findings += _trees(desk, assembly, bodies)
    if known.size > MOST_ENTRIES:
        says = Filled(
            "Only the first {number} entries were checked on this page.",
            number=MOST_ENTRIES,
        )
        findings.append(Finding(says=says, holds=True))
    found = len(contradictions.held(desk.connection, assembly))
    if found:
        says = Filled(
            ByNumber(
                "{number} contradiction of this assembly is known, with both sides.",
                "{number} contradictions of this assembly are known, with both sides.",
            ),
            number=found,
        )
        findings.append(Finding(says=says, holds=False))
    return Report(size=known.size, at=desk.now, findings=tuple(findings))


def _signatures(desk: Desk, bodies: list[bytes]) -> tuple[list[Entry], Finding]:
    in_force = Keys()
    entries: list[Entry] = []
    for seq, body in enumerate(bodies):
        try:
            document = canonical.read_canonical(body)
            verified, signer = verification.read_with_signer(document, body)
        except ProtocolError as error:
            says = Filled(
                "Entry {number} is not what its assembly signed: {why}",
                number=seq,
                why=error,
            )
            return entries, Finding(says=says, holds=False)
        entry = verified.entry
        given = archive.given_to(desk, entry)
        if signer not in in_force.signers(entry.fact, given):
            says = Filled(
                "Entry {number} is not signed with its assembly's record key.",
                number=seq,
            )
            return entries, Finding(says=says, holds=False)
        in_force = in_force.after(entry.fact)
        entries.append(entry)
    says = Filled(
        ByNumber(
            "The {number} entry carries the assembly's own signature.",
            "All {number} entries carry the assembly's own signature.",
        ),
        number=len(entries),
    )
    return entries, Finding(says=says, holds=True)


def _order(entries: list[Entry], assembly: str, size: int) -> Finding:
    try:
        kept = Record.of(entries)
    except Invalid as refusal:
        return Finding(says=languages.reason(refusal), holds=False)
    if kept.assembly != assembly or kept.size != min(size, MOST_ENTRIES):
        says = N_("These entries are not the record of the assembly that is named.")
        return Finding(says=says, holds=False)
    says = N_("Each entry names the one before it: none is missing, moved or altered.")
    return Finding(says=says, holds=True)


def _trees(desk: Desk, assembly: str, bodies: list[bytes]) -> list[Finding]:
    nodes = log.MemoryNodes()
    tree = log.Tree(0, nodes)
    for body in bodies:
        tree, made = tree.append(body)
        nodes.keep(made)
    stored = archive.tree_of(desk, assembly, size=len(bodies)).root()
    findings = [
        Finding(
            says=N_(
                "The tree over all entries, computed anew, has the same root as ours."
            ),
            holds=stored == tree.root(),
        )
    ]
    row = checkpoints.of(desk.connection, assembly)
    if row is not None and row["size"] <= len(bodies):
        root = log.Tree(row["size"], nodes).root()
        findings.append(
            Finding(
                says=Filled(
                    ByNumber(
                        "The newest checkpoint that was passed on, over {number} "
                        "entry, is of this very record.",
                        "The newest checkpoint that was passed on, over {number} "
                        "entries, is of this very record.",
                    ),
                    number=row["size"],
                ),
                holds=root == row["root"],
            )
        )
    return findings
