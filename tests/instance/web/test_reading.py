"""What everybody may read, without signing in, on every page."""

import re
from datetime import timedelta

import pytest

from tests.instance.house import NOON
from tests.instance.web.browsing import a_browser, text_of
from tests.instance.web.story import PAGES, Story, a_story, addressed

EVENING = NOON + timedelta(hours=8)
HOSTILE = (
    "</title></textarea><script>alert(1)</script>"
    "<img src=x onerror=alert(1)>\" onfocus=alert(1) '\u202e{{ 7 * 7 }}"
)


async def test_every_page_is_safe_small_and_whole(story: Story) -> None:
    async with a_browser(story.harbour.house, at=EVENING) as browser:
        for path in PAGES:
            where = addressed(story, path)
            answer = await browser.http.get(where, follow_redirects=False)
            if answer.status_code == 302:
                assert answer.headers["location"] == "/", path
                continue

            html = await browser.get(where)

            assert len(text_of(html)) > 100, path


async def test_every_link_on_a_page_leads_somewhere(story: Story) -> None:
    found: dict[str, str] = {}
    async with a_browser(story.harbour.house, at=EVENING) as browser:
        for path in PAGES:
            html = (await browser.http.get(addressed(story, path))).text
            for link in re.findall(r'(?:href|src)="(/[^"#]*)', html):
                found.setdefault(link, path)
        for link, path in found.items():
            if link.startswith("/log/"):
                continue  # The protocol's own routes serve these.
            answer = await browser.http.get(link)

            assert answer.status_code in (200, 302, 303), (link, path)


@pytest.fixture(scope="module")
def hostile_story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The same story, told by somebody who attacks in every field."""
    return a_story(tmp_path_factory.mktemp("hostile"), beside=HOSTILE)


async def test_hostile_words_stay_words(hostile_story: Story) -> None:
    async with a_browser(hostile_story.harbour.house, at=EVENING) as browser:
        for path in PAGES:
            answer = await browser.http.get(addressed(hostile_story, path))

            assert "<script>" not in answer.text, path
            assert "<img src=x" not in answer.text, path
            attack = re.search(r"<[^>]*\son(error|focus)=", unquoted(answer.text))
            assert attack is None, path


async def test_hostile_words_are_shown_as_they_were_written(
    hostile_story: Story,
) -> None:
    async with a_browser(hostile_story.harbour.house, at=EVENING) as browser:
        answer = await browser.http.get(addressed(hostile_story, "/issues/{issue}"))

        assert "<script>alert(1)</script>" in text_of(answer.text)
        assert "{{ 7 * 7 }}" in text_of(answer.text)


@pytest.mark.parametrize(
    "path",
    ["/issues", "/issues/{issue}", "/shared/{issue}", "/proposals/{open}", "/compacts"],
)
async def test_hostile_words_are_kept_apart_from_what_stands_beside_them(
    hostile_story: Story, path: str
) -> None:
    async with a_browser(hostile_story.harbour.house, at=EVENING) as browser:
        html = (await browser.http.get(addressed(hostile_story, path))).text
        main = html.partition("<main")[2]

        for place in re.finditer("\u202e", main):
            before = main[: place.start()]
            isolated = before.count("<bdi") - before.count("</bdi>")
            alone = before.rfind('dir="auto"') > before.rfind("</div>")
            assert isolated > 0 or alone


async def test_a_page_with_all_that_it_needs_is_small(story: Story) -> None:
    async with a_browser(story.harbour.house, at=EVENING) as browser:
        html = await browser.get(addressed(story, "/proposals/{confirmed}"))
        weight = len(html.encode())
        for link in set(re.findall(r'(?:href|src)="(/static/[^"]+)', html)):
            weight += len((await browser.http.get(link)).content)

        assert weight < 50_000


async def test_mandate_stands_beside_vote(story: Story) -> None:
    async with a_browser(story.riverbank.house, at=EVENING) as browser:
        says = text_of(await browser.get(addressed(story, "/proposals/{confirmed}")))

        assert "Must choose: Against it" in says
        assert "We talked it through twice." in says
        assert "Its members: 12 for, 29 against, 3 abstaining." in says


async def test_a_vote_past_its_mandate_is_shown_with_the_rule_and_counted_by_nobody(
    story: Story,
) -> None:
    for town in story.towns:
        async with a_browser(town.house, at=EVENING) as browser:
            page = await browser.get(addressed(story, "/proposals/{confirmed}"))
            says = text_of(page)

            assert "Counted by nobody: outside mandate." in says
            assert "The mandate says against; this vote says for." in says
            assert "2 for, 1 against, 0 abstaining, of 3." in says


async def test_a_recall_shows_in_what_it_took_back(story: Story) -> None:
    async with a_browser(story.harbour.house, at=EVENING) as browser:
        proposal = await browser.get(addressed(story, "/proposals/{confirmed}"))
        mandate = await browser.get(addressed(story, "/mandates/{riverbank}"))

        assert "Vote taken back, because the delegate was recalled" in proposal
        assert "Ended: the delegate was recalled" in mandate
        assert "A political promise, not a contract" in mandate


async def test_every_number_opens_to_how_it_was_counted(story: Story) -> None:
    async with a_browser(story.harbour.house, at=EVENING) as browser:
        html = await browser.get(addressed(story, "/proposals/{confirmed}"))
        says = text_of(html)

        assert "<summary>How counted</summary>" in html
        assert "3 voted. At least 2 must vote, or nothing is decided" in says
        assert "more than 1/2 of the 3 that voted, so more than 1 1/2. Yes." in says
        assert "74 for, 47 against, 7 abstaining. More must be for it than" in says


async def test_all_nodes_show_one_fingerprint_of_one_result(story: Story) -> None:
    shown = set()
    for town in story.towns:
        async with a_browser(town.house, at=EVENING) as browser:
            html = await browser.get(addressed(story, "/proposals/{confirmed}"))
            found = re.search(r"Fingerprint of the result: <code[^>]*>([^<]+)", html)
            assert found is not None
            shown.add(found[1])

    assert len(shown) == 1


async def test_a_seat_without_a_word_from_its_assembly_is_uninstructed(
    story: Story,
) -> None:
    async with a_browser(story.harbour.house, at=EVENING) as browser:
        says = text_of(await browser.get(addressed(story, "/proposals/{open}")))

        assert "Uninstructed: nothing said on this yet" in says
        assert "Has not voted yet" in says
        assert "Votes close 24 November 2026, 12:00:00 UTC" in says


async def test_a_proposal_that_waits_says_for_whom(story: Story) -> None:
    async with a_browser(story.harbour.house, at=EVENING) as browser:
        says = text_of(await browser.get(addressed(story, "/proposals/{closing}")))

        assert "Closed, waiting for final words" in says
        assert "Waiting for Harbour , Hillside and Riverbank ." in says


async def test_a_shared_issue_shows_each_assembly_in_its_own_words(
    story: Story,
) -> None:
    for town in story.towns:
        async with a_browser(town.house, at=EVENING) as browser:
            says = text_of(await browser.get(addressed(story, "/shared/{issue}")))

            assert "3 assemblies have this, with 242 members between them" in says
            assert "Seven households told us about black mould in bedrooms." in says
            assert "Here it is the flats above the shops." in says
            assert "Cold ground floors since the flood." in says


async def test_a_decision_that_tellers_did_not_confirm_says_so(story: Story) -> None:
    async with a_browser(story.harbour.house, at=EVENING) as browser:
        says = text_of(await browser.get(addressed(story, "/decisions/{decided}")))

        assert "One signature only." in says
        assert "whoever runs the machine could have written this alone" in says


async def test_a_confirmed_decision_does_not_say_so(story: Story) -> None:
    async with a_browser(story.harbour.house, at=EVENING) as browser:
        mandate = await browser.get(addressed(story, "/mandates/{harbour}"))
        link = re.search(r"/decisions/[0-9a-f]{64}", mandate)
        assert link is not None
        says = text_of(await browser.get(link[0]))

        assert "One signature only" not in says
        assert "Confirmed by two tellers" in says


async def test_a_record_is_checked_when_somebody_asks(story: Story) -> None:
    async with a_browser(story.hillside.house, at=EVENING) as browser:
        ours = text_of(await browser.get(addressed(story, "/record/{theirs}/check")))
        copy = text_of(await browser.get(addressed(story, "/record/{ours}/check")))

        for says in (ours, copy):
            assert "Checked: the record holds." in says
            assert "Each entry names the one before it" in says


async def test_a_compact_can_be_printed_with_its_fingerprint(story: Story) -> None:
    async with a_browser(story.harbour.house, at=EVENING) as browser:
        page = await browser.get(addressed(story, "/compacts/{compact}"))
        code = await browser.http.get(addressed(story, "/compacts/{compact}/code.svg"))
        other = await browser.http.get(f"/compacts/{'0' * 64}/code.svg")

        assert "2 of the 3 assemblies must say the same" in text_of(page)
        assert not re.search(r'href="[^"]+/(change|leave|apply)"', page)
        assert code.headers["content-type"] == "image/svg+xml"
        assert b"<svg" in code.content
        assert other.status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/issues/",
        "/shared/",
        "/proposals/",
        "/mandates/",
        "/decisions/",
        "/record/",
        "/entries/",
        "/compacts/",
    ],
)
@pytest.mark.parametrize("name", ["0" * 64, "x", "%3Cscript%3E", "a" * 5000])
async def test_what_is_not_here_is_answered_kindly(
    story: Story, path: str, name: str
) -> None:
    async with a_browser(story.harbour.house, at=EVENING) as browser:
        page = await browser.get(f"{path}{name}", status=404)

        assert "To the front page" in page


def unquoted(html: str) -> str:
    """Return a page without what stands quoted in attributes."""
    return re.sub(r'="[^"]*"', "", html)
