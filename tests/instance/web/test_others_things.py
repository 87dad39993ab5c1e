"""Nobody gets at what is another's: every route is tried with what is really there.

Whoever holds every office walks the pages first, and so do an ordinary member and
somebody who is none. What only the first was led to is then asked for, and sent, by the
others. A route that is new is tried with the rest.
"""

import asyncio
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import urljoin, urlsplit

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from tests.instance.house import House
from tests.instance.web import aiding, inviting, offering, telling, thanking
from tests.instance.web.evening import (
    Clock,
    Guest,
    an_assembly,
    ask,
    table_a_motion,
)
from tests.instance.web.full_council import SOON, a_full_council
from tests.instance.web.night import Night, a_night, draw
from tests.instance.web.routes import BY_A_SECRET, MADE_UP, written

BEGIN: Final = ("/", "/today", "/people", "/condition", "/asks", "/home", "/hall")
OF_EACH: Final = 2
"""To how many addresses of one route links are followed."""
THEIR_OWN: Final = ("/language/", "/static/", "/sign-", "/people/me", "/card", "/stub")
"""What is about whoever asks, whoever that is."""
BY_ITS_ADDRESS: Final = ("/asked/", "/in/")
"""What opens to whoever was given the address."""
FOR_ALL: Final = {
    "/calendar.ics": "leaves out, for strangers, what is for members",
    "/confirm/{number:int}/document": "is, for members, what the page before it says",
    "/sessions/{id}/screen": "hangs on the wall of the room, for whoever is there",
}
"""What more people may see than are led to it, and why."""
PARAMETER: Final = re.compile(r"\{([^}]+)\}")
Form: TypeAlias = tuple[str, frozenset[tuple[str, str]]]


class _Reader(HTMLParser):
    """Note the links of a page, and its forms with what stands in them."""

    def __init__(self, at: str) -> None:
        super().__init__()
        self.at = at
        self.links: list[str] = []
        self.forms: list[tuple[str, dict[str, str], set[str]]] = []
        self.choice = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in has:
            self.links.append(urljoin(self.at, has["href"]))
        elif tag == "form":
            posts = has.get("method") == "post"
            to = urlsplit(urljoin(self.at, has.get("action", self.at))).path
            self.forms.append((to if posts else "", {}, set()))
        elif self.forms:
            self.note(tag, has)

    def note(self, tag: str, has: dict[str, str]) -> None:
        _, fields, hidden = self.forms[-1]
        name, value = has.get("name", ""), has.get("value", "")
        if tag == "select":
            self.choice = name
        elif tag == "option" and not fields.get(self.choice):
            fields[self.choice] = value
        elif name and tag in ("input", "button", "textarea"):
            dated = "2026-12-20T18:00" if has.get("type") == "datetime-local" else "1"
            fields.setdefault(name, value or dated)
            if has.get("type") == "hidden" and name not in ("token", "once", "mark"):
                hidden.add(name)


@dataclass(slots=True)
class Led:
    """Where somebody was led: addresses, and forms with what they would send."""

    links: set[str] = field(default_factory=set)
    forms: dict[Form, dict[str, str]] = field(default_factory=dict)

    def add(self, other: "Led") -> None:
        self.links |= other.links
        self.forms |= other.forms


def route_of(app: Starlette, address: str, method: str) -> str | None:
    path = urlsplit(address).path
    for route in app.routes:
        assert isinstance(route, Route)
        if method in (route.methods or ()) and route.path_regex.match(path):
            return route.path
    return None


async def walk(app: Starlette, who: Guest, begin: Iterable[str] = BEGIN) -> Led:
    """Go from link to link, and to a few addresses of each route."""
    led, waiting = Led(), list(begin)
    kinds: dict[str, set[str]] = defaultdict(set)
    for at in waiting:
        answer = await who.http.get(at)
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        reader = _Reader(at)
        reader.feed(answer.text)
        for to, fields, hidden in reader.forms:
            led.forms[to, frozenset((n, fields[n]) for n in hidden)] = fields
        for link in reader.links:
            there = urlsplit(link)
            to = f"{there.path}?{there.query}" if there.query else there.path
            kind = route_of(app, to, "GET")
            if there.netloc or kind is None or there.path.startswith(THEIR_OWN):
                continue
            led.links.add(to)
            if to not in kinds[kind] and len(kinds[kind]) < OF_EACH:
                kinds[kind].add(to)
                waiting.append(to)
    return led


def filled(app: Starlette, links: Iterable[str]) -> Iterator[str]:
    """Go through the forms that there are, of each thing that a link names."""
    there = [urlsplit(link).path.split("/") for link in sorted(links)]
    for route in app.routes:
        assert isinstance(route, Route)
        if "POST" not in (route.methods or ()) or route.path in BY_A_SECRET:
            continue
        kind, _, rest = route.path.removeprefix("/").partition("/{")
        of_it = [
            parts[len(kind.split("/")) + 1]
            for parts in there
            if "/".join(parts).startswith(f"/{kind}/")
        ]
        for thing in dict.fromkeys(of_it) if rest else ():
            path = PARAMETER.sub(thing, route.path, count=1)
            yield PARAMETER.sub(lambda m: "1" if ":int" in m[1] else MADE_UP, path)


def kept(house: House) -> dict[str, list[str]]:
    """Return all that the node keeps, by table."""
    connection = sqlite3.connect(house.config.database)
    tables = "select name from sqlite_master where type = 'table'"
    found = {
        name: sorted(map(repr, connection.execute(f"select * from {name}")))
        for (name,) in connection.execute(tables).fetchall()
    }
    connection.close()
    return found


async def gets_through(
    app: Starlette, house: House, owners: Led, who: Guest
) -> list[str]:
    """Try all that the owners were led to, and all that is built like it."""
    led = await walk(app, who, (*BEGIN, *sorted(owners.links)))
    found = []
    for path in sorted(owners.links - led.links):
        if path.startswith(BY_ITS_ADDRESS):
            continue
        answer = await who.http.get(path)
        if answer.is_success and route_of(app, path, "GET") not in FOR_ALL:
            found.append(f"GET {path}")

    others = owners.forms.keys() - led.forms.keys()
    forms = [(form[0], owners.forms[form]) for form in others if form[0]]
    theirs = {to for to, _ in led.forms}
    forms += [(to, {}) for to in filled(app, owners.links) if to not in theirs]
    token = await who.token("/sign-in")
    before, anything = kept(house), written(house)
    for to, fields in sorted(forms, key=str):
        if to.startswith((*THEIR_OWN, *BY_ITS_ADDRESS)):
            continue
        answer = await who.http.post(to, data={**fields, "token": token})
        assert answer.status_code not in (429, 500), to
        if anything():
            anything, now = written(house), kept(house)
            changed = [table for table in now if now[table] != before.get(table)]
            before = now
            if changed:
                found.append(f"POST {to} wrote to {changed}")
    assert len(forms) > 200
    return found


async def things(night: Night) -> None:
    """Let members do what there is a page for, each something of their own."""
    evening, floor = night.evening, f"{night.meeting}/floor"
    await evening["Ada"].send(f"{floor}/open", on=floor)
    await draw(night)
    await inviting.draw(evening)
    await inviting.log(evening)
    await table_a_motion(evening, night.meeting)
    await ask(evening, night.meeting, channels=["hands", "online"])
    await telling.tell(evening)
    await aiding.post(evening)
    await offering.offer(evening)
    await thanking.thank(evening, to="Ben")
    await thanking.tell(evening)


OTHERS: Final = ("a member", "a card", "a stranger")


@pytest.mark.parametrize("other", OTHERS)
async def test_nobody_gets_at_what_others_have_in_an_assembly(
    tmp_path: Path, harbour: House, other: str
) -> None:
    async with a_night(harbour, tmp_path) as night:
        evening, owners = night.evening, Led()
        await things(night)
        for name in ("Ada", "Ben", "Cleo"):
            owners.add(await walk(evening.app, evening[name], (*BEGIN, night.meeting)))
        who = {
            "a member": evening["Dov"],
            "a card": await night.phone_with(57),
            "a stranger": await night.phone(),
        }[other]

        found = await gets_through(evening.app, evening.house, owners, who)

    assert found == []


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A node with one of everything. Tests copy it and change nothing."""
    return asyncio.run(a_full_council(tmp_path_factory.mktemp("full"))).house


@pytest.mark.parametrize("other", ["a member", "a stranger"])
async def test_nobody_gets_at_what_others_have_in_a_confederation(
    tmp_path: Path, full: House, other: str
) -> None:
    async with an_assembly(full, tmp_path, clock=Clock(now=SOON)) as evening:
        owners = Led()
        for name in ("Ada", "Cas Okonjo", "Dana Brightwater"):
            owners.add(await walk(evening.app, evening[name]))
        who = evening["Eli Marsh"]
        if other == "a stranger":
            who.http.cookies.clear()

        found = await gets_through(evening.app, evening.house, owners, who)

    assert found == []
