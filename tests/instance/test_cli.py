"""The command line finds each command, and loads no more than is asked for."""

import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from instance import cli
from tests.instance.serving import folkmoot

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
