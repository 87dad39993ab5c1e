"""What a member types to find somebody leads to one actor, or to one post, or nowhere.

Only members make this node ask others, so that no stranger can (S61).
"""

import functools
from dataclasses import dataclass
from typing import Literal

from activitypub import addresses, discovery, documents, reading
from activitypub.canonical import JsonObject
from activitypub.client import Client
from activitypub.discovery import Account, Ask
from activitypub.errors import Malformed, ProtocolError
from confederation.errors import Unknown
from instance import speech
from instance.desk import Desk
from instance.fediverse.errands import Messenger
from instance.node import Node
from instance.reception import fetched, libraries
from instance.store import inbound, personas, posts, remote_posts, timeline
from instance.store.errands import Errand


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Somebody, or something that somebody wrote, by its address."""

    kind: Literal["actor", "post"]
    id: str


async def find(node: Node, client: Client, text: str, *, reader: str) -> Found:
    """Find what a member typed: a name ``@user@host``, or the address of a page.

    Args:
        node: ours.
        client: by which others are asked.
        text: what was typed.
        reader: the path of the actor of whoever typed it.

    Raises:
        Unknown: there is nobody and nothing of that name or address.
    """
    text = text.strip()
    try:
        wanted = discovery.resource(text)
    except Malformed as error:
        raise Unknown(
            "Please type a name such as @user@example.org, or the address of a page."
        ) from error
    here = await node.look(lambda desk: _here(desk, wanted, reader))
    if here is not None:
        return here
    signer = await node.look(speech.node_signer)
    messenger = Messenger(node=node, client=client, signer=signer)
    try:
        if isinstance(wanted, Account):
            document = await _named(messenger, wanted)
        else:
            document = await messenger.document(wanted.document)
        return await _keep(messenger, document)
    except ProtocolError as error:
        raise Unknown("This could not be found. {error}", error=error) from error


async def assembly(node: Node, client: Client, text: str) -> JsonObject:
    """Fetch the actor that the name or the address of an assembly leads to.

    Raises:
        ProtocolError: it is neither, or nobody answers there.
    """
    wanted = discovery.resource(text)
    signer = await node.look(speech.node_signer)
    messenger = Messenger(node=node, client=client, signer=signer)
    if isinstance(wanted, Account):
        return await _named(messenger, wanted)
    return await messenger.document(wanted.document)


async def practice(node: Node, client: Client, text: str) -> str:
    """Find a practice in another library, by its address; return its mark.

    Raises:
        Unknown: there is none at this address.
    """
    try:
        url = addresses.parse(text.strip()).document
        signer = await node.look(speech.node_signer)
        messenger = Messenger(node=node, client=client, signer=signer)
        document = await messenger.document(url)
        author = reading.author_of(document)
        if author is None:
            raise Malformed("There is no practice at this address.")
        await messenger.meet(author)
        return await node.work(lambda desk: libraries.fetched(desk, document))
    except ProtocolError as error:
        raise Unknown("This could not be found. {error}", error=error) from error


def _here(desk: Desk, wanted: Account | addresses.Url, reader: str) -> Found | None:
    """Find what lives here, or is known here; nobody is asked over the network.

    Raises:
        Unknown: it would live here, and does not, or is not for the reader.
    """
    if isinstance(wanted, Account):
        if wanted.host != desk.config.host:
            return None
        actor = posts.actor_named(desk.connection, wanted.username.lower())
    else:
        known = timeline.post(desk.connection, me=reader, id=wanted.document)
        if known is not None:
            return Found(kind="post", id=known.id)
        if wanted.authority != desk.config.host:
            return None
        actor = posts.actor(desk.connection, wanted.target.strip("/"))
    if actor is None or personas.gone_at(desk.connection, actor.path):
        raise Unknown("There is nobody here of that name.")
    return Found(kind="actor", id=speech.address(desk, actor.path))


async def _named(messenger: Messenger, wanted: Account) -> JsonObject:
    """Go from a name to an actor, as far as both sides agree (S27)."""
    dev = messenger.node.config.dev
    steps = discovery.find(wanted, scheme="http" if dev else "https")
    answer: JsonObject | None = None
    error: ProtocolError | None = None
    while True:
        try:
            # A generator begins with None, whatever it takes later.
            wish = (
                steps.send(answer)  # type: ignore[arg-type]
                if error is None
                else steps.throw(error)
            )
        except StopIteration as stop:
            found: discovery.Found = stop.value
            return found.document
        answer, error = None, None
        try:
            match wish:
                case Ask(url=url):
                    answer = await messenger.client.fetch_json(
                        url, accept=discovery.JRD_ACCEPT
                    )
                case _:
                    answer = await messenger.document(wish.url)
        except ProtocolError as unreachable:
            error = unreachable


async def _keep(messenger: Messenger, document: JsonObject) -> Found:
    kind = reading.type_of(document)
    if kind in reading.ACTOR_TYPES:
        found = reading.actor(document)
        await messenger.node.work(
            lambda desk: inbound.keep_remote_actor(
                desk.connection,
                found.id,
                document=document,
                learned_at=desk.seconds,
                asked_at=desk.seconds,
            )
        )
        return Found(kind="actor", id=found.id)
    post = reading.post(document)
    if documents.PUBLIC not in post.addressees:
        raise Malformed("This is not written for everybody.")
    await messenger.meet(post.author)
    errand = Errand(
        id=0, host="", kind="post", url=post.id, because="", depth=0, attempts=1
    )
    await messenger.node.work(
        functools.partial(fetched.post, errand=errand, document=document)
    )
    if await messenger.node.look(
        lambda desk: remote_posts.reply(desk.connection, post.id) is None
    ):
        raise Malformed("It is nothing that can be shown here.")
    return Found(kind="post", id=post.id)
