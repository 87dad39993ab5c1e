"""Two servers find out that they do not know the same of who follows whom."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import web

from activitypub import canonical, documents, synchronisation
from activitypub.canonical import JsonObject
from activitypub.errors import Malformed
from activitypub.synchronisation import Comparison
from instance import speech
from instance.desk import Desk
from instance.fediverse import lookup, persona, synchronising
from instance.store import inbound, personas, posts
from instance.store.posts import Actor
from tests.instance.elsewhere import SAM
from tests.instance.house import NOON, House, a_house
from tests.instance.post_offices import an_office
from tests.instance.serving import free_port, until

NOBODY = synchronisation.digest([])


@pytest.fixture
def harbour(tmp_path: Path) -> House:
    return a_house(tmp_path)


async def test_what_is_for_followers_only_says_who_they_are_on_that_host(
    harbour: House,
) -> None:
    port, headers = free_port(), []

    async def take_in(request: web.Request) -> web.Response:
        headers.append(request.headers)
        return web.Response(status=202)

    async with AsyncExitStack() as stack:
        app = web.Application()
        app.router.add_post("/{any:.*}", take_in)
        runner = web.AppRunner(app)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.1.1", port).start()
        there = f"http://127.0.1.1:{port}/users/sam"
        with harbour.desk() as desk:
            follow(desk, there)
            follow(desk, "http://127.0.1.10:99/users/kim")
            group = speech.group_path(desk)
            for public in (False, True):
                speech.send(
                    desk,
                    group,
                    for_followers(desk, public=public),
                    inboxes=[f"{there}/inbox"],
                    public=public,
                )
        async with an_office(harbour):
            await asyncio.to_thread(until, lambda: len(headers) == 2)

    told = synchronisation.read(headers[0][synchronisation.HEADER])
    assert told.digest == synchronisation.digest([there])
    assert told.collection == f"{harbour.config.group}/followers"
    assert "collection-synchronization" in headers[0]["Signature"]
    assert synchronisation.HEADER not in headers[1]


def test_a_host_learns_only_who_follows_from_there(harbour: House) -> None:
    here, elsewhere = "https://b.example/users/bob", "https://b.example.org/users/eve"
    with harbour.desk() as desk:
        follow(desk, here)
        follow(desk, elsewhere)

        listed = partial(desk, who="https://b.example/actor")

        assert listed is not None
        assert listed["orderedItems"] == [here]
        assert partial(desk, who=None) is None


def test_another_digest_than_ours_makes_us_ask_for_the_list_once_an_hour(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        a_member_follows_sam(harbour, desk)

        assert synchronising.hear(desk, SAM.id, header(NOBODY))
        assert not synchronising.hear(desk, SAM.id, header(NOBODY))

        asked = desk.connection.execute("select kind, url, because from errand")
        assert ("followers", f"{SAM.id}/sync", SAM.id) in map(tuple, asked)


def test_the_same_digest_as_ours_makes_us_ask_nothing(harbour: House) -> None:
    with harbour.desk() as desk:
        me = a_member_follows_sam(harbour, desk)
        same = synchronisation.digest([speech.address(desk, me.path)])

        assert not synchronising.hear(desk, SAM.id, header(same))


@pytest.mark.parametrize(
    ("collection", "url"),
    [
        ("https://b.example/users/kim/followers", f"{SAM.id}/sync"),
        (f"{SAM.id}/followers", "https://b.example/sync"),
    ],
)
def test_nobody_speaks_of_the_followers_of_others(
    harbour: House, collection: str, url: str
) -> None:
    with harbour.desk() as desk:
        a_member_follows_sam(harbour, desk)

        told = Comparison(collection=collection, url=url, digest=NOBODY)

        assert not synchronising.hear(desk, SAM.id, synchronisation.write(told))
        with pytest.raises(Malformed):
            synchronising.hear(desk, SAM.id, "nothing of the kind")


def test_whoever_is_not_on_the_list_follows_no_more(harbour: House) -> None:
    with harbour.desk() as desk:
        me = a_member_follows_sam(harbour, desk)

        said = synchronising.settle(desk, SAM.id, set())

        assert said == "1 follow no more, 0 do not follow"
        assert personas.following(desk.connection, me.path, SAM.id) is None


def test_whoever_is_on_the_list_and_does_not_follow_says_so(harbour: House) -> None:
    with harbour.desk() as desk:
        me = a_member_follows_sam(harbour, desk)
        persona.unfollow(desk, me, SAM.id)
        before = sent(desk)

        listed = {speech.address(desk, me.path), f"{harbour.config.base}/u/nobody"}
        synchronising.settle(desk, SAM.id, listed)

        [undo] = [each for each in sent(desk) if each not in before]
        assert undo["type"] == "Undo"
        assert undo["object"]["object"] == SAM.id  # type: ignore[index, call-overload]


def header(digest: str) -> str:
    return synchronisation.write(
        Comparison(
            collection=f"{SAM.id}/followers", url=f"{SAM.id}/sync", digest=digest
        )
    )


def a_member_follows_sam(house: House, desk: Desk) -> Actor:
    inbound.keep_remote_actor(
        desk.connection,
        SAM.id,
        document=SAM.document,
        learned_at=desk.seconds,
        asked_at=desk.seconds,
    )
    me = persona.become(desk, house.members[0], username="ada", name="Ada")
    persona.follow(desk, me, SAM.id, inbox=f"{SAM.id}/inbox")
    desk.connection.execute("update following set state = 'accepted'")
    return me


def follow(desk: Desk, follower: str) -> None:
    posts.follow(
        desk.connection,
        actor=speech.group_path(desk),
        follower=follower,
        inbox=f"{follower}/inbox",
        shared_inbox=None,
        follow=f"{follower}/follow",
        at=canonical.write_time(NOON),
    )


def for_followers(desk: Desk, *, public: bool) -> JsonObject:
    group = speech.address(desk, speech.group_path(desk))
    return {
        "@context": documents.AS2,
        "id": speech.address(desk, f"a/{desk.new_id()}"),
        "type": "Create",
        "actor": group,
        "to": [f"{group}/followers", *([documents.PUBLIC] if public else [])],
        "object": {"type": "Note", "content": "<p>Among ourselves</p>"},
    }


def partial(desk: Desk, *, who: str | None) -> JsonObject | None:
    return lookup.collection(
        desk, speech.group_path(desk), "followers_synchronization", None, who=who
    )


def sent(desk: Desk) -> list[JsonObject]:
    return [
        canonical.read(row["body"].encode())
        for row in desk.connection.execute("select body from activity")
    ]
