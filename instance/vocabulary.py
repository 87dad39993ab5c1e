"""The names on the wire and the values of the domain, both ways, in one place.

A body on the wire has the fields of its fact in camel case; times are whole seconds in
UTC. What a signature proved (``confirmed_by``, ``signed_by``, ``consented``) is no part
of a body: `verification` finds it out.
"""

import copy
import dataclasses
import functools
import types
import typing
from collections.abc import Hashable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

from activitypub import canonical
from activitypub.canonical import JsonObject, JsonValue
from activitypub.errors import Malformed
from confederation import record
from confederation.confederal import compact as compacts
from confederation.confederal import evidence
from confederation.confederal.compact import Compact
from confederation.confederal.evidence import Criteria
from confederation.record import Fact

T = TypeVar("T")

NS: Final = "https://w3id.org/folkmoot/v1#"
AS2: Final = "https://www.w3.org/ns/activitystreams"
DATA_INTEGRITY: Final = "https://w3id.org/security/data-integrity/v2"
RECORD_CONTEXT: Final = [AS2, DATA_INTEGRITY, "https://w3id.org/folkmoot/v1"]
SPECIFICATION: Final = f"{NS}spec-v1"
SCHEMA_VERSION: Final = 1
MOST_IN_IDENTIFIER: Final = 512

CARRIER_TERMS: Final[JsonObject] = {
    "asm": NS,
    "assemblyKind": "asm:kind",
    "assemblyRecord": {"@id": "asm:record", "@type": "@json"},
    "assemblyHeads": {"@id": "asm:heads", "@type": "@json"},
    "assemblyTexts": {"@id": "asm:texts", "@type": "@json"},
    "assemblyPost": {"@id": "asm:post", "@type": "@id"},
}

FACTS: Final[dict[str, type[Any]]] = {
    kind.__name__: kind for kind in typing.get_args(Fact) if kind is not record.Unread
}

# What only a verifier can know is never read from, or written to, the wire.
_PROVED: Final = frozenset({"confirmed_by", "signed_by", "consented"})
_DIGESTS: Final = frozenset({"Digest", "Commit", "AssemblyId", "CompactId"})


def wire(value: object) -> JsonObject:
    """Write a fact, or any value inside one, as the body that goes on the wire."""
    return {
        _camel(field.name): _write(getattr(value, field.name))
        for field in dataclasses.fields(typing.cast(Any, value))
        if field.name not in _PROVED
    }


def read(kind: type[T], body: Mapping[str, JsonValue]) -> T:
    """Read a value of the domain from its body; fields not known are passed over.

    Raises:
        Malformed: a field is missing or has a value of another kind.
    """
    given: dict[str, Any] = {}
    for field, hint in _fields(typing.cast(Hashable, kind)):
        if field.name in _PROVED:
            continue
        name = _camel(field.name)
        if name in body:
            given[field.name] = _read(hint, body[name], f"{kind.__name__}.{name}")
        elif (
            field.default is dataclasses.MISSING
            and field.default_factory is dataclasses.MISSING
        ):
            raise Malformed(f"{kind.__name__} has no {name}.")
    return kind(**given)


def compact_document(compact: Compact) -> JsonObject:
    """Write a compact as the unsigned document whose digest is its version.

    What says no more than its absence would is left out of seats and rules, so that a
    program which knows no weights can read a compact that has none. One that was
    written before other fields were is written without them, as its digest proves.
    """
    document = whole_compact(compact)
    _leave_out(document, _NEWER[0])
    usual = copy.deepcopy(document)
    for layer in _NEWER[1:]:
        if canonical.digest(document) == compact.digest:
            return document
        _leave_out(document, layer)
    return document if canonical.digest(document) == compact.digest else usual


_NEWER: Final[tuple[tuple[tuple[str, str, JsonValue], ...], ...]] = (
    (("seat", "weight", 1), ("rules", "weighing", None)),
    (("seat", "substitutes", []),),
    (("seat", "bears", None),),
    (
        ("compact", "suspended", []),
        ("compact", "criteria", None),
        ("compact", "themes", []),
    ),
    (("seat", "readmitted", None),),
)
"""The fields of a compact that came later, with what their absence says: the newest
first, together with those that came at the same time."""


def _leave_out(
    document: JsonObject, layer: Iterable[tuple[str, str, JsonValue]]
) -> None:
    """Leave fields out where they say nothing."""
    for where, name, absent in layer:
        for holder in _holders(document, where):
            if name in holder and holder[name] == absent:
                del holder[name]


def _holders(document: JsonObject, where: str) -> list[JsonObject]:
    match where:
        case "seat":
            away = _list(document, "suspended") if "suspended" in document else []
            return [*_list(document, "members"), *away]
        case "rules":
            rules = document["rules"]
            assert isinstance(rules, dict)
            return [rules]
        case _:
            return [document]


def whole_compact(compact: Compact) -> JsonObject:
    """Write all that a compact may say, with what may be left out."""
    document = {"type": "Compact", **wire(compact)}
    del document["digest"]
    return document


def _list(document: JsonObject, name: str) -> list[JsonObject]:
    found = document[name]
    assert isinstance(found, list)
    return [each for each in found if isinstance(each, dict)]


def read_compact(document: JsonObject) -> Compact:
    """Read a compact version; its digest is that of the document as it came.

    Raises:
        Malformed: it is no compact.
        Invalid: no confederation could live by it.
    """
    if document.get("type") != "Compact":
        raise Malformed("This is not a compact.")
    canonical.check_exact(document)
    return read(compacts.Compact, {**document, "digest": canonical.digest(document)})


def criteria_document(criteria: Criteria) -> JsonObject:
    """Write criteria as the document that a compact names by its digest.

    What is as usual is left out, so the usual criteria have one digest for ever.
    """
    usual = wire(evidence.DEFAULT)
    said = wire(criteria).items()
    return {"type": "Criteria", **{k: v for k, v in said if v != usual[k]}}


def read_criteria(document: JsonObject) -> Criteria:
    """Read the criteria by which a compact judges those who apply.

    Raises:
        Malformed: these are none.
        Invalid: nobody could meet them.
    """
    if document.get("type") != "Criteria":
        raise Malformed("These are no criteria.")
    canonical.check_exact(document)
    return read(Criteria, document)


def body_of(document: Mapping[str, JsonValue]) -> JsonObject:
    """Return the part of an entry that says what was done, without its place."""
    return {name: value for name, value in document.items() if name not in COMMON}


COMMON: Final = frozenset(
    {
        "@context",
        "id",
        "v",
        "attributedTo",
        "assembly",
        "seq",
        "prev",
        "rulebook",
        "published",
        "proof",
        "confirmations",
    }
)


def fingerprint(kind: str, body: Mapping[str, JsonValue]) -> str:
    """Return what two tellers confirm: the digest of a body with its type.

    The place in the record is no part of it, since it is given on publishing.
    """
    return canonical.digest({"type": kind, **body_of(dict(body))})


@functools.cache
def _fields(kind: Any) -> tuple[tuple[dataclasses.Field[Any], Any], ...]:
    hints = typing.get_type_hints(kind)
    return tuple((field, hints[field.name]) for field in dataclasses.fields(kind))


@functools.cache
def _camel(name: str) -> str:
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(word.capitalize() for word in rest)


def _write(value: object) -> JsonValue:
    if isinstance(value, datetime):
        return canonical.write_time(value)
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Mapping):
        return {key: _write(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_write(item) for item in value]
    return wire(value)


def _read(hint: Any, value: JsonValue, where: str) -> Any:
    origin = typing.get_origin(hint)
    if isinstance(hint, typing.NewType):
        return _read_identifier(hint.__name__, value, where)
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in typing.get_args(hint):
            return None
        options = [kind for kind in typing.get_args(hint) if kind is not type(None)]
        return _read(options[0], value, where)
    if origin is typing.Literal:
        if value not in typing.get_args(hint):
            raise Malformed(f"{where} has a value that is not known.")
        return value
    if origin is tuple:
        return _read_tuple(typing.get_args(hint), value, where)
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, dict):
            raise Malformed(f"{where} is not an object.")
        inner = typing.get_args(hint)[1]
        return {key: _read(inner, item, where) for key, item in value.items()}
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, dict):
            raise Malformed(f"{where} is not an object.")
        return read(typing.cast(type[Any], hint), value)
    if hint is datetime:
        if not isinstance(value, str):
            raise Malformed(f"{where} is not a time.")
        return canonical.read_time(value)
    # bool is an int to Python, and never to us.
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise Malformed(f"{where} is not of the right kind.")
    return value


def _read_identifier(name: str, value: JsonValue, where: str) -> str:
    if not isinstance(value, str):
        raise Malformed(f"{where} is not a text.")
    if name in _DIGESTS and not canonical.is_digest(value):
        raise Malformed(f"{where} is not a digest.")
    if name == "Multikey" and not value.startswith("z6Mk"):
        raise Malformed(f"{where} is not an Ed25519 Multikey.")
    if len(value) > MOST_IN_IDENTIFIER:
        raise Malformed(f"{where} is longer than {MOST_IN_IDENTIFIER} characters.")
    return value


def _read_tuple(inner: tuple[Any, ...], value: JsonValue, where: str) -> Any:
    if not isinstance(value, list):
        raise Malformed(f"{where} is not a list.")
    if len(inner) == 2 and inner[1] is ...:
        return tuple(_read(inner[0], item, where) for item in value)
    if len(value) != len(inner):
        raise Malformed(f"{where} does not have {len(inner)} parts.")
    return tuple(
        _read(hint, item, where) for hint, item in zip(inner, value, strict=True)
    )
