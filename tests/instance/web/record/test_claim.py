"""The claim is worked out from meetings, is read by everybody, and shows its gaps."""

from pathlib import Path

from tests.instance.house import House
from tests.instance.web.after import an_evening_that_is_over, drafted
from tests.instance.web.evening import Evening, an_assembly, meet, stranger


async def a_meeting(evening: Evening, *, present: int, residents: int | None) -> str:
    """Hold a meeting of the assembly, and say how many of those present live here."""
    meeting = await meet(evening, in_room=present)
    await evening["Ada"].send(f"{meeting}/close", on=meeting)
    id = meeting.removeprefix("/sessions/")
    if residents is not None:
        await evening["Ada"].send(
            "/claim/residents", on="/claim", session=id, residents=str(residents)
        )
    evening.clock.pass_by(days=1)
    return id


async def test_one_of_three_meetings_is_shown_as_a_gap(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await a_meeting(evening, present=160, residents=151)

        says = await (await stranger(evening)).see("/claim")

        assert "Regularly more than 150 local residents Not yet" in says
        assert "1 of 3 meetings so far." in says
        assert "151 residents at the middle one" in says
        assert "cards handed out, less cards given back" in says
        assert "Damp and cold" not in says, "the title is for members"


async def test_three_meetings_bear_it_out(tmp_path: Path, harbour: House) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        for residents in (151, 152, 170):
            await a_meeting(evening, present=180, residents=residents)

        says = await evening["Eva"].see("/claim")

        assert "The meetings bear it out" in says
        assert "152 residents at the middle one" in says
        assert "meetings so far" not in says


async def test_150_residents_are_not_over_150(tmp_path: Path, harbour: House) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        for _ in range(3):
            await a_meeting(evening, present=180, residents=150)

        assert "Not yet" in await evening["Eva"].see("/claim")


async def test_people_present_are_no_residents_until_that_is_said(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await a_meeting(evening, present=400, residents=None)

        says = await evening["Eva"].see("/claim")

        assert "400 people were present, and it has not been said how many" in says
        assert "Residents not said yet" in says


async def test_more_residents_than_people_are_refused(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        id = await a_meeting(evening, present=160, residents=None)

        says = await evening["Ada"].send(
            "/claim/residents", on="/claim", status=422, session=id, residents="161"
        )

        assert "160 were present in all" in says


async def test_a_step_that_was_left_out_says_why_to_everybody(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        id = await a_meeting(evening, present=160, residents=151)
        ada = evening["Ada"]

        silent = await ada.send(
            "/claim/step",
            on="/claim",
            status=422,
            fields={"session": id, "step": "breakout", "taken": "no"},
        )
        await ada.send(
            "/claim/step",
            on="/claim",
            fields={"session": id, "step": "breakout", "taken": "no"},
            reason="The hall was flooded.",
        )
        await ada.send(
            "/claim/step",
            on="/claim",
            fields={"session": id, "step": "input", "taken": "yes"},
        )

        assert "“Why it was left out” is empty" in silent
        says = await (await stranger(evening)).see("/claim")
        assert "left out: People talked in small groups." in says
        assert "Left out The hall was flooded." in says
        assert "not noted: People heard what it is about" not in says
        assert "not noted: It was written down." in says


async def test_what_was_voted_on_and_written_down_needs_no_noting(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await an_evening_that_is_over(evening)
        before = await evening["Eva"].see("/claim")
        await drafted(evening, meeting)

        says = await evening["Eva"].see("/claim")

        assert "not noted: It was written down." in before
        assert "not noted: Something was decided by everybody." not in before
        assert "not noted: It was written down." not in says


async def test_two_who_were_not_the_note_taker_countersign(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        id = await a_meeting(evening, present=160, residents=151)
        assert "these notes are right" not in await evening["Ada"].see("/claim")

        for name in ("Cleo", "Dov"):
            await evening[name].send("/claim/countersign", on="/claim", session=id)

        assert "by 2 of 2 who were there" in await evening["Eva"].see("/claim")
        token = {"token": await evening["Ada"].token("/claim")}
        own = await evening["Ada"].send(
            "/claim/countersign", on="/claim", status=409, session=id, fields=token
        )
        assert "Somebody other than whoever noted it countersigns" in own


async def test_a_village_measures_itself_by_numbers_of_its_own(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await a_meeting(evening, present=12, residents=12)
        token = {"token": await evening["Eva"].token("/people")}
        own = {"more_than": "11", "meetings": "1", "measure": "each"}
        await evening["Eva"].send(
            "/claim/criteria", on="/claim", status=403, fields={**own, **token}
        )

        await evening["Ada"].send("/claim/criteria", on="/claim", fields=own)

        says = await evening["Eva"].see("/claim")
        assert "Regularly more than 11 local residents The meetings bear it out" in says
        assert "These rules are version 1" in says


async def test_whoever_takes_no_notes_notes_nothing(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        id = await a_meeting(evening, present=160, residents=None)
        eva = evening["Eva"]
        token = {"token": await eva.token("/people")}

        for path, fields in (
            ("/claim/residents", {"session": id, "residents": "9"}),
            ("/claim/step", {"session": id, "step": "input", "taken": "yes"}),
        ):
            await eva.send(path, on="/claim", status=403, fields={**token, **fields})

        assert "Note what is missing" not in await eva.see("/claim")
