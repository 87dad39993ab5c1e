"""A panel goes from its question to its report, and anybody can draw it again."""

import asyncio
import contextlib
import os
import re
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from confederation.counting import lot
from instance.desk import Desk
from instance.errors import Misused
from instance.membership import belonging, checking_draws, panels
from instance.membership.checking_draws import Facts, Finding, Material
from instance.store import pools
from instance.web.membership import panel_page
from tests.instance.house import House
from tests.instance.kept import standing_in
from tests.instance.serving import until
from tests.instance.web.asking import decides
from tests.instance.web.browsing import text_of
from tests.instance.web.evening import (
    an_assembly,
    once,
    posts_of_the_clerk,
    stranger,
)
from tests.instance.web.panels import THEIRS, a_panel
from tests.instance.web.sending import found_in


async def test_a_panel_is_drawn_by_the_seeds_of_two_and_anybody_can_draw_it_again(
    tmp_path: Path, harbour: House
) -> None:
    async with a_panel(harbour, tmp_path, how="seeds") as drawing:
        await drawing.send(
            "commit", party="Valley assembly", commitment=lot.commitment(THEIRS)
        )
        await drawing.drawn()
        facts, held = await drawing.files()

        seen = await (await stranger(drawing.evening)).see(drawing.page)
        assert "Drawn" in seen
        assert "Valley assembly" in seen
        assert THEIRS in seen
        files = {"facts": ("draw.json", facts), "list": ("list.json", held)}
        dov = drawing.evening["Dov"]
        answer = await dov.http.post(
            "/panels/check",
            data={"token": await dov.token("/panels/check")},
            files=files,
        )
        assert "Everything is as it was told" in text_of(answer.text)
        for name, data in (("facts", facts), ("list", held)):
            (tmp_path / name).write_bytes(data)
        said = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "instance.cli", "check-draw", "facts", "list"],
            cwd=tmp_path,
            env={"PYTHONHASHSEED": "7", "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert said.returncode == 0, said.stderr
        assert "WRONG" not in said.stdout
        assert "holds  panel" in said.stdout


async def test_whatever_was_altered_after_the_draw_is_found_out(
    tmp_path: Path, harbour: House
) -> None:
    async with a_panel(harbour, tmp_path) as drawing:
        await drawing.drawn()
        first, *_ = await drawing.evening.look(
            lambda desk: panels.load(desk, drawing.id).seated
        )
        await drawing.send("pass-on", ticket=first)
        facts, held = await drawing.files()
    told = checking_draws.read_facts(facts)
    material = checking_draws.read_material(held)

    def wrong(facts: Facts = told, material: Material = material) -> set[str]:
        found: list[Finding] = list(checking_draws.findings(facts, material))
        return {each.what for each in found if not each.holds}

    assert wrong() == set()
    assert len(material.out) == 1
    [someone, *others] = material.people
    other = replace(someone, says={**someone.says, "Age": "old"})
    if someone.says["Age"] == "old":
        other = replace(someone, says={**someone.says, "Age": "young"})
    assert "pool" in wrong(material=replace(material, people=(other, *others)))
    fewer = replace(material, panels=material.panels[:-1])
    assert "list" in wrong(material=fewer)
    another = next(each for each in material.panels if each != material.drawn)
    assert "panel" in wrong(material=replace(material, drawn=another))
    assert "replaced" in wrong(material=replace(material, into=(None,)))
    assert "least" in wrong(replace(told, least=1))
    assert "bound" in wrong(replace(told, bound="1/2"))
    assert "number" in wrong(replace(told, balls=8))
    strict = replace(
        told.rules, quotas=tuple(replace(q, least=q.most) for q in told.rules.quotas)
    )
    assert "allowed" in wrong(replace(told, rules=strict))
    broken = msgspec.json.encode({"rules": {"places": 0}, "how": "balls"})
    with pytest.raises(Misused):
        checking_draws.read_facts(broken)


async def test_everybody_sees_sums_and_nobody_who_it_is(
    tmp_path: Path, harbour: House
) -> None:
    async with a_panel(harbour, tmp_path) as drawing:
        await drawing.drawn()
        await drawing.step("seat")

        somebody = await stranger(drawing.evening)
        page = await somebody.open(drawing.page)
        public = page + (await somebody.http.get(f"{drawing.page}/draw.json")).text
        public += "".join(await posts_of_the_clerk(drawing.evening))
        state = await drawing.evening.look(lambda desk: panels.load(desk, drawing.id))
        assert not [each for each in state.seated if each in public]
        assert standing_in(public, "Cleo", "Dov", "slip 3", "Mill") == []
        assert "26 people in the pool" in text_of(page)
        sheet = await somebody.see(f"{drawing.page}/sheet")
        assert "Third figure 0 0 7 Seen by" in sheet
        assert f"{drawing.evening.config.base}{drawing.page}" in sheet
        for path in ("pool", "list.json"):
            answer = await somebody.http.get(f"{drawing.page}/{path}")
            assert answer.status_code == 403
            member = await drawing.evening["Ben"].http.get(f"{drawing.page}/{path}")
            assert member.status_code == 403
        assert found_in(drawing.evening.house, "12 Mill", "millln") == set()


async def test_a_member_sees_their_own_chance_and_gives_their_own_place_away(
    tmp_path: Path, harbour: House
) -> None:
    async with a_panel(harbour, tmp_path) as drawing:
        await drawing.listed()
        cleo, ben = drawing.evening["Cleo"], drawing.evening["Ben"]
        assert re.search(
            r"stands on \d+ of the 1000 panels", await cleo.see(drawing.page)
        )
        found = await drawing.evening.look(lambda desk: panels.made(desk, drawing.id))
        ticket = await drawing.ticket_of("Cleo")
        numbers = [n for n, each in enumerate(found.panels) if ticket in each]
        for guest in (ben, drawing.evening["Dov"]):
            await guest.send(
                f"{drawing.page}/balls", on=drawing.page, number=str(numbers[0])
            )
        assert "You were drawn" in await cleo.see(drawing.page)
        assert "You were drawn for a panel" in await cleo.see("/today")
        assert "drawn for a panel" not in await drawing.clerk.see("/today")

        says = await ben.send(
            f"{drawing.page}/pass-on",
            on=drawing.page,
            status=403,
            fields={"token": await ben.token("/panels/check"), "ticket": ticket},
        )
        await cleo.send(f"{drawing.page}/pass-on", on=drawing.page, ticket=ticket)

        assert "somebody else's place" in says
        assert "You said that you cannot come" in await cleo.see(drawing.page)
        state = await drawing.evening.look(lambda desk: panels.load(desk, drawing.id))
        assert len(state.seated) == 6
        assert ticket not in state.seated
        with sqlite3.connect(drawing.evening.config.database) as connection:
            named = connection.execute(
                "select by from event where type = 'PlacePassedOn'"
            ).fetchall()
        assert named == [(None,)]


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ([9, 8, 7], [9, 8, 7]),
        ([9, 8, 3], [9, None, None]),
        ([9, 3, 2], [9, None, None]),
        ([3], [None]),
    ],
)
def test_no_small_number_is_shown_or_can_be_worked_out(
    counts: list[int], told: list[int | None]
) -> None:
    assert panel_page.shown(counts) == told


async def test_quotas_that_cannot_be_are_explained_and_nothing_is_fixed(
    tmp_path: Path, harbour: House
) -> None:
    poor = "young,hill,,\n" * 4 + "old,shore,,\n" * 4
    async with a_panel(harbour, tmp_path) as drawing:
        await drawing.frozen(poor)
        await drawing.send("quotas", **{"least-0-1": "5"})
        plainly = await drawing.clerk.see(drawing.page)
        says = await drawing.clerk.send(
            f"{drawing.page}/make", on=drawing.page, status=422
        )
        await drawing.send("quotas", **{"least-0-0": "4", "least-1-1": "3"})
        await drawing.send("make")
        searched = await drawing.clerk.see(drawing.page)

        assert "the quota asks for at least 5, and 4 in the pool say so" in plainly
        assert "No panel can be like this" in says
        assert "No panel can keep all of these quotas together" in searched
        assert re.search(r"“(Age: young|Place: shore)” from [23] to 6", searched)
        state = await drawing.evening.look(lambda desk: panels.load(desk, drawing.id))
        assert state.made is None


async def test_places_are_shared_by_how_many_people_live_where(
    tmp_path: Path, harbour: House
) -> None:
    async with a_panel(harbour, tmp_path) as drawing:
        await drawing.frozen()
        await drawing.send("quotas", **{"least-0-0": "2", "least-1-0": "6"})
        parts = {"feature": "1", "residents-0": "1000", "residents-1": "1400"}
        nobody = await drawing.clerk.send(
            f"{drawing.page}/population",
            on=drawing.page,
            status=422,
            fields={**parts, "residents-0": "0", "residents-1": "0"},
        )
        await drawing.send("population", **parts)

        state = await drawing.evening.look(lambda desk: panels.load(desk, drawing.id))
        assert "by this there is nobody" in nobody
        assert [(q.value, q.least, q.most) for q in state.quotas] == [
            ("young", 2, 6),
            ("hill", 2, 3),
            ("shore", 3, 4),
        ]
        page = await drawing.clerk.see(drawing.page)
        assert "hill 14 2–3" in page


async def test_slips_that_do_not_fit_change_nothing(
    tmp_path: Path, harbour: House
) -> None:
    async with a_panel(harbour, tmp_path) as drawing:
        await drawing.step("open")
        for text, says in (
            ("Age,Place,household,note\nodd,hill,,\n", "Line 2 of the file: “odd”"),
            ("Age,Colour\nold,red\n", "Line 2 of the file does not fit"),
            ("Age,Place\nold,hill\nold,hill,x,y\n", "Line 3 of the file"),
            ("", "no slips"),
            ("\udcff", "no slips"),
        ):
            data = text.encode("utf-8", "ignore").decode()
            assert says in await drawing.slips(data, status=422)
        assert "0 people in the pool" in await drawing.clerk.see(drawing.page)
        assert "Would you sit on a panel" in await drawing.clerk.see("/today")


async def test_whoever_leaves_is_in_no_pool_and_their_ticket_is_nobodys(
    tmp_path: Path, harbour: House
) -> None:
    async with a_panel(harbour, tmp_path) as drawing:
        await drawing.frozen()
        cleo = drawing.evening["Cleo"].id

        def leave(desk: Desk) -> None:
            belonging.leave(desk, cleo, words=())

        await drawing.evening.node.work(leave)

        size, there = await drawing.evening.look(
            lambda desk: (
                pools.size(desk.connection, drawing.id),
                pools.place_of(desk.connection, drawing.id, cleo),
            )
        )
        assert (size, there) == (26, None)


async def test_whoever_was_let_in_twice_is_in_a_pool_once(
    tmp_path: Path, harbour: House
) -> None:
    async with a_panel(harbour, tmp_path) as drawing:
        evening = drawing.evening
        await drawing.step("open")
        for name in ("Cleo", "Dov", "Eva"):
            await evening[name].send(
                f"{drawing.page}/join",
                on=drawing.page,
                fields={"says-0": "young", "says-1": "hill", "household": ""},
            )
        stays, moves = [await drawing.ticket_of(name) for name in ("Cleo", "Eva")]

        def merge(desk: Desk) -> None:
            for twice, into in (("Dov", "Cleo"), ("Eva", "Ben")):
                member, kept = evening[twice].id, evening[into].id
                belonging.ask_to_merge(desk, member, kept, by=evening["Ada"].id)
                [asked] = belonging.waiting(desk)
                second = "Ben" if into == "Cleo" else "Cleo"
                belonging.vouch(desk, asked.number, by=evening[second].id)

        await evening.node.work(merge)

        people = await evening.look(lambda desk: panels.people_in(desk, drawing.id))
        assert {each.ticket for each in people} == {stays, moves}
        assert await drawing.ticket_of("Cleo") == stays
        assert await drawing.ticket_of("Ben") == moves


async def test_a_list_that_takes_long_is_made_while_the_clerk_looks_elsewhere(
    tmp_path: Path, harbour: House
) -> None:
    async with a_panel(harbour, tmp_path) as drawing:
        await drawing.frozen()
        await drawing.send("quotas", **{"least-0-0": "2", "most-0-0": "4"})
        making = asyncio.create_task(drawing.send("make"))
        solving: list[int] = []
        await asyncio.to_thread(until, lambda: stops_one(solving))
        try:
            await making
            page = await drawing.clerk.see(drawing.page)
            again = asyncio.create_task(drawing.send("make"))
            await asyncio.sleep(0.1)
            at_once = solvers()
        finally:
            os.kill(solving[0], signal.SIGCONT)
        await again

        assert "The list is being made." in page
        assert at_once == solving
        assert await drawing.stage() == "list made"


def stops_one(stopped: list[int]) -> bool:
    """Stop a solver as soon as there is one; whether there was.

    Who is stopped takes as long as anybody likes, and no time of the processor.
    """
    for begun in solvers():
        with contextlib.suppress(ProcessLookupError):
            os.kill(begun, signal.SIGSTOP)
            stopped.append(begun)
    return bool(stopped)


def solvers() -> list[int]:
    """Return the processes of solvers that this one has begun."""
    told = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,args="],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = (line.split(maxsplit=2) for line in told.stdout.splitlines())
    return [
        int(pid)
        for pid, parent, command in lines
        if parent == str(os.getpid()) and "instance.membership.solver" in command
    ]


async def test_a_panel_leads_to_whom_its_report_was_put(
    tmp_path: Path, harbour: House
) -> None:
    async with a_panel(harbour, tmp_path) as drawing:
        ada = drawing.clerk
        await drawing.drawn()
        await drawing.step("seat")
        unknown = await ada.send(
            f"{drawing.page}/answered",
            on=drawing.page,
            status=404,
            fields={"token": await ada.token(drawing.page), "ask": "0" * 64},
        )
        await drawing.send("report", words="Keep the pool.")
        decision = decides(drawing.evening, "The pool is kept.")
        form = f"/asks/new?decision={decision.removeprefix('sha256:')}"
        ask = await ada.send(
            "/asks",
            on=form,
            once=await once(ada, form),
            decision=decision.removeprefix("sha256:"),
            authority="Pool office",
            contact="pool@council.example",
            text="Keep the pool open.",
            answer_by="2026-12-20T18:00",
        )
        await drawing.send("answered", ask=ask.rpartition("/")[2])

        page = await (await stranger(drawing.evening)).open(drawing.page)
        assert f'href="{ask}"' in page
        assert "What it asks for was put to somebody" in text_of(page)
        assert "Pool office" in await (await stranger(drawing.evening)).see(ask)
        assert "No such ask is known here." in unknown


async def test_the_report_and_what_a_minority_says_outlive_the_pool(
    tmp_path: Path, harbour: House
) -> None:
    async with a_panel(harbour, tmp_path) as drawing:
        await drawing.drawn()
        await drawing.step("seat")
        await drawing.send("report", words="Keep the pool.")
        await drawing.send("report", words="Sell the pool.", signers="2")
        await drawing.step("forget")

        says = await (await stranger(drawing.evening)).see(drawing.page)
        assert "Keep the pool." in says
        assert "2 of the panel say against it" in says
        assert "Sell the pool." in says
        assert found_in(drawing.evening.house, "slip 3") == set()
        assert (
            await drawing.evening.look(lambda desk: panels.people_in(desk, drawing.id))
            == []
        )


async def test_our_own_seed_is_told_by_its_draw_and_not_before(
    tmp_path: Path, harbour: House
) -> None:
    async with a_panel(harbour, tmp_path, how="seeds") as drawing:
        page = await drawing.clerk.see(drawing.page)
        [ours] = re.findall(r"sha256:[0-9a-f]{64}", page)

        early = await drawing.clerk.send(
            "/panels/seeds/tell", on="/panels/seeds", status=422, commitment=ours
        )
        soon = await drawing.clerk.send(
            f"{drawing.page}/tell", on=drawing.page, status=409, commitment=ours
        )

        assert "given to no draw elsewhere" in early
        assert "once the list of panels is made" in soon
        assert "not told yet" in await drawing.clerk.see(drawing.page)


async def test_the_clerk_alone_carries_a_panel_on(
    tmp_path: Path, harbour: House
) -> None:
    async with a_panel(harbour, tmp_path) as drawing:
        ben = drawing.evening["Ben"]
        token = await ben.token("/panels/check")
        for form, fields in (
            ("step", {"step": "open"}),
            ("quotas", {}),
            ("make", {}),
            ("slip", {"note": "x"}),
            ("report", {"words": "x"}),
            ("take-out", {"ticket": "x"}),
        ):
            says = await ben.send(
                f"{drawing.page}/{form}",
                on=drawing.page,
                status=403,
                fields={**fields, "token": token},
            )
            assert "This is for the clerk to do" in says


async def test_a_seed_is_given_to_a_draw_elsewhere_and_told_later(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada = evening["Ada"]
        await ada.send("/panels/seeds", on="/panels/seeds", what="The pool, at Quay")
        page = await (await stranger(evening)).see("/panels/seeds")
        [commitment] = re.findall(r"sha256:[0-9a-f]{64}", page)
        assert "not told yet" in page

        await ada.send("/panels/seeds/tell", on="/panels/seeds", commitment=commitment)

        page = await (await stranger(evening)).see("/panels/seeds")
        [seed] = re.findall(r"The seed: ([0-9a-f]{64})", page)
        assert lot.commitment(seed) == commitment
