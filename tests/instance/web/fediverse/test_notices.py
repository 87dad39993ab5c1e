"""A member sees what others did with what is theirs, and nobody else sees that."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette

from activitypub import documents
from activitypub.canonical import JsonObject
from instance import reception, speech
from instance.store import inbound, personas
from tests.instance.elsewhere import SAM
from tests.instance.house import NOON, House, a_house
from tests.instance.personas import announce, create, note
from tests.instance.web.browsing import Browser, a_site, another, become, text_of
from tests.instance.web.sending import done, refused


@pytest.fixture
def harbour(tmp_path: Path) -> House:
    return a_house(tmp_path)


@pytest.fixture
async def site(harbour: House) -> AsyncIterator[Starlette]:
    async with a_site(harbour) as serving:
        yield serving


@pytest.fixture
async def two(harbour: House, site: Starlette) -> AsyncIterator[tuple[Browser, ...]]:
    """Ada and Ben, who have signed in and have addresses of their own."""
    async with AsyncExitStack() as stack:
        browsers = [
            await stack.enter_async_context(another(site, harbour)) for _ in range(2)
        ]
        for number, name in enumerate(("ada", "ben")):
            await browsers[number].sign_in(number)
            await become(browsers[number], name)
        yield tuple(browsers)


async def test_a_member_sees_who_follows_likes_answers_and_writes_to_them(
    harbour: House, two: tuple[Browser, ...]
) -> None:
    ada, ben = two
    me, post = await a_post(harbour, ada)
    for activity in (
        follow(me),
        like(post),
        announce(SAM, 91, post),
        create(note(SAM, 1, inReplyTo=post)),
        create(note(SAM, 2, to=[me])),
    ):
        hear(harbour, activity)

    page = text_of(await ada.get("/home/notices"))

    for says in (
        "follows you.",
        "likes what you wrote .",
        "handed on what you wrote .",
        "answered you .",
        "wrote to you .",
    ):
        assert says in page
    assert "5 new" in text_of(await ada.get("/home"))
    assert "Nothing yet." in text_of(await ben.get("/home/notices"))


async def test_what_was_seen_is_new_no_more_and_what_comes_later_is(
    harbour: House, two: tuple[Browser, ...]
) -> None:
    ada, _ = two
    me, post = await a_post(harbour, ada)
    hear(harbour, like(post))
    [[at]] = harbour.rows("select at from reaction")

    done(await ada.post("/home/notices", on="/home/notices", up_to=at))
    assert "New" not in text_of(await ada.get("/home/notices"))
    assert "What others did: 0 new" in text_of(await ada.get("/home"))

    later = "2099-01-01T00:00:00Z"
    answer = await ada.post("/home/notices", on="/home", up_to=later)
    refused(answer, 422, "not happened yet")
    hear(harbour, follow(me), days=1)
    assert "one thing is new" in text_of(await ada.get("/home"))


async def test_what_is_hidden_or_for_others_is_no_notice(
    harbour: House, two: tuple[Browser, ...]
) -> None:
    ada, ben = two
    _, post = await a_post(harbour, ada)
    to_ben = await address_of(harbour, 1)
    hear(harbour, create(note(SAM, 1, inReplyTo=post, to=[to_ben])))

    assert "Nothing yet." in text_of(await ada.get("/home/notices"))
    assert "wrote to you" in text_of(await ben.get("/home/notices"))


async def test_a_member_lets_somebody_follow_them_no_longer(
    harbour: House, two: tuple[Browser, ...]
) -> None:
    ada, ben = two
    me, _ = await a_post(harbour, ada)
    hear(harbour, follow(me))
    assert "Sam (@sam@" in text_of(await ada.get("/home/followers"))

    done(await ben.post("/home/part", on="/home/followers", id=SAM.id))
    assert harbour.rows("select count(*) from follower") == [(1,)]
    for _ in range(2):
        done(await ada.post("/home/part", on="/home/followers", id=SAM.id))

    assert harbour.rows("select count(*) from follower") == [(0,)]
    [[refusal]] = harbour.rows("select body from activity where type = 'Reject'")
    assert SAM.id in refusal
    assert "Nobody yet." in text_of(await ada.get("/home/followers"))


async def test_a_member_changes_what_others_read_about_them_and_followers_are_told(
    harbour: House, two: tuple[Browser, ...]
) -> None:
    ada, _ = two
    me, _ = await a_post(harbour, ada)
    hear(harbour, follow(me))

    for _ in range(2):
        changed = {"name": "Ada <of the harbour>", "summary": "I mend nets."}
        done(await ada.post("/home/about", on="/home/about", **changed))

    [[update]] = harbour.rows("select body from activity where type = 'Update'")
    assert "Ada <of the harbour>" in update
    assert "I mend nets." in update
    told = harbour.rows("select inbox from delivery where host like '%127.0.0.2%'")
    assert told
    page = await ada.get(me.removeprefix(harbour.config.base))
    assert "Ada <of the harbour>" in text_of(page)
    refused(await ada.post("/home/about", on="/home/about", name=" "), 422, "empty")


async def a_post(harbour: House, ada: Browser) -> tuple[str, str]:
    """Let Ada write for everybody; return her address and that of the post."""
    await ada.post("/home", text="Soup at six", **{"for": "public"})
    [[id]] = harbour.rows("select id from object")
    return await address_of(harbour, 0), id


async def address_of(harbour: House, number: int) -> str:
    with harbour.desk() as desk:
        me = personas.of(desk.connection, harbour.members[number])
        assert me is not None
        return speech.address(desk, me.path)


def hear(harbour: House, activity: JsonObject, **later: int) -> None:
    """Let an activity of Sam's arrive whose signature was good."""
    with harbour.desk(NOON + timedelta(**later)) as desk:
        inbound.keep_remote_actor(
            desk.connection, SAM.id, document=SAM.document, learned_at=0, asked_at=0
        )
        reception.deal_with(desk, SAM.id, activity)


def follow(who: str) -> JsonObject:
    return documents.follow(who, id=SAM.new_id(), who=SAM.id)


def like(post: str) -> JsonObject:
    return documents.like(post, id=SAM.new_id(), who=SAM.id, to=post)
