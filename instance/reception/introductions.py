"""Who wants to be met elsewhere, and what comes of it, from each for themselves alone.

An introduction is taken from whoever we know, about a wish of ours that stands. What
its introducer says binds nobody who has not agreed.
"""

import html
from typing import Final

from activitypub import addresses, canonical, reading
from activitypub.canonical import JsonObject
from activitypub.errors import Malformed, NotAuthentic
from confederation.dealings import wish
from confederation.errors import NotEntitled, Refused
from confederation.identifiers import ActorId, WishId
from instance import node, speech
from instance.dealings import introducing
from instance.desk import Desk
from instance.fediverse import markup
from instance.fediverse.judgement import Severity
from instance.reception.effect import Effect
from instance.reception.senders import handle, known, ours
from instance.store import events, personas, posts, records, wishes

MOST_IN_ABOUT: Final = 300
MOST_IN_PLACE: Final = 80
MOST_IN_WORDS: Final = 1_000


def is_wish(document: JsonObject) -> bool:
    """Whether a document says that somebody would like to be met."""
    return isinstance(document.get("wantsToMeet"), dict)


def is_letter(document: JsonObject) -> bool:
    """Whether a document is what somebody writes to whom they were introduced."""
    return isinstance(document.get("introduction"), str)


def hear(desk: Desk, actor: str, document: JsonObject) -> Effect | None:
    """Keep that somebody wants to be met; None where it is nothing for this node.

    Raises:
        Malformed: it says nothing that can be read.
        NotAuthentic: it is another's.
    """
    if ours(desk, actor) is not None or not _know_each_other(desk, actor):
        return None
    if reading.author_of(document) != actor:
        raise NotAuthentic("Only its author may say who wants to be met.")
    who, id = known(desk, actor), reading.id_of(document)
    if who is None or desk.judgement.of(actor) is not Severity.NONE:
        return Effect("ignored: its author is kept at a distance, or not known")
    if id is None or not addresses.same_origin(id, actor):
        raise Malformed("A wish has an address with its author.")
    said = document["wantsToMeet"]
    assert isinstance(said, dict)
    about, place = _line(said, "about"), _line(said, "place")
    whose = said.get("whose")
    if not about or whose not in ("assembly", "member"):
        raise Malformed("It does not say who wants to be met about what.")
    new = wishes.keep(
        desk.connection,
        wishes.Elsewhere(
            id=id,
            actor=actor,
            inbox=who.inbox,
            author=handle(actor, who),
            whose=str(whose),
            about=about[:MOST_IN_ABOUT],
            place=place[:MOST_IN_PLACE],
            at=canonical.write_time(desk.now),
        ),
    )
    return Effect("wish kept" if new else "ignored: no room, or another's")


def gone(desk: Desk, actor: str, id: str | None) -> bool:
    """Drop a wish, or a letter, that its author deleted."""
    if id is None:
        return False
    dropped = wishes.drop(desk.connection, id=id, actor=actor)
    return introducing.gone(desk, actor, id) or dropped


def offer(desk: Desk, actor: str, activity: JsonObject, found: JsonObject) -> Effect:
    """Take in that somebody who knows us offers to introduce one of ours.

    Raises:
        NotAuthentic: another offers it than they say.
    """
    id, address = _wish(desk, found), reading.id_of(found)
    who = known(desk, actor)
    if id is None or address is None or who is None:
        return Effect("ignored: nobody here asked to be met there")
    if reading.author_of(found) != actor or not addresses.same_origin(address, actor):
        raise NotAuthentic("Only its author offers an introduction.")
    if desk.judgement.of(actor) is not Severity.NONE or not _know_each_other(
        desk, actor
    ):
        return Effect("ignored: its introducer is not known here")
    words = events.keep_wording(desk.connection, _words(found))
    command = wish.TakeIntroduction(
        introduction=introducing.introduction_id(actor, address),
        address=address,
        activity=str(activity["id"]),
        introducer=ActorId(actor),
        inbox=who.inbox,
        words=words,
        by=None,
        at=desk.now,
    )
    effect = _carry_out(desk, id, command, "introduction kept")
    if effect.says != "introduction kept":
        events.forget_wording(desk.connection, [words])
    return effect


def update(desk: Desk, actor: str, found: JsonObject) -> Effect:
    """Take the introducer's word that both agreed, and write to the other side.

    Raises:
        Malformed: it does not say who the other is.
        NotAuthentic: it comes from somebody else, or nobody here agreed.
    """
    id, address = _wish(desk, found), reading.id_of(found)
    if id is None or address is None:
        return Effect("ignored: no introduction of anybody here")
    match found.get("introduces"):
        case {"actor": str(other), "inbox": str(inbox), "wish": str(theirs)}:
            pass
        case _:
            raise Malformed("It does not say who the other is.")
    if not all(addresses.same_origin(each, other) for each in (inbox, theirs)):
        raise Malformed("What is said of the other is not of one server.")
    of = introducing.introduction_id(actor, address)
    command = wish.HearMatch(
        introduction=of,
        introducer=ActorId(actor),
        other=ActorId(other),
        inbox=inbox,
        wish=theirs,
        by=None,
        at=desk.now,
    )
    effect = _carry_out(desk, id, command, "introduced")
    if effect.says == "introduced":
        introducing.write(desk, id, of)
    return effect


def letter(desk: Desk, actor: str, document: JsonObject) -> Effect:
    """Keep what somebody writes to whom they were introduced, for those eyes alone.

    Raises:
        NotAuthentic: it is another's, or nobody here agreed to meet them.
    """
    id, post = _wish(desk, document), reading.id_of(document)
    if id is None or post is None:
        return Effect("ignored: nobody here asked to be met there")
    if reading.author_of(document) != actor or not addresses.same_origin(post, actor):
        raise NotAuthentic("Only its author sends a letter.")
    if desk.judgement.of(actor) is not Severity.NONE:
        return Effect("ignored: they are kept at a distance")
    state: wish.State = node.load(desk, f"wish:{id}")
    of = next(
        (
            each.taken.introduction
            for each in state.introductions.values()
            if each.taken.address == document["introduction"]
        ),
        None,
    )
    if of is None:
        return Effect("ignored: nobody was introduced to them")
    kept = events.keep_wording(desk.connection, _words(document))
    command = wish.HearWords(
        introduction=of, actor=ActorId(actor), words=kept, by=None, at=desk.now
    )
    try:
        fresh = introducing.keep_letter(desk, id, command, post=post)
    except NotEntitled as reason:
        raise NotAuthentic(str(reason)) from reason
    except Refused as reason:
        fresh, says = False, f"ignored: {reason}"
    else:
        says = "letter kept" if fresh else "ignored: that letter is known"
    if not fresh:
        events.forget_wording(desk.connection, [kept])
    return Effect(says)


def answered(
    desk: Desk, actor: str, activity: JsonObject, *, accepted: bool
) -> Effect | None:
    """Take an answer to what we introduced, from whoever was asked (S22).

    None if it answers nothing of the kind.

    Raises:
        NotAuthentic: it comes from somebody else.
    """
    found = introducing.side_of(desk, reading.id_of(activity.get("object")))
    if found is None:
        return None
    id, number = found
    try:
        fresh = introducing.hear_side(desk, id, number, ActorId(actor), yes=accepted)
    except NotEntitled as reason:
        raise NotAuthentic(str(reason)) from reason
    return Effect("a side answered" if fresh else "ignored: known, or over")


def undo(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    """Hear that an introduction comes to nothing.

    Raises:
        NotAuthentic: it comes from another than introduces.
    """
    inner = activity.get("object")
    found = inner.get("object") if isinstance(inner, dict) else None
    if not isinstance(found, dict) or reading.type_of(found) != (
        introducing.INTRODUCTION
    ):
        return Effect("ignored: there is nothing of that kind to undo")
    id, address = _wish(desk, found), reading.id_of(found)
    if id is None or address is None:
        return Effect("ignored: no introduction of anybody here")
    command = wish.HearEnd(
        introduction=introducing.introduction_id(actor, address),
        introducer=ActorId(actor),
        by=None,
        at=desk.now,
    )
    return _carry_out(desk, id, command, "introduction ended")


def _carry_out(
    desk: Desk,
    id: WishId,
    command: wish.TakeIntroduction | wish.HearMatch | wish.HearEnd,
    says: str,
) -> Effect:
    try:
        happened = node.perform(desk, f"wish:{id}", command)
    except NotEntitled as reason:
        raise NotAuthentic(str(reason)) from reason
    except Refused as reason:
        return Effect(f"ignored: {reason}")
    return Effect(says if happened else "ignored: known")


def _wish(desk: Desk, document: JsonObject) -> WishId | None:
    return introducing.of_post(desk, reading.id_of(document.get("target")))


def _know_each_other(desk: Desk, actor: str) -> bool:
    """Whether they confederate with us, follow our assembly, or are followed here."""
    for fellow in records.assemblies(desk.connection):
        if not fellow.ours and (
            actor == fellow.address or actor.startswith(f"{fellow.address}/")
        ):
            return True
    group = speech.group_path(desk)
    return posts.is_follower(
        desk.connection, actor=group, follower=actor
    ) or personas.is_followed(desk.connection, actor)


def _line(said: JsonObject, term: str) -> str:
    value = said.get(term)
    return reading.one_line(value).strip() if isinstance(value, str) else ""


def _words(document: JsonObject) -> str:
    text = html.unescape(markup.plain(reading.text_of(document, "content") or ""))
    return text[:MOST_IN_WORDS]
