"""Attacks by what a server answers when it is asked for an actor."""

import gzip
import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from activitypub import signatures
from tests.hostile import village
from tests.hostile.stage import REFUSED, Attack, Stage
from tests.hostile.village import KEYS, Neighbour, answer

Lie = Callable[[Stage, Neighbour], None]


def asked_for(stage: Stage, lie: Lie) -> httpx.Response:
    """Follow as Mallory, whose server lies when it is asked who she is."""
    mallory = stage.mallory()
    lie(stage, mallory)
    return mallory.sends(stage.inbox, mallory.activity("Follow", stage.group))


def typed(_: Stage, mallory: Neighbour, media_type: str) -> None:
    mallory.shows(mallory.document, type=media_type)


def saying(_: Stage, mallory: Neighbour, **other: Any) -> None:
    mallory.shows({**mallory.document, **other})


def lacking(_: Stage, mallory: Neighbour, term: str) -> None:
    mallory.shows(
        {key: value for key, value in mallory.document.items() if key != term}
    )


def redirecting(stage: Stage, mallory: Neighbour, to: Callable[..., str]) -> None:
    place = to(stage, mallory)
    mallory.does(answer(b"", status=302, Location=place))


def to_a_twin(stage: Stage, mallory: Neighbour) -> str:
    """Hold the same document on another server and lead there."""
    twin = stage.mallory()
    twin.shows(mallory.document)
    return twin.id


def round_and_round(_: Stage, mallory: Neighbour) -> str:
    place = mallory.place
    here = f"{place.base}/round"
    place.answers["/round"] = answer(b"", status=302, Location=mallory.id)
    return here


def on_and_on(_: Stage, mallory: Neighbour) -> str:
    place = mallory.place
    for number in range(8):
        place.answers[f"/on/{number}"] = answer(
            b"", status=302, Location=f"{place.base}/on/{number + 1}"
        )
    place.answers["/on/8"] = answer(json.dumps(mallory.document).encode())
    return f"{place.base}/on/0"


def bytes_of(_: Stage, mallory: Neighbour, make: Callable[[bytes], bytes]) -> None:
    mallory.says(make(json.dumps(mallory.document).encode()))


def packed(_: Stage, mallory: Neighbour, body: bytes, packing: str = "gzip") -> None:
    mallory.says(body, Content_Encoding=packing)


def doing(_: Stage, mallory: Neighbour, what: village.Answer) -> None:
    mallory.does(what)


def raw(_: Stage, mallory: Neighbour, said: bytes) -> None:
    mallory.does(said)


def with_anothers_key(stage: Stage, mallory: Neighbour) -> None:
    """Show an actor whose key is not the one that signed."""
    other = KEYS[0] if mallory.key is KEYS[1] else KEYS[1]
    key = signatures.write_key(other.public_key())
    document = mallory.document
    document["publicKey"] = {
        "id": mallory.key_id,
        "owner": mallory.id,
        "publicKeyPem": key,
    }
    mallory.shows(document)


def owned_by_bob(stage: Stage, mallory: Neighbour) -> None:
    """Say that the key belongs to Bob, as an attacker's key document would."""
    document = mallory.document
    document["publicKey"] = {
        "id": mallory.key_id,
        "owner": stage.bob.id,
        "publicKeyPem": signatures.write_key(mallory.key.public_key()),
    }
    mallory.shows(document)


def key_elsewhere(stage: Stage, mallory: Neighbour) -> None:
    document = mallory.document
    document["publicKey"] = {
        "id": f"{stage.bob.place.base}/key",
        "owner": mallory.id,
        "publicKeyPem": signatures.write_key(mallory.key.public_key()),
    }
    mallory.shows(document)


def bobs_document(stage: Stage, mallory: Neighbour) -> None:
    """Answer with Bob's document, and one's own key in it."""
    stolen = {**stage.bob.document, "publicKey": mallory.document["publicKey"]}
    mallory.shows(stolen)


def keys_without_end(_: Stage, mallory: Neighbour) -> None:
    """Put the true key behind more of them than anybody reads."""
    wrong = signatures.write_key(generate_private_key(65_537, 2048).public_key())
    others = [
        {"id": f"{mallory.id}#key-{number}", "owner": mallory.id, "publicKeyPem": wrong}
        for number in range(500)
    ]
    own = mallory.document["publicKey"]
    mallory.shows({**mallory.document, "publicKey": [*others, own]})


def in_anothers_name(stage: Stage) -> httpx.Response:
    """Sign with a key at one's own server that says it is Bob's; then claim Bob."""
    mallory = stage.mallory()
    owned_by_bob(stage, mallory)
    said = stage.bob.activity("Undo", stage.follow)
    return mallory.sends(stage.inbox, said)


def a_hundred_times(stage: Stage) -> httpx.Response:
    """Send bad signatures over and over, so that we ask over and over."""
    mallory = stage.mallory()
    with_anothers_key(stage, mallory)
    for _ in range(99):
        mallory.sends(stage.inbox, mallory.activity("Follow", stage.group))
    said = mallory.sends(stage.inbox, mallory.activity("Follow", stage.group))
    asked = [each for each in mallory.place.asked if each.startswith("GET")]
    assert len(asked) <= 2, asked
    return said


def of_the_node_itself(stage: Stage) -> httpx.Response:
    """Claim to be an actor of the node's own."""
    mallory = stage.mallory()
    said = {**mallory.activity("Follow", stage.group), "actor": stage.clerk}
    return mallory.sends(
        stage.inbox,
        {**said, "id": f"{stage.clerk}/said/1"},
        key_id=f"{stage.clerk}#main-key",
    )


def _lies() -> Iterator[tuple[str, tuple[str, ...], Lie]]:
    for media_type in (
        *("text/plain", "text/html", "application/json", "image/png", ""),
        "application/ld+json",
        'application/ld+json; profile="https://b.example/ns"',
    ):
        yield (
            f"show an actor as {media_type!r}",
            ("S17",),
            partial(typed, media_type=media_type),
        )
    places: dict[str, Callable[..., str]] = {
        "another server with the same document": to_a_twin,
        "itself": lambda _, mallory: mallory.id,
        "and fro": round_and_round,
        "and on": on_and_on,
        "a file": lambda _, mallory: "file:///etc/passwd",
        "data": lambda _, mallory: "data:application/activity+json,{}",
        "gopher": lambda _, mallory: "gopher://127.0.0.1:70/",
        "an address with a name in it": lambda _, mallory: mallory.id.replace(
            "//", "//user@"
        ),
        "the metadata of a cloud": lambda _, mallory: "http://169.254.169.254/x",
        "an inner network": lambda _, mallory: "http://10.0.0.1/x",
        "IPv6 loopback": lambda _, mallory: "http://[::1]:80/x",
        "a decimal host": lambda _, mallory: "http://2130706433/x",
        "a hexadecimal host": lambda _, mallory: "http://0x7f000001/x",
        "nowhere": lambda _, mallory: "",
        "a place with a line break": lambda _, mallory: "http://127.0.0.1/\tx",
        "our own actor": lambda stage, _: f"{stage.node.base}/actor",
        "our own page": lambda stage, _: f"{stage.node.base}/",
    }
    for where, to in places.items():
        yield (
            f"redirect to {where}",
            ("S16", "S19", "S30", "S31", "S33"),
            partial(redirecting, to=to),
        )
    bodies: dict[str, Callable[[bytes], bytes]] = {
        "JSON nested 50 deep": lambda it: (
            b'{"a":' + b"[" * 50 + b"]" * 50 + b"," + it[1:]
        ),
        "a million brackets": lambda it: b"[" * 900_000,
        "a key twice": lambda it: b'{"id":"x",' + it[1:],
        "a number of 5,000 digits": lambda it: b'{"a":' + b"9" * 5000 + b"," + it[1:],
        "a string of 300 KiB": lambda it: b'{"a":"' + b"x" * 300_000 + b'",' + it[1:],
        "30,000 values": lambda it: b'{"a":[' + b"0," * 30_000 + b"0]," + it[1:],
        "a list": lambda it: b"[" + it + b"]",
        "half of it": lambda it: it[: len(it) // 2],
        "nothing": lambda it: b"",
        "UTF-16": lambda it: it.decode().encode("utf-16"),
        "broken UTF-8": lambda it: it[:-1] + b',"a":"\xff"}',
        "a mebibyte of blanks": lambda it: it + b" " * 1_100_000,
    }
    for what, make in bodies.items():
        yield f"answer with {what}", ("S34", "S35"), partial(bytes_of, make=make)
    bomb = gzip.compress(b" " * 50_000_000)
    packings: dict[str, tuple[bytes, str]] = {
        "a bomb of gzip": (bomb, "gzip"),
        "a bomb in a bomb": (gzip.compress(bomb), "gzip, gzip"),
        "what is no gzip": (b"no gzip", "gzip"),
        "half a gzip": (gzip.compress(b"{}")[:10], "gzip"),
        "compress": (b"{}", "compress"),
        "an unknown packing": (b"{}", "x-unknown"),
    }
    for what, (body, packing) in packings.items():
        yield (
            f"pack it in {what}",
            ("S34",),
            partial(packed, body=body, packing=packing),
        )
    yield "never end", ("S34",), partial(doing, what=village.endless)
    yield "hang up halfway", ("S34",), partial(doing, what=village.hanging_up)
    raws = {
        "no HTTP": b"220 mail ready\r\n",
        "headers without end": b"HTTP/1.1 200 X\r\n" + b"A: b\r\n" * 50_000,
        "a length that is none": answer(b"{}", Content_Length="-5"),
        "two lengths": b"HTTP/1.1 200 X\r\nContent-Length: 2\r\nContent-Length: 3\r\n"
        b"Content-Type: application/activity+json\r\n\r\n{}x",
        "a status of 999": answer(b"{}", status=999),
        "a server error": answer(b"{}", status=500),
        "that it is gone": answer(b"{}", status=410),
        "that we must pay": answer(b"{}", status=402),
        "not modified": answer(b"", status=304),
    }
    for what, said in raws.items():
        yield f"answer {what}", ("S34",), partial(raw, said=said)
    others: dict[str, tuple[str, dict[str, Any]]] = {
        "say that it is somebody else": ("S16", {"id": "http://127.0.0.1:9/users/x"}),
        "say that it is another on the same server": ("S16", {"id": None}),
        "receive on another server": ("S26", {"inbox": "http://127.0.0.1:9/inbox"}),
        "be a Note": ("S26", {"type": "Note"}),
        "have no type": ("S26", {"type": None}),
    }
    for what, (guard, other) in others.items():
        yield what, (guard,), partial(saying, **other)
    yield "show another key", ("S8",), with_anothers_key
    yield "say that the key is Bob's", ("S8",), owned_by_bob
    yield "keep the key at Bob's", ("S9",), key_elsewhere
    yield "show Bob's document with one's own key", ("S8", "S16"), bobs_document
    yield "hide the key behind 500 others", ("S42",), keys_without_end
    yield "show no key", ("S8",), partial(lacking, term="publicKey")
    yield "have no inbox", ("S26",), partial(lacking, term="inbox")
    yield "have no id", ("S16",), partial(lacking, term="id")


ATTACKS: Final = (
    *(
        Attack(
            name=tried,
            shows=guards,
            does=partial(asked_for, lie=lie),
            ends=REFUSED | {404, 502, 504},
        )
        for tried, guards, lie in _lies()
    ),
    Attack(
        name="claim Bob with a key that says it is his",
        shows=("S7", "S8"),
        does=in_anothers_name,
    ),
    Attack(
        name="make us ask a hundred times",
        shows=("S10",),
        does=a_hundred_times,
    ),
    Attack(
        name="claim to be the node's own clerk",
        shows=("S7", "S19"),
        does=of_the_node_itself,
    ),
)
