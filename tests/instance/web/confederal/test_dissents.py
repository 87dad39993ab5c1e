"""A minority writes, signs and files what it has to say, and it stays."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest

from activitypub.canonical import JsonObject
from confederation import session
from confederation.identifiers import Digest, SessionId
from confederation.record import MinorityReport, Withholding
from instance import archive, bundle, chamber, clerk, node, vocabulary
from instance.confederal import dissenting
from instance.errors import Misused
from instance.matters import erasing
from instance.store import events, records
from instance.web.naming import in_hex
from tests.instance import three
from tests.instance.house import NOON, House
from tests.instance.three import Three
from tests.instance.web.browsing import Browser, a_site, another, text_of
from tests.instance.web.dissenting import TARGETS, WORDS, a_decision, begins, files
from tests.instance.web.hall import PEOPLE, adopts, before
from tests.instance.web.seated import (
    CAS,
    CHAIR,
    DANA,
    ELI,
    SECOND,
    elects,
    instructs,
    proposes,
)
from tests.instance.web.sending import done, found_in, refused

LATER = NOON + timedelta(days=4)


def place_of(house: House, assembly: str, digest: Digest) -> int:
    """Say where an entry stands in the copy that a node holds of a record."""
    with house.desk(LATER) as desk:
        kept = chamber.record_of(desk, assembly)
        assert kept is not None
        entry = kept.get(digest)
    assert entry is not None
    return entry.seq


@asynccontextmanager
async def a_stranger(house: House, *, at: datetime = NOON) -> AsyncIterator[Browser]:
    async with a_site(house, at=at, pen=True) as pages, another(pages, house) as one:
        yield one


def reports_of(house: House) -> list[tuple[Digest, MinorityReport]]:
    with house.desk() as desk:
        return [
            (entry.digest, entry.fact)
            for row in records.of_type(desk.connection, "MinorityReport")
            if isinstance((entry := archive.read(desk, row)).fact, MinorityReport)
        ]


async def test_a_report_stands_beside_the_decision_on_every_node(
    council: Three,
) -> None:
    ours, other = council.houses
    on, page = await files(council, named="yes")

    for house in (ours, other):
        async with a_stranger(house) as browser:
            said = text_of(await browser.get(f"/decisions/{in_hex(on)}"))
            assert "What a minority says" in said
            assert WORDS in said
            assert f"Signed by {PEOPLE[0]} and 1 member without a name" in said
    [(digest, fact)] = reports_of(other)
    assert len(fact.signers) == 2
    async with a_stranger(other) as browser:
        alone = text_of(await browser.get(f"/minority-reports/{in_hex(digest)}"))
        entry = await browser.http.get(f"/minority-reports/{in_hex(on)}")
    assert TARGETS in alone
    assert entry.status_code == 404
    # Whoever did not tick it is named nowhere outside.
    assert found_in(other, *PEOPLE[1:]) == set()
    assert "As everyone reads it" in await _seen(ours, CAS, page)


async def _seen(house: House, who: int, page: str) -> str:
    async with before(house, who) as (browser,):
        return text_of(await browser.get(page))


async def test_two_reviewers_withhold_a_part_everywhere_and_the_gap_shows(
    council: Three,
) -> None:
    ours, other = council.houses
    on, page = await files(council)
    assert found_in(other, TARGETS)

    async with before(ours, DANA, ELI, CHAIR) as (dana, eli, chair):
        not_theirs = await chair.post(f"{page}/withhold", on=page, part="2")
        done(await dana.post(f"{page}/withhold", on=page, part="2"))
        still = text_of(await chair.get(f"/decisions/{in_hex(on)}"))
        done(await eli.post(f"{page}/withhold", on=page, part="2"))
        gone = text_of(await chair.get(f"/decisions/{in_hex(on)}"))
    council.exchange(NOON)

    refused(not_theirs, 403, "Only the two whom the minority named withhold a part.")
    assert TARGETS in still
    assert TARGETS not in gone
    assert "Part 2 is withheld." in gone
    assert WORDS in gone
    assert found_in(ours, TARGETS) == set()
    async with a_stranger(other) as browser:
        there = text_of(await browser.get(f"/decisions/{in_hex(on)}"))
    assert "Part 2 is withheld." in there
    assert TARGETS not in there
    with other.desk() as desk:
        [row] = records.of_type(desk.connection, "Withholding")
        assert isinstance(archive.read(desk, row).fact, Withholding)


async def test_the_majority_takes_nothing_away(council: Three) -> None:
    ours = council.houses[0]
    await files(council)
    [(digest, fact)] = reports_of(ours)

    with ours.desk() as desk, pytest.raises(Misused, match="what a minority says"):
        erasing.erase(desk, fact.parts[0], why="mistake")
    with ours.desk() as desk:
        row = records.entry(desk.connection, digest)
        assert row is not None
        seq = row["seq"]
        assembly = in_hex(row["assembly"])
    at = f"/record/{assembly}/{seq}"
    async with before(ours, CHAIR) as (chair,):
        answer = await chair.post(
            f"{at}/withdraw", on=at, words=fact.parts[0], why="person", sure="yes"
        )
    refused(answer, 422, "Nobody takes it away")
    assert found_in(ours, WORDS)


async def test_what_is_missing_is_said_and_stays_in_the_form(council: Three) -> None:
    ours = council.houses[0]
    on = a_decision(ours)
    fields: dict[str, str | list[str]] = {
        "once": "one-form",
        "decided": in_hex(on),
        "part": [WORDS],
        "reviewer_1": ours.members[DANA],
        "reviewer_2": ours.members[DANA],
    }
    new = f"/dissents/new?decided={in_hex(on)}"
    async with before(ours, CAS) as (cas,):
        twice = await cas.post("/dissents", on=new, **fields)
        self_review = await cas.post(
            "/dissents", on=new, **{**fields, "reviewer_2": ours.members[CAS]}
        )
        empty = await cas.post("/dissents", on=new, **{**fields, "part": [" "]})
        elsewhere = await cas.post(
            "/dissents", on=new, **{**fields, "decided": "0" * 64}
        )
        lonely = await begins(ours, on)
        too_few = await cas.post(f"{lonely}/file", on=lonely)

    refused(twice, 422, "Two different people review a report.")
    assert WORDS in twice.text
    refused(self_review, 422, "Whoever writes a report does not review it.")
    refused(empty, 422, "“Part 1” is empty.")
    assert elsewhere.status_code in (404, 409)
    refused(too_few, 409, "1 signed it so far, and 2 have to.")
    assert reports_of(ours) == []


async def test_a_stranger_and_a_card_see_nothing_before_it_is_filed(
    council: Three,
) -> None:
    ours, other = council.houses
    on = a_decision(ours)
    page = await begins(ours, on)
    council.exchange(NOON)

    async with a_stranger(ours) as browser:
        draft = await browser.http.get(page)
        seen = await browser.get(f"/decisions/{in_hex(on)}")
    assert WORDS not in draft.text
    assert WORDS not in seen
    assert "Nobody has filed a minority report." in await _seen(
        ours, CAS, f"/decisions/{in_hex(on)}"
    )
    assert found_in(other, WORDS) == set()


async def test_an_assembly_that_voted_otherwise_dissents_by_its_own_decision(
    council: Three,
) -> None:
    ours, other = council.houses
    proposal = await proposes(council)
    page = f"/proposals/{in_hex(proposal)}"
    await elects(council)
    await instructs(council, proposal, must="for")
    no = three.mandates(council, other, proposal, "against", until=LATER)
    async with before(ours, DANA) as (dana,):
        done(await dana.post(f"{page}/vote", choice="for"))
    three.votes(other, no, proposal, "against", at=NOON)
    council.confer(NOON)
    council.confer(LATER)
    motion = adopts(ours, WORDS, at=LATER)
    async with before(ours, CHAIR, at=LATER) as (chair,):
        offered = await chair.get(page)
        strange = await chair.post(f"{page}/dissent", on=page, motion="another")
        done(await chair.post(f"{page}/dissent", on=page, motion=motion))
    council.exchange(LATER)

    assert "Our assembly does not agree" in offered
    async with a_stranger(other, at=LATER) as browser:
        said = text_of(await browser.get(page))
    [(_, fact)] = reports_of(ours)
    assert strange.status_code == 404
    assert fact.decision is not None
    assert "Harbour does not agree" in said
    assert WORDS in said
    with other.desk(LATER) as desk:
        data = bundle.export(desk, proposal)
    report = bundle.verify(data, council.compact.digest)
    assert report.exit_code == 0
    assert WORDS.encode() in data
    assert f"Harbour does not agree: {WORDS}" in report.as_text()


async def test_an_assembly_that_had_its_way_does_not_dissent(council: Three) -> None:
    ours, other = council.houses
    proposal = await proposes(council)
    page = f"/proposals/{in_hex(proposal)}"
    await elects(council)
    await instructs(council, proposal, must="against")
    yes = three.mandates(council, other, proposal, until=LATER)
    async with before(ours, DANA) as (dana,):
        done(await dana.post(f"{page}/vote", choice="against"))
    three.votes(other, yes, proposal, at=NOON)
    council.confer(NOON)
    council.confer(LATER)
    motion = adopts(ours, WORDS, at=LATER)

    async with before(ours, CHAIR, at=LATER) as (chair,):
        offered = await chair.get(page)
        refusal = await chair.post(f"{page}/dissent", on=page, motion=motion)

    assert "Our assembly does not agree" not in offered
    assert refusal.status_code == 403
    assert "Our seat did not vote otherwise" in text_of(refusal.text)
    # Another node does not believe one that says so all the same.
    with ours.desk(LATER) as desk:
        result = dissenting.confirmed(desk, chamber.proposal(desk, proposal))
        put = node.load(desk, f"motion:{motion}").put
        decision = clerk.published(desk, "Decision", put.ballot)
        assert result is not None
        false = MinorityReport(
            on=result,
            proposal=proposal,
            parts=(events.keep_wording(desk.connection, WORDS),),
            decision=decision,
        )
        clerk.publish(desk, "MinorityReport", vocabulary.wire(false))
    council.exchange(LATER)
    async with a_stranger(other, at=LATER) as browser:
        assert "does not agree" not in text_of(await browser.get(page))


async def test_what_a_minority_says_is_printed_with_the_result(council: Three) -> None:
    ours = council.houses[0]
    with ours.desk() as desk:
        notice = session.Notice(
            title=events.keep_wording(desk.connection, "November meeting"),
            kind="assembly",
            starts_at=NOON,
        )
        call = session.CallSession(
            session=SessionId("s1"), notice=notice, by=ours.members[0], at=NOON
        )
        node.perform(desk, "session:s1", call)
    await files(council)

    async with before(ours, CAS) as (cas,):
        printed = text_of(await cas.get("/sessions/s1/sheets/results"))

    assert f"A minority of Harbour {WORDS} {TARGETS}" in printed


async def test_members_put_a_report_beside_what_all_assemblies_decided(
    council: Three,
) -> None:
    ours, other = council.houses
    proposal = await proposes(council)
    page = f"/proposals/{in_hex(proposal)}"
    async with before(ours, CAS) as (cas,):
        too_early = await cas.get(page)
    council.confer(LATER)
    with ours.desk(LATER) as desk:
        result = dissenting.confirmed(desk, chamber.proposal(desk, proposal))
    assert result is not None
    new = f"/dissents/new?decided={in_hex(result)}&proposal={in_hex(proposal)}"
    async with before(ours, CAS, SECOND, at=LATER) as (cas, second):
        offered = await cas.get(page)
        fields: dict[str, str | list[str]] = {
            "once": "another-form",
            "decided": in_hex(result),
            "proposal": in_hex(proposal),
            "part": [WORDS],
            "reviewer_1": ours.members[DANA],
            "reviewer_2": ours.members[ELI],
        }
        of_another = {**fields, "once": "false", "decided": "0" * 64}
        wrong = await cas.post("/dissents", on=new, **of_another)
        draft = done(await cas.post("/dissents", on=new, **fields))
        done(await second.post(f"{draft}/sign", on=draft))
        done(await second.post(f"{draft}/file", on=draft))
    council.exchange(LATER)

    assert "You did not agree?" not in too_early
    assert f'href="{new.replace("&", "&amp;")}"' in offered
    refused(wrong, 409, "Nothing is decided together yet.")
    async with a_stranger(other, at=LATER) as browser:
        said = text_of(await browser.get(page))
    assert WORDS in said
    assert "A minority of Harbour" in said
    assert "Signed by 2 members, without their names." in said
    with other.desk(LATER) as desk:
        report = bundle.verify(bundle.export(desk, proposal), council.compact.digest)
    says = f"A minority of Harbour, 2 signed: {WORDS}"
    [(digest, _)] = reports_of(other)
    assert says in report.as_text()
    assert report.as_json()["minority_reports"] == [
        {
            "assembly": council.compact.members[0].assembly,
            "seq": place_of(other, council.compact.members[0].assembly, digest),
            "digest": digest,
            "signed": 2,
            "says": says,
        }
    ]


async def test_another_node_erases_only_what_the_reviewers_withheld(
    council: Three,
) -> None:
    ours, other = council.houses
    _, page = await files(council)
    [(_, fact)] = reports_of(other)

    def asks(part: int) -> str:
        request: JsonObject = {
            "id": f"{ours.config.base}/a/{part}",
            "type": "Delete",
            "actor": ours.config.group,
            "object": {
                "type": "Tombstone",
                "assemblyErased": fact.parts[part - 1],
                "assemblyReason": "person",
            },
        }
        with other.desk() as desk:
            return erasing.asked(desk, ours.config.group, request)

    before_it = asks(2)
    async with before(ours, DANA, ELI) as (dana, eli):
        for reviewer in (dana, eli):
            done(await reviewer.post(f"{page}/withhold", on=page, part="2"))
    council.exchange(NOON)

    assert before_it.startswith("kept: a minority says it")
    assert asks(1).startswith("kept: a minority says it")
    assert asks(2) == "text erased"
    assert found_in(other, TARGETS) == set()
    assert found_in(other, WORDS)
