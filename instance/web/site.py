"""Every page and form goes through here: who asks, what they sent, how a no reads.

A page is asked for and shown. A form is carried out and answered with 303, or refused:
then the page it stood on is shown again with the sentence that says why, and with what
the person had typed, and nothing was changed.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Match, Route
from starlette.types import Scope

from activitypub.client import Client
from activitypub.errors import Malformed
from confederation.errors import Invalid, NotEntitled, Refused, Unknown
from instance.config import Config
from instance.desk import Desk
from instance.errors import MayNameSomebody, Misused, NoRoom, PenElsewhere
from instance.node import Node
from instance.store import lending, waiting_forms
from instance.web import forms, languages, naming, visits, waiting
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.meeting.feelings import Feelings
from instance.web.refilling import refill
from instance.web.rendering import LONGEST_WAY_BACK, Frame, Pen, render
from instance.web.tries import TooOften, Tries
from instance.web.visits import Member, Visit

T = TypeVar("T")
Show = Callable[[Request], Awaitable[Response]]
Act = Callable[[Request, Form], Awaitable[Response]]

STATUS: Final[dict[type[BaseException], int]] = {
    Refused: 409,
    NotEntitled: 403,
    Unknown: 404,
    Invalid: 422,
    Misused: 422,
    TooOften: 429,
    Malformed: 422,
    NoRoom: 503,
}
REASONS: Final = (Refused, Misused, Malformed, NoRoom)
TYPED_IN_ONE_WORD: Final = {"address"}
POLICY: Final = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A field of a form that was refused; ``words`` are shown, the rest goes along."""

    name: str
    value: str
    words: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The web of one node. ``stirred`` tells its jobs that there is something to do.

    ``feelings`` are those that rooms share now; they are nowhere but here.
    ``tries`` are the wrong codes of count sheets, wherever they were typed.
    """

    node: Node
    client: Client
    stirred: Callable[[], None]
    feelings: Feelings
    tries: Tries = field(default_factory=Tries)
    routes: list[Route] = field(default_factory=list, compare=False)
    acts: list[tuple[Route, Act]] = field(default_factory=list, compare=False)

    async def work(self, job: Callable[[Desk], T]) -> T:
        """Do a job in one transaction, and let what follows from it begin."""
        result = await self.node.work(job)
        self.stirred()
        return result

    def page(self, path: str, show: Show) -> Route:
        """Make the route of a page that anybody may ask for."""
        return Route(path, self._shown(show), methods=["GET"])

    def spoken_page(self, path: str, show: Show) -> Route:
        """Make the route of a page whose address servers ask for a document as well."""
        return _PageForPeople(path, self._shown(show), methods=["GET"])

    def form(
        self,
        path: str,
        act: Act,
        *,
        again: Show | None = None,
        most: int = forms.MOST_WITH_FILES,
    ) -> Route:
        """Make the route that a form is sent to.

        ``again`` shows the page that the form stands on, for when it is refused; the
        route's path must give it all that it needs. Without it a plain page says why.
        ``most`` is how many bytes there is room for where it brings files.
        """

        async def endpoint(request: Request) -> Response:
            await self._arrive(request)
            visit: Visit = request.state.visit
            try:
                response = await self._carry_out(request, act, most=most)
            except REASONS as reason:
                if isinstance(reason, PenElsewhere) and waiting.may_wait(request):
                    await waiting.keep(self.node, request)
                    response = see_other("/hall")
                else:
                    visit.refusal = languages.reason(reason)
                    visit.about_people = (
                        isinstance(reason, MayNameSomebody) or "aware" in visit.entered
                    )
                    response = await _refused(request, reason, again)
            return await self._leave(request, response)

        route = Route(path, endpoint, methods=["POST"])
        self.acts.append((route, act))
        return route

    def _shown(self, show: Show) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            await self._arrive(request)
            languages.speak(languages.choose(request))
            try:
                response = await show(request)
            except REASONS as reason:
                response = _sorry(request, reason)
            return await self._leave(request, response)

        return endpoint

    async def _carry_out(self, request: Request, act: Act, *, most: int) -> Response:
        visit: Visit = request.state.visit
        check_origin(request, self.node.config)
        form = await forms.read(request, most=most, zone=self.node.config.zone)
        visit.entered = form.entered
        request.state.form = form
        visit.check(form.one(forms.TOKEN))
        return await act(request, form)

    async def _arrive(self, request: Request) -> None:
        def arrive(desk: Desk) -> tuple[Visit, Frame]:
            visit = visits.arrive(desk, request.cookies)
            return visit, frame(desk, visit.member)

        languages.tell_by(self.node.config.zone)
        languages.speak(languages.choose(request))
        request.state.visit, request.state.frame = await self.node.look(arrive)

    async def _leave(self, request: Request, response: Response) -> Response:
        visit: Visit = request.state.visit
        if visit.asked_for_token and not visit.kept:
            await self.node.look(
                lambda desk: visits.keep(desk, response, session=visit.session)
            )
        protect(response, self.node.config)
        signed_in = visit.member or visit.holder or visit.servant
        private = bool(signed_in or visit.asked_for_token)
        response.headers["cache-control"] = "no-store" if private else "no-cache"
        response.headers.setdefault("vary", "Accept, Accept-Language, Cookie")
        return response


def frame(desk: Desk, member: Member | None = None) -> Frame:
    """Return what stands around every page of this node."""
    config = desk.config
    return Frame(
        name=naming.our_name(desk),
        handle=f"@{config.slug}@{config.host}" if config.federates else None,
        now=desk.now,
        pen=_pen(desk),
        refused=0
        if member is None
        else waiting_forms.refused(desk.connection, member.id),
    )


def _pen(desk: Desk) -> Pen:
    on = lending.newest(desk.connection)
    if on is None or (on.place == "home" and not on.is_on):
        return "here"
    return "out" if on.place == "home" else "hall" if on.state == "out" else "gone"


def see_other(path: str) -> Response:
    """Send a browser on to a page of ours after a form was carried out."""
    return RedirectResponse(path, status_code=303)


def way_back(request: Request) -> str:
    """Return the page that a reader came from or asked for; never one elsewhere.

    A page says it in its address, and a form that is shown again in its field.
    """
    visit: Visit | None = getattr(request.state, "visit", None)
    entered = "/" if visit is None else visit.entered.get("back", "/")
    back = request.query_params.get("back", entered)
    ours = back.startswith("/") and not back.startswith(("//", "/\\"))
    plain = back.isprintable() and len(back) <= LONGEST_WAY_BACK
    return back if ours and plain else "/"


def not_found() -> HTTPException:
    """Return what to raise where there is no such page."""
    return HTTPException(404)


def check_origin(request: Request, config: Config) -> None:
    """Make sure that a form was sent from a page of this site.

    Browsers say where a form comes from; programs that say nothing bring the token.

    Raises:
        NotEntitled: it came from somewhere else.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    ours = {request.headers.get("host", ""), config.host}
    if site != "same-origin" or (
        origin is not None and urlsplit(origin).netloc not in ours
    ):
        raise NotEntitled(
            "This form was sent from another site, so nothing was done. Please use "
            "the form on our own page."
        )


def protect(response: Response, config: Config | None) -> None:
    """Tell a browser to run, load and send nothing but what is ours.

    What is stricter already stays as it is.
    """
    media = "" if config is None else config.media_base
    images = f"; img-src 'self' {media}" if media else ""
    response.headers.setdefault("content-security-policy", POLICY + images)
    response.headers["x-content-type-options"] = "nosniff"
    response.headers["referrer-policy"] = "same-origin"
    response.headers["cross-origin-opener-policy"] = "same-origin"
    response.headers["permissions-policy"] = "camera=(), geolocation=(), microphone=()"
    if config is not None and visits.is_secure(config):
        response.headers["strict-transport-security"] = "max-age=31536000"


def wants_page(accept: str) -> bool:
    """Whether a person's browser asks, and no server that wants a document."""
    return (
        "text/html" in accept
        and "activity+json" not in accept
        and "ld+json" not in accept
    )


async def explain(request: Request, error: Exception) -> Response:
    """Answer a request for nothing, by a wrong method, or one that we failed at."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    if not wants_page(request.headers.get("accept", "")):
        return problem(status, _plainly(error, status), headers=headers)
    says = None if status in _PLAINLY else _plainly(error, status)
    if not hasattr(request.state, "frame") and status != 500:
        await _put_round(request)
    response = render(
        request, "error.html", status=status, code=status, says=says, typed=()
    )
    response.headers.update(headers or {})
    protect(response, None)
    return response


async def _put_round(request: Request) -> None:
    """Put the name of the assembly round a page that no route of ours showed."""
    node: Node = request.app.state.node
    languages.tell_by(node.config.zone)
    request.state.frame = await node.look(frame)


def problem(
    status: int, says: str, *, headers: Mapping[str, str] | None = None
) -> Response:
    """Tell a program what went wrong, in the form of RFC 9457 (FEP-c180)."""
    return JSONResponse(
        {"type": "about:blank", "status": status, "title": says},
        status_code=status,
        media_type="application/problem+json",
        headers={"cache-control": "no-store", **(headers or {})},
    )


def _plainly(error: Exception, status: int) -> str:
    if isinstance(error, HTTPException) and status not in _PLAINLY:
        return str(error.detail)
    return _PLAINLY.get(status, N_("This could not be answered."))


_PLAINLY: Final = {
    404: N_("There is nothing at this address."),
    405: N_("This address cannot be used in this way."),
    500: N_("Something went wrong here. Nothing of it was kept."),
}


async def _refused(request: Request, reason: Exception, again: Show | None) -> Response:
    if again is None:
        stale = isinstance(reason, NotEntitled)
        return _sorry(request, reason, typed=() if stale else _typed(request))
    languages.speak(languages.choose(request))
    try:
        response = await again(request)
    except (*REASONS, HTTPException):
        return _sorry(request, reason)
    response.status_code = _status(reason)
    form: Form | None = getattr(request.state, "form", None)
    if form is not None:
        visit: Visit = request.state.visit
        may = {name: form.values[name] for name in visit.entered if name in form.values}
        page = bytes(response.body).decode()
        response.body = refill(
            page,
            action=request.url.path,
            values=may,
            field=reason.field if isinstance(reason, Misused) else "",
            why=languages.translated(languages.reason(reason)),
        ).encode()
        response.headers["content-length"] = str(len(response.body))
    return response


def _sorry(
    request: Request, reason: Exception, *, typed: Sequence[Typed] = ()
) -> Response:
    status = _status(reason)
    says = languages.reason(reason)
    return render(
        request, "error.html", status=status, code=status, says=says, typed=typed
    )


def _typed(request: Request) -> tuple[Typed, ...]:
    """Return a refused form's fields, so that nobody types the same words twice.

    Empty where it holds no words and no address: then to choose again is no work.
    """
    form: Form | None = getattr(request.state, "form", None)
    fields = () if form is None else form.values.items()
    found = tuple(
        Typed(
            name=name,
            value=value,
            words=len(value.split()) > 1 or name in TYPED_IN_ONE_WORD,
        )
        for name, given in fields
        if name != forms.TOKEN
        for value in given
    )
    return found if any(each.words for each in found) else ()


def _status(reason: Exception) -> int:
    return next(STATUS[kind] for kind in type(reason).__mro__ if kind in STATUS)


class _PageForPeople(Route):
    """A page at an address where servers get a document: it leaves those to others."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        accept = next(
            (value for name, value in scope.get("headers", ()) if name == b"accept"),
            b"",
        )
        if not wants_page(accept.decode("latin-1")):
            return Match.NONE, {}
        return super().matches(scope)
