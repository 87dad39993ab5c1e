"""Imports point one way, and the domain touches nothing but values.

Which package may know which is in pyproject.toml, under ``tool.importlinter``. What
import-linter cannot say is here: that the domain is the standard library's pure part,
and that in the protocol only ``client`` reaches out of the process.
"""

import ast
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from importlinter.cli import lint_imports
from packaging.utils import canonicalize_name

from tests.dependencies import ROOT, declared

CONFEDERATION = sorted((ROOT / "confederation").rglob("*.py"))
ACTIVITYPUB = sorted((ROOT / "activitypub").rglob("*.py"))
DEMO = sorted((ROOT / "instance/demo").rglob("*.py"))
INSTANCE = sorted((ROOT / "instance").rglob("*.py"))
SOLVER = ROOT / "instance/membership/solver.py"
"""The one module that needs what a node is served without: see decision 0123."""
OWN = {"activitypub", "confederation", "instance", "tests"}

OUTSIDE = {
    *("asyncio", "builtins.open", "concurrent", "ctypes", "fcntl", "ftplib", "glob"),
    *("http.client", "http.server", "io.open", "mmap", "multiprocessing", "os"),
    *("pathlib", "select", "selectors", "shelve", "shutil", "signal", "smtplib"),
    *("socket", "socketserver", "sqlite3", "ssl", "subprocess", "tempfile"),
    *("threading", "urllib.request", "xmlrpc"),
    *("aiohttp", "aiosqlite", "anyio", "httpx", "httpx_aiohttp", "requests"),
    *("starlette", "uvicorn"),
}
DEMO_MAY = {"instance.demo", "instance.errors", "instance.config"}
CHANCE = {"random", "secrets", "uuid"}
CLOCK = {"time", "sched"}
NOW = {"now", "utcnow", "today", "monotonic", "time_ns"}


@cache
def imports(source: str) -> frozenset[str]:
    """List what a module imports, as dotted names down to the imported name."""
    return frozenset(_imports(ast.parse(source)))


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            within = "." * node.level + (node.module or "")
            yield from (f"{within}.{alias.name}" for alias in node.names)
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "open"
        ):
            yield "builtins.open"


def reaching(source: str, forbidden: set[str]) -> set[str]:
    """Find the imports that are, or lie within, a forbidden module."""
    return {
        name
        for name in imports(source)
        if any(f"{name}.".startswith(f"{module}.") for module in forbidden)
    }


def clock_readings(source: str) -> set[str]:
    """Find the calls that ask what time it is."""
    return {
        node.func.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in NOW
    }


def foreign(source: str, own: set[str]) -> set[str]:
    """Find the imports that are neither our own nor the standard library."""
    known = {"", *own, *sys.stdlib_module_names}
    return {name for name in imports(source) if name.split(".")[0] not in known}


def undeclared(source: str, declared: frozenset[str]) -> set[str]:
    """Find the imports that come from none of the declared distributions."""
    providers = providers_of_modules()
    return {
        name
        for name in foreign(source, own=OWN)
        if not declared.intersection(
            map(canonicalize_name, providers.get(name.split(".")[0], []))
        )
    }


@cache
def providers_of_modules() -> Mapping[str, list[str]]:
    """List once who brings each module: it takes reading all that is installed."""
    return packages_distributions()


def offending(
    paths: Sequence[Path], found: Callable[[Path, str], set[str]]
) -> dict[str, set[str]]:
    """Say which files have what they must not, by their paths below the project."""
    each = {path: found(path, path.read_text(encoding="utf-8")) for path in paths}
    assert each, "There is nothing to look at."
    return {str(path.relative_to(ROOT)): wrong for path, wrong in each.items() if wrong}


def test_imports_point_one_way(capsys: pytest.CaptureFixture[str]) -> None:
    kept = lint_imports(
        config_filename=str(ROOT / "pyproject.toml"), no_cache=True, no_logo=True
    )

    assert kept == 0, capsys.readouterr().out


def test_the_domain_needs_only_the_standard_library() -> None:
    def beyond(_: Path, source: str) -> set[str]:
        return foreign(source, own={"confederation"})

    assert offending(CONFEDERATION, beyond) == {}


def test_the_domain_has_no_way_out_no_clock_and_no_dice() -> None:
    def impure(_: Path, source: str) -> set[str]:
        return reaching(source, OUTSIDE | CHANCE | CLOCK) | clock_readings(source)

    assert offending(CONFEDERATION, impure) == {}


def test_in_the_protocol_only_the_client_reaches_out() -> None:
    def out(_: Path, source: str) -> set[str]:
        return reaching(source, OUTSIDE | {"activitypub.client", "activitypub.lines"})

    protocol = [path for path in ACTIVITYPUB if path.stem not in {"client", "lines"}]
    assert offending(protocol, out) == {}


def test_nobody_has_lines_to_others_but_the_client() -> None:
    def out(_: Path, source: str) -> set[str]:
        return reaching(source, {"activitypub.lines"})

    assert offending(INSTANCE, out) == {}


def test_the_demonstration_has_no_door_of_its_own_into_a_node() -> None:
    def within(_: Path, source: str) -> set[str]:
        allowed = reaching(source, DEMO_MAY)
        return reaching(source, {"confederation", "instance"}) - allowed

    assert offending(DEMO, within) == {}


def test_what_the_program_imports_is_declared() -> None:
    def beyond(path: Path, source: str) -> set[str]:
        return undeclared(source, declared(*(("panel",) if path == SOLVER else ())))

    assert offending(ACTIVITYPUB + INSTANCE, beyond) == {}


def test_what_the_tests_import_is_declared() -> None:
    def beyond(_: Path, source: str) -> set[str]:
        return undeclared(source, declared("dev", "panel"))

    ours = [
        path
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if not {"node_modules", ".venv"} & {*path.parts}
    ]
    assert offending(ours, beyond) == {}


def test_the_file_and_what_is_wrong_in_it_are_named() -> None:
    def sockets(_: Path, source: str) -> set[str]:
        return reaching(source, {"socket"})

    assert offending(ACTIVITYPUB, sockets) == {"activitypub/client.py": {"socket"}}


@pytest.mark.parametrize(
    "source",
    [
        "import socket",
        "import os.path as where",
        "from urllib import request",
        "from urllib.request import urlopen",
        "def read():\n    import asyncio.streams",
        "text = open('record').read()",
    ],
)
def test_a_way_out_is_noticed_however_it_is_written(source: str) -> None:
    assert reaching(source, OUTSIDE)


@pytest.mark.parametrize(
    "source",
    ["from urllib.parse import urlsplit", "import osmosis", "from io import x"],
)
def test_a_harmless_neighbour_is_left_alone(source: str) -> None:
    assert not reaching(source, OUTSIDE)


def test_the_clock_a_foreign_and_an_undeclared_package_are_noticed() -> None:
    assert clock_readings("at = datetime.now(UTC)") == {"now"}
    assert foreign("import msgspec", own={"confederation"}) == {"msgspec"}
    assert foreign("from instance import store", own={"confederation"}) != set()
    assert undeclared("from yaml import load", declared("dev")) == {"yaml.load"}
    assert undeclared("import multidict", declared()) == {"multidict"}
