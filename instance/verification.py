"""The one place that turns signed bytes into facts that the domain may rely on.

A fact read here says what its signatures proved and nothing more. Whether a key *may*
confirm, or a vote *may* be cast, is for the domain to judge.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from activitypub import canonical, proofs
from activitypub.canonical import JsonObject, JsonValue
from activitypub.errors import Malformed, NotAuthentic
from confederation import record
from confederation.identifiers import AssemblyId, Digest, Multikey
from confederation.record import Entry, Fact
from instance import vocabulary

MOST_BYTES: Final = 256 * 1024
MOST_CONFIRMATIONS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """An entry whose signature held, with the exact bytes that are kept and served."""

    entry: Entry
    document: JsonObject
    body: bytes
    address: str


def key_named_by(document: Mapping[str, JsonValue]) -> Multikey:
    """Return the key that a document's proof says it was signed with.

    Raises:
        Malformed: it has no proof, or its key is not named by itself (``#z6Mk…``).
    """
    method = proofs.verification_method(dict(document))
    key = proofs.key_named_by(method)
    if method != proofs.key_id(key):
        raise Malformed("The proof does not name its key as '#z6Mk…'.")
    return Multikey(proofs.multikey(key))


def signer_of(document: JsonObject) -> Multikey | None:
    """Return the key whose proof on the document holds, or None if none does."""
    try:
        return Multikey(proofs.verify_named(document))
    except (Malformed, NotAuthentic):
        return None


def read_entry(document: JsonObject, *, key: Multikey) -> Verified:
    """Read an entry of a record, given the key that is in force at its place.

    Raises:
        Malformed: it is no entry, or holds what no entry may hold.
        NotAuthentic: that key did not sign it.
    """
    canonical.check_exact(document)
    verified, signer = read_with_signer(document, canonical.canonical(document))
    if signer != key:
        raise NotAuthentic("The entry is not signed with its assembly's record key.")
    return verified


def read_with_signer(document: JsonObject, body: bytes) -> tuple[Verified, Multikey]:
    """Read an entry, and the key that signed it, by `canonical.read_canonical`'s bytes.

    Whether that key may sign at the entry's place is for the caller to judge.

    Raises:
        Malformed: it is no entry.
        NotAuthentic: the key that it names did not sign it.
    """
    if len(body) > MOST_BYTES:
        raise Malformed(f"An entry is larger than {MOST_BYTES} bytes.")
    # Whole, not as activities are verified: one signature must give one digest, or a
    # stranger could make an honest keeper look like two.
    signer = Multikey(proofs.verify_named(document))
    return read_signed_entry(document, body), signer


def read_signed_entry(document: JsonObject, body: bytes) -> Verified:
    """Read an entry whose own signature was checked before it was stored."""
    digest = Digest(canonical.digest_of(body))
    seq, prev = document.get("seq"), document.get("prev")
    kind, version = document.get("type"), document.get("v")
    published, rulebook = document.get("published"), document.get("rulebook")
    address = document.get("attributedTo")
    if not isinstance(seq, int) or isinstance(seq, bool) or seq < 0:
        raise Malformed("An entry's seq is not a whole number from 0 up.")
    if not isinstance(prev, str | None) or (prev is None) != (seq == 0):
        raise Malformed("An entry's prev is null at seq 0, and a digest after that.")
    if not isinstance(kind, str) or not isinstance(version, int):
        raise Malformed("An entry has one type and a whole-number version.")
    if not isinstance(published, str) or not isinstance(address, str):
        raise Malformed("An entry says when it was published, and by whom.")
    if not isinstance(rulebook, str | None):
        raise Malformed("An entry's rulebook is a digest or null.")
    assembly = digest if seq == 0 else document.get("assembly")
    if not isinstance(assembly, str) or not canonical.is_digest(assembly):
        raise Malformed("An entry names its assembly by digest.")
    if seq == 0 and ("assembly" in document or kind != "Founding"):
        raise Malformed("The first entry of a record is a Founding and names itself.")
    return Verified(
        entry=Entry(
            assembly=AssemblyId(assembly),
            seq=seq,
            prev=None if prev is None else Digest(prev),
            digest=digest,
            published=canonical.read_time(published),
            fact=_read_fact(document, kind, version, AssemblyId(assembly)),
            rulebook=None if rulebook is None else Digest(rulebook),
        ),
        document=document,
        body=body,
        address=address,
    )


def read_vote(document: JsonObject) -> record.Vote:
    """Read a delegate's vote; ``signed_by`` is the key whose proof held.

    Raises:
        Malformed: it is no vote.
    """
    if document.get("type") != "Vote":
        raise Malformed("This is not a vote.")
    canonical.check_exact(document)
    vote = vocabulary.read(record.Vote, document)
    return replace(vote, signed_by=signer_of(document))


def confirmers(
    document: Mapping[str, JsonValue], *, assembly: AssemblyId | None
) -> tuple[Multikey, ...]:
    """Return the keys that truly confirmed this entry's body, each once, sorted."""
    confirmations = document.get("confirmations", [])
    if not isinstance(confirmations, list) or len(confirmations) > MOST_CONFIRMATIONS:
        raise Malformed(
            f"Confirmations are a list of at most {MOST_CONFIRMATIONS} documents."
        )
    kind = document.get("type")
    of = vocabulary.fingerprint(str(kind), document)
    return tuple(
        sorted(
            {
                key
                for item in confirmations
                if isinstance(item, dict)
                and (key := confirmer(item, of=of, assembly=assembly))
            }
        )
    )


def confirmer(
    document: JsonObject, *, of: str, assembly: AssemblyId | None
) -> Multikey | None:
    """Return the key that confirms just this body for this assembly, or None."""
    if (
        document.get("type") != "Confirmation"
        or document.get("of") != of
        or document.get("assembly") != assembly
    ):
        return None
    return signer_of(document)


def confirmation(of: str, *, assembly: AssemblyId | None) -> JsonObject:
    """Return the document that a teller signs to confirm a body."""
    return {
        "@context": list[JsonValue](vocabulary.RECORD_CONTEXT),
        "type": "Confirmation",
        "assembly": assembly,
        "of": of,
    }


def _read_fact(
    document: JsonObject,
    kind: str,
    version: int,
    assembly: AssemblyId,
) -> Fact:
    if version != vocabulary.SCHEMA_VERSION or kind not in vocabulary.FACTS:
        return record.Unread(type=kind)
    # The chain must go on past an entry that says nothing readable; whatever would
    # need it is then unverifiable, here and everywhere alike.
    try:
        fact: Fact = vocabulary.read(vocabulary.FACTS[kind], document)
        return _with_proofs(document, fact, assembly)
    except Malformed:
        return record.Unread(type=kind)


def _with_proofs(document: JsonObject, fact: Fact, assembly: AssemblyId) -> Fact:
    match fact:
        case record.Filed(document=record.Vote() as vote):
            raw = document["document"]
            assert isinstance(raw, dict)
            if raw.get("type", "Vote") != "Vote":
                raise Malformed("What is filed is no vote.")
            signed = replace(vote, signed_by=signer_of(raw))
            return replace(fact, document=signed)
        case record.KeyEvent():
            return replace(fact, consented=_consents(document, fact.key))
        case record.Proposal(new_key=record.NewKey() as new_key):
            raw = document["newKey"]
            assert isinstance(raw, dict)
            consented = _consents(raw, new_key.key)
            return replace(fact, new_key=replace(new_key, consented=consented))
        case record.Founding():
            return replace(fact, confirmed_by=confirmers(document, assembly=None))
        case (
            record.Rulebook()
            | record.Electorate()
            | record.Decision()
            | record.RemitDecision()
            | record.Election()
            | record.Mandate()
            | record.Recall()
            | record.Succession()
        ):
            return replace(fact, confirmed_by=confirmers(document, assembly=assembly))
        case record.CommonText(version_hash=stated):
            version = document["version"]
            assert isinstance(version, dict)
            if canonical.digest(version) != stated:
                raise Malformed("A common text is not the version that is named.")
            # The digest is what assemblies agree on: nothing may stand in a version
            # that a reader would pass over.
            if version_document(fact.version) != version:
                raise Malformed("A version is not written as versions are.")
            return fact
        case record.Attestation(result_hash=stated):
            result = document["result"]
            assert isinstance(result, dict)
            if canonical.digest(result) != stated:
                raise Malformed("An attestation's hash is not that of its result.")
            # Results are compared as bytes everywhere: nothing may stand in one that
            # a reader would pass over.
            if result_document(fact.result) != result:
                raise Malformed(
                    "An attestation's result is not written as results are."
                )
            return fact
        case _:
            return fact


def _consents(document: Mapping[str, JsonValue], key: Multikey) -> bool:
    """Whether a key signed that it takes over for the assembly that is named beside."""
    consent = document.get("consent")
    return isinstance(consent, dict) and consents(
        consent, assembly=document.get("assembly"), key=key
    )


def consents(document: JsonObject, *, assembly: JsonValue, key: Multikey) -> bool:
    """Whether this is a new key's own signed consent to be an assembly's record key."""
    return (
        document.get("type") == "KeyConsent"
        and document.get("assembly") == assembly
        and document.get("key") == key
        and signer_of(document) == key
    )


def result_document(result: record.Result) -> JsonObject:
    """Return the document whose canonical bytes every node must reach alike."""
    document: JsonObject = {"type": "Result", **vocabulary.wire(result)}
    figures = document["figures"]
    assert isinstance(figures, dict)
    if result.ranked is None:
        del document["ranked"]
    if result.figures.weights is None:
        del figures["weights"]
    return document


def version_document(version: record.TextVersion) -> JsonObject:
    """Return the document whose digest names a version of a common text."""
    return {"type": "TextVersion", **vocabulary.wire(version)}
