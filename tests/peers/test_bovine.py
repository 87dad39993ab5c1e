"""Somebody on a server made with bovine follows, reads and answers."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from activitypub import documents
from tests.instance.serving import Serving, a_node, folkmoot, until
from tests.peers.peer import Peer, a_bessie


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with a_node(tmp_path_factory.mktemp("nodes")) as serving:
        yield serving


@pytest.fixture(scope="module")
def bessie(node: Serving) -> Iterator[Peer]:
    """Bessie, who follows the assembly."""
    with a_bessie() as person:
        person.does("follow", to=group(node))
        until(lambda: person.received("Accept"))
        yield person


def test_a_follow_by_bovine_is_accepted_and_bovine_believes_it(
    node: Serving, bessie: Peer
) -> None:
    [accept] = bessie.received("Accept")

    assert accept["actor"] == group(node)
    assert accept["object"]["actor"] == bessie.id
    assert bessie.does("refused") == 0


def test_bovine_gets_a_post_and_finds_it(node: Serving, bessie: Peer) -> None:
    post = said(node, "The ferry leaves at six")

    until(lambda: any(each["object"] == post for each in bessie.received("Announce")))

    assert bessie.does("look", at=post)["type"] == "Note"


def test_a_reply_by_bovine_is_listed_changed_and_deleted(
    node: Serving, bessie: Peer
) -> None:
    post = said(node, "Who brings bread?")
    replies = f"{post}/replies"

    sent = bessie.does("create", to=clerk(node), content="I do", inReplyTo=post)

    reply = sent["object"]["id"]
    until(lambda: get(replies)["totalItems"] == 1)
    listed = bessie.does("collection", at=replies)
    assert listed == {"total_items": 1, "items": [reply]}
    bessie.does("update", to=clerk(node), id=reply, content="I do not")
    until(lambda: "I do not" in shown(post))
    bessie.does("delete", to=clerk(node), object=reply)
    until(lambda: get(replies)["totalItems"] == 0)


def test_bovine_reads_the_pages_of_our_outbox(node: Serving, bessie: Peer) -> None:
    post = said(node, "For the outbox")

    outbox = bessie.does("collection", at=f"{group(node)}/outbox")

    assert post in [item["object"] for item in outbox["items"]]


def test_bovine_cannot_change_or_delete_what_is_ours(
    node: Serving, bessie: Peer
) -> None:
    post = said(node, "Nobody's but ours")

    bessie.does("update", to=clerk(node), id=post, content="Bessie's now")
    bessie.does("delete", to=clerk(node), object=post)
    bessie.does("create", to=clerk(node), content="What now?", inReplyTo=post)

    until(lambda: get(f"{post}/replies")["totalItems"] == 1)
    assert bessie.does("look", at=post)["content"] == "<p>Nobody&#39;s but ours</p>"


def group(node: Serving) -> str:
    return f"{node.base}/g/harbour"


def clerk(node: Serving) -> str:
    return f"{node.base}/g/harbour/clerk"


def said(node: Serving, text: str) -> str:
    """Let the assembly post something, and return its address."""
    return folkmoot("post", str(node.directory), "--as", "harbour", text).stdout.strip()


def shown(post: str) -> str:
    return httpx.get(post, headers={"accept": "text/html"}, timeout=10).text


def get(url: str) -> Any:
    found = httpx.get(url, headers={"accept": documents.ACTIVITY_JSON}, timeout=10)
    return found.raise_for_status().json()
