"""A mandate is offered and answered, and binds by its entry whatever is answered."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from activitypub import canonical
from activitypub.canonical import JsonObject
from activitypub.errors import NotAuthentic
from confederation import record
from confederation.identifiers import ActorId, CompactId, Digest
from confederation.record import Mandate
from instance import archive, clerk, reception, vocabulary
from instance.store import inbound, records
from instance.web.confederal import mandates as pages
from instance.web.confederal.mandates import CHECKED, IN_FORCE, TAKEN_ON
from tests.instance.elsewhere import SAM, TOM, Account, an_account
from tests.instance.house import NOON, House
from tests.instance.outcomes import DURING, adopted, says
from tests.instance.serving import Serving, free_port, until
from tests.instance.three import (
    OPENS,
    Delegate,
    Three,
    a_compact,
    act,
    decides,
    keep_compact,
    mandates,
    proposes,
    recalls,
    three,
)
from tests.instance.wire import outcome


def sent(house: House, kind: str) -> list[tuple[str, Any]]:
    """Return what waits to be delivered, with the inbox that it is for."""
    with house.desk() as desk:
        rows = desk.connection.execute(
            "select inbox, body from delivery"
            " join activity on activity.id = delivery.activity"
            " where activity.type = ? order by inbox",
            [kind],
        ).fetchall()
    return [(row["inbox"], canonical.read(row["body"].encode())) for row in rows]


def inboxes(*houses: House) -> list[str]:
    return [f"{house.config.group}/inbox" for house in houses]


def given_elsewhere(together: Three, holder: Account = SAM) -> Delegate:
    """Bind somebody whose actor is on another server."""
    house = together.houses[0]
    proposal = proposes(together, house)
    at_home = mandates(together, house, proposal)
    with house.desk() as desk:
        inbound.keep_remote_actor(
            desk.connection,
            holder.id,
            document=holder.document,
            learned_at=desk.seconds,
            asked_at=desk.seconds,
        )
        row = records.entry(desk.connection, at_home.mandate)
        assert row is not None
        fact = archive.read(desk, row).fact
    assert isinstance(fact, Mandate)
    elected = record.Election(
        compact=CompactId(together.compact.identity),
        holder=ActorId(holder.id),
        alternate=None,
        decision=decides(house),
    )
    election = act(house, elected, subject="Sam", at=NOON)
    given = replace(
        fact, holder=ActorId(holder.id), election=election, supersedes=at_home.mandate
    )
    digest = act(house, given, subject="Sam's", at=NOON)
    return replace(at_home, holder=ActorId(holder.id), mandate=digest)


def hear(house: House, actor: str, activity: JsonObject) -> str:
    with house.desk(OPENS) as desk:
        return reception.deal_with(desk, actor, activity).says


def answer(account: Account, kind: str, offer: str, reason: str = "") -> JsonObject:
    return {
        "id": account.new_id(),
        "type": kind,
        "actor": account.id,
        "object": offer,
        "content": reason,
    }


def page_of(house: House, mandate: Digest) -> pages.MandatePage:
    with house.desk(OPENS) as desk:
        return pages.view(desk, mandate)


def test_a_mandate_is_offered_to_its_holder_with_the_entry_that_binds(
    together: Three,
) -> None:
    house = together.houses[0]

    delegate = given_elsewhere(together)

    [(inbox, offer)] = sent(house, "Offer")
    assert inbox == SAM.document["inbox"]
    assert offer["actor"] == house.config.group
    assert offer["to"] == [SAM.id]
    assert canonical.digest(offer["object"]) == delegate.mandate


def test_what_the_holder_answers_stands_beside_the_mandate_and_binds_nobody(
    together: Three,
) -> None:
    house = together.houses[0]
    delegate = given_elsewhere(together)
    [(_, offer)] = sent(house, "Offer")
    before = page_of(house, delegate.mandate)

    hear(house, SAM.id, answer(SAM, "Accept", offer["id"]))
    accepted = page_of(house, delegate.mandate)
    hear(house, SAM.id, answer(SAM, "Reject", offer["id"], "<p>Ill &amp; tired.</p>"))
    refused = page_of(house, delegate.mandate)

    assert before.taken_on is None
    assert accepted.taken_on == pages.Taken(says=TAKEN_ON[True], reason="")
    assert refused.taken_on == pages.Taken(says=TAKEN_ON[False], reason="Ill & tired.")
    assert refused.state == before.state == IN_FORCE


def test_an_offer_is_answered_over_http_by_its_holder_alone(tmp_path: Path) -> None:
    port = free_port()
    together = three(tmp_path, ports=(port, 8002, 8003))
    house = together.houses[0]
    node = Serving(house.config.directory, port)
    inbox = f"{house.config.group}/inbox"
    with an_account() as sam, an_account() as tom:
        delegate = given_elsewhere(together, sam)
        node.start()
        try:
            until(lambda: sam.of_type("Offer"))
            [offer] = sam.of_type("Offer")
            told = []
            for who, kind in ((tom, "Reject"), (sam, "Reject"), (sam, "Accept")):
                said = answer(who, kind, offer["id"], "Ill")
                assert who.send(inbox, said).status_code == 202
                until(lambda said=said: outcome(node, said))
                told.append(page_of(house, delegate.mandate).taken_on)
        finally:
            node.stop()

    assert told == [
        None,
        pages.Taken(says=TAKEN_ON[False], reason="Ill"),
        pages.Taken(says=TAKEN_ON[True], reason="Ill"),
    ]


def test_nobody_answers_a_mandate_that_was_offered_to_another(
    together: Three,
) -> None:
    house = together.houses[0]
    delegate = given_elsewhere(together)
    [(_, offer)] = sent(house, "Offer")

    with pytest.raises(NotAuthentic, match="Only whoever a mandate is offered to"):
        hear(house, TOM.id, answer(TOM, "Reject", offer["id"]))

    assert page_of(house, delegate.mandate).taken_on is None


def test_a_recall_takes_the_offer_back_for_the_holder_and_for_every_member(
    together: Three,
) -> None:
    house, *others = together.houses
    delegate = given_elsewhere(together)
    [(_, offer)] = sent(house, "Offer")

    recalls(house, delegate)

    undone = [
        inbox
        for inbox, each in sent(house, "Undo")
        if each["object"]["id"] == offer["id"]
    ]
    assert undone == sorted([str(SAM.document["inbox"]), *inboxes(*others)])
    removed = sent(house, "Remove")
    assert [inbox for inbox, _ in removed] == sorted(inboxes(*others))
    assert {each["object"] for _, each in removed} == {SAM.id}
    assert hear(house, SAM.id, answer(SAM, "Accept", offer["id"])) == (
        "ignored: that mandate was taken back"
    )


def test_a_later_mandate_takes_back_the_offer_of_the_one_before(
    together: Three,
) -> None:
    house = together.houses[0]

    delegate = given_elsewhere(together)

    undone = sent(house, "Undo")
    [(_, offer)] = sent(house, "Offer")
    [taken_back] = {each["object"]["id"] for _, each in undone}
    assert taken_back != offer["id"]
    assert page_of(house, delegate.mandate).state == IN_FORCE


def test_every_node_says_of_the_mandates_of_others_whether_it_accepts_them(
    together: Three,
) -> None:
    house, *others = together.houses
    proposal = proposes(together, house)
    delegate = mandates(together, house, proposal)

    together.confer(OPENS)
    together.confer(OPENS)

    for each in others:
        [(inbox, said)] = sent(each, "Accept")
        assert inbox == f"{house.config.group}/inbox"
        assert said["object"]["type"] == "Mandate"
        assert hear(house, each.config.group, said) == "mandate accepted there"
    shown = page_of(house, delegate.mandate).others
    assert sorted(each.by.name for each in shown) == ["Mill", "Quarry"]
    assert {each.state for each in shown} == {CHECKED[True]}


def test_a_node_that_refuses_a_mandate_names_the_rule(together: Three) -> None:
    house, quarry, _ = together.houses
    proposal = proposes(together, house)
    delegate = mandates(together, house, proposal)
    with house.desk() as desk:
        row = records.entry(desk.connection, delegate.mandate)
        assert row is not None
        fact = archive.read(desk, row).fact
        alone = clerk.publish(desk, "Mandate", vocabulary.wire(fact))

    together.confer(OPENS)

    [(_, said)] = sent(quarry, "Reject")
    hear(house, quarry.config.group, said)
    [shown] = page_of(house, alone.digest).others
    assert shown.state == CHECKED[False]
    assert shown.reason == page_of(house, alone.digest).lacks
    assert shown.reason


def test_only_fellow_members_are_shown_beside_a_mandate(together: Three) -> None:
    house = together.houses[0]
    delegate = mandates(together, house, proposes(together, house))
    with house.desk() as desk:
        row = records.entry(desk.connection, delegate.mandate)
        assert row is not None
        id = str(canonical.read(bytes(row["body"]))["id"])

        # We keep the record of this one, which has no seat in the compact.
        records.keep_assembly(
            desk.connection, f"sha256:{'0' * 64}", address=TOM.id, key="z6Mk"
        )

    stranger = hear(house, SAM.id, answer(SAM, "Reject", id, "No"))
    neighbour = hear(house, TOM.id, answer(TOM, "Reject", id, "No"))

    assert stranger == neighbour == "ignored: no fellow member says this"
    assert page_of(house, delegate.mandate).others == ()


def test_nobody_judges_a_mandate_in_a_compact_that_is_not_theirs(
    together: Three,
) -> None:
    house, quarry, mill = together.houses
    document = a_compact(together.compact.members[1:])
    for each in together.houses:
        with each.desk() as desk:
            keep_compact(desk, document)
    theirs = replace(together, compact=vocabulary.read_compact(document))
    mandates(theirs, quarry, proposes(theirs, quarry))

    together.confer(OPENS)

    assert sent(house, "Accept") == sent(house, "Reject") == []
    [(inbox, _)] = sent(mill, "Accept")
    assert inbox == f"{quarry.config.group}/inbox"


def test_a_mandate_that_is_over_is_answered_by_nobody(together: Three) -> None:
    house, quarry, _ = together.houses
    recalls(house, mandates(together, house, proposes(together, house)), at=NOON)

    together.confer(OPENS)

    assert sent(quarry, "Accept") == []


def test_an_assembly_tells_the_others_that_it_ratifies_or_does_not(
    together: Three,
) -> None:
    house, quarry, mill = together.houses
    proposal = adopted(together)

    yes = says(house, proposal)
    no = says(quarry, proposal, "rejected")
    together.confer(DURING)

    ratified = [
        (inbox, each)
        for inbox, each in sent(house, "Accept")
        if each["object"]["type"] == "Decision"
    ]
    refused = sent(quarry, "Reject")
    assert [inbox for inbox, _ in ratified] == sorted(inboxes(quarry, mill))
    assert [inbox for inbox, _ in refused] == sorted(inboxes(house, mill))
    for giver, digest, said in (
        (house, yes, ratified[0][1]),
        (quarry, no, refused[0][1]),
    ):
        with giver.desk() as desk:
            row = records.entry(desk.connection, digest)
            assert row is not None
            assert said["object"]["id"] == canonical.read(bytes(row["body"]))["id"]


def test_whoever_hears_of_a_ratification_reads_the_record_and_believes_nothing_else(
    together: Three,
) -> None:
    house, quarry, _ = together.houses
    decision: JsonObject = {
        "id": f"{quarry.config.group}/r/3",
        "type": "Decision",
        "attributedTo": quarry.config.group,
    }
    said = {**answer(SAM, "Accept", ""), "object": decision}

    our_own = {**decision, "attributedTo": house.config.group}
    others = [
        hear(house, SAM.id, said),
        hear(house, together.houses[2].config.group, said),
        hear(house, house.config.group, {**said, "object": our_own}),
    ]
    with house.desk() as desk:
        unmoved = records.behind(desk.connection)
    fellow = hear(house, quarry.config.group, said)

    assert set(others) == {"ignored: no fellow member says this"}
    assert not unmoved
    assert fellow == "its record is asked for"
    with house.desk() as desk:
        assert records.behind(desk.connection)
