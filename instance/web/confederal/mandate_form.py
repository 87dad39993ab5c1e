"""The form of a mandate on paper: what the form on the screen asks, to fill in by hand.

One sheet for each proposal that is open, with its options and clauses printed, and one
on which all is blank. What stands on a sheet is copied by two people.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.identifiers import CompactId
from instance.web import asking, naming, paper, visits
from instance.web.confederal import seat_page
from instance.web.naming import in_hex
from instance.web.site import Site


def routes(site: Site) -> list[Route]:
    async def form(request: Request) -> Response:
        member, seat = visits.the_member(request), CompactId(asking.digest(request))
        page = await site.node.look(lambda desk: seat_page.view(desk, seat, member))
        name = await site.node.look(naming.our_name)
        return paper.show(
            request,
            "sheet_mandate_form.html",
            back=f"/seats/{in_hex(seat)}",
            page=page,
            name=name,
        )

    return [site.page("/seats/{hex}/form", form)]
