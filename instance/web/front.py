"""The assembly's front page: who we are, what is being decided, and what comes next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from confederation import session
from instance import chamber, node, speech
from instance.deciding import voting
from instance.desk import Desk
from instance.store import events, posts, records, remote_posts
from instance.web import naming, visits
from instance.web.afterwards import actions
from instance.web.confederal import proposals, seats
from instance.web.confederal.instructions import Told
from instance.web.deciding import decisions
from instance.web.fediverse import posts as said
from instance.web.languages import N_
from instance.web.matters import issues, whereabouts
from instance.web.membership import today
from instance.web.membership.today import Thing
from instance.web.record import records as held
from instance.web.rendering import render
from instance.web.site import Site, not_found
from instance.web.states import Badge
from instance.web.visits import Member

SHOWN: Final = 4
MOST_PROPOSALS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """A session that is called or open. ``title`` is None for who may not know it.

    ``days_to_go`` is for a landmark that has not begun, None for all else: whole days
    by the clock of the place, 0 on the day.
    """

    title: str | None
    page: str
    starts_at: datetime
    tentative: bool
    is_open: bool
    days_to_go: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """A proposal that is not settled, and what binds our delegate in it.

    ``bound`` is None where our assembly has no seat.
    """

    line: proposals.Line
    bound: Badge | None
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotLine:
    """A question that is open to our members now; None where its hour is not set."""

    question: str
    page: str
    secret: bool
    closes_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontPage:
    """``founded`` is None before the founding, ``members`` until a number is told.

    ``place`` is empty until somebody says where the assembly is.
    """

    name: str
    summary: str
    place: str
    handle: str
    federates: bool
    founded: datetime | None
    members: int | None
    sessions: tuple[SessionLine, ...]
    steps: tuple[Thing, ...]
    ballots: tuple[BallotLine, ...]
    deciding: tuple[Matter, ...]
    hands: tuple[actions.Line, ...]
    settled: tuple[proposals.Line, ...]
    issues: tuple[issues.Line, ...]
    decisions: tuple[decisions.Line, ...]
    posts: tuple[said.Line, ...]
    begun_elsewhere: bool
    others: tuple[held.RecordLine, ...]


def view(desk: Desk, member: Member | None) -> FrontPage:
    """Show the front page, with a member's own next steps to that member."""
    group = posts.actor(desk.connection, speech.group_path(desk))
    ours = records.ours(desk.connection)
    kept = None if ours is None else chamber.record_of(desk, ours.id)
    lines = proposals.lines(desk, most=MOST_PROPOSALS)
    deciding = tuple(_matter(desk, line) for line in lines if not line.settled)
    return FrontPage(
        name=naming.our_name(desk),
        summary="" if group is None else group.summary,
        place=whereabouts.our_place(desk),
        handle=f"@{desk.config.slug}@{desk.config.host}",
        federates=desk.config.federates,
        founded=None if kept is None else kept.entries[0].published,
        members=None if kept is None else kept.members_at(kept.size),
        sessions=tuple(_sessions(desk, member)),
        steps=() if member is None else tuple(_next_steps(desk, member, deciding)),
        ballots=() if member is None else tuple(_ballots(desk)),
        deciding=deciding,
        hands=tuple(
            line for line in actions.lines(desk, member) if line.status == "offered"
        )[:SHOWN],
        settled=tuple(line for line in lines if line.settled)[:SHOWN],
        issues=tuple(issues.lines(desk, most=SHOWN)),
        decisions=tuple(decisions.lines(desk, most=SHOWN)),
        posts=tuple(said.newest(desk, most=SHOWN)),
        begun_elsewhere=bool(
            remote_posts.reply_ids(
                desk.connection, speech.address(desk, speech.group_path(desk))
            )
        ),
        others=tuple(_others(desk)),
    )


def _others(desk: Desk) -> Iterable[held.RecordLine]:
    """Give the records of those who are in a compact with us, of all held here."""
    seats = chamber.our_seats(desk)
    fellows = {seat.assembly for compact in seats for seat in compact.members}
    for line in held.lines(desk):
        if line.assembly.id in fellows and not line.assembly.ours:
            yield line


def _ballots(desk: Desk) -> Iterable[BallotLine]:
    """Give the questions that are open now; who may vote, their pages say."""
    for id, state in node.load_all(desk, "ballot").items():
        if state.is_open:
            terms = voting.terms_of(state)
            yield BallotLine(
                question=voting.read_paper(desk, terms).question,
                page=f"/ballots/{id}",
                secret=terms.secret,
                closes_at=terms.closes_at,
            )


def _matter(desk: Desk, line: proposals.Line) -> Matter:
    bound = seats.our_bound(desk, chamber.proposal(desk, line.digest))
    return Matter(
        line=line,
        bound=None if bound is None else bound[0],
        told=() if bound is None or bound[1] is None else bound[1].told,
    )


def _sessions(desk: Desk, member: Member | None) -> Iterable[SessionLine]:
    """Give the sessions to come. Their titles are for members until they are public."""
    states: dict[str, session.State] = node.load_all(desk, "session")
    for id, state in sorted(states.items(), key=lambda item: _starts_at(item[1])):
        if state.called is None or state.closed_at or state.cancelled_at:
            continue
        title = state.called.notice.title
        said_to_all = naming.words(desk, title).text
        yield SessionLine(
            title=(
                said_to_all
                if member is None
                else events.wording(desk.connection, title)
            ),
            page=f"/sessions/{id}",
            starts_at=state.called.notice.starts_at,
            tentative=state.tentative,
            is_open=state.is_open,
            days_to_go=_days_to_go(desk, state, told=bool(member or said_to_all)),
        )


def _days_to_go(desk: Desk, state: session.State, *, told: bool) -> int | None:
    """Count in to a landmark; ``told`` is whether the reader may know what it is."""
    assert state.called is not None
    notice = state.called.notice
    if not (notice.landmark and told) or state.is_open:
        return None
    zone = desk.config.zone
    day, today = notice.starts_at.astimezone(zone), desk.now.astimezone(zone)
    return max(0, (day.date() - today.date()).days)


def _starts_at(state: session.State) -> float:
    return 0.0 if state.called is None else state.called.notice.starts_at.timestamp()


def _next_steps(
    desk: Desk, member: Member, deciding: tuple[Matter, ...]
) -> Iterable[Thing]:
    yield from today.things(desk, member)
    for matter in deciding:
        uninstructed = matter.bound is not None and matter.bound.tone == "quiet"
        if matter.line.closed or not uninstructed:
            continue
        yield Thing(
            says=N_("Read what our delegate has no instruction on yet"),
            why=naming.in_a_line(matter.line.title, matter.line.begins),
            href=f"/proposals/{naming.in_hex(matter.line.digest)}",
        )


def routes(site: Site) -> list[Route]:
    slug = site.node.config.slug

    async def page(request: Request) -> Response:
        member = visits.signed_in(request)
        shown = await site.node.look(lambda desk: view(desk, member))
        return render(request, "front.html", page=shown)

    async def our_actor(request: Request) -> Response:
        if request.path_params["slug"] != slug:
            raise not_found()
        return RedirectResponse("/", status_code=302)

    return [
        site.page("/", page),
        site.spoken_page("/g/{slug}", our_actor),
        site.spoken_page("/g/{slug}/clerk", our_actor),
    ]
