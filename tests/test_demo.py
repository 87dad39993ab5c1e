"""The whole story over real processes: stories T1 and T2 as anybody can watch them."""

import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.instance.serving import Told, folkmoot, free_port

ROOT = Path(__file__).parent.parent
STORIES = ROOT / "tests/story"
SHIPPED = ROOT / "instance/demo/story.toml"
PATIENCE = 900
"""Seconds; a story takes half a minute, on a machine that has nothing else to do."""


def test_three_communities_settle_one_decision(tmp_path: Path) -> None:
    home = tmp_path / "homes"

    told = demo("--once", "--dir", str(home))

    assert told.returncode == 0, told.stdout + told.stderr
    says = told.stdout
    for number in range(1, 7):
        assert f"\n{number}. " in says
    for held in (
        "✓ The compact is in force on all three nodes",
        "7 of them say “damp”",
        "✓ One shared issue with three accounts shows on all three nodes",
        "labelled: From elsewhere, no vote",
        "None is there.",
        "to the byte",
        "Dario Conti counts 23 for, Maud Osei counts 22, so both count again",
        "ranks three stances first. The one that wins: Support the text as it stands",
        "None of them keeps it.",
        "✓ Every node shows it as outside mandate",
        "Piet Lindqvist is recalled, and Fatima Noor is seated",
        "its address is only an attribute",
        "✓ All three votes are certified",
        "“Adopted”, confirmed by two of three",
        "All three nodes show all three: “Adopted”",
        "byte for byte",
        "✓ Verified: the signed records of this compact give this result.",
        "✓ The check shows where: Line",
        "not checked against anything you gave",
        "Every step held, in",
    ):
        assert held in says, held
    assert "\x1b" not in says, "plain lines when piped"
    assert all_are_down(home)
    assert sorted(each.name for each in home.iterdir()) == [
        "alder",
        "altered.bundle",
        "brook",
        "chapel",
        "decision.bundle",
        "invented.bundle",
        "keys",
    ]
    compact = re.search(r"--compact (sha256:[0-9a-f]{64})", says)
    assert compact is not None
    for name, given, code in (
        ("decision", compact[1], 0),
        ("decision", None, 3),
        ("altered", compact[1], 1),
        ("invented", None, 3),
        ("invented", compact[1], 1),
    ):
        bundle = [str(home / f"{name}.bundle"), "--json"]
        named = ["--compact", given] if given else []
        checked = folkmoot("verify", *bundle, *named, check=False)
        assert checked.returncode == code, checked.stdout
        assert json.loads(checked.stdout)["exit"] == code
    for slug in ("alder", "brook", "chapel"):
        assert (home / slug / "node.log").exists()


def test_a_story_of_ones_own_is_played_and_can_be_explored(tmp_path: Path) -> None:
    home = tmp_path / "homes"

    given = ("--dir", str(home), "--ports", ports_for(5))

    with watched(*given, "--input", str(STORIES / "late-bus.toml")) as told:
        said = told.until("Ctrl-C stops the nodes.")

        assert (
            "One slip is handed in at Ferry Lane Meeting. 1 of them say “bus”" in said
        )
        assert "every day" not in said.partition("3. ")[0]
        assert "wins: A shared taxi instead: cheaper, and nearer" in said
        assert (
            "Quin Adler, with Rae Tamm as alternate, and instructs them: “against”"
            in said
        )
        assert "they sign a vote “for”" in said
        assert "All three nodes show all three: “Adopted”" in said
        links = re.findall(
            r"^ +(.*) \((\w+)\): (http://\S+/in/\S+)$", said, re.MULTILINE
        )
        assert len(links) == 15
        for name, _, link in links:
            page = httpx.get(link)
            assert page.status_code == 200
            assert name in page.text
        for address in re.findall(r"^    (http://\S+)$", said, re.MULTILINE):
            assert httpx.get(address).status_code == 200

        assert told.interrupt() == 0
    assert all_are_down(home)


def test_where_no_slip_speaks_of_it_nothing_is_raised(tmp_path: Path) -> None:
    home = tmp_path / "homes"

    told = demo(
        *("--once", "--dir", str(home), "--ports", ports_for(5)),
        *("--input", str(STORIES / "no-ferry.toml")),
    )

    assert told.returncode == 1, told.stdout + told.stderr
    assert "none of them says “ferry”. So there is nothing to raise" in told.stdout
    assert "Change issue.words" in told.stdout
    assert "\n3. " not in told.stdout
    assert all_are_down(home)
    for slug in ("ferry", "gorse", "heath"):
        with closing(sqlite3.connect(home / slug / "node.sqlite")) as database:
            [(issues,)] = database.execute(
                "select count(*) from entry where type = 'Issue'"
            )
            assert issues == 0


def test_whoever_interrupts_leaves_no_process_behind(tmp_path: Path) -> None:
    home = tmp_path / "homes"

    with watched("--once", "--dir", str(home), "--ports", ports_for(5)) as told:
        told.until("has a node of its own at")
        code = told.interrupt()

    assert code == 130
    assert told.said.rstrip().endswith("Stopped.")
    assert all_are_down(home)


def test_a_step_that_does_not_hold_ends_the_story_and_all_processes(
    tmp_path: Path,
) -> None:
    home = tmp_path / "homes"
    third = free_port()
    given = f"{ports_for(2)},{third},{ports_for(2)}"

    with watched("--once", "--dir", str(home), "--ports", given) as told:
        # The files of each node are made before it is served.
        told.until("1. Three assemblies")
        with socket.socket() as squatter:
            squatter.bind(("127.0.0.1", third))
            squatter.listen()
            code = told.end()

    assert code == 1
    assert "A step did not hold." in told.said
    assert f"Expected: The node at http://127.0.0.1:{third} runs." in told.said
    assert told.said.count("Address already in use") == 1
    assert "Traceback" not in told.said
    assert all_are_down(home)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("title = 7", "title must be text, and is a whole number"),
        ("title = 'x'\nmood = 'good'", "has a field 'mood' that is not known"),
    ],
)
def test_a_story_that_cannot_be_played_starts_nothing(
    tmp_path: Path, text: str, says: str
) -> None:
    story, home = tmp_path / "story.toml", tmp_path / "homes"
    story.write_text(text, encoding="utf-8")

    told = refused("--dir", str(home), "--input", str(story))

    assert told.returncode == 2
    assert says in told.stderr
    assert str(story) in told.stderr
    assert told.stdout == ""
    assert not home.exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--ports", "20001,20002,20003"], "needs 4 ports or 5"),
        (["--ports", "20001,20002,20003,20001"], "The same port was given twice"),
        (["--ports", "20001,20002,20003,http"], "'http' is not a port number"),
        (["--ports", "20001", "20002", "20003", "70000"], "70000 is not a port number"),
        (["--dir", str(ROOT / "tests/story")], "is not empty"),
        (["--dir", str(SHIPPED)], "is not empty"),
        (["--input", str(ROOT / "nothing.toml")], "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_said_before_anything_starts(
    arguments: list[str], says: str
) -> None:
    told = refused(*arguments)

    assert told.returncode == 2
    assert says in told.stderr
    assert told.stdout == ""


def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

        told = refused("--ports", f"{port},{ports_for(3)}")

    assert told.returncode == 2
    assert f"The port {port} is taken" in told.stderr


class Watched:
    """A demonstration that runs, and what it has said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said = ""

    def until(self, words: str) -> str:
        """Read on until it says this, and return all that it has said."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if words in line:
                return self.said
        raise AssertionError(f"It ended without saying {words!r}:\n{self.said}")

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.end()

    def end(self) -> int:
        """Read what is left, and return how it ended."""
        assert self.process.stdout is not None
        self.said += self.process.stdout.read()
        return self.process.wait(PATIENCE)


@contextmanager
def watched(*arguments: str) -> Iterator[Watched]:
    """Run the demonstration, and read along."""
    process = subprocess.Popen(
        [sys.executable, "-m", "instance.cli", "demo", *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield Watched(process)
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE)


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Play a story to its end, in a process as everybody starts it."""
    return subprocess.run(
        [sys.executable, "-m", "instance.cli", "demo", *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def refused(*arguments: str) -> Told:
    """Ask for a story that is not played."""
    return folkmoot("demo", "--once", *arguments, check=False)


def all_are_down(home: Path) -> bool:
    """Whether nobody listens any more where the nodes of a demonstration lived."""
    settings = [
        tomllib.loads(file.read_text("utf-8")) for file in home.glob("*/folkmoot.toml")
    ]
    return not any(listens(each["listen"]) for each in settings)


def listens(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def ports_for(number: int) -> str:
    """So many free ports, as the command line takes them."""
    return ",".join(str(free_port()) for _ in range(number))
