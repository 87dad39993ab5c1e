"""What the law of a place means for a decision is said beside it, never in it."""

from pathlib import Path

import pytest

from instance.web.naming import in_hex
from tests.instance.house import NOON
from tests.instance.web.browsing import a_browser, text_of
from tests.instance.web.drafting import begins, puts, three_that_share, version
from tests.instance.web.hall import before
from tests.instance.web.sending import done, found_in, refused

CHAIR, SECOND = 0, 1
LAW = "In this country an assembly cannot own a house: a society has to."


@pytest.mark.parametrize("pages", ["proposals", "compacts"])
async def test_a_note_on_the_law_stands_on_the_page_and_in_no_record(
    tmp_path: Path, pages: str
) -> None:
    together, issue = three_that_share(tmp_path)
    ours, theirs, _ = together.houses
    async with before(ours, CHAIR, SECOND) as (clerk, member):
        text = version(ours, await begins(clerk, in_hex(issue), together.houses))
        about = {
            "proposals": puts(ours, text.title, text.clauses),
            "compacts": together.compact.digest,
        }[pages]
        path = f"/{pages}/{in_hex(about)}"
        done(await clerk.post(f"{path}/jurisdiction", on=path, words=LAW))
        kept = found_in(ours, LAW)
        not_theirs = await member.post(
            f"{path}/jurisdiction", on="/issues/new", words="No."
        )
        nowhere = await clerk.post(
            f"/{pages}/{'0' * 64}/jurisdiction", on=path, words=LAW
        )
        form = await member.get(path)
    together.exchange(NOON)
    async with a_browser(ours) as stranger:
        shown = await stranger.get(path)
    async with before(ours, CHAIR) as (clerk,):
        done(await clerk.post(f"{path}/jurisdiction", on=path, words=""))
        gone = await clerk.get(path)

    assert LAW in text_of(shown)
    assert "It stands in no record" in text_of(shown)
    assert "/jurisdiction" not in shown + form
    refused(not_theirs, 403, "This is for the clerk to do.")
    refused(nowhere, 404, "No such proposal or compact is known here.")
    assert kept == {"jurisdiction_note"}
    assert found_in(theirs, LAW) == set()
    assert LAW not in gone
