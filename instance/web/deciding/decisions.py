"""What an assembly decided by itself: how, out of how many, and who confirmed it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import record
from confederation.errors import Series, Unknown
from confederation.identifiers import BallotId, Commit, MemberId
from confederation.record import Decision, Entry, MembersCount, Remit, RemitDecision
from instance import archive, chamber
from instance.deciding import choices, sub_assemblies
from instance.desk import Desk
from instance.store import compacts, posts, records
from instance.web import naming, states, visits
from instance.web.afterwards import carrying
from instance.web.afterwards.carrying import Carrying
from instance.web.confederal import dissents
from instance.web.confederal.dissents import Beside
from instance.web.deciding import figures
from instance.web.deciding.figures import Step
from instance.web.fediverse.posts import Elsewhere, elsewhere
from instance.web.languages import N_
from instance.web.matters import translations
from instance.web.naming import Named, Words
from instance.web.rendering import render
from instance.web.site import Site
from instance.web.states import Badge

MOST_LISTED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a decision was about, and the page that shows it, if there is one."""

    says: str
    title: Words | None
    page: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """Whose decision it was, where a sub-assembly decided under its remit.

    ``page`` is that of the sub-assembly, at its own node. ``handed_on`` is the motion
    of the whole assembly that came of it; ``may_hand_on`` the ballot to hand on.
    """

    name: Words
    granted: datetime
    remit: str
    by: str
    stands: bool
    page: str | None
    handed_on: str | None
    may_hand_on: BallotId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    digest: str
    subject: Subject
    outcome: Badge
    by: Named
    at: datetime
    within: Within | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A mandate or another entry that this decision stands behind."""

    says: str
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionPage:
    digest: str
    subject: Subject
    outcome: Badge
    by: Named
    at: datetime
    method: str
    present: int
    members: MembersCount | None
    ways: Series
    chosen: str | None
    supersedes: str | None
    confirmed: bool
    steps: tuple[Step, ...]
    behind: tuple[Given, ...]
    seq: int
    elsewhere: Elsewhere
    carrying: Carrying
    beside: Beside | None
    within: Within | None
    texts: Sequence[Commit]


def lines(desk: Desk, *, most: int = MOST_LISTED) -> list[Line]:
    """List what our assembly decided, the newest first."""
    ours = records.ours(desk.connection)
    if ours is None:
        return []
    rows = records.entries(
        desk.connection, ours.id, types=("Decision", "RemitDecision")
    )
    return list(_lines(desk, (archive.read(desk, row) for row in rows[-most:][::-1])))


def under_remit(desk: Desk, remit: str | None) -> Iterator[Line]:
    """Go through what was decided under a remit of ours, the newest first."""
    rows = records.of_type(desk.connection, "RemitDecision", about=remit or "")
    yield from _lines(desk, (archive.read(desk, row) for row in reversed(rows)))


def _lines(desk: Desk, entries: Iterable[Entry]) -> Iterator[Line]:
    for entry in entries:
        fact = _made(entry)
        if fact is not None:
            yield Line(
                digest=entry.digest,
                subject=_subject(desk, fact),
                outcome=states.of_decision(fact),
                by=naming.assembly(desk, entry.assembly),
                at=entry.published,
                within=_within(desk, entry, None),
            )


def _made(entry: Entry) -> Decision | None:
    """Give what was decided, be it by the whole assembly or under a remit."""
    match entry.fact:
        case Decision() as decision:
            return decision
        case RemitDecision(taken=decision):
            return decision
        case _:
            return None


def view(desk: Desk, digest: str, *, member: MemberId | None = None) -> DecisionPage:
    """Show a decision of one assembly.

    Raises:
        Unknown: no such decision is held here.
    """
    row = records.entry(desk.connection, digest)
    entry = None if row is None else archive.read(desk, row)
    fact = None if entry is None else _made(entry)
    if entry is None or fact is None:
        raise Unknown("No such decision is known here.")
    kept = chamber.record_of(desk, entry.assembly)
    carrier = posts.carrier_of(desk.connection, digest)
    subject = _subject(desk, fact)
    words = None if subject.title is None else subject.title.text
    return DecisionPage(
        digest=digest,
        subject=subject,
        outcome=states.of_decision(fact),
        by=naming.assembly(desk, entry.assembly),
        at=entry.published,
        method=figures.method(fact.method),
        present=fact.present,
        members=fact.members,
        ways=Series(() if fact.members is None else figures.ways(fact.members.basis)),
        chosen=fact.chosen and choices.label(fact.chosen, words),
        supersedes=fact.supersedes,
        confirmed=kept is not None and kept.confirmed(entry),
        steps=figures.decision_steps(fact),
        behind=() if kept is None else tuple(_behind(kept.entries, digest)),
        seq=entry.seq,
        elsewhere=elsewhere(desk, carrier),
        carrying=carrying.of_decision(desk, entry),
        beside=dissents.beside_decision(desk, entry, member)
        if isinstance(entry.fact, Decision)
        else None,
        within=_within(desk, entry, member),
        texts=() if fact.text_commit is None else (fact.text_commit,),
    )


def _within(desk: Desk, entry: Entry, member: MemberId | None) -> Within | None:
    """Say under which remit something was decided; None of the whole assembly."""
    if not isinstance(entry.fact, RemitDecision):
        return None
    row = records.entry(desk.connection, entry.fact.remit)
    granted = None if row is None else archive.read(desk, row)
    if granted is None or not isinstance(granted.fact, Remit):
        raise Unknown("The remit of this decision is not held here.")
    remit, ballot = granted.fact, entry.fact.taken.ballot
    ours = naming.assembly(desk, entry.assembly).ours
    handed_on = (
        sub_assemblies.the(desk, remit.sub_assembly).handed_on.get(ballot)
        if ours
        else None
    )
    passed = entry.fact.taken.outcome == "passed"
    goes_on = ours and passed and not remit.stands and entry.fact.taken.on is None
    return Within(
        name=naming.words(desk, remit.name),
        granted=granted.published,
        remit=granted.digest,
        by=remit.decision,
        stands=remit.stands,
        page=f"/sub-assemblies/{remit.sub_assembly}" if ours else None,
        handed_on=None if member is None else handed_on,
        may_hand_on=ballot
        if goes_on and member is not None and handed_on is None
        else None,
    )


def _subject(desk: Desk, fact: Decision) -> Subject:
    text = naming.some_words(desk, fact.text_commit)
    row = records.entry(desk.connection, fact.on)
    if row is not None:
        about = archive.read(desk, row).fact
        page = naming.in_hex(row["digest"])
        match about:
            case record.Proposal(title=title):
                return Subject(
                    says=N_("On a proposal to all assemblies"),
                    title=naming.words(desk, title),
                    page=f"/proposals/{page}",
                )
            case record.Mandate():
                return Subject(
                    says=N_("On a mandate"), title=text, page=f"/mandates/{page}"
                )
            case _:
                pass
    if fact.on is not None and compacts.document(desk.connection, fact.on) is not None:
        return Subject(
            says=N_("On joining a compact of assemblies"),
            title=text,
            page=f"/compacts/{naming.in_hex(fact.on)}",
        )
    return Subject(says=N_("On a text of our own"), title=text, page=None)


def _behind_it(fact: record.Mandate) -> str:
    return fact.under or fact.decision


def _behind(entries: tuple[Entry, ...], digest: str) -> list[Given]:
    """List what the assembly did by this decision."""
    given = []
    for entry in entries:
        match entry.fact:
            case record.Mandate() as mandate if digest == _behind_it(mandate):
                page = f"/mandates/{naming.in_hex(entry.digest)}"
                given.append(Given(says=N_("A mandate for our delegate"), page=page))
            case record.Recall(decision=decision, mandate=ended) if decision == digest:
                page = f"/mandates/{naming.in_hex(ended)}"
                given.append(Given(says=N_("The recall of a delegate"), page=page))
            case record.Proposal(decision=decision) if decision == digest:
                page = f"/proposals/{naming.in_hex(entry.digest)}"
                given.append(Given(says="A proposal to all assemblies", page=page))
            case record.Remit(decision=decision) if decision == digest:
                page = f"/entries/{naming.in_hex(entry.digest)}"
                given.append(Given(says=N_("The remit of a sub-assembly"), page=page))
            case record.RemitEnd(decision=decision) if decision == digest:
                page = f"/entries/{naming.in_hex(entry.digest)}"
                given.append(Given(says=N_("The end of a remit"), page=page))
            case record.Membership(decision=decision, compact=c) if decision == digest:
                page = f"/compacts/{naming.in_hex(c)}"
                given.append(Given(says=N_("Joining or leaving a compact"), page=page))
            case _:
                pass
    return given


def routes(site: Site) -> list[Route]:
    node = site.node

    async def list_page(request: Request) -> Response:
        found = await node.look(lines)
        return render(request, "decisions.html", lines=found)

    async def page(request: Request) -> Response:
        digest = f"sha256:{request.path_params['hex']}"
        who = visits.signed_in(request)
        me = None if who is None else who.id
        shown, beside = await node.look(
            lambda desk: (
                page := view(desk, digest, member=me),
                translations.view(desk, page.texts, who),
            )
        )
        return render(request, "decision.html", page=shown, beside=beside)

    return [
        site.page("/decisions", list_page),
        site.page("/decisions/{hex}", page),
    ]
