"""A meeting and its place are told to everybody only where those who called it say so.

Elsewhere it is an event that people say they come to. Who cannot say so to an event,
as at Mastodon, answers a poll beside it. How many come is shown; never who.
"""

from datetime import timedelta
from typing import Final

from markupsafe import Markup

from activitypub import canonical, documents, reading
from activitypub.canonical import JsonObject
from activitypub.documents import EventStatus, Gathering
from confederation import session
from confederation.errors import Phrase
from confederation.identifiers import SessionId
from confederation.meeting import joint, run_sheet
from instance import speech
from instance.carriers import phrases
from instance.deciding import polls
from instance.desk import Desk
from instance.languages import N_, in_full, mark_up, phrased, translated
from instance.store import attendance, events, posts, records

MEETING: Final = "Meeting"
COMING: Final = "Coming"
TOGETHER: Final = "together"
"""The name of the link to the meeting that another assembly called first."""
OPTIONS: Final = (N_("I am coming"), N_("Maybe"), N_("Not this time"))
"""In the order of `attendance.IN_A_POLL`."""
NO_PROMISE: Final = N_("Your answer helps us to plan. It is no promise, and no vote.")
SOONEST: Final = timedelta(minutes=10)
"""Nobody is asked whether they come to what begins before they read it."""
WORTH_TELLING: Final = timedelta(minutes=15)
"""A change of a meeting's length that people elsewhere should know of."""


def tell(desk: Desk, state: session.State) -> None:
    """Tell everybody of a meeting that has just been called, if they may know."""
    called = state.called
    assert called is not None
    if called.notice.told != "everyone":
        return
    about = f"session:{called.session}"
    events.release(desk.connection, [called.notice.title])
    event = speech.publish(
        desk,
        _event(desk, state, speech.a_post(desk, html=str(_words(desk, state)))),
        by=speech.clerk_path(desk),
        kind=MEETING,
        about=about,
    )
    if called.notice.starts_at > desk.now + SOONEST:
        polls.ask(
            desk,
            phrased(
                "Are you coming to “{title}”, on {time}?",
                title=_title(desk, state),
                time=Phrase(_when(state)),
            ),
            map(translated, OPTIONS),
            choose="one",
            ends_at=min(called.notice.starts_at, desk.now + polls.LONGEST),
            kind=COMING,
            about=about,
            event=event,
            says=NO_PROMISE,
        )


def tell_together(desk: Desk, id: SessionId, state: joint.State) -> None:
    """Tell everybody who knows of a meeting with whom it is held, and those as well."""
    row = posts.object_about(desk.connection, f"session:{id}", kind=MEETING)
    if row is None:
        return
    before = canonical.read(row["body"].encode())
    named = _organizers(desk, state)
    content = str(before["content"]).removesuffix(str(_together(desk, before)))
    changed = {**before, "organizers": named}
    content += str(_together(desk, changed))
    changed = speech.reworded(changed, content)
    tags = [
        each
        for each in before.get("tag") or ()  # type: ignore[union-attr]
        if not isinstance(each, dict) or each.get("name") != TOGETHER
    ]
    if state.held is not None and state.held.follows is not None and state.others:
        link = documents.object_link(state.held.follows, rel="related", name=TOGETHER)
        tags.append(link)
    _revise(desk, before, {**changed, "tag": tags})


def organizers(event: JsonObject) -> tuple[str, ...]:
    """Return the assemblies that hold a meeting together; none where one does alone."""
    named = event.get("organizers")
    return reading.ids_of(named.get("items")) if isinstance(named, dict) else ()


def follows(event: JsonObject) -> tuple[str, ...]:
    """Return the meetings of others that a meeting says it is the same as."""
    return tuple(
        str(each["href"])
        for each in reading.objects_of(event.get("tag"))
        if each.get("name") == TOGETHER and isinstance(each.get("href"), str)
    )


def tell_change(desk: Desk, state: session.State) -> None:
    """Tell everybody who knows of a meeting that it is moved, called off, or over."""
    assert state.called is not None
    about = f"session:{state.called.session}"
    row = posts.object_about(desk.connection, about, kind=MEETING)
    if row is None:
        return
    before = canonical.read(row["body"].encode())
    gathering = _gathering(desk, state, event=row["id"], lasting=_length(before))
    changed = {**before, **documents.gathering_terms(gathering)}
    if gathering.place is None:
        changed.pop("location", None)
    if gathering.status != "CANCELLED" and state.closed_at is None:
        html = str(_words(desk, state) + _together(desk, before))
        changed |= {
            "content": html,
            "contentMap": {desk.config.language: html},
            "summary": _summary(desk, state),
        }
        if before.get("startTime") != changed["startTime"]:
            # They were asked about a day that it is no longer.
            polls.end(desk, about, kind=COMING)
    if gathering.status == "CANCELLED":
        html = (
            phrases.headed(phrased("Called off."))
            + _words(desk, state)
            + _together(desk, before)
        )
        changed |= {
            "content": str(html),
            "contentMap": {desk.config.language: str(html)},
            "summary": str(
                Markup("<p><strong>{}</strong> {}</p>").format(
                    phrased("Called off."), _when(state)
                )
            ),
        }
        polls.end(desk, about, kind=COMING)
    _revise(desk, before, changed)


def tell_length(desk: Desk, id: SessionId, *, minutes: int) -> None:
    """Tell everybody who knows of a meeting how long it is meant to last.

    A few minutes more or less are nobody's news, so that preparing a meeting in many
    small steps does not send its followers a message for each.
    """
    row = posts.object_about(desk.connection, f"session:{id}", kind=MEETING)
    if row is None:
        return
    before = canonical.read(row["body"].encode())
    starts_at = canonical.read_time(str(before["startTime"]))
    lasts, told = timedelta(minutes=minutes), _length(before)
    if before.get("status") == "CANCELLED" or (
        told is not None and abs(told - lasts) < WORTH_TELLING
    ):
        return
    ends_at = canonical.write_time(starts_at + lasts)
    speech.revise(desk, {**before, "endTime": ends_at})


def _revise(desk: Desk, before: JsonObject, changed: JsonObject) -> None:
    """Tell a change of a meeting, also to those who hold it with us, or did so far."""
    activity = speech.revise(desk, changed)
    us = speech.address(desk, speech.group_path(desk))
    others = {*organizers(before), *organizers(changed)} - {us}
    posts.deliver(
        desk.connection,
        inboxes=[f"{each}/inbox" for each in sorted(others)],
        actor=speech.clerk_path(desk),
        activity=activity,
        at=desk.seconds,
    )


def _organizers(desk: Desk, state: joint.State) -> JsonObject | None:
    """Write who holds a meeting (FEP-8a8e); None where we do alone."""
    if not state.others:
        return None
    found: list[tuple[str, str]] = []
    for known in records.assemblies(desk.connection):
        if known.ours or known.id in state.others:
            name = phrases.assembly(desk, known)
            found.insert(0 if known.ours else len(found), (known.address, name))
    return {
        "type": "Collection",
        "totalItems": len(found),
        "items": [{"type": "Group", "id": id, "name": name} for id, name in found],
    }


def _together(desk: Desk, event: JsonObject) -> Markup:
    us = speech.address(desk, speech.group_path(desk))
    named = event.get("organizers")
    items = reading.objects_of(named.get("items")) if isinstance(named, dict) else ()
    others = [each for each in items if each.get("id") != us]
    if not others:
        return Markup("")
    return Markup("<p>{}</p>").format(
        mark_up(
            "Held together with {others}. Each assembly decides for itself.",
            others=Markup(", ").join(
                Markup('<a href="{}">{}</a>').format(each["id"], each["name"])
                for each in others
            ),
        )
    )


def _event(desk: Desk, state: session.State, post: documents.Post) -> JsonObject:
    assert state.called is not None
    usual = run_sheet.phases_of(run_sheet.NOTHING, state.called.notice.kind)
    minutes = sum(phase.minutes for phase in usual)
    return documents.event(
        post,
        _gathering(desk, state, lasting=timedelta(minutes=minutes)),
        name=_title(desk, state),
        summary=_summary(desk, state),
    )


def _summary(desk: Desk, state: session.State) -> str:
    place = _place(desk, state)
    where = "" if place is None else f", {place}"
    return str(Markup("<p>{}</p>").format(f"{_and_how_sure(state)}{where}"))


def _length(event: JsonObject) -> timedelta | None:
    """Return how long a meeting that was told is meant to last."""
    ends_at = event.get("endTime")
    if ends_at is None:
        return None
    return canonical.read_time(str(ends_at)) - canonical.read_time(
        str(event["startTime"])
    )


def _gathering(
    desk: Desk,
    state: session.State,
    *,
    event: str | None = None,
    lasting: timedelta | None = None,
) -> Gathering:
    assert state.called is not None
    starts_at = state.called.notice.starts_at
    planned = None if lasting is None else starts_at + lasting
    status: EventStatus = "TENTATIVE" if state.tentative else "CONFIRMED"
    if state.cancelled_at is not None:
        status = "CANCELLED"
    return Gathering(
        starts_at=starts_at,
        ends_at=state.closed_at or planned,
        place=_place(desk, state),
        status=status,
        coming=0 if event is None else attendance.coming(desk.connection, event),
    )


def _words(desk: Desk, state: session.State) -> Markup:
    assert state.called is not None
    place, when = _place(desk, state), _and_how_sure(state)
    words = Markup("<p><strong>{}</strong></p><p>{}<br>{}</p>").format(
        _title(desk, state),
        translated(_KINDS[state.called.notice.kind]),
        when if place is None else f"{when}, {place}",
    )
    if not state.called.notice.landmark:
        return words
    return words + Markup('<p>{} <a href="{}">{}</a></p>').format(
        phrased("A landmark for us."),
        speech.address(desk, ""),
        phrased("We count the days to it"),
    )


def _title(desk: Desk, state: session.State) -> str:
    assert state.called is not None
    return events.wording(desk.connection, state.called.notice.title) or phrased(
        "A meeting"
    )


def _place(desk: Desk, state: session.State) -> str | None:
    assert state.called is not None
    notice = state.called.notice
    if notice.place_told != "everyone":
        return None
    return events.wording(desk.connection, notice.place)


def _when(state: session.State) -> str:
    assert state.called is not None
    return in_full(state.called.notice.starts_at)


def _and_how_sure(state: session.State) -> str:
    when = _when(state)
    return (
        phrased("{time} (not sure yet)", time=Phrase(when)) if state.tentative else when
    )


_KINDS: Final[dict[session.Kind, str]] = {
    "assembly": N_("A meeting of our assembly"),
    "working group": N_("A meeting of a working group"),
    "listening circle": N_("A listening circle: people listen, nothing is voted on"),
}
