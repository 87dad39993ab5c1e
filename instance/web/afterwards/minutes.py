"""The minutes of a meeting: what the evening tells, open to correction, approved.

Nobody writes down again what the program already knows. The note-taker adds words, and
whoever was there says what is wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import session
from confederation.identifiers import CorrectionId, SessionId
from confederation.meeting import minutes, point
from confederation.meeting.minutes import Correction
from instance import node
from instance.carriers.phrases import on
from instance.desk import Desk
from instance.meeting import minuting
from instance.store import events, posts
from instance.web import paper, telling
from instance.web.afterwards import points
from instance.web.afterwards.minutes_sections import (
    corrections_of,
    sections,
    some_words,
)
from instance.web.fediverse.posts import Elsewhere, elsewhere
from instance.web.forms import Form
from instance.web.languages import LANGUAGES, N_, Language, phrased, speaking, spoken
from instance.web.meeting import photos, recordings
from instance.web.rendering import render
from instance.web.rights import may, may_at
from instance.web.site import Site, see_other
from instance.web.visits import Member, Visit, the_member

MOST_IN_WORDS: Final = 8_000
MOST_IN_CORRECTION: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionView:
    id: str
    says: str
    answer: minutes.Answer
    reason: str
    at: datetime
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutesPage:
    """The minutes as one reader sees them, with what they may do now."""

    id: str
    title: str
    status: minutes.Status
    html: Markup
    language: Language
    words: str
    open_until: datetime | None
    is_open: bool
    approved_at: datetime | None
    version: int
    public: bool
    meeting_over: bool
    without_end: int
    corrections: tuple[CorrectionView, ...]
    waiting: int
    fresh: bool
    photos: tuple[photos.PhotoView, ...]
    beside: tuple[tuple[str, str], ...]
    may_write: bool
    may_correct: bool
    may_attach: bool
    once: str
    elsewhere: Elsewhere


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        visit: Visit = request.state.visit
        shown = await site.node.look(lambda desk: view(desk, _id(request), visit))
        return render(
            request,
            "minutes.html",
            page=shown,
            kinds=photos.KINDS,
            seen_by=photos.SEEN,
            told=telling.TOLD,
            asked=request.query_params.get("beside", ""),
        )

    def doing(
        path: str, job: Callable[[Desk, str, Member, Form], None], *known: str
    ) -> Route:
        async def act(request: Request, form: Form) -> Response:
            form.only(*known)
            member, id = the_member(request), _id(request)

            def carry_out(desk: Desk) -> None:
                node.load(desk, f"session:{id}")
                job(desk, id, member, form)

            await site.work(carry_out)
            return see_other(f"/sessions/{id}/minutes")

        return site.form(f"/sessions/{{id}}/minutes{path}", act, again=page)

    async def sheet(request: Request) -> Response:
        visit: Visit = request.state.visit
        id = _id(request)
        shown = await site.node.look(lambda desk: view(desk, id, visit))
        return paper.show(
            request,
            "sheet_minutes.html",
            back=f"/sessions/{id}/minutes",
            page=shown,
            address=f"{site.node.config.base}/sessions/{id}/minutes",
        )

    return [
        site.page("/sessions/{id}/minutes", page),
        site.page("/sessions/{id}/minutes/sheet", sheet),
        doing("", _draft, "words"),
        doing("/rewrite", _rewrite, "words"),
        doing("/correct", _propose, "says", "once"),
        doing("/take-back", _answer(_take_back), "correction"),
        doing("/take-in", _answer(_take_in), "correction"),
        doing("/decline", _answer(_decline), "correction", "reason"),
        doing("/approve", _approve, "told", "aware"),
        doing("/mend", _mend),
        *photos.routes(site, again=page),
        *recordings.routes(site),
    ]


def view(desk: Desk, id: str, visit: Visit) -> MinutesPage:
    """Show the minutes to members, to the cards of that evening, or to everybody.

    Raises:
        NotEntitled: they are not for this reader.
        Unknown: there is no such meeting.
    """
    meeting: session.State = node.load(desk, f"session:{id}")
    assert meeting.called is not None
    member, state = visit.member, minuting.of_meeting(desk, id)
    points.check_reader(desk, id, visit)
    drafted, approved = state.drafted, state.approved
    # Whoever reads a draft reads what would be approved.
    with speaking(desk.config.speaks):
        written = (
            minuting.write(sections(desk, id))
            if approved is None
            else points.words(desk, state.versions[-1])
        )
    inside = member is not None
    return MinutesPage(
        id=id,
        title=points.words(desk, meeting.called.notice.title),
        status=state.status,
        html=minuting.in_html(written),
        language=desk.config.speaks
        if approved is None
        else LANGUAGES.get(
            events.language(desk.connection, state.versions[-1]), desk.config.speaks
        ),
        words=some_words(desk, state.words),
        open_until=None if drafted is None else drafted.open_until,
        is_open=drafted is not None
        and approved is None
        and desk.now < drafted.open_until,
        approved_at=None if approved is None else approved.at,
        version=len(state.versions),
        public=state.public,
        meeting_over=meeting.closed_at is not None,
        without_end=0
        if points.is_circle(meeting)
        else len(points.of_meeting(desk, id).without_end),
        corrections=tuple(
            _correction(desk, each, known, member)
            for each, known in state.corrections.items()
            if inside and known.answer != "taken back"
        ),
        waiting=state.waiting,
        fresh=approved is not None and state.fresh,
        photos=tuple(photos.views(desk, id, visit)),
        beside=tuple((key, says) for key, says, _ in photos.places(desk, id)),
        may_write=member is not None and may_at(desk, id, member, minutes.DraftMinutes),
        may_correct=inside and drafted is not None,
        may_attach=member is not None and may(member, minutes.AttachPhoto),
        once=desk.new_id(),
        elsewhere=elsewhere(
            desk,
            posts.object_about(desk.connection, f"minutes:{id}", kind=minuting.MINUTES),
            members=inside,
        ),
    )


# What is done with them


def _draft(desk: Desk, id: str, member: Member, form: Form) -> None:
    meeting: session.State = node.load(desk, f"session:{id}")
    words = form.text("words", "Your notes", least=0, most=MOST_IN_WORDS)
    command = minutes.DraftMinutes(
        session=SessionId(id),
        closed_at=meeting.closed_at,
        words=events.keep_wording(desk.connection, words) if words else None,
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, f"minutes:{id}", command)


def _rewrite(desk: Desk, id: str, member: Member, form: Form) -> None:
    words = form.text("words", "Your notes", least=0, most=MOST_IN_WORDS)
    if some_words(desk, minuting.of_meeting(desk, id).words) == words:
        return
    command = minutes.RewriteMinutes(
        words=events.keep_wording(desk.connection, words) if words else None,
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, f"minutes:{id}", command)


def _propose(desk: Desk, id: str, member: Member, form: Form) -> None:
    correction = CorrectionId(telling.once(form))
    if correction in minuting.of_meeting(desk, id).corrections:
        return
    says = form.text("says", N_("What is wrong"), most=MOST_IN_CORRECTION)
    command = minutes.ProposeCorrection(
        correction=correction,
        says=events.keep_wording(desk.connection, says),
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, f"minutes:{id}", command)


def _answer(
    make: Callable[[Desk, CorrectionId, Member, Form], Any],
) -> Callable[[Desk, str, Member, Form], None]:
    def act(desk: Desk, id: str, member: Member, form: Form) -> None:
        named = CorrectionId(form.line("correction", N_("Correction"), most=100))
        node.perform(desk, f"minutes:{id}", make(desk, named, member, form))

    return act


def _take_back(
    desk: Desk, named: CorrectionId, member: Member, form: Form
) -> minutes.TakeBackCorrection:
    return minutes.TakeBackCorrection(correction=named, by=member.id, at=desk.now)


def _take_in(
    desk: Desk, named: CorrectionId, member: Member, form: Form
) -> minutes.TakeInCorrection:
    return minutes.TakeInCorrection(correction=named, by=member.id, at=desk.now)


def _decline(
    desk: Desk, named: CorrectionId, member: Member, form: Form
) -> minutes.DeclineCorrection:
    reason = form.text("reason", N_("Why it is left out"), most=MOST_IN_CORRECTION)
    return minutes.DeclineCorrection(
        correction=named,
        reason=events.keep_wording(desk.connection, reason),
        by=member.id,
        at=desk.now,
    )


def _approve(desk: Desk, id: str, member: Member, form: Form) -> None:
    state = minuting.of_meeting(desk, id)
    if state.approved is not None:
        return
    text, told = minuting.write(sections(desk, id)), telling.told(form)
    command = minutes.ApproveMinutes(
        text=events.keep_wording(desk.connection, text),
        told=told,
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, f"minutes:{id}", command)
    if not points.is_circle(node.load(desk, f"session:{id}")):
        settle = point.SettlePoints(session=SessionId(id), by=member.id, at=desk.now)
        node.perform(desk, f"point:{id}", settle)
    if told == "everyone":
        telling.check(desk, form, text)
        _publish(desk, id, text)


def _mend(desk: Desk, id: str, member: Member, form: Form) -> None:
    state = minuting.of_meeting(desk, id)
    if state.approved is None or not state.fresh:
        return
    before = points.words(desk, state.versions[-1])
    # What is added speaks as what was approved does.
    lang = events.language(desk.connection, state.versions[-1])
    with speaking(LANGUAGES.get(lang, spoken())):
        text = minuting.corrected(before, corrections_of(desk, state))
    if state.public:
        telling.check_text(desk, text)
    command = minutes.CorrectMinutes(
        text=events.keep_wording(desk.connection, text, lang=lang),
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, f"minutes:{id}", command)
    if state.public:
        _publish(desk, id, text)


def _publish(desk: Desk, id: str, text: str) -> None:
    meeting: session.State = node.load(desk, f"session:{id}")
    assert meeting.called is not None
    state = minuting.of_meeting(desk, id)
    listening = points.is_circle(meeting)
    held = () if listening else points.of_meeting(desk, id).points.values()
    said = [each.what for each in held] + [each.why for each in held if each.why]
    said += [each.end.words for each in held if each.end and each.end.words]
    title = meeting.called.notice.title
    events.release(desk.connection, [state.versions[-1], title, *said])
    minuting.publish(
        desk,
        id,
        title=on(phrased("Minutes"), points.words(desk, title)),
        text=text,
        lang=events.language(desk.connection, state.versions[-1]),
        photos=photos.for_everyone(desk, id),
    )


def _correction(
    desk: Desk, id: str, known: Correction, member: Member | None
) -> CorrectionView:
    return CorrectionView(
        id=id,
        says=points.words(desk, known.says),
        answer=known.answer,
        reason=some_words(desk, known.reason),
        at=known.at,
        mine=member is not None and known.by == member.id,
    )


def _id(request: Request) -> str:
    id: str = request.path_params["id"]
    return id
