"""What is said in a recording stands in words beside it, for those who do not hear it.

Whoever hears it writes them down, when it is attached or later; they can be read in
other languages.
"""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.errors import NotEntitled
from confederation.identifiers import PhotoId
from confederation.meeting import minutes
from instance import node
from instance.desk import Desk
from instance.meeting import minuting
from instance.store import events
from instance.web.forms import Form
from instance.web.matters import translations
from instance.web.meeting import photos
from instance.web.meeting.photos import PhotoView
from instance.web.rendering import render
from instance.web.site import Site, not_found, see_other
from instance.web.visits import Visit, the_member


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingPage:
    """A recording with its words, and those in other languages beside them."""

    meeting: str
    recording: PhotoView
    beside: translations.Beside | None


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        shown = await site.node.look(lambda desk: _view(desk, request))
        return render(request, "recording.html", page=shown)

    async def write(request: Request, form: Form) -> Response:
        form.only("transcript", "lang")
        the_member(request)
        await site.work(lambda desk: _write(desk, request, form))
        await site.node.database.forget_steps()
        return see_other(request.url.path)

    path = "/sessions/{id}/photos/{photo}/words"
    return [site.page(path, page), site.form(path, write, again=page)]


def _view(desk: Desk, request: Request) -> RecordingPage:
    visit: Visit = request.state.visit
    id, named = request.path_params["id"], request.path_params["photo"]
    node.load(desk, f"session:{id}")
    found = (each for each in photos.views(desk, id, visit) if each.id == named)
    heard = next(found, None)
    if heard is None or heard.kind != "recording":
        raise not_found()
    said = minuting.of_meeting(desk, id).photos[PhotoId(named)].transcript
    beside = translations.view(desk, [said] if said else [], visit.member)
    return RecordingPage(meeting=id, recording=heard, beside=beside)


def _write(desk: Desk, request: Request, form: Form) -> None:
    member, id = the_member(request), request.path_params["id"]
    named = PhotoId(request.path_params["photo"])
    heard = _view(desk, request).recording
    known = minuting.of_meeting(desk, id).photos[named]
    if not photos.may_transcribe(known, member):
        raise NotEntitled(
            "Somebody else wrote these words down. They change them, or whoever takes "
            "the notes does."
        )
    said, lang = photos.read_transcript(form, least=1), translations.read_language(form)
    if (said, lang) == (heard.transcript, heard.lang):
        return
    command = minutes.TranscribeRecording(
        photo=named,
        transcript=events.keep_wording(desk.connection, said, lang=lang),
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, f"minutes:{id}", command)
    if known.transcript is not None:
        events.forget_wording(desk.connection, [known.transcript])
