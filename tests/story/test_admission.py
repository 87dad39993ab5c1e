"""One applies and is admitted by its meetings; another has 5,000 accounts and nothing.

Story T4, steps 4 and 5, over five nodes: three that decide together, one that would
join them, and one with thousands of scripted accounts and no evidence.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from activitypub import canonical, documents, signatures
from activitypub.canonical import JsonObject
from confederation import record
from confederation.confederal.council import State
from confederation.confederal.evidence import Standing
from confederation.confederal.legitimacy import STEPS
from confederation.identifiers import Commit, CompactId, Digest, SessionId
from confederation.record import MemberCount, Sitting
from instance import clerk, speech, vocabulary
from instance.confederal import evidence
from instance.desk import Desk
from instance.store import events
from instance.upkeep import keys
from tests.instance.amending import applies, seat_of
from tests.instance.elsewhere import an_account
from tests.instance.gone_wrong import AT_MOST, Valley, a_valley, in_hex, page
from tests.instance.house import House
from tests.instance.serving import now, until
from tests.instance.three import (
    act,
    an_entry,
    decides,
    proposes,
    the_key,
    the_record,
)
from tests.instance.wire import rows
from tests.links import Linked
from tests.story.following import follows, read_by
from tests.story.valley import another, changes, looks_up

ACCOUNTS = 5_000
WEEK = timedelta(days=7)
NIL = "is an observer: its weight is nil"


def test_meetings_that_were_visited_admit_and_thousands_of_accounts_do_not(
    tmp_path: Path,
) -> None:
    with a_valley(tmp_path) as three_:
        valley = another(three_, tmp_path, "weir")
        is_admitted_after_three_meetings(valley)
        five = another(three_, tmp_path, "dam", accounts=ACCOUNTS)
        is_not_upheld(five)
        forges_a_visit_in_vain(five)


def is_admitted_after_three_meetings(valley: Valley) -> None:
    _, quarry, mill, weir = valley.together.houses
    compact = valley.together.compact
    applies(valley.together, weir, at=now())
    for number in range(3):
        looks_up(valley, number, weir)

    sittings = [meets(weir, 0)]
    claims(valley, weir, *sittings)
    until(lambda: stands(valley, 0, weir).claim is not None, AT_MOST)

    first = stands(valley, 0, weir)
    assert first.state == "claimed"
    assert first.claim is not None
    assert not first.claim.holds
    assert [(gap.lack, gap.number) for gap in first.claim.gaps] == [("meetings", 1)]
    assert compact.seat_of(seat_of(weir).assembly) is None
    assert NIL in page(valley.nodes[0], evidence_page(valley, weir))

    sittings += [meets(weir, 1, residents=170), meets(weir, 2, residents=155)]
    claims(valley, weir, *sittings)
    visits(valley, quarry, weir, "s1")
    visits(valley, mill, weir, "s2")
    until(lambda: stands(valley, 0, weir).state == "attested", AT_MOST)
    until(lambda: len(stands(valley, 0, weir).visits) == 2, AT_MOST)

    later = stands(valley, 0, weir)
    assert later.claim is not None
    assert later.claim.holds
    assert later.claim.figure == 160
    assert later.adds_up
    members = (*compact.members, seat_of(weir))
    changed = changes(valley, members, votes_=(0, 1, 2))
    assert changed.together.compact.seat_of(seat_of(weir).assembly) == 3
    for node in valley.nodes[:3]:
        shown = page(node, evidence_page(changed, weir))
        assert "has a seat" in shown
        assert NIL not in shown


def is_not_upheld(valley: Valley) -> None:
    harbour, quarry, mill, dam = valley.together.houses
    identity = CompactId(valley.together.compact.identity)
    [(members,)] = rows(valley.nodes[3], "select count(*) from person")
    assert members == ACCOUNTS + len(dam.members)
    applies(valley.together, dam, at=now())
    for number in range(3):
        looks_up(valley, number, dam)
    with an_account() as reader:
        follows(reader, dam)
        posted = boasts(dam, identity)
        until(lambda: "Very many." in read_by(reader), AT_MOST)
    pushed = proposes(valley.together, dam, at=now(), opens=now(), closes=now() + WEEK)
    until(lambda: holds(valley.nodes[0], pushed), AT_MOST)
    until(lambda: stands(valley, 0, dam).claim is not None, AT_MOST)

    # It is there to be read, and it is nobody's word.
    assert "We are many" in page(valley.nodes[0], f"/entries/{in_hex(posted)}")
    seen = stands(valley, 0, dam)
    assert seen.claim is not None
    assert (seen.claim.figure, seen.claim.holds, seen.adds_up) == (None, False, False)
    assert NIL in page(valley.nodes[0], evidence_page(valley, dam))
    assert counts_for_nothing(valley, pushed)

    decision, accused = decides(quarry, at=now()), seat_of(dam).assembly
    with quarry.desk(now()) as desk:
        evidence.challenge(
            desk,
            identity,
            accused,
            criterion="existence",
            grounds=said(desk, "Nobody has ever seen a meeting."),
            reply_by=now() + 3 * WEEK,
            decision=decision,
        )
        clerk.publish_ready(desk)
    for number in (0, 2, 3):
        until(lambda n=number: stands(valley, n, dam).challenges, AT_MOST)
    [challenged] = stands(valley, 0, dam).challenges
    assert challenged.course == "waits for the reply"
    challenge = challenged.entry.digest
    with dam.desk(now()) as desk:
        evidence.reply(desk, identity, challenge, said(desk, "Count us: 5,000."))
        clerk.publish_ready(desk)
    until(lambda: stands(valley, 1, dam).challenges[0].reply is not None, AT_MOST)
    with quarry.desk(now()) as desk:
        evidence.open_lot(desk, identity, challenge)
        clerk.publish_ready(desk)
    for number in (0, 2):
        until(lambda n=number: stands(valley, n, dam).challenges[0].panel, AT_MOST)
    # All but the one that challenged were drawn: there are no more.
    drawn = {*stands(valley, 0, dam).challenges[0].panel}
    assert drawn >= {seat_of(harbour).assembly, seat_of(mill).assembly}
    assert not drawn & {seat_of(quarry).assembly, accused}
    for house in (harbour, mill):
        agreed = decides(house, at=now())
        with house.desk(now()) as desk:
            evidence.judge(
                desk, identity, challenge, upheld=False, reason=None, decision=agreed
            )
            clerk.publish_ready(desk)

    for number in range(3):
        until(lambda n=number: stands(valley, n, dam).state == "not upheld", AT_MOST)
    assert "Not upheld" in page(valley.nodes[0], evidence_page(valley, dam))
    assert counts_for_nothing(valley, pushed)


def forges_a_visit_in_vain(valley: Valley) -> None:
    """Bring, as the fake one, a visit of B to its own meeting, by B's name alone."""
    _, quarry, _, dam = valley.together.houses
    node = valley.nodes[0]
    visit = record.Visit(
        compact=CompactId(valley.together.compact.identity),
        of=seat_of(dam).assembly,
        session=SessionId("d1"),
        confirms=True,
        decision=Digest(valley.together.compact.identity),
    )
    forged = an_entry(
        quarry,
        "Visit",
        vocabulary.wire(visit),
        after=the_record(quarry)[-1],
        key=the_key(dam, keys.RECORD_KEY),
    )

    brings(dam, node, valley.together.houses[0], forged)

    said = """
        select outcome from received
         where actor = :dam and cast(body as text) like '%"Visit"%'
           and outcome is not null
    """
    until(lambda: rows(node, said, dam=dam.config.group) != [], AT_MOST)
    [(outcome,)] = rows(node, said, dam=dam.config.group)
    assert "not signed with its assembly's record key" in outcome
    assert not holds(node, canonical.digest(forged))
    assert stands(valley, 0, dam).visits == ()


def meets(house: House, number: int, residents: int = 160) -> Sitting:
    """Hold a meeting of which two tellers counted who was present."""
    session, held = SessionId(f"s{number}"), now() - (3 - number) * WEEK
    present = residents + 20
    counted = record.Electorate(
        session=session, present=present, members=present, basis="cards"
    )
    electorate = act(house, counted, subject=f"{session} {present}", at=now())
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


def claims(valley: Valley, house: House, *sittings: Sitting) -> None:
    with house.desk(now()) as desk:
        evidence.claim(desk, CompactId(valley.together.compact.identity), sittings)
        clerk.publish_ready(desk)


def visits(valley: Valley, house: House, of: House, session: str) -> None:
    decision = decides(house, at=now())
    with house.desk(now()) as desk:
        evidence.visit(
            desk,
            CompactId(valley.together.compact.identity),
            seat_of(of).assembly,
            SessionId(session),
            confirms=True,
            present=150,
            decision=decision,
        )
        clerk.publish_ready(desk)


def boasts(house: House, identity: CompactId) -> Digest:
    """Say of thousands that they are members, and that they met; return a post's."""
    with house.desk(now()) as desk:
        clerk.publish(
            desk, "MemberCount", vocabulary.wire(MemberCount(members=ACCOUNTS))
        )
        issue = record.Issue(
            title=said(desk, "We are many"), what=said(desk, "Very many.")
        )
        posted = clerk.publish(desk, "Issue", vocabulary.wire(issue)).digest
        boast = record.Legitimacy(
            compact=identity,
            criteria=Digest(identity),
            sittings=tuple(
                Sitting(
                    session=SessionId(f"d{number}"),
                    held=now() - WEEK,
                    present=ACCOUNTS,
                    residents=ACCOUNTS,
                )
                for number in range(3)
            ),
            figure=ACCOUNTS,
            holds=True,
        )
        clerk.publish(desk, "Legitimacy", vocabulary.wire(boast))
    return posted


def said(desk: Desk, text: str) -> Commit:
    return events.keep_wording(desk.connection, text, public=True)


def stands(valley: Valley, number: int, of: House) -> Standing:
    """Say how a claim stands as far as one of the nodes knows."""
    whose, identity = seat_of(of).assembly, valley.together.compact.identity
    with valley.together.houses[number].desk(now()) as desk:
        return evidence.standing(desk, identity, whose)


def evidence_page(valley: Valley, of: House) -> str:
    compact = in_hex(valley.together.compact.digest)
    return f"/compacts/{compact}/evidence/{in_hex(seat_of(of).assembly)}"


def holds(node: Linked, digest: Digest | str) -> bool:
    """Whether anybody can get an entry from a node by its digest."""
    return httpx.get(f"{node.base}/mirror/sha256/{in_hex(digest)}").status_code == 200


def counts_for_nothing(valley: Valley, proposal: Digest) -> bool:
    """Whether nobody but who made it has said anything of a proposal."""
    seen = valley.sees(valley.together.houses[0], proposal)
    assert seen is not None
    members = {seat.assembly for seat in valley.together.compact.members}
    return seen.state is State.DRAFT and not members.intersection(seen.opened_by)


def brings(house: House, node: Linked, to: House, document: JsonObject) -> None:
    """Send a document to an inbox as an assembly's node does, signed with its key."""
    group = house.config.group
    activity: JsonObject = {
        "@context": documents.AS2,
        "id": f"{group}/brought/1",
        "type": "Create",
        "actor": group,
        "to": [to.config.group],
        "object": document,
    }
    with house.desk(now()) as desk:
        signer = speech.signer(desk, group)
    assert signer is not None
    body = documents.encode(activity)
    inbox = urlsplit(f"{to.config.group}/inbox")
    headers = signatures.sign(
        signer,
        method="POST",
        host=inbox.netloc,
        target=inbox.path,
        now=datetime.now(UTC),
        body=body,
        content_type=documents.ACTIVITY_JSON,
    )
    answer = httpx.post(inbox.geturl(), content=body, headers=dict(headers), timeout=60)
    assert answer.status_code == 202, answer.text
