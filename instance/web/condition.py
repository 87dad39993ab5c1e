"""How this node is, in words for whoever looks after it and is no expert.

Everybody may see it: it holds nothing about people, and a node that is not well should
not look as if it were.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.membership.member import Role
from instance import archive, chamber, clerk
from instance.desk import Desk
from instance.errors import Misused
from instance.store import clocks, compacts, contradictions, damages, lending, records
from instance.upkeep import copies, mending
from instance.web import asking, moments, naming
from instance.web.confederal import last_heard
from instance.web.confederal.last_heard import Heard
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.naming import Named
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.visits import Member

MENDERS: Final[tuple[Role, ...]] = ("clerk", "registrar")
FAR_APART: Final = 60
"""Seconds by which a clock may differ without a word about it."""
MOST_DAMAGES: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockLine:
    """A clock that does not agree with the one here."""

    assembly: Named
    ahead: bool
    span: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DamageLine:
    """An entry that this disk altered, and whose copy took its place, if one did."""

    assembly: Named
    seq: int
    found_at: datetime
    mended_at: datetime | None
    mended_from: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContradictedLine:
    assembly: Named
    number: int
    settled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionPage:
    """``why_not`` says why nothing is signed here just now; None if all is well.

    ``compacts`` are versions that this disk had altered, and when a true copy came.
    ``backed_up_at`` is None if there was no backup yet.
    """

    why_not: str | None
    heard: tuple[Heard, ...]
    clocks: tuple[ClockLine, ...]
    damages: tuple[DamageLine, ...]
    damaged: int
    compacts: tuple[tuple[str, datetime], ...]
    contradicted: tuple[ContradictedLine, ...]
    backed_up_at: datetime | None
    backup_is_late: bool


def view(desk: Desk) -> ConditionPage:
    """Say how this node is."""
    held = records.assemblies(desk.connection)
    return ConditionPage(
        why_not=_why_not(desk),
        heard=last_heard.of(desk, (known.id for known in held)),
        clocks=tuple(
            ClockLine(
                assembly=naming.assembly(desk, each.assembly),
                ahead=each.seconds > 0,
                span=_span(timedelta(seconds=abs(each.seconds))),
            )
            for each in clocks.apart(desk.connection)
            if abs(each.seconds) > FAR_APART
        ),
        damages=tuple(
            DamageLine(
                assembly=naming.assembly(desk, each.assembly),
                seq=each.seq,
                found_at=each.found_at,
                mended_at=each.mended_at,
                mended_from=_whose(desk, each.mended_from),
            )
            for each in damages.all_of(desk.connection, most=MOST_DAMAGES)
        ),
        damaged=len(damages.unmended(desk.connection)),
        compacts=tuple(compacts.mended(desk.connection)[:MOST_DAMAGES]),
        contradicted=tuple(
            _contradicted(desk, known.id, number)
            for known in held
            if (number := len(contradictions.held(desk.connection, known.id)))
        ),
        backed_up_at=copies.last_backup(desk.config.directory),
        backup_is_late=copies.is_late(desk),
    )


def _contradicted(desk: Desk, id: str, number: int) -> ContradictedLine:
    settled = chamber.turned_away(desk, id)
    return ContradictedLine(
        assembly=naming.assembly(desk, id),
        number=number,
        settled=all(
            {shown.a, shown.b} & settled for shown in chamber.evidence(desk, id)
        ),
    )


def _why_not(desk: Desk) -> str | None:
    if lending.is_lent(desk.connection):
        return N_("The pen is lent to a machine in a hall; nothing is signed here.")
    return clerk.why_not(desk)


def _whose(desk: Desk, address: str | None) -> str | None:
    known = None if address is None else records.assembly_at(desk.connection, address)
    return address if known is None else naming.assembly(desk, known.id).name


def _span(span: timedelta) -> str:
    """Write a span as people say it, in its largest unit."""
    for unit in (timedelta(days=1), timedelta(hours=1)):
        if span >= unit:
            return moments.said(int(span // unit * unit.total_seconds()))
    return moments.said(int(span // timedelta(minutes=1) * 60))


def awaits(desk: Desk, member: Member) -> Iterator[tuple[str, str, str]]:
    """Say what is wrong with this node that the clerk or the registrar can mend."""
    if not member.roles.intersection(MENDERS):
        return
    if damages.unmended(desk.connection):
        yield (
            N_("Mend what this disk altered"),
            N_("An entry is not here as it was signed."),
            "/condition",
        )
    if desk.clock_is_off:
        yield (
            N_("Set the clock of this machine"),
            N_("Nothing is signed until it agrees with the others."),
            "/condition",
        )
    ours = records.ours(desk.connection)
    if ours is not None and contradictions.held(desk.connection, ours.id):
        settled = chamber.turned_away(desk, ours.id)
        if any(not {e.a, e.b} & settled for e in chamber.evidence(desk, ours.id)):
            yield (
                N_("Settle what our assembly signed twice"),
                N_("Until then our seat counts nowhere in what is still open."),
                f"/record/{naming.in_hex(ours.id)}/contradictions",
            )


def routes(site: Site) -> list[Route]:
    node = site.node

    async def page(request: Request) -> Response:
        return render(request, "condition.html", page=await node.look(view))

    async def mend(request: Request, form: Form) -> Response:
        asking.an_officer(request, *MENDERS)
        form.only()
        wanted = await node.look(mending.wanted)
        copies = await mending.fetch(site.client, wanted)
        mended = await site.work(lambda desk: mending.put_back(desk, copies))
        if wanted and not mended:
            raise Misused(
                "Nobody who was asked has a true copy just now. Nothing was changed; "
                "try again when a fellow member's node answers."
            )
        return see_other("/condition")

    async def look_again(request: Request, form: Form) -> Response:
        asking.an_officer(request, *MENDERS)
        form.only()
        await node.look(lambda desk: archive.sweep(desk, signatures=True))
        await site.work(archive.note_damage)
        return see_other("/condition")

    return [
        site.page("/condition", page),
        site.form("/condition/mend", mend, again=page),
        site.form("/condition/look", look_again, again=page),
    ]
