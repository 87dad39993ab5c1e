"""What every suite shares: how examples are drawn, and the programs tests may need."""

import gc
import inspect
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from hypothesis import settings
from playwright.async_api import Browser, async_playwright, expect

from tests import compiled
from tests.programs import BROWSER, NEEDS, missing

# Nothing is fetched over TLS from elsewhere. To read all certificates that a machine
# trusts takes longer than a request, and httpx does so for each.
os.environ.pop("SSL_CERT_FILE", None)
os.environ["SSL_CERT_DIR"] = str(Path(__file__).parent)

compiled.keep()

# Milliseconds; only what never comes about takes so long, or a machine that is busy.
expect.set_options(timeout=60_000)

# Seconds. Five are the default, and a busy machine may need more for one page.
for_answers = inspect.signature(httpx.get).parameters["timeout"].default
for_answers.connect = for_answers.read = for_answers.write = 60.0

# Nothing of what is loaded is garbage, neither now nor later: to look through it again
# and again took a fifth of the time. So a node that serves does the same.
gc.disable()

# A slow machine is no counterexample. Whoever changed nothing about what is tested sees
# the same examples again; new ones are looked for on purpose.
settings.register_profile("same", deadline=None, derandomize=True)
settings.load_profile("same")
if examples := os.environ.get("FOLKMOOT_EXAMPLES"):
    settings.register_profile(
        "new", deadline=None, max_examples=int(examples), print_blob=True
    )
    settings.load_profile("new")

LONGEST = (
    *("test_damp_housing.py", "test_accessible.py", "test_admission.py"),
    *("test_demo.py", "test_split.py", "test_accessible_together.py"),
    *("test_first_night.py", "test_recall.py", "test_live.py", "test_damaged_vote.py"),
    *("test_hall.py", "test_without_network.py", "test_benchmarks.py"),
    *("test_fuzz.py", "test_simulation_large.py", "test_simulation.py"),
    *("test_nesting_large.py", "test_second.py", "test_crash.py", "test_nesting.py"),
)
"""Files that take longest, the longest first: shared out last, one would end alone."""

CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A room's router names the laptop on the table; such a page is no secure context.
    "--host-resolver-rules=MAP hall.test 127.0.0.1",
)


def pytest_configure(config: pytest.Config) -> None:
    """Declare one marker for each program that a test may need."""
    for need in NEEDS:
        config.addinivalue_line("markers", f"{need.marker}: {need}")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name an example of bytes by its place, since bytes may hold the time of day.

    Where several processes share the work, each must give a test the same name.
    """
    return argname if isinstance(val, bytes) else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out the tests whose program is missing; the summary names their suite.

    Where several processes share the work, the longest files come first.
    """
    absent = {need.marker for need in missing()}
    left_out = [item for item in items if _needs(item, absent)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not _needs(item, absent)]
    for item in items:
        # Whoever uses the one browser runs where it runs.
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: _place(item.path.name))


def pytest_collection_finish() -> None:
    """Let the garbage collector begin with what the tests themselves leave."""
    gc.freeze()
    gc.set_threshold(20_000)
    gc.enable()


def _place(name: str) -> int:
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)


def _needs(item: pytest.Item, markers: set[str]) -> bool:
    return any(mark.name in markers for mark in item.iter_markers())


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter,
) -> None:
    """Name each suite that was left out, above pytest's own closing line."""
    left_out: Sequence[pytest.Item] = terminalreporter.stats.get("deselected", [])
    for need in missing():
        if any(_needs(item, {need.marker}) for item in left_out):
            terminalreporter.write_line(f"not run: {need}")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Start Chromium once: that takes longer than most tests which look at a page."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=BROWSER.path, args=list(CHROMIUM_FLAGS)
        )
        yield started
        await started.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browser(chromium: Browser) -> AsyncIterator[Browser]:
    """Give Chromium to one test, which carries ``pytest.mark.needs_browser``.

    Each context is a profile of its own, and none is left to the next test.
    """
    assert chromium.contexts == []
    yield chromium
    for context in chromium.contexts:
        await context.close()
