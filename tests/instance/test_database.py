"""One connection writes, and each piece of work is kept whole or not at all."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from pathlib import Path

import pytest

from instance.store import database
from instance.store.database import Database


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database(tmp_path / "node.sqlite") as opened:
        yield opened


async def test_whoever_is_refused_takes_nothing_from_the_others(
    store: Database,
) -> None:
    works = [setting("before"), refused_after(setting("refused")), setting("after")]

    outcomes = await asyncio.gather(*map(store.write, works), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [
        type(None),
        PermissionError,
        type(None),
    ]
    assert await store.read(names) == ["after", "before"]


async def test_a_part_that_is_undone_leaves_the_rest_of_the_work(
    store: Database,
) -> None:
    def work(connection: sqlite3.Connection) -> None:
        setting("kept")(connection)
        with pytest.raises(PermissionError), database.nested(connection):
            refused_after(setting("undone"))(connection)
        with database.nested(connection):
            setting("kept too")(connection)

    await store.write(work)

    assert await store.read(names) == ["kept", "kept too"]


async def test_what_one_piece_of_work_sets_around_it_is_not_there_for_the_next(
    store: Database,
) -> None:
    speaks = ContextVar("speaks", default="English")

    def before_and_after(_: sqlite3.Connection) -> str:
        before = speaks.get()
        speaks.set("French")
        return before

    written = [await store.write(before_and_after) for _ in range(2)]
    read = [await store.read(before_and_after) for _ in range(2)]

    assert {*written, *read} == {"English"}


async def test_work_is_done_in_the_language_of_whoever_asks_for_it(
    store: Database,
) -> None:
    speaks = ContextVar("speaks", default="English")
    speaks.set("French")

    assert await store.write(lambda _: speaks.get()) == "French"
    assert await store.read(lambda _: speaks.get()) == "French"


async def test_a_reader_can_change_nothing(store: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await store.read(setting("by a reader"))


async def test_a_full_disk_is_not_called_kept_and_ends_nothing(
    store: Database,
) -> None:
    def fill_the_disk(connection: sqlite3.Connection) -> None:
        pages = connection.execute("pragma page_count").fetchone()[0]
        connection.execute(f"pragma max_page_count = {pages}")

    def make_room(connection: sqlite3.Connection) -> None:
        connection.execute("pragma max_page_count = 1000000")

    await store.write(fill_the_disk)
    works = [setting("before"), setting("x" * 100_000), setting("after")]

    outcomes = await asyncio.gather(*map(store.write, works), return_exceptions=True)
    await store.write(make_room)
    await store.write(setting("there is room again"))

    assert [str(outcome) for outcome in outcomes] == ["database or disk is full"] * 3
    assert await store.read(names) == ["there is room again"]


def setting(name: str) -> Callable[[sqlite3.Connection], None]:
    def work(connection: sqlite3.Connection) -> None:
        connection.execute(
            "insert into setting (name, value) values (:name, '')", {"name": name}
        )

    return work


def refused_after(
    work: Callable[[sqlite3.Connection], None],
) -> Callable[[sqlite3.Connection], None]:
    def both(connection: sqlite3.Connection) -> None:
        work(connection)
        raise PermissionError("The rules do not allow it.")

    return both


def names(connection: sqlite3.Connection) -> list[str]:
    return [
        row["name"]
        for row in connection.execute("select name from setting order by name")
    ]
