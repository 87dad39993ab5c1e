"""Replies from elsewhere are welcome, and are nobody's vote.

A reply is shown to no more people than it was written for, and its author alone may
change it or take it back (federation.md S20, S21 and S48).
"""

from typing import Literal

from activitypub import canonical, reading
from activitypub.canonical import JsonObject
from activitypub.errors import NotAuthentic
from activitypub.reading import Actor, Post
from instance import speech
from instance.desk import Desk
from instance.fediverse import markup
from instance.fediverse.judgement import Severity
from instance.reception import timelines
from instance.reception.effect import Effect
from instance.reception.senders import (
    SHOWN,
    handle,
    known,
    require_own,
    thing_of_ours,
)
from instance.store import posts, remote_posts

Visibility = Literal["public", "followers", "direct"]


def create(
    desk: Desk, actor: str, activity: JsonObject, document: JsonObject
) -> Effect:
    """Keep a public reply to something of ours, or a thread begun in our group.

    Raises:
        NotAuthentic: there is a post of another author under its id.
    """
    post = reading.post(document)
    if post.type not in SHOWN or post.author != actor:
        return Effect("ignored: not a post of the sender's that we show")
    parent = post.in_reply_to
    if parent is None:
        about = _our_group(desk, actor, post)
    else:
        about = thing_of_ours(desk, parent)
    if about is None or not post.public:
        return timelines.hear(desk, actor, post, document)
    who, shown_to = known(desk, actor), desk.judgement.of(actor).shown_to
    new = remote_posts.keep_remote_post(
        desk.connection,
        remote_posts.RemotePost(
            id=post.id,
            about=about,
            in_reply_to=parent,
            actor=actor,
            author=handle(actor, who),
            type=post.type,
            name=post.name,
            summary=post.summary,
            content=str(markup.clean(post.content)),
            url=post.url,
            thread=reading.id_of(document.get("context")),
            visibility=visibility(post, who),
            published=canonical.write_time(post.published or desk.now),
            received_at=canonical.write_time(desk.now),
            shown_to=shown_to,
        ),
    )
    if not new:
        require_own(desk, post.id, actor)
        return Effect("ignored: that reply is known")
    top = post.id if parent is None else None
    if shown_to == "everyone":
        _hand_on(desk, actor, activity, post.id, top=top)
    return Effect("reply kept" if top is None else "thread kept")


def update(
    desk: Desk, actor: str, activity: JsonObject, document: JsonObject
) -> Effect:
    """Change a post that is kept, if its author says so.

    Raises:
        NotAuthentic: it is another's, by its own words or by ours.
    """
    post = reading.post(document)
    if post.author != actor:
        raise NotAuthentic("Only its author may update a post.")
    require_own(desk, post.id, actor)
    updated = post.updated
    changed = remote_posts.edit_reply(
        desk.connection,
        remote_posts.Edit(
            id=post.id,
            actor=actor,
            name=post.name,
            summary=post.summary,
            content=str(markup.clean(post.content)),
            visibility=visibility(post, known(desk, actor)),
            updated=None if updated is None else canonical.write_time(updated),
        ),
    )
    if not changed:
        return Effect("ignored: that post is not here, or was changed since")
    _hand_on(desk, actor, activity, post.id)
    return Effect("reply updated")


def delete(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    """Empty a post that is kept, if its author says so; its place stays (4f05).

    Of what is not kept nothing is asked, be it deleted or not (S37).
    """
    id = reading.id_of(activity.get("object"))
    gone = id is not None and remote_posts.drop_reply(
        desk.connection, id=id, actor=actor, at=canonical.write_time(desk.now)
    )
    if not gone:
        return Effect("ignored: no post of theirs that is here")
    _hand_on(desk, actor, activity, str(id))
    return Effect("reply dropped")


def visibility(post: Post, author: Actor | None) -> Visibility:
    """Find for whom a post is: everyone, its author's followers, or those named."""
    if post.public:
        return "public"
    followers = None if author is None else author.followers
    return "followers" if followers in post.addressees else "direct"


def _our_group(desk: Desk, actor: str, post: Post) -> str | None:
    """Return our group if a follower of it begins a thread there, for everyone (1b12).

    Whoever is kept at a distance begins nothing before our followers.
    """
    path = speech.group_path(desk)
    group = speech.address(desk, path)
    if (
        post.public
        and group in post.addressees
        and posts.is_follower(desk.connection, actor=path, follower=actor)
        and desk.judgement.of(actor) is Severity.NONE
    ):
        return group
    return None


def _hand_on(
    desk: Desk, actor: str, activity: JsonObject, post: str, *, top: str | None = None
) -> None:
    """Let those who follow our group read what a follower of it wrote there (W12).

    What is kept for a member, and answers nothing of the assembly's, is no part of it.
    """
    path = speech.group_path(desk)
    group = speech.address(desk, path)
    if posts.is_follower(
        desk.connection, actor=path, follower=actor
    ) and remote_posts.is_about_assembly(desk.connection, post, group=group):
        speech.hand_on(desk, activity, top=top)
