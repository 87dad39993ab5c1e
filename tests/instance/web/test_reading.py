"""What everybody may read, without signing in, on every page."""

import re
from datetime import timedelta

import pytest

from confederation.identifiers import Digest
from instance.web.naming import in_hex
from tests.instance.house import NOON
from tests.instance.web.browsing import a_browser, text_of
from tests.instance.web.story import Story

EVENING = NOON + timedelta(hours=8)
PAGES = (
    "/",
    "/issues",
    "/issues/{issue}",
    "/shared/{issue}",
    "/proposals",
    "/proposals/{confirmed}",
    "/proposals/{open}",
    "/proposals/{closing}",
    "/mandates/{harbour}",
    "/mandates/{hillside}",
    "/mandates/{riverbank}",
    "/decisions",
    "/decisions/{decided}",
    "/record",
    "/record/{ours}",
    "/record/{ours}?before=3",
    "/record/{ours}/check",
    "/record/{ours}/0",
    "/record/{theirs}",
    "/entries/{issue}",
    "/compacts",
    "/compacts/{compact}",
    "/g/harbour/clerk",
    "/about",
    "/sign-in",
)


def addressed(story: Story, path: str) -> str:
    digests: dict[str, Digest | str] = {
        "issue": story.issue,
        "decided": story.decided,
        "compact": story.compact.digest,
        "ours": story.harbour.id,
        "theirs": story.hillside.id,
        **story.proposals,
        **{name: each for name, each in story.mandates.items() if name != "open"},
    }
    return path.format_map({name: in_hex(each) for name, each in digests.items()})


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_safe_small_and_whole(story: Story, path: str) -> None:
    async with a_browser(story.harbour.house, at=EVENING) as browser:
        answer = await browser.http.get(addressed(story, path), follow_redirects=False)
        if answer.status_code == 302:
            assert answer.headers["location"] == "/"
            return

        html = await browser.get(addressed(story, path))

        assert len(text_of(html)) > 100


@pytest.mark.parametrize("path", PAGES)
async def test_every_link_on_a_page_leads_somewhere(story: Story, path: str) -> None:
    async with a_browser(story.harbour.house, at=EVENING) as browser:
        html = (await browser.http.get(addressed(story, path))).text
        for link in sorted(set(re.findall(r'(?:href|src)="(/[^"#]*)', html))):
            if re.match(r"/log/|/proposals/[0-9a-f]+/bundle", link):
                continue  # The protocol's own routes serve these.
            answer = await browser.http.get(link)

            assert answer.status_code in (200, 302), link
