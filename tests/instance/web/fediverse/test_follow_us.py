"""A visitor is shown the way to follow us from their own server; nobody is asked."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest

from instance.store import software
from tests.instance.house import House, a_house
from tests.instance.web.browsing import Browser, a_site, another, text_of


@pytest.fixture
def harbour(tmp_path: Path) -> House:
    return a_house(tmp_path, domain="harbour.example")


@pytest.fixture
async def visitor(harbour: House) -> AsyncIterator[Browser]:
    async with a_site(harbour) as site, another(site, harbour) as browser:
        yield browser


GROUP = quote("https://harbour.example/g/harbour", safe="")


async def test_the_front_page_asks_for_ones_own_name_and_needs_no_script(
    visitor: Browser,
) -> None:
    page = await visitor.get("/")

    assert '<form method="get" action="/follow-us">' in page
    assert "@harbour@harbour.example" in text_of(page)


async def test_a_visitor_is_led_to_their_server_and_can_copy_our_handle(
    harbour: House, visitor: Browser
) -> None:
    page = await visitor.get("/follow-us?who=@sam@town.example")

    assert f"https://town.example/authorize_interaction?uri={GROUP}" in page
    assert "Go on at town.example" in text_of(page)
    assert "@harbour@harbour.example" in text_of(page)
    assert harbour.rows("select * from errand") == []


@pytest.mark.parametrize(
    ("runs", "way"),
    [
        ("folkmoot", f"/intents/follow?object={GROUP}"),
        ("sharkey", "/authorize-follow?acct=harbour%40harbour.example"),
        ("akkoma", "/ostatus_subscribe?acct=harbour%40harbour.example"),
        ("lemmy", "/search?q=%21harbour%40harbour.example"),
        ("something new", f"/authorize_interaction?uri={GROUP}"),
    ],
)
async def test_what_a_server_is_known_to_run_says_which_way_is_right(
    harbour: House, visitor: Browser, runs: str, way: str
) -> None:
    with harbour.desk() as desk:
        software.learn(desk.connection, "https://town.example", name=runs, at=0)

    assert f'"https://town.example{way}"' in await visitor.get(
        "/follow-us?who=sam@town.example"
    )


@pytest.mark.parametrize(
    "who",
    [
        *("", "sam", "@sam", "https://town.example/@sam", "@sam@town.example/x"),
        *("@sam@", "@sam@user@town.example", "@sam@town.example:99999", '@"@x.example'),
        *("javascript:alert(1)", "@sam@harbour.example"),
    ],
)
async def test_what_is_no_name_elsewhere_leads_nowhere_and_stays_in_the_form(
    visitor: Browser, who: str
) -> None:
    page = await visitor.get(f"/follow-us?who={quote(who)}", status=422)

    assert "Go on at" not in page
    assert 'role="alert"' in page
    assert f'value="{who}"'.replace('@"@', "@&#34;@") in page
