"""Members are let in by the registrar, and their names stay on the node."""

import re
from pathlib import Path

from tests.instance.house import House
from tests.instance.kept import standing_in
from tests.instance.web.browsing import text_of
from tests.instance.web.evening import an_assembly, an_evening

LINK = re.compile(r"http://127\.0\.0\.1:\d+(/in/[A-Za-z0-9_-]+)")


async def test_a_link_and_a_code_are_shown_once_and_open_the_door(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada = evening["Ada"]
        shown = await ada.send("/people", on="/people", name="Fay")

        first = await ada.open(shown)
        again = await ada.open(shown)

        found = LINK.search(first)
        assert found is not None
        assert LINK.search(again) is None
        page = await evening["Ben"].http.get(found[1])
        assert "Welcome, Fay" in text_of(page.text)


async def test_nobody_else_is_shown_what_opens_a_door(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        shown = await evening["Ada"].send("/people", on="/people", name="Fay")

        by_another = await evening["Ben"].open(shown)
        by_herself = await evening["Ada"].open(shown)

        assert LINK.search(by_another) is None
        assert LINK.search(by_herself) is not None


async def test_only_the_registrar_lets_people_in_once_the_assembly_is_founded(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        token = await evening["Ben"].token("/people")

        says = await evening["Ben"].send(
            "/people", on="/people", status=403, name="Fay", fields={"token": token}
        )

        assert "This is for the registrar to do" in says
        assert "Fay" not in await evening["Ada"].see("/people")


async def test_only_the_registrar_asks_for_a_new_code(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        path = f"/people/{evening['Ada'].id}/invite"
        token = await evening["Ben"].token("/people")

        refused = await evening["Ben"].send(
            path, on="/people", status=403, fields={"token": token}
        )
        await evening["Ada"].send(f"/people/{evening['Ben'].id}/invite", on="/people")

        assert "This is for the registrar to do" in refused
        assert "a new code for Ben" in await evening["Ada"].see("/people")


async def test_the_clerk_gives_and_takes_roles_and_nobody_else_does(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada, ben = evening["Ada"], evening["Ben"]
        path = f"/people/{ben.id}/roles"
        token = await ben.token("/people")

        await ada.send(path, on="/people", role="facilitator", give="yes")
        given = await ben.see("/people")
        refused = await ben.send(
            path,
            on="/people",
            status=403,
            role="clerk",
            give="yes",
            fields={"token": token},
        )
        await ada.send(path, on="/people", role="facilitator", give="no")

        assert "Ben teller, facilitator" in given
        assert "This is for the clerk to do" in refused
        assert "Ben teller Change" in await ada.see("/people")


async def test_a_role_that_there_is_not_or_for_nobody_is_refused(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada = evening["Ada"]

        king = await ada.send(
            f"/people/{ada.id}/roles", on="/people", status=422, role="king", give="yes"
        )
        nobody = await ada.send(
            "/people/m0/roles", on="/people", status=404, role="clerk", give="yes"
        )

        assert "this was not offered" in king
        assert "Nobody by that name is a member" in nobody


async def test_names_are_for_members_only(tmp_path: Path) -> None:
    async with an_evening(tmp_path, names=("Ada", "Ben")) as evening:
        stranger = evening["Ben"].http
        stranger.cookies.clear()

        answer = await stranger.get("/people")

        assert answer.status_code == 403
        assert standing_in(answer.text, "Ada") == []


async def test_the_registrar_keeps_how_a_member_is_known_and_nobody_their_own(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada, ben = evening["Ada"], evening["Ben"]

        await ada.send(
            f"/people/{ben.id}/evidence", on="/people", evidence="seen in person"
        )
        refused = await ada.send(
            f"/people/{ada.id}/evidence",
            on="/people",
            status=403,
            evidence="documentary",
        )

        assert "Nobody vouches for themselves" in refused
        assert '"seen in person" selected' in await ada.open("/people")
