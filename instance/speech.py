"""What our actors say: posts for people, entries for fellow members.

Posts are written by the clerk and announced by the assembly, because some servers know
no group as an author. Fellow members get the entry itself, as it was signed.
"""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from activitypub import canonical, documents, proofs
from activitypub.canonical import JsonObject
from activitypub.signatures import Signer
from instance import archive, keys, vocabulary
from instance.carriers import Carrier
from instance.desk import Desk
from instance.errors import Misused
from instance.store import posts, records
from instance.store.posts import Actor
from instance.verification import Verified

INSTANCE_ACTOR: Final = "actor"
_KINDS: Final[dict[str, documents.ActorType]] = {
    "Group": "Group",
    "Service": "Service",
    "Application": "Application",
    "Person": "Person",
}


def group_path(desk: Desk) -> str:
    return f"g/{desk.config.slug}"


def clerk_path(desk: Desk) -> str:
    return f"g/{desk.config.slug}/clerk"


def address(desk: Desk, path: str) -> str:
    """Return the address at which something of this node is found today."""
    return f"{desk.config.base}/{path}"


def log_origin(group: str) -> str:
    """Return the name under which an assembly's log is signed: its bare address."""
    parts = urlsplit(group)
    return f"{parts.netloc}{parts.path}"


def new_actor(
    desk: Desk,
    *,
    path: str,
    kind: str,
    username: str,
    name: str,
    summary: str = "",
    member: str | None = None,
) -> Actor:
    """Make an actor with keys of its own, sealed under its path."""
    own = proofs.new_key()
    actor = Actor(
        path=path,
        kind=kind,
        username=username,
        name=name,
        summary=summary,
        member=member,
        rsa=desk.vault.seal_rsa(path, keys.new_rsa()),
        ed25519=desk.vault.seal_ed25519(path, own),
        public_ed25519=proofs.multikey(own.public_key()),
        created_at=canonical.write_time(desk.now),
    )
    posts.keep_actor(desk.connection, actor)
    return actor


def say(
    desk: Desk,
    *,
    html: str,
    title: str | None = None,
    page: str | None = None,
    kind: str | None = None,
    entry: Verified | None = None,
) -> str:
    """Publish a post by the clerk, announced by the assembly; return its id."""
    author, group = clerk_path(desk), group_path(desk)
    name = desk.new_id()
    id = address(desk, f"n/{name}")
    note = documents.note(
        documents.Post(
            id=id,
            author=address(desk, author),
            content=html,
            audience=_to_everyone(desk, author),
            published=desk.now,
            url=address(desk, page.lstrip("/")) if page else id,
            group=address(desk, group),
            thread=address(desk, f"t/{name}"),
            tags=() if entry is None else (_link_to(entry),),
        ),
        name=title,
    )
    if entry is not None or kind is not None:
        carried = _carried(desk, kind, entry)
        note = documents.extend(note, carried, context=vocabulary.CARRIER_TERMS)
        if not documents.fits(note):
            del note["assemblyRecord"]
    posts.keep_object(
        desk.connection,
        id=id,
        path=f"n/{name}",
        actor=author,
        kind=kind or (None if entry is None else str(entry.document["type"])),
        entry=None if entry is None else entry.entry.digest,
        thread=address(desk, f"t/{name}"),
        document=note,
    )
    create = _keep_activity(desk, author, documents.create(note, id=f"{id}/create"))
    posts.deliver_to_followers(
        desk.connection, of=author, by=author, activity=create, at=desk.seconds
    )
    announce = documents.announce(
        id,
        id=address(desk, f"{group}/announce/{name}"),
        actor=address(desk, group),
        audience=_to_everyone(desk, group),
        published=desk.now,
    )
    posts.deliver_to_followers(
        desk.connection,
        of=group,
        by=group,
        activity=_keep_activity(desk, group, announce),
        at=desk.seconds,
    )
    return id


def say_entry(desk: Desk, verified: Verified, post: Carrier) -> str:
    """Publish the post that carries an entry."""
    link = Markup('<p><a href="{}">{}</a></p>').format(
        address(desk, post.page.lstrip("/")), "Read the whole, with the signed record"
    )
    html = Markup("<p><strong>{}</strong></p>").format(post.title) + post.html + link
    return say(desk, html=str(html), title=post.title, page=post.page, entry=verified)


def add_to(desk: Desk, id: str, html: Markup) -> None:
    """Add a paragraph to a post of ours and tell the assembly's followers.

    The entry that it carries stays what it is.
    """
    row = posts.object_of(desk.connection, id)
    assert row is not None
    note = canonical.read(row["body"].encode())
    content = f"{note['content']}{html}"
    note |= {
        "content": content,
        "contentMap": {"en": content},
        "updated": canonical.write_time(desk.now),
    }
    posts.revise_object(desk.connection, id, document=note)
    update = documents.update(
        note,
        id=address(desk, f"a/{desk.new_id()}"),
        audience=_to_everyone(desk, row["actor"]),
    )
    posts.deliver_to_followers(
        desk.connection,
        of=group_path(desk),
        by=row["actor"],
        activity=_keep_activity(desk, row["actor"], update),
        at=desk.seconds,
    )


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
    activity = _keep_activity(
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
    return {
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
        "assemblyTexts": [*archive.text_documents(desk, document)],
        "assemblyHeads": [*heads(desk)],
    }


def actor_document(desk: Desk, actor: Actor) -> JsonObject:
    """Write the document of an actor that lives here."""
    id = address(desk, actor.path)
    rsa = desk.vault.rsa(actor.path, actor.rsa)
    is_group = actor.path == group_path(desk)
    document = documents.actor(
        _KINDS[actor.kind],
        id=id,
        username=actor.username,
        name=actor.name,
        summary=f"<p>{escape(actor.summary)}</p>" if actor.summary else "",
        url=page_of(desk, actor),
        shared_inbox=address(desk, "inbox"),
        keys=documents.Keys(
            transport=rsa.public_key(),
            assertion=proofs.public_key(actor.public_ed25519),
        ),
        published=canonical.read_time(actor.created_at),
        implements=[{"href": vocabulary.SPECIFICATION, "name": "Assembly records v1"}],
        software=None if actor.path == INSTANCE_ACTOR else address(desk, "actor"),
    )
    ours = records.ours(desk.connection)
    if not is_group or ours is None:
        return document
    log: JsonObject = {
        "assembly": ours.id,
        "checkpoint": f"{id}/log/checkpoint",
        "origin": log_origin(id),
        "key": ours.key,
    }
    return documents.extend(
        document,
        {"assemblyLog": log},
        context={"assemblyLog": {"@id": f"{vocabulary.NS}log", "@type": "@json"}},
    )


def page_of(desk: Desk, actor: Actor) -> str:
    """Return the page that shows an actor to people: for the assembly, the front."""
    if actor.path == group_path(desk):
        return f"{desk.config.base}/"
    return address(desk, actor.path)


def signer(desk: Desk, path: str) -> Signer | None:
    """Return the key with which one of our actors signs its requests."""
    actor = posts.actor(desk.connection, path)
    if actor is None:
        return None
    return Signer(
        key_id=documents.main_key(address(desk, path)),
        private_key=desk.vault.rsa(path, actor.rsa),
    )


def node_signer(desk: Desk) -> Signer:
    """Return the key with which the node itself asks others for documents."""
    found = signer(desk, INSTANCE_ACTOR)
    if found is None:
        raise Misused("This node has lost its own actor; restore it from a backup.")
    return found


def answer(desk: Desk, path: str, activity: JsonObject, *, inbox: str) -> None:
    """Send one of our actors' activities to one inbox."""
    id = _keep_activity(desk, path, activity, public=False)
    posts.deliver(
        desk.connection, inboxes=[inbox], actor=path, activity=id, at=desk.seconds
    )


def _keep_activity(
    desk: Desk, path: str, activity: JsonObject, *, public: bool = True
) -> str:
    actor = posts.actor(desk.connection, path)
    assert actor is not None
    if actor.ed25519 is not None:
        activity = proofs.sign(
            activity,
            desk.vault.ed25519(path, actor.ed25519),
            verification_method=documents.assertion_key(address(desk, path)),
            created=desk.now,
        )
    id = str(activity["id"])
    posts.keep_activity(
        desk.connection,
        path=id.removeprefix(f"{desk.config.base}/"),
        actor=path,
        document=activity,
        published=canonical.write_time(desk.now),
        public=public,
    )
    return id


def _to_everyone(desk: Desk, author: str) -> documents.Audience:
    group = address(desk, group_path(desk))
    return documents.to_everyone(
        followers=address(desk, f"{author}/followers"),
        group=None if author == group_path(desk) else group,
    )


def _link_to(entry: Verified) -> JsonObject:
    return documents.object_link(
        str(entry.document["id"]), rel=f"{vocabulary.NS}record", name="record"
    )


def _carried(desk: Desk, kind: str | None, entry: Verified | None) -> JsonObject:
    if entry is None:
        return {"assemblyKind": kind}
    return {
        "assemblyKind": kind or str(entry.document["type"]),
        "assemblyRecord": entry.document,
        "assemblyTexts": [*archive.text_documents(desk, entry.document)],
    }
