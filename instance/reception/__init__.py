"""What an activity from elsewhere comes to. Only records count; the rest is welcomed.

Who signed the activity was settled before it got here. Each is dealt with in one
transaction, and dealing with it again changes nothing.
"""

import contextlib
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from activitypub import canonical, reading
from activitypub.canonical import JsonObject
from activitypub.errors import Forbidden, Malformed, ProtocolError
from instance.dealings import aiding, introducing, practices
from instance.desk import Desk
from instance.membership import seeds
from instance.reception import (
    actors,
    aid,
    answers,
    entries,
    erasures,
    flags,
    follows,
    introductions,
    joint,
    libraries,
    lots,
    mandates,
    meetings,
    moves,
    passed_on,
    polls,
    quotes,
    reactions,
    replies,
    senders,
    timelines,
)
from instance.reception.effect import Effect
from instance.store import database, inbound

log = structlog.get_logger()

AT_ONCE: Final = 128
TRY_AGAIN: Final = 60
MOST_FAILURES: Final = 4


@dataclass(frozen=True, slots=True)
class Round:
    """Whether more may be waiting, and whether one of these concerns our chamber.

    ``waited`` is for how many seconds the first of them had been here, and ``new_keys``
    names the actors whose keys are not what they were.
    """

    more: bool
    waited: int
    concerns_chamber: bool
    new_keys: frozenset[str] = frozenset()


def deal_with_arrivals(desk: Desk) -> Round:
    """Deal with activities that wait, as many as one transaction should hold up.

    One activity, however strange, neither stops the others nor leaves half of its
    effects: what it did is undone, and why is kept with it.
    """
    waiting = inbound.due(desk.connection, now=desk.seconds, most=AT_ONCE)
    judgement = desk.judgement
    outcomes: dict[int, str] = {}
    concerns_chamber = False
    new_keys = set()
    for item in waiting:
        try:
            # They may have been suspended since it came.
            if judgement.bars(item.actor):
                raise Forbidden("This node does not deal with its sender.")
            with database.nested(desk.connection):
                effect = deal_with(desk, item.actor, canonical.read(item.body))
        except ProtocolError as error:
            effect = Effect(f"refused: {error}")
        except sqlite3.OperationalError:
            # A full disk is no activity's fault.
            raise
        except Exception as error:
            log.exception("activity failed", id=item.id)
            if item.failures < MOST_FAILURES:
                again = desk.seconds + TRY_AGAIN
                inbound.put_off(desk.connection, item.number, until=again)
                continue
            effect = Effect(f"failed: {type(error).__name__}")
        outcomes[item.number] = effect.says
        concerns_chamber |= effect.concerns_chamber
        if effect.changes_keys:
            new_keys.add(item.actor)
    inbound.finish(desk.connection, outcomes)
    return Round(
        more=len(waiting) == AT_ONCE,
        waited=desk.seconds - waiting[0].due_at if waiting else 0,
        concerns_chamber=concerns_chamber,
        new_keys=frozenset(new_keys),
    )


def deal_with(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    """Deal with an activity that ``actor`` truly sent; say what it came to.

    Raises:
        ProtocolError: it cannot be what it says; nothing is changed.
    """
    kind = str(activity.get("type"))
    deal = _KINDS.get(kind)
    if deal is None:
        return Effect(f"ignored: we do nothing with {kind:.40}")
    return deal(desk, actor, activity)


def _create(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    if answers := reading.votes(activity):
        return polls.answer(desk, actor, answers)
    found = activity.get("object")
    if not isinstance(found, dict):
        return Effect("ignored: nothing is inside it")
    if reading.type_of(found) == "EconomicEvent":
        return aid.event(desk, actor, found)
    if aiding.is_aid(found):
        return _aid(desk, actor, activity, found, replies.create)
    if introductions.is_wish(found):
        return _wish(desk, actor, activity, found, replies.create)
    if practices.is_practice(found):
        return _practice(desk, actor, activity, found, replies.create)
    if introductions.is_letter(found):
        return introductions.letter(desk, actor, found)
    if seeds.is_one(found):
        return lots.hear(desk, found)
    if "assemblyRecord" in found:
        carried = found["assemblyRecord"]
        if not isinstance(carried, dict):
            return Effect("ignored: the record inside is none")
        return entries.file(desk, carried, [activity, found])
    if "proof" in found and reading.type_of(found) not in senders.SHOWN:
        return entries.file(desk, found, [activity])
    return _meeting(desk, actor, found, replies.create(desk, actor, activity, found))


def _meeting(desk: Desk, actor: str, found: JsonObject, shown: Effect) -> Effect:
    """Keep a meeting that is called together with ours, beside the post that it is."""
    return Effect("joint meeting kept") if joint.hear(desk, actor, found) else shown


def _aid(
    desk: Desk,
    actor: str,
    activity: JsonObject,
    found: JsonObject,
    read: Callable[[Desk, str, JsonObject, JsonObject], Effect],
) -> Effect:
    """Keep what somebody needs or offers, and read it as the post that it is as well.

    Some software has it stand alone, as a Proposal that nobody reads otherwise.
    """
    kept = aid.hear(desk, actor, found)
    if reading.type_of(found) not in senders.SHOWN:
        return kept or Effect("ignored: it is nothing for this node")
    shown = read(desk, actor, activity, found)
    return kept or shown


def _wish(
    desk: Desk,
    actor: str,
    activity: JsonObject,
    found: JsonObject,
    read: Callable[[Desk, str, JsonObject, JsonObject], Effect],
) -> Effect:
    """Keep that somebody wants to be met, and read it as the post that it is too."""
    kept = introductions.hear(desk, actor, found)
    shown = read(desk, actor, activity, found)
    return kept or shown


def _practice(
    desk: Desk,
    actor: str,
    activity: JsonObject,
    found: JsonObject,
    read: Callable[[Desk, str, JsonObject, JsonObject], Effect],
) -> Effect:
    """Keep what somebody has in their library, and read it as the post that it is.

    What cannot be read as a practice may be a post all the same.
    """
    kept = None
    with contextlib.suppress(Malformed):
        kept = libraries.hear(desk, actor, found)
    shown = read(desk, actor, activity, found)
    return kept or shown


def _offer(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    found = activity.get("object")
    if isinstance(found, dict) and reading.type_of(found) == introducing.INTRODUCTION:
        return introductions.offer(desk, actor, activity, found)
    return aid.offer(desk, actor, activity)


def _update(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    found = activity.get("object")
    if not isinstance(found, dict):
        return Effect("ignored: nothing is inside it")
    if found.get("id") == actor:
        return actors.update(desk, actor, found)
    if reading.type_of(found) == "Agreement":
        return aid.update(desk, actor, found)
    if reading.type_of(found) == introducing.INTRODUCTION:
        return introductions.update(desk, actor, found)
    if aiding.is_aid(found):
        return _aid(desk, actor, activity, found, replies.update)
    if introductions.is_wish(found):
        return _wish(desk, actor, activity, found, replies.update)
    if practices.is_practice(found):
        return _practice(desk, actor, activity, found, replies.update)
    return _meeting(desk, actor, found, replies.update(desk, actor, activity, found))


def _delete(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    if erasures.concerns(activity):
        return erasures.delete(desk, actor, activity)
    id = reading.id_of(activity.get("object"))
    if id == actor:
        return actors.delete(desk, actor)
    aid.gone(desk, actor, id)
    libraries.gone(desk, actor, id)
    introductions.gone(desk, actor, id)
    joint.gone(desk, actor, id)
    return replies.delete(desk, actor, activity)


def _undo(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    """Undo what is named by its id or given whole, if this actor did it (S21)."""
    inner = activity.get("object")
    kind = reading.type_of(inner) if isinstance(inner, dict) else None
    undo = _UNDONE.get(kind)
    if undo is None:
        return Effect("ignored: there is nothing of that kind to undo")
    return undo(desk, actor, activity)


def _accept(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    return _answered(desk, actor, activity, accepted=True)


def _reject(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    return _answered(desk, actor, activity, accepted=False)


def _answered(
    desk: Desk, actor: str, activity: JsonObject, *, accepted: bool
) -> Effect:
    """Take an answer to what one of ours asked, of whoever was asked (S22)."""
    answered = erasures.answered(desk, actor, activity, accepted=accepted)
    answered = answered or mandates.answered(desk, actor, activity, accepted=accepted)
    answered = answered or mandates.ratified(desk, actor, activity)
    answered = answered or aid.answered(desk, actor, activity, accepted=accepted)
    answered = answered or introductions.answered(
        desk, actor, activity, accepted=accepted
    )
    answered = answered or answers.to_follow(desk, actor, activity, accepted=accepted)
    return answered or Effect("ignored: nothing of ours waits for this")


def _announce(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    """A post of ours that is handed on is counted; whoever follows sees it as well."""
    inner = activity.get("object")
    if isinstance(inner, dict) and reading.type_of(inner) in passed_on.KINDS:
        return passed_on.hear(desk, actor, activity, inner)
    kept = timelines.handed_on(desk, actor, activity)
    if senders.ours(desk, reading.id_of(activity.get("object"))) is None:
        return kept
    return reactions.share(desk, actor, activity)


def _undo_announce(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    undone = timelines.taken_back(desk, actor, activity)
    shared = reactions.undo(desk, actor, activity)
    return undone or shared


Deal = Callable[[Desk, str, JsonObject], Effect]

_KINDS: Final[dict[str, Deal]] = {
    "Accept": _accept,
    "Announce": _announce,
    "Block": follows.block,
    "Create": _create,
    "Delete": _delete,
    "EmojiReact": reactions.sign,
    "Flag": flags.file,
    "Follow": follows.follow,
    "Join": meetings.join,
    "Leave": meetings.leave,
    "Like": reactions.like,
    "Move": moves.move,
    "Offer": _offer,
    "QuoteRequest": quotes.ask,
    "Reject": _reject,
    "Undo": _undo,
    "Update": _update,
}


def _undo_whatever(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    """Undo what only its id names: it is one of these, or nothing that we know."""
    undone = reactions.take_back(desk, actor, activity)
    undone = undone or meetings.take_back(desk, actor, activity)
    undone = timelines.taken_back(desk, actor, activity) or undone
    return undone or follows.unfollow(desk, actor, activity)


_UNDONE: Final[dict[str | None, Deal]] = {
    None: _undo_whatever,
    "Announce": _undo_announce,
    "EmojiReact": reactions.undo,
    "Follow": follows.unfollow,
    "Join": meetings.leave_again,
    "Like": reactions.undo,
    "Offer": introductions.undo,
}
