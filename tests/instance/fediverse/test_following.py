"""Members of two nodes follow and answer each other, over real HTTP."""

import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import httpx
import pytest

from activitypub import documents
from activitypub.canonical import JsonObject
from tests.instance.elsewhere import an_account
from tests.instance.serving import Serving, a_node, folkmoot, until
from tests.instance.web.browsing import text_of
from tests.instance.wire import activity_of, note_by
from tests.payloads import PAYLOADS

THE_BOAT: JsonObject = {
    "type": "Practice",
    "practiceKind": "game",
    "name": "The boat",
    "words": "All rock together.",
    "minutes": 8,
}
PAGE = {"accept": "text/html"}


@pytest.fixture(scope="module")
def nodes(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Serving, Serving]]:
    directory = tmp_path_factory.mktemp("nodes")
    with a_node(directory, "harbour") as one, a_node(directory, "quarry") as other:
        yield one, other


@dataclass(slots=True)
class Person:
    """A member before the pages of their node."""

    node: Serving
    http: httpx.Client

    @property
    def handle(self) -> str:
        [(name,)] = rows(
            self.node,
            "select username from actor join persona on persona.actor = actor.path",
        )
        return f"@{name}@127.0.0.1:{self.node.port}"

    def get(self, path: str) -> str:
        answer = self.http.get(path)
        assert answer.status_code == 200, answer.text
        return text_of(answer.text)

    def post(self, path: str, *, on: str, **fields: str) -> str:
        token = re.search(r'name="token" value="([^"]+)"', self.http.get(on).text)
        assert token is not None
        answer = self.http.post(path, data={"token": token[1], **fields})
        assert answer.status_code == 303, text_of(answer.text)
        return answer.headers["location"]

    def find(self, who: str) -> str:
        return self.post("/home/find", on="/home", who=who)


@pytest.fixture(scope="module")
def two(nodes: tuple[Serving, Serving]) -> Iterator[tuple[Person, Person]]:
    """Ada of the harbour and Ben of the quarry, each with an address of their own."""
    people = []
    for node, name in zip(nodes, ("ada", "ben"), strict=True):
        told = folkmoot("member", "add", str(node.directory), name.title()).stdout
        link = re.search(r"http://\S+(/in/\S+)", told)
        assert link is not None, told
        http = httpx.Client(base_url=node.base, headers=PAGE, timeout=60)
        person = Person(node, http)
        person.post(link[1], on=link[1])
        person.post(
            "/home/actor", on="/home", username=name, name=name.title(), agreed="yes"
        )
        people.append(person)
    ada, ben = people
    yield ada, ben
    for person in people:
        person.http.close()


def test_a_member_follows_an_assembly_and_reads_what_it_says(
    nodes: tuple[Serving, Serving], two: tuple[Person, Person]
) -> None:
    ada, _ = two
    quarry = nodes[1]

    page = ada.find(f"@quarry@127.0.0.1:{quarry.port}")
    ada.post("/home/follow", on=page, id=f"{quarry.base}/g/quarry")
    until(lambda: "You follow them." in ada.get(page))
    folkmoot("post", str(quarry.directory), "--as", "quarry", "Soup at six")

    until(lambda: "Soup at six" in ada.get("/home"))


def test_members_of_two_nodes_follow_answer_and_like_each_other(
    nodes: tuple[Serving, Serving], two: tuple[Person, Person]
) -> None:
    ada, ben = two

    page = ada.find(ben.handle)
    ada.post("/home/follow", on=page, id=id_on(page))
    until(lambda: "You follow them." in ada.get(page))
    ben.post("/home", on="/home", text="Who has a ladder?", **{"for": "followers"})
    until(lambda: "Who has a ladder?" in ada.get("/home"))
    [(post,)] = rows(
        ada.node, "select id from remote_post where visibility <> 'public'"
    )
    there = f"/home/post?id={quote(post, safe='')}"
    ada.post("/home/reply", on=there, id=post, text="I have one")
    ada.post("/home/do", on=there, id=post, do="like")

    until(lambda: "I have one" in ben.get(there))
    # What is for followers is for nobody else: not on the wire, and on no page.
    assert httpx.get(post, headers={"accept": documents.ACCEPT}).status_code == 404
    assert httpx.get(post, headers=PAGE).status_code == 404


def test_whoever_takes_their_address_back_is_forgotten_elsewhere(
    nodes: tuple[Serving, Serving], two: tuple[Person, Person]
) -> None:
    ada, ben = two
    ben.post("/home", on="/home", text="For all to read", **{"for": "public"})
    until(lambda: "For all to read" in ada.get("/home"))
    page = ada.find(ben.handle)
    actor = id_on(page)

    ben.post("/home/leave", on="/home", agreed="yes")

    gone = httpx.get(actor, headers={"accept": documents.ACCEPT})
    assert gone.status_code == 410
    assert gone.json()["type"] == "Tombstone"
    until(lambda: "For all to read" not in ada.get("/home"))


def id_on(page: str) -> str:
    return httpx.URL(page).params["id"]


def test_a_practice_that_a_group_hands_on_comes_to_the_library_as_its_author_has_it(
    nodes: tuple[Serving, Serving], two: tuple[Person, Person]
) -> None:
    ada, _ = two
    # What arrives has the shape that Lemmy 1.0 gives to what a community passes on:
    # no proof is inside, so only the author's own server can say what was written.
    shape = json.loads((PAYLOADS / "lemmy-announce.json").read_text("utf-8"))
    with an_account() as group, an_account() as lou:
        ada.post("/home/follow", on=ada.find(group.id), id=group.id)
        until(lambda: group.of_type("Follow"))
        [asked] = group.of_type("Follow")
        group.send(f"{nodes[0].base}/inbox", activity_of(group, "Accept", asked))
        note = {
            **note_by(lou, "<p>The boat</p>", to=""),
            "name": "The boat",
            "practice": THE_BOAT,
        }
        del note["inReplyTo"]
        lou.posts[str(note["id"])] = note
        told = {**note, "practice": {**THE_BOAT, "words": "Jump overboard."}}
        inner = {
            **shape["activity"]["object"],
            "id": lou.new_id(),
            "actor": lou.id,
            "object": told,
        }
        handed = {
            **shape["activity"],
            "id": group.new_id(),
            "actor": group.id,
            "object": inner,
        }

        group.send(f"{nodes[0].base}/inbox", handed)

        until(lambda: "The boat" in ada.get("/library"))
        page = re.search(r"/library/elsewhere/\w+", ada.http.get("/library").text)
        assert page is not None
        said = ada.get(page[0])
        assert "All rock together." in said
        assert "overboard" not in said


def rows(node: Serving, query: str) -> list[tuple[str, ...]]:
    connection = sqlite3.connect(node.directory / "node.sqlite")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()
