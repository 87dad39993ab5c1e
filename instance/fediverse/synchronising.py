"""Both sides know the same of who follows whom, so nothing private goes astray.

See FEP-8fcf and federation.md W20.
"""

from typing import Final

from activitypub import addresses, documents, synchronisation
from activitypub.synchronisation import Comparison
from instance import speech
from instance.desk import Desk
from instance.reception import senders
from instance.store import errands, personas, posts, synchronised
from instance.store.posts import Actor

KIND: Final = "followers"
"""The kind of errand that fetches who is said to follow from here."""
PAUSE: Final = 3_600
"""Seconds for which the followers of an actor are not compared again."""
MOST: Final = 50
"""To so many who are said to follow and do not, we say so at a time."""


def comparison(desk: Desk, path: str, host: str) -> str:
    """Write what we believe of an actor's followers on a host, for that host."""
    id = speech.address(desk, path)
    followers = posts.followers_on(desk.connection, path, host)
    return synchronisation.write(
        Comparison(
            collection=f"{id}/followers",
            url=f"{id}/followers_synchronization",
            digest=synchronisation.digest(followers),
        )
    )


def hear(desk: Desk, actor: str, told: str) -> bool:
    """Ask for the list, if another server's actor says another digest than ours.

    Raises:
        ProtocolError: it is not about the sender's own followers.
    """
    found = synchronisation.read(told)
    who = senders.known(desk, actor)
    if who is None or found.collection != who.followers:
        return False
    if not addresses.same_origin(found.url, actor):
        return False
    if synchronisation.digest(_ours(desk, actor)) == found.digest:
        return False
    if not synchronised.begin(
        desk.connection, actor, at=desk.seconds, before=desk.seconds - PAUSE
    ):
        return False
    errands.ask_again(
        desk.connection, kind=KIND, url=found.url, at=desk.seconds, because=actor
    )
    return True


def settle(desk: Desk, actor: str, listed: set[str]) -> str:
    """Go by the list of those here who are said to follow an actor elsewhere.

    Whoever is not in it follows no more. Whoever is in it and does not follow, any
    longer or yet, tells the other server so.
    """
    ours = _ours(desk, actor)
    gone = ours.keys() - listed
    for id in gone:
        personas.unfollow(desk.connection, actor=ours[id].path, followed=actor)
    strangers = [
        id for id in sorted(listed - ours.keys()) if _does_not_follow(desk, id, actor)
    ]
    if (who := senders.known(desk, actor)) is not None:
        for id in strangers[:MOST]:
            _deny(desk, id, actor, inbox=who.inbox)
    return f"{len(gone)} follow no more, {len(strangers)} do not follow"


def _ours(desk: Desk, actor: str) -> dict[str, Actor]:
    return {
        speech.address(desk, me.path): me
        for me in personas.who_follow(desk.connection, actor)
    }


def _does_not_follow(desk: Desk, id: str, actor: str) -> bool:
    """Whether an address is a member's actor who has not asked to follow another."""
    path = senders.ours(desk, id)
    return (
        path is not None
        and personas.is_one(desk.connection, path)
        and personas.following(desk.connection, path, actor) is None
    )


def _deny(desk: Desk, id: str, actor: str, *, inbox: str) -> None:
    follow = documents.follow(
        actor, id=speech.address(desk, f"a/{desk.new_id()}"), who=id
    )
    undo = documents.undo(follow, id=speech.address(desk, f"a/{desk.new_id()}"))
    path = id.removeprefix(f"{desk.config.base}/")
    speech.answer(desk, path, undo, inbox=inbox)
