"""What an actor does is signed by it, kept, and put in line for those whom it is for.

Software that knows groups is handed whole activities, all other software the address of
what begins a thread (W12).
"""

from collections.abc import Collection, Iterable
from typing import Final

from activitypub import canonical, documents, proofs, reading
from activitypub.canonical import JsonObject
from instance import vocabulary
from instance.desk import Desk
from instance.matters import openings
from instance.speech.actors import actor_document, address, group_path
from instance.store import posts, records, software

AN_HOUR: Final = 3600
MOST_HANDED_ON: Final = 60
"""How much of one author's the assembly hands on in an hour."""

OURS: Final = frozenset({"folkmoot"})
GROUP_AWARE: Final = frozenset(
    {
        *("discourse", "folkmoot", "friendica", "hubzilla", "lemmy", "mbin"),
        *("mitra", "nodebb", "piefed", "streams", "wordpress"),
    }
)
"""Software that knows groups, by its NodeInfo name: it is handed whole activities."""


def announce(
    desk: Desk,
    activity: JsonObject,
    *,
    top: str | None,
    groups: Collection[str] = GROUP_AWARE,
) -> None:
    """Let the assembly hand an activity on to its followers, in two forms.

    Group-aware software gets it whole and untouched. Mastodon and its like would boost
    what is inside, each reply as well: they get the id of what begins a thread, and of
    the rest nothing. Whoever does not say what they run is taken for one of these.

    Args:
        desk: with the transaction.
        activity: as it came, or as we signed it.
        top: the id of the post if it begins a thread, else None.
        groups: the group-aware software that can read it.

    See federation.md W12.
    """
    group, audience = group_path(desk), to_everyone(desk, group_path(desk))
    forms: list[tuple[str | JsonObject, Collection[str] | None, Collection[str]]]
    forms = []
    if software.any_runs(desk.connection, groups):
        forms.append((activity, groups, ()))
    if top is not None:
        forms.append((top, None, GROUP_AWARE))
    for what, only, but in forms:
        handed = documents.announce(
            what,
            id=address(desk, f"{group}/announce/{desk.new_id()}"),
            actor=address(desk, group),
            audience=audience,
            published=desk.now,
        )
        signed = with_proof(desk, group, handed)
        keep(desk, group, signed, listed=top is None or what is top)
        posts.deliver_to_followers(
            desk.connection,
            of=group,
            by=group,
            activity=str(signed["id"]),
            at=desk.seconds,
            only=only,
            but=but,
        )


def repeat(desk: Desk, post: str) -> str:
    """Repeat a post of somebody elsewhere to our followers; return the activity.

    Its id is all that goes out: whoever wants to read it gets it from where it is, as
    it is there today.
    """
    group = group_path(desk)
    handed = documents.announce(
        post,
        id=address(desk, f"{group}/announce/{desk.new_id()}"),
        actor=address(desk, group),
        audience=to_everyone(desk, group),
        published=desk.now,
    )
    signed = with_proof(desk, group, handed)
    keep(desk, group, signed)
    posts.deliver_to_followers(
        desk.connection,
        of=group,
        by=group,
        activity=str(signed["id"]),
        at=desk.seconds,
    )
    return str(signed["id"])


def hand_on(desk: Desk, activity: JsonObject, *, top: str | None = None) -> bool:
    """Hand on what somebody elsewhere sent to our group; whether that was done.

    Once for each activity, and not more than `MOST_HANDED_ON` an hour for one author:
    whoever floods the group floods nobody else through it (S25, S54).

    Args:
        desk: with the transaction.
        activity: as it came and was checked, to the letter.
        top: the id of the post if it begins a thread in our group, else None.
    """
    fresh = posts.hand_on(
        desk.connection,
        activity=str(activity["id"]),
        actor=str(activity["actor"]),
        at=desk.seconds,
        most=MOST_HANDED_ON,
        since=desk.seconds - AN_HOUR,
    )
    if fresh:
        announce(desk, activity, top=top)
    return fresh


def tell_fellows(desk: Desk, document: JsonObject, *, only: str | None = None) -> None:
    """Send an entry or a signed document to the assemblies that we confederate with.

    ``only`` names one of them by its identity.
    """
    group = address(desk, group_path(desk))
    fellows = [
        known
        for known in records.assemblies(desk.connection)
        if not known.ours and (only is None or known.id == only)
    ]
    if not fellows:
        return
    activity = sign_and_keep(
        desk,
        group_path(desk),
        _with_record(
            desk, document, group=group, to=[fellow.address for fellow in fellows]
        ),
        public=False,
    )
    posts.deliver(
        desk.connection,
        inboxes=[f"{fellow.address}/inbox" for fellow in fellows],
        actor=group_path(desk),
        activity=activity,
        at=desk.seconds,
    )


def heads(desk: Desk, *, most: int = 9) -> Iterable[JsonObject]:
    """Return where the records that we hold stand: ours first."""
    for known in records.assemblies(desk.connection)[:most]:
        if known.size:
            yield {"assembly": known.id, "size": known.size, "head": known.head}


def _with_record(
    desk: Desk, document: JsonObject, *, group: str, to: list[str]
) -> JsonObject:
    """Write the activity that brings fellow members an entry and what opens it."""
    carrier = posts.carrier_of(desk.connection, canonical.digest(document))
    return {
        **({} if carrier is None else {"assemblyPost": carrier["id"]}),
        "@context": [
            vocabulary.AS2,
            vocabulary.DATA_INTEGRITY,
            dict(vocabulary.CARRIER_TERMS),
        ],
        "id": address(desk, f"a/{desk.new_id()}"),
        "type": "Create",
        "actor": group,
        "to": [*to],
        "published": canonical.write_time(desk.now),
        "object": document,
        "assemblyTexts": [*openings.documents(desk, document)],
        "assemblyHeads": [*heads(desk)],
    }


def answer(desk: Desk, path: str, activity: JsonObject, *, inbox: str) -> None:
    """Send one of our actors' activities to one inbox."""
    id = sign_and_keep(desk, path, activity, public=False)
    posts.deliver(
        desk.connection, inboxes=[inbox], actor=path, activity=id, at=desk.seconds
    )


def send(
    desk: Desk,
    path: str,
    activity: JsonObject,
    *,
    followers: bool = False,
    inboxes: Iterable[str] = (),
    public: bool = True,
) -> str:
    """Send what one of our actors does to inboxes, and to followers; return its id."""
    id = sign_and_keep(desk, path, activity, public=public)
    if followers:
        posts.deliver_to_followers(
            desk.connection, of=path, by=path, activity=id, at=desk.seconds
        )
    posts.deliver(
        desk.connection, inboxes=inboxes, actor=path, activity=id, at=desk.seconds
    )
    return id


def tell_our_kind(
    desk: Desk, activity: JsonObject, *, inboxes: Iterable[str] = ()
) -> None:
    """Send what the assembly does to followers on this software, and to inboxes.

    Other software takes whatever is added to a group for a moderator or a pinned post.
    """
    group = group_path(desk)
    id = sign_and_keep(desk, group, activity)
    posts.deliver_to_followers(
        desk.connection, of=group, by=group, activity=id, at=desk.seconds, only=OURS
    )
    posts.deliver(
        desk.connection, inboxes=inboxes, actor=group, activity=id, at=desk.seconds
    )


def tell_of(desk: Desk, path: str) -> None:
    """Tell the followers of one of our actors that its document has changed.

    Fellow members hear it of the assembly, whether or not they follow it.
    """
    found = posts.actor(desk.connection, path)
    assert found is not None
    update = documents.update(
        {**actor_document(desk, found), "updated": canonical.write_time(desk.now)},
        id=address(desk, f"a/{desk.new_id()}"),
        audience=documents.to_everyone(followers=address(desk, f"{path}/followers")),
    )
    fellows = [
        f"{known.address}/inbox"
        for known in records.assemblies(desk.connection)
        if path == group_path(desk) and not known.ours
    ]
    send(desk, path, update, followers=True, inboxes=fellows)


def sign_and_keep(
    desk: Desk, path: str, activity: JsonObject, *, public: bool = True
) -> str:
    signed = with_proof(desk, path, activity)
    keep(desk, path, signed, public=public)
    return str(signed["id"])


def with_proof(desk: Desk, path: str, activity: JsonObject) -> JsonObject:
    """Sign an activity, if its actor's key is held here; then it stays as it is."""
    actor = posts.actor(desk.connection, path)
    assert actor is not None
    if actor.ed25519 is None:
        return activity
    return proofs.sign(
        activity,
        desk.vault.ed25519(path, actor.ed25519),
        verification_method=documents.assertion_key(address(desk, path)),
        created=desk.now,
    )


def keep(
    desk: Desk,
    path: str,
    activity: JsonObject,
    *,
    public: bool = True,
    listed: bool = True,
) -> None:
    posts.keep_activity(
        desk.connection,
        path=str(activity["id"]).removeprefix(f"{desk.config.base}/"),
        actor=path,
        document=activity,
        published=canonical.write_time(desk.now),
        public=public,
        listed=listed,
    )


def audience_of(document: JsonObject) -> documents.Audience:
    """Return whom a post of ours is for."""
    to, cc = (reading.ids_of(document.get(term)) for term in ("to", "cc"))
    return documents.Audience(to=to, cc=cc)


def to_everyone(
    desk: Desk, author: str, *, mentions: Iterable[str] = ()
) -> documents.Audience:
    group = address(desk, group_path(desk))
    return documents.to_everyone(
        followers=address(desk, f"{author}/followers"),
        group=None if author == group_path(desk) else group,
        mentions=mentions,
    )
