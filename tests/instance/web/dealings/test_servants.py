"""A public servant answers for their office, and has no part in what members decide."""

import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from starlette.routing import Route

from confederation import assembly
from confederation.errors import NotEntitled, Refused
from confederation.identifiers import MemberId, ServantId
from confederation.membership import entitlement
from instance import node
from instance.errors import Misused
from instance.membership import welcome
from tests.instance.house import House
from tests.instance.kept import standing_in
from tests.instance.web.asking import Asking, asking, decides, found
from tests.instance.web.browsing import check, text_of
from tests.instance.web.evening import ONCE, TOKEN, Evening
from tests.instance.web.sending import found_in

CODE = re.compile(r'<code class="big">([^<]+)</code>')
MADE_UP = "0" * 64
THEIRS = ("/servant/", "/people/me/passkeys", "/sign-out", "/sign-in", "/in/", "/hall/")
"""What a public servant may send, and what is for whoever holds a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """An assembly that asked the housing office, whose public servant has come in."""

    asking: Asking
    body: str
    http: httpx.AsyncClient

    @property
    def evening(self) -> Evening:
        return self.asking.evening

    async def open(self, path: str, *, status: int = 200) -> str:
        answer = await self.http.get(path)
        assert answer.status_code == status, text_of(answer.text)
        check(answer)
        return answer.text

    async def send(self, path: str, *, on: str, **fields: str) -> httpx.Response:
        page = await self.open(on)
        once = ONCE.search(page)
        given = {"token": found(TOKEN, page), **({"once": once[1]} if once else {})}
        return await self.http.post(path, data={**given, **fields})

    async def ask(self) -> str:
        """Return the page on which they answer what their office is asked."""
        listed = await self.open("/servant")
        return found(re.compile(r'href="(/servant/asks/[^"]+)"'), listed)

    async def id(self) -> ServantId:
        states = await self.evening.look(lambda desk: node.load_all(desk, "servant"))
        return ServantId(next(iter(states)))


async def account(
    asked: Asking, body: str, *, status: int = 303, **changed: str
) -> str:
    """Let the clerk make an account; return where that led, or what was said."""
    page = f"{body}/servants"
    decision = decides(asked.evening, "They may answer us here.")
    given = {
        "once": found(ONCE, await asked.clerk.open(page)),
        "name": "Olga Office",
        "none": "yes",
        "until": "2026-12-20",
        "decision": decision.removeprefix("sha256:"),
        **changed,
    }
    return await asked.clerk.send(page, on=page, status=status, fields=given)


async def name_body(asked: Asking, name: str) -> str:
    clerk = asked.clerk
    once = found(ONCE, await clerk.open("/authorities"))
    return await clerk.send("/authorities", on="/authorities", once=once, name=name)


@asynccontextmanager
async def an_office(harbour: House, directory: Path) -> AsyncIterator[Office]:
    async with asking(harbour, directory) as asked:
        body = await name_body(asked, await authority_of(asked))
        shown = await asked.clerk.open(await account(asked, body))
        http = await asked.stranger()
        page = await http.get("/sign-in")
        came = await http.post(
            "/sign-in",
            data={"token": found(TOKEN, page.text), "code": found(CODE, shown)},
        )
        assert came.headers["location"] == "/servant", text_of(came.text)
        yield Office(asking=asked, body=body, http=http)


async def authority_of(asked: Asking) -> str:
    html = await asked.clerk.open(asked.page)
    return found(re.compile(r"<h1>\s*<bdi[^>]*>([^<]+)</bdi>"), html)


async def test_they_answer_what_their_office_is_asked_and_it_is_labelled(
    tmp_path: Path, harbour: House
) -> None:
    async with an_office(harbour, tmp_path) as office:
        ask = await office.ask()
        home = text_of(await office.open("/servant"))
        said = await office.send(ask, on=ask, kind="full", heard="Twelve roofs leak.")
        given = await office.send(
            f"{ask}/given", on=ask, sort="staff time", given="Two roofers in May."
        )
        public = await office.asking.clerk.see(office.asking.page)
        [entry] = await office.asking.answers()
        answered = await office.asking.clerk.see(f"/entries/{entry}")
        post = await office.asking.post()

    assert "Public servant, no vote" in home
    assert "Mend the roofs" in home
    assert said.status_code == given.status_code == 303
    assert "Twelve roofs leak." in public
    assert "in their account here. Public servant, no vote" in public
    assert "From a public servant: no vote, and no answer Two roofers" in public
    assert standing_in(public + answered + post, "Olga") == []


async def test_everybody_reads_that_there_is_an_account_and_members_whose(
    tmp_path: Path, harbour: House
) -> None:
    async with an_office(harbour, tmp_path) as office:
        member = await office.evening["Cleo"].see(f"{office.body}/servants")
        theirs = text_of(await office.open(f"{office.body}/servants"))
        chosen = await office.evening["Cleo"].open("/thanks")
        listed = await office.evening["Cleo"].see("/people")

    assert "Olga Office Public servant, no vote" in member
    assert "Somebody of this body Public servant, no vote" in theirs
    assert standing_in(chosen + listed, "Olga") == []


async def test_no_form_of_members_does_anything_for_them(
    tmp_path: Path, harbour: House
) -> None:
    async with an_office(harbour, tmp_path) as office:
        token = found(TOKEN, await office.open(await office.ask()))
        connection = sqlite3.connect(office.evening.config.database)
        before = connection.execute("pragma data_version").fetchone()
        forms = [
            route.path
            for route in office.evening.app.routes
            if isinstance(route, Route)
            and "POST" in (route.methods or ())
            and not route.path.startswith(THEIRS)
        ]
        for each in forms:
            path = re.sub(r"\{[^}]*:int\}", "1", each)
            path = re.sub(r"\{[^}]*\}", MADE_UP, path)
            answer = await office.http.post(path, data={"token": token})

            assert 400 <= answer.status_code < 500, path
        after = connection.execute("pragma data_version").fetchone()
        connection.close()

    assert len(forms) > 200
    assert after == before


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/motions", {"title": "More", "clause": "More for us."}),
        ("/stories", {"title": "A", "words": "B", "once": "1" * 28}),
        ("/issues", {"title": "A", "what": "B", "why": "C", "previewed": "yes"}),
        ("/meet", {"about": "A", "whose": "member", "once": "1" * 28}),
        ("/people", {"name": "A friend"}),
        ("/aid", {"once": "1" * 28, "purpose": "request", "title": "Money"}),
        ("/authorities", {"once": "1" * 28, "name": "Another office"}),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
async def test_what_is_for_members_is_refused_in_a_sentence(
    office_once: Office, path: str, fields: dict[str, str]
) -> None:
    token = found(TOKEN, await office_once.open(await office_once.ask()))

    answer = await office_once.http.post(path, data={"token": token, **fields})

    assert answer.status_code == 403
    said = text_of(answer.text)
    assert "As a public servant you answer" in said


@pytest.fixture
async def office_once(tmp_path: Path, harbour: House) -> AsyncIterator[Office]:
    async with an_office(harbour, tmp_path) as office:
        yield office


async def test_no_order_of_a_member_a_card_or_an_officer_is_theirs_to_give(
    office_once: Office,
) -> None:
    me = await office_once.id()
    here = await office_once.evening.look(node.assembly_here)

    for kind in entitlement.MAY:
        command = object.__new__(kind)
        object.__setattr__(command, "by", me)
        object.__setattr__(command, "at", office_once.evening.clock.now)
        with pytest.raises(NotEntitled):
            entitlement.check(here, command)


async def test_nobody_gives_them_an_office(office_once: Office) -> None:
    command = assembly.GrantRole(
        member=MemberId(await office_once.id()),
        role="clerk",
        by=office_once.asking.clerk.id,
        at=office_once.evening.clock.now,
    )

    with pytest.raises(Refused, match="member"):
        await office_once.evening.node.work(
            lambda desk: node.perform(desk, "assembly:it", command)
        )


async def test_only_the_clerk_makes_an_account_and_only_by_a_decision(
    tmp_path: Path, harbour: House
) -> None:
    async with asking(harbour, tmp_path) as asked:
        body = await name_body(asked, "Town council")
        page = f"{body}/servants"
        undecided = await account(asked, body, status=422, decision="1" * 64)
        undeclared = await account(asked, body, status=422, none="")
        a_member = await account(asked, body, status=422, name="cleo")
        past = await account(asked, body, status=422, until="2020-01-01")
        endless = await account(asked, body, status=422, until="")
        not_hers = await asked.evening["Cleo"].send(
            page, on="/stories", status=403, once="1" * 28, name="A", none="yes"
        )
        nobody = await asked.clerk.see(page)

    assert "needs a decision of our assembly" in undecided
    assert "is no member here" in undeclared
    assert "A member is called that" in a_member
    assert past
    assert "please choose a day" in endless
    assert "for the clerk to do" in not_hers
    assert "Nobody has an account." in nobody


async def test_an_account_ends_when_the_assembly_says_or_on_its_day(
    tmp_path: Path, harbour: House
) -> None:
    async with an_office(harbour, tmp_path) as office:
        ask, id = await office.ask(), await office.id()
        page = f"{office.body}/servants"
        hers = await office.evening["Cleo"].send(
            f"{page}/{id}/end", on="/stories", status=403
        )
        office.evening.clock.pass_by(days=29)
        late = await office.http.get(ask)
        office.evening.clock.pass_by(days=-29)
        again = await office.http.get(ask)
        await office.asking.clerk.send(f"{page}/{id}/end", on=page)
        over = await office.http.get(ask)

    assert "for the clerk to do" in hers
    assert (late.status_code, again.status_code, over.status_code) == (403, 200, 403)
    assert found_in(office.evening.house, "Olga") == set()


async def test_they_answer_for_no_other_body(tmp_path: Path, harbour: House) -> None:
    async with asking(harbour, tmp_path) as asked:
        other = await name_body(asked, "Water board")
        shown = await asked.clerk.open(await account(asked, other))
        await name_body(asked, await authority_of(asked))
        http = await asked.stranger()
        page = await http.get("/sign-in")
        token = found(TOKEN, page.text)
        await http.post("/sign-in", data={"token": token, "code": found(CODE, shown)})
        home = text_of((await http.get("/servant")).text)
        states = await asked.evening.look(lambda desk: node.load_all(desk, "ask"))
        [id] = [each for each, state in states.items() if state.put]
        theirs = await http.get(f"/servant/asks/{id}")

    assert "Nothing is asked of your office just now." in home
    assert theirs.status_code == 403


async def test_a_public_servant_does_not_become_a_member_beside(
    tmp_path: Path, harbour: House
) -> None:
    async with an_office(harbour, tmp_path) as office:
        with pytest.raises(Misused, match="is no member"):
            await office.evening.node.work(
                lambda desk: welcome.invite(desk, "olga office")
            )
