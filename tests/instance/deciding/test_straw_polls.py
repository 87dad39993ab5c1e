"""A straw poll is asked of everybody, told as it stands, and decides nothing."""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from activitypub import canonical, documents
from confederation.errors import Invalid
from instance import speech
from instance.deciding import polls
from instance.desk import Desk
from instance.fediverse import sentiment
from instance.store import polls as store
from instance.store import posts, software
from tests.instance.house import NOON, House, a_house
from tests.instance.spoken import HOSTS, announced, deliveries, follow

TWO_DAYS = NOON + timedelta(days=2)
BOB = "https://b.example/users/bob"


@pytest.fixture
def harbour(tmp_path: Path) -> House:
    house = a_house(tmp_path)
    with house.desk() as desk:
        for name, host in HOSTS.items():
            follow(desk, f"{host}/users/sam", shared=f"{host}/inbox")
            software.learn(desk.connection, host, name=name, at=desk.seconds)
        follow(desk, "https://pie.example/users/sam", shared=None)
        software.learn(
            desk.connection, "https://pie.example", name="piefed", at=desk.seconds
        )
    return house


def test_a_poll_says_that_it_is_nobodys_vote(harbour: House) -> None:
    with harbour.desk() as desk:
        poll = document_of(desk, ask(desk))

    assert poll["type"] == "Question"
    assert "nobody's vote" in poll["content"].replace("&#39;", "'")
    assert poll["endTime"] == "2026-11-24T12:00:00Z"
    assert poll["url"].endswith(f"/polls/{poll['id'].rpartition('/')[2]}")


def test_whoever_reads_no_polls_gets_a_note_that_leads_to_it(harbour: House) -> None:
    with harbour.desk() as desk:
        id = ask(desk)
        sent = announced(desk)
        url = document_of(desk, id)["url"]

    [pie] = [sent[host] for host in sent if "pie.example" in host]
    assert sent[HOSTS["mastodon"]]["object"] == id
    assert pie["object"]["object"]["id"] == id
    told = sent[HOSTS["lemmy"]]["object"]["object"]
    assert told["type"] == "Note"
    assert "At six" in told["content"]
    assert url in told["content"]


def test_the_note_beside_a_poll_is_not_listed_with_the_posts(harbour: House) -> None:
    with harbour.desk() as desk:
        id = ask(desk)

        assert [row["id"] for row in posts.newest_objects(desk.connection, most=9)] == [
            id
        ]


@pytest.mark.parametrize(
    ("options", "days", "says"),
    [
        (["Only one"], 2, "2 to 20 options"),
        ([str(number) for number in range(21)], 2, "2 to 20 options"),
        (["Yes", "ＹＥＳ"], 2, "look the same"),
        (["Yes", "Y\u200bes"], 2, "nobody can see"),
        (["Yes", "\u202eoN"], 2, "nobody can see"),
        (["Yes", ""], 2, "1 to 100 characters"),
        (["Yes", "N" * 101], 2, "1 to 100 characters"),
        (["Yes", "No"], 0, "a time to come"),
        (["Yes", "No"], 91, "90 days"),
    ],
)
def test_a_poll_that_could_not_be_counted_is_not_asked(
    harbour: House, options: list[str], days: int, says: str
) -> None:
    with harbour.desk() as desk, pytest.raises(Invalid, match=says):
        polls.ask(
            desk,
            "When?",
            options,
            choose="one",
            ends_at=NOON + timedelta(days=days),
        )


def test_what_a_poll_says_is_told_every_three_minutes_at_most(harbour: House) -> None:
    with harbour.desk() as desk:
        id = ask(desk)
    told = []
    for seconds in (10, 60, 200, 240, 400):
        with harbour.desk(NOON + timedelta(seconds=seconds)) as desk:
            answer(desk, id, f"{BOB}{seconds}")
            polls.tell(desk)
            told.append(len(updates(desk)))

    assert told == [0, 0, 1, 1, 2]


def test_a_poll_that_nobody_answered_is_not_told_again(harbour: House) -> None:
    with harbour.desk() as desk:
        ask(desk)
    with harbour.desk(NOON + timedelta(hours=1)) as desk:
        assert not polls.anything_to_tell(desk)


def test_the_end_of_a_poll_is_told_once_with_its_numbers(harbour: House) -> None:
    with harbour.desk() as desk:
        id = ask(desk)
        answer(desk, id, BOB)
    for hours in (48, 49):
        with harbour.desk(NOON + timedelta(hours=hours)) as desk:
            polls.tell(desk)

    with harbour.desk(NOON + timedelta(hours=50)) as desk:
        [last] = updates(desk)
        inboxes = set(deliveries(desk, "Update"))
    assert last["object"]["closed"] == "2026-11-24T12:00:00Z"
    assert last["object"]["votersCount"] == 1
    assert [each["name"] for each in last["object"]["oneOf"]] == ["At six", "At seven"]
    assert last["object"]["updated"] > last["object"]["published"]
    assert inboxes == {f"{HOSTS['mastodon']}/inbox"}


def test_the_names_of_the_options_never_change(harbour: House) -> None:
    with harbour.desk() as desk:
        id = ask(desk)
        before = document_of(desk, id)["oneOf"]
        answer(desk, id, BOB)
        after = sentiment.live(desk, document_of(desk, id))["oneOf"]

    assert isinstance(after, list)
    assert [each["name"] for each in before] == [
        each["name"] for each in after if isinstance(each, dict)
    ]
    assert before != after


def test_nothing_of_a_poll_reaches_a_ballot_or_the_record(harbour: House) -> None:
    with harbour.desk() as desk:
        before = decided(desk)
        answer(desk, ask(desk), BOB)

        assert decided(desk) == before


def test_the_clerk_asks_and_the_group_announces(harbour: House) -> None:
    with harbour.desk() as desk:
        poll = document_of(desk, ask(desk))
        sent = announced(desk)

    assert poll["attributedTo"] == speech.address(desk, speech.clerk_path(desk))
    assert {each["actor"] for each in sent.values()} == {harbour.config.group}
    assert documents.PUBLIC in poll["to"]


def ask(desk: Desk, options: Sequence[str] = ("At six", "At seven")) -> str:
    return polls.ask(
        desk, "When shall we eat?", options, choose="one", ends_at=TWO_DAYS
    )


def answer(desk: Desk, id: str, actor: str, option: int = 0) -> None:
    assert store.vote(
        desk.connection,
        poll=id,
        actor=actor,
        option=option,
        vote=f"{actor}/votes/1",
        at=desk.seconds,
    )


def document_of(desk: Desk, id: str) -> Any:
    row = posts.object_of(desk.connection, id)
    assert row is not None
    return canonical.read(row["body"].encode())


def updates(desk: Desk) -> list[Any]:
    rows = desk.connection.execute("select body from activity where type = 'Update'")
    return [json.loads(row["body"]) for row in rows]


def decided(desk: Desk) -> list[int]:
    """Count all from which a decision could follow."""
    return [
        desk.connection.execute(f"select count(*) from {table}").fetchone()[0]
        for table in ("act", "entry", "event", "box", "roll")
    ]
