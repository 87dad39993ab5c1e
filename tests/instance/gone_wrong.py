"""Three assemblies on nodes that run, with links between them that can be cut."""

import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import httpx

from activitypub import canonical
from confederation import assembly
from confederation.confederal.council import Standing
from confederation.confederal.weighing import Fate
from confederation.errors import Unknown
from confederation.identifiers import Digest
from instance import node as node_
from instance import verification
from instance.membership import welcome
from tests.instance.house import House
from tests.instance.serving import free_port, now
from tests.instance.three import Three, proposes, three
from tests.links import Linked, Web, a_web

AT_MOST = 240.0
"""Seconds for what takes several rounds between processes that share a machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Valley:
    """Three nodes, their houses, and the links between them.

    ``took`` are the seconds that it took to found and to start them: a measure of how
    fast this machine is just now.
    """

    together: Three
    web: Web
    nodes: tuple[Linked, ...]
    took: float = 0.0

    def sees(self, house: House, proposal: Digest) -> Standing | None:
        """Say how a proposal stands as far as one of the nodes can see."""
        try:
            return self.together.standing(house, proposal, now())
        except Unknown:
            return None

    def certified(self, house: House, proposal: Digest) -> set[int]:
        """Return the seats of which a node knows a certified revision."""
        stands = self.sees(house, proposal)
        return {
            each.seat
            for each in (() if stands is None else stands.revisions)
            if each.fate is Fate.CERTIFIED
        }

    def confirmed(self, house: House, proposal: Digest, *, by: int = 2) -> bytes:
        """Return what a node holds as confirmed by so many; nothing if it is not."""
        stands = self.sees(house, proposal)
        if stands is None or stands.confirmed is None:
            return b""
        attested = next(
            each for each in stands.attestations if each.result == stands.confirmed
        )
        if len(attested.by) < by:
            return b""
        return canonical.canonical(verification.result_document(stands.confirmed))

    def opens(self, house: House, *, seconds: float) -> Digest:
        """Propose something that closes in so many seconds."""
        at = now()
        return proposes(
            self.together,
            house,
            at=at,
            opens=at,
            closes=at + timedelta(seconds=round(seconds)),
        )

    def opened(self, proposal: Digest) -> bool:
        """Whether every node knows that all three witnessed a proposal."""
        return all(
            (stands := self.sees(house, proposal)) is not None
            and len(stands.opened_by) == len(self.nodes)
            for house in self.together.houses
        )

    def twin(self, number: int, directory: Path, *sees: int) -> tuple[House, Linked]:
        """Copy a node that was stopped, and have the copy run with the same key."""
        house, node = self.together.houses[number], self.nodes[number]
        shutil.copytree(node.directory, directory)
        copy = self.web.twin(node, directory, *(self.nodes[each] for each in sees))
        return replace(house, config=replace(house.config, directory=directory)), copy


@contextmanager
def a_valley(directory: Path, seed: int = 0) -> Iterator[Valley]:
    """Found three assemblies with a compact and serve them, each behind its front."""
    fronts, began = [free_port() for _ in range(3)], time.monotonic()
    together = three(directory, ports=fronts)
    with a_web(seed) as web:
        nodes = tuple(
            web.join(house.config.directory, front=front, port=free_port())
            for house, front in zip(together.houses, fronts, strict=True)
        )
        for node in nodes:
            node.start()
        took = time.monotonic() - began
        yield Valley(together=together, web=web, nodes=nodes, took=took)


def page(node: Linked, path: str) -> str:
    """Read a page as anybody does."""
    answer = httpx.get(f"{node.base}{path}", headers={"accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return answer.text


def in_hex(digest: str) -> str:
    return digest.removeprefix("sha256:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member before the pages of a node that runs, with a browser of their own."""

    http: httpx.Client

    def reads(self, path: str) -> str:
        answer = self.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def sends(self, path: str, *, on: str, **fields: str) -> httpx.Response:
        """Open the page that a form stands on, and send the form."""
        token = re.search(r'name="token" value="([^"]+)"', self.reads(on))
        assert token is not None
        return self.http.post(path, data={"token": token[1], **fields})


@contextmanager
def the_clerk(house: House, node: Linked) -> Iterator[Person]:
    """Come in as whoever set a node up, by a personal link."""
    with house.desk(now()) as desk:
        grant = assembly.GrantRole(
            member=house.members[0], role="clerk", by=None, at=desk.now
        )
        node_.perform(desk, "assembly:it", grant)
        link = welcome.new_link(desk, house.members[0]).link
    path = link.removeprefix(house.config.base)
    with httpx.Client(
        base_url=node.base, headers={"accept": "text/html"}, timeout=60
    ) as http:
        person = Person(http=http)
        assert person.sends(path, on=path).status_code == 303
        yield person


def alters(house: House, what: str, old: bytes, new: bytes) -> None:
    """Change bytes of entries in a node's database, as a failing disk may.

    ``what`` is a condition in SQL that says of which. Whoever looks at it next has not
    read the records before.
    """
    house.records.clear()
    connection = sqlite3.connect(house.config.database)
    with connection:
        changed = connection.execute(
            "update entry set body = cast(replace(cast(body as text), :old, :new)"
            f" as blob) where {what}",
            {"old": old.decode(), "new": new.decode()},
        ).rowcount
    connection.close()
    assert changed == 1
