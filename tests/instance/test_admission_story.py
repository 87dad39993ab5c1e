"""One applies with one meeting of three and is admitted; a fake one is not upheld.

Five real nodes: three that decide together, one that would join them, and one with
thousands of accounts and nothing behind them.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from activitypub.errors import NotAuthentic
from confederation import record
from confederation.compact import Compact
from confederation.council import State
from confederation.evidence import Standing
from confederation.identifiers import ActorId, CompactId, Digest, SessionId
from confederation.legitimacy import STEPS
from confederation.record import Sitting
from instance import archive, chamber, clerk, evidence, keys, openings, vocabulary
from instance.store import events, records
from instance.web.evidence import hosts
from tests.instance.amending import (
    a_newcomer,
    adopted,
    applies,
    following,
    introduce,
    seat_of,
)
from tests.instance.house import NOON, House
from tests.instance.three import (
    OPENS,
    Three,
    act,
    an_entry,
    decides,
    proposes,
    the_key,
    the_record,
    three,
)

WEEK = timedelta(days=7)
ADMITTED = NOON + timedelta(days=21)


@pytest.fixture
def together(tmp_path: Path) -> Three:
    return three(tmp_path)


def meets(house: House, number: int, residents: int = 160) -> Sitting:
    """Hold a meeting of which two tellers counted who was present."""
    session, held = SessionId(f"s{number}"), NOON + number * WEEK
    present = residents + 20
    counted = record.Electorate(
        session=session, present=present, members=present, basis="cards"
    )
    electorate = act(house, counted, subject=f"{session} {present}", at=held)
    return Sitting(
        session=session,
        held=held,
        electorate=electorate,
        present=present,
        residents=residents,
        basis="cards",
        steps=dict.fromkeys(STEPS, True),
        countersigned=2,
    )


def claims(house: House, compact: Compact, *sittings: Sitting, at: datetime) -> None:
    with house.desk(at) as desk:
        evidence.claim(desk, CompactId(compact.identity), sittings)
        clerk.publish_ready(desk)


def visits(
    house: House, compact: Compact, of: House, session: str, *, at: datetime
) -> None:
    decision = decides(house, at=at)
    visited = seat_of(of).assembly
    with house.desk(at) as desk:
        evidence.visit(
            desk,
            CompactId(compact.identity),
            visited,
            SessionId(session),
            confirms=True,
            present=150,
            decision=decision,
        )
        clerk.publish_ready(desk)


def stands(house: House, compact: Compact, of: House, *, at: datetime) -> Standing:
    claimed = seat_of(of).assembly
    with house.desk(at) as desk:
        return evidence.standing(desk, compact.identity, claimed)


def test_one_of_three_meetings_makes_an_observer_and_three_with_visits_a_member(
    together: Three, tmp_path: Path
) -> None:
    weir = a_newcomer(tmp_path)
    compact = together.compact
    four = introduce(together, weir)
    harbour, quarry, mill = together.houses
    applies(four, weir)

    sittings = [meets(weir, 0)]
    claims(weir, compact, *sittings, at=OPENS)
    four.exchange(OPENS)
    first = stands(harbour, compact, weir, at=OPENS)

    assert first.state == "claimed"
    assert first.claim is not None
    assert not first.claim.holds
    assert [(gap.lack, gap.number) for gap in first.claim.gaps] == [("meetings", 1)]
    assert compact.seat_of(seat_of(weir).assembly) is None

    sittings += [meets(weir, 1, residents=170), meets(weir, 2, residents=155)]
    claims(weir, compact, *sittings, at=ADMITTED)
    visits(quarry, compact, weir, "s1", at=ADMITTED)
    visits(mill, compact, weir, "s2", at=ADMITTED)
    four.exchange(ADMITTED)
    later = stands(harbour, compact, weir, at=ADMITTED)

    assert later.state == "attested"
    assert later.claim is not None
    assert later.claim.holds
    assert later.claim.figure == 160
    assert later.adds_up

    members = (*compact.members, seat_of(weir))
    changed = adopted(four, following(compact, members=members), at=ADMITTED)
    for house in changed.houses:
        with house.desk(ADMITTED + WEEK) as desk:
            line = chamber.lineage(desk, compact.identity)
        assert line is not None
        assert line.newest.seat_of(seat_of(weir).assembly) == 3


def test_five_thousand_accounts_weigh_nothing_and_are_not_upheld(
    together: Three, tmp_path: Path
) -> None:
    dam = a_newcomer(tmp_path, slug="dam", port=8005)
    harbour, quarry, mill = together.houses
    compact = together.compact
    five = introduce(together, dam)
    applies(five, dam)
    with dam.desk() as desk:
        crowd = record.MemberCount(members=5000)
        clerk.publish(desk, "MemberCount", vocabulary.wire(crowd))
        issue = record.Issue(
            title=events.keep_wording(desk.connection, "We are many", public=True),
            what=events.keep_wording(desk.connection, "Very many.", public=True),
        )
        posted = clerk.publish(desk, "Issue", vocabulary.wire(issue)).digest
        boast = record.Legitimacy(
            compact=CompactId(compact.identity),
            criteria=Digest(compact.identity),
            sittings=tuple(
                Sitting(
                    session=SessionId(f"d{number}"),
                    held=NOON,
                    present=5000,
                    residents=5000,
                )
                for number in range(3)
            ),
            figure=5000,
            holds=True,
        )
        clerk.publish(desk, "Legitimacy", vocabulary.wire(boast))
    pushed = proposes(together, dam)
    five.confer(OPENS)

    seen = stands(harbour, compact, dam, at=OPENS)
    assert seen.claim is not None
    assert (seen.claim.figure, seen.claim.holds, seen.adds_up) == (None, False, False)
    assert together.standing(harbour, pushed, OPENS).state is State.DRAFT
    with harbour.desk(OPENS) as desk:
        row = records.entry(desk.connection, posted)
        assert row is not None
        assert openings.documents(desk, {"title": issue.title})

    reply_by = OPENS + timedelta(days=20)
    decision = decides(quarry, at=OPENS)
    accused = seat_of(dam).assembly
    with quarry.desk(OPENS) as desk:
        evidence.challenge(
            desk,
            CompactId(compact.identity),
            accused,
            criterion="existence",
            grounds=events.keep_wording(
                desk.connection, "Nobody has ever seen a meeting.", public=True
            ),
            reply_by=reply_by,
            decision=decision,
        )
        clerk.publish_ready(desk)
    five.exchange(OPENS)
    [challenged] = stands(harbour, compact, dam, at=OPENS).challenges
    assert challenged.course == "waits for the reply"
    with quarry.desk(reply_by) as desk:
        evidence.open_lot(desk, CompactId(compact.identity), challenged.entry.digest)
        clerk.publish_ready(desk)
    five.exchange(reply_by)
    [drawn] = stands(mill, compact, dam, at=reply_by).challenges
    assert {*drawn.panel} == {seat_of(harbour).assembly, seat_of(mill).assembly}
    for house in (harbour, mill):
        agreed = decides(house, at=reply_by)
        with house.desk(reply_by) as desk:
            evidence.judge(
                desk,
                CompactId(compact.identity),
                drawn.entry.digest,
                upheld=False,
                reason=None,
                decision=agreed,
            )
            clerk.publish_ready(desk)
    five.exchange(reply_by)

    for house in together.houses:
        assert stands(house, compact, dam, at=reply_by).state == "not upheld"
    assert together.standing(harbour, pushed, OPENS).state is State.DRAFT


def test_a_forged_attestation_is_refused_by_its_signature(
    together: Three, tmp_path: Path
) -> None:
    dam = a_newcomer(tmp_path, slug="dam", port=8005)
    harbour, quarry, _ = together.houses
    compact = together.compact
    introduce(together, dam)
    visit = record.Visit(
        compact=CompactId(compact.identity),
        of=seat_of(dam).assembly,
        session=SessionId("d1"),
        confirms=True,
        decision=Digest(compact.identity),
    )
    forger = the_key(dam, keys.RECORD_KEY)

    forged = an_entry(
        quarry,
        "Visit",
        vocabulary.wire(visit),
        after=the_record(quarry)[-1],
        key=forger,
    )

    with harbour.desk() as desk, pytest.raises(NotAuthentic):
        archive.file(desk, forged)
    seen = stands(harbour, compact, dam, at=OPENS)
    assert seen.visits == ()


def test_assemblies_on_one_host_are_shown_as_such(
    together: Three, tmp_path: Path
) -> None:
    first, second, third = together.compact.members
    crowded = replace(second, address=ActorId(f"{first.address}-2"))
    compact = replace(
        together.compact, members=(first, crowded, third), digest=Digest(first.assembly)
    )

    with a_newcomer(tmp_path).desk() as desk:
        shared = hosts(desk, compact)

    assert list(shared.values()) == [(first.assembly, crowded.assembly)]
