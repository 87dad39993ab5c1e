"""Whoever attested something else than was confirmed can see where, and say so.

An attestation stands for good. A correction explains it and never counts.

See docs/reference/record.md, "Correction".
"""

from collections.abc import Callable

from confederation.confederal.council import Standing
from confederation.confederal.history import Record
from confederation.errors import Refused, TooLate
from confederation.identifiers import Digest
from confederation.record import Attestation, Correction, Counted, Result


def differing(one: Result, other: Result) -> tuple[Counted, ...]:
    """Give the revisions that two results do not list alike, by seat and number.

    One that both list, each in its own way, stands there twice, as each has it.
    """
    apart = {*map(_listed, one.certified)} ^ {*map(_listed, other.certified)}
    return tuple(
        sorted(
            (
                counted
                for result in (one, other)
                for counted in result.certified
                if _listed(counted) in apart
            ),
            key=lambda counted: (counted.seat, counted.revision, counted.digest),
        )
    )


def own(record: Record, proposal: Digest) -> tuple[Digest, Attestation] | None:
    """Give an assembly's attestation on a proposal, with its digest; None before."""
    return next(
        (
            (entry.digest, fact)
            for entry, fact in record.facts(Attestation)
            if fact.proposal == proposal
        ),
        None,
    )


def corrected(record: Record, attestation: Digest) -> Correction | None:
    """Give the correction by which an assembly explained an attestation, if any."""
    return next(
        (
            fact
            for _, fact in record.facts(Correction)
            if fact.attestation == attestation
        ),
        None,
    )


def correct(
    record: Record,
    proposal: Digest,
    stands: Standing,
    digest: Callable[[Result], Digest],
) -> Correction:
    """Correct our own attestation, once our node works out what was confirmed.

    Args:
        record: our assembly's own record.
        proposal: the proposal attested.
        stands: how it stands here, whatever was damaged here being mended.
        digest: how a result's document is digested.

    Raises:
        Refused: nothing else was confirmed, or this node works out another result yet.
        TooLate: it is corrected already.
    """
    attested = own(record, proposal)
    if attested is None or stands.confirmed in (None, attested[1].result):
        raise Refused(
            "Our assembly attested nothing that differs from a confirmed result."
        )
    assert stands.confirmed is not None
    if corrected(record, attested[0]) is not None:
        raise TooLate("Our attestation is corrected already.")
    if stands.result != stands.confirmed:
        raise Refused(
            "This node does not work out the confirmed result yet: what is damaged "
            "here is mended first."
        )
    apart = differing(attested[1].result, stands.confirmed)
    return Correction(
        attestation=attested[0],
        result_hash=digest(stands.confirmed),
        differing=tuple(dict.fromkeys(each.digest for each in apart)),
    )


def _listed(counted: Counted) -> tuple[object, ...]:
    return (
        counted.seat,
        counted.revision,
        counted.digest,
        counted.rule,
        tuple(counted.choice),
    )
