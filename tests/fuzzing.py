"""Readers that any bytes may reach: ``python -m tests.fuzzing [NAME] [-runs=100000]``.

Each takes bytes and either reads them or refuses them with a `ProtocolError`; anything
else is a finding. With atheris installed (``pip install atheris``) the bytes are chosen
by what they reach in the code; tests/test_fuzzing.py spoils honest ones by chance.
"""

import importlib
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from types import FunctionType
from typing import Final

from activitypub import addresses, canonical, discovery, messages, reading, signatures
from activitypub.addresses import Guard
from activitypub.errors import ProtocolError
from activitypub.signatures import Request
from instance.fediverse import markup

Reader = Callable[[bytes], object]

NOON: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DIGEST: Final = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"
BODY: Final = b'{"hello": "world"}'


def draft(data: bytes) -> object:
    headers = (
        ("host", "a.example"),
        ("date", "Sun, 22 Nov 2026 12:00:00 GMT"),
        ("digest", f"SHA-256={DIGEST[9:-1]}"),
        ("signature", data.decode("latin-1")),
    )
    request = Request(method="POST", target="/inbox", headers=headers, body=BODY)
    return signatures.claimed(request, host="a.example", now=NOON)


def rfc9421(data: bytes) -> object:
    described, _, signature = data.decode("latin-1").partition("\n")
    headers = (
        ("host", "a.example"),
        ("content-digest", DIGEST),
        ("signature-input", described),
        ("signature", signature),
    )
    request = Request(method="POST", target="/inbox", headers=headers, body=BODY)
    return messages.claimed(request, scheme="https", host="a.example", now=NOON)


def address(data: bytes) -> object:
    text = data.decode("utf-8", "replace")
    read = addresses.parse(text)
    assert addresses.parse(str(read)) == read
    return Guard().read(text)


def webfinger(data: bytes) -> object:
    text = data.decode("utf-8", "replace")
    if not text.startswith("{"):
        return discovery.resource(text)
    return discovery.read_jrd(canonical.read(data))


def html(data: bytes) -> object:
    clean = markup.clean(data.decode("utf-8", "replace"))
    # The cleaner may put attributes in another order, and changes nothing else.
    assert sorted(markup.clean(str(clean))) == sorted(clean)
    assert "<script" not in clean.lower()
    return clean


def activity(data: bytes) -> object:
    document = canonical.read(data)
    canonical.check_no_linked_data(document)
    reading.votes(document)
    for inner in (document, *reading.objects_of(document.get("object"))):
        for read in (reading.actor, reading.post):
            try:
                read(inner)
            except ProtocolError:
                continue
    return document


READERS: Final[dict[str, Reader]] = {
    "draft": draft,
    "rfc9421": rfc9421,
    "json": canonical.read,
    "address": address,
    "webfinger": webfinger,
    "html": html,
    "activity": activity,
}


def refused(reader: Reader, data: bytes) -> bool:
    """Let a reader have some bytes; whether it refused them."""
    try:
        reader(data)
    except ProtocolError:
        return True
    return False


def main(arguments: list[str]) -> None:
    """Let atheris look for bytes that a reader stumbles over."""
    atheris = importlib.import_module("atheris")
    for module in (addresses, canonical, discovery, messages, reading, signatures):
        for function in vars(module).values():
            if isinstance(function, FunctionType):
                atheris.instrument_func(function)
    name = next((each for each in arguments if each in READERS), "activity")
    atheris.Setup(
        [sys.argv[0], *(each for each in arguments if each not in READERS)],
        lambda data: refused(READERS[name], data),
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
