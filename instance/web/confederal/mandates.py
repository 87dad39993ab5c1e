"""What a delegate must do, beside what they did: a promise, and not a contract."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import record
from confederation.confederal.history import Record
from confederation.confederal.mandate import Finding
from confederation.errors import Unknown
from confederation.identifiers import Digest
from confederation.record import Entry, Filed, Instruction, Mandate
from instance import archive, chamber, speech
from instance.confederal import mandates as offered
from instance.desk import Desk
from instance.store import answered_mandates, posts, records
from instance.store.answered_mandates import Said
from instance.web import naming
from instance.web.confederal import instructions, seat_page, seats
from instance.web.confederal.instructions import Orders, Person
from instance.web.confederal.seats import RevisionView, StrayView
from instance.web.fediverse import profiles
from instance.web.fediverse.posts import Elsewhere, elsewhere
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.matters import translations
from instance.web.matters.translations import Beside
from instance.web.naming import Named, Words, in_hex
from instance.web.rendering import render
from instance.web.site import Site, not_found, see_other
from instance.web.states import Badge
from instance.web.visits import Member, signed_in, the_member

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
TAKEN_ON = {
    True: N_("The delegate takes it on."),
    False: N_("The delegate does not take it on."),
}
CHECKED = {
    True: Badge(says=N_("Accepts it"), tone="done"),
    False: Badge(says=N_("Refuses it"), tone="not"),
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
    begins: Words | None
    orders: Orders
    held: bool
    at_large: bool
    options: tuple[Words, ...]
    votes: tuple[RevisionView, ...]
    strays: tuple[StrayView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Whether the delegate takes the mandate on, and what they say to it."""

    says: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the node of a fellow member found when it checked the mandate."""

    by: Named
    state: Badge
    reason: str


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
    within: Words | None
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
    taken_on: Taken | None
    others: tuple[Checked, ...]
    may_answer: bool
    beside: Beside | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegatePage:
    """A delegate in office, by their actor, with every mandate that they were given."""

    person: Person
    by: Named
    mandates: tuple[MandatePage, ...]


def view(desk: Desk, digest: str, member: Member | None = None) -> MandatePage:
    """Show a mandate beside the votes that were cast under it.

    ``member`` is who looks at it: whoever it is offered to may answer.

    Raises:
        Unknown: no such mandate is held here.
    """
    row = records.entry(desk.connection, digest)
    entry = None if row is None else archive.read(desk, row)
    kept = None if entry is None else chamber.record_of(desk, entry.assembly)
    if entry is None or kept is None or not isinstance(entry.fact, Mandate):
        raise Unknown("No such mandate is known here.")
    shown = _view(desk, entry, entry.fact, kept)
    me = None if member is None else member.id
    reasons = [each.reason for each in entry.fact.instructions if each.reason]
    return replace(
        shown,
        may_answer=offered.may_answer(desk, entry.digest, me),
        beside=translations.view(desk, reasons, member),
    )


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
        person=instructions.person(desk, address, ours.id),
        by=naming.assembly(desk, ours.id),
        mandates=tuple(reversed(given)),
    )


def _view(desk: Desk, entry: Entry, fact: Mandate, kept: Record) -> MandatePage:
    ended = _ended_by(entry, kept)
    lacks = chamber.lacks(desk, entry, kept)
    said = answered_mandates.said_to(desk.connection, entry.digest)
    return MandatePage(
        digest=entry.digest,
        by=naming.assembly(desk, entry.assembly),
        holder=instructions.person(desk, fact.holder, entry.assembly),
        state=_state(desk, fact, ended, lacks),
        lacks=None if lacks is None else lacks.says,
        ended_by=None if ended is None else ended.digest,
        compact=fact.compact,
        decision=fact.under or fact.decision,
        below=_below(desk, fact),
        election=fact.election,
        within=_within(desk, fact),
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
        taken_on=next(
            (
                Taken(says=TAKEN_ON[each.accepted], reason=each.reason)
                for each in said
                if each.party == fact.holder
            ),
            None,
        ),
        others=tuple(_checked(desk, said)),
        may_answer=False,
    )


def _within(desk: Desk, fact: Mandate) -> Words | None:
    """Name the sub-assembly that decided on a mandate under its remit, if one did."""
    row = records.entry(desk.connection, fact.under)
    adopted = None if row is None else archive.read(desk, row).fact
    if not isinstance(adopted, record.RemitDecision):
        return None
    remit = records.entry(desk.connection, adopted.remit)
    granted = None if remit is None else archive.read(desk, remit).fact
    if not isinstance(granted, record.Remit):
        return naming.WITHDRAWN
    return naming.words(desk, granted.name)


def _checked(desk: Desk, said: Iterable[Said]) -> Iterator[Checked]:
    for each in said:
        known = records.assembly(desk.connection, each.party)
        if known is not None and not known.ours:
            yield Checked(
                by=naming.assembly(desk, known.id),
                state=CHECKED[each.accepted],
                reason=each.reason,
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


def _below(desk: Desk, fact: Mandate) -> tuple[Named, ...]:
    """Name the assemblies that decided below, where a bearer carries it upwards."""
    row = records.entry(desk.connection, fact.decision)
    asked = None if row is None else archive.read(desk, row).fact
    if not isinstance(asked, record.Proposal):
        return ()
    compact = chamber.compact_of(desk, asked.compact)
    return () if compact is None else tuple(naming.seats(desk, compact))


def _state(
    desk: Desk, fact: Mandate, ended: Entry | None, lacks: Finding | None
) -> Badge:
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
            begins=None,
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
        begins=naming.begins(desk, proposed.fact),
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

    def asked(request: Request) -> Digest:
        return Digest(f"sha256:{request.path_params['hex']}")

    async def page(request: Request) -> Response:
        digest, member = asked(request), signed_in(request)
        shown = await node.look(lambda desk: view(desk, digest, member))
        return render(request, "mandate.html", page=shown)

    async def answer(request: Request, form: Form) -> Response:
        form.only("answer", "reason")
        digest, member = asked(request), the_member(request)
        takes = form.choice("answer", "Your answer", among=("yes", "no")) == "yes"
        reason = form.line("reason", "Why", least=0, most=speech.MOST_IN_REASON)
        await site.work(
            lambda desk: offered.answer(
                desk, digest, member.id, accepted=takes, reason=reason
            )
        )
        return see_other(f"/mandates/{in_hex(digest)}")

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
        site.form("/mandates/{hex}/answer", answer, again=page),
        site.spoken_page("/u/{id}", delegate_page),
    ]
