"""Somebody elsewhere reports what was said here, or who said it: moderators look.

Servers report in different forms: ids in a list or alone, a person's and posts' mixed,
and some put the addresses of posts into the text (W17). What is neither ours nor kept
here is nothing that we can act on.
"""

import re
from typing import Final

from activitypub import addresses, canonical, reading
from activitypub.canonical import JsonObject, JsonValue
from instance import speech
from instance.desk import Desk
from instance.fediverse import markup
from instance.reception.effect import Effect
from instance.reception.senders import ours
from instance.store import inbound, moderation, posts, remote_posts
from instance.store.moderation import Report

MOST_NAMED: Final = 50
MOST_OPEN: Final = 50
LONGEST: Final = 3_000
_URL: Final = re.compile(r"https?://[^\s<>\"']+")


def file(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    """Keep a report for the moderators."""
    host = addresses.parse(actor).authority
    if not desk.judgement.reads_reports_of(host):
        return Effect("ignored: reports from there are not read")
    if moderation.open_reports_by(desk.connection, actor) >= MOST_OPEN:
        return Effect("ignored: many reports of this reporter wait already")
    says = markup.plain(_words(activity))[:LONGEST]
    about: list[str] = []
    named: list[str] = []
    for id in dict.fromkeys([*_ids(activity.get("object")), *_URL.findall(says)]):
        author = _author(desk, id)
        if author == id:
            about.append(id)
        elif author is not None:
            about.append(author)
            named.append(id)
    if not about:
        return Effect("ignored: it is about nobody and nothing here")
    moderation.keep_report(
        desk.connection,
        Report(
            id=str(activity["id"]),
            reporter=actor,
            member=False,
            about=about[0],
            posts=tuple(named),
            reason="other",
            says=says,
            at=canonical.write_time(desk.now),
        ),
    )
    return Effect("report kept")


def _ids(named: JsonValue) -> list[str]:
    listed = named if isinstance(named, list) else [named]
    found = (reading.id_of(each) for each in listed[:MOST_NAMED])
    return [id for id in found if isinstance(id, str)]


def _words(activity: JsonObject) -> str:
    # Lemmy and PieFed say why in the summary, the others in the content.
    for term in ("content", "summary"):
        text = activity.get(term)
        if isinstance(text, str) and text:
            return text
    return ""


def _author(desk: Desk, id: str) -> str | None:
    """Return who is meant: an actor themselves, or the author of a post, if known."""
    path = ours(desk, id)
    if path is not None:
        if posts.actor(desk.connection, path) is not None:
            return id
        row = posts.object_at(desk.connection, path)
        return None if row is None else speech.address(desk, row["actor"])
    kept = remote_posts.reply(desk.connection, id)
    if kept is not None:
        return str(kept["actor"])
    known = inbound.remote_actor(desk.connection, id)
    return None if known is None or known["body"] is None else id
