"""What goes wrong is shown in plain words, with who mends or settles it, and how."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from activitypub import canonical
from confederation import assembly
from confederation.record import Attestation
from instance import archive, chamber, clerk, node, verification, vocabulary
from instance.store import clocks, records
from instance.web.naming import in_hex
from tests.instance.house import House
from tests.instance.records import altered, gives_all
from tests.instance.three import (
    CLOSES,
    LATER,
    OPENS,
    Three,
    assembly_of,
    decides,
    mandates,
    proposes,
    settled,
    the_record,
    votes,
)
from tests.instance.web.browsing import a_browser, text_of


def clerk_of(house: House) -> None:
    """Let the first member of a house be its clerk."""
    with house.desk(OPENS) as desk:
        grant = assembly.GrantRole(
            member=house.members[0], role="clerk", by=None, at=desk.now
        )
        node.perform(desk, "assembly:it", grant)


async def test_a_node_that_is_well_says_so(together: Three) -> None:
    async with a_browser(together.houses[0], pen=True) as anybody:
        page = text_of(await anybody.get("/condition"))

    assert "This node signs for its assembly" in page
    assert "Everything that was read is as it was signed." in page
    assert "The clocks that were heard agree with the one here." in page


async def test_a_node_that_waits_says_for_what(together: Three) -> None:
    async with a_browser(together.houses[0]) as anybody:
        page = text_of(await anybody.get("/condition"))

    assert "Nothing is signed here just now." in page
    assert "still asking its fellow members" in page


async def test_clocks_that_are_apart_are_named(together: Three) -> None:
    first, second, third = together.houses
    whose = [assembly_of(second), assembly_of(third)]
    with first.desk(OPENS) as desk:
        for id, seconds in zip(whose, (-400 * 86_400, 7_300), strict=True):
            clocks.keep(desk.connection, id, seconds=seconds, at=OPENS)

    async with a_browser(first, pen=True) as anybody:
        page = text_of(await anybody.get("/condition"))

    assert "The clock of Quarry is 400 days behind the one here." in page
    assert "The clock of Mill is 2 hours ahead of the one here." in page


async def test_when_each_assembly_was_last_heard_is_beside_what_it_decides(
    together: Three,
) -> None:
    first, second, _ = together.houses
    proposal = proposes(together, first)
    whose = assembly_of(second)
    with first.desk(OPENS) as desk:
        records.heard(desk.connection, whose, at=OPENS)

    async with a_browser(first, at=OPENS + timedelta(hours=1)) as anybody:
        pages = [
            text_of(await anybody.get(path))
            for path in (
                f"/proposals/{in_hex(proposal)}",
                f"/compacts/{in_hex(together.compact.digest)}",
                "/condition",
            )
        ]

    for page in pages:
        assert "Last heard" in page
        assert "13:00:00 UTC" in page
        assert "dark" in page
        assert "not yet" in page


async def test_damage_is_shown_to_all_and_mended_by_the_clerk(together: Three) -> None:
    _, second, third = together.houses
    settled(together)
    clerk_of(second)
    seq = altered(second, third, "Filed", b'"for"', b'"fog"')

    async with a_browser(second, at=LATER) as ada:
        refused = await ada.http.post("/condition/look", data={"token": "t"})
        assert refused.status_code == 403
        await ada.sign_in()
        assert (await ada.post("/condition/look", on="/condition")).status_code == 303
        page = await ada.get("/condition")
        assert "Not as it was signed: 1 entry" in text_of(page)
        assert "Mend what this disk altered" in text_of(await ada.get("/today"))
        assert f"/record/{in_hex(assembly_of(third))}/{seq}" in page
        # No fellow member answers here: nothing is changed, and the page says so.
        answer = await ada.post("/condition/mend", on="/condition")

    assert answer.status_code == 422
    assert "Nobody who was asked has a true copy" in answer.text


async def test_a_damaged_entry_is_shown_as_what_it_is(together: Three) -> None:
    _, second, third = together.houses
    proposal = settled(together)
    whose = in_hex(assembly_of(third))
    seq = altered(second, third, "Filed", b'"for"', b'"fog"')

    async with a_browser(second, at=LATER) as anybody:
        record = text_of(await anybody.get(f"/record/{whose}"))
        await anybody.get(f"/proposals/{in_hex(proposal)}")
        entry = text_of(await anybody.get(f"/record/{whose}/{seq}", status=409))

    assert "damaged here" in record
    assert "damaged on this node" in entry


@pytest.fixture
def split(together: Three, tmp_path: Path) -> tuple[Three, House]:
    twin = together.moved(tmp_path / "twin").houses[1]
    decides(together.houses[1])
    decides(twin)
    gives_all(twin, together.houses[1])
    return together, twin


async def test_both_sides_are_shown_and_settled_by_the_clerk_after_a_decision(
    split: tuple[Three, House],
) -> None:
    together, _ = split
    _, second, _ = together.houses
    clerk_of(second)
    whose = assembly_of(second)
    path = f"/record/{in_hex(whose)}/contradictions"
    decision = decides(second)
    with second.desk(OPENS) as desk:
        [shown] = chamber.evidence(desk, whose)
    fields = {"a": shown.a, "b": shown.b, "decision": decision}

    async with a_browser(second, at=LATER, pen=True) as ada:
        anonymous = text_of(await ada.get(path))
        assert "This node follows this side." in anonymous
        assert "We go on from" not in anonymous
        await ada.sign_in()
        nothing = await ada.post(
            f"{path}/settle", on=path, **{**fields, "decision": whose}
        )
        assert nothing.status_code == 409
        assert "two tellers confirmed" in nothing.text
        done = await ada.post(f"{path}/settle", on=path, **fields)
        assert done.status_code == 303
        again = await ada.post(f"{path}/settle", on="/condition", **fields)
        page = text_of(await ada.get(path))

    assert again.status_code in {403, 409}
    assert "The assembly has settled this." in page
    assert sum(each["type"] == "Settlement" for each in the_record(second)) == 1


async def test_a_dissent_is_compared_entry_by_entry_and_corrected(
    together: Three,
) -> None:
    first, second, third = together.houses
    clerk_of(second)
    proposal = proposes(together, first)
    together.confer(OPENS)
    for house in together.houses:
        votes(house, mandates(together, house, proposal), proposal)
    together.confer(OPENS)
    after = CLOSES + timedelta(minutes=1)
    together.confer(after, among=(first, third))
    attests_wrongly(second, together, proposal, of=third)
    together.exchange(after)
    path = f"/proposals/{in_hex(proposal)}/statements"

    async with a_browser(second, at=after, pen=True) as ada:
        before = await ada.get(path)
        assert "Quarry attest: Not adopted (dissent)" in text_of(before)
        assert "Mill , revision 1" in text_of(before)
        assert "not there" in text_of(before)
        await ada.sign_in()
        done = await ada.post(f"{path}/correct", on=path)
        page = text_of(await ada.get(path))

    assert done.status_code == 303
    assert "Quarry found its own attestation wrong" in page
    assert "File a correction" not in page


def attests_wrongly(house: House, together: Three, proposal: str, *, of: House) -> None:
    """Let a node attest a result that leaves the last vote out, as a fault would."""
    after = CLOSES + timedelta(minutes=1)
    stands = together.standing(of, proposal, after)  # type: ignore[arg-type]
    assert stands is not None
    assert stands.confirmed is not None
    wrong = replace(
        stands.confirmed, certified=stands.confirmed.certified[:-1], outcome="rejected"
    )
    document = verification.result_document(wrong)
    says = Attestation(
        proposal=proposal,  # type: ignore[arg-type]
        result=wrong,
        result_hash=canonical.digest(document),  # type: ignore[arg-type]
    )
    with house.desk(after) as desk:
        archive.note_damage(desk)
        clerk.publish(
            desk, "Attestation", {**vocabulary.wire(says), "result": document}
        )
