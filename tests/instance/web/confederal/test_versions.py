"""A compact is changed from a page: a form, a motion, a proposal, and the history."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from confederation.confederal.compact import Weighing
from confederation.deciding import motion
from confederation.identifiers import Digest, MotionId
from confederation.record import Membership, Proposal
from instance import chamber, node
from instance.confederal import confederating
from instance.matters import openings
from instance.store import compacts, records
from instance.store import compacts as changing
from instance.web.deciding import motions
from instance.web.naming import in_hex
from tests.instance import amending
from tests.instance.house import NOON, House
from tests.instance.serving import free_port
from tests.instance.three import Three, mandates, votes
from tests.instance.web.browsing import text_of
from tests.instance.web.changing import carries, fields
from tests.instance.web.hall import (
    a_council,
    a_hall,
    before,
    confirms,
    decides,
    serving,
)
from tests.instance.web.seated import DANA, elects, path_of, seat_at
from tests.instance.web.sending import done, refused

CHAIR, SECOND = 0, 1
CLOSES = NOON + timedelta(days=1)
LATER = CLOSES + timedelta(hours=1)


@pytest.fixture
def council(tmp_path: Path) -> Three:
    return a_council(tmp_path)


async def test_a_question_on_any_version_says_what_the_delegate_does(
    council: Three,
) -> None:
    ours, path = council.houses[0], path_of(council)
    await elects(council)
    hex = in_hex(council.compact.digest)
    async with before(ours, CHAIR) as (clerk_,):
        drafted = done(
            await clerk_.post(
                f"/compacts/{hex}/change", **fields(council, themes="housing")
            )
        )
    with ours.desk() as desk:
        newer = changing.change_of(desk.connection, drafted.rpartition("/")[2])
    decided = decides(ours, subject=newer)

    async with before(ours, CHAIR) as (clerk_,):
        done(
            await clerk_.post(
                f"{path}/mandate",
                on=path,
                holder=ours.members[DANA],
                ballot=decided,
                proposal=in_hex(council.compact.identity),
                must="abstain",
            )
        )

    given = seat_at(ours, council.compact.identity).mandate
    assert given is not None
    assert given.terms.scope == "compact"


async def test_a_change_goes_from_the_form_to_the_history_of_the_compact(
    council: Three,
) -> None:
    ours, theirs = council.houses
    hex = in_hex(council.compact.digest)
    async with before(ours, CHAIR) as (clerk_,):
        drafted = done(
            await clerk_.post(
                f"/compacts/{hex}/change",
                **fields(council, quorum="1", themes="housing\nhousing/damp"),
            )
        )
        shown = await clerk_.get(drafted)
    id = MotionId(drafted.rpartition("/")[2])
    carries(ours, id)
    async with before(ours, CHAIR) as (clerk_,):
        put = done(
            await clerk_.post(
                f"/motions/{id}/propose",
                compact=hex,
                method="majority-of-assemblies",
                closes_at="2026-11-23T12:00:00",
            )
        )
        proposed = await clerk_.get(f"/compacts/{hex}/history")
    with ours.desk() as desk:
        version = changing.change_of(desk.connection, id)
        assert version is not None
        new = chamber.compact_of(desk, version)
        document = compacts.document(desk.connection, version)
    assert new is not None
    assert document is not None
    answer = amending.served(ours, version)
    assert answer is not None
    council.exchange(NOON)
    with theirs.desk() as desk:
        confederating.learn(desk, wanted=version, answer=answer)
    council.confer(NOON)
    proposal = Digest(f"sha256:{put.rpartition('/')[2]}")
    for house in council.houses:
        votes(house, mandates(council, house, proposal, until=LATER), proposal, at=NOON)
    council.confer(NOON)
    council.confer(LATER)

    async with before(theirs, CHAIR, at=LATER) as (clerk_,):
        page = await clerk_.get(f"/compacts/{hex}/history")
        old = await clerk_.get(f"/compacts/{hex}")
        newest = await clerk_.get(f"/compacts/{in_hex(version)}")
        listed = await clerk_.get("/compacts")

    assert "At least 2 of the 2 must vote" in text_of(shown)
    assert version in text_of(shown)
    assert "Changes that were proposed" in text_of(proposed)
    assert "“housing/damp” becomes a theme" in text_of(page)
    assert "Version 2" in text_of(page)
    assert "Changes that were proposed" not in text_of(page)
    assert "Another version took its place" in text_of(old)
    assert in_hex(version) in old
    assert "In force" in text_of(newest)
    assert "housing/damp" in text_of(newest)
    assert f"/compacts/{in_hex(version)}" in listed
    assert f'href="/compacts/{hex}"' not in listed


async def test_a_change_that_changes_nothing_is_refused_and_nothing_is_lost(
    council: Three,
) -> None:
    hex = in_hex(council.compact.digest)
    path = f"/compacts/{hex}/change"
    async with before(council.houses[0], CHAIR) as (clerk_,):
        nothing = await clerk_.post(path, **fields(council, why="Because."))
        nobody = await clerk_.post(path, **fields(council, seat_0="perhaps"))
        stranger = await clerk_.post(path, **fields(council, seat_2="member"))
        theme = await clerk_.post(path, **fields(council, themes="Damp Homes!"))
        all_out = await clerk_.post(path, **fields(council, seat_0="out", seat_1="out"))

    refused(nothing, 422, "Nothing would change")
    refused(nobody, 422, "whether it has a seat")
    refused(theme, 422, "small letters")
    refused(all_out, 422, "names at least one assembly")
    refused(stranger, 422, "Nothing would change")


async def test_how_outcomes_are_ratified_can_be_changed_and_otherwise_stays(
    council: Three,
) -> None:
    ours = council.houses[0]
    path = f"/compacts/{in_hex(council.compact.digest)}/change"
    async with before(ours, CHAIR) as (clerk_,):
        drafted = done(
            await clerk_.post(
                path,
                **fields(
                    council, ratify_share="3/4", ratify_days="9", ratify_binds="all"
                ),
            )
        )
        shown = text_of(await clerk_.get(drafted))
        other = text_of(
            await clerk_.get(
                done(await clerk_.post(path, **fields(council, quorum="1")))
            )
        )

    assert "it is in force if 3/4 of the assemblies ratify it within" in shown
    assert "and it binds all of them" in shown
    assert "ratified" not in other


async def test_only_members_write_a_change_down_and_everybody_reads_it(
    council: Three,
) -> None:
    hex = in_hex(council.compact.digest)
    async with before(council.houses[0], SECOND) as (member,):
        page = await member.get(f"/compacts/{hex}/change")
        drafted = done(
            await member.post(
                f"/compacts/{hex}/change", **fields(council, themes="damp")
            )
        )

    assert "has a seat" in text_of(page)
    assert drafted.startswith("/motions/")


async def test_a_village_judges_by_numbers_of_its_own_and_they_travel_along(
    council: Three,
) -> None:
    ours, theirs = council.houses
    hex = in_hex(council.compact.digest)
    async with before(ours, CHAIR) as (clerk_,):
        drafted = done(
            await clerk_.post(
                f"/compacts/{hex}/change",
                **fields(council, more_than="20", visits="1"),
            )
        )
        shown = await clerk_.get(drafted)
    with ours.desk() as desk:
        version = changing.change_of(desk.connection, drafted.rpartition("/")[2])
    assert version is not None
    answer = amending.served(ours, version)
    assert answer is not None
    with theirs.desk() as desk:
        confederating.learn(desk, wanted=version, answer=answer)
        new = chamber.compact_of(desk, version)
        assert new is not None
        criteria = chamber.criteria_of(desk, new)

    assert "more than 20 residents" in text_of(shown)
    assert criteria is not None
    assert (criteria.more_than, criteria.visits, criteria.panel) == (20, 1, 3)


async def test_what_an_assembly_weighs_is_agreed_on_and_given_to_nobody_at_once(
    council: Three,
) -> None:
    ours = council.houses[0]
    hex = in_hex(council.compact.digest)
    weighs = {"weigh": "split", "weigh_two": "40", "weigh_three": "120"}
    adopt = "weighted-majority"
    async with before(ours, CHAIR) as (clerk_,):
        page = await clerk_.get(f"/compacts/{hex}/change")
        refusal = await clerk_.post(
            f"/compacts/{hex}/change",
            **fields(council, **{**weighs, "weigh_two": "120"}),
        )
        drafted = done(
            await clerk_.post(
                f"/compacts/{hex}/change", **fields(council, adopt=adopt, **weighs)
            )
        )
        shown = text_of(await clerk_.get(drafted))
    with ours.desk() as desk:
        version = changing.change_of(desk.connection, drafted.rpartition("/")[2])
        assert version is not None
        new = chamber.compact_of(desk, version)

    assert "What an assembly weighs" in text_of(page)
    refused(refusal, 422, "More attend")
    assert "it weighs 2 if 40 residents or more regularly come" in shown
    assert "split as the members of the assembly said yes and no" in shown
    assert new is not None
    assert new.rules.weighing == Weighing(two=40, three=120, cast="split")
    assert {seat.weight for seat in new.members} == {1}


async def test_a_change_may_be_put_as_something_to_be_ratified(
    council: Three,
) -> None:
    ours = council.houses[0]
    hex = in_hex(council.compact.digest)
    async with before(ours, CHAIR) as (clerk_,):
        drafted = done(
            await clerk_.post(
                f"/compacts/{hex}/change", **fields(council, themes="damp")
            )
        )
    id = MotionId(drafted.rpartition("/")[2])
    carries(ours, id)
    async with before(ours, CHAIR) as (clerk_,):
        answer = await clerk_.post(
            f"/motions/{id}/propose",
            compact=hex,
            method="majority-of-assemblies",
            closes_at="2026-11-23T12:00:00",
            kind="policy",
        )

    with ours.desk() as desk:
        put = chamber.proposal(desk, f"sha256:{done(answer).rpartition('/')[2]}")
    assert isinstance(put.fact, Proposal)
    assert put.fact.ratify
    assert put.fact.compact_next is not None


async def test_a_node_asks_the_others_for_the_version_that_is_proposed(
    tmp_path: Path,
) -> None:
    council = a_council(tmp_path, ports=(free_port(), free_port()))
    ours, theirs = council.houses
    new = amending.following(council.compact, themes=("damp",))
    amending.changes(council, new, at=NOON)
    knows = None
    async with serving(ours), serving(theirs):
        for _ in range(200):
            await asyncio.sleep(0.1)
            with theirs.desk() as desk:
                knows = chamber.compact_of(desk, new.digest)
            if knows is not None:
                break

    assert knows == new


async def test_words_that_no_longer_name_the_version_are_not_put_to_the_others(
    council: Three,
) -> None:
    ours = council.houses[0]
    hex = in_hex(council.compact.digest)
    async with before(ours, CHAIR) as (clerk_,):
        drafted = done(
            await clerk_.post(
                f"/compacts/{hex}/change", **fields(council, themes="damp")
            )
        )
    id = MotionId(drafted.rpartition("/")[2])
    with ours.desk() as desk:
        revised = motion.ReviseDraft(
            text=motions.keep_text(desk, ("Something else entirely.",)),
            base=1,
            by=ours.members[0],
            at=desk.now,
        )
        node.perform(desk, f"motion:{id}", revised)
    carries(ours, id)
    async with before(ours, CHAIR) as (clerk_,):
        answer = await clerk_.post(
            f"/motions/{id}/propose",
            compact=hex,
            method="majority-of-assemblies",
            closes_at="2026-11-23T12:00:00",
        )

    refused(answer, 422, "no longer name the version")


async def test_an_assembly_applies_is_heard_of_looked_up_and_shown(
    tmp_path: Path,
) -> None:
    council = a_council(tmp_path)
    newcomer = a_hall(tmp_path, slug="weir", port=free_port())
    ours = council.houses[0]
    hex = in_hex(council.compact.digest)
    answer = amending.served(ours, council.compact.digest)
    assert answer is not None
    with newcomer.desk() as desk:
        document = answer["compact"]
        assert isinstance(document, dict)
        confederating.keep_compact(desk, document, texts=[])
        openings.keep(desk, answer["texts"])
    decided = decides(newcomer, subject=council.compact.digest)
    async with before(newcomer, CHAIR) as (clerk_,):
        compact = await clerk_.get(f"/compacts/{hex}")
        form = await clerk_.get(f"/compacts/{hex}/apply")
        done(await clerk_.post(f"/compacts/{hex}/apply", ballot=decided))
        done(await clerk_.post(f"/compacts/{hex}/apply", ballot=decided))
        applied = await clerk_.get(f"/compacts/{hex}/apply")

    async with serving(newcomer), before(ours, CHAIR, SECOND) as (clerk_, member):
        done(
            await clerk_.post(
                f"/compacts/{hex}/applicants", address=newcomer.config.group
            )
        )
        nobody = await member.post(
            f"/compacts/{hex}/applicants", address=newcomer.config.group
        )
    replace(council, houses=(ours, newcomer)).exchange(NOON)
    async with before(ours, CHAIR) as (clerk_,):
        shown = await clerk_.get(f"/compacts/{hex}/applicants")
        change = await clerk_.get(f"/compacts/{hex}/change")

    assert f'href="/compacts/{hex}/apply"' in compact
    assert f'href="/compacts/{hex}/leave"' not in compact
    assert f'value="{decided}"' in form
    assert "Our assembly has applied" in text_of(applied)
    refused(nobody, 403, "This is for the clerk to do.")
    assert "Weir" in text_of(shown)
    assert "Observer, without a vote" in text_of(shown)
    assert "(applies)" in text_of(change)
    assert memberships(newcomer) == ["apply"]


def memberships(house: House) -> list[str]:
    """What a record says about belonging to a compact, one after another."""
    with house.desk() as desk:
        own = records.ours(desk.connection)
        assert own is not None
        kept = chamber.record_of(desk, own.id)
    assert kept is not None
    return [fact.act for _, fact in kept.facts(Membership)]


async def test_a_compact_is_left_by_one_act(council: Three) -> None:
    ours = council.houses[1]
    hex = in_hex(council.compact.digest)
    decided = decides(ours, subject=council.compact.digest)
    async with before(ours, CHAIR, SECOND) as (clerk_, member):
        nobody = await member.post(f"/compacts/{hex}/leave", ballot=decided)
        done(await clerk_.post(f"/compacts/{hex}/leave", ballot=decided))
        left = await clerk_.get(f"/compacts/{hex}/leave")
        back = await clerk_.get(f"/compacts/{hex}")
    confirms(ours)
    council.exchange(NOON)
    async with before(council.houses[0], CHAIR) as (clerk_,):
        page = await clerk_.get(f"/compacts/{hex}")

    refused(nobody, 403, "clerk")
    assert "Our assembly is not in this compact." in text_of(left)
    assert "has left" in text_of(page)
    assert f"/compacts/{hex}/join" in back
    assert f"/compacts/{hex}/apply" not in back


async def test_whoever_is_named_in_a_compact_does_not_apply_to_it(
    council: Three,
) -> None:
    ours = council.houses[0]
    hex = in_hex(council.compact.digest)
    decided = decides(ours, subject=council.compact.digest)
    async with before(ours, CHAIR) as (clerk_,):
        answer = await clerk_.post(f"/compacts/{hex}/apply", ballot=decided)

    refused(answer, 422, "is named in this compact")
