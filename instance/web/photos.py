"""A photo of a meeting is seen by the room, unless somebody who may says otherwise."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical
from activitypub.errors import Unsupported
from confederation import minutes, session
from confederation.identifiers import PhotoId, SessionId
from confederation.minutes import Seen
from instance import drawing, minuting, node, ranges
from instance.desk import Desk
from instance.errors import Misused
from instance.store import events, photos
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.rights import may
from instance.web.site import Show, Site, not_found, see_other
from instance.web.visits import Member, Visit, the_member

MOST_IN_CAPTION: Final = 300
SEEN: Final[Mapping[Seen, str]] = {
    "room": N_("Who took part that evening"),
    "members": N_("The members"),
    "everyone": N_("Everyone"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoView:
    id: str
    says: str
    seen: Seen
    href: str


def routes(site: Site, *, again: Show) -> list[Route]:
    """Give the forms and pictures below the minutes, which are shown ``again``."""

    async def attach(request: Request, form: Form) -> Response:
        form.only("photo", "says", "seen")
        member, id = the_member(request), _id(request)
        says = form.line("says", "What is to be seen", most=MOST_IN_CAPTION)
        seen = form.choice("seen", "Who will see this", among=SEEN)
        data = form.files.get("photo", b"")
        if not data:
            raise Misused("Please choose a photo.")
        try:
            drawn = await drawing.draw(data)
        except Unsupported:
            raise Misused(
                "This is no picture that can be shown here. A photo as JPEG, PNG or "
                "WebP, of at most ten megabytes, can be."
            ) from None

        def carry_out(desk: Desk) -> None:
            node.load(desk, f"session:{id}")
            photo = PhotoId(hashlib.sha256(id.encode() + drawn).hexdigest()[:28])
            if photo in minuting.of_meeting(desk, id).photos:
                return
            command = minutes.AttachPhoto(
                session=SessionId(id),
                photo=photo,
                says=events.keep_wording(desk.connection, says),
                seen=seen,  # type: ignore[arg-type]
                by=member.id,
                at=desk.now,
            )
            node.perform(desk, f"minutes:{id}", command)
            photos.keep(
                desk.connection,
                photo,
                session=id,
                body=drawn,
                at=canonical.write_time(desk.now),
            )

        await site.work(carry_out)
        return see_other(f"/sessions/{id}/minutes#photos")

    async def show(request: Request, form: Form) -> Response:
        form.only("photo", "seen")
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

        def look(desk: Desk) -> bytes | None:
            known = minuting.of_meeting(desk, id).photos.get(named)
            if known is None or not may_see(desk, id, known, visit):
                return None
            return photos.body(desk.connection, named, session=id)

        data = await site.node.look(look)
        if data is None:
            raise not_found()
        return ranges.in_part(
            data,
            asked=request.headers,
            kind="image/webp",
            headers={
                "content-disposition": 'inline; filename="photo.webp"',
                "cross-origin-resource-policy": "same-origin",
            },
        )

    base = "/sessions/{id}"
    most = drawing.MOST_BYTES
    return [
        site.form(f"{base}/photos", attach, again=again, most=most),
        site.page(f"{base}/photos/{{photo}}", photo),
        site.form(f"{base}/minutes/photos/show", show, again=again),
        site.form(f"{base}/minutes/photos/remove", remove, again=again),
    ]


def _show(desk: Desk, id: str, member: Member, form: Form) -> None:
    node.load(desk, f"session:{id}")
    command = minutes.ShowPhoto(
        photo=PhotoId(form.line("photo", "Photo", most=100)),
        seen=form.choice("seen", "Who will see this", among=SEEN),  # type: ignore[arg-type]
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, f"minutes:{id}", command)


def _remove(desk: Desk, id: str, member: Member, form: Form) -> None:
    node.load(desk, f"session:{id}")
    named = PhotoId(form.line("photo", "Photo", most=100))
    known = minuting.of_meeting(desk, id).photos.get(named)
    command = minutes.RemovePhoto(photo=named, by=member.id, at=desk.now)
    node.perform(desk, f"minutes:{id}", command)
    if known is not None:
        photos.remove(desk.connection, named)
        events.forget_wording(desk.connection, [known.says])


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
        or may(member, minutes.ShowPhoto)
    )


def _id(request: Request) -> str:
    id: str = request.path_params["id"]
    return id
