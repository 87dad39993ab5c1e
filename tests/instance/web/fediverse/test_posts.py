"""The clerk takes a post of the assembly back, and nobody else does."""

from pathlib import Path

from markupsafe import Markup

from instance import carriers, speech
from tests.instance.house import House
from tests.instance.web.evening import an_assembly


async def test_the_clerk_deletes_a_post_of_the_assembly_and_nobody_else_does(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada, ben = evening["Ada"], evening["Ben"]
        with evening.house.desk() as desk:
            id = speech.say(desk, html="<p>Said in haste</p>")
        path = id.removeprefix(evening.house.config.base)
        token = await ben.token("/people")

        by_ben = await ben.see(path)
        await ben.send(
            f"{path}/delete", on="/people", status=403, fields={"token": token}
        )
        assert "Said in haste" in await ada.see(path)
        await ada.send(f"{path}/delete", on=path)

        assert "Delete this post" not in by_ben
        assert "has deleted it" in await ada.see(path, status=410)


async def test_what_the_assembly_did_has_no_form_to_delete_it(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada = evening["Ada"]
        with evening.house.desk() as desk:
            id = speech.say(desk, html="<p>A poll, say</p>", kind="Poll")
        path = id.removeprefix(evening.house.config.base)
        token = await ada.token("/people")

        refused = await ada.send(
            f"{path}/delete", on="/people", status=422, fields={"token": token}
        )

        assert "never deleted" in refused
        assert "Delete this post" not in await ada.see(path)


async def test_the_page_of_a_post_says_its_name_once(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        with evening.house.desk() as desk:
            html = carriers.headed("Bread & soup") + Markup("<p>On Friday.</p>")
            id = speech.say(desk, html=str(html), title="Bread & soup")
        page = await evening["Ben"].see(id.removeprefix(evening.house.config.base))

    assert page.count("Bread & soup") == 1
    assert "On Friday." in page
