"""Letters leave a node that is served as its keeper does it, also after a power cut."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from instance import config
from instance.desk import Desk
from instance.membership import welcome
from instance.store import news
from tests.instance.house import House, a_house
from tests.instance.mail_server import Server, a_server
from tests.instance.serving import Serving, free_port, until

PEOPLE = ("ada@example.org", "ben@example.org", "cleo@example.org")
A_WEEK = timedelta(days=7).total_seconds()


@pytest.mark.parametrize(("word", "arrive"), [("DATA", (1, 1, 1)), ("RCPT", (1, 0, 1))])
async def test_a_node_that_is_killed_between_two_letters_sends_none_twice(
    tmp_path: Path, word: str, arrive: tuple[int, int, int]
) -> None:
    async with a_server() as server:
        server.hushes = (word, 2)
        # They were told up to a minute ago, and it is told in whole seconds.
        since = datetime.now(UTC).timestamp() - 30
        house = who_get_letters(tmp_path, server)
        serving = Serving(house.config.directory, int(house.config.listen[-5:]))
        await asyncio.to_thread(serving.start)
        try:
            await asyncio.to_thread(until, lambda: heard(server, word) == 2)
            await asyncio.to_thread(serving.kill)
            server.hushes = None
            await asyncio.to_thread(serving.start)
            await asyncio.to_thread(until, lambda: told(house, since)[2])
        finally:
            await asyncio.to_thread(serving.stop)

        assert tuple(addressed(server)[each] for each in PEOPLE) == arrive
        # Whoever may have got none is told the same news when the next one is due.
        with house.desk(datetime.now(UTC)) as desk:
            due = [each.due_at - desk.seconds for each in letters(desk)]
        assert len(due) == 3
        assert all(A_WEEK - 3600 < each <= A_WEEK for each in due)
        assert told(house, since) == [True, False, True]


def who_get_letters(directory: Path, server: Server) -> House:
    """Set up a node whose three people have confirmed an address, each due now."""
    port, now = free_port(), datetime.now(UTC)
    house = a_house(directory, port=port)
    settings = replace(house.config, mail=server.account, time_zone=noon_zone(now))
    config.write(settings)
    with house.desk(now) as desk:
        members = (*house.members, welcome.invite(desk, "Cleo").member)
        for number, (member, address) in enumerate(zip(members, PEOPLE, strict=True)):
            before = desk.seconds - 60 + number
            news.ask_for_mail(
                desk.connection,
                member,
                address=address,
                every="week",
                language="en",
                at=before,
                due_at=before,
                not_since=before,
            )
            news.confirm_mail(desk.connection, member, at=before, due_at=before)
    return replace(house, config=settings)


def noon_zone(now: datetime) -> str:
    """Name a zone where it is noon, since letters wake nobody."""
    ahead = 12 - now.hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "UTC"


def heard(server: Server, word: str) -> int:
    if word == "DATA":
        return len(server.got)
    return sum(line.upper().startswith(word) for line in server.heard)


def addressed(server: Server) -> Counter[str]:
    return Counter(str(each["To"]) for each in server.got)


def told(house: House, since: float) -> list[bool]:
    """Say of each person whether they were told what is new, as the node knows."""
    with house.desk(datetime.now(UTC)) as desk:
        return [each.told_until > since for each in letters(desk)]


def letters(desk: Desk) -> list[news.Mail]:
    """Return what the node keeps of each letter, in the order of their addresses."""
    rows = desk.connection.execute("select member from news_mail order by address")
    kept = (news.mail_of(desk.connection, row["member"]) for row in rows.fetchall())
    return [each for each in kept if each is not None]
