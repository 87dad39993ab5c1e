"""Both programs read an entry of any type alike, or leave it unread alike.

What is drawn fits the type, but for one place that holds something else, or nothing.
"""

import dataclasses
import types
import typing
from collections.abc import Iterator, Mapping
from datetime import datetime
from random import Random
from typing import Any

from activitypub import canonical
from activitypub.canonical import JsonObject, JsonValue
from confederation import record
from confederation.identifiers import AssemblyId
from instance import verification, vocabulary
from tests.second import verify as second

DRAWN = 3000
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, "", [], {}, "x", "z6Mk", ["a"], {"a": 1}, [[]]),
    *("a" * 513, "z6Mk" + "a" * 509, "join", "no quorum", "Vote", [1, 2, 3]),
    *(f"sha256:{'A' * 64}", f"sha256:{'0' * 63}"),
    *("2026-02-30T00:00:00Z", "2026-02-28T23:59:60Z", "2026-02-28T24:00:00Z"),
    *("0000-01-01T00:00:00Z", "٢٠٢٦-01-01T00:00:00Z", "2026-02-28T23:99:59Z"),
    *("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "9998-12-31T23:59:59Z"),
)


def test_both_read_what_an_entry_of_any_type_holds_alike() -> None:
    random, said = Random(1), set[bool]()
    for number in range(DRAWN):
        kind = random.choice(list(vocabulary.FACTS))
        body = _a_body(kind, random)
        if number % 8:
            _spoil(body, random)
        _seal(kind, body)
        document: JsonObject = {**body, "type": kind, "v": 1, "seq": 3}

        fact = verification._read_fact(document, kind, 1, AssemblyId(_digest(random)))
        theirs = second.Entry(1, document, "", b"").kind

        assert isinstance(fact, record.Unread) == (theirs is None), document
        said.add(theirs is None)

    assert said == {True, False}


def _digest(random: Random) -> str:
    return f"sha256:{random.getrandbits(256):064x}"


def _a_body(kind: str, random: Random) -> JsonObject:
    body = _fields(vocabulary.FACTS[kind], random)
    # Whatever is named by its digest is written with all its fields.
    result, version = body.get("result"), body.get("version")
    vote = body.get("document")
    if isinstance(vote, dict):
        vote["type"] = random.choice(("Vote", "Vote", "Poll"))
    if isinstance(result, dict):
        whole = vocabulary.read(record.Result, result)
        body["result"] = verification.result_document(whole)
    if isinstance(version, dict):
        text = vocabulary.read(record.TextVersion, version)
        body["version"] = verification.version_document(text)
    return body


def _seal(kind: str, body: JsonObject) -> None:
    for of, name, to in (
        ("Attestation", "result", "resultHash"),
        ("CommonText", "version", "versionHash"),
    ):
        value = body.get(name)
        if kind == of and isinstance(value, dict):
            body[to] = canonical.digest(value)


def _spoil(body: JsonObject, random: Random) -> None:
    inside, name = random.choice([*_places(body)])
    if isinstance(inside, dict) and random.random() < 0.25:
        del inside[name]
    else:
        inside[name] = random.choice(ODD)


def _places(value: JsonValue) -> Iterator[tuple[Any, Any]]:
    held: Any = {}
    if isinstance(value, dict):
        held = value
    elif isinstance(value, list):
        held = dict(enumerate(value))
    for name, each in held.items():
        yield value, name
        yield from _places(each)


def _fields(kind: type[Any], random: Random) -> JsonObject:
    hints = typing.get_type_hints(kind)
    return {
        vocabulary._camel(field.name): _drawn(hints[field.name], random)
        for field in dataclasses.fields(kind)
        if field.name not in ("confirmed_by", "signed_by", "consented")
        and (_is_needed(field) or random.random() < 0.6)
    }


def _is_needed(field: Any) -> bool:
    return field.default is field.default_factory is dataclasses.MISSING


def _drawn(hint: Any, random: Random) -> JsonValue:
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if isinstance(hint, typing.NewType):
        if hint.__name__ in ("Digest", "Commit", "AssemblyId", "CompactId"):
            return _digest(random)
        return "z6MkabcD" if hint.__name__ == "Multikey" else "some"
    if origin in (typing.Union, types.UnionType):
        return None if random.random() < 0.4 else _drawn(inside[0], random)
    if origin is typing.Literal:
        return typing.cast(str, random.choice(inside))
    if origin is tuple and inside[-1] is not ...:
        return [_drawn(each, random) for each in inside]
    if origin is tuple:
        return [_drawn(inside[0], random) for _ in range(random.randrange(3))]
    if origin is not None and issubclass(origin, Mapping):
        return {f"k{n}": _drawn(inside[1], random) for n in range(random.randrange(3))}
    if dataclasses.is_dataclass(hint):
        return _fields(typing.cast(type[Any], hint), random)
    plain: Mapping[Any, JsonValue] = {
        datetime: "2026-11-22T18:00:00Z",
        bool: random.random() < 0.5,
        int: random.randrange(100),
        str: "words",
    }
    return plain[hint]
