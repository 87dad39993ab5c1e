"""What tellers counted is read line by line, however a line is written."""

import time

import pytest

from instance.web.deciding import marking


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("a > b: 12", ("a > b", 12)),
        ("a > b 12", ("a > b", 12)),
        ("a : 12", ("a ", 12)),
        ("a 5 12", ("a 5", 12)),
        (": 12", ("", 12)),
        ("blank:1234567", ("blank", 1_234_567)),
        ("12", ("12", None)),
        ("a: 12345678", ("a: 12345678", None)),
        ("a12", ("a12", None)),
        ("a:", ("a:", None)),
        ("a: ١٢", ("a: ١٢", None)),
    ],
)
def test_a_line_says_what_stands_on_a_paper_and_how_many_are_like_it(
    line: str, read: tuple[str, int | None]
) -> None:
    assert marking._apart(line) == read


def test_a_line_of_spaces_keeps_nobody_waiting() -> None:
    line = f"a{' ' * marking.MOST_IN_PAPERS}b"
    began = time.process_time()

    assert marking._apart(line) == (line, None)

    # By a pattern it took some twenty seconds, in which nobody was served.
    assert time.process_time() - began < 1
