"""What assemblies need and give is posted for everyone, and agreed between two.

The post is a note that people read everywhere; in it stands the intent that other
marketplaces read (FEP-0837). Offers, answers and what comes of them go to one inbox.
"""

import hashlib
from dataclasses import replace
from fractions import Fraction
from typing import Final, cast

from markupsafe import Markup

from activitypub import canonical, documents, reading
from activitypub.canonical import JsonObject, JsonValue
from confederation.dealings import agreement, aid, pledge
from confederation.dealings.agreement import Purpose, Status, Step
from confederation.errors import ByNumber, Filled, Phrase, Unknown
from confederation.identifiers import ActorId, AgreementId, AidId, MemberId, PledgeId
from instance import node, speech
from instance.carriers import phrases
from instance.dealings import between
from instance.desk import Desk
from instance.fediverse import markup
from instance.languages import phrased, translated
from instance.store import aid as store
from instance.store import events, posts
from instance.store.aid import Elsewhere

AID: Final = "Aid"
"""The kind of a post that says what is needed or offered."""
VF: Final = "https://w3id.org/valueflows/ont/vf#"
TERMS: Final[JsonObject] = {
    "vf": VF,
    "om2": "http://www.ontology-of-units-of-measure.org/resource/om-2/",
    "Agreement": "vf:Agreement",
    "Commitment": "vf:Commitment",
    "EconomicEvent": "vf:EconomicEvent",
    "Intent": "vf:Intent",
    "Proposal": "vf:Proposal",
    "action": "vf:action",
    "availableQuantity": "vf:availableQuantity",
    "fulfills": "vf:fulfills",
    "hasNumericalValue": "om2:hasNumericalValue",
    "hasUnit": "om2:hasUnit",
    "minimumQuantity": "vf:minimumQuantity",
    "provider": "vf:provider",
    "publishes": "vf:publishes",
    "purpose": "vf:purpose",
    "receiver": "vf:receiver",
    "resourceQuantity": "vf:resourceQuantity",
    "satisfies": "vf:satisfies",
    "stipulates": "vf:stipulates",
    "unitBased": "vf:unitBased",
}
PRIMARY: Final = "#primary"
PROPOSAL: Final = "/proposal"
"""What lies below a post is the same for marketplaces: a Proposal, and no Note."""
_OF_A_PROPOSAL: Final = (
    *("@context", "attributedTo", "to", "cc", "audience", "context", "url"),
    *("name", "content", "contentMap", "published", "updated"),
    *("purpose", "unitBased"),
)
_WHO: Final = {"request": "receiver", "offer": "provider"}
UNITS: Final = {
    "one": ByNumber("{number} piece", "{number} pieces"),
    "hour": ByNumber("{number} hour", "{number} hours"),
    "day": ByNumber("{number} day", "{number} days"),
    "kilogram": ByNumber("{number} kilogram", "{number} kilograms"),
    "litre": ByNumber("{number} litre", "{number} litres"),
    "metre": ByNumber("{number} metre", "{number} metres"),
}
"""Units as OM 2 names them, with what people call one of them and several."""
SEVERAL: Final = {
    "one": Phrase("pieces"),
    "hour": Phrase("hours"),
    "day": Phrase("days"),
    "kilogram": Phrase("kilograms"),
    "litre": Phrase("litres"),
    "metre": Phrase("metres"),
}
"""What people call units beside a number that is no whole one."""
STEPS: Final[dict[Step, str]] = {
    "delivered": Phrase("Delivered"),
    "confirmed": Phrase("Confirmed"),
    "disputed": Phrase("Disputed"),
}
_SAID: Final[dict[Status, str]] = {
    "proposed": Phrase("Still open"),
    "agreed": Phrase("Agreed"),
    "declined": Phrase("Declined"),
    "delivered": STEPS["delivered"],
    "confirmed": STEPS["confirmed"],
    "disputed": STEPS["disputed"],
}
STARTS: Final[dict[Purpose, str]] = {
    "request": Phrase("We need"),
    "offer": Phrase("We can give"),
}


def post(desk: Desk, command: aid.PostAid) -> None:
    """Post a need or an offer, to our followers and to our fellow members.

    Posting it again changes nothing.
    """
    if not node.perform(desk, f"aid:{command.aid}", command):
        return
    words = (command.title, command.more, command.place)
    events.release(desk.connection, [each for each in words if each])
    state: aid.State = node.load(desk, f"aid:{command.aid}")
    draft = speech.a_post(desk, html=_html(desk, state), page=f"/aid/{command.aid}")
    link = documents.object_link(
        f"{draft.id}{PROPOSAL}", rel=f"{VF}Proposal", name="proposal"
    )
    draft = replace(draft, tags=(*draft.tags, link))
    note = documents.extend(
        documents.note(draft, name=_title(desk, state)),
        {
            "assemblyKind": AID,
            "purpose": command.purpose,
            "publishes": _intent(desk, state, draft.id),
            "unitBased": False,
        },
        context={"asm": "https://w3id.org/folkmoot/v1#", **_KIND, **TERMS},
    )
    id = speech.publish(
        desk, note, by=speech.clerk_path(desk), kind=AID, about=f"aid:{command.aid}"
    )
    speech.deliver_to_fellows(desk, f"{id}/create", by=speech.clerk_path(desk))


def offer(desk: Desk, id: PledgeId, on: Elsewhere, quantity: str, by: MemberId) -> None:
    """Offer an agreement on a need or an offer elsewhere; offered again, nothing."""
    command = pledge.MakePledge(
        pledge=id,
        on=on.id,
        to=ActorId(on.actor),
        inbox=on.inbox,
        purpose=cast(Purpose, on.purpose),
        unit=on.unit,
        quantity=quantity,
        by=by,
        at=desk.now,
    )
    if not node.perform(desk, f"pledge:{id}", command):
        return
    commitment: JsonObject = {
        "type": "Commitment",
        "satisfies": f"{on.id}{PRIMARY}",
        "resourceQuantity": _quantity(on.unit, quantity),
    }
    between.send(
        desk,
        {
            **between.activity(desk, "Offer", activity_of(desk, id), TERMS),
            "object": {"type": "Agreement", "stipulates": commitment},
            "to": on.actor,
        },
        inbox=on.inbox,
    )


def accept(desk: Desk, id: AidId, offered: AgreementId, by: MemberId) -> None:
    """Accept what somebody offered on a post of ours, and tell them."""
    command = aid.AcceptOffer(agreement=offered, by=by, at=desk.now)
    if node.perform(desk, f"aid:{id}", command):
        _answer(desk, id, offered, accepted=True)
        _revise(desk, id)


def decline(desk: Desk, id: AidId, offered: AgreementId, by: MemberId) -> None:
    """Decline what somebody offered, and tell them."""
    command = aid.DeclineOffer(agreement=offered, by=by, at=desk.now)
    if node.perform(desk, f"aid:{id}", command):
        _answer(desk, id, offered, accepted=False)


def refuse(desk: Desk, activity: JsonObject, *, inbox: str) -> None:
    """Tell somebody at once that their offer cannot be taken."""
    between.send(
        desk,
        {
            **between.activity(
                desk, "Reject", speech.address(desk, f"a/{desk.new_id()}"), TERMS
            ),
            "object": str(activity["id"]),
            "to": str(activity["actor"]),
        },
        inbox=inbox,
    )


def close(desk: Desk, id: AidId, by: MemberId) -> None:
    """Take no more answers on a post of ours, and tell everybody."""
    if node.perform(desk, f"aid:{id}", aid.CloseAid(by=by, at=desk.now)):
        _revise(desk, id)


def note_step(desk: Desk, id: AidId, of: AgreementId, step: Step, by: MemberId) -> None:
    """Say how an agreement on a post of ours goes on, and tell the other side."""
    command = aid.NoteDelivery(agreement=of, step=step, actor=None, by=by, at=desk.now)
    if not node.perform(desk, f"aid:{id}", command):
        return
    state: aid.State = node.load(desk, f"aid:{id}")
    found = state.agreement(of)
    assert found is not None
    if found.party.actor is None:
        return
    between.send(
        desk,
        {
            **between.activity(
                desk, "Update", speech.address(desk, f"a/{desk.new_id()}"), TERMS
            ),
            "object": keep_agreement(desk, id, of),
            "to": found.party.actor,
        },
        inbox=found.party.inbox,
    )


def note_progress(desk: Desk, id: PledgeId, step: Step, by: MemberId) -> None:
    """Say how an agreement goes on that somebody elsewhere keeps, and tell them."""
    command = pledge.NoteProgress(step=step, actor=None, by=by, at=desk.now)
    if not node.perform(desk, f"pledge:{id}", command):
        return
    state: pledge.State = node.load(desk, f"pledge:{id}")
    assert state.made is not None
    happened = speech.address(desk, f"a/{desk.new_id()}")
    between.send(
        desk,
        {
            **between.activity(desk, "Create", happened, TERMS),
            "object": {
                "id": f"{happened}/event",
                "type": "EconomicEvent",
                "attributedTo": speech.address(desk, speech.clerk_path(desk)),
                "name": translated(STEPS[step]),
                "action": "transfer",
                "fulfills": f"{state.agreement}{PRIMARY}",
                "resourceQuantity": _quantity(state.made.unit, state.made.quantity),
                "to": state.made.to,
            },
            "to": state.made.to,
        },
        inbox=state.made.inbox,
    )


def thank(desk: Desk, to: str, words: str) -> None:
    """Thank an actor elsewhere in a post for everyone; nobody here is named."""
    name = called(to)
    title = phrased("Thank you")
    html = Markup("<p><strong>{}</strong> {}: {}</p>").format(
        title, phrases.a_mention(ActorId(to), name), words
    )
    speech.say(
        desk,
        html=str(html),
        title=title,
        page="/aid",
        mentions=[(to, name)],
    )


def activity_of(desk: Desk, id: PledgeId) -> str:
    """Return the id of the activity by which we offered something."""
    return speech.address(desk, f"a/pledge-{id}")


def pledge_of(desk: Desk, activity: str | None) -> PledgeId | None:
    """Return which pledge an activity of ours made, or None."""
    before = speech.address(desk, "a/pledge-")
    if activity is None or not activity.startswith(before):
        return None
    id = PledgeId(activity.removeprefix(before))
    return id if node.exists(desk, f"pledge:{id}") else None


def of_post(desk: Desk, proposal: str) -> AidId | None:
    """Return which need or offer of ours has this address, or None.

    It has two: that of its post, and that of the `Proposal` below it.
    """
    row = posts.object_of(desk.connection, proposal.removesuffix(PROPOSAL))
    if row is None or row["kind"] != AID or not row["about"]:
        return None
    return AidId(str(row["about"]).partition(":")[2])


def post_of(desk: Desk, id: AidId) -> str:
    """Return the address of the post about a need or an offer of ours.

    Raises:
        Unknown: there is none.
    """
    row = posts.object_about(desk.connection, f"aid:{id}", kind=AID)
    if row is None:
        raise Unknown("There is no such need or offer here.")
    return str(row["id"])


def proposal(post: JsonObject) -> JsonObject | None:
    """Return what a post of ours needs or offers as an object of its own (FEP-0837).

    Marketplaces that look for a `Proposal` do not read a `Note`. None if the post says
    nothing of the kind, or no more.
    """
    intent = post.get("publishes")
    if not isinstance(intent, dict):
        return None
    id, who = f"{post['id']}{PROPOSAL}", _WHO[str(post["purpose"])]
    return {
        **{term: post[term] for term in _OF_A_PROPOSAL if term in post},
        "id": id,
        "type": "Proposal",
        "publishes": {
            **intent,
            "id": f"{id}{PRIMARY}",
            who: post["attributedTo"],
        },
    }


def agreement_id(actor: str, activity: str) -> AgreementId:
    """Return the id of what an actor offered: the same activity makes the same one."""
    digest = hashlib.sha256(f"{actor} {activity}".encode()).hexdigest()
    return AgreementId(digest[:28])


def agreement_address(desk: Desk, id: AidId, of: AgreementId) -> str:
    """Return the address of an agreement that we keep."""
    return f"{post_of(desk, id)}/agreements/{of}"


def keep_agreement(desk: Desk, id: AidId, of: AgreementId) -> JsonObject:
    """Keep an agreement as it stands, for its other side to read; return it."""
    state: aid.State = node.load(desk, f"aid:{id}")
    document = _agreement(desk, state, of)
    address = str(document["id"])
    kept: JsonObject = {
        "@context": [documents.AS2, dict(TERMS)],
        **document,
        "published": canonical.write_time(desk.now),
    }
    if posts.object_of(desk.connection, address) is not None:
        posts.revise_object(desk.connection, address, document=kept)
        return document
    posts.keep_object(
        desk.connection,
        id=address,
        path=address.removeprefix(f"{desk.config.base}/"),
        actor=speech.clerk_path(desk),
        kind="Agreement",
        entry=None,
        thread=None,
        document=kept,
        public=False,
    )
    return document


def agreement_at(desk: Desk, address: str) -> tuple[AidId, AgreementId] | None:
    """Return which agreement of ours has this address, or None."""
    proposal, found, of = address.removesuffix(PRIMARY).partition("/agreements/")
    id = of_post(desk, proposal) if found else None
    return None if id is None else (id, AgreementId(of))


def quantity_of(value: JsonValue) -> tuple[str, str] | None:
    """Read a unit and an exact decimal as FEP-0837 writes them; None if it is none."""
    match value:
        case {"hasUnit": str(unit), "hasNumericalValue": str(number)}:
            return unit, number
        case _:
            return None


def measured(unit: str, value: str) -> str:
    """Say a quantity with its unit, as people do."""
    if value.isdecimal() and unit in UNITS:
        return Filled(UNITS[unit], number=int(value))
    return Filled("{number} {unit}", number=value, unit=SEVERAL.get(unit, unit))


def _answer(desk: Desk, id: AidId, offered: AgreementId, *, accepted: bool) -> None:
    state: aid.State = node.load(desk, f"aid:{id}")
    found = state.agreement(offered)
    assert found is not None
    if found.party.actor is None:
        return
    kind = "Accept" if accepted else "Reject"
    answer: JsonObject = {
        **between.activity(
            desk, kind, speech.address(desk, f"a/{desk.new_id()}"), TERMS
        ),
        "object": found.party.activity,
        "to": found.party.actor,
    }
    if accepted:
        answer["result"] = keep_agreement(desk, id, offered)
    between.send(desk, answer, inbox=found.party.inbox)


def _agreement(desk: Desk, state: aid.State, of: AgreementId) -> JsonObject:
    found = state.agreement(of)
    assert state.posted is not None
    assert found is not None
    address = agreement_address(desk, state.posted.aid, of)
    return {
        "type": "Agreement",
        "id": address,
        "attributedTo": speech.address(desk, speech.clerk_path(desk)),
        "stipulates": {
            "id": f"{address}{PRIMARY}",
            "type": "Commitment",
            "satisfies": f"{post_of(desk, state.posted.aid)}{PRIMARY}",
            "resourceQuantity": _quantity(state.posted.unit, found.quantity),
        },
        "preview": {"type": "Note", "name": translated(_SAID[found.status])},
        "to": str(found.party.actor),
    }


def _revise(desk: Desk, id: AidId) -> None:
    """Say in the post what is left."""
    state: aid.State = node.load(desk, f"aid:{id}")
    row = posts.object_of(desk.connection, post_of(desk, id))
    assert row is not None
    note = canonical.read(row["body"].encode())
    html = _html(desk, state)
    changed: JsonObject = {
        **note,
        "content": html,
        "contentMap": {desk.config.language: html},
        "publishes": _intent(desk, state, str(note["id"])),
    }
    speech.deliver_to_fellows(
        desk, speech.revise(desk, changed), by=speech.clerk_path(desk)
    )


def _intent(desk: Desk, state: aid.State, proposal: str) -> JsonObject:
    posted = state.posted
    assert posted is not None
    left = state.left if state.open(desk.now) else Fraction(0)
    intent: JsonObject = {
        "type": "Intent",
        "id": f"{proposal}{PRIMARY}",
        "name": events.wording(desk.connection, posted.title) or "",
        "action": "transfer",
        "resourceQuantity": _quantity(posted.unit, posted.quantity),
        "availableQuantity": _quantity(
            posted.unit, agreement.written(left) if left else "0"
        ),
        "minimumQuantity": _quantity(posted.unit, posted.minimum),
    }
    if posted.until is not None:
        intent["endTime"] = canonical.write_time(posted.until)
    if posted.place is not None:
        place = events.wording(desk.connection, posted.place)
        intent["location"] = {"type": "Place", "name": place}
    if posted.theme:
        intent["classifiedAs"] = [posted.theme]
    return intent


def _html(desk: Desk, state: aid.State) -> str:
    posted = state.posted
    assert posted is not None
    facts = [translated(measured(posted.unit, posted.quantity))]
    if not state.open(desk.now):
        facts.append(phrased("no more answers are taken"))
    elif state.left != agreement.amount(posted.quantity):
        left = measured(posted.unit, agreement.written(state.left))
        facts.append(phrased("{quantity} left", quantity=left))
    if posted.place is not None:
        facts.append(events.wording(desk.connection, posted.place) or "")
    if posted.until is not None:
        facts.append(phrased("until {day}", day=posted.until.date()))
    html = Markup("<p><strong>{}</strong></p><p>{}</p>").format(
        _title(desk, state), " · ".join(facts)
    )
    more = events.wording(desk.connection, posted.more)
    if more:
        html += markup.paragraphs(more)
    page = speech.address(desk, f"aid/{posted.aid}")
    return str(
        html
        + Markup('<p><a href="{}">{}</a></p>').format(
            page, phrased("Read more and answer")
        )
    )


def _title(desk: Desk, state: aid.State) -> str:
    assert state.posted is not None
    title = events.wording(desk.connection, state.posted.title) or ""
    return phrases.on(translated(STARTS[state.posted.purpose]), title)


def _quantity(unit: str, value: str) -> JsonObject:
    return {"hasUnit": unit, "hasNumericalValue": value}


def called(actor: str) -> str:
    """Return the name by which people mention an actor, as its address shows it."""
    host, _, path = actor.partition("://")[2].partition("/")
    return f"@{path.rpartition('/')[2]}@{host}"


_KIND: Final[JsonObject] = {"assemblyKind": "asm:kind"}


def is_aid(document: JsonObject) -> bool:
    """Whether a document says what somebody needs or offers."""
    published = document.get("publishes")
    return (
        document.get("purpose") in STARTS
        and isinstance(published, dict)
        and reading.type_of(published) == "Intent"
    )


def keep_address(desk: Desk, id: str, of: PledgeId) -> None:
    """Keep under which address a pledge of ours became an agreement."""
    store.keep_agreement(desk.connection, id=id, pledge=of)
