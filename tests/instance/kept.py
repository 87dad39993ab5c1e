"""What lies in the files of a node, or stands in what it says."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.instance.house import House

LONG: Final = 6
"""Letters of a word that stands in no key and no token by chance."""


def files_with(words: str, directory: Path) -> list[str]:
    """Name the files below a directory in which these words stand, as bytes."""
    assert len(words) >= LONG, "Three letters turn up in a key by chance."
    return [
        str(file.relative_to(directory))
        for file in directory.rglob("*")
        if file.is_file() and words.encode() in file.read_bytes()
    ]


def standing_in(text: str, *words: str) -> list[str]:
    """Name those of these words that stand in a text, keys and tokens aside."""
    return [word for word in words if re.search(whole(word), text)]


def whole(word: str) -> str:
    """Return the expression that finds a word, and no part of a key or a token.

    A short one counts where no letter or figure is beside it.
    """
    apart = r"[A-Za-z0-9+/_-]"
    found = re.escape(word)
    return found if len(word) >= LONG else rf"(?<!{apart}){found}(?!{apart})"


def files(house: House) -> str:
    """Return all that the files of a node hold, as text."""
    held: Iterator[bytes] = (
        path.read_bytes() for path in house.config.directory.iterdir()
    )
    return b"".join(held).decode("utf-8", "replace")


def without_room(connection: sqlite3.Connection) -> None:
    """Leave a node's database as large as it is, as a full disk does."""
    pages = connection.execute("pragma page_count").fetchone()[0]
    connection.execute(f"pragma max_page_count = {pages}")
