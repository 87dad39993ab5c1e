"""Practices from elsewhere are kept for our library, as their authors say them last."""

import contextlib
import json

from activitypub import addresses, canonical, reading
from activitypub.canonical import JsonObject
from activitypub.errors import Forbidden, Malformed, NotAuthentic
from instance.dealings import practices
from instance.desk import Desk
from instance.fediverse.judgement import Severity
from instance.reception import aid
from instance.reception import fetched as posts
from instance.reception.effect import Effect
from instance.reception.senders import handle, known, ours
from instance.store import practices as store
from instance.store.errands import Errand


def hear(desk: Desk, actor: str, document: JsonObject) -> Effect | None:
    """Keep a practice of somebody's who concerns us; None if they do not.

    Raises:
        Malformed: it cannot be read.
        NotAuthentic: it is another's.
    """
    if ours(desk, actor) is not None or not aid.concerns_us(desk, actor, document):
        return None
    return keep(desk, actor, document)


def keep(desk: Desk, actor: str, document: JsonObject) -> Effect:
    """Keep a practice as its author says it now.

    Raises:
        Malformed: it cannot be read.
        NotAuthentic: it is another's.
    """
    id = reading.id_of(document)
    if id is None or not addresses.same_origin(id, actor):
        raise Malformed("A practice has an address with its author.")
    if reading.author_of(document) != actor:
        raise NotAuthentic("Only its author may say what a practice is.")
    if desk.judgement.of(actor) is not Severity.NONE:
        return Effect("ignored: its author is kept at a distance")
    said = practices.read(document.get("practice"))
    published = reading.instant_of(document.get("published")) or desk.now
    new = store.keep(
        desk.connection,
        store.Elsewhere(
            id=id,
            actor=actor,
            author=handle(actor, known(desk, actor)),
            title=said.title,
            body=json.dumps(practices.to_object(said), ensure_ascii=False),
            url=reading.link_of(document.get("url")) or id,
            at=canonical.write_time(min(published, desk.now)),
        ),
    )
    return Effect("practice kept" if new else "ignored: no room, or another's")


def fetched(desk: Desk, document: JsonObject) -> str:
    """Keep a practice that a member asked for by its address; return its mark.

    Raises:
        Forbidden: this node has nothing to do with its author.
        ProtocolError: there is none, or it cannot be read.
    """
    id, author = reading.id_of(document), reading.author_of(document)
    if id is None or author is None or not practices.is_practice(document):
        raise Malformed("There is no practice at this address.")
    if desk.judgement.bars(author):
        raise Forbidden("This node does not deal with its author.")
    effect = keep(desk, author, document)
    found = store.named(desk.connection, id)
    if found is None:
        raise Forbidden(str(effect))
    return found.mark


def passed_on(desk: Desk, *, errand: Errand, document: JsonObject) -> str:
    """Keep what a group passed on, as its author's server says it: post and practice.

    What cannot be read as a practice may be a post all the same.
    """
    found = reading.post(document)
    with contextlib.suppress(Malformed):
        if practices.is_practice(document):
            keep(desk, found.author, document)
    return posts.post(desk, errand=errand, document=document)


def gone(desk: Desk, actor: str, id: str | None) -> bool:
    """Drop what its author deleted; whether there was any such thing of theirs."""
    return id is not None and store.drop(desk.connection, id=id, actor=actor)
