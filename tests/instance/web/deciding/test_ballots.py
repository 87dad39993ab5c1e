"""One person has one vote; how they voted is shown to nobody, and kept by nothing."""

import json
import logging
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from confederation.identifiers import BallotId
from instance.deciding import voting
from instance.desk import Desk
from instance.fediverse.callers import Callers
from instance.jobs import Jobs
from tests.instance.house import House
from tests.instance.web.evening import (
    Clock,
    Evening,
    an_assembly,
    ask,
    count_hands,
    meet,
    table_a_motion,
)

ALL = ("Ada", "Ben", "Cleo", "Dov", "Eva")


# Secret votes


async def test_a_secret_vote_is_in_and_nothing_says_how(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await ask(evening, await meet(evening), secret="yes")
        await evening["Eva"].send(f"{ballot}/vote", on=ballot, choice="against")

        says = await evening["Eva"].see(ballot)

        assert "Your vote is in It is in the box" in says
        assert "You voted" not in says
        assert "1 of 5 who may vote" in says
        assert "How counted" not in says


async def test_a_secret_vote_is_cast_once(tmp_path: Path, harbour: House) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await ask(evening, await meet(evening), secret="yes")
        eva = evening["Eva"]
        token = {"token": await eva.token(ballot)}
        await eva.send(f"{ballot}/vote", on=ballot, choice="for", fields=token)

        says = await eva.send(
            f"{ballot}/vote", on=ballot, status=409, choice="against", fields=token
        )
        await evening["Ada"].send(f"{ballot}/close", on=ballot)

        assert "Your vote is in. A secret vote is cast once." in says
        assert "Votes Choice Votes For 1 Against 0" in await eva.see(ballot)


async def test_nothing_on_the_disk_joins_a_voter_to_a_secret_vote(
    tmp_path: Path, harbour: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await ask(
            evening,
            await meet(evening),
            method="ranked",
            secret="yes",
            options=["mend", "heighten", "leave"],
            keep="leave",
        )
        voter = evening["Eva"]
        before = await evening.look(rows_that_name(voter.id))
        steps_before = steps_on_disk(evening)

        await voter.send(f"{ballot}/vote", on=ballot, rank_heighten="1", rank_leave="2")

        after = await evening.look(rows_that_name(voter.id))
        changed = sorted(set(after) - set(before))
        assert [table for table, _ in changed] == ["roll"]
        assert "heighten" not in changed[0][1]
        box = await evening.look(rows_that_name("heighten"))
        assert [row for table, row in box if table == "box"] == [
            json.dumps([ballot.removeprefix("/ballots/"), '["heighten", "leave"]', 1])
        ]
        assert voter.id not in caplog.text
        assert "heighten" not in caplog.text
        # The log of steps holds side by side what one commit changed.
        assert steps_before > steps_on_disk(evening) == 0


async def test_nothing_that_leaves_the_node_says_who_voted_in_secret(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await ask(evening, await meet(evening), secret="yes")
        voters = [evening[name].id for name in ALL]
        before = [await evening.look(rows_that_name(voter)) for voter in voters]

        for name in ALL:
            await evening[name].send(f"{ballot}/vote", on=ballot, choice="for")
        await evening["Ada"].send(f"{ballot}/close", on=ballot)

        after = [await evening.look(rows_that_name(voter)) for voter in voters]
        new = {
            table
            for then, now in zip(before, after, strict=True)
            for table, _ in set(now) - set(then)
        }
        assert not new & {"activity", "delivery", "entry", "object", "received"}
        assert "5 of 5 who may vote" in await evening["Eva"].see(ballot)


async def test_the_box_keeps_no_order(tmp_path: Path, harbour: House) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await ask(evening, await meet(evening), secret="yes")
        for name, choice in zip(
            ALL, ("against", "for", "blank", "for", "for"), strict=True
        ):
            await evening[name].send(f"{ballot}/vote", on=ballot, choice=choice)

        box = await evening.look(rows_that_name(ballot.removeprefix("/ballots/")))

        papers = [json.loads(row)[1:] for table, row in box if table == "box"]
        assert papers == [['["against"]', 1], ['["for"]', 3], ["[]", 1]]


async def test_the_list_of_papers_is_open_to_tellers_and_to_nobody_else(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await ask(evening, await meet(evening), secret="yes")
        for name in ALL:
            await evening[name].send(f"{ballot}/vote", on=ballot, choice="for")
        await evening["Ben"].see(f"{ballot}/recount", status=409)
        await evening["Ben"].see(f"{ballot}/papers.json", status=409)

        await evening["Ada"].send(f"{ballot}/close", on=ballot)

        assert "Only tellers see this list" in await evening["Ben"].see(
            f"{ballot}/recount"
        )
        for path in (f"{ballot}/recount", f"{ballot}/papers.json"):
            says = await evening["Eva"].see(path, status=403)
            assert "open to the tellers, for a recount" in says
        assert "recount" not in await evening["Eva"].open(ballot)


async def test_the_list_of_papers_says_of_none_where_it_was_cast(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening, in_room=4)
        await evening["Eva"].send(f"{meeting}/check-in", on=meeting)
        ballot = await ask(evening, meeting, secret="yes", channels=["paper", "online"])
        await evening["Eva"].send(f"{ballot}/vote", on=ballot, choice="against")
        for name in ("Ada", "Ben"):
            counts = {"count_for": "2", "count_against": "2", "count_abstain": "0"}
            await evening[name].send(
                f"{ballot}/count", on=ballot, channel="paper", fields=counts
            )

        await evening["Ada"].send(f"{ballot}/close", on=ballot)

        says = await evening["Ben"].see(f"{ballot}/recount")
        assert "Against 3 For 2" in says
        assert "Against 1" not in says


async def test_after_a_secret_ballot_nothing_is_left_of_who_voted(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await ask(evening, await meet(evening), secret="yes")
        id = ballot.removeprefix("/ballots/")
        for name in ALL:
            await evening[name].send(f"{ballot}/vote", on=ballot, choice="for")
        while_open = {table for table, _ in await evening.look(rows_that_name(id))}

        await evening["Ada"].send(f"{ballot}/close", on=ballot)

        after = {table for table, _ in await evening.look(rows_that_name(id))}
        assert {"box", "roll"} <= while_open
        assert not {"box", "roll"} & after
        assert steps_on_disk(evening) == 0
        assert "5 of 5 who may vote" in await evening["Eva"].see(ballot)


async def test_a_vote_that_was_refused_leaves_the_voter_on_the_roll(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await ask(evening, await meet(evening), secret="yes")
        eva = evening["Eva"]

        says = await eva.send(f"{ballot}/vote", on=ballot, status=422, choice="perhaps")
        await eva.send(f"{ballot}/vote", on=ballot, choice="for")

        assert "This is not an option of this ballot" in says
        assert "1 of 5 who may vote" in await eva.see(ballot)


# Named votes


async def test_a_named_vote_is_changed_until_it_closes_and_the_last_one_counts(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await ask(evening, await meet(evening))
        eva = evening["Eva"]
        await eva.send(f"{ballot}/vote", on=ballot, revision="1", choice="for")
        await eva.send(f"{ballot}/vote", on=ballot, revision="2", choice="against")
        while_open = await eva.see(ballot)

        await evening["Ada"].send(f"{ballot}/close", on=ballot)

        assert "You voted: Against" in while_open
        assert "1 of 5 who may vote" in while_open
        assert "For 0 Against 1" in await eva.see(ballot)


async def test_a_page_shown_before_the_last_vote_does_not_undo_it(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await ask(evening, await meet(evening))
        eva = evening["Eva"]
        await eva.send(f"{ballot}/vote", on=ballot, revision="1", choice="for")

        says = await eva.send(
            f"{ballot}/vote", on=ballot, status=409, revision="1", choice="against"
        )

        assert "You have voted since this page was shown. Vote again." in says
        assert "You voted: For" in says


async def test_a_vote_sent_twice_is_one_vote(tmp_path: Path, harbour: House) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await ask(evening, await meet(evening))
        for _ in range(2):
            await evening["Eva"].send(
                f"{ballot}/vote", on=ballot, revision="1", choice="for"
            )

        assert "1 of 5 who may vote" in await evening["Eva"].see(ballot)


async def test_who_is_not_here_does_not_vote_where_the_room_votes_too(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening, in_room=8)
        await evening["Dov"].send(f"{meeting}/check-in", on=meeting)
        ballot = await ask(evening, meeting, channels=["hands", "online"])
        token = {"token": await evening["Eva"].token(meeting)}

        says = await evening["Eva"].send(
            f"{ballot}/vote", on=ballot, status=403, choice="for", fields=token
        )

        assert "you were not on it. You can vote on whatever opens next." in says
        assert "If you are in the room, you vote there." in says


async def test_who_came_too_late_is_told_when_it_closed(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        ballot = await ask(evening, meeting, closes_at="2026-11-22T20:00:00Z")
        token = {"token": await evening["Eva"].token(ballot)}
        early = await evening["Ada"].send(f"{ballot}/close", on=ballot, status=409)
        evening.clock.pass_by(hours=8)

        shown = await evening["Eva"].see(ballot)
        says = await evening["Eva"].send(
            f"{ballot}/vote", on=ballot, status=409, choice="for", fields=token
        )

        assert "People were told 22 November 2026, 20:00 UTC. It can be closed" in early
        assert "This ballot closed at 22 November 2026, 20:00 UTC" in shown
        assert "This ballot closed at 22 November 2026, 20:00 UTC" in says


async def test_a_ballot_over_midnight_closes_at_its_hour_and_says_which_day(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        ballot = await ask(evening, meeting, closes_at="2026-11-23T00:30:00Z")
        token = {"token": await evening["Eva"].token(ballot)}

        async def vote(name: str, status: int) -> str:
            return await evening[name].send(
                f"{ballot}/vote", on=ballot, status=status, choice="for", fields=token
            )

        evening.clock.now = datetime(2026, 11, 23, 0, 29, 59, tzinfo=UTC)
        await vote("Eva", 303)
        evening.clock.now = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
        late = await vote("Eva", 409)
        evening.clock.now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
        later = await vote("Eva", 409)
        await evening["Ada"].send(f"{ballot}/close", on=ballot)

        assert "This ballot closed at 23 November 2026, 00:30 UTC." in late
        assert "This ballot closed at 23 November 2026, 00:30 UTC." in later
        assert "For 1 Against 0" in await evening["Eva"].see(ballot)


async def test_a_stranger_sees_no_ballot_and_casts_no_vote(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await ask(evening, await meet(evening))
        token = await evening["Eva"].token(ballot)
        stranger = evening["Eva"].http
        stranger.cookies.clear()

        page = await stranger.get(ballot)
        vote = await stranger.post(
            f"{ballot}/vote", data={"token": token, "choice": "for"}
        )

        assert page.status_code == vote.status_code == 403
        assert "Do we mend it?" not in page.text
        assert "0 of 5 who may vote" in await evening["Dov"].see(ballot)


async def test_a_vote_from_another_site_is_no_vote(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await ask(evening, await meet(evening))
        eva = evening["Eva"]
        data = {"token": await eva.token(ballot), "choice": "for"}

        crossed = await eva.http.post(
            f"{ballot}/vote", data=data, headers={"sec-fetch-site": "cross-site"}
        )
        unsigned = await eva.http.post(f"{ballot}/vote", data={"choice": "for"})

        assert crossed.status_code == unsigned.status_code == 403
        assert "0 of 5 who may vote" in await eva.see(ballot)


# Ranked choice


@pytest.mark.parametrize(
    ("places", "says"),
    [
        ({"rank_mend": "1", "rank_leave": "1"}, "Two options have place 1"),
        ({"rank_mend": "2"}, "begin with place 1 and leave none out"),
        ({"rank_mend": "1", "rank_leave": "3"}, "begin with place 1"),
        ({"rank_mend": ""}, "give at least your first choice place 1"),
        ({"rank_mend": "4"}, "“Place” is a number from 1 to 3"),
        ({"rank_burn": "1"}, "“burn” is not an option of this ballot"),
        ({"vote": "mend"}, "has no field “vote”"),
    ],
)
async def test_a_ranking_that_cannot_be_is_refused_with_the_reason(
    tmp_path: Path, harbour: House, places: dict[str, str], says: str
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await ask(
            evening,
            await meet(evening),
            method="ranked",
            options=["mend", "heighten", "leave"],
            keep="leave",
        )

        shown = await evening["Eva"].send(
            f"{ballot}/vote", on=ballot, status=422, fields=places
        )

        assert says in shown
        assert "0 of 5 who may vote" in shown


async def test_options_in_many_words_stand_in_the_record_as_letters(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await ask(
            evening,
            await meet(evening),
            method="ranked",
            options=["Ask Mrs Quill to mend it", "keep"],
            keep="keep",
        )
        # There is no paper, so a phone that lost the network sends nobody to one.
        assert "use paper" not in await evening["Ada"].open(ballot)
        for name in ALL:
            await evening[name].send(f"{ballot}/vote", on=ballot, rank_a="1")
        await evening["Ada"].send(f"{ballot}/close", on=ballot)

        await evening.confirm(await evening.newest_act())

        entries = await evening.look(rows_that_name("Quill"))
        assert "Chosen: Ask Mrs Quill to mend it" in await evening["Eva"].see(ballot)
        assert "entry" not in {table for table, _ in entries}
        # Who was not there reads below the text what the letter stands for.
        decided = await evening["Eva"].open("/decisions")
        [page] = re.findall(r'href="(/decisions/[^"]+)"', decided)
        assert "Chosen: Ask Mrs Quill to mend it" in await evening["Eva"].see(page)


async def test_of_a_vote_on_people_only_a_letter_leaves_the_room(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await ask(
            evening,
            await meet(evening, in_room=3),
            method="ranked",
            channels="paper",
            options=["Quill keeps the keys", "keep"],
            keep="keep",
            person="yes",
        )
        for name in ("Ada", "Ben"):
            await evening[name].send(
                f"{ballot}/count", on=ballot, channel="paper", papers="a: 3"
            )
        await evening["Ada"].send(f"{ballot}/close", on=ballot)

        await evening.confirm(await evening.newest_act())

        entries = await evening.look(rows_that_name("Quill"))
        assert "Chosen: Quill keeps the keys" in await evening["Eva"].see(ballot)
        assert {table for table, _ in entries} == {"wording"}


async def test_a_tie_is_settled_by_a_lot_that_was_committed_to_before(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await ask(
            evening,
            await meet(evening),
            method="ranked",
            options=["mend", "heighten", "leave"],
            keep="leave",
        )
        votes = zip(ALL[:4], ("mend", "heighten", "leave", "leave"), strict=True)
        for name, first in votes:
            await evening[name].send(
                f"{ballot}/vote", on=ballot, fields={f"rank_{first}": "1"}
            )
        id = BallotId(ballot.removeprefix("/ballots/"))
        kept = await evening.look(rows_that_name(f"lot {id}"))

        await evening["Ada"].send(f"{ballot}/close", on=ballot)

        state = await evening.look(lambda desk: voting.opened(desk, id))
        assert [table for table, _ in kept] == ["sealed_key"]
        assert state.opened.terms.lot is not None
        assert state.decided.seed is not None
        assert state.decided.result.run_off.rounds[0].by == "lot"
        assert "drops out: tied in every round, it was drawn by lot" in (
            await evening["Eva"].see(ballot)
        )


# Counts in the room


async def test_hands_count_when_two_tellers_counted_the_same(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await ask(
            evening,
            await meet(evening, in_room=9),
            channels="hands",
            method="qualified",
        )
        await count_hands(evening, ballot, "Ada", **{"for": 6}, against=2, abstain=1)
        by_one = await evening["Ben"].see(ballot)
        await count_hands(evening, ballot, "Ben", **{"for": 5}, against=2, abstain=1)
        differing = await evening["Ada"].see(ballot)
        await count_hands(evening, ballot, "Ada", **{"for": 6}, against=2, abstain=1)
        early = await evening["Ada"].send(f"{ballot}/close", on=ballot, status=409)
        await count_hands(evening, ballot, "Ben", **{"for": 6}, against=2, abstain=1)
        await evening["Ada"].send(f"{ballot}/close", on=ballot)

        assert "The other teller has counted. Enter yours" in by_one
        assert "0 of 9 who may vote" in by_one
        assert "The two counts were not the same. Please both count" in differing
        assert "Two tellers have yet to agree on the count by hands" in early
        says = await evening["Eva"].see(ballot)
        assert "Passed" in says
        assert "So 6 or more were needed" in says


async def test_only_tellers_enter_counts(tmp_path: Path, harbour: House) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await ask(evening, await meet(evening, in_room=9), channels="hands")
        token = await evening["Eva"].token("/motions")

        says = await evening["Eva"].send(
            f"{ballot}/count",
            on=ballot,
            status=403,
            channel="hands",
            fields={
                "count_for": "9",
                "count_against": "0",
                "count_abstain": "0",
                "token": token,
            },
        )

        assert "The tellers of the rulebook enter the counts" in says


async def test_more_hands_than_people_are_not_counted(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await ask(evening, await meet(evening, in_room=9), channels="hands")

        says = await evening["Ada"].send(
            f"{ballot}/count",
            on=ballot,
            status=422,
            channel="hands",
            fields={"count_for": "10", "count_against": "0", "count_abstain": "0"},
        )

        assert "10 were counted, more than the 9 in the room" in says


async def test_ranked_papers_are_entered_line_by_line(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await ask(
            evening,
            await meet(evening, in_room=9),
            method="ranked",
            channels="paper",
            secret="yes",
            options=["mend", "heighten", "leave"],
            keep="leave",
        )
        unreadable = await evening["Ada"].send(
            f"{ballot}/count",
            on=ballot,
            status=422,
            channel="paper",
            papers="mend four",
        )
        lines = "mend > leave: 3\nheighten>mend>leave: 2\n\nleave: 2\nmend > leave: 1"

        for name in ("Ada", "Ben"):
            await evening[name].send(
                f"{ballot}/count",
                on=ballot,
                channel="paper",
                papers=f"{lines}\nblank: 1",
            )
        await evening["Ada"].send(f"{ballot}/close", on=ballot)

        assert "“mend four” cannot be read" in unreadable
        says = await evening["Eva"].see(ballot)
        assert "Chosen: mend" in says
        assert "mend 4 heighten 2 leave 2 Blank 1" in says


async def test_an_objection_in_a_consent_round_is_tested_before_it_closes(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await ask(evening, await meet(evening), method="consent")
        for name in ALL[:4]:
            await evening[name].send(f"{ballot}/vote", on=ballot, choice="consent")
        silent = await evening["Eva"].send(
            f"{ballot}/vote", on=ballot, status=422, choice="objection"
        )
        await evening["Eva"].send(
            f"{ballot}/vote", on=ballot, choice="objection", reason="It would flood."
        )
        early = await evening["Ada"].send(f"{ballot}/close", on=ballot, status=409)

        for name in ("Ada", "Ben"):
            await evening[name].send(
                f"{ballot}/upheld", on=ballot, raised="1", upheld="1"
            )
        await evening["Ada"].send(f"{ballot}/close", on=ballot)

        assert "1 objection was raised and 0 tested" in early
        says = await evening["Eva"].see(ballot)
        assert "Not passed" in says
        assert "please say what harm it would do" in silent
        assert "objections raised: 1; found valid: 1" in says


# What follows


async def puts_a_motion(evening: Evening, meeting: str) -> tuple[str, str]:
    """Freeze a motion and put it to a vote online; return its page and the vote's."""
    motion = await table_a_motion(evening, meeting)
    await evening["Ada"].send(f"{motion}/freeze", on=motion)
    ballot = await evening["Ada"].send(
        f"{meeting}/ballots",
        on=meeting,
        about="motion",
        id=motion.removeprefix("/motions/"),
        question="Shall we?",
        method="majority",
        channels="online",
    )
    return motion, ballot


async def test_a_motion_follows_its_ballot(tmp_path: Path, harbour: House) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada = evening["Ada"]
        motion, ballot = await puts_a_motion(evening, await meet(evening))
        for name in ALL:
            await evening[name].send(f"{ballot}/vote", on=ballot, choice="against")

        await ada.send(f"{ballot}/close", on=ballot)

        assert "Not adopted" in await evening["Cleo"].see(motion)


async def test_a_motion_sent_back_does_not_keep_its_ballot_open(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada = evening["Ada"]
        motion, ballot = await puts_a_motion(evening, await meet(evening))
        await evening["Eva"].send(f"{ballot}/vote", on=ballot, choice="for")
        await ada.send(f"{motion}/send-back", on=motion)

        await ada.send(f"{ballot}/close", on=ballot)

        assert "Sent back" in await evening["Cleo"].see(motion)
        assert "The outcome" in await evening["Cleo"].see(ballot)


async def test_too_few_decide_nothing(tmp_path: Path, harbour: House) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ballot = await ask(evening, await meet(evening))
        await evening["Eva"].send(f"{ballot}/vote", on=ballot, choice="for")

        await evening["Ada"].send(f"{ballot}/close", on=ballot)

        says = await evening["Eva"].see(ballot)
        assert "Nothing decided: too few took part" in says
        assert "1 took part, of 5 members; at least 2 were needed" in says


async def test_what_too_few_voted_on_is_put_forward_again_without_typing_it_anew(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada = evening["Ada"]
        meeting = await meet(evening)
        motion, ballot = await puts_a_motion(evening, meeting)
        await evening["Eva"].send(f"{ballot}/vote", on=ballot, choice="for")
        await ada.send(f"{ballot}/close", on=ballot)
        lapsed = await evening["Eva"].open(motion)
        title = re.search(r'name="title" value="([^"]*)"', lapsed)
        clauses = re.findall(r'name="clause" value="([^"]*)"', lapsed)
        assert title is not None

        again = await evening["Eva"].send(
            "/motions", on=motion, title=title[1], clause=clauses
        )

        assert clauses
        copy = await evening["Eva"].see(again)
        assert "Draft" in copy
        assert all(each in copy for each in (title[1], *clauses))
        minutes = await ada.see(f"{meeting}/minutes")
        assert "too few took part. Way of deciding: simple majority" in minutes


async def test_a_ballot_closes_by_itself_when_its_hour_has_come(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        ballot = await ask(
            evening, meeting, secret="yes", closes_at="2026-11-22T20:00:00"
        )
        for name in ALL:
            await evening[name].send(f"{ballot}/vote", on=ballot, choice="for")
        nothing_due = await evening.look(voting.due)
        evening.clock.pass_by(hours=8)

        callers = Callers(evening.node, evening.client)
        async with Jobs(evening.node, evening.client, callers):
            closed = await evening.wait_until(ballot, "The outcome")

        assert nothing_due == []
        assert "Passed" in closed


async def test_a_ballot_that_waits_for_tellers_does_not_close_by_itself(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening, in_room=5)
        await ask(evening, meeting, channels="hands", closes_at="2026-11-22T20:00:00")
        evening.clock.pass_by(hours=9)

        assert await evening.look(voting.due) == []


async def test_an_evening_goes_on_after_the_node_was_stopped_at_any_step(
    tmp_path: Path, harbour: House
) -> None:
    clock = Clock()
    async with an_assembly(harbour, tmp_path, clock=clock) as evening:
        meeting = await meet(evening)
    async with an_assembly(harbour, tmp_path, clock=clock) as evening:
        ballot = await ask(evening, meeting, secret="yes")
    for name in ALL:
        async with an_assembly(harbour, tmp_path, clock=clock) as evening:
            await evening[name].send(f"{ballot}/vote", on=ballot, choice="for")
    async with an_assembly(harbour, tmp_path, clock=clock) as evening:
        again = await evening["Eva"].see(ballot)
        await evening["Ada"].send(f"{ballot}/close", on=ballot)
    async with an_assembly(harbour, tmp_path, clock=clock) as evening:
        await evening.confirm(await evening.newest_act())

        assert "Your vote is in" in again
        assert "Decision" in await evening.published()
        assert "For 5 Against 0" in await evening["Eva"].see(ballot)


def steps_on_disk(evening: Evening) -> int:
    """Return how many bytes the log of steps holds."""
    return Path(f"{evening.config.database}-wal").stat().st_size


def rows_that_name(what: str):  # type: ignore[no-untyped-def]
    """Return a job that finds every row of every table with a text in it."""

    def find(desk: Desk) -> list[tuple[str, str]]:
        tables = desk.connection.execute(
            "select name from sqlite_master where type = 'table'"
        )
        found = []
        for table in [row["name"] for row in tables]:
            for row in desk.connection.execute(f'select * from "{table}"'):
                written = json.dumps([*row], default=repr)
                if what in written:
                    found.append((table, written))
        return found

    return find
