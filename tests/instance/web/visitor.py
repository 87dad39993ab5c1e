"""A member who signs in to a node that runs as a process of its own, over real HTTP."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from confederation.identifiers import MemberId
from instance import config, node
from instance.membership import welcome
from instance.store import people
from tests.instance.house import House
from tests.instance.serving import Serving
from tests.instance.web.browsing import check, text_of

HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
TOKEN = re.compile(r'name="token" value="([^"]+)"')
ONCE = re.compile(r'name="once" value="([0-9a-f]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody's browser at one node."""

    http: httpx.Client

    def open(self, path: str, *, status: int = 200) -> str:
        """Open a page, make sure that it is whole, and return its HTML."""
        answer = self.http.get(path)
        assert answer.status_code == status, text_of(answer.text)
        check(answer)
        return answer.text

    def see(self, path: str, *, status: int = 200) -> str:
        """Open a page and return what it says."""
        return text_of(self.open(path, status=status))

    def answer(
        self, path: str, *, on: str, **fields: str | list[str]
    ) -> httpx.Response:
        """Send a form that stands on a page, and return what comes of it."""
        page = self.open(on)
        given: dict[str, str | list[str]] = {"token": found(TOKEN, page), **fields}
        if once := ONCE.search(page):
            given.setdefault("once", once[1])
        if "once" not in fields and path.rpartition("/")[2] not in TAKES_ONCE:
            given.pop("once", None)
        return self.http.post(path, data=given)

    def send(
        self,
        path: str,
        *,
        on: str | None = None,
        status: int = 303,
        **fields: str | list[str],
    ) -> str:
        """Send a form; return where it led, or what it said."""
        answer = self.answer(path, on=on or path, **fields)
        assert answer.status_code == status, text_of(answer.text)
        if status == 303:
            return str(answer.headers["location"])
        return text_of(answer.text)


TAKES_ONCE = ("asks", "aid", "actions", "offer", "paper", "received", "done")


def found(pattern: re.Pattern[str], html: str) -> str:
    match = pattern.search(html)
    assert match is not None
    return match[1]


@contextmanager
def a_visitor(serving: Serving, name: str | None = None) -> Iterator[Visitor]:
    """Open a browser at a node; with a name, as the member who has it."""
    with httpx.Client(base_url=serving.base, headers=HTML, timeout=60) as http:
        visitor = Visitor(http=http)
        if name is not None:
            settings = config.read(serving.directory)
            with node.at_desk(settings) as desk:
                names = people.names(desk.connection)
                [id] = [each for each, called in names.items() if called == name]
            _come_in(visitor, settings, MemberId(id))
        yield visitor


@contextmanager
def a_member(house: House, who: int) -> Iterator[Visitor]:
    """Open a browser at the node of a house, as one of its members."""
    with httpx.Client(base_url=house.config.base, headers=HTML, timeout=60) as http:
        visitor = Visitor(http=http)
        _come_in(visitor, house.config, house.members[who])
        yield visitor


def _come_in(visitor: Visitor, settings: config.Config, member: MemberId) -> None:
    with node.at_desk(settings) as desk:
        link = welcome.new_link(desk, member).link
    visitor.send(link.removeprefix(settings.base))
