"""Activities from elsewhere: accepted when they are on the disk, then dealt with."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from activitypub import documents
from activitypub.canonical import JsonObject
from tests.benchmarks import elsewhere, floors, load, measuring, nodes
from tests.benchmarks.load import CONNECTIONS, Answers
from tests.benchmarks.measuring import Budget, Figures, Wrong
from tests.benchmarks.nodes import Node
from tests.instance.elsewhere import Account

SENDERS: Final = 8
A_SECOND: Final = 2_000
WAITING: Final = "select count(*) from received where due_at is not null"
SECURITY: Final = "https://w3id.org/security/v1"
WORDS: Final = "<p>We bring bread and soup, and somebody opens the hall at six.</p>" * 8
CONTEXT: Final[JsonObject] = {
    "sensitive": "as:sensitive",
    "toot": "http://joinmastodon.org/ns#",
    "blurhash": "toot:blurhash",
}

ACCEPTED: Final = Budget(
    line="signed POST to durable 202: at least 3,500 per CPU-s", at_least=3_500
)
PROCESSED: Final = Budget(
    line="processed to its effect: at least 2,000 per CPU-s", at_least=2_000
)


async def measure(seconds: float, directory: Path) -> dict[str, Figures]:
    """Flood an inbox with what was signed beforehand, until all has its effect."""
    count = max(SENDERS, int(seconds * A_SECOND))
    async with elsewhere.accounts(SENDERS) as senders:
        with nodes.a_node(directory, seconds) as node:
            about = node.say("<p>Who brings bread?</p>")
            requests = list(requests_from(senders, node, about, SENDERS + count))
            # The first of each sender makes the node ask for the sender's key.
            await load.send(requests[:SENDERS], port=node.serving.port)
            await node.until_none(WAITING)
            with measuring.watching(node.pid) as whole:
                with measuring.watching(node.pid) as flood:
                    answers = await load.send(
                        requests[SENDERS:], port=node.serving.port
                    )
                await node.until_none(WAITING)
            _check(node, answers, count)
            peak = measuring.peak_mb(node.pid)
    size = sum(map(len, requests)) // len(requests)
    bare = {
        "HTTP": await floors.http(_plain(size)),
        "RSA verify": floors.rsa_verify(),
        "grouped commit": floors.grouped_commit(directory, bytes(size)),
    }
    return {
        "inbox": Figures(
            per_cpu_second=flood.per_cpu_second(count),
            latencies=answers.latencies,
            rss_mb=peak,
            floors=bare,
            budget=ACCEPTED,
            facts={
                "accepted": count,
                "connections": CONNECTIONS,
                "per second": count / flood.wall,
            },
        ),
        "inbox.processed": Figures(
            per_cpu_second=whole.per_cpu_second(count),
            latencies=[],
            rss_mb=peak,
            floors=bare,
            budget=PROCESSED,
            facts={"processed": count, "per second": count / whole.wall},
        ),
    }


def requests_from(
    senders: list[Account], node: Node, about: str, count: int
) -> Iterator[bytes]:
    """Write signed requests of each kind, of the senders in turn."""
    inbox = f"{node.serving.base}/inbox"
    for number in range(count):
        sender = senders[number % len(senders)]
        activity = _activity(sender, number // len(senders), about)
        yield elsewhere.signed(sender, inbox, activity)


def _activity(sender: Account, number: int, about: str) -> JsonObject:
    """Write what servers send in the form that Mastodon writes it, in equal parts."""
    id = sender.new_id()
    activity: JsonObject = {
        "@context": [documents.AS2, SECURITY, CONTEXT],
        "id": id,
        "actor": sender.id,
    }
    match number % 3:
        case 0:
            return {**activity, "type": "Create", **_reply(sender, id, about)}
        case 1:
            return {**activity, "type": "Like", "object": about}
        case _:
            like: JsonObject = {
                "id": f"{id}/like",
                "type": "Like",
                "actor": sender.id,
                "object": about,
            }
            return {**activity, "type": "Undo", "object": like}


def _reply(sender: Account, id: str, about: str) -> JsonObject:
    audience: JsonObject = {
        "to": [documents.PUBLIC],
        "cc": [f"{sender.id}/followers"],
        "published": "2026-11-22T12:00:00Z",
    }
    note: JsonObject = {
        **audience,
        "id": f"{id}/note",
        "type": "Note",
        "summary": None,
        "inReplyTo": about,
        "url": f"{id}/note",
        "attributedTo": sender.id,
        "sensitive": False,
        "content": WORDS,
        "contentMap": {"en": WORDS},
        "attachment": [],
        "tag": [{"type": "Mention", "href": about, "name": "@harbour"}],
    }
    return {**audience, "object": note}


def _plain(size: int) -> bytes:
    body = b"x" * max(1, size - 600)
    headers = {"Signature": "x" * 450, "Content-Type": documents.ACTIVITY_JSON}
    return load.post("/inbox", host="127.0.0.1", headers=headers, body=body)


def _check(node: Node, answers: Answers, count: int) -> None:
    """Make sure that what was accepted is there, and has come to what it should.

    Raises:
        Wrong: it does not add up.
    """
    kept = node.count("select count(*) from received")
    replies = node.count("select count(*) from remote_post")
    creates = node.count(
        "select count(*) from received where cast(body as text) ->> 'type' = 'Create'"
    )
    if answers.statuses != {202: count} or kept != count + SENDERS:
        raise Wrong(f"Of {count} sent, {kept} are there: {dict(answers.statuses)}.")
    if replies != creates:
        raise Wrong(f"Of {creates} replies only {replies} are shown.")
