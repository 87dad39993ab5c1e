"""Every way of deciding has its page, its paper, its count and its recount."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from activitypub import canonical
from confederation.deciding.question import ASKS
from confederation.deciding.rulebook import MethodName
from instance.web.deciding.counted import FIGURES_OF
from tests.instance.house import House
from tests.instance.web.evening import (
    Evening,
    adopt_rules,
    an_assembly,
    an_evening,
    ask,
    found,
    meet,
    table_a_motion,
)

ALL = ("Ada", "Ben", "Cleo", "Dov", "Eva")
EVERY: tuple[MethodName, ...] = get_args(MethodName)
OPTIONS = {"options": ["mend", "heighten", "leave"], "keep": "leave"}
WITH_OPTIONS = tuple(method for method in EVERY if ASKS[method] != "position")
VOTES: dict[str, dict[str, Any]] = {
    "ranking": {"rank_mend": "1", "rank_leave": "2"},
    "ticks": {"tick": ["mend"]},
    "points": {"points_mend": "5", "points_leave": "0"},
    "dots": {"dots_mend": "3", "dots_leave": "1"},
}
LINES = {
    "ranking": "mend > leave 3\nheighten: 1\nblank: 1",
    "ticks": "mend, leave: 3\nmend 1\nblank: 1",
    "points": "mend=5, leave=0: 3\nheighten=2: 1\nblank: 1",
    "dots": "mend=3, leave=1: 3\nheighten: 1\nblank: 1",
}


@pytest.fixture(scope="module")
def open_house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """An assembly whose rulebook names every way of deciding."""
    directory = tmp_path_factory.mktemp("open-house")

    async def prepare() -> House:
        async with an_evening(directory) as evening:
            await found(evening)
            await adopt_rules(evening, methods=list(EVERY), fallback="4/5")
            return evening.house

    return asyncio.run(prepare())


async def choose(evening: Evening, meeting: str, method: str, **more: Any) -> str:
    return await ask(evening, meeting, method=method, **{**OPTIONS, **more})


@pytest.mark.parametrize("method", WITH_OPTIONS)
async def test_people_choose_among_options_on_their_phones_and_see_how_counted(
    tmp_path: Path, open_house: House, method: MethodName
) -> None:
    async with an_assembly(open_house, tmp_path) as evening:
        meeting = await meet(evening)
        ballot = await choose(evening, meeting, method, secret="yes")
        vote = VOTES[ASKS[method]]
        for name in ALL[:4]:
            await evening[name].send(f"{ballot}/vote", on=ballot, fields=vote)
        await evening["Eva"].send(f"{ballot}/vote", on=ballot, choice="blank")

        await evening["Ada"].send(f"{ballot}/close", on=ballot)

        says = await evening["Eva"].see(ballot)
        assert "How counted" in says
        if method == "dots":
            assert "A sense of the room: nothing is decided by it" in says
            assert "Place 1: mend" in says
            assert "Confirm it" not in says
        else:
            assert "Passed" in says
            won = "Elected: mend" if method in ("stv", "meek") else "Chosen: mend"
            assert won in says
        again = await evening["Ben"].see(f"{ballot}/recount")
        assert "The papers give the same result again" in again
        assert "Blank 1" in again
        word = "sense of the room" if method == "dots" else "Passed"
        assert word in await evening["Eva"].see(meeting)
        printed = await evening["Eva"].see(f"{meeting}/sheets/results")
        assert word in printed
        assert "mend" in printed
        assert FIGURES_OF[ASKS[method]] in printed


@pytest.mark.parametrize("method", WITH_OPTIONS)
async def test_papers_are_entered_in_lines_by_two_who_must_agree(
    tmp_path: Path, open_house: House, method: MethodName
) -> None:
    async with an_assembly(open_house, tmp_path) as evening:
        meeting = await meet(evening, in_room=8)
        ballot = await choose(evening, meeting, method, channels="paper")
        lines = LINES[ASKS[method]]
        for name, text in (("Ada", lines), ("Ben", lines.replace("3\n", "2\n", 1))):
            await evening[name].send(
                f"{ballot}/count", on=ballot, channel="paper", papers=text
            )
        differed = await evening["Ada"].see(ballot)
        # Another order, and capitals: what stands on the papers is the same.
        turned = "\n".join(reversed(lines.splitlines())).replace("mend", "MEND")
        for name, text in (("Ada", lines), ("Ben", turned)):
            await evening[name].send(
                f"{ballot}/count", on=ballot, channel="paper", papers=text
            )

        await evening["Ada"].send(f"{ballot}/close", on=ballot)

        assert "The two counts were not the same" in differed
        says = await evening["Eva"].see(ballot)
        assert "5 took part, of 8 present" in says
        again = await evening["Ada"].see(f"{ballot}/recount")
        assert "The papers give the same result again" in again


@pytest.mark.parametrize(
    ("method", "line"),
    [
        ("ranked", "mend > burn: 3"),
        ("ranked", "mend"),
        ("ranked", "mend = leave: 2"),
        ("pairs", "mend > mend: 2"),
        ("score", "mend=6: 1"),
        ("score", "mend: 1"),
        ("dots", "mend=9: 1"),
        ("approval", "mend, mend: 1"),
    ],
)
async def test_a_line_that_cannot_be_is_refused_and_stays_in_the_form(
    tmp_path: Path, open_house: House, method: MethodName, line: str
) -> None:
    async with an_assembly(open_house, tmp_path) as evening:
        meeting = await meet(evening, in_room=8)
        ballot = await choose(evening, meeting, method, channels="paper")

        says = await evening["Ada"].send(
            f"{ballot}/count", on=ballot, status=422, channel="paper", papers=line
        )

        assert "This was not done." in says
        assert line in says
        assert "Your count is in" not in await evening["Ada"].see(ballot)


@pytest.mark.parametrize(
    ("method", "fields", "says"),
    [
        ("approval", {}, "tick at least one"),
        ("approval", {"tick": "burn"}, "was not offered"),
        ("score", {}, "give points to one"),
        ("score", {"points_mend": "6"}, "“Points” is a number from 0 to 5"),
        ("dots", {"dots_mend": "3", "dots_leave": "3"}, "A person has 5 dots"),
        ("dots", {"dots_mend": "4"}, "“Dots” is a number from 0 to 3"),
        ("stv", {"rank_mend": "1", "rank_leave": "1"}, "Two options have place 1"),
    ],
)
async def test_a_vote_that_cannot_be_is_refused_with_the_reason(
    tmp_path: Path,
    open_house: House,
    method: MethodName,
    fields: dict[str, str],
    says: str,
) -> None:
    async with an_assembly(open_house, tmp_path) as evening:
        ballot = await choose(evening, await meet(evening), method)

        shown = await evening["Eva"].send(
            f"{ballot}/vote", on=ballot, status=422, fields=fields
        )

        assert says in shown
        assert "0 of 5 who may vote" in shown


async def test_options_that_are_wanted_alike_can_have_one_place(
    tmp_path: Path, open_house: House
) -> None:
    async with an_assembly(open_house, tmp_path) as evening:
        ballot = await choose(evening, await meet(evening), "pairs")

        await evening["Eva"].send(
            f"{ballot}/vote",
            on=ballot,
            rank_mend="1",
            rank_heighten="1",
            rank_leave="2",
        )

        says = await evening["Eva"].see(ballot)
        assert "You voted: heighten = mend > leave" in says


async def test_several_places_are_filled_in_proportion(
    tmp_path: Path, open_house: House
) -> None:
    async with an_assembly(open_house, tmp_path) as evening:
        meeting = await meet(evening, in_room=40)
        ballot = await ask(
            evening,
            meeting,
            method="stv",
            channels="paper",
            options=["ash", "birch", "cedar"],
            more_options="dogwood\n\nleave",
            keep="Leave",
            seats="2",
        )
        for name in ("Ada", "Ben"):
            await evening[name].send(
                f"{ballot}/count",
                on=ballot,
                channel="paper",
                papers="ash > birch 20\ncedar > dogwood 11\ndogwood 4\nleave 1",
            )

        await evening["Ada"].send(f"{ballot}/close", on=ballot)

        says = await evening["Eva"].see(ballot)
        assert "Elected: ash , cedar" in says
        assert "no paper has a name on it" in says
        assert "36 papers and 2 places: the quota is 13" in says
        assert "Stage 2: the surplus of “ash” goes on" in says


async def test_who_takes_a_role_is_voted_on_in_the_room_unless_the_rulebook_says_so(
    tmp_path: Path, open_house: House
) -> None:
    async with an_assembly(open_house, tmp_path) as evening:
        meeting = await meet(evening, in_room=8)

        at_home = await choose(
            evening, meeting, "stv", person="yes", secret="yes", status=409
        )
        named = await choose(evening, meeting, "stv", person="yes", status=409)
        on_paper = await choose(
            evening, meeting, "stv", person="yes", channels="paper", secret="yes"
        )

        assert "nobody can guard a screen at home" in at_home
        assert "A vote on a person is in the room, on paper, or secret" in named
        assert on_paper.startswith("/ballots/")


async def test_who_blocks_says_why_and_the_members_read_it_without_a_name(
    tmp_path: Path, open_house: House
) -> None:
    async with an_assembly(open_house, tmp_path) as evening:
        ballot = await ask(evening, await meet(evening), method="consensus")
        eva = evening["Eva"]

        silent = await eva.send(f"{ballot}/vote", on=ballot, status=422, choice="block")
        await eva.send(
            f"{ballot}/vote", on=ballot, choice="block", reason="It floods the school."
        )

        says = await evening["Dov"].see(ballot)
        assert "Please say why" in silent
        assert "Reasons given so far I block" in says
        assert "It floods the school." in says
        assert "Eva" not in says.partition("Reasons given so far")[2]
        found_in = await evening.look(rows_with("floods the school"))
        assert found_in == {"wording"}


async def test_a_vote_takes_the_place_of_consensus_after_two_meetings(
    tmp_path: Path, open_house: House
) -> None:
    async with an_assembly(open_house, tmp_path) as evening:
        meeting = await meet(evening)
        motion = await table_a_motion(evening, meeting)
        id = motion.removeprefix("/motions/")
        await evening["Ada"].send(f"{motion}/freeze", on=motion)
        on_it = {"about": "motion", "id": id, "text": "", "question": "Do we mend it?"}

        async def put(where: str, method: str, status: int = 303) -> str:
            return await evening["Ada"].send(
                f"{where}/ballots",
                on=where,
                status=status,
                fields=on_it,
                method=method,
                channels="online",
            )

        too_early = await put(meeting, "fallback", status=409)
        for where in (meeting, await meet(evening)):
            ballot = await put(where, "consensus")
            for name in ALL:
                vote = {"choice": "consent"}
                if name == "Eva":
                    vote = {"choice": "block", "reason": "It floods the school."}
                await evening[name].send(f"{ballot}/vote", on=ballot, fields=vote)
            await evening["Ada"].send(f"{ballot}/close", on=ballot)
            assert "Not passed" in await evening["Eva"].see(ballot)
        ballot = await put(where, "fallback")
        for name in ALL:
            choice = "against" if name == "Eva" else "for"
            await evening[name].send(f"{ballot}/vote", on=ballot, choice=choice)
        await evening["Ada"].send(f"{ballot}/close", on=ballot)

        assert "once that has failed on this text at two meetings" in too_early
        assert "Passed" in await evening["Eva"].see(ballot)
        assert "Adopted" in await evening["Eva"].see(motion)


async def test_a_rulebook_offers_a_few_ways_first_and_says_what_each_costs(
    tmp_path: Path,
) -> None:
    async with an_evening(tmp_path) as evening:
        await found(evening)

        page = await evening["Ada"].open("/rulebook")

        for method in EVERY:
            ticked = f'value="{method}" checked' in page
            assert ticked == (method in ("consent", "majority", "ranked"))
        assert page.count('<span class="soft">What it costs: ') == len(EVERY)


async def test_only_what_the_rulebook_names_can_be_put(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)

        page = await evening["Ada"].open(meeting)
        says = await choose(evening, meeting, "pairs", status=409)

        assert 'value="ranked"' in page
        assert 'value="pairs"' not in page
        assert "does not provide for deciding by pairs" in says


async def test_the_figures_of_the_ways_of_deciding_are_shown_with_the_rules(
    tmp_path: Path,
) -> None:
    async with an_evening(tmp_path) as evening:
        await found(evening)
        await adopt_rules(
            evening, methods=["majority", "dots"], dots="4", most_dots="2"
        )

        says = await evening["Eva"].see("/rulebook")

        assert "Dots that a person has 4 Most dots on one option 2" in says
        assert "Votes on people in the room or on paper" in says


async def test_a_rulebook_can_let_secret_votes_on_people_be_cast_at_home(
    tmp_path: Path,
) -> None:
    async with an_evening(tmp_path) as evening:
        await found(evening)
        await adopt_rules(evening, persons_online="yes")

        says = await evening["Eva"].see("/rulebook")

        assert "Votes on people in the room, on paper, or secretly" in says


# Paper


# The fallback is put only once consensus failed; its paper is that of a majority.
@pytest.mark.parametrize("method", [m for m in EVERY if m != "fallback"])
async def test_every_way_of_deciding_has_its_paper_and_its_tally_sheet(
    tmp_path: Path, open_house: House, method: MethodName
) -> None:
    async with an_assembly(open_house, tmp_path) as evening:
        meeting = await meet(evening, in_room=9)
        more: dict[str, Any] = OPTIONS if method in WITH_OPTIONS else {}
        ballot = await ask(evening, meeting, method=method, channels="paper", **more)

        papers = await evening["Eva"].open(f"{ballot}/paper")
        large = (await evening["Eva"].http.get(f"{ballot}/paper?size=large")).text
        tally = await evening["Eva"].open(f"{ballot}/tally")

        four = method not in ("score", "gradients")
        assert papers.count('class="vote"') == (4 if four else 2)
        assert f"Print this page {3 if four else 6} times" in papers
        assert large.count('class="vote"') == 1
        assert "Print this page 11 times" in large
        assert tally.count("Serial") == 2
        one, other = (part.partition("</b>")[0] for part in tally.split("<br><b>")[1:])
        assert one != other


async def test_nothing_on_a_paper_tells_it_from_another(
    tmp_path: Path, open_house: House
) -> None:
    async with an_assembly(open_house, tmp_path) as evening:
        meeting = await meet(evening, in_room=9)
        ballot = await choose(evening, meeting, "ranked", channels="paper")

        page = await evening["Eva"].open(f"{ballot}/paper")

        papers = {
            part.partition("</table>")[0] for part in page.split('class="vote"')[1:]
        }
        assert len(papers) == 1


# Recounts


async def test_a_teller_takes_the_papers_away_and_finds_the_published_digest_in_them(
    tmp_path: Path, open_house: House
) -> None:
    async with an_assembly(open_house, tmp_path) as evening:
        ballot = await choose(evening, await meet(evening), "pairs", secret="yes")
        for name in ALL:
            await evening[name].send(f"{ballot}/vote", on=ballot, rank_mend="1")
        await evening["Ada"].send(f"{ballot}/close", on=ballot)

        answer = await evening["Ben"].http.get(f"{ballot}/papers.json")

        taken = json.loads(answer.content)
        assert answer.headers["content-disposition"].startswith("attachment")
        salt = bytes.fromhex(taken["salt"])
        assert canonical.commit(salt, taken["list"]) == taken["digest"]
        assert json.loads(taken["list"]) == [[["mend"], 5]]
        assert taken["papers"] == [{"choice": ["mend"], "papers": 5}]
        assert taken["chosen"] == "mend"
        assert not any(evening[name].id in answer.text for name in ALL)


async def test_papers_that_were_changed_give_another_result_and_the_page_says_so(
    tmp_path: Path, open_house: House
) -> None:
    async with an_assembly(open_house, tmp_path) as evening:
        ballot = await choose(evening, await meet(evening), "approval", secret="yes")
        for name in ALL:
            await evening[name].send(f"{ballot}/vote", on=ballot, tick="mend")
        await evening["Ada"].send(f"{ballot}/close", on=ballot)
        await evening.node.database.write(
            lambda connection: connection.execute(
                "update wording set text = replace(text, 'mend', 'heighten')"
                " where text like '[[%'"
            )
        )

        says = await evening["Ben"].see(f"{ballot}/recount")

        assert "The papers give another result" in says


# What is published


async def test_totals_and_stages_are_published_and_the_papers_only_as_a_digest(
    tmp_path: Path, open_house: House
) -> None:
    async with an_assembly(open_house, tmp_path) as evening:
        ballot = await choose(
            evening, await meet(evening), "stv", secret="yes", seats="1"
        )
        for name in ALL[:3]:
            await evening[name].send(f"{ballot}/vote", on=ballot, rank_mend="1")
        vote = {"rank_heighten": "1", "rank_mend": "2"}
        await evening["Eva"].send(f"{ballot}/vote", on=ballot, fields=vote)
        await evening["Ada"].send(f"{ballot}/close", on=ballot)
        act = await evening.newest_act()
        before_signing = await evening["Ben"].see(f"/confirm/{act}")
        await evening.confirm(act)

        says = await evening["Eva"].see(ballot)
        link = re.findall(
            r'href="(/decisions/[0-9a-f]+)"', await evening["Eva"].open(ballot)
        )
        shown = await evening["Eva"].see(link[0])
        entries = await evening.look(rows_with("heighten"))

        assert "The decision as it is published" in says
        for page in (before_signing, shown):
            assert "heighten 1, leave 0, mend 3" in page
        assert "Elected: mend" in shown
        assert "After stage 1: heighten 1, leave 0, mend 3" in shown
        assert '[["mend"]' not in shown
        assert "entry" in entries


async def test_how_many_objected_is_not_published(
    tmp_path: Path, open_house: House
) -> None:
    async with an_assembly(open_house, tmp_path) as evening:
        ballot = await ask(evening, await meet(evening), method="consensus")
        for name in ALL[:4]:
            await evening[name].send(f"{ballot}/vote", on=ballot, choice="consent")
        await evening["Eva"].send(
            f"{ballot}/vote", on=ballot, choice="stand-aside", reason="I am tired."
        )
        await evening["Ada"].send(f"{ballot}/close", on=ballot)
        act = await evening.newest_act()

        answer = await evening["Ben"].http.get(f"/confirm/{act}/document")

        assert b"stand-aside" not in answer.content


# How it stands


async def test_an_open_ballot_says_how_many_more_it_takes(
    tmp_path: Path, open_house: House
) -> None:
    async with an_assembly(open_house, tmp_path) as evening:
        meeting = await meet(evening, in_room=30)
        await evening["Eva"].send(f"{meeting}/check-in", on=meeting)
        ballot = await ask(
            evening, meeting, method="qualified", channels=["hands", "online"]
        )
        at_first = await evening["Eva"].see(ballot)
        counts = {"count_for": "7", "count_against": "5", "count_abstain": "0"}
        for name in ("Ada", "Ben"):
            await evening[name].send(
                f"{ballot}/count", on=ballot, channel="hands", fields=counts
            )

        says = await evening["Eva"].see(ballot)

        assert "11 more must take part for it to count" in at_first
        assert "Enough have taken part for it to count" in says
        assert "3 more for it would carry it" in says


def rows_with(text: str) -> Any:
    """Return the tables in which a text stands."""

    def find(desk: Any) -> set[str]:
        tables = [
            row["name"]
            for row in desk.connection.execute(
                "select name from sqlite_schema where type = 'table'"
            )
        ]
        return {
            table
            for table in tables
            for row in desk.connection.execute(f'select * from "{table}"')
            if any(text in str(value) for value in tuple(row))
        }

    return find
