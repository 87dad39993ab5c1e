"""What was fetched from elsewhere, each by the kind of its errand.

What came from its own address is what its server says, and no more than that.
"""

from collections.abc import Callable
from typing import Final

from activitypub import addresses, canonical, reading
from activitypub.canonical import JsonObject
from activitypub.errors import Malformed
from instance.desk import Desk
from instance.fediverse import markup
from instance.reception.senders import SHOWN, handle, known, ours, thing_of_ours
from instance.store import errands, inbound, remote_posts
from instance.store.errands import Errand


def actor(desk: Desk, *, errand: Errand, document: JsonObject) -> str:
    """Keep an actor's own document."""
    found = reading.actor(document)
    inbound.keep_remote_actor(
        desk.connection,
        found.id,
        document=document,
        learned_at=desk.seconds,
        asked_at=desk.seconds,
    )
    return "actor kept"


def post(
    desk: Desk, *, errand: Errand, document: JsonObject, alone: bool = False
) -> str:
    """Keep a public post, and unless it is ``alone`` ask for what it answers."""
    found = reading.post(document)
    if found.type not in SHOWN or not found.public:
        return "ignored: no public post that we show"
    parent = found.in_reply_to
    new = remote_posts.keep_remote_post(
        desk.connection,
        remote_posts.RemotePost(
            id=found.id,
            about=None if parent is None else thing_of_ours(desk, parent),
            in_reply_to=parent,
            actor=found.author,
            author=handle(found.author, known(desk, found.author)),
            type=found.type,
            name=found.name,
            summary=warning(found, document),
            content=str(markup.clean(found.content)),
            url=found.url,
            thread=reading.id_of(document.get("context")),
            visibility="public",
            published=canonical.write_time(found.published or desk.now),
            received_at=canonical.write_time(desk.now),
            shown_to=desk.judgement.of(found.author).shown_to,
            pictures=reading.pictures_of(document),
        ),
    )
    if not new:
        updated = found.updated
        remote_posts.edit_reply(
            desk.connection,
            remote_posts.Edit(
                id=found.id,
                actor=found.author,
                name=found.name,
                summary=found.summary,
                content=str(markup.clean(found.content)),
                visibility="public",
                updated=None if updated is None else canonical.write_time(updated),
            ),
        )
    if parent is not None and not alone:
        ask_for_post(
            desk,
            parent,
            because=errand.because or errand.url,
            depth=errand.depth + 1,
        )
    return "post kept"


def warning(post: reading.Post, document: JsonObject) -> str | None:
    """Return what a post is folded under: its author's words, or that it is marked."""
    if post.summary is None and document.get("sensitive") is True:
        return "Marked by its author as not for everybody to see"
    return post.summary


def ask_for_post(desk: Desk, id: str, *, because: str, depth: int = 0) -> None:
    """Ask for a post from elsewhere, unless it is here."""
    try:
        addresses.parse(id)
    except Malformed:
        return
    if ours(desk, id) is None and remote_posts.reply(desk.connection, id) is None:
        errands.ask(
            desk.connection,
            kind="post",
            url=id,
            at=desk.seconds,
            because=because,
            depth=depth,
        )


def ask_anew(desk: Desk, id: str, *, because: str, kind: str = "post") -> None:
    """Ask for a post from elsewhere as it is now, be it here or not."""
    addresses.parse(id)
    errands.ask_again(
        desk.connection, kind=kind, url=id, at=desk.seconds, because=because
    )


DEAL: Final[dict[str, Callable[..., str]]] = {"actor": actor}
"""What is done with a document, by kind: ``(desk, *, errand, document)``, in one
transaction; it says what it came to. A kind that needs more than one document has its
own way in `instance.fediverse.errands`."""
