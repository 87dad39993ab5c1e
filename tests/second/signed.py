"""What was played with values is written down as it would be signed for real.

A holding from the simulation becomes a bundle: the same entries in the same places,
each signed with a key of its own assembly, so that two programs can be asked about it.
"""

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from activitypub import canonical, proofs
from activitypub.canonical import JsonObject, JsonValue
from confederation.confederal.compact import Compact
from confederation.confederal.holding import Holding
from confederation.identifiers import AssemblyId, Multikey
from confederation.record import Attestation, Entry, Filed, Founding, Vote
from instance import verification, vocabulary

CREATED: Final = datetime(2026, 11, 22, 18, tzinfo=UTC)
Tamper = Callable[[JsonObject], JsonObject]
"""Alters the body of an entry before it is signed; what follows is signed after it."""


class Pen:
    """Signs entries in the place of every assembly, teller and delegate of a run."""

    def __init__(self, compact: Compact, tamper: Tamper | None = None) -> None:
        self._compact, self._tamper = compact, tamper or (lambda body: body)
        self._entries: dict[str, Entry] = {}
        self._keys: dict[str, Ed25519PrivateKey] = {}
        self._names: dict[str, str] = {}
        self._documents: dict[str, JsonObject] = {}

    def bundle(self, held: Holding) -> bytes:
        """Write all that is held as the lines of a bundle."""
        for records in held.all_records().values():
            for record in records:
                self._entries |= {each.digest: each for each in record.entries}
        proposal = self._name(held.proposal.digest)
        lines: list[JsonObject] = [self._compact_document()]
        for seat in held.compact.members:
            main = held.records.get(seat.assembly)
            if main is not None:
                lines += [self._document(each.digest) for each in main.entries]
        lines += self._contradictions(held)
        header: JsonObject = {
            "format": "folkmoot-bundle",
            "version": 1,
            "compact": self._name(held.compact.digest),
            "proposal": proposal,
            "lines": len(lines) + 1,
        }
        return b"".join(canonical.canonical(each) + b"\n" for each in (header, *lines))

    def version(self) -> str:
        """Give the digest of the compact as it was written down."""
        return self._name(self._compact.digest)

    def _contradictions(self, held: Holding) -> list[JsonObject]:
        found: dict[tuple[int, str, str], JsonObject] = {}
        for seat, member in enumerate(held.compact.members):
            main = held.records.get(member.assembly)
            for branch in held.branches:
                if main is None or branch.assembly != member.assembly:
                    continue
                apart = main.parts_from(branch)
                if apart is None or apart.a.seq != apart.b.seq:
                    continue
                sides = [self._document(each.digest) for each in (apart.a, apart.b)]
                a, b = (canonical.digest(each) for each in sides)
                found[seat, a, b] = {
                    "assembly": self._name(member.assembly),
                    "contradiction": list[JsonValue](sides),
                }
        return [found[place] for place in sorted(found)]

    def _compact_document(self) -> JsonObject:
        document = self._translated(vocabulary.compact_document(self._compact))
        assert isinstance(document, dict)
        return document

    def _name(self, digest: str) -> str:
        """Give the digest that stands in the place of one of the run's."""
        if digest in self._entries:
            return canonical.digest(self._document(digest))
        if digest == self._compact.digest:
            return canonical.digest(self._compact_document())
        return digest

    def _key(self, name: str) -> Ed25519PrivateKey:
        if name not in self._keys:
            seed = hashlib.sha256(name.encode()).digest()
            self._keys[name] = Ed25519PrivateKey.from_private_bytes(seed)
        return self._keys[name]

    def _translated(self, value: JsonValue) -> JsonValue:
        if isinstance(value, dict):
            return {name: self._translated(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._translated(each) for each in value]
        if isinstance(value, str) and value.startswith("z6Mk"):
            return proofs.multikey(self._key(value).public_key())
        return self._name(value) if isinstance(value, str) else value

    def _document(self, digest: str) -> JsonObject:
        for each in self._before(self._entries[digest]):
            if each.digest not in self._documents:
                self._documents[each.digest] = self._sign(each)
        return self._documents[digest]

    def _before(self, entry: Entry) -> Iterator[Entry]:
        """Go through the record that an entry ends, from its founding on."""
        chain = [entry]
        while chain[-1].prev is not None:
            if chain[-1].digest in self._documents:
                break
            chain.append(self._entries[chain[-1].prev])
        return reversed(chain)

    def _sign(self, entry: Entry) -> JsonObject:
        kind = type(entry.fact).__name__
        written = self._translated(vocabulary.wire(entry.fact))
        assert isinstance(written, dict)
        body = self._tamper({"type": kind, **self._whole(entry, written)})
        place: JsonObject = {
            "@context": list[JsonValue](vocabulary.RECORD_CONTEXT),
            "id": f"https://a.example/r/{entry.seq}",
            "v": vocabulary.SCHEMA_VERSION,
            "attributedTo": "https://a.example/g",
            "seq": entry.seq,
            "prev": None if entry.prev is None else self._name(entry.prev),
            "rulebook": None,
            "published": canonical.write_time(entry.published),
        }
        assembly = None
        if entry.seq > 0:
            assembly = AssemblyId(self._name(entry.assembly))
            place["assembly"] = assembly
        confirmed = getattr(entry.fact, "confirmed_by", ())
        if confirmed:
            of = vocabulary.fingerprint(kind, body)
            said = verification.confirmation(of, assembly=assembly)
            place["confirmations"] = [self._signed(said, each) for each in confirmed]
        return self._signed({**body, **place}, self._record_key(entry))

    def _whole(self, entry: Entry, body: JsonObject) -> JsonObject:
        """Complete a body by what is signed, or digested, inside it."""
        fact = entry.fact
        if isinstance(fact, Filed) and fact.document is not None:
            body["document"] = self._vote(fact.document)
        if isinstance(fact, Attestation):
            written = verification.result_document(fact.result)
            result = _object(self._translated(written))
            body |= {"result": result, "resultHash": canonical.digest(result)}
        return body

    def _vote(self, vote: Vote) -> JsonObject:
        document: JsonObject = {
            "@context": list[JsonValue](vocabulary.RECORD_CONTEXT),
            "type": "Vote",
            **_object(self._translated(vocabulary.wire(vote))),
        }
        return self._signed(document, vote.signed_by or Multikey("z6Mk-nobody"))

    def _record_key(self, entry: Entry) -> Multikey:
        founding = entry.fact if entry.seq == 0 else self._entries[entry.assembly].fact
        assert isinstance(founding, Founding)
        return founding.key

    def _signed(self, document: JsonObject, key: Multikey) -> JsonObject:
        own = self._key(key)
        return proofs.sign(
            document,
            own,
            verification_method=proofs.key_id(own.public_key()),
            created=CREATED,
        )


def _object(value: JsonValue) -> JsonObject:
    assert isinstance(value, dict)
    return value
