"""Rules are adopted together, and changed by a decision on their very text."""

from pathlib import Path
from typing import Any

import pytest

from tests.instance.house import House
from tests.instance.web.evening import (
    RULES,
    Evening,
    an_assembly,
    an_evening,
    ask,
    found,
    meet,
    tellers,
)

NEW = "We decide together, and eat together first."


async def decide_on_new_rules(evening: Evening, *, choice: str = "for") -> str:
    """Let all vote on the text of new rules, and return the ballot's id."""
    meeting = await meet(evening)
    ballot = await evening["Ada"].send(
        f"{meeting}/ballots",
        on=meeting,
        about="text",
        text=NEW,
        question="Shall these be our rules?",
        method="majority",
        channels="online",
    )
    for guest in evening.guests.values():
        await guest.send(f"{ballot}/vote", on=ballot, choice=choice)
    await evening["Ada"].send(f"{ballot}/close", on=ballot)
    return ballot.removeprefix("/ballots/")


async def adopt(evening: Evening, *, status: int = 303, **changed: Any) -> str:
    fields: dict[str, Any] = {**RULES, **tellers(evening), **changed}
    return await evening["Ada"].send(
        "/rulebook", on="/rulebook", status=status, fields=fields
    )


async def test_the_rules_in_force_are_shown_in_plain_words(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        says = await evening["Eva"].see("/rulebook")

        assert "Version 1 is in force" in says
        assert "We decide together. Nobody is left out." in says
        assert "At least one third of those present" in says
        assert "7 days, or 1 day where it is urgent" in says


async def test_new_rules_are_carried_out_as_they_were_decided(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await decide_on_new_rules(evening)

        await adopt(evening, ballot=ballot, text="", quorum="1/2")

        says = await evening["Eva"].see("/rulebook")
        assert "Version 2 is in force" in says
        assert NEW in says
        assert "At least half of those present" in says
        assert "Two tellers have yet to confirm it (0 of 2 so far)" in says


async def test_rules_are_not_changed_without_a_decision(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        says = await adopt(evening, status=403, quorum="1/2")

        assert "This needs a decision of the assembly" in says
        assert "Version 1 is in force" in says


async def test_other_rules_than_those_decided_on_are_not_carried_out(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await decide_on_new_rules(evening)

        says = await adopt(
            evening, status=403, ballot=ballot, text="The clerk decides."
        )

        assert "The assembly decided on another text of the rules" in says


async def test_rules_that_were_voted_down_are_not_carried_out(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await decide_on_new_rules(evening, choice="against")

        says = await adopt(evening, status=409, ballot=ballot, text="")

        assert "The assembly decided against this" in says


async def test_a_decision_is_carried_out_once(tmp_path: Path, harbour: House) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await decide_on_new_rules(evening)
        await adopt(evening, ballot=ballot, text="", quorum="1/2")

        await adopt(evening, ballot=ballot, text="", quorum="0")

        assert "Version 2 is in force" in await evening["Eva"].see("/rulebook")
        assert "At least half of those present" in await evening["Eva"].see("/rulebook")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"text": ""}, "“The rules in words” is empty"),
        ({"quorum": "many"}, "A share is written like 2/3, not like"),
        ({"quorum": "5/4"}, "5/4 is more than that"),
        ({"threshold": "1/3"}, "A qualified majority asks for at least a half"),
        ({"methods": []}, "names each method of deciding once, and at least one"),
        ({"methods": ["dice"]}, "this was not offered"),
        ({"recall_notice": "soon"}, "is a length of time such as 7 days"),
        ({"recall_notice": "400 days"}, "is a length of time such as 7 days"),
        ({"recall_notice": "1 hour"}, "The notice of an urgent recall is the shorter"),
        ({"key_1": "secret"}, "is not a public key"),
    ],
)
async def test_rules_that_cannot_be_are_refused_with_the_reason(
    tmp_path: Path, wrong: dict[str, Any], says: str
) -> None:
    async with an_evening(tmp_path, names=("Ada", "Ben")) as evening:
        await found(evening)
        fields = {**RULES, **tellers(evening), **wrong}
        token = await evening["Ada"].token("/rulebook")

        answer = await evening["Ada"].http.post(
            "/rulebook", data={**fields, "token": token}
        )

        assert answer.status_code == 422
        assert says in answer.text
        assert "There are no rules yet" in answer.text


async def test_only_the_clerk_carries_rules_out(tmp_path: Path) -> None:
    async with an_evening(tmp_path) as evening:
        await found(evening)
        token = {"token": await evening["Ben"].token("/people")}

        says = await evening["Ben"].send(
            "/rulebook",
            on="/rulebook",
            status=403,
            fields={**token, **tellers(evening)},
            **RULES,
        )

        assert "This is for the clerk to do" in says


async def test_a_ballot_keeps_the_rules_under_which_it_was_put(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        decided = await decide_on_new_rules(evening)
        meeting = await meet(evening)
        ballot = await ask(evening, meeting)

        await adopt(evening, ballot=decided, text="", quorum="1")

        assert "at least one third of all members take part" in await evening[
            "Eva"
        ].see(ballot)


async def test_whoever_changes_the_rules_types_only_what_changes(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        form = await evening["Ada"].open("/rulebook")

        assert form.count(" checked>") == len(RULES["methods"])
        for value in (*tellers(evening).values(), "1/3", "2/3", "1 week", "1 day"):
            assert f'value="{value}"' in form
        assert f'value="{evening["Ben"].id}" selected' in form
