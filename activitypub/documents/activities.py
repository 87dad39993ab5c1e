"""An activity says who did what with which object, and for whom that is."""

from collections.abc import Iterable
from datetime import datetime

from activitypub.canonical import JsonObject, JsonValue, write_time
from activitypub.documents.envelope import (
    AS2,
    DATA_INTEGRITY,
    PROOF_TERMS,
    Audience,
    addressed,
    given,
    join_contexts,
    require_plain,
)


def create(post: JsonObject, *, id: str) -> JsonObject:
    """Write the activity that publishes a post, to the post's own audience."""
    return {
        **_activity("Create", id=id, actor=post["attributedTo"], of=post),
        "to": post["to"],
        "cc": post["cc"],
        "published": post["published"],
    }


def update(document: JsonObject, *, id: str, audience: Audience) -> JsonObject:
    """Write the activity that tells of a changed post or actor.

    The document is whole, and its ``updated`` later than ever before: Mastodon takes
    no change without it (W15).
    """
    if "updated" not in document:
        raise ValueError("An Update without a later `updated` is ignored by others.")
    actor = document.get("attributedTo") if "to" in document else document["id"]
    return {
        **_activity("Update", id=id, actor=actor, of=document),
        **addressed(audience),
        "published": document["updated"],
    }


def announce(
    what: str | JsonObject,
    *,
    id: str,
    actor: str,
    audience: Audience,
    published: datetime,
) -> JsonObject:
    """Write the activity with which a Group hands something on.

    Args:
        what: for group-aware software the activity that was received, which goes on
            untouched; for all others the id of a post that begins a thread.
        id: of the Announce; each of the two forms needs its own.
        actor: the Group.
        audience: see `to_everyone`.
        published: when it is handed on.

    See federation.md W12.
    """
    document = {
        **_activity("Announce", id=id, actor=actor, of=None),
        "object": what,
        **addressed(audience),
        "published": write_time(published),
    }
    if isinstance(what, dict):
        document["@context"] = [AS2, dict(PROOF_TERMS)]
    return document


def like(what: str, *, id: str, who: str, to: str) -> JsonObject:
    """Write that ``who`` likes a post, for its author ``to``."""
    return {**_activity("Like", id=id, actor=who, of=what), "to": [to]}


def add(
    what: str, *, id: str, actor: str, target: str, audience: Audience
) -> JsonObject:
    """Write that an actor puts something into a collection of its own."""
    return _moved("Add", what, id=id, actor=actor, target=target, audience=audience)


def remove(
    what: str, *, id: str, actor: str, target: str, audience: Audience
) -> JsonObject:
    """Write that an actor takes something out of a collection of its own."""
    return _moved("Remove", what, id=id, actor=actor, target=target, audience=audience)


def _moved(
    kind: str, what: str, *, id: str, actor: str, target: str, audience: Audience
) -> JsonObject:
    return {
        **_activity(kind, id=id, actor=actor, of=what),
        "target": target,
        **addressed(audience),
    }


def offer(what: JsonObject | str, *, id: str, actor: str, to: str) -> JsonObject:
    """Write that an actor offers somebody something: they accept it or do not."""
    return {**_activity("Offer", id=id, actor=actor, of=what), "to": [to]}


def follow(actor: str, *, id: str, who: str) -> JsonObject:
    """Write the request of ``who`` to follow an actor."""
    return {**_activity("Follow", id=id, actor=who, of=actor), "to": [actor]}


def flag(
    who: str, *, posts: Iterable[str], says: str, id: str, actor: str
) -> JsonObject:
    """Write a report about an actor and what they wrote, for their own server (W17)."""
    return {
        **_activity("Flag", id=id, actor=actor, of=[who, *posts]),
        "content": says,
        "to": [who],
    }


def move(actor: str, *, id: str, target: str) -> JsonObject:
    """Write the activity with which an actor tells its followers where it is now (W18).

    Both ends must say so: the target by ``alsoKnownAs``, the actor by ``movedTo``.
    """
    return {
        **_activity("Move", id=id, actor=actor, of=actor),
        "target": target,
        "to": [f"{actor}/followers"],
    }


def accept(
    request: JsonObject, *, id: str, actor: str, result: str | None = None
) -> JsonObject:
    """Write the consent to a Follow, Join or Offer. Repeating it does no harm (W14).

    ``result`` is the address of what came of it, if anything did.
    """
    answer = _answer("Accept", request, id=id, actor=actor)
    return {**answer, **given(result=result)}


def reject(request: JsonObject, *, id: str, actor: str) -> JsonObject:
    """Write the refusal of a request, or the end of one that was accepted (W14)."""
    return _answer("Reject", request, id=id, actor=actor)


def _answer(kind: str, request: JsonObject, *, id: str, actor: str) -> JsonObject:
    asked: JsonObject = {
        term: request[term]
        for term in ("id", "type", "actor", "object", "instrument")
        if term in request
    }
    answer = _activity(kind, id=id, actor=actor, of=asked)
    return {**answer, "to": [request["actor"]]}


def undo(activity: JsonObject, *, id: str) -> JsonObject:
    """Write the activity that takes back one of the same actor's."""
    return {
        **_activity("Undo", id=id, actor=activity["actor"], of=activity),
        "to": activity.get("to", []),
        "cc": activity.get("cc", []),
    }


def delete(of: JsonObject, *, id: str, actor: str, audience: Audience) -> JsonObject:
    """Write the activity that tells of a deletion; ``of`` is the tombstone (W16)."""
    return {
        **_activity("Delete", id=id, actor=actor, of=of),
        **addressed(audience),
    }


def _activity(kind: str, *, id: str, actor: JsonValue, of: JsonValue) -> JsonObject:
    require_plain(id)
    context: JsonValue = [AS2, DATA_INTEGRITY]
    if isinstance(of, dict) and "proof" not in of:
        # Readers look for the terms at the top; what is signed stays as it is.
        context = join_contexts(context, of.get("@context", []))
        of = {term: value for term, value in of.items() if term != "@context"}
    return {"@context": context, "id": id, "type": kind, "actor": actor, "object": of}
