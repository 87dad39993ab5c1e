"""An assembly is founded once, by those who were invited, with two tellers."""

from pathlib import Path

import pytest

from tests.instance.house import House, public
from tests.instance.web.evening import an_assembly, an_evening, found, tellers


async def test_whoever_founds_the_assembly_holds_every_office_at_first(
    tmp_path: Path,
) -> None:
    async with an_evening(tmp_path) as evening:
        await evening["Cleo"].send(
            "/founding",
            on="/founding",
            name="Harbour",
            kind="place",
            fields=tellers(evening),
        )

        says = await evening["Cleo"].see("/people")

        assert "Cleo clerk, convenor, facilitator, note-taker, registrar" in says
        assert "Ada teller" in says


async def test_everybody_who_was_invited_is_a_member_from_the_first_moment(
    tmp_path: Path,
) -> None:
    async with an_evening(tmp_path) as evening:
        await evening["Eva"].send("/people", on="/people", name="Fay")
        before = await evening["Eva"].open("/sessions")

        await found(evening)

        # The list of meetings says what comes first, as long as something does.
        assert 'href="/today">What comes first' in before
        assert "What comes first" not in await evening["Eva"].open("/sessions")
        says = await evening["Dov"].see("/people")
        assert "6 people" in says
        assert "Fay member" in says


async def test_an_assembly_is_founded_once(tmp_path: Path) -> None:
    async with an_evening(tmp_path) as evening:
        token = await evening["Ben"].token("/founding")
        await found(evening)

        says = await evening["Ben"].send(
            "/founding",
            on="/founding",
            status=409,
            name="Another",
            kind="panel",
            fields={**tellers(evening), "token": token},
        )

        assert "founded already" in says
        assert "Harbour Assembly is founded" in says


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": " "}, "“Name of the assembly” is empty"),
        ({"name": "x" * 101}, "there is room for 100"),
        ({"kind": "nation"}, "this was not offered"),
        ({"key_1": "z6Mk"}, "“First teller's key” is not a public key"),
        ({"key_2": "hello"}, "“Second teller's key” is not a public key"),
        ({"teller_1": ""}, "“First teller” is empty"),
        ({"teller_1": "m000"}, "Tellers are chosen from the members"),
        ({"colour": "red"}, "has no field “colour”"),
    ],
)
async def test_a_founding_that_cannot_be_is_refused_and_changes_nothing(
    tmp_path: Path, wrong: dict[str, str], says: str
) -> None:
    async with an_evening(tmp_path, names=("Ada", "Ben")) as evening:
        fields = {"name": "Harbour", "kind": "place", **tellers(evening), **wrong}

        shown = await evening["Ada"].send(
            "/founding", on="/founding", status=422, fields=fields
        )

        assert says in shown
        assert "Found the assembly" in await evening["Ada"].see("/today")


async def test_two_tellers_are_two_people_with_two_keys(tmp_path: Path) -> None:
    async with an_evening(tmp_path, names=("Ada", "Ben")) as evening:
        two = {"name": "Harbour", "kind": "place", **tellers(evening)}
        one_person = {**two, "teller_2": evening["Ada"].id}
        one_key = {**two, "key_2": public(evening.key_of("Ada"))}

        for fields, says in (
            (one_person, "One person cannot be both tellers"),
            (one_key, "Each teller needs a key of their own"),
        ):
            shown = await evening["Ada"].send(
                "/founding", on="/founding", status=422, fields=fields
            )
            assert says in shown


async def test_a_stranger_founds_nothing(tmp_path: Path) -> None:
    async with an_evening(tmp_path, names=("Ada", "Ben")) as evening:
        stranger = evening["Ben"].http
        stranger.cookies.clear()

        page = await stranger.get("/founding")
        sent = await stranger.post("/founding", data={"name": "Harbour"})

        assert page.status_code == sent.status_code == 403
        assert "please sign in first" in page.text


async def test_a_form_from_elsewhere_founds_nothing(tmp_path: Path) -> None:
    async with an_evening(tmp_path, names=("Ada", "Ben")) as evening:
        ada = evening["Ada"]
        fields = {"name": "Harbour", "kind": "place", **tellers(evening)}
        token = await ada.token("/founding")

        without = await ada.http.post("/founding", data=fields)
        forged = await ada.http.post("/founding", data={**fields, "token": "x" * 43})
        crossed = await ada.http.post(
            "/founding",
            data={**fields, "token": token},
            headers={"origin": "https://elsewhere.example"},
        )

        assert {without.status_code, forged.status_code, crossed.status_code} == {403}
        assert "Found the assembly" in await ada.see("/today")


async def test_before_the_rules_nothing_is_voted_on(
    tmp_path: Path, harbour: House
) -> None:
    async with an_evening(tmp_path) as evening:
        await found(evening)

        says = await evening["Ada"].see("/today")

        assert "Adopt a rulebook" in says
    async with an_assembly(harbour, tmp_path / "later") as evening:
        assert "Nothing waits for you" in await evening["Ada"].see("/today")
