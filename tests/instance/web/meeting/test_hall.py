"""The page that says who holds the pen, and lets two tellers take it back."""

from pathlib import Path

from instance.upkeep import hall
from tests.instance.house import House
from tests.instance.web.browsing import a_browser, a_site, another, text_of
from tests.instance.web.hall import a_hall


def lend(house: House) -> None:
    """Let the pen go out."""
    with house.desk() as desk:
        hall.lend(desk, code=hall.new_code(desk, by=None), claim="one")


async def test_the_clerk_makes_a_code_and_nobody_else_is_offered_one(
    tmp_path: Path,
) -> None:
    house = a_hall(tmp_path)
    async with a_site(house) as app, another(app, house) as ada:
        await ada.sign_in(0)
        made = await ada.post("/hall/code", on="/hall")
        async with another(app, house) as cas:
            await cas.sign_in(2)
            offered = await cas.get("/hall")
            refused = await cas.post("/hall/code", on="/motions")

    assert made.status_code == 200
    assert "folkmoot hall take" in text_of(made.text)
    assert made.headers["cache-control"] == "no-store"
    assert "Make a code" not in offered
    assert refused.status_code == 403


async def test_anybody_may_read_where_the_pen_is(tmp_path: Path) -> None:
    house = a_hall(tmp_path)
    lend(house)
    async with a_browser(house) as stranger:
        said = text_of(await stranger.get("/hall"))
        front = text_of(await stranger.get("/"))

    assert "The pen is in the hall" in said
    assert "Take the pen back" not in said
    assert "The assembly's pen is in the hall tonight" in front


async def test_two_tellers_take_the_pen_back_on_its_page(tmp_path: Path) -> None:
    house = a_hall(tmp_path)
    async with (
        a_site(house) as app,
        another(app, house) as ada,
        another(app, house) as ben,
    ):
        await ada.sign_in(0)
        await ben.sign_in(1)
        lend(house)

        unsure = await ada.post("/hall/take-back", on="/hall")
        first = await ada.post("/hall/take-back", on="/hall", lost="yes")
        between = text_of(await ada.get("/hall"))
        seen = text_of(await ben.get("/hall"))
        asks_ada, asks_ben = [
            "Take the pen back" in text_of(await teller.get("/today"))
            for teller in (ada, ben)
        ]
        await ada.post("/hall/leave-out", on="/hall")
        left_out = text_of(await ben.get("/hall"))
        await ada.post("/hall/take-back", on="/hall", lost="yes")
        done = await ben.post("/hall/take-back", on="/hall", lost="yes")
        after = text_of(await ben.get(done.headers["location"]))

    assert unsure.status_code == 422
    assert "tick the box first" in text_of(unsure.text)
    assert first.status_code == 303
    assert "You have said so" in between
    assert "Ada says that the laptop will not come back" in seen
    assert "will not come back" not in left_out
    assert (asks_ada, asks_ben) == (False, True)
    assert "The pen is here" in after
    assert "enter it again from the count sheets" in after


async def test_whoever_is_no_teller_takes_nothing_back(tmp_path: Path) -> None:
    house = a_hall(tmp_path)
    async with a_browser(house) as cas:
        await cas.sign_in(2)
        lend(house)
        page = await cas.get("/hall")

        refused = await cas.post("/hall/take-back", on="/motions", lost="yes")

    assert "Take the pen back" not in page
    assert refused.status_code == 403
