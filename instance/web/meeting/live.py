"""What changes in a room is on every screen at once, by server-sent events.

One hub a node. While anybody listens it looks, several times a second, whether anything
was committed; then it reads the meeting once, and sends each screen the pieces of its
page that are not what it has. Nothing that happens has to tell the hub, and nothing is
lost with it: a screen that comes back gets all of it as it is then.
"""

import asyncio
import contextlib
import functools
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Final, Literal

import structlog
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from activitypub import canonical
from confederation.errors import Refused
from confederation.floor import Person
from instance.desk import Desk
from instance.errors import Misused
from instance.meeting import door, floor
from instance.node import Node
from instance.web import languages
from instance.web.languages import Language
from instance.web.meeting import floor as keeping
from instance.web.meeting import room, screen
from instance.web.meeting.room import Mine
from instance.web.meeting.screen import person, somebody_here
from instance.web.rendering import TEMPLATES
from instance.web.site import Site, not_found
from instance.web.visits import Visit

As = Literal["screen", "room", "floor"]
GLANCE: Final = 0.1
"""Seconds after which the hub looks whether anything was committed."""

LOOK_AGAIN: Final = 15.0
"""Seconds after which it looks though nothing was, for the minutes that go by."""

BEAT: Final = 15.0
"""Seconds after which a screen hears that it is still followed."""

MOST: Final = 2_000
"""How many screens one node follows at once."""

SHARED: Final[dict[As, tuple[str, str] | None]] = {
    "screen": ("screen", "_screen.html"),
    "room": ("scene", "_scene.html"),
    "floor": None,
}
"""The piece of each page that is the same for all who look at it, and its template."""

FLOOR_PIECES: Final = {
    "now": "_floor_now.html",
    "stack": "_floor_stack.html",
    "side": "_floor_side.html",
}

log = structlog.get_logger()


@dataclass(eq=False, slots=True, kw_only=True)
class Screen:
    """One page that follows a meeting: who looks at it, and what it has."""

    session: str
    kind: As
    visit: Visit
    language: Language
    who: Person | None = None
    mine: Mine | None = None
    has: dict[str, bytes] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: dict[str, bytes] = field(default_factory=dict)

    def show(self, name: str, piece: bytes) -> None:
        """Put a piece in line for this page if it is not what it has."""
        if self.has.get(name) != piece:
            self.has[name] = piece
            self.waiting[name] = piece
            self.news.set()


class Hub:
    """Follows the meetings that somebody looks at, and nothing while nobody does."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._screens: set[Screen] = set()
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    async def follow(self, screen: Screen) -> AsyncIterator[bytes]:
        """Give a page the events of its meeting until it goes, or the node stops."""
        self._screens.add(screen)
        try:
            self._begin()
            yield self._time()
            while not self._closing:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(BEAT):
                        await screen.news.wait()
                screen.news.clear()
                pieces, screen.waiting = screen.waiting, {}
                yield b"".join(pieces.values()) or self._time()
        finally:
            self._screens.discard(screen)

    def close(self) -> None:
        """Let every page go, for the node stops."""
        self._closing = True
        for each in self._screens:
            each.news.set()

    @property
    def is_full(self) -> bool:
        return len(self._screens) >= MOST

    def _time(self) -> bytes:
        now = canonical.write_time(self._node.clock())
        return f"event: time\ndata: {now}\n\n".encode()

    def _begin(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        version, looked = None, 0.0
        while self._screens and not self._closing:
            now, mark = loop.time(), self._node.database.version()
            screens = [*self._screens]
            if mark != version or now - looked > LOOK_AGAIN:
                version, looked = mark, now
            else:
                screens = [each for each in screens if not each.has]
            # What cannot be shown now is tried again; the others go on.
            try:
                await self._look(screens)
            except Exception:
                log.exception("the room could not be shown")
                version = None
            await asyncio.sleep(GLANCE)
            if self._node.leaving:
                self.close()

    async def _look(self, screens: list[Screen]) -> None:
        for session in {each.session for each in screens}:
            here = [each for each in screens if each.session == session]
            reading = functools.partial(_read, session=session, screens=here)
            show = await self._node.look(reading)
            for done, each in enumerate(here):
                show(each)
                # A room full of phones is no reason to keep others waiting.
                if done % 16 == 15:
                    await asyncio.sleep(0)


def _read(desk: Desk, session: str, screens: list[Screen]) -> Callable[[Screen], None]:
    """Read all of a meeting that these pages need; return what shows it to one."""
    scene, there = screen.scene(desk, session), floor.state(desk, session)
    keepers: dict[Screen, keeping.Keeping | None] = {}
    for each in screens:
        if each.kind == "floor":
            with contextlib.suppress(Refused):
                keepers[each] = keeping.view(desk, session, each.visit)
    join = screen.how_to_join(desk.config)
    shared: dict[tuple[As, str], bytes] = {}

    def show(each: Screen) -> None:
        languages.speak(each.language)
        languages.tell_by(desk.config.zone)
        if (same := SHARED[each.kind]) is not None:
            name, template = same
            key = (each.kind, each.language.code)
            if key not in shared:
                shared[key] = _piece(name, template, scene=scene, join=join)
            each.show(name, shared[key])
        if each.kind == "room":
            assert each.who is not None
            mine = room.mine(there, scene, each.who)
            # To draw 160 forms anew takes longer than to see that they are the same.
            if mine != each.mine:
                each.mine = mine
                each.show(
                    "mine", _piece("mine", "_mine.html", mine=mine, visit=each.visit)
                )
        elif each.kind == "floor" and (page := keepers.get(each)) is not None:
            _show_floor(each, page)

    return show


def _show_floor(each: Screen, page: keeping.Keeping) -> None:
    if page.is_open:
        for name, template in FLOOR_PIECES.items():
            piece = _piece(name, template, page=page, visit=each.visit, entered={})
            each.show(name, piece)
    elif each.has:
        # A page without a place for a piece opens itself anew, and says how it is now.
        each.show("over", _event("over", ""))


def _piece(name: str, template: str, **page: object) -> bytes:
    """Draw a piece of a page, as the event that brings it."""
    return _event(name, TEMPLATES.get_template(template).render(page))


def _event(name: str, html: str) -> bytes:
    data = json.dumps({"name": name, "html": html}, ensure_ascii=False)
    return f"event: region\ndata: {data}\n\n".encode()


def routes(site: Site) -> list[Route]:
    hub = Hub(site.node)

    async def live(request: Request) -> Response:
        visit, id = somebody_here(request), request.path_params["id"]
        kind = request.query_params.get("as", "room")
        if kind not in SHARED:
            raise Misused("There is no such screen.")
        if hub.is_full:
            return Response(status_code=503, headers={"retry-after": "30"})
        who = await site.node.look(lambda desk: _check(desk, id, kind, visit))
        visit.token()
        following = Screen(
            session=id,
            kind=kind,
            visit=visit,
            language=languages.choose(request),
            who=who,
        )
        return _follow(following)

    async def wall(request: Request) -> Response:
        code: str = request.path_params["code"]
        id = await site.node.look(lambda desk: door.meeting_at_wall(desk, code))
        if id is None:
            raise not_found()
        if hub.is_full:
            return Response(status_code=503, headers={"retry-after": "30"})
        return _follow(
            Screen(
                session=id,
                kind="screen",
                visit=request.state.visit,
                language=languages.choose(request),
            )
        )

    def _follow(following: Screen) -> Response:
        return StreamingResponse(
            hub.follow(following),
            media_type="text/event-stream",
            headers={"x-accel-buffering": "no"},
        )

    return [
        site.page("/sessions/{id}/live", live),
        site.page("/wall/{code}/live", wall),
    ]


def _check(desk: Desk, id: str, kind: As, visit: Visit) -> Person:
    if kind == "floor":
        keeping.view(desk, id, visit)
        return keeping.keeper(desk, id, visit)
    floor.state(desk, id)
    return person(desk, id, visit)
