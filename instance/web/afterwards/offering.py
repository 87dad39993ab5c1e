"""An action is offered to all, or to one who may say no; the assembly names kinds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.dealings import action, kinds
from confederation.dealings.action import Source, Words
from confederation.identifiers import ActionId, Commit, MemberId, SessionId
from confederation.meeting import point
from instance import clerk, node
from instance.dealings import deeds
from instance.desk import Desk
from instance.errors import Misused
from instance.store import events, people
from instance.web import sources, telling
from instance.web.afterwards import points
from instance.web.afterwards.actions import (
    EFFORTS,
    KINDS,
    MOST_IN_TEXT,
    POSITIONS,
    Line,
    a_line,
    may_see,
    show,
)
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.moments import day_to_come
from instance.web.rights import may, may_at
from instance.web.site import Site, see_other
from instance.web.sources import From
from instance.web.visits import Member, the_member

MOST_IN_WHAT: Final = 200
MOST_IN_KIND: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferPage:
    """The form by which an action is offered."""

    once: str
    people: tuple[tuple[str, str], ...]
    own_kinds: tuple[tuple[str, str], ...]
    may_name_kinds: bool
    source: Source | None
    comes_from: From | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnIssue:
    """What is being done about an issue, and what its short form begins with.

    ``lines`` are those that the reader may know of, the newest first.
    """

    once: str
    people: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]


def routes(site: Site) -> list[Route]:
    async def offer_page(request: Request) -> Response:
        member = the_member(request)
        given = {**request.query_params, **request.state.visit.entered}
        shown = await site.node.look(lambda desk: view_offer(desk, given, member))
        return show(request, "action_offer.html", shown, given=given)

    async def offered(request: Request, form: Form) -> Response:
        form.only(
            *("what", "help", "due", "kind", "effort", "position", "asked", "mine"),
            *("about", "id", "step", *telling.FIELDS),
        )
        member = the_member(request)
        id = ActionId(telling.once(form))
        await site.work(lambda desk: _offer(desk, id, form, member))
        return see_other(f"/actions/{id}")

    async def named(request: Request, form: Form) -> Response:
        form.only("name")
        member = the_member(request)
        name = form.line("name", "Kind", most=MOST_IN_KIND)

        def carry_out(desk: Desk) -> None:
            if name in dict(own_kinds(desk)).values():
                return
            command = kinds.NameKind(
                kind=events.keep_wording(desk.connection, name),
                by=member.id,
                at=desk.now,
            )
            node.perform(desk, "kinds:it", command)

        await site.work(carry_out)
        return see_other("/actions/new")

    async def unnamed(request: Request, form: Form) -> Response:
        form.only("kind")
        member = the_member(request)
        kind = Commit(form.line("kind", "Kind", most=100))

        def carry_out(desk: Desk) -> None:
            command = kinds.DropKind(kind=kind, by=member.id, at=desk.now)
            node.perform(desk, "kinds:it", command)

        await site.work(carry_out)
        return see_other("/actions/new")

    return [
        site.form("/actions/kinds", named, again=offer_page),
        site.form("/actions/kinds/drop", unnamed, again=offer_page),
        site.page("/actions/new", offer_page),
        site.form("/actions", offered, again=offer_page),
    ]


def view_offer(desk: Desk, given: Mapping[str, str], member: Member) -> OfferPage:
    """Show the form for an action, begun with what the page that led here knows."""
    source = sources.asked_for(desk, given)
    return OfferPage(
        once=given.get("once") or desk.new_id(),
        people=_others(desk, member),
        own_kinds=own_kinds(desk),
        may_name_kinds=may(member, kinds.NameKind),
        source=source,
        comes_from=None if source is None else sources.come_from(desk, source),
    )


def on_issue(desk: Desk, issue: str, member: Member | None) -> OnIssue:
    """Show what is being done about an issue; a member can offer more there.

    ``issue`` is the hex of its entry.
    """
    source = Source(about="issue", id=issue)
    return OnIssue(
        once=desk.new_id(),
        people=() if member is None else _others(desk, member),
        lines=tuple(
            a_line(desk, id, state, member)
            for id, state in node.load_all(desk, "action").items()
            if state.offered is not None and state.offered.source == source
            if may_see(state, member)
        ),
    )


def _others(desk: Desk, member: Member) -> tuple[tuple[str, str], ...]:
    """Return the members whom a member can ask."""
    return tuple(
        (id, name)
        for id, name in people.names(desk.connection).items()
        if id != member.id
    )


def own_kinds(desk: Desk) -> tuple[tuple[str, str], ...]:
    """Return the kinds of action that the assembly named itself, with their words."""
    if not node.exists(desk, "kinds:it"):
        return ()
    state: kinds.State = node.load(desk, "kinds:it")
    return tuple((each, points.words(desk, each)) for each in state.own)


def _offer(desk: Desk, id: ActionId, form: Form, member: Member) -> None:
    if node.exists(desk, f"action:{id}"):
        return
    what = form.line("what", "What is to be done", most=MOST_IN_WHAT)
    help_wanted = form.text("help", "Help wanted", least=0, most=MOST_IN_TEXT)
    told = telling.told(form)
    telling.check(desk, form, what, help_wanted)
    position = form.one("position")
    asked = form.one("asked")
    if asked and people.name_of(desk.connection, asked) is None:
        raise Misused("“Ask somebody”: nobody here has that name.")
    source = _source(desk, form)
    if source is not None and source.about == "result" and told != "everyone":
        raise Misused(
            "“Who will see this”: what carries out a decision of all assemblies is for "
            "everyone to read."
        )
    own = dict(own_kinds(desk))
    kind = form.choice("kind", N_("What sort of thing"), among={**KINDS, **own})
    if kind in own and told == "everyone":
        events.release(desk.connection, [kind])
    command = action.OfferAction(
        action=id,
        words=Words(
            what=events.keep_wording(desk.connection, what),
            help=events.keep_wording(desk.connection, help_wanted)
            if help_wanted
            else None,
        ),
        kind=kind,
        effort=form.choice("effort", "How long it takes", among=EFFORTS),  # type: ignore[arg-type]
        position=form.choice("position", "Where", among=POSITIONS)  # type: ignore[arg-type]
        if position
        else None,
        due=day_to_come(form, "due", "By when", now=desk.now),
        source=source,
        told=told,
        asked=MemberId(asked) if asked else None,
        by=member.id,
        at=desk.now,
    )
    deeds.act(desk, id, command)
    if form.ticked("mine"):
        deeds.act(desk, id, action.TakeAction(by=member.id, at=desk.now))
    if source is not None and source.about == "point":
        _end_point(desk, source, id, member)
    clerk.publish_ready(desk)


def _end_point(desk: Desk, source: Source, id: ActionId, member: Member) -> None:
    """Let the point that an action came from end in it, if the member may say so."""
    meeting, _, key = source.id.partition(".")
    if not may_at(desk, meeting, member, point.EndPoint):
        return
    command = point.EndPoint(
        session=SessionId(meeting),
        place=points.read_key(key),
        end=point.End(became="action", to=id),
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, f"point:{meeting}", command)


def _source(desk: Desk, form: Form) -> Source | None:
    if not form.one("about"):
        return None
    given = {form.one("about"): form.line("id", N_("Where it comes from"), most=200)}
    return sources.asked_for(desk, given)
