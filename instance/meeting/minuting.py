"""Approved minutes are one text: kept, read here, and published as it was approved.

The text is plain, so that it can be read aloud, printed and compared: a line that
begins with ``## `` is a heading, one with ``- `` belongs to a list, all else is a
paragraph.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from markupsafe import Markup, escape

from activitypub import canonical, documents
from activitypub.canonical import JsonObject
from confederation.identifiers import PhotoId
from confederation.meeting import minutes
from instance import node, speech
from instance.desk import Desk
from instance.fediverse import markup
from instance.languages import N_, translated
from instance.store import posts

MINUTES: Final = "Minutes"
"""The kind of the article that carries approved minutes."""
HEADING: Final = "## "
ITEM: Final = "- "
CORRECTIONS: Final = N_("Corrections")
WITHOUT_WORDS: Final = N_("Sound without words")
MOST_IN_ABSTRACT: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of minutes: a heading, sentences, and a list below them."""

    heading: str
    says: tuple[str, ...] = ()
    items: tuple[str, ...] = ()


def of_meeting(desk: Desk, id: str) -> minutes.State:
    """Return the minutes of a meeting as they stand; empty where there are none."""
    stream = f"minutes:{id}"
    if not node.exists(desk, stream):
        return minutes.NOTHING
    state: minutes.State = node.load(desk, stream)
    return state


def write(sections: Iterable[Section]) -> str:
    """Write minutes as one plain text; what is empty is left out."""
    blocks = []
    for section in sections:
        if not section.says and not section.items:
            continue
        blocks.append(f"{HEADING}{_line(section.heading)}")
        blocks += [_plain(each) for each in section.says if each.strip()]
        if section.items:
            blocks.append("\n".join(f"{ITEM}{_line(each)}" for each in section.items))
    return "\n\n".join(blocks)


def corrected(text: str, section: Section) -> str:
    """Put the corrections at the end of approved minutes in place of earlier ones."""
    before = text.partition(f"\n\n{HEADING}{section.heading}\n")[0]
    return f"{before}\n\n{write([section])}"


def in_html(text: str) -> Markup:
    """Show minutes as HTML that servers elsewhere keep (W21)."""
    html = Markup("")
    for block in text.split("\n\n"):
        if block.startswith(HEADING):
            html += Markup("<h2>{}</h2>").format(block.removeprefix(HEADING))
        elif block.startswith(ITEM):
            items = (each.removeprefix(ITEM) for each in block.split("\n"))
            html += Markup("<ul>{}</ul>").format(
                Markup("").join(Markup("<li>{}</li>").format(each) for each in items)
            )
        elif block.strip():
            html += markup.paragraphs(block)
    return html


def publish(
    desk: Desk,
    session: str,
    *,
    title: str,
    text: str,
    lang: str,
    photos: Iterable[tuple[PhotoId, str, str]] = (),
) -> None:
    """Publish approved minutes as an article, or their corrected version in its place.

    Args:
        desk: with the transaction.
        session: the id of the meeting.
        title: of the minutes.
        text: as it was approved.
        lang: the BCP 47 tag of the language that it is in.
        photos: those that everybody may see or hear, each with its media type and
            what is to be seen or heard.
    """
    about, page = f"minutes:{session}", f"/sessions/{session}/minutes"
    html = Markup("<p><strong>{}</strong></p>").format(title) + in_html(text)
    row = posts.object_about(desk.connection, about, kind=MINUTES)
    if row is not None:
        before = canonical.read(row["body"].encode())
        content: JsonObject = {"content": str(html), "contentMap": {lang: str(html)}}
        speech.revise(desk, before | content)
        return
    post = replace(
        speech.a_post(desk, html=str(html), page=page),
        language=lang,
        attachments=tuple(
            documents.attachment(
                speech.address(desk, f"sessions/{session}/photos/{photo}"),
                media_type=type,
                name=says or translated(WITHOUT_WORDS),
            )
            for photo, type, says in photos
        ),
    )
    speech.publish(
        desk,
        documents.article(post, name=title, summary=_abstract(text)),
        by=speech.clerk_path(desk),
        kind=MINUTES,
        about=about,
    )


def _abstract(text: str) -> str:
    """Return the beginning of minutes: all that some servers show of an article."""
    first = next(
        (
            block
            for block in text.split("\n\n")
            if block.strip() and not block.startswith((HEADING, ITEM))
        ),
        "",
    )
    short = first if len(first) <= MOST_IN_ABSTRACT else f"{first[:MOST_IN_ABSTRACT]}…"
    return f"<p>{escape(short)}</p>"


def _line(text: str) -> str:
    return " ".join(text.split())


def _plain(text: str) -> str:
    """Keep a text's own lines from being read as headings or lists."""
    lines = (line.lstrip("#- \t") for line in text.strip().split("\n"))
    return "\n\n".join(each for each in lines if each)
