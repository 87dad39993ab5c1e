"""What has to be fetched from elsewhere is fetched here, between transactions.

An errand is a row until its answer is dealt with, so a crash loses none. A host is
asked one thing after another, and many at once: a slow one holds up nobody else.
"""

import asyncio
import contextlib
import functools
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog

from activitypub import addresses, discovery, reading
from activitypub.canonical import JsonObject, JsonValue
from activitypub.client import Client
from activitypub.errors import (
    Gone,
    Malformed,
    NotAllowed,
    ProtocolError,
    Unreachable,
)
from activitypub.signatures import Signer
from instance import speech
from instance.desk import Desk
from instance.fediverse import persona, synchronising
from instance.node import Node
from instance.reception import fetched, libraries, moves
from instance.store import (
    errands,
    inbound,
    lending,
    personas,
    remote_posts,
    software,
)
from instance.store import moves as said_moves
from instance.store.errands import Errand

LEASE_SECONDS: Final = 120
IN_A_LANE: Final = 5
MOST_LANES: Final = 16
LOOK_AGAIN: Final = 0.5
TOGETHER: Final = 0.01
"""Seconds for which lanes that are done are gathered, before others are opened."""
MOST_ATTEMPTS: Final = 4
WAIT: Final = 60
"""Seconds until a second attempt; each further one waits four times as long."""

MOST_PAGES: Final = 5
MOST_ITEMS: Final = 200
MOST_REPLIES: Final = 50
MOST_NEWEST: Final = 20

NODEINFO: Final = "/.well-known/nodeinfo"
ANY_JSON: Final = "application/json, */*;q=0.1"

log = structlog.get_logger()

Deal = Callable[[Desk], str]
"""What is done with an answer, in one transaction; it says what that came to."""


class Errands:
    """Fetches what is due. `look` wakes it when there may be something new.

    Args:
        node: whose errands.
        client: by which others are asked.
        done: told after each, since something new may have to be sent or shown.
    """

    def __init__(self, node: Node, client: Client, *, done: Callable[[], None]) -> None:
        self._node = node
        self._client = client
        self._done = done
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()

    def look(self) -> None:
        self._wake.set()

    async def work(self) -> None:
        """Fetch until cancelled."""
        await self._node.work(
            lambda desk: errands.let_go(desk.connection, now=desk.seconds)
        )
        try:
            while True:
                await self._fill_lanes()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_AGAIN):
                        await self._wake.wait()
                self._wake.clear()
                if self._busy:
                    await asyncio.sleep(TOGETHER)
        finally:
            for task in self._busy.values():
                task.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def _fill_lanes(self) -> None:
        free = MOST_LANES - len(self._busy)
        if free <= 0 or not await self._node.look(_any_due):
            return
        busy = tuple(self._busy)
        due, signer = await self._node.work(
            lambda desk: (
                errands.lease(
                    desk.connection,
                    now=desk.seconds,
                    seconds=LEASE_SECONDS,
                    hosts=free,
                    each=IN_A_LANE,
                    busy=busy,
                ),
                speech.node_signer(desk),
            )
        )
        messenger = Messenger(node=self._node, client=self._client, signer=signer)
        lanes: dict[str, list[Errand]] = defaultdict(list)
        for errand in due:
            lanes[errand.host].append(errand)
        for host, lane in lanes.items():
            run = self._run_lane(host, lane, messenger)
            self._busy[host] = asyncio.create_task(run)

    async def _run_lane(
        self, host: str, lane: list[Errand], messenger: "Messenger"
    ) -> None:
        try:
            for errand in lane:
                await self._carry_out(errand, messenger)
                self._done()
        finally:
            self._busy.pop(host, None)
            self._wake.set()

    async def _carry_out(self, errand: Errand, messenger: "Messenger") -> None:
        """Fetch and deal with one thing; whatever goes wrong stays with that one."""
        again_at: int | None = None
        try:
            deal = await _fetch(errand, messenger)
            await self._node.work(lambda desk: _close(desk, errand, deal(desk)))
            return
        except (Gone, NotAllowed) as error:
            outcome = f"refused: {error}"
        except Unreachable as error:
            outcome = f"not reached: {error}"
            if errand.attempts < MOST_ATTEMPTS:
                pause = WAIT * 4 ** (errand.attempts - 1)
                again_at = int(self._node.clock().timestamp()) + pause
        except ProtocolError as error:
            outcome = f"refused: {error}"
        except Exception as error:
            # No answer, however strange, may keep the lane from the next errand.
            log.exception("errand failed", id=errand.id, kind=errand.kind)
            outcome = f"failed: {type(error).__name__}"
        await self._node.work(lambda desk: _close(desk, errand, outcome, again_at))


def _any_due(desk: Desk) -> bool:
    if lending.is_lent(desk.connection):
        return False
    return errands.any_due(desk.connection, now=desk.seconds)


def _close(
    desk: Desk, errand: Errand, outcome: str, again_at: int | None = None
) -> None:
    errands.close(desk.connection, errand.id, outcome=outcome, again_at=again_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Messenger:
    """Asks other servers, in the node's own name."""

    node: Node
    client: Client
    signer: Signer

    async def document(self, url: str) -> JsonObject:
        """Fetch a document from the address that is its id."""
        return await self.client.fetch_document(url, signer=self.signer)

    async def meet(self, actor: str) -> None:
        """Fetch an actor's own document, unless it is known here."""
        if await self.node.look(lambda desk: _knows(desk, actor)):
            return
        document = await self.document(actor)
        found = reading.actor(document)
        await self.node.work(
            lambda desk: inbound.keep_remote_actor(
                desk.connection,
                found.id,
                document=document,
                learned_at=desk.seconds,
                asked_at=desk.seconds,
            )
        )

    async def items(
        self, collection: str, *, most: int = MOST_ITEMS
    ) -> tuple[JsonValue, ...]:
        """Fetch what a collection lists, page by page, as far as is sensible (S36).

        Its pages lie with its own server, and none is read twice.
        """
        seen: set[str] = set()
        items: list[JsonValue] = []
        at: str | None = collection
        page: JsonObject | None = None
        while at is not None and len(seen) <= MOST_PAGES and len(items) < most:
            seen.add(at)
            page = await self.document(at)
            if not str(reading.type_of(page)).endswith(("Collection", "Page")):
                raise Malformed("This is no collection.")
            items += _items(page)
            at = _next(page, collection, seen)
        return tuple(items[:most])


def _items(page: JsonObject) -> list[JsonValue]:
    found: list[JsonValue] = []
    first = page.get("first")
    for part in (page, first if isinstance(first, dict) else {}):
        for term in ("orderedItems", "items"):
            listed = part.get(term)
            if isinstance(listed, list):
                found += listed
            elif listed is not None:
                found.append(listed)
    return found


def _next(page: JsonObject, collection: str, seen: set[str]) -> str | None:
    first = page.get("first")
    inner = first.get("next") if isinstance(first, dict) else first
    following = reading.id_of(page.get("next")) or reading.id_of(inner)
    if following is None or following in seen:
        return None
    return following if addresses.same_origin(following, collection) else None


def _knows(desk: Desk, actor: str) -> bool:
    if actor.startswith(f"{desk.config.base}/"):
        return True
    row = inbound.remote_actor(desk.connection, actor)
    return row is not None and row["body"] is not None


async def _fetch(errand: Errand, messenger: Messenger) -> Deal:
    """Fetch what an errand is about; return what to do with it.

    Raises:
        ProtocolError: it is not to be had, or not what it should be.
    """
    special = _SPECIAL.get(errand.kind)
    if special is not None:
        return await special(errand, messenger)
    deal = fetched.DEAL.get(errand.kind)
    if deal is None:
        raise Malformed("Nothing is known about errands of this kind.")
    document = await messenger.document(errand.url)
    return functools.partial(deal, errand=errand, document=document)


async def _post(errand: Errand, messenger: Messenger) -> Deal:
    document = await messenger.document(errand.url)
    await messenger.meet(reading.post(document).author)
    return functools.partial(fetched.post, errand=errand, document=document)


async def _practice(errand: Errand, messenger: Messenger) -> Deal:
    document = await messenger.document(errand.url)
    await messenger.meet(reading.post(document).author)
    return functools.partial(libraries.passed_on, errand=errand, document=document)


async def _software(errand: Errand, messenger: Messenger) -> Deal:
    """Ask a host what software it runs; not to say so is an answer as well."""
    at = addresses.parse(errand.url)
    name: str | None = None
    with contextlib.suppress(Gone):
        links = await messenger.client.fetch_json(
            f"{at.origin}{NODEINFO}", accept=ANY_JSON
        )
        where = discovery.nodeinfo_of(links, origin=at.origin)
        if where is not None:
            told = await messenger.client.fetch_json(where, accept=ANY_JSON)
            name = discovery.software_of(told)

    def keep(desk: Desk) -> str:
        software.learn(desk.connection, at.origin, name=name, at=desk.seconds)
        return f"runs {name or 'something unnamed'}"

    return keep


async def _thread(errand: Errand, messenger: Messenger) -> Deal:
    """Find the posts of a thread: by its collection, else by the replies to its post.

    See FEP-7888 and FEP-f228.
    """
    document = await messenger.document(errand.url)
    found = reading.post(document)
    await messenger.meet(found.author)
    listed: tuple[JsonValue, ...] = ()
    for term in ("context", "replies"):
        collection = reading.id_of(document.get(term))
        if collection is None or not _beside(collection, found.id):
            continue
        with contextlib.suppress(ProtocolError):
            listed = await messenger.items(collection)
        if listed:
            break
    ids = tuple(id for id in map(reading.id_of, listed) if id is not None)

    def ask(desk: Desk) -> str:
        fetched.post(desk, errand=errand, document=document)
        wanted = [
            id
            for id in dict.fromkeys(ids)
            if remote_posts.reply(desk.connection, id) is None
            and not id.startswith(f"{desk.config.base}/")
        ][:MOST_REPLIES]
        for id in wanted:
            errands.ask(
                desk.connection,
                kind="post",
                url=id,
                at=desk.seconds,
                because=errand.because or errand.url,
                depth=errand.depth + 1,
                most=MOST_REPLIES + errands.DEEPEST,
            )
        return f"asked for {len(wanted)} posts"

    return ask


async def _outbox(errand: Errand, messenger: Messenger) -> Deal:
    """Read the newest posts of an actor, for somebody who has begun to follow them.

    What stands in their own outbox counts if it is theirs and lies beside it (S24).
    """
    document = await messenger.document(errand.url)
    who = reading.actor(document)
    await messenger.meet(who.id)
    outbox = reading.id_of(document.get("outbox"))
    listed: tuple[JsonValue, ...] = ()
    if outbox is not None and _beside(outbox, who.id):
        listed = await messenger.items(outbox, most=MOST_NEWEST)

    def keep(desk: Desk) -> str:
        kept = 0
        for activity in reading.objects_of([*listed]):
            said = activity.get("object")
            if reading.type_of(activity) != "Create" or not isinstance(said, dict):
                continue
            with contextlib.suppress(ProtocolError):
                if reading.post(said).author == who.id:
                    fetched.post(desk, errand=errand, document=said, alone=True)
                    kept += 1
        return f"read {kept} posts"

    return keep


async def _move(errand: Errand, messenger: Messenger) -> Deal:
    """Let those here follow on who followed somebody, if both ends say that they moved.

    See federation.md W18 and S58.
    """
    document = await messenger.document(errand.url)
    target = reading.actor(document)
    left = reading.actor(await messenger.document(errand.because))
    if left.moved_to != target.id or left.id not in target.also_known_as:
        return functools.partial(_not_yet, actor=errand.because, target=errand.url)

    def follow(desk: Desk) -> str:
        inbound.keep_remote_actor(
            desk.connection,
            target.id,
            document=document,
            learned_at=desk.seconds,
            asked_at=desk.seconds,
        )
        followers = personas.who_follow(desk.connection, left.id)
        for me in followers:
            persona.unfollow(desk, me, left.id)
            persona.follow(desk, me, target.id, inbox=target.inbox)
        return f"{len(followers)} follow on"

    return follow


def _not_yet(desk: Desk, *, actor: str, target: str) -> str:
    """Let somebody say once more that they move, once both addresses say so."""
    said_moves.forget(desk.connection, actor=actor, target=target)
    return "refused: Only one of the two addresses says that they moved."


async def _followers(errand: Errand, messenger: Messenger) -> Deal:
    """Read which of us are said to follow an actor elsewhere (FEP-8fcf)."""
    listed = await messenger.items(errand.url)
    ids = {id for id in map(reading.id_of, listed) if id is not None}
    return functools.partial(synchronising.settle, actor=errand.because, listed=ids)


def _beside(id: str, other: str) -> bool:
    try:
        return addresses.same_origin(id, other)
    except Malformed:
        return False


_SPECIAL: Final[dict[str, Callable[[Errand, Messenger], Awaitable[Deal]]]] = {
    "outbox": _outbox,
    moves.KIND: _move,
    "post": _post,
    "practice": _practice,
    "software": _software,
    synchronising.KIND: _followers,
    "thread": _thread,
}
