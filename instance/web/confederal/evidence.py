"""What an assembly says of itself to a compact, and what its peers make of it.

Everybody reads it, with its gaps. It stands beside a vote on admission and decides
nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from confederation.confederal.compact import Compact
from confederation.confederal.evidence import Challenged, Criteria, Standing, Step
from confederation.confederal.legitimacy import STEPS as ORDER
from confederation.confederal.legitimacy import Gap
from confederation.errors import TooEarly, Unknown
from confederation.identifiers import AssemblyId, CompactId, Digest, SessionId
from confederation.record import Proposal, Sitting
from instance import chamber, clerk
from instance.confederal import evidence
from instance.desk import Desk
from instance.store import events, records
from instance.web import asking, moments, naming, telling
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.naming import Named, Words, in_hex
from instance.web.record import claim
from instance.web.record.claim import STEPS
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.states import Badge
from instance.web.visits import Member, signed_in

MOST_IN_TEXT: Final = 4000
MOST_PEOPLE: Final = 1_000_000
STATES: Final[Mapping[str, Badge]] = {
    "nothing": Badge(says=N_("Nothing claimed yet"), tone="quiet"),
    "claimed": Badge(says=N_("Claimed"), tone="waiting"),
    "attested": Badge(says=N_("Attested by peers"), tone="done"),
    "challenged": Badge(says=N_("Challenged"), tone="going"),
    "upheld": Badge(says=N_("Upheld"), tone="done"),
    "not upheld": Badge(says=N_("Not upheld"), tone="not"),
    "lapsed": Badge(says=N_("Lapsed"), tone="quiet"),
    "waits for the reply": Badge(says=N_("Waits for the answer"), tone="waiting"),
    "waits for the lot": Badge(says=N_("Waits for the lot"), tone="waiting"),
    "waits for the panel": Badge(says=N_("Waits for the panel"), tone="waiting"),
}
CRITERIA: Final = {
    "attendance": N_("how many residents came"),
    "counting": N_("how they were counted"),
    "regularity": N_("how often it met"),
    "process": N_("whether the process was followed"),
    "existence": N_("whether there is such an assembly at all"),
}


AWAITS: Final[Mapping[Step, str]] = {
    "reply": N_("Answer a challenge to what we say of ourselves"),
    "lot": N_("Draw who looks at our challenge"),
    "verdict": N_("Put a challenge to the assembly: is it upheld?"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingView:
    """A meeting that the claim rests on. ``counted`` says whether tellers confirmed."""

    session: str
    held: datetime
    present: int | None
    residents: int | None
    counted: bool
    steps: tuple[tuple[str, bool | None], ...]
    countersigned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitView:
    """What a member says that its people saw."""

    by: str
    session: str
    confirms: bool
    present: int | None
    entry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeView:
    """A challenge and what followed, with what whoever reads it may do next."""

    digest: str
    by: str
    criterion: str
    grounds: tuple[Words, ...]
    reply_by: datetime
    reply: Words | None
    course: Badge
    panel: tuple[str, ...]
    verdicts: tuple[tuple[str, bool], ...]
    may_reply: bool
    may_open: bool
    may_judge: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A decision of ours that an act can follow."""

    digest: str
    at: datetime
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePage:
    """What an assembly says of itself to a compact, as one reader sees it."""

    digest: str
    purpose: Words | None
    of: Named
    seat: str
    state: Badge
    holds: bool
    figure: int | None
    adds_up: bool
    criteria: Criteria
    gaps: tuple[Gap, ...]
    sittings: tuple[SittingView, ...]
    visits: tuple[VisitView, ...]
    challenges: tuple[ChallengeView, ...]
    sharing: tuple[str, ...]
    ours: bool
    may: bool
    has_seat: bool
    decisions: tuple[Choice, ...]
    kinds: Mapping[str, str]
    reply_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitting:
    """Somebody whom a change would admit, and what peers make of their claim."""

    assembly: Named
    state: Badge
    page: str


def view(desk: Desk, digest: Digest, of: Digest, member: Member | None) -> EvidencePage:
    """Show what an assembly says of itself to a compact.

    Raises:
        Unknown: the compact, its criteria or the assembly is not known here.
    """
    compact = _compact(desk, digest)
    if records.assembly(desk.connection, of) is None:
        raise Unknown("No such assembly is known here.")
    peers = evidence.peers(desk, compact.identity)
    stands = evidence.standing(desk, compact.identity, of)
    ours = records.ours(desk.connection)
    may = member is not None and "clerk" in member.roles
    claimed = stands.claim
    return EvidencePage(
        digest=digest,
        purpose=naming.some_words(desk, compact.purpose),
        of=naming.assembly(desk, of),
        seat=_seat(peers.members, AssemblyId(of)),
        state=STATES[stands.state],
        holds=claimed is not None and claimed.holds,
        figure=None if claimed is None else claimed.figure,
        adds_up=stands.adds_up,
        criteria=peers.criteria,
        gaps=() if claimed is None else claimed.gaps,
        sittings=tuple(_sittings(stands)),
        visits=tuple(
            VisitView(
                by=naming.assembly(desk, by).name,
                session=visit.session,
                confirms=visit.confirms,
                present=visit.present,
                entry=entry.digest,
            )
            for by, entry, visit in stands.visits
        ),
        challenges=tuple(
            _challenge(desk, each, None if ours is None else ours.id, may=may)
            for each in stands.challenges
        ),
        sharing=naming.names(desk, _sharing(desk, peers.members, of)),
        ours=ours is not None and ours.id == AssemblyId(of),
        may=may,
        has_seat=any(
            each.identity == compact.identity for each in chamber.our_seats(desk)
        ),
        decisions=tuple(_choices(desk)) if may else (),
        kinds=CRITERIA,
        reply_by=desk.now + timedelta(seconds=peers.criteria.reply_within + 86_400),
    )


def beside(desk: Desk, text: Proposal) -> tuple[Admitting, ...]:
    """Show, beside the vote on a change, what those claim whom it would admit."""
    before = chamber.compact_of(desk, text.compact)
    after = chamber.compact_of(desk, text.compact_next or "")
    if before is None or after is None:
        return ()
    named = {seat.assembly for seat in before.named}
    found = []
    for seat in after.members:
        if seat.assembly in named:
            continue
        try:
            stands = evidence.standing(desk, before.identity, seat.assembly)
        except Unknown:
            continue
        found.append(
            Admitting(
                assembly=naming.assembly(desk, seat.assembly),
                state=STATES[stands.state],
                page=f"/compacts/{in_hex(before.digest)}/evidence/"
                f"{in_hex(seat.assembly)}",
            )
        )
    return tuple(found)


def sittings_here(desk: Desk, criteria: Criteria) -> list[Sitting]:
    """Give the last meetings of our assembly as a claim says them: in numbers."""
    notes = claim.the_notes(desk)
    newest = sorted(
        claim.meetings(desk, notes),
        key=lambda each: (each.held_at, each.session),
        reverse=True,
    )
    return [
        Sitting(
            session=each.session,
            held=each.held_at.replace(microsecond=0),
            electorate=clerk.published(
                desk, "Electorate", f"{each.session} {each.present}"
            ),
            present=each.present,
            residents=each.residents,
            basis=str(each.basis),
            steps={step: reason is None for step, reason in each.steps.items()},
            countersigned=each.countersigned,
        )
        for each in newest[: criteria.meetings]
    ]


def awaits(desk: Desk, member: Member) -> Iterator[tuple[str, str, str]]:
    """Say which challenges wait for our assembly: to answer, to draw, or to judge."""
    ours = records.ours(desk.connection)
    if ours is None or "clerk" not in member.roles:
        return
    for row in records.of_type(desk.connection, "Challenge"):
        found = evidence.challenged(desk, Digest(row["digest"]))
        step = None if found is None else found.awaits(ours.id, desk.now)
        if found is None or step is None or ours.id in found.verdicts:
            continue
        of, compact = found.fact.of, found.fact.compact
        page = f"/compacts/{in_hex(compact)}/evidence/{in_hex(of)}"
        yield AWAITS[step], naming.assembly(desk, of).name, page


def hosts(desk: Desk, compact: Compact) -> Mapping[str, tuple[AssemblyId, ...]]:
    """Say which assemblies of a compact live on one host, where several do."""
    found: dict[str, list[AssemblyId]] = {}
    for seat in compact.named:
        known = records.assembly(desk.connection, seat.assembly)
        address = seat.address if known is None else known.address
        found.setdefault(urlsplit(address).netloc, []).append(seat.assembly)
    return {host: tuple(who) for host, who in found.items() if len(who) > 1}


def _compact(desk: Desk, digest: Digest) -> Compact:
    compact = chamber.compact_of(desk, digest)
    if compact is None:
        raise Unknown("No such compact is known here.")
    return compact


def _seat(compact: Compact, of: AssemblyId) -> str:
    if compact.seat_of(of) is not None:
        return N_("has a seat")
    if any(seat.assembly == of for seat in compact.suspended):
        return N_("is suspended, without a vote")
    return N_("is an observer: its weight is nil")


def _sharing(desk: Desk, compact: Compact, of: str) -> list[AssemblyId]:
    """List the assemblies of the compact that live on the same host as another one."""
    known = records.assembly(desk.connection, of)
    host = None if known is None else urlsplit(known.address).netloc
    found = []
    for seat in compact.named:
        other = records.assembly(desk.connection, seat.assembly)
        address = seat.address if other is None else other.address
        if seat.assembly != of and urlsplit(address).netloc == host:
            found.append(seat.assembly)
    return found


def _sittings(stands: Standing) -> Iterator[SittingView]:
    fact = None if stands.entry is None else stands.entry.fact
    for each in getattr(fact, "sittings", ()):
        yield SittingView(
            session=each.session,
            held=each.held,
            present=each.present,
            residents=each.residents,
            counted=each not in stands.uncounted,
            steps=tuple((STEPS[step], each.steps.get(step)) for step in ORDER),
            countersigned=each.countersigned,
        )


def _challenge(
    desk: Desk, each: Challenged, ours: AssemblyId | None, *, may: bool
) -> ChallengeView:
    replied = None if each.reply is None else getattr(each.reply.fact, "text", None)
    step = each.awaits(ours, desk.now) if may and ours is not None else None
    return ChallengeView(
        digest=each.entry.digest,
        by=naming.assembly(desk, each.entry.assembly).name,
        criterion=CRITERIA[each.fact.criterion],
        grounds=tuple(naming.words(desk, ground) for ground in each.fact.evidence),
        reply_by=each.fact.reply_by,
        reply=naming.some_words(desk, replied),
        course=STATES[each.course],
        panel=naming.names(desk, each.panel),
        verdicts=tuple(
            (naming.assembly(desk, by).name, verdict.upheld)
            for by, verdict in each.verdicts.items()
        ),
        may_reply=step == "reply",
        may_open=step == "lot",
        may_judge=step == "verdict",
    )


def _choices(desk: Desk) -> Iterator[Choice]:
    for entry in evidence.decisions(desk):
        commitment = getattr(entry.fact, "text_commit", None)
        words = (
            None if commitment is None else events.wording(desk.connection, commitment)
        )
        yield Choice(
            digest=entry.digest,
            at=entry.published,
            words=" ".join((words or "").split())[:80],
        )


def routes(site: Site) -> list[Route]:
    look = site.node.look

    def shown(request: Request) -> tuple[Digest, Digest]:
        of = asking.digest_from(request.path_params["of"])
        if of is None:
            raise Unknown("No such assembly is known here.")
        return asking.digest(request), of

    async def page(request: Request) -> Response:
        digest, of = shown(request)
        member = signed_in(request)
        found = await look(lambda desk: view(desk, digest, of, member))
        return render(request, "evidence.html", page=found)

    async def our_own(request: Request) -> Response:
        digest = asking.digest(request)

        def ours(desk: Desk) -> str:
            own = records.ours(desk.connection)
            if own is None:
                raise TooEarly("An assembly is founded before it says anything.")
            return f"/compacts/{in_hex(digest)}/evidence/{in_hex(own.id)}"

        return RedirectResponse(await look(ours), status_code=303)

    def act(
        name: str, do: Callable[[Desk, CompactId, Digest, Form], object], *known: str
    ) -> Route:
        """Make the route of a form of the clerk's on this page."""

        async def done(request: Request, form: Form) -> Response:
            asking.an_officer(request, "clerk")
            digest, of = shown(request)
            form.only(*known)

            def carry_out(desk: Desk) -> None:
                do(desk, _compact(desk, digest).identity, of, form)
                clerk.publish_ready(desk)

            await site.work(carry_out)
            return see_other(f"/compacts/{in_hex(digest)}/evidence/{in_hex(of)}")

        return site.form(f"/compacts/{{hex}}/evidence/{{of}}/{name}", done, again=page)

    return [
        site.page("/compacts/{hex}/evidence", our_own),
        site.page("/compacts/{hex}/evidence/{of}", page),
        act("claim", _claims),
        act("visit", _visited, "session", "confirms", "present", "decision"),
        act(
            *("challenge", _challenged),
            *("criterion", "grounds", "reply_by", "decision", "aware"),
        ),
        act("reply", _replied, "challenge", "text", "aware"),
        act("lot", _lot_opened, "challenge"),
        act("verdict", _judged, "challenge", "upheld", "reason", "decision", "aware"),
    ]


def _claims(desk: Desk, identity: CompactId, of: Digest, form: Form) -> None:
    own = records.ours(desk.connection)
    if own is None or own.id != AssemblyId(of):
        raise Unknown("Each assembly says this of itself, at its own node.")
    criteria = evidence.peers(desk, identity).criteria
    evidence.claim(desk, identity, sittings_here(desk, criteria))


def _visited(desk: Desk, identity: CompactId, of: Digest, form: Form) -> None:
    counted = form.one("present").strip()
    evidence.visit(
        desk,
        identity,
        AssemblyId(of),
        SessionId(form.line("session", "Meeting", most=100)),
        confirms=form.choice("confirms", N_("Was it so"), among=("yes", "no")) == "yes",
        present=form.whole("present", N_("How many you counted"), most=MOST_PEOPLE)
        if counted
        else None,
        decision=asking.the_digest(form.one("decision"), "Our decision"),
    )


def _challenged(desk: Desk, identity: CompactId, of: Digest, form: Form) -> None:
    grounds = form.text("grounds", "What speaks against it", most=MOST_IN_TEXT)
    if not form.ticked("aware"):
        telling.check_text(desk, grounds)
    until = moments.time(form, "reply_by", "Time to answer until")
    if until is None:
        raise TooEarly("Please say until when the other assembly has time to answer.")
    evidence.challenge(
        desk,
        identity,
        AssemblyId(of),
        criterion=form.choice("criterion", "What you challenge", among=CRITERIA),  # type: ignore[arg-type]
        grounds=events.keep_wording(desk.connection, grounds, public=True),
        reply_by=until,
        decision=asking.the_digest(form.one("decision"), "Our decision"),
    )


def _replied(desk: Desk, identity: CompactId, of: Digest, form: Form) -> None:
    text = form.text("text", "Our answer", most=MOST_IN_TEXT)
    if not form.ticked("aware"):
        telling.check_text(desk, text)
    challenge = asking.the_digest(form.one("challenge"), "Challenge")
    words = events.keep_wording(desk.connection, text, public=True)
    evidence.reply(desk, identity, challenge, words)


def _lot_opened(desk: Desk, identity: CompactId, of: Digest, form: Form) -> None:
    challenge = asking.the_digest(form.one("challenge"), "Challenge")
    evidence.open_lot(desk, identity, challenge)


def _judged(desk: Desk, identity: CompactId, of: Digest, form: Form) -> None:
    reason = form.text("reason", "Why", least=0, most=MOST_IN_TEXT)
    if reason and not form.ticked("aware"):
        telling.check_text(desk, reason)
    evidence.judge(
        desk,
        identity,
        asking.the_digest(form.one("challenge"), "Challenge"),
        upheld=form.choice("upheld", N_("Is it upheld"), among=("yes", "no")) == "yes",
        reason=events.keep_wording(desk.connection, reason, public=True)
        if reason
        else None,
        decision=asking.the_digest(form.one("decision"), "Our decision"),
    )
