"""Needs, offers and agreements from elsewhere: each is its author's, and nobody else's.

Somebody may answer our need; whether we take it people here decide. What cannot be is
refused at once: another's need, more than is asked, an answer to what was never
offered, a word about an agreement by somebody who is no party to it.
"""

import contextlib
from typing import Final

from activitypub import addresses, canonical, reading
from activitypub.canonical import JsonObject
from activitypub.errors import Malformed, NotAuthentic
from confederation.dealings import agreement, aid, pledge
from confederation.dealings.agreement import Step
from confederation.dealings.aid import Party
from confederation.errors import Invalid, NotEntitled, Refused, Unknown
from confederation.identifiers import ActorId
from instance import node, speech
from instance.dealings import aiding
from instance.desk import Desk
from instance.fediverse import markup
from instance.fediverse.judgement import Severity
from instance.reception.effect import Effect
from instance.reception.senders import handle, known, ours
from instance.store import aid as store
from instance.store import personas, records
from instance.store.aid import Elsewhere

MOST_IN_TITLE: Final = 200
MOST_IN_TEXT: Final = 20_000
MOST_IN_UNIT: Final = 60
_STEPS: Final[dict[str, Step]] = {says: step for step, says in aiding.STEPS.items()}


def hear(desk: Desk, actor: str, document: JsonObject) -> Effect | None:
    """Keep what somebody needs or offers, for those who look for it here.

    None where it is nothing for this node: from somebody whom nobody here follows and
    with whom we do not confederate, and not sent to our assembly.

    Raises:
        Malformed: it says nothing that can be read.
        NotAuthentic: it is another's.
    """
    if ours(desk, actor) is not None or not concerns_us(desk, actor, document):
        return None
    if reading.author_of(document) != actor:
        raise NotAuthentic("Only its author may say what they need or offer.")
    who = known(desk, actor)
    if who is None or desk.judgement.of(actor) is not Severity.NONE:
        return Effect("ignored: its author is kept at a distance, or not known")
    said = _read(desk, actor, who, document)
    new = store.keep(desk.connection, said)
    return Effect("need or offer kept" if new else "ignored: no room, or another's")


def gone(desk: Desk, actor: str, id: str | None) -> bool:
    """Close what its author deleted; whether there was any such thing of theirs."""
    return id is not None and store.close(desk.connection, id=id, actor=actor)


def offer(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    """Take in that somebody offers an agreement on what we posted.

    What cannot be is refused to them at once, and changes nothing here.
    """
    found = activity.get("object")
    if not isinstance(found, dict) or reading.type_of(found) != "Agreement":
        return Effect("ignored: nothing that we take is offered")
    who = known(desk, actor)
    committed = _commitment(found)
    if who is None or committed is None:
        return Effect("ignored: the offer cannot be read")
    satisfies, unit, quantity = committed
    id = aiding.of_post(desk, satisfies.removesuffix(aiding.PRIMARY))
    if id is None or not satisfies.endswith(aiding.PRIMARY):
        return Effect("ignored: it is no need or offer of ours")
    if desk.judgement.of(actor) is not Severity.NONE:
        return Effect("ignored: they are kept at a distance")
    try:
        if found.get("stipulatesReciprocal") is not None:
            raise Invalid("Nothing is asked in return here, and nothing is taken.")
        offered = aid.TakeOffer(
            agreement=aiding.agreement_id(actor, str(activity["id"])),
            party=Party(
                actor=ActorId(actor), activity=str(activity["id"]), inbox=who.inbox
            ),
            unit=unit,
            quantity=quantity,
            by=None,
            at=desk.now,
        )
        happened = node.perform(desk, f"aid:{id}", offered)
    except Refused as reason:
        aiding.refuse(desk, activity, inbox=who.inbox)
        return Effect(f"offer refused: {reason}")
    return Effect("offer kept" if happened else "ignored: that offer is known")


def answered(
    desk: Desk, actor: str, activity: JsonObject, *, accepted: bool
) -> Effect | None:
    """Take an answer to what we offered, from whoever it was offered to (S22).

    None if it answers nothing of the kind.

    Raises:
        NotAuthentic: it comes from somebody else, or speaks of another agreement.
    """
    id = aiding.pledge_of(desk, reading.id_of(activity.get("object")))
    if id is None:
        return None
    result = activity.get("result")
    address, unit, quantity = "", "", ""
    if accepted:
        address, unit, quantity = _agreed(actor, result)
    state: pledge.State = node.load(desk, f"pledge:{id}")
    assert state.made is not None
    command = pledge.HearAnswer(
        actor=ActorId(actor),
        accepted=accepted,
        agreement=address,
        unit=unit,
        quantity=quantity,
        by=None,
        at=desk.now,
    )
    try:
        happened = node.perform(desk, f"pledge:{id}", command)
    except (Invalid, NotEntitled) as reason:
        raise NotAuthentic(str(reason)) from reason
    if happened and accepted:
        aiding.keep_address(desk, address, id)
    return Effect("our offer was accepted" if accepted else "our offer was declined")


def update(desk: Desk, actor: str, document: JsonObject) -> Effect:
    """Take what whoever keeps an agreement with us says of how it goes on.

    Raises:
        NotAuthentic: it is no agreement with them.
    """
    id = store.pledge_of(desk.connection, str(document.get("id")))
    step = _step(document.get("preview"))
    if id is None or step is None:
        return Effect("ignored: no agreement of ours")
    command = pledge.NoteProgress(step=step, actor=ActorId(actor), by=None, at=desk.now)
    return _go_on(desk, f"pledge:{id}", command)


def event(desk: Desk, actor: str, document: JsonObject) -> Effect:
    """Take what the other side of an agreement that we keep says of how it goes on.

    Raises:
        NotAuthentic: they are no party to it.
    """
    found = aiding.agreement_at(desk, str(document.get("fulfills")))
    step = _step(document)
    if found is None or step is None or reading.author_of(document) != actor:
        return Effect("ignored: no agreement of ours")
    id, of = found
    command = aid.NoteDelivery(
        agreement=of, step=step, actor=ActorId(actor), by=None, at=desk.now
    )
    effect = _go_on(desk, f"aid:{id}", command)
    aiding.keep_agreement(desk, id, of)
    return effect


def _go_on(
    desk: Desk, stream: str, command: aid.NoteDelivery | pledge.NoteProgress
) -> Effect:
    try:
        happened = node.perform(desk, stream, command)
    except (NotEntitled, Unknown) as reason:
        raise NotAuthentic(str(reason)) from reason
    except Refused as reason:
        return Effect(f"ignored: {reason}")
    return Effect(f"agreement {command.step}" if happened else "ignored: known")


def concerns_us(desk: Desk, actor: str, document: JsonObject) -> bool:
    """Whether it comes from a fellow member, is for us, or its author is followed."""
    fellows = [
        known.address for known in records.assemblies(desk.connection) if not known.ours
    ]
    if any(actor == each or actor.startswith(f"{each}/") for each in fellows):
        return True
    group = speech.address(desk, speech.group_path(desk))
    addressed = {group, f"{group}/clerk"} & {*reading.addressees(document)}
    return bool(addressed) or personas.is_followed(desk.connection, actor)


def _read(
    desk: Desk, actor: str, who: reading.Actor, document: JsonObject
) -> Elsewhere:
    intent = document["publishes"]
    assert isinstance(intent, dict)
    id = reading.id_of(document)
    if id is None or not addresses.same_origin(id, actor):
        raise Malformed("A need or an offer has an address with its author.")
    if intent.get("id") not in (None, f"{id}{aiding.PRIMARY}"):
        raise Malformed("The intent is not part of what publishes it.")
    whole = aiding.quantity_of(intent.get("resourceQuantity"))
    if whole is None:
        raise Malformed("It does not say how much.")
    unit, quantity = whole
    available = aiding.quantity_of(intent.get("availableQuantity")) or whole
    least = aiding.quantity_of(intent.get("minimumQuantity")) or (unit, quantity)
    closed = not available[1].strip("0.")
    for each_unit, value in (whole, available, least):
        if each_unit != unit or len(unit) > MOST_IN_UNIT:
            raise Malformed("Its quantities are not of one unit.")
        if value is not available[1] or not closed:
            _check(value)
    name = reading.text_of(intent, "name") or reading.text_of(document, "name") or ""
    until = reading.instant_of(intent.get("endTime") or document.get("endTime"))
    published = reading.instant_of(document.get("published")) or desk.now
    place = intent.get("location") or document.get("location")
    themes = intent.get("classifiedAs")
    theme = themes[0] if isinstance(themes, list) and themes else themes
    content = (reading.text_of(document, "content") or "")[:MOST_IN_TEXT]
    return Elsewhere(
        id=id,
        actor=actor,
        inbox=who.inbox,
        author=handle(actor, who),
        purpose=str(document["purpose"]),
        title=reading.one_line(name)[:MOST_IN_TITLE],
        content=str(markup.clean(content)),
        unit=unit,
        quantity=quantity,
        available=available[1],
        minimum=least[1] if intent.get("minimumQuantity") else "",
        place=_line(place.get("name") if isinstance(place, dict) else None),
        theme=_line(theme),
        until=None if until is None else canonical.write_time(until),
        url=reading.link_of(document.get("url")) or id,
        at=canonical.write_time(min(published, desk.now)),
        closed=closed,
    )


def _line(value: object) -> str:
    return reading.one_line(value)[:60] if isinstance(value, str) else ""


def _check(value: str) -> None:
    try:
        agreement.amount(value)
    except Invalid as reason:
        raise Malformed(str(reason)) from reason


def _commitment(found: JsonObject) -> tuple[str, str, str] | None:
    stipulated = found.get("stipulates")
    if not isinstance(stipulated, dict):
        return None
    satisfies = reading.id_of(stipulated.get("satisfies"))
    quantity = aiding.quantity_of(stipulated.get("resourceQuantity"))
    if satisfies is None or quantity is None:
        return None
    return satisfies, *quantity


def _agreed(actor: str, result: object) -> tuple[str, str, str]:
    """Read the agreement that an acceptance names; it is with whoever accepted."""
    if isinstance(result, dict) and reading.type_of(result) == "Agreement":
        id, committed = reading.id_of(result), _commitment(result)
        with contextlib.suppress(Malformed):
            if (
                id is not None
                and committed is not None
                and addresses.same_origin(id, actor)
                and result.get("attributedTo") in (None, actor)
            ):
                return id, committed[1], committed[2]
    raise NotAuthentic("What they accept is no agreement of theirs.")


def _step(said: object) -> Step | None:
    name = said.get("name") if isinstance(said, dict) else None
    return _STEPS.get(name) if isinstance(name, str) else None
