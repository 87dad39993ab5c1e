"""Heard, and where it went: the points of a meeting, each with its reason and its end.

A table's own words are kept as its sheet has them. Where they went is for whoever takes
the notes to say, until the minutes are approved.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import session
from confederation.dealings import action
from confederation.errors import ByNumber, Invalid, NotEntitled
from confederation.identifiers import Commit, MemberId, SessionId
from confederation.matters import issue
from confederation.meeting import minutes, point
from confederation.meeting.point import Became, End, Place, Point
from instance import clerk, node
from instance.desk import Desk
from instance.store import events
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.meeting import photos
from instance.web.meeting.photos import PhotoView
from instance.web.naming import in_hex
from instance.web.rendering import render
from instance.web.rights import may, may_at
from instance.web.site import Site, see_other
from instance.web.visits import Member, Visit, the_member

MOST_IN_WHAT: Final = 600
MOST_IN_WHY: Final = 1_000
MOST_TABLES: Final = 999
BECAME: Final[Mapping[Became, str]] = {
    "issue": N_("It became an issue"),
    "action": N_("It became an action"),
    "answered": N_("It was answered"),
    "parked": N_("It is parked, for one reason"),
}
WITHDRAWN: Final = N_("(text withdrawn)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where a point went: the page of what it became, or the words of an answer."""

    became: Became
    says: str
    href: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PointView:
    """A point on the trail. ``key`` names it in forms and addresses."""

    key: str
    table: int
    number: int
    what: str
    why: str
    where: Where | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Something that a point may have become."""

    id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailPage:
    """The points of one meeting, for one reader."""

    id: str
    title: str
    points: tuple[PointView, ...]
    listening: bool
    without_end: int
    settled: bool
    may_record: bool
    who_writes: bool
    may_end: bool
    issues: tuple[Choice, ...]
    actions: tuple[Choice, ...]
    outcomes: tuple[PhotoView, ...]
    may_attach: bool


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        visit: Visit = request.state.visit
        shown = await site.node.look(lambda desk: view(desk, _id(request), visit))
        chosen = visit.entered.get("point") or request.query_params.get("point", "")
        return render(request, "points.html", page=shown, became=BECAME, chosen=chosen)

    async def recorded(request: Request, form: Form) -> Response:
        form.only("table", "number", "what", "why")
        member = the_member(request)
        table = (
            form.whole("table", "Table", most=MOST_TABLES) if form.one("table") else 0
        )
        number = (
            form.whole("number", N_("Number"), most=99) if form.one("number") else None
        )
        what = form.text("what", "What was said", most=MOST_IN_WHAT)
        why = form.text("why", "Why it matters", least=0, most=MOST_IN_WHY)

        def carry_out(desk: Desk) -> None:
            id = _a_meeting(desk, _id(request))
            check_note_taker(desk, id, member)
            held = of_meeting(desk, id)
            free = point.next_number(held, table) if number is None else number
            if free is None:
                raise Invalid(
                    ByNumber(
                        "A table brings at most {most} point, so that each is "
                        "heard. Name the number of the one that this replaces.",
                        "A table brings at most {most} points, so that each is "
                        "heard. Name the number of the one that this replaces.",
                    ),
                    most=point.MOST_FROM_A_TABLE,
                )
            record(desk, id, Place(table=table, number=free), what, why, by=member.id)

        await site.work(carry_out)
        return see_other(f"/sessions/{_id(request)}/points")

    async def struck(request: Request, form: Form) -> Response:
        form.only("point")
        member = the_member(request)

        def carry_out(desk: Desk) -> None:
            id = _a_meeting(desk, _id(request))
            check_note_taker(desk, id, member)
            command = point.StrikePoint(
                session=id, place=read_key(form.one("point")), by=member.id, at=desk.now
            )
            node.perform(desk, f"point:{id}", command)

        await site.work(carry_out)
        return see_other(f"/sessions/{_id(request)}/points")

    async def ended(request: Request, form: Form) -> Response:
        form.only("point", "became", "issue", "action", "words")
        member = the_member(request)
        became = form.choice("became", "Where it went", among=BECAME)
        words = form.text("words", N_("In words"), least=0, most=MOST_IN_WHY)

        def carry_out(desk: Desk) -> None:
            id = _a_meeting(desk, _id(request))
            place = read_key(form.one("point"))
            end = _end(
                desk, of_meeting(desk, id).points.get(place), form, became, words
            )
            command = point.EndPoint(
                session=id, place=place, end=end, by=member.id, at=desk.now
            )
            node.perform(desk, f"point:{id}", command)
            if end.became == "issue" and end.to is not None:
                hear_issue(desk, end.to, id, member)
            clerk.publish_ready(desk)

        await site.work(carry_out)
        return see_other(f"/sessions/{_id(request)}/points")

    return [
        site.page("/sessions/{id}/points", page),
        site.form("/sessions/{id}/points", recorded, again=page),
        site.form("/sessions/{id}/points/strike", struck, again=page),
        site.form("/sessions/{id}/points/end", ended, again=page),
    ]


def of_meeting(desk: Desk, id: str) -> point.State:
    """Return the points of a meeting; none where nobody recorded any."""
    stream = f"point:{id}"
    if not node.exists(desk, stream):
        return point.NOTHING
    state: point.State = node.load(desk, stream)
    return state


def record(
    desk: Desk,
    id: SessionId,
    place: Place,
    what: str,
    why: str = "",
    *,
    by: MemberId | None,
) -> None:
    """Record a point in these words. The same words again change nothing.

    Whoever calls this makes sure that ``by`` sits at the table, or takes the notes;
    None is for a table whose sheet is handed in with no member at it.

    Raises:
        Invalid: there is no such line on a sheet.
        TooLate: the minutes are approved.
    """
    known = of_meeting(desk, id).points.get(place)
    if known is not None and (
        events.wording(desk.connection, known.what) == what
        and (events.wording(desk.connection, known.why) or "") == why
    ):
        return
    command = point.RecordPoint(
        session=id,
        place=place,
        what=events.keep_wording(desk.connection, what),
        why=events.keep_wording(desk.connection, why) if why else None,
        by=by,
        at=desk.now,
    )
    node.perform(desk, f"point:{id}", command)


def hear_issue(desk: Desk, id: str, meeting: SessionId, member: Member) -> None:
    """Say that an issue was heard in a meeting, if it waits for that."""
    state: issue.State = node.load(desk, f"issue:{id}")
    if state.status == "raised":
        heard = issue.HearIssue(session=meeting, by=member.id, at=desk.now)
        node.perform(desk, f"issue:{id}", heard)


def view(desk: Desk, id: str, visit: Visit) -> TrailPage:
    """Show the points of a meeting: to members, or to all once the minutes are public.

    A listening circle leaves themes, so its trail has no points.

    Raises:
        NotEntitled: they are for members.
        Unknown: there is no such meeting.
    """
    meeting: session.State = node.load(desk, f"session:{id}")
    assert meeting.called is not None
    check_reader(desk, id, visit)
    member, listening = visit.member, is_circle(meeting)
    held = point.NOTHING if listening else of_meeting(desk, id)
    notes = member is not None and takes_notes(desk, id, member) and not listening
    return TrailPage(
        id=id,
        title=words(desk, meeting.called.notice.title),
        points=tuple(
            a_view(desk, each, inside=member is not None) for each in held.in_order
        ),
        listening=listening,
        without_end=len(held.without_end),
        settled=held.settled_at is not None,
        may_record=notes and held.settled_at is None,
        who_writes=member is not None and not listening and held.settled_at is None,
        may_end=notes and held.settled_at is None,
        issues=tuple(_issues(desk)) if notes else (),
        actions=tuple(_actions(desk)) if notes else (),
        outcomes=tuple(photos.views(desk, id, visit, of=Place)),
        may_attach=member is not None and may(member, minutes.AttachPhoto),
    )


def check_reader(desk: Desk, id: str, visit: Visit) -> None:
    """Make sure that somebody may read what is kept of a meeting.

    Raises:
        NotEntitled: it is for members, and for the cards of that meeting, until the
            minutes are approved for everybody.
    """
    stream = f"minutes:{id}"
    written: minutes.State = (
        node.load(desk, stream) if node.exists(desk, stream) else minutes.NOTHING
    )
    in_room = visit.holder is not None and visit.holder.session == id
    if visit.member is None and not in_room and not written.public:
        raise NotEntitled(
            "What is kept of this meeting is for members until the minutes are "
            "approved for everyone: please sign in first."
        )


def is_circle(meeting: session.State) -> bool:
    """Whether a meeting is a listening circle, whose outcome is themes only."""
    called = meeting.called
    return called is not None and called.notice.kind == "listening circle"


def takes_notes(desk: Desk, id: str, member: Member) -> bool:
    """Whether a member takes the notes: by their role, or named for this meeting."""
    return may_at(desk, id, member, point.EndPoint)


def check_note_taker(desk: Desk, id: str, member: Member) -> None:
    """Make sure that a member takes the notes of a meeting.

    Raises:
        NotEntitled: that is for others.
    """
    if not takes_notes(desk, id, member):
        raise NotEntitled(
            "Whoever takes the notes, the facilitator, convenor or clerk enters points."
        )


def a_view(desk: Desk, each: Point, *, inside: bool = True) -> PointView:
    """Show a point with where it went; ``inside`` is whether a member reads it."""
    return PointView(
        key=write_key(each.place),
        table=each.place.table,
        number=each.place.number,
        what=words(desk, each.what),
        why="" if each.why is None else words(desk, each.why),
        where=None if each.end is None else _where(desk, each.end, inside=inside),
    )


def write_key(place: Place) -> str:
    """Name a point in a form or an address: ``table.number``."""
    return f"{place.table}.{place.number}"


def read_key(text: str) -> Place:
    """Read what names a point.

    Raises:
        Invalid: it names none.
    """
    table, _, number = text.partition(".")
    if not all(
        part.isascii() and part.isdecimal() and len(part) <= 3
        for part in (table, number)
    ):
        raise Invalid("Please say which point you mean.")
    return Place(table=int(table), number=int(number))


def words(desk: Desk, commitment: str) -> str:
    """Return a text that members may read."""
    return events.wording(desk.connection, commitment) or WITHDRAWN


def _end(desk: Desk, known: Point | None, form: Form, became: str, says: str) -> End:
    match became:
        case "issue" | "action":
            to = form.line(became, "Which one", most=100)
            if not node.exists(desk, f"{became}:{to}"):
                raise Invalid("Please choose which {became} it became.", became=became)
            return End(became=became, to=to)
        case _:
            return End(
                became=became,  # type: ignore[arg-type]
                words=_same_or_new(desk, known, says),
            )


def _same_or_new(desk: Desk, known: Point | None, says: str) -> Commit | None:
    """Keep words; the same ones again are those that are kept already."""
    before = None if known is None or known.end is None else known.end.words
    if before is not None and events.wording(desk.connection, before) == says:
        return before
    return events.keep_wording(desk.connection, says) if says else None


def _where(desk: Desk, end: End, *, inside: bool) -> Where:
    if end.became == "action" and end.to is not None:
        state: action.State = node.load(desk, f"action:{end.to}")
        assert state.offered is not None
        return Where(
            became="action",
            says=words(desk, state.offered.words.what),
            href=f"/actions/{end.to}"
            if inside or state.offered.told == "everyone"
            else None,
        )
    if end.became == "issue" and end.to is not None:
        raised: issue.State = node.load(desk, f"issue:{end.to}")
        assert raised.raised is not None
        return Where(
            became="issue",
            says=words(desk, raised.raised.words.title),
            href=issue_page(desk, end.to),
        )
    says = "" if end.words is None else words(desk, end.words)
    return Where(became=end.became, says=says, href=None)


def issue_page(desk: Desk, id: str) -> str | None:
    """Return the page of an issue of ours, once it is published."""
    digest = clerk.published(desk, "Issue", id)
    return None if digest is None else f"/issues/{in_hex(digest)}"


def _issues(desk: Desk) -> list[Choice]:
    return [
        Choice(id=id, title=words(desk, state.raised.words.title))
        for id, state in node.load_all(desk, "issue").items()
        if state.raised is not None and state.status != "withdrawn"
    ]


def _actions(desk: Desk) -> list[Choice]:
    return [
        Choice(id=id, title=words(desk, state.offered.words.what))
        for id, state in node.load_all(desk, "action").items()
        if state.offered is not None and state.status != "dropped"
    ]


def _a_meeting(desk: Desk, id: str) -> SessionId:
    """Return the id of a meeting that there is.

    Raises:
        Unknown: there is none.
    """
    node.load(desk, f"session:{id}")
    return SessionId(id)


def _id(request: Request) -> str:
    id: str = request.path_params["id"]
    return id
