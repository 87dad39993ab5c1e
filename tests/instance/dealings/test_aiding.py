"""What others send of needs, offers and agreements is taken from their authors alone.

The shapes are those of FEP-0837 as Mitra 5.8 writes them: a quantity is a string, an
acceptance names the Offer by its id, and an agreement says in a preview how it stands.
"""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from activitypub import canonical, reading
from activitypub.canonical import JsonObject, JsonValue
from activitypub.errors import Malformed, NotAuthentic
from confederation.dealings import aid as aids
from confederation.dealings import pledge as pledges
from confederation.dealings.aid import PostAid
from confederation.identifiers import AidId, MemberId, PledgeId
from instance import node, speech
from instance.dealings import aiding
from instance.fediverse import lookup, moderation
from instance.fediverse.judgement import Severity
from instance.store import aid as store
from instance.store import events, inbound, posts
from tests.instance.elsewhere import SAM, TOM, Account
from tests.instance.heard import Heard
from tests.instance.house import House, a_house, found

VALUEFLOWS: JsonObject = {
    "vf": "https://w3id.org/valueflows/ont/vf#",
    "om2": "http://www.ontology-of-units-of-measure.org/resource/om-2/",
    "Agreement": "vf:Agreement",
    "stipulates": "vf:stipulates",
    "stipulatesReciprocal": "vf:stipulatesReciprocal",
    "Commitment": "vf:Commitment",
    "satisfies": "vf:satisfies",
    "resourceQuantity": "vf:resourceQuantity",
    "hasUnit": "om2:hasUnit",
    "hasNumericalValue": "om2:hasNumericalValue",
}
SAID_IN: dict[str, JsonValue] = {
    "@context": ["https://www.w3.org/ns/activitystreams", VALUEFLOWS]
}
NEED = AidId("0" * 28)
PLEDGE = PledgeId("1" * 28)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return a_house(tmp_path_factory.mktemp("aiding"))


@pytest.fixture
def harbour(house: House, tmp_path: Path) -> Iterator[Heard]:
    """Give a node that needs four pumps, and knows Sam and Tom."""
    copied = tmp_path / "harbour"
    shutil.copytree(house.config.directory, copied)
    moved = replace(house, config=replace(house.config, directory=copied))
    with moved.desk() as desk:
        for account in (SAM, TOM):
            inbound.keep_remote_actor(
                desk.connection,
                account.id,
                document=account.document,
                learned_at=desk.seconds,
                asked_at=desk.seconds,
            )
        found(house, desk)
        command = PostAid(
            aid=NEED,
            purpose="request",
            title=events.keep_wording(desk.connection, "Water pumps"),
            more=events.keep_wording(desk.connection, "The cellars are full."),
            unit="one",
            quantity="4",
            minimum="1",
            place=events.keep_wording(desk.connection, "Quay Lane"),
            theme="flood",
            until=None,
            by=house.members[0],
            at=desk.now,
        )
        aiding.post(desk, command)
        yield Heard(desk=desk)


def somebody(harbour: Heard) -> MemberId:
    """Return a member of the assembly."""
    return min(node.assembly_here(harbour.desk).members)


def need(harbour: Heard) -> str:
    return aiding.post_of(harbour.desk, NEED)


def quantity(value: str, unit: str = "one") -> JsonObject:
    return {"hasUnit": unit, "hasNumericalValue": value}


def an_agreement(satisfies: str, much: JsonValue) -> JsonObject:
    return {
        "type": "Agreement",
        "stipulates": {
            "type": "Commitment",
            "satisfies": satisfies,
            "resourceQuantity": much,
        },
    }


def offers(
    harbour: Heard, account: Account, value: str = "3", **changed: JsonValue
) -> str:
    what = an_agreement(f"{need(harbour)}#primary", quantity(value))
    clerk = speech.address(harbour.desk, speech.clerk_path(harbour.desk))
    return harbour.hear(
        account,
        "Offer",
        {**what, **changed},
        to=clerk,
        **SAID_IN,
    )


def state(harbour: Heard) -> aids.State:
    stands: aids.State = node.load(harbour.desk, f"aid:{NEED}")
    return stands


def accepts(harbour: Heard) -> str:
    """Accept what was offered first; return the address of the agreement."""
    first = state(harbour).agreements[0].id
    aiding.accept(harbour.desk, NEED, first, somebody(harbour))
    return aiding.agreement_address(harbour.desk, NEED, first)


def their_need(
    account: Account, *, available: str = "40", **changed: JsonValue
) -> JsonObject:
    id = f"{account.base}/proposals/1"
    return {
        "id": id,
        "type": "Proposal",
        "attributedTo": account.id,
        "name": "Sandbags",
        "purpose": "request",
        "published": "2026-11-22T11:00:00Z",
        "publishes": {
            "type": "Intent",
            "id": f"{id}#primary",
            "action": "transfer",
            "resourceQuantity": quantity("40"),
            "availableQuantity": quantity(available),
        },
        "unitBased": False,
        "to": "https://www.w3.org/ns/activitystreams#Public",
        "cc": "http://127.0.0.1:8001/g/harbour",
        **changed,
    }


def pledged(harbour: Heard, account: Account = SAM) -> str:
    """Offer three sandbags on what somebody needs; return the id of our Offer."""
    harbour.hear(account, "Create", their_need(account))
    [there] = store.open_ones(harbour.desk.connection, now="2026-11-22T12:00:00Z")
    aiding.offer(harbour.desk, PLEDGE, there, "3", somebody(harbour))
    return aiding.activity_of(harbour.desk, PLEDGE)


def accepted(account: Account, value: str = "3") -> JsonObject:
    """Return the agreement that whoever needs something answers with."""
    id = f"{account.base}/objects/agreements/1"
    much = an_agreement(f"{account.base}/proposals/1#primary", quantity(value))
    return {
        **much,
        "id": id,
        "attributedTo": account.id,
        "preview": {"type": "Note", "name": "Open"},
    }


def pledge(harbour: Heard) -> pledges.State:
    stands: pledges.State = node.load(harbour.desk, f"pledge:{PLEDGE}")
    return stands


# What we post


def test_a_need_is_a_post_that_people_read_with_the_intent_inside(
    harbour: Heard,
) -> None:
    note = harbour.get(need(harbour))

    assert note["type"] == "Note"
    assert "We need: Water pumps" in note["content"]
    assert "4 pieces · Quay Lane" in note["content"]
    assert note["purpose"] == "request"
    assert note["publishes"]["type"] == "Intent"
    assert note["publishes"]["id"] == f"{note['id']}#primary"
    assert note["publishes"]["resourceQuantity"] == quantity("4")
    assert "reciprocal" not in note
    terms = next(each for each in note["@context"] if isinstance(each, dict))
    assert terms["publishes"] == "vf:publishes"


def test_it_says_what_is_left_once_something_is_agreed(harbour: Heard) -> None:
    offers(harbour, SAM)
    before = harbour.get(need(harbour))
    assert before["publishes"]["availableQuantity"] == quantity("4")

    accepts(harbour)

    note = harbour.get(need(harbour))
    assert note["publishes"]["availableQuantity"] == quantity("1")
    assert "1 piece left" in note["content"]
    assert note["updated"] > before["published"]


def test_a_marketplace_reads_the_need_as_a_proposal_of_its_own(harbour: Heard) -> None:
    note = harbour.get(need(harbour))
    [link] = [each for each in note["tag"] if each["type"] == "Link"]

    proposal = harbour.get(link["href"])

    assert link["rel"] == "https://w3id.org/valueflows/ont/vf#Proposal"
    assert (proposal["type"], proposal["id"]) == ("Proposal", link["href"])
    assert proposal["purpose"] == "request"
    assert proposal["attributedTo"] == note["attributedTo"]
    assert proposal["publishes"] == {
        **note["publishes"],
        "id": f"{proposal['id']}#primary",
        "receiver": note["attributedTo"],
    }
    assert aiding.is_aid(proposal)
    assert reading.post(proposal).public


def test_what_is_offered_on_the_proposal_is_offered_on_the_need(harbour: Heard) -> None:
    what = an_agreement(f"{need(harbour)}/proposal#primary", quantity("3"))

    said = harbour.hear(SAM, "Offer", what)

    assert said == "offer kept"
    assert [each.quantity for each in state(harbour).agreements] == ["3"]


def test_only_needs_and_offers_are_proposals(harbour: Heard) -> None:
    with_none = speech.say(harbour.desk, html="<p>Good evening</p>")

    assert harbour.get(f"{with_none}/proposal") is None


# What others offer on it


def test_an_offer_waits_for_somebody_to_accept_it(harbour: Heard) -> None:
    said = offers(harbour, SAM)

    assert said == "offer kept"
    assert [each.status for each in state(harbour).agreements] == ["proposed"]
    assert harbour.sent() == []


def test_the_same_offer_twice_is_one(harbour: Heard) -> None:
    what = an_agreement(f"{need(harbour)}#primary", quantity("3"))
    once = harbour.hear(SAM, "Offer", what, id="http://127.0.0.2:8100/offers/1")
    again = harbour.hear(SAM, "Offer", what, id="http://127.0.0.2:8100/offers/1")

    assert (once, again) == ("offer kept", "ignored: that offer is known")
    assert len(state(harbour).agreements) == 1


def test_an_acceptance_names_the_offer_and_the_agreement(harbour: Heard) -> None:
    offers(harbour, SAM)
    offer = harbour.said[-1]

    address = accepts(harbour)

    [answer] = [each for each in harbour.sent() if each["type"] == "Accept"]
    assert answer["object"] == offer
    assert answer["to"] == SAM.id
    result = answer["result"]
    assert result["id"] == address
    assert result["attributedTo"] == answer["actor"]
    assert result["stipulates"]["satisfies"] == f"{need(harbour)}#primary"
    assert result["stipulates"]["resourceQuantity"] == quantity("3")


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ({"value": "5"}, "more than is left"),
        ({"value": "0"}, "a number above nothing"),
        ({"value": "1e3"}, "a number above nothing"),
        (
            {"stipulatesReciprocal": an_agreement("x", quantity("9"))["stipulates"]},
            "Nothing is asked in return",
        ),
    ],
    ids=["more than asked", "nothing", "no number", "for money"],
)
def test_an_offer_that_cannot_be_is_refused_at_once(
    harbour: Heard, what: dict[str, Any], says: str
) -> None:
    said = offers(harbour, SAM, **what)

    assert said.startswith("offer refused")
    assert says in said
    assert state(harbour).agreements == ()
    [answer] = harbour.sent()
    assert (answer["type"], answer["object"]) == ("Reject", harbour.said[-1])


@pytest.mark.parametrize(
    "satisfies",
    [
        "http://127.0.0.3:8100/proposals/1#primary",
        "http://127.0.0.1:8001/n/nothing#primary",
        "http://127.0.0.1:8001/g/harbour#primary",
    ],
)
def test_an_agreement_for_anothers_need_is_nothing_to_us(
    harbour: Heard, satisfies: str
) -> None:
    said = harbour.hear(SAM, "Offer", an_agreement(satisfies, quantity("3")))

    assert said == "ignored: it is no need or offer of ours"
    assert state(harbour).agreements == ()
    assert harbour.sent() == []


def test_what_cannot_be_read_is_ignored(harbour: Heard) -> None:
    strange_ones: tuple[JsonValue, ...] = (
        "http://127.0.0.2:8100/agreements/1",
        {"type": "Agreement"},
        {"type": "Agreement", "stipulates": "text"},
        an_agreement(f"{need(harbour)}#primary", {"hasUnit": "one"}),
        an_agreement(f"{need(harbour)}#primary", 3),
        {"type": "Mandate"},
    )
    for strange in strange_ones:
        assert harbour.hear(SAM, "Offer", strange).startswith("ignored")
    assert state(harbour).agreements == ()


def test_only_the_other_side_says_that_it_was_delivered(harbour: Heard) -> None:
    offers(harbour, SAM)
    address = accepts(harbour)

    def happened(account: Account, name: str = "Delivered") -> str:
        event: JsonObject = {
            "id": account.new_id(),
            "type": "EconomicEvent",
            "attributedTo": account.id,
            "name": name,
            "fulfills": f"{address}#primary",
        }
        return harbour.hear(account, "Create", event)

    with pytest.raises(NotAuthentic):
        happened(TOM)
    with pytest.raises(NotAuthentic):
        happened(SAM, "Confirmed")
    assert happened(SAM, "Lost").startswith("ignored")
    assert happened(SAM) == "agreement delivered"
    assert happened(SAM) == "ignored: known"
    assert state(harbour).agreements[0].status == "delivered"


def test_an_agreement_is_read_by_its_other_side_and_by_nobody_else(
    harbour: Heard,
) -> None:
    offers(harbour, SAM)
    address = accepts(harbour)
    aiding.note_step(
        harbour.desk,
        NEED,
        state(harbour).agreements[0].id,
        "confirmed",
        somebody(harbour),
    )
    path = address.removeprefix(f"{harbour.desk.config.base}/")

    kept = lookup.thing(harbour.desk, path, who=SAM.id)

    assert kept is not None
    assert kept["preview"] == {"type": "Note", "name": "Confirmed"}
    assert lookup.thing(harbour.desk, path, who=TOM.id) is None
    assert lookup.thing(harbour.desk, path) is None
    [update] = [
        each
        for each in harbour.sent()
        if each["type"] == "Update" and each["object"]["type"] == "Agreement"
    ]
    assert update["object"]["preview"] == kept["preview"]


# What others need, and what we offer on it


def test_a_proposal_of_another_marketplace_is_listed_here(harbour: Heard) -> None:
    said = harbour.hear(SAM, "Create", their_need(SAM))

    assert said == "need or offer kept"
    [there] = store.open_ones(harbour.desk.connection, now="2026-11-22T12:00:00Z")
    assert (there.title, there.quantity, there.purpose) == ("Sandbags", "40", "request")


def test_what_is_no_business_of_ours_is_not_kept(harbour: Heard) -> None:
    said = harbour.hear(SAM, "Create", their_need(SAM, cc=[]))

    assert said.startswith("ignored")
    assert harbour.count("aid_elsewhere") == 0


def test_nobody_posts_or_changes_anothers_need(harbour: Heard) -> None:
    with pytest.raises(NotAuthentic):
        harbour.hear(TOM, "Create", their_need(SAM))
    harbour.hear(SAM, "Create", their_need(SAM))
    with pytest.raises(NotAuthentic):
        harbour.hear(TOM, "Update", their_need(SAM, available="0"))
    with pytest.raises(Malformed):
        harbour.hear(TOM, "Create", their_need(SAM, attributedTo=TOM.id))
    harbour.hear(TOM, "Delete", f"{SAM.base}/proposals/1")

    [there] = store.open_ones(harbour.desk.connection, now="2026-11-22T12:00:00Z")
    assert there.actor == SAM.id


def test_its_author_says_what_is_left_and_takes_it_back(harbour: Heard) -> None:
    harbour.hear(SAM, "Create", their_need(SAM))

    harbour.hear(SAM, "Update", their_need(SAM, available="37"))
    [there] = store.open_ones(harbour.desk.connection, now="2026-11-22T12:00:00Z")
    assert there.available == "37"

    harbour.hear(SAM, "Update", their_need(SAM, available="0"))
    assert not store.open_ones(harbour.desk.connection, now="2026-11-22T12:00:00Z")


def test_nobody_fills_the_list_alone(harbour: Heard) -> None:
    for number in range(store.MOST_OF_ONE + 5):
        id = f"{SAM.base}/proposals/{number}"
        document = their_need(SAM, id=id)
        document["publishes"] = {
            **dict(document["publishes"]),  # type: ignore[arg-type]
            "id": f"{id}#primary",
        }
        harbour.hear(SAM, "Create", document)

    assert harbour.count("aid_elsewhere") == store.MOST_OF_ONE


def test_who_is_gone_needs_and_offers_nothing(harbour: Heard) -> None:
    harbour.hear(SAM, "Create", their_need(SAM))

    harbour.hear(SAM, "Delete", SAM.id)

    assert harbour.count("aid_elsewhere") == 0


def test_words_from_elsewhere_are_cleaned(harbour: Heard) -> None:
    harbour.hear(
        SAM,
        "Create",
        their_need(SAM, content='<p onclick="x()">Now<script>bad()</script></p>'),
    )

    [there] = store.open_ones(harbour.desk.connection, now="2026-11-22T12:00:00Z")
    assert "script" not in there.content
    assert "onclick" not in there.content


def test_what_we_offer_goes_to_its_author_alone(harbour: Heard) -> None:
    id = pledged(harbour)

    [offer] = [each for each in harbour.sent() if each["type"] == "Offer"]
    assert (offer["id"], offer["to"]) == (id, SAM.id)
    assert offer["object"] == an_agreement(
        f"{SAM.base}/proposals/1#primary", quantity("3")
    )
    row = posts.activity_at(harbour.desk.connection, f"a/pledge-{PLEDGE}")
    assert row is not None
    assert not row["public"]
    assert canonical.read(row["body"].encode())["proof"]


def test_an_acceptance_counts_from_whoever_it_was_offered_to(harbour: Heard) -> None:
    id = pledged(harbour)

    with pytest.raises(NotAuthentic):
        harbour.hear(TOM, "Accept", id, result=accepted(TOM))
    with pytest.raises(NotAuthentic):
        harbour.hear(SAM, "Accept", id, result=accepted(TOM))
    with pytest.raises(NotAuthentic):
        harbour.hear(SAM, "Accept", id, result=accepted(SAM, "40"))
    with pytest.raises(NotAuthentic):
        harbour.hear(SAM, "Accept", id)
    assert pledge(harbour).status == "proposed"

    said = [harbour.hear(SAM, "Accept", id, result=accepted(SAM)) for _ in range(2)]

    assert said == ["our offer was accepted"] * 2
    assert pledge(harbour).status == "agreed"


def test_a_refusal_by_a_stranger_is_none(harbour: Heard) -> None:
    id = pledged(harbour)

    with pytest.raises(NotAuthentic):
        harbour.hear(TOM, "Reject", id)
    assert pledge(harbour).status == "proposed"
    assert harbour.hear(SAM, "Reject", id) == "our offer was declined"


def test_whoever_keeps_the_agreement_confirms_it_and_nobody_else(
    harbour: Heard,
) -> None:
    id = pledged(harbour)
    harbour.hear(SAM, "Accept", id, result=accepted(SAM))
    aiding.note_progress(harbour.desk, PLEDGE, "delivered", somebody(harbour))
    [event] = [each for each in harbour.sent() if each["type"] == "Create"]
    assert event["object"]["fulfills"] == f"{SAM.base}/objects/agreements/1#primary"
    confirmed: JsonObject = {
        **accepted(SAM),
        "preview": {"type": "Note", "name": "Confirmed"},
    }

    with pytest.raises(NotAuthentic):
        harbour.hear(TOM, "Update", confirmed)
    assert harbour.hear(SAM, "Update", confirmed) == "agreement confirmed"
    assert pledge(harbour).status == "confirmed"


def test_who_is_kept_at_a_distance_offers_and_posts_nothing(harbour: Heard) -> None:
    moderation.decide(harbour.desk, SAM.id, Severity.SILENCE, by=None)

    assert "distance" in offers(harbour, SAM)
    assert "distance" in harbour.hear(SAM, "Create", their_need(SAM))
    assert state(harbour).agreements == ()
