"""A member speaks elsewhere as an actor that they asked for, and as no other.

Nobody is given an actor unasked, and it says no more of who holds it than they wrote
there themselves. It is not the actor of a delegate: what somebody says for themselves
is not what the assembly sent them to say. See docs/decisions/0055.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from markupsafe import Markup

from activitypub import canonical, documents
from activitypub.canonical import JsonObject
from confederation.errors import Invalid, NotEntitled, Unknown
from confederation.identifiers import MemberId
from instance import speech
from instance.config import RESERVED
from instance.desk import Desk
from instance.fediverse import deleting, markup
from instance.store import personas, posts
from instance.store.posts import Actor
from instance.store.timeline import Post

Visibility = Literal["public", "followers", "direct"]
Kind = Literal["Like", "Announce"]

LONGEST_POST: Final = 5000
LONGEST_SUMMARY: Final = 500
MOST_FOLLOWED: Final = 2000

_USERNAME: Final = re.compile(r"[a-z](?:[a-z0-9_]{1,28}[a-z0-9])")
_KEPT: Final = RESERVED | {
    "abuse",
    "administrator",
    "assembly",
    "delegate",
    "everyone",
    "facilitator",
    "help",
    "moderator",
    "node",
    "official",
    "postmaster",
    "registrar",
    "root",
    "security",
    "support",
    "system",
    "teller",
    "webmaster",
}
# What looks alike at a glance, in the letters that a name may have.
_ALIKE: Final = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "_": None})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A post that is answered, and its author: their inbox, and ``@user@host``."""

    post: Post
    inbox: str
    name: str


def of(desk: Desk, member: MemberId) -> Actor:
    """Return a member's own actor.

    Raises:
        NotEntitled: they have not asked for one.
    """
    found = personas.of(desk.connection, member)
    if found is None:
        raise NotEntitled(
            "For this you need an address of your own in the fediverse. You can ask "
            "for one under “Elsewhere”."
        )
    return found


def checked_username(desk: Desk, text: str) -> str:
    """Return a name that nobody here has, or had, or could be taken for.

    Raises:
        Invalid: it is not, or has other letters than a name may have.

    See federation.md S29.
    """
    name = text.strip().removeprefix("@").lower()
    if not _USERNAME.fullmatch(name):
        raise Invalid(
            "A name for this starts with a letter, and has 3 to 30 letters from a to "
            "z, digits and _ in it."
        )
    looks = _skeleton(name)
    slug = desk.config.slug
    kept = {*map(_skeleton, (*_KEPT, slug, f"{slug}_clerk"))}
    if looks in kept or looks.startswith(_skeleton("delegate")):
        raise Invalid("This name is kept for the assembly and the node.")
    if looks in set(map(_skeleton, personas.usernames(desk.connection))):
        raise Invalid("Somebody here has this name, or had it, or one that looks it.")
    return name


def _skeleton(name: str) -> str:
    return name.translate(_ALIKE)


def become(
    desk: Desk, member: MemberId, *, username: str, name: str, summary: str = ""
) -> Actor:
    """Give a member the actor that they ask for.

    Raises:
        Invalid: the name cannot be had, or they have an actor already.
    """
    if personas.of(desk.connection, member) is not None:
        raise Invalid("You have an address in the fediverse already.")
    username = checked_username(desk, username)
    actor = speech.new_actor(
        desk,
        # Not made of what anybody typed, so that nothing can be read from it (S29).
        path=f"u/{desk.new_id()}",
        kind="Person",
        username=username,
        name=name.strip()[:100] or username,
        summary=summary.strip()[:LONGEST_SUMMARY],
    )
    personas.keep(desk.connection, actor=actor.path, member=member)
    return actor


def describe(desk: Desk, me: Actor, *, name: str, summary: str) -> None:
    """Change what people read about a member's actor, and tell its followers.

    What is as it was changes nothing and tells nobody.
    """
    changed = posts.describe(
        desk.connection,
        me.path,
        name=name.strip()[:100] or me.username,
        summary=summary.strip()[:LONGEST_SUMMARY],
    )
    if changed:
        speech.tell_of(desk, me.path)


def part(desk: Desk, me: Actor, who: str) -> None:
    """Let somebody follow a member no longer, and tell their server (W14)."""
    row = posts.follower(desk.connection, actor=me.path, follower=who)
    if row is None:
        return
    address = speech.address(desk, me.path)
    request = {**documents.follow(address, id=row["follow"], who=who)}
    refusal = documents.reject(
        request, id=speech.address(desk, f"a/{desk.new_id()}"), actor=address
    )
    posts.unfollow(desk.connection, follower=who, actor=me.path)
    speech.answer(desk, me.path, refusal, inbox=row["inbox"])


def leave(desk: Desk, me: Actor) -> None:
    """Take an actor back: tell everybody who knew it, and forget whose it was.

    Its name and its address are never given to anybody again.
    """
    id = speech.address(desk, me.path)
    everyone = documents.Audience(to=(documents.PUBLIC,))
    gone = {
        **documents.delete(
            documents.tombstone(id, former_type=me.kind, deleted=desk.now),
            id=speech.address(desk, f"a/{desk.new_id()}"),
            actor=id,
            audience=everyone,
        ),
        "object": id,
    }
    followed = personas.all_followed(desk.connection, me.path)
    speech.send(
        desk,
        me.path,
        gone,
        followers=True,
        inboxes=[each.inbox for each in followed],
        public=False,
    )
    for row in personas.objects_by(desk.connection, me.path):
        if row["type"] != "Tombstone":
            _bury(desk, row["id"], former_type=row["type"])
    personas.end(desk.connection, me.path, at=canonical.write_time(desk.now))


def follow(desk: Desk, me: Actor, who: str, *, inbox: str) -> None:
    """Ask to follow somebody; asking again changes nothing while that is under way.

    Raises:
        Invalid: it is oneself, or far too many.
    """
    my_address = speech.address(desk, me.path)
    if who == my_address:
        raise Invalid("Nobody follows themselves.")
    before = personas.following(desk.connection, me.path, who)
    if before is not None and before.state != "refused":
        return
    if len(personas.all_followed(desk.connection, me.path)) >= MOST_FOLLOWED:
        raise Invalid("Nobody here follows more than {most}.", most=MOST_FOLLOWED)
    asked = documents.follow(
        who, id=speech.address(desk, f"a/{desk.new_id()}"), who=my_address
    )
    personas.follow(
        desk.connection,
        actor=me.path,
        followed=who,
        follow=str(asked["id"]),
        inbox=inbox,
        at=canonical.write_time(desk.now),
    )
    speech.send(desk, me.path, asked, inboxes=[inbox], public=False)


def unfollow(desk: Desk, me: Actor, who: str) -> None:
    """End following somebody, and tell them."""
    before = personas.following(desk.connection, me.path, who)
    if before is None:
        return
    _take_back(desk, me, before.follow, inbox=before.inbox, followers=False)
    personas.unfollow(desk.connection, actor=me.path, followed=who)


def write(
    desk: Desk,
    me: Actor,
    text: str,
    *,
    visibility: Visibility = "public",
    answering: Answered | None = None,
) -> str:
    """Publish a post, or a reply, in a member's own name; return its id.

    A reply is never for more people than what it answers (S48).

    Args:
        desk: with the transaction.
        me: who writes.
        text: plain text.
        visibility: whom it is for. A reply to what is not public is direct.
        answering: the post that it answers; it must be one that `me` may see.
    """
    html = markup.paragraphs(text)
    if not html:
        raise Invalid("There is nothing in this post.")
    if answering is not None and answering.post.visibility != "public":
        visibility = "direct"
    name, author = desk.new_id(), speech.address(desk, me.path)
    id = speech.address(desk, f"n/{name}")
    tags: tuple[JsonObject, ...] = ()
    mentions: tuple[str, ...] = ()
    if answering is not None and answering.post.author != author:
        mentions = (answering.post.author,)
        tags = (documents.mention(answering.post.author, name=answering.name),)
        html = _greeting(answering) + html
    post = documents.Post(
        id=id,
        author=author,
        content=str(html),
        audience=_audience(author, visibility, mentions),
        published=desk.now,
        language=desk.config.language,
        url=id,
        thread=None if answering is None else answering.post.thread,
        tags=tags,
    )
    if answering is None:
        document = documents.note(post)
    else:
        document = documents.reply(post, to=answering.post.id)
    posts.keep_object(
        desk.connection,
        id=id,
        path=f"n/{name}",
        actor=me.path,
        kind=None,
        entry=None,
        thread=post.thread,
        document=document,
        public=visibility == "public",
    )
    speech.send(
        desk,
        me.path,
        documents.create(document, id=f"{id}/create"),
        followers=visibility != "direct",
        inboxes=[answering.inbox] if answering is not None and mentions else [],
        public=visibility == "public",
    )
    return id


def _greeting(answered: Answered) -> Markup:
    return Markup('<p><a href="{}" class="u-url mention">{}</a></p>').format(
        answered.post.author, answered.name
    )


def _audience(
    author: str, visibility: Visibility, mentions: tuple[str, ...]
) -> documents.Audience:
    followers = f"{author}/followers"
    match visibility:
        case "public":
            return documents.to_everyone(followers=followers, mentions=mentions)
        case "followers":
            return documents.Audience(to=(followers,), cc=mentions)
        case "direct":
            return documents.Audience(to=mentions)


def erase(desk: Desk, me: Actor, id: str) -> None:
    """Delete a post of one's own: its place says so, and all who got it are told (W16).

    Raises:
        Unknown: it is none of theirs.
    """
    row = posts.object_of(desk.connection, id)
    if row is None or row["actor"] != me.path or row["type"] == "Tombstone":
        raise Unknown("This is no post of yours.")
    deleting.delete(desk, id)


def _bury(desk: Desk, id: str, *, former_type: str) -> None:
    tombstone = documents.tombstone(id, former_type=former_type, deleted=desk.now)
    at = canonical.write_time(desk.now)
    posts.bury(desk.connection, id, stone=tombstone, at=at)


def do(desk: Desk, me: Actor, kind: Kind, post: Post, *, inbox: str) -> None:
    """Like a post, or hand it on; a second time changes nothing.

    Raises:
        Invalid: what is not for everybody is not handed on (S47).
    """
    if kind in personas.deeds(desk.connection, actor=me.path, post=post.id):
        return
    author = speech.address(desk, me.path)
    id = speech.address(desk, f"a/{desk.new_id()}")
    if kind == "Like":
        said = documents.like(post.id, id=id, who=author, to=post.author)
    elif post.visibility == "public":
        said = documents.announce(
            post.id,
            id=id,
            actor=author,
            audience=documents.to_everyone(
                followers=f"{author}/followers", mentions=(post.author,)
            ),
            published=desk.now,
        )
    else:
        raise Invalid("This was not written for everybody, so it is not handed on.")
    personas.keep_deed(
        desk.connection,
        actor=me.path,
        post=post.id,
        kind=kind,
        activity=id,
        inbox=inbox,
        at=canonical.write_time(desk.now),
    )
    speech.send(
        desk,
        me.path,
        said,
        followers=kind == "Announce",
        inboxes=[inbox],
        public=kind == "Announce",
    )


def undo(desk: Desk, me: Actor, kind: Kind, post: str) -> None:
    """Take back a like, or a handing on."""
    deed = personas.deeds(desk.connection, actor=me.path, post=post).get(kind)
    if deed is None:
        return
    _take_back(desk, me, deed.activity, inbox=deed.inbox, followers=kind == "Announce")
    personas.drop_deed(desk.connection, actor=me.path, post=post, kind=kind)


def _take_back(
    desk: Desk, me: Actor, activity: str, *, inbox: str, followers: bool
) -> None:
    path = activity.removeprefix(f"{desk.config.base}/")
    row = posts.activity_at(desk.connection, path)
    assert row is not None
    said = canonical.read(row["body"].encode())
    undone = documents.undo(said, id=speech.address(desk, f"a/{desk.new_id()}"))
    speech.send(
        desk, me.path, undone, followers=followers, inboxes=[inbox], public=False
    )
