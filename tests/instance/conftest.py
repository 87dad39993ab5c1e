"""What the suites of the node share: three nodes that were made once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.instance.neighbours import Neighbours, three_neighbours
from tests.instance.three import Decided, Three, settled, three


@pytest.fixture(scope="session")
def three_nodes(tmp_path_factory: pytest.TempPathFactory) -> Three:
    """Found three assemblies under one compact; nobody changes these."""
    return three(tmp_path_factory.mktemp("three"))


@pytest.fixture
def together(three_nodes: Three, tmp_path: Path) -> Three:
    """Give a test three nodes of its own to do with as it likes."""
    return three_nodes.moved(tmp_path)


@pytest.fixture(scope="session")
def decided(three_nodes: Three, tmp_path_factory: pytest.TempPathFactory) -> Decided:
    """Let the three settle a proposal; nobody changes these nodes either."""
    together = three_nodes.moved(tmp_path_factory.mktemp("decided"))
    return Decided(together=together, proposal=settled(together))


@pytest.fixture(scope="session")
def neighbours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neighbours]:
    """Serve three nodes, each with its clerk's browser, to all who need such ones."""
    with three_neighbours(tmp_path_factory.mktemp("neighbours")) as found:
        yield found
