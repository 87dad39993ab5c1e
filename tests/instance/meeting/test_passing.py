"""What passes with a meeting outlives a crash, and not the meeting."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection

from confederation.identifiers import MemberId, SessionId
from confederation.session import MemberCheckedIn
from instance.store import database, passing
from instance.store.database import Database
from tests.confederation.builders import MAY
from tests.instance.kept import files_with

PLANTED = "planted-5eed"


def here(name: str = PLANTED) -> MemberCheckedIn:
    return MemberCheckedIn(session=SessionId("s1"), member=MemberId(name), at=MAY)


def keeping(stream: str, event: MemberCheckedIn) -> Callable[[Connection], None]:
    return lambda connection: passing.append(
        connection, stream, after=0, events=[event], at=MAY
    )


async def test_what_passes_is_there_for_whoever_opens_the_files_next(
    tmp_path: Path,
) -> None:
    path = tmp_path / "node.sqlite"
    async with Database(path) as store:
        await store.write(
            lambda connection: passing.append(
                connection, "floor:s1", after=0, events=[here(), here("b")], at=MAY
            )
        )

    with closing(database.connect(path)) as connection:
        kept = passing.history(connection, "floor:s1")

    assert [each.type for each in kept] == ["MemberCheckedIn", "MemberCheckedIn"]
    assert PLANTED.encode() in kept[0].body


async def test_what_passed_with_a_meeting_is_in_no_file_and_the_rest_stays(
    tmp_path: Path,
) -> None:
    path = tmp_path / "node.sqlite"
    async with Database(path) as store:
        await store.write(keeping("floor:s1", here()))
        await store.write(keeping("table:s1/2", here()))
        await store.write(keeping("floor:s10", here("stays")))
        before = await store.read(lambda c: passing.history(c, "table:s1/2"))

        await store.write(lambda connection: passing.forget(connection, "s1"))
        await store.forget_steps()

        assert len(before) == 1
        assert await store.read(lambda c: passing.history(c, "table:s1/2")) == []
        assert len(await store.read(lambda c: passing.history(c, "floor:s10"))) == 1
        assert files_with(PLANTED, tmp_path) == []
