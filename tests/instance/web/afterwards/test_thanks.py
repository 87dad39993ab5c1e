"""What people did is told as widely as they say, and taken back when they say so."""

from pathlib import Path

from confederation.dealings import thanks
from confederation.identifiers import ThanksId
from instance.dealings import deeds
from instance.desk import Desk
from instance.membership import belonging
from instance.store import events
from tests.instance.house import House
from tests.instance.web.evening import (
    Evening,
    an_assembly,
    once,
    posts_of_the_clerk,
    stranger,
)
from tests.instance.web.offering import offer
from tests.instance.web.thanking import SOUP, tell, thank


async def the_one(evening: Evening) -> str:
    """Return the page of the only thing that was told."""
    page = await evening["Cleo"].open("/thanks")
    return (
        "/thanks/"
        + page.partition('class="big"><a href="/thanks/')[2].partition('"')[0]
    )


async def test_a_deed_is_for_members_until_its_doer_says_everyone(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await tell(evening)
        await tell(evening, what="Swept the stairs", told="everyone")

        assert "Cleo did this Cooked soup for forty" in await evening["Dov"].see(
            "/thanks"
        )
        eva = await stranger(evening)
        says = await eva.see("/thanks")
        assert "a member of Harbour Assembly did this Swept the stairs" in says
        assert SOUP not in says
        assert "Cleo" not in says
        told = "".join(await posts_of_the_clerk(evening))
        assert "Done here:</strong> Swept the stairs" in told
        assert SOUP not in told
        assert "Cleo" not in told


async def test_a_deed_told_twice_is_told_once(tmp_path: Path, harbour: House) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        cleo = evening["Cleo"]
        fields = {"once": await once(cleo, "/thanks"), "what": SOUP}

        for _ in range(2):
            await cleo.send("/thanks/deed", on="/thanks", fields=fields)

        assert (await cleo.see("/thanks")).count(SOUP) == 1


async def test_thanks_reach_everyone_only_when_whoever_is_thanked_agrees(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await thank(evening, to="Dov", told="everyone")
        page = await the_one(evening)
        assert "it waits for whoever is thanked" in await evening["Ada"].see("/thanks")
        assert await posts_of_the_clerk(evening) == []
        assert "May everyone read" not in await evening["Ada"].see("/thanks")
        assert "You were thanked" in await evening["Dov"].see("/today")
        token = {"token": await evening["Ada"].token("/thanks")}
        await evening["Ada"].send(
            f"{page}/agree", on="/thanks", status=403, fields=token
        )

        await evening["Dov"].send(f"{page}/agree", on="/thanks", named="yes")

        [post] = await posts_of_the_clerk(evening)
        assert "Thank you</strong> to Dov: for the lamp" in post
        assert "From a member of Harbour Assembly." in post
        eva = await stranger(evening)
        assert "says thank you to Dov for the lamp" in await eva.see("/thanks")


async def test_what_was_taken_back_is_gone_here_and_its_post_is_deleted(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await tell(evening, told="everyone")
        page = await the_one(evening)
        token = {"token": await evening["Ada"].token("/thanks")}
        await evening["Ada"].send(
            f"{page}/take-back", on="/thanks", status=403, fields=token
        )

        for _ in range(2):
            await evening["Cleo"].send(f"{page}/take-back", on="/thanks")

        def held(desk: Desk) -> str:
            return "".join(
                str(tuple(row))
                for table in ("wording", "object", "activity", "event")
                for row in desk.connection.execute(f"select * from {table}")
            )

        assert SOUP not in await evening["Dov"].see("/thanks")
        assert SOUP not in await evening.look(held)
        for path in evening.config.directory.iterdir():
            assert not path.is_file() or SOUP.encode() not in path.read_bytes(), path
        await evening["Dov"].see(page, status=404)


async def test_a_phone_number_in_words_for_everyone_is_pointed_out(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        says = await tell(
            evening, what="Rang 07700 900461", told="everyone", status=422
        )

        assert "Everybody would read this." in says
        assert await posts_of_the_clerk(evening) == []


async def test_something_done_is_celebrated_where_its_doer_ticks_that(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        cleo, action = evening["Cleo"], await offer(evening, told="everyone")
        await cleo.send(f"{action}/yes", on=action)

        await cleo.send(
            f"{action}/done",
            on=action,
            fields={
                "once": await once(cleo, action),
                "came_of_it": "There is light",
                "celebrate": "yes",
                "told": "everyone",
            },
        )

        told = await posts_of_the_clerk(evening)
        assert any("Done here:</strong> There is light" in each for each in told)
        assert "Cleo did this There is light" in await evening["Dov"].see("/thanks")


async def test_no_page_counts_or_ranks_what_people_did(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        for number in range(3):
            await tell(evening, what=f"Soup {number}")
        await tell(evening, by="Dov", what="Tea")

        says = await evening["Ada"].see("/thanks")

        order = [says.index(each) for each in ("Tea", "Soup 2", "Soup 1", "Soup 0")]
        assert order == sorted(order), "the newest first, whoever did it"
        assert "times" not in says
        assert "points" not in says


async def test_whoever_leaves_is_named_in_no_post_of_ours_any_more(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        cleo, action = evening["Cleo"], await offer(evening, told="everyone")
        await cleo.send(f"{action}/yes", on=action, named="yes")
        await tell(evening, told="everyone", named="yes")
        await tell(evening, what="Swept the stairs", told="everyone")
        await thank(evening, by="Dov", to="Cleo", words="for all", told="everyone")
        page = await the_one(evening)
        await cleo.send(f"{page}/agree", on="/thanks", named="yes")
        assert "Cleo" in "".join(await posts_of_the_clerk(evening))

        await evening.node.work(
            lambda desk: belonging.leave(desk, cleo.id, words=frozenset())
        )

        told = "".join(await posts_of_the_clerk(evening))
        assert "Cleo" not in told
        assert "Taken on</strong> by a member of Harbour Assembly." in told
        assert "Swept the stairs" in told
        assert SOUP not in told
        says = await evening["Dov"].see("/thanks") + await evening["Dov"].see(action)
        assert "Cleo" not in says


async def test_one_tap_tells_a_small_deed_and_one_says_thank_you(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await tell(evening, what="Cooked for others")
        page, dov = await the_one(evening), evening["Dov"]
        about = f"thanks:{page.rpartition('/')[2]}"
        token = {"token": await dov.token("/thanks")}

        for _ in range(3):
            await dov.send("/thanks/tap", on="/thanks", fields=token, about=about)

        says = await evening["Ada"].see("/thanks")
        assert says.count("Dov says thank you to Cleo Thank you!") == 1
        assert await posts_of_the_clerk(evening) == []


async def test_nobody_thanks_themselves_by_a_tap_nor_for_what_is_not_done(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await tell(evening)
        page, cleo = await the_one(evening), evening["Cleo"]
        about = f"thanks:{page.rpartition('/')[2]}"
        undone = await offer(evening)
        token = {"token": await cleo.token("/thanks")}

        await cleo.send("/thanks/tap", on="/thanks", fields=token, about=about)
        says = await cleo.send(
            "/thanks/tap",
            on="/thanks",
            status=404,
            fields=token,
            about=f"action:{undone.rpartition('/')[2]}",
        )

        assert "nothing here to say thank you for" in says
        assert "says thank you" not in await evening["Ada"].see("/thanks")


async def test_a_long_year_of_deeds_is_still_a_small_page(
    tmp_path: Path, harbour: House
) -> None:
    def many(desk: Desk) -> None:
        for number in range(40):
            deed = thanks.ShareDeed(
                thanks=ThanksId(f"{number}"),
                what=events.keep_wording(desk.connection, f"Soup {number}"),
                by=by,
                at=desk.now,
            )
            deeds.share(desk, f"{number}", deed)

    async with an_assembly(harbour, tmp_path) as evening:
        by = evening["Cleo"].id
        await evening.node.work(many)

        says = await evening["Cleo"].see("/thanks")

        assert "Soup 39" in says
        assert "Soup 9 " not in says
