"""What other servers really send comes to what its author meant.

Each file in ``tests/payloads`` has the shape that one server gives to one activity; who
wrote it, and to whom, is made up. What has to come before it is named in ``after``.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from activitypub import addresses, canonical, documents, proofs
from activitypub.canonical import JsonObject
from instance import reception, speech
from instance.desk import Desk
from instance.fediverse import lookup
from instance.store import inbound, polls, posts
from tests.activitypub.wire import rsa_key
from tests.instance.heard import HOUR
from tests.instance.house import NOON, House, a_house
from tests.payloads import PAYLOADS

NAMES: Final = sorted(path.stem for path in PAYLOADS.glob("*.json"))
OPTIONS: Final = ("Yes", "No", "Later")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    house = a_house(tmp_path_factory.mktemp("payloads"))
    with house.desk() as desk:
        furnish(desk)
    return house


@pytest.fixture
def desk(house: House, tmp_path: Path) -> Iterator[Desk]:
    copied = tmp_path / "harbour"
    shutil.copytree(house.config.directory, copied)
    moved = replace(house, config=replace(house.config, directory=copied))
    with moved.desk() as desk:
        yield desk


@pytest.mark.parametrize("name", NAMES)
def test_what_a_server_sends_comes_to_what_was_meant(desk: Desk, name: str) -> None:
    payload = read(name, desk)

    for before in payload.get("after", ()):
        send(desk, read(before, desk))

    assert send(desk, payload) == payload["comes_to"]


@pytest.mark.parametrize("name", NAMES)
def test_the_same_twice_is_dealt_with_once(desk: Desk, name: str) -> None:
    payload = read(name, desk)
    for before in payload.get("after", ()):
        send(desk, read(before, desk))
    send(desk, payload)
    once = state(desk)

    send(desk, payload)

    assert state(desk) == once


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("-vote")])
def test_every_answer_to_a_poll_is_counted_at_its_option(desk: Desk, name: str) -> None:
    payload = read(name, desk)
    send(desk, payload)

    found = payload["activity"]["object"]
    answers = found if isinstance(found, list) else [found]
    asked = polls.poll(desk.connection, answers[0]["inReplyTo"])
    assert asked is not None
    chosen = {name for name, votes in asked.options if votes == 1}
    assert chosen == {answer["name"] for answer in answers}


@pytest.mark.parametrize(
    "name",
    [name for name in NAMES if name.endswith(("-reply", "-comment"))],
)
def test_every_public_reply_is_in_the_collection_of_replies(
    desk: Desk, name: str
) -> None:
    payload = read(name, desk)
    note = payload["activity"]["object"]

    send(desk, payload)

    path = note["inReplyTo"].removeprefix(f"{desk.config.base}/")
    found = lookup.collection(desk, path, "replies", None)
    assert found is not None
    public = name != "mastodon-private-reply"
    assert found["orderedItems"] == ([note["id"]] if public else [])


def read(name: str, desk: Desk) -> Any:
    text = (PAYLOADS / f"{name}.json").read_text(encoding="utf-8")
    return json.loads(text.replace("https://ours.example", desk.config.base))


def send(desk: Desk, payload: Any) -> str:
    """Deal with an activity as if its signature had been checked."""
    body = documents.encode(payload["activity"])
    activity = canonical.read(body)
    sender = str(activity["actor"])
    if inbound.remote_actor(desk.connection, sender) is None:
        inbound.keep_remote_actor(
            desk.connection,
            sender,
            document=person(sender),
            learned_at=desk.seconds,
            asked_at=desk.seconds,
        )
    return reception.deal_with(desk, sender, activity).says


def person(id: str) -> JsonObject:
    return documents.actor(
        "Person",
        id=id,
        username=id.rpartition("/")[2].removeprefix("@"),
        name="Somebody",
        summary="",
        url=id,
        shared_inbox=f"{addresses.parse(id).origin}/inbox",
        keys=documents.Keys(
            transport=rsa_key().public_key(), assertion=proofs.new_key().public_key()
        ),
        published=NOON,
    )


def state(desk: Desk) -> list[tuple[Any, ...]]:
    """Return all that what arrives can change, but for what we answer."""
    found: list[tuple[Any, ...]] = []
    for query in (
        "select actor, follower from follower",
        "select object, kind, actor, says from reaction",
        "select poll, actor, option from poll_vote",
        "select event, actor, says from attendance",
        "select id, content, visibility, deleted_at from remote_post",
    ):
        found += [tuple(row) for row in desk.connection.execute(query)]
    return found


def furnish(desk: Desk) -> None:
    """Publish what the payloads are about, under the ids that they name."""
    for name in ("post", "poll", "many", "meeting"):
        post = a_post(desk, name)
        document: JsonObject
        match name:
            case "post":
                document = documents.note(post, name="Soup")
            case "meeting":
                document = documents.event(
                    post,
                    documents.Gathering(
                        starts_at=NOON + HOUR,
                        ends_at=None,
                        place=None,
                        status="CONFIRMED",
                        coming=0,
                    ),
                    name="Soup",
                    summary="<p>In an hour</p>",
                )
            case _:
                choose: polls.Choose = "one" if name == "poll" else "any"
                document = documents.question(
                    post,
                    documents.Poll(
                        options=tuple((option, 0) for option in OPTIONS),
                        choose=choose,
                        voters=0,
                        ends_at=NOON + HOUR,
                    ),
                )
                polls.begin(
                    desk.connection,
                    object=post.id,
                    options=OPTIONS,
                    choose=choose,
                    ends_at=int((NOON + HOUR).timestamp()),
                )
        posts.keep_object(
            desk.connection,
            id=post.id,
            path=f"n/{name}",
            actor=speech.clerk_path(desk),
            kind=None,
            entry=None,
            thread=None,
            document=document,
        )


def a_post(desk: Desk, name: str) -> documents.Post:
    post = speech.a_post(desk, html="<p>Soup at six</p>")
    return replace(post, id=speech.address(desk, f"n/{name}"))
