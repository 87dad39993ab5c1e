"""People come in by a personal link or a printed code, and need to remember nothing.

Whoever wants a password can have one beside them.

A link works only by the button on its page: whoever previews a link in a chat, or scans
mail for dangers, opens it and must not come in.
"""

import asyncio
from ipaddress import ip_address
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.errors import Unknown
from instance import node
from instance.desk import Desk
from instance.errors import Misused
from instance.membership import passkeys, passwords, welcome
from instance.store import people
from instance.web import visits
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.rendering import render
from instance.web.site import Site, see_other, way_back
from instance.web.tries import Tries
from instance.web.visits import Member, Servant, Visit

LONGEST_TOKEN: Final = 200
NO_SUCH_CODE: Final = N_(
    "This code opens nothing here. Please compare it letter by letter with your paper; "
    "the registrar can give you a new one."
)
NO_SUCH_PASSWORD: Final = N_(
    "This name and this password do not belong together here. Your code or your "
    "personal link opens the door as well; the registrar can give you a new one."
)
NO_SUCH_LINK: Final = N_(
    "This link opens nothing here: it may have been cut short. Please try the code on "
    "your paper, or ask the registrar for a new link."
)


def routes(site: Site) -> list[Route]:
    here, tries = site.node, Tries()
    # One derivation takes 19 MiB: so many at a time, and no more.
    deriving = asyncio.Semaphore(2)

    async def sign_in_page(request: Request) -> Response:
        return render(
            request,
            "sign_in.html",
            letters=welcome.CODE_LENGTH,
            passkeys=passkeys.offered(here.config),
            to=way_back(request),
        )

    async def sign_in(request: Request, form: Form) -> Response:
        form.only("code", "back")
        code = form.line("code", "Your code", most=LONGEST_TOKEN)
        plain = "".join(letter for letter in code.lower() if letter.isalnum())
        address, at = where_from(request), int(here.clock().timestamp())
        tries.check(address, at=at)
        member = await here.look(lambda desk: comes_in(desk, plain, kind="code"))
        if member is None:
            tries.wrong(address, at=at)
            raise Misused(NO_SUCH_CODE).of("code")
        return await come_in(request, member)

    async def by_password(request: Request, form: Form) -> Response:
        form.only("name", "password", "back")
        name = form.line("name", "Your name", most=welcome.LONGEST_NAME)
        password = form.one("password")[: passwords.LONGEST + 1]
        address, at = where_from(request), int(here.clock().timestamp())
        for known_as in (address, f"name {name.lower()}"):
            tries.check(known_as, at=at)
        kept = await here.look(lambda desk: people.passwords_of(desk.connection, name))
        found = None
        async with deriving:
            for member, each in kept or [("", passwords.NOBODYS)]:
                if await asyncio.to_thread(passwords.fits, password, each):
                    found = member
        if found is None:
            for known_as in (address, f"name {name.lower()}"):
                tries.wrong(known_as, at=at)
            raise Misused(NO_SUCH_PASSWORD).of("password")
        return await come_in(request, found)

    async def link_page(request: Request) -> Response:
        person = await invited(request)
        return render(request, "come_in.html", name=person.name)

    async def use_link(request: Request, form: Form) -> Response:
        form.only()
        person = await invited(request)
        return await come_in(request, person.id)

    async def sign_out(request: Request, form: Form) -> Response:
        form.only()
        visit: Visit = request.state.visit
        await here.work(lambda desk: visits.end(desk, visit))
        response = see_other("/")
        visits.forget(here.config, response)
        visit.asked_for_token = False
        return response

    async def invited(request: Request) -> Member | Servant:
        token = request.path_params["token"][:LONGEST_TOKEN]

        def find(desk: Desk) -> Member | Servant | None:
            id = people.member_with(desk.connection, token, kind="link")
            return None if id is None else person_of(desk, id)

        person = await here.look(find)
        if person is None:
            raise Unknown(NO_SUCH_LINK)
        return person

    async def come_in(request: Request, member: str) -> Response:
        servant = await here.look(lambda desk: visits.servant_of(desk, member))
        to = await here.look(lambda desk: where_to(desk, asked_for=way_back(request)))
        response = see_other("/servant" if servant else to)
        visit: Visit = request.state.visit

        def begin(desk: Desk) -> None:
            # A new session: a cookie that was planted or kept is worth nothing now.
            visits.end(desk, visit)
            visits.keep(desk, response, member=member, session=visits.new_session())

        await here.work(begin)
        return response

    return [
        site.page("/sign-in", sign_in_page),
        site.form("/sign-in", sign_in, again=sign_in_page),
        site.form("/sign-in/password", by_password, again=sign_in_page),
        site.page("/in/{token}", link_page),
        site.form("/in/{token}", use_link),
        site.form("/sign-out", sign_out),
    ]


def person_of(desk: Desk, id: str) -> Member | Servant | None:
    """Return who comes in by a link, a code or a passkey; None once they may not."""
    return visits.member_of(desk, id) or visits.servant_of(desk, id)


def comes_in(desk: Desk, token: str, *, kind: str) -> str | None:
    """Return whom a token lets in; None for nobody, and for an account that ended."""
    id = people.member_with(desk.connection, token, kind=kind)
    if id is None or person_of(desk, id) is None:
        return None
    return id


def where_to(desk: Desk, *, asked_for: str) -> str:
    """Say where somebody goes who has come in: to the page that sent them to the door.

    Whoever asked for none goes to the first evening until it begins.
    """
    if asked_for != "/":
        return asked_for
    if node.exists(desk, "assembly:it") or not node.load_all(desk, "session"):
        return "/"
    return "/first"


def where_from(request: Request) -> str:
    """Return the address that a request comes from.

    A proxy on this machine says in its last line whom it speaks for; nobody else is
    believed.
    """
    peer = request.client.host if request.client else ""
    told = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    try:
        return told if told and ip_address(peer).is_loopback else peer
    except ValueError:
        return peer
