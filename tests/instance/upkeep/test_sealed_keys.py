"""A private key is read by nobody who does not hold the node's secret."""

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from activitypub import proofs
from instance import config, node
from instance.upkeep import keys
from instance.upkeep.keys import Vault
from tests.instance.crawl import crawl
from tests.instance.elsewhere import Account, an_account
from tests.instance.serving import Serving, a_node, folkmoot, until
from tests.instance.wire import delivered, follow

Lived = tuple[Serving, Account]


@pytest.fixture(scope="module")
def lived(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Serving, Account]]:
    """A node that has signed posts, activities, requests and a cookie or two."""
    with (
        a_node(tmp_path_factory.mktemp("nodes")) as serving,
        an_account() as sam,
    ):
        follow(sam, serving)
        folkmoot("post", str(serving.directory), "--as", "harbour", "Soup at six")
        until(lambda: sam.of_type("Announce") and delivered(serving))
        yield serving, sam


def opened(serving: Serving) -> list[bytes]:
    """Every private key of a node."""
    with node.at_desk(config.read(serving.directory)) as desk:
        return [
            desk.vault.open(name, sealed)
            for name, sealed in keys.all_sealed(desk.connection)
        ]


def forms(key: bytes) -> Iterator[bytes]:
    """The ways in which a private key could stand somewhere."""
    if len(key) == 32:
        yield proofs.write_base58(b"\x80\x26" + key).encode()
        core = [key]
    else:
        loaded = load_der_private_key(key, password=None)
        assert isinstance(loaded, RSAPrivateKey)
        numbers = loaded.private_numbers()
        core = [key[40:200], numbers.d.to_bytes(256), numbers.p.to_bytes(128)]
        pem = loaded.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        yield pem.splitlines()[5]
    for part in core:
        yield part
        yield part.hex().encode()
        for written in (base64.b64encode(part), base64.urlsafe_b64encode(part)):
            yield written.rstrip(b"=")[:-2]


def found_in(places: dict[str, bytes], serving: Serving) -> list[str]:
    return [
        place
        for key in opened(serving)
        for form in forms(key)
        for place, held in places.items()
        if form in held
    ]


def test_a_node_has_keys_of_each_kind_and_none_serves_two_ends(
    lived: Lived,
) -> None:
    held = opened(lived[0])

    assert {len(key) == 32 for key in held} == {True, False}
    assert len(set(held)) == len(held) >= 6


def test_nothing_on_the_disk_holds_a_private_key(lived: Lived, tmp_path: Path) -> None:
    serving, _ = lived
    files = {
        str(path): path.read_bytes()
        for path in serving.directory.rglob("*")
        if path.is_file()
    }
    assert any(path.endswith(".db") or "sqlite" in path for path in files)

    assert found_in(files, serving) == []
    planted = {"a note": b"x" + next(forms(next(iter(opened(serving)))))}
    assert found_in(planted, serving) != []


def test_nothing_that_is_served_sent_or_logged_holds_a_private_key(
    lived: Lived,
) -> None:
    serving, sam = lived
    log = serving.directory.parent / f"{serving.directory.name}.log"
    said = {
        **{at: text.encode() for at, text in crawl(serving.base).items()},
        "sent": str(sam.received).encode(),
        "log": log.read_bytes(),
    }

    assert len(said) > 20
    assert found_in(said, serving) == []
    assert not any(b"PRIVATE KEY" in text for text in said.values())


def test_a_key_opens_with_the_secret_alone_and_under_its_own_name() -> None:
    vault, other = Vault(os.urandom(32)), Vault(os.urandom(32))
    key = proofs.new_key()
    sealed = vault.seal_ed25519("g/harbour", key)

    assert vault.open("g/harbour", sealed) == key.private_bytes_raw()
    with pytest.raises(InvalidTag):
        other.ed25519("g/harbour", sealed)
    with pytest.raises(InvalidTag):
        vault.open("g/harbour/clerk", sealed)
    with pytest.raises(InvalidTag):
        vault.open("g/harbour", sealed[:-1] + bytes([sealed[-1] ^ 1]))
