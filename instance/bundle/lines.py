"""Each line of a bundle is one JSON document in its one canonical form.

A line that is an entry, or the compact, is exactly the bytes that its digest is of.
"""

import enum
import re
from dataclasses import dataclass
from typing import Final

from activitypub import canonical
from activitypub.canonical import JsonObject
from activitypub.errors import Malformed, Unsupported

FORMAT: Final = "folkmoot-bundle"
VERSION: Final = 1

_SALT: Final = re.compile("[0-9a-f]{32}")


class Kind(enum.IntEnum):
    """The kinds of lines after the first two, in the order in which they stand."""

    VERSION = 0
    ENTRY = 1
    CHECKPOINT = 2
    TEXT = 3
    CONTRADICTION = 4
    BRANCH = 5
    BELOW = 6


_FIELDS: Final = {
    frozenset({"assembly", "checkpoint"}): Kind.CHECKPOINT,
    frozenset({"commit", "salt", "text"}): Kind.TEXT,
    frozenset({"assembly", "contradiction"}): Kind.CONTRADICTION,
    frozenset({"assembly", "branch"}): Kind.BRANCH,
    frozenset({"below", "lines"}): Kind.BELOW,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a bundle is about, and how many lines it has, this one included."""

    compact: str
    proposal: str
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """The words behind a commitment, and the salt that they were hashed with."""

    commit: str
    salt: bytes
    text: str


def kind_of(document: JsonObject) -> Kind:
    """Say what kind of line this is.

    Raises:
        Malformed: it is of no kind that there is.
    """
    kind = _FIELDS.get(frozenset(document))
    if kind is not None:
        return kind
    if "seq" in document:
        return Kind.ENTRY
    if document.get("type") == "Compact":
        return Kind.VERSION
    raise Malformed("This line is neither an entry nor anything that goes with one.")


def header(about: Header) -> JsonObject:
    """Write the first line."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "compact": about.compact,
        "proposal": about.proposal,
        "lines": about.lines,
    }


def read_header(line: bytes) -> Header:
    """Read the first line.

    Raises:
        Malformed: this is no bundle.
        Unsupported: it is one of a version that we do not know.
    """
    try:
        document = canonical.read_canonical(line)
    except Malformed as error:
        raise Malformed(f"This is no bundle. {error}") from error
    match document:
        case {"format": str(format_), "version": int(version)} if (
            format_ == FORMAT and not isinstance(version, bool)
        ):
            if version != VERSION:
                raise Unsupported(
                    f"This bundle is of version {version}, which this program does "
                    "not know: it is unverifiable here."
                )
        case _:
            raise Malformed("This is no bundle: its first line does not say so.")
    match document:
        case {
            "compact": str(compact),
            "proposal": str(proposal),
            "lines": int(count),
        } if (
            len(document) == 5
            and canonical.is_digest(compact)
            and canonical.is_digest(proposal)
        ):
            return Header(compact=compact, proposal=proposal, lines=count)
        case _:
            raise Malformed(
                "This is no bundle: its first line does not name a compact and a "
                "proposal by their digests, and say how many lines there are."
            )


def checkpoint(assembly: str, note: bytes) -> JsonObject:
    """Write the line that carries a checkpoint with what is signed under it."""
    return {"assembly": assembly, "checkpoint": note.decode()}


def read_checkpoint(document: JsonObject) -> tuple[str, bytes]:
    """Read whose checkpoint this is, and the signed note.

    Raises:
        Malformed: it is not written as `checkpoint` writes it.
    """
    match document:
        case {"assembly": str(assembly), "checkpoint": str(note)}:
            return assembly, note.encode()
        case _:
            raise Malformed("A checkpoint stands beside its assembly, as a text.")


def text(of: Text) -> JsonObject:
    """Write the line that opens a commitment, in normal form as any text in a line."""
    words = canonical.normal(of.text)
    return {"commit": of.commit, "salt": of.salt.hex(), "text": words}


def read_text(document: JsonObject) -> Text:
    """Read words that truly open the commitment beside them.

    Raises:
        Malformed: they do not, or it is not written as `text` writes it.
    """
    match document:
        case {"commit": str(commit), "salt": str(salt), "text": str(words)} if (
            _SALT.fullmatch(salt)
        ):
            raw = bytes.fromhex(salt)
        case _:
            raise Malformed("A text stands beside its commitment and its salt.")
    if canonical.commit(raw, words) != commit:
        raise Malformed("This text is not the one that was committed to.")
    return Text(commit=commit, salt=raw, text=words)


def contradiction(assembly: str, a: JsonObject, b: JsonObject) -> JsonObject:
    """Write the line that shows two statements of one assembly side by side."""
    return {"assembly": assembly, "contradiction": [a, b]}


def read_contradiction(document: JsonObject) -> tuple[str, JsonObject, JsonObject]:
    """Read whose contradiction is shown, and its two sides.

    Raises:
        Malformed: it is not written as `contradiction` writes it.
    """
    match document:
        case {"assembly": str(assembly), "contradiction": [dict(a), dict(b)]}:
            return assembly, a, b
        case _:
            raise Malformed("A contradiction has two sides, which are documents.")


def branch(assembly: str, entry: JsonObject) -> JsonObject:
    """Write the line that shows more of a second record that an assembly wrote."""
    return {"assembly": assembly, "branch": entry}


def read_branch(document: JsonObject) -> tuple[str, JsonObject]:
    """Read whose branch this is, and its entry.

    Raises:
        Malformed: it is not written as `branch` writes it.
    """
    match document:
        case {"assembly": str(assembly), "branch": dict(entry)}:
            return assembly, entry
        case _:
            raise Malformed("In a branch stands an entry, which is a document.")


def below(compact: str, count: int) -> JsonObject:
    """Write the line after which so many lines follow of a compact that has a seat."""
    return {"below": compact, "lines": count}


def read_below(document: JsonObject) -> tuple[str, int]:
    """Read for which compact lines follow, and how many.

    Raises:
        Malformed: it is not written as `below` writes it.
    """
    match document:
        case {"below": str(compact), "lines": int(count)} if (
            canonical.is_digest(compact) and not isinstance(count, bool) and count > 1
        ):
            return compact, count
        case _:
            raise Malformed("What follows from below names its compact and its lines.")
