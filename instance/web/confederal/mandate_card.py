"""A mandate on paper: what the delegate must do, and a code that leads to the check.

Whoever scans the code sees on the page of the mandate which decision and which election
stand behind it, whether two tellers confirmed it, and whether it is still in force, or
which entry ended it. The fingerprint on the card is compared by eye where the node that
it leads to is dark.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from instance.web import asking, naming, paper
from instance.web.confederal import mandates
from instance.web.languages import N_
from instance.web.site import Site

SMALL: Final = "a6"
TITLE: Final = N_("What our delegate must do")


def routes(site: Site) -> list[Route]:
    node = site.node

    async def card(request: Request) -> Response:
        digest = asking.digest(request)
        page = await node.look(lambda desk: mandates.view(desk, digest))
        spoken = paper.beside(request)
        at = f"/mandates/{naming.in_hex(digest)}"
        small = request.query_params.get("on") == SMALL
        return paper.show(
            request,
            "sheet_mandate.html",
            back=at,
            variants=(
                (f"{at}/card", N_("On A4"))
                if small
                else (f"{at}/card?on={SMALL}", N_("For the pocket, A6")),
                *paper.other_languages(request, spoken),
            ),
            page=page,
            small=small,
            address=f"{node.config.base}{at}",
            sides=paper.sides("_mandate_card.html", spoken, page=page),
            titles=paper.titles(TITLE, spoken),
        )

    return [site.page("/mandates/{hex}/card", card)]
