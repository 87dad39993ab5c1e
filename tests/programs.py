"""A test that needs a program Python does not bring says so with one marker.

Where the program is missing its suite is left out, and whoever ran the tests is told:
a suite that quietly did not run looks just like one that passed.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A suite and the program it needs; its tests carry ``pytest.mark.<marker>``.

    Args:
        marker: what its tests are marked with.
        suite: what it is called where it is not run.
        program: the name of the program.
        lighter: one that does the same with less work, and is taken where it is there.
        within: the directory that has it, None for wherever programs are.
    """

    marker: str
    suite: str
    program: str
    lighter: str | None = None
    within: Path | None = None

    @property
    def path(self) -> str | None:
        """Where the program is, None if this machine does not have it."""
        within = None if self.within is None else str(self.within)
        lighter = self.lighter and shutil.which(self.lighter, path=within)
        return lighter or shutil.which(self.program, path=within)

    def __str__(self) -> str:
        return f"{self.suite}, needs {self.program}"


BROWSER = Need(
    marker="needs_browser",
    suite="pages in a browser",
    program="chromium",
    lighter="chromium-headless-shell",
)
FEDIFY = Need(
    marker="needs_fedify",
    suite="a peer made with Fedify",
    program="node",
    within=TESTS / "peers/fedify/node_modules/.bin",
)
VOTING = Need(
    marker="needs_voting",
    suite="counts by pref_voting",
    program="python3",
    within=TESTS / "peers/voting/.venv/bin",
)
SYSTEMD = Need(
    marker="needs_systemd",
    suite="the unit of a node read by systemd",
    program="systemd-analyze",
)
NEEDS = (BROWSER, FEDIFY, VOTING, SYSTEMD)


def missing() -> tuple[Need, ...]:
    """List the suites that cannot run on this machine."""
    return tuple(need for need in NEEDS if need.path is None)
