"""The bundle of a decision, and what may be done to its lines on the way."""

import json

from activitypub import canonical
from activitypub.canonical import JsonObject
from confederation.identifiers import Digest
from instance import bundle
from tests.instance.house import House
from tests.instance.three import (
    LATER,
)


def exported(house: House, proposal: Digest) -> bytes:
    with house.desk(LATER) as desk:
        return bundle.export(desk, proposal)


def joined(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def rebuilt(lines: list[bytes]) -> bytes:
    """Put a bundle together again with a first line that counts its lines right."""
    first = canonical.read(lines[0])
    return joined([canonical.canonical({**first, "lines": len(lines)}), *lines[1:]])


def with_line(data: bytes, document: JsonObject) -> bytes:
    return rebuilt([*data.splitlines(), canonical.canonical(document)])


def lines_of(data: bytes) -> list[bytes]:
    return data.splitlines(keepends=True)


def kind(line: bytes) -> JsonObject:
    read: JsonObject = json.loads(line)
    return read
