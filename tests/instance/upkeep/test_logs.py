"""What stands in the log of a node, whatever others wrote."""

from collections.abc import Iterator

import pytest
import structlog

from tests.instance.serving import folkmoot


@pytest.fixture(autouse=True)
def as_a_command() -> Iterator[None]:
    """Begin as every command does, and leave the log as it was."""
    folkmoot("init", "--help")
    yield
    structlog.reset_defaults()


def test_no_value_is_in_the_log_when_something_fails(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def vote(choice: str) -> None:
        raise ValueError(len(choice))

    try:
        vote("kelp" + "-against")
    except ValueError:
        structlog.get_logger().exception("job failed")

    said = capsys.readouterr().out
    assert "ValueError: 12" in said
    assert "kelp-against" not in said
    assert "locals" not in said


def test_what_others_wrote_begins_no_line_of_the_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    forged = "x\r\n2026-11-30 09:00:00 [info     ] forged"

    try:
        raise ValueError(forged)
    except ValueError:
        structlog.get_logger().exception("activity failed", id=forged)

    lines = capsys.readouterr().out.splitlines()
    assert sum("[error" in line for line in lines) == 1
    assert not any(line.startswith("2026-11-30 09:00:00") for line in lines)
