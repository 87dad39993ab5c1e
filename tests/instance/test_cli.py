"""The command line finds each command, and loads no more than is asked for."""

import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from instance import app, cli, config
from instance.store import database
from tests.instance.house import a_house
from tests.instance.serving import LIKE_ANYBODY, folkmoot

ROOT = Path(__file__).parent.parent.parent


def test_no_command_is_listed_in_vain_and_none_is_forgotten() -> None:
    commands = get_command(cli.app)
    assert isinstance(commands, cli.Commands)

    listed = commands.list_commands(typer.Context(commands))

    assert listed == [*cli.FILES]
    assert {*commands.commands} == {*listed}


def test_whoever_asks_for_the_version_does_not_wait_for_the_node() -> None:
    asked = [sys.executable, "-X", "importtime", "-m", "instance.cli", "--version"]

    told = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)

    loaded = {line.rpartition("|")[2].strip() for line in told.stderr.splitlines()}
    assert "instance.cli" in loaded
    assert (
        loaded & {"instance.node", "instance.upkeep.logs", "rich", "aiohttp"} == set()
    )
    assert told.stdout.count(".") == 2


@pytest.mark.parametrize(
    ("typed", "meant"), [("membr", "'member'"), ("check-exprt", "'check-export'")]
)
def test_whoever_mistypes_a_command_is_told_which_are_like_it(
    typed: str, meant: str
) -> None:
    told = folkmoot(typed, check=False)

    assert told.returncode == 2
    assert f"Did you mean {meant}" in told.stderr


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Return where a node lies that nobody serves."""
    return a_house(tmp_path).config.directory


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Let no file grow beyond so many bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(
    "command",
    [
        ("post", "DIR", "--as", "harbour", "Soup at six"),
        ("member", "add", "DIR", "Cleo"),
        ("member", "invite", "DIR", "Ben"),
    ],
)
def test_nothing_is_said_to_be_done_that_the_disk_did_not_take(
    directory: Path, command: tuple[str, ...]
) -> None:
    asked = [str(directory) if word == "DIR" else word for word in command]
    path = directory / config.DATABASE

    # While somebody has it open the log lies there already, and only a commit fails.
    with closing(database.connect(path)) as other, room_for(0):
        other.execute("select * from sqlite_schema").fetchone()
        told = folkmoot(*asked, check=False)

    assert told.stdout == ""
    assert told.returncode == cli.MISUSED
    assert told.stderr.startswith("folkmoot: The node's database could not be used: ")


def test_what_was_made_of_a_node_is_gone_where_the_disk_was_full(
    tmp_path: Path,
) -> None:
    asked = ("init", str(tmp_path), "--assembly", "harbour", "--name", "Harbour")

    with room_for(64 * 1024):
        told = folkmoot(*asked, check=False)

    assert told.returncode == cli.MISUSED
    assert [*tmp_path.iterdir()] == []


def test_a_node_is_served_by_one_process_only(directory: Path) -> None:
    with app._served_once(config.read(directory)):
        told = folkmoot("serve", str(directory), check=False)

    assert told.returncode == cli.MISUSED
    assert "The node is serving: stop it first." in told.stderr


def test_a_node_whose_database_cannot_be_written_is_not_served(
    directory: Path,
) -> None:
    (directory / config.DATABASE).chmod(0o400)
    command = (sys.executable, "-m", "instance.cli", "serve", str(directory))

    told = subprocess.run(
        [*LIKE_ANYBODY, *command], capture_output=True, text=True, check=False
    )

    assert told.returncode == cli.MISUSED
    assert told.stderr.startswith("folkmoot: The node's database could not be used: ")


def test_a_node_that_cannot_be_served_says_why_in_a_sentence(directory: Path) -> None:
    (directory / config.SECRET).chmod(0o644)

    told = folkmoot("serve", str(directory), check=False)

    assert told.returncode == cli.MISUSED
    assert told.stderr.startswith("folkmoot: ")
    assert "chmod 600" in told.stderr
