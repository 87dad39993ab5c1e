"""An assembly is the digest of its founding entry, wherever it lives today."""

import shutil
from pathlib import Path
from typing import Any

import httpx

from activitypub import documents
from activitypub.canonical import JsonObject
from instance import config, speech
from instance import node as nodes
from instance.store import posts, records
from tests.instance.elsewhere import Account, an_account
from tests.instance.house import House, a_house
from tests.instance.personas import hear
from tests.instance.serving import Serving, a_node, folkmoot, free_port, now, until
from tests.instance.three import Three, assembly_of, proposes, serving, three
from tests.instance.wire import ACTIVITY, create, follow, get, note_by, rows


def test_a_node_that_moves_goes_on_with_the_same_record(tmp_path: Path) -> None:
    together = three(tmp_path, ports=[free_port() for _ in range(3)])
    first, _, third = together.houses
    with serving(together) as nodes:
        moving = nodes[2]
        before = assembly_of(third)
        moving.stop()
        port = free_port()

        folkmoot("address", str(moving.directory), "--domain", f"127.0.0.1:{port}")
        moving.port = port
        moving.start()

        until(lambda: lives_at(first, before) == f"http://127.0.0.1:{port}/g/mill")
        actor = get(f"{moving.base}/g/mill").json()
        assert actor["assemblyLog"]["assembly"] == before
        digest = proposes(together, first, at=now())
        until(lambda: rows(moving, "select 1 from entry where digest = :d", d=digest))


def test_an_address_of_nonsense_changes_nothing(tmp_path: Path) -> None:
    together: Three = three(tmp_path, ports=[free_port() for _ in range(3)])
    directory = together.houses[0].config.directory
    before = (directory / "folkmoot.toml").read_text()

    ran = folkmoot("address", str(directory), "--domain", "no such host", check=False)

    assert ran.returncode == 2
    assert "not a host name" in ran.stderr
    assert (directory / "folkmoot.toml").read_text() == before


def to_another_machine(node: Serving, machine: Path) -> None:
    """Leave a machine as a guest does: with a backup and the secret, and no trace."""
    backup, secret = machine / "backup.zip", machine / "carried.key"
    machine.mkdir()
    folkmoot("backup", str(node.directory), str(backup))
    (node.directory / "secret.key").replace(secret)
    shutil.rmtree(node.directory)
    node.directory = machine / "harbour"
    brought = ("restore", str(backup), str(node.directory), "--secret", str(secret))
    folkmoot(*brought)


def lives_at(house: House, assembly: str) -> str:
    with house.desk(now()) as desk:
        known = records.assembly(desk.connection, assembly)
    assert known is not None
    return known.address


def test_whoever_followed_a_guest_that_left_is_told_by_who_it_was_and_both_ends_say_so(
    tmp_path: Path,
) -> None:
    with a_node(tmp_path) as node, an_account() as sam:
        follow(sam, node)
        before, was = node.base, f"{node.base}/g/harbour"
        keys = get(was).json()["publicKey"]["publicKeyPem"]
        node.stop()
        to_another_machine(node, tmp_path / "machine")
        port = free_port()

        folkmoot("address", str(node.directory), "--domain", f"127.0.0.1:{port}")
        node.port = port
        node.start()

        now_at = f"{node.base}/g/harbour"
        until(lambda: sam.of_type("Move"))
        [move] = sam.of_type("Move")
        assert move["actor"] == move["object"] == was
        assert move["target"] == now_at
        assert move["id"].startswith(f"{before}/")
        assert move["proof"]["verificationMethod"] == f"{was}#ed25519-key"
        with nodes.at_desk(config.read(node.directory)) as desk:
            signer = speech.signer(desk, was)
        assert signer is not None
        assert signer.key_id == f"{was}#main-key"
        for _ in range(2):
            here = get(now_at).json()
            assert here["id"] == now_at
            assert here["alsoKnownAs"] == [was]
            assert "movedTo" not in here
            there = under(before, now_at)
            assert there["id"] == was
            assert there["movedTo"] == now_at
            assert there["publicKey"]["id"] == f"{was}#main-key"
            assert there["publicKey"]["publicKeyPem"] == keys


def test_what_is_sent_to_the_former_host_is_heard_if_its_signature_covers_it(
    tmp_path: Path,
) -> None:
    with a_node(tmp_path) as node, an_account() as sam:
        follow(sam, node)
        said = folkmoot("post", str(node.directory), "--as", "harbour", "Soup at six")
        before, post = node.base, said.stdout.strip()
        node.stop()
        port = free_port()
        folkmoot("address", str(node.directory), "--domain", f"127.0.0.1:{port}")
        node.port = port
        node.start()
        reply = create(sam, note_by(sam, "<p>With bread?</p>", to=post))

        assert sent_to(before, node, sam, reply) == 202
        until(lambda: rows(node, "select 1 from remote_post where about = :p", p=post))

        strangers = "http://127.0.0.9:8009"
        other = create(sam, note_by(sam, "<p>No</p>", to=post))
        assert sent_to(strangers, node, sam, other) == 401
        assert sent_to(before, node, sam, other, signed_for=node.base) == 401
        assert sent_to(node.base, node, sam, other, signed_for=before) == 401


def test_nobody_begins_to_follow_an_actor_at_the_address_that_it_left(
    tmp_path: Path,
) -> None:
    sam, was = Account("http://127.0.0.2:8100"), "http://127.0.0.1:7999"
    with a_house(tmp_path).desk() as desk:
        posts.leave_base(desk.connection, was, at=0)
        asked = documents.follow(f"{was}/g/harbour", id=sam.new_id(), who=sam.id)

        said = hear(desk, sam, asked)

        assert said == "ignored: nobody of that address lives here"
        assert posts.follower_count(desk.connection, "g/harbour") == 0


def sent_to(
    host: str,
    node: Serving,
    sam: Account,
    activity: JsonObject,
    *,
    signed_for: str | None = None,
) -> int:
    """Post to the node as if a host led to it; return how it answered."""
    body = documents.encode(activity)
    signed = sam.signed(f"{signed_for or host}/inbox", body, key=sam.key)
    named = {name.lower(): value for name, value in signed.items()}
    named["host"] = host.removeprefix("http://")
    answer = httpx.post(f"{node.base}/inbox", content=body, headers=named, timeout=60)
    return answer.status_code


def under(host: str, url: str) -> Any:
    """Ask the node for a document as if its former host still led to it."""
    named = {**ACTIVITY, "host": host.removeprefix("http://")}
    return httpx.get(url, headers=named, timeout=60).json()
