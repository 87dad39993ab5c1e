"""A name on a card, and a word in confidence, are for the evening and then gone."""

from pathlib import Path

from confederation.identifiers import MemberId
from instance.store import people
from tests.instance.house import House
from tests.instance.kept import files_with
from tests.instance.web.browsing import text_of
from tests.instance.web.evening import Evening, an_assembly, come_in, meet
from tests.instance.web.sending import found_in

NAME = "Zebediah"
NOTE = "Card 12 would rather sit by the zebra door"


async def welcomed_by_cleo(evening: Evening) -> str:
    """Open a meeting at which Cleo is the welcomer and Eva nothing in particular."""
    meeting = await meet(evening)
    on = f"{meeting}/setup"
    await evening["Ada"].send(f"{on}/roles", on=on, facilitator="Ada", welcomer="Cleo")
    return f"{meeting}/welcome"


async def test_a_name_is_on_the_card_for_the_evening_and_nowhere_after_it(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        on = await welcomed_by_cleo(evening)
        meeting, ada, eva = on.removesuffix("/welcome"), evening["Ada"], evening["Eva"]

        await eva.send(f"{on}/name", on=on, card="12", name=NAME, first_time="yes")

        printed = text_of((await ada.http.get(f"{meeting}/sheets/cards?cards=12")).text)
        worn = text_of((await ada.http.get(f"{meeting}/sheets/badges")).text)
        assert f"12 {NAME}" in printed
        assert f"12 {NAME}" in worn
        assert f"Card 12 · {NAME}" in await evening["Cleo"].see(on)
        for path in (on, meeting, f"{meeting}/door", f"{meeting}/room"):
            assert NAME not in await eva.see(path)
        assert found_in(evening.house, NAME) == {"badge"}

        await ada.send(f"{meeting}/close", on=meeting)

        assert found_in(evening.house, NAME) == set()
        assert files_with(NAME, evening.config.directory) == []
        assert NAME not in await evening["Cleo"].see(on)


async def test_a_name_that_was_taken_back_or_typed_over_is_in_no_file(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        on = await welcomed_by_cleo(evening)
        eva = evening["Eva"]

        await eva.send(f"{on}/name", on=on, card="12", name=NAME)
        await eva.send(f"{on}/name", on=on, card="12", name="Rumpelstiltskin")
        assert files_with(NAME, evening.config.directory) == []
        assert "Rumpelstiltskin" in await evening["Cleo"].see(on)
        await eva.send(f"{on}/name", on=on, card="12", name=" ")

        assert files_with("Rumpelstiltskin", evening.config.directory) == []
        assert "Rumpelstiltskin" not in await evening["Cleo"].see(on)


async def test_whoever_is_new_is_greeted_once_and_by_those_who_welcome(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        on = await welcomed_by_cleo(evening)
        cleo, eva = evening["Cleo"], evening["Eva"]
        await eva.send(f"{on}/name", on=on, card="12", name="", first_time="yes")

        await eva.send(f"{on}/greeted", on=on, status=403, card="12")
        before = await cleo.see(on)
        for _ in range(2):
            await cleo.send(f"{on}/greeted", on=on, card="12")

        assert "Greeted : Card 12" in before
        assert "Somebody has greeted them" in await evening["Ada"].see(on)
        assert "Greeted : Card 12" not in await cleo.see(on)


async def test_a_word_in_confidence_is_read_by_those_who_welcome_and_goes(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        on = await welcomed_by_cleo(evening)
        meeting, cleo = on.removesuffix("/welcome"), evening["Cleo"]

        for says in (NOTE, NOTE, "Another zebra"):
            told = await evening["Eva"].send(f"{on}/tell", on=on, says=says)
            assert "It is told, without your name." in await evening["Eva"].see(told)

        assert (await cleo.see(on)).count(NOTE) == 1
        assert "zebra" not in (await evening["Eva"].see(on)).lower()
        assert "zebra" not in (await evening["Dov"].see(on)).lower()
        assert found_in(evening.house, "zebra") == {"care_note"}
        await evening["Dov"].send(f"{on}/seen-to", on=on, status=403, number="1")
        await cleo.send(f"{on}/seen-to", on=on, number="1")
        assert files_with(NOTE, evening.config.directory) == []
        assert "Another zebra" in await cleo.see(on)
        await evening["Ada"].send(f"{meeting}/close", on=meeting)
        assert files_with("Another zebra", evening.config.directory) == []


async def test_whoever_came_in_after_the_roll_asks_somebody_who_is_on_it(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        on = await welcomed_by_cleo(evening)
        await evening["Ada"].send("/people", on="/people", name="Late")
        names = await evening.look(lambda desk: people.names(desk.connection))
        id = next(id for id, name in names.items() if name == "Late")
        late = await come_in(evening, "Late", MemberId(id))
        token = {"token": await late.token("/people/me")}

        named = {"card": "12", "name": NAME}
        for form, said in (("name", named), ("tell", {"says": NAME})):
            says = await late.send(
                f"{on}/{form}", on=on, status=403, fields={**token, **said}
            )
            assert "you are not on it" in says

        assert found_in(evening.house, NAME) == set()


async def test_rubbish_changes_nothing_and_is_answered_in_a_sentence(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        on = await welcomed_by_cleo(evening)
        meeting, ada, eva = on.removesuffix("/welcome"), evening["Ada"], evening["Eva"]
        rubbish = (
            ({"card": "twelve", "name": NAME}, "needs a whole number"),
            ({"card": "0", "name": NAME}, "is a number from 1"),
            ({"card": "12", "name": NAME * 20}, "there is room for 40"),
            ({"card": "12", "name": f"{NAME}\x07"}, "control characters"),
        )

        for fields, says in rubbish:
            assert says in await eva.send(
                f"{on}/name", on=on, status=422, fields=fields
            )
        await eva.open(f"{meeting}/sheets/badges", status=403)
        token = {"token": await eva.token(on), "card": "12", "name": NAME}
        await ada.send(f"{meeting}/close", on=meeting)
        await eva.send(f"{on}/name", on=on, status=409, fields=token)

        assert found_in(evening.house, NAME) == set()
