"""Members speak with people elsewhere by pages that are theirs alone."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from activitypub import documents
from activitypub.canonical import JsonObject
from instance import reception
from instance.fediverse import moderation, persona
from instance.fediverse.judgement import Severity
from instance.reception import senders
from instance.store import inbound, personas, posts
from instance.web.fediverse import profiles
from tests.instance.elsewhere import Account
from tests.instance.house import House, a_house
from tests.instance.library import Library, a_library
from tests.instance.web.browsing import Browser, a_site, another, become, text_of
from tests.instance.web.sending import done, refused

HTML = "<p>hi</p><script>alert(1)</script><img src='http://x.example/a.png'>"


@pytest.fixture
def harbour(tmp_path: Path) -> House:
    return a_house(tmp_path)


@pytest.fixture
def library() -> Iterator[Library]:
    with a_library() as serving:
        yield serving


@pytest.fixture
async def site(harbour: House) -> AsyncIterator[Starlette]:
    async with a_site(harbour) as serving:
        yield serving


@pytest.fixture
async def two(harbour: House, site: Starlette) -> AsyncIterator[tuple[Browser, ...]]:
    """Two members, Ada and Ben, who have signed in, and a visitor who has not."""
    async with AsyncExitStack() as stack:
        browsers = [
            await stack.enter_async_context(another(site, harbour)) for _ in range(3)
        ]
        for number, browser in enumerate(browsers[:2]):
            await browser.sign_in(number)
        yield tuple(browsers)


async def test_a_member_is_told_what_becomes_public_and_must_agree(
    two: tuple[Browser, ...],
) -> None:
    ada = two[0]
    page = text_of(await ada.get("/home"))
    assert "Nothing about you is out there now." in page

    answer = await ada.post("/home/actor", on="/home", username="ada", name="Ada")
    refused(answer, 422, "tick that you know")
    done(await become(ada, "ada"))

    assert "@ada@" in text_of(await ada.get("/home"))


async def test_a_name_that_is_kept_is_refused_with_a_sentence(
    two: tuple[Browser, ...],
) -> None:
    answer = await become(two[0], "harb0ur")

    refused(answer, 422, "kept for the assembly")


async def test_a_member_finds_follows_and_unfollows_somebody_by_their_name(
    harbour: House, library: Library, two: tuple[Browser, ...]
) -> None:
    ada = two[0]
    await become(ada, "ada")
    ann = findable(library, "ann", summary=HTML)

    to = done(await ada.post("/home/find", on="/home", who=f"@ann@{library.base[7:]}"))
    page = await ada.get(to)
    assert "Ann (@ann@" in text_of(page)
    assert "alert(1)" not in page
    assert "<img src='http" not in page
    done(await ada.post("/home/follow", on=to, id=ann))

    assert "have not answered yet" in text_of(await ada.get(to))
    [[follow]] = harbour.rows("select body from activity where type = 'Follow'")
    assert ann in follow
    done(await ada.post("/home/unfollow", on=to, id=ann))
    assert harbour.rows("select count(*) from following") == [(0,)]


async def test_a_name_whose_server_and_actor_disagree_leads_nowhere(
    library: Library, two: tuple[Browser, ...]
) -> None:
    ada = two[0]
    await become(ada, "ada")
    findable(library, "ann", preferredUsername="mallory")

    answer = await ada.post("/home/find", on="/home", who=f"@ann@{library.base[7:]}")

    refused(answer, 404, "could not be found")


async def test_a_post_is_read_liked_handed_on_and_answered(
    harbour: House, library: Library, two: tuple[Browser, ...]
) -> None:
    ada = two[0]
    await become(ada, "ada")
    ann = findable(library, "ann")
    post = library.note("/1", ann, content=HTML, summary="careful")

    to = done(await ada.post("/home/find", on="/home", who=post))
    page = await ada.get(to)
    assert "careful" in text_of(page)
    await ada.get(f"/report?about={quote(post, safe='')}")
    assert "alert(1)" not in page
    assert "a.png" not in page
    done(await ada.post("/home/do", on=to, id=post, do="like"))
    done(await ada.post("/home/do", on=to, id=post, do="hand on"))
    done(await ada.post("/home/reply", on=to, id=post, text="Hello <Ann>"))

    page = text_of(await ada.get(to))
    assert "Take your like back" in page
    assert "Hand it on no longer" in page
    assert "Hello <Ann>" in page
    [[reply]] = harbour.rows("select body from object")
    assert f'"@ann@{library.base[7:]}"' in reply
    done(await ada.post("/home/do", on=to, id=post, do="unlike"))
    sent = {row[0] for row in harbour.rows("select type from activity")}
    assert {"Like", "Announce", "Create", "Undo"} <= sent


async def test_a_member_writes_and_deletes_and_the_post_is_gone(
    harbour: House, two: tuple[Browser, ...]
) -> None:
    ada, _, visitor = two
    await become(ada, "ada")

    done(await ada.post("/home", text="Soup at six", **{"for": "public"}))
    [[id, path]] = harbour.rows("select id, path from object")
    assert "Soup at six" in text_of(await visitor.get(f"/{path}"))
    assert "Soup at six" in text_of(await ada.get("/home"))
    on = f"/home/post?id={quote(id, safe='')}"
    done(await ada.post("/home/erase", on=on, id=id))

    await visitor.get(f"/{path}", status=410)
    assert "Soup at six" not in text_of(await ada.get("/home"))


async def test_who_takes_their_address_back_has_none_any_more(
    harbour: House, two: tuple[Browser, ...]
) -> None:
    ada = two[0]
    await become(ada, "ada")

    done(await ada.post("/home/leave", on="/home", agreed="yes"))

    assert "Nothing about you is out there now." in text_of(await ada.get("/home"))
    assert harbour.rows("select member from persona") == [(None,)]


async def test_an_actors_page_shows_what_is_public_and_no_member(
    harbour: House, two: tuple[Browser, ...]
) -> None:
    ada, _, visitor = two
    await become(ada, "seaside")
    await ada.post("/home", text="For all", **{"for": "public"})
    await ada.post("/home", text="For some", **{"for": "followers"})
    [[actor]] = harbour.rows("select actor from persona")

    page = await visitor.get(f"/{actor}")

    assert "For all" in text_of(page)
    assert "For some" not in text_of(page)
    assert harbour.members[0] not in page


async def test_no_stranger_makes_us_ask_others(
    library: Library, two: tuple[Browser, ...]
) -> None:
    visitor = two[2]
    ann = findable(library, "ann")

    await visitor.get("/home", status=403)
    await visitor.get(f"/home/who?id={quote(ann, safe='')}", status=403)
    await visitor.get(f"/intents/follow?object={quote(ann, safe='')}")
    for path in ("/home/find", "/intents/follow"):
        answer = await visitor.post(path, on="/sign-in", who=ann, object=ann)
        assert answer.status_code in {403, 422}

    assert library.asked == []


async def test_an_intent_says_what_it_does_and_does_nothing_before_the_button(
    harbour: House, library: Library, two: tuple[Browser, ...]
) -> None:
    ada = two[0]
    await become(ada, "ada")
    ann = findable(library, "ann")
    on = f"/intents/Follow?object={quote(ann, safe='')}"

    page = text_of(await ada.get(on))
    assert ann in page
    assert "@ada@" in page
    assert library.asked == []
    to = done(await ada.post("/intents/follow", on=on, object=ann))

    assert to.startswith("/home/who?")
    assert harbour.rows("select followed from following") == [(ann,)]


@pytest.mark.parametrize(
    "object", ["javascript:alert(1)", "//evil.example", "data:text/html,x", "", "x"]
)
async def test_an_intent_leads_to_no_page_that_is_not_ours(
    two: tuple[Browser, ...], object: str
) -> None:
    await become(two[0], "ada")

    page = await two[0].get(
        f"/intents/follow?object={quote(object, safe='')}", status=422
    )

    assert f'href="{object}"' not in page
    await two[0].get("/intents/steal?object=https://a.example/", status=404)


async def test_a_form_of_another_site_does_nothing(
    harbour: House, two: tuple[Browser, ...]
) -> None:
    ada = two[0]
    await become(ada, "ada")
    page = await ada.get("/home")
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token is not None

    for headers, given in (
        ({"origin": "https://evil.example"}, token[1]),
        ({"sec-fetch-site": "cross-site"}, token[1]),
        ({}, "forged"),
    ):
        answer = await ada.http.post(
            "/home",
            data={"token": given, "text": "x", "for": "public"},
            headers=headers,
        )
        assert answer.status_code == 403

    assert harbour.rows("select count(*) from object") == [(0,)]


async def test_looking_up_without_end_is_stopped(
    library: Library, two: tuple[Browser, ...]
) -> None:
    ada, ben, _ = two
    await become(ada, "ada")
    await become(ben, "bendix")
    last = None

    for number in range(31):
        last = await ada.post(
            "/home/find", on="/home/following", who=f"{library.base}/{number}"
        )

    assert last is not None
    assert last.status_code == 429
    assert len(library.asked) == 30
    other = await ben.post("/home/find", on="/home", who=f"{library.base}/x")
    assert other.status_code == 404


async def test_nobody_reads_or_changes_what_is_anothers(
    harbour: House, site: Starlette, library: Library, two: tuple[Browser, ...]
) -> None:
    """Every page and form is tried by another member, and by somebody who is none."""
    ada, ben, visitor = two
    await become(ada, "ada")
    await become(ben, "bendix")
    ann = findable(library, "ann")
    private = await things_of_ada(harbour, library, ada, ann)
    before = held_by(harbour, "ada")
    targets = [*private.values(), ann]

    forms = 0
    for route in site.routes:
        assert isinstance(route, Route)
        if not route.path.startswith(("/home", "/u/", "/n/", "/intents")):
            continue
        for target in targets:
            path = re.sub(r"\{[^}]+\}", "follow", route.path)
            for other in (ben, visitor):
                if "GET" in (route.methods or ()):
                    answer = await other.http.get(
                        path, params={"id": target, "object": target}
                    )
                    for secret in ("kelp", "samphire", "dulse"):
                        assert secret not in answer.text, (path, secret)
                else:
                    forms += 1
                    await sends_everything(other, path, target)

    assert forms > 50
    assert held_by(harbour, "ada") == before


async def test_pictures_are_never_asked_of_where_they_lie(
    library: Library, two: tuple[Browser, ...]
) -> None:
    ada = two[0]
    await become(ada, "ada")
    ann = library.actor("ann")
    picture = f"{library.base}/boat.png"
    attached = [
        {
            "type": "Document",
            "mediaType": "image/png",
            "url": picture,
            "name": "A boat",
        },
        {"type": "Document", "mediaType": "video/mp4", "url": f"{library.base}/v.mp4"},
        {"type": "Image", "url": "javascript:alert(1)", "name": "x"},
    ]
    post = library.note("/1", ann, attachment=attached, sensitive=True)

    to = done(await ada.post("/home/find", on="/home", who=post))
    page = await ada.get(to)

    [(source, alt)] = re.findall(r'<img src="([^"]+)" alt="(A [^"]*)"', page)
    assert source.startswith("/media/")
    assert alt == "A boat"
    assert "Marked by its author as not for everybody to see" in text_of(page)
    assert picture not in page
    assert "v.mp4" not in page
    assert "/boat.png" not in library.asked


EVIL = '"><script>alert(1)</script><img src=x>\u202etxt'
DRESSED = "<p>kind</p><style>*{}</style><svg></svg><form action=/x>"


@pytest.mark.parametrize(
    "field",
    ["name", "preferredUsername", "summary", "url", "content", "title", "warning"],
)
async def test_no_field_of_what_others_write_becomes_part_of_our_pages(
    harbour: House, library: Library, two: tuple[Browser, ...], field: str
) -> None:
    ada = two[0]
    await become(ada, "ada")
    about = {"name", "preferredUsername", "summary", "url"} & {field}
    bad = "javascript:alert(1)" if field == "url" else EVIL
    ann = library.actor("ann", **dict.fromkeys(about, bad))
    said = {"content": "content", "title": "name", "warning": "summary"}
    words = {said[field]: EVIL + DRESSED} if field in said else {}
    post = library.note("/1", ann, **words)

    to = done(await ada.post("/home/find", on="/home", who=post))
    await ada.post("/home/follow", on=to, id=ann)
    with harbour.desk() as desk:
        desk.connection.execute("update following set state = 'accepted'")

    for path in (to, "/home", "/home/following", f"/home/who?id={quote(ann, safe='')}"):
        page = await ada.get(path)
        for forbidden in (
            "<script>alert",
            "<img src=x",
            "<svg",
            "<style",
            "<form action",
        ):
            assert forbidden not in page
        assert 'href="javascript:' not in page
        if field not in {"content", "summary"}:
            assert "\u202e" not in page.replace("<bdi>", "")


async def things_of_ada(
    house: House, library: Library, ada: Browser, ann: str
) -> dict[str, str]:
    """Let Ada follow, like, and write and get what is not for everybody."""
    liked = library.note("/liked", ann)
    await ada.post("/home/find", on="/home", who=liked)
    await ada.post("/home/do", on="/home", id=liked, do="like")
    await ada.post("/home/follow", on="/home", id=ann)
    await ada.post("/home", text="samphire", **{"for": "followers"})
    with house.desk() as desk:
        me = persona.of(desk, house.members[0])
        address = f"{desk.config.base}/{me.path}"
        desk.connection.execute("update following set state = 'accepted'")
        for number, word in enumerate(("kelp", "dulse")):
            said: JsonObject = {
                "id": f"{library.base}/private/{number}",
                "type": "Note",
                "attributedTo": ann,
                "to": [address if number else f"{ann}/followers"],
                "content": f"<p>{word}</p>",
            }
            reception.deal_with(
                desk,
                ann,
                {"id": f"{said['id']}/c", "type": "Create", "object": said},
            )
        kept = desk.connection.execute("select id from remote_post").fetchall()
        assert len(kept) == 3
        own = desk.connection.execute("select id from object").fetchall()
        assert senders.known(desk, ann) is not None
        assert inbound.remote_actor(desk.connection, ann) is not None
    page = text_of(await ada.get("/home"))
    for word in ("kelp", "dulse", "samphire"):
        assert word in page
    ids = [row["id"] for row in (*kept, *own)]
    return dict(enumerate(ids))  # type: ignore[arg-type]


async def sends_everything(browser: Browser, path: str, target: str) -> None:
    page = await browser.http.get("/sign-in")
    token = re.search(r'name="token" value="([^"]+)"', page.text)
    assert token is not None
    fields: dict[str, Any] = {"id": target}
    for last in (
        {"do": "like", **fields},
        {"do": "unlike", **fields},
        {"do": "hand on", **fields},
        {"text": "x", **fields},
        fields,
        {"object": target},
    ):
        answer = await browser.http.post(path, data={"token": token[1], **last})
        assert answer.status_code < 500, (path, last, answer.text)


def held_by(house: House, username: str) -> list[list[tuple[Any, ...]]]:
    """Return all that is kept of and for one of our actors."""
    with house.desk() as desk:
        actor = posts.actor_named(desk.connection, username)
        assert actor is not None
        assert personas.is_one(desk.connection, actor.path)
        return [
            [
                tuple(row)
                for row in desk.connection.execute(query, {"actor": actor.path})
            ]
            for query in (
                "select * from persona where actor = :actor",
                "select * from following where actor = :actor order by followed",
                "select * from deed where actor = :actor order by post, kind",
                "select * from object where actor = :actor order by id",
                "select * from activity where actor = :actor order by id",
                "select * from addressed where actor = :actor order by post",
            )
        ]


def findable(library: Library, name: str, /, **more: Any) -> str:
    """Serve somebody, and the WebFinger answer that leads to them."""
    id = library.actor(name, **more)
    subject = f"acct:{name}@{library.base[7:]}"
    library.put(
        f"/.well-known/webfinger?resource={quote(subject, safe='')}",
        {
            "subject": subject,
            "links": [{"rel": "self", "type": documents.ACTIVITY_JSON, "href": id}],
        },
        kind="application/jrd+json",
    )
    return id


@pytest.mark.parametrize(
    ("form", "field"), [("/home/find", "who"), ("/intents/follow", "object")]
)
async def test_looking_things_up_is_bounded_by_member_and_for_that_alone(
    two: tuple[Browser, ...], form: str, field: str
) -> None:
    ada, ben, _ = two
    await become(ada, "ada")
    await become(ben, "ben")
    nobody = {field: "http://127.0.0.1:1/x"}

    for _ in range(profiles.MOST_LOOKUPS):
        answer = await ada.post(form, on="/home", **nobody)
        assert answer.status_code == 404
    over = await ada.post(form, on="/home", **nobody)
    of_another = await ben.post(form, on="/home", **nobody)

    assert over.status_code == 429
    assert of_another.status_code == 404
    assert (await ada.http.get("/home")).status_code == 200


async def test_a_picture_of_somebody_comes_from_us_and_from_nobody_we_keep_out(
    harbour: House, two: tuple[Browser, ...]
) -> None:
    ada = two[0]
    await become(ada, "ada")
    sam = Account("http://127.0.0.2:8100")
    icon: JsonObject = {"type": "Image", "url": "http://127.0.0.2:8100/sam.png"}
    with harbour.desk() as desk:
        inbound.keep_remote_actor(
            desk.connection,
            sam.id,
            document={**sam.document, "icon": icon},
            learned_at=0,
            asked_at=0,
        )
    page = f"/home/who?id={quote(sam.id, safe='')}"

    shown = await ada.get(page)
    with harbour.desk() as desk:
        moderation.decide(desk, "127.0.0.2", Severity.NONE, by=None, reject_media=True)
    kept_out = await ada.get(page)

    assert 'src="/media/' in shown
    assert "sam.png" not in shown
    assert 'src="/media/' not in kept_out
