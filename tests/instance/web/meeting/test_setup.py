"""A meeting is set up without typing anything, and what is typed is kept."""

from datetime import timedelta
from pathlib import Path

from confederation.meeting import run_sheet
from instance import node
from instance.desk import Desk
from instance.store import needs, training
from tests.instance.house import House
from tests.instance.kept import files_with
from tests.instance.web.evening import (
    RULES,
    Evening,
    an_assembly,
    ask,
    call,
    meet,
    tellers,
)
from tests.instance.web.sending import found_in

LATER = "2026-11-25T19:00:00"


async def sheet(evening: Evening, meeting: str) -> run_sheet.State:
    id = meeting.removeprefix("/sessions/")
    state: run_sheet.State = await evening.look(
        lambda desk: node.load(desk, f"run_sheet:{id}")
    )
    return state


def typed(phases: run_sheet.Phases, **changes: str) -> dict[str, list[str]]:
    """Give the form of a run-sheet as a browser sends it, its empty last line too."""
    return {
        "number": [*(str(each.number) for each in phases), "0"],
        "kind": [*(each.kind for each in phases), changes.get("kind", "")],
        "minutes": [
            *(str(each.minutes) for each in phases),
            changes.get("minutes", "10"),
        ],
        "title": [*("" for _ in phases), changes.get("title", "")],
        "do": [changes.get("do", "save")],
    }


USUAL = run_sheet.TEMPLATES["monthly assembly"]


async def test_a_meeting_has_a_whole_evening_before_anybody_typed_anything(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await call(evening)

        says = await evening["Ada"].see(f"{meeting}/setup")

        assert "110 minutes, from 19:00 to 20:50 UTC" in says
        assert "This is our suggestion" in says
        assert "A good evening" in says
        assert "Facilitator" in says


async def test_calling_a_meeting_leads_on_to_preparing_it(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await call(evening)

        html = (await evening["Ada"].http.get(meeting)).text

        assert f'href="{meeting}/setup"' in html


async def test_a_part_is_moved_and_what_was_typed_meanwhile_is_kept(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await call(evening)
        fields = typed(USUAL, do="down 1")
        fields["minutes"][1] = "7"
        fields["title"][2] = "Rosa tells us about the boiler"

        await evening["Ada"].send(
            f"{meeting}/setup/run-sheet", on=f"{meeting}/setup", fields=fields
        )

        kept = (await sheet(evening, meeting)).phases
        assert [each.number for each in kept[:3]] == [2, 1, 3]
        assert kept[0].minutes == 7
        says = await evening["Eva"].see(f"{meeting}/setup")
        assert "Rosa tells us about the boiler" in says


async def test_whoever_moves_a_part_is_led_back_to_the_button_they_pressed(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting, ada = await call(evening), evening["Ada"]
        on = f"{meeting}/setup"

        there = await ada.send(
            f"{on}/run-sheet", on=on, fields=typed(USUAL, do="down 3")
        )

        assert there == f"{on}#down-3"
        assert 'id="down-3"' in await ada.open(on)


async def test_a_part_is_added_before_the_goodbye_and_taken_out_again(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting, ada = await call(evening), evening["Ada"]
        path, on = f"{meeting}/setup/run-sheet", f"{meeting}/setup"

        added = typed(USUAL, kind="walk", minutes="15", title="To the river")
        await ada.send(path, on=on, fields=added)
        longer = (await sheet(evening, meeting)).phases
        gone = typed(longer, do=f"remove {longer[-2].number}")
        await ada.send(path, on=on, fields=gone)

        assert (longer[-2].kind, longer[-2].minutes) == ("walk", 15)
        assert longer[-1].kind == "check-out"
        assert (await sheet(evening, meeting)).phases == USUAL


async def test_minutes_that_cannot_be_are_refused_and_stay_in_the_form(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting, ada = await call(evening), evening["Ada"]
        fields = typed(USUAL)
        fields["minutes"][0] = "ages"
        fields["title"][0] = "Tea first"

        token = await ada.token(f"{meeting}/setup")
        answer = await ada.http.post(
            f"{meeting}/setup/run-sheet", data={"token": token, **fields}
        )

        assert answer.status_code == 422
        assert "“Minutes” needs a whole number" in answer.text
        assert 'value="ages"' in answer.text
        assert 'value="Tea first"' in answer.text


async def test_the_form_sent_twice_changes_nothing_twice(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting, ada = await call(evening), evening["Ada"]
        fields = typed(USUAL)
        fields["title"][0] = "Tea first"

        for _ in range(2):
            await ada.send(
                f"{meeting}/setup/run-sheet", on=f"{meeting}/setup", fields=fields
            )

        id = meeting.removeprefix("/sessions/")
        written = await evening.look(
            lambda desk: desk.connection.execute(
                "select count(*) from event where stream = ?", (f"run_sheet:{id}",)
            ).fetchone()[0]
        )
        assert written == 1


async def test_a_listening_circle_is_offered_no_decision(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await call(evening, kind="listening circle")
        html = (await evening["Ada"].http.get(f"{meeting}/setup")).text

        says = await evening["Ada"].send(
            f"{meeting}/setup/run-sheet",
            on=f"{meeting}/setup",
            status=409,
            fields=typed(run_sheet.TEMPLATES["listening circle"], kind="decision"),
        )

        assert 'value="decision"' not in html
        assert 'value="decision night"' not in html
        assert "A listening circle listens. It takes no votes." in says


async def test_whoever_called_it_does_everything_until_somebody_is_named(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting, eva = await call(evening), evening["Eva"]
        before = await eva.see(f"{meeting}/setup")

        await evening["Ada"].send(
            f"{meeting}/setup/roles",
            on=f"{meeting}/setup",
            fields={
                "facilitator": " eva ",
                "teller": ["Ben", "Cleo"],
            },
        )

        after = await eva.see(f"{meeting}/setup")
        assert "Facilitator Ada" in before
        assert "Teller Ada and Ben" in before
        assert "Facilitator Eva" in after
        assert "Teller Ben and Cleo" in after


async def test_one_person_is_never_both_tellers(tmp_path: Path, harbour: House) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await call(evening)

        says = await evening["Ada"].send(
            f"{meeting}/setup/roles",
            on=f"{meeting}/setup",
            status=422,
            fields={"teller": ["Ben", "ben"]},
        )

        assert "The second teller is another person than the first" in says


async def test_a_name_that_is_no_members_is_refused_and_stays_in_the_field(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting, ada = await call(evening), evening["Ada"]
        token = await ada.token(f"{meeting}/setup")

        answer = await ada.http.post(
            f"{meeting}/setup/roles",
            data={"token": token, "host": "Mallory", "facilitator": "Eva"},
        )

        assert answer.status_code == 422
        assert "There is no member called “Mallory” here" in answer.text
        assert 'value="Mallory"' in answer.text
        assert "Facilitator Ada" in await evening["Eva"].see(f"{meeting}/setup")


async def test_somebody_learns_beside_whoever_does_it_and_the_run_sheet_says_so(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting, ada = await call(evening), evening["Ada"]
        on = f"{meeting}/setup"
        beside = {"facilitator": ["Ada", "Cleo"], "buddy-facilitator": "Eva"}

        await ada.send(f"{on}/roles", on=on, fields=beside)
        says = await ada.send(
            f"{on}/roles",
            on=on,
            status=422,
            fields={**beside, "buddy-facilitator": "Ada"},
        )

        assert "does not learn it beside themselves" in says
        assert "Facilitator Ada and Cleo Eva learns beside them" in await evening[
            "Dov"
        ].see(on)
        printed = await ada.see(f"{meeting}/sheets/run-sheet")
        assert "Ada and Cleo Eva learns beside them" in printed


async def test_after_three_times_the_page_asks_and_names_who_would_like_to(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada, eva = evening["Ada"], evening["Eva"]
        for guest, offers in ((eva, "facilitator"), (evening["Dov"], "facilitator")):
            await guest.send(
                f"/roles/{offers}", on=f"/roles/{offers}", offer="yes", step="read"
            )
        for names in (["Ada", "Dov"], ["Ada"], ["Ada"]):
            held = await meet(evening)
            fields: dict[str, list[str]] = {"facilitator": names}
            await ada.send(f"{held}/setup/roles", on=f"{held}/setup", fields=fields)
            await ada.send(f"{held}/close", on=held)
            evening.clock.pass_by(hours=1)
        meeting = await call(evening)

        says = await ada.see(f"{meeting}/setup")

        assert "Ada has done this 3 times running. Ask somebody else?" in says
        assert "Dov (I have read this card) , Eva (I have read this card)" in says
        assert "It has been longest for Eva ." in says
        assert "Would like to" not in await evening["Cleo"].see(f"{meeting}/setup")


async def test_where_the_rules_say_so_a_role_goes_round_unless_the_assembly_agrees(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada = evening["Ada"]
        held = await meet(evening, in_room=10)
        ballot = await ask(evening, held, channels="hands")
        for name in ("Ada", "Ben"):
            await evening[name].send(
                f"{ballot}/count",
                on=ballot,
                fields={"channel": "hands", "count_for": "10", "count_against": "0"},
                count_abstain="0",
            )
        await ada.send(f"{ballot}/close", on=ballot)
        bound = {**RULES, **tellers(evening), "text": "", "most_times": "2"}
        await ada.send(
            "/rulebook",
            on="/rulebook",
            fields={**bound, "ballot": ballot.removeprefix("/ballots/")},
        )
        before = ""
        for welcomer in ("Dov", "Eva"):
            fields = {"host": "Ada", "welcomer": welcomer}
            await ada.send(f"{held}/setup/roles", on=f"{held}/setup", fields=fields)
            before = f"{held}/setup"
            await ada.send(f"{held}/close", on=held)
            evening.clock.pass_by(hours=1)
            held = await meet(evening)
        on = f"{held}/setup"

        says = await ada.send(f"{on}/roles", on=on, status=409, host="Ada")
        again = await ada.send(f"{before}/again", on=before, rhythm="weekly")
        fields = {"host": "Ada", "agreed": "Nobody else could tonight."}
        await ada.send(f"{on}/roles", on=on, fields=fields)

        assert "Thank them, give them an evening off" in says
        assert "Host Nobody yet" in await evening["Dov"].see(again)
        assert "Welcomer Eva" in await evening["Dov"].see(again)
        shown = await evening["Dov"].see(on)
        assert "Host: the assembly agreed that they go on. Nobody else could" in shown
        await ada.send(f"{held}/close", on=held)
        draft = await ada.see(f"{held}/minutes")
        assert "whoever was Host goes on" in draft
        assert "Nobody else could" not in draft


async def test_what_somebody_tried_of_a_role_is_theirs_and_goes_with_them(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        eva, on = evening["Eva"], "/roles/clerk"

        await eva.send(on, on=on, fields={"step": ["read", "beside"], "offer": "yes"})
        await eva.send(on, on=on, status=422, step="king")

        def kept(desk: Desk) -> tuple[frozenset[str], frozenset[str]]:
            connection = desk.connection
            return (
                training.steps(connection, eva.id, "clerk"),
                training.offers(connection, "clerk"),
            )

        assert await evening.look(kept) == ({"read", "beside"}, {eva.id})
        assert "Would like to try being clerk: Eva" in await evening["Ada"].see(
            "/people"
        )
        assert "Would like" not in await evening["Dov"].see("/people")
        assert 'value="beside" checked' not in await evening["Dov"].open(on)
        await eva.send(on, on=on)
        assert await evening.look(kept) == (frozenset(), frozenset())
        await eva.send(on, on=on, step="read", offer="yes")
        await eva.send("/people/me", on="/people/me", fields={"sure": "yes"})
        assert await evening.look(kept) == (frozenset(), frozenset())


async def test_the_longest_evening_is_a_small_page_in_every_language(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting, ada = await call(evening), evening["Ada"]
        long = tuple(
            run_sheet.Phase(number=number, kind="deliberation", minutes=5)
            for number in range(1, run_sheet.MOST_PHASES + 1)
        )
        fields = typed(long)
        fields["title"] = [*("A long title in words of our own" for _ in long), ""]
        on = f"{meeting}/setup"
        await ada.send(f"{on}/run-sheet", on=on, fields=fields)

        for lang in ("en", "fr", "ar"):
            answer = await ada.http.get(on, headers={"accept-language": lang})

            assert len(answer.content) < 50_000


async def test_a_need_is_seen_by_who_told_it_and_who_called_the_meeting_alone(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await call(evening)
        on = f"{meeting}/setup"

        for _ in range(2):
            await evening["Eva"].send(
                f"{on}/needs", on=on, kind="access", says="I come by wheelchair"
            )

        assert "I come by wheelchair" in await evening["Eva"].see(on)
        assert (await evening["Ada"].see(on)).count("I come by wheelchair") == 2
        for other in ("Ben", "Cleo", "Dov"):
            assert "wheelchair" not in await evening[other].see(on)


async def test_a_need_of_another_member_cannot_be_taken_back(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await call(evening)
        on, id = f"{meeting}/setup", meeting.removeprefix("/sessions/")
        await evening["Eva"].send(f"{on}/needs", on=on, kind="food", says="No nuts")
        [need] = await evening.look(lambda desk: needs.of_session(desk.connection, id))

        await evening["Cleo"].send(
            f"{on}/needs", on=on, status=403, take_back=str(need.number)
        )
        kept = await evening.look(lambda desk: needs.of_session(desk.connection, id))
        await evening["Eva"].send(f"{on}/needs", on=on, take_back=str(need.number))

        assert kept == (need,)
        assert files_with("No nuts", evening.config.directory) == []
        assert not await evening.look(
            lambda desk: needs.of_session(desk.connection, id)
        )


async def test_what_people_needed_is_nowhere_once_the_meeting_has_closed(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        on = f"{meeting}/setup"
        await evening["Eva"].send(
            f"{on}/needs", on=on, kind="care", says="Zebediah comes along"
        )
        before = (
            found_in(evening.house, "Zebediah"),
            files_with("Zebediah", evening.config.directory),
        )

        await evening["Ada"].send(f"{meeting}/close", on=meeting)

        assert before[0] == {"need"}
        assert before[1]
        assert found_in(evening.house, "Zebediah") == set()
        assert files_with("Zebediah", evening.config.directory) == []


async def test_what_people_need_goes_where_a_meeting_is_called_off(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await call(evening)
        on = f"{meeting}/setup"
        await evening["Eva"].send(f"{on}/needs", on=on, kind="care", says="Zebediah")

        await evening["Ada"].send(f"{meeting}/call-off", on=meeting)

        assert found_in(evening.house, "Zebediah") == set()
        assert files_with("Zebediah", evening.config.directory) == []


async def test_what_is_passed_on_for_somebody_keeps_no_name(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await call(evening)
        on, id = f"{meeting}/setup", meeting.removeprefix("/sessions/")

        await evening["Eva"].send(
            f"{on}/needs", on=on, fields={"for": "yes"}, kind="language", says="Farsi"
        )

        [need] = await evening.look(lambda desk: needs.of_session(desk.connection, id))
        assert need.member is None


async def test_a_member_without_an_office_changes_nothing_but_their_own(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting, eva = await call(evening), evening["Eva"]
        on = f"{meeting}/setup"
        forms: dict[str, dict[str, list[str]]] = {
            "run-sheet": typed(USUAL, do="down 1"),
            "template": {"template": ["kitchen table"]},
            "aim": {"question": ["Mine?"], "goal": [""]},
            "roles": {"host": ["Eva"]},
            "when": {"starts_at": [LATER], "place": ["Mine"]},
            "words": {"lang": ["fr"], "title": ["À moi"]},
        }

        for name, fields in forms.items():
            says = await eva.send(f"{on}/{name}", on=on, status=403, fields=fields)
            assert "This is for the clerk, convenor or facilitator to do" in says

        shown = await eva.see(on)
        assert "Save the evening" not in shown
        assert "This is our suggestion" in shown


async def test_a_meeting_that_is_not_sure_yet_says_so_until_it_is(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await call(evening, told="everyone", tentative="yes")
        ada, on = evening["Ada"], f"{meeting}/setup"
        sure = {"starts_at": LATER, "place": "The boat shed"}

        unsure = await evening["Eva"].see(meeting)
        front = await evening["Eva"].see("/")
        listed = await evening["Eva"].see("/sessions")
        asked = (await ada.http.get(on)).text
        await ada.send(f"{on}/when", on=on, fields=sure)
        later = await evening["Eva"].see(meeting) + await evening["Eva"].see("/")

        assert "(not sure yet)" in unsure
        assert "(not sure yet)" in front
        assert "(not sure yet)" in listed
        assert 'name="tentative" value="yes" checked' in asked
        assert "not sure yet" not in later


async def test_a_meeting_is_moved_before_it_opens_and_not_after(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting, ada = await call(evening), evening["Ada"]
        on = f"{meeting}/setup"
        moved = {"starts_at": "2026-11-22T13:00:00", "place": "The boat shed"}

        await ada.send(f"{on}/when", on=on, fields=moved)
        says = await evening["Eva"].see(meeting)
        evening.clock.pass_by(hours=2)
        await ada.send(f"{meeting}/open", on=meeting)
        late = await ada.send(
            f"{on}/when", on=on, status=409, fields={**moved, "place": "Elsewhere"}
        )

        assert "22 November 2026, 13:00 UTC · The boat shed" in says
        assert "it is where and when it is" in late


async def test_a_meeting_is_never_moved_into_the_past(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await call(evening)
        on = f"{meeting}/setup"

        says = await evening["Ada"].send(
            f"{on}/when", on=on, status=409, starts_at="2026-11-01T13:00:00", place=""
        )

        assert "A session is moved to a time to come" in says


async def test_the_next_meeting_is_called_like_this_one_and_once(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting, ada = await call(evening, place="The boat shed"), evening["Ada"]
        on = f"{meeting}/setup"
        await ada.send(f"{on}/template", on=on, template="kitchen table")
        await ada.send(f"{on}/roles", on=on, facilitator="Eva")

        first = await ada.send(f"{on}/again", on=on, rhythm="weekly")
        second = await ada.send(f"{on}/again", on=on, rhythm="weekly")

        assert first == second
        says = await evening["Dov"].see(first)
        assert "60 minutes, from 19:00 to 20:00 UTC" in says
        assert "2 December 2026" in says
        assert "The boat shed" in says
        assert "Facilitator Eva" in says


async def test_a_meeting_of_long_ago_recurs_in_the_time_to_come(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting, ada = await call(evening), evening["Ada"]
        evening.clock.now += timedelta(days=40)

        again = await ada.send(
            f"{meeting}/setup/again", on=f"{meeting}/setup", rhythm="weekly"
        )

        assert "6 January 2027" in await ada.see(again)


async def test_nothing_of_a_meeting_that_is_over_is_prepared_any_more(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting, ada = await meet(evening), evening["Ada"]
        token = {"token": await ada.token(f"{meeting}/setup")}
        await ada.send(f"{meeting}/close", on=meeting)

        says = await ada.send(
            f"{meeting}/setup/aim",
            on=meeting,
            status=409,
            fields={**token, "question": "Too late?", "goal": ""},
        )

        assert "This meeting is over" in says
