"""Who said what in confidence is found nowhere but in the hands of those they told."""

import functools
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from activitypub.canonical import JsonObject
from confederation import session
from confederation.dealings import action, thanks
from confederation.identifiers import (
    ActionId,
    Digest,
    IssueId,
    MemberId,
    SessionId,
    ThanksId,
)
from confederation.matters import issue
from confederation.meeting import point
from confederation.session import Told as ForWhom
from instance import node
from instance.dealings import deeds
from instance.desk import Desk
from instance.membership import welcome
from instance.store import events, people
from tests.instance.crawl import crawl
from tests.instance.elsewhere import Account, an_account
from tests.instance.house import House
from tests.instance.serving import DAY, Serving, free_port, now, until
from tests.instance.three import (
    Three,
    decides,
    mandates,
    proposes,
    recalls,
    serving,
    three,
    votes,
)
from tests.instance.wire import follow_of, get, rows

PLANTED = (
    "Wilhelmina Quackenbush",
    "07700 900461",
    "17 Kettle Lane",
    "Bartholomew Thistlewick",
    "Perpetua Nightingale",
    "her landlord threatened her",
    "carried my mother upstairs",
    "a cake is hidden in the loft",
    "somebody must sit with them at night",
)
RELEASED = "Damp in seven homes"
CELEBRATED = "Swept every stair"
WANTED = "Hang a lamp in the stairs"
EVENING = SessionId("evening")
AFTER = tuple(
    f"/sessions/{EVENING}/{page}" for page in ("minutes", "points", "leaving")
)


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
            for address, answer in crawl(each.base, also=AFTER).items()
        }
        yield Told(together=together, nodes=nodes, sam=sam, public=public)


def test_what_was_released_can_be_read_by_everybody(told: Told) -> None:
    assert any(RELEASED in answer for answer in told.public.values())


@pytest.mark.parametrize("released", [CELEBRATED, WANTED])
def test_what_was_told_to_everyone_is_on_our_pages_and_at_a_follower(
    told: Told, released: str
) -> None:
    announced = [
        get(activity["object"]).text for activity in told.sam.of_type("Announce")
    ]

    assert any(released in answer for answer in told.public.values())
    assert any(released in post for post in announced)
    assert any(
        released in answer
        for address, answer in told.public.items()
        if "/export/" in address
    )


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
        people.keep_slip(desk.connection, a_slip())
        member = welcome.invite(desk, "Bartholomew Thistlewick").member
        events.keep_wording(desk.connection, "her landlord threatened her")
        words = issue.Words(
            title=events.keep_wording(desk.connection, RELEASED),
            what=events.keep_wording(desk.connection, "Black mould in bedrooms."),
        )
        raise_issue = issue.RaiseIssue(
            issue=IssueId("i1"), words=words, seeds=7, by=member, at=desk.now
        )
        node.perform(desk, "issue:i1", raise_issue)
        after_a_meeting(desk, member)
    proposal = a_proposal(together, first)
    delegates = [
        mandates(together, house, proposal, at=now(), until=now() + DAY)
        for house in (first, second, third)
    ]
    until(lambda: opened(together, first, proposal))
    votes(first, delegates[0], proposal, at=now())
    recalls(first, delegates[0], at=now())
    decides(first, at=now())


def after_a_meeting(desk: Desk, member: MemberId) -> None:
    """Actions, deeds, thanks and a point: some for everyone, most for the members."""
    other = welcome.invite(desk, "Perpetua Nightingale").member
    kept = functools.partial(events.keep_wording, desk.connection)
    notice = session.Notice(
        title=kept("In the kitchen of 17 Kettle Lane"),
        kind="assembly",
        starts_at=desk.now,
    )
    node.perform(
        desk,
        f"session:{EVENING}",
        session.CallSession(session=EVENING, notice=notice, by=None, at=desk.now),
    )
    node.perform(
        desk,
        f"point:{EVENING}",
        point.RecordPoint(
            session=EVENING,
            place=point.Place(table=1, number=1),
            what=kept("her landlord threatened her"),
            by=member,
            at=desk.now,
        ),
    )
    offers: tuple[tuple[str, ForWhom], ...] = (
        ("somebody must sit with them at night", "members"),
        (WANTED, "everyone"),
    )
    for number, (what, for_whom) in enumerate(offers):
        id = ActionId(f"{number:028x}")
        offer = action.OfferAction(
            action=id,
            words=action.Words(what=kept(what)),
            kind="looking after",
            effort="an hour",
            told=for_whom,
            asked=other,
            by=member,
            at=desk.now,
        )
        deeds.act(desk, id, offer)
        deeds.act(desk, id, action.TakeAction(by=member, at=desk.now))
    for name, what, for_whom in (
        ("d1", CELEBRATED, "everyone"),
        ("d2", "a cake is hidden in the loft", "members"),
    ):
        deed = thanks.ShareDeed(
            thanks=ThanksId(name),
            what=kept(what),
            told="everyone" if for_whom == "everyone" else "members",
            by=member,
            at=desk.now,
        )
        deeds.share(desk, name, deed)
    unanswered = thanks.GiveThanks(
        thanks=ThanksId("t1"),
        words=kept("carried my mother upstairs"),
        to=other,
        told="everyone",
        by=member,
        at=desk.now,
    )
    deeds.share(desk, "t1", unanswered)


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
