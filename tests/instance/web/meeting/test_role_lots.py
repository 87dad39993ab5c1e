"""A meeting draws who does something next time, and everybody in it sees the seed."""

import re
from pathlib import Path

from tests.instance.house import House
from tests.instance.web.night import a_night


async def test_a_role_is_drawn_among_those_who_would_do_it(
    harbour: House, tmp_path: Path
) -> None:
    async with a_night(harbour, tmp_path) as night:
        where = f"{night.meeting}/lot"
        ada = night["Ada"]
        await ada.send(where, on=where, draw="1", job="host", cards="3, 5")

        says = await ada.see(where)
        found = re.search(r"Card (\d+) Then, in this order: (\d+)", says)
        assert found is not None
        assert {found[1], found[2]} == {"3", "5"}
        assert "Drawn among 2 from the seed" in says

        await ada.send(where, on=where, draw="1", job="host", cards="3, 5")
        assert (await ada.see(where)).count("from the seed") == 1

        wrong = await ada.send(
            where, on=where, status=422, draw="2", job="host", cards="999"
        )
        assert "not here tonight" in wrong
        assert "A role by lot" in await ada.see(night.meeting)


async def test_whoever_leads_draws_and_nobody_else(
    harbour: House, tmp_path: Path
) -> None:
    async with a_night(harbour, tmp_path) as night:
        where = f"{night.meeting}/lot"
        cleo = night["Cleo"]

        says = await cleo.send(
            where,
            on=where,
            status=403,
            fields={"token": await cleo.token("/people"), "draw": "1", "job": "host"},
        )

        assert "This is for the" in says
        assert "Nothing has been drawn yet" in await cleo.see(where)
