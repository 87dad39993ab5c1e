"""Which statements this node holds about a proposal, and where two results differ.

A local report: what is counted follows from the certified revisions alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical
from confederation.confederal import correction, statements
from confederation.confederal.council import Standing
from confederation.confederal.holding import Holding
from confederation.errors import Unknown
from confederation.identifiers import Digest
from confederation.membership.member import Role
from confederation.record import Correction, Counted, Result
from instance import chamber, verification
from instance.desk import Desk
from instance.store import records
from instance.web import asking, naming, states
from instance.web.confederal import standings
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.naming import Named, Words
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.states import Badge

CORRECTERS: Final[tuple[Role, ...]] = ("clerk",)
RULES: Final = {
    None: N_("counted"),
    "superseded": N_("left out: a later one takes its place"),
    "withdrawn": N_("left out: it was withdrawn"),
    "seat emptied": N_("left out: the seat is empty"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one assembly has stated about a proposal, as far as it is held here.

    ``finals`` and ``attested`` are digests of entries; more than one of either is a
    contradiction.
    """

    assembly: Named
    received: bool
    revisions: int
    finals: tuple[str, ...]
    attested: tuple[str, ...]
    outcomes: tuple[Badge, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """A revision that two results do not list alike, as each of them has it."""

    assembly: Named
    revision: int
    digest: str
    here: str
    there: str
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A result that some attest beside the one that most do, or that is confirmed."""

    by: tuple[str, ...]
    outcome: Badge
    digest: str
    apart: tuple[Apart, ...]
    ours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionView:
    by: Named
    result_hash: str
    differing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementsPage:
    digest: str
    title: Words
    state: Badge
    n: int
    t: int
    said: tuple[Said, ...]
    first: Badge | None
    first_by: tuple[str, ...]
    first_digest: str | None
    confirmed: bool
    disputed: bool
    comparisons: tuple[Comparison, ...]
    corrections: tuple[CorrectionView, ...]
    may_correct: bool
    missing: tuple[str, ...]


def view(desk: Desk, digest: str) -> StatementsPage:
    """Show the statements held about a proposal, and compare what is attested.

    Raises:
        Unknown: the proposal, or its compact, is not held here.
    """
    entry = chamber.proposal(desk, digest)
    held = chamber.holding(desk, entry)
    if held is None:
        raise Unknown("The compact of this proposal is not known here.")
    stands = standings.standing(desk, held)
    first = stands.attestations[0] if stands.attestations else None
    return StatementsPage(
        digest=digest,
        title=naming.words(desk, held.text.title),
        state=states.of_proposal(stands),
        n=held.compact.n,
        t=held.compact.t,
        said=tuple(_said(desk, held)),
        first=None if first is None else states.of_result(first.result),
        first_by=() if first is None else naming.names(desk, first.by),
        first_digest=None if first is None else _hash(first.result),
        confirmed=stands.confirmed is not None,
        disputed=stands.state in states.SETTLED and stands.confirmed is None,
        comparisons=tuple(_comparisons(desk, held, stands)),
        corrections=tuple(_corrections(desk, held)),
        may_correct=_may_correct(desk, held, stands),
        missing=stands.missing,
    )


def _said(desk: Desk, held: Holding) -> Iterator[Said]:
    for seat in held.compact.members:
        heard = statements.hear(
            held.compact,
            statements.on(held.proposal),
            {seat.assembly: held.held(seat.assembly)},
        )
        yield Said(
            assembly=naming.assembly(desk, seat.assembly),
            received=bool(heard.opened_by),
            revisions=len(heard.witnesses),
            finals=tuple(final.entry.digest for final in heard.finals),
            attested=tuple(each.digest for _, each, _ in heard.attestations),
            outcomes=tuple(
                states.of_result(fact.result) for _, _, fact in heard.attestations
            ),
        )


def _comparisons(desk: Desk, held: Holding, stands: Standing) -> Iterator[Comparison]:
    ours = records.ours(desk.connection)
    for each in stands.attestations[1:]:
        first = stands.attestations[0].result
        yield Comparison(
            by=naming.names(desk, each.by),
            outcome=states.of_result(each.result),
            digest=_hash(each.result),
            apart=tuple(_apart(desk, held, first, each.result)),
            ours=ours is not None and ours.id in each.by,
        )


def _apart(desk: Desk, held: Holding, first: Result, other: Result) -> Iterator[Apart]:
    for seat, revision, digest in dict.fromkeys(
        (each.seat, each.revision, each.digest)
        for each in correction.differing(first, other)
    ):
        # Below the seats stand the proposer's withdrawal and, from -2 on, each seat's
        # calling back.
        place = seat if seat >= 0 else -seat - 2
        whose = held.proposal.assembly
        if place >= 0:
            whose = held.compact.members[place].assembly
        yield Apart(
            assembly=naming.assembly(desk, whose),
            revision=revision,
            digest=digest,
            here=_lists(first.certified, digest),
            there=_lists(other.certified, digest),
            held=any(
                kept.get(digest) is not None
                for every in held.all_records().values()
                for kept in every
            ),
        )


def _lists(certified: Iterable[Counted], digest: Digest) -> str:
    listed = next((each for each in certified if each.digest == digest), None)
    return N_("not there") if listed is None else RULES[listed.rule]


def _corrections(desk: Desk, held: Holding) -> Iterator[CorrectionView]:
    for seat in held.compact.members:
        for kept in held.held(seat.assembly)[:1]:
            attested = correction.own(kept, held.proposal.digest)
            for entry, fact in kept.facts(Correction):
                if attested is not None and fact.attestation == attested[0]:
                    yield CorrectionView(
                        by=naming.assembly(desk, entry.assembly),
                        result_hash=fact.result_hash,
                        differing=fact.differing,
                    )


def _may_correct(desk: Desk, held: Holding, stands: Standing) -> bool:
    ours = records.ours(desk.connection)
    kept = None if ours is None else chamber.record_of(desk, ours.id)
    attested = None if kept is None else correction.own(kept, held.proposal.digest)
    return (
        kept is not None
        and attested is not None
        and stands.confirmed not in (None, attested[1].result)
        and correction.corrected(kept, attested[0]) is None
    )


def _hash(result: Result) -> str:
    return canonical.digest(verification.result_document(result))


def routes(site: Site) -> list[Route]:
    node = site.node

    async def page(request: Request) -> Response:
        digest = asking.digest(request)
        shown = await node.look(lambda desk: view(desk, digest))
        return render(request, "statements.html", page=shown)

    async def correct(request: Request, form: Form) -> Response:
        asking.an_officer(request, *CORRECTERS)
        form.only()
        digest = asking.digest(request)
        await site.work(lambda desk: chamber.correct(desk, digest))
        return see_other(request.url.path.removesuffix("/correct"))

    return [
        site.page("/proposals/{hex}/statements", page),
        site.form("/proposals/{hex}/statements/correct", correct, again=page),
    ]
