"""Stories stand as their tellers want them to, beside what they show, and go again."""

from pathlib import Path

from instance.membership import belonging
from tests.instance.house import House
from tests.instance.kept import standing_in
from tests.instance.three import Three
from tests.instance.web.browsing import text_of
from tests.instance.web.evening import (
    an_assembly,
    posts_of_the_clerk,
    stranger,
)
from tests.instance.web.hall import before
from tests.instance.web.raising import WORDS
from tests.instance.web.sending import done, found_in, refused
from tests.instance.web.telling import STORY, TITLE, tell


async def test_a_story_is_for_the_members_unless_its_teller_says_everyone(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        kept = await tell(evening)
        told = await tell(evening, title="The stairs", told="everyone", name="Rose M.")

        assert STORY in await evening["Dov"].see(kept)
        somebody = await stranger(evening)
        says = await somebody.see("/stories")
        assert "The stairs Told by Rose M." in says
        assert TITLE not in says
        assert STORY in await somebody.see(told)
        await somebody.see(kept, status=404)
        [post] = await posts_of_the_clerk(evening)
        assert "The stairs" in post
        assert "Rose M. told this." in post


async def test_a_story_without_a_name_leads_to_nobody(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        told = await tell(evening, told="everyone")

        says = await (await stranger(evening)).open(told)

        assert "Told by somebody who lived it" in says
        assert standing_in(says, "Cleo") == []
        assert "Cleo" not in "".join(await posts_of_the_clerk(evening))


async def test_somebody_elses_story_needs_their_yes(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        says = await tell(evening, another="yes", status=403)
        told = await tell(evening, another="yes", agreed="yes")

        assert "Read it back to them first" in says
        assert "read back to them" in await evening["Dov"].see(told)


async def test_a_story_for_everyone_names_nobody_unawares(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        says = await tell(
            evening, words="Ring 07700 900123.", told="everyone", status=422
        )
        await tell(evening, words="Ring 07700 900123.", told="everyone", aware="yes")

        assert "looks like a phone number" in says


async def test_a_story_that_is_taken_back_is_gone_from_page_post_and_disk(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        told = await tell(evening, told="everyone")
        refused_to = await evening["Dov"].send(
            f"{told}/take-back",
            on=told,
            status=403,
            fields={"token": await evening["Dov"].token("/stories")},
        )
        await evening["Cleo"].send(f"{told}/take-back", on=told)

        await evening["Cleo"].see(told, status=404)
        assert "whoever told the story" in refused_to
        assert await posts_of_the_clerk(evening) == []
        assert found_in(evening.house, TITLE, STORY) == set()


async def test_whoever_leaves_takes_their_own_story_along_and_no_one_elses(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await tell(evening, told="everyone")
        await tell(evening, title="Nan's winter", another="yes", agreed="yes")
        cleo = evening["Cleo"].id

        await evening.node.work(lambda desk: belonging.leave(desk, cleo, words=()))

        says = await evening["Dov"].see("/stories")
        assert TITLE not in says
        assert "Nan's winter" in says


async def test_a_story_stands_beside_the_issue_that_it_shows(council: Three) -> None:
    async with before(council.houses[0], 0, 1) as (teller, other):
        issue = done(
            await teller.post("/issues", on="/issues/new", previewed="yes", **WORDS)
        )
        form = await teller.get(f"/stories?issue={issue.rpartition('/')[2]}")
        mark = form.partition('name="once" value="')[2].partition('"')[0]
        told = done(
            await teller.post(
                "/stories",
                on="/stories",
                title=TITLE,
                words=STORY,
                once=mark,
                issue=issue.rpartition("/")[2],
            )
        )
        beside = await other.get(issue)
        story = await other.get(told)
        done(await teller.post(f"{told}/issue", on=told, issue=""))
        away = await other.get(issue)
        strange = await teller.post(f"{told}/issue", on=told, issue="ab" * 32)

    assert "selected" in form
    assert TITLE in text_of(beside)
    assert issue in story
    assert TITLE not in away
    refused(strange, 422, "no such issue is known here")
