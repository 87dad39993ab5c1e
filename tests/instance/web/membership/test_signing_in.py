"""Coming in, going out, and whoever tries to come in otherwise."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from confederation import assembly
from instance import node
from instance.desk import Desk
from instance.membership import welcome
from instance.web import tries, visits
from instance.web.forms import MOST_BYTES
from tests.instance.house import NOON, a_house, found
from tests.instance.web.browsing import a_browser, a_site, another, text_of


async def test_a_member_comes_in_by_the_button_on_their_link(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    with node.at_desk(house.config) as desk:
        link = welcome.new_link(desk, house.members[0]).link
    path = link.removeprefix(house.config.base)
    async with a_browser(house) as browser:
        page = await browser.get(path)
        still_out = await browser.get("/sign-in")

        answer = await browser.post(path)

        assert "Come in as&nbsp;<bdi>Ada</bdi>" in page
        assert "signed in as" not in still_out
        assert answer.status_code == 303
        assert answer.headers["location"] == "/"
        assert "You are signed in as <bdi>Ada</bdi>" in await browser.get("/sign-in")


async def test_a_member_comes_in_by_a_printed_code_however_it_is_typed(
    tmp_path: Path,
) -> None:
    house = a_house(tmp_path)
    with node.at_desk(house.config) as desk:
        code = welcome.new_link(desk, house.members[1]).code
    async with a_browser(house) as browser:
        answer = await browser.post("/sign-in", code=f" {code.upper()} ")

        assert answer.status_code == 303
        assert "signed in as <bdi>Ben</bdi>" in await browser.get("/sign-in")


@pytest.mark.parametrize(
    ("asked_for", "leads_to"),
    [("/people/me", "/people/me"), ("//elsewhere.example", "/"), ("https://x", "/")],
)
async def test_whoever_was_sent_to_the_door_comes_back_to_the_page_they_asked_for(
    tmp_path: Path, asked_for: str, leads_to: str
) -> None:
    house = a_house(tmp_path)
    with node.at_desk(house.config) as desk:
        code = welcome.new_link(desk, house.members[1]).code
    async with a_browser(house) as browser:
        kept_out = await browser.get("/people/me", status=403)
        door = f"/sign-in?back={quote(asked_for)}"
        wrong = await browser.post("/sign-in", on=door, code="none", back=asked_for)
        answer = await browser.post("/sign-in", on=door, code=code, back=asked_for)

    assert 'href="/sign-in?back=/people/me"' in kept_out
    assert f'name="back" value="{leads_to}"' in wrong.text
    assert answer.headers["location"] == leads_to


async def test_a_wrong_code_is_answered_with_a_sentence_and_what_was_typed(
    tmp_path: Path,
) -> None:
    async with a_browser(a_house(tmp_path)) as browser:
        answer = await browser.post("/sign-in", code="abcd-efgh-jkmn")

        assert answer.status_code == 422
        assert "opens nothing here" in answer.text
        assert 'role="alert"' in answer.text


async def test_what_is_wrong_stands_beside_the_field_in_the_readers_language(
    tmp_path: Path,
) -> None:
    async with a_browser(a_house(tmp_path)) as browser:
        browser.http.headers["accept-language"] = "fr"
        answer = await browser.post("/sign-in", code="abcd-efgh-jkmn")

        assert re.search(
            r'<span class="wrong" id="refused-why">Ce code [^<]+</span>'
            r'<input [^>]+ aria-describedby="refused-why code-help"'
            r' aria-invalid="true" autofocus>',
            answer.text,
        )


async def test_a_link_that_was_cut_short_opens_nothing(tmp_path: Path) -> None:
    async with a_browser(a_house(tmp_path)) as browser:
        page = await browser.get("/in/abc", status=404)

        assert "it may have been cut short" in text_of(page)
        assert '<a class="button" href="/sign-in">' in page


async def test_signing_in_changes_the_session_and_old_forms_with_it(
    tmp_path: Path,
) -> None:
    async with a_browser(a_house(tmp_path)) as browser:
        page = await browser.get("/sign-in")
        token = page.partition('name="token" value="')[2].partition('"')[0]
        [before] = list(browser.http.cookies.jar)

        await browser.use_link()

        [after] = list(browser.http.cookies.jar)
        assert after.name == before.name
        assert after.value != before.value
        # Whoever planted the cookie has forms of that session, and no others.
        old = await browser.http.post("/sign-out", data={"token": token})
        assert old.status_code == 403
        assert "signed in as" in await browser.get("/sign-in")


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    tmp_path: Path,
) -> None:
    house = a_house(tmp_path)
    async with a_browser(house) as browser:
        answer = await browser.http.get("/sign-in")

        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "path=/" in cookie
        assert cookie.startswith("folkmoot-8001=")


async def test_a_public_node_gives_its_cookie_over_https_only(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    public = replace(house.config, domain="harbour.example.org", dev=False)
    house = replace(house, config=public)
    async with a_browser(house) as browser:
        answer = await browser.http.get("/sign-in")

        assert answer.headers["set-cookie"].startswith("__Host-folkmoot=")
        assert "; Secure" in answer.headers["set-cookie"]
        assert answer.headers["strict-transport-security"]


async def test_a_member_signs_out(tmp_path: Path) -> None:
    async with a_browser(a_house(tmp_path)) as browser:
        await browser.sign_in()

        answer = await browser.post("/sign-out", on="/sign-in")

        assert answer.status_code == 303
        assert "signed in as" not in await browser.get("/sign-in")


@pytest.mark.parametrize("leaves", ["by signing out", "by coming in anew"])
async def test_a_copied_cookie_is_worth_nothing_once_its_owner_has_left(
    tmp_path: Path, leaves: str
) -> None:
    house = a_house(tmp_path)
    async with (
        a_site(house) as app,
        another(app, house) as ada,
        another(app, house) as thief,
    ):
        await ada.sign_in()
        [cookie] = list(ada.http.cookies.jar)
        thief.http.cookies.set(cookie.name, cookie.value or "")
        assert "signed in as" in await thief.get("/sign-in")

        if leaves == "by signing out":
            await ada.post("/sign-out", on="/sign-in")
        else:
            await ada.use_link()

        assert "signed in as" not in await thief.get("/sign-in")


async def test_signing_out_in_one_browser_leaves_the_other_alone(
    tmp_path: Path,
) -> None:
    house = a_house(tmp_path)
    async with (
        a_site(house) as app,
        another(app, house) as phone,
        another(app, house) as laptop,
    ):
        await phone.sign_in()
        await laptop.sign_in()

        await phone.post("/sign-out", on="/sign-in")

        assert "signed in as" in await laptop.get("/sign-in")


async def test_a_session_runs_out(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    async with a_browser(house) as today:
        await today.sign_in()
        [cookie] = list(today.http.cookies.jar)
    for days, signed_in in ((59, True), (61, False)):
        async with a_browser(house, at=NOON + timedelta(days=days)) as later:
            later.http.cookies.set(cookie.name, cookie.value or "")
            page = await later.get("/sign-in")

            assert ("signed in as" in page) is signed_in


async def test_a_forged_cookie_signs_nobody_in(tmp_path: Path) -> None:
    async with a_browser(a_house(tmp_path)) as browser:
        await browser.sign_in()
        [cookie] = list(browser.http.cookies.jar)
        assert cookie.value is not None
        forged = cookie.value[:-2] + ("AA" if cookie.value[-2:] != "AA" else "BB")
        browser.http.cookies.clear()
        browser.http.cookies.set(cookie.name, forged)

        assert "signed in as" not in await browser.get("/sign-in")


async def test_a_cookie_of_another_node_signs_nobody_in(tmp_path: Path) -> None:
    ours, theirs = a_house(tmp_path), a_house(tmp_path, slug="hill")
    async with a_browser(theirs) as there, a_browser(ours) as here:
        await there.sign_in()
        [cookie] = list(there.http.cookies.jar)
        here.http.cookies.set(cookie.name, cookie.value or "")

        assert "signed in as" not in await here.get("/sign-in")


async def test_who_is_a_member_no_longer_is_signed_in_no_longer(
    tmp_path: Path,
) -> None:
    house = a_house(tmp_path)
    async with a_browser(house) as browser:
        await browser.sign_in(who=1)
        with house.desk() as desk:
            desk.connection.execute("delete from person where name = 'Ben'")

        assert "signed in as" not in await browser.get("/sign-in")


async def test_a_form_without_its_token_changes_nothing(tmp_path: Path) -> None:
    async with a_browser(a_house(tmp_path)) as browser:
        await browser.sign_in()

        answer = await browser.http.post("/sign-out", data={"token": ""})

        assert answer.status_code == 403
        assert "signed in as" in await browser.get("/sign-in")


async def test_a_token_from_another_persons_page_changes_nothing(
    tmp_path: Path,
) -> None:
    house = a_house(tmp_path)
    async with (
        a_site(house) as app,
        another(app, house) as ada,
        another(app, house) as mallory,
    ):
        await ada.sign_in(0)
        await mallory.sign_in(1)
        page = await mallory.get("/sign-in")
        token = page.partition('name="token" value="')[2].partition('"')[0]

        answer = await ada.http.post("/sign-out", data={"token": token})

        assert answer.status_code == 403
        assert "signed in as <bdi>Ada</bdi>" in await ada.get("/sign-in")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8002"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
)
async def test_a_form_sent_from_elsewhere_changes_nothing(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    async with a_browser(a_house(tmp_path)) as browser:
        await browser.sign_in()
        page = await browser.get("/sign-in")
        token = page.partition('name="token" value="')[2].partition('"')[0]

        answer = await browser.http.post(
            "/sign-out", data={"token": token}, headers=headers
        )

        assert answer.status_code == 403
        assert "sent from another site" in answer.text
        assert "signed in as" in await browser.get("/sign-in")


async def test_nobody_is_let_in_by_guessing(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    with node.at_desk(house.config) as desk:
        code = welcome.new_link(desk, house.members[0]).code
    async with a_site(house) as app:
        async with another(app, house, come_from="203.0.113.9") as guesser:
            for _ in range(tries.MOST_BY_ONE):
                await guesser.post("/sign-in", code="abcd-efgh-jkmn")

            refused = await guesser.post("/sign-in", code=code)

            assert refused.status_code == 429
        async with another(app, house, come_from="203.0.113.10") as neighbour:
            assert (await neighbour.post("/sign-in", code=code)).status_code == 303


async def test_behind_a_proxy_each_person_is_counted_by_their_own_address(
    tmp_path: Path,
) -> None:
    house = a_house(tmp_path)
    async with a_browser(house) as browser:
        answers = set[int]()
        for number in range(tries.MOST_BY_ONE + 5):
            browser.http.headers["x-forwarded-for"] = f"6.6.6.6, 203.0.113.{number}"
            answer = await browser.post("/sign-in", code="abcd-efgh-jkmn")
            answers.add(answer.status_code)

        assert answers == {422}


async def test_nobody_but_the_proxy_is_believed_about_an_address(
    tmp_path: Path,
) -> None:
    house = a_house(tmp_path)
    async with (
        a_site(house) as app,
        another(app, house, come_from="203.0.113.9") as guesser,
    ):
        answers = []
        for number in range(tries.MOST_BY_ONE + 1):
            guesser.http.headers["x-forwarded-for"] = f"203.0.113.{number}"
            answer = await guesser.post("/sign-in", code="abcd-efgh-jkmn")
            answers.append(answer.status_code)

        assert answers[-1] == 429


async def test_a_form_that_asks_for_more_than_it_should_is_refused(
    tmp_path: Path,
) -> None:
    async with a_browser(a_house(tmp_path)) as browser:
        answer = await browser.post("/sign-in", code="abcd", admin="yes")

        assert answer.status_code == 422
        assert "no field “admin”" in answer.text


@pytest.mark.parametrize(
    ("content", "kind", "says"),
    [
        (b"x" * (MOST_BYTES + 1), "application/x-www-form-urlencoded", "too long"),
        (b"code=%ff%fe", "application/x-www-form-urlencoded", "could not be read"),
        (b"a&" * 300, "application/x-www-form-urlencoded", "could not be read"),
        (b"{}", "application/json", "A form was expected"),
    ],
)
async def test_a_form_that_is_none_is_refused_with_a_sentence(
    tmp_path: Path, content: bytes, kind: str, says: str
) -> None:
    async with a_browser(a_house(tmp_path)) as browser:
        answer = await browser.http.post(
            "/sign-in", content=content, headers={"content-type": kind}
        )

        assert answer.status_code == 422
        assert says in answer.text


def test_roles_are_those_of_today(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    ada = house.members[0]

    def roles(desk: Desk) -> frozenset[str]:
        member = visits.member_of(desk, ada)
        assert member is not None
        return member.roles

    with house.desk() as desk:
        before = roles(desk)
        found(house, desk)
        for command in (assembly.GrantRole, assembly.EndRole):
            changed = command(member=ada, role="registrar", by=None, at=desk.now)
            node.perform(desk, "assembly:it", changed)
            assert ("registrar" in roles(desk)) is (command is assembly.GrantRole)

        assert before == frozenset()
        assert "teller" in roles(desk)


async def test_a_page_that_is_not_there_says_so_kindly(tmp_path: Path) -> None:
    async with a_browser(a_house(tmp_path)) as browser:
        page = await browser.get("/no-such-page", status=404)
        server = await browser.http.get(
            "/no-such-page", headers={"accept": "application/activity+json"}
        )

        assert "There is nothing here" in page
        assert "Harbour" in page
        assert "Folkmoot" not in page
        assert server.status_code == 404
        assert server.headers["content-type"] == "application/problem+json"


async def test_a_wrong_method_is_answered_kindly(tmp_path: Path) -> None:
    async with a_browser(a_house(tmp_path)) as browser:
        answer: httpx.Response = await browser.http.get("/sign-out")

        assert answer.status_code == 405
        assert "That does not work here" in answer.text
