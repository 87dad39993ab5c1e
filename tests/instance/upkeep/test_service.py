"""What starts a node at boot starts it, and shuts it in as it says."""

import configparser
import getpass
import os
import shlex
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from instance import config
from instance.errors import Misused
from instance.upkeep import service
from tests.instance.house import House, a_house
from tests.instance.serving import folkmoot, free_port, until

A_USER = 61_234


@pytest.fixture
def house(tmp_path: Path) -> House:
    return a_house(tmp_path, port=free_port())


def owned(house: House) -> int:
    """Give the directory to somebody who is not root; return their number."""
    if os.getuid() == 0:
        os.chown(house.config.directory, A_USER, A_USER)
    return house.config.directory.stat().st_uid


def test_the_command_in_the_unit_serves_the_node_and_stops_as_systemd_stops_it(
    house: House,
) -> None:
    owned(house)
    told = folkmoot("service", str(house.config.directory)).stdout
    unit = a_unit(told)
    assert told.splitlines()[0] == f"# {service.name(house.config)}"
    assert unit["ReadWritePaths"] == str(house.config.directory)
    command = shlex.split(unit["ExecStart"])
    assert Path(command[0]).is_absolute()

    process = subprocess.Popen(command, cwd="/", stdout=subprocess.DEVNULL)

    try:
        until(lambda: healthy(house))
    finally:
        process.send_signal(signal.SIGTERM)
        # Both are a clean end to systemd.
        ended = process.wait(int(unit["TimeoutStopSec"]))
        assert ended in {0, -signal.SIGTERM}


def test_the_node_runs_as_whoever_owns_its_directory(house: House) -> None:
    owner = owned(house)

    unit = a_unit(service.unit(house.config))

    mine = owner == os.getuid()
    assert unit["User"] == (getpass.getuser() if mine else str(owner))


def test_no_node_is_run_as_root(house: House) -> None:
    with pytest.raises(Misused, match="belongs to root"):
        service.unit(replace(house.config, directory=Path("/")))


def test_a_path_that_a_unit_would_misread_is_refused(
    house: House, tmp_path: Path
) -> None:
    owned(house)
    for name in ("a b", "a%n", 'a"b', "a$b", "a\nUser=root"):
        odd = house.config.directory.rename(tmp_path / name)
        with pytest.raises(Misused, match="cannot name"):
            service.unit(replace(house.config, directory=odd))
        odd.rename(house.config.directory)


@pytest.mark.needs_systemd
def test_systemd_understands_every_line_of_the_unit(
    house: House, tmp_path: Path
) -> None:
    owned(house)
    written = tmp_path / service.name(house.config)
    written.write_text(service.unit(house.config))

    told = subprocess.run(
        ["systemd-analyze", "verify", str(written)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert f"{written}:" not in told.stderr
    assert told.returncode == 0


def test_several_nodes_on_one_machine_listen_on_ports_of_their_own(
    tmp_path: Path,
) -> None:
    for slug, port in (("harbour", "8471"), ("quarry", "8472")):
        named = ("--assembly", slug, "--name", slug.title(), "--port", port)
        folkmoot("init", str(tmp_path / slug), *named)

    moving = tmp_path / "quarry"
    folkmoot("address", str(moving), "--domain", "quarry.example.org")

    assert config.read(tmp_path / "harbour").listen == "127.0.0.1:8471"
    assert config.read(moving).listen == "127.0.0.1:8472"


def a_unit(text: str) -> configparser.SectionProxy:
    """Read the section of a unit that says what is run; of a repeated key the last."""
    read = configparser.ConfigParser(interpolation=None, strict=False)
    read.optionxform = str  # type: ignore[method-assign,assignment]
    read.read_string(text)
    return read["Service"]


def healthy(house: House) -> bool:
    try:
        return httpx.get(f"{house.config.base}/health", timeout=2).is_success
    except httpx.TransportError:
        return False
