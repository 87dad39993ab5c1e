"""What an account elsewhere sends to a node, and what the node keeps of it."""

import sqlite3
from datetime import UTC, datetime
from typing import Any

import httpx

from activitypub import documents, signatures
from activitypub.canonical import JsonObject, JsonValue
from activitypub.signatures import Signer
from tests.instance.elsewhere import Account
from tests.instance.serving import Serving, until

ACTIVITY = {"accept": documents.ACCEPT}


def get(url: str) -> httpx.Response:
    found = httpx.get(url, headers=ACTIVITY, timeout=60)
    assert found.status_code == 200, (url, found.status_code, found.text[:200])
    return found


def follow_of(sam: Account, node: Serving) -> JsonObject:
    return {
        "@context": documents.AS2,
        **documents.follow(f"{node.base}/g/harbour", id=sam.new_id(), who=sam.id),
    }


def follow(sam: Account, node: Serving) -> JsonObject:
    activity = follow_of(sam, node)
    sam.send(f"{node.base}/g/harbour/inbox", activity)
    until(lambda: sam.of_type("Accept"))
    return activity


def note_by(sam: Account, content: str, *, to: str) -> JsonObject:
    id = sam.new_id()
    return {
        "id": id,
        "type": "Note",
        "attributedTo": sam.id,
        "to": [documents.PUBLIC],
        "content": content,
        "inReplyTo": to,
        "published": "2026-11-22T12:00:00Z",
        "url": id,
    }


def create(sam: Account, note: JsonObject) -> JsonObject:
    return {
        "@context": documents.AS2,
        "id": sam.new_id(),
        "type": "Create",
        "actor": sam.id,
        "to": [documents.PUBLIC],
        "object": note,
    }


def rows(node: Serving, query: str, **values: object) -> list[Any]:
    connection = sqlite3.connect(node.directory / "node.sqlite", timeout=60)
    try:
        return connection.execute(query, values).fetchall()
    finally:
        connection.close()


def change(node: Serving, statement: str) -> None:
    connection = sqlite3.connect(node.directory / "node.sqlite", timeout=60)
    try:
        with connection:
            connection.execute(statement)
    finally:
        connection.close()


def activity_of(sam: Account, kind: str, of: JsonValue) -> JsonObject:
    return {
        "@context": documents.AS2,
        "id": sam.new_id(),
        "type": kind,
        "actor": sam.id,
        "object": of,
    }


def received(node: Serving, activity: JsonObject) -> list[Any]:
    return rows(node, "select id from received where id = :id", id=activity["id"])


def outcome(node: Serving, activity: JsonObject) -> str | None:
    [[found]] = rows(
        node, "select outcome from received where id = :id", id=activity["id"]
    ) or [[None]]
    return str(found) if found else None


def delivered(node: Serving) -> bool:
    return not waiting(node)


def waiting(node: Serving) -> list[Any]:
    return rows(node, "select id from delivery where due_at is not null")


def post_signed(node: Serving, activity: JsonObject, signer: Signer) -> int:
    """Post an activity to the node's shared inbox, and return how it answered."""
    body = documents.encode(activity)
    headers = signatures.sign(
        signer,
        method="POST",
        host=f"127.0.0.1:{node.port}",
        target="/inbox",
        now=datetime.now(UTC),
        body=body,
        content_type=documents.ACTIVITY_JSON,
    )
    url = f"{node.base}/inbox"
    return httpx.post(url, content=body, headers=dict(headers)).status_code
