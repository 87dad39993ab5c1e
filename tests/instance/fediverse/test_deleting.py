"""A deleted post is gone, its place is marked for good, and all who got it are told."""

from collections.abc import Iterator

import httpx
import pytest

from activitypub import documents
from instance import config
from instance import node as nodes
from tests.instance.elsewhere import Account, an_account
from tests.instance.house import NOON, House, a_house, found
from tests.instance.serving import Serving, a_node, folkmoot, until
from tests.instance.wire import ACTIVITY, follow, rows


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with a_node(tmp_path_factory.mktemp("deleting")) as serving:
        yield serving


@pytest.fixture
def sam() -> Iterator[Account]:
    with an_account() as account:
        yield account


@pytest.fixture
def house(tmp_path: object) -> House:
    return a_house(tmp_path)  # type: ignore[arg-type]


def say(node: Serving, text: str) -> str:
    said = folkmoot("post", str(node.directory), "--as", "harbour", text)
    return said.stdout.strip()


def ask(url: str, accept: str = documents.ACCEPT) -> httpx.Response:
    return httpx.get(url, headers={**ACTIVITY, "accept": accept}, timeout=60)


def test_where_a_post_was_there_is_a_tombstone_with_410(node: Serving) -> None:
    id = say(node, "Said in haste")
    assert ask(id).status_code == 200

    folkmoot("delete", str(node.directory), id)

    answer = ask(id)
    assert answer.status_code == 410
    stone = answer.json()
    assert stone["id"] == id
    assert (stone["type"], stone["formerType"]) == ("Tombstone", "Note")
    assert stone["deleted"].endswith("Z")
    page = ask(id, "text/html")
    assert page.status_code == 410
    assert "has deleted it" in page.text


def test_nothing_that_it_said_is_left_at_any_address(node: Serving) -> None:
    id = say(node, "Never to be read again")
    outbox = f"{node.base}/g/harbour/outbox?page=1"
    clerks = f"{node.base}/g/harbour/clerk/outbox?page=1"
    assert "Never to be read" in ask(clerks).text

    folkmoot("delete", str(node.directory), id)

    assert ask(f"{id}/create").status_code == 410
    for url in (outbox, clerks, f"{node.base}/", f"{id}/create", id):
        for accept in (documents.ACCEPT, "text/html"):
            answer = ask(url, accept)
            assert "Never to be read" not in answer.text
    for table in ("object", "activity"):
        query = f"select 1 from {table} where body like '%Never to be read%'"
        assert rows(node, query) == []


def test_whoever_got_it_is_told_by_its_author(node: Serving, sam: Account) -> None:
    follow(sam, node)
    id = say(node, "For all who follow")
    until(lambda: any(each["object"] == id for each in sam.of_type("Announce")))

    folkmoot("delete", str(node.directory), id)

    until(lambda: sam.of_type("Delete"))
    [gone] = sam.of_type("Delete")
    assert gone["actor"] == f"{node.base}/g/harbour/clerk"
    assert gone["object"]["id"] == id
    assert gone["object"]["type"] == "Tombstone"
    assert "proof" in gone


def test_what_is_still_on_its_way_does_not_arrive(node: Serving, sam: Account) -> None:
    follow(sam, node)
    sam.answer_with = 503
    id = say(node, "Not to be sent")
    query = "select attempts from delivery where due_at is not null and attempts > 0"
    until(lambda: rows(node, query))

    folkmoot("delete", str(node.directory), id)
    sam.answer_with = 202

    until(lambda: sam.of_type("Delete"))
    assert not any(each["object"] == id for each in sam.of_type("Announce"))


def test_its_address_is_never_given_again_and_deleting_it_twice_is_a_mistake(
    node: Serving,
) -> None:
    id = say(node, "Once")
    folkmoot("delete", str(node.directory), id)

    again = folkmoot("delete", str(node.directory), id, check=False)

    assert again.returncode == 2
    assert "no such post" in again.stderr
    assert ask(id).status_code == 410
    with nodes.at_desk(config.read(node.directory)) as desk:
        kept = desk.connection.execute("select id from object where id = ?", (id,))
        assert kept.fetchall()


def test_what_carries_an_entry_of_the_record_is_not_deleted(house: House) -> None:
    with house.desk(NOON) as desk:
        found(house, desk)
        row = desk.connection.execute(
            "select id from object where entry is not null"
        ).fetchone()
        id = None if row is None else row["id"]
    if id is None:
        with house.desk(NOON) as desk:
            id = f"{house.config.base}/n/carrier"
            desk.connection.execute(
                """
                insert into object (id, path, type, actor, entry, body, published)
                values (?, 'n/carrier', 'Note', 'g/harbour/clerk', 'sha256:0', '{}', '')
                """,
                (id,),
            )

    refused = folkmoot("delete", str(house.config.directory), id, check=False)

    assert refused.returncode == 2
    assert "never deleted" in refused.stderr
