"""Everything is delivered that can be, and a host that is down delays nobody else."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from activitypub import canonical, delivery, documents
from activitypub.delivery import Breaker
from instance import speech
from instance.desk import Desk
from instance.fediverse import moderation
from instance.fediverse.judgement import Severity
from instance.store import deliveries, hosts, posts
from instance.store.deliveries import Done, Lane
from tests.benchmarks import elsewhere
from tests.instance.elsewhere import an_account
from tests.instance.house import NOON, House, a_house, found
from tests.instance.post_offices import an_office
from tests.instance.serving import a_node, folkmoot, free_port, until
from tests.instance.wire import change, follow

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
B = "https://b.example"
C = "https://c.example"


@pytest.fixture
def harbour(tmp_path: Path) -> House:
    house = a_house(tmp_path)
    with house.desk() as desk:
        found(house, desk)
    return house


def test_what_waits_for_a_host_goes_in_the_order_in_which_it_was_said(
    harbour: House,
) -> None:
    followed(harbour, B)
    said = [say(harbour, at=NOON + n * MINUTE) for n in range(3)]

    with harbour.desk(at=NOON + DAY) as desk:
        [lane] = take(desk)

    assert [each.activity for each in lane.due] == said
    assert [each.id for each in lane.due] == sorted(each.id for each in lane.due)


def test_a_host_that_is_being_served_is_not_served_twice(harbour: House) -> None:
    followed(harbour, B)
    say(harbour)

    with harbour.desk() as desk:
        [lane] = take(desk)
    say(harbour)

    with harbour.desk() as desk:
        assert take(desk) == []
        assert not deliveries.any_due(desk.connection, now=desk.seconds)
        hosts.release(desk.connection, lane.host, Breaker())
        [again] = take(desk)
    assert len(again.due) == 2


def test_a_host_that_rests_is_let_be_even_when_there_is_something_new(
    harbour: House,
) -> None:
    followed(harbour, B, C)
    say(harbour)
    resting = Breaker(failures=3, since=NOON, rests_until=NOON + MINUTE)
    with harbour.desk() as desk:
        for lane in take(desk):
            hosts.release(
                desk.connection, lane.host, resting if lane.host == B else Breaker()
            )

    say(harbour, at=NOON + MINUTE / 2)

    with harbour.desk(at=NOON + MINUTE / 2) as desk:
        assert [lane.host for lane in take(desk)] == [C]
        assert take(desk, failing=True) == []
    with harbour.desk(at=NOON + MINUTE) as desk:
        [probe] = take(desk, failing=True)
    assert probe.host == B
    assert probe.breaker == resting


def test_a_host_that_shows_that_it_is_up_gets_at_once_what_waits(
    harbour: House,
) -> None:
    followed(harbour, B)
    say(harbour)
    with harbour.desk() as desk:
        [lane] = take(desk)
        [due] = lane.due
        later = desk.seconds + 43_200
        put_off = Done(id=due.id, outcome="not yet: 503", again_at=later)
        deliveries.close(desk.connection, [put_off])
        dark = Breaker(failures=30, since=NOON - 8 * DAY, rests_until=NOON + DAY)
        hosts.release(desk.connection, lane.host, dark)
        assert hosts.troubled(desk.connection) == [B]

    with harbour.desk(at=NOON + MINUTE) as desk:
        hosts.heard_from(desk.connection, B, now=desk.seconds)

        [again] = take(desk)
        assert hosts.troubled(desk.connection) == []
    assert again.breaker == Breaker()
    assert [each.id for each in again.due] == [due.id]


def test_what_waits_for_a_host_is_given_up_with_it(harbour: House) -> None:
    followed(harbour, B)
    say(harbour)

    with harbour.desk() as desk:
        for _ in range(delivery.MOST_ATTEMPTS - 1):
            rest(desk)
        assert len(waiting(desk)) == 1
        rest(desk)

        assert waiting(desk) == []
    with harbour.desk(at=NOON + 30 * DAY) as desk:
        assert take(desk, failing=True) == []


def test_an_inbox_that_is_no_more_follows_nobody(harbour: House) -> None:
    followed(harbour, B, C)

    with harbour.desk() as desk:
        gone = Done(id=0, outcome="gone", gone=f"{B}/users/0/inbox")
        deliveries.close(desk.connection, [gone])

        group = speech.group_path(desk)
        assert posts.follower_count(desk.connection, group) == 1


def test_a_host_is_forgiven_where_nothing_went_for_a_week(harbour: House) -> None:
    followed(harbour, B)
    with harbour.desk() as desk:
        say_at(desk)
        lane = take(desk)[0]
        close_all(desk, lane)
        failing = Breaker(failures=9, since=NOON, rests_until=NOON + MINUTE)
        hosts.release(desk.connection, B, failing)

        week = int(delivery.PATIENCE.total_seconds())
        for at, left in [(week, [B]), (week + 60, [])]:
            hosts.forgive_old(desk.connection, now=desk.seconds + at, patience=week)
            assert hosts.troubled(desk.connection) == left


def test_no_more_hosts_are_remembered_than_there_is_room_for(harbour: House) -> None:
    followed(harbour, B, *(f"https://{n}.example" for n in range(9)))
    with harbour.desk() as desk:
        say_at(desk)
        for lane in take(desk):
            if lane.host != B:
                close_all(desk, lane)
                hosts.release(desk.connection, lane.host, Breaker())

        hosts.forgive_old(desk.connection, now=desk.seconds, patience=1, most=3)

        kept = [row["name"] for row in desk.connection.execute("select name from host")]
    # What something waits for stays in any case.
    assert B in kept
    assert len(kept) == 4


def test_what_was_delivered_is_forgotten_after_a_day(harbour: House) -> None:
    followed(harbour, B, C)
    with harbour.desk() as desk:
        say_at(desk)
        first, second = take(desk)
        close_all(desk, first)
        close_all(desk, second, outcome="refused with 403")

    for days, left in [(0.9, 2), (1.1, 1), (29, 1), (31, 0)]:
        with harbour.desk(at=NOON + days * DAY) as desk:
            deliveries.forget_old(desk.connection, now=desk.seconds)
            rows = desk.connection.execute("select * from delivery").fetchall()
        assert len(rows) == left


async def test_a_thousand_hosts_that_hang_do_not_delay_the_others(
    harbour: House, hanging: list[str]
) -> None:
    async with inbox_of_all(20) as (live, arrived):
        # The dead ones are asked first: they have waited longest.
        followed(harbour, *hanging)
        say(harbour, at=NOON - DAY)
        followed(harbour, *live)
        said = say(harbour)

        async with an_office(harbour):
            await eventually(lambda: len(arrived) >= len(live))

            with harbour.desk() as desk:
                done = {row["host"] for row in outcomes(desk)}
    assert set(arrived) == {(host, said) for host in live}
    assert done.isdisjoint(hanging)


async def test_a_host_that_refuses_rests_and_the_next_start_knows_it(
    harbour: House,
) -> None:
    closed = f"http://127.0.0.1:{free_port()}"
    followed(harbour, closed)
    for n in range(delivery.FORGIVEN + 2):
        say(harbour, at=NOON - n * MINUTE)

    async with an_office(harbour):
        await eventually(lambda: at_desk(harbour, troubled) == [closed])

    with harbour.desk() as desk:
        tried = [row["outcome"] for row in outcomes(desk)]
        assert tried.count("not yet: no answer") == delivery.FORGIVEN + 1
        assert tried.count("not yet: the host rests") == 1
        assert take(desk) == []


async def test_nothing_goes_to_a_host_that_is_suspended_nor_waits_for_it(
    harbour: House,
) -> None:
    async with inbox_of_all(1) as ([host], arrived), an_office(harbour) as office:
        followed(harbour, host)
        with harbour.desk() as desk:
            moderation.decide(
                desk, host.removeprefix("http://"), Severity.SUSPEND, by=None
            )
        await office._node.judge_anew()
        say(harbour)

        await eventually(lambda: at_desk(harbour, waiting) == [])

        with harbour.desk() as desk:
            [row] = outcomes(desk)
    assert row["outcome"] == "not sent: suspended"
    assert arrived == []


async def test_a_host_that_was_heard_from_is_tried_at_once(harbour: House) -> None:
    async with inbox_of_all(1) as ([host], arrived):
        followed(harbour, host)
        said = say(harbour)
        with harbour.desk() as desk:
            [lane] = take(desk)
            dark = Breaker(failures=30, since=NOON - 8 * DAY, rests_until=NOON + DAY)
            hosts.release(desk.connection, lane.host, dark)
        async with an_office(harbour) as office:
            await asyncio.sleep(0.2)
            assert arrived == []

            office.heard_from(f"{host}/users/0")

            await eventually(lambda: at_desk(harbour, waiting) == [])

    assert arrived == [(host, said)]


def test_whoever_sends_us_something_is_delivered_to_again(tmp_path: Path) -> None:
    with an_account() as sam, a_node(tmp_path) as node:
        follow(sam, node)
        node.stop()
        change(node, "update host set failures = 30, rests_until = 99999999999")
        node.start()
        id = folkmoot(
            "post", str(node.directory), "--as", "harbour", "You are back"
        ).stdout.strip()

        sam.send(
            f"{node.base}/inbox",
            {
                "@context": documents.AS2,
                "id": sam.new_id(),
                "type": "Like",
                "actor": sam.id,
                "object": id,
            },
        )

        until(lambda: any(each["object"] == id for each in sam.of_type("Announce")))


@pytest.fixture
def hanging() -> Iterator[list[str]]:
    """A thousand hosts that take a connection and never say a word."""
    port = free_port()
    doors = []
    for n in range(1_000):
        door = socket.socket()
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((f"127.0.{100 + n // 250}.{1 + n % 250}", port))
        door.listen(8)
        doors.append(door)
    yield [f"http://{door.getsockname()[0]}:{port}" for door in doors]
    for door in doors:
        door.close()


@asynccontextmanager
async def inbox_of_all(
    count: int,
) -> AsyncIterator[tuple[list[str], list[tuple[str, str]]]]:
    """Hosts that take anything, and what has arrived at which of them."""
    arrived: list[tuple[str, str]] = []
    port = free_port()

    async def take_in(request: web.Request) -> web.Response:
        activity = await request.json()
        arrived.append((f"http://{request.host}", activity["id"]))
        return web.Response(status=202)

    app = web.Application()
    app.router.add_post("/{any:.*}", take_in)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        for host in elsewhere.hosts(count):
            await web.TCPSite(runner, host, port).start()
        yield [f"http://{host}:{port}" for host in elsewhere.hosts(count)], arrived
    finally:
        await runner.cleanup()


async def eventually(holds: Callable[[], bool]) -> None:
    await asyncio.to_thread(until, holds)


def at_desk(house: House, look: Callable[[Desk], list[str]]) -> list[str]:
    with house.desk() as desk:
        return look(desk)


def troubled(desk: Desk) -> list[str]:
    return hosts.troubled(desk.connection)


def followed(house: House, *bases: str) -> None:
    """Let somebody on each of these hosts follow the assembly."""
    with house.desk() as desk:
        for base in bases:
            follower = f"{base}/users/0"
            posts.follow(
                desk.connection,
                actor=speech.group_path(desk),
                follower=follower,
                inbox=f"{follower}/inbox",
                shared_inbox=None,
                follow=f"{follower}/follow",
                at=canonical.write_time(desk.now),
            )


def say(house: House, *, at: datetime = NOON) -> str:
    """Say something; return the activity that goes out to the followers."""
    with house.desk(at=at) as desk:
        return say_at(desk)


def say_at(desk: Desk) -> str:
    speech.say(desk, html="<p>Soup at six</p>")
    row = desk.connection.execute(
        "select activity from delivery order by id desc limit 1"
    ).fetchone()
    return str(row["activity"])


def take(desk: Desk, *, failing: bool = False) -> list[Lane]:
    return deliveries.take(
        desk.connection, now=desk.seconds, lanes=100, each=20, failing=failing
    )


def rest(desk: Desk) -> None:
    deliveries.wait_along(
        desk.connection, B, now=desk.seconds, most=delivery.MOST_ATTEMPTS
    )
    failing = Breaker(failures=9, since=NOON, rests_until=NOON)
    hosts.release(desk.connection, B, failing)


def close_all(desk: Desk, lane: Lane, *, outcome: str = "delivered") -> None:
    deliveries.close(
        desk.connection, [Done(id=each.id, outcome=outcome) for each in lane.due]
    )


def waiting(desk: Desk) -> list[str]:
    return [
        row["activity"]
        for row in desk.connection.execute(
            "select activity from delivery where due_at is not null"
        )
    ]


def outcomes(desk: Desk) -> list[dict[str, str]]:
    return [
        dict(row)
        for row in desk.connection.execute(
            "select host, outcome from delivery where outcome is not null"
        )
    ]
