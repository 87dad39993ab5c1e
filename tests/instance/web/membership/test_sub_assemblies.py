"""A sub-assembly decides within its remit, is seen to, and ends when the whole says."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from confederation import record
from confederation.deciding import sub_assembly
from confederation.identifiers import CompactId, Digest, SubAssemblyId
from instance import chamber, clerk, node
from instance.deciding import sub_assemblies, voting
from instance.desk import Desk
from instance.store import events, records
from instance.web.naming import in_hex
from tests.instance.house import NOON, House
from tests.instance.three import Three
from tests.instance.web.browsing import text_of
from tests.instance.web.evening import (
    Evening,
    adopted,
    an_assembly,
    meet,
    once,
    put,
    stranger,
    table_a_motion,
)
from tests.instance.web.hall import adopts, before, confirms, decides
from tests.instance.web.seated import CHAIR, DANA, one_more_compact, seat_at, seats_dana
from tests.instance.web.sending import done, refused

REMIT = {
    "name": "Health",
    "theme": "health",
    "remit": "It decides about the clinic's waiting room, and about nothing else.",
    "until": "2027-06-30",
    "stands": "whole",
}


async def proposed(evening: Evening, **changed: str) -> tuple[str, str]:
    """Propose a sub-assembly; return its page and the motion on its remit."""
    cleo = evening["Cleo"]
    mark = await once(cleo, "/sub-assemblies")
    fields = {**REMIT, **changed, "once": mark}
    page = await cleo.send("/sub-assemblies", on="/sub-assemblies", fields=fields)
    motion = (await cleo.open(page)).partition('href="/motions/')[2].partition('"')[0]
    return page, f"/motions/{motion}"


async def granted(evening: Evening, **changed: str) -> str:
    """Let the whole assembly grant a remit, and Cleo and Dov join."""
    page, motion = await proposed(evening, **changed)
    whole = await meet(evening)
    await adopted(evening, motion, whole, "Ada", "Ben", "Cleo")
    await evening["Ada"].send(f"{whole}/close", on=whole)
    fields = {k: v for k, v in {**REMIT, **changed}.items() if k != "remit"}
    await evening["Ada"].send(f"{page}/grant", on=page, fields=fields)
    for name in ("Cleo", "Dov"):
        await evening[name].send(f"{page}/join", on=page)
    return page


async def meets(evening: Evening, page: str) -> str:
    ada = evening["Ada"]
    meeting = await ada.send(f"{page}/meetings", on=page, title="Health, first time")
    await ada.send(f"{meeting}/open", on=meeting)
    return meeting


async def drafted(evening: Evening, page: str) -> str:
    clause = "The waiting room opens at seven."
    return await evening["Cleo"].send(
        f"{page}/motions", on=page, title="Open at seven", clause=clause
    )


async def kinds(evening: Evening, *kinds: type) -> Sequence[record.Fact]:
    def find(desk: Desk) -> list[record.Fact]:
        ours = records.ours(desk.connection)
        assert ours is not None
        kept = chamber.record_of(desk, ours.id)
        assert kept is not None
        return [each.fact for each in kept.entries if isinstance(each.fact, kinds)]

    found: list[record.Fact] = await evening.look(find)
    return found


async def test_what_a_sub_assembly_decides_is_its_own_and_goes_to_the_whole(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        page = await granted(evening)
        meeting = await meets(evening, page)
        motion = await drafted(evening, page)
        ballot = await adopted(evening, motion, meeting, "Cleo", "Dov")
        somebody = await stranger(evening)
        shown = await somebody.see(page)
        listed = await somebody.see("/decisions")
        link = (await somebody.open(page)).partition("/decisions/")[2][:64]
        decision = await somebody.see(f"/decisions/{link}")
        to_end = await evening["Ada"].open(page)
        led = [
            await evening["Dov"].send(
                f"{page}/hand-on", on=page, ballot=ballot.removeprefix("/ballots/")
            )
            for _ in range(2)
        ]
        again = await evening["Dov"].see(led[0])
        facts = await kinds(
            evening, record.Decision, record.Remit, record.RemitDecision
        )

    assert "The waiting room opens at seven." in listed
    assert "Sub-assembly Health , under its remit of" in listed
    assert "Sub-assembly Health , under its remit of" in decision
    assert "It is no decision of the whole assembly" in decision
    assert "2 people have joined" not in shown
    assert "Cleo" not in shown
    assert led[0] == led[1]
    assert "before the sub-assembly" not in again
    assert "The waiting room opens at seven." in again
    whole, remit, taken = facts
    assert isinstance(whole, record.Decision)
    assert isinstance(remit, record.Remit)
    assert isinstance(taken, record.RemitDecision)
    assert remit.text == whole.text_commit
    # Nothing that needs a decision of the whole assembly is offered this one.
    assert "The waiting room" not in to_end.partition('id="end-decision"')[2]


async def test_only_those_who_joined_decide_there_and_only_on_what_is_theirs(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        page = await granted(evening)
        whole = await meet(evening)
        meeting = await meets(evening, page)
        theirs, all_ = (
            await drafted(evening, page),
            await table_a_motion(evening, whole),
        )
        ada, eva = evening["Ada"], evening["Eva"]
        await ada.send(f"{all_}/freeze", on=all_)
        not_joined = await eva.send(
            f"{page}/motions", on=page, status=403, title="Mine", clause="Mine."
        )
        elsewhere = await evening["Cleo"].send(
            f"{theirs}/table",
            on=theirs,
            status=403,
            session=whole.removeprefix("/sessions/"),
        )
        beyond = await put(evening, all_, meeting, status=403)
        await evening["Cleo"].send(
            f"{theirs}/table", on=theirs, session=meeting.removeprefix("/sessions/")
        )
        await ada.send(f"{theirs}/freeze", on=theirs)
        above = await put(evening, theirs, whole, status=403)
        ballot = await put(evening, theirs, meeting)
        off_roll = await eva.send(f"{ballot}/vote", on=ballot, status=403, choice="for")

    assert "Join it first" in not_joined
    assert "Others meet there" in elsewhere
    assert "decides on motions of its own" in beyond
    assert "This motion is before a sub-assembly" in above
    assert "you were not on it" in off_roll


async def test_a_remit_that_is_ended_ends_all_that_is_open_under_it(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        page = await granted(evening, stands="within")
        ada, cleo = evening["Ada"], evening["Cleo"]
        later = await ada.send(
            f"{page}/meetings", on=page, title="Later", starts_at="2026-12-24T18:00"
        )
        meeting = await meets(evening, page)
        motion = await drafted(evening, page)
        await cleo.send(
            f"{motion}/table", on=motion, session=meeting.removeprefix("/sessions/")
        )
        await ada.send(f"{motion}/freeze", on=motion)
        ballot = await put(evening, motion, meeting)
        await cleo.send(f"{ballot}/vote", on=ballot, choice="for")
        end = await cleo.send(f"{page}/propose-end", on=page, why="It is done.")
        whole = await meet(evening)
        await adopted(evening, end, whole, "Ada", "Ben", "Eva")
        decision = (await ada.open(page)).partition('id="end-decision"')[2]
        hex_ = decision.partition('value="')[2][:64]
        nobody = await cleo.send(f"{page}/end", on=page, status=403, decision=hex_)
        await ada.send(f"{page}/end", on=page, decision=hex_)
        shown, moved = await cleo.see(page), await cleo.see(motion)
        voted, off = await cleo.see(ballot), await cleo.see(later)
        counted = await ada.send(f"{ballot}/close", on="/motions", status=409)
        closed = await cleo.send(
            f"{page}/motions", on="/motions", status=409, title="More", clause="More."
        )
        [ended] = await kinds(evening, record.RemitEnd, record.RemitDecision)

    assert "for the clerk" in nobody
    assert "The assembly ended this remit on" in shown
    assert "Sent back" in moved
    assert "ended at" in voted
    assert "It decided nothing" in voted
    assert "Called off" in off
    assert "without being counted" in counted
    assert "Nothing more is decided under it" in closed
    assert isinstance(ended, record.RemitEnd)


async def test_a_remit_ends_by_itself_on_its_day(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        page = await granted(evening)
        early = await evening.look(sub_assemblies.anything_over)
        evening.clock.pass_by(days=300)
        late = await evening.look(sub_assemblies.anything_over)
        await evening.node.work(sub_assemblies.lapse)
        shown = await (await stranger(evening)).see(page)
        after = await evening.look(sub_assemblies.anything_over)
        ends = await kinds(evening, record.RemitEnd)

    assert (early, late, after) == (False, True, False)
    assert "This remit ran out on" in shown
    assert ends == []


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("theme", "Häuser und Höfe", "A theme is a word in small letters"),
        ("until", "2020-01-01", "is a day to come"),
        ("compact", "sha256:" + "0" * 64, "no seat in such a compact"),
    ],
)
async def test_a_remit_that_cannot_be_is_refused_with_the_reason(
    tmp_path: Path, harbour: House, field: str, value: str, says: str
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        cleo = evening["Cleo"]
        mark = await once(cleo, "/sub-assemblies")
        refused = await cleo.send(
            "/sub-assemblies",
            on="/sub-assemblies",
            status=422,
            fields={**REMIT, "once": mark, field: value},
        )
        motions = await cleo.see("/motions")

    assert says in refused
    assert "No motion yet." in motions


async def test_nobody_sees_a_proposal_before_it_is_tabled(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        page, _ = await proposed(evening)
        too_early = await evening["Ada"].send(
            f"{page}/grant", on="/motions", status=404, name="Health"
        )
        await evening["Dov"].see(page, status=404)
        listed = await evening["Dov"].see("/sub-assemblies")

    assert "no such sub-assembly" in too_early
    assert "There is none yet." in listed


async def test_a_sub_assembly_binds_the_delegate_on_its_theme_where_its_remit_says_so(
    council: Three,
) -> None:
    ours = council.houses[0]
    identity = one_more_compact(council, themes=["health", "housing"])
    path = f"/seats/{in_hex(identity)}"
    await seats_dana(ours, path)
    slate = seat_at(ours, identity).put
    assert slate is not None
    elected = decides(ours, text=slate.text, person=True)
    bound, other = (remits(ours, compact) for compact in (identity, None))
    told, not_theirs = (
        decides(ours, subject=Digest(identity), sub_assembly=each)
        for each in (bound, other)
    )
    async with before(ours, CHAIR) as (chair,):
        done(await chair.post(f"{path}/elect", on=path, ballot=elected))
        confirms(ours)
        fields = {
            "holder": ours.members[DANA],
            "proposal": in_hex(identity),
            "must": "for",
            "theme": "health",
            "valid_until": "2027-03-31T12:00",
        }
        without = await chair.post(
            f"{path}/mandate", on=path, **fields, ballot=not_theirs
        )
        fields["ballot"] = told
        beyond = await chair.post(
            f"{path}/mandate", on=path, **{**fields, "theme": "housing"}
        )
        longer = await chair.post(
            f"{path}/mandate", on=path, **{**fields, "valid_until": "2028-01-01T12:00"}
        )
        done(await chair.post(f"{path}/mandate", on=path, **fields))
        confirms(ours)
        at_seat = text_of(await chair.get(path))
        with ours.desk() as desk:
            own = records.ours(desk.connection)
            assert own is not None
            kept = chamber.record_of(desk, own.id)
            assert kept is not None
            [(entry, given)] = kept.facts(record.Mandate)
            grant = clerk.published(desk, "Remit", bound)
            adopted_by = clerk.published(desk, "RemitDecision", told)
            [remit] = [
                fact for at, fact in kept.facts(record.Remit) if at.digest == grant
            ]
            lacks = chamber.lacks(desk, entry, kept)
        page = text_of(await chair.get(f"/mandates/{in_hex(entry.digest)}"))

    refused(without, 403, "does not let it bind our delegate here")
    refused(beyond, 403, "on the theme health alone")
    refused(longer, 403, "ends with the remit, or before")
    assert lacks is None
    assert (given.decision, given.under) == (remit.decision, adopted_by)
    assert "a decision of the sub-assembly Health , under its remit" in page
    assert "Decided by the sub-assembly Health" in at_seat


def remits(house: House, compact: CompactId | None) -> SubAssemblyId:
    """Let the whole assembly grant a remit on health, which may bind the delegate."""
    moved = adopts(house, "Health has a remit.")
    with house.desk() as desk:
        id, clerk_ = SubAssemblyId(desk.new_id()), house.members[0]
        state = node.load(desk, f"motion:{moved}")
        terms = sub_assembly.Terms(
            name=events.keep_wording(desk.connection, "Health"),
            theme="health",
            until=NOON + timedelta(days=200),
            compact=compact,
        )
        for command in (
            sub_assembly.ProposeRemit(
                sub_assembly=id, terms=terms, motion=moved, by=clerk_, at=desk.now
            ),
            sub_assembly.GrantRemit(
                terms=terms,
                text=state.versions[-1].text,
                decision=voting.decided(desk, state.put.ballot),
                by=clerk_,
                at=desk.now,
            ),
        ):
            node.perform(desk, f"sub_assembly:{id}", command)
        house.confirm(desk)
    return id
