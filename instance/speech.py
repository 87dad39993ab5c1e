"""What our actors say: posts for people, entries for fellow members.

Posts are written by the clerk and announced by the assembly, because some servers know
no group as an author. Fellow members get the entry itself, as it was signed.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from activitypub import canonical, documents, proofs, reading
from activitypub.canonical import JsonObject
from activitypub.signatures import Signer
from confederation import record
from confederation.record import Entry
from instance import archive, carriers, keys, vocabulary
from instance.carriers import Carrier
from instance.desk import Desk
from instance.errors import Misused
from instance.store import posts, records, software
from instance.store.posts import Actor
from instance.verification import Verified

Mentions = Iterable[tuple[str, str]]
"""Actors that a post speaks of, each with the name to call it by."""

INSTANCE_ACTOR: Final = "actor"
AN_HOUR: Final = 3600
MOST_HANDED_ON: Final = 60
"""How much of one author's the assembly hands on in an hour."""

DECISIONS: Final = "decisions"
DELEGATES: Final = "delegates"
"""Collections of the assembly that anybody may read: what it decided, who speaks."""

OURS: Final = frozenset({"folkmoot"})
GROUP_AWARE: Final = frozenset(
    {
        *("discourse", "folkmoot", "friendica", "hubzilla", "lemmy", "mbin"),
        *("mitra", "nodebb", "piefed", "streams", "wordpress"),
    }
)
"""Software that knows groups, by its NodeInfo name: it is handed whole activities."""

CAPABILITIES: Final[tuple[JsonObject, ...]] = (
    {"href": vocabulary.SPECIFICATION, "name": "Assembly records v1"},
    {
        "href": "https://datatracker.ietf.org/doc/html/rfc9421",
        "name": "RFC 9421: HTTP Message Signatures",
    },
)
"""What this software can do, as FEP-844e writes it."""

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
    about: str | None = None,
    mentions: Mentions = (),
) -> str:
    """Publish a note by the clerk, announced by the assembly; return its id."""
    post = a_post(desk, html=html, page=page, entry=entry, mentions=mentions)
    note = documents.note(post, name=title)
    if entry is not None or kind is not None:
        carried = _carried(desk, kind, entry)
        note = documents.extend(note, carried, context=vocabulary.CARRIER_TERMS)
        for part in ("assemblyTexts", "assemblyRecord"):
            if part in note and not documents.fits(note):
                del note[part]
    kind = kind or (None if entry is None else str(entry.document["type"]))
    return publish(
        desk,
        note,
        by=clerk_path(desk),
        kind=kind,
        entry=None if entry is None else entry.entry.digest,
        about=about,
    )


def a_post(
    desk: Desk,
    *,
    html: str,
    page: str | None = None,
    entry: Verified | None = None,
    by: str | None = None,
    mentions: Mentions = (),
) -> documents.Post:
    """Return what a builder of `documents` asks for, for a post that begins a thread.

    It is for everyone and appears in our group. ``by`` is the path of its author, the
    clerk unless another is named; ``page`` is where people read it.
    """
    author, name = by or clerk_path(desk), desk.new_id()
    id = address(desk, f"n/{name}")
    return documents.Post(
        id=id,
        author=address(desk, author),
        content=html,
        audience=_to_everyone(desk, author, mentions=[who for who, _ in mentions]),
        published=desk.now,
        url=address(desk, page.lstrip("/")) if page else id,
        group=address(desk, group_path(desk)),
        thread=address(desk, f"t/{name}"),
        tags=(
            *(documents.mention(who, name=name) for who, name in mentions),
            *(() if entry is None else (_link_to(entry),)),
        ),
        # What the assembly says may be found; people say so for themselves.
        searchable_by=() if by else (documents.PUBLIC,),
    )


def publish(
    desk: Desk,
    document: JsonObject,
    *,
    by: str,
    kind: str | None = None,
    entry: str | None = None,
    about: str | None = None,
    groups: Collection[str] = GROUP_AWARE,
) -> str:
    """Publish what one of our actors wrote for everyone; return its id.

    It goes to the author's own followers. The assembly hands it on to its followers if
    it appears in our group and answers nothing.

    Args:
        desk: with the transaction.
        document: what a builder of `documents` wrote.
        by: the path of the author.
        kind: what it is to our members.
        entry: the digest of the entry that it carries.
        about: what it is about, where that is no entry.
        groups: the group-aware software that can read it.
    """
    id = str(document["id"])
    activity = _begin(desk, document, by=by, kind=kind, entry=entry, about=about)
    posts.deliver_to_followers(
        desk.connection, of=by, by=by, activity=str(activity["id"]), at=desk.seconds
    )
    if document.get("audience") == address(desk, group_path(desk)):
        top = None if "inReplyTo" in document else id
        announce(desk, activity, top=top, groups=groups)
    return id


def publish_for(
    desk: Desk, document: JsonObject, *, by: str, groups: Collection[str]
) -> str:
    """Publish what is for some group-aware software alone; return its id.

    What such software cannot read is told to it in another way.
    """
    activity = _begin(desk, document, by=by, kind=posts.IN_OTHER_WORDS)
    announce(desk, activity, top=None, groups=groups)
    return str(document["id"])


def _begin(
    desk: Desk,
    document: JsonObject,
    *,
    by: str,
    kind: str | None = None,
    entry: str | None = None,
    about: str | None = None,
) -> JsonObject:
    """Keep a post and the activity that publishes it; return the activity."""
    id, thread = str(document["id"]), document.get("context")
    posts.keep_object(
        desk.connection,
        id=id,
        path=id.removeprefix(f"{desk.config.base}/"),
        actor=by,
        kind=kind,
        entry=entry,
        thread=str(thread) if thread else None,
        document=document,
        about=about,
    )
    activity = with_proof(desk, by, documents.create(document, id=f"{id}/create"))
    _keep(desk, by, activity)
    return activity


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
    group, audience = group_path(desk), _to_everyone(desk, group_path(desk))
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
        _keep(desk, group, signed, listed=top is None or what is top)
        posts.deliver_to_followers(
            desk.connection,
            of=group,
            by=group,
            activity=str(signed["id"]),
            at=desk.seconds,
            only=only,
            but=but,
        )


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


def say_entry(desk: Desk, verified: Verified) -> None:
    """Publish the post that carries an entry, and mend the posts that it overtakes."""
    post = carriers.carrier(desk, verified.entry)
    if post is None:
        return
    id = say_carrier(desk, post, entry=verified)
    _tell_of_collections(desk, verified.entry, carrier=id)
    for before in carriers.outdated(desk, verified.entry):
        row = posts.carrier_of(desk.connection, before.entry)
        if row is not None:
            add_to(
                desk,
                row["id"],
                Markup('<p><strong>{}</strong> <a href="{}">See there</a></p>').format(
                    before.says, address(desk, post.page.lstrip("/"))
                ),
            )


def _tell_of_collections(desk: Desk, entry: Entry, *, carrier: str) -> None:
    """Tell assemblies that follow us what our open collections gained or lost.

    Other software takes whatever is added to a group for a moderator or a pinned post.
    """
    group = address(desk, group_path(desk))
    match entry.fact:
        case record.Decision():
            write, what, name = documents.add, carrier, DECISIONS
        case record.Mandate(holder=holder):
            write, what, name = documents.add, str(holder), DELEGATES
        case record.Recall(mandate=mandate):
            row = records.entry(desk.connection, mandate)
            ended = None if row is None else archive.read(desk, row).fact
            if not isinstance(ended, record.Mandate):
                return
            write, what, name = documents.remove, str(ended.holder), DELEGATES
        case _:
            return
    activity = _keep_activity(
        desk,
        group_path(desk),
        write(
            what,
            id=address(desk, f"a/{desk.new_id()}"),
            actor=group,
            target=f"{group}/{name}",
            audience=_to_everyone(desk, group_path(desk)),
        ),
    )
    posts.deliver_to_followers(
        desk.connection,
        of=group_path(desk),
        by=group_path(desk),
        activity=activity,
        at=desk.seconds,
        only=OURS,
    )


def say_carrier(
    desk: Desk,
    post: Carrier,
    *,
    entry: Verified | None = None,
    kind: str | None = None,
    about: str | None = None,
) -> str:
    """Publish what people read about something, with a link to its page."""
    return say(
        desk,
        html=str(body_of(desk, post)),
        title=post.title,
        page=post.page,
        kind=kind,
        entry=entry,
        about=about,
        mentions=post.mentions,
    )


def body_of(desk: Desk, post: Carrier) -> Markup:
    """Write the text of a post that carries an entry, with the way to its page."""
    link = Markup('<p><a href="{}">{}</a></p>').format(
        address(desk, post.page.lstrip("/")), "Read the whole, with the signed record"
    )
    return Markup("<p><strong>{}</strong></p>").format(post.title) + post.html + link


def add_to(desk: Desk, id: str, html: Markup) -> None:
    """Add a paragraph to a post of ours and tell all who may have it.

    The entry that it carries stays what it is.
    """
    row = posts.object_of(desk.connection, id)
    assert row is not None
    note = canonical.read(row["body"].encode())
    content = f"{note['content']}{html}"
    revise(desk, {**note, "content": content, "contentMap": {"en": content}})


def revise(
    desk: Desk, document: JsonObject, *, groups: Collection[str] = GROUP_AWARE
) -> None:
    """Keep a post of ours in its changed form, and tell all who may have it.

    Servers take no change whose time is not later than the last one's, to the second.
    """
    id = str(document["id"])
    row = posts.object_of(desk.connection, id)
    assert row is not None
    by, group = row["actor"], group_path(desk)
    changed = {**document, "updated": canonical.write_time(_later(desk, document))}
    posts.revise_object(desk.connection, id, document=changed)
    update = documents.update(
        changed, id=address(desk, f"a/{desk.new_id()}"), audience=_to_everyone(desk, by)
    )
    signed = with_proof(desk, by, update)
    _keep(desk, by, signed)
    activity = str(signed["id"])
    posts.deliver_to_followers(
        desk.connection, of=by, by=by, activity=activity, at=desk.seconds
    )
    if document.get("audience") == address(desk, group):
        posts.deliver_to_followers(
            desk.connection,
            of=group,
            by=by,
            activity=activity,
            at=desk.seconds,
            but=GROUP_AWARE,
        )
        announce(desk, signed, top=None, groups=groups)


def _later(desk: Desk, document: JsonObject) -> datetime:
    """Return now, or the second after a document changed last if that was just now."""
    last = document.get("updated") or document["published"]
    return max(desk.now, canonical.read_time(str(last)) + timedelta(seconds=1))


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


def actor_document(
    desk: Desk, actor: Actor, *, moved_to: str | None = None
) -> JsonObject:
    """Write the document of an actor that lives here.

    ``moved_to`` is its address of today, where the desk is that of a former one.
    """
    id = address(desk, actor.path)
    former = posts.former_bases(desk.connection, but=desk.config.base)
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
        # What an assembly says is for everybody to find; a person would have to say so.
        indexable=actor.kind != "Person",
        implements=CAPABILITIES,
        software=None if actor.path == INSTANCE_ACTOR else address(desk, "actor"),
        also_known_as=[f"{base}/{actor.path}" for base in former],
        moved_to=moved_to,
        facts=_facts(desk) if is_group else (),
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


def _facts(desk: Desk) -> Iterable[tuple[str, str]]:
    for name, page in (("Decisions", "decisions"), ("Public record", "record")):
        url = address(desk, page)
        yield name, f'<a href="{url}">{url.partition("://")[2]}</a>'


def page_of(desk: Desk, actor: Actor) -> str:
    """Return the page that shows an actor to people: for the assembly, the front."""
    if actor.path == group_path(desk):
        return f"{desk.config.base}/"
    return address(desk, actor.path)


def signer(desk: Desk, path: str) -> Signer | None:
    """Return the key with which one of our actors signs its requests.

    ``path`` may also be a former address of the actor: then it signs as who it was.
    """
    id = address(desk, path)
    if "://" in path:
        id, path = path, path.split("/", maxsplit=3)[3]
    actor = posts.actor(desk.connection, path)
    if actor is None:
        return None
    return Signer(
        key_id=documents.main_key(id), private_key=desk.vault.rsa(path, actor.rsa)
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
    id = _keep_activity(desk, path, activity, public=public)
    if followers:
        posts.deliver_to_followers(
            desk.connection, of=path, by=path, activity=id, at=desk.seconds
        )
    posts.deliver(
        desk.connection, inboxes=inboxes, actor=path, activity=id, at=desk.seconds
    )
    return id


def tell_of(desk: Desk, path: str) -> None:
    """Tell the followers of one of our actors that its document has changed."""
    found = posts.actor(desk.connection, path)
    assert found is not None
    update = documents.update(
        {**actor_document(desk, found), "updated": canonical.write_time(desk.now)},
        id=address(desk, f"a/{desk.new_id()}"),
        audience=documents.to_everyone(followers=address(desk, f"{path}/followers")),
    )
    send(desk, path, update, followers=True)


def _keep_activity(
    desk: Desk, path: str, activity: JsonObject, *, public: bool = True
) -> str:
    signed = with_proof(desk, path, activity)
    _keep(desk, path, signed, public=public)
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


def _keep(
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


def _to_everyone(
    desk: Desk, author: str, *, mentions: Iterable[str] = ()
) -> documents.Audience:
    group = address(desk, group_path(desk))
    return documents.to_everyone(
        followers=address(desk, f"{author}/followers"),
        group=None if author == group_path(desk) else group,
        mentions=mentions,
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
