"""A meeting and its place are told to everybody only where those who called it say so.

Elsewhere it is an event that people say they come to. Who cannot say so to an event,
as at Mastodon, answers a poll beside it. How many come is shown; never who.
"""

from datetime import timedelta
from typing import Final

from markupsafe import Markup

from activitypub import canonical, documents
from activitypub.canonical import JsonObject
from activitypub.documents import EventStatus, Gathering
from confederation import session
from instance import polls, speech
from instance.desk import Desk
from instance.store import attendance, events, posts

MEETING: Final = "Meeting"
COMING: Final = "Coming"
OPTIONS: Final = ("I am coming", "Maybe", "Not this time")
"""In the order of `attendance.IN_A_POLL`."""
NO_PROMISE: Final = "Your answer helps us to plan. It is no promise, and no vote."
SOONEST: Final = timedelta(minutes=10)
"""Nobody is asked whether they come to what begins before they read it."""


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
            f"Are you coming to “{_title(desk, state)}”, on {_when(state)}?",
            OPTIONS,
            choose="one",
            ends_at=min(called.notice.starts_at, desk.now + polls.LONGEST),
            kind=COMING,
            about=about,
            event=event,
            says=NO_PROMISE,
        )


def tell_change(desk: Desk, state: session.State) -> None:
    """Tell everybody who knows of a meeting that it was called off, or is over."""
    assert state.called is not None
    about = f"session:{state.called.session}"
    row = posts.object_about(desk.connection, about, kind=MEETING)
    if row is None:
        return
    before = canonical.read(row["body"].encode())
    gathering = _gathering(desk, state, event=row["id"])
    changed = {**before, **documents.gathering_terms(gathering)}
    if gathering.status == "CANCELLED":
        html = Markup("<p><strong>Called off.</strong></p>") + _words(desk, state)
        changed |= {
            "content": str(html),
            "contentMap": {"en": str(html)},
            "summary": f"<p><strong>Called off.</strong> {_when(state)}</p>",
        }
        polls.end(desk, about, kind=COMING)
    speech.revise(desk, changed)


def _event(desk: Desk, state: session.State, post: documents.Post) -> JsonObject:
    place = _place(desk, state)
    where = "" if place is None else f", {place}"
    return documents.event(
        post,
        _gathering(desk, state),
        name=_title(desk, state),
        summary=str(Markup("<p>{}</p>").format(f"{_when(state)}{where}")),
    )


def _gathering(
    desk: Desk, state: session.State, *, event: str | None = None
) -> Gathering:
    assert state.called is not None
    status: EventStatus = "CONFIRMED" if state.cancelled_at is None else "CANCELLED"
    return Gathering(
        starts_at=state.called.notice.starts_at,
        ends_at=state.closed_at,
        place=_place(desk, state),
        status=status,
        coming=0 if event is None else attendance.coming(desk.connection, event),
    )


def _words(desk: Desk, state: session.State) -> Markup:
    assert state.called is not None
    place = _place(desk, state)
    return Markup("<p><strong>{}</strong></p><p>{}<br>{}</p>").format(
        _title(desk, state),
        _KINDS[state.called.notice.kind],
        _when(state) if place is None else f"{_when(state)}, {place}",
    )


def _title(desk: Desk, state: session.State) -> str:
    assert state.called is not None
    return events.wording(desk.connection, state.called.notice.title) or "A meeting"


def _place(desk: Desk, state: session.State) -> str | None:
    assert state.called is not None
    notice = state.called.notice
    if notice.place_told != "everyone":
        return None
    return events.wording(desk.connection, notice.place)


def _when(state: session.State) -> str:
    assert state.called is not None
    return f"{state.called.notice.starts_at:%A %-d %B %Y at %H:%M} UTC"


_KINDS: Final[dict[session.Kind, str]] = {
    "assembly": "A meeting of our assembly",
    "working group": "A meeting of a working group",
    "listening circle": "A listening circle: people listen, nothing is voted on",
}
