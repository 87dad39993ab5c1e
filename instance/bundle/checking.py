"""A decision is worked out again from the signed records, and from nothing else.

No clock, no network, no key of ours: two people with the same bundle and the same
compact's digest come to the same report.
"""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Final

from activitypub import canonical
from activitypub.canonical import JsonValue
from confederation.confederal import (
    bearing,
    council,
    new_key,
    ratifying,
    statements,
    versions,
)
from confederation.confederal import compact as compacts
from confederation.confederal.bearing import Inner
from confederation.confederal.compact import Compact
from confederation.confederal.council import Standing, State
from confederation.confederal.evidence import DEFAULT
from confederation.confederal.history import Contradiction, Record
from confederation.confederal.holding import Holding, rivals
from confederation.confederal.new_key import Given
from confederation.confederal.ratifying import Stage
from confederation.confederal.versions import Lineage
from confederation.errors import Invalid
from confederation.identifiers import AssemblyId, CompactId, Digest
from confederation.record import Attestation, Entry, KeyEvent, Proposal, Unread
from instance.bundle import contents, sentences
from instance.bundle.contents import Contents, Differs, Unverifiable
from instance.bundle.report import (
    NO_RESULT,
    NOT_CHECKED,
    Difference,
    Ratified,
    Report,
    Verdict,
    result_bytes,
)
from instance.bundle.sentences import Sentences
from instance.errors import Misused
from instance.verification import result_document

_HEX: Final = re.compile("[0-9a-f]{64}")


def verify(data: bytes, compact: str | None = None) -> Report:
    """Check a bundle and work its decision out again, offline.

    Args:
        data: the whole bundle, as it was written or fetched.
        compact: the digest of the compact that the reader trusts: of the version that
            the proposal names, with or without ``sha256:``. None to check the bundle
            only in itself, which is never *verified*.

    Raises:
        Misused: `compact` is not a digest.

    See docs/reference/bundle.md.
    """
    given = None if compact is None else _digest(compact)
    try:
        return _report(contents.read(data, given=given), given)
    except Differs as difference:
        return Report(
            verdict=Verdict.DIFFERS,
            compact_given=given,
            difference=Difference(
                line=difference.line,
                assembly=difference.assembly,
                seq=difference.seq,
                says=str(difference),
            ),
        )
    except Unverifiable as reason:
        return Report(
            verdict=Verdict.INCOMPLETE, compact_given=given, missing=(str(reason),)
        )


def _digest(compact: str) -> str:
    digits = compact.strip().lower().removeprefix("sha256:")
    if not _HEX.fullmatch(digits):
        raise Misused(
            "{compact!r} is not a compact's digest: that is 'sha256:' and 64 hex "
            "digits.",
            compact=compact[:80],
        )
    return f"sha256:{digits}"


def _report(found: Contents, given: str | None) -> Report:
    """Work a decision out from a bundle whose signatures and chains all held."""
    about = Report(
        verdict=Verdict.INCOMPLETE,
        compact_given=given,
        compact=found.compact,
        proposal=found.header.proposal,
        names=sentences.names_of(found),
        missing=found.missing,
        not_proved=(
            *((sentences.WHOSE,) if given is None else ()),
            sentences.HALLS,
            sentences.TIMES,
            sentences.LATER,
        ),
    )
    try:
        held = _holding(found)
        stands = council.standing(held)
    except (Unverifiable, Invalid) as reason:
        return replace(about, missing=(*about.missing, str(reason)))
    return _judged(about, found, held, stands)


def _judged(about: Report, found: Contents, held: Holding, stands: Standing) -> Report:
    says = Sentences(
        found=found,
        held=held,
        stands=stands,
        names=about.names,
        line=_lineage(found),
        below=tuple(_contradictions_below(found)),
    )
    ours = result_bytes(stands)
    attested = _attested(found, held, held.proposal.digest)
    others = tuple(_dissents(found, attested, ours))
    settled = ours is not None and stands.confirmed == stands.result
    disagreed = not settled and (
        stands.state is State.DISPUTED
        or (ours is not None and stands.confirmed is not None)
    )
    unread = tuple(says.unread())
    judged = replace(
        about,
        title=sentences.words(found, held.text.title),
        result=stands.result,
        attested_by=tuple(
            seat.assembly
            for seat in held.compact.members
            if any(e.assembly == seat.assembly and r == ours for e, r in attested)
        ),
        left_out=tuple(says.left_out()),
        dissents=others,
        minorities=tuple(says.minorities()),
        contradictions=tuple(says.contradictions()),
        proved=tuple(says.proved()),
        not_proved=(
            *about.not_proved,
            *says.doubts(),
            *(unread if settled else ()),
        ),
    )
    # What cannot be read here may be why ours is another result than theirs.
    if disagreed and others and not unread:
        return replace(judged, verdict=Verdict.DIFFERS, difference=others[0])
    ended = _ended(found, held, stands, says)
    judged = replace(
        judged,
        in_force=ended.in_force,
        bound=ended.bound,
        ratification=ended.ratified,
        contradictions=(*judged.contradictions, *ended.contradictions),
        proved=(*judged.proved, *ended.proved),
    )
    if ended.difference is not None and not unread:
        return replace(judged, verdict=Verdict.DIFFERS, difference=ended.difference)
    missing = (
        *about.missing,
        *says.wanting(about.compact_given),
        *ended.missing,
        *(() if settled and not ended.missing else unread),
    )
    if missing:
        return replace(judged, missing=missing)
    if not settled:
        return replace(judged, missing=(NO_RESULT,))
    if about.compact_given is None:
        return replace(judged, missing=(NOT_CHECKED,))
    return replace(judged, verdict=Verdict.VERIFIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """What became of a result: in force, or not, or not to be said from here."""

    in_force: bool | None = None
    bound: tuple[AssemblyId, ...] = ()
    ratified: Ratified | None = None
    contradictions: tuple[str, ...] = ()
    proved: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    difference: Difference | None = None


def _ended(found: Contents, held: Holding, stands: Standing, vote: Sentences) -> _Ended:
    """Work out whether a result is in force, and whom it binds."""
    now = ratifying.course(held)
    if stands.confirmed is None:
        return _Ended()
    if now.ratification is None or now.result is None:
        return _Ended(in_force=now.state is Stage.IN_FORCE, bound=now.bound)
    ratification = now.ratification
    says = replace(vote, stands=ratification)
    ours = result_bytes(ratification)
    attested = _attested(found, held, now.result)
    others = tuple(_dissents(found, attested, ours))
    settled = ours is not None and ratification.confirmed == ratification.result
    disagreed = ratification.state is State.DISPUTED or (
        not settled and ours is not None and ratification.confirmed is not None
    )
    told = {*vote.contradictions()}
    return _Ended(
        in_force=None if not settled else now.state is Stage.IN_FORCE,
        bound=now.bound if settled else (),
        ratified=Ratified(
            result=ratification.result,
            attested_by=tuple(
                seat.assembly
                for seat in held.compact.members
                if any(e.assembly == seat.assembly and r == ours for e, r in attested)
            ),
            left_out=tuple(says.left_out()),
            dissents=others,
        ),
        contradictions=tuple(e for e in says.contradictions() if e not in told),
        proved=tuple(says.ratified()),
        missing=tuple(f"Of the ratification: {each}" for each in says.unsettled()),
        difference=others[0] if disagreed and others else None,
    )


def _holding(found: Contents) -> Holding:
    """Hold what a node would hold that had these records, and no clock.

    Raises:
        Differs: what line 1 names is not a proposal under this compact, or a record
            goes on under a key that nobody gave to its assembly.
        Unverifiable: what is needed to judge it is not here.
    """
    _check_given(found, given := _given(found))
    proposal = _entry(found, Digest(found.header.proposal))
    if proposal is None:
        if found.missing:
            raise Unverifiable("The proposal that line 1 names is not here.")
        raise Differs("No record here holds the proposal that is named.", line=1)
    line = found.line_of(proposal)
    if isinstance(proposal.fact, Unread):
        raise Unverifiable("The proposal is of a kind that this program cannot read.")
    if not isinstance(proposal.fact, Proposal):
        raise Differs(f"What is named, in line {line}, is no proposal.", line=1)
    if proposal.fact.compact != found.compact.digest:
        raise Differs(
            "The proposal is under another compact than the one in line 2.",
            line=line,
            assembly=proposal.assembly,
            seq=proposal.seq,
        )
    if _entry(found, proposal.fact.amends) is None and proposal.fact.amends is not None:
        raise Unverifiable("The text that the proposal amends is not here.")
    _check_below(found)
    return _held(found, proposal, given)


def _held(found: Contents, proposal: Entry, given: Collection[Given]) -> Holding:
    """Hold a proposal with the records as far as these keys, given before, lead."""
    assert isinstance(proposal.fact, Proposal)
    known_versions = _versions(found)
    known = (e for kept in found.records.values() for e, _ in kept.facts(Proposal))
    compact = known_versions[proposal.fact.compact]
    from_below = _substitutes(found, compact)
    return Holding(
        compact=compact,
        proposal=proposal,
        records=new_key.all_within({**from_below, **found.records}, given),
        branches=(*found.branches, *_branches_below(found, from_below)),
        evidence=found.evidence,
        amended=_entry(found, proposal.fact.amends),
        rivals=rivals(proposal, known),
        earlier=tuple(known_versions.values()),
        criteria=DEFAULT if found.compact.criteria is None else None,
        next=None
        if proposal.fact.compact_next is None
        else known_versions.get(proposal.fact.compact_next),
        inner=_decided_below(found),
    )


def _substitutes(found: Contents, compact: Compact) -> dict[AssemblyId, Record]:
    """Give the records from below of those who stand in for a seat here."""
    return {
        assembly: found.below[seat.bears].records[assembly]
        for seat in compact.members
        if seat.bears is not None and seat.bears in found.below
        for assembly in seat.substitutes
        if assembly in found.below[seat.bears].records
    }


def _branches_below(
    found: Contents, substitutes: Collection[AssemblyId]
) -> Iterator[Record]:
    for section in found.below.values():
        for branch in section.branches:
            if branch.assembly in substitutes:
                yield branch


def _decided_below(found: Contents) -> dict[Digest, Inner]:
    """Work out what was decided by the compacts that hold a seat here."""
    return {
        digest: decided
        for identity, section in found.below.items()
        for digest, decided in _decided_in(section, identity)
    }


def _decided_in(
    section: Contents, identity: CompactId
) -> Iterator[tuple[Digest, Inner]]:
    """Work out what a compact decided for its seat, under the versions it adopted."""
    for held in _asked_in(section, identity):
        confirmed = council.standing(held).confirmed
        decided = bearing.read(held.compact, held.proposal, confirmed)
        if decided is not None:
            yield held.proposal.digest, decided


def _asked_in(section: Contents, identity: CompactId) -> Iterator[Holding]:
    """Hold each proposal that a compact may have decided for its seat."""
    given, line = _given(section), _lineage(section)
    known = _versions(section)
    in_force = {each.digest for each in line.versions} if line else {Digest(identity)}
    first = known.get(Digest(identity))
    if first is None or not compacts.in_force(first, section.records):
        return
    for kept in section.records.values():
        for entry, text in kept.facts(Proposal):
            if text.compact not in in_force or (text.on or text.bearers) is None:
                continue
            if text.amends is not None and _entry(section, text.amends) is None:
                continue
            yield _held(section, entry, given)


def _contradictions_below(found: Contents) -> Iterator[Contradiction]:
    """Find what those below stated about their decisions that cannot both be meant."""
    for identity, section in found.below.items():
        for held in _asked_in(section, identity):
            yield from statements.contradictions(
                held.compact, held.proposal, held.all_records()
            )


def _versions(found: Contents) -> dict[Digest, Compact]:
    return {each.digest: each for each in (found.compact, *found.earlier)}


def _lineage(found: Contents) -> Lineage | None:
    """Follow the compact from its first version to this one, if both are here.

    A change to a version that is not here counts as well: of two that are adopted
    nobody can say which one holds, and in a bundle stands one of them at most.
    """
    if not found.earlier:
        return None
    known, given = _versions(found), _given(found)
    changes = [
        change
        for kept in found.records.values()
        for entry, text in kept.facts(Proposal)
        if text.compact in known and text.compact_next is not None
        if text.amends is None or _entry(found, text.amends) is not None
        if (change := versions.change(_held(found, entry, given))) is not None
    ]
    return versions.lineage(found.earlier[-1], known, changes)


def _given(found: Contents) -> frozenset[Given]:
    """Find the keys that this compact gave, each by what was settled before it."""
    given: frozenset[Given] = frozenset()
    giving = [
        (entry, text)
        for kept in found.records.values()
        for entry, text in kept.facts(Proposal)
        if text.new_key is not None and text.compact in _versions(found)
    ]
    for _ in giving:
        more = {
            key
            for entry, text in giving
            if text.amends is None or _entry(found, text.amends) is not None
            if (settled := council.standing(_held(found, entry, given)).confirmed)
            and (key := new_key.given(_versions(found)[text.compact], text, settled))
        }
        if more <= given:
            break
        given |= more
    return given


def _check_below(found: Contents) -> None:
    """Check in the bundles from below what can be checked once all of them is read."""
    for section in found.below.values():
        _check_given(section, _given(section))


def _check_given(found: Contents, given: Collection[Given]) -> None:
    """Refuse a key that an assembly says it was given, and was not."""
    for assembly, kept in found.records.items():
        for entry, event in kept.facts(KeyEvent):
            if event.decided is None:
                continue
            if new_key.here(given, assembly, entry.prev) >= {event.key}:
                continue
            decided = _entry(found, event.decided)
            if (
                decided is None
                or not isinstance(decided.fact, Proposal)
                or decided.fact.compact not in _versions(found)
            ):
                raise Unverifiable(
                    "A record here goes on under a key that was given to its assembly "
                    "by a decision which is not here, or under another version of the "
                    "compact."
                )
            raise Differs(
                "The compact did not give this key to the assembly.",
                line=found.line_of(entry),
                assembly=assembly,
                seq=entry.seq,
            )


def _entry(found: Contents, digest: Digest | None) -> Entry | None:
    held = (kept.get(digest) for kept in found.records.values())
    return next((entry for entry in held if entry is not None), None)


def _attested(
    found: Contents, held: Holding, subject: Digest
) -> list[tuple[Entry, bytes]]:
    """Give every result that is attested of a subject, in the order of the lines.

    That is the proposal, or the result that is ratified.
    """
    attested = {
        entry.digest: (entry, canonical.canonical(result_document(fact.result)))
        for every in held.all_records().values()
        for kept in every
        for entry, fact in kept.facts(Attestation)
        if fact.proposal == subject
    }
    return sorted(attested.values(), key=lambda pair: found.line_of(pair[0]))


def _dissents(
    found: Contents, attested: list[tuple[Entry, bytes]], ours: bytes | None
) -> Iterator[Difference]:
    """Find the attestations of another result than the one worked out here.

    Where none could be, those of another than the first.
    """
    whose = "the records give" if ours else "the first one attested says"
    expected = ours or (attested[0][1] if attested else b"")
    for entry, result in attested:
        if result != expected:
            pointer, here, there = _first_difference(
                canonical.read(expected), canonical.read(result)
            )
            yield Difference(
                line=found.line_of(entry),
                assembly=entry.assembly,
                seq=entry.seq,
                says=(
                    f"The result attested here says {there} at {pointer}, where "
                    f"{whose} {here}."
                ),
            )


def _first_difference(
    ours: JsonValue, theirs: JsonValue, pointer: str = ""
) -> tuple[str, str, str]:
    """Find where two documents first differ, and what stands there in each."""
    match ours, theirs:
        case dict(), dict():
            for name in sorted(ours.keys() | theirs.keys()):
                one, other = ours.get(name), theirs.get(name)
                if one != other:
                    return _first_difference(one, other, f"{pointer}/{name}")
        case list(), list():
            for place, (one, other) in enumerate(zip(ours, theirs, strict=False)):
                if one != other:
                    return _first_difference(one, other, f"{pointer}/{place}")
            return pointer, f"{len(ours)} items", f"{len(theirs)} items"
        case _:
            pass
    return pointer, f"{json.dumps(ours):.80}", f"{json.dumps(theirs):.80}"
