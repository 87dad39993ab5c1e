"""A proposal to all assemblies: its frozen text, how each seat stands, the result."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical
from confederation.confederal.council import Attested, Standing, State
from confederation.confederal.holding import Holding
from confederation.confederal.ratifying import Stage
from confederation.errors import Filled
from confederation.identifiers import Digest, OptionId
from confederation.record import Entry, Proposal
from instance import bundle, chamber, verification
from instance.desk import Desk
from instance.store import jurisdiction_notes, posts
from instance.web import moments, naming, states, visits
from instance.web.afterwards import carrying
from instance.web.afterwards.carrying import Carrying
from instance.web.confederal import (
    choosing,
    dissents,
    instructions,
    last_heard,
    our_turn,
    paper_votes,
    placing,
    putting_again,
    ratifying,
    referring,
    seats,
    standings,
)
from instance.web.confederal.choosing import Choice, ChoiceView
from instance.web.confederal.dissents import Beside
from instance.web.confederal.evidence import Admitting, beside
from instance.web.confederal.last_heard import Heard
from instance.web.confederal.placing import LevelView
from instance.web.confederal.ratifying import Ending
from instance.web.confederal.seats import SeatView
from instance.web.deciding import figures
from instance.web.deciding.figures import Step
from instance.web.fediverse.posts import Elsewhere, elsewhere
from instance.web.languages import N_
from instance.web.matters import translations
from instance.web.naming import Named, Words
from instance.web.rendering import render
from instance.web.site import Site
from instance.web.states import Badge
from instance.web.visits import Member

MOST_LISTED = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A proposal in a list."""

    digest: str
    title: Words
    begins: Words | None
    state: Badge
    by: Named
    closes: datetime
    closed: bool
    settled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseView:
    n: int
    text: Words
    amounts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestedView:
    """A result, its digest, and who attests it."""

    outcome: Badge
    digest: str
    by: tuple[str, ...]
    dissents: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ContradictionView:
    of: str
    says: str
    a: str
    b: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultView:
    """What this node computed, or what was confirmed, with the arithmetic."""

    outcome: Badge
    confirmed: bool
    summary: tuple[str, ...]
    steps: tuple[Step, ...]
    ranked: ChoiceView | None
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalPage:
    """Everything that a page about a proposal shows."""

    digest: str
    title: Words
    by: Named
    published: datetime
    ahead: bool
    opens: datetime
    closes: datetime
    clauses: tuple[ClauseView, ...]
    options: tuple[Words, ...]
    choice: Choice | None
    method: str
    compact: str
    n: int
    t: int
    issue: str | None
    amends: str | None
    amended_by: tuple[tuple[str, str], ...]
    theme: str
    bearers: tuple[str, ...]
    decision: str
    state: Badge
    open: bool
    meaning: str
    ratify: bool
    ending: Ending | None
    waiting_for: tuple[str, ...]
    replaceable: bool
    may_be_put_again: bool
    seats: tuple[SeatView, ...]
    result: ResultView | None
    finals: tuple[str, ...]
    opened_by: tuple[str, ...]
    attested: tuple[AttestedView, ...]
    contradictions: tuple[ContradictionView, ...]
    heard: tuple[Heard, ...]
    level: LevelView | None
    elsewhere: Elsewhere
    change: str | None = None
    admits: tuple[Admitting, ...] = ()
    carrying: Carrying
    beside: Beside | None


def lines(desk: Desk, *, most: int = MOST_LISTED) -> list[Line]:
    """List the proposals held here, those that are still going on first."""
    found = [
        line(desk, entry)
        for entry in sorted(
            chamber.proposals(desk), key=lambda entry: entry.published, reverse=True
        )[:most]
    ]
    return sorted(found, key=lambda each: each.settled)


def line(desk: Desk, entry: Entry) -> Line:
    fact = entry.fact
    assert isinstance(fact, Proposal)
    held = chamber.holding(desk, entry)
    course = None if held is None else standings.course(desk, held)
    return Line(
        digest=entry.digest,
        title=naming.words(desk, fact.title),
        begins=naming.begins(desk, fact),
        state=states.of_course(course),
        by=naming.assembly(desk, entry.assembly),
        closes=fact.closes,
        closed=fact.closes <= desk.now,
        settled=course is None
        or (course.vote.state in states.SETTLED and course.state != Stage.RATIFYING),
    )


def view(desk: Desk, digest: str, *, member: bool = False) -> ProposalPage:
    """Show a proposal as this node sees it.

    Raises:
        Unknown: no such proposal is held here.
    """
    entry = chamber.proposal(desk, digest)
    fact = entry.fact
    assert isinstance(fact, Proposal)
    held = chamber.holding(desk, entry)
    names = instructions.labels(desk, fact)
    course = None if held is None else standings.course(desk, held)
    standing = None if course is None else course.vote
    return ProposalPage(
        digest=entry.digest,
        title=naming.words(desk, fact.title),
        by=naming.assembly(desk, entry.assembly),
        published=entry.published,
        ahead=moments.ahead(desk, entry.published),
        opens=fact.opens,
        closes=fact.closes,
        clauses=tuple(
            ClauseView(
                n=clause.n,
                text=naming.words(desk, clause.text),
                amounts=tuple(sorted(clause.amounts.items())),
            )
            for clause in fact.clauses
        ),
        options=tuple(names.values()),
        choice=choosing.view(fact, entry.digest, names),
        method=figures.method(fact.method),
        compact=fact.compact,
        n=0 if held is None else held.compact.n,
        t=0 if held is None else held.compact.t,
        issue=fact.issue,
        amends=fact.amends,
        amended_by=tuple(_amended_by(desk, entry)),
        theme=fact.theme,
        bearers=(naming.names(desk, fact.bearers.assemblies) if fact.bearers else ()),
        decision=fact.decision,
        state=states.of_course(course),
        open=standing is not None and standing.state in (State.DRAFT, State.OPEN),
        meaning=ratifying.meaning(course) or _meaning(held, standing),
        ratify=fact.ratify,
        ending=None if course is None else ratifying.ending(desk, course),
        waiting_for=()
        if standing is None
        else naming.names(desk, standing.waiting_for),
        replaceable=standing is not None and standing.replaceable,
        may_be_put_again=putting_again.may(course),
        seats=(
            () if held is None or standing is None else seats.view(desk, held, standing)
        ),
        result=None if standing is None else _result(standing, fact, names),
        finals=() if standing is None else naming.names(desk, standing.finals),
        opened_by=() if standing is None else naming.names(desk, standing.opened_by),
        attested=() if standing is None else tuple(_attested(desk, standing)),
        contradictions=() if standing is None else _contradictions(desk, standing),
        heard=()
        if held is None
        else last_heard.of(desk, (each.assembly for each in held.compact.members)),
        elsewhere=elsewhere(desk, posts.carrier_of(desk.connection, entry.digest)),
        change=fact.compact_next,
        admits=beside(desk, fact),
        carrying=carrying.of_proposal(desk, entry),
        beside=dissents.beside_result(desk, held, standing, member=member),
        level=placing.view(desk, entry, held),
    )


def _amended_by(desk: Desk, entry: Entry) -> Iterator[tuple[str, str]]:
    """Name the texts that were put in the place of this one, in a line each."""
    for each in chamber.proposals(desk):
        if isinstance(each.fact, Proposal) and each.fact.amends == entry.digest:
            title = naming.words(desk, each.fact.title)
            yield each.digest, naming.in_a_line(title, naming.begins(desk, each.fact))


def _meaning(held: Holding | None, standing: Standing | None) -> str:
    """Say in a sentence what a state means for whoever reads it."""
    if held is None or standing is None:
        return N_(
            "The compact under which this was proposed is not known here, so this "
            "node cannot say how it stands."
        )
    n, t = held.compact.n, held.compact.t
    match standing.state:
        case State.DRAFT:
            return Filled(
                "It opens once {t} of the {n} assemblies have stated that they "
                "received it. After that nobody can stop it.",
                t=t,
                n=n,
            )
        case State.OPEN:
            return N_(
                "Each assembly decides for itself on this very text and binds its "
                "delegate. Until closing, a vote may still change."
            )
        case State.CLOSING:
            return N_(
                "Votes are no longer taken. Each assembly now says, once and for all, "
                "which votes had reached it in time."
            )
        case State.DETERMINED:
            return Filled(
                "Provisional: this node has counted, and nothing that could still "
                "arrive changes the count. It holds when {t} of the {n} assemblies "
                "attest the same.",
                t=t,
                n=n,
            )
        case State.CONFIRMED:
            return Filled(
                "At least {t} of the {n} assemblies computed this for themselves and "
                "attest the same result. It stays so.",
                t=t,
                n=n,
            )
        case State.DISPUTED:
            return Filled(
                "Fewer than {t} of the {n} assemblies can still attest the same "
                "result. Nothing is in force; the next step is to put it again.",
                t=t,
                n=n,
            )


def _result(
    standing: Standing, proposal: Proposal, names: Mapping[OptionId, Words]
) -> ResultView | None:
    result = standing.confirmed or standing.result
    if result is None:
        return None
    return ResultView(
        outcome=states.of_result(result),
        confirmed=standing.confirmed is not None,
        summary=figures.summary(result),
        steps=figures.steps(result, proposal),
        ranked=choosing.counted(result, proposal, names),
        digest=canonical.digest(verification.result_document(result)),
    )


def _attested(desk: Desk, standing: Standing) -> Iterable[AttestedView]:
    for each in standing.attestations:
        yield _attested_view(desk, standing, each)


def _attested_view(desk: Desk, standing: Standing, each: Attested) -> AttestedView:
    return AttestedView(
        outcome=states.of_result(each.result),
        digest=canonical.digest(verification.result_document(each.result)),
        by=naming.names(desk, each.by),
        dissents=standing.confirmed is not None and each.result != standing.confirmed,
    )


def _contradictions(desk: Desk, standing: Standing) -> tuple[ContradictionView, ...]:
    return tuple(
        ContradictionView(
            of=naming.assembly(desk, each.of).name,
            says=each.says,
            a=each.a.digest,
            b=each.b.digest,
        )
        for each in standing.contradictions
    )


def beside_clauses(
    desk: Desk, digest: str, member: Member | None
) -> translations.Beside | None:
    """Say in which language the clauses of a proposal are, with their translations."""
    fact = chamber.proposal(desk, digest).fact
    assert isinstance(fact, Proposal)
    return translations.view(desk, [clause.text for clause in fact.clauses], member)


def routes(site: Site) -> list[Route]:
    node = site.node

    async def list_page(request: Request) -> Response:
        found = await node.look(lines)
        return render(request, "proposals.html", lines=found)

    async def page(request: Request) -> Response:
        digest = f"sha256:{request.path_params['hex']}"
        member = visits.signed_in(request)
        shown, turn, referred, ours, papers, note, translated = await node.look(
            lambda desk: (
                view(desk, digest, member=member is not None),
                None if member is None else our_turn.view(desk, Digest(digest), member),
                None if member is None else referring.view(desk, Digest(digest)),
                None
                if member is None
                else ratifying.view(desk, Digest(digest), member),
                paper_votes.of_proposal(desk, Digest(digest)),
                jurisdiction_notes.of(desk.connection, digest),
                beside_clauses(desk, digest, member),
            )
        )
        return render(
            request,
            "proposal.html",
            page=shown,
            turn=turn,
            referred=referred,
            ours=ours,
            papers=papers,
            jurisdiction=note,
            beside=translated,
        )

    async def download(request: Request) -> Response:
        digest = f"sha256:{request.path_params['hex']}"
        data = await node.look(lambda desk: bundle.export(desk, digest))
        return Response(
            data,
            media_type="application/jsonl",
            headers={"content-disposition": 'attachment; filename="decision.bundle"'},
        )

    return [
        site.page("/proposals", list_page),
        site.page("/proposals/{hex}", page),
        site.page("/proposals/{hex}/bundle", download),
    ]
