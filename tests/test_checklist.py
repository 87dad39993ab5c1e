"""Each rule of the wire has a test that shows it, or a line that says what lacks."""

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from tests.checklist import WANTED

ROOT: Final = Path(__file__).parent.parent
CHECKLIST: Final = Path(__file__).parent / "checklist.toml"


def table(name: str) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(CHECKLIST.read_text(encoding="utf-8"))[name]
    return found


def named() -> Iterator[tuple[str, str]]:
    """Go through the checklist: an item, and a test that is to show it."""
    for name in WANTED:
        for item, tests in table(name).items():
            for test in tests:
                yield item, test


@cache
def collected(path: str) -> frozenset[str]:
    """List the tests that pytest would find in a file."""
    file = ROOT / path
    if not file.is_file() or not file.name.startswith("test_"):
        return frozenset()
    return frozenset(
        node.name
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    )


@pytest.mark.parametrize("item", [item for each in WANTED.values() for item in each])
def test_each_item_has_a_test_or_says_what_is_lacking(item: str) -> None:
    tests = {item for item, _ in named()}

    assert item in tests or table("open").get(item)


def test_every_test_of_the_checklist_is_there() -> None:
    astray = [
        (item, test)
        for item, test in named()
        if test.partition("::")[2] not in collected(test.partition("::")[0])
    ]

    assert astray == []


@pytest.mark.parametrize("name", WANTED)
def test_the_checklist_knows_no_other_items_and_is_in_order(name: str) -> None:
    known = WANTED[name]
    listed = list(table(name))

    assert set(listed) <= set(known)
    assert listed == sorted(listed, key=known.index)


def test_what_is_open_is_an_item_that_we_know_and_says_what_is_lacking() -> None:
    known = {item for each in WANTED.values() for item in each}

    assert set(table("open")) <= known
    assert all(len(lacking.split()) > 4 for lacking in table("open").values())
