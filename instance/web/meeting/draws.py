"""A draw is checked by whoever holds the list, and a seed is given to one elsewhere.

What is checked here is kept nowhere: it may be a draw of anybody's.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.identifiers import Digest
from instance.desk import Desk
from instance.errors import Misused
from instance.membership import checking_draws, panels, seeds
from instance.membership.checking_draws import Finding, What
from instance.store import pools
from instance.store import seeds as store
from instance.web import asking, naming
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.naming import Named, in_hex
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.visits import signed_in

MOST_IN_WHAT: Final = 160
MOST_BYTES: Final = 16 * 1024 * 1024

CHECKED: Final[dict[What, str]] = {
    "pool": N_("The people are those by whom the pool was fixed"),
    "list": N_("The list is the one that was fixed before the draw"),
    "allowed": N_("Each panel on the list keeps the quotas"),
    "least": N_("The least likely person stands on as many panels as was told"),
    "bound": N_("No list could do better than was told"),
    "seeds": N_("Each seed is the one that was committed to"),
    "signed": N_("What another assembly said of its seed is as it signed it"),
    "number": N_("The number is the one that comes of them"),
    "panel": N_("The panel is the one under this number"),
    "replaced": N_("Whoever came for somebody was drawn from those alike"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedSeed:
    """A seed that another assembly asks us for; ``panel`` is the address of theirs."""

    request: str
    by: Named
    panel: str
    question: str
    at: datetime
    commitment: Digest | None
    is_told: bool


def routes(site: Site) -> list[Route]:
    async def draw_json(request: Request) -> Response:
        id = request.path_params["id"]
        found = await site.node.look(lambda desk: panels.facts(desk, id))
        return _file(msgspec.json.encode(found), "draw.json")

    async def list_json(request: Request) -> Response:
        asking.an_officer(request, "clerk")
        id = request.path_params["id"]
        found = await site.node.look(lambda desk: panels.material(desk, id))
        return _file(msgspec.json.encode(found), "list.json")

    async def check_page(request: Request) -> Response:
        return _checked(request, [])

    async def check(request: Request, form: Form) -> Response:
        form.only("facts", "list")
        facts = checking_draws.read_facts(form.files.get("facts", b""))
        material = checking_draws.read_material(form.files.get("list", b""))

        def look() -> list[Finding]:
            return list(checking_draws.findings(facts, material))

        found = await asyncio.to_thread(look)
        if not found:
            raise Misused("By these facts nothing has been fixed yet to be checked.")
        return _checked(request, found)

    async def seeds_page(request: Request) -> Response:
        member = signed_in(request)
        found, wanted = await site.node.look(
            lambda desk: (
                pools.seeds(desk.connection, most=panels.MOST_SEEDS),
                tuple(_wanted(desk)),
            )
        )
        clerk = member is not None and "clerk" in member.roles
        return render(
            request, "panel_seeds.html", seeds=found, wanted=wanted, is_clerk=clerk
        )

    async def give(request: Request, form: Form) -> Response:
        form.only("what")
        asking.an_officer(request, "clerk")
        what = form.line("what", "For which draw", most=MOST_IN_WHAT)
        await site.work(lambda desk: panels.new_seed(desk, panel=None, what=what))
        return see_other("/panels/seeds")

    async def answer(request: Request, form: Form) -> Response:
        form.only("request")
        asking.an_officer(request, "clerk")
        wanted = asking.the_digest(form.one("request"), "Which seed")
        await site.work(lambda desk: seeds.give(desk, wanted))
        return see_other("/panels/seeds")

    async def tell(request: Request, form: Form) -> Response:
        form.only("commitment")
        asking.an_officer(request, "clerk")
        digest = asking.the_digest(form.one("commitment"), "Which seed")
        await site.work(lambda desk: _tell(desk, digest))
        return see_other("/panels/seeds")

    return [
        site.page("/panels/check", check_page),
        site.form("/panels/check", check, again=check_page, most=MOST_BYTES),
        site.page("/panels/seeds", seeds_page),
        site.form("/panels/seeds", give, again=seeds_page),
        site.form("/panels/seeds/give", answer, again=seeds_page),
        site.form("/panels/seeds/tell", tell, again=seeds_page),
        site.page("/panels/{id}/draw.json", draw_json),
        site.page("/panels/{id}/list.json", list_json),
    ]


def _wanted(desk: Desk) -> Iterator[WantedSeed]:
    """Go through the seeds that other assemblies ask us for, the newest first."""
    for each in store.newest_wanted(desk.connection, most=panels.MOST_SEEDS):
        yield WantedSeed(
            request=in_hex(each.request),
            by=naming.assembly(desk, each.assembly),
            panel=each.panel,
            question=each.question,
            at=each.at,
            commitment=each.commitment,
            is_told=each.told is not None,
        )


def _tell(desk: Desk, commitment: Digest) -> None:
    """Tell a seed that was given to a draw elsewhere; one of ours is told there."""
    given = pools.seeds(desk.connection, most=panels.MOST_SEEDS)
    if commitment not in {each.commitment for each in given}:
        raise Misused("This seed was given to no draw elsewhere.")
    panels.open_seed(desk, commitment)


def _checked(request: Request, found: list[Finding]) -> Response:
    return render(request, "panel_check.html", findings=found, says=CHECKED)


def _file(data: bytes, name: str) -> Response:
    return Response(
        data,
        media_type="application/json",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )
