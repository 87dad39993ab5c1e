"""Over real HTTP: each server gets what it reads, answers polls, comes to meetings."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from activitypub import documents
from activitypub.canonical import JsonObject
from confederation.identifiers import SessionId
from confederation.session import CallSession, Notice
from instance import config
from instance import node as nodes
from instance.deciding import polls
from instance.meeting import meetings
from instance.store import events, posts
from tests.instance.elsewhere import Account, an_account
from tests.instance.serving import Serving, a_node, folkmoot, until
from tests.instance.wire import change, follow, get, rows


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with a_node(tmp_path_factory.mktemp("asked")) as serving:
        yield serving


@pytest.fixture
def sam() -> Iterator[Account]:
    with an_account() as account:
        yield account


def test_a_server_that_knows_groups_gets_the_whole_once_it_has_said_so(
    node: Serving, sam: Account
) -> None:
    sam.software = "Lemmy"
    follow(sam, node)
    say(node, "The first, for whoever reads it")
    until(lambda: software_of(node, sam) == "lemmy")

    id = say(node, "The second, for a group")

    until(lambda: any(each["object"] == id for each in announced(sam, "Create")))
    whole = [each for each in sam.of_type("Announce") if each["object"] == id]
    assert whole == [], "what is inside would be boosted once more"


def test_an_answer_from_elsewhere_is_seen_at_once_and_told_at_the_end(
    node: Serving, sam: Account
) -> None:
    follow(sam, node)
    with nodes.at_desk(config.read(node.directory)) as desk:
        id = polls.ask(
            desk,
            "When shall we eat?",
            ("At six", "At seven"),
            choose="one",
            ends_at=datetime.now(UTC) + timedelta(hours=1),
        )
    until(lambda: any(each["object"] == id for each in sam.of_type("Announce")))
    poll = get(id).json()

    sam.send(f"{poll['attributedTo']}/inbox", an_answer(sam, poll, "At seven"))

    until(lambda: get(id).json()["votersCount"] == 1)
    assert [each["replies"]["totalItems"] for each in get(id).json()["oneOf"]] == [0, 1]
    change(node, f"update poll set ends_at = {int(time.time()) - 1}")
    until(lambda: sam.of_type("Update"))
    [update] = sam.of_type("Update")
    assert update["object"]["closed"]
    assert update["object"]["votersCount"] == 1


def test_whoever_comes_to_a_meeting_is_told_so_and_counted(
    node: Serving, sam: Account
) -> None:
    follow(sam, node)
    event = call_a_meeting(node)
    clerk = get(event).json()["attributedTo"]
    join: JsonObject = {
        "@context": documents.AS2,
        "id": sam.new_id(),
        "type": "Join",
        "actor": sam.id,
        "object": event,
        "to": [clerk],
    }

    sam.send(f"{clerk}/inbox", join)

    until(lambda: [each["object"]["id"] for each in accepts(sam)] == [join["id"]])
    until(lambda: get(event).json()["participantCount"] == 1)
    assert sam.id not in get(event).text


def say(node: Serving, text: str) -> str:
    said = folkmoot("post", str(node.directory), "--as", "harbour", text)
    return said.stdout.strip()


def software_of(node: Serving, sam: Account) -> str | None:
    found = rows(node, "select software from host where name = :name", name=sam.base)
    return found[0][0] if found else None


def announced(sam: Account, kind: str) -> list[Any]:
    """Return the objects of the activities of a kind that were handed to a server."""
    inner = [each["object"] for each in sam.of_type("Announce")]
    return [
        {"object": each["object"]["id"]}
        for each in inner
        if isinstance(each, dict) and each["type"] == kind
    ]


def accepts(sam: Account) -> list[Any]:
    found = sam.of_type("Accept")
    return [each for each in found if each["object"]["type"] == "Join"]


def an_answer(sam: Account, poll: Any, option: str) -> JsonObject:
    """Answer a poll as Mastodon does."""
    note = documents.vote(
        option,
        id=sam.new_id(),
        author=sam.id,
        poll=poll["id"],
        to=poll["attributedTo"],
    )
    return {
        "@context": documents.AS2,
        "id": sam.new_id(),
        "type": "Create",
        "actor": sam.id,
        "to": [poll["attributedTo"]],
        "object": {term: note[term] for term in note if term != "@context"},
    }


def call_a_meeting(node: Serving) -> str:
    with nodes.at_desk(config.read(node.directory)) as desk:
        notice = Notice(
            title=events.keep_wording(desk.connection, "Spring meeting"),
            kind="assembly",
            starts_at=desk.now + timedelta(days=1),
            told="everyone",
        )
        id = SessionId(desk.new_id())
        command = CallSession(session=id, notice=notice, by=None, at=desk.now)
        nodes.perform(desk, f"session:{id}", command)
        row = posts.object_about(
            desk.connection, f"session:{id}", kind=meetings.MEETING
        )
    assert row is not None
    return str(row["id"])
