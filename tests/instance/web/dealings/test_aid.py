"""What is needed and what is to be had is listed, answered and closed by its pages."""

from pathlib import Path

import pytest

from instance import node
from instance.dealings import aiding
from instance.desk import Desk
from instance.store import aid as store
from instance.store import posts
from tests.instance.house import House
from tests.instance.web.aiding import PUMPS, THERE, offer, post
from tests.instance.web.evening import Evening, an_assembly, once, stranger


async def agreement(evening: Evening, page: str) -> str:
    """Return the id of what was offered first on a post of ours."""

    def look(desk: Desk) -> str:
        state = node.load(desk, f"aid:{page.removeprefix('/aid/')}")
        return str(state.agreements[0].id)

    found: str = await evening.look(look)
    return found


async def test_a_need_is_posted_for_everyone_without_a_name(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        page = await post(evening)
        eva = await stranger(evening)

        assert "Water pumps" in await eva.see("/aid?theme=flood&place=quay")
        assert "Water pumps" not in await eva.see("/aid?place=quarry")
        says = await eva.see(page)
        assert "4 pieces" in says
        assert "Ada" not in says
        assert "We can help with this" not in says

        def look(desk: Desk) -> int:
            return sum(
                row["kind"] == aiding.AID
                for row in posts.newest_objects(desk.connection, most=50)
            )

        assert await evening.look(look) == 1


async def test_a_need_sent_twice_is_one(tmp_path: Path, harbour: House) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada = evening["Ada"]
        fields = {**PUMPS, "once": await once(ada, "/aid/new")}

        for _ in range(2):
            await ada.send("/aid", on="/aid/new", fields=fields)

        assert (await ada.see("/aid")).count("Water pumps") == 1


async def test_a_neighbour_here_helps_as_well(tmp_path: Path, harbour: House) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        page, cleo = await post(evening), evening["Cleo"]
        await offer(cleo, page, "1.5")
        assert "Answer whoever offers something" in await evening["Dov"].see("/today")
        of = await agreement(evening, page)

        dov = evening["Dov"]
        assert "Cleo : 1.5 pieces" in await dov.see(page)
        await dov.send(f"{page}/{of}/answer", on=page, answer="accept")
        await dov.send(f"{page}/{of}/step", on=page, step="confirmed")

        assert "2.5 left" in await dov.see(page)
        eva = await stranger(evening)
        says = await eva.see(page)
        assert "Delivered, and confirmed" in says
        assert "Cleo" not in says


@pytest.mark.parametrize(
    ("quantity", "status", "says"),
    [
        ("5", 409, "more than is left: 4."),
        ("none", 422, "a number above nothing"),
        ("-1", 422, "a number above nothing"),
    ],
)
async def test_what_cannot_be_offered_is_refused_and_stays_typed(
    tmp_path: Path, harbour: House, quantity: str, status: int, says: str
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        page = await post(evening)

        said = await offer(evening["Cleo"], page, quantity, status=status)

        assert says in said
        assert "Who answered" not in said


async def test_what_could_name_somebody_is_asked_about_before_everybody_reads_it(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        says = await post(evening, status=422, more="Ring 07700 900461.")

        assert "Everybody would read this." in says
        assert await post(evening, more="Ring 07700 900461.", aware="yes")


async def test_what_is_closed_takes_no_more_answers(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        page, cleo = await post(evening), evening["Cleo"]
        id = await once(cleo, page)

        await evening["Dov"].send(f"{page}/close", on=page)

        assert "No more answers are taken" in await cleo.see(page)
        says = await cleo.send(
            f"{page}/offer", on=page, status=409, fields={"once": id}, quantity="1"
        )
        assert "No more answers are taken on this." in says


async def test_what_others_have_is_listed_with_where_it_is_from_and_asked_for(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await evening.node.work(lambda desk: store.keep(desk.connection, THERE))
        page, ada = f"/aid/elsewhere/{THERE.mark}", evening["Ada"]
        listed = await ada.see("/aid")
        assert "Quarry Assembly" in listed
        assert "40 pieces , 37 left" in listed
        says = await ada.see(page)
        assert "From the quarry ." in says
        assert "nobody here has checked them" in says

        await offer(ada, page, "7")

        assert "7 pieces Offered, not accepted yet" in await ada.see(page)
        assert "is left: 37." in await offer(ada, page, "38", status=409)
        eva = await stranger(evening)
        assert "Offered, not accepted yet" not in await eva.see(page)


async def test_only_members_answer(tmp_path: Path, harbour: House) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        page, eva = await post(evening), await stranger(evening)
        token = await eva.token("/sign-in")

        for path in ("/offer", "/close"):
            await eva.send(
                f"{page}{path}", on=page, status=403, fields={"token": token}
            )
