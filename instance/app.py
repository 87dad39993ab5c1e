"""The composition root: settings, store, client, node, jobs and routes."""

import asyncio
import contextlib
import fcntl
import gc
import resource
import socket
from collections.abc import AsyncIterator, Iterator
from importlib import metadata
from types import FrameType
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from activitypub import messages
from activitypub.addresses import Guard
from activitypub.client import Client
from activitypub.errors import (
    Forbidden,
    Malformed,
    NotAuthentic,
    ProtocolError,
    TooLarge,
    TooMany,
    TooSlow,
    Unreachable,
    Unsupported,
)
from instance import web
from instance.config import Config
from instance.desk import Desk
from instance.errors import Misused, NoRoom, PenElsewhere
from instance.fediverse import federation, lookup, media
from instance.fediverse.answers import Answers, Counter, Front
from instance.fediverse.callers import Callers
from instance.fediverse.knocks import Knocks
from instance.fediverse.media import Media
from instance.fediverse.patience import Listening
from instance.fediverse.receiving import Inbox
from instance.jobs import Jobs
from instance.matters import erasing
from instance.membership import belonging
from instance.node import Clock, Node, utc_now
from instance.store import lending
from instance.store.database import Database, current
from instance.upkeep import hall, keys
from instance.web.site import problem

YOUNG_OBJECTS: Final = 20_000
MOST_FILES: Final = 8_192
VERSION: Final = metadata.version("folkmoot")
STATUS: Final[dict[type[BaseException], int]] = {
    ProtocolError: 400,
    Malformed: 400,
    NotAuthentic: 401,
    Forbidden: 403,
    TooLarge: 413,
    Unsupported: 415,
    TooMany: 429,
    TooSlow: 408,
    Unreachable: 401,
    NoRoom: 503,
}
ROOM_AGAIN: Final = 300
"""Seconds after which whoever found the disk full may try again."""


def serve(config: Config, *, clock: Clock = utc_now) -> None:
    """Serve a node until it is stopped.

    Args:
        config: its settings.
        clock: what tells it the time.

    Raises:
        Misused: the port is taken, the node is served already, or its files cannot be
            used.
        sqlite3.OperationalError: its database cannot be written.
    """
    keys.read_secret(config.secret)
    with contextlib.ExitStack() as stack:
        stack.enter_context(_served_once(config))
        with contextlib.closing(current(config.database)) as connection:
            # What cannot be written is said before anybody waits at the door. SQLite
            # begins a transaction on a read-only file as well, and refuses to write.
            connection.execute("begin immediate")
            connection.execute("delete from errand where false")
            connection.execute("rollback")
        places = (config.listen,) if config.hall is None else config.hall.listens
        doors = [stack.enter_context(_bind(place)) for place in places]
        _allow_many_connections()
        server = _Server(
            uvicorn.Config(
                make(config, clock=clock),
                loop="uvloop",
                http=Listening,
                ws="none",
                access_log=False,
                # Its warnings are about what strangers send, who would fill the log.
                log_level="error",
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=5,
            )
        )
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=doors)
    if not server.started:
        raise Misused(
            "The node could not start on {listen}. The lines above say why.",
            listen=config.listen,
        )


class _Server(uvicorn.Server):
    """Lets those go who follow a meeting, as soon as it is told to stop.

    Their answers have no end, and it would wait for that.
    """

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take note of a signal to stop."""
        app = self.config.app
        if isinstance(app, Starlette) and hasattr(app.state, "node"):
            app.state.node.leaving = True
        super().handle_exit(sig, frame)


@contextlib.contextmanager
def _served_once(config: Config) -> Iterator[None]:
    """Hold a node's directory against a second process that would serve it.

    However this one ends, the system lets go of it.

    Raises:
        Misused: another one holds it.
    """
    # Nothing else locks the secret, and no command writes it while a node serves.
    with config.secret.open("rb") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Misused("The node is serving: stop it first.") from error
        yield


def _allow_many_connections() -> None:
    """Let hosts that keep us waiting cost no place that another one needs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < MOST_FILES:
        most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def _bind(place: str) -> socket.socket:
    host, _, port = place.rpartition(":")
    door = socket.socket()
    # A node that was killed comes back at once to the port that it had.
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, int(port)))
    except OSError as error:
        door.close()
        raise Misused(
            "The node cannot listen on {place}: {why}. Another program may have "
            "that port.",
            place=place,
            why=error.strerror,
        ) from error
    return door


def make(config: Config, *, clock: Clock = utc_now) -> Starlette:
    """Put a node together; it starts and stops with the application's lifespan."""
    counter = Counter(scheme=config.scheme)
    middleware = [Middleware(Front, counter=counter)]
    if config.media_domain is not None:
        middleware.insert(0, Middleware(media.Apart, domain=config.media_domain))
    return Starlette(
        lifespan=_lifespan(config, counter, clock),
        middleware=middleware,
        exception_handlers={ProtocolError: _explain, NoRoom: _explain, **web.HANDLERS},
    )


def _lifespan(config: Config, counter: Counter, clock: Clock):  # type: ignore[no-untyped-def]
    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            database = await stack.enter_async_context(Database(config.database))
            node = app.state.node = Node(config, database, clock=clock)
            hall.clear_up(config)
            await node.judge_anew()
            # What a crash may have left of it, where a meeting closed just before.
            await database.forget_steps()
            # While the pen is out nothing is erased here: it is when it comes back.
            with contextlib.suppress(PenElsewhere):
                await node.work(erasing.reapply)
                await node.work(belonging.reapply)
            name = f"Folkmoot/{VERSION} (+{config.base})"
            guard = Guard(own=config.host, networks=config.reachable, bars=node.bars)
            client = await stack.enter_async_context(
                Client(guard, clock=node.clock, user_agent=name, knocks=Knocks(node))
            )
            for_media = await stack.enter_async_context(
                Client(guard, clock=node.clock, user_agent=name, limits=media.LIMITS)
            )
            callers = Callers(node, client)
            jobs = await stack.enter_async_context(Jobs(node, client, callers))
            inbox = Inbox(
                node, callers, arrived=jobs.arrived, heard_from=jobs.heard_from
            )
            written = stack.enter_context(Answers(config.database))
            former = await node.look(lookup.former_hosts)
            site = web.site_of(node, client, stirred=jobs.stirred)
            playing = asyncio.create_task(web.play_on(site))
            stack.push_async_callback(_stop, playing)
            if await node.look(_is_in_hall):
                # Others find the assembly at home; here are its people.
                app.router.routes.extend([*site.routes, Route("/health", _healthy)])
                _spare_the_collector()
                yield
                return
            if config.mail is not None:
                sending = asyncio.create_task(web.send_on(site))
                stack.push_async_callback(_stop, sending)
            app.router.routes.extend(
                [
                    # Routes are tried one after the other, so the busiest come first.
                    *federation.inboxes(config, inbox),
                    *federation.first_routes(node, written, callers),
                    # Where both answer, whoever asks for HTML gets the page.
                    *site.routes,
                    *federation.routes(node, written, callers, former=former),
                    *Media(node, for_media).routes(),
                    Route("/health", _healthy),
                ]
            )
            counter.choosy = lambda: node.judgement.keeps_anybody_away
            counter.former = former
            callers.former = frozenset(host.decode() for host in former)
            counter.answers = written
            counter.inboxes = frozenset(federation.inbox_paths(config))
            counter.inbox = _explained(inbox)
            _spare_the_collector()
            yield

    return lifespan


def _is_in_hall(desk: Desk) -> bool:
    return lending.in_hall(desk.connection) is not None


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _spare_the_collector() -> None:
    """Let the garbage collector pass over what was loaded and stays for good.

    Looking through all of it again and again took a seventh of the time under load.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)


async def _healthy(request: Request) -> Response:
    return PlainTextResponse("ok\n")


def _explained(app: ASGIApp) -> ASGIApp:
    """Answer the mistakes of those who come to an application, as the routes do."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except (ProtocolError, NoRoom) as error:
            refusal = await _explain(Request(scope), error)
            await refusal(scope, receive, send)

    return answer


async def _explain(request: Request, error: Exception) -> Response:
    """Answer a mistake of theirs, or our want of room, with a sentence (FEP-c180)."""
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    headers = {}
    if isinstance(error, TooMany):
        headers["retry-after"] = str(error.retry_after)
    if isinstance(error, NoRoom):
        headers["retry-after"] = str(ROOM_AGAIN)
    if status == 401:
        headers["accept-signature"] = messages.wanted(has_body=request.method == "POST")
    return problem(status, str(error), headers=headers)
