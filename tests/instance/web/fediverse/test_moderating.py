"""Members report, moderators look and act, and nobody else sees any of it."""

from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from activitypub import canonical, documents
from activitypub.canonical import JsonObject
from confederation.assembly import GrantRole
from confederation.identifiers import MemberId
from confederation.membership.member import Role
from instance import node, reception, speech
from instance.desk import Desk
from instance.fediverse import moderation, persona
from instance.fediverse.judgement import Severity
from instance.store import inbound, posts, remote_posts
from tests.instance.elsewhere import SAM
from tests.instance.house import House
from tests.instance.personas import create, follow_of, following, note, reply_of
from tests.instance.web.evening import an_assembly

ASSEMBLY = "assembly:it"
PAGES = ("/moderation", "/moderation/servers", "/moderation/reports/1")


async def test_a_report_is_worked_through_from_the_post_to_the_measure(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        about, reply = await evening.node.work(answered)
        await evening["Ben"].send(
            "/report", on=f"/report?about={reply}", about=reply, reason="person"
        )

        queue = await evening["Ada"].see("/moderation")
        shown = await evening["Ada"].see("/moderation/reports/1")
        await evening["Ada"].send(
            "/moderation/reports/1",
            on="/moderation/reports/1",
            act="suspend",
            upon="host",
            why="again",
        )

        assert "It targets a person" in queue
        assert "With bread?" in shown
        assert "Ben" not in shown
        assert (
            await evening.look(
                lambda desk: remote_posts.replies(desk.connection, about)
            )
            == []
        )
        assert evening.node.judgement.bars(SAM.id)
        settled = await evening["Ada"].see("/moderation/reports/1")
        assert "suspend: the whole server" in settled
        assert "again" in settled


async def test_only_moderators_see_what_is_reported_and_act_on_it(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        _, reply = await evening.node.work(answered)
        await evening["Ben"].send(
            "/report", on=f"/report?about={reply}", about=reply, reason="spam"
        )
        token = await evening["Ben"].token(f"/report?about={reply}")

        for page in (*PAGES, "/moderation/blocks.csv"):
            await evening["Ben"].see(page, status=403)
        for form, fields in FORMS.items():
            await evening["Ben"].send(
                form, on="/", status=403, fields={"token": token, **fields}
            )

        assert not evening.node.judgement.bars_host("bad.example")
        assert "Moderation" not in await evening["Ben"].see("/people")
        assert "Moderation" in await evening["Ada"].see("/people")


FORMS = {
    "/moderation/reports/1": {"act": "hide", "upon": "actor"},
    "/moderation/posts": {"post": "http://127.0.0.2:8100/a/1", "ruling": "hidden"},
    "/moderation/follows": {"actor": "g/harbour", "follower": "x", "answer": "yes"},
    "/moderation/servers": {"subject": "bad.example", "severity": "suspend"},
    "/moderation/allowed": {"host": "bad.example", "allow": "yes"},
}


@pytest.mark.parametrize("role", sorted({*get_args(Role)} - {"registrar", "clerk"}))
async def test_no_other_office_opens_the_moderators_pages(
    tmp_path: Path, harbour: House, role: Role
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        grant = GrantRole(
            member=evening["Ben"].id, role=role, by=None, at=evening.clock.now
        )
        await evening.node.work(lambda desk: node.perform(desk, ASSEMBLY, grant))

        for page in (*PAGES, "/moderation/blocks.csv"):
            await evening["Ben"].see(page, status=403)

        assert role in await evening["Ada"].see("/people")
        assert "Moderation" not in await evening["Ben"].see("/people")


async def test_a_forwarded_report_goes_in_the_name_of_the_node_and_of_nobody_else(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        _, reply = await evening.node.work(answered)
        await evening["Ben"].send(
            "/report", on=f"/report?about={reply}", about=reply, reason="hatred"
        )

        await evening["Ada"].send(
            "/moderation/reports/1",
            on="/moderation/reports/1",
            act="hide",
            upon="actor",
            why="Please look at this.",
            forward="yes",
        )

        [(sent, inbox)] = await evening.look(flags_on_their_way)
        base = evening.house.config.base
        assert sent["actor"] == f"{base}/actor"
        assert sent["object"] == [SAM.id, reply]
        assert sent["content"] == "Please look at this."
        assert inbox == SAM.document["inbox"]
        assert evening["Ben"].id not in documents.encode(sent).decode()


async def test_a_held_reply_is_shown_and_a_waiting_follower_let_in_by_a_moderator(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await evening.node.work(limit_sam)
        about, reply = await evening.node.work(answered)
        group = speech.group_path
        follow = follow_of(SAM, f"{evening.house.config.base}/g/harbour")
        await evening.node.work(lambda desk: hear(desk, follow))
        ada = evening["Ada"]

        queue = await ada.see("/moderation")
        await ada.send(
            "/moderation/posts", on="/moderation", post=reply, ruling="released"
        )
        await ada.send(
            "/moderation/follows",
            on="/moderation",
            actor="g/harbour",
            follower=SAM.id,
            answer="yes",
        )

        assert "With bread?" in queue
        assert "Let them follow" in queue
        found = await evening.look(
            lambda desk: (
                len(remote_posts.replies(desk.connection, about)),
                posts.follower_count(desk.connection, group(desk)),
            )
        )
        assert found == (1, 1)
        assert "None waits" in await ada.see("/moderation")


async def test_a_list_is_seen_before_it_is_taken(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada = evening["Ada"]
        token = await ada.token("/moderation/servers")
        sheet = b"#domain,#severity\nbad.example,suspend\nhi**en.example,suspend\n"

        answer = await ada.http.post(
            "/moderation/import", data={"token": token}, files={"list": sheet}
        )
        where = answer.headers["location"]
        preview = await ada.see(where)

        assert "bad.example" in preview
        assert "hidden behind stars" in preview
        assert not evening.node.judgement.bars_host("bad.example")
        await ada.send(where, on=where)
        assert evening.node.judgement.bars_host("www.bad.example")
        exported = await ada.http.get("/moderation/blocks.csv")
        assert "bad.example,suspend,False,False,,False" in exported.text


async def test_members_read_whom_we_silence_and_the_public_does_not(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        about, _ = await evening.node.work(answered)
        await evening["Ada"].send(
            "/moderation/servers",
            on="/moderation/servers",
            subject=SAM.id,
            severity="silence",
        )
        page = about.removeprefix(evening.house.config.base)

        to_a_member = (await evening["Ben"].http.get(page)).text
        evening["Ben"].http.cookies.clear()
        to_anybody = await evening["Ben"].see(page)

        folded = to_a_member.partition('<details class="section plain">')[2].partition(
            "</details>"
        )[0]
        assert "One reply by somebody whom this assembly keeps at a distance" in folded
        assert "With bread?" in folded
        assert "With bread?" not in to_anybody
        assert "at a distance" not in to_anybody


async def test_nobody_reports_what_they_cannot_see(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await evening.node.work(limit_sam)
        _, reply = await evening.node.work(answered)

        await evening["Ben"].see(f"/report?about={reply}", status=404)
        await evening["Ben"].see("/report?about=http://127.0.0.9/nothing", status=404)


async def test_a_measure_has_a_last_day_and_lapses_when_that_is_over(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada, page = evening["Ada"], "/moderation/servers"
        fields = {"subject": "bad.example", "severity": "suspend"}
        today = evening.clock.now.date()

        await ada.send(page, on=page, last_day=today.isoformat(), fields=fields)
        held = await ada.see(page)
        evening.clock.now += timedelta(days=1)
        await evening.node.work(moderation.lapse)

        assert f"holds to the end of {today.day} November" in held
        assert "everybody is heard" in await ada.see(page)


@pytest.mark.parametrize("day", ["tomorrow", "2026-02-30", "2020-01-01", "9999-12-31"])
async def test_a_last_day_that_cannot_be_changes_nothing(
    tmp_path: Path, harbour: House, day: str
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada, page = evening["Ada"], "/moderation/servers"
        fields = {"subject": "bad.example", "severity": "suspend", "last_day": day}

        await ada.send(page, on=page, status=422, fields=fields)

        assert "everybody is heard" in await ada.see(page)


@pytest.mark.parametrize("audience", ["followers", "ada"])
async def test_nobody_reports_and_so_reads_what_is_for_others(
    tmp_path: Path, harbour: House, audience: str
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        members = [evening[name].id for name in ("Ada", "Ben")]
        id = await evening.node.work(
            lambda desk: whispered(desk, *members, audience=audience)
        )

        to_ada = await evening["Ada"].see(f"/report?about={id}")
        await evening["Ben"].see(f"/report?about={id}", status=404)
        token = await evening["Ben"].token("/people")
        fields = {"token": token, "about": id, "reason": "other"}
        await evening["Ben"].send("/report", on="/people", status=404, fields=fields)

        assert "Between us" in to_ada


def whispered(desk: Desk, ada: str, ben: str, *, audience: str) -> str:
    """Let Sam, whom Ada follows, say something that is not for Ben; return its id."""
    persona.become(desk, MemberId(ben), username="ben", name="Ben")
    me = persona.become(desk, MemberId(ada), username="ada", name="Ada")
    following(desk, me, SAM)
    to = (
        f"{SAM.id}/followers"
        if audience == "followers"
        else speech.address(desk, me.path)
    )
    hear(desk, create(note(SAM, 1, to=[to], content="<p>Between us</p>")))
    return f"{SAM.base}/n/1"


def limit_sam(desk: Desk) -> None:
    moderation.decide(desk, SAM.id, Severity.LIMIT, by=None)
    moderation.carry_through(desk)


def answered(desk: Desk) -> tuple[str, str]:
    """Let the assembly say something and Sam reply; return both ids."""
    about = speech.say(desk, html="<p>Soup</p>")
    activity = reply_of(SAM, about)
    hear(desk, activity)
    return about, str(activity["id"]).removesuffix("/create")


def hear(desk: Desk, activity: JsonObject) -> None:
    inbound.keep_remote_actor(
        desk.connection, SAM.id, document=SAM.document, learned_at=0, asked_at=0
    )
    reception.deal_with(desk, SAM.id, activity)


def flags_on_their_way(desk: Desk) -> list[tuple[JsonObject, str]]:
    rows = desk.connection.execute(
        """
        select body, inbox from activity join delivery on activity.id = activity
         where type = 'Flag'
        """
    )
    return [(canonical.read(row[0].encode()), row[1]) for row in rows]
