"""A log only ever grows, and whoever kept an earlier checkpoint can check that it did.

The tree is RFC 9162's. Every complete subtree keeps its hash for ever, so a store of
these is enough to give any root or proof in a handful of reads. What a log says of
itself is a checkpoint in a signed note, which witnesses cosign.
"""

import base64
import hashlib
import operator
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from activitypub import proofs
from activitypub.errors import Malformed, NotAuthentic, TooLarge

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()

MOST_NOTE_BYTES: Final = 64 * 1024
MOST_SIGNATURES: Final = 100
LATEST: Final = 253_370_764_799  # the last second of the year 9998

_SIGNATURE: Final = 0x01
_COSIGNATURE: Final = 0x04
_SIZE: Final = re.compile("0|[1-9][0-9]{0,15}")


def leaf_hash(entry: bytes) -> bytes:
    """Hash an entry as a leaf. See RFC 9162, 2.1.1."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into the one above them. See RFC 9162, 2.1.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """The hash of a complete subtree. Once computed it never changes.

    It covers the 2^level leaves from index × 2^level on; level 0 is the leaves.
    """

    level: int
    index: int
    hash: bytes


class Nodes(Protocol):
    """Where the complete subtrees of a log lie."""

    def __call__(self, level: int, index: int) -> bytes:
        """Give the hash of a complete subtree that was kept."""
        ...


@dataclass(slots=True)
class MemoryNodes:
    """Keep the nodes of a log in memory, to check a log that was handed over whole."""

    kept: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def __call__(self, level: int, index: int) -> bytes:
        return self.kept[level, index]

    def keep(self, nodes: Iterable[Node]) -> None:
        """Keep the nodes that an append has made complete."""
        for node in nodes:
            self.kept[node.level, node.index] = node.hash

    def nodes(self) -> Iterator[Node]:
        """Go through all that are kept."""
        for (level, index), hash in self.kept.items():
            yield Node(level=level, index=index, hash=hash)


@dataclass(frozen=True, slots=True)
class Tree:
    """The tree over the first `size` entries of a log, whatever the log has since."""

    size: int
    nodes: Nodes

    def append(self, entry: bytes) -> tuple[Self, tuple[Node, ...]]:
        """Add an entry.

        Returns:
            The grown tree, and the nodes that are complete now: keep them before
            anything is asked of the grown tree.
        """
        made = [Node(level=0, index=self.size, hash=leaf_hash(entry))]
        while made[-1].index % 2 == 1:
            last = made[-1]
            left = self.nodes(last.level, last.index - 1)
            made.append(
                Node(
                    level=last.level + 1,
                    index=last.index // 2,
                    hash=node_hash(left, last.hash),
                )
            )
        return replace(self, size=self.size + 1), tuple(made)

    def root(self) -> bytes:
        """Give the hash that stands for all entries."""
        return self._subtree(0, self.size) if self.size else EMPTY_ROOT

    def inclusion(self, index: int) -> tuple[bytes, ...]:
        """Prove that the entry at `index`, which is below `size`, is in this tree.

        See RFC 9162, 2.1.3.1.
        """
        if not 0 <= index < self.size:
            raise IndexError("There is no such entry in this tree.")
        return tuple(self._path(index, index + 1, 0, self.size))

    def consistency(self, old_size: int) -> tuple[bytes, ...]:
        """Prove that the tree of `old_size`, at most `size`, is the start of this one.

        See RFC 9162, 2.1.4.1.
        """
        if not 0 <= old_size <= self.size:
            raise IndexError("This tree has not been so large.")
        if old_size in {0, self.size}:
            return ()
        # The last complete subtree of the old tree is a subtree of every later one:
        # its hash and its path give both roots. Where it is all of the old tree, its
        # hash is the old root, which the reader has.
        start = old_size & (old_size - 1)
        path = self._path(start, old_size, 0, self.size)
        return tuple(path) if start == 0 else (self._subtree(start, old_size), *path)

    def _subtree(self, start: int, end: int) -> bytes:
        count = end - start
        if count & (count - 1) == 0:
            level = count.bit_length() - 1
            return self.nodes(level, start >> level)
        middle = start + _split(count)
        return node_hash(self._subtree(start, middle), self._subtree(middle, end))

    def _path(self, first: int, stop: int, start: int, end: int) -> Iterator[bytes]:
        """Give the siblings on the way up from one subtree to one that holds it."""
        if (first, stop) == (start, end):
            return
        middle = start + _split(end - start)
        if first < middle:
            yield from self._path(first, stop, start, middle)
            yield self._subtree(middle, end)
        else:
            yield from self._path(first, stop, middle, end)
            yield self._subtree(start, middle)


def verify_inclusion(
    entry: bytes, *, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that an entry stands at `index` in the tree of this size and root.

    Raises:
        NotAuthentic: the proof does not show it.

    See RFC 9162, 2.1.3.2.
    """
    if not 0 <= index < size:
        raise NotAuthentic("The entry's place lies outside the log.")
    place, last = index, size - 1
    computed = leaf_hash(entry)
    for step in proof:
        if last == 0:
            raise NotAuthentic("The inclusion proof is too long.")
        if place % 2 == 1 or place == last:
            computed = node_hash(step, computed)
            while place % 2 == 0 and place != 0:
                place, last = place >> 1, last >> 1
        else:
            computed = node_hash(computed, step)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise NotAuthentic("The inclusion proof is too short.")
    if computed != root:
        raise NotAuthentic("The inclusion proof does not lead to this root.")


def verify_consistency(
    *,
    old_size: int,
    old_root: bytes,
    new_size: int,
    new_root: bytes,
    proof: Sequence[bytes],
) -> None:
    """Check that a log has only grown between two of its checkpoints.

    Raises:
        NotAuthentic: the proof does not show it.

    See RFC 9162, 2.1.4.2.
    """
    if not 0 <= old_size <= new_size:
        raise NotAuthentic("The log has become shorter.")
    if old_size in {0, new_size}:
        if proof:
            raise NotAuthentic("The consistency proof is too long.")
        if old_root != (EMPTY_ROOT if old_size == 0 else new_root):
            raise NotAuthentic("The log has two roots for one size.")
        if new_size == 0 and new_root != EMPTY_ROOT:
            raise NotAuthentic("An empty log does not have this root.")
        return
    # The old tree is one complete subtree: its root is the proof's unsaid first step.
    steps = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not steps:
        raise NotAuthentic("The consistency proof is too short.")
    place, last = old_size - 1, new_size - 1
    while place % 2 == 1:
        place, last = place >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise NotAuthentic("The consistency proof is too long.")
        if place % 2 == 1 or place == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while place % 2 == 0 and place != 0:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, step)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise NotAuthentic("The consistency proof is too short.")
    if old != old_root:
        raise NotAuthentic("The consistency proof does not start at the old root.")
    if new != new_root:
        raise NotAuthentic("The consistency proof does not lead to the new root.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a log was at one time: its name, how many entries, and their root."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSignature:
    """One line under a note: who claims to have signed, with which key, and the bytes.

    `key` is the four-byte key id; `value` is 64 bytes from a log and 72 from a witness.
    """

    name: str
    key: bytes
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedNote:
    """A text and the signatures under it. That one is here does not say it is valid."""

    body: bytes
    signatures: tuple[NoteSignature, ...]

    def with_signature(self, signature: NoteSignature) -> Self:
        """Add a line, once."""
        if signature in self.signatures:
            return self
        return replace(self, signatures=(*self.signatures, signature))

    def lines_of(self, name: str, key: bytes) -> Iterator[NoteSignature]:
        """Give the lines under this name and key id."""
        return (
            line for line in self.signatures if (line.name, line.key) == (name, key)
        )


def note_body(checkpoint: Checkpoint) -> bytes:
    """Write the text that a log and its witnesses sign. See C2SP tlog-checkpoint."""
    _check_name(checkpoint.origin)
    root = base64.b64encode(checkpoint.root).decode()
    return f"{checkpoint.origin}\n{checkpoint.size}\n{root}\n".encode()


def read_checkpoint(body: bytes) -> Checkpoint:
    """Read the text of a checkpoint.

    Raises:
        Malformed: it is not written exactly as `note_body` writes it.
    """
    lines = _read_text(body).split("\n")
    if len(lines) != 4 or lines[3]:
        raise Malformed("A checkpoint has three lines: origin, size and root.")
    origin, size, root, _ = lines
    _check_name(origin)
    if not _SIZE.fullmatch(size):
        raise Malformed("A checkpoint's size is a plain decimal number.")
    hashed = _read_base64(root)
    if len(hashed) != 32:
        raise Malformed("A checkpoint's root is 32 bytes.")
    return Checkpoint(origin=origin, size=int(size), root=hashed)


def write_note(note: SignedNote) -> bytes:
    """Write a note with all its signatures. See C2SP signed-note."""
    lines = (
        f"— {line.name} {base64.b64encode(line.key + line.value).decode()}\n"
        for line in note.signatures
    )
    return note.body + b"\n" + "".join(lines).encode()


def read_note(data: bytes) -> SignedNote:
    """Read a signed note, whoever signed it and with whatever kind of key.

    Raises:
        TooLarge: it is larger than any note that we keep.
        Malformed: it is not written exactly as `write_note` writes it.

    See C2SP signed-note.
    """
    if len(data) > MOST_NOTE_BYTES:
        raise TooLarge(f"This note is larger than {MOST_NOTE_BYTES} bytes.")
    text, _, lines = _read_text(data).rpartition("\n\n")
    if not text or not lines.endswith("\n"):
        raise Malformed("A note is a text, an empty line and lines of signatures.")
    signatures = lines.removesuffix("\n").split("\n")
    if len(signatures) > MOST_SIGNATURES:
        raise Malformed(f"This note has more than {MOST_SIGNATURES} signatures.")
    return SignedNote(
        body=f"{text}\n".encode(), signatures=tuple(map(_read_signature, signatures))
    )


def sign_note(body: bytes, name: str, key: Ed25519PrivateKey) -> SignedNote:
    """Sign a text under a name. A log's name is its origin. See C2SP signed-note."""
    _check_name(name)
    if not _read_text(body).endswith("\n"):
        raise Malformed("A note's text ends with a line break.")
    signature = NoteSignature(
        name=name,
        key=_key_id(name, _SIGNATURE, key.public_key()),
        value=key.sign(body),
    )
    return SignedNote(body=body, signatures=(signature,))


def verify_note(note: SignedNote, name: str, key: Ed25519PublicKey) -> None:
    """Check that a note is signed under this name with this key.

    Raises:
        NotAuthentic: there is no such signature under it, or it does not hold.
    """
    lines = note.lines_of(name, _key_id(name, _SIGNATURE, key))
    if not any(proofs.holds(key, line.value, note.body) for line in lines):
        raise NotAuthentic(f"The note carries no valid signature of {name}.")


def cosign(body: bytes, name: str, key: Ed25519PrivateKey, *, at: int) -> NoteSignature:
    """Witness a checkpoint: of this log, nothing that contradicts it was seen.

    Args:
        at: when, in seconds since 1970.

    See C2SP tlog-cosignature, cosignature/v1.
    """
    _check_name(name)
    return NoteSignature(
        name=name,
        key=_key_id(name, _COSIGNATURE, key.public_key()),
        value=at.to_bytes(8) + key.sign(_cosigned(body, at)),
    )


def cosigned_at(note: SignedNote, name: str, key: Ed25519PublicKey) -> int | None:
    """Say when a witness cosigned this note, in seconds since 1970.

    Returns:
        The latest time for which its signature holds; None if there is none. A time
        beyond the year 9998 is none: no calendar of ours could hold it.
    """
    found = cosignature(note, name, key)
    return None if found is None else found[0]


def cosignature(
    note: SignedNote, name: str, key: Ed25519PublicKey
) -> tuple[int, NoteSignature] | None:
    """Give the latest line by which a witness truly cosigned this note, and when."""
    lines = note.lines_of(name, _key_id(name, _COSIGNATURE, key))
    signed = ((int.from_bytes(line.value[:8]), line) for line in lines)
    return max(
        (
            (at, line)
            for at, line in signed
            if at <= LATEST
            and proofs.holds(key, line.value[8:], _cosigned(note.body, at))
        ),
        key=operator.itemgetter(0),
        default=None,
    )


def _split(count: int) -> int:
    """Give the largest power of two below `count`, which is at least 2."""
    return 1 << (count - 1).bit_length() - 1


def _key_id(name: str, kind: int, key: Ed25519PublicKey) -> bytes:
    named = f"{name}\n".encode() + bytes([kind]) + key.public_bytes_raw()
    return hashlib.sha256(named).digest()[:4]


def _cosigned(body: bytes, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n".encode() + body


def _check_name(name: str) -> None:
    if name.split() != [name] or "+" in name:
        raise Malformed("A name under a note has no spaces and no plus sign.")


def _read_text(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Malformed("A note is UTF-8.") from error
    if any(character < " " and character != "\n" for character in text):
        raise Malformed("A note has no control characters but line breaks.")
    return text


def _read_signature(line: str) -> NoteSignature:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if dash != "—":
        raise Malformed("A signature under a note begins with a dash.")
    _check_name(name)
    raw = _read_base64(encoded)
    if len(raw) <= 4:
        raise Malformed("A signature under a note is longer than its key id.")
    return NoteSignature(name=name, key=raw[:4], value=raw[4:])


def _read_base64(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Malformed("This is not base64.") from error
    if base64.b64encode(raw).decode() != text:
        raise Malformed("This base64 is not written in its one form.")
    return raw
