"""What our actors say reaches each server once, in the form that it reads."""

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup

from activitypub import documents, proofs
from activitypub.canonical import JsonObject
from instance import speech
from instance.desk import Desk
from instance.fediverse import lookup
from instance.store import posts, software
from tests.instance.house import NOON, House, a_house
from tests.instance.spoken import CLERK, GROUP, HOSTS, announced, deliveries, follow

QUIET = "https://quiet.example"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return a_house(tmp_path_factory.mktemp("speaking"))


@pytest.fixture
def harbour(house: House, tmp_path: Path) -> House:
    """Give a test a house whose assembly is followed from three servers."""
    copied = tmp_path / "harbour"
    shutil.copytree(house.config.directory, copied)
    followed = replace(house, config=replace(house.config, directory=copied))
    with followed.desk() as desk:
        for host in (*HOSTS.values(), QUIET):
            follow(desk, f"{host}/users/sam", shared=f"{host}/inbox")
        for name, host in HOSTS.items():
            software.learn(desk.connection, host, name=name, at=desk.seconds)
    return followed


def test_assemblies_may_be_searched_and_people_are_asked_first(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        person = speech.new_actor(
            desk, path="u/1", kind="Person", username="eva", name="Eva"
        )
        said = [
            speech.actor_document(desk, each)
            for each in (
                posts.actor(desk.connection, GROUP),
                posts.actor(desk.connection, CLERK),
                person,
            )
            if each is not None
        ]

    assert [each["indexable"] for each in said] == [True, True, False]
    assert [each["discoverable"] for each in said] == [True, True, False]


def test_groups_get_the_whole_and_microblogs_the_id_of_what_begins_a_thread(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        id = speech.say(desk, html="<p>Soup at six</p>", title="Soup")
        sent = announced(desk)

    whole = sent[HOSTS["lemmy"]]["object"]
    assert (whole["type"], whole["object"]["id"]) == ("Create", id)
    assert sent[HOSTS["mastodon"]]["object"] == id


def test_whoever_does_not_say_what_they_run_is_taken_for_a_microblog(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        id = speech.say(desk, html="<p>Soup at six</p>")

        assert announced(desk)[QUIET]["object"] == id


def test_the_two_forms_have_ids_of_their_own_and_both_can_be_read(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        speech.say(desk, html="<p>Soup at six</p>")
        sent = announced(desk)
        found = [
            lookup.thing(desk, each["id"].removeprefix(f"{desk.config.base}/"))
            for each in sent.values()
        ]

    assert sent[HOSTS["lemmy"]]["id"] != sent[HOSTS["mastodon"]]["id"]
    assert found == list(sent.values())


def test_a_reply_is_handed_on_whole_to_groups_and_to_nobody_else(
    harbour: House,
) -> None:
    reply = a_reply(1)

    with harbour.desk() as desk:
        assert speech.hand_on(desk, reply)
        sent = announced(desk)

    assert set(sent) == {HOSTS["lemmy"]}
    assert json.dumps(sent[HOSTS["lemmy"]]["object"]) == json.dumps(reply)


def test_the_same_activity_is_handed_on_once(harbour: House) -> None:
    with harbour.desk() as desk:
        done = [
            speech.hand_on(desk, a_reply(1), top="https://b.example/1")
            for _ in range(2)
        ]
        kept = activities(desk, "Announce")

    assert done == [True, False]
    assert len(kept) == 2


def test_nobody_floods_the_followers_of_a_group_through_it(harbour: House) -> None:
    with harbour.desk() as desk:
        done = [
            speech.hand_on(desk, a_reply(number))
            for number in range(speech.MOST_HANDED_ON + 5)
        ]
        other = speech.hand_on(desk, a_reply(1, by="https://c.example/users/cat"))
    with harbour.desk(NOON + timedelta(hours=2)) as desk:
        later = speech.hand_on(desk, a_reply(999))

    assert sum(done) == speech.MOST_HANDED_ON
    assert other
    assert later


def test_a_post_goes_once_to_a_server_that_has_one_inbox_for_all(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        for name in ("amy", "bob", "cat"):
            who = f"{HOSTS['mastodon']}/users/{name}"
            follow(desk, who, shared=f"{HOSTS['mastodon']}/inbox")
        speech.say(desk, html="<p>Soup at six</p>")

        inboxes = deliveries(desk, "Announce")

    assert inboxes.count(f"{HOSTS['mastodon']}/inbox") == 1


def test_a_server_is_asked_once_a_week_what_it_runs(harbour: House) -> None:
    counts = []
    for days in (0, 1, 8):
        with harbour.desk(NOON + timedelta(days=days)) as desk:
            desk.connection.execute("update errand set due_at = null")
            software.ask_followers(desk.connection, of=GROUP, at=desk.seconds)
            counts.append(asked(desk))

    # At first only the one that has not answered yet; after a week all of them again.
    assert counts == [1, 0, 3]


def test_a_hundred_followers_on_one_server_make_us_ask_it_once(harbour: House) -> None:
    with harbour.desk() as desk:
        for number in range(100):
            inbox = f"https://new.example/users/{number}/inbox"
            software.ask(desk.connection, inbox=inbox, at=desk.seconds)
        speech.say(desk, html="<p>Soup at six</p>")

        assert asked(desk) == 1


def test_nothing_is_written_for_groups_where_no_group_is_known(
    tmp_path: Path,
) -> None:
    with a_house(tmp_path).desk() as desk:
        speech.say(desk, html="<p>Soup at six</p>")

        assert [type(each["object"]) for each in activities(desk, "Announce")] == [str]


def test_a_change_is_always_later_than_the_one_before(harbour: House) -> None:
    with harbour.desk() as desk:
        id = speech.say(desk, html="<p>Soup at six</p>")
        for word in ("seven", "eight"):
            speech.add_to(desk, id, Markup("<p>No, at {}</p>").format(word))
        updates = activities(desk, "Update")

    said = {each["object"]["updated"]: each["object"] for each in updates}
    assert len(said) == 2
    assert min(said) > said[min(said)]["published"]
    assert "eight" in said[max(said)]["content"]


def test_a_change_reaches_groups_inside_an_announce_and_others_as_it_is(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        id = speech.say(desk, html="<p>Soup at six</p>")
        desk.connection.execute("delete from delivery")
        speech.add_to(desk, id, Markup("<p>No, at seven</p>"))

        updated = deliveries(desk, "Update")
        sent = announced(desk)

    assert sorted(updated) == [f"{HOSTS['mastodon']}/inbox", f"{QUIET}/inbox"]
    assert list(sent) == [HOSTS["lemmy"]]
    assert sent[HOSTS["lemmy"]]["object"]["type"] == "Update"


def test_everything_that_we_send_is_signed_and_carries_no_other_signature(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        id = speech.say(desk, html="<p>Soup at six</p>")
        speech.add_to(desk, id, Markup("<p>No, at seven</p>"))
        speech.hand_on(desk, a_reply(1), top="https://b.example/1")
        keys = {
            speech.address(desk, path): posts.actor(desk.connection, path)
            for path in (GROUP, CLERK)
        }
        kept = activities(desk)

    assert {each["type"] for each in kept} == {"Create", "Update", "Announce"}
    for each in kept:
        signer = keys[each["actor"]]
        assert signer is not None
        proofs.verify(each, key=proofs.public_key(signer.public_ed25519), now=NOON)
        assert "signature" not in each


def test_the_outbox_of_the_assembly_lists_each_post_once(harbour: House) -> None:
    with harbour.desk() as desk:
        ids = [speech.say(desk, html=f"<p>Soup {number}</p>") for number in range(3)]
        page = lookup.collection(desk, GROUP, "outbox", 1)
        whole = lookup.collection(desk, GROUP, "outbox", None)

    assert page is not None
    assert whole is not None
    items = page["orderedItems"]
    assert isinstance(items, list)
    listed = [each["object"] for each in items if isinstance(each, dict)]
    assert sorted(map(str, listed)) == sorted(ids)
    assert (whole["type"], whole["totalItems"]) == ("OrderedCollection", 3)


def a_reply(number: int, *, by: str = "https://b.example/users/bob") -> JsonObject:
    """Write a reply as Mastodon sends one, which is no business of ours to tidy."""
    return {
        "@context": ["https://www.w3.org/ns/activitystreams"],
        "id": f"{by}/create/{number}",
        "type": "Create",
        "actor": by,
        "to": [documents.PUBLIC],
        "object": {
            "id": f"{by}/statuses/{number}",
            "type": "Note",
            "summary": None,
            "inReplyTo": "http://127.0.0.1:8001/n/1",
            "content": "<p>I bring bread</p>",
            "attributedTo": by,
        },
    }


def asked(desk: Desk) -> int:
    """Count the servers that are to be asked now what they run."""
    [[due]] = desk.connection.execute(
        "select count(*) from errand where kind = 'software' and due_at = ?",
        [desk.seconds],
    )
    return int(due)


def activities(desk: Desk, kind: str | None = None) -> list[Any]:
    rows = desk.connection.execute(
        "select body from activity where :kind is null or type = :kind order by id",
        {"kind": kind},
    )
    return [json.loads(row["body"]) for row in rows]
