"""Who calls on this node: whoever sends to an inbox, and whoever asks for a document.

What is known of their keys is kept here, parsed: that costs more than checking a
signature. `activitypub.inbox` judges; here its wishes are carried out.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Generator, Iterable
from datetime import UTC, datetime
from typing import Final, TypeVar

from starlette.types import Scope

from activitypub import addresses, canonical, inbox, reading
from activitypub.canonical import JsonObject
from activitypub.client import Client
from activitypub.errors import Forbidden, ProtocolError, TooMany, Unreachable
from activitypub.inbox import (
    Accepted,
    Answer,
    Asker,
    Fetch,
    Ignored,
    Known,
    Recall,
    Remember,
    Wish,
)
from activitypub.signatures import Request, Signer
from instance import speech
from instance.desk import Desk
from instance.fediverse.rates import Rates
from instance.node import Node
from instance.store import inbound, moderation, posts

MOST_KNOWN: Final = 10_000
MOST_ASKED: Final = 100
"""So many servers are asked at a time about those whom we do not know."""
TRY_AGAIN: Final = 10
A_KEY_IS_GOOD: Final = 5
"""Seconds for which our own key is used without looking whether it was replaced."""

Found = TypeVar("Found")


class Callers:
    """Knows callers by their signatures, and asks their servers about new ones."""

    def __init__(self, node: Node, client: Client) -> None:
        self._node = node
        self._client = client
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._since: OrderedDict[str, int] = OrderedDict()
        self._rates = Rates(
            arrivals=node.config.arrivals_a_minute,
            newcomers=node.config.newcomers_an_hour,
        )
        self._asked = 0
        self._signer: tuple[Signer, float] | None = None
        self._sought: dict[str, asyncio.Future[Known | None]] = {}
        self._looking = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self.former: frozenset[str] = frozenset()
        """The hosts at which the node was before, and where it is sent things yet."""

    def _host(self, request: Request) -> str:
        """Return which of our own hosts a request is for; a signature must cover it."""
        said = [value for name, value in request.headers if name == "host"]
        host = said[0] if len(said) == 1 else ""
        return host if host in self.former else self._node.config.host

    async def sender(self, request: Request) -> Accepted | Ignored:
        """Find out whose activity this is.

        Raises:
            ProtocolError: as `inbox.receive`.
        """
        config, now = self._node.config, self._node.clock()
        host = self._host(request)
        steps = inbox.receive(request, host=host, now=now, scheme=config.scheme)
        asked: list[Known] = []

        async def note(known: Known) -> None:
            await self._cache(known)
            asked.append(known)

        kept_with_it = False
        try:
            found = await self._drive(steps, note)
            if isinstance(found, Accepted):
                await self._count(found)
                kept_with_it = found.actor_document is not None
            return found
        finally:
            # What is accepted goes to the disk together with what its sender's server
            # said. Of anybody else it is kept by itself that they were asked about.
            if asked and not kept_with_it:
                await self._keep_asked(asked[-1])

    async def _count(self, sent: Accepted) -> None:
        """Take what was sent out of the budgets of who sent it (S52)."""
        if not self._rates.counts_arrivals or self._is_ours(sent.actor):
            return
        since = await self._met_since(_domain(sent.actor), keep=True)
        try:
            self._rates.hear(sent.actor, since=since, at=self._seconds)
        except TooMany:
            if sent.actor_document is not None:
                # It is kept with what they sent, or not at all.
                self.forget([sent.actor])
            raise

    async def asker(self, scope: Scope) -> Asker | None:
        """Find out who asks for a document; None if nobody says so.

        Nothing of what strangers ask is written down.

        Raises:
            ProtocolError: as `inbox.asker`.
        """
        asked = request(scope)
        if not any(name == "signature" for name, _ in asked.headers):
            return None
        config, now = self._node.config, self._node.clock()
        host = self._host(asked)
        steps = inbox.asker(asked, host=host, now=now, scheme=config.scheme)
        return await self._drive(steps, self._cache)

    async def vouched(self, document: JsonObject) -> str:
        """Find out whose document this is by its proof, whoever passed it on.

        Raises:
            ProtocolError: as `inbox.vouched`.
        """
        return await self._drive(
            inbox.vouched(document, now=self._node.clock()), self._keep_asked
        )

    def forget(self, actors: Iterable[str]) -> None:
        """Look up anew what is known of these actors, whose keys have changed (S57)."""
        for actor in actors:
            self._known.pop(actor, None)

    async def _drive(
        self,
        steps: Generator[Wish, Answer, Found],
        remember: Callable[[Known], Awaitable[None]],
    ) -> Found:
        answer: Answer = None
        error: ProtocolError | None = None
        stranger: str | None = None
        try:
            while True:
                wish = steps.send(answer) if error is None else steps.throw(error)
                answer, error = None, None
                match wish:
                    case Recall(actor=actor):
                        answer = known = await self._recall(actor)
                        stranger = None if known and known.keys else actor
                    case Remember(known=known):
                        await remember(known)
                    case Fetch(url=url):
                        if stranger is not None:
                            await self._may_meet(stranger)
                        try:
                            answer = await self._fetch(url)
                        except ProtocolError as unreachable:
                            error = unreachable
        except StopIteration as stop:
            found: Found = stop.value
            known = self._known.get(stranger) if stranger is not None else None
            if known is not None and known.keys:
                await self._met(known.actor)
            return found

    async def _may_meet(self, actor: str) -> None:
        if self._rates.counts_newcomers:
            domain = _domain(actor)
            since = await self._met_since(domain, keep=False)
            self._rates.may_meet(domain, since=since, at=self._seconds)

    async def _met(self, actor: str) -> None:
        if self._rates.counts_newcomers:
            domain = _domain(actor)
            since = await self._met_since(domain, keep=True)
            self._rates.met(domain, since=since, at=self._seconds)

    async def _met_since(self, domain: str, *, keep: bool) -> int:
        """Find when a domain was first met, in seconds since 1970; now if never.

        Only who proved to come from there lets it be kept.
        """
        since = self._since.get(domain)
        if since is None:
            job = moderation.meet if keep else moderation.met
            at = int(self._seconds)
            ask = self._node.work if keep else self._node.look
            since = await ask(lambda desk: job(desk.connection, domain, at=at))
            if keep:
                self._since[domain] = since
                if len(self._since) > MOST_KNOWN:
                    self._since.popitem(last=False)
        return since

    @property
    def _seconds(self) -> float:
        return self._node.clock().timestamp()

    def _is_ours(self, actor: str) -> bool:
        return actor.startswith(f"{self._node.config.base}/")

    async def _fetch(self, url: str) -> JsonObject:
        """Ask a server about a stranger, unless too many are asked as it is.

        Anybody can name keys anywhere. Those whom we know are not kept waiting by it.
        """
        if self._asked >= MOST_ASKED:
            raise TooMany(
                "This node asks about more strangers than it can; try again soon.",
                retry_after=TRY_AGAIN,
            )
        self._asked += 1
        try:
            signer, until = self._signer or (None, 0.0)
            if signer is None or self._seconds > until:
                signer = await self._node.look(speech.node_signer)
            return await self._client.fetch_document(url, signer=signer)
        finally:
            self._asked -= 1

    async def _recall(self, actor: str) -> Known | None:
        # Nobody is asked about a server that we have nothing to do with (S55).
        if self._node.judgement.bars(actor):
            raise Forbidden("This node does not deal with you, or with your server.")
        if (known := self._known.get(actor)) is not None:
            self._known.move_to_end(actor)
            return known
        known = await self._look_up(actor)
        if known is not None and not actor.startswith(f"{self._node.config.base}/"):
            await self._cache(known)
        return known

    async def _look_up(self, actor: str) -> Known | None:
        """Look an actor up in the database, with whoever else is sought meanwhile.

        One look is under way at a time: to hand it over costs more than many of them.
        """
        if (found := self._sought.get(actor)) is None:
            found = self._sought[actor] = asyncio.get_running_loop().create_future()
            if len(self._sought) == 1:
                task = asyncio.create_task(self._look_all_up())
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        # Whoever hangs up does not take the others' answer along.
        return await asyncio.shield(found)

    async def _look_all_up(self) -> None:
        async with self._looking:
            sought, self._sought = self._sought, {}
            try:
                # Whoever is not known is asked for next, with the key that is brought
                # along.
                all_found, signer = await self._node.look(
                    lambda desk: (
                        {actor: _known_or_why_not(desk, actor) for actor in sought},
                        speech.node_signer(desk),
                    )
                )
            except Exception as error:  # noqa: BLE001
                # Whatever keeps them from the database is told to each who waits.
                for found in sought.values():
                    found.set_exception(error)
                return
        self._signer = signer, self._seconds + A_KEY_IS_GOOD
        for actor, found in sought.items():
            known = all_found[actor]
            if isinstance(known, ProtocolError):
                found.set_exception(known)
            else:
                found.set_result(known)

    async def _keep_asked(self, known: Known) -> None:
        await self._cache(known)
        await self._node.work(
            lambda desk: inbound.keep_remote_actor(
                desk.connection,
                known.actor,
                document=None,
                learned_at=None,
                asked_at=int(known.asked_at.timestamp()),
            )
        )

    async def _cache(self, known: Known) -> None:
        self._known[known.actor] = known
        self._known.move_to_end(known.actor)
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)


def vouched(desk: Desk, document: JsonObject) -> str | None:
    """Find out whose document this is by its proof and by the keys that we know.

    Returns:
        Its owner; None if nobody vouches for it, or if their server has to be asked,
        as `Callers.vouched` and an errand can, and a transaction cannot.
    """
    steps = inbox.vouched(document, now=desk.now)
    try:
        wish = next(steps)
        while True:
            match wish:
                case Recall(actor=actor) if desk.judgement.bars(actor):
                    return None
                case Recall(actor=actor):
                    wish = steps.send(_known(desk, actor))
                case Fetch():
                    wish = steps.throw(Unreachable("Nobody is asked just now."))
                case Remember():
                    wish = steps.send(None)
    except StopIteration as stop:
        owner: str = stop.value
        return owner
    except ProtocolError:
        return None


def _domain(actor: str) -> str:
    return addresses.registrable(addresses.parse(actor).authority)


def _known(desk: Desk, actor: str) -> Known | None:
    if actor.startswith(f"{desk.config.base}/"):
        return _own(desk, actor)
    row = inbound.remote_actor(desk.connection, actor)
    if row is None:
        return None
    keys: tuple[reading.Key, ...] = ()
    if row["body"] is not None:
        keys = reading.actor(canonical.read(row["body"].encode())).keys
    return Known(
        actor=actor,
        keys=keys,
        learned_at=_instant(row["learned_at"]),
        asked_at=datetime.fromtimestamp(row["asked_at"], UTC),
    )


def _known_or_why_not(desk: Desk, actor: str) -> Known | ProtocolError | None:
    try:
        return _known(desk, actor)
    except ProtocolError as error:
        return error


def _own(desk: Desk, actor: str) -> Known | None:
    """What is known of an actor of ours: all of it, and nobody needs to be asked.

    A delegate who keeps their own key may send us what they signed like anybody else.
    """
    found = posts.actor(desk.connection, actor.removeprefix(f"{desk.config.base}/"))
    if found is None:
        return None
    document = speech.actor_document(desk, found)
    return Known(
        actor=actor,
        keys=reading.actor(document).keys,
        learned_at=desk.now,
        asked_at=desk.now,
    )


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def request(scope: Scope, *, body: bytes = b"") -> Request:
    """Take a request as it arrived, target and headers as they stood in it."""
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope["query_string"]
    return Request(
        method=scope["method"],
        target=(path + b"?" + query if query else path).decode("latin-1"),
        headers=tuple(
            [
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in scope["headers"]
            ]
        ),
        body=body,
    )
