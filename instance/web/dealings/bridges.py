"""Bridges between groups: stage by stage, and each side says when it is ready."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import session
from confederation.dealings import bridge
from confederation.dealings.bridge import MOST_SIDES, STAGES, Side, Stage, State
from confederation.deciding import motion
from confederation.errors import Filled, Invalid, Unknown
from confederation.identifiers import (
    AssemblyId,
    BridgeId,
    IssueId,
    MemberId,
    MotionId,
    SessionId,
)
from instance import node
from instance.desk import Desk
from instance.store import events, people, records
from instance.web import naming, telling
from instance.web.afterwards import points
from instance.web.afterwards.points import Choice
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.naming import Named
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, see_other
from instance.web.visits import Member, the_member

MOST_IN_NAME: Final = 120
MOST_IN_MATTER: Final = 200
MOST_IN_WORDS: Final = 600
OFFERED: Final = 4
"""So many sides the form has room for; more than two may stay empty."""
NAMES: Final[Mapping[Stage, str]] = {
    "meet": N_("Meet"),
    "listen": N_("Listen"),
    "share": N_("Share"),
    "do": N_("Do something small together"),
    "decide": N_("Ready to decide"),
}
SAYS: Final[Mapping[Stage, str]] = {
    "meet": N_("Eat together, and learn each other's names. Nothing is on the table."),
    "listen": N_("Each side hears the other out, and says back what it heard."),
    "share": N_("What we fear, what we hope for, and what we have in common."),
    "do": N_("A bench, a meal, a clean-up: something that is done in one day."),
    "decide": N_("Each side says that it is ready to decide on it together."),
}
READY: Final = {"ready": N_("Ready"), "not yet": N_("Not yet")}


@dataclass(frozen=True, slots=True, kw_only=True)
class SideView:
    """A side. ``speaker`` is who speaks for it here, empty if it is heard from."""

    number: int
    name: str
    speaker: str
    assembly: Named | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a side said of a stage last; ``ready`` is None where it said nothing.

    ``may_say`` is how whoever reads the page may answer for it.
    """

    side: SideView
    ready: bool | None
    words: str
    heard: bool
    at: datetime | None
    may_say: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StageView:
    """A stage; ``now`` is that of all, ``passed`` that all are ready to go on."""

    stage: Stage
    now: bool
    passed: bool
    said: tuple[Said, ...]
    meetings: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A bridge in a list; ``stage`` is None when all are ready to decide."""

    id: str
    matter: str
    sides: tuple[str, ...]
    stage: Stage | None
    ended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    lines: tuple[Line, ...]
    may_begin: bool
    members: tuple[str, ...]
    assemblies: tuple[Named, ...]
    issues: tuple[Choice, ...]
    once: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgePage:
    line: Line
    reason: str
    sides: tuple[SideView, ...]
    stages: tuple[StageView, ...]
    issue: Choice | None
    motions: tuple[Choice, ...]
    more_motions: tuple[Choice, ...]
    meetings: tuple[Choice, ...]
    may_lead: bool


def routes(site: Site) -> list[Route]:
    async def listed(request: Request) -> Response:
        member, visit = the_member(request), request.state.visit
        once = visit.entered.get("once", "")
        shown = await site.node.look(lambda desk: view_list(desk, member, once=once))
        return render(
            request, "bridges.html", page=shown, stages=NAMES, offered=OFFERED
        )

    async def begun(request: Request, form: Form) -> Response:
        form.only(
            *("once", "matter", "issue"),
            *(
                f"{name}_{n}"
                for n in range(1, OFFERED + 1)
                for name in ("name", "speaker", "assembly")
            ),
        )
        member, id = the_member(request), telling.once(form)
        matter = form.line("matter", "What it is about", most=MOST_IN_MATTER)

        def carry_out(desk: Desk) -> None:
            issue = form.line("issue", N_("Issue"), least=0, most=100)
            if issue and not node.exists(desk, f"issue:{issue}"):
                raise Invalid("Please choose an issue of ours, or none.")
            if node.exists(desk, f"bridge:{id}"):
                return
            command = bridge.BeginBridge(
                bridge=BridgeId(id),
                matter=events.keep_wording(desk.connection, matter),
                sides=_sides(desk, form),
                issue=IssueId(issue) if issue else None,
                by=member.id,
                at=desk.now,
            )
            node.perform(desk, f"bridge:{id}", command)

        await site.work(carry_out)
        return see_other(f"/bridges/{id}")

    async def page(request: Request) -> Response:
        member, id = the_member(request), _id(request)
        shown = await site.node.look(lambda desk: view(desk, id, member))
        return render(
            request, "bridge.html", page=shown, names=NAMES, says=SAYS, answers=READY
        )

    def form(
        name: str, make: Callable[[Desk, Member, Form, State], Any], *known: str
    ) -> Route:
        async def act(request: Request, form: Form) -> Response:
            form.only(*known)
            member, id = the_member(request), _id(request)

            def carry_out(desk: Desk) -> None:
                state: State = node.load(desk, f"bridge:{id}")
                command = make(desk, member, form, state)
                node.perform(desk, f"bridge:{id}", command)

            await site.work(carry_out)
            return see_other(f"/bridges/{id}")

        return site.form(f"/bridges/{{id}}/{name}", act, again=page)

    return [
        site.page("/bridges", listed),
        site.form("/bridges", begun, again=listed),
        site.page("/bridges/{id}", page),
        form("say", _say, "side", "stage", "ready", "words"),
        form("meeting", _link, "session", "stage"),
        form("motion", _put_under, "motion"),
        form("end", _end, "reason"),
    ]


def view_list(desk: Desk, member: Member, *, once: str = "") -> ListPage:
    """List the bridges, with the form to begin one."""
    return ListPage(
        lines=tuple(
            _line(desk, id, state)
            for id, state in node.load_all(desk, "bridge").items()
        ),
        may_begin=may(member, bridge.BeginBridge),
        members=tuple(people.names(desk.connection).values()),
        assemblies=tuple(
            naming.assembly(desk, each.id)
            for each in records.assemblies(desk.connection)
            if not each.ours
        ),
        issues=tuple(_issues(desk)),
        once=once or desk.new_id(),
    )


def view(desk: Desk, id: str, member: Member) -> BridgePage:
    """Show a bridge to a member.

    Raises:
        Unknown: there is none.
    """
    state: State = node.load(desk, f"bridge:{id}")
    assert state.begun is not None
    leads = may(member, bridge.HearReady)
    sides = [
        _side(desk, number, each) for number, each in enumerate(state.begun.sides, 1)
    ]
    under = [_motion(desk, each) for each in sorted(state.motions)]
    of_issue = [
        _motion(desk, each)
        for each, moved in node.load_all(desk, "motion").items()
        if state.begun.issue is not None
        and moved.drafted.issue == state.begun.issue
        and moved.status != "draft"
        and each not in state.motions
    ]
    ended = state.ended
    return BridgePage(
        line=_line(desk, id, state),
        reason="" if ended is None else points.words(desk, ended.reason),
        sides=tuple(sides),
        stages=tuple(
            _stage(desk, state, each, sides, member, leads=leads) for each in STAGES
        ),
        issue=next((e for e in _issues(desk) if e.id == state.begun.issue), None),
        motions=(*under, *of_issue),
        more_motions=tuple(
            _motion(desk, each)
            for each, moved in node.load_all(desk, "motion").items()
            if moved.status in ("tabled", "frozen")
            and each not in state.motions
            and all(each != other.id for other in of_issue)
        ),
        meetings=tuple(
            Choice(id=each, title=points.words(desk, held.called.notice.title))
            for each, held in node.load_all(desk, "session").items()
            if held.cancelled_at is None and each not in state.meetings
        ),
        may_lead=leads,
    )


def _stage(
    desk: Desk,
    state: State,
    stage: Stage,
    sides: list[SideView],
    member: Member,
    *,
    leads: bool,
) -> StageView:
    assert state.begun is not None
    current = state.stage
    reached = current is None or STAGES.index(stage) <= STAGES.index(current)
    said = []
    for side, held in zip(sides, state.begun.sides, strict=True):
        last = state.said.get((side.number, stage))
        speaks = held.speaker == member.id or (held.speaker is None and leads)
        said.append(
            Said(
                side=side,
                ready=None if last is None else last.ready,
                words=""
                if last is None or last.words is None
                else points.words(desk, last.words),
                heard=last is not None and last.heard,
                at=None if last is None else last.at,
                may_say=speaks and reached and state.ended is None,
            )
        )
    return StageView(
        stage=stage,
        now=stage == current,
        passed=not state.not_ready(stage),
        said=tuple(said),
        meetings=tuple(
            _meeting(desk, each) for each, of in state.meetings.items() if of == stage
        ),
    )


def _say(desk: Desk, member: Member, form: Form, state: State) -> bridge.Command:
    assert state.begun is not None
    number = form.whole("side", N_("Side"), least=1, most=MOST_SIDES)
    stage = cast(Stage, form.choice("stage", N_("Stage"), among=STAGES))
    ready = form.choice("ready", "Ready", among=READY) == "ready"
    words = form.text("words", "In a few words", least=0, most=MOST_IN_WORDS)
    if number > len(state.begun.sides):
        raise Unknown("There is no side {number} of this bridge.", number=number)
    before = state.said.get((number, stage))
    kept = None if before is None else before.words
    if words and (kept is None or events.wording(desk.connection, kept) != words):
        kept = events.keep_wording(desk.connection, words)
    heard = state.begun.sides[number - 1].speaker is None
    make = bridge.HearReady if heard else bridge.SayReady
    return make(
        side=number,
        stage=stage,
        ready=ready,
        words=kept if words else None,
        by=member.id,
        at=desk.now,
    )


def _link(desk: Desk, member: Member, form: Form, state: State) -> bridge.Command:
    id = form.line("session", "Meeting", most=100)
    node.load(desk, f"session:{id}")
    return bridge.LinkMeeting(
        session=SessionId(id),
        stage=cast(Stage, form.choice("stage", N_("Stage"), among=STAGES)),
        by=member.id,
        at=desk.now,
    )


def _put_under(desk: Desk, member: Member, form: Form, state: State) -> bridge.Command:
    id = form.line("motion", "Motion", most=100)
    moved: motion.State = node.load(desk, f"motion:{id}")
    if moved.status not in ("tabled", "frozen"):
        raise Invalid("Only a motion that is before the assembly waits for a bridge.")
    return bridge.PutUnder(motion=MotionId(id), by=member.id, at=desk.now)


def _end(desk: Desk, member: Member, form: Form, state: State) -> bridge.Command:
    reason = form.text("reason", "Why it ends", most=MOST_IN_WORDS)
    return bridge.EndBridge(
        reason=events.keep_wording(desk.connection, reason), by=member.id, at=desk.now
    )


def _sides(desk: Desk, form: Form) -> tuple[Side, ...]:
    by_name = {name: id for id, name in people.names(desk.connection).items()}
    known = [each.id for each in records.assemblies(desk.connection) if not each.ours]
    sides = []
    for number in range(1, OFFERED + 1):
        name = form.line(
            f"name_{number}",
            Filled("Side {number}", number=number),
            least=0,
            most=MOST_IN_NAME,
        )
        speaker = form.one(f"speaker_{number}").strip()
        assembly = form.one(f"assembly_{number}")
        if not name:
            if speaker or assembly:
                raise Invalid(
                    "Side {number} has no name. Please write what it is.", number=number
                )
            continue
        if speaker and speaker not in by_name:
            raise Invalid(
                "There is no member called {speaker}.", speaker=speaker[:MOST_IN_NAME]
            )
        if assembly and assembly not in known:
            raise Invalid(
                "Side {number}: please choose an assembly that is known.", number=number
            )
        if speaker and assembly:
            raise Invalid(
                "Side {number} is another assembly, so no member of ours speaks "
                "for it. Leave one of the two empty.",
                number=number,
            )
        sides.append(
            Side(
                name=events.keep_wording(desk.connection, name),
                speaker=MemberId(by_name[speaker]) if speaker else None,
                assembly=AssemblyId(assembly) if assembly else None,
            )
        )
    return tuple(sides)


def _line(desk: Desk, id: str, state: State) -> Line:
    assert state.begun is not None
    return Line(
        id=id,
        matter=points.words(desk, state.begun.matter),
        sides=tuple(points.words(desk, each.name) for each in state.begun.sides),
        stage=state.stage,
        ended=state.ended is not None,
    )


def _side(desk: Desk, number: int, side: Side) -> SideView:
    speaker = "" if side.speaker is None else side.speaker
    return SideView(
        number=number,
        name=points.words(desk, side.name),
        speaker=people.name_of(desk.connection, speaker) or "" if speaker else "",
        assembly=None
        if side.assembly is None
        else naming.assembly(desk, side.assembly),
    )


def _meeting(desk: Desk, id: SessionId) -> Choice:
    held: session.State = node.load(desk, f"session:{id}")
    assert held.called is not None
    return Choice(id=id, title=points.words(desk, held.called.notice.title))


def _motion(desk: Desk, id: str) -> Choice:
    moved: motion.State = node.load(desk, f"motion:{id}")
    assert moved.drafted is not None
    return Choice(id=id, title=points.words(desk, moved.drafted.title))


def _issues(desk: Desk) -> list[Choice]:
    return [
        Choice(id=id, title=points.words(desk, state.raised.words.title))
        for id, state in node.load_all(desk, "issue").items()
        if state.raised is not None and state.status != "withdrawn"
    ]


def _id(request: Request) -> str:
    id: str = request.path_params["id"]
    return id
