"""A motion is its author's until it is tabled, and the assembly's from then on."""

from pathlib import Path

import pytest

from tests.instance.house import House
from tests.instance.kept import without_room
from tests.instance.web.evening import (
    an_assembly,
    ask,
    meet,
    object_to,
    table_a_motion,
)


async def test_a_draft_is_seen_by_its_author_and_nobody_else(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        motion = await evening["Cleo"].send(
            "/motions", on="/motions", title="Dry homes", clause="We mend the roofs."
        )

        mine = await evening["Cleo"].see(motion)
        theirs = await evening["Ada"].see(motion, status=404)

        assert "We mend the roofs." in mine
        assert "There is no motion" in theirs
        assert "Dry homes" not in await evening["Ada"].see("/motions")
        assert "Table your draft Dry homes" in await evening["Cleo"].see("/today")


async def test_what_the_disk_has_no_room_for_is_typed_once(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        cleo, words = evening["Cleo"], "We mend all roofs. " * 200
        await evening.node.database.write(without_room)

        says = await cleo.send(
            "/motions",
            on="/motions",
            status=503,
            title="Dry homes",
            clause=[words] * 9,
        )

        assert "The disk of this node is full" in says
        assert "We mend all roofs." in says
        assert "Dry homes" not in await cleo.see("/motions")


async def test_a_draft_is_rewritten_and_keeps_how_it_came_about(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        cleo = evening["Cleo"]
        motion = await cleo.send(
            "/motions", on="/motions", title="Dry homes", clause=["One.", "Two."]
        )

        await cleo.send(
            f"{motion}/revise", on=motion, base="1", clause=["One.", "", "Three."]
        )

        says = await cleo.see(motion)
        assert "Version 2 of the text 1 One. 2 Three." in says
        assert "Changed: gone: Two new: Three ." in says


async def test_what_was_written_against_an_older_text_is_refused_and_not_lost(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        cleo = evening["Cleo"]
        motion = await cleo.send(
            "/motions", on="/motions", title="Dry homes", clause="One."
        )
        await cleo.send(f"{motion}/revise", on=motion, base="1", clause="Two.")

        says = await cleo.send(
            f"{motion}/revise", on=motion, status=409, base="1", clause="My own words."
        )

        assert "written against version 1 of the text, and version 2 is the" in says
        assert "My own words." in says


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"title": ""}, "“Title” is empty"),
        ({"clause": ["", " "]}, "A motion needs at least one clause"),
        ({"clause": ["x"] * 41}, "at most 40 clauses"),
        ({"clause": ["x" * 4001]}, "“Clause 1” has 4001 characters"),
        ({"clause": ["a\x07b"]}, "“Clause 1” holds control characters"),
        ({"issue": "none"}, "There is no such issue here"),
    ],
)
async def test_a_motion_that_cannot_be_is_refused_with_the_reason(
    tmp_path: Path, harbour: House, wrong: dict[str, str | list[str]], says: str
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        fields: dict[str, str | list[str]] = {
            "token": await evening["Cleo"].token("/motions"),
            "title": "Dry homes",
            "clause": ["We mend the roofs."],
            **wrong,
        }

        answer = await evening["Cleo"].http.post("/motions", data=fields)

        assert answer.status_code in (404, 422)
        assert says in answer.text
        assert "No motion yet." in await evening["Cleo"].see("/motions")


async def test_an_objection_is_judged_by_two_others_and_answered_in_the_text(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        motion = await table_a_motion(evening, await meet(evening))
        objection = await object_to(evening, motion)
        judge = {"objection": objection, "valid": "yes"}
        asked = {each: await evening[each].see("/today") for each in ("Ada", "Dov")}

        await evening["Eva"].send(f"{motion}/judge", on=motion, fields=judge)
        one = await evening["Ada"].see(motion)
        await evening["Ben"].send(f"{motion}/judge", on=motion, fields=judge)
        two = await evening["Ada"].see(motion)
        asked["Eva"] = await evening["Eva"].see("/today")
        await evening["Ada"].send(
            f"{motion}/amend",
            on=motion,
            base="1",
            clause="We mend the roofs in good weather.",
            change="amended",
            integrates=objection,
        )

        assert [who for who, says in asked.items() if "Test an objection" in says] == [
            "Ada"
        ]
        assert "1 person has judged it" in one
        assert "Found valid: to be answered in the text" in two
        assert "Answered in the text" in await evening["Dov"].see(motion)


@pytest.mark.parametrize("judge", ["Dov", "Cleo"])
async def test_neither_the_objector_nor_the_proposer_judges_an_objection(
    tmp_path: Path, harbour: House, judge: str
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        motion = await table_a_motion(evening, await meet(evening), by="Cleo")
        objection = await object_to(evening, motion, by="Dov")

        says = await evening[judge].send(
            f"{motion}/judge", on=motion, status=403, objection=objection, valid="no"
        )

        assert "Somebody other than the objector and the proposer judges" in says


async def test_a_round_of_the_meeting_tests_an_objection(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        motion = await table_a_motion(evening, await meet(evening))
        objection = await object_to(evening, motion)
        round_of = {"objection": objection, "valid": "9", "not_valid": "21"}

        by_a_member = await evening["Eva"].send(
            f"{motion}/round", on=motion, status=403, fields=round_of
        )
        await evening["Ada"].send(f"{motion}/round", on=motion, fields=round_of)

        assert "This is for the clerk, convenor, facilitator or note-" in by_a_member
        assert "Found not valid" in await evening["Dov"].see(motion)


async def test_a_valid_objection_that_stands_bars_consent_and_not_a_majority(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        motion = await table_a_motion(evening, meeting)
        objection = await object_to(evening, motion)
        ada = evening["Ada"]
        await ada.send(
            f"{motion}/round",
            on=motion,
            objection=objection,
            valid="5",
            not_valid="1",
        )
        await ada.send(f"{motion}/stand", on=motion, objection=objection)
        await ada.send(f"{motion}/freeze", on=motion)
        put = {
            "about": "motion",
            "id": motion.removeprefix("/motions/"),
            "question": "Shall we?",
            "channels": "online",
        }

        by_consent = await ada.send(
            f"{meeting}/ballots", on=meeting, status=409, fields=put, method="consent"
        )
        by_majority = await ada.send(
            f"{meeting}/ballots", on=meeting, fields=put, method="majority"
        )

        assert "A valid objection stands, so there is no consent" in by_consent
        assert by_majority.startswith("/ballots/")
        assert "Being voted on" in await evening["Eva"].see(motion)


async def test_an_objector_takes_their_objection_back_and_nobody_else_does(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        motion = await table_a_motion(evening, await meet(evening))
        objection = await object_to(evening, motion)
        path = f"{motion}/take-back"

        refused = await evening["Eva"].send(
            path, on=motion, status=403, objection=objection
        )
        await evening["Dov"].send(path, on=motion, objection=objection)

        assert "Whoever raised an objection withdraws it" in refused
        assert "Withdrawn" in await evening["Eva"].see(motion)


async def test_a_text_is_not_frozen_while_an_objection_is_open(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        motion = await table_a_motion(evening, await meet(evening))
        await object_to(evening, motion)

        says = await evening["Ada"].send(f"{motion}/freeze", on=motion, status=409)

        assert "An objection to this text is still open" in says
        assert "1 objection is still open" in says


async def test_a_frozen_text_is_changed_by_nobody(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        motion = await table_a_motion(evening, await meet(evening))
        ada = evening["Ada"]
        await ada.send(f"{motion}/freeze", on=motion)

        says = await ada.send(
            f"{motion}/amend",
            on=motion,
            status=409,
            base="1",
            clause="Something else.",
            change="amended",
        )

        assert "The text is frozen. An amended text is a new motion." in says


async def test_a_text_is_voted_on_only_when_it_is_frozen(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        motion = await table_a_motion(evening, meeting)

        says = await evening["Ada"].send(
            f"{meeting}/ballots",
            on=meeting,
            status=409,
            about="motion",
            id=motion.removeprefix("/motions/"),
            question="Shall we?",
            method="majority",
            channels="online",
        )

        assert "A text is frozen before it is put to the vote" in says
        assert "Nothing yet." in await evening["Eva"].see(meeting)


async def test_their_own_motion_is_put_to_the_vote_by_somebody_else_where_there_is_one(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada, ben = evening["Ada"], evening["Ben"]
        meeting = await meet(evening)
        motion = await table_a_motion(evening, meeting, by="Ada")
        await ada.send(f"{motion}/freeze", on=motion)
        question = {
            "about": "motion",
            "id": motion.removeprefix("/motions/"),
            "question": "Shall we?",
            "method": "majority",
            "channels": "online",
        }
        role = f"/people/{ben.id}/roles"
        await ada.send(role, on="/people", role="convenor", give="yes")

        says = await ada.send(
            f"{meeting}/ballots", on=meeting, status=403, fields=question
        )
        await ada.send(role, on="/people", role="convenor", give="no")
        put = await ada.send(f"{meeting}/ballots", on=meeting, fields=question)

        assert "Somebody else puts your own motion to the vote: another" in says
        assert "Shall we?" in await ben.see(put)


async def test_a_motion_is_tabled_at_a_meeting_that_there_is(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        cleo = evening["Cleo"]
        meeting = await meet(evening)
        motion = await cleo.send(
            "/motions", on="/motions", title="Dry homes", clause="We mend."
        )
        nowhere = await cleo.send(
            f"{motion}/table", on=motion, status=404, session="nowhere"
        )
        await evening["Ada"].send(f"{meeting}/close", on=meeting)

        over = await cleo.send(
            f"{motion}/table",
            on=motion,
            status=422,
            session=meeting.removeprefix("/sessions/"),
        )

        assert "There is no session nowhere here" in nowhere
        assert "That meeting is over" in over


async def test_once_tabled_a_motion_is_not_its_authors_to_withdraw(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        motion = await table_a_motion(evening, meeting)
        cleo = evening["Cleo"]

        withdrawn = await cleo.send(f"{motion}/withdraw", on=motion, status=409)
        revised = await cleo.send(
            f"{motion}/revise", on=motion, status=409, base="1", clause="Mine again."
        )

        assert "Once it is tabled, a motion is the assembly's" in withdrawn
        assert f'href="{meeting}"' in await cleo.open(motion)
        assert "amended by the assembly now" in revised


async def test_no_page_says_who_drafted_or_who_objected(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        motion = await table_a_motion(evening, meeting, by="Cleo")
        await object_to(evening, motion, by="Dov")
        await ask(evening, meeting)

        for page in (motion, "/motions", meeting):
            says = await evening["Eva"].see(page)
            assert "Cleo" not in says
            assert "Dov" not in says
