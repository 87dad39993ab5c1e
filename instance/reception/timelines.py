"""What those write and hand on whom somebody here follows, or that is meant for us.

Whatever else arrives is not kept: this node is no archive of others' words.
"""

from activitypub import canonical, reading
from activitypub.canonical import JsonObject
from activitypub.reading import Post
from instance.desk import Desk
from instance.fediverse import markup
from instance.reception import fetched
from instance.reception.effect import Effect
from instance.reception.senders import handle, known, ours, require_own
from instance.store import personas, remote_posts, timeline


def hear(desk: Desk, actor: str, post: Post, document: JsonObject) -> Effect:
    """Keep a post for those here whom it is for.

    One that is here already is for nobody else from now on, whoever sends it (S20).

    Raises:
        NotAuthentic: there is a post of another author under its id.
    """
    if ours(desk, actor) is not None:
        return Effect("ignored: it is here already")
    named = [
        path
        for path in (ours(desk, id) for id in post.addressees)
        if path is not None and personas.is_one(desk.connection, path)
    ]
    if not named and not personas.is_followed(desk.connection, actor):
        return Effect("ignored: nobody here follows its author")
    who = known(desk, actor)
    followers = who is not None and who.followers in post.addressees
    if not post.public and not followers and not named:
        return Effect("ignored: it is for others")
    new = remote_posts.keep_remote_post(
        desk.connection,
        remote_posts.RemotePost(
            id=post.id,
            about=None,
            in_reply_to=post.in_reply_to,
            actor=actor,
            author=handle(actor, who),
            type=post.type,
            name=post.name,
            summary=fetched.warning(post, document),
            content=str(markup.clean(post.content)),
            url=post.url,
            thread=reading.id_of(document.get("context")),
            visibility="public"
            if post.public
            else "followers"
            if followers
            else "direct",
            published=canonical.write_time(post.published or desk.now),
            received_at=canonical.write_time(desk.now),
            shown_to=desk.judgement.of(actor).shown_to,
            pictures=reading.pictures_of(document),
        ),
    )
    if not new:
        require_own(desk, post.id, actor)
        return Effect("ignored: that post is known")
    timeline.address_to(desk.connection, post.id, named)
    if post.in_reply_to is not None and post.public:
        fetched.ask_for_post(desk, post.in_reply_to, because=post.id)
    return Effect("post kept")


def handed_on(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    """Keep that somebody followed here handed a post on; it is fetched if need be."""
    post = reading.id_of(activity.get("object"))
    if post is None or not personas.is_followed(desk.connection, actor):
        return Effect("ignored: nobody here follows whoever hands it on")
    timeline.keep_boost(
        desk.connection,
        id=str(activity["id"]),
        actor=actor,
        post=post,
        at=canonical.write_time(desk.now),
    )
    fetched.ask_for_post(desk, post, because=str(activity["id"]))
    return Effect("handed on")


def taken_back(desk: Desk, actor: str, activity: JsonObject) -> Effect | None:
    """Drop a handing on, named by its id; None if there is none of this actor's."""
    id = reading.id_of(activity.get("object"))
    if id is None or not timeline.drop_boost(desk.connection, id=id, actor=actor):
        return None
    return Effect("no longer handed on")
