"""Votes on paper of seats whose node is dark: who vouches for them, and what they say.

Everybody sees them on the page of the proposal. The clerk of a fellow assembly files
one, that of another countersigns it, each with the paper and the person before them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.confederal import mandate, paper
from confederation.confederal.holding import Holding
from confederation.confederal.paper import Paper
from confederation.errors import NotEntitled, Unknown
from confederation.identifiers import AssemblyId, Digest, OptionId
from confederation.record import Mandate, Proposal
from instance import chamber
from instance.confederal import vouching
from instance.desk import Desk
from instance.store import records
from instance.web import asking, naming
from instance.web.confederal import instructions
from instance.web.confederal.instructions import Orders, Person
from instance.web.forms import Form
from instance.web.languages import N_, phrased
from instance.web.naming import Named, Words, in_hex
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.visits import Member


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLine:
    """A vote on paper; ``may_countersign`` is for the clerk who looks at it."""

    entry: str
    seat: Named
    choice: tuple[Words, ...]
    filed_by: str
    countersigned_by: tuple[str, ...]
    why_not: str | None
    may_countersign: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DarkSeat:
    """A seat whose mandate allows a vote on paper, and when it was heard from last."""

    assembly: Named
    holder: Person
    mandate: str
    orders: Orders
    options: tuple[tuple[OptionId, Words], ...]
    heard_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperPage:
    """What a clerk needs who files or countersigns votes on paper."""

    digest: str
    title: Words
    closes: datetime
    is_open: bool
    seats: tuple[DarkSeat, ...]
    papers: tuple[PaperLine, ...]


def lines(
    desk: Desk, held: Holding, *, for_clerk: bool = False
) -> tuple[PaperLine, ...]:
    """Show the votes on paper in a matter, by seat."""
    ours = records.ours(desk.connection)
    names = instructions.labels(desk, held.text)
    open_ = desk.now < held.text.closes
    return tuple(
        PaperLine(
            entry=each.entry.digest,
            seat=naming.assembly(desk, each.vote.of),
            choice=instructions.chosen(names, each.vote.choice),
            filed_by=naming.assembly(desk, each.entry.assembly).name,
            countersigned_by=naming.names(desk, each.countersigned_by),
            why_not=_why_not(each, held, desk.now),
            may_countersign=for_clerk
            and open_
            and ours is not None
            and _may_countersign(each, ours.id),
        )
        for each in sorted(paper.examine(held), key=lambda each: each.seat)
    )


def of_proposal(desk: Desk, digest: Digest) -> tuple[PaperLine, ...]:
    """Show the votes on paper on a proposal; none where its compact is not held."""
    held = chamber.holding(desk, chamber.proposal(desk, digest))
    return () if held is None else lines(desk, held)


def view(desk: Desk, digest: Digest) -> PaperPage:
    """Show what may be filed and countersigned now.

    Raises:
        Unknown: no such proposal is known here, or not its compact.
    """
    entry = chamber.proposal(desk, digest)
    held, ours = chamber.holding(desk, entry), records.ours(desk.connection)
    if held is None or ours is None or held.compact.seat_of(ours.id) is None:
        raise Unknown("We have no seat in the compact of this proposal.")
    return PaperPage(
        digest=digest,
        title=naming.words(desk, held.text.title),
        closes=held.text.closes,
        is_open=desk.now < held.text.closes,
        seats=tuple(
            dark
            for seat in held.compact.members
            if seat.assembly != ours.id
            and (dark := _dark(desk, held, seat.assembly)) is not None
        ),
        papers=lines(desk, held, for_clerk=True),
    )


def awaits(desk: Desk, member: Member) -> Iterator[tuple[str, str, str]]:
    """Say which votes on paper wait for the clerk to countersign them."""
    if "clerk" not in member.roles:
        return
    for entry in chamber.proposals(desk):
        text = entry.fact
        assert isinstance(text, Proposal)
        held = chamber.holding(desk, entry) if text.closes > desk.now else None
        if held is None:
            continue
        if any(each.may_countersign for each in lines(desk, held, for_clerk=True)):
            title = naming.words(desk, text.title).text or phrased("(text withdrawn)")
            page = f"/proposals/{in_hex(entry.digest)}/paper"
            yield N_("Countersign a vote on paper"), title, page


def _dark(desk: Desk, held: Holding, assembly: AssemblyId) -> DarkSeat | None:
    kept = held.records.get(assembly)
    if kept is None:
        return None
    bound = mandate.bound(kept, kept.size, held.matter)
    given = None if bound.mandate is None else bound.mandate.fact
    if (
        bound.word != "instructed"
        or bound.mandate is None
        or bound.instruction is None
        or not isinstance(given, Mandate)
        or not given.paper_vote
    ):
        return None
    names = instructions.labels(desk, held.text)
    return DarkSeat(
        assembly=naming.assembly(desk, assembly),
        holder=instructions.person(desk, given.holder, assembly),
        mandate=bound.mandate.digest,
        orders=instructions.orders(desk, bound.instruction, names),
        options=tuple(
            (id, label)
            for id, label in names.items()
            if mandate.allows(given, (id,), held.matter)
        ),
        heard_at=held.clocks.get(assembly),
    )


def _why_not(each: Paper, held: Holding, at: datetime) -> str | None:
    if each.finding is not None:
        return each.finding.says
    if each.record is None:
        return N_("The record of this seat is not held here that far.")
    return paper.objection(each, held, at)


def _may_countersign(each: Paper, me: AssemblyId) -> bool:
    return (
        each.finding is None
        and each.record is not None
        and me not in (each.entry.assembly, each.vote.of)
        and me not in each.countersigned_by
    )


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        asking.an_officer(request, "clerk")
        digest = asking.digest(request)
        shown = await site.node.look(lambda desk: view(desk, digest))
        return render(request, "paper_vote.html", page=shown)

    async def file(request: Request, form: Form) -> Response:
        asking.an_officer(request, "clerk")
        digest = asking.digest(request)
        form.only("assembly", "choice", "seen")
        assembly = asking.the_digest(form.one("assembly"), "Assembly")
        choice = form.line("choice", "The vote", most=64)
        if not form.ticked("seen"):
            raise NotEntitled(
                "File it only with the delegate and their printed mandate before you."
            )
        await site.work(
            lambda desk: vouching.file(
                desk, digest, AssemblyId(assembly), [OptionId(choice)]
            )
        )
        return see_other(f"/proposals/{in_hex(digest)}/paper")

    async def countersign(request: Request, form: Form) -> Response:
        asking.an_officer(request, "clerk")
        digest = asking.digest(request)
        form.only("paper", "seen")
        of = asking.the_digest(form.one("paper"), N_("The vote on paper"))
        if not form.ticked("seen"):
            raise NotEntitled("Countersign it only with the paper before you.")
        await site.work(lambda desk: vouching.countersign(desk, digest, of))
        return see_other(f"/proposals/{in_hex(digest)}/paper")

    path = "/proposals/{hex}/paper"
    return [
        site.page(path, page),
        site.form(path, file, again=page),
        site.form(f"{path}/countersign", countersign, again=page),
    ]
