"""A photo, drawing or recording is for the room, unless somebody says otherwise.

Each is worth what a text is worth: it stands beside a point, a theme or the minutes,
and has words for those who do not see or hear it.
"""

import asyncio
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical
from activitypub.errors import Unsupported
from confederation import session
from confederation.identifiers import PhotoId, SessionId
from confederation.meeting import minutes, point, theme
from confederation.meeting.minutes import Beside, Kind, Seen
from confederation.meeting.point import Place
from instance import node
from instance.desk import Desk
from instance.errors import Misused
from instance.fediverse import drawing, ranges
from instance.meeting import minuting, sound
from instance.store import events, photos
from instance.web.forms import MOST_BYTES, Form
from instance.web.languages import N_
from instance.web.matters import translations
from instance.web.rights import may, may_at
from instance.web.site import Show, Site, not_found, see_other
from instance.web.visits import Member, Visit, the_member

MOST_IN_CAPTION: Final = 300
MOST_IN_TRANSCRIPT: Final = 20_000
SEEN: Final[Mapping[Seen, str]] = {
    "room": N_("Who took part that evening"),
    "members": N_("The members"),
    "everyone": N_("Everyone"),
}
KINDS: Final[Mapping[Kind, str]] = {
    "photo": N_("A photo, of a flipchart for example"),
    "drawing": N_("A drawing, made on a phone or photographed"),
    "recording": N_("A recording: a song, a poem, voices, sounds of the place"),
}
HEADERS: Final = {
    "content-security-policy": "sandbox; default-src 'none'; media-src 'self'",
    "cross-origin-resource-policy": "same-origin",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoView:
    """``says`` is empty for a recording that needs no words.

    ``beside`` is the key of what it belongs to, empty for the minutes; ``where`` says
    what that is. ``transcript`` is empty where nobody wrote down what is said in it,
    which ``lacks_words`` says of what needs it; ``lang`` is its language.
    """

    id: str
    says: str
    seen: Seen
    kind: Kind
    beside: str
    where: str
    href: str
    transcript: str
    lang: str
    lacks_words: bool
    may_transcribe: bool


def routes(site: Site, *, again: Show) -> list[Route]:
    """Give the forms and pictures below the minutes, which are shown ``again``."""

    async def attach(request: Request, form: Form) -> Response:
        form.only(
            *("photo", "says", "seen", "kind", "beside", "wordless", "agreed"),
            *("transcript", "lang"),
        )
        member, id = the_member(request), _id(request)
        kind = cast(Kind, form.choice("kind", "What it is", among=KINDS))
        needs_none = kind == "recording" and form.ticked("wordless")
        says = form.line(
            *("says", "What is to be seen or heard"),
            least=0 if needs_none else 1,
            most=MOST_IN_CAPTION,
        )
        transcript = read_transcript(form, least=0) if kind == "recording" else ""
        lang = translations.read_language(form)
        seen = form.choice("seen", "Who will see this", among=SEEN)
        data = form.files.get("photo", b"")
        if not data:
            raise Misused("Please choose a file.").of("photo")
        type, body = await _cleaned(kind, data)

        def carry_out(desk: Desk) -> None:
            node.load(desk, f"session:{id}")
            photo = PhotoId(hashlib.sha256(id.encode() + body).hexdigest()[:28])
            if photo in minuting.of_meeting(desk, id).photos:
                return
            command = minutes.AttachPhoto(
                session=SessionId(id),
                photo=photo,
                says=events.keep_wording(desk.connection, says) if says else None,
                transcript=events.keep_wording(desk.connection, transcript, lang=lang)
                if transcript
                else None,
                seen=seen,  # type: ignore[arg-type]
                kind=kind,
                beside=_beside(desk, id, form.one("beside")),
                agreed=form.ticked("agreed"),
                by=member.id,
                at=desk.now,
            )
            node.perform(desk, f"minutes:{id}", command)
            photos.keep(
                desk.connection,
                photo,
                session=id,
                type=type,
                body=body,
                at=canonical.write_time(desk.now),
            )

        await site.work(carry_out)
        return see_other(f"/sessions/{id}/minutes#photos")

    async def show(request: Request, form: Form) -> Response:
        form.only("photo", "seen", "agreed")
        member, id = the_member(request), _id(request)
        await site.work(lambda desk: _show(desk, id, member, form))
        return see_other(f"/sessions/{id}/minutes")

    async def remove(request: Request, form: Form) -> Response:
        form.only("photo")
        member, id = the_member(request), _id(request)
        await site.work(lambda desk: _remove(desk, id, member, form))
        await site.node.database.forget_steps()
        return see_other(f"/sessions/{id}/minutes")

    async def photo(request: Request) -> Response:
        visit: Visit = request.state.visit
        id, named = _id(request), PhotoId(request.path_params["photo"])

        def look(desk: Desk) -> tuple[str, bytes] | None:
            known = minuting.of_meeting(desk, id).photos.get(named)
            if known is None or not may_see(desk, id, known, visit):
                return None
            return photos.found(desk.connection, named, session=id)

        found = await site.node.look(look)
        if found is None:
            raise not_found()
        type, data = found
        name = f"{type.partition('/')[0]}.{type.rpartition('/')[2]}"
        return ranges.in_part(
            data,
            asked=request.headers,
            kind=type,
            headers={**HEADERS, "content-disposition": f'inline; filename="{name}"'},
        )

    base = "/sessions/{id}"
    most = max(drawing.MOST_BYTES, sound.MOST_BYTES) + MOST_BYTES
    return [
        site.form(f"{base}/photos", attach, again=again, most=most),
        site.page(f"{base}/photos/{{photo}}", photo),
        site.form(f"{base}/minutes/photos/show", show, again=again),
        site.form(f"{base}/minutes/photos/remove", remove, again=again),
    ]


def views(
    desk: Desk, id: str, visit: Visit, *, of: type[Place] | type[int] | None = None
) -> Iterator[PhotoView]:
    """Go through what came out of a meeting and is no text, as far as one may see it.

    ``of`` asks for those alone that stand beside points, or beside themes.
    """
    named = {beside: words for _, words, beside in places(desk, id)}
    for each, known in minuting.of_meeting(desk, id).photos.items():
        if of is not None and not isinstance(known.beside, of):
            continue
        if may_see(desk, id, known, visit):
            said = known.transcript
            yield PhotoView(
                id=each,
                says=_words(desk, known.says),
                seen=known.seen,
                kind=known.kind,
                beside=_key(known.beside),
                where=named.get(known.beside, ""),
                href=f"/sessions/{id}/photos/{each}",
                transcript=_words(desk, said),
                lang=events.language(desk.connection, said) if said else "",
                lacks_words=known.lacks_words,
                may_transcribe=may_transcribe(known, visit.member),
            )


def places(desk: Desk, id: str) -> Iterator[tuple[str, str, Beside]]:
    """Go through what something may be put beside: its key, its words, and itself."""
    said: point.State = _kept(desk, f"point:{id}", point.NOTHING)
    for each in said.in_order:
        yield _key(each.place), _words(desk, each.what), each.place
    gathered: theme.State = _kept(desk, f"theme:{id}", theme.NOTHING)
    for heading in gathered.themes.values():
        yield _key(heading.number), _words(desk, heading.words), heading.number


def for_everyone(desk: Desk, id: str) -> Iterator[tuple[PhotoId, str, str]]:
    """Go through what goes out with the minutes: its id, media type and words."""
    for each, known in minuting.of_meeting(desk, id).photos.items():
        found = photos.found(desk.connection, each, session=id)
        if known.seen == "everyone" and found is not None:
            yield each, found[0], _words(desk, known.says)


async def _cleaned(kind: Kind, data: bytes) -> tuple[str, bytes]:
    """Return the media type and the bytes under which something can be served.

    Raises:
        Misused: it is nothing that can.
    """
    try:
        if kind == "recording":
            # It reads ten megabytes in a fraction of a second, in plain Python.
            clean = await asyncio.to_thread(sound.clean, data)
            return clean.type, clean.body
        return "image/webp", await drawing.draw(data)
    except Unsupported:
        if kind == "recording":
            raise Misused(
                "This is no recording that can be played here. MP3, M4A, Ogg, FLAC or "
                "WAV with sound alone, of at most ten megabytes, can be."
            ) from None
        raise Misused(
            "This is no picture that can be shown here. A photo as JPEG, PNG or "
            "WebP, of at most ten megabytes, can be."
        ) from None


def _beside(desk: Desk, id: str, key: str) -> Beside:
    """Read what something is put beside; None is the minutes as a whole.

    Raises:
        Misused: there is no such point or theme in this meeting.
    """
    if not key:
        return None
    for known, _, beside in places(desk, id):
        if known == key:
            return beside
    raise Misused("“Beside what”: this was not offered. Please choose again.")


def _key(beside: Beside) -> str:
    match beside:
        case None:
            return ""
        case Place(table=table, number=number):
            return f"{table}.{number}"
        case number:
            return f"theme.{number}"


def _kept(desk: Desk, stream: str, nothing: Any) -> Any:
    return node.load(desk, stream) if node.exists(desk, stream) else nothing


def _words(desk: Desk, commitment: str | None) -> str:
    return events.wording(desk.connection, commitment) or ""


def _show(desk: Desk, id: str, member: Member, form: Form) -> None:
    node.load(desk, f"session:{id}")
    command = minutes.ShowPhoto(
        photo=PhotoId(form.line("photo", N_("Photo"), most=100)),
        seen=form.choice("seen", "Who will see this", among=SEEN),  # type: ignore[arg-type]
        agreed=form.ticked("agreed"),
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, f"minutes:{id}", command)


def _remove(desk: Desk, id: str, member: Member, form: Form) -> None:
    node.load(desk, f"session:{id}")
    named = PhotoId(form.line("photo", N_("Photo"), most=100))
    known = minuting.of_meeting(desk, id).photos.get(named)
    command = minutes.RemovePhoto(photo=named, by=member.id, at=desk.now)
    node.perform(desk, f"minutes:{id}", command)
    if known is not None:
        photos.remove(desk.connection, named)
        held = (known.says, known.transcript)
        events.forget_wording(desk.connection, [each for each in held if each])


def may_see(desk: Desk, id: str, photo: minutes.Photo, visit: Visit) -> bool:
    """Whether somebody may see a photo.

    Those who took part are whoever checked in or holds a card of that evening; whoever
    attached it, and whoever takes the notes, has seen it anyhow.
    """
    if photo.seen == "everyone":
        return True
    member, holder = visit.member, visit.holder
    if photo.seen == "members" and member is not None:
        return True
    if holder is not None and holder.session == id:
        return True
    if member is None:
        return False
    meeting: session.State = node.load(desk, f"session:{id}")
    return (
        member.id == photo.by
        or member.id in meeting.checked_in
        or may_at(desk, id, member, minutes.ShowPhoto)
    )


def may_transcribe(photo: minutes.Photo, member: Member | None) -> bool:
    """Whether a member may write down what is said in what they may hear.

    Anybody may where nobody did. Words that stand there are changed by whoever wrote
    them, and by whoever takes the notes.
    """
    if member is None or photo.kind != "recording":
        return False
    if photo.written_by in (None, member.id):
        return may(member, minutes.TranscribeRecording)
    return may(member, minutes.ShowPhoto)


def read_transcript(form: Form, *, least: int) -> str:
    """Read from a form what is said in a recording, word for word."""
    return form.text(
        *("transcript", "All that is said in it"), least=least, most=MOST_IN_TRANSCRIPT
    )


def _id(request: Request) -> str:
    id: str = request.path_params["id"]
    return id
