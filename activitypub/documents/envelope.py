"""Every document says which terms it uses, for whom it is, and has a plain id.

Terms of other vocabularies come in by `extend` and are defined inline, for a remote
context is fetched by some readers, and its outage would be ours.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from activitypub import addresses
from activitypub.canonical import JsonObject, JsonValue

AS2: Final = "https://www.w3.org/ns/activitystreams"
PUBLIC: Final = f"{AS2}#Public"
DATA_INTEGRITY: Final = "https://w3id.org/security/data-integrity/v2"
ACTIVITY_JSON: Final = "application/activity+json"
LINKED_JSON: Final = f'application/ld+json; profile="{AS2}"'
ACCEPT: Final = f"{LINKED_JSON}, {ACTIVITY_JSON}"

MOST_CARRIER_BYTES: Final = 64 * 1024
MOST_CARRIER_DEPTH: Final = 8

# What DATA_INTEGRITY says of a proof, in terms that an activity within may define for
# itself: where one is handed on whole that names another version of that context, a
# reader of linked data finds a protected term defined twice, and reads none of it.
PROOF_TERMS: Final[JsonObject] = {
    "DataIntegrityProof": "https://w3id.org/security#DataIntegrityProof",
    "assertionMethod": "https://w3id.org/security#assertionMethod",
    "created": {
        "@id": "http://purl.org/dc/terms/created",
        "@type": "http://www.w3.org/2001/XMLSchema#dateTime",
    },
    "cryptosuite": {
        "@id": "https://w3id.org/security#cryptosuite",
        "@type": "https://w3id.org/security#cryptosuiteString",
    },
    "proof": {
        "@id": "https://w3id.org/security#proof",
        "@type": "@id",
        "@container": "@graph",
    },
    "proofPurpose": {
        "@id": "https://w3id.org/security#proofPurpose",
        "@type": "@vocab",
    },
    "proofValue": {
        "@id": "https://w3id.org/security#proofValue",
        "@type": "https://w3id.org/security#multibase",
    },
    "verificationMethod": {
        "@id": "https://w3id.org/security#verificationMethod",
        "@type": "@id",
    },
}

# A name makes a reply a vote, a summary makes a note a warning, and after a linked-data
# signature some readers rewrite the object (W9, W10, W23).
_LEFT_OUT: Final = frozenset({"name", "summary", "signature"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Whom something is for: addresses of actors and collections, or `PUBLIC`."""

    to: tuple[str, ...]
    cc: tuple[str, ...] = ()


def to_everyone(
    *, followers: str, group: str | None = None, mentions: Iterable[str] = ()
) -> Audience:
    """Address a public carrier so that Mastodon and Lemmy both find it (W8)."""
    return Audience(
        to=(PUBLIC,) if group is None else (PUBLIC, group), cc=(followers, *mentions)
    )


def extend(
    document: JsonObject,
    properties: Mapping[str, JsonValue],
    *,
    context: Mapping[str, JsonValue],
) -> JsonObject:
    """Add properties of another vocabulary, each defined in the document itself.

    Args:
        document: what one of the builders here wrote, before it is signed.
        properties: none that the document has already, and none of AS2 that the
            builder left out for a reason.
        context: the terms, for the inline part of ``@context``.
    """
    taken = properties.keys() & (document.keys() | _LEFT_OUT)
    if taken:
        raise ValueError(f"These cannot be added to what is written: {sorted(taken)}")
    if "proof" in document:
        raise ValueError("What is signed cannot be added to.")
    joined = join_contexts(document["@context"], [dict(context)])
    return {**document, "@context": joined, **properties}


def fits(carrier: JsonObject) -> bool:
    """Tell whether a carrier is small and flat enough for every reader.

    What makes it too large is linked then, not embedded (W22).
    """
    flat = _depth(carrier) <= MOST_CARRIER_DEPTH
    return flat and len(encode(carrier)) <= MOST_CARRIER_BYTES


def encode(document: JsonObject) -> bytes:
    """Write the bytes that are sent."""
    return msgspec.json.encode(document)


def join_contexts(first: JsonValue, second: JsonValue) -> list[JsonValue]:
    """Join two contexts: the addresses of both, then all inline terms in one object."""
    remote: dict[str, None] = {}
    terms: JsonObject = {}
    for context in (first, second):
        for entry in context if isinstance(context, list) else [context]:
            if isinstance(entry, dict):
                terms |= entry
            elif isinstance(entry, str):
                remote[entry] = None
    return [*remote, terms] if terms else [*remote]


def given(**terms: str | None) -> JsonObject:
    return {term: value for term, value in terms.items() if value is not None}


def addressed(audience: Audience) -> JsonObject:
    return {"to": list(audience.to), "cc": list(audience.cc)}


def _depth(value: JsonValue) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0


def require_plain(id: str) -> None:
    url = addresses.parse(id)
    if str(url) != id or id != id.lower() or url.fragment or "?" in id:
        raise ValueError(f"An id must be plain, lower case and without a query: {id}")
