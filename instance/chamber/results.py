"""A confirmed result is told once, to whoever follows."""

from collections.abc import Mapping, Set
from typing import Final

from confederation import record
from confederation.confederal import ratifying
from confederation.identifiers import AssemblyId, Digest
from confederation.record import Entry, Proposal
from instance import carriers, speech
from instance.carriers import Carrier
from instance.chamber.held import holding, proposals, record_of
from instance.chamber.standings import course
from instance.desk import Desk
from instance.languages import N_, phrased
from instance.store import posts

OUTCOMES: Final[Mapping[str, str]] = {
    "adopted": N_("adopted"),
    "rejected": N_("rejected"),
    "no quorum": N_("no quorum"),
    "withdrawn": N_("withdrawn"),
    "returned": N_("returned"),
    "in force": N_("in force"),
    "not in force": N_("not in force"),
}
RESULT: Final = "Result"


def tell_results(desk: Desk, assembly: AssemblyId) -> None:
    """Tell each confirmed result once, and add it to the post that opened the vote.

    An assembly tells what it attested; what opened the vote is its own post or none.
    """
    kept = record_of(desk, assembly)
    if kept is None:
        return
    told = posts.told_about(desk.connection, kind=RESULT)
    attested = {fact.proposal for _, fact in kept.facts(record.Attestation)}
    for entry in proposals(desk):
        if entry.digest not in attested:
            continue
        assert isinstance(entry.fact, Proposal)
        if entry.digest not in told:
            _tell_result(desk, entry)
        # What was attested of a ratification names the result, which the vote gives.
        if entry.fact.ratify and (attested - told - {entry.digest}):
            _tell_ratified(desk, entry, attested - told)


def _tell_result(desk: Desk, entry: Entry) -> None:
    held = holding(desk, entry)
    if held is None:
        return
    now = ratifying.course(held, desk.now)
    if now.vote.confirmed is None:
        return
    attested = next(a for a in now.vote.attestations if a.result == now.vote.confirmed)
    post = carriers.result(
        desk,
        entry,
        now.vote.confirmed,
        attested_by=len(attested.by),
        ratified_until=now.closes,
    )
    _tell(desk, entry, post, about=entry.digest, says=now.vote.confirmed.outcome)


def _tell_ratified(desk: Desk, entry: Entry, untold: Set[Digest]) -> None:
    now = course(desk, entry)
    if (
        now is None
        or now.result is None
        or now.result not in untold
        or now.ratification is None
        or now.ratification.confirmed is None
    ):
        return
    result = now.ratification.confirmed
    post = carriers.ratified(desk, entry, result, bound=len(now.bound))
    _tell(desk, entry, post, about=now.result, says=result.outcome)


def _tell(desk: Desk, entry: Entry, post: Carrier, *, about: Digest, says: str) -> None:
    speech.say_carrier(desk, post, kind=RESULT, about=about)
    opened = posts.carrier_of(desk.connection, entry.digest)
    if opened is not None:
        html = carriers.headed(phrased("Result: {outcome}.", outcome=OUTCOMES[says]))
        speech.add_to(desk, opened["id"], html + post.html)
