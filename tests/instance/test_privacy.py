"""Who said what in confidence is found nowhere but in the hands of those they told."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from activitypub.canonical import JsonObject
from confederation import issue
from confederation.identifiers import Digest, IssueId
from instance import node, welcome
from instance.store import events, people
from tests.instance.crawl import crawl
from tests.instance.elsewhere import Account, an_account
from tests.instance.house import House
from tests.instance.serving import Serving, free_port, until
from tests.instance.test_crash import DAY, now, serving
from tests.instance.test_federation import follow_of, get, rows
from tests.instance.three import (
    Three,
    decides,
    mandates,
    proposes,
    recalls,
    three,
    votes,
)

PLANTED = (
    "Wilhelmina Quackenbush",
    "07700 900461",
    "17 Kettle Lane",
    "Bartholomew Thistlewick",
    "Perpetua Nightingale",
    "her landlord threatened her",
)
RELEASED = "Damp in seven homes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a story left behind: all that is public, and what a follower received."""

    together: Three
    nodes: list[Serving]
    sam: Account
    public: dict[str, str]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    together = three(
        tmp_path_factory.mktemp("three"), ports=[free_port() for _ in range(3)]
    )
    with serving(together) as nodes, an_account() as sam:
        sam.send(f"{nodes[0].base}/g/harbour/inbox", follow_of(sam, nodes[0]))
        until(lambda: sam.of_type("Accept"))
        tell(together)
        until(lambda: len(sam.of_type("Announce")) >= 5)
        time.sleep(1)
        public = {
            address: answer
            for each in nodes
            for address, answer in crawl(each.base).items()
        }
        yield Told(together=together, nodes=nodes, sam=sam, public=public)


def test_what_was_released_can_be_read_by_everybody(told: Told) -> None:
    assert any(RELEASED in answer for answer in told.public.values())


@pytest.mark.parametrize("planted", PLANTED)
def test_no_public_address_shows_what_nobody_released(told: Told, planted: str) -> None:
    found = [address for address, answer in told.public.items() if planted in answer]

    assert found == []


@pytest.mark.parametrize("planted", PLANTED)
def test_nothing_of_it_reached_the_other_nodes(told: Told, planted: str) -> None:
    for other in told.nodes[1:]:
        held = b"".join(path.read_bytes() for path in sorted(other.directory.iterdir()))

        assert planted.encode() not in held


@pytest.mark.parametrize("planted", PLANTED)
def test_nothing_of_it_reached_a_follower(told: Told, planted: str) -> None:
    received = str(told.sam.received)
    announced = [
        get(activity["object"]).text for activity in told.sam.of_type("Announce")
    ]

    assert planted not in received
    assert not any(planted in post for post in announced)


def test_a_members_id_stands_in_no_public_address(told: Told) -> None:
    [*members] = (id for [id] in rows(told.nodes[0], "select member from person"))

    public = "".join(told.public.values())

    assert members
    assert not any(member in public for member in members)


def tell(together: Three) -> None:
    """Slips, members with names, an issue, a vote, a recall: one evening."""
    first, second, third = together.houses
    with first.desk(now()) as desk:
        people.keep_slips(desk.connection, [a_slip()])
        member = welcome.invite(desk, "Bartholomew Thistlewick").member
        welcome.invite(desk, "Perpetua Nightingale")
        events.keep_wording(desk.connection, "her landlord threatened her")
        words = issue.Words(
            title=events.keep_wording(desk.connection, RELEASED),
            what=events.keep_wording(desk.connection, "Black mould in bedrooms."),
        )
        raise_issue = issue.RaiseIssue(
            issue=IssueId("i1"), words=words, seeds=7, by=member, at=desk.now
        )
        node.perform(desk, "issue:i1", raise_issue)
    proposal = a_proposal(together, first)
    delegates = [
        mandates(together, house, proposal, at=now(), until=now() + DAY)
        for house in (first, second, third)
    ]
    until(lambda: opened(together, first, proposal))
    votes(first, delegates[0], proposal, at=now())
    recalls(first, delegates[0], at=now())
    decides(first, at=now())


def a_proposal(together: Three, house: House) -> Digest:
    return proposes(together, house, at=now(), opens=now(), closes=now() + DAY)


def opened(together: Three, house: House, proposal: Digest) -> bool:
    return len(together.standing(house, proposal, now()).opened_by) == 3


def a_slip() -> JsonObject:
    return {
        "who": "Wilhelmina Quackenbush",
        "phone": "07700 900461",
        "address": "17 Kettle Lane",
        "what": "damp",
        "why": "her landlord threatened her",
    }
