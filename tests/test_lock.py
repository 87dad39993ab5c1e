"""What is installed is what the lock files name, byte for byte, from wherever it comes.

Installing does not resolve anything (``--no-deps``), so nobody else would notice if a
lock file missed a package or the two disagreed.
"""

import re
from collections.abc import Iterable
from importlib.metadata import distribution, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.dependencies import declared

ROOT = Path(__file__).parent.parent
NAMES = ("requirements.lock", "requirements-dev.lock", "requirements-panel.lock")
LOCKS = [ROOT / name for name in NAMES]
RUNTIME, DEV, PANEL = LOCKS
ENTRY = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>\S+)(?P<rest>.*(?:\n .*)*)", re.MULTILINE
)


def locked(lock: Path) -> dict[str, set[str]]:
    """Read the versions that a lock file names, by package."""
    versions: dict[str, set[str]] = {}
    for entry in ENTRY.finditer(lock.read_text(encoding="utf-8")):
        name = canonicalize_name(entry["name"])
        versions.setdefault(name, set()).add(entry["version"])
    return versions


def with_all_they_need(names: Iterable[str]) -> set[str]:
    """Follow what the installed packages say they need here, without extras."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        for line in requires(name) or []:
            need = Requirement(line)
            if need.marker is None or need.marker.evaluate({"extra": ""}):
                waiting.append(canonicalize_name(need.name))
    return found


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_locked_package_carries_its_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")

    assert all("--hash=sha256:" in entry["rest"] for entry in ENTRY.finditer(text))
    assert "://" not in text


@pytest.mark.parametrize("lock", [RUNTIME, PANEL], ids=lambda lock: lock.name)
def test_the_locks_name_the_same_versions(lock: Path) -> None:
    one, dev = locked(lock), locked(DEV)

    assert {name: dev.get(name) for name in one} == one


def test_the_solver_is_in_a_lock_of_its_own() -> None:
    assert declared("build", "panel") <= locked(PANEL).keys()
    assert locked(PANEL).keys() - locked(RUNTIME).keys() == {"highspy", "numpy"}


def test_the_runtime_lock_holds_all_that_the_node_needs() -> None:
    assert with_all_they_need(declared("build")) <= locked(RUNTIME).keys()


def test_the_development_lock_holds_all_that_the_tests_need() -> None:
    assert with_all_they_need(declared("build", "dev")) <= locked(DEV).keys()


def test_the_lock_takes_a_current_cryptography() -> None:
    [version] = locked(RUNTIME)["cryptography"]

    assert int(version.split(".")[0]) >= 46
    assert distribution("cryptography").version == version
