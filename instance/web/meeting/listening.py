"""The slips from the doors: seen by the note-taker and the registrar, and nobody else.

They are read, grouped by whoever takes the notes, and never shown or sent anywhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.errors import Refused
from instance.desk import Desk
from instance.errors import Misused
from instance.meeting import slips
from instance.meeting.slips import Kept, Slip
from instance.store import people, tear_offs
from instance.web import asking
from instance.web.forms import Form
from instance.web.matters.raising import held_slips
from instance.web.rendering import render
from instance.web.site import Site, see_other

LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipsPage:
    """The slips that match what was looked for, of ``all`` that are here."""

    looked_for: str
    slips: tuple[Kept, ...]
    all: int
    grouped: int


def view(desk: Desk, looked_for: str) -> SlipsPage:
    """Show the slips in which one of the words looked for is said."""
    held, words = held_slips(desk), looked_for.split()
    return SlipsPage(
        looked_for=looked_for,
        slips=tuple(each for each in held if not words or each.matches(words)),
        all=len(held),
        grouped=sum(each.issue is not None for each in held),
    )


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        asking.an_officer(request, "registrar", "note-taker")
        looked_for = request.query_params.get("q", "")[:LONGEST_SEARCH].strip()
        shown = await site.node.look(lambda desk: view(desk, looked_for))
        return render(request, "slips.html", page=shown)

    async def keep(request: Request, form: Form) -> Response:
        asking.an_officer(request, "registrar", "note-taker")
        form.only("slips")
        data = form.files.get("slips") or form.one("slips").encode()
        if not data:
            raise Misused("Please choose the file that the slips are in.")
        read = slips.read(data)
        await site.work(lambda desk: take_in(desk, read))
        return see_other("/slips")

    async def keep_one(request: Request, form: Form) -> Response:
        asking.an_officer(request, "registrar", "note-taker")
        form.only(*slips.FIELDS)
        said = {name: form.one(name) for name in slips.FIELDS}
        said["consent"] = "yes" if form.ticked("consent") else "no"
        read = slips.one(said)
        await site.work(lambda desk: take_in(desk, [read]))
        return see_other("/slips")

    return [
        site.page("/slips", page),
        site.form("/slips", keep, again=page),
        site.form("/slips/one", keep_one, again=page),
    ]


def take_in(desk: Desk, read: Iterable[Slip]) -> None:
    """Keep slips, each tied to the code of its torn-off part.

    Raises:
        Refused: such a code belongs to a slip that is here already.
    """
    for each in read:
        number = people.keep_slip(desk.connection, each.document())
        if each.code and not tear_offs.keep(desk.connection, each.code, slip=number):
            raise Refused(
                "A slip with the code {code} is here already, so none was added.",
                code=each.code,
            )
