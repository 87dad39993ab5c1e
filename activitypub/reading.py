"""What others write is read as they meant it, and nothing in it is believed.

Servers write one thing in many ways: an id or the whole object, a string or a list, a
text or a map of languages. The functions here find the thing. That a document says so
proves nothing: whose it is, the signature and the address say (`inbox`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from activitypub import addresses, signatures
from activitypub.canonical import YEARS, JsonObject, JsonValue
from activitypub.documents import AS2, PUBLIC
from activitypub.errors import Malformed, ProtocolError
from activitypub.signatures import PublicKey

ACTOR_TYPES: Final = ("Person", "Group", "Service", "Application", "Organization")

MOST_KEYS: Final = 10
MOST_PICTURES: Final = 8
LONGEST_NAME: Final = 300
LONGEST_TEXT: Final = 256 * 1024
MOST_ADDRESSEES: Final = 1000
MOST_OPTIONS: Final = 100
LONGEST_SIGN: Final = 64


def is_activity_type(content_type: str) -> bool:
    """Tell whether a Content-Type announces ActivityPub, and not just some JSON.

    See federation.md S17.
    """
    media_type, _, rest = content_type.partition(";")
    match media_type.strip().lower():
        case "application/activity+json":
            return True
        case "application/ld+json":
            profiles = _PROFILE.findall(f";{rest}")
            return len(profiles) == 1 and AS2 in profiles[0].strip('"').split()
        case _:
            return False


_PROFILE = re.compile(r';\s*profile\s*=\s*("[^"]*"|[^\s;"]+)', re.IGNORECASE)


def id_of(value: JsonValue) -> str | None:
    """Find the id, be it given alone or with the object around it (W24)."""
    if isinstance(value, dict):
        value = value.get("id") or value.get("href")
    return value if isinstance(value, str) and value else None


def ids_of(value: JsonValue) -> tuple[str, ...]:
    """Find the ids in what may be one thing or a list of things (W24)."""
    found = (id_of(item) for item in _items(value)[:MOST_ADDRESSEES])
    return tuple(id for id in found if id is not None)


def objects_of(value: JsonValue) -> tuple[JsonObject, ...]:
    """Find the whole objects in one or a list, as GoToSocial sends votes (W24)."""
    return tuple(item for item in _items(value) if isinstance(item, dict))


def type_of(document: JsonObject) -> str | None:
    """Find the type; of several the first."""
    kinds = [kind for kind in _items(document.get("type")) if isinstance(kind, str)]
    return kinds[0] if kinds else None


def _items(value: JsonValue) -> list[JsonValue]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def text_of(document: JsonObject, term: str, *, language: str = "") -> str | None:
    """Find a text that may stand alone or by language, ``name`` or ``nameMap``.

    The text alone wins, unless the language asked for has one of its own. What is
    found is hostile: HTML that nobody has cleaned (S39, S40).
    """
    translations = document.get(f"{term}Map")
    by_language = translations if isinstance(translations, dict) else {}
    for found in (by_language.get(language), document.get(term), *by_language.values()):
        if isinstance(found, str):
            return found[:LONGEST_TEXT]
    return None


def link_of(value: JsonValue) -> str | None:
    """Find the address of a page: a string, a Link, or the best of a list (W24).

    Only http and https count: a ``javascript:`` here would run in a reader's browser.
    """
    candidates = sorted(_items(value), key=_is_not_html)
    for candidate in candidates:
        href = candidate.get("href") if isinstance(candidate, dict) else candidate
        if isinstance(href, str) and _is_address(href):
            return href
    return None


def _is_not_html(value: JsonValue) -> bool:
    return isinstance(value, dict) and value.get("mediaType") != "text/html"


def _is_address(text: str) -> bool:
    try:
        addresses.parse(text)
    except Malformed:
        return False
    return True


def pictures_of(document: JsonObject) -> tuple[tuple[str, str], ...]:
    """Find the pictures of a post: where each lies, and what is to be seen on it.

    What they are is for whoever fetches them to see; nothing here is believed.
    """
    found: list[tuple[str, str]] = []
    for attached in objects_of(document.get("attachment")):
        kind = attached.get("mediaType")
        if type_of(attached) != "Image" and not str(kind).startswith("image/"):
            continue
        url = link_of(attached.get("url") or attached.get("href"))
        if url is not None:
            found.append((url, one_line(text_of(attached, "name") or "")))
    return tuple(found[:MOST_PICTURES])


def instant_of(value: JsonValue) -> datetime | None:
    """Find a time, with whatever fraction and offset; None if it is none."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        return None
    try:
        at = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if at.year in YEARS else None


_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)

_PUBLIC = frozenset({PUBLIC, "as:Public", "Public"})


def is_public(id: str) -> bool:
    """Tell whether this addressee is everybody, by any of its three names (W24)."""
    return id in _PUBLIC


def addressees(document: JsonObject) -> tuple[str, ...]:
    """Find all whom a document is for, everybody as `documents.PUBLIC`."""
    found: dict[str, None] = {}
    for term in ("to", "cc", "audience"):
        for id in ids_of(document.get(term)):
            found[PUBLIC if is_public(id) else id] = None
    return tuple(found)


def author_of(document: JsonObject) -> str | None:
    """Find who wrote an object; None if nobody is named, or several servers' people.

    PeerTube names the person and the channel; the person is the author.

    See federation.md W24 and S20.
    """
    authors = _items(document.get("attributedTo"))
    ids = ids_of(authors)
    if not ids or len(ids) != len(authors):
        return None
    try:
        if not addresses.same_origin(*ids):
            return None
    except Malformed:
        return None
    people = [a for a in objects_of(authors) if type_of(a) == "Person"]
    return id_of(people[0]) if people else ids[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A public key as its owner's document holds it.

    Args:
        id: the address that signatures name it by.
        owner: the actor whose document holds it.
        key: the key itself.
        asserts: whether it stands among those that may prove documents (FEP-521a).
    """

    id: str
    owner: str
    key: PublicKey
    asserts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """An actor as their own server describes them.

    Args:
        id: the address of the document.
        type: one of `ACTOR_TYPES`.
        username: without the ``@``, or None.
        name: one line of plain text; the username or the id if there is no other.
        summary: hostile HTML, or None.
        url: their page, or None.
        inbox: on the same server as the id.
        shared_inbox: on the same server, or None.
        followers: the collection of their followers, or None.
        webfinger: the name ``user@host`` that they give themselves, or None (2c59).
        keys: those that are theirs, and that we can use.
        moved_to: where they say that they went, or None.
        also_known_as: what they say they were before.
    """

    id: str
    type: str
    username: str | None
    name: str
    summary: str | None
    url: str | None
    inbox: str
    shared_inbox: str | None
    followers: str | None
    webfinger: str | None
    keys: tuple[Key, ...]
    moved_to: str | None
    also_known_as: tuple[str, ...]


def actor(document: JsonObject) -> Actor:
    """Read an actor's document that was fetched from its own address.

    Raises:
        Malformed: it is no actor, or it receives its mail on another server.

    See federation.md S26.
    """
    id = _own_id(document)
    kinds = [kind for kind in _items(document.get("type")) if kind in ACTOR_TYPES]
    inbox = id_of(document.get("inbox"))
    if not kinds or inbox is None:
        raise Malformed("This document does not describe an actor with an inbox.")
    if not addresses.same_origin(id, inbox):
        raise Malformed("This actor's inbox is on another server.")
    endpoints = document.get("endpoints")
    shared = endpoints.get("sharedInbox") if isinstance(endpoints, dict) else None
    username = document.get("preferredUsername")
    username = one_line(username) if isinstance(username, str) else None
    name = text_of(document, "name")
    return Actor(
        id=id,
        type=str(kinds[0]),
        username=username or None,
        name=one_line(name or "") or username or id,
        summary=text_of(document, "summary"),
        url=link_of(document.get("url")),
        inbox=inbox,
        shared_inbox=_beside(id, shared),
        followers=_beside(id, document.get("followers")),
        webfinger=_text(document.get("webfinger")),
        keys=keys_of(document),
        moved_to=id_of(document.get("movedTo")),
        also_known_as=ids_of(document.get("alsoKnownAs"))[:32],
    )


def keys_of(document: JsonObject) -> tuple[Key, ...]:
    """Find the keys that an actor's document holds and that can be that actor's.

    A key whose id or owner lies elsewhere is passed over, as is one that we cannot
    read. GoToSocial's stub at ``/main-key`` is read like the whole document.

    Raises:
        Malformed: the document has no id.

    See federation.md S8, S9, S26 and W24.
    """
    id = _own_id(document)
    return tuple(_keys(id, document))


def _keys(owner: str, document: JsonObject) -> Iterator[Key]:
    listed = [
        *((entry, False) for entry in objects_of(document.get("publicKey"))),
        *((entry, True) for entry in objects_of(document.get("assertionMethod"))),
    ]
    for entry, asserts in listed[:MOST_KEYS]:
        key_id = entry.get("id")
        stated = entry.get("owner", entry.get("controller", owner))
        if not isinstance(key_id, str) or stated != owner:
            continue
        try:
            if addresses.same_origin(key_id, owner):
                yield Key(id=key_id, owner=owner, key=_key(entry), asserts=asserts)
        except ProtocolError:
            continue


def _key(entry: JsonObject) -> PublicKey:
    match entry:
        case {"type": "Multikey", "publicKeyMultibase": str(multikey)}:
            return signatures.read_multikey(multikey)
        case {"publicKeyPem": str(pem)}:
            return signatures.read_key(pem)
        case _:
            raise Malformed("This is not a key.")


def _own_id(document: JsonObject) -> str:
    id = document.get("id")
    if not isinstance(id, str) or not _is_address(id):
        raise Malformed("This document has no address of its own.")
    return id


def _beside(owner: str, value: JsonValue) -> str | None:
    """Take an address only if it lies with the same server."""
    id = id_of(value)
    if id is None or not _is_address(id) or not addresses.same_origin(owner, id):
        return None
    return id


def _text(value: JsonValue) -> str | None:
    return one_line(value) if isinstance(value, str) and value else None


# Control characters, and those that turn or hide the text around them.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+"
)


def one_line(text: str) -> str:
    """Make a name safe to stand among other text: one line, nothing hidden in it.

    See federation.md S42 and S43.
    """
    return " ".join(_UNSEEN.sub(" ", text[:LONGEST_NAME]).split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post of somebody else's, as their server describes it.

    Args:
        id: its address.
        type: ``Note``, ``Article`` and so on.
        author: on the same server as the id.
        content: hostile HTML; may be empty.
        name: one line of plain text, or None.
        summary: what Mastodon folds the text under: plain text on one line, or None.
        in_reply_to: the post that it answers, or None.
        url: its page, or None.
        published: when, by its own account, or None.
        updated: when it changed last, or None.
        addressees: see `addressees`.
    """

    id: str
    type: str
    author: str
    content: str
    name: str | None
    summary: str | None
    in_reply_to: str | None
    url: str | None
    published: datetime | None
    updated: datetime | None
    addressees: tuple[str, ...]

    @property
    def public(self) -> bool:
        return PUBLIC in self.addressees


def post(document: JsonObject) -> Post:
    """Read a post.

    Raises:
        Malformed: it has no type, no address, or no author on its own server.

    See federation.md S20.
    """
    id = _own_id(document)
    kind, author = type_of(document), author_of(document)
    if kind is None or author is None or not addresses.same_origin(id, author):
        raise Malformed("This post has no author on its own server.")
    return Post(
        id=id,
        type=kind,
        author=author,
        content=text_of(document, "content") or "",
        name=_text(text_of(document, "name")),
        summary=_text(text_of(document, "summary")),
        in_reply_to=next(iter(ids_of(document.get("inReplyTo"))), None),
        url=link_of(document.get("url")),
        published=instant_of(document.get("published")),
        updated=instant_of(document.get("updated")),
        addressees=addressees(document),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """An answer to a poll.

    Args:
        id: of the answer, on its author's server; it may have a fragment.
        author: who answers.
        poll: the id of the Question.
        option: the name of the option, as they wrote it.
    """

    id: str
    author: str
    poll: str
    option: str


def votes(activity: JsonObject) -> tuple[Vote, ...]:
    """Find the answers to polls in a Create.

    Mastodon, Misskey, Pleroma and PieFed send one for each option, GoToSocial all in
    one list. What has a text of its own is a reply that has a name, and no answer.

    See federation.md W24 and S44.
    """
    found = objects_of(activity.get("object"))[:MOST_OPTIONS]
    return tuple(vote for vote in map(_vote, found) if vote is not None)


def _vote(document: JsonObject) -> Vote | None:
    if type_of(document) not in _VOTES or text_of(document, "content"):
        return None
    id, author = document.get("id"), author_of(document)
    poll, name = id_of(document.get("inReplyTo")), text_of(document, "name")
    if not isinstance(id, str) or author is None or poll is None or not name:
        return None
    if not _is_address(id) or not addresses.same_origin(id, author):
        return None
    return Vote(id=id, author=author, poll=poll, option=name[:LONGEST_NAME])


_VOTES = frozenset({"Note", "Answer"})


def sign_of(activity: JsonObject) -> str:
    """Find the sign that somebody answers a post with, such as an emoji (c0e0)."""
    return one_line(text_of(activity, "content") or "")[:LONGEST_SIGN]
