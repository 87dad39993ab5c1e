"""How a reader wants the pages is kept in their browser, and nowhere else."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from instance.web import languages, visits
from instance.web.site import Site, not_found, see_other

KEPT_FOR: Final = 365 * 24 * 3600
LONGEST_WAY_BACK: Final = 2_000


def routes(site: Site) -> list[Route]:
    async def choose_language(request: Request) -> Response:
        code = request.path_params["code"]
        if code not in languages.LANGUAGES:
            raise not_found()
        response = see_other(_way_back(request))
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


def _way_back(request: Request) -> str:
    """The page that the reader came from; never one of another site."""
    back = request.query_params.get("back", "/")
    ours = back.startswith("/") and not back.startswith(("//", "/\\"))
    plain = back.isprintable() and len(back) <= LONGEST_WAY_BACK
    return back if ours and plain else "/"
