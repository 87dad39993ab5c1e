"""The node that peers talk to: a founded assembly, served by a process of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from activitypub import canonical, documents
from activitypub.canonical import JsonObject
from confederation.identifiers import SessionId
from confederation.session import CallSession, Notice
from instance import node, speech
from instance.deciding import polls
from instance.desk import Desk
from instance.fediverse import persona
from instance.meeting import meetings
from instance.membership import welcome
from instance.store import events, posts
from instance.store.polls import Choose
from instance.store.posts import Actor
from tests.instance.house import House, a_house, found
from tests.instance.serving import Serving, folkmoot, free_port


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The node, its files and its addresses."""

    house: House
    serving: Serving

    @property
    def base(self) -> str:
        return self.serving.base

    @property
    def group(self) -> str:
        return f"{self.base}/g/harbour"

    @property
    def clerk(self) -> str:
        return f"{self.group}/clerk"

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """Work beside the serving node, as its keeper's commands do."""
        with self.house.desk(datetime.now(UTC)) as desk:
            yield desk

    def says(self, text: str) -> str:
        """Let the assembly post something, and return its address."""
        directory = str(self.serving.directory)
        return folkmoot("post", directory, "--as", "harbour", text).stdout.strip()

    def changes(self, post: str, text: str) -> None:
        """Let the clerk change what a post says."""
        with self.desk() as desk:
            row = posts.object_of(desk.connection, post)
            assert row is not None
            before = canonical.read(row["body"].encode())
            changed: JsonObject = {"content": text, "contentMap": {"en": text}}
            speech.revise(desk, {**before, **changed})

    def asks(self, *options: str, choose: Choose = "one") -> str:
        """Let the clerk ask a straw poll."""
        with self.desk() as desk:
            ends_at = desk.now + timedelta(days=2)
            return polls.ask(desk, "When?", options, choose=choose, ends_at=ends_at)

    def calls_a_meeting(self, session: str) -> str:
        """Call a meeting of which everybody may know; return its event."""
        with self.desk() as desk:
            notice = Notice(
                title=events.keep_wording(desk.connection, "Spring meeting"),
                kind="assembly",
                starts_at=desk.now + timedelta(days=3),
                place=events.keep_wording(desk.connection, "The boat shed"),
                told="everyone",
                place_told="everyone",
            )
            command = CallSession(
                session=SessionId(session), notice=notice, by=None, at=desk.now
            )
            node.perform(desk, f"session:{session}", command)
            row = posts.object_about(
                desk.connection, f"session:{session}", kind=meetings.MEETING
            )
            assert row is not None
            return str(row["id"])

    def member(self, username: str) -> Actor:
        """Invite somebody, and give them an actor of their own."""
        name = username.title()
        with self.desk() as desk:
            member = welcome.invite(desk, name).member
            return persona.become(desk, member, username=username, name=name)

    def rows(self, query: str, **values: object) -> list[Any]:
        with self.desk() as desk:
            return [tuple(row) for row in desk.connection.execute(query, values)]


@contextmanager
def a_home(directory: Path) -> Iterator[Home]:
    """Found an assembly, and serve it."""
    house = a_house(directory, port=free_port())
    home = Home(
        house=house,
        serving=Serving(house.config.directory, int(house.config.host.split(":")[1])),
    )
    with home.desk() as desk:
        found(house, desk)
    home.serving.start()
    try:
        yield home
    finally:
        home.serving.stop()


def get(url: str) -> Any:
    """Get a document as servers do."""
    found = httpx.get(url, headers={"accept": documents.ACTIVITY_JSON}, timeout=60)
    return found.raise_for_status().json()


def page(url: str) -> str:
    """Get a page as people do."""
    return httpx.get(
        url, headers={"accept": "text/html"}, follow_redirects=True, timeout=60
    ).text
