"""Replies from elsewhere are welcome, and are nobody's vote."""

from typing import Final

from activitypub import canonical, reading
from activitypub.canonical import JsonObject
from activitypub.errors import NotAuthentic
from instance import markup
from instance.desk import Desk
from instance.reception.effect import Effect
from instance.reception.senders import handle, known, thing_of_ours
from instance.store import posts

SHOWN: Final = frozenset({"Note", "Article", "Page", "Question"})


def create(desk: Desk, actor: str, document: JsonObject) -> Effect:
    """Keep a public reply to something of ours."""
    post = reading.post(document)
    if post.type not in SHOWN or post.author != actor:
        return Effect("ignored: not a post of the sender's that we show")
    if post.in_reply_to is None or not post.public:
        return Effect("ignored: no public reply to anything of ours")
    about = thing_of_ours(desk, post.in_reply_to)
    if about is None:
        return Effect("ignored: it replies to nothing of ours")
    who = known(desk, actor)
    posts.keep_reply(
        desk.connection,
        id=post.id,
        about=about,
        actor=actor,
        author=handle(actor, who),
        content=str(markup.clean(post.content)),
        published=canonical.write_time(post.published or desk.now),
        received_at=canonical.write_time(desk.now),
        shown_to=desk.judgement.of(actor).shown_to,
    )
    return Effect("reply kept")


def update(desk: Desk, actor: str, document: JsonObject) -> Effect:
    """Change a reply that is kept, if its author says so."""
    post = reading.post(document)
    if post.author != actor:
        raise NotAuthentic("Only its author may update a post.")
    posts.edit_reply(
        desk.connection,
        id=post.id,
        actor=actor,
        content=str(markup.clean(post.content)),
    )
    return Effect("reply updated")


def delete(desk: Desk, actor: str, id: str) -> Effect:
    """Drop a reply, if its author says so."""
    posts.drop_reply(desk.connection, id=id, actor=actor)
    return Effect("reply dropped")
