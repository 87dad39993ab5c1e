"""What people read on the fediverse says in plain words what the record holds."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from activitypub import canonical, documents
from instance import carriers, speech
from instance.carriers import MOST_IN_TEXT
from instance.fediverse import lookup
from instance.store import events, posts, software
from tests.instance.house import a_house, found
from tests.instance.sayings import say_all
from tests.instance.spoken import follow

TAGS = re.compile(r"<[^>]+>")


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return every post by a name for it, and all that it was changed to."""
    made = a_house(tmp_path_factory.mktemp("carriers"))
    house = replace(made, config=replace(made.config, time_zone="Europe/Berlin"))
    read: dict[str, Any] = {}
    with house.desk() as desk:
        found(house, desk)
        for name, digest in say_all(house, desk).items():
            row = posts.carrier_of(desk.connection, digest)
            assert row is not None, name
            read[name] = canonical.read(row["body"].encode())
    return read


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("issue", "Issue: The last bus"),
        ("issue", "Nobody gets home from the late shift. Why it matters"),
        ("issue", "It reaches across the district."),
        ("issue scope", "How far an issue reaches: The last bus"),
        ("issue scope", "It reaches across the county."),
        ("account", "We have this too: The last bus"),
        ("account taken back", "What we said before about this issue is taken back."),
        ("decision", "Decided: We pay for a late bus out of the common fund."),
        ("decision", "by consent. 41 people were present."),
        ("remit", "A remit for our sub-assembly Buses"),
        ("remit decision", "Sub-assembly Buses. Decided: We pay for a late bus"),
        ("remit decision", "It is no decision of the whole assembly. By its remit it"),
        ("remit end", "We end the remit of our sub-assembly Buses"),
        ("later decision", "Not passed: We pay for it for another year."),
        ("later decision", "For 10, against 28, abstaining 2 (cards)."),
        ("joining", "Keep the estuary clean."),
        ("proposal", "Proposal to all assemblies: One late bus for all"),
        ("proposal", "Voting closes on Tuesday 22 December 2026 at 13:00 CET."),
        ("election", "@dana@127.0.0.1:8001 speaks for us"),
        ("mandate", "On “One late bus for all”: must choose Share it."),
        ("mandate", "must not choose Do not. We all need it."),
        ("report", "I voted as you said."),
        ("recall", "Our delegate is recalled"),
        ("vote withdrawn", "Our seat has no vote on it for now."),
        ("withdrawal", "We withdraw our proposal: One late bus for all"),
        ("ask", "We ask The bus company"),
        ("ask", "This is our request, not a legal deadline."),
        ("answer", "They agree to a part of what we asked: The bus company"),
        ("answer", "in their own words"),
        ("answer", "What they will do It leaves at nine."),
        ("judgement", "We do not accept the answer."),
        ("judgement", "Nine is too early."),
    ],
)
def test_a_post_says_in_plain_words_what_was_done(
    said: dict[str, Any], name: str, says: str
) -> None:
    assert says in words(said[name]["content"])


def test_a_short_text_is_not_said_twice(said: dict[str, Any]) -> None:
    text = "We pay for a late bus out of the common fund."

    assert words(said["decision"]["content"]).count(text) == 1


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("decision", "A later decision took its place."),
        ("mandate", "A later mandate took its place."),
        ("later mandate", "It has ended: the delegate is recalled."),
        ("proposal", "The proposal is withdrawn."),
        ("account", "We have taken this back."),
        ("ask", "They agree to a part of what we asked."),
        ("ask", "We do not accept the answer."),
    ],
)
def test_a_post_that_was_overtaken_says_so_and_stays(
    said: dict[str, Any], name: str, says: str
) -> None:
    assert says in words(said[name]["content"])
    assert said[name]["updated"] > said[name]["published"]


def test_a_post_about_a_delegate_mentions_their_address(said: dict[str, Any]) -> None:
    holder = "http://127.0.0.1:8001/u/dana"

    for name in ("election", "mandate"):
        mentions = [tag for tag in said[name]["tag"] if tag["type"] == "Mention"]
        assert [tag["href"] for tag in mentions] == [holder]
        assert holder in said[name]["cc"]
        assert f'href="{holder}"' in said[name]["content"]


def test_every_post_carries_its_entry_and_links_to_it(said: dict[str, Any]) -> None:
    for post in said.values():
        [link] = [tag for tag in post["tag"] if tag["type"] == "Link"]
        assert link["href"] == post["assemblyRecord"]["id"]
        assert post["assemblyKind"] == post["assemblyRecord"]["type"]


def test_a_long_text_is_cut_and_read_on_its_page(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    text = "Ä" * 20_000

    with house.desk() as desk:
        commitment = events.keep_wording(desk.connection, text)
        events.release(desk.connection, [commitment])
        post = carriers.Carrier(
            title="Long", html=carriers.written(desk, commitment), page="/issues/1"
        )
        id = speech.say_carrier(desk, post)
        row = posts.object_of(desk.connection, id)

    assert row is not None
    note = canonical.read(row["body"].encode())
    assert documents.fits(note)
    assert str(note["content"]).count("Ä") == MOST_IN_TEXT


def words(content: str) -> str:
    """Return what people see of a post, on one line."""
    return " ".join(html.unescape(TAGS.sub(" ", content)).split()).replace(" ,", ",")


def test_who_speaks_for_us_and_what_we_decided_can_be_read_by_anybody(
    tmp_path: Path,
) -> None:
    house = a_house(tmp_path)
    with house.desk() as desk:
        found(house, desk)
        follow(desk, "https://fellow.example/g/quarry", shared=None)
        follow(desk, "https://lemmy.example/u/sam", shared=None)
        for host, name in (("fellow", "folkmoot"), ("lemmy", "lemmy")):
            software.learn(
                desk.connection, f"https://{host}.example", name=name, at=desk.seconds
            )
        digests = say_all(house, desk)
        decided = [
            str(posts.carrier_of(desk.connection, digests[name])["id"])  # type: ignore[index]
            for name in ("decision", "later decision")
        ]
        collections = {
            name: lookup.collection(desk, "g/harbour", name, None)
            for name in (speech.DECISIONS, speech.DELEGATES)
        }
        moves = [*_moves(desk)]

    decisions, delegates = collections.values()
    assert decisions is not None
    assert delegates is not None
    assert set(decided) <= set(_items(decisions))
    assert _items(delegates) == [], "the last of them was recalled"
    dana, group = f"{house.config.base}/u/dana", house.config.group
    assert ("Add", dana, f"{group}/delegates", "https://fellow.example") in moves
    assert ("Remove", dana, f"{group}/delegates", "https://fellow.example") in moves
    for id in decided:
        assert ("Add", id, f"{group}/decisions", "https://fellow.example") in moves
    assert not any("lemmy" in host for *_, host in moves)


def _items(collection: Any) -> list[str]:
    items: list[str] = collection["orderedItems"]
    return items


def _moves(desk: Any) -> Iterator[tuple[str, str, str, str]]:
    """Go through what was put into and taken out of collections, and who is told."""
    rows = desk.connection.execute(
        """
        select body, host from delivery join activity on activity.id = activity
         where type in ('Add', 'Remove')
        """
    )
    for row in rows:
        document = canonical.read(row["body"].encode())
        yield (
            str(document["type"]),
            str(document["object"]),
            str(document["target"]),
            row["host"],
        )
