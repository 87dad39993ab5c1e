"""A meeting is called, opened, counted by two, and closed; each by whom it is for."""

from pathlib import Path

import httpx
import pytest

from tests.instance.house import House
from tests.instance.web.browsing import text_of
from tests.instance.web.evening import (
    an_assembly,
    an_evening,
    ask,
    found,
    meet,
)


async def test_a_meeting_is_opened_when_people_were_told_and_not_before(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada = evening["Ada"]
        meeting = await ada.send(
            "/sessions",
            on="/sessions",
            title="Spring",
            kind="assembly",
            starts_at="2026-11-22T20:00:00",
            place="The boat shed",
        )
        early = await ada.send(f"{meeting}/open", on=meeting, status=409)
        evening.clock.pass_by(hours=8)

        await ada.send(f"{meeting}/open", on=meeting)

        assert "People were told 22 November 2026, 20:00 UTC. It can be opened" in early
        says = await evening["Eva"].see(meeting)
        assert "Open now 22 November 2026, 20:00 UTC · The boat shed" in says


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"starts_at": "tomorrow"}, "“Begins” is a day and a time"),
        ({"starts_at": "2026-11-22T10:00"}, "called for a time to come"),
        ({"kind": "party"}, "this was not offered"),
        ({"title": ""}, "“Title” is empty"),
    ],
)
async def test_a_meeting_that_cannot_be_is_refused(
    tmp_path: Path, harbour: House, wrong: dict[str, str], says: str
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        token = await evening["Ada"].token("/sessions")
        fields = {"token": token, "title": "Spring", "kind": "assembly", **wrong}

        answer = await evening["Ada"].http.post("/sessions", data=fields)

        assert answer.status_code in (409, 422)
        assert says in answer.text
        assert "No meeting has been called yet" in answer.text


async def test_a_member_without_the_role_neither_calls_nor_opens_nor_closes(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        token = {"token": await evening["Eva"].token(meeting)}
        eva = evening["Eva"]

        called = await eva.send(
            "/sessions",
            on=meeting,
            status=403,
            title="Mine",
            kind="assembly",
            fields=token,
        )
        closed = await eva.send(
            f"{meeting}/close", on=meeting, status=403, fields=token
        )
        put = await eva.send(
            f"{meeting}/ballots",
            on=meeting,
            status=403,
            about="text",
            text="Mine",
            question="Mine?",
            method="majority",
            channels="online",
            fields=token,
        )

        for says in (called, closed, put):
            assert "This is for the clerk, convenor or facilitator to do" in says


async def test_whoever_is_named_to_facilitate_leads_that_meeting_without_an_office(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada, eva = evening["Ada"], evening["Eva"]
        meeting = await ada.send(
            "/sessions", on="/sessions", title="Damp and cold", kind="assembly"
        )
        token = await eva.token("/people")

        early = await eva.send(
            f"{meeting}/open", on=meeting, status=403, fields={"token": token}
        )
        await ada.send(
            f"{meeting}/setup/roles", on=f"{meeting}/setup", facilitator="Eva"
        )
        ready = await eva.see("/today")
        await eva.send(f"{meeting}/open", on=meeting)
        leads = await eva.see("/today")
        await eva.send(
            f"{meeting}/ballots",
            on=meeting,
            about="text",
            text="We buy two pumps.",
            question="Two pumps?",
            method="majority",
            channels="online",
        )
        await eva.send(f"{meeting}/close", on=meeting)
        after = await eva.send(
            "/sessions",
            on=meeting,
            status=403,
            title="Mine",
            kind="assembly",
            fields={"token": token},
        )

        assert "This is for the clerk, convenor or facilitator to do" in early
        assert "Open the meeting" in ready
        assert "Lead the meeting" in leads
        assert "This is for the clerk, convenor or facilitator to do" in after


async def test_two_people_count_the_room_and_must_agree(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        cleo, dov = evening["Cleo"], evening["Dov"]
        count = f"{meeting}/count"

        await cleo.send(count, on=meeting, count="41", basis="hands")
        by_one = await dov.see(meeting)
        await dov.send(count, on=meeting, count="40", basis="hands")
        differing = await cleo.see(meeting)
        await cleo.send(count, on=meeting, count="41", basis="hands")
        await dov.send(count, on=meeting, count="41", basis="hands")

        assert "Cleo has counted" in by_one
        assert "41" not in by_one
        assert "The two counts were not the same" in differing
        assert "41 people are here" in await evening["Eva"].see(meeting)


async def test_one_person_who_counts_twice_has_counted_once(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        cleo = evening["Cleo"]

        for _ in range(2):
            await cleo.send(f"{meeting}/count", on=meeting, count="7", basis="cards")

        says = await cleo.see(meeting)
        assert "You counted 7. A second person counts as well" in says
        assert "In the room beside them not counted yet" in says


@pytest.mark.parametrize("count", ["", "-1", "seven", "1.5", "9" * 13])
async def test_a_count_is_a_whole_number(
    tmp_path: Path, harbour: House, count: str
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)

        says = await evening["Cleo"].send(
            f"{meeting}/count", on=meeting, status=422, count=count, basis="hands"
        )

        assert "“How many”" in says


async def test_who_comes_and_goes_under_their_name_is_counted(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        await evening["Cleo"].send(f"{meeting}/check-in", on=meeting)
        await evening["Dov"].send(f"{meeting}/check-in", on=meeting)
        two = await evening["Ada"].see(meeting)

        await evening["Dov"].send(f"{meeting}/check-out", on=meeting)

        assert "2 people are here" in two
        assert "Cleo and Dov" in two
        assert "1 person is here" in await evening["Ada"].see(meeting)


async def test_who_became_a_member_after_the_opening_takes_part_next_time(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        await evening["Ada"].send("/people", on="/people", name="Fay")

    async with an_assembly(harbour, tmp_path) as evening:
        fay = evening["Fay"]
        token = {"token": await fay.token("/motions")}

        says = await fay.send(
            f"{meeting}/check-in", on=meeting, status=403, fields=token
        )

        assert "The roll of this session was taken when it opened" in says


async def test_a_listening_circle_takes_no_votes(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada = evening["Ada"]
        circle = await ada.send(
            "/sessions", on="/sessions", title="Listen", kind="listening circle"
        )
        await ada.send(f"{circle}/open", on=circle)

        says = await ada.see(circle)
        refused = await ada.send(
            f"{circle}/ballots",
            on=circle,
            status=409,
            about="text",
            text="Vote!",
            question="Vote?",
            method="majority",
            channels="online",
        )

        assert "A listening circle listens. It takes no votes." in says
        assert "to vote on this site" not in says
        assert "ut to the vote" not in says.replace(
            "Nothing more is put to the vote", ""
        )
        assert "Motions before the assembly" not in says
        assert "A listening circle listens. It takes no votes." in refused


async def test_without_rules_nothing_is_put_to_the_vote(tmp_path: Path) -> None:
    async with an_evening(tmp_path) as evening:
        await found(evening)
        meeting = await meet(evening)

        says = await evening["Ada"].see(meeting)

        assert "The assembly has not adopted a rulebook yet" in says


async def test_a_closed_meeting_takes_nobody_in_and_no_question(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        token = {"token": await evening["Eva"].token(meeting)}
        await evening["Ada"].send(f"{meeting}/close", on=meeting)

        late = await evening["Eva"].send(
            f"{meeting}/check-in", on=meeting, status=409, fields=token
        )

        assert "This session closed at 22 November 2026, 12:00 UTC" in late
        assert "Closed at 22 November 2026" in late


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"channels": []}, "names each way of voting once, and at least one"),
        ({"channels": ["hands", "online"], "secret": "yes"}, "A show of hands is not"),
        ({"method": "consent", "secret": "yes"}, "so this is not secret"),
        (
            {"method": "ranked", "options": ["a1"], "keep": "a1"},
            "two or more different",
        ),
        ({"method": "ranked", "options": ["x", "y"]}, "always an option"),
        ({"method": "ranked", "options": ["x", "x"], "keep": "x"}, "are the same"),
        (
            {"method": "ranked", "options": ["x", "y"], "keep": "z"},
            "one of the options",
        ),
        ({"options": ["x", "y"]}, "has options of its own"),
        ({"closes_at": "2026-11-22T11:00"}, "A ballot closes after it opens"),
        ({"about": "motion", "id": "nothing"}, "There is no motion nothing here"),
        ({"about": "proposal", "id": "00"}, "No such proposal is known here"),
        ({"about": "compact", "id": "0" * 64}, "No such compact is known here"),
        ({"about": "election", "id": "0" * 64}, "There is no seat"),
        ({"about": "recall", "id": "0" * 64}, "There is no seat"),
        ({"text": ""}, "“Text” is empty"),
        ({"question": ""}, "“Question” is empty"),
    ],
)
async def test_a_question_that_cannot_be_put_is_refused_with_the_reason(
    tmp_path: Path, harbour: House, wrong: dict[str, str | list[str]], says: str
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening, in_room=3)
        fields: dict[str, str | list[str]] = {
            "token": await evening["Ada"].token(meeting),
            "about": "text",
            "text": "We mend it.",
            "question": "Do we mend it?",
            "method": "majority",
            "channels": "online",
            **wrong,
        }

        answer = await evening["Ada"].http.post(f"{meeting}/ballots", data=fields)

        assert 400 < answer.status_code < 500
        assert says in answer.text
        assert "Nothing yet." in await evening["Eva"].see(meeting)


async def test_a_meeting_shows_how_many_voted_and_not_how(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        ballot = await ask(evening, meeting)
        await evening["Eva"].send(f"{ballot}/vote", on=ballot, choice="against")

        says = await evening["Dov"].see(meeting)
        closing = await evening["Ada"].see(meeting)

        assert "Do we mend it? Open 1 vote in so far" in says
        assert "not closed with the meeting: Do we mend it?" in closing


async def test_hands_are_not_counted_before_the_room_is(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)

        says = await evening["Ada"].send(
            f"{meeting}/ballots",
            on=meeting,
            status=409,
            about="text",
            text="We mend it.",
            question="Do we mend it?",
            method="majority",
            channels="hands",
        )

        assert "Two people count who is in the room first" in says


async def test_a_meeting_is_told_outside_only_as_far_as_its_callers_say(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        called = {"kind": "assembly", "starts_at": "2026-11-25T20:00:00"}
        for title, told in (("Quiet", "members"), ("Spring", "everyone")):
            await evening["Ada"].send(
                "/sessions",
                on="/sessions",
                title=title,
                place="The boat shed",
                told=told,
                fields=called,
            )

        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(evening.app), base_url=evening.config.base
        ) as stranger:
            front = text_of((await stranger.get("/")).text)
        published = await evening.look(
            lambda desk: [
                row["body"] for row in desk.connection.execute("select * from object")
            ]
        )

    assert "Spring" in front
    assert "Quiet" not in front
    assert len(published) == 2
    assert not any("Quiet" in body or "boat shed" in body for body in published)


async def test_a_meeting_is_called_off_before_it_opens_and_not_after(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada = evening["Ada"]
        meeting = await ada.send(
            "/sessions",
            on="/sessions",
            title="Spring",
            kind="assembly",
            starts_at="2026-11-25T20:00:00",
        )
        token = {"token": await evening["Eva"].token(meeting)}
        await evening["Eva"].send(
            f"{meeting}/call-off", on=meeting, status=403, fields=token
        )

        await ada.send(f"{meeting}/call-off", on=meeting)

        assert "Called off 25 November 2026, 20:00 UTC" in await ada.see(meeting)
        assert "Spring" not in await ada.see("/")
        open_one = await meet(evening)
        token = {"token": await ada.token(open_one)}
        says = await ada.send(
            f"{open_one}/call-off", on=open_one, status=409, fields=token
        )
        assert "It is closed, not called off." in says
