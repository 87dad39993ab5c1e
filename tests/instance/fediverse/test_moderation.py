"""Moderators keep people and servers elsewhere at a distance, and it holds."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from activitypub import documents
from activitypub.addresses import Guard, domains
from activitypub.canonical import JsonObject
from activitypub.errors import NotAllowed
from confederation.errors import Invalid
from instance import config, reception, speech
from instance import node as nodes
from instance.desk import Desk
from instance.fediverse import moderation
from instance.fediverse.judgement import Judgement, Severity, subject
from instance.reception import flags
from instance.store import inbound, posts, reactions, remote_posts
from instance.store import moderation as store
from instance.store.inbound import Arrival
from tests.instance.elsewhere import SAM, Account, an_account
from tests.instance.house import NOON, House, a_house
from tests.instance.personas import follow_of, reply_of
from tests.instance.serving import Serving, a_node, folkmoot, until

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with a_node(tmp_path_factory.mktemp("moderated")) as serving:
        yield serving


@pytest.fixture
def sam() -> Iterator[Account]:
    with an_account() as account:
        yield account


@pytest.fixture
def harbour(tmp_path: Path) -> House:
    return a_house(tmp_path)


def test_a_measure_about_a_server_holds_for_all_below_it_and_for_no_other() -> None:
    judgement = Judgement(severities={"bad.example": Severity.SUSPEND})

    for host in ("bad.example", "www.bad.example", "a.b.bad.example", "bad.example:84"):
        assert judgement.bars_host(host)
        assert judgement.bars(f"https://{host}/users/eve")
    for host in ("notbad.example", "example", "bad.example.org", "bad-example"):
        assert not judgement.bars_host(host)


@pytest.mark.parametrize(
    "written",
    [
        "https://BAD.example/users/eve",
        "https://bad.example./users/eve",
        "https://bad.example:443/users/eve",
        "https://bücher.bad.example/users/eve",
        "https://user@bad.example/users/eve",
        "https://bad.example\\@good.example/",
        "https://bad%2eexample/users/eve",
        "https://１.bad.example/",
        "not an address",
    ],
)
def test_no_way_to_write_a_suspended_server_gets_past(written: str) -> None:
    assert Judgement(severities={"bad.example": Severity.SUSPEND}).bars(written)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("BAD.Example", "bad.example"),
        ("*.bad.example", "bad.example"),
        (" bad.example. ", "bad.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("bad.example:8443", "bad.example:8443"),
        ("https://BAD.example/users/eve", "https://bad.example/users/eve"),
    ],
)
def test_a_subject_has_one_normal_form(written: str, read: str) -> None:
    assert subject(written) == read


def test_the_strictest_measure_holds() -> None:
    judgement = Judgement(
        severities={
            "loud.example": Severity.SILENCE,
            "https://loud.example/users/eve": Severity.SUSPEND,
            "quiet.loud.example": Severity.NONE,
        }
    )

    assert judgement.of("https://loud.example/users/eve") is Severity.SUSPEND
    assert judgement.of("https://loud.example/users/sam") is Severity.SILENCE
    assert judgement.of("https://quiet.loud.example/users/sam") is Severity.SILENCE


def test_an_address_has_nothing_above_it() -> None:
    assert domains("127.0.0.1:8100") == ("127.0.0.1:8100", "127.0.0.1")
    assert domains("a.b.example") == ("a.b.example", "b.example", "example")


def test_with_an_allow_list_only_those_on_it_are_dealt_with() -> None:
    judgement = Judgement(
        allowed=frozenset({"friend.example"}),
        severities={"bad.friend.example": Severity.SUSPEND},
    )

    assert not judgement.bars("https://friend.example/users/sam")
    assert not judgement.bars_host("www.friend.example")
    assert judgement.bars_host("bad.friend.example")
    assert judgement.bars_host("stranger.example")


def test_the_guard_goes_to_no_suspended_server() -> None:
    judgement = Judgement(severities={"bad.example": Severity.SUSPEND})
    guard = Guard(bars=judgement.bars_host)

    for url in ("https://bad.example/x", "https://media.BAD.example./y"):
        with pytest.raises(NotAllowed):
            guard.read(url)
    guard.read("https://good.example/x")


def test_nobody_keeps_their_own_server_away(harbour: House) -> None:
    with harbour.desk() as desk, pytest.raises(Invalid):
        decide(desk, "127.0.0.1:8001", Severity.SUSPEND)
    with harbour.desk() as desk, pytest.raises(Invalid):
        decide(desk, "no host at all", Severity.SUSPEND)


def test_what_a_transaction_undid_was_never_decided(harbour: House) -> None:
    with harbour.desk() as desk:
        decide(desk, "bad.example", Severity.SUSPEND)
        desk.connection.execute("rollback")
        desk.connection.execute("begin")
        decide(desk, "worse.example", Severity.SUSPEND)

        assert not desk.judgement.bars_host("bad.example")
        assert desk.judgement.bars_host("worse.example")


def test_whoever_is_suspended_follows_no_longer_and_is_sent_nothing(
    harbour: House,
) -> None:
    arrive(harbour, follow_of(SAM, "http://127.0.0.1:8001/g/harbour"))
    with harbour.desk() as desk:
        speech.say(desk, html="<p>Soup</p>")

        decide(desk, "127.0.0.2", Severity.SUSPEND)

        assert posts.follower_count(desk.connection, "g/harbour") == 0
        waiting = "select count(*) from delivery where due_at is not null"
        assert desk.connection.execute(waiting).fetchone()[0] == 0


def test_what_came_before_the_suspension_is_not_dealt_with_after_it(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        decide(desk, SAM.id, Severity.SUSPEND)

    said = arrive(harbour, follow_of(SAM, "http://127.0.0.1:8001/g/harbour"))

    assert said == "refused: This node does not deal with its sender."


@pytest.mark.parametrize(
    ("severity", "everyone", "members"),
    [
        (Severity.NONE, 1, 0),
        (Severity.SILENCE, 0, 1),
        (Severity.LIMIT, 0, 0),
        (Severity.SUSPEND, 0, 0),
    ],
)
def test_who_reads_a_reply_follows_the_measures_there_and_back(
    harbour: House, severity: Severity, everyone: int, members: int
) -> None:
    with harbour.desk() as desk:
        about = speech.say(desk, html="<p>Soup</p>")
    arrive(harbour, reply_of(SAM, about))

    with harbour.desk() as desk:
        decide(desk, "127.0.0.2", severity)
        assert len(remote_posts.replies(desk.connection, about)) == everyone
        assert (
            len(remote_posts.replies(desk.connection, about, shown_to="members"))
            == members
        )
        decide(desk, "127.0.0.2", Severity.NONE)
        assert len(remote_posts.replies(desk.connection, about)) == 1


def test_a_reply_of_somebody_limited_is_shown_once_a_moderator_releases_it(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        about = speech.say(desk, html="<p>Soup</p>")
        decide(desk, "127.0.0.2", Severity.LIMIT)
    reply = reply_of(SAM, about)
    arrive(harbour, reply)
    id = str(reply["object"]["id"])  # type: ignore[index, call-overload]

    with harbour.desk() as desk:
        assert remote_posts.replies(desk.connection, about, shown_to="members") == []
        moderation.rule_on_post(desk, id, ruling="released", by=None)
        assert len(remote_posts.replies(desk.connection, about)) == 1
        moderation.rule_on_post(desk, id, ruling="hidden", by=None)
        assert remote_posts.replies(desk.connection, about) == []


def test_a_measure_with_an_end_lapses_by_itself_and_the_history_says_so(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        decide(desk, "127.0.0.2", Severity.SUSPEND, ends_at=NOON + DAY)
        decide(desk, "127.0.0.3", Severity.SUSPEND)

    with harbour.desk(NOON + DAY - SECOND) as desk:
        assert not moderation.anything_over(desk)
        moderation.lapse(desk)
        assert desk.judgement.bars(SAM.id)
    with harbour.desk(NOON + DAY) as desk:
        assert moderation.anything_over(desk)
        moderation.lapse(desk)
        assert not desk.judgement.bars(SAM.id)
        assert desk.judgement.bars_host("127.0.0.3")
        [last, _] = store.acts(desk.connection, ["127.0.0.2"])
        assert (last.act, last.by) == ("lapsed", None)
        moderation.lapse(desk)
        assert len(store.acts(desk.connection, ["127.0.0.2"])) == 2


def test_a_measure_that_lapses_shows_again_what_it_hid(harbour: House) -> None:
    with harbour.desk() as desk:
        about = speech.say(desk, html="<p>Soup</p>")
    arrive(harbour, reply_of(SAM, about))
    with harbour.desk() as desk:
        decide(desk, "127.0.0.2", Severity.SUSPEND, ends_at=NOON + DAY)
        assert remote_posts.replies(desk.connection, about) == []

    with harbour.desk(NOON + DAY) as desk:
        moderation.lapse(desk)

        assert len(remote_posts.replies(desk.connection, about)) == 1


def test_what_is_decided_anew_takes_the_end_along_or_away(harbour: House) -> None:
    with harbour.desk() as desk:
        decide(desk, "127.0.0.2", Severity.SUSPEND, ends_at=NOON + DAY)
        decide(desk, "127.0.0.2", Severity.SUSPEND)
    with harbour.desk(NOON + 2 * DAY) as desk:
        moderation.lapse(desk)

        assert desk.judgement.bars(SAM.id)


def test_a_measure_that_would_be_over_before_it_begins_is_refused(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        with pytest.raises(Invalid, match="over already"):
            decide(desk, "127.0.0.2", Severity.SUSPEND, ends_at=NOON)

        assert store.measures(desk.connection) == []


def test_somebody_silenced_follows_only_when_a_moderator_lets_them(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        decide(desk, SAM.id, Severity.SILENCE)

    said = arrive(harbour, follow_of(SAM, "http://127.0.0.1:8001/g/harbour"))

    assert said == "waits for a moderator to let them follow"
    with harbour.desk() as desk:
        assert posts.follower_count(desk.connection, "g/harbour") == 0


def test_nobody_is_asked_about_a_stranger_who_is_suspended(
    node: Serving, sam: Account
) -> None:
    group = f"{node.base}/g/harbour"
    with nodes.at_desk(config.read(node.directory)) as desk:
        decide(desk, sam.id, Severity.SUSPEND)
    settle(node)

    answer = sam.send(f"{group}/inbox", follow_of(sam, group))

    assert answer.status_code == httpx.codes.FORBIDDEN
    with nodes.at_desk(config.read(node.directory)) as desk:
        assert inbound.remote_actor(desk.connection, sam.id) is None


def test_a_suspended_server_gets_403_and_is_heard_again_when_it_is_lifted(
    node: Serving, sam: Account
) -> None:
    group = f"{node.base}/g/harbour"
    assert sam.send(f"{group}/inbox", follow_of(sam, group)).status_code == 202
    host = sam.base.removeprefix("http://")

    with nodes.at_desk(config.read(node.directory)) as desk:
        decide(desk, host, Severity.SUSPEND)

    until(
        lambda: (
            sam.send(f"{group}/inbox", follow_of(sam, group)).status_code
            == httpx.codes.FORBIDDEN
        )
    )
    with nodes.at_desk(config.read(node.directory)) as desk:
        decide(desk, host, Severity.NONE)
    until(lambda: sam.send(f"{group}/inbox", follow_of(sam, group)).status_code == 202)


def settle(node: Serving) -> None:
    """Wait until the serving node has seen what the command line decided."""
    with an_account() as canary:
        group = f"{node.base}/g/harbour"
        with nodes.at_desk(config.read(node.directory)) as desk:
            decide(desk, canary.id, Severity.SUSPEND)
        until(
            lambda: (
                canary.send(f"{group}/inbox", follow_of(canary, group)).status_code
                == httpx.codes.FORBIDDEN
            )
        )


def decide(
    desk: Desk, subject: str, severity: Severity, *, ends_at: datetime | None = None
) -> None:
    moderation.decide(desk, subject, severity, by=None, ends_at=ends_at)
    moderation.carry_through(desk)


def arrive(house: House, activity: JsonObject, account: Account = SAM) -> str:
    """Let an activity of an account that we know arrive, and say what it came to."""
    with house.desk() as desk:
        arrival = Arrival(
            id=str(activity["id"]),
            actor=account.id,
            inbox="/inbox",
            body=documents.encode(activity),
            signature=str(activity["id"]).encode(),
            actor_document=account.document,
        )
        inbound.receive(desk.connection, [arrival], at=desk.seconds)
        reception.deal_with_arrivals(desk)
        row: sqlite3.Row = desk.connection.execute(
            "select outcome from received where id = :id", {"id": arrival.id}
        ).fetchone()
        return str(row["outcome"])


@pytest.mark.parametrize("form", ["list", "alone", "misskey", "lemmy", "objects"])
def test_each_server_s_way_to_report_reaches_the_moderators(
    harbour: House, form: str
) -> None:
    with harbour.desk() as desk:
        post = speech.say(desk, html="<p>Soup</p>")
    clerk = "http://127.0.0.1:8001/g/harbour/clerk"

    said = arrive(harbour, a_flag(form, clerk=clerk, post=post))

    assert said == "report kept"
    with harbour.desk() as desk:
        [report] = store.open_reports(desk.connection, most=10)
        assert report.about == clerk
        assert report.posts == (post,)
        assert "unkind" in report.says
        assert not report.member


def test_a_report_about_nothing_here_is_not_kept_and_the_same_one_is_kept_once(
    harbour: House,
) -> None:
    strange = {
        **a_flag("list", clerk="https://x.example/u", post="https://x.example/p")
    }
    assert arrive(harbour, strange).startswith("ignored")
    flag = a_flag("alone", clerk="", post="http://127.0.0.1:8001/g/harbour")

    arrive(harbour, flag)
    arrive(harbour, flag)

    with harbour.desk() as desk:
        assert len(store.open_reports(desk.connection, most=10)) == 1


def test_reports_are_not_read_from_where_we_refuse_them_nor_without_end(
    harbour: House,
) -> None:
    group = "http://127.0.0.1:8001/g/harbour"
    said = [
        arrive(harbour, a_flag("alone", clerk="", post=group))
        for _ in range(flags.MOST_OPEN + 1)
    ]
    assert said[-1].startswith("ignored: many")

    with harbour.desk() as desk:
        moderation.decide(
            desk, "127.0.0.2", Severity.NONE, by=None, reject_reports=True
        )
    refused = arrive(harbour, a_flag("alone", clerk="", post=group))

    assert refused == "ignored: reports from there are not read"


def a_flag(form: str, *, clerk: str, post: str) -> JsonObject:
    """Write a report as Mastodon, a plain server, Misskey or Lemmy does."""
    flag: JsonObject = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": SAM.new_id(),
        "type": "Flag",
        "actor": SAM.id,
        "content": "This is <b>unkind</b>.",
    }
    match form:
        case "list":
            return {**flag, "object": [clerk, post]}
        case "alone":
            return {**flag, "object": post}
        case "misskey":
            says = f"Note: {post}\n-----\nThis is unkind."
            return {**flag, "object": [clerk], "content": says}
        case "lemmy":
            del flag["content"]
            return {**flag, "object": post, "summary": "This is unkind."}
        case _:
            return {**flag, "object": [{"id": clerk}, {"id": post, "type": "Note"}]}


def test_suspending_ends_what_binds_us_and_lifting_it_brings_only_posts_back(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        about = speech.say(desk, html="<p>Soup</p>")
    arrive(harbour, reply_of(SAM, about))
    arrive(harbour, {**follow_of(SAM, about), "type": "Like"})
    with harbour.desk() as desk:
        desk.connection.execute(
            """
            insert into following (actor, followed, follow, inbox, state, at)
            values ('u/ada', :sam, 'x', 'y', 'accepted', '2026-11-22T12:00:00Z')
            """,
            {"sam": SAM.id},
        )
        assert reactions.counts(desk.connection, about).likes == 1

        decide(desk, "127.0.0.2", Severity.SUSPEND)

        bound = store.everybody_bound(desk.connection)
        assert bound == []
        assert reactions.counts(desk.connection, about).likes == 0
        assert remote_posts.replies(desk.connection, about, shown_to="members") == []
        decide(desk, "127.0.0.2", Severity.NONE)
        assert len(remote_posts.replies(desk.connection, about)) == 1
        assert store.everybody_bound(desk.connection) == []


def test_what_somebody_kept_away_likes_is_in_no_public_list(harbour: House) -> None:
    with harbour.desk() as desk:
        about = speech.say(desk, html="<p>Soup</p>")
    like: JsonObject = {**follow_of(SAM, about), "type": "Like"}
    arrive(harbour, like)

    with harbour.desk() as desk:
        decide(desk, SAM.id, Severity.SILENCE)
        assert reactions.counts(desk.connection, about).likes == 0
    said = arrive(harbour, {**like, "id": SAM.new_id()})

    assert said == "ignored: moderators keep them out of our public lists"


@pytest.mark.parametrize(
    ("listed", "status"), [(True, httpx.codes.ACCEPTED), (False, httpx.codes.FORBIDDEN)]
)
def test_with_an_allow_list_only_those_on_it_send_here_and_are_sent_to(
    tmp_path: Path, sam: Account, *, listed: bool, status: int
) -> None:
    with a_node(tmp_path) as node:
        node.stop()
        with (node.directory / "folkmoot.toml").open("a") as settings:
            settings.write("allow_list = true\n")
        if listed:
            host = sam.base.removeprefix("http://")
            folkmoot("blocks", "allow", str(node.directory), host)
        node.start()
        group = f"{node.base}/g/harbour"

        answer = sam.send(f"{group}/inbox", follow_of(sam, group))

        assert answer.status_code == status
        if listed:
            until(lambda: sam.of_type("Accept"))
        else:
            guard = Guard(bars=judgement_of(node).bars_host)
            with pytest.raises(NotAllowed):
                guard.read("https://stranger.example/")
        # Whoever wants to know who we are may always ask.
        for path in ("/actor", f"/.well-known/webfinger?resource={group}"):
            assert httpx.get(f"{node.base}{path}").status_code == httpx.codes.OK


def judgement_of(node: Serving) -> Judgement:
    with nodes.at_desk(config.read(node.directory)) as desk:
        return desk.judgement
