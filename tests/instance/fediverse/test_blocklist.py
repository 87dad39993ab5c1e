"""A block list is taken as it was shown, makes nothing laxer, and can be passed on."""

from datetime import timedelta
from pathlib import Path

import pytest

from instance import node
from instance.desk import Desk
from instance.errors import Misused
from instance.fediverse import blocklist, moderation
from instance.fediverse.judgement import Severity
from instance.store import moderation as store
from instance.store import posts
from tests.instance.house import NOON, House, a_house
from tests.instance.serving import folkmoot

HEAD = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n"


@pytest.fixture
def harbour(tmp_path: Path) -> House:
    return a_house(tmp_path)


def test_a_list_that_went_out_comes_in_as_it_was(harbour: House) -> None:
    with harbour.desk() as desk:
        decide(desk, "bad.example", Severity.SUSPEND, public_comment='spam, "daily"')
        decide(desk, "loud.example", Severity.SILENCE, reject_media=True)
        decide(desk, "https://so.example/users/eve", Severity.SUSPEND)
        sheet = blocklist.write(store.measures(desk.connection))
        for host in ("bad.example", "loud.example"):
            decide(desk, host, Severity.NONE)

        blocklist.take(desk, blocklist.plan(desk, sheet), by=None)

        assert blocklist.write(store.measures(desk.connection)) == sheet
        assert sheet.startswith(HEAD)
        assert "so.example" not in sheet


@pytest.mark.parametrize(
    ("written", "severity"),
    [
        (f"{HEAD}bad.example,suspend,TRUE,FALSE,,FALSE\n", Severity.SUSPEND),
        ("domain,severity\nBAD.example.,silence\n", Severity.SILENCE),
        ("bad.example\n", Severity.SUSPEND),
        ("#severity,#domain\nsuspend,*.bad.example\n", Severity.SUSPEND),
        ("domain,severity\nbad.example,noop\n", Severity.NONE),
    ],
)
def test_lists_of_several_makes_are_read(
    harbour: House, written: str, severity: Severity
) -> None:
    with harbour.desk() as desk:
        blocklist.take(desk, blocklist.plan(desk, written), by=None)

        assert desk.judgement.of_host("www.bad.example") is severity


def test_a_list_makes_nothing_laxer(harbour: House) -> None:
    with harbour.desk() as desk:
        decide(desk, "bad.example", Severity.SUSPEND, reject_reports=True)

        found = blocklist.plan(desk, f"{HEAD}bad.example,silence,FALSE,FALSE,,FALSE\n")

        assert (found.changes, found.same) == ((), 1)


def test_what_cannot_be_taken_is_named_with_its_reason(harbour: House) -> None:
    sheet = (
        f"{HEAD}hi**en.example,suspend\n127.0.0.1,suspend\nno host,suspend\n"
        "bad.example,perhaps\ncom,suspend\n"
    )

    with harbour.desk() as desk:
        found = blocklist.plan(desk, sheet)

    assert found.changes == ()
    assert [line.partition(":")[0] for line in found.left_out] == [
        f"Line {number}" for number in range(2, 7)
    ]


def test_a_plan_says_how_many_followers_would_be_lost_and_changes_nothing(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        for name in ("a", "b"):
            posts.follow(
                desk.connection,
                actor="g/harbour",
                follower=f"https://www.bad.example/{name}",
                inbox="https://www.bad.example/inbox",
                shared_inbox=None,
                follow=f"https://www.bad.example/f/{name}",
                at="2026-11-22T12:00:00Z",
            )

        found = blocklist.plan(desk, "bad.example\n")

        assert found.followers == 2
        assert not desk.judgement.bars_host("bad.example")


def test_no_list_is_read_that_is_none_or_without_end(harbour: House) -> None:
    with harbour.desk() as desk:
        for text in ("", "x.example\n" * (blocklist.MOST_LINES + 1), "x" * 1_100_000):
            with pytest.raises(Misused):
                blocklist.plan(desk, text)


def test_a_comment_is_no_formula_and_a_name_can_be_hidden(harbour: House) -> None:
    with harbour.desk() as desk:
        decide(
            desk,
            "bad.example",
            Severity.SUSPEND,
            public_comment="=cmd|calc",
            obfuscate=True,
        )

        [_, line] = blocklist.write(store.measures(desk.connection)).splitlines()

    assert "'=cmd|calc" in line
    assert not line.startswith("bad.example")
    assert "*" in line


def test_what_ends_by_itself_does_not_go_out_and_a_list_makes_it_stay(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        ends = NOON + timedelta(days=1)
        decide(desk, "bad.example", Severity.SUSPEND, ends_at=ends)

        assert blocklist.write(store.measures(desk.connection)) == HEAD
        found = blocklist.plan(desk, "bad.example\n")
        blocklist.take(desk, found, by=None)

        assert [change.line.host for change in found.changes] == ["bad.example"]
        [measure] = store.measures(desk.connection)
        assert measure.ends_at is None


def test_the_command_line_shows_takes_and_prints_a_list(
    harbour: House, tmp_path: Path
) -> None:
    directory, sheet = str(harbour.config.directory), tmp_path / "blocks.csv"
    sheet.write_text("bad.example\n", encoding="utf-8")

    shown = folkmoot("blocks", "import", directory, str(sheet)).stdout
    assert "bad.example: suspend" in shown
    assert folkmoot("blocks", "export", directory).stdout == HEAD
    folkmoot("blocks", "import", directory, str(sheet), "--yes")
    folkmoot("blocks", "set", directory, "loud.example", "silence", "--reason", "ads")
    folkmoot("blocks", "allow", directory, "friend.example")

    printed = folkmoot("blocks", "export", directory).stdout
    assert "bad.example,suspend" in printed
    assert "loud.example,silence" in printed
    with node.at_desk(harbour.config) as desk:
        assert store.allowed_hosts(desk.connection) == ["friend.example"]
    wrong = folkmoot("blocks", "set", directory, "x.example", "gone", check=False)
    assert wrong.returncode == 2


def test_the_command_line_gives_a_measure_its_last_day(harbour: House) -> None:
    command = ("blocks", "set", str(harbour.config.directory), "bad.example", "silence")

    folkmoot(*command, "--until", "2100-01-31")
    past = folkmoot(*command, "--until", "2000-01-31", check=False)

    with node.at_desk(harbour.config) as desk:
        [measure] = store.measures(desk.connection)
    assert measure.ends_at == "2100-02-01T00:00:00Z"
    assert past.returncode == 2
    assert "over already" in past.stderr


def decide(desk: Desk, subject: str, severity: Severity, **more: object) -> None:
    moderation.decide(desk, subject, severity, by=None, **more)  # type: ignore[arg-type]
