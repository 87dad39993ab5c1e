"""What a page keeps back, what it labels, and what it admits."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from activitypub import canonical, proofs
from confederation import record, session
from confederation.identifiers import SessionId
from instance import clerk, node
from instance.membership import welcome
from instance.store import (
    contradictions,
    events,
    posts,
    reactions,
    records,
    remote_posts,
)
from instance.store.reactions import Kind
from instance.web.naming import in_hex
from tests.instance.house import NOON, House, a_house, found
from tests.instance.web.browsing import a_browser, text_of
from tests.instance.web.story import Town


def a_founded_house(directory: Path) -> House:
    house = a_house(directory)
    with house.desk() as desk:
        found(house, desk)
    return house


def an_issue(house: House, title: str = "Damp homes", *, number: int = 0) -> str:
    town = Town(house=house, acts=number)
    return town.publishes(
        record.Issue(title=town.words(title), what=town.words("Mould in bedrooms."))
    )


async def test_a_text_that_was_withdrawn_is_shown_as_withdrawn(tmp_path: Path) -> None:
    house = a_founded_house(tmp_path)
    issue = an_issue(house, "Damp at 12 Quay Street")
    with house.desk() as desk:
        desk.connection.execute("delete from wording where text like 'Damp%'")
    async with a_browser(house) as browser:
        page = await browser.get(f"/issues/{in_hex(issue)}")
        listed = await browser.get("/issues")

        for html in (page, listed):
            assert "(text withdrawn)" in html
            assert "12 Quay Street" not in html
        assert "Mould in bedrooms." in page


async def test_a_text_is_nobodys_to_read_before_it_is_published(
    tmp_path: Path,
) -> None:
    house = a_founded_house(tmp_path)
    with house.desk() as desk:
        text = events.keep_wording(desk.connection, "Not yet said aloud.")
        fact = record.Issue(title=text, what=text)
        entry = clerk.prepare(desk, fact, subject="i1")
        assert entry.entry is None
    async with a_browser(house) as browser:
        for path in ("/", "/issues", "/record"):
            assert "Not yet said aloud." not in await browser.get(path)


async def test_when_a_session_is_everybody_knows_and_its_title_members(
    tmp_path: Path,
) -> None:
    house = a_founded_house(tmp_path)
    with house.desk() as desk:
        notice = session.Notice(
            title=events.keep_wording(desk.connection, "About the rent strike"),
            kind="assembly",
            starts_at=NOON + timedelta(days=2),
        )
        called = session.SessionCalled(
            session=SessionId("s1"), notice=notice, by=None, at=NOON
        )
        events.append(
            desk.connection, "session:s1", after=0, events=[called], by=None, at=NOON
        )
    async with a_browser(house) as browser:
        for_everybody = await browser.get("/")
        await browser.sign_in()
        for_members = await browser.get("/")

        assert "24 November 2026, 12:00 UTC" in for_everybody
        assert "rent strike" not in for_everybody
        assert "About the rent strike" in for_members


HOSTILE = "<b>\"'><script>alert(1)</script>"


async def test_what_people_elsewhere_begin_is_shown_on_a_page_of_its_own(
    tmp_path: Path,
) -> None:
    house = a_founded_house(tmp_path)
    async with a_browser(house) as browser:
        assert "/elsewhere" not in await browser.get("/")
    with house.desk() as desk:
        remote_posts.keep_remote_post(
            desk.connection,
            remote_posts.RemotePost(
                id="https://elsewhere.example/1",
                about=house.config.group,
                in_reply_to=None,
                actor="https://elsewhere.example/mo",
                author=f"{HOSTILE} (@mo@elsewhere.example)",
                type="Page",
                name=HOSTILE,
                summary=HOSTILE,
                content=f"<p>Is there a ramp?</p>{HOSTILE}",
                url="javascript:alert(1)",
                thread=None,
                visibility="public",
                published=canonical.write_time(NOON),
                received_at=canonical.write_time(NOON),
            ),
        )
    async with a_browser(house) as browser:
        assert "/elsewhere" in await browser.get("/")
        html = await browser.get("/elsewhere")

    assert "From elsewhere, no vote" in text_of(html)
    assert "<p>Is there a ramp?</p>" in html
    assert "<script>alert(1)" not in html
    assert "javascript:" not in html
    assert html.count("&lt;script&gt;") == 3


async def test_a_reply_is_cleaned_and_labelled(tmp_path: Path) -> None:
    house = a_founded_house(tmp_path)
    issue = an_issue(house)
    with house.desk() as desk:
        post = posts.carrier_of(desk.connection, issue)
        assert post is not None
        remote_posts.keep_remote_post(
            desk.connection,
            remote_posts.RemotePost(
                id="https://elsewhere.example/1",
                about=post["id"],
                in_reply_to=post["id"],
                actor="https://elsewhere.example/mo",
                author="<b>Mo</b> (@mo@elsewhere.example)",
                type="Note",
                name=None,
                summary="<i>Mould</i>",
                content='<p onclick="x()">Here too.<script>alert(1)</script></p>'
                '<img src="https://tracker.example/1.png">',
                url=None,
                thread=None,
                visibility="public",
                published=canonical.write_time(NOON),
                received_at=canonical.write_time(NOON),
            ),
        )
        counts: dict[Kind, int] = {"like": 2, "share": 1}
        for kind, number in counts.items():
            for each in range(number):
                reactions.keep(
                    desk.connection,
                    object=post["id"],
                    kind=kind,
                    actor=f"https://elsewhere.example/{each}",
                    activity=f"https://elsewhere.example/{kind}/{each}",
                    at=canonical.write_time(NOON),
                )
    async with a_browser(house) as browser:
        for path in (f"/issues/{in_hex(issue)}", f"/{post['path']}"):
            html = await browser.get(path)

            assert "From elsewhere, no vote" in text_of(html)
            assert "2 people on other servers like this." in text_of(html)
            assert "1 person on other servers has passed it on." in text_of(html)
            assert "<p>Here too.</p>" in html
            assert "&lt;b&gt;Mo&lt;/b&gt;" in html
            assert "<summary><bdi>&lt;i&gt;Mould&lt;/i&gt;</bdi></summary>" in html
            assert "alert(1)" not in html
            assert "tracker.example" not in html


@pytest.mark.parametrize("change", ["altered", "dropped", "swapped"])
async def test_a_record_that_was_tampered_with_fails_its_check(
    tmp_path: Path, change: str
) -> None:
    house = a_founded_house(tmp_path)
    for number in range(4):
        an_issue(house, f"Issue {number}", number=number)
    with house.desk() as desk:
        ours = records.ours(desk.connection)
        assert ours is not None
        _tamper(desk.connection.execute, change)
    async with a_browser(house) as browser:
        says = text_of(await browser.get(f"/record/{in_hex(ours.id)}/check"))

        assert "Checked: something is wrong." in says
        assert "Does not hold:" in says


def _tamper(execute, change: str) -> None:  # type: ignore[no-untyped-def]
    match change:
        case "altered":
            execute(
                "update entry set body = cast(replace(body, :was, :is) as blob)"
                " where seq = 5",
                {"was": '"type":"Issue"', "is": '"type":"issue"'},
            )
        case "dropped":
            execute("delete from entry where seq = 5")
            execute("update entry set seq = 5 where seq = 6")
        case _:
            execute("update entry set seq = 99 where seq = 5")
            execute("update entry set seq = 5 where seq = 6")
            execute("update entry set seq = 6 where seq = 99")


async def test_a_contradiction_is_shown_with_both_sides(tmp_path: Path) -> None:
    house = a_founded_house(tmp_path)
    with house.desk() as desk:
        ours = records.ours(desk.connection)
        assert ours is not None
        contradictions.keep(
            desk.connection,
            ours.id,
            a="sha256:" + "a" * 64,
            b="sha256:" + "b" * 64,
            document_a='{"says": "yes"}',
            document_b='{"says": "no"}',
            at=NOON,
        )
    async with a_browser(house) as browser:
        html = await browser.get(f"/record/{in_hex(ours.id)}")
        listed = text_of(await browser.get("/record"))
        checked = text_of(await browser.get(f"/record/{in_hex(ours.id)}/check"))

        assert "It has contradicted itself" in html
        assert f"/record/{in_hex(ours.id)}/contradictions" in html
        assert "This assembly has contradicted itself" in listed
        assert "Checked: something is wrong." in checked


async def test_a_node_before_its_founding_says_so(tmp_path: Path) -> None:
    async with a_browser(a_house(tmp_path)) as browser:
        front = text_of(await browser.get("/"))
        listed = text_of(await browser.get("/record"))

        assert "This assembly is being founded." in front
        assert "there is no record" in listed


async def test_a_node_without_a_name_does_not_ask_to_be_followed(
    tmp_path: Path,
) -> None:
    house = a_house(tmp_path)
    house = replace(house, config=replace(house.config, domain=None))
    async with a_browser(house) as browser:
        assert "has no name of its own yet" in text_of(await browser.get("/"))


async def test_a_member_without_an_actor_has_no_page(tmp_path: Path) -> None:
    house = a_founded_house(tmp_path)
    async with a_browser(house) as browser:
        for member in house.members:
            await browser.get(f"/u/{member}", status=404)


async def test_members_names_stand_on_no_page_for_everybody(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    with node.at_desk(house.config) as desk:
        welcome.invite(desk, "Wilhelmina Quill")
    with house.desk() as desk:
        found(house, desk)
    an_issue(house)
    async with a_browser(house) as browser:
        for path in ("/", "/issues", "/proposals", "/decisions", "/record", "/about"):
            assert "Quill" not in await browser.get(path)


async def test_a_key_that_is_not_its_assemblys_shows_in_the_check(
    tmp_path: Path,
) -> None:
    house = a_founded_house(tmp_path)
    an_issue(house)
    stranger = proofs.new_key()
    with house.desk() as desk:
        ours = records.ours(desk.connection)
        assert ours is not None
        row = records.entry_at(desk.connection, ours.id, 3)
        assert row is not None
        document = canonical.read(bytes(row["body"]))
        del document["proof"]
        forged = proofs.sign(
            document,
            stranger,
            verification_method=proofs.key_id(stranger.public_key()),
            created=NOON,
        )
        desk.connection.execute(
            "update entry set body = :body where seq = 3",
            {"body": canonical.canonical(forged)},
        )
    async with a_browser(house) as browser:
        says = text_of(await browser.get(f"/record/{in_hex(ours.id)}/check"))

        assert "Entry 3 is not signed with its assembly's record key." in says
