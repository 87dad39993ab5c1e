"""Each of our actors has an address, a document and keys of its own."""

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit

from markupsafe import escape

from activitypub import canonical, documents, proofs
from activitypub.canonical import JsonObject
from activitypub.signatures import Signer
from confederation import record
from instance import archive, vocabulary
from instance.desk import Desk
from instance.errors import Misused
from instance.languages import phrased, translated
from instance.matters import places
from instance.store import posts, records
from instance.store.posts import Actor
from instance.upkeep import keys

INSTANCE_ACTOR: Final = "actor"

DECISIONS: Final = "decisions"
DELEGATES: Final = "delegates"
"""Collections of the assembly that anybody may read: what it decided, who speaks."""

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
    "Organization": "Organization",
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
    location, area = places.location(desk) if is_group else (None, ())
    document = documents.actor(
        _KINDS[actor.kind],
        id=id,
        username=actor.username,
        name=actor.name,
        summary=f"<p>{escape(translated(actor.summary))}</p>" if actor.summary else "",
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
        also_known_as=[
            *(f"{base}/{actor.path}" for base in former),
            *(_taken_up(desk) if is_group else ()),
        ],
        moved_to=moved_to or (_merged_into(desk) if is_group else None),
        facts=_facts(desk) if is_group else (),
        location=location,
    )
    if area:
        document = documents.extend(
            document,
            {"assemblyArea": list(area)},
            context={
                "assemblyArea": {"@id": f"{vocabulary.NS}area", "@container": "@set"}
            },
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
    for name, page in (
        (phrased("Decisions"), "decisions"),
        (phrased("Public record"), "record"),
    ):
        url = address(desk, page)
        yield name, f'<a href="{url}">{url.partition("://")[2]}</a>'
    for known in _successors(desk):
        url = known.address
        yield phrased("Goes on as"), f'<a href="{url}">{url.partition("://")[2]}</a>'


def _successors(desk: Desk) -> list[records.Known]:
    """Return the other assemblies that go on where ours ended."""
    return [
        known
        for fact in _successions(desk)
        for id in fact.successors
        if (known := records.assembly(desk.connection, id)) is not None
        and not known.ours
    ]


def _merged_into(desk: Desk) -> str | None:
    """Return where followers go on, if that is one place: whom our assembly joined."""
    merged = any(fact.act == "merge" for fact in _successions(desk))
    return _successors(desk)[-1].address if merged and _successors(desk) else None


def _taken_up(desk: Desk) -> Iterator[str]:
    """Go through the addresses of the assemblies where ours took up their end."""
    for fact in _successions(desk):
        row = records.entry(desk.connection, fact.of)
        known = (
            None if row is None else records.assembly(desk.connection, row["assembly"])
        )
        if fact.act == "succeed" and known is not None:
            yield known.address


def _successions(desk: Desk) -> list[record.Succession]:
    ours = records.ours(desk.connection)
    if ours is None:
        return []
    rows = records.entries(desk.connection, ours.id, types=("Succession",))
    found = (archive.read(desk, row).fact for row in rows)
    return [fact for fact in found if isinstance(fact, record.Succession)]


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
