"""A compact is a document: who is in it, and by which rules they decide together."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import segno
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.confederal import compact as compacts
from confederation.confederal.compact import Compact, Ratification, Weighing
from confederation.errors import ByNumber, Filled, Unknown
from confederation.identifiers import AssemblyId
from confederation.record import Succession
from instance import chamber
from instance.desk import Desk
from instance.store import compacts as known_compacts
from instance.store import jurisdiction_notes
from instance.web import moments, naming, visits
from instance.web.confederal import bearing, last_heard, reports
from instance.web.confederal.evidence import hosts
from instance.web.confederal.last_heard import Heard
from instance.web.confederal.proposals import Line, line
from instance.web.languages import N_
from instance.web.matters import translations
from instance.web.matters.translations import Beside
from instance.web.naming import Named, Words
from instance.web.rendering import render
from instance.web.site import Site, not_found
from instance.web.states import Badge
from instance.web.visits import Member

IN_FORCE = Badge(says=N_("In force"), tone="done")
AWAITED = Badge(says=N_("Not in force yet"), tone="waiting")
SUPERSEDED = Badge(says=N_("Another version took its place"), tone="quiet")
PROPOSED = Badge(says=N_("Not adopted"), tone="waiting")
ADOPT = {
    "majority-of-assemblies": N_("more than half of the assemblies that vote"),
    "two-thirds-of-assemblies": N_("two thirds of the assemblies that vote"),
    "double-majority": N_(
        "more than half of the assemblies that vote, and of their members"
    ),
    "weighted-majority": N_("more than half of the weight of the assemblies that vote"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactLine:
    digest: str
    state: Badge
    members: tuple[str, ...]
    purpose: Words | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatLine:
    """A seat and who has it. Whoever ended has left, and nobody joins again for it.

    Of whoever's record is not ``held`` here, nobody can say whether they joined.
    """

    number: int
    assembly: Named
    held: bool
    joined: bool
    left: bool
    ended: bool
    shares_host: bool
    weight: int
    bears: str | None
    held_for: Words | None
    substitutes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactPage:
    digest: str
    identity: str
    previous: str | None
    purpose: Words | None
    state: Badge
    missing: tuple[str, ...]
    awaited: tuple[str, ...]
    seats: tuple[SeatLine, ...]
    rules: tuple[str, ...]
    proposals: tuple[Line, ...]
    superseded_by: str | None
    suspended: tuple[Named, ...]
    themes: tuple[str, ...]
    heard: tuple[Heard, ...]

    @property
    def may_join(self) -> bool:
        """Whether our assembly is named in it, and has not joined or has left."""
        return any(
            seat.assembly.ours and not seat.ended and (seat.left or not seat.joined)
            for seat in self.seats
        )

    @property
    def may_leave(self) -> bool:
        """Whether our assembly has joined it, and has not left."""
        return any(
            seat.assembly.ours and seat.joined and not seat.left for seat in self.seats
        )

    @property
    def may_apply(self) -> bool:
        """Whether our assembly is not named in it."""
        return not any(seat.assembly.ours for seat in self.seats)


def lines(desk: Desk) -> list[CompactLine]:
    """List the compacts that are known here, each by its newest version."""
    found = []
    for identity in known_compacts.identities(desk.connection):
        line_ = chamber.lineage(desk, identity)
        if line_ is not None:
            found.append(_line(desk, line_.newest))
    return found


def view(desk: Desk, digest: str) -> CompactPage:
    """Show one version of a compact.

    Raises:
        Unknown: it is not known here.
    """
    compact = chamber.compact_of(desk, digest)
    if compact is None:
        raise Unknown("No such compact is known here.")
    missing = not_held(desk, compact)
    awaited = [each for each in _awaited(desk, compact) if each not in missing]
    return CompactPage(
        digest=compact.digest,
        identity=compact.identity,
        previous=compact.previous,
        purpose=naming.some_words(desk, compact.purpose),
        state=_state(desk, compact),
        missing=naming.names(desk, missing),
        awaited=naming.names(desk, awaited),
        seats=tuple(_seats(desk, compact)),
        rules=rules(compact),
        proposals=tuple(
            line(desk, entry)
            for entry in reversed(chamber.proposals(desk))
            if getattr(entry.fact, "compact", None) == digest
        ),
        superseded_by=_newest(desk, compact),
        suspended=tuple(
            naming.assembly(desk, seat.assembly) for seat in compact.suspended
        ),
        themes=compact.themes,
        heard=last_heard.of(desk, (each.assembly for each in compact.members)),
    )


def beside_purpose(desk: Desk, digest: str, member: Member | None) -> Beside | None:
    """Say in which language the purpose of a compact is, with its translations."""
    compact = chamber.compact_of(desk, digest)
    if compact is None or compact.purpose is None:
        return None
    return translations.view(desk, [compact.purpose], member)


def _state(desk: Desk, compact: Compact) -> Badge:
    line_ = chamber.lineage(desk, compact.identity)
    if line_ is None or not line_.holds(compact.digest):
        return PROPOSED
    if line_.newest.digest != compact.digest:
        return SUPERSEDED
    return AWAITED if _awaited(desk, compact) else IN_FORCE


def _newest(desk: Desk, compact: Compact) -> str | None:
    """Give the version that took the place of one, if another did."""
    line_ = chamber.lineage(desk, compact.identity)
    if line_ is None or line_.superseded(compact.digest) is None:
        return None
    return line_.newest.digest


def rules(compact: Compact) -> tuple[str, ...]:
    """Say in plain sentences what the members agreed to."""
    given, n, t = compact.rules, compact.n, compact.t
    return (
        Filled(
            ByNumber(
                "{t} of the {n} assemblies must say the same for anything to hold. So "
                "up to {dark} node may be dark, and the others still decide.",
                "{t} of the {n} assemblies must say the same for anything to hold. So "
                "up to {dark} nodes may be dark, and the others still decide.",
            ),
            dark=n - t,
            t=t,
            n=n,
        ),
        Filled(
            "At least {quorum} of the {n} must vote, or nothing is decided.",
            quorum=max(compact.quorum, 1),
            n=n,
        ),
        Filled(
            "A proposal asks for {share} at the least.",
            share=ADOPT.get(given.adopt, given.adopt),
        ),
        *_weighing(given.weighing),
        N_("Recalling a delegate takes back a vote that is still open.")
        if given.recall == "withdraws"
        else N_("A vote that was cast stands, even if the delegate is recalled later."),
        N_(
            "What an assembly decides counts only when two of its tellers have "
            "confirmed it."
        )
        if given.two_tellers
        else N_(
            "What an assembly decides counts without the confirmation of two tellers."
        ),
        Filled(
            "Where a decision hangs on a dark node, members wait {time}; after that "
            "they may put a new proposal in its place.",
            time=moments.said(given.closing_limit),
        ),
        _ratified(given.ratification),
        N_("Each assembly may leave by one act of its own, and needs nobody's leave."),
    )


def _ratified(rule: Ratification) -> Filled:
    time = moments.said(rule.window)
    if rule.binds == "ratifying":
        return Filled(
            "Where an outcome is ratified, it is in force if {share} of the assemblies "
            "ratify it within {time}, and it binds those that did. Silence is no "
            "consent.",
            share=rule.enough,
            time=time,
        )
    return Filled(
        "Where an outcome is ratified, it is in force if {share} of the assemblies "
        "ratify it within {time}, and it binds all of them. Silence is no consent.",
        share=rule.enough,
        time=time,
    )


def _weighing(weighing: Weighing | None) -> Iterator[str]:
    if weighing is None:
        return
    if weighing.cast == "bloc":
        yield Filled(
            "Where a proposal counts by weight, an assembly weighs 1; it weighs 2 if "
            "{two} residents or more regularly come to its meetings, and 3 if {three} "
            "or more do, as other assemblies attest. Of a weight, all of it goes where "
            "its delegate votes.",
            two=weighing.two,
            three=weighing.three,
        )
        return
    yield Filled(
        "Where a proposal counts by weight, an assembly weighs 1; it weighs 2 if {two} "
        "residents or more regularly come to its meetings, and 3 if {three} or more "
        "do, as other assemblies attest. Of a weight, it is split as the members of "
        "the assembly said yes and no.",
        two=weighing.two,
        three=weighing.three,
    )


def qr_code(digest: str) -> bytes:
    """Draw a digest as a QR code, to be printed beside minutes and mandates."""
    drawing = io.BytesIO()
    segno.make(digest, error="m", micro=False).save(
        drawing, kind="svg", scale=4, border=4, light="#fff", nl=False
    )
    return drawing.getvalue()


def _line(desk: Desk, compact: Compact) -> CompactLine:
    return CompactLine(
        digest=compact.digest,
        state=_state(desk, compact),
        members=tuple(each.name for each in naming.seats(desk, compact)),
        purpose=naming.some_words(desk, compact.purpose),
    )


def _seats(desk: Desk, compact: Compact) -> list[SeatLine]:
    awaited = set(_awaited(desk, compact))
    shared = {each for who in hosts(desk, compact).values() for each in who}
    seats = []
    for number, seat in enumerate(compact.members):
        kept = chamber.record_of(desk, seat.assembly)
        left = None if kept is None else compacts.left(compact, kept, kept.size)
        seats.append(
            SeatLine(
                number=number + 1,
                assembly=naming.assembly(desk, seat.assembly),
                held=kept is not None,
                joined=seat.assembly not in awaited,
                left=left is not None,
                ended=left is not None and isinstance(left.fact, Succession),
                shares_host=seat.assembly in shared,
                weight=seat.weight,
                bears=seat.bears,
                held_for=None
                if seat.bears is None
                else bearing.below(desk, seat.bears),
                substitutes=naming.names(desk, seat.substitutes),
            )
        )
    return seats


def not_held(desk: Desk, compact: Compact) -> tuple[AssemblyId, ...]:
    """Name those in a compact of whose record nothing is held here yet."""
    return tuple(
        seat.assembly
        for seat in compact.members
        if chamber.record_of(desk, seat.assembly) is None
    )


def _awaited(desk: Desk, compact: Compact) -> tuple[AssemblyId, ...]:
    held = {
        seat.assembly: kept
        for seat in compact.members
        if (kept := chamber.record_of(desk, seat.assembly)) is not None
    }
    return compacts.awaited(compact, held)


def routes(site: Site) -> list[Route]:
    node = site.node

    async def list_page(request: Request) -> Response:
        found = await node.look(lines)
        return render(request, "compacts.html", lines=found)

    async def page(request: Request) -> Response:
        digest = f"sha256:{request.path_params['hex']}"
        member = visits.signed_in(request)
        shown, awaited, note, beside = await node.look(
            lambda desk: (
                view(desk, digest),
                reports.awaited(desk, digest),
                jurisdiction_notes.of(desk.connection, digest),
                beside_purpose(desk, digest, member),
            )
        )
        return render(
            request,
            "compact.html",
            page=shown,
            reports_awaited=awaited,
            jurisdiction=note,
            beside=beside,
        )

    async def code(request: Request) -> Response:
        digest = f"sha256:{request.path_params['hex']}"
        known = await node.look(
            lambda desk: known_compacts.document(desk.connection, digest)
        )
        if known is None:
            raise not_found()
        return Response(qr_code(digest), media_type="image/svg+xml")

    return [
        site.page("/compacts", list_page),
        site.spoken_page("/compacts/{hex}", page),
        site.page("/compacts/{hex}/code.svg", code),
    ]
