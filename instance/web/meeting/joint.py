"""Meetings that are held together with other assemblies, and whose turn it is to host.

Each assembly calls the meeting at its own node: what one of them decides, it decides
for itself. What others say of it is shown here, and changes nothing by itself.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import session
from confederation.errors import Refused, Unknown
from confederation.identifiers import AssemblyId, SessionId
from confederation.meeting import joint, turns
from confederation.session import Notice
from instance import node
from instance.desk import Desk
from instance.meeting import meetings
from instance.store import events, joint_meetings, posts, records
from instance.store.joint_meetings import Theirs
from instance.web import naming
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.naming import Named
from instance.web.site import Site, see_other
from instance.web.visits import Member, the_member

FIELDS: Final = ("with", "host", "beside")
MOST_BESIDE: Final = 200
MOST_ADDRESS: Final = 2_000
MOST_VENUES: Final = 8
SHOWN_FOR: Final = timedelta(days=1)
"""How long after it began a meeting of others is still listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A meeting as another assembly called it; ``other_time`` where ours differs.

    ``here`` is our own page of it, if we called it as well.
    """

    id: str
    by: Named
    title: str
    place: str
    starts_at: datetime
    status: str
    url: str
    other_time: bool = False
    here: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """With whom a meeting is held. ``host`` is None on neutral ground."""

    others: tuple[Named, ...]
    host: Named | None
    beside: str
    elsewhere: tuple[Elsewhere, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An assembly that a meeting can be held with, and how often it has been host."""

    assembly: Named
    chosen: bool
    hosted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What setting a meeting up asks about its company.

    ``turn`` is whose turn it is to host, of those who are chosen now.
    """

    together: Together
    choices: tuple[Choice, ...]
    hosts: tuple[Choice, ...]
    turn: Named | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """A place where we met: how often, and when last."""

    place: str
    times: int
    last: datetime


def routes(site: Site) -> list[Route]:
    async def called_here(request: Request, form: Form) -> Response:
        form.only("meeting")
        member = the_member(request)
        address = form.line("meeting", N_("Which meeting"), most=MOST_ADDRESS)
        id = await site.work(lambda desk: call_here(desk, address, member))
        return see_other(f"/sessions/{id}/setup#together")

    return [site.form("/sessions/together", called_here)]


def hold(desk: Desk, member: Member, form: Form, id: str) -> None:
    """Say with whom a meeting is held, and who is host.

    Raises:
        Refused: it cannot be so; nothing was changed.
    """
    known = {each.id: each for each in records.assemblies(desk.connection)}
    ours = records.ours(desk.connection)
    others = form.choices(
        "with", "Together with", among=[n for n, each in known.items() if not each.ours]
    )
    host = form.one("host")
    if host:
        form.choice("host", "Who is host", among=[*known])
    beside = form.line("beside", N_("Who facilitates"), least=0, most=MOST_BESIDE)
    held: session.State = node.load(desk, f"session:{id}")
    assert held.called is not None
    if others and held.called.notice.told != "everyone":
        raise Refused(
            "Only the members are told of this meeting, so no other assembly would "
            "learn of it. Please call one that everyone is told of."
        )
    if ours is None:
        raise Refused("An assembly is founded before it meets another one.")
    before = of_meeting(desk, id)
    same = before.held is not None and _words(desk, before.held.beside) == beside
    command = joint.HoldTogether(
        session=SessionId(id),
        us=ours.id,
        others=tuple(AssemblyId(each) for each in others),
        host=AssemblyId(host) if host else None,
        beside=before.held.beside
        if same and before.held is not None
        else events.keep_wording(desk.connection, beside)
        if beside
        else None,
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, f"joint:{id}", command)


def call_here(desk: Desk, address: str, member: Member) -> SessionId:
    """Call a meeting here that another assembly called; called again, it is the same.

    Raises:
        NotEntitled: calling meetings is for others.
        Refused: it was called off, or its time has come.
        Unknown: no assembly told us of such a meeting.
    """
    theirs = joint_meetings.meeting(desk.connection, address)
    ours = records.ours(desk.connection)
    if theirs is None or ours is None:
        raise Unknown("No assembly has told us of such a meeting.")
    already = _called_here(desk).get(address)
    if already is not None:
        return SessionId(already)
    if theirs.status == "CANCELLED":
        raise Refused("They have called this meeting off.")
    id = SessionId(desk.new_id())
    place = theirs.place
    notice = Notice(
        title=events.keep_wording(desk.connection, theirs.title),
        kind="assembly",
        starts_at=theirs.starts_at,
        place=events.keep_wording(desk.connection, place) if place else None,
        told="everyone",
        place_told="everyone" if place else "members",
        tentative=theirs.status == "TENTATIVE",
    )
    called = session.CallSession(session=id, notice=notice, by=member.id, at=desk.now)
    node.perform(desk, f"session:{id}", called)
    command = joint.HoldTogether(
        session=id,
        us=ours.id,
        others=(theirs.assembly,),
        host=None,
        follows=theirs.id,
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, f"joint:{id}", command)
    return id


def of_meeting(desk: Desk, id: str) -> joint.State:
    """Return with whom a meeting is held; with nobody where nothing was said."""
    stream = f"joint:{id}"
    if not node.exists(desk, stream):
        return joint.NOTHING
    state: joint.State = node.load(desk, stream)
    return state


def together(desk: Desk, id: str) -> Together | None:
    """Show with whom a meeting is held; None where it is ours alone."""
    state = of_meeting(desk, id)
    if state.held is None or not state.others:
        return None
    return _together(desk, id, state)


def part(desk: Desk, id: str) -> Part:
    """Show what setting a meeting up asks about its company."""
    state, past = of_meeting(desk, id), _hosted(desk, but=id)
    known = records.assemblies(desk.connection)
    us = next((each.id for each in known if each.ours), None)
    chosen = set(state.others)
    meeting = [] if us is None else [us, *state.others]
    turn = turns.whose(meeting, past) if state.others else None
    choices = [
        Choice(
            assembly=naming.assembly(desk, each.id),
            chosen=each.id in chosen,
            hosted=past.count(each.id),
        )
        for each in known
    ]
    return Part(
        together=_together(desk, id, state),
        choices=tuple(each for each in choices if not each.assembly.ours),
        hosts=tuple(e for e in choices if e.assembly.ours or e.chosen),
        turn=None if turn is None else naming.assembly(desk, turn),
    )


def elsewhere(desk: Desk) -> tuple[Elsewhere, ...]:
    """List the meetings that others called together with us, the soonest first."""
    here = _called_here(desk)
    return tuple(
        _elsewhere(desk, each, here=here.get(each.id))
        for each in joint_meetings.from_(desk.connection, desk.now - SHOWN_FOR)
        if each.follows is None
    )


def venues(desk: Desk) -> tuple[tuple[Venue, ...], str | None]:
    """List where we met, the newest first, and the place whose turn it is, if several.

    Places that differ only in their spaces and large letters are one.
    """
    newest: dict[str, Venue] = {}
    past: list[str] = []
    for state in sorted(_held(desk), key=_begins, reverse=True):
        assert state.called is not None
        place = _words(desk, state.called.notice.place)
        key = " ".join(place.split()).casefold()
        if not key:
            continue
        past.append(key)
        if key not in newest:
            newest[key] = Venue(place=place, times=0, last=_begins(state))
    found = tuple(
        Venue(place=each.place, times=past.count(key), last=each.last)
        for key, each in newest.items()
    )
    turn = turns.whose([*newest], past) if len(newest) > 1 else None
    return found, None if turn is None else newest[turn].place


def _together(desk: Desk, id: str, state: joint.State) -> Together:
    held = state.held
    meeting: session.State = node.load(desk, f"session:{id}")
    ours = posts.object_about(desk.connection, f"session:{id}", kind=meetings.MEETING)
    found: list[Theirs] = []
    if ours is not None:
        found += joint_meetings.following(desk.connection, ours["id"])
    if held is not None and held.follows is not None:
        first = joint_meetings.meeting(desk.connection, held.follows)
        found += [] if first is None else [first]
    return Together(
        others=tuple(naming.assembly(desk, each) for each in state.others),
        host=None
        if held is None or held.host is None
        else naming.assembly(desk, held.host),
        beside="" if held is None else _words(desk, held.beside),
        elsewhere=tuple(
            _elsewhere(desk, each, other_time=each.starts_at != _begins(meeting))
            for each in found
            if each.assembly in state.others
        ),
    )


def _elsewhere(
    desk: Desk, theirs: Theirs, *, other_time: bool = False, here: str | None = None
) -> Elsewhere:
    return Elsewhere(
        id=theirs.id,
        by=naming.assembly(desk, theirs.assembly),
        title=theirs.title,
        place=theirs.place,
        starts_at=theirs.starts_at,
        status=theirs.status,
        url=theirs.url,
        other_time=other_time,
        here=None if here is None else f"/sessions/{here}",
    )


def _called_here(desk: Desk) -> dict[str, str]:
    """Return which of our meetings is the same as which of others, by theirs."""
    return {
        state.held.follows: id
        for id, state in node.load_all(desk, "joint").items()
        if state.held is not None and state.held.follows is not None
    }


def _hosted(desk: Desk, *, but: str) -> list[AssemblyId]:
    """Return who was host of each meeting that was held together, the newest first."""
    begun = [
        (_begins(node.load(desk, f"session:{id}")), state.held.host)
        for id, state in node.load_all(desk, "joint").items()
        if id != but
        and state.held is not None
        and state.held.host is not None
        and node.load(desk, f"session:{id}").opened is not None
    ]
    return [host for _, host in sorted(begun, reverse=True)]


def _held(desk: Desk) -> Iterator[session.State]:
    states: Iterable[session.State] = node.load_all(desk, "session").values()
    return (each for each in states if each.opened is not None)


def _begins(state: session.State) -> datetime:
    assert state.called is not None
    return state.called.notice.starts_at


def _words(desk: Desk, commitment: str | None) -> str:
    if commitment is None:
        return ""
    return events.wording(desk.connection, commitment) or ""
