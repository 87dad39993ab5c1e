"""The hall: how a room gets in, and who holds the assembly's pen.

What stands on the wall is for everybody who can see the wall.
"""

import io
from dataclasses import dataclass

import segno
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from instance import lan
from instance.config import Config, Wifi
from instance.web.rendering import render
from instance.web.site import Site, not_found


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinPage:
    """What a room needs to get in: an address, its code, and the Wi-Fi if it is told.

    ``others`` are further addresses of the same machine.
    """

    address: str
    code: Markup
    others: tuple[str, ...]
    wifi: Wifi | None
    wifi_code: Markup | None


def routes(site: Site) -> list[Route]:
    async def join(request: Request) -> Response:
        shown = view_join(site.node.config)
        if shown is None:
            raise not_found()
        return render(request, "hall_join.html", page=shown)

    return [site.page("/hall/join", join)]


def view_join(config: Config) -> JoinPage | None:
    """Show how to get in; None where no room is served."""
    if config.hall is None:
        return None
    first, *others = config.hall.origins
    wifi = config.hall.wifi
    return JoinPage(
        address=first.removeprefix("http://"),
        code=_drawn(first),
        others=tuple(each.removeprefix("http://") for each in others),
        wifi=wifi,
        wifi_code=None if wifi is None else _drawn(lan.join_code(wifi)),
    )


def _drawn(text: str) -> Markup:
    """Draw a QR code as a part of the page, for a policy that lets no styles in."""
    drawing = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        drawing,
        kind="svg",
        border=3,
        xmldecl=False,
        svgns=False,
        omitsize=True,
        nl=False,
    )
    return Markup(drawing.getvalue().decode())
