"""What holds for each page and each form, whoever adds one: all routes are walked."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from tests.instance.house import House, a_house
from tests.instance.web.browsing import Browser, a_site, another
from tests.instance.web.routes import BY_A_SECRET, MADE_UP, written

ASSETS: Final = "/static/{mark}/{name}"
ELSEWHERE: Final = "https://evil.example"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return a_house(tmp_path_factory.mktemp("routes"))


@asynccontextmanager
async def before(house: House) -> AsyncIterator[tuple[list[Route], Browser]]:
    """Sign Ada in before the pages, and list all of their routes."""
    async with a_site(house) as app, another(app, house) as ada:
        await ada.sign_in()
        yield routes_of(app), ada


def routes_of(app: Starlette) -> list[Route]:
    return [route for route in app.routes if isinstance(route, Route)]


def of(routes: list[Route], method: str) -> Iterator[str]:
    """Go through the addresses that are asked in this way, with names filled in."""
    for route in routes:
        if method in (route.methods or ()):
            yield re.sub(r"\{[^}]*\}", MADE_UP, route.path)


async def test_every_answer_tells_browsers_to_be_careful(house: House) -> None:
    async with before(house) as (routes, ada):
        for path in of([r for r in routes if r.path != ASSETS], "GET"):
            answer = await ada.http.get(path)

            policy = answer.headers["content-security-policy"]
            assert "default-src 'self'" in policy, path
            assert "frame-ancestors 'none'" in policy, path
            assert "form-action 'self'" in policy, path
            assert "base-uri 'none'" in policy, path
            assert "unsafe" not in policy, path
            assert answer.headers["x-content-type-options"] == "nosniff", path
            assert answer.headers["referrer-policy"] == "same-origin", path
            assert answer.status_code < 500, path
            for cookie in answer.headers.get_list("set-cookie"):
                assert "HttpOnly" in cookie, path
                assert "SameSite=lax" in cookie, path


async def test_no_page_changes_anything_by_being_asked_for(house: House) -> None:
    async with before(house) as (routes, ada):
        anything = written(house)
        for path in of(routes, "GET"):
            await ada.http.get(path)

            assert not anything(), path


async def test_what_a_member_reads_is_kept_by_no_cache(house: House) -> None:
    async with before(house) as (routes, ada):
        for path in of([r for r in routes if r.path != ASSETS], "GET"):
            answer = await ada.http.get(path)

            if answer.status_code == 200:
                assert answer.headers["cache-control"] == "no-store", path


@pytest.mark.parametrize(
    ("sent", "token"),
    [
        ({}, False),
        ({"origin": ELSEWHERE}, True),
        ({"origin": "null"}, True),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "same-site"}, True),
    ],
    ids=["without its token", "from another site", "from nowhere", "across", "beside"],
)
async def test_no_form_does_anything_unless_it_stood_on_a_page_of_ours(
    house: House, *, sent: dict[str, str], token: bool
) -> None:
    async with before(house) as (routes, ada):
        right = await a_token(ada)
        anything = written(house)
        forms = [r for r in routes if r.path not in BY_A_SECRET]
        for path in of(forms, "POST"):
            answer = await ada.http.post(
                path, data={"token": right if token else ""}, headers=sent
            )

            assert answer.status_code == 403, path
            assert not anything(), path
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_whoever_never_came_can_send_no_form(house: House) -> None:
    async with a_site(house) as app, another(app, house) as ada:
        async with another(app, house) as mallory:
            right = await a_token(mallory)
        for path in of(routes_of(app), "POST"):
            answer = await ada.http.post(path, data={"token": right})

            known = answer.status_code == 403 or path in BY_A_SECRET
            assert known, path


async def test_what_a_laptop_sends_needs_its_secret(house: House) -> None:
    async with before(house) as (_, ada):
        anything = written(house)
        for path in BY_A_SECRET:
            for said in ({}, {"authorization": "Bearer 00"}):
                answer = await ada.http.post(path, content=b"{}", headers=said)

                assert 400 <= answer.status_code < 500, path
                assert not anything(), path


async def test_each_route_is_a_page_or_a_form_and_never_both(house: House) -> None:
    async with before(house) as (routes, _):
        both = [
            route.path
            for route in routes
            if not (route.methods or set()) <= {"GET", "HEAD"}
            and route.methods != {"POST"}
        ]

    assert both == []


async def a_token(browser: Browser) -> str:
    page = await browser.http.get("/sign-in")
    found = re.search(r'name="token" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]
