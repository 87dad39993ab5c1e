"""Somebody on a Fedify server follows, reads and answers; each checks the other."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from activitypub import documents
from tests.instance.serving import Serving, a_node, folkmoot, until
from tests.peers.peer import Peer, a_robin

pytestmark = pytest.mark.needs_fedify


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with a_node(tmp_path_factory.mktemp("nodes")) as serving:
        yield serving


@pytest.fixture(scope="module")
def robin(node: Serving) -> Iterator[Peer]:
    """Robin, who follows the assembly."""
    with a_robin() as person:
        person.does("follow", to=group(node))
        until(lambda: person.received("Accept"))
        yield person


def test_fedify_reads_the_actors_of_a_node(node: Serving, robin: Peer) -> None:
    assembly = robin.does("name", at=group(node))
    clerk = robin.does("name", at=clerk_of(node))
    itself = robin.does("name", at=f"{node.base}/actor")

    assert assembly == {"type": "Group", "name": "Harbour Assembly"}
    assert clerk["type"] == "Service"
    assert itself["type"] == "Application"


def test_fedify_reads_what_software_runs_here(node: Serving, robin: Peer) -> None:
    links = get(f"{node.base}/.well-known/nodeinfo")["links"]
    [link] = [each["href"] for each in links if each["rel"].endswith("/2.1")]

    assert robin.does("nodeinfo", document=get(link)) == "folkmoot"


def test_a_follow_by_fedify_is_accepted_and_fedify_believes_it(
    node: Serving, robin: Peer
) -> None:
    [accept] = robin.received("Accept")

    assert accept["actor"] == group(node)
    assert accept["object"]["actor"] == robin.id
    assert robin.does("refused") == []


def test_fedify_gets_a_post_and_reads_it(node: Serving, robin: Peer) -> None:
    post = said(node, "The ferry leaves at six")

    until(lambda: any(each["object"] == post for each in robin.received("Announce")))

    assert robin.does("name", at=post) == {"type": "Note", "name": None}


def test_fedify_finds_our_proofs_to_be_by_their_actors(
    node: Serving, robin: Peer
) -> None:
    post = said(node, "Signed and sealed")
    until(lambda: any(each["object"] == post for each in robin.received("Announce")))

    for activity in robin.does("received"):
        found = robin.does("proof", document=activity)
        changed = robin.does("proof", document={**activity, "summary": "forged"})

        assert found["actor"] == activity["actor"]
        assert changed["actor"] is None


def test_a_reply_by_fedify_is_listed_until_it_is_deleted(
    node: Serving, robin: Peer
) -> None:
    post = said(node, "Who brings bread?")

    reply = robin.does("create", to=clerk_of(node), content="<p>I</p>", inReplyTo=post)

    replies = f"{post}/replies"
    until(lambda: get(replies)["totalItems"] == 1)
    assert robin.does("list", at=replies) == {"total": 1, "items": [reply["object"]]}
    robin.does("delete", to=clerk_of(node), id=reply["object"])
    until(lambda: get(replies)["totalItems"] == 0)


def test_fedify_reads_our_outbox(node: Serving, robin: Peer) -> None:
    said(node, "For the outbox")

    outbox = robin.does("list", at=f"{group(node)}/outbox")

    assert outbox["total"] >= 1
    assert all(item.startswith(f"{group(node)}/announce/") for item in outbox["items"])


@pytest.mark.parametrize("spec", ["draft-cavage-http-signatures-12"])
def test_what_fedify_signed_is_believed_and_nothing_else(
    node: Serving, robin: Peer, spec: str
) -> None:
    inbox = f"{node.base}/inbox"
    body = documents.encode(
        {
            "@context": documents.AS2,
            "id": f"{robin.id}/likes/{spec}",
            "type": "Like",
            "actor": robin.id,
            "object": group(node),
        }
    ).decode()
    headers = robin.does("sign", spec=spec, target=inbox, body=body)

    swapped = httpx.post(inbox, headers=headers, content=body.replace("Like", "Lick"))
    signed = httpx.post(inbox, headers=headers, content=body)
    elsewhere = httpx.post(f"{group(node)}/inbox", headers=headers, content=body)

    assert swapped.status_code == 401
    assert signed.status_code == 202
    assert elsewhere.status_code == 401


def group(node: Serving) -> str:
    return f"{node.base}/g/harbour"


def clerk_of(node: Serving) -> str:
    return f"{node.base}/g/harbour/clerk"


def said(node: Serving, text: str) -> str:
    """Let the assembly post something, and return its address."""
    return folkmoot("post", str(node.directory), "--as", "harbour", text).stdout.strip()


def get(url: str) -> Any:
    found = httpx.get(url, headers={"accept": documents.ACTIVITY_JSON}, timeout=10)
    return found.raise_for_status().json()
