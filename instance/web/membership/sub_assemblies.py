"""The sub-assemblies of an assembly: what each may decide, who joined, and what it did.

Anybody reads what a remit says and what was decided under it; who joined is a number.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import session
from confederation.confederal.compact import LONGEST_THEME
from confederation.deciding import motion, sub_assembly
from confederation.deciding.sub_assembly import Terms
from confederation.errors import TooEarly, Unknown
from confederation.identifiers import (
    BallotId,
    CompactId,
    MotionId,
    SessionId,
    SubAssemblyId,
)
from confederation.session import Notice
from instance import chamber, clerk, node
from instance.deciding import sub_assemblies, voting
from instance.desk import Desk
from instance.errors import Misused
from instance.store import events
from instance.web import moments, naming, telling
from instance.web.deciding import decided, motions
from instance.web.deciding.decided import Choice
from instance.web.deciding.decisions import Line as DecisionLine
from instance.web.deciding.decisions import under_remit
from instance.web.deciding.motions import Line as MotionLine
from instance.web.forms import Form
from instance.web.languages import N_, phrased
from instance.web.matters import translations
from instance.web.meeting import sessions
from instance.web.meeting.sessions import Line as SessionLine
from instance.web.naming import Words
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, see_other
from instance.web.states import Badge
from instance.web.visits import Member, signed_in, the_member

MOST_IN_NAME: Final = 120
MOST_IN_REMIT: Final = 3_000
STATES: Final[dict[sub_assembly.Status, Badge]] = {
    "proposed": Badge(says=N_("Proposed: the assembly decides"), tone="waiting"),
    "granted": Badge(says=N_("Has a remit"), tone="going"),
    "ended": Badge(says=N_("Its remit has ended"), tone="quiet"),
}
STANDS: Final = {
    "whole": N_("It goes to the whole assembly as a motion"),
    "within": N_("It stands, within the remit"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A sub-assembly in a list."""

    id: str
    name: str
    theme: str
    state: Badge
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    lines: tuple[Line, ...]
    compacts: tuple[tuple[str, str], ...]
    stands: dict[str, str]
    may_propose: bool
    once: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What the clerk carries out: the text as it was decided, and the terms."""

    text: str
    name: str
    theme: str
    until: str
    stands: str
    compact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubAssemblyPage:
    """A sub-assembly as one reader sees it, with what they may do now."""

    id: str
    name: str
    theme: str
    state: Badge
    open: bool
    in_record: bool
    until: datetime
    decision: str | None
    text: Words | None
    stands: bool
    compact: tuple[str, str] | None
    ended_at: datetime | None
    ended_by: str | None
    members: int
    joined: bool
    may_join: bool
    motion: str | None
    said_yes: bool
    grant: Grant | None
    decisions: tuple[DecisionLine, ...]
    motions: tuple[MotionLine, ...]
    meetings: tuple[SessionLine, ...]
    may_call: bool
    may_end: tuple[Choice, ...]
    empty: int
    compacts: tuple[tuple[str, str], ...]
    says: dict[str, str]


def routes(site: Site) -> list[Route]:
    look = site.node.look

    async def list_page(request: Request) -> Response:
        member = signed_in(request)
        shown = await look(lambda desk: view_list(desk, member))
        return render(request, "sub_assemblies.html", page=shown)

    async def page(request: Request) -> Response:
        id, member = _id(request), signed_in(request)
        shown = await look(lambda desk: view(desk, id, member))
        return render(request, "sub_assembly.html", page=shown, typed=_typed(request))

    async def proposed(request: Request, form: Form) -> Response:
        form.only("once", "name", "theme", "remit", "until", "stands", "compact")
        member = the_member(request)
        id = SubAssemblyId(telling.once(form))
        await site.work(lambda desk: _propose(desk, id, form, member))
        return see_other(f"/sub-assemblies/{id}")

    def act(
        path: str,
        job: Callable[[Desk, SubAssemblyId, Form, Member], str | None],
        *known: str,
    ) -> Route:
        async def done(request: Request, form: Form) -> Response:
            request.state.form = form
            form.only(*known)
            member, id = the_member(request), _id(request)

            def carry_out(desk: Desk) -> str | None:
                _seen_by(desk, id, member)
                led = job(desk, id, form, member)
                clerk.publish_ready(desk)
                return led

            led = await site.work(carry_out)
            return see_other(led or f"/sub-assemblies/{id}")

        return site.form(f"/sub-assemblies/{{id}}/{path}", done, again=page)

    return [
        site.page("/sub-assemblies", list_page),
        site.form("/sub-assemblies", proposed, again=list_page),
        site.page("/sub-assemblies/{id}", page),
        act("grant", _grant, "name", "theme", "until", "stands", "compact"),
        act("join", _join),
        act("leave", _leave),
        act("meetings", _call, "title", "starts_at", "place"),
        act("motions", _draft, "title", "clause", "lang"),
        act("hand-on", _hand_on, "ballot"),
        act("end", _end, "decision"),
        act("propose-end", _propose_end, "why"),
    ]


def view_list(desk: Desk, member: Member | None) -> ListPage:
    """List the sub-assemblies by their themes, as a tree."""
    shown = [
        Line(
            id=id,
            name=naming.said(desk, state.terms.name),
            theme=state.terms.theme,
            state=_state(desk, state),
            members=len(state.members),
        )
        for id, state in sub_assemblies.every(desk).items()
        if _may_see(desk, state, member)
    ]
    return ListPage(
        lines=tuple(sorted(shown, key=lambda line: (line.theme.split("/"), line.name))),
        compacts=_compacts(desk),
        stands=STANDS,
        may_propose=member is not None,
        once=desk.new_id(),
    )


def view(desk: Desk, id: SubAssemblyId, member: Member | None) -> SubAssemblyPage:
    """Show a sub-assembly.

    Raises:
        Unknown: there is none of this id that this reader may see.
    """
    state = _seen_by(desk, id, member)
    terms, granted, ended = state.terms, state.granted, state.ended
    published = clerk.published(desk, "Remit", id)
    joined = member is not None and member.id in state.members
    going = state.in_force(desk.now)
    chair = member is not None and may(member, session.CallSession)
    clerk_ = member is not None and may(member, sub_assembly.EndRemit)
    to_grant = _to_grant(desk, state)
    return SubAssemblyPage(
        id=id,
        name=naming.said(desk, terms.name),
        theme=terms.theme,
        state=_state(desk, state),
        open=going,
        in_record=published is not None,
        until=terms.until,
        decision=None
        if granted is None
        else clerk.published(desk, "Decision", granted.ballot),
        text=None if granted is None else _remit_text(desk, state, member),
        stands=terms.stands,
        compact=next(
            (each for each in _compacts(desk) if each[0] == terms.compact), None
        ),
        ended_at=None if ended is None else ended.at,
        ended_by=None if ended is None else ended.decision,
        members=len(state.members),
        joined=joined,
        may_join=going and member is not None and not joined,
        motion=None
        if member is None or state.proposed is None
        else state.proposed.motion,
        said_yes=to_grant is not None,
        grant=to_grant if clerk_ else None,
        decisions=tuple(under_remit(desk, published)),
        motions=()
        if member is None
        else tuple(
            line
            for line in motions.lines(desk, member)
            if line.id in {name for name, _ in sub_assemblies.motions(desk, id)}
        ),
        meetings=()
        if member is None
        else tuple(
            sessions.line(desk, name, held)
            for name, held in sub_assemblies.meetings(desk, id)
        ),
        may_call=going and chair,
        may_end=decided.newest(desk) if clerk_ and state.status == "granted" else (),
        empty=motions.EMPTY_CLAUSES,
        compacts=_compacts(desk),
        says=STANDS,
    )


def _remit_text(
    desk: Desk, state: sub_assembly.State, member: Member | None
) -> Words | None:
    assert state.granted is not None
    if member is None:
        return naming.words(desk, state.granted.text)
    return Words(
        text=events.wording(desk.connection, state.granted.text),
        lang=events.language(desk.connection, state.granted.text),
    )


def _to_grant(desk: Desk, state: sub_assembly.State) -> Grant | None:
    """What the clerk can carry out now; None before the assembly has said yes."""
    if state.proposed is None or state.granted is not None:
        return None
    moved: motion.State = node.load(desk, f"motion:{state.proposed.motion}")
    if moved.status != "adopted":
        return None
    terms = state.proposed.terms
    return Grant(
        text=naming.said(desk, motion.text(moved).text),
        name=naming.said(desk, terms.name),
        theme=terms.theme,
        until=f"{terms.until:%Y-%m-%d}",
        stands="within" if terms.stands else "whole",
        compact=terms.compact or "",
    )


# What people do


def _propose(desk: Desk, id: SubAssemblyId, form: Form, member: Member) -> None:
    if node.exists(desk, f"sub_assembly:{id}"):
        return
    name = form.line("name", "What it is called", most=MOST_IN_NAME)
    remit = form.text("remit", "What it may decide", most=MOST_IN_REMIT)
    terms = _terms(desk, form, name)
    moved = MotionId(desk.new_id())
    title = phrased("A remit for “{name}”", name=name)
    clauses = tuple(_in_words(desk, name, remit, terms))
    drafted = motion.DraftMotion(
        motion=moved,
        title=events.keep_wording(desk.connection, title),
        text=motions.keep_text(desk, clauses),
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, f"motion:{moved}", drafted)
    proposed = sub_assembly.ProposeRemit(
        sub_assembly=id, terms=terms, motion=moved, by=member.id, at=desk.now
    )
    node.perform(desk, f"sub_assembly:{id}", proposed)


def _in_words(desk: Desk, name: str, remit: str, terms: Terms) -> Iterator[str]:
    """Write what the assembly decides on, so that all of it stands in the text."""
    yield (
        phrased(
            "We grant the sub-assembly “{name}” a remit on the theme “{theme}”, until "
            "{day}. Whoever is a member of our assembly may join.",
            name=name,
            theme=terms.theme,
            day=terms.until.date(),
        )
    )
    yield remit
    yield (
        phrased(
            "What it decides within this remit stands until our assembly says "
            "otherwise."
        )
        if terms.stands
        else phrased("What it decides goes to our whole assembly as a motion.")
    )
    if terms.compact is not None:
        purpose = dict(_compacts(desk)).get(terms.compact, terms.compact)
        yield (
            phrased(
                "It may bind our delegate on this theme in the compact “{purpose}”, by "
                "a mandate that ends with this remit or before.",
                purpose=purpose,
            )
        )


def _terms(desk: Desk, form: Form, name: str) -> Terms:
    until = moments.day_to_come(form, "until", "Until", now=desk.now)
    if until is None:
        raise Misused("“Until”: a remit ends on a day. Please name one.").of("until")
    compact = form.one("compact")
    if compact and compact not in dict(_compacts(desk)):
        raise Misused("“Its delegate”: our assembly has no seat in such a compact.")
    return Terms(
        name=events.keep_wording(desk.connection, name),
        theme=form.line("theme", "Theme", most=LONGEST_THEME).lower(),
        until=until,
        stands=form.choice("stands", N_("What it decides"), among=STANDS) == "within",
        compact=CompactId(compact) if compact else None,
    )


def _grant(desk: Desk, id: SubAssemblyId, form: Form, member: Member) -> None:
    state = sub_assemblies.the(desk, id)
    assert state.proposed is not None
    moved: motion.State = node.load(desk, f"motion:{state.proposed.motion}")
    if moved.put is None or moved.status != "adopted":
        raise TooEarly("The assembly grants a remit by adopting the motion on it.")
    name = form.line("name", "What it is called", most=MOST_IN_NAME)
    command = sub_assembly.GrantRemit(
        terms=_terms(desk, form, name),
        text=motion.text(moved).text,
        decision=voting.decided(desk, moved.put.ballot),
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, f"sub_assembly:{id}", command)


def _join(desk: Desk, id: SubAssemblyId, form: Form, member: Member) -> None:
    command = sub_assembly.JoinSubAssembly(by=member.id, at=desk.now)
    node.perform(desk, f"sub_assembly:{id}", command)


def _leave(desk: Desk, id: SubAssemblyId, form: Form, member: Member) -> None:
    command = sub_assembly.LeaveSubAssembly(by=member.id, at=desk.now)
    node.perform(desk, f"sub_assembly:{id}", command)


def _call(desk: Desk, id: SubAssemblyId, form: Form, member: Member) -> str:
    sub_assemblies.in_force(desk, id)
    title = form.line("title", "Title", most=sessions.MOST_IN_TITLE)
    place = form.line("place", "Place", least=0, most=sessions.MOST_IN_TITLE)
    starts_at = moments.time(form, "starts_at", "Begins")
    called = SessionId(desk.new_id())
    notice = Notice(
        title=events.keep_wording(desk.connection, title),
        kind="working group",
        starts_at=sessions.from_now(desk.now, starts_at),
        place=events.keep_wording(desk.connection, place) if place else None,
        sub_assembly=id,
    )
    command = session.CallSession(
        session=called, notice=notice, by=member.id, at=desk.now
    )
    node.perform(desk, f"session:{called}", command)
    return f"/sessions/{called}"


def _draft(desk: Desk, id: SubAssemblyId, form: Form, member: Member) -> str:
    sub_assemblies.in_force(desk, id)
    sub_assembly.check_member(sub_assemblies.the(desk, id), member.id)
    title = form.line("title", "Title", most=motions.MOST_IN_TITLE)
    lang = translations.read_language(form)
    moved = MotionId(desk.new_id())
    command = motion.DraftMotion(
        motion=moved,
        title=events.keep_wording(desk.connection, title, lang=lang),
        text=motions.keep_text(desk, motions.read_clauses(form), lang=lang),
        sub_assembly=id,
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, f"motion:{moved}", command)
    return f"/motions/{moved}"


def _hand_on(desk: Desk, id: SubAssemblyId, form: Form, member: Member) -> str:
    ballot = BallotId(form.line("ballot", "The decision", most=100))
    return f"/motions/{sub_assemblies.hand_on(desk, ballot, by=member.id)}"


def _end(desk: Desk, id: SubAssemblyId, form: Form, member: Member) -> None:
    sub_assemblies.end(desk, id, decided.read(desk, form), by=member.id)


def _propose_end(desk: Desk, id: SubAssemblyId, form: Form, member: Member) -> str:
    """Draft the motion by which the whole assembly ends a remit before its day."""
    state = sub_assemblies.the(desk, id)
    sub_assembly.check_in_force(state, at=desk.now)
    name = naming.said(desk, state.terms.name)
    why = form.text("why", "Why", least=0, most=MOST_IN_REMIT)
    moved = MotionId(desk.new_id())
    title = phrased("The end of the remit of “{name}”", name=name)
    end = phrased("We end the remit of the sub-assembly “{name}” at once.", name=name)
    command = motion.DraftMotion(
        motion=moved,
        title=events.keep_wording(desk.connection, title),
        text=motions.keep_text(desk, (end, why) if why else (end,)),
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, f"motion:{moved}", command)
    return f"/motions/{moved}"


# Who sees what


def _may_see(desk: Desk, state: sub_assembly.State, member: Member | None) -> bool:
    """Whether somebody may see it: all once granted, members once it is tabled."""
    if state.granted is not None:
        return True
    if member is None or state.proposed is None:
        return False
    try:
        motions.seen_by(desk, state.proposed.motion, member)
    except Unknown:
        return False
    return True


def _seen_by(
    desk: Desk, id: SubAssemblyId, member: Member | None
) -> sub_assembly.State:
    state = sub_assemblies.the(desk, id)
    if not _may_see(desk, state, member):
        raise Unknown("There is no such sub-assembly here.")
    return state


def _state(desk: Desk, state: sub_assembly.State) -> Badge:
    over = state.status == "granted" and not state.in_force(desk.now)
    return STATES["ended" if over else state.status]


def _compacts(desk: Desk) -> tuple[tuple[str, str], ...]:
    """Our seats in compacts that have themes: the identity of each, and its purpose."""
    return tuple(
        (
            compact.identity,
            (naming.some_words(desk, compact.purpose) or _NONE).text or "…",
        )
        for compact in chamber.our_seats(desk)
        if compact.themes
    )


_NONE: Final = Words(text=None)


def _typed(request: Request) -> tuple[str, ...]:
    form: Form | None = getattr(request.state, "form", None)
    return () if form is None else form.values.get("clause", ())


def _id(request: Request) -> SubAssemblyId:
    return SubAssemblyId(request.path_params["id"])
