"""An action is offered from the page of an issue, and each leads to the other."""

import re
from typing import Final

from tests.instance.three import Three
from tests.instance.web.browsing import Browser, a_site, another, text_of
from tests.instance.web.hall import before
from tests.instance.web.raising import WORDS
from tests.instance.web.sending import done

FORM: Final = re.compile(r'<form method="post" action="/actions">.*?</form>', re.DOTALL)
NAMES: Final = re.compile(r'name="([a-z]+)"')
HIDDEN: Final = re.compile(r'type="hidden" name="([a-z]+)" value="([^"]*)"')
MENDING: Final = "Ask the housing office for a fan"


async def raised(browser: Browser) -> str:
    """Raise an issue and return its page."""
    return done(
        await browser.post("/issues", on="/issues/new", previewed="yes", **WORDS)
    )


async def act_on(browser: Browser, issue: str, **fields: str) -> str:
    """Fill in the short form on an issue's page, and return the action's page."""
    form = FORM.search(await browser.get(issue))
    assert form is not None
    hidden = dict(HIDDEN.findall(form[0]))
    return done(
        await browser.post(
            "/actions",
            **{**hidden, "effort": "an hour", "told": "members", **fields},
        )
    )


async def test_an_action_and_the_issue_it_is_about_lead_to_each_other(
    council: Three,
) -> None:
    async with before(council.houses[0], 0, 1) as (ada, other):
        issue = await raised(ada)

        action = await act_on(
            ada, issue, what=MENDING, due="2026-12-01", help="A form", mine="yes"
        )

        shown = await other.get(action)
        listed = await other.get(issue)
    assert f'href="{issue}"' in shown
    assert f'href="{action}"' in listed
    says = text_of(shown)
    assert "A form" in says
    assert "1 December 2026" in says
    assert "Taken on" in text_of(listed)


async def test_the_form_on_an_issue_asks_who_what_when_and_which_help(
    council: Three,
) -> None:
    async with before(council.houses[0], 0) as (ada,):
        issue = await raised(ada)
        form = FORM.search(await ada.get(issue))

    assert form is not None
    asked = set(NAMES.findall(form[0]))
    assert {"mine", "asked", "what", "due", "help"} <= asked
    assert form[0].count(" required") == 1


async def test_an_action_from_an_issue_is_nobodys_before_their_yes(
    council: Three,
) -> None:
    async with before(council.houses[0], 0) as (ada,):
        issue = await raised(ada)

        await act_on(ada, issue, what=MENDING)

        listed = text_of(await ada.get(issue))
    assert "Who takes it?" in listed


async def test_a_stranger_reads_on_an_issue_only_what_is_for_everyone(
    council: Three,
) -> None:
    house = council.houses[0]
    async with before(house, 0) as (ada,):
        issue = await raised(ada)
        elsewhere = await raised(ada)
        await act_on(ada, issue, what="For our members")
        await act_on(ada, issue, what="For all to read", told="everyone")
    async with a_site(house) as app, another(app, house) as stranger:
        page = await stranger.get(issue)
        apart = await stranger.get(elsewhere)

    assert "For all to read" in page
    assert "For our members" not in page
    assert "Do something about it" not in page
    assert "For all to read" not in apart
