"""A minority says why, and its words stay beside what was decided."""

from dataclasses import dataclass

from confederation.identifiers import Commit, Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class MinorityReport:
    """Some who did not agree say why, and it stays beside what was decided.

    ``on`` is the digest of a Decision of the same record, or of the confirmed result of
    ``proposal``. ``signers`` are a commitment for each member who signed: to a name, or
    to *a member*; ``reviewers`` are the two who may withhold a part, put in the same
    way. Both are empty where the assembly itself dissents, by ``decision``.
    """

    on: Digest
    parts: tuple[Commit, ...]
    proposal: Digest | None = None
    signers: tuple[Commit, ...] = ()
    reviewers: tuple[Commit, ...] = ()
    decision: Digest | None = None
    lang: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Withholding:
    """Two reviewers, whom the minority named, withhold a part that targets a person.

    ``part`` is its place in the report, from 1. The words are gone; the gap is shown.
    """

    report: Digest
    part: int
    reviewers: tuple[Commit, ...]
