"""What has to be fetched is fetched with bounded effort, and survives a crash."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from activitypub.addresses import LOOPBACK, Guard
from activitypub.client import Client
from instance.desk import Desk
from instance.fediverse import errands, persona
from instance.node import Node
from instance.store import errands as asked
from instance.store import moves, personas
from instance.store.database import Database
from tests.activitypub.servers import PATIENT as NO_HURRY
from tests.instance.house import NOON, House, a_house
from tests.instance.library import Library, a_library

PATIENCE = 60


@pytest.fixture
def harbour(tmp_path: Path) -> House:
    return a_house(tmp_path)


@pytest.fixture
def library() -> Iterator[Library]:
    with a_library() as serving:
        yield serving


async def test_a_post_is_fetched_with_its_author_and_what_it_answers(
    harbour: House, library: Library
) -> None:
    ann = library.actor()
    first = library.note("/1", ann)
    second = library.note("/2", ann, inReplyTo=first)
    ask(harbour, "post", second)

    await carry_out(harbour)

    assert harbour.rows(
        "select id, author, in_reply_to from remote_post order by id"
    ) == [
        (first, f"Ann (@ann@{library.base[7:]})", None),
        (second, f"Ann (@ann@{library.base[7:]})", first),
    ]
    assert library.asked.count("/users/ann") == 1


async def test_a_post_that_is_not_public_is_not_kept(
    harbour: House, library: Library
) -> None:
    ann = library.actor()
    ask(harbour, "post", library.note("/1", ann, to=[f"{ann}/followers"]))

    await carry_out(harbour)

    assert harbour.rows("select count(*) from remote_post") == [(0,)]


async def test_no_more_than_ten_posts_up_are_fetched(
    harbour: House, library: Library
) -> None:
    ann = library.actor()
    for number in range(40):
        library.note(f"/{number}", ann, inReplyTo=f"{library.base}/{number + 1}")
    ask(harbour, "post", f"{library.base}/0")

    await carry_out(harbour)

    assert harbour.rows("select count(*) from remote_post") == [(11,)]


async def test_a_post_that_answers_itself_is_fetched_once(
    harbour: House, library: Library
) -> None:
    ann = library.actor()
    library.note("/1", ann, inReplyTo=f"{library.base}/2")
    library.note("/2", ann, inReplyTo=f"{library.base}/1")
    ask(harbour, "post", f"{library.base}/1")

    await carry_out(harbour)

    assert library.asked.count("/1") == library.asked.count("/2") == 1


async def test_one_arrival_makes_us_fetch_twenty_things_at_most(
    harbour: House, library: Library
) -> None:
    ann = library.actor()
    with harbour.desk() as desk:
        for number in range(100):
            asked.ask(
                desk.connection,
                kind="post",
                url=library.note(f"/{number}", ann),
                at=desk.seconds,
                because="http://127.0.0.3/a/1",
            )

    await carry_out(harbour)

    assert len(library.asked) == 20 + 1
    assert harbour.rows("select count(*) from remote_post") == [(20,)]


async def test_a_thread_is_filled_from_its_collection(
    harbour: House, library: Library
) -> None:
    ann = library.actor()
    first = library.note("/1", ann, context=f"{library.base}/t", replies="/no")
    second = library.note("/2", ann, inReplyTo=first)
    library.put("/t", collection(library, "/t", items=[first, second]))
    ask(harbour, "thread", first)

    await carry_out(harbour)

    assert harbour.rows("select id from remote_post") == [(first,), (second,)]


async def test_a_thread_without_a_collection_is_filled_from_the_replies(
    harbour: House, library: Library
) -> None:
    ann = library.actor()
    first = library.note("/1", ann, replies=f"{library.base}/1/replies")
    second = library.note("/2", ann, inReplyTo=first)
    page = {"type": "CollectionPage", "items": [second]}
    library.put("/1/replies", {"id": f"{library.base}/1/replies", "type": "Collection"})
    library.held["/1/replies"][1]["first"] = page
    ask(harbour, "thread", first)

    await carry_out(harbour)

    assert harbour.rows("select id from remote_post") == [(first,), (second,)]


async def test_a_collection_without_end_is_read_for_a_few_pages(
    harbour: House, library: Library
) -> None:
    ann = library.actor()
    first = library.note("/1", ann, context=f"{library.base}/t0")
    for number in range(30):
        library.put(
            f"/t{number}",
            collection(
                library,
                f"/t{number}",
                items=[library.note(f"/p{number}", ann)],
                next=f"{library.base}/t{number + 1}",
            ),
        )
    ask(harbour, "thread", first)

    await carry_out(harbour)

    pages = [path for path in library.asked if path.startswith("/t")]
    assert len(pages) == errands.MOST_PAGES + 1


async def test_a_page_on_another_server_and_a_circle_are_not_followed(
    harbour: House, library: Library
) -> None:
    ann = library.actor()
    with a_library() as other:
        elsewhere = library.note("/1", ann, context=f"{library.base}/t")
        library.put(
            "/t",
            collection(library, "/t", items=["x"], next=f"{other.base}/t"),
        )
        around = library.note("/2", ann, context=f"{library.base}/c")
        library.put(
            "/c", collection(library, "/c", items=["x"], next=f"{library.base}/c")
        )
        ask(harbour, "thread", elsewhere)
        ask(harbour, "thread", around)

        await carry_out(harbour)

        assert other.asked == []
    assert library.asked.count("/c") == 1


async def test_a_collection_that_is_none_fills_nothing(
    harbour: House, library: Library
) -> None:
    ann = library.actor()
    activity = {"id": f"{library.base}/t", "type": "Create", "items": ["x"]}
    first = library.note("/1", ann, context=library.put("/t", activity))
    ask(harbour, "thread", first)

    await carry_out(harbour)

    assert harbour.rows("select id from remote_post") == [(first,)]


async def test_what_a_host_runs_is_asked_of_that_host(
    harbour: House, library: Library
) -> None:
    links = {
        "links": [
            {
                "rel": "http://nodeinfo.diaspora.software/ns/schema/2.1",
                "href": f"{library.base}/nodeinfo/2.1",
            }
        ]
    }
    library.put("/.well-known/nodeinfo", links, kind="application/json")
    told = {"version": "2.1", "software": {"name": "Lemmy", "version": "1.0"}}
    library.put("/nodeinfo/2.1", told, kind="application/json; charset=utf-8")
    ask(harbour, "software", f"{library.base}/inbox")

    await carry_out(harbour)

    assert harbour.rows("select name, software from host") == [(library.base, "lemmy")]


async def test_a_host_that_fails_is_asked_again_later(
    harbour: House, library: Library
) -> None:
    ask(harbour, "actor", library.actor())
    library.failing = 1

    await carry_out(harbour)
    assert harbour.rows("select count(*) from remote_actor") == [(0,)]
    await carry_out(harbour, at=NOON + timedelta(minutes=2))

    assert harbour.rows("select count(*) from remote_actor") == [(1,)]


async def test_what_is_asked_again_has_no_outcome_until_it_is_answered(
    harbour: House, library: Library
) -> None:
    ask(harbour, "actor", library.actor())
    library.failing = 1
    await carry_out(harbour)
    [(failed,)] = harbour.rows("select outcome from errand")
    later = NOON + timedelta(minutes=2)

    with harbour.desk(later) as desk:
        asked.lease(
            desk.connection, now=desk.seconds, seconds=120, hosts=1, each=1, busy=()
        )

    assert failed.startswith("not reached")
    assert harbour.rows("select outcome from errand") == [(None,)]


async def test_what_is_not_there_is_not_asked_for_again(
    harbour: House, library: Library
) -> None:
    ask(harbour, "post", f"{library.base}/none")

    await carry_out(harbour)
    await carry_out(harbour, at=NOON + timedelta(days=1))

    assert library.asked == ["/none"]


async def test_an_errand_that_was_taken_by_a_node_that_died_comes_due_again(
    harbour: House, library: Library
) -> None:
    ask(harbour, "actor", library.actor())
    with harbour.desk() as desk:
        [taken] = asked.lease(
            desk.connection, now=desk.seconds, seconds=120, hosts=1, each=1, busy=()
        )
        assert taken.attempts == 1

    await carry_out(harbour)

    assert harbour.rows("select count(*) from remote_actor") == [(1,)]


async def test_our_own_addresses_are_not_asked_over_the_network(harbour: House) -> None:
    ask(harbour, "post", f"{harbour.config.base}/n/1")

    await carry_out(harbour)

    [(outcome,)] = harbour.rows("select outcome from errand")
    assert outcome.startswith("refused")


async def test_who_follows_somebody_that_moved_follows_on(
    harbour: House, library: Library
) -> None:
    old, new = f"{library.base}/users/ann", f"{library.base}/users/anna"
    library.actor("ann", movedTo=new)
    library.actor("anna", alsoKnownAs=[old])
    me = follows(harbour, old)
    ask(harbour, "move", new, because=old)

    await carry_out(harbour)

    assert harbour.rows("select actor, followed, state from following") == [
        (me, new, "asked")
    ]
    sent = "select type from activity join delivery on activity.id = activity"
    assert sorted(harbour.rows(sent)) == [("Follow",), ("Undo",)]


@pytest.mark.parametrize(
    ("left", "target"),
    [
        ({}, {"alsoKnownAs": "old"}),
        ({"movedTo": "new"}, {}),
        ({"movedTo": "old"}, {"alsoKnownAs": "old"}),
        ({"movedTo": "new"}, {"alsoKnownAs": "new"}),
    ],
)
async def test_nobody_is_led_to_where_only_one_end_says_that_somebody_moved(
    harbour: House, library: Library, left: dict[str, str], target: dict[str, str]
) -> None:
    ends = {"old": f"{library.base}/users/ann", "new": f"{library.base}/users/anna"}
    library.actor("ann", **{term: ends[end] for term, end in left.items()})
    library.actor("anna", **{term: ends[end] for term, end in target.items()})
    follows(harbour, ends["old"])
    ask(harbour, "move", ends["new"], because=ends["old"])
    with harbour.desk() as desk:
        moves.keep(
            desk.connection, actor=ends["old"], target=ends["new"], at=desk.seconds
        )

    await carry_out(harbour)

    kept = "select followed, state from following"
    assert harbour.rows(kept) == [(ends["old"], "accepted")]
    # They may say it again as soon as the other end says so too.
    assert harbour.rows("select * from move") == []


def follows(house: House, who: str) -> str:
    """Let a member have an actor who follows somebody; return its path."""
    with house.desk() as desk:
        me = persona.become(desk, house.members[0], username="ada", name="Ada")
        persona.follow(desk, me, who, inbox=f"{who}/inbox")
        personas.answered(
            desk.connection, followed=who, follow=None, actor=me.path, accepted=True
        )
        desk.connection.execute("delete from delivery")
    return me.path


def ask(house: House, kind: str, url: str, *, because: str = "") -> None:
    with house.desk() as desk:
        asked.ask(desk.connection, kind=kind, url=url, at=desk.seconds, because=because)


async def carry_out(house: House, at: datetime = NOON) -> None:
    """Let a serving node carry out all errands that are due."""
    guard = Guard(own=house.config.host, networks=LOOPBACK)
    client = Client(guard, clock=lambda: at, user_agent="a test", limits=NO_HURRY)
    async with a_node(house, at) as node, client:
        done = asyncio.Event()
        carrier = errands.Errands(node, client, done=done.set)
        work = asyncio.create_task(carrier.work())
        async with asyncio.timeout(PATIENCE):
            while await node.look(_waits):
                await done.wait()
                done.clear()
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work


def _waits(desk: Desk) -> bool:
    waiting = desk.connection.execute(
        """
        select 1 from errand
         where due_at <= :now or (due_at is not null and outcome is null)
        """,
        {"now": desk.seconds},
    )
    return waiting.fetchone() is not None


@asynccontextmanager
async def a_node(house: House, at: datetime) -> AsyncIterator[Node]:
    async with Database(house.config.database) as database:
        yield Node(house.config, database, clock=lambda: at)


def collection(library: Library, path: str, **more: Any) -> dict[str, Any]:
    return {"id": f"{library.base}{path}", "type": "Collection", **more}
