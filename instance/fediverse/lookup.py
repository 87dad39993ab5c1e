"""What anybody may ask of a node: its actors, their posts, the records it holds."""

import functools
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib import metadata, resources
from typing import Final

from activitypub import addresses, canonical, discovery, documents, reading
from activitypub.canonical import JsonObject, JsonValue
from confederation import record
from instance import archive, chamber, clerk, speech
from instance.dealings import aiding
from instance.desk import Desk
from instance.fediverse import sentiment
from instance.matters import adoptions, openings
from instance.store import (
    branches,
    compacts,
    personas,
    posts,
    reactions,
    records,
    remote_posts,
)

PAGE: Final = 20
MOST_ENTRIES: Final = 256
TEXT: Final = "text/plain; charset=utf-8"
JSON: Final = "application/json"
JSON_LINES: Final = "application/jsonl"
INTENTS: Final = {"Follow": "follow", "Object": "object"}
"""What our members do on a page of ours with what they met elsewhere (FEP-3b86)."""


def webfinger(desk: Desk, resource: str) -> JsonObject | None:
    """Answer for an actor that lives here; members without one are not known.

    Raises:
        Malformed: it is neither a name nor an address.
    """
    match discovery.resource(resource):
        case discovery.Account(username=username, host=host):
            if host != desk.config.host:
                return None
            found = posts.actor_named(desk.connection, username.lower())
        case url:
            if str(url).rstrip("/") == desk.config.base:
                return discovery.origin_jrd(desk.config.base, actor=_node_actor(desk))
            path = str(url).removeprefix(f"{desk.config.base}/")
            found = posts.actor(desk.connection, path)
            if found is None and thing(desk, path) is not None:
                return discovery.object_jrd(str(url))
    if found is None or personas.gone_at(desk.connection, found.path):
        return None
    return discovery.jrd(
        discovery.Account(found.username, desk.config.host),
        actor=speech.address(desk, found.path),
        page=speech.page_of(desk, found),
        intents={
            kind: f"{desk.config.base}/intents/{page}?object={{object}}"
            for kind, page in INTENTS.items()
        },
    )


@functools.cache
def context() -> bytes:
    """Return the JSON-LD context of our vocabulary, as it will be for ever."""
    return (resources.files("instance") / "ns" / "v1.jsonld").read_bytes()


def nodeinfo(desk: Desk, version: str) -> JsonObject:
    """Say what software this is, and nothing about the people."""
    group = posts.actor(desk.connection, speech.group_path(desk))
    return discovery.nodeinfo(
        discovery.Software(
            name="folkmoot",
            version=metadata.version("folkmoot"),
            repository="https://w3id.org/folkmoot",
        ),
        name=desk.config.slug if group is None else group.name,
        users=posts.actor_count(desk.connection),
        posts=posts.outbox_size(desk.connection, speech.clerk_path(desk)),
        metadata={"nodeActor": _node_actor(desk)},
        version=version,
    )


def nodeinfo_links(desk: Desk) -> JsonObject:
    return discovery.nodeinfo_links(desk.config.base, actor=_node_actor(desk))


def node_actor(desk: Desk) -> JsonObject | None:
    """Return the actor of the node as a whole, which signs what it asks others."""
    return actor(desk, speech.INSTANCE_ACTOR)


def _node_actor(desk: Desk) -> str:
    return speech.address(desk, speech.INSTANCE_ACTOR)


def actor(desk: Desk, path: str) -> JsonObject | None:
    """Return the document of an actor, or a tombstone for one that was taken back."""
    found = posts.actor(desk.connection, path)
    if found is None:
        return None
    gone = personas.gone_at(desk.connection, path)
    if gone is not None:
        return documents.tombstone(
            speech.address(desk, path),
            former_type=found.kind,
            deleted=canonical.read_time(gone),
        )
    return speech.actor_document(desk, found)


def former_hosts(desk: Desk) -> frozenset[bytes]:
    """Return the hosts at which this node was before."""
    bases = posts.former_bases(desk.connection, but=desk.config.base)
    return frozenset(base.partition("://")[2].encode() for base in bases)


def moved(desk: Desk, path: str, host: str) -> JsonObject | None:
    """Return what an actor is at a former host: who it was, and where it is now."""
    found = posts.actor(desk.connection, path)
    if found is None or host.encode() not in former_hosts(desk):
        return None
    then = replace(desk, config=replace(desk.config, domain=host))
    return speech.actor_document(then, found, moved_to=speech.address(desk, path))


def thing(desk: Desk, path: str, *, who: str | None = None) -> JsonObject | None:
    """Return a post, an activity or a thread that was published here.

    ``who`` is the actor elsewhere who asks, if that is certain. What is not for them is
    not there.
    """
    if path.startswith("t/"):
        return _thread(desk, path)
    row = posts.object_at(desk.connection, path)
    if row is None:
        row = posts.activity_at(desk.connection, path)
    if row is None or not _may_read(desk, row, who):
        return None
    return sentiment.live(desk, canonical.read(row["body"].encode()))


def _may_read(desk: Desk, row: sqlite3.Row, who: str | None) -> bool:
    """Whether a post or an activity of ours is for somebody (S47)."""
    if row["public"] or who is None:
        return bool(row["public"])
    document = canonical.read(row["body"].encode())
    audience = {
        *reading.ids_of(document.get("to")),
        *reading.ids_of(document.get("cc")),
    }
    if who in audience:
        return True
    followers = speech.address(desk, f"{row['actor']}/followers")
    return followers in audience and posts.is_follower(
        desk.connection, actor=row["actor"], follower=who
    )


def collection(
    desk: Desk, path: str, name: str, page: int | None, *, who: str | None = None
) -> JsonObject | None:
    """Return what lies below an actor or a post; `thing` says for whom."""
    id = speech.address(desk, f"{path}/{name}")
    found = posts.actor(desk.connection, path)
    if found is None:
        return _of_post(desk, path, id, name, who)
    match name:
        case "outbox":
            return _outbox(desk, path, id, page)
        case "followers":
            count = posts.follower_count(desk.connection, path)
            return documents.collection(id, total=count)
        case "following":
            count = personas.following_count(desk.connection, path)
            return documents.collection(id, total=count)
        case "followers_synchronization":
            if who is None:
                return None
            host = addresses.parse(who).origin
            there = posts.followers_on(desk.connection, path, host)
            return _listed(id, [*there])
        case "moderators":
            return _listed(id, [speech.address(desk, speech.clerk_path(desk))])
        case speech.DECISIONS:
            decided = posts.objects_of_kind(
                desk.connection, "Decision", most=MOST_ENTRIES
            )
            return _listed(id, [row["id"] for row in decided])
        case speech.DELEGATES:
            return _listed(id, [*_delegates(desk)])
        case _:
            return _listed(id, [])


def _delegates(desk: Desk) -> Iterator[str]:
    """Go through the actors who speak for our assembly now, each once."""
    ours = records.ours(desk.connection)
    kept = None if ours is None else chamber.record_of(desk, ours.id)
    if kept is None:
        return
    over = {fact.mandate for _, fact in kept.facts(record.Recall)}
    over |= {
        fact.supersedes for _, fact in kept.facts(record.Mandate) if fact.supersedes
    }
    yield from dict.fromkeys(
        fact.holder
        for entry, fact in kept.facts(record.Mandate)
        if entry.digest not in over and fact.valid_until > desk.now
    )


def own_entry(desk: Desk, seq: int) -> bytes | None:
    ours = records.ours(desk.connection)
    row = None if ours is None else records.entry_at(desk.connection, ours.id, seq)
    return None if row is None else next(_intact([row]), None)


def entry_bytes(desk: Desk, digest: str) -> bytes | None:
    """Return an entry by its digest, also of a branch; None if it is not held."""
    row = records.entry(desk.connection, digest)
    if row is not None:
        return next(_intact([row]), None)
    beside = branches.entry(desk.connection, digest)
    return None if beside is None else beside.body


def _intact(rows: Iterable[sqlite3.Row]) -> Iterator[bytes]:
    """Go through entries as far as this disk holds them as they were signed.

    What it altered is handed to nobody: they would take it for a forgery of ours.
    """
    for row in rows:
        if not archive.is_intact(row):
            return
        yield bytes(row["body"])


def compact(desk: Desk, digest: str) -> JsonObject | None:
    """Return a compact with the texts that it commits to."""
    document = compacts.document(desk.connection, digest)
    if document is None:
        return None
    texts = openings.documents(desk, document)
    answer: JsonObject = {"compact": document, "texts": [*texts]}
    criteria = compacts.criteria(desk.connection, str(document.get("criteria")))
    return answer if criteria is None else {**answer, "criteria": criteria}


def log_part(
    desk: Desk, hexadecimal: str | None, part: str, query: dict[str, str]
) -> tuple[bytes, str] | None:
    """Return a part of a record held here, ours where no identity is given."""
    if hexadecimal is None:
        known = records.ours(desk.connection)
    else:
        known = records.assembly(desk.connection, f"sha256:{hexadecimal}")
    if known is None or known.size == 0:
        return None
    match part:
        case "head":
            note = clerk.checkpoint(desk, known.id)
            head: JsonObject = {
                "assembly": known.id,
                "size": known.size,
                "head": known.head,
                "checkpoint": None if note is None else note.decode(),
                "now": desk.seconds,
            }
            return json.dumps(head, ensure_ascii=False).encode(), JSON
        case "checkpoint":
            note = clerk.checkpoint(desk, known.id)
            return None if note is None else (note, TEXT)
        case "entries":
            return _entries(desk, known, query), JSON_LINES
        case "texts":
            return _texts(desk, known, query), JSON_LINES
        case "branches":
            beside = branches.of(desk.connection, known.id)
            return b"".join(each.body + b"\n" for each in beside), JSON_LINES
        case "inclusion" | "consistency":
            return _proof(desk, known, part, query)
        case "keys":
            rows = records.entries(
                desk.connection, known.id, types=("Founding", "KeyEvent")
            )
            return b"".join(body + b"\n" for body in _intact(rows)), JSON_LINES
        case _:
            return None


def _entries(desk: Desk, known: records.Known, query: dict[str, str]) -> bytes:
    start, end = _range(query, known.size)
    rows = records.entries(desk.connection, known.id, start=start, end=end)
    return b"".join(body + b"\n" for body in _intact(rows))


def _texts(desk: Desk, known: records.Known, query: dict[str, str]) -> bytes:
    start, end = _range(query, known.size)
    rows = records.entries(desk.connection, known.id, start=start, end=end)
    intact = (bytes(row["body"]) for row in rows if archive.is_intact(row))
    texts = openings.of(desk, openings.commitments_of(intact))
    return b"".join(canonical.canonical(text) + b"\n" for text in texts)


def _range(query: dict[str, str], size: int) -> tuple[int, int]:
    start = min(_whole(query.get("start"), 0), size)
    end = min(_whole(query.get("end"), size), size, start + MOST_ENTRIES)
    return start, max(start, end)


def _proof(
    desk: Desk, known: records.Known, part: str, query: dict[str, str]
) -> tuple[bytes, str] | None:
    size = _whole(query.get("size") or query.get("to"), known.size)
    first = _whole(query.get("leaf") or query.get("from"), 0)
    if size > known.size or first > size or (part == "inclusion" and first == size):
        return None
    tree = archive.tree_of(desk, known.id, size=size)
    path = tree.inclusion(first) if part == "inclusion" else tree.consistency(first)
    proof: JsonObject = {
        "size": size,
        "root": tree.root().hex(),
        "path": [step.hex() for step in path],
    }
    return json.dumps(proof).encode(), JSON


def _whole(text: str | None, default: int) -> int:
    if text is None or not text.isdecimal() or len(text) > 12:
        return default
    return int(text)


def _outbox(desk: Desk, path: str, id: str, page: int | None) -> JsonObject:
    total = posts.outbox_size(desk.connection, path)
    if page is None:
        return documents.collection(
            id, total=total, first=f"{id}?page=1" if total else None
        )
    rows = posts.outbox(
        desk.connection, path, skip=(max(page, 1) - 1) * PAGE, most=PAGE
    )
    more = len(rows) == PAGE and page * PAGE < total
    return documents.page(
        f"{id}?page={page}",
        of=id,
        items=[canonical.read(row["body"].encode()) for row in rows],
        next=f"{id}?page={page + 1}" if more else None,
    )


def _of_post(
    desk: Desk, path: str, id: str, name: str, who: str | None
) -> JsonObject | None:
    """Return what people did with a post: the ids of it, and how many."""
    row = posts.object_at(desk.connection, path)
    if row is None or not _may_read(desk, row, who):
        return None
    counts = reactions.counts(desk.connection, row["id"])
    match name:
        case "replies":
            return _listed(id, [*remote_posts.reply_ids(desk.connection, row["id"])])
        case "likes":
            liked = reactions.newest(desk.connection, row["id"], kind="like")
            return {**_listed(id, [*liked]), "totalItems": counts.likes}
        case "shares":
            shared = reactions.newest(desk.connection, row["id"], kind="share")
            return {**_listed(id, [*shared]), "totalItems": counts.shares}
        case adoptions.ADOPTIONS:
            of = records.entry(desk.connection, row["entry"])
            if of is None or of["type"] != "Issue":
                return None
            return _listed(id, [*adoptions.of(desk, archive.read(desk, of))])
        case "proposal":
            return aiding.proposal(canonical.read(row["body"].encode()))
        case _:
            return None


def _thread(desk: Desk, path: str) -> JsonObject | None:
    id = speech.address(desk, path)
    rows = posts.newest_objects(desk.connection, most=MOST_ENTRIES, thread=id)
    if not rows:
        return None
    items: list[JsonValue] = [row["id"] for row in reversed(rows)]
    for row in rows:
        items += remote_posts.reply_ids(desk.connection, row["id"])
    return _listed(id, items)


def _listed(id: str, items: list[JsonValue]) -> JsonObject:
    """Write a collection that is short enough to be given whole."""
    return {**documents.collection(id, total=len(items)), "orderedItems": items}
