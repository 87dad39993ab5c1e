"""What was decided is put to somebody outside, and the answer is read in public."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from confederation import record
from confederation.identifiers import BallotId
from instance.dealings import asks
from instance.desk import Desk
from tests.instance.house import House
from tests.instance.three import act
from tests.instance.web.asking import CONTACT, LINK, TEXT, asking, decides, found, post
from tests.instance.web.browsing import text_of
from tests.instance.web.evening import ONCE, TOKEN
from tests.instance.web.sending import found_in


async def test_an_ask_is_read_by_everyone_with_the_day_that_is_no_deadline(
    tmp_path: Path, harbour: House
) -> None:
    async with asking(harbour, tmp_path) as asked:
        page = text_of((await (await asked.stranger()).get(asked.page)).text)

        assert "Housing office of the town" in page
        assert TEXT in page
        assert "for an answer by 20 December 2026" in page
        assert "This is our request, not a legal deadline." in page
        assert "The roofs are mended before winter." in page
        assert "We ask for an answer by 20 December 2026" in await asked.post()
        assert "Ask" in await asked.evening.published()


async def test_how_they_are_reached_is_for_the_clerk_alone(
    tmp_path: Path, harbour: House
) -> None:
    async with asking(harbour, tmp_path) as asked:
        assert CONTACT in await asked.clerk.see(asked.page)
        assert CONTACT not in await asked.evening["Cleo"].see(asked.page)
        assert found_in(asked.evening.house, CONTACT) == {"wording"}


async def test_the_letter_carries_a_link_of_which_only_the_digest_is_kept(
    tmp_path: Path, harbour: House
) -> None:
    async with asking(harbour, tmp_path) as asked:
        letter = await post(asked.clerk, f"{asked.page}/letter", on=asked.page)

        link = found(LINK, letter)
        assert TEXT in text_of(letter)
        assert "not a legal deadline" in text_of(letter)
        assert f'href="mailto:{CONTACT}?subject=' in letter
        assert "<svg" in letter
        assert not found_in(asked.evening.house, link.removeprefix("/asked/"))


async def test_whoever_holds_the_link_answers_without_an_account(
    tmp_path: Path, harbour: House
) -> None:
    async with asking(harbour, tmp_path) as asked:
        link = await asked.link()

        await asked.answer(
            link,
            heard="The roofs leak.",
            plan="Six houses this year.",
            plan_by="2027-03-01",
            handed="A budget of 9000, for the street to spend.",
        )

        page = await asked.evening["Cleo"].see(asked.page)
        for says in (
            "They agree to a part of it",
            "The roofs leak.",
            "Six houses this year.",
            "By 1 March 2027",
            "A budget of 9000",
            "Their own words.",
            "not who wrote them",
        ):
            assert says in page
        assert "They agree to a part of what we asked." in await asked.post()
        own = text_of((await (await asked.stranger()).get(link)).text)
        assert "What you have said so far" in own
        assert "We agree to a part of it" in own


async def test_an_answer_sent_twice_is_one_answer(
    tmp_path: Path, harbour: House
) -> None:
    async with asking(harbour, tmp_path) as asked:
        link = await asked.link()
        http = await asked.stranger()
        page = (await http.get(link)).text
        sent = {
            "token": found(TOKEN, page),
            "once": found(ONCE, page),
            "kind": "full",
            "text": "Yes.",
        }

        for _ in range(2):
            assert (await http.post(link, data=sent)).status_code == 303

        assert len(await asked.answers()) == 1

        def kept(desk: Desk) -> int:
            query = "select count(*) from wording where text = 'Yes.'"
            return int(desk.connection.execute(query).fetchone()[0])

        assert await asked.evening.look(kept) == 1


async def test_looking_at_the_link_answers_nothing(
    tmp_path: Path, harbour: House
) -> None:
    async with asking(harbour, tmp_path) as asked:
        link, http = await asked.link(), await asked.stranger()

        for method in ("GET", "HEAD", "GET"):
            await http.request(method, f"{link}?kind=full&text=Yes")

        assert await asked.answers() == []


@pytest.mark.parametrize("how", ["replaced", "taken back", "run out", "guessed"])
async def test_a_link_that_is_not_valid_any_more_opens_nothing(
    tmp_path: Path, harbour: House, how: str
) -> None:
    async with asking(harbour, tmp_path) as asked:
        link = await asked.link()
        match how:
            case "replaced":
                await asked.link()
            case "taken back":
                await asked.clerk.send(f"{asked.page}/revoke", on=asked.page)
            case "run out":
                asked.evening.clock.pass_by(days=400)
            case _:
                link = f"/asked/{'a' * 32}"

        http = await asked.stranger()
        answer = await http.get(link)

        assert answer.status_code == 404
        assert "does not open anything" in text_of(answer.text)
        assert TEXT not in answer.text


async def test_a_form_that_was_open_when_the_link_was_taken_back_answers_nothing(
    tmp_path: Path, harbour: House
) -> None:
    async with asking(harbour, tmp_path) as asked:
        link, http = await asked.link(), await asked.stranger()
        page = (await http.get(link)).text
        await asked.clerk.send(f"{asked.page}/revoke", on=asked.page)

        answer = await http.post(
            link,
            data={
                "token": found(TOKEN, page),
                "once": found(ONCE, page),
                "kind": "full",
                "text": "Yes.",
            },
        )

        assert answer.status_code == 404
        assert await asked.answers() == []


async def test_whoever_guesses_links_is_soon_turned_away(
    tmp_path: Path, harbour: House
) -> None:
    async with asking(harbour, tmp_path) as asked:
        http = await asked.stranger()

        said = [(await http.get(f"/asked/{n:032}")).status_code for n in range(12)]

        assert said[0] == 404
        assert said[-1] == 429
        assert (await http.get(await asked.link())).status_code == 200


async def test_the_page_of_the_link_leads_nowhere_else_and_is_kept_nowhere(
    tmp_path: Path, harbour: House
) -> None:
    async with asking(harbour, tmp_path) as asked:
        link, http = await asked.link(), await asked.stranger()

        answer = await http.get(link)

        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert 'name="robots" content="noindex' in answer.text
        named = re.findall(r'(?:href|src|action)="([^"]+)"', answer.text)
        assert all(each.startswith(("/", "#")) for each in named), named


async def test_an_answer_that_says_nothing_is_refused_and_what_was_typed_stays(
    tmp_path: Path, harbour: House
) -> None:
    async with asking(harbour, tmp_path) as asked:
        link = await asked.link()

        says = await asked.answer(link, status=422)
        again = await asked.answer(
            link, status=422, heard="The roofs leak.", plan_by="soon"
        )

        assert "please fill in at least one field" in says
        assert "“By when” is a day" in again
        assert "The roofs leak." in again
        assert await asked.answers() == []


async def test_a_holding_reply_does_not_stop_the_clock_and_the_late_mark_is_told(
    tmp_path: Path, harbour: House
) -> None:
    async with asking(harbour, tmp_path) as asked:
        link, evening = await asked.link(), asked.evening
        await asked.answer(link, kind="holding", text="We are looking into it.")
        assert "A first reply" in await evening["Cleo"].see(asked.page)
        assert not await evening.look(asks.anything_late)

        evening.clock.pass_by(days=29)
        for _ in range(2):
            await evening.node.work(asks.tell_late)

        late = "No answer by the day we asked for"
        assert late in await evening["Cleo"].see(asked.page)
        told = await asked.post()
        assert told.count("No answer has come by the day that we asked for.") == 1

        await asked.answer(link, kind="partly", plan="Six houses.")

        page = await evening["Cleo"].see(asked.page)
        assert late not in page
        assert "The answer came after that day" in page


async def test_the_assembly_judges_by_a_decision_and_an_action_follows(
    tmp_path: Path, harbour: House
) -> None:
    async with asking(harbour, tmp_path) as asked:
        await asked.answer(await asked.link(), plan="Six houses.")
        [answer] = await asked.answers()

        await asked.judge(answer, "partly", stage="implementing")

        cleo = asked.evening["Cleo"]
        page = await cleo.see(asked.page)
        assert "Accepted in part" in page
        assert "It is being carried out" in page
        assert "We accept a part of the answer." in await asked.post()

        form = f"/actions/new?ask={asked.page.removeprefix('/asks/')}"
        action = await cleo.send(
            "/actions",
            on=form,
            once=found(ONCE, await cleo.open(form)),
            about="ask",
            id=asked.page.removeprefix("/asks/"),
            what="Count the leaks that are left",
            effort="an hour",
            kind="campaign",
            told="everyone",
        )
        assert "What we asked of somebody" in await cleo.see(action)


async def test_the_clerk_is_led_to_what_waits_to_be_sent_and_judged(
    tmp_path: Path, harbour: House
) -> None:
    async with asking(harbour, tmp_path) as one:
        unsent = await one.clerk.see("/today")
        link = await one.link()
        sent = await one.clerk.see("/today")
        await one.answer(link, kind="holding", text="Please wait.")
        held = await one.clerk.see("/today")
        await one.answer(link, kind="partly", plan="We mend six.")
        answered = await one.clerk.see("/today")
        of_no_clerk = await one.evening["Cleo"].see("/today")
        await one.judge((await one.answers())[-1], "partly")
        judged = await one.clerk.see("/today")
        await one.answer(link, kind="full", plan="We mend all twelve.")
        once_more = await one.clerk.see("/today")

    to_judge = "Put the answer to the assembly: is it enough?"
    assert "Send what we ask" in unsent
    assert "Send what we ask" not in sent
    for page in (unsent, sent, held, of_no_clerk, judged):
        assert to_judge not in page
    assert to_judge in answered
    assert to_judge in once_more


async def test_silence_can_be_judged_only_once_the_day_has_passed(
    tmp_path: Path, harbour: House
) -> None:
    async with asking(harbour, tmp_path) as asked:
        decision = decides(asked.evening, "We have waited.").removeprefix("sha256:")
        form = {
            "answer": "",
            "verdict": "no answer",
            "stage": "waiting",
            "decision": decision,
        }
        clerk, path = asked.clerk, f"{asked.page}/judge"

        early = await clerk.send(path, on=asked.page, status=409, fields=form)
        asked.evening.clock.pass_by(days=29)
        await clerk.send(path, on=asked.page, fields=form)

        assert "silence says nothing yet" in early
        assert "No answer" in await asked.evening["Cleo"].see(asked.page)


async def test_a_judgement_that_no_decision_stands_behind_is_refused(
    tmp_path: Path, harbour: House
) -> None:
    async with asking(harbour, tmp_path) as asked:
        await asked.answer(await asked.link(), plan="Six houses.")
        [answer] = await asked.answers()

        says = await asked.clerk.send(
            f"{asked.page}/judge",
            on=asked.page,
            status=422,
            answer=answer,
            verdict="accepted",
            stage="done",
            decision=answer,
        )

        assert "needs a decision of our assembly" in says
        assert "Judgement" not in await asked.evening.published()


async def test_what_came_on_paper_is_copied_and_says_so(
    tmp_path: Path, harbour: House
) -> None:
    async with asking(harbour, tmp_path) as asked:
        html = await asked.clerk.open(asked.page)

        await asked.clerk.send(
            f"{asked.page}/paper",
            on=asked.page,
            once=found(ONCE, html),
            kind="refused",
            text="There is no money.",
        )

        page = await asked.evening["Cleo"].see(asked.page)
        assert "Copied by the assembly from a letter." in page
        assert "There is no money." in page


async def test_a_letter_is_for_the_clerk_who_made_it_and_large_if_they_like(
    tmp_path: Path, harbour: House
) -> None:
    async with asking(harbour, tmp_path) as asked:
        clerk = asked.clerk
        page = await clerk.send(f"{asked.page}/letter", on=asked.page)

        assert 'class="large"' in (await clerk.http.get(f"{page}&size=large")).text
        assert (await clerk.http.get(f"{asked.page}/letter")).status_code == 303
        await asked.evening["Cleo"].see(page, status=403)


@pytest.mark.parametrize("path", ["letter", "revoke", "paper", "judge"])
async def test_only_the_clerk_sends_and_enters(
    tmp_path: Path, harbour: House, path: str
) -> None:
    async with asking(harbour, tmp_path) as asked:
        cleo = asked.evening["Cleo"]

        says = await cleo.send(
            f"{asked.page}/{path}",
            on=asked.page,
            status=403,
            fields={"token": await cleo.token("/people")},
        )

        assert "This is for the clerk to do." in says


async def test_an_ask_sent_twice_is_one_ask(tmp_path: Path, harbour: House) -> None:
    async with asking(harbour, tmp_path) as asked:
        ada, hexed = asked.clerk, asked.decision.removeprefix("sha256:")
        form = f"/asks/new?decision={hexed}"
        fields = {
            "once": found(ONCE, await ada.open(form)),
            "decision": hexed,
            "authority": "Water company",
            "contact": "Water Lane 1",
            "text": "Stop the leak.",
            "answer_by": "2026-12-20T18:00",
        }

        for _ in range(2):
            await ada.send("/asks", on=form, fields=fields)

        assert (await ada.see("/asks")).count("Water company") == 1
        letter = await post(
            ada, await ada.send("/asks", on=form, fields=fields) + "/letter", on=form
        )
        assert "mailto:" not in letter


async def test_an_answer_is_asked_for_by_a_time_to_come(
    tmp_path: Path, harbour: House
) -> None:
    async with asking(harbour, tmp_path) as asked:
        ada, hexed = asked.clerk, asked.decision.removeprefix("sha256:")
        form = f"/asks/new?decision={hexed}"

        says = await ada.send(
            "/asks",
            on=form,
            status=422,
            once=found(ONCE, await ada.open(form)),
            decision=hexed,
            authority="Water company",
            contact="Water Lane 1",
            text="Stop the leak.",
            answer_by="2026-01-20T18:00",
        )

        assert "is a time to come" in says
        assert "Stop the leak." in says


async def test_what_was_not_passed_is_put_to_nobody(
    tmp_path: Path, harbour: House
) -> None:
    async with asking(harbour, tmp_path) as asked:
        evening, at = asked.evening, asked.evening.clock.now + timedelta(hours=1)
        rejected = record.Decision(
            ballot=BallotId("no"),
            method=record.Method(name="consent"),
            present=41,
            outcome="rejected",
            effective_from=at,
        )
        digest = act(evening.house, rejected, subject="no", at=at)

        says = await asked.clerk.see(
            f"/asks/new?decision={digest.removeprefix('sha256:')}", status=409
        )

        assert "Only what was decided" in says
