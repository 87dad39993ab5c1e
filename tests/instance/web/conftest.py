"""The story of three assemblies, told once for all the tests that only read it."""

from pathlib import Path

import pytest

from tests.instance.web.story import Story, a_story


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Three nodes with one compact. Tests read it and change nothing."""
    directory: Path = tmp_path_factory.mktemp("story")
    return a_story(directory)
