"""What a delegate must do, beside what they did: a promise, and not a contract."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import mandate, record
from confederation.errors import Unknown
from confederation.history import Record
from confederation.identifiers import Digest
from confederation.record import Entry, Filed, Instruction, Mandate
from instance import archive, chamber, speech
from instance.desk import Desk
from instance.store import posts, records
from instance.web import instructions, naming, profiles, seat_page, seats
from instance.web.instructions import Orders, Person
from instance.web.languages import N_
from instance.web.naming import Named, Words
from instance.web.posts import Elsewhere, elsewhere
from instance.web.rendering import render
from instance.web.seats import RevisionView, StrayView
from instance.web.site import Site, not_found
from instance.web.states import Badge

IN_FORCE = Badge(says=N_("In force"), tone="done")
RECALLED = Badge(says=N_("Ended: the delegate was recalled"), tone="not")
REPLACED = Badge(says=N_("Ended: a later mandate took its place"), tone="quiet")
RUN_OUT = Badge(says=N_("Ended: its time has run out"), tone="quiet")
NOT_YET = Badge(says=N_("Not in force yet"), tone="quiet")
UNFOUNDED = Badge(says=N_("Not the assembly's own act"), tone="not")
DECLARED = {
    "another seat": N_("Holds another seat as a delegate, as they declared."),
    "councillor": N_(
        "Holds a public office by election, as they declared. There the law lets "
        "nobody bind them: this is a political, not a legal, mandate."
    ),
}
REPORTS = {
    "filed": N_("The delegate has reported back."),
    "accepted": N_("The assembly accepted the delegate's report."),
    "not accepted": N_("The assembly did not accept the delegate's report."),
    "awaited": N_("The assembly has asked for the report again."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterView:
    """One matter of a mandate: the instruction, and beside it what was voted."""

    proposal: str
    title: Words
    orders: Orders
    held: bool
    at_large: bool
    options: tuple[Words, ...]
    votes: tuple[RevisionView, ...]
    strays: tuple[StrayView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MandatePage:
    digest: str
    by: Named
    holder: Person
    state: Badge
    lacks: str | None
    ended_by: str | None
    compact: str
    decision: str
    below: tuple[Named, ...]
    election: str
    valid_from: datetime
    valid_until: datetime
    report_due: datetime
    reports: tuple[str, ...]
    confirmed: bool
    declared: tuple[str, ...]
    paper_vote: bool
    theme: str
    supersedes: str | None
    matters: tuple[MatterView, ...]
    seq: int
    elsewhere: Elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegatePage:
    """A delegate in office, by their actor, with every mandate that they were given."""

    person: Person
    by: Named
    mandates: tuple[MandatePage, ...]


def view(desk: Desk, digest: str) -> MandatePage:
    """Show a mandate beside the votes that were cast under it.

    Raises:
        Unknown: no such mandate is held here.
    """
    row = records.entry(desk.connection, digest)
    entry = None if row is None else archive.read(desk, row)
    kept = None if entry is None else chamber.record_of(desk, entry.assembly)
    if entry is None or kept is None or not isinstance(entry.fact, Mandate):
        raise Unknown("No such mandate is known here.")
    return _view(desk, entry, entry.fact, kept)


def delegate(desk: Desk, path: str) -> DelegatePage | None:
    """Show a delegate who has an actor here; None for anybody else."""
    actor = posts.actor(desk.connection, path)
    ours = records.ours(desk.connection)
    kept = None if ours is None else chamber.record_of(desk, ours.id)
    if actor is None or ours is None or kept is None:
        return None
    address = speech.address(desk, path)
    given = [
        _view(desk, entry, fact, kept)
        for entry, fact in kept.facts(Mandate)
        if fact.holder == address
    ]
    return DelegatePage(
        person=instructions.person(desk, address),
        by=naming.assembly(desk, ours.id),
        mandates=tuple(reversed(given)),
    )


def _view(desk: Desk, entry: Entry, fact: Mandate, kept: Record) -> MandatePage:
    ended = _ended_by(entry, kept)
    lacks = _lacks(desk, entry, fact, kept)
    return MandatePage(
        digest=entry.digest,
        by=naming.assembly(desk, entry.assembly),
        holder=instructions.person(desk, fact.holder),
        state=_state(desk, fact, ended, lacks),
        lacks=lacks,
        ended_by=None if ended is None else ended.digest,
        compact=fact.compact,
        decision=fact.decision,
        below=_below(desk, fact),
        election=fact.election,
        valid_from=fact.valid_from,
        valid_until=fact.valid_until,
        report_due=fact.report_due,
        reports=tuple(
            REPORTS[report.state]
            for _, report in kept.facts(record.ReportBack)
            if report.mandate == entry.digest
        ),
        confirmed=kept.confirmed(entry),
        declared=_declared(fact, kept),
        paper_vote=fact.paper_vote,
        theme=fact.theme,
        supersedes=fact.supersedes,
        matters=tuple(_matter(desk, entry, each, kept) for each in fact.instructions),
        seq=entry.seq,
        elsewhere=elsewhere(desk, posts.carrier_of(desk.connection, entry.digest)),
    )


def _declared(fact: Mandate, kept: Record) -> tuple[str, ...]:
    elected = kept.get(fact.election)
    if elected is None or not isinstance(elected.fact, record.Election):
        return ()
    said = elected.fact.declared
    if fact.holder == elected.fact.alternate:
        said = elected.fact.alternate_declared
    return tuple(DECLARED[each] for each in said)


def _ended_by(entry: Entry, kept: Record) -> Entry | None:
    for later, recall in kept.facts(record.Recall, after=entry.seq):
        if recall.mandate == entry.digest:
            return later
    for later, given in kept.facts(Mandate, after=entry.seq):
        if given.supersedes == entry.digest:
            return later
    return None


def _lacks(desk: Desk, entry: Entry, fact: Mandate, kept: Record) -> str | None:
    line = chamber.lineage(desk, fact.compact)
    if line is None:
        return None
    compact = line.newest
    inner = chamber.decided_below(desk, compact, {entry.assembly: kept})
    finding = mandate.founded(entry, kept, compact, inner)
    return None if finding is None else finding.says


def _below(desk: Desk, fact: Mandate) -> tuple[Named, ...]:
    """Name the assemblies that decided below, where a bearer carries it upwards."""
    row = records.entry(desk.connection, fact.decision)
    asked = None if row is None else archive.read(desk, row).fact
    if not isinstance(asked, record.Proposal):
        return ()
    compact = chamber.compact_of(desk, asked.compact)
    return () if compact is None else tuple(naming.seats(desk, compact))


def _state(desk: Desk, fact: Mandate, ended: Entry | None, lacks: str | None) -> Badge:
    if lacks is not None:
        return UNFOUNDED
    if ended is not None:
        return RECALLED if isinstance(ended.fact, record.Recall) else REPLACED
    if fact.valid_until < desk.now:
        return RUN_OUT
    return IN_FORCE if fact.valid_from <= desk.now else NOT_YET


def _matter(
    desk: Desk, entry: Entry, instruction: Instruction, kept: Record
) -> MatterView:
    row = records.entry(desk.connection, instruction.proposal)
    proposed = None if row is None else archive.read(desk, row)
    if proposed is None or not isinstance(proposed.fact, record.Proposal):
        assert isinstance(entry.fact, Mandate)
        at_large = instruction.proposal == Digest(entry.fact.compact)
        return MatterView(
            proposal=instruction.proposal,
            title=seat_page.WHATEVER if at_large else naming.WITHDRAWN,
            orders=instructions.orders(
                desk, instruction, seat_page.LABELS if at_large else {}
            ),
            held=False,
            at_large=at_large,
            options=(),
            votes=(),
            strays=(),
        )
    names = instructions.labels(desk, proposed.fact)
    under = frozenset(_filed_under(entry, instruction, kept))
    votes: tuple[RevisionView, ...] = ()
    strays: tuple[StrayView, ...] = ()
    compact = chamber.compact_of(desk, proposed.fact.compact)
    number = None if compact is None else compact.borne_by(entry.assembly)
    for place, seat in enumerate(seats.of_proposal(desk, proposed)):
        if place == number:
            votes = tuple(each for each in seat.revisions if each.entry in under)
            strays = tuple(each for each in seat.strays if each.mandate == entry.digest)
    return MatterView(
        proposal=instruction.proposal,
        title=naming.words(desk, proposed.fact.title),
        orders=instructions.orders(desk, instruction, names),
        held=True,
        at_large=False,
        options=tuple(names.values()),
        votes=votes,
        strays=strays,
    )


def _filed_under(entry: Entry, instruction: Instruction, kept: Record) -> Iterable[str]:
    """Give the filings under a mandate, and those that took such a vote back."""
    under = False
    for filing, filed in kept.facts(Filed):
        if filed.proposal != instruction.proposal:
            continue
        if filed.document is not None:
            under = filed.document.mandate == entry.digest
        if under:
            yield filing.digest


def routes(site: Site) -> list[Route]:
    node = site.node

    async def page(request: Request) -> Response:
        digest = f"sha256:{request.path_params['hex']}"
        shown = await node.look(lambda desk: view(desk, digest))
        return render(request, "mandate.html", page=shown)

    async def delegate_page(request: Request) -> Response:
        path = f"u/{request.path_params['id']}"
        own = await node.look(lambda desk: profiles.ours(desk, path))
        if own is not None:
            return render(request, "person.html", page=own)
        shown = await node.look(lambda desk: delegate(desk, path))
        if shown is None:
            raise not_found()
        return render(request, "delegate.html", page=shown)

    return [
        site.page("/mandates/{hex}", page),
        site.spoken_page("/u/{id}", delegate_page),
    ]
