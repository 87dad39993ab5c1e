"""Attacks on the request: who signed it, what of it, when, and for whom."""

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from email.utils import format_datetime
from functools import partial
from typing import Any, Final

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from tests.hostile import forging
from tests.hostile.forging import CAVAGE, RFC9421, changed
from tests.hostile.stage import REFUSED, Attack, Stage

UNSIGNED: Final = frozenset({401})
BROKEN: Final = frozenset({400})
Bend = Callable[[forging.Headers], forging.Headers]


def knocking(
    stage: Stage, *, then: Bend | None = None, minutes: int = 0, **bent: Any
) -> httpx.Response:
    """Post what Mallory may say, signed by draft-cavage and bent."""
    if minutes:
        bent["date"] = format_datetime(forging.now(minutes=minutes), usegmt=True)
    mallory = stage.mallory()
    body = forging.encode(mallory.activity("Follow", stage.group))
    headers = forging.knock(mallory, stage.inbox, body, **bent)
    return forging.post(stage.inbox, body, then(headers) if then else headers)


def messaging(
    stage: Stage, *, then: Bend | None = None, minutes: int = 0, **bent: Any
) -> httpx.Response:
    """The same, signed by RFC 9421."""
    if minutes:
        bent["created"] = int(forging.now(minutes=minutes).timestamp())
    mallory = stage.mallory()
    body = forging.encode(mallory.activity("Follow", stage.group))
    headers = forging.message(mallory, stage.inbox, body, **bent)
    return forging.post(stage.inbox, body, then(headers) if then else headers)


def unsigned(stage: Stage, *, signature: str | None = None) -> httpx.Response:
    body = forging.encode(stage.mallory().activity("Follow", stage.group))
    headers = [("content-type", "application/activity+json")]
    if signature is not None:
        headers.append(("signature", signature))
    return forging.post(stage.inbox, body, headers)


def swapped(stage: Stage, sign: Callable[..., forging.Headers]) -> httpx.Response:
    """Send another body than the one that was signed."""
    mallory = stage.mallory()
    said = mallory.activity("Follow", stage.clerk)
    headers = sign(mallory, stage.inbox, forging.encode(said))
    return forging.post(
        stage.inbox, forging.encode({**said, "object": stage.group}), headers
    )


def twice(headers: forging.Headers, name: str) -> forging.Headers:
    return [*headers, *(pair for pair in headers if pair[0] == name)]


def digest(body: bytes) -> str:
    return b64encode(hashlib.sha256(body).digest()).decode()


def of_the_host(stage: Stage, host: str) -> httpx.Response:
    return knocking(stage, host=host)


def at_another_inbox(stage: Stage) -> httpx.Response:
    """Take a signed request of Bob's to another inbox of the same node."""
    body = forging.encode(stage.bob.activity("Like", stage.group))
    headers = forging.knock(stage.bob, f"{stage.clerk}/inbox", body)
    return forging.post(stage.inbox, body, headers)


def by_a_weak_key(stage: Stage, *, bits: int) -> httpx.Response:
    mallory = stage.mallory()
    mallory.key = generate_private_key(65_537, bits)
    mallory.shows(mallory.document)
    return mallory.sends(stage.inbox, mallory.activity("Follow", stage.group))


def in_the_name_of_bob(stage: Stage, **bent: Any) -> httpx.Response:
    """Sign with Mallory's key what says that it is Bob's."""
    said = stage.bob.activity("Undo", stage.follow)
    return stage.mallory().sends(stage.inbox, said, **bent)


def with_an_id_of(stage: Stage, field: str) -> httpx.Response:
    """Say that an activity lies with Bob, or its actor does, and sign as Mallory."""
    mallory = stage.mallory()
    own = mallory.activity("Follow", stage.group)
    return mallory.sends(stage.inbox, {**own, field: f"{stage.bob.place.base}/x/1"})


def by_a_key_elsewhere(stage: Stage) -> httpx.Response:
    """Name a key on another server that says it belongs to Mallory."""
    mallory, accomplice = stage.mallory(), stage.mallory()
    accomplice.shows(
        {**accomplice.document, "publicKey": mallory.document["publicKey"]}
    )
    said = mallory.activity("Follow", stage.group)
    return mallory.sends(stage.inbox, said, key_id=accomplice.key_id)


def by_a_neighbours_key(stage: Stage) -> httpx.Response:
    """Sign with the key of somebody else on the same server."""
    mallory = stage.mallory()
    said = mallory.activity("Follow", stage.group)
    return mallory.sends(
        stage.inbox, said, key_id=f"{mallory.place.base}/users/other#main-key"
    )


def of_another_media_type(stage: Stage, media_type: str) -> httpx.Response:
    return knocking(stage, content_type=media_type)


def of_a_mebibyte_and_more(stage: Stage) -> httpx.Response:
    mallory = stage.mallory()
    said = mallory.activity("Follow", stage.group, summary="x" * 1_100_000)
    return mallory.sends(stage.inbox, said)


def read_as_json(stage: Stage, body: Callable[[str], str]) -> httpx.Response:
    """Send what JSON readers disagree about."""
    mallory = stage.mallory()
    text = forging.encode(mallory.activity("Follow", stage.group)).decode()
    return mallory.sends(stage.inbox, body(text).encode())


def as_linked_data(stage: Stage, **more: Any) -> httpx.Response:
    mallory = stage.mallory()
    said = {**mallory.activity("Follow", stage.group), **more}
    return mallory.sends(stage.inbox, said)


def _cavage() -> Iterator[Attack]:
    for name in ("(request-target)", "host", "date", "digest"):
        kept = tuple(each for each in CAVAGE if each != name)
        yield Attack(
            name=f"leave {name} unsigned",
            shows=("S2",),
            does=partial(knocking, covered=kept),
            ends=UNSIGNED,
        )
    bends: dict[str, tuple[str, dict[str, Any]]] = {
        "date a request 66 minutes back": ("S5", {"minutes": -66}),
        "date a request 11 minutes ahead": ("S5", {"minutes": 11}),
        "sign a time that has expired": ("S5", {"parameters": ",expires=1"}),
        "sign (created) with rsa-sha256": (
            "S5",
            {
                "covered": ("(request-target)", "host", "(created)", "digest"),
                "parameters": ",created=1",
            },
        ),
        "sign as ed25519 with an RSA key": ("S11", {"algorithm": "ed25519"}),
        "sign as hmac-sha256": ("S11", {"algorithm": "hmac-sha256"}),
        "sign another target": ("S6", {"target": "/g/harbour/inbox"}),
        "sign a target with a query": ("S6", {"target": "/inbox?x=1"}),
        "sign a GET and send a POST": ("S2", {"method": "GET"}),
        "give the digest of another body": (
            "S3",
            {"digest": f"SHA-256={digest(b'{}')}"},
        ),
    }
    for tried, (guard, bent) in bends.items():
        yield Attack(
            name=tried, shows=(guard,), does=partial(knocking, **bent), ends=UNSIGNED
        )
    broken: dict[str, tuple[str, dict[str, Any]]] = {
        "date a request on no day": ("S5", {"date": "Tue, 31 Feb 2026 12:00:00 GMT"}),
        "give a digest that is too short": ("S3", {"digest": "SHA-256=AAAA"}),
        "give two digests at once": (
            "S3",
            {"digest": f"SHA-256={digest(b'{}')},SHA-512=AAAA"},
        ),
        "give the digest by MD5": ("S3", {"digest": "MD5=AAAA"}),
        "name a parameter twice": ("S12", {"parameters": ',algorithm="hs2019"'}),
        "sign a header twice": ("S12", {"covered": (*CAVAGE, "date")}),
        "sign a header that is not there": (
            "S12",
            {"covered": (*CAVAGE, "x"), "x": ""},
        ),
        "send the signature twice": (
            "S12",
            {"then": partial(twice, name="signature")},
        ),
        "send the digest twice": ("S12", {"then": partial(twice, name="digest")}),
        "send the date twice": ("S12", {"then": partial(twice, name="date")}),
    }
    for tried, (guard, bent) in broken.items():
        yield Attack(
            name=tried, shows=(guard,), does=partial(knocking, **bent), ends=BROKEN
        )


def _rfc9421() -> Iterator[Attack]:
    for name in RFC9421:
        kept = tuple(each for each in RFC9421 if each != name)
        yield Attack(
            name=f"leave {name} unsigned by RFC 9421",
            shows=("S2",),
            does=partial(messaging, covered=kept),
            ends=UNSIGNED,
        )
    bends: dict[str, tuple[str, dict[str, Any]]] = {
        "state no time": ("S2", {"created": 0}),
        "sign 66 minutes ago": ("S5", {"minutes": -66}),
        "sign 11 minutes ahead": ("S5", {"minutes": 11}),
        "sign what has expired": ("S5", {"parameters": ";expires=1"}),
        "sign only the path": (
            "S2",
            {"covered": ("@method", "@path", "content-digest")},
        ),
        "digest another body": (
            "S3",
            {"content_digest": f"sha-256=:{digest(b'{}')}:"},
        ),
        "name an algorithm of another key": ("S11", {"parameters": ';alg="ed25519"'}),
        "change the signed time": (
            "S2",
            {"then": partial(changed, name="signature-input", old="d=1", new="d=2")},
        ),
    }
    for tried, (guard, bent) in bends.items():
        yield Attack(
            name=f"{tried}, by RFC 9421",
            shows=(guard,),
            does=partial(messaging, **bent),
            ends=frozenset({400, 401}),
        )
    for name in ("signature", "signature-input", "content-digest"):
        yield Attack(
            name=f"send {name} twice, by RFC 9421",
            shows=("S12",),
            does=partial(messaging, then=partial(twice, name=name)),
            ends=frozenset({400, 401}),
        )


def _json() -> Iterator[Attack]:
    texts: dict[str, Callable[[str], str]] = {
        "nest JSON 40 deep": lambda text: f'{{"a":{"[" * 40}{"]" * 40},{text[1:]}',
        "nest JSON 100,000 deep": lambda text: "[" * 100_000,
        "name a key twice": lambda text: f'{{"type":"Like",{text[1:]}',
        "write a number of 5,000 digits": lambda text: f'{{"a":{"9" * 5000},{text[1:]}',
        "write a string of 300 KiB": lambda text: f'{{"a":"{"x" * 300_000}",{text[1:]}',
        "write 30,000 values": lambda text: f'{{"a":[{"0," * 30_000}0],{text[1:]}',
        "send a list": lambda text: f"[{text}]",
        "send no JSON": lambda text: text[1:],
        "send nothing": lambda text: "",
        "send NaN": lambda text: f'{{"a":NaN,{text[1:]}',
        "send half a surrogate": lambda text: f'{{"a":"\\ud800","\\udfff":1{text[1:]}',
    }
    for tried, body in texts.items():
        yield Attack(
            name=tried,
            shows=("S35",),
            does=partial(read_as_json, body=body),
            ends=BROKEN,
        )
    hidden: dict[str, dict[str, Any]] = {
        "bring a graph": {"@graph": [{"id": "x"}]},
        "include more": {"@included": [{"id": "x"}]},
        "turn a property round": {"@reverse": {"actor": "x"}},
        "have an id and an @id": {"@id": "https://b.example/x"},
        "have a type and a @type": {"@type": "Delete"},
        "give id another meaning": {"@context": {"name": "@id", "id": "x:y"}},
        "give type an alias": {"@context": {"kind": "@type"}},
        "send several types": {"type": ["Follow", "Delete"]},
        "send several actors": {"actor": ["x", "y"]},
        "send several ids": {"id": ["x", "y"]},
        "send no id": {"id": None},
        "collect activities in one": {"type": "Collection", "id": ["x"]},
    }
    for tried, more in hidden.items():
        yield Attack(
            name=tried,
            shows=("S14",),
            does=partial(as_linked_data, **more),
            ends=BROKEN,
        )


ATTACKS: Final = (
    Attack(name="sign nothing", shows=("S1",), does=unsigned, ends=UNSIGNED),
    *(
        Attack(
            name=f"send {said!r} for a signature",
            shows=("S1",),
            does=partial(unsigned, signature=said),
            ends=REFUSED,
        )
        for said in ("", "Bearer abc", "sig1=:AAAA:", 'keyId="x"', "=" * 10_000)
    ),
    *_cavage(),
    *_rfc9421(),
    Attack(
        name="swap the body",
        shows=("S3",),
        does=partial(swapped, sign=forging.knock),
        ends=UNSIGNED,
    ),
    Attack(
        name="swap the body, by RFC 9421",
        shows=("S3",),
        does=partial(swapped, sign=forging.message),
        ends=UNSIGNED,
    ),
    *(
        Attack(
            name=f"sign for {host}",
            shows=("S4",),
            does=partial(of_the_host, host=host),
            ends=UNSIGNED,
        )
        for host in ("evil.example", "127.0.0.1", "127.0.0.1:80", "127.0.0.1:8o")
    ),
    Attack(
        name="take a signature to another inbox",
        shows=("S6",),
        does=at_another_inbox,
        ends=UNSIGNED,
    ),
    Attack(
        name="sign with an RSA key of 1,024 bits",
        shows=("S11",),
        does=partial(by_a_weak_key, bits=1024),
        ends=UNSIGNED,
    ),
    Attack(name="sign as oneself for Bob", shows=("S7",), does=in_the_name_of_bob),
    Attack(
        name="name Bob's key and sign with another",
        shows=("S7", "S8"),
        does=lambda stage: in_the_name_of_bob(stage, key_id=stage.bob.key_id),
        ends=UNSIGNED,
    ),
    Attack(
        name="give an activity an id at Bob's",
        shows=("S9",),
        does=partial(with_an_id_of, field="id"),
        ends=UNSIGNED,
    ),
    Attack(
        name="name an actor at Bob's",
        shows=("S7", "S9"),
        does=partial(with_an_id_of, field="actor"),
        ends=UNSIGNED,
    ),
    Attack(
        name="name a key on another server",
        shows=("S8", "S9"),
        does=by_a_key_elsewhere,
        ends=UNSIGNED,
    ),
    Attack(
        name="name a neighbour's key",
        shows=("S7", "S8"),
        does=by_a_neighbours_key,
        ends=UNSIGNED,
    ),
    *(
        Attack(
            name=f"send an activity as {said}",
            shows=("S17",),
            does=partial(of_another_media_type, media_type=said),
            ends=frozenset({406, 415}),
        )
        for said in (
            "text/plain",
            "application/json",
            "application/ld+json",
            'application/ld+json; profile="x"',
            "multipart/form-data",
        )
    ),
    Attack(
        name="send more than a mebibyte",
        shows=("S51",),
        does=of_a_mebibyte_and_more,
        ends=frozenset({413}),
    ),
    *_json(),
)
