"""What an assembly says of itself is read by everybody, and peers say what they saw."""

from pathlib import Path

import pytest

from confederation import record
from instance import chamber, clerk
from instance.store import records
from instance.web.naming import in_hex
from tests.instance.house import NOON, House
from tests.instance.three import Three
from tests.instance.web.browsing import text_of
from tests.instance.web.claiming import at, says
from tests.instance.web.hall import a_council, before, decides
from tests.instance.web.sending import done, refused

CHAIR, SECOND = 0, 1


@pytest.fixture
def council(tmp_path: Path) -> Three:
    return a_council(tmp_path)


def a_decision(house: House) -> str:
    """Let the assembly decide something, and give the digest under which it stands."""
    id = decides(house)
    with house.desk() as desk:
        digest = clerk.published(desk, "Decision", id)
    assert digest is not None
    return in_hex(digest)


async def test_everybody_reads_a_claim_with_what_is_missing(council: Three) -> None:
    ours, theirs = council.houses
    says(council, theirs)
    async with before(ours, SECOND) as (member,):
        page = await member.get(at(council, theirs))

    text = text_of(page)
    assert "What Quarry says of itself" in text
    assert "Claimed" in text
    assert "1 of 3 meetings so far." in text
    assert "No member says that its people were there." in text
    assert "Left out" in text


async def test_our_own_claim_is_said_by_the_clerk_and_twice_is_once(
    council: Three,
) -> None:
    ours = council.houses[0]
    here, there = (at(council, house) for house in council.houses)
    async with before(ours, CHAIR, SECOND) as (clerk_, member):
        own = done(await clerk_.post(f"{here}/claim", on=here))
        done(await clerk_.post(f"{here}/claim", on=here))
        nobody = await member.post(f"{here}/claim", on=here)
        others = await clerk_.post(f"{there}/claim", on=there)

    assert own == here
    refused(nobody, 403, "clerk")
    refused(others, 404, "Each assembly says this of itself")
    assert len(facts(ours, record.Legitimacy)) == 1


async def test_a_visit_is_said_by_a_decision_and_shown_at_the_meeting(
    council: Three,
) -> None:
    ours, theirs = council.houses
    says(council, theirs)
    fields = {"session": "s1", "confirms": "yes", "present": "150"}
    decision = a_decision(ours)
    page_ = at(council, theirs)
    async with before(ours, CHAIR) as (clerk_,):
        undecided = await clerk_.post(
            f"{page_}/visit", on=page_, **fields, decision="1" * 64
        )
        done(await clerk_.post(f"{page_}/visit", on=page_, **fields, decision=decision))
        page = await clerk_.get(at(council, theirs))

    refused(undecided, 403, "needs a decision")
    assert "Visited by" in text_of(page)
    assert "they counted 150" in text_of(page)


async def test_a_challenge_is_answered_by_whom_it_is_about(council: Three) -> None:
    ours, theirs = council.houses
    says(council, theirs)
    fields = {
        "criterion": "attendance",
        "grounds": "Nobody lives there.",
        "decision": a_decision(ours),
    }
    page_ = at(council, theirs)
    path = f"{page_}/challenge"
    async with before(ours, CHAIR) as (clerk_,):
        hasty = await clerk_.post(
            path, on=page_, **fields, reply_by="2026-11-23T12:00:00"
        )
        done(
            await clerk_.post(path, on=page_, **fields, reply_by="2026-12-20T12:00:00")
        )
        done(
            await clerk_.post(path, on=page_, **fields, reply_by="2026-12-20T12:00:00")
        )
        own = await clerk_.get(at(council, theirs))
    council.exchange(NOON)
    [challenge] = facts(ours, record.Challenge)
    async with before(theirs, CHAIR) as (clerk_,):
        page = await clerk_.get(at(council, theirs))
        to_answer = text_of(await clerk_.get("/today"))
        done(
            await clerk_.post(
                f"{page_}/reply",
                on=page_,
                challenge=in_hex(challenge),
                text="Everybody knows that they do.",
            )
        )
        answered = await clerk_.get(at(council, theirs))
    council.exchange(NOON)
    async with before(ours, CHAIR, SECOND) as (clerk_, member):
        to_draw = text_of(await clerk_.get("/today"))
        of_no_clerk = text_of(await member.get("/today"))
        done(await clerk_.post(f"{page_}/lot", on=page_, challenge=in_hex(challenge)))
        opened = await clerk_.get(at(council, theirs))

    refused(hasty, 409, "needs more time")
    assert "I have read this" not in text_of(hasty.text), "it names nobody"
    assert "Answer a challenge to what we say of ourselves" in to_answer
    assert "Draw who looks at our challenge" in to_draw
    assert "Draw who looks" not in of_no_clerk
    assert "Waits for the answer" in text_of(own)
    assert "Nobody lives there." in text_of(page)
    assert "Everybody knows that they do." in text_of(answered)
    # Of two assemblies both are parties, so nobody can be drawn.
    assert "Lapsed" in text_of(opened)
    assert len(facts(ours, record.LotSeed)) == 1


async def test_an_assembly_that_is_not_known_has_no_page(council: Three) -> None:
    ours = council.houses[0]
    hex = in_hex(council.compact.digest)
    async with before(ours, CHAIR) as (clerk_,):
        answer = await clerk_.http.get(f"/compacts/{hex}/evidence/{'7' * 64}")

    assert answer.status_code == 404


def facts(house: House, kind: type) -> list[str]:
    """Give the digests of the entries of one kind in a house's own record."""
    with house.desk() as desk:
        own = records.ours(desk.connection)
        assert own is not None
        kept = chamber.record_of(desk, own.id)
    assert kept is not None
    return [entry.digest for entry, _ in kept.facts(kind)]
