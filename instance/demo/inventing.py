"""A forger needs no secret to make a decision up, and every signature in it is good.

Three assemblies, their tellers and delegates are invented after the pattern of a true
bundle: keys of their own, other words, and every document signed anew from the first to
the last. What they cannot invent is the fingerprint of a compact that others have on
paper. Only the documented formats are used: docs/reference/record.md and bundle.md.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from activitypub import canonical, proofs
from activitypub.canonical import JsonObject, JsonValue

COMMON: Final = frozenset(
    {
        *("@context", "id", "v", "attributedTo", "assembly", "seq", "prev"),
        *("rulebook", "published", "proof", "confirmations"),
    }
)
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_ORIGIN: Final = re.compile(r"^https?://[^/]+")


def invent(bundle: bytes) -> bytes:
    """Make a bundle up after the pattern of this one: another decision, of nobody."""
    lines = [canonical.read(line) for line in bundle.splitlines()]
    header, compact = lines[:2]
    forger = _Forger()
    entries = [line for line in lines[2:] if "seq" in line]
    texts = [*forger.words([line for line in lines[2:] if "salt" in line], entries)]
    made = forger.entries(entries, compact)
    body = [forger.renewed(compact), *made, *texts]
    head = {**header, "lines": len(body) + 1}
    for name in ("compact", "proposal"):
        head[name] = forger.known[str(header[name])]
    return b"".join(canonical.canonical(line) + b"\n" for line in (head, *body))


@dataclass(slots=True)
class _Forger:
    """What was invented for what: keys, addresses, and the digests of documents."""

    known: dict[str, str] = field(default_factory=dict)
    keys: dict[str, Ed25519PrivateKey] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)

    def words(
        self, texts: list[JsonObject], entries: list[JsonObject]
    ) -> Iterator[JsonObject]:
        """Give each commitment other words, or the same ones under another salt."""
        names = [each.get("name") for each in entries if each["type"] == "Founding"]
        decided = {
            clause["text"]
            for each in entries
            if each["type"] == "Proposal"
            for clause in _objects(each["clauses"])
        }
        made: list[JsonObject] = []
        for text in texts:
            says, salt = str(text["text"]), os.urandom(16)
            if text["commit"] in names:
                says = f"Assembly {names.index(text['commit']) + 1} of Nowhere"
            elif text["commit"] in decided:
                says = "Nobody ever decided this."
            commit = canonical.commit(salt, says)
            self.known[str(text["commit"])] = commit
            made.append({"commit": commit, "salt": salt.hex(), "text": says})
        return iter(sorted(made, key=lambda each: str(each["commit"])))

    def entries(
        self, entries: list[JsonObject], compact: JsonObject
    ) -> list[JsonObject]:
        """Sign every entry anew, each after those that it names."""
        waiting = {canonical.digest(each): each for each in (compact, *entries)}
        order, named = [*waiting][1:], {d: _named(each) for d, each in waiting.items()}
        made: dict[str, JsonObject] = {}
        while waiting:
            ready = [d for d in waiting if named[d].isdisjoint(waiting.keys() - {d})]
            assert ready, "a digest cannot be of what names it"
            for digest in ready:
                document = waiting.pop(digest)
                signed = "seq" in document
                made[digest] = (self._entry if signed else self.renewed)(document)
                self.known[digest] = canonical.digest(made[digest])
        return [made[digest] for digest in order]

    def renewed(self, document: JsonObject) -> JsonObject:
        """Write a document with what was invented in the place of what was true."""
        return {name: self._renew(value) for name, value in document.items()}

    def _entry(self, entry: JsonObject) -> JsonObject:
        plain = {
            name: value
            for name, value in entry.items()
            if name not in ("proof", "confirmations", "document")
        }
        renewed = self.renewed(plain)
        if isinstance(renewed.get("result"), dict):
            renewed["resultHash"] = canonical.digest(_object(renewed["result"]))
        if isinstance(entry.get("document"), dict):
            renewed["document"] = self._signed(_object(entry["document"]))
        elif "document" in entry:
            renewed["document"] = entry["document"]
        if "confirmations" in entry:
            body = {n: value for n, value in renewed.items() if n not in COMMON}
            confirmed = {"of": canonical.digest(body)}
            renewed["confirmations"] = [
                self._signed({**each, **confirmed})
                for each in _objects(entry["confirmations"])
            ]
        return self._sign(renewed, by=_proof(entry))

    def _signed(self, document: JsonObject) -> JsonObject:
        """Sign a document of a person's anew, with the key invented for that person."""
        plain = {name: value for name, value in document.items() if name != "proof"}
        of = plain.get("of")
        renewed = self.renewed(plain)
        if of is not None:
            renewed["of"] = of
        return self._sign(renewed, by=_proof(document))

    def _sign(self, document: JsonObject, *, by: JsonObject) -> JsonObject:
        key = self._key(str(by["verificationMethod"]).removeprefix("#"))
        return proofs.sign(
            document,
            key,
            verification_method=proofs.key_id(key.public_key()),
            created=canonical.read_time(str(by["created"])),
        )

    def _key(self, public: str) -> Ed25519PrivateKey:
        return self.keys.setdefault(public, proofs.new_key())

    def _renew(self, value: JsonValue) -> JsonValue:
        if isinstance(value, dict):
            return {name: self._renew(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._renew(item) for item in value]
        if not isinstance(value, str):
            return value
        if value.startswith("z6Mk"):
            return proofs.multikey(self._key(value).public_key())
        origin = _ORIGIN.match(value)
        if origin is not None and "w3" not in origin[0]:
            return self._elsewhere(origin[0]) + value[origin.end() :]
        return self.known.get(value, value)

    def _elsewhere(self, origin: str) -> str:
        number = len(self.origins) + 1
        return self.origins.setdefault(origin, f"https://nowhere{number}.example")


def _named(document: JsonObject) -> set[str]:
    return {*_DIGEST.findall(canonical.canonical(document).decode())}


def _proof(document: JsonObject) -> JsonObject:
    return _object(document["proof"])


def _object(value: JsonValue) -> JsonObject:
    assert isinstance(value, dict)
    return value


def _objects(value: JsonValue) -> Iterator[JsonObject]:
    assert isinstance(value, list)
    return map(_object, value)
