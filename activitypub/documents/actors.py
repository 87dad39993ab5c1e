"""An actor's document says where it is written to, and whose keys are its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from activitypub import addresses, proofs, signatures
from activitypub.canonical import JsonObject, write_time
from activitypub.documents.envelope import AS2, DATA_INTEGRITY, require_plain

ActorType = Literal["Group", "Service", "Application", "Person", "Organization"]

_ACTOR_TERMS: Final[JsonObject] = {
    # No context that is named beside this one has the term, and Fedify, which reads an
    # actor as linked data, finds no key without it.
    "assertionMethod": {
        "@id": "https://w3id.org/security#assertionMethod",
        "@type": "@id",
        "@container": "@set",
    },
    "toot": "http://joinmastodon.org/ns#",
    "lemmy": "https://join-lemmy.org/ns#",
    "discoverable": "toot:discoverable",
    "indexable": "toot:indexable",
    "featured": {"@id": "toot:featured", "@type": "@id"},
    "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
    "postingRestrictedToMods": "lemmy:postingRestrictedToMods",
    "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
    "movedTo": {"@id": "as:movedTo", "@type": "@id"},
    "schema": "http://schema.org#",
    "PropertyValue": "schema:PropertyValue",
    "value": "schema:value",
    "webfinger": "https://purl.archive.org/socialweb/webfinger#webfinger",
    "implements": {"@id": "https://w3id.org/fep/844e#implements", "@type": "@id"},
}
_COLLECTIONS: Final = ("inbox", "outbox", "followers", "following", "featured")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The public keys of an actor: one for requests, one for proofs."""

    transport: RSAPublicKey
    assertion: Ed25519PublicKey


def main_key(actor: str) -> str:
    """Name the key with which an actor signs requests (W1)."""
    return f"{actor}#main-key"


def assertion_key(actor: str) -> str:
    """Name the key with which an actor signs documents (W1)."""
    return f"{actor}#ed25519-key"


def actor(
    kind: ActorType,
    *,
    id: str,
    username: str,
    name: str,
    summary: str,
    url: str,
    shared_inbox: str,
    keys: Keys,
    published: datetime,
    updated: datetime | None = None,
    approves_followers: bool = False,
    indexable: bool = True,
    implements: Iterable[JsonObject] = (),
    software: str | None = None,
    also_known_as: Iterable[str] = (),
    moved_to: str | None = None,
    facts: Iterable[tuple[str, str]] = (),
    location: JsonObject | None = None,
) -> JsonObject:
    """Write an actor's document. Its collections lie below its id.

    Args:
        kind: Group for an assembly, Service for its clerk, Application for the node.
        id: where it lives; its authority is also that of its WebFinger name.
        username: without the ``@``.
        name: as people see it.
        summary: HTML.
        url: its page.
        shared_inbox: the node's.
        keys: the public halves.
        published: since when it has been there.
        updated: when this document changed last.
        approves_followers: a request to follow waits for a person.
        indexable: consent to being listed, and found by searching what it wrote.
        implements: what the software can do, as FEP-844e writes it.
        software: the actor of the node; None for the node itself.
        also_known_as: the ids that it had before.
        moved_to: the id that it has now, if this is a former one.
        facts: what its profile shows as a table, names and HTML (FEP-fb2a).
        location: where it is, as a ``Place``; None where that is not told.

    See federation.md W2, W3 and 1.4.
    """
    require_plain(id)
    host = addresses.parse(id).authority
    generator: JsonObject = {"implements": list(implements)}
    document: JsonObject = {
        "@context": [
            AS2,
            "https://w3id.org/security/v1",
            DATA_INTEGRITY,
            "https://w3id.org/security/multikey/v1",
            _ACTOR_TERMS,
        ],
        "id": id,
        "type": kind,
        "preferredUsername": username,
        "webfinger": f"{username}@{host}",
        "name": name,
        "summary": summary,
        "url": url,
        **{term: f"{id}/{term}" for term in _COLLECTIONS},
        "endpoints": {"sharedInbox": shared_inbox},
        "manuallyApprovesFollowers": approves_followers,
        "discoverable": indexable,
        "indexable": indexable,
        "published": write_time(published),
        "publicKey": {
            "id": main_key(id),
            "owner": id,
            "publicKeyPem": signatures.write_key(keys.transport),
        },
        "assertionMethod": [
            {
                "id": assertion_key(id),
                "type": "Multikey",
                "controller": id,
                "publicKeyMultibase": proofs.multikey(keys.assertion),
            }
        ],
    }
    if updated is not None:
        document["updated"] = write_time(updated)
    if also_known_as:
        document["alsoKnownAs"] = list(also_known_as)
    if moved_to is not None:
        document["movedTo"] = moved_to
    if facts := tuple(facts):
        # Mastodon and Misskey read the one form, FEP-fb2a asks for the other.
        document["attachment"] = [
            {"type": form, "name": name, term: html}
            for form, term in (("PropertyValue", "value"), ("Note", "content"))
            for name, html in facts
        ]
    if location is not None:
        document["location"] = location
    if kind == "Group":
        document["attributedTo"] = f"{id}/moderators"
        document["postingRestrictedToMods"] = False
    if software is None:
        document |= generator
    else:
        document["generator"] = {"type": "Application", "id": software, **generator}
    return document
