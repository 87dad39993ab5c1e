"""What a screen reader has to say of one vote, from the question to the figures.

It is read from the tree that a browser gives to such programs. How they speak it, and
whether people find their way by it, no machine can see.
"""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.instance.house import House
from tests.instance.serving import free_port
from tests.instance.web.evening import an_assembly, ask, hand_over, meet
from tests.instance.web.hall import listening
from tests.instance.web.keyboard import tab_to

pytestmark = pytest.mark.needs_browser

QUESTION = """
- main:
  - heading "Do we mend it?" [level=1]
  - paragraph: We mend it.
  - region "Your vote":
    - heading "Your vote" [level=2]
    - paragraph: Open until the facilitator closes it.
    - group "Do we mend it?":
      - radio "For"
      - radio "Against"
      - radio "Abstain"
    - paragraph:
      - button "Vote"
  - complementary:
    - region "How many have voted"
    - region "By which rule":
      - term: Who may vote
      - definition
      - term: Secret or not
      - definition
      - term: Closes
      - definition: when the facilitator closes it
"""
VOTED = """
- region "Your vote is in":
  - heading "Your vote is in" [level=2]
  - paragraph: /You voted/
"""
OUTCOME = """
- region "The outcome":
  - heading "The outcome" [level=2]
  - table:
    - rowgroup:
      - row "Choice Votes":
        - columnheader "Choice"
        - columnheader "Votes"
    - rowgroup:
      - row "For 1":
        - rowheader "For"
        - cell "1"
"""


async def test_a_screen_reader_is_told_all_of_a_vote(
    harbour: House, tmp_path: Path, browser: Browser
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot, port = await ask(evening, await meet(evening)), free_port()
        async with listening(evening.app, port):
            context = await browser.new_context(reduced_motion="reduce")
            await hand_over(evening, "Cleo", context)
            page = await context.new_page()
            await page.goto(f"http://127.0.0.1:{port}{ballot}")
            await expect(page.locator("body")).to_match_aria_snapshot(QUESTION)

            await tab_to(page, "For you to do")
            await tab_to(page, "For")
            await page.keyboard.press("Space")
            await tab_to(page, "Vote")
            async with page.expect_navigation():
                await page.keyboard.press("Enter")
            await expect(page.locator("main")).to_match_aria_snapshot(VOTED)

            await evening["Ada"].send(f"{ballot}/close", on=ballot)
            await page.goto(f"http://127.0.0.1:{port}{ballot}")
            await expect(page.locator("main")).to_match_aria_snapshot(OUTCOME)
            await context.close()
