"""What goes wrong stands in the log with its place, and never with what was there."""

import sys
import traceback
from typing import Final, TextIO

import structlog
from structlog.typing import ExcInfo

INDENT: Final = "    "


def keep_plain() -> None:
    """Write log lines without the values of variables: votes and passwords are some.

    A trace is set in, so that no text in it passes for a line of the log (S40, S46).
    """
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=True),
            structlog.dev.ConsoleRenderer(
                colors=sys.stdout.isatty(), exception_formatter=_set_in
            ),
        ]
    )


def _set_in(out: TextIO, error: ExcInfo) -> None:
    trace = "".join(traceback.format_exception(*error))
    out.writelines(f"\n{INDENT}{line}" for line in trace.splitlines())
