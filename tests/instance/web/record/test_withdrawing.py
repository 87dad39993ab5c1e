"""Words beside an entry are withdrawn on its page, by an officer who is sure."""

from confederation.identifiers import Digest
from instance.store import records
from instance.web.naming import in_hex
from tests.instance.house import NOON, House
from tests.instance.three import Three
from tests.instance.web.browsing import text_of
from tests.instance.web.hall import before
from tests.instance.web.sending import done, found_in, refused

CLERK = 0
WORDS = {
    "title": "Damp homes at the quay",
    "what": "Everybody in the house by the quay has told us about mould.",
    "why": "Children sleep in these rooms.",
    "theme": "housing",
}


async def test_the_clerk_withdraws_words_and_the_entry_says_why(
    council: Three,
) -> None:
    ours = council.houses[0]
    async with before(ours, CLERK) as (clerk,):
        issue = done(
            await clerk.post("/issues", on="/issues/new", previewed="yes", **WORDS)
        )
        page = entry_page(ours, issue)
        commitment = words_on(await clerk.get(page), WORDS["what"])

        unsure = await clerk.post(
            f"{page}/withdraw", on=page, words=commitment, why="person"
        )
        before_it = text_of(await clerk.get(issue))
        sure = await clerk.post(
            f"{page}/withdraw", on=page, words=commitment, why="person", sure="yes"
        )
        shown, after_it = await clerk.get(page), await clerk.get(issue)

    refused(unsure, 422, "cannot be undone")
    assert WORDS["what"] in before_it
    assert done(sure) == page
    assert "it spoke about a person" in text_of(shown)
    assert "has not answered yet" in text_of(shown)
    assert "(text withdrawn)" in text_of(after_it)
    assert WORDS["title"] in text_of(after_it)
    assert found_in(ours, "house by the quay") == set()


async def test_nobody_else_is_offered_the_form_or_can_send_it(council: Three) -> None:
    ours = council.houses[0]
    async with before(ours, CLERK, 2) as (clerk, member):
        issue = done(
            await clerk.post("/issues", on="/issues/new", previewed="yes", **WORDS)
        )
        page = entry_page(ours, issue)
        commitment = words_on(await clerk.get(page), WORDS["what"])

        offered = "Withdraw these words" in await member.get(page)
        sent = await member.post(
            f"{page}/withdraw", on="/people", words=commitment, why="law", sure="yes"
        )

    assert not offered
    refused(sent, 403, "clerk or registrar")
    assert found_in(ours, "house by the quay") != set()


def entry_page(house: House, issue: str) -> str:
    with house.desk(NOON) as desk:
        digest = Digest(f"sha256:{issue.rpartition('/')[2]}")
        row = records.entry(desk.connection, digest)
    assert row is not None
    return f"/record/{in_hex(row['assembly'])}/{row['seq']}"


def words_on(page: str, text: str) -> str:
    """Return what the form sends for these words."""
    below = page[page.index(text) :]
    return below.split('name="words" value="', 1)[1].split('"', 1)[0]
