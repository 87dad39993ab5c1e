"""A node that changed its address takes along those who followed it at the old one.

Each actor says at its new address who it was, and, for as long as the old host leads
here, at the old one where it went: others believe a move only if both say so (W18). The
record of the assembly says it as well, and counts for fellow members.
"""

from dataclasses import replace

from activitypub import canonical, documents, proofs
from instance import speech
from instance.config import Config
from instance.desk import Desk
from instance.store import posts
from instance.store.posts import Actor


def leave(desk: Desk, former: Config) -> None:
    """Tell all followers that every actor moved here from where the node was.

    The desk is that of the node at its new address.
    """
    posts.leave_base(desk.connection, former.base, at=desk.seconds)
    then = replace(desk, config=former)
    for path in posts.living_actors(desk.connection):
        actor = posts.actor(desk.connection, path)
        if actor is not None and posts.follower_count(desk.connection, path):
            tell(then, desk.new_id(), actor, target=speech.address(desk, path))


def tell(desk: Desk, name: str, actor: Actor, *, target: str) -> None:
    """Tell all followers of an actor that it went elsewhere, as the actor they know.

    Args:
        desk: that of the node at the address which they know.
        name: the end of the id of what is said; another one each time.
        actor: whoever moves.
        target: the id of whom to follow from now on.
    """
    was = speech.address(desk, actor.path)
    move = documents.move(was, id=speech.address(desk, f"a/{name}"), target=target)
    if actor.ed25519 is not None:
        move = proofs.sign(
            move,
            desk.vault.ed25519(actor.path, actor.ed25519),
            verification_method=documents.assertion_key(was),
            created=desk.now,
        )
    posts.keep_activity(
        desk.connection,
        path=f"a/{name}",
        actor=actor.path,
        document=move,
        published=canonical.write_time(desk.now),
        public=True,
        listed=False,
    )
    # It is who they were that says so: that is the key which others know.
    posts.deliver_to_followers(
        desk.connection,
        of=actor.path,
        by=was,
        activity=str(move["id"]),
        at=desk.seconds,
    )
