"""Serve a node whose clock is wrong, by as many seconds as a file says just now.

``python -m tests.elsewhen DIRECTORY FILE``
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from instance import app, config


def main() -> None:
    """Serve the node until it is stopped."""
    directory, apart = map(Path, sys.argv[1:])
    serve(directory, apart)


def serve(directory: Path, apart: Path) -> None:
    """Serve a node whose clock is wrong by as many seconds as the file says."""

    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(apart.read_text()))

    app.serve(config.read(directory), clock=clock)


if __name__ == "__main__":
    main()
