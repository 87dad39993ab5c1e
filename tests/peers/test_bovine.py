"""Somebody on a server made with bovine follows, reads and answers."""

from collections.abc import Iterator

import pytest

from tests.instance.serving import until
from tests.peers.home import Home, a_home, get, page
from tests.peers.peer import Peer, a_bessie


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with a_home(tmp_path_factory.mktemp("home")) as found:
        yield found


@pytest.fixture(scope="module")
def bessie(home: Home) -> Iterator[Peer]:
    """Bessie, who follows the assembly."""
    with a_bessie() as person:
        person.does("follow", to=home.group)
        until(lambda: person.received("Accept"))
        yield person


def test_a_follow_by_bovine_is_accepted_and_bovine_believes_it(
    home: Home, bessie: Peer
) -> None:
    [accept] = bessie.received("Accept")

    assert accept["actor"] == home.group
    assert accept["object"]["actor"] == bessie.id
    assert bessie.does("refused") == 0


def test_bovine_gets_a_post_and_finds_it(home: Home, bessie: Peer) -> None:
    post = home.says("The ferry leaves at six")

    until(lambda: any(each["object"] == post for each in bessie.received("Announce")))

    assert bessie.does("look", at=post)["type"] == "Note"


def test_a_reply_by_bovine_is_listed_changed_and_deleted(
    home: Home, bessie: Peer
) -> None:
    post = home.says("Who brings bread?")
    replies = f"{post}/replies"

    sent = bessie.does("create", to=home.clerk, content="I do", inReplyTo=post)

    reply = sent["object"]["id"]
    until(lambda: get(replies)["totalItems"] == 1)
    listed = bessie.does("collection", at=replies)
    assert listed == {"total_items": 1, "items": [reply]}
    bessie.does("update", to=home.clerk, id=reply, content="I do not")
    until(lambda: "I do not" in page(post))
    bessie.does("delete", to=home.clerk, object=reply)
    until(lambda: get(replies)["totalItems"] == 0)


def test_bovine_reads_the_pages_of_our_outbox(home: Home, bessie: Peer) -> None:
    post = home.says("For the outbox")

    outbox = bessie.does("collection", at=f"{home.group}/outbox")

    assert post in [item["object"] for item in outbox["items"]]


def test_bovine_cannot_change_or_delete_what_is_ours(home: Home, bessie: Peer) -> None:
    post = home.says("Nobody's but ours")

    bessie.does("update", to=home.clerk, id=post, content="Bessie's now")
    bessie.does("delete", to=home.clerk, object=post)
    bessie.does("create", to=home.clerk, content="What now?", inReplyTo=post)

    until(lambda: get(f"{post}/replies")["totalItems"] == 1)
    assert bessie.does("look", at=post)["content"] == "<p>Nobody&#39;s but ours</p>"


def test_a_like_and_a_share_by_bovine_are_counted_until_they_are_taken_back(
    home: Home, bessie: Peer
) -> None:
    post = home.says("Soup at six")

    like = bessie.does("like", to=home.clerk, object=post)
    share = bessie.does("announce", to=home.clerk, object=post)

    until(lambda: counts(post) == (1, 1))
    for activity in (like, share):
        bessie.does("undo", to=home.clerk, activity=activity)
    until(lambda: counts(post) == (0, 0))


def test_bovine_votes_in_a_poll_once(home: Home, bessie: Peer) -> None:
    poll = home.asks("At six", "At seven")

    for choice in ("At six", "At seven"):
        bessie.does("create", to=home.clerk, name=choice, inReplyTo=poll)

    until(lambda: get(poll)["votersCount"] == 1)
    counted = {
        each["name"]: each["replies"]["totalItems"] for each in get(poll)["oneOf"]
    }
    assert counted == {"At six": 1, "At seven": 0}


def test_bovine_learns_that_a_post_has_changed(home: Home, bessie: Peer) -> None:
    post = home.says("Soup at sicks")

    home.changes(post, "<p>Soup at six</p>")

    until(lambda: "Soup at six" in str(bessie.received("Update")))


def counts(post: str) -> tuple[int, int]:
    return get(f"{post}/likes")["totalItems"], get(f"{post}/shares")["totalItems"]
