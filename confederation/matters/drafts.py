"""How a common text stands follows from the records, whoever reads them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from confederation.confederal.history import Record
from confederation.identifiers import AssemblyId, Commit, Digest
from confederation.record import (
    CommonText,
    Entry,
    ObjectionTest,
    TextObjection,
    TextVersion,
)

Status = Literal[
    "draft",
    "redrafted",
    "offered",
    "contested",
    "friendly-accepted",
    "adopted",
    "stale",
    "withdrawn",
    "frozen",
]
"""How a version stands. *Draft* has no version before it; *redrafted* is a new one by
who wrote the one before; the rest are amendments, until all have agreed."""

GOING_ON: frozenset[Status] = frozenset(
    {"draft", "redrafted", "friendly-accepted", "adopted", "frozen"}
)
"""The others are no text that anybody goes on from."""

Objected = Literal[
    "raised", "valid", "not valid", "answered", "integrated", "stands", "withdrawn"
]
UNSETTLED: frozenset[Objected] = frozenset({"raised", "valid"})
"""Nobody agrees to a text while an objection to it is one of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """An objection of one assembly to one version, and who tested it.

    ``tested`` gives for each assembly what it last found. ``answered_by`` is the first
    version that says it answers the objection.
    """

    digest: Digest
    by: AssemblyId
    on: Digest
    reason: Commit
    at: datetime
    status: Objected
    tested: Mapping[AssemblyId, ObjectionTest] = field(default_factory=dict)
    answered_by: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version as the records have it. ``by`` is who offered it first.

    ``stands`` is what each assembly last said of it; whoever agreed stays agreed.
    """

    digest: Digest
    text: TextVersion
    by: AssemblyId
    at: datetime
    reason: Commit | None
    status: Status
    stands: Mapping[AssemblyId, str]
    objections: tuple[Objection, ...] = ()

    @property
    def agreed(self) -> tuple[AssemblyId, ...]:
        """Who has agreed to it, in the order in which it names them."""
        return tuple(a for a in self.text.among if self.stands.get(a) == "agreed")

    @property
    def awaited(self) -> tuple[AssemblyId, ...]:
        """Whose agreement it still needs."""
        return tuple(a for a in self.text.among if self.stands.get(a) != "agreed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafting:
    """All versions of all common texts about one shared issue, as they were offered."""

    issue: Digest
    versions: tuple[Version, ...] = ()

    @property
    def frozen(self) -> tuple[Version, ...]:
        return tuple(each for each in self.versions if each.status == "frozen")

    @property
    def newest(self) -> tuple[Version, ...]:
        """The texts as they are now: no version that goes on was made from them."""
        going = [each for each in self.versions if each.status in GOING_ON]
        before = {parent for each in going for parent in each.text.parents}
        return tuple(each for each in going if each.digest not in before)

    def get(self, digest: Digest) -> Version | None:
        return next((each for each in self.versions if each.digest == digest), None)

    def objection(self, digest: Digest) -> Objection | None:
        return next(
            (
                o
                for each in self.versions
                for o in each.objections
                if o.digest == digest
            ),
            None,
        )


def gather(issue: Digest, records: Mapping[AssemblyId, Record]) -> Drafting:
    """Gather what every assembly has said of the common texts about an issue.

    Only those whom a version names say anything of it, and the first of them to offer
    it wrote it. The order of the records makes no difference.
    """
    said: dict[Digest, list[tuple[Entry, CommonText]]] = {}
    for record in records.values():
        for entry, fact in record.facts(CommonText):
            named = entry.assembly in fact.version.among
            if fact.version.shares == issue and named:
                said.setdefault(fact.version_hash, []).append((entry, fact))
    offered = {
        digest: one
        for digest, stated in said.items()
        if (one := _version(digest, stated)) is not None
    }
    objected = {
        digest: _objections(one, offered, records) for digest, one in offered.items()
    }
    known = {
        digest: replace(one, objections=objected[digest])
        for digest, one in offered.items()
    }
    taken = {
        digest: replace(one, status=_status(one, known))
        for digest, one in known.items()
    }
    settled = (
        replace(one, status="stale") if _is_stale(one, taken) else one
        for one in taken.values()
    )
    return Drafting(
        issue=issue,
        versions=tuple(sorted(settled, key=lambda each: (each.at, each.digest))),
    )


def _version(digest: Digest, said: list[tuple[Entry, CommonText]]) -> Version | None:
    offers = [(e, fact) for e, fact in said if fact.stand == "offered"]
    if not offers:
        return None
    entry, first = min(offers, key=lambda pair: (pair[0].published, pair[0].assembly))
    stands: dict[AssemblyId, str] = {}
    for each, fact in sorted(said, key=lambda pair: pair[0].seq):
        if stands.get(each.assembly) != "agreed":
            stands[each.assembly] = fact.stand
    return Version(
        digest=digest,
        text=first.version,
        by=entry.assembly,
        at=entry.published,
        reason=first.reason,
        status="offered",
        stands=stands,
    )


def _status(one: Version, known: Mapping[Digest, Version]) -> Status:
    if one.text.among and not one.awaited:
        return "frozen"
    if all(stand == "withdrawn" for stand in one.stands.values()):
        return "withdrawn"
    if not one.text.parents:
        return "draft"
    writers = {known[p].by for p in one.text.parents if p in known}
    if one.by in writers:
        return "redrafted"
    for_it = {a for a, stand in one.stands.items() if stand in ("taken in", "agreed")}
    # As in a simple majority: half of them leave the text as it is.
    if 2 * len(for_it | {one.by}) > len(one.text.among) and len(for_it) > 1:
        return "adopted"
    if for_it & writers:
        return "friendly-accepted"
    if any(each.status in ("raised", "valid", "stands") for each in one.objections):
        return "contested"
    return "offered"


def _is_stale(one: Version, taken: Mapping[Digest, Version]) -> bool:
    """Whether the others went on in another way from what this one would change."""
    return one.status in ("offered", "contested") and any(
        other.digest != one.digest
        and other.status in GOING_ON
        and not set(other.text.parents).isdisjoint(one.text.parents)
        for other in taken.values()
    )


def _objections(
    one: Version,
    offered: Mapping[Digest, Version],
    records: Mapping[AssemblyId, Record],
) -> tuple[Objection, ...]:
    found = [
        _objection(one, entry, offered, records)
        for assembly in one.text.among
        if assembly in records
        for entry, fact in records[assembly].facts(TextObjection)
        if fact.on == one.digest and fact.first is None and fact.state == "raised"
    ]
    return tuple(sorted(found, key=lambda each: (each.at, each.digest)))


def _objection(
    one: Version,
    entry: Entry,
    offered: Mapping[Digest, Version],
    records: Mapping[AssemblyId, Record],
) -> Objection:
    assert isinstance(entry.fact, TextObjection)
    ends = [
        fact.state
        for _, fact in records[entry.assembly].facts(TextObjection)
        if fact.first == entry.digest
    ]
    tested = {
        assembly: test
        for assembly in one.text.among
        # Somebody other than the objector and the writer tests it.
        if assembly not in (entry.assembly, one.by) and assembly in records
        for _, test in records[assembly].facts(ObjectionTest)
        if test.objection == entry.digest
    }
    answers = sorted(
        (each for each in offered.values() if entry.digest in each.text.answers),
        key=lambda each: (each.at, each.digest),
    )
    # Whether it is answered well is for the assembly that objected to say.
    welcomed = any(
        each.stands.get(entry.assembly) in ("offered", "taken in", "agreed")
        for each in answers
    )
    if ends and ends[-1] == "withdrawn":
        status: Objected = "withdrawn"
    elif welcomed:
        status = "integrated"
    else:
        status = _tested(tested.values(), stands=bool(ends))
        if answers and status in UNSETTLED:
            status = "answered"
    return Objection(
        digest=entry.digest,
        by=entry.assembly,
        on=one.digest,
        reason=entry.fact.reason,
        at=entry.published,
        status=status,
        tested=tested,
        answered_by=answers[0].digest if answers else None,
    )


def _tested(tests: Collection[ObjectionTest], *, stands: bool) -> Objected:
    if not tests:
        return "raised"
    # Where those who tested it are divided it has the benefit of the doubt.
    if 2 * sum(test.upheld for test in tests) < len(tests):
        return "not valid"
    return "stands" if stands else "valid"
