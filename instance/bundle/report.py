"""What a check came to, for a stranger who was not in the room and for a program.

Whatever comes from the bundle is shown as one line of plain characters: words that
somebody else wrote must not write on the reader's screen.
"""

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from activitypub import canonical
from activitypub.canonical import JsonObject, JsonValue
from confederation.confederal.compact import Compact
from confederation.confederal.council import Standing
from confederation.confederal.ratifying import RATIFY, REFUSE
from confederation.identifiers import AssemblyId, Digest
from confederation.record import Result
from instance import verification

LONGEST_SHOWN: Final = 80


class Verdict(enum.StrEnum):
    """What a check comes to."""

    VERIFIED = "verified"
    DIFFERS = "differs"
    INCOMPLETE = "incomplete"


EXIT: Final[Mapping[Verdict, int]] = {
    Verdict.VERIFIED: 0,
    Verdict.DIFFERS: 1,
    Verdict.INCOMPLETE: 3,
}

NO_RESULT: Final = "What is here gives no result that could be compared."
NOT_CHECKED: Final = (
    "All is consistent in itself, but it was not checked against anything you gave: "
    "give the digest of the compact, from a source that you trust."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first place where something is not as it should be."""

    line: int
    says: str
    assembly: str | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A revision of a seat that is not counted, and the rule that says so."""

    assembly: AssemblyId | None
    seat: int
    revision: int
    digest: Digest
    rule: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratified:
    """What became of a result that goes back to every assembly.

    ``result`` is None where it could not be worked out; ``attested_by`` are those who
    attest that very end.
    """

    result: Result | None
    attested_by: tuple[AssemblyId, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    dissents: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Minority:
    """What some of an assembly, or an assembly itself, put beside a result.

    ``signed`` is by how many members; 0 where the assembly decided so.
    """

    assembly: AssemblyId
    seq: int
    digest: Digest
    signed: int
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the check of a bundle came to.

    Attributes:
        compact: the version in the bundle; None if not even that could be read.
        compact_given: the digest that the reader gave, or None.
        title: the question, where the words are in the bundle.
        result: what was worked out from the records; None if nothing could be.
        attested_by: the assemblies that attest that very result.
        dissents: what is attested otherwise, beside a confirmed result.
        minorities: what those who did not agree put beside it, which changes nothing.
        contradictions: statements of one assembly that cannot both be meant.
        ratification: what became of the result, where it is ratified.
        in_force: whether it is, by the confirmed results; None where these do not say.
        bound: whom it binds, where it is in force.
        missing: what would be needed to say more.
        names: what each assembly is called, for `as_text`.
    """

    verdict: Verdict
    compact_given: str | None
    compact: Compact | None = None
    proposal: str | None = None
    title: str | None = None
    result: Result | None = None
    attested_by: tuple[AssemblyId, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    dissents: tuple[Difference, ...] = ()
    minorities: tuple[Minority, ...] = ()
    contradictions: tuple[str, ...] = ()
    ratification: Ratified | None = None
    in_force: bool | None = None
    bound: tuple[AssemblyId, ...] = ()
    missing: tuple[str, ...] = ()
    difference: Difference | None = None
    proved: tuple[str, ...] = ()
    not_proved: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """The exit status of ``folkmoot verify``."""
        return EXIT[self.verdict]

    def as_json(self) -> JsonObject:
        """Return the report as a document for programs; its keys do not change."""
        data = result_bytes(self)
        return {
            "verdict": self.verdict.value,
            "exit": self.exit_code,
            "compact": None if self.compact is None else self.compact.digest,
            "compact_given": self.compact_given,
            "proposal": self.proposal,
            "outcome": None if self.result is None else self.result.outcome,
            "result_hash": None if data is None else canonical.digest_of(data),
            "attested_by": [*self.attested_by],
            "left_out": [_left_out(each) for each in self.left_out],
            "dissents": [_difference(each) for each in self.dissents],
            "minority_reports": [
                {
                    "assembly": each.assembly,
                    "seq": each.seq,
                    "digest": each.digest,
                    "signed": each.signed,
                    "says": each.says,
                }
                for each in self.minorities
            ],
            "in_force": self.in_force,
            "bound": [*self.bound],
            "ratification": (
                None if self.ratification is None else _ratified(self.ratification)
            ),
            "contradictions": [*self.contradictions],
            "missing": [*self.missing],
            "difference": (
                None if self.difference is None else _difference(self.difference)
            ),
            "proved": [*self.proved],
            "not_proved": [*self.not_proved],
        }

    def as_text(self) -> str:
        """Return the report in plain words, for somebody who was not there."""
        lines = [_HEADINGS[self.verdict]]
        if self.difference is not None:
            lines += [self._place(self.difference), f"  {self.difference.says}"]
        lines += [f"  {each}" for each in self.missing]
        if self.compact is not None:
            lines += ["", *self._about(self.compact)]
        left_out = [*self.left_out]
        if self.ratification is not None:
            left_out += self.ratification.left_out
        lines += self._listed("Left out of the count:", self._said_of(left_out))
        lines += self._listed(
            "Attested otherwise, which changes nothing:",
            [
                f"{self._place(each)} {each.says}"
                for each in (
                    *self.dissents,
                    *(self.ratification.dissents if self.ratification else ()),
                )
            ],
        )
        lines += self._listed(
            "Minority reports:", [each.says for each in self.minorities]
        )
        lines += self._listed("Contradictions:", self.contradictions)
        lines += self._listed("What this proves:", self.proved)
        lines += self._listed("What it does not prove:", self.not_proved)
        return "\n".join(map(shown, lines)) + "\n"

    def _about(self, compact: Compact) -> list[str]:
        given = "the one you gave" if self.compact_given else "you gave none to compare"
        question = "" if self.title is None else f"  {self.title}"
        lines = [
            f"Compact   {compact.digest}  ({given})",
            f"Proposal  {self.proposal}{question}",
        ]
        if self.result is None:
            return lines
        figures, by = self.result.figures, self.attested_by
        counts = ", ".join(f"{k} {n}" for k, n in sorted(figures.assemblies.items()))
        lines += [
            f"Outcome   {self.result.outcome}: {counts}; {figures.cast} of "
            f"{figures.seats} seats cast a vote, {figures.quorum} were needed",
        ]
        if self.result.ranked is not None:
            chosen = ", ".join(self.result.ranked.chosen) or "nothing"
            lines.append(
                f"          by {self.result.method}, first choices as above; picked: "
                f"{chosen}, which {self.result.ranked.wanted} rank above keeping"
            )
        if figures.weights is not None:
            weights = ", ".join(f"{k} {w}" for k, w in sorted(figures.weights.items()))
            lines.append(f"          counted by weight: {weights}")
        if figures.members is not None:
            people = ", ".join(f"{k} {n}" for k, n in sorted(figures.members.items()))
            lines.append(f"          counted by members: {people}")
        lines += [
            f"Result    {canonical.digest_of(_bytes_of(self.result))}",
            f"Attested  by {len(by)} of {compact.n} assemblies, where {compact.t} are "
            f"needed: {', '.join(map(self._named, by)) or 'nobody'}",
        ]
        return [*lines, *self._in_force(compact)]

    def _in_force(self, compact: Compact) -> Iterator[str]:
        ratified = self.ratification
        if ratified is not None and ratified.result is not None:
            figures, by = ratified.result.figures, ratified.attested_by
            yield (
                f"Ratified  by {figures.assemblies[RATIFY]} of {figures.seats} "
                f"assemblies, where {figures.quorum} are needed; "
                f"{figures.assemblies[REFUSE]} refused. Attested by {len(by)} of "
                f"{compact.n}"
            )
        says = {True: "yes", False: "no", None: "these records do not say"}
        bound = ""
        if self.in_force:
            bound = f"; it binds {', '.join(map(self._named, self.bound)) or 'nobody'}"
        yield f"In force  {says[self.in_force]}{bound}"

    def _said_of(self, left_out: Iterable[LeftOut]) -> list[str]:
        return [
            f"{self._named(each.assembly)}, revision {each.revision}: {each.rule}. "
            f"{each.says}"
            for each in left_out
        ]

    def _place(self, difference: Difference) -> str:
        place = f"Line {difference.line}"
        if difference.assembly is not None:
            place += f", {self._named(difference.assembly)}"
        if difference.seq is not None:
            place += f", entry {difference.seq}"
        return f"{place}:"

    def _named(self, assembly: str | None) -> str:
        if assembly is None:
            return "The proposal"
        return self.names.get(assembly, f"{assembly[:19]}…")

    def _listed(self, heading: str, items: list[str] | tuple[str, ...]) -> list[str]:
        return ["", heading, *(f"  · {item}" for item in items)] if items else []


def result_bytes(of: Standing | Report) -> bytes | None:
    """Return the canonical bytes of the result that a node, or a check, worked out.

    These are the same wherever it is worked out; None where it cannot be yet.
    """
    return None if of.result is None else _bytes_of(of.result)


def shown(text: str) -> str:
    """Return a text that is safe on a terminal: one line, nothing but characters."""
    return "".join(each if each.isprintable() else "�" for each in text)


def _bytes_of(result: Result) -> bytes:
    return canonical.canonical(verification.result_document(result))


def _left_out(of: LeftOut) -> JsonObject:
    return {
        "assembly": of.assembly,
        "seat": of.seat,
        "revision": of.revision,
        "digest": of.digest,
        "rule": of.rule,
        "says": of.says,
    }


def _ratified(of: Ratified) -> JsonObject:
    data = None if of.result is None else _bytes_of(of.result)
    return {
        "outcome": None if of.result is None else of.result.outcome,
        "result_hash": None if data is None else canonical.digest_of(data),
        "attested_by": [*of.attested_by],
        "left_out": [_left_out(each) for each in of.left_out],
        "dissents": [_difference(each) for each in of.dissents],
    }


def _difference(of: Difference) -> dict[str, JsonValue]:
    return {"line": of.line, "assembly": of.assembly, "seq": of.seq, "says": of.says}


_HEADINGS: Final[Mapping[Verdict, str]] = {
    Verdict.VERIFIED: "Verified: the signed records of this compact give this result.",
    Verdict.DIFFERS: "It differs. The first difference:",
    Verdict.INCOMPLETE: "Incomplete: this cannot be said to be verified.",
}
