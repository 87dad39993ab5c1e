"""What is said or asked in somebody's name counts only if they have signed it.

A key signs its owner's forgeries as well as their letters, so three things must lie
with one server: the activity's id, its actor and the key. And the actor's own document,
fetched from the actor's own address, must hold the key: no key is believed on its own
word. That one document answers every question about whose key it is, so nothing else
is ever fetched here; a server that keeps its keys apart, as GoToSocial does at
``/main-key``, names them in the actor's document too.

Nothing here touches the network or a database. `receive`, `asker` and `vouched` are
generators: they yield what they wish for, and whoever drives them sends back the
answer, or throws in the `ProtocolError` that kept it away.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from activitypub import addresses, canonical, messages, proofs, reading, signatures
from activitypub.canonical import JsonObject, JsonValue
from activitypub.errors import (
    Malformed,
    NotAuthentic,
    ProtocolError,
    TooLarge,
    TooMany,
    Unsupported,
)
from activitypub.reading import Key
from activitypub.signatures import Claim, Request

KEY_LIFE: Final = timedelta(hours=24)
"""How long a key is believed without asking again."""
PAUSE: Final = timedelta(minutes=5)
"""How long an actor is left alone after we asked, whatever came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of an actor's keys.

    The caller keeps it for as long as it has dealings with the actor, however old it
    gets: an actor of whom nothing is known is a stranger, with nothing of theirs here.

    Args:
        actor: whose keys; or the address at which an asker's key is said to lie.
        keys: what their document held when it last came; empty if it never did.
        learned_at: when it last came.
        asked_at: when it was last asked for.
    """

    actor: str
    keys: tuple[Key, ...]
    learned_at: datetime | None
    asked_at: datetime

    def key(self, key_id: str, *, asserts: bool = False) -> Key | None:
        """The key of this id; among those that may prove documents if so asked."""
        return next(
            (k for k in self.keys if k.id == key_id and (k.asserts or not asserts)),
            None,
        )

    def fresh(self, now: datetime) -> bool:
        return self.learned_at is not None and now - self.learned_at <= KEY_LIFE

    def may_ask(self, now: datetime) -> bool:
        return now - self.asked_at >= PAUSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """Say what is known of this actor: `Known`, or None.

    Who blocks the actor or its server throws `Forbidden` instead; nothing was fetched.
    """

    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """Fetch this document from its own address, as `Client.fetch_document` does."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remember:
    """Keep this in place of what was known of the actor; there is nothing to answer."""

    known: Known


Wish: TypeAlias = Recall | Fetch | Remember
Answer: TypeAlias = Known | JsonObject | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """An activity of which it is certain who sent it, and of nothing else in it.

    Args:
        id: unique for ever; a second activity with it is the first once more.
        type: what kind of activity.
        actor: who sent it.
        document: all of it, as it was read.
        raw: the bytes from which it was read.
        key_id: the key that signed the request.
        covered: the headers that it signed.
        fingerprint: the SHA-256 of the signature; see S6.
        actor_document: the actor's document, if it had to be fetched.
    """

    id: str
    type: str
    actor: str
    document: JsonObject
    raw: bytes
    key_id: str
    covered: frozenset[str]
    fingerprint: bytes
    actor_document: JsonObject | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """An activity that changes nothing here, so nobody looked who sent it.

    The sender is answered as if it were accepted, or they would send it for days.
    """

    id: str
    type: str
    actor: str


def receive(
    request: Request, *, host: str, now: datetime, scheme: str = "https"
) -> Generator[Wish, Answer, Accepted | Ignored]:
    """Find out whose activity this is.

    Args:
        request: a POST to one of our inboxes.
        host: our own authority, from the configuration.
        now: our clock.
        scheme: ``http`` in development.

    Raises:
        Unsupported: it is not announced as ActivityPub.
        TooLarge: it is larger than we read.
        Malformed: request or activity cannot be read.
        NotAuthentic: nobody proves that it comes from its actor.
        ProtocolError: as it was thrown in.

    See federation.md S1 to S14 and S37.
    """
    _require_form(request)
    claim = _claimed(request, scheme=scheme, host=host, now=now)
    document = canonical.read(request.body)
    canonical.check_no_linked_data(document, read_from=request.body)
    _require_plain_terms(document)
    id, kind, actor = _envelope(document)
    if not addresses.same_origin(id, actor, claim.key_id):
        raise NotAuthentic("Activity, actor and signing key are not on one server.")

    known = yield from _recall(actor)
    stranger = known is None or not known.keys
    if stranger and kind in _NOTHING_OF_A_STRANGER:
        return Ignored(id=id, type=kind, actor=actor)

    def by_the_actor(known: Known) -> None:
        if not _is(_checked(claim, known).owner, actor):
            raise NotAuthentic("The signing key is not the activity's actor's.")

    learned = yield from _hold(
        known, actor, by_the_actor, now=now, leaving=kind == "Delete"
    )
    return Accepted(
        id=id,
        type=kind,
        actor=actor,
        document=document,
        raw=request.body,
        key_id=claim.key_id,
        covered=claim.covered,
        fingerprint=claim.fingerprint,
        actor_document=learned,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks for a document: the owner of the key that signed the request."""

    actor: str
    key_id: str


def asker(
    request: Request, *, host: str, now: datetime, scheme: str = "https"
) -> Generator[Wish, Answer, Asker]:
    """Find out who asks for a document, from a GET that is signed.

    A request to read names no actor, so the key's own address leads to one. What counts
    is the document found there: it must be an actor's and hold the key.

    Args:
        request: a GET or HEAD to one of our documents.
        host: our own authority, from the configuration.
        now: our clock.
        scheme: ``http`` in development.

    Raises:
        Malformed: the signature cannot be read.
        NotAuthentic: it is not signed, or not by the key that it names.
        ProtocolError: as it was thrown in.

    See federation.md S2 to S11, and S47.
    """
    if request.method not in {"GET", "HEAD"}:
        raise Malformed("A document is asked for with GET.")
    claim = _claimed(request, scheme=scheme, host=host, now=now)
    # GoToSocial's keys lie at an address of their own, below that of their actor.
    place = claim.key_id.partition("#")[0].removesuffix("/main-key")
    known = yield from _recall(place)
    found: list[Key] = []

    def by_its_key(known: Known) -> None:
        found.append(_checked(claim, known))

    yield from _hold(known, place, by_its_key, now=now)
    actor = found[-1].owner
    if actor != place:
        # BookWyrm's key ids lead to an address that is not quite the actor's. Who is
        # blocked is blocked under their own.
        yield from _recall(actor)
    return Asker(actor=actor, key_id=claim.key_id)


def vouched(document: JsonObject, *, now: datetime) -> Generator[Wish, Answer, str]:
    """Find out who vouches, with a proof, for a document that somebody passed on.

    Whoever passed it on has no say in it, and it may be old: what it changes must be
    newer than what is there. A proof says nothing of what is embedded, beyond that its
    owner embedded it: the object of an activity must belong to the same owner.

    Args:
        document: an activity, an object or an actor, whole.
        now: our clock.

    Returns:
        Its owner: the ``actor`` of an activity, the author of an object, an actor's id.

    Raises:
        Malformed: it cannot be read as one thing only.
        NotAuthentic: it carries no proof by a key that its owner asserts.
        ProtocolError: as it was thrown in.

    See FEP-8b32, FEP-fe34 and federation.md §3.1, S13, S23 and S24.
    """
    canonical.check_no_linked_data(document)
    _require_plain_terms(document)
    owner = _owner(document)
    method = proofs.verification_method(document)
    if not addresses.same_origin(owner, method):
        raise NotAuthentic("Document, owner and proving key are not on one server.")

    def by_the_owner(known: Known) -> None:
        key = known.key(method, asserts=True)
        if key is None or not _is(key.owner, owner):
            raise NotAuthentic("The owner's own document does not assert this key.")
        if not isinstance(key.key, Ed25519PublicKey):
            raise NotAuthentic("The proof is by a key of another kind.")
        proofs.verify(document, key.key, now=now)

    known = yield from _recall(owner)
    yield from _hold(known, owner, by_the_owner, now=now)
    return owner


def _owner(document: JsonObject) -> str:
    """Whose a document is by its own account; its id lies with the same server."""
    id = document.get("id")
    if not isinstance(id, str):
        raise Malformed("This document does not say what its id is.")
    if reading.type_of(document) in reading.ACTOR_TYPES:
        return id
    owners = {
        reading.id_of(document["actor"]) if "actor" in document else None,
        reading.author_of(document) if "attributedTo" in document else None,
    } - {None}
    # Were there two, a proof by one would pass for the word of the other.
    if len(owners) != 1:
        raise NotAuthentic("This document does not say whose it is.")
    owner = owners.pop()
    if owner is None or not addresses.same_origin(id, owner):
        raise NotAuthentic("This document's owner is on another server.")
    return owner


_NOTHING_OF_A_STRANGER = frozenset({"Delete", "Remove", "Undo"})


def _claimed(request: Request, *, scheme: str, host: str, now: datetime) -> Claim:
    """Read the signature in whichever of the two ways it is written."""
    if messages.is_signed(request):
        return messages.claimed(request, scheme=scheme, host=host, now=now)
    return signatures.claimed(request, host=host, now=now)


def _require_form(request: Request) -> None:
    if request.method != "POST":
        raise Malformed("An activity is sent with POST.")
    if len(request.body) > canonical.MOST_BYTES:
        raise TooLarge("This activity is larger than we read.")
    types = [value for name, value in request.headers if name == "content-type"]
    if len(types) != 1 or not reading.is_activity_type(types[0]):
        raise Unsupported("An activity is sent as application/activity+json.")


def _envelope(document: JsonObject) -> tuple[str, str, str]:
    id, kind, actor = (document.get(term) for term in ("id", "type", "actor"))
    if (
        isinstance(id, str)
        and isinstance(kind, str)
        and isinstance(actor, str)
        and kind != ""
    ):
        return id, kind, actor
    raise Malformed("An activity has an id, a type and an actor, one of each.")


_KEYWORDS = frozenset({"@id", "@type", "@graph", "@included", "@reverse", "@nest"})


def _require_plain_terms(document: JsonObject) -> None:
    """Refuse contexts that make the document say something else (S14)."""
    for term, definition in _definitions(document):
        meaning = definition
        if isinstance(definition, dict):
            meaning = definition.get("@id")
            if "@reverse" in definition:
                raise Malformed("No term of an activity may be turned round.")
        own = f"@{term}" if term in {"id", "type"} else None
        if meaning != own and (own or _is_keyword(meaning)):
            raise Malformed("No term of an activity may stand for another.")


def _definitions(document: JsonObject) -> Iterator[tuple[str, JsonValue]]:
    """Go through all that is said of terms: by a document, by what it holds, and by
    terms, which may have contexts of their own.
    """
    waiting: list[JsonValue] = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            context = value.get("@context")
            for entry in context if isinstance(context, list) else [context]:
                if isinstance(entry, dict):
                    yield from entry.items()


def _is_keyword(meaning: JsonValue) -> bool:
    return isinstance(meaning, str) and meaning in _KEYWORDS


def _recall(actor: str) -> Generator[Wish, Answer, Known | None]:
    known = yield Recall(actor=actor)
    if known is not None and not isinstance(known, Known):
        raise TypeError("Recall is answered with what is known, or None.")
    return known


def _hold(
    known: Known | None,
    actor: str,
    check: Callable[[Known], None],
    *,
    now: datetime,
    leaving: bool = False,
) -> Generator[Wish, Answer, JsonObject | None]:
    """Check what somebody signed, asking for their keys where ours do not do.

    Args:
        known: what we know of the actor.
        actor: whose keys count.
        check: raises `NotAuthentic` where these keys did not sign.
        now: our clock.
        leaving: whether the actor may be gone, so that old keys must do.

    Returns:
        The actor's document, if it had to be fetched.
    """
    if known is None or not known.keys or not (leaving or known.fresh(now)):
        known, learned = yield from _learn(known, actor, now)
        check(known)
        return learned
    try:
        check(known)
    except NotAuthentic:
        # The actor may have a new key.
        known, learned = yield from _learn(known, actor, now)
        check(known)
        return learned
    return None


def _learn(
    known: Known | None, actor: str, now: datetime
) -> Generator[Wish, Answer, tuple[Known, JsonObject]]:
    """Ask the actor's server for the actor's keys, and remember that we asked."""
    nothing = Known(actor=actor, keys=(), learned_at=None, asked_at=now)
    asked = nothing if known is None else replace(known, asked_at=now)
    # A flood of forgeries must not become a flood of questions.
    if known is not None and not known.may_ask(now):
        raise NotAuthentic("We know no key that signed this; try later with a new one.")
    try:
        document = yield Fetch(url=actor)
        keys = _keys_of(actor, document)
    except TooMany:
        # Nobody was asked.
        raise
    except ProtocolError:
        yield Remember(known=asked)
        raise
    learned = replace(asked, keys=keys, learned_at=now)
    yield Remember(known=learned)
    return learned, _object(document)


def _object(document: Answer) -> JsonObject:
    if not isinstance(document, dict):
        raise TypeError("Fetch is answered with a document.")
    return document


def _keys_of(place: str, document: Answer) -> tuple[Key, ...]:
    found = reading.actor(_object(document))
    # The server that was asked is the only one that may speak for its actors.
    if not addresses.same_origin(found.id, place):
        raise NotAuthentic("The actor's address holds somebody else's document.")
    return found.keys


def _is(one: str, other: str) -> bool:
    """Whether both are one actor's id, of which only the host may differ in case."""
    return one == other or addresses.parse(one) == addresses.parse(other)


def _checked(claim: Claim, known: Known) -> Key:
    key = known.key(claim.key_id)
    if key is None:
        raise NotAuthentic("The actor's own document does not hold the signing key.")
    signatures.check(claim, key.key)
    return key
