"""Honest payloads, and how to spoil them: one seed gives the same ones for ever."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any, Final

from activitypub import documents
from tests.payloads import PAYLOADS

STRANGE: Final[tuple[Any, ...]] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1.5,
        2**53,
        10**19,
        "",
        " ",
        "\x00",
        "\u202e",
        "\ufffe",
    ),
    *([], {}, [[]], [{}], [None], {"": ""}, {"@value": "x"}, {"id": None}, {"id": {}}),
    *("x" * 3000, "<script>alert(1)</script>", "javascript:alert(1)", "data:,x"),
    *("https://", "http://[::1]/", "http://127.0.0.1:9/x", "https://ex\u0430mple.org/"),
    *("../../etc/passwd", "' or 1=1 --", "{{7*7}}", "%s%n", "\r\nx: y", "=1+1"),
    *("2026-02-30T00:00:00Z", "9999-12-31T23:59:59Z", "-1", "1e999", "PT1M"),
    *("as:Public", documents.PUBLIC, "Public", "https://www.w3.org/ns/activitystreams"),
    *(["x"] * 300, [{"type": "Mention"}] * 200, {"en": "x", "de": None, "": 5}),
)
TERMS: Final = (
    *("attributedTo", "audience", "cc", "content", "contentMap", "context", "endTime"),
    *("inReplyTo", "name", "nameMap", "object", "oneOf", "anyOf", "published", "proof"),
    *("replies", "sensitive", "source", "startTime", "summary", "tag", "target", "to"),
    *("updated", "url", "assemblyRecord", "assemblyHeads", "assemblyTexts", "closed"),
    *("attachment", "icon", "publicKey", "inbox", "endpoints", "alsoKnownAs"),
)


def seeds(*, group: str, clerk: str, post: str, reply: str) -> Iterator[dict[str, Any]]:
    """Give one honest activity of each kind, without id and actor.

    Args:
        group: an assembly of the node's.
        clerk: its clerk.
        post: a post of the clerk's.
        reply: the address of a reply that is kept.
    """
    note = {
        "type": "Note",
        "to": [documents.PUBLIC],
        "cc": [clerk],
        "content": "<p>Hello</p>",
        "published": "2026-11-22T12:00:00Z",
    }
    yield {"type": "Follow", "object": group}
    yield {"type": "Undo", "object": {"type": "Follow", "object": group}}
    yield {"type": "Like", "object": post}
    yield {"type": "EmojiReact", "object": post, "content": "👍"}
    yield {"type": "Announce", "object": post, "to": [documents.PUBLIC]}
    yield {"type": "Undo", "object": {"type": "Like", "object": post}}
    yield {"type": "Create", "object": {**note, "inReplyTo": post}}
    yield {"type": "Create", "object": {**note, "inReplyTo": post, "name": "Yes"}}
    yield {"type": "Create", "object": [{**note, "inReplyTo": post, "name": "Yes"}]}
    yield {"type": "Create", "object": {**note, "type": "Article", "name": "Long"}}
    yield {
        "type": "Create",
        "object": {
            **note,
            "type": "Question",
            "oneOf": [{"type": "Note", "name": "Yes"}, {"type": "Note", "name": "No"}],
            "endTime": "2027-01-01T00:00:00Z",
        },
    }
    yield {
        "type": "Create",
        "object": {
            **note,
            "assemblyRecord": {
                "type": "Issue",
                "seq": 1,
                "assembly": None,
                "proof": {},
            },
            "assemblyTexts": [{"commit": "sha256:x", "salt": "x", "text": "x"}],
        },
    }
    yield {"type": "Update", "object": {**note, "updated": "2026-11-23T12:00:00Z"}}
    yield {"type": "Delete", "object": {"type": "Tombstone", "id": reply}}
    yield {"type": "Accept", "object": {"type": "Follow", "actor": group}}
    yield {"type": "Reject", "object": {"type": "Follow", "actor": group}}
    yield {"type": "Add", "object": post, "target": f"{group}/featured"}
    yield {"type": "Remove", "object": post, "target": f"{group}/featured"}
    yield {"type": "Block", "object": group}
    yield {"type": "Flag", "object": [clerk, post], "content": "Unkind"}
    yield {"type": "Move", "object": group, "target": clerk}
    yield {"type": "Join", "object": post}
    yield {"type": "Leave", "object": post}
    yield {"type": "Offer", "object": {"type": "Agreement"}, "target": group}
    for path in sorted(PAYLOADS.rglob("*.json")):
        found = json.loads(path.read_text(encoding="utf-8"))
        for payload in found if isinstance(found, list) else [found]:
            activity = payload.get("activity", payload)
            if isinstance(activity, dict):
                yield {
                    term: value
                    for term, value in activity.items()
                    if term not in {"id", "actor", "@context"}
                }


def spoiled(seed: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Change a few things in an activity, all but who sent it and what kind it is."""
    activity = copy.deepcopy(seed)
    for _ in range(chance.randint(1, 4)):
        place, key = chance.choice(list(_places(activity)))
        match chance.randrange(7):
            case 0:
                del place[key]
                if not activity:
                    return copy.deepcopy(seed)
            case 1:
                place[key] = [place[key], _strange(chance)]
            case 2:
                place[key] = {"id": place[key], "type": chance.choice(("Note", "x"))}
            case 3 if isinstance(place, dict):
                place[chance.choice(TERMS)] = _strange(chance)
            case 4:
                place[key] = copy.deepcopy(seed)
            case _:
                place[key] = _strange(chance)
        if not list(_places(activity)):
            return activity
    return activity


def _strange(chance: random.Random) -> Any:
    return copy.deepcopy(chance.choice(STRANGE))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """List every place within an activity: what holds it, and under which key."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield value, key
        if isinstance(inner, dict | list):
            yield from _places(inner)


def cut(body: bytes, chance: random.Random) -> bytes:
    """Change bytes, as no JSON writer would."""
    changed = bytearray(body)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(changed) + 1)
        match chance.randrange(4):
            case 0:
                del changed[at : at + chance.randint(1, 40)]
            case 1:
                changed[at:at] = chance.randbytes(chance.randint(1, 8))
            case 2:
                changed[at:at] = chance.choice(
                    [b'"', b"{", b"[" * 40, b"\\u0000", b"\\ud800", b"1" * 30, b"\xff"]
                )
            case _:
                changed[at : at + 1] = chance.randbytes(1)
    return bytes(changed)
