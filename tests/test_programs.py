"""A suite that could not run is named; it never passes for one that did."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.__main__ import closing_lines, spread
from tests.instance.serving import CLAIMED_AT, free_port
from tests.programs import BROWSER

ROOT = Path(__file__).parent.parent


def run_with_programs_from(directory: Path) -> str:
    """Run the tests of this file that need a browser, with another PATH."""
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", __file__, "-k", "chromium or closing"],
        cwd=ROOT,
        env={**os.environ, "PATH": str(directory)},
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.stdout


@pytest.mark.needs_browser
async def test_chromium_works_a_form_without_a_script(browser: Browser) -> None:
    page = await browser.new_page(java_script_enabled=False)
    await page.set_content('<form><label>Your name <input name="who"></label></form>')

    await page.get_by_label("Your name").fill("Dana")

    assert await page.get_by_label("Your name").input_value() == "Dana"


def test_a_suite_without_its_program_is_named_above_the_last_line(
    tmp_path: Path,
) -> None:
    *_, named, last = run_with_programs_from(tmp_path).splitlines()

    assert named == "not run: pages in a browser, needs chromium"
    assert "3 passed" in last
    assert "deselected" in last


def test_the_closing_lines_end_with_what_was_not_run() -> None:
    lines = closing_lines({"mypy": True, "pytest": True}, not_run=[BROWSER], wanted=[])

    assert lines[-3:] == [
        "mypy: passed",
        "pytest: passed",
        "not run: pages in a browser, needs chromium",
    ]


def test_the_closing_lines_complain_where_every_suite_was_wanted() -> None:
    lines = closing_lines({"pytest": True}, not_run=[BROWSER], wanted=[BROWSER])

    assert lines[-2] == "With --all, a suite that cannot run is a failure:"


def test_the_closing_lines_say_which_check_failed() -> None:
    lines = closing_lines({"mypy": False, "pytest": True}, not_run=[], wanted=[])

    assert lines[-2:] == ["mypy: FAILED", "pytest: passed"]


def test_all_tests_are_shared_out_and_chosen_ones_are_not() -> None:
    assert "loadfile" in spread([])
    assert spread(["tests/test_demo.py", "-k", "port"]) == []


def test_a_port_that_was_given_is_closed_to_whoever_asks_next() -> None:
    port = free_port()

    with socket.socket() as another, pytest.raises(OSError, match="in use"):
        another.bind((CLAIMED_AT, port))

    with socket.socket() as whose_it_is:
        whose_it_is.bind(("127.0.0.1", port))
