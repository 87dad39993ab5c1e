"""How a reader wants the pages is kept in their browser, and nowhere else."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from instance.web import languages, visits
from instance.web.site import Site, not_found, see_other, way_back

KEPT_FOR: Final = 365 * 24 * 3600


def routes(site: Site) -> list[Route]:
    async def choose_language(request: Request) -> Response:
        code = request.path_params["code"]
        if code not in languages.LANGUAGES:
            raise not_found()
        response = see_other(way_back(request))
        response.set_cookie(
            languages.COOKIE,
            code,
            max_age=KEPT_FOR,
            path="/",
            secure=visits.is_secure(site.node.config),
            httponly=True,
            samesite="lax",
        )
        return response

    return [site.page("/language/{code}", choose_language)]
