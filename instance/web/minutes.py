"""The minutes of a meeting: what the evening tells, open to correction, approved.

Nobody writes down again what the program already knows. The note-taker adds words, and
whoever was there says what is wrong.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical
from activitypub.errors import Unsupported
from confederation import (
    ballot,
    minutes,
    motion,
    night,
    point,
    run_sheet,
    session,
    theme,
)
from confederation.decision import Outcome
from confederation.identifiers import CorrectionId, PhotoId, SessionId
from confederation.minutes import Correction, Seen
from instance import drawing, minuting, node, voting
from instance.desk import Desk
from instance.errors import Misused
from instance.minuting import CORRECTIONS, Section
from instance.store import events, photos, posts
from instance.web import (
    actions,
    claim,
    counted,
    paper,
    phases,
    points,
    sessions,
    telling,
)
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.posts import Elsewhere, elsewhere
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, not_found, see_other
from instance.web.visits import Member, Visit, the_member

MOST_IN_WORDS: Final = 8_000
MOST_IN_CORRECTION: Final = 1_000
MOST_IN_CAPTION: Final = 300
SEEN: Final[Mapping[Seen, str]] = {
    "room": N_("Who took part that evening"),
    "members": N_("The members"),
    "everyone": N_("Everyone"),
}
OUTCOMES: Final[Mapping[Outcome, str]] = {
    "passed": N_("Passed"),
    "rejected": N_("Not passed"),
    "no quorum": N_("Nothing decided, too few took part"),
    "advice": N_("Advice, and no decision"),
}
MOTIONS: Final[Mapping[motion.Status, str]] = {
    "tabled": N_("before the assembly"),
    "frozen": N_("ready to be decided"),
    "deciding": N_("being decided"),
    "adopted": N_("adopted"),
    "rejected": N_("not adopted"),
    "lapsed": N_("lapsed, because too few took part"),
    "sent back": N_("sent back to be worked on"),
}
OBJECTIONS: Final = {
    "raised": N_("still to be tested"),
    "valid": N_("found valid, and still to be answered in the text"),
    "not valid": N_("found not valid"),
    "integrated": N_("answered in the text"),
    "stands": N_("stands"),
    "withdrawn": N_("taken back"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionView:
    id: str
    says: str
    answer: minutes.Answer
    reason: str
    at: datetime
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoView:
    id: str
    says: str
    seen: Seen
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutesPage:
    """The minutes as one reader sees them, with what they may do now."""

    id: str
    title: str
    status: minutes.Status
    html: Markup
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
    photos: tuple[PhotoView, ...]
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
            request, "minutes.html", page=shown, seen_by=SEEN, told=telling.TOLD
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
            if job is _remove_photo:
                await site.node.database.forget_steps()
            return see_other(f"/sessions/{id}/minutes")

        return site.form(f"/sessions/{{id}}/minutes{path}", act, again=page)

    async def attached(request: Request, form: Form) -> Response:
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
            if photo in of_meeting(desk, id).photos:
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

    async def photo(request: Request) -> Response:
        visit: Visit = request.state.visit
        id, named = _id(request), PhotoId(request.path_params["photo"])

        def look(desk: Desk) -> bytes | None:
            known = of_meeting(desk, id).photos.get(named)
            if known is None or not _may_see(desk, id, known, visit):
                return None
            return photos.body(desk.connection, named, session=id)

        data = await site.node.look(look)
        if data is None:
            raise not_found()
        return Response(
            data,
            media_type="image/webp",
            headers={
                "content-disposition": 'inline; filename="photo.webp"',
                "cross-origin-resource-policy": "same-origin",
            },
        )

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
        doing("/photos/show", _show_photo, "photo", "seen"),
        doing("/photos/remove", _remove_photo, "photo"),
        site.form(
            "/sessions/{id}/photos", attached, again=page, most=drawing.MOST_BYTES
        ),
        site.page("/sessions/{id}/photos/{photo}", photo),
    ]


def of_meeting(desk: Desk, id: str) -> minutes.State:
    """Return the minutes of a meeting as they stand; empty where there are none."""
    stream = f"minutes:{id}"
    if not node.exists(desk, stream):
        return minutes.NOTHING
    state: minutes.State = node.load(desk, stream)
    return state


def view(desk: Desk, id: str, visit: Visit) -> MinutesPage:
    """Show the minutes to members, to the cards of that evening, or to everybody.

    Raises:
        NotEntitled: they are not for this reader.
        Unknown: there is no such meeting.
    """
    meeting: session.State = node.load(desk, f"session:{id}")
    assert meeting.called is not None
    member, state = visit.member, of_meeting(desk, id)
    points.check_reader(desk, id, visit)
    drafted, approved = state.drafted, state.approved
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
        words=_some(desk, state.words),
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
        photos=tuple(
            PhotoView(
                id=each,
                says=points.words(desk, known.says),
                seen=known.seen,
                href=f"/sessions/{id}/photos/{each}",
            )
            for each, known in state.photos.items()
            if _may_see(desk, id, known, visit)
        ),
        may_write=member is not None and may(member, minutes.DraftMinutes),
        may_correct=inside and drafted is not None,
        may_attach=member is not None and may(member, minutes.AttachPhoto),
        once=desk.new_id(),
        elsewhere=elsewhere(
            desk,
            posts.object_about(desk.connection, f"minutes:{id}", kind=minuting.MINUTES),
            members=inside,
        ),
    )


# What the evening tells


def sections(desk: Desk, id: str) -> Iterator[Section]:
    """Put the minutes of a meeting together from what is kept of it.

    A listening circle has its themes, and nothing else that anybody said.
    """
    meeting: session.State = node.load(desk, f"session:{id}")
    assert meeting.called is not None
    listening = points.is_circle(meeting)
    yield _the_meeting(desk, id, meeting)
    yield _the_aim(desk, id)
    yield _the_evening(desk, id)
    yield _themes(desk, id)
    if not listening:
        yield _points(desk, id)
        yield _motions(desk, id)
        yield _decisions(desk, id)
    yield _actions(desk, id)
    state = of_meeting(desk, id)
    yield Section(heading="Notes", says=(_some(desk, state.words),))
    yield corrections_of(desk, state)


def corrections_of(desk: Desk, state: minutes.State) -> Section:
    """List what was taken in, and what was left out and why."""
    items = []
    for each in state.corrections.values():
        says = points.words(desk, each.says)
        if each.answer == "taken in":
            items.append(f"Taken in: {says}")
        elif each.answer == "declined":
            items.append(f"Left out: {says} Why: {_some(desk, each.reason)}")
    return Section(heading=CORRECTIONS, items=tuple(items))


def _the_meeting(desk: Desk, id: str, meeting: session.State) -> Section:
    assert meeting.called is not None
    notice = meeting.called.notice
    kind = sessions.KINDS[notice.kind].partition(":")[0]
    opened = meeting.opened.at if meeting.opened else notice.starts_at
    until = "" if meeting.closed_at is None else f" to {meeting.closed_at:%H:%M}"
    says = [f"{kind}, {opened:%A %-d %B %Y}, {opened:%H:%M}{until} UTC."]
    if meeting.in_room is not None or meeting.checked_in:
        ways = [] if meeting.basis is None else [sessions.BASES[meeting.basis]]
        if meeting.checked_in:
            ways.append("checking in under one's name")
        says.append(
            f"{meeting.present} people were present, counted by {' and '.join(ways)}."
        )
    else:
        says.append("It was not counted how many people were present.")
    residents = claim.the_notes(desk).of(SessionId(id)).residents
    if residents is not None:
        says.append(f"{residents} of them live here; helpers and guests are left out.")
    return Section(heading="The meeting", says=tuple(says))


def _the_aim(desk: Desk, id: str) -> Section:
    stream = f"run_sheet:{id}"
    sheet: run_sheet.State = (
        node.load(desk, stream) if node.exists(desk, stream) else run_sheet.NOTHING
    )
    return Section(
        heading="What it was about",
        says=tuple(
            points.words(desk, each)
            for each in (sheet.question, sheet.goal)
            if each is not None
        ),
    )


def _the_evening(desk: Desk, id: str) -> Section:
    stream = f"night:{id}"
    kept = node.load(desk, stream).kept if node.exists(desk, stream) else None
    items = [] if kept is None else [_part(desk, part) for part in kept.parts]
    noted = claim.the_notes(desk).of(SessionId(id))
    items += [
        f"Left out: {claim.STEPS[step]}. Why: {points.words(desk, reason)}"
        for step, reason in noted.steps.items()
        if reason is not None
    ]
    return Section(heading="How the evening went", items=tuple(items))


def _part(desk: Desk, part: night.Part) -> str:
    called = phases.name(
        desk,
        run_sheet.Phase(
            number=part.number,
            kind=part.kind,
            minutes=part.planned,
            step=part.step,
            title=part.title,
        ),
    )
    if part.skipped is not None:
        return f"Left out: {called}. Why: {points.words(desk, part.skipped)}"
    took = max(1, round(part.took / 60)) if part.took else 0
    if not took:
        return f"{called}: {_minutes(part.planned)} planned, not begun."
    return f"{called}: {_minutes(part.planned)} planned, {_minutes(took)} taken."


def _themes(desk: Desk, id: str) -> Section:
    stream = f"theme:{id}"
    state: theme.State = (
        node.load(desk, stream) if node.exists(desk, stream) else theme.NOTHING
    )
    return Section(
        heading="Themes",
        items=tuple(points.words(desk, each.words) for each in state.themes.values()),
    )


def _points(desk: Desk, id: str) -> Section:
    items = []
    for each in points.of_meeting(desk, id).in_order:
        shown = points.a_view(desk, each)
        where = f"{point.says_where(each.place)}: {shown.what}"
        why = f" Why: {shown.why}" if shown.why else ""
        went = "It has not gone anywhere yet."
        if shown.where is not None:
            went = f"{points.BECAME[shown.where.became]}: {shown.where.says}"
        items.append(f"{where}{why} – {went}")
    return Section(heading="Heard, and where it went", items=tuple(items))


def _motions(desk: Desk, id: str) -> Section:
    items = []
    for state in node.load_all(desk, "motion").values():
        if state.session != id or state.status not in MOTIONS:
            continue
        said = points.words(desk, state.drafted.title)
        items.append(f"{said}: {MOTIONS[state.status]}.")
        items += [
            f"An objection to it: {OBJECTIONS[each.status]}."
            for each in state.objections.objections.values()
        ]
    return Section(heading="Motions", items=tuple(items))


def _decisions(desk: Desk, id: str) -> Section:
    items = []
    for state in reversed(node.load_all(desk, "ballot").values()):
        terms = voting.terms_of(state)
        if terms.session == id:
            items.append(_decision(desk, state))
    return Section(heading="Decisions", items=tuple(items))


def _decision(desk: Desk, state: ballot.State) -> str:
    """Say what a ballot decided, with its numbers; of a vote on a person, no name.

    Who holds an office is published where that is decided, and nothing else of it.
    """
    terms = voting.terms_of(state)
    paper = voting.read_paper(desk, terms)
    asked = "A question about a person." if terms.person else paper.question
    if state.decided is None:
        return f"{asked} The vote was still open."
    result, labels = state.decided.result, dict(paper.labels)
    says = f"{asked} {OUTCOMES[result.outcome]}"
    how = f"Decided by {terms.method}, with {terms.electorate.present} present"
    if terms.person:
        return f"{says}. {how}."
    chosen = result.elected or ((result.chosen,) if result.chosen else ())
    if chosen:
        says += f": {', '.join(labels.get(each, each) for each in chosen)}"
    figures = ", ".join(
        f"{labels.get(option, option)} {number}"
        for option, number in result.counts.items()
    )
    counts = f"; {counted.FIGURES_OF[terms.asks].lower()}: {figures}" if figures else ""
    return f"{says}. {how}{counts}."


def _actions(desk: Desk, id: str) -> Section:
    items = []
    for state in reversed(node.load_all(desk, "action").values()):
        if actions.comes_from(state, id):
            what = points.words(desk, state.offered.words.what)
            taken = "somebody took it on" if state.taker else "it is open to all"
            due = state.offered.due
            when = "" if due is None else f", by {due:%-d %B %Y}"
            items.append(f"{what}: {taken}{when}.")
    return Section(heading="Actions", items=tuple(items))


def _minutes(number: int) -> str:
    return "1 minute" if number == 1 else f"{number} minutes"


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
    if _some(desk, of_meeting(desk, id).words) == words:
        return
    command = minutes.RewriteMinutes(
        words=events.keep_wording(desk.connection, words) if words else None,
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, f"minutes:{id}", command)


def _propose(desk: Desk, id: str, member: Member, form: Form) -> None:
    correction = CorrectionId(telling.once(form))
    if correction in of_meeting(desk, id).corrections:
        return
    says = form.text("says", "What is wrong", most=MOST_IN_CORRECTION)
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
        named = CorrectionId(form.line("correction", "Correction", most=100))
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
    reason = form.text("reason", "Why it is left out", most=MOST_IN_CORRECTION)
    return minutes.DeclineCorrection(
        correction=named,
        reason=events.keep_wording(desk.connection, reason),
        by=member.id,
        at=desk.now,
    )


def _approve(desk: Desk, id: str, member: Member, form: Form) -> None:
    state = of_meeting(desk, id)
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
    state = of_meeting(desk, id)
    if state.approved is None or not state.fresh:
        return
    before = points.words(desk, state.versions[-1])
    text = minuting.corrected(before, corrections_of(desk, state))
    if state.public:
        telling.check_text(desk, text)
    command = minutes.CorrectMinutes(
        text=events.keep_wording(desk.connection, text), by=member.id, at=desk.now
    )
    node.perform(desk, f"minutes:{id}", command)
    if state.public:
        _publish(desk, id, text)


def _publish(desk: Desk, id: str, text: str) -> None:
    meeting: session.State = node.load(desk, f"session:{id}")
    assert meeting.called is not None
    state = of_meeting(desk, id)
    listening = points.is_circle(meeting)
    held = () if listening else points.of_meeting(desk, id).points.values()
    said = [each.what for each in held] + [each.why for each in held if each.why]
    said += [each.end.words for each in held if each.end and each.end.words]
    title = meeting.called.notice.title
    events.release(desk.connection, [state.versions[-1], title, *said])
    minuting.publish(
        desk,
        id,
        title=f"Minutes: {points.words(desk, title)}",
        text=text,
        photos=[
            (each, points.words(desk, known.says))
            for each, known in state.photos.items()
            if known.seen == "everyone"
        ],
    )


def _show_photo(desk: Desk, id: str, member: Member, form: Form) -> None:
    command = minutes.ShowPhoto(
        photo=PhotoId(form.line("photo", "Photo", most=100)),
        seen=form.choice("seen", "Who will see this", among=SEEN),  # type: ignore[arg-type]
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, f"minutes:{id}", command)


def _remove_photo(desk: Desk, id: str, member: Member, form: Form) -> None:
    named = PhotoId(form.line("photo", "Photo", most=100))
    known = of_meeting(desk, id).photos.get(named)
    command = minutes.RemovePhoto(photo=named, by=member.id, at=desk.now)
    node.perform(desk, f"minutes:{id}", command)
    if known is not None:
        photos.remove(desk.connection, named)
        events.forget_wording(desk.connection, [known.says])


def _may_see(desk: Desk, id: str, photo: minutes.Photo, visit: Visit) -> bool:
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


def _correction(
    desk: Desk, id: str, known: Correction, member: Member | None
) -> CorrectionView:
    return CorrectionView(
        id=id,
        says=points.words(desk, known.says),
        answer=known.answer,
        reason=_some(desk, known.reason),
        at=known.at,
        mine=member is not None and known.by == member.id,
    )


def _some(desk: Desk, commitment: str | None) -> str:
    return "" if commitment is None else points.words(desk, commitment)


def _id(request: Request) -> str:
    id: str = request.path_params["id"]
    return id
