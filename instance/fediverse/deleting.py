"""A post that was deleted leaves a stone in its place, for good (W16).

What it said is gone from every activity that carried it, and goes to nobody any more;
all who got any of it are told. Its address is never given to anything else. A post that
tells of what the assembly did is not deleted: it is overtaken by another, and says so.
"""

import sqlite3

from activitypub import canonical, documents
from confederation.errors import Invalid, Unknown
from instance import speech
from instance.desk import Desk
from instance.store import posts


def is_official(post: sqlite3.Row) -> bool:
    """Whether a post carries an entry of the record, or a poll, a meeting, a result."""
    return any(post[name] is not None for name in ("entry", "kind", "about"))


def delete(desk: Desk, id: str) -> None:
    """Delete a post of one of our actors, and tell all who may have it.

    Raises:
        Unknown: there is no such post here, or no more.
        Invalid: it tells of what the assembly did.
    """
    row = posts.object_of(desk.connection, id)
    if row is None or row["type"] == "Tombstone":
        raise Unknown("There is no such post here.")
    if is_official(row):
        raise Invalid(
            "This post tells of what the assembly did. It is never deleted; what "
            "overtakes it says so there."
        )
    before = canonical.read(row["body"].encode())
    by, at = row["actor"], canonical.write_time(desk.now)
    audience = speech.audience_of(before)
    told = posts.told_of(desk.connection, id)
    stone = documents.tombstone(id, former_type=row["type"], deleted=desk.now)
    posts.bury(desk.connection, id, stone=stone, at=at)
    gone = speech.with_proof(
        desk,
        by,
        documents.delete(
            stone,
            id=speech.address(desk, f"a/{desk.new_id()}"),
            actor=speech.address(desk, by),
            audience=audience,
        ),
    )
    posts.keep_activity(
        desk.connection,
        path=str(gone["id"]).removeprefix(f"{desk.config.base}/"),
        actor=by,
        document=gone,
        published=at,
        public=bool(row["public"]),
        listed=False,
    )
    activity = str(gone["id"])
    if speech.address(desk, f"{by}/followers") in (*audience.to, *audience.cc):
        posts.deliver_to_followers(
            desk.connection, of=by, by=by, activity=activity, at=desk.seconds
        )
    posts.deliver(
        desk.connection, inboxes=told, actor=by, activity=activity, at=desk.seconds
    )
    if row["public"] and before.get("audience") == desk.config.group:
        speech.announce(desk, gone, top=None)
