"""A mandate is offered to whoever is to hold it, and taken back by a recall.

What is said here binds nobody: a mandate binds by its entry in the record, and a recall
ends it at its own place there, whether or not any of this arrives.
"""

from typing import Final

from markupsafe import Markup

from activitypub import canonical, documents
from activitypub.canonical import JsonObject
from confederation import record
from confederation.record import Entry
from instance import vocabulary
from instance.desk import Desk
from instance.speech.actors import address, group_path
from instance.speech.sending import send
from instance.store import answered_mandates, inbound, posts, records

MOST_IN_REASON: Final = 500
"""Characters of the reason that goes with an answer."""


def offer(desk: Desk, entry: Entry, document: JsonObject) -> None:
    """Offer a mandate to its holder, with the whole entry."""
    assert isinstance(entry.fact, record.Mandate)
    holder = entry.fact.holder
    activity = documents.offer(
        document,
        id=address(desk, f"a/{desk.new_id()}"),
        actor=address(desk, group_path(desk)),
        to=holder,
    )
    id = send(
        desk, group_path(desk), activity, inboxes=_inbox_of(desk, holder), public=False
    )
    answered_mandates.keep_offer(
        desk.connection, mandate=entry.digest, activity=id, holder=holder
    )


def take_back(desk: Desk, mandate: str) -> None:
    """Undo the offer of a mandate, for its holder and for every fellow member."""
    found = answered_mandates.offer_of(desk.connection, mandate)
    if found is None or found.taken_back:
        return
    path = found.activity.split("/", maxsplit=3)[3]
    row = posts.activity_at(desk.connection, path)
    assert row is not None
    undone = documents.undo(
        canonical.read(row["body"].encode()),
        id=address(desk, f"a/{desk.new_id()}"),
    )
    fellows = _fellows(desk)
    undo: JsonObject = {
        **undone,
        "actor": address(desk, group_path(desk)),
        "to": [found.holder, *fellows],
    }
    inboxes = [*_inbox_of(desk, found.holder), *(f"{each}/inbox" for each in fellows)]
    send(desk, group_path(desk), undo, inboxes=inboxes, public=False)
    answered_mandates.take_back(desk.connection, mandate)


def tell_ratification(desk: Desk, fact: record.Ratification) -> None:
    """Tell fellow members that our assembly ratifies an outcome, or that it does not.

    The object is the decision behind it. It counts by its entry and not by this.
    """
    row = records.entry(desk.connection, fact.decision)
    fellows = _fellows(desk)
    if row is None or not fellows:
        return
    decision = canonical.read(bytes(row["body"]))
    answer = answer_to(desk, decision, accepted=fact.ratifies, to=fellows)
    inboxes = [f"{each}/inbox" for each in fellows]
    send(desk, group_path(desk), answer, inboxes=inboxes, public=False)


def deliver_to_fellows(desk: Desk, activity: str, *, by: str) -> None:
    """Send what one of our actors did to every fellow member, who follows or not."""
    posts.deliver(
        desk.connection,
        inboxes=[f"{each}/inbox" for each in _fellows(desk)],
        actor=by,
        activity=activity,
        at=desk.seconds,
    )


def answer_to(
    desk: Desk,
    what: JsonObject,
    *,
    accepted: bool,
    to: list[str],
    reason: str = "",
    by: str | None = None,
) -> JsonObject:
    """Write that one of our actors accepts something, or does not, with the reason.

    Of ``what`` only its id, its type and its author are told. ``by`` is the path of the
    actor, the assembly unless another is named.
    """
    write = documents.accept if accepted else documents.reject
    named: JsonObject = {
        term: what[term]
        for term in ("id", "type", "actor", "attributedTo")
        if term in what
    }
    answer = write(
        {**named, "actor": to[0]},
        id=address(desk, f"a/{desk.new_id()}"),
        actor=address(desk, by or group_path(desk)),
    )
    told: JsonObject = {
        **answer,
        "@context": list(vocabulary.RECORD_CONTEXT),
        "object": named,
        "to": [*to],
    }
    if reason:
        told["content"] = str(Markup("<p>{}</p>").format(reason))
    return told


def _inbox_of(desk: Desk, holder: str) -> list[str]:
    """Return the inbox of a holder who lives elsewhere, as far as it is known."""
    row = inbound.remote_actor(desk.connection, holder)
    if row is None or row["body"] is None:
        return []
    inbox = canonical.read(row["body"].encode()).get("inbox")
    return [inbox] if isinstance(inbox, str) else []


def _fellows(desk: Desk) -> list[str]:
    return [
        known.address for known in records.assemblies(desk.connection) if not known.ours
    ]
