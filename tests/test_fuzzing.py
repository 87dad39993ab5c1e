"""No bytes make a reader stumble that anybody's bytes may reach."""

import json
import random
from typing import Final

import pytest

from tests.fuzzing import READERS, refused
from tests.hostile import mutating

EACH: Final = 1_500
HONEST: Final[dict[str, list[bytes]]] = {
    "draft": [
        b'keyId="https://b.example/bob#main-key",algorithm="rsa-sha256",'
        b'headers="(request-target) host date digest",signature="YWJj"'
    ],
    "rfc9421": [
        b'sig1=("@method" "@target-uri" "content-digest");created=1795348800;'
        b'keyid="https://b.example/bob#main-key"\nsig1=:YWJj:'
    ],
    "address": [b"https://b.example/users/bob?x=1#key", b"http://[2001:db8::1]:80/"],
    "webfinger": [
        b'{"subject":"acct:bob@b.example","links":[{"rel":"self","type":'
        b'"application/activity+json","href":"https://b.example/bob"}]}',
        b"acct:bob@b.example",
    ],
    "html": [
        b'<p>Hello <a href="https://b.example/" class="mention">@bob</a><br>'
        b"<svg><style><img src=x onerror=alert(1)></style></svg></p>"
    ],
}
SAID: Final = [
    json.dumps({"id": "https://b.example/1", "actor": "https://b.example/bob", **each})
    for each in mutating.seeds(
        group="https://a.example/g/harbour",
        clerk="https://a.example/g/harbour/clerk",
        post="https://a.example/n/1",
        reply="https://b.example/2",
    )
]


@pytest.mark.parametrize("name", READERS)
def test_what_is_spoiled_is_read_or_refused(name: str) -> None:
    chance = random.Random(name)
    honest = HONEST.get(name) or [each.encode() for each in SAID]

    told = [
        refused(READERS[name], mutating.cut(chance.choice(honest), chance))
        for _ in range(EACH)
    ]

    assert len(told) == EACH
    assert not all(refused(READERS[name], each) for each in honest)
