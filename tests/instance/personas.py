"""A member with an actor, and the activities of those whom they follow."""

import json
from typing import Any

from activitypub import documents
from activitypub.canonical import JsonObject
from instance import reception
from instance.desk import Desk
from instance.fediverse import persona
from instance.store import inbound, posts
from instance.store.posts import Actor
from tests.instance.elsewhere import SAM, TOM, Account


def following(desk: Desk, me: Actor, who: Account) -> JsonObject:
    """Let one of ours follow an account, which accepts."""
    persona.follow(desk, me, who.id, inbox=f"{who.id}/inbox")
    follow: JsonObject = sent(desk, who, "Follow")[-1]
    hear(desk, who, answer("Accept", follow))
    return follow


def hear(desk: Desk, who: Account, activity: JsonObject) -> str:
    """Let an activity arrive whose signature was good."""
    inbound.keep_remote_actor(
        desk.connection,
        who.id,
        document=who.document,
        learned_at=desk.seconds,
        asked_at=desk.seconds,
    )
    return reception.deal_with(desk, who.id, activity).says


def sent(desk: Desk, to: Account, kind: str) -> list[Any]:
    rows = desk.connection.execute(
        """
        select activity.path from delivery
          join activity on activity.id = delivery.activity
         where delivery.host = :host and activity.type = :kind order by delivery.id
        """,
        {"host": to.base, "kind": kind},
    )
    found = []
    for row in rows.fetchall():
        kept = posts.activity_at(desk.connection, row["path"])
        assert kept is not None
        found.append(body(kept["body"]))
    return found


def body(text: str) -> Any:
    return json.loads(text)


def note(by: Account, number: int, **more: Any) -> JsonObject:
    return {
        "id": f"{by.base}/n/{number}",
        "type": "Note",
        "attributedTo": by.id,
        "to": [documents.PUBLIC],
        "cc": [],
        "content": f"<p>{number}</p>",
        "published": "2026-11-20T12:00:00Z",
        **more,
    }


def create(document: JsonObject) -> JsonObject:
    return {
        "id": f"{document['id']}/create",
        "type": "Create",
        "actor": document["attributedTo"],
        "to": document["to"],
        "object": document,
    }


def announce(by: Account, number: int, post: str) -> JsonObject:
    return {
        "id": f"{by.base}/a/{number}",
        "type": "Announce",
        "actor": by.id,
        "to": [documents.PUBLIC],
        "object": post,
    }


def answer(kind: str, follow: JsonObject, *, by: Account | None = None) -> JsonObject:
    who = by or SAM
    if by is None and follow["object"] == TOM.id:
        who = TOM
    return {
        "id": who.new_id(),
        "type": kind,
        "actor": who.id,
        "object": {term: follow[term] for term in ("id", "type", "actor", "object")},
    }


def follow_of(account: Account, followed: str) -> JsonObject:
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": account.new_id(),
        "type": "Follow",
        "actor": account.id,
        "object": followed,
    }


def reply_of(account: Account, about: str) -> JsonObject:
    id = account.new_id()
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{id}/create",
        "type": "Create",
        "actor": account.id,
        "object": {
            "id": id,
            "type": "Note",
            "attributedTo": account.id,
            "inReplyTo": about,
            "content": "<p>With bread?</p>",
            "to": ["https://www.w3.org/ns/activitystreams#Public"],
            "published": "2026-11-22T12:00:00Z",
        },
    }
