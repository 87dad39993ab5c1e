"""One text, and every assembly that adopted it: a page, a sheet, and a file."""

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.matters.common_mandate import Said
from confederation.record import MembersCount
from instance.desk import Desk
from instance.matters import common_mandates
from instance.upkeep import exporting
from instance.web import asking, naming, paper, states
from instance.web.confederal import proposals
from instance.web.deciding import figures
from instance.web.naming import Named, Words, in_hex
from instance.web.rendering import render
from instance.web.site import Site
from instance.web.states import Badge


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An assembly's decision on the text."""

    assembly: Named
    at: datetime
    method: str
    outcome: Badge
    present: int
    members: MembersCount | None
    confirmed: bool
    entry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MandatePage:
    """A text with the roll of those who adopted it."""

    digest: str
    address: str
    title: Words
    lang: str
    clauses: tuple[Words, ...]
    roll: tuple[Line, ...]
    others: tuple[Line, ...]
    present: int
    silent: tuple[str, ...]
    proposals: tuple[proposals.Line, ...]
    licence: str


def view(desk: Desk, digest: str) -> MandatePage:
    """Show a common mandate.

    Raises:
        Unknown: no such text is known here.
    """
    mandate = common_mandates.gather(desk, digest)
    said = {each.assembly for each in (*mandate.roll, *mandate.others)}
    return MandatePage(
        digest=digest,
        address=f"{desk.config.base}/texts/{in_hex(digest)}/mandate",
        title=naming.words(desk, mandate.text.title),
        lang=mandate.text.lang,
        clauses=tuple(naming.words(desk, each.text) for each in mandate.text.clauses),
        roll=tuple(_line(desk, each) for each in mandate.roll),
        others=tuple(_line(desk, each) for each in mandate.others),
        present=mandate.present,
        silent=naming.names(
            desk, (each for each in mandate.text.among if each not in said)
        ),
        proposals=tuple(proposals.line(desk, each) for each in mandate.proposals),
        licence=exporting.LICENCE,
    )


def _line(desk: Desk, said: Said) -> Line:
    return Line(
        assembly=naming.assembly(desk, said.assembly),
        at=said.entry.published,
        method=figures.method(said.decision.method),
        outcome=states.of_decision(said.decision),
        present=said.decision.present,
        members=said.decision.members,
        confirmed=said.confirmed,
        entry=said.entry.digest,
    )


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        digest = asking.digest(request)
        shown = await site.node.look(lambda desk: view(desk, digest))
        return render(request, "common_mandate.html", page=shown)

    async def sheet(request: Request) -> Response:
        digest = asking.digest(request)
        shown = await site.node.look(lambda desk: view(desk, digest))
        return paper.show(
            request,
            "sheet_common_mandate.html",
            back=f"/texts/{in_hex(digest)}/mandate",
            page=shown,
        )

    async def download(request: Request) -> Response:
        digest = asking.digest(request)
        data = await site.node.look(lambda desk: common_mandates.export(desk, digest))
        name = common_mandates.named(digest)
        return Response(
            data,
            media_type="application/json",
            headers={"content-disposition": f'attachment; filename="{name}"'},
        )

    return [
        site.page("/texts/{hex}/mandate", page),
        site.page("/texts/{hex}/mandate/print", sheet),
        site.page("/texts/{hex}/mandate.json", download),
    ]
