"""What an activity from elsewhere comes to. Only records count; the rest is welcomed.

Who signed the activity was settled before it got here. Each is dealt with in one
transaction, and dealing with it again changes nothing.
"""

import functools
import sqlite3
from dataclasses import dataclass
from typing import Final

import structlog

from activitypub import addresses, canonical, documents, reading
from activitypub.canonical import JsonObject, JsonValue
from activitypub.errors import Forbidden, NotAuthentic, ProtocolError
from instance import archive, chamber, markup, speech
from instance.archive import Outcome
from instance.desk import Desk
from instance.store import database, inbound, posts, records

log = structlog.get_logger()

AT_ONCE: Final = 64
TRY_AGAIN: Final = 60
MOST_FAILURES: Final = 4
SHOWN: Final = frozenset({"Note", "Article", "Page", "Question"})


@dataclass(frozen=True, slots=True)
class Effect:
    """What an activity came to, in words; and whether our chamber has to hear of it."""

    says: str
    concerns_chamber: bool = False


@dataclass(frozen=True, slots=True)
class Round:
    """Whether more may be waiting, and whether one of these concerns our chamber."""

    more: bool
    concerns_chamber: bool


def deal_with_arrivals(desk: Desk) -> Round:
    """Deal with activities that wait, as many as one transaction should hold up.

    One activity, however strange, neither stops the others nor leaves half of its
    effects: what it did is undone, and why is kept with it.
    """
    waiting = inbound.due(desk.connection, now=desk.seconds, most=AT_ONCE)
    outcomes: dict[int, str] = {}
    concerns_chamber = False
    for item in waiting:
        try:
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
    inbound.finish(desk.connection, outcomes)
    return Round(len(waiting) == AT_ONCE, concerns_chamber)


def deal_with(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    """Deal with an activity that ``actor`` truly sent; say what it came to.

    Raises:
        ProtocolError: it cannot be what it says; nothing is changed.
    """
    match activity.get("type"):
        case "Follow":
            return Effect(_follow(desk, actor, activity))
        case "Undo":
            return Effect(_undo(desk, actor, activity))
        case "Create":
            return _create(desk, actor, activity)
        case "Update":
            return Effect(_update(desk, actor, activity))
        case "Delete":
            return Effect(_delete(desk, actor, activity))
        case kind:
            return Effect(f"ignored: we do nothing with {kind!s:.40}")


def _ours(desk: Desk, id: JsonValue) -> str | None:
    """Return the path of what has this address at our node, or None."""
    prefix = f"{desk.config.base}/"
    if isinstance(id, str) and id.startswith(prefix):
        return id.removeprefix(prefix)
    return None


def _follow(desk: Desk, actor: str, activity: JsonObject) -> str:
    path = _ours(desk, reading.id_of(activity.get("object")))
    followed = None if path is None else posts.actor(desk.connection, path)
    if followed is None:
        return "ignored: nobody of that address lives here"
    follower = _known(desk, actor)
    if follower is None:
        return "ignored: the follower is not known"
    posts.follow(
        desk.connection,
        actor=followed.path,
        follower=actor,
        inbox=follower.inbox,
        shared_inbox=follower.shared_inbox,
        follow=str(activity["id"]),
        at=canonical.write_time(desk.now),
    )
    speech.answer(
        desk,
        followed.path,
        documents.accept(
            activity,
            id=speech.address(desk, f"a/{desk.new_id()}"),
            actor=speech.address(desk, followed.path),
        ),
        inbox=follower.inbox,
    )
    return "followed"


def _undo(desk: Desk, actor: str, activity: JsonObject) -> str:
    inner = activity.get("object")
    if isinstance(inner, dict) and inner.get("type") not in ("Follow", None):
        return "ignored: there is nothing of that kind to undo"
    id = reading.id_of(inner)
    path = posts.followed_by(desk.connection, follow=str(id), follower=actor)
    if path is None and isinstance(inner, dict):
        path = _ours(desk, reading.id_of(inner.get("object")))
    if path is None:
        return "ignored: no such follow is known"
    posts.unfollow(desk.connection, follower=actor, actor=path)
    return "unfollowed"


def _create(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    found = activity.get("object")
    if not isinstance(found, dict):
        return Effect("ignored: nothing is inside it")
    if "assemblyRecord" in found:
        carried = found["assemblyRecord"]
        if not isinstance(carried, dict):
            return Effect("ignored: the record inside is none")
        return Effect(_record(desk, carried, [activity, found]), concerns_chamber=True)
    if "proof" in found and found.get("type") not in SHOWN:
        return Effect(_record(desk, found, [activity]), concerns_chamber=True)
    return Effect(_reply(desk, actor, found))


def _record(desk: Desk, document: JsonObject, beside: list[JsonObject]) -> str:
    # An entry is believed for its own signature, whoever brings it.
    if document.get("type") == "Vote":
        return chamber.hear_vote(desk, document)
    try:
        filing = archive.file(desk, document)
    except Forbidden:
        return "ignored: no record of that assembly is kept here"
    for holder in beside:
        archive.keep_texts(desk, holder.get("assemblyTexts"))
    if filing.outcome is Outcome.AHEAD:
        records.ask_to_catch_up(desk.connection, filing.assembly)
    if filing.outcome is Outcome.CONTRADICTS:
        chamber.report_contradictions(desk)
    _heads(desk, beside[0].get("assemblyHeads"))
    return f"record: {filing.outcome.value}"


def _heads(desk: Desk, heads: JsonValue) -> None:
    if not isinstance(heads, list):
        return
    for head in heads[:16]:
        match head:
            case {"assembly": str(id), "size": int(size)}:
                known = records.assembly(desk.connection, id)
                if known is not None and size > known.size:
                    records.ask_to_catch_up(desk.connection, id)
            case _:
                continue


def _reply(desk: Desk, actor: str, document: JsonObject) -> str:
    post = reading.post(document)
    if post.type not in SHOWN or post.author != actor:
        return "ignored: not a post of the sender's that we show"
    if post.in_reply_to is None or not post.public:
        return "ignored: no public reply to anything of ours"
    about = _thing_of_ours(desk, post.in_reply_to)
    if about is None:
        return "ignored: it replies to nothing of ours"
    who = _known(desk, actor)
    posts.keep_reply(
        desk.connection,
        id=post.id,
        about=about,
        actor=actor,
        author=_handle(actor, who),
        content=str(markup.clean(post.content)),
        published=canonical.write_time(post.published or desk.now),
        received_at=canonical.write_time(desk.now),
    )
    return "reply kept"


def _thing_of_ours(desk: Desk, id: str) -> str | None:
    """Return the post of ours that this, or what it replied to, is about."""
    path = _ours(desk, id)
    parent = None if path is None else posts.object_at(desk.connection, path)
    if parent is not None:
        return str(parent["id"])
    reply = posts.reply(desk.connection, id)
    return None if reply is None else str(reply["about"])


def _known(desk: Desk, actor: str) -> reading.Actor | None:
    row = inbound.remote_actor(desk.connection, actor)
    return None if row is None or row["body"] is None else _read_actor(row["body"])


@functools.lru_cache(maxsize=512)
def _read_actor(text: str) -> reading.Actor:
    return reading.actor(canonical.read(text.encode()))


def _handle(actor: str, who: reading.Actor | None) -> str:
    host = addresses.parse(actor).authority
    if who is None or who.username is None:
        return f"somebody at {host}"
    return f"{who.name} (@{who.username}@{host})"


def _update(desk: Desk, actor: str, activity: JsonObject) -> str:
    found = activity.get("object")
    if not isinstance(found, dict):
        return "ignored: nothing is inside it"
    if found.get("id") == actor:
        if _known(desk, actor) is None:
            return "ignored: that actor is not known here"
        reading.actor(found)
        inbound.keep_remote_actor(
            desk.connection,
            actor,
            document=found,
            learned_at=desk.seconds,
            asked_at=desk.seconds,
        )
        return "actor updated"
    post = reading.post(found)
    if post.author != actor:
        raise NotAuthentic("Only its author may update a post.")
    posts.edit_reply(
        desk.connection,
        id=post.id,
        actor=actor,
        content=str(markup.clean(post.content)),
    )
    return "reply updated"


def _delete(desk: Desk, actor: str, activity: JsonObject) -> str:
    id = reading.id_of(activity.get("object"))
    if id == actor:
        inbound.forget_remote_actor(desk.connection, actor)
        return "actor forgotten"
    posts.drop_reply(desk.connection, id=str(id), actor=actor)
    return "reply dropped"
