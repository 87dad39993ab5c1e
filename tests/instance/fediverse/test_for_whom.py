"""What is for some is for them alone, and for everybody else it does not exist."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    generate_private_key,
)

from activitypub import documents, signatures
from activitypub.canonical import JsonObject
from activitypub.signatures import Signer
from instance import config, speech
from instance import node as nodes
from instance.fediverse import moderation
from instance.fediverse.judgement import Severity
from instance.store import posts
from tests.instance.elsewhere import Account, an_account
from tests.instance.serving import Serving, a_node, folkmoot, until

ACTIVITY = {"accept": documents.ACCEPT}
CLERK = "g/harbour/clerk"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with a_node(tmp_path_factory.mktemp("private")) as serving:
        yield serving


@pytest.fixture(scope="module")
def sam() -> Iterator[Account]:
    with an_account() as account:
        yield account


@pytest.fixture(scope="module")
def kim() -> Iterator[Account]:
    with an_account() as account:
        yield account


@pytest.fixture(scope="module")
def post(node: Serving, sam: Account) -> str:
    """Publish a post for followers, of whom Sam is one."""
    with nodes.at_desk(config.read(node.directory)) as desk:
        posts.follow(
            desk.connection,
            actor=CLERK,
            follower=sam.id,
            inbox=f"{sam.id}/inbox",
            shared_inbox=None,
            follow=sam.new_id(),
            at="2026-11-22T12:00:00Z",
        )
        return said(desk, to=f"{node.base}/{CLERK}/followers")


def said(desk: Any, *, to: str) -> str:
    """Publish a post and its activity that are for these only; return its path."""
    name = desk.new_id()
    id = speech.address(desk, f"n/{name}")
    note = documents.note(
        documents.Post(
            id=id,
            author=speech.address(desk, CLERK),
            content="<p>Not for all</p>",
            audience=documents.Audience(to=(to,)),
            published=desk.now,
            url=id,
        )
    )
    posts.keep_object(
        desk.connection,
        id=id,
        path=f"n/{name}",
        actor=CLERK,
        kind=None,
        entry=None,
        thread=None,
        document=note,
    )
    desk.connection.execute("update object set public = 0 where id = :id", {"id": id})
    posts.keep_activity(
        desk.connection,
        path=f"n/{name}/create",
        actor=CLERK,
        document=documents.create(note, id=f"{id}/create"),
        published="2026-11-22T12:00:00Z",
        public=False,
    )
    return f"/n/{name}"


def ask(
    node: Serving,
    path: str,
    *,
    by: Account | None = None,
    key: RSAPrivateKey | None = None,
    accept: str = documents.ACCEPT,
) -> httpx.Response:
    headers = {"accept": accept}
    if by is not None:
        signed = signatures.sign(
            Signer(key_id=documents.main_key(by.id), private_key=key or by.key),
            method="GET",
            host=f"127.0.0.1:{node.port}",
            target=path,
            now=datetime.now(UTC),
        )
        headers |= {n: v for n, v in signed.items() if n.lower() != "accept"}
    return httpx.get(f"{node.base}{path}", headers=headers, timeout=60)


def shape(answer: httpx.Response) -> tuple[int, JsonObject, list[str]]:
    names = sorted(name for name in answer.headers if name != "date")
    return answer.status_code, answer.json(), names


@pytest.mark.parametrize("below", ["", "/create", "/replies", "/likes", "/shares"])
def test_a_post_for_followers_is_there_for_followers_alone(
    node: Serving, post: str, sam: Account, kim: Account, below: str
) -> None:
    path = f"{post}{below}"

    assert ask(node, path, by=sam).status_code == 200
    for asker in (None, kim):
        forbidden = ask(node, path, by=asker)
        missing = ask(node, f"/n/0123456789abcdef{below}", by=asker)
        assert forbidden.status_code == 404
        assert shape(forbidden) == shape(missing)
    # Whoever asks after a follower is told the same as before.
    assert ask(node, path).status_code == 404


def test_what_is_for_one_is_kept_for_nobody_else(
    node: Serving, post: str, sam: Account
) -> None:
    answer = ask(node, post, by=sam)

    assert answer.headers["cache-control"] == "private, no-cache"
    assert "Signature" in answer.headers["vary"]
    assert "access-control-allow-origin" not in answer.headers


def test_whoever_signs_with_a_key_that_is_not_theirs_is_not_let_in(
    node: Serving, post: str, sam: Account
) -> None:
    mallory = generate_private_key(65_537, 2048)

    there = ask(node, post, by=sam, key=mallory)
    missing = ask(node, "/n/0123456789abcdef", by=sam, key=mallory)

    assert there.status_code == missing.status_code == 401
    assert shape(there) == shape(missing)


def test_a_post_for_followers_is_in_no_list_and_on_no_page(
    node: Serving, post: str, sam: Account
) -> None:
    for path in (f"/{CLERK}/outbox?page=1", "/g/harbour/outbox?page=1", "/"):
        for asker in (None, sam):
            assert post not in ask(node, path, by=asker).text
    for path in ("/", post):
        page = ask(node, path, accept="text/html")
        assert "Not for all" not in page.text
    assert ask(node, post, accept="text/html").status_code == 404
    resource = f"/.well-known/webfinger?resource={node.base}{post}"
    assert ask(node, resource).status_code == 404


def test_what_is_for_one_person_is_for_them_alone(
    node: Serving, sam: Account, kim: Account
) -> None:
    with nodes.at_desk(config.read(node.directory)) as desk:
        path = said(desk, to=kim.id)

    assert ask(node, path, by=kim).status_code == 200
    assert ask(node, path, by=sam).status_code == 404
    assert ask(node, path).status_code == 404


def test_whoever_follows_no_longer_reads_no_longer(
    node: Serving, sam: Account, kim: Account
) -> None:
    settings = config.read(node.directory)
    with nodes.at_desk(settings) as desk:
        path = said(desk, to=f"{node.base}/{CLERK}/followers")
        posts.follow(
            desk.connection,
            actor=CLERK,
            follower=kim.id,
            inbox=f"{kim.id}/inbox",
            shared_inbox=None,
            follow=kim.new_id(),
            at="2026-11-22T12:00:00Z",
        )
    assert ask(node, path, by=kim).status_code == 200

    with nodes.at_desk(settings) as desk:
        posts.unfollow(desk.connection, follower=kim.id)

    assert ask(node, path, by=kim).status_code == 404


def test_whoever_is_suspended_is_handed_nothing(
    node: Serving, post: str, sam: Account
) -> None:
    settings = config.read(node.directory)
    with an_account() as mallory:
        assert ask(node, "/g/harbour", by=mallory).status_code == 200
        with nodes.at_desk(settings) as desk:
            moderation.decide(desk, mallory.id, Severity.SUSPEND, by=None)

        for path in ("/g/harbour", "/g/harbour/outbox", post, "/n/nothing"):
            until(lambda p=path: ask(node, p, by=mallory).status_code == 403)

        assert ask(node, "/g/harbour", by=sam).status_code == 200
        assert ask(node, "/g/harbour").status_code == 200


def test_with_an_allow_list_only_those_on_it_read_here(
    tmp_path: Path, sam: Account, kim: Account
) -> None:
    with a_node(tmp_path) as node:
        node.stop()
        settings = replace(config.read(node.directory), allow_list=True)
        config.write(settings)
        with nodes.at_desk(settings) as desk:
            moderation.allow(desk, sam.base.removeprefix("http://"), by=None)
        path = folkmoot(
            "post", str(node.directory), "--as", "harbour", "Among friends"
        ).stdout.strip()
        path = path.removeprefix(node.base)
        node.start()

        name = f"/.well-known/webfinger?resource=acct:harbour@127.0.0.1:{node.port}"
        open_to_all = ("/actor", "/", name, "/.well-known/nodeinfo", "/nodeinfo/2.1")
        for place in (*open_to_all, "/.well-known/host-meta", "/ns/v1"):
            assert ask(node, place).status_code == 200, place
        for place in ("/g/harbour", f"/{CLERK}", "/g/harbour/outbox", path):
            for _ in range(2):
                assert ask(node, place).status_code == 401, place
                assert ask(node, place, by=kim).status_code == 403, place
                assert ask(node, place, by=sam).status_code == 200, place
        assert ask(node, "/g/harbour/log/entries").status_code == 404


def test_a_record_can_be_for_the_same_few(tmp_path: Path) -> None:
    with a_node(tmp_path) as node:
        node.stop()
        settings = config.read(node.directory)
        config.write(replace(settings, allow_list=True, open_record=False))
        node.start()

        for path in ("/g/harbour/log/entries", "/g/harbour/log/head", "/g/harbour/r/0"):
            assert ask(node, path).status_code == 401
        assert ask(node, "/actor").status_code == 200
