"""What became of a form: carried out, or refused with a sentence; and what is kept."""

import re
import sqlite3

import httpx

from tests.instance.house import House
from tests.instance.kept import whole
from tests.instance.web.browsing import text_of


def done(answer: httpx.Response) -> str:
    """Make sure that a form was carried out; return the page that it led to."""
    assert answer.status_code == 303, text_of(answer.text)
    return answer.headers["location"]


def refused(answer: httpx.Response, status: int, says: str) -> None:
    """Make sure that a form was refused with a sentence on the page shown again."""
    assert answer.status_code == status, text_of(answer.text)
    assert says in text_of(answer.text)
    assert 'role="alert"' in answer.text


def found_in(house: House, *words: str) -> set[str]:
    """Name the tables of a node in which one of these words stands anywhere."""
    wanted = re.compile("|".join(map(whole, words)))
    found = set()
    connection = sqlite3.connect(house.config.database)
    tables = connection.execute("select name from sqlite_schema where type = 'table'")
    for (table,) in tables.fetchall():
        for row in connection.execute(f'select * from "{table}"'):
            text = " ".join(
                each.decode("utf-8", "replace")
                if isinstance(each, bytes)
                else str(each)
                for each in row
            )
            if wanted.search(text):
                found.add(table)
    connection.close()
    return found


def _readable(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
