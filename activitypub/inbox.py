"""An activity counts only if the one in whose name it comes has signed it.

A key signs its owner's forgeries as well as their letters, so three things must lie
with one server: the activity's id, its actor and the key. And the actor's own document,
fetched from the actor's own address, must hold the key: no key is believed on its own
word. That one document answers every question about whose key it is, so nothing else
is ever fetched here; a server that keeps its keys apart, as GoToSocial does at
``/main-key``, names them in the actor's document too.

Nothing here touches the network or a database. `receive` is a generator: it yields
what it wishes for, and whoever drives it sends back the answer, or throws in the
`ProtocolError` that kept it away.
"""

from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from activitypub import addresses, canonical, reading, signatures
from activitypub.canonical import JsonObject, JsonValue
from activitypub.errors import (
    Malformed,
    NotAuthentic,
    ProtocolError,
    TooLarge,
    Unsupported,
)
from activitypub.reading import Key
from activitypub.signatures import Claim, PublicKey, Request

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
        actor: whose keys.
        keys: what their document held when it last came; empty if it never did.
        learned_at: when it last came.
        asked_at: when it was last asked for.
    """

    actor: str
    keys: tuple[Key, ...]
    learned_at: datetime | None
    asked_at: datetime

    def key(self, key_id: str) -> PublicKey | None:
        return next((key.key for key in self.keys if key.id == key_id), None)

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
    request: Request, *, host: str, now: datetime
) -> Generator[Wish, Answer, Accepted | Ignored]:
    """Find out whose activity this is.

    Args:
        request: a POST to one of our inboxes.
        host: our own authority, from the configuration.
        now: our clock.

    Raises:
        Unsupported: it is not announced as ActivityPub.
        TooLarge: it is larger than we read.
        Malformed: request or activity cannot be read.
        NotAuthentic: nobody proves that it comes from its actor.
        ProtocolError: as it was thrown in.

    See federation.md S1 to S14 and S37.
    """
    _require_form(request)
    claim = signatures.claimed(request, host=host, now=now)
    document = canonical.read(request.body)
    canonical.check_no_linked_data(document)
    _require_plain_terms(document.get("@context"))
    id, kind, actor = _envelope(document)
    if not addresses.same_origin(id, actor, claim.key_id):
        raise NotAuthentic("Activity, actor and signing key are not on one server.")

    known = yield from _recall(actor)
    learned: JsonObject | None = None
    if known is None or not known.keys:
        if kind in _NOTHING_OF_A_STRANGER:
            return Ignored(id=id, type=kind, actor=actor)
        known, learned = yield from _learn(known, actor, now)
    # Whoever leaves for good has often gone by the time that anybody asks for the key.
    elif not known.fresh(now) and kind != "Delete":
        known, learned = yield from _learn(known, actor, now)
    try:
        _check(claim, known)
    except NotAuthentic:
        if learned is not None:
            raise
        # The actor may have a new key.
        known, learned = yield from _learn(known, actor, now)
        _check(claim, known)
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


_NOTHING_OF_A_STRANGER = frozenset({"Delete", "Remove", "Undo"})


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


def _require_plain_terms(context: JsonValue) -> None:
    """Refuse a context that makes the document say something else (S14)."""
    for entry in context if isinstance(context, list) else [context]:
        for term, definition in entry.items() if isinstance(entry, dict) else ():
            meaning = definition
            if isinstance(definition, dict):
                meaning = definition.get("@id")
                if "@reverse" in definition:
                    raise Malformed("No term of an activity may be turned round.")
            own = f"@{term}" if term in {"id", "type"} else None
            if meaning != own and (own or _is_keyword(meaning)):
                raise Malformed("No term of an activity may stand for another.")


def _is_keyword(meaning: JsonValue) -> bool:
    return isinstance(meaning, str) and meaning in _KEYWORDS


def _recall(actor: str) -> Generator[Wish, Answer, Known | None]:
    known = yield Recall(actor=actor)
    if known is not None and not isinstance(known, Known):
        raise TypeError("Recall is answered with what is known, or None.")
    return known


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


def _keys_of(actor: str, document: Answer) -> tuple[Key, ...]:
    found = reading.actor(_object(document))
    # The address that was asked is the only one that may speak for the actor.
    if addresses.parse(found.id) != addresses.parse(actor):
        raise NotAuthentic("The actor's address holds somebody else's document.")
    return found.keys


def _check(claim: Claim, known: Known) -> None:
    key = known.key(claim.key_id)
    if key is None:
        raise NotAuthentic("The actor's own document does not hold the signing key.")
    signatures.check(claim, key)
