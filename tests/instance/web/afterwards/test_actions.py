"""What needs a hand is offered, taken by a yes, and told as widely as people say."""

import re
from pathlib import Path

import pytest

from tests.instance.house import House
from tests.instance.web.evening import (
    an_assembly,
    meet,
    once,
    posts_of_the_clerk,
    stranger,
)
from tests.instance.web.night import a_night
from tests.instance.web.offering import OFFER, offer


async def test_an_action_is_offered_taken_begun_and_done(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        cleo, action = evening["Cleo"], await offer(evening, due="2026-12-01")
        assert "Hang a lamp in the stairs" in await cleo.see("/actions")

        await cleo.send(f"{action}/yes", on=action)
        await cleo.send(f"{action}/start", on=action)
        await cleo.send(f"{action}/done", on=action, came_of_it="It is bright.")

        says = await evening["Dov"].see(action)
        assert "Done by Cleo" in says
        assert "It is bright." in says
        assert "1 December 2026" in says


async def test_an_offer_sent_twice_is_one_action(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada = evening["Ada"]
        id = await once(ada, "/actions/new")

        for _ in range(2):
            await ada.send("/actions", on="/actions/new", fields={**OFFER, "once": id})

        assert (await ada.see("/actions")).count(OFFER["what"]) == 1


async def test_whoever_is_asked_answers_yes_or_no_and_nobody_is_given_work(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        cleo = evening["Cleo"]
        action = await offer(evening, asked=cleo.id)
        assert "You are asked" in await cleo.see(action)
        assert "Who takes it?" in await evening["Dov"].see(action)
        assert "Cleo is asked" in await evening["Dov"].see(action)

        await cleo.send(f"{action}/no", on=action)

        says = await evening["Dov"].see(action)
        assert "Cleo" not in says
        assert "Who takes it?" in says


async def test_what_waits_for_a_members_yes_is_first_on_their_page(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await offer(evening, asked=evening["Cleo"].id)

        assert "Say whether you take this on" in await evening["Cleo"].see("/today")
        assert "Say whether" not in await evening["Dov"].see("/today")


async def test_nobody_takes_what_another_took_but_may_join_in(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        cleo, dov = evening["Cleo"], evening["Dov"]
        action = await offer(evening)
        token = {"token": await dov.token(action)}
        await cleo.send(f"{action}/yes", on=action)

        late = await dov.send(f"{action}/yes", on=action, status=409, fields=token)
        await dov.send(f"{action}/join", on=action)

        assert "Somebody has taken this already. You can join in." in late
        assert "Joining in Dov" in await cleo.see(action)
        not_theirs = await dov.send(
            f"{action}/done", on=action, status=403, fields=token
        )
        assert "Whoever took an action says how it goes" in not_theirs


async def test_the_yes_of_a_card_is_entered_by_whoever_takes_the_notes(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = (await meet(evening)).removeprefix("/sessions/")
        action = await offer(evening)
        ada, heard = evening["Ada"], {"session": meeting, "card": "57"}
        token = {"token": await evening["Eva"].token(action)}

        await evening["Eva"].send(
            f"{action}/heard", on=action, status=403, fields={**heard, **token}
        )
        await ada.send(f"{action}/heard", on=action, fields=heard)

        assert "Taken on by card 57" in await ada.see(action)


async def test_a_stranger_reads_what_was_offered_to_everyone_and_no_name(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        inside = await offer(evening, what="Count the chairs")
        outside = await offer(evening, told="everyone")
        await evening["Cleo"].send(f"{outside}/yes", on=outside)
        eva = await stranger(evening)

        listed, says = await eva.see("/actions"), await eva.see(outside)
        hidden = await eva.see(inside, status=404)

        assert "Hang a lamp" in listed
        assert "Count the chairs" not in listed + hidden
        assert "by a member of Harbour Assembly" in says
        assert "Cleo" not in says + listed


async def test_a_name_is_read_by_everybody_once_its_bearer_says_so(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        action = await offer(evening, told="everyone")
        await evening["Cleo"].send(f"{action}/yes", on=action, named="yes")
        eva = await stranger(evening)

        assert "Taken on by Cleo" in await eva.see(action)
        assert any("by Cleo" in each for each in await posts_of_the_clerk(evening))


async def test_followers_read_of_an_open_offer_and_that_it_was_done(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await offer(evening, what="Count the chairs")
        action = await offer(evening, told="everyone")
        cleo = evening["Cleo"]
        await cleo.send(f"{action}/yes", on=action)
        await cleo.send(f"{action}/done", on=action, came_of_it="It is bright.")

        told = await posts_of_the_clerk(evening)

        [post] = [each for each in told if "Hang a lamp" in each]
        assert "Help wanted: A ladder" in post
        assert "by a member of Harbour Assembly" in post
        assert "Done." in post
        assert "It is bright." in post
        assert "Cleo" not in post
        assert not any("Count the chairs" in each for each in told)


async def test_words_for_everyone_name_nobody_unawares(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        what = "Ring 07700 900461"

        says = await offer(evening, status=422, what=what, told="everyone")
        await offer(evening, aware="yes", what=what, told="everyone")

        assert "Everybody would read this." in says
        assert "it is not about them" in says
        eva = await stranger(evening)
        assert what in await eva.see("/actions")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"due": "soon"}, "“By when” is a day such as 2026-12-24"),
        ({"due": "2020-01-01"}, "a day to come"),
        ({"due": "2099-01-01"}, "within two years"),
        ({"what": ""}, "“What is to be done” is empty"),
        ({"effort": "for ever"}, "was not offered"),
        ({"told": "the police"}, "was not offered"),
        ({"asked": "m-nobody"}, "nobody here has that name"),
        ({"once": "../../etc"}, "open this form anew"),
        ({"about": "point", "id": "x.9.9"}, "There is no such point"),
    ],
)
async def test_an_offer_that_cannot_be_is_refused_and_nothing_is_kept(
    tmp_path: Path, harbour: House, wrong: dict[str, str], says: str
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada = evening["Ada"]
        fields = {
            "token": await ada.token("/actions/new"),
            "once": await once(ada, "/actions/new"),
            **OFFER,
            **wrong,
        }

        answer = await ada.http.post("/actions", data=fields)

        assert answer.status_code in (404, 422)
        assert says in answer.text
        assert OFFER["what"] not in await ada.see("/actions")


async def test_a_point_ends_in_the_action_that_was_offered_from_it(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        trail = f"{meeting}/points"
        await evening["Ada"].send(
            trail, on=trail, table="4", what="The stairs are dark."
        )
        id = f"{meeting.removeprefix('/sessions/')}.4.1"

        action = await offer(evening, about="point", id=id)

        assert "The stairs are dark." in await evening["Eva"].see(action)
        shown = await evening["Eva"].open(trail)
        assert "It became an action" in shown
        assert f'href="{action}"' in shown


async def test_what_is_dropped_or_blocked_says_why_to_members_only(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        cleo, action = evening["Cleo"], await offer(evening, told="everyone")
        await cleo.send(f"{action}/yes", on=action)

        await cleo.send(f"{action}/block", on=action, reason="No ladder is free.")

        assert "Why: No ladder is free." in await evening["Dov"].see(action)
        await cleo.send(f"{action}/drop", on=action, reason="The council did it.")
        assert "The council did it." in await evening["Dov"].see(action)
        eva = await stranger(evening)
        assert "The council did it" not in await eva.see(action)


async def test_the_goal_has_three_next_steps_and_a_step_done_makes_room(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada = evening["Ada"]
        made = [await offer(evening, what=f"Step {n}", mine="yes") for n in range(4)]
        await ada.send(
            "/goal",
            on="/goal",
            fields={"once": await once(ada, "/goal"), "giver": "The landlord"},
            want="Dry homes",
        )
        for each in made[:3]:
            id = each.removeprefix("/actions/")
            await ada.send("/goal/step", on="/goal", action=id)
        token, fourth = await ada.token("/goal"), made[3].removeprefix("/actions/")

        full = await ada.send(
            "/goal/step",
            on="/goal",
            status=409,
            fields={"token": token, "action": fourth},
        )
        await ada.send(f"{made[0]}/done", on=made[0])

        assert "There are 3 next steps already" in full
        says = await evening["Eva"].see("/goal")
        assert "Dry homes Who can give it The landlord" in says
        assert "Step 0" not in says
        assert "Step 1" in says
        await ada.send("/goal/step", on="/goal", action=fourth)
        assert "Step 3" in await evening["Eva"].see("/goal")


async def test_the_goal_is_for_members_until_it_is_told_to_everyone(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada = evening["Ada"]
        form = {"once": await once(ada, "/goal"), "want": "Dry homes", "giver": "We"}
        token = {"token": await evening["Dov"].token("/actions/new")}
        await evening["Dov"].send(
            "/goal", on="/goal", status=403, fields={**form, **token}
        )
        await ada.send("/goal", on="/goal", fields=form)
        eva = await stranger(evening)
        assert "Dry homes" not in await eva.see("/goal", status=403)

        await ada.send("/goal", on="/goal", fields={**form, "told": "everyone"})

        assert "Dry homes" in await eva.see("/goal")


async def test_an_assembly_adds_kinds_of_its_own_and_drops_them(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada, form = evening["Ada"], "/actions/new"
        token = {"token": await evening["Eva"].token("/people")}
        await evening["Eva"].send(
            "/actions/kinds", on=form, status=403, name="Mine", fields=token
        )
        for _ in range(2):
            await ada.send("/actions/kinds", on=form, name="Seed swapping")
        shown = await ada.open(form)
        kind = re.findall(r'<option value="(sha256:[0-9a-f]+)"', shown)

        action = await offer(evening, kind=kind[0], told="everyone")
        await ada.send("/actions/kinds/drop", on=form, kind=kind[0])

        assert len(kind) == 1
        assert "Seed swapping" not in await ada.see(form)
        unknown = await offer(evening, status=422, kind=kind[0])
        assert "was not offered" in unknown
        eva = await stranger(evening)
        assert "Kind Seed swapping" in await eva.see(action)


async def test_whoever_has_a_card_says_yes_on_their_own_phone(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        action = await offer(night.evening, about="session", id=night.id)
        elsewhere = await offer(night.evening, what="Count the chairs")
        phone = await night.phone_with(57)
        token = {"token": await phone.token("/card")}

        for _ in range(2):
            await phone.send(f"{action}/yes", on=action, fields=token)

        assert "Taken on by card 57" in await night["Ada"].see(action)
        listed = await phone.see("/actions")
        assert "Hang a lamp" in listed
        assert "Count the chairs" not in listed
        await phone.see(elsewhere, status=404)
        hidden = await phone.send(
            f"{elsewhere}/yes", on="/card", status=404, fields=token
        )
        assert "There is no action" in hidden


async def test_a_card_takes_nothing_that_another_card_took(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        action = await offer(night.evening, told="everyone")
        first, second = await night.phone_with(57), await night.phone_with(58)
        token = {"token": await second.token(action)}
        await first.send(f"{action}/yes", on=action)

        late = await second.send(f"{action}/yes", on=action, status=409, fields=token)

        assert "Somebody has taken this already" in late
        assert "by somebody who was at the meeting" in late
        told = "".join(await posts_of_the_clerk(night.evening))
        assert "somebody who was at the meeting" in told
        assert "card 57" not in told


async def test_a_card_reads_the_points_and_the_draft_of_its_own_evening_only(
    tmp_path: Path, harbour: House
) -> None:
    async with a_night(harbour, tmp_path) as night:
        trail = f"{night.meeting}/points"
        await night["Ada"].send(trail, on=trail, table="4", what="The stairs are dark.")
        other = await meet(night.evening)
        phone = await night.phone_with(57)

        assert "The stairs are dark." in await phone.see(trail)
        assert "The stairs are dark." in await phone.see(f"{night.meeting}/minutes")
        assert "Harbour Assembly met." in await phone.see(f"{night.meeting}/leaving")
        for page in ("points", "minutes", "leaving"):
            await phone.see(f"{other}/{page}", status=403)
