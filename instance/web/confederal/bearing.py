"""What a compact says in a wider one, step by step, and what came back of it.

Everybody reads it at each node below: what was decided, who carried it, how the seat
voted, and what all decided further up. The clerk of whoever bears the seat carries.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.confederal import substituting
from confederation.confederal.holding import Holding
from confederation.errors import Unknown
from confederation.identifiers import AssemblyId, CompactId, Digest
from confederation.record import Entry, Filed, Mandate, Proposal, ReportBack
from instance import chamber
from instance.confederal import bearing
from instance.confederal.bearing import Borne, Carried
from instance.confederal.confederating import SeatFor
from instance.desk import Desk
from instance.errors import Misused
from instance.store import records
from instance.web import asking, naming, states, visits
from instance.web.confederal import instructions, last_heard, standings
from instance.web.confederal.last_heard import Heard
from instance.web.forms import Form
from instance.web.languages import N_, phrased
from instance.web.naming import Named, Words, in_hex
from instance.web.rendering import render
from instance.web.site import Act, Site, see_other
from instance.web.states import Badge
from instance.web.visits import Member

SAID: Final = {"adopted": "for", "rejected": "against"}
BEARS: Final = Badge(says=N_("Bears the seat"), tone="done")
STANDS_IN: Final = Badge(says=N_("Stands in"), tone="quiet")
MOVED_ON: Final = Badge(says=N_("The seat has moved on"), tone="quiet")


@dataclass(frozen=True, slots=True, kw_only=True)
class BearerView:
    """One who bears a seat or stands in for that, and when its node was last heard."""

    heard: Heard
    state: Badge


@dataclass(frozen=True, slots=True, kw_only=True)
class Voted:
    """What a seat said in a matter further up: who filed it, and how it fared."""

    by: Named
    choice: tuple[Words, ...]
    fate: Badge
    entry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepsView:
    """A matter from what was asked below to what came back.

    ``says`` is what follows for the seat from what was decided below; None where
    nothing is decided, or nothing follows. ``to_do`` is what our clerk can do next.
    Where it ``answers``, it is whether what was adopted is ratified.
    """

    asked: str
    title: Words
    state: Badge
    attested: tuple[str, ...]
    says: str | None
    moves_to: Named | None
    on: str | None
    on_title: Words | None
    recalls: bool
    answers: bool
    carried_by: Named | None
    carried_at: datetime | None
    mandate: str | None
    votes: tuple[Voted, ...]
    outcome: Badge | None
    brought_back: Words | None
    brought_back_at: datetime | None
    report: str | None
    to_do: str | None
    may_vote: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatAbove:
    """A seat that the compact holds in a wider one."""

    wider: str
    identity: str
    purpose: Words | None
    members: tuple[str, ...]
    bearers: tuple[BearerView, ...]
    named_by: str | None
    ours: bool
    joined: bool
    steps: tuple[StepsView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AbovePage:
    digest: str
    purpose: Words | None
    seats: tuple[SeatAbove, ...]
    named: tuple[tuple[str, str], ...]
    may: bool


def view(desk: Desk, digest: Digest, member: Member | None) -> AbovePage:
    """Show what a compact says in wider ones.

    Raises:
        Unknown: it is not known here.
    """
    compact = chamber.compact_of(desk, digest)
    if compact is None:
        raise Unknown("No such compact is known here.")
    held = [b for b in bearing.seats(desk) if b.seat.bears == compact.identity]
    named = [n for n in bearing.named(desk) if n.seat.compact == compact.identity]
    return AbovePage(
        digest=digest,
        purpose=naming.some_words(desk, compact.purpose),
        seats=tuple(_seat(desk, each, named) for each in held),
        named=tuple(
            (
                str(each.proposal),
                ", ".join(naming.names(desk, each.seat.bearers.assemblies)),
            )
            for each in named
        ),
        may=member is not None and "clerk" in member.roles,
    )


def _seat(desk: Desk, borne: Borne, named: list[bearing.Named]) -> SeatAbove:
    us = records.ours(desk.connection)
    now = _bears_now(desk, borne)
    return SeatAbove(
        wider=borne.wider.digest,
        identity=borne.wider.identity,
        purpose=naming.some_words(desk, borne.wider.purpose),
        members=tuple(each.name for each in naming.seats(desk, borne.wider)),
        bearers=tuple(
            BearerView(heard=heard, state=_state(borne, heard.assembly.id, now))
            for heard in last_heard.of(desk, borne.seat.bearers)
        ),
        named_by=next(
            (
                each.proposal
                for each in named
                if each.seat.bearers.assemblies == borne.seat.bearers
            ),
            None,
        ),
        ours=us is not None and us.id == now,
        joined=us is not None and us.id in borne.seat.bearers,
        steps=tuple(_steps(desk, borne, e, now) for e in bearing.carried(desk, borne)),
    )


def _state(borne: Borne, assembly: str, now: AssemblyId) -> Badge:
    if assembly == now:
        return BEARS
    bearers = borne.seat.bearers
    earlier = bearers.index(AssemblyId(assembly)) < bearers.index(now)
    return MOVED_ON if earlier else STANDS_IN


def _bears_now(desk: Desk, borne: Borne) -> AssemblyId:
    """Name who files for a seat in whatever comes next, as far as is known here."""
    held = chamber.held_of(desk, borne.wider)
    to = substituting.moved_to(
        borne.seat,
        borne.wider,
        chamber.decided_below(desk, borne.wider, held),
        {assembly: (kept,) for assembly, kept in held.items()},
    )
    return to or borne.seat.assembly


def _steps(desk: Desk, borne: Borne, each: Carried, now: AssemblyId) -> StepsView:
    text, on, given = each.asked.fact, each.on, each.given
    assert isinstance(text, Proposal)
    decided = each.decided
    standing = chamber.standing(desk, each.asked)
    attested = () if standing is None else standing.attestations
    held = None
    if on is not None and isinstance(on.fact, Proposal):
        held = chamber.holding(desk, on)
    course = None if held is None else standings.course(desk, held)
    report = None if each.brought_back is None else each.brought_back.fact
    moves_to = None
    if decided is not None and decided.outcome == "adopted" and text.bearers:
        moves_to = naming.assembly(desk, text.bearers.assemblies[0])
    return StepsView(
        asked=each.asked.digest,
        title=naming.words(desk, text.title),
        state=states.of_proposal(standing),
        attested=naming.names(desk, attested[0].by) if attested else (),
        says=None if decided is None else SAID.get(decided.outcome),
        moves_to=moves_to,
        on=None if on is None else on.digest,
        on_title=_title(desk, on),
        recalls=on is not None and isinstance(on.fact, Mandate),
        answers=each.answers,
        carried_by=None if given is None else naming.assembly(desk, given.assembly),
        carried_at=None if given is None else given.published,
        mandate=None if given is None else given.digest,
        votes=() if held is None else tuple(_votes(desk, borne, held)),
        outcome=None if course is None else states.of_course(course),
        brought_back=(
            naming.some_words(desk, report.text)
            if isinstance(report, ReportBack)
            else None
        ),
        brought_back_at=(
            None if each.brought_back is None else each.brought_back.published
        ),
        report=None if each.brought_back is None else each.brought_back.digest,
        to_do=_to_do(desk, each, held, now),
        may_vote=_may_vote(desk, each, held, now),
    )


def _title(desk: Desk, on: Entry | None) -> Words | None:
    if on is None or not isinstance(on.fact, Proposal):
        return None
    return naming.words(desk, on.fact.title)


def _votes(desk: Desk, borne: Borne, held: Holding) -> Iterator[Voted]:
    """Go through what the seat filed, over the records of all who bore it."""
    names = instructions.labels(desk, held.text)
    number = held.compact.borne_by(borne.seat.assembly)
    for each in standings.standing(desk, held).revisions:
        if each.seat != number or each.entry is None:
            continue
        filed = each.entry.fact
        vote = filed.document if isinstance(filed, Filed) else None
        yield Voted(
            by=naming.assembly(desk, each.entry.assembly),
            choice=() if vote is None else instructions.chosen(names, vote.choice),
            fate=states.FATES[each.fate],
            entry=each.entry.digest,
        )


def _to_do(
    desk: Desk, each: Carried, held: Holding | None, now: AssemblyId
) -> str | None:
    """Say what the clerk of whoever bears the seat does next, if anything."""
    us, decided = records.ours(desk.connection), each.decided
    if us is None or us.id != now or decided is None or each.on is None:
        return None
    if each.answers:
        return None
    if held is None:
        recalled = decided.outcome == "adopted" and each.given is None
        return "recall" if recalled else None
    ours = each.given is not None and each.given.assembly == us.id
    if not ours and decided.outcome in SAID and desk.now < held.text.closes:
        return "carry"
    confirmed = standings.standing(desk, held).confirmed
    if ours and confirmed is not None and each.brought_back is None:
        return "bring-back"
    return None


def _may_vote(
    desk: Desk, each: Carried, held: Holding | None, now: AssemblyId
) -> str | None:
    """Name the proposal on which our delegate votes next for those below, if any."""
    us = records.ours(desk.connection)
    if us is None or us.id != now or held is None or each.given is None:
        return None
    if each.answers or each.given.assembly != us.id or held.text.closes <= desk.now:
        return None
    filed = any(
        fact.proposal == held.proposal.digest and fact.document is not None
        for _, fact in held.records[us.id].facts(Filed)
    )
    return None if filed else held.proposal.digest


def awaits(desk: Desk, member: Member) -> Iterator[tuple[str, str, str]]:
    """Say what waits for our clerk and our delegate in the seats that we bear."""
    says = {
        "carry": N_("Carry upwards what was decided below"),
        "recall": N_("Recall the delegate, as was decided below"),
        "bring-back": N_("Put the outcome before the assemblies below"),
    }
    us = records.ours(desk.connection)
    for borne in bearing.seats(desk):
        if us is None or us.id not in borne.seat.bearers:
            continue
        now = _bears_now(desk, borne)
        for each in bearing.carried(desk, borne) if now == us.id else ():
            steps = _steps(desk, borne, each, now)
            title = (steps.on_title or steps.title).text or phrased("(text withdrawn)")
            if steps.to_do is not None and "clerk" in member.roles:
                page = f"/compacts/{in_hex(str(borne.seat.bears))}/above"
                yield says[steps.to_do], title, page
            if steps.may_vote is not None and _is_delegate(desk, borne, member):
                vote = f"/proposals/{in_hex(steps.may_vote)}/vote"
                yield N_("Vote for the assemblies below"), title, vote


def _is_delegate(desk: Desk, borne: Borne, member: Member) -> bool:
    state = bearing.office(desk, borne.wider.identity)
    return state.delegate is not None and state.delegate.member == member.id


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatOffer:
    """A seat that the form for writing a compact offers, held by whom was named."""

    proposal: str
    purpose: Words
    bearer: str
    bearers: tuple[str, ...]


def offers(desk: Desk, *, wider: CompactId | None = None) -> tuple[SeatOffer, ...]:
    """List the seats that compacts decided to have, in ``wider`` or in a new one."""
    return tuple(
        SeatOffer(
            proposal=each.proposal,
            purpose=below(desk, each.seat.compact),
            bearer=each.seat.bearers.assemblies[0],
            bearers=naming.names(desk, each.seat.bearers.assemblies),
        )
        for each in bearing.named(desk)
        if each.seat.bearers.compact in (None, wider)
    )


def chosen(desk: Desk, proposals: Iterable[Digest]) -> list[SeatFor]:
    """Give the seats that were ticked in such a form.

    Raises:
        Misused: one was not offered.
    """
    named = {each.proposal: each.seat for each in bearing.named(desk)}
    if not named.keys() >= {*proposals}:
        raise Misused("“For whom a seat is held”: this was not offered.")
    return [named[each] for each in proposals]


def ticked(form: Form) -> list[Digest]:
    """Read which seats are held for compacts, by the decisions that name the bearer."""
    return [
        asking.the_digest(each, N_("For whom a seat is held"))
        for each in form.values.get("bears", ())
        if each
    ]


def below(desk: Desk, identity: CompactId) -> Words:
    """Say what a compact is for that holds a seat in another."""
    line = chamber.lineage(desk, identity)
    purpose = None if line is None else line.newest.purpose
    return naming.some_words(desk, purpose) or naming.WITHDRAWN


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        member, digest = visits.signed_in(request), asking.digest(request)
        shown = await site.node.look(lambda desk: view(desk, digest, member))
        return render(request, "bearing.html", page=shown)

    def acting(job: bearing.Job) -> Act:
        async def act(request: Request, form: Form) -> Response:
            asking.an_officer(request, "clerk")
            form.only("asked")
            asked = asking.the_digest(form.one("asked"), N_("What was decided below"))
            await site.work(lambda desk: job(desk, asked))
            return see_other(f"/compacts/{in_hex(asking.digest(request))}/above")

        return act

    return [
        site.page("/compacts/{hex}/above", page),
        site.form("/compacts/{hex}/carry", acting(bearing.carry), again=page),
        site.form("/compacts/{hex}/bring-back", acting(bearing.bring_back), again=page),
    ]
