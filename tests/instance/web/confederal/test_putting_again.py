"""What ended in a dispute is put again, and nobody has to type it in once more."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from activitypub.canonical import JsonObject
from confederation.confederal import slots, tally
from confederation.identifiers import MotionId
from confederation.record import Proposal
from instance import chamber, clerk, verification
from instance.web.naming import in_hex
from tests.instance.house import NOON, House
from tests.instance.three import Three
from tests.instance.web.browsing import text_of
from tests.instance.web.changing import carries, fields
from tests.instance.web.hall import a_council, before
from tests.instance.web.seated import CHAIR, SECOND
from tests.instance.web.sending import done


@pytest.fixture
def council(tmp_path: Path) -> Three:
    return a_council(tmp_path)


FORM = {
    "method": "two-thirds-of-assemblies",
    "threshold": "2/3",
    "closes_at": "2026-11-23T12:00:00",
    "kind": "policy",
    "amounts": "pounds = 1200",
    "why_wider": "It is ours together.",
}


async def proposed(council: Three) -> str:
    """Put a change of the compact to both assemblies, by the pages of one."""
    ours, hex = council.houses[0], in_hex(council.compact.digest)
    async with before(ours, CHAIR) as (clerk_,):
        drafted = done(
            await clerk_.post(
                f"/compacts/{hex}/change", **fields(council, themes="damp")
            )
        )
    id = MotionId(drafted.rpartition("/")[2])
    carries(ours, id)
    async with before(ours, CHAIR) as (clerk_,):
        put = await clerk_.post(f"/motions/{id}/propose", compact=hex, **FORM)
    council.exchange(NOON)
    return done(put).rpartition("/")[2]


def attests(
    house: House, hex: str, outcome: Literal["adopted", "rejected", "no quorum"]
) -> None:
    """Let an assembly attest whatever it is told to."""
    with house.desk() as desk:
        held = chamber.holding(desk, chamber.proposal(desk, f"sha256:{hex}"))
        assert held is not None
        counted = tally.count(held.compact, held.proposal, [])
        result = replace(counted, outcome=outcome)
        body: JsonObject = {
            "proposal": held.proposal.digest,
            "result": verification.result_document(result),
            "resultHash": chamber.result_digest(result),
        }
        clerk.publish(desk, "Attestation", body)


async def test_what_was_disputed_goes_back_to_all_with_the_form_filled_in(
    council: Three,
) -> None:
    ours, theirs = council.houses
    hex = await proposed(council)
    async with before(ours, SECOND) as (member,):
        early = await member.post(f"/proposals/{hex}/again", on="/motions")
        going_on = text_of(await member.get(f"/proposals/{hex}"))
    attests(ours, hex, "adopted")
    attests(theirs, hex, "rejected")
    council.exchange(NOON)

    async with before(ours, CHAIR) as (member,):
        disputed = text_of(await member.get(f"/proposals/{hex}"))
        again = done(
            await member.post(f"/proposals/{hex}/again", on=f"/proposals/{hex}")
        )
    carries(ours, MotionId(again.rpartition("/")[2]))
    async with before(ours, CHAIR) as (clerk_,):
        form = await clerk_.get(f"{again}/propose")
        compact = in_hex(council.compact.digest)
        put = done(
            await clerk_.post(f"{again}/propose", compact=compact, amends=hex, **FORM)
        )

    assert early.status_code == 409
    assert "takes its course" in text_of(early.text)
    assert "Put it again" not in going_on
    assert "once enough assemblies have ratified it" in going_on
    assert "Put it again" in disputed
    assert f'<option value="{hex}" selected>' in form
    assert '<option value="two-thirds-of-assemblies" selected>' in form
    assert 'value="policy" checked' in form
    assert 'value="pounds = 1200"' in form
    assert ">It is ours together.</textarea>" in form
    with ours.desk() as desk:
        before_, after = (
            chamber.proposal(desk, f"sha256:{each}").fact
            for each in (hex, put.rpartition("/")[2])
        )
    assert isinstance(before_, Proposal)
    assert isinstance(after, Proposal)
    assert slots.same(before_, after)
    assert after.slot == before_.slot == council.compact.digest
    assert after.amends == f"sha256:{hex}"


async def test_what_too_few_voted_on_is_put_again(council: Three) -> None:
    hex = await proposed(council)
    for house in council.houses:
        attests(house, hex, "no quorum")
    council.exchange(NOON)

    async with before(council.houses[0], SECOND) as (member,):
        page = f"/proposals/{hex}"
        put = done(await member.post(f"{page}/again", on=page))

    assert put.startswith("/motions/")
