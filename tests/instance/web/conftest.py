"""The story of three assemblies, told once for all the tests that only read it."""

import asyncio
from pathlib import Path

import pytest

from tests.instance.house import House
from tests.instance.three import Three
from tests.instance.web.evening import prepare
from tests.instance.web.full_council import FullCouncil, a_full_council
from tests.instance.web.hall import a_council
from tests.instance.web.story import Story, a_story


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Three nodes with one compact. Tests read it and change nothing."""
    directory: Path = tmp_path_factory.mktemp("story")
    return a_story(directory)


@pytest.fixture(scope="session")
def council_once(tmp_path_factory: pytest.TempPathFactory) -> Three:
    """Found two assemblies with rules under one compact; nobody changes these."""
    return a_council(tmp_path_factory.mktemp("council"))


@pytest.fixture
def council(council_once: Three, tmp_path: Path) -> Three:
    """Give a test two assemblies of its own to do with as it likes."""
    return council_once.moved(tmp_path)


@pytest.fixture(scope="session")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> House:
    """One assembly with five members and rules. Tests copy it and change nothing."""
    return asyncio.run(prepare(tmp_path_factory.mktemp("harbour")))


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> FullCouncil:
    """A node with one of everything. Tests copy it and change nothing."""
    return asyncio.run(a_full_council(tmp_path_factory.mktemp("full")))
