"""A meeting is set up step by step, and nothing has to be typed: it works as it is.

Every part has a sensible default, and advice never blocks. What people need is told in
confidence to whoever calls the meeting, and goes when it closes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import session
from confederation.errors import Invalid, NotEntitled, TooLate
from confederation.identifiers import Commit, SessionId
from confederation.meeting import advice, run_sheet
from confederation.meeting.rotation import JobTitle, Step
from confederation.meeting.run_sheet import Phase, Phases, Rhythm, TemplateName
from instance import clerk, node
from instance.desk import Desk
from instance.errors import Misused
from instance.meeting import floor
from instance.store import events, needs, people, said_in
from instance.store.needs import Kind as NeedKind
from instance.store.said_in import SaidIn
from instance.web import moments, naming
from instance.web.forms import Form
from instance.web.languages import ENGLISH, LANGUAGES, N_
from instance.web.meeting import joint, phases, roles
from instance.web.meeting.roles import Hint, JobLine
from instance.web.meeting.sessions import phase as stage
from instance.web.meeting.training import STEPS
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, see_other
from instance.web.visits import Member, the_member

MOST_IN_TITLE: Final = 200
MOST_IN_QUESTION: Final = 1_000
MOST_IN_NEED: Final = 1_000
MOST_NAMES: Final = 80
MOST_IN_PHASE: Final = 120
TEMPLATES: Final[Mapping[TemplateName, str]] = {
    "first evening": N_("First evening: found the assembly, and listen"),
    "monthly assembly": N_("Monthly assembly: talk, eat, decide, do"),
    "kitchen table": N_("Kitchen table: a dozen people, one hour"),
    "listening circle": N_("Listening circle: nothing is decided"),
    "decision night": N_("Decision night: proposals that are ready"),
    "bridge": N_("Bridge: two groups that do not know each other yet"),
}
SCRATCH: Final = "scratch"
RHYTHMS: Final[Mapping[Rhythm, str]] = {
    "weekly": N_("A week later"),
    "fortnightly": N_("Two weeks later"),
    "monthly": N_("The same weekday, a month later"),
}
NEEDS: Final[Mapping[NeedKind, str]] = {
    "access": N_("Getting in, sitting, hearing, seeing"),
    "language": N_("A language, or somebody who interprets"),
    "care": N_("Children, or somebody to be cared for"),
    "food": N_("Food"),
    "other": N_("Something else"),
}
QUESTIONS: Final = (
    N_("What would make our street a better place to grow old in?"),
    N_("How do we keep our homes warm and dry this winter?"),
    N_("What do our young people need here, and who can give it?"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceLine:
    says: str
    minutes: int | None
    percent: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedLine:
    """``mine`` says that the reader told it; ``by`` is a name, None where passed on."""

    number: int
    kind: str
    says: str
    mine: bool
    by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupPage:
    """A meeting that is being prepared, with what the reader may change in it."""

    id: str
    title: str
    kind: str
    stage: str
    starts_at: datetime
    ends_at: datetime
    place: str
    told: str
    place_told: str
    tentative: bool
    question: str
    goal: str
    examples: tuple[str, ...]
    written: bool
    phases: tuple[phases.Line, ...]
    minutes: int
    advice: tuple[AdviceLine, ...]
    templates: Mapping[TemplateName, str]
    suggested: TemplateName
    kinds: Mapping[run_sheet.Kind, str]
    jobs: tuple[JobLine, ...]
    hints: Mapping[JobTitle, Hint]
    most_times: int
    steps: Mapping[Step, str]
    named: bool
    members: tuple[str, ...]
    conflicts: tuple[tuple[str, str], ...]
    my_conflict: str
    needs: tuple[NeedLine, ...]
    sees_needs: bool
    need_kinds: Mapping[NeedKind, str]
    said_in: tuple[tuple[str, str, SaidIn | None], ...]
    rhythms: Mapping[Rhythm, str]
    part: joint.Part
    venues: tuple[joint.Venue, ...]
    venue: str | None
    may_edit: bool
    may_move: bool
    may_call: bool


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        member = the_member(request)
        shown = await site.node.look(lambda desk: view(desk, _id(request), member))
        form: Form | None = getattr(request.state, "form", None)
        typed = {} if form is None else dict(form.values)
        return render(request, "setup.html", page=shown, typed=typed)

    def doing(
        name: str, change: Callable[[Desk, Member, Form, str], None], *known: str
    ) -> Route:
        async def act(request: Request, form: Form) -> Response:
            request.state.form = form
            form.only(*known)
            member, id = the_member(request), _id(request)

            def carry_out(desk: Desk) -> None:
                _be_ahead(node.load(desk, f"session:{id}"))
                change(desk, member, form, id)
                clerk.publish_ready(desk)

            await site.work(carry_out)
            if form.one("take_back"):
                # What was told in confidence does not stay behind in a log.
                await site.node.database.forget_steps()
            return see_other(f"/sessions/{id}/setup#{_anchor(form, name)}")

        return site.form(f"/sessions/{{id}}/setup/{name}", act, again=page)

    async def again(request: Request, form: Form) -> Response:
        form.only("rhythm")
        rhythm = form.choice("rhythm", "When", among=RHYTHMS)
        member, id = the_member(request), _id(request)
        new = await site.work(
            lambda desk: call_again(desk, id, member, cast(Rhythm, rhythm))
        )
        return see_other(f"/sessions/{new}/setup")

    return [
        site.page("/sessions/{id}/setup", page),
        doing("aim", _set_aim, "question", "goal"),
        doing("when", _move, "starts_at", "place", "place_told", "tentative"),
        doing("run-sheet", _write, "number", "kind", "minutes", "title", "do"),
        doing("template", _take_template, "template"),
        doing("roles", _name_jobs, *roles.FIELDS),
        doing("needs", _tell_need, "kind", "says", "for", "take_back"),
        doing("together", joint.hold, *joint.FIELDS),
        doing("conflict", _declare, "conflict"),
        doing("words", _keep_words, "lang", "title", "question", "checked"),
        site.form("/sessions/{id}/setup/again", again, again=page),
    ]


# Looking


def view(desk: Desk, id: str, member: Member) -> SetupPage:
    """Show how a meeting is prepared.

    Raises:
        Unknown: there is no such meeting.
    """
    state: session.State = node.load(desk, f"session:{id}")
    assert state.called is not None
    notice = state.called.notice
    sheet = floor.sheet(desk, id)
    shown = run_sheet.phases_of(sheet, notice.kind)
    names = people.names(desk.connection)
    conflicts = [
        (names.get(each, ""), _words(desk, words))
        for each, words in sheet.conflicts.items()
    ]
    words = said_in.of_session(desk.connection, id)
    open_ = state.closed_at is None and state.cancelled_at is None
    may_edit = open_ and may(member, run_sheet.WriteRunSheet)
    venues, venue = joint.venues(desk)
    return SetupPage(
        id=id,
        title=_words(desk, notice.title),
        kind=notice.kind,
        stage=stage(state),
        starts_at=notice.starts_at,
        ends_at=run_sheet.ends(shown, notice.starts_at),
        place=_words(desk, notice.place),
        told=notice.told,
        place_told=notice.place_told,
        tentative=state.tentative,
        question=_words(desk, sheet.question),
        goal=_words(desk, sheet.goal),
        examples=QUESTIONS,
        written=bool(sheet.phases),
        phases=phases.lines(desk, shown, notice.starts_at),
        minutes=sum(each.minutes for each in shown),
        advice=tuple(
            AdviceLine(
                says=phases.SAYS[each.rule], minutes=each.minutes, percent=each.percent
            )
            for each in advice.advise(shown, notice.kind)
        ),
        templates=_offered(notice.kind),
        suggested=run_sheet.DEFAULT[notice.kind],
        kinds={
            kind: says
            for kind, says in phases.KINDS.items()
            if kind != "decision" or notice.kind != "listening circle"
        },
        jobs=tuple(roles.jobs(desk, sheet, state)),
        hints=roles.hints(desk, id, sheet) if may_edit else {},
        most_times=roles.most_times(desk),
        steps=STEPS,
        named=bool(sheet.jobs),
        members=tuple(roles.known_as(desk).values())[:MOST_NAMES],
        conflicts=tuple(conflicts),
        my_conflict=_words(desk, sheet.conflicts.get(member.id)),
        needs=tuple(_needs(desk, id, state, member, names)),
        sees_needs=sees_needs(state, member),
        need_kinds=NEEDS,
        said_in=tuple(
            (each.code, each.name, words.get(each.code))
            for each in LANGUAGES.values()
            if each is not ENGLISH
        ),
        rhythms=RHYTHMS,
        part=joint.part(desk, id),
        venues=venues[: joint.MOST_VENUES],
        venue=venue,
        may_edit=may_edit,
        may_move=open_ and state.opened is None and may(member, session.MoveSession),
        may_call=may(member, session.CallSession),
    )


def sees_needs(state: session.State, member: Member) -> bool:
    """Whether a member may read what others need: who called it, and the convenor."""
    assert state.called is not None
    return state.called.by == member.id or "convenor" in member.roles


def _needs(
    desk: Desk,
    id: str,
    state: session.State,
    member: Member,
    names: Mapping[str, str],
) -> list[NeedLine]:
    return [
        NeedLine(
            number=each.number,
            kind=NEEDS[each.kind],
            says=each.says,
            mine=each.member == member.id,
            by=None if each.member is None else names.get(each.member, ""),
        )
        for each in needs.of_session(desk.connection, id)
        if each.member == member.id or sees_needs(state, member)
    ]


def _offered(kind: session.Kind) -> Mapping[TemplateName, str]:
    if kind != "listening circle":
        return TEMPLATES
    return {
        name: says
        for name, says in TEMPLATES.items()
        if not any(each.kind == "decision" for each in run_sheet.TEMPLATES[name])
    }


def _words(desk: Desk, commitment: str | None) -> str:
    return "" if commitment is None else naming.said(desk, commitment)


# Changing


def _set_aim(desk: Desk, member: Member, form: Form, id: str) -> None:
    before = floor.sheet(desk, id)
    question = form.line("question", "The question", least=0, most=MOST_IN_QUESTION)
    goal = form.line("goal", "What it is for", least=0, most=MOST_IN_QUESTION)
    command = run_sheet.SetAim(
        session=SessionId(id),
        question=_kept(desk, question, (before.question,)),
        goal=_kept(desk, goal, (before.goal,)),
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, f"run_sheet:{id}", command)


def _move(desk: Desk, member: Member, form: Form, id: str) -> None:
    state: session.State = node.load(desk, f"session:{id}")
    assert state.called is not None
    before = state.called.notice
    starts_at = moments.time(form, "starts_at", "Begins") or before.starts_at
    place = form.line("place", "Where", least=0, most=MOST_IN_TITLE)
    command = session.MoveSession(
        starts_at=starts_at,
        place=_kept(desk, place, (before.place,)),
        place_told="everyone" if form.ticked("place_told") else "members",
        tentative=form.ticked("tentative"),
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, f"session:{id}", command)


def _write(desk: Desk, member: Member, form: Form, id: str) -> None:
    """Keep what was typed, and then do what the button says.

    So nothing typed is lost where somebody only wants to move a line.
    """
    sheet, notice = floor.sheet(desk, id), _notice(desk, id)
    before = run_sheet.phases_of(sheet, notice.kind)
    wanted = _typed(desk, form, before)
    what, _, which = form.one("do").partition(" ")
    number = int(which) if which.isascii() and which.isdecimal() else 0
    match what:
        case "" | "save":
            pass
        case "up" | "down":
            wanted = run_sheet.moved(wanted, number, by=-1 if what == "up" else 1)
        case "remove":
            wanted = run_sheet.without(wanted, number)
        case _:
            raise Misused("This form has no such button. Nothing was changed.")
    if not wanted:
        raise Invalid(
            "Nothing would be left of the evening. Change the last line instead."
        )
    _put(desk, id, notice, wanted, member)


def _typed(desk: Desk, form: Form, before: Phases) -> Phases:
    """Read the lines of the run-sheet's form; the last, empty one adds a phase."""
    given = {
        name: form.values.get(name, ())
        for name in ("number", "kind", "minutes", "title")
    }
    if len({len(values) for values in given.values()}) != 1:
        raise Misused("This form could not be read. Please send it again.")
    old = {phase.number: phase for phase in before}
    found: list[Phase] = []
    for number, kind, minutes, title in zip(*given.values(), strict=True):
        if not kind:
            continue
        line = Form(
            values={
                "number": (number,),
                "kind": (kind,),
                "minutes": (minutes,),
                "title": (title,),
            }
        )
        at = line.whole("number", N_("Line"), most=run_sheet.MOST_PHASES * 10)
        kept = old.get(at)
        chosen = cast(run_sheet.Kind, line.choice("kind", "What", among=phases.KINDS))
        says = line.line("title", N_("Words of your own"), least=0, most=MOST_IN_PHASE)
        length = line.whole("minutes", "Minutes", least=1, most=run_sheet.LONGEST_PHASE)
        words = _kept(desk, says, (None if kept is None else kept.title,))
        if at == 0:
            found = list(run_sheet.added(tuple(found), chosen, length, words))
            continue
        same = kept is not None and kept.kind == chosen
        found.append(
            Phase(
                number=at,
                kind=chosen,
                minutes=length,
                step=kept.step if same and kept is not None else None,
                title=words,
            )
        )
    return tuple(found)


def _take_template(desk: Desk, member: Member, form: Form, id: str) -> None:
    notice = _notice(desk, id)
    offered = (SCRATCH, *_offered(notice.kind))
    name = form.choice("template", N_("Template"), among=offered)
    wanted = (
        run_sheet.BARE
        if name == SCRATCH
        else run_sheet.TEMPLATES[cast(TemplateName, name)]
    )
    _put(desk, id, notice, wanted, member)


def _put(
    desk: Desk, id: str, notice: session.Notice, wanted: Phases, member: Member
) -> None:
    command = run_sheet.WriteRunSheet(
        session=SessionId(id),
        meeting=notice.kind,
        phases=wanted,
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, f"run_sheet:{id}", command)


def _name_jobs(desk: Desk, member: Member, form: Form, id: str) -> None:
    roles.name_jobs(desk, member.id, form, id)


def _tell_need(desk: Desk, member: Member, form: Form, id: str) -> None:
    state: session.State = node.load(desk, f"session:{id}")
    back = form.one("take_back")
    if back:
        number = form.whole("take_back", "Which one", most=10**9)
        theirs = {
            each.number
            for each in needs.of_session(desk.connection, id)
            if each.member == member.id or sees_needs(state, member)
        }
        if number not in theirs:
            raise NotEntitled("Only who told this, or the convenor, takes it back.")
        needs.take_back(desk.connection, id, number)
        return
    kind = form.choice("kind", "What it is about", among=NEEDS)
    needs.keep(
        desk.connection,
        id,
        member=None if form.ticked("for") else member.id,
        kind=cast(NeedKind, kind),
        says=form.text("says", N_("What you need"), most=MOST_IN_NEED),
        at=desk.now,
    )


def _declare(desk: Desk, member: Member, form: Form, id: str) -> None:
    says = form.line("conflict", N_("Your interest"), least=0, most=MOST_IN_NEED)
    before = floor.sheet(desk, id).conflicts.get(member.id)
    command = run_sheet.DeclareConflict(
        session=SessionId(id),
        conflict=_kept(desk, says, (before,)),
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, f"run_sheet:{id}", command)


def _keep_words(desk: Desk, member: Member, form: Form, id: str) -> None:
    if not may(member, run_sheet.SetAim):
        raise NotEntitled("This is for the clerk, convenor or facilitator to do.")
    others = [code for code in LANGUAGES if code != ENGLISH.code]
    lang = form.choice("lang", N_("Language"), among=others)
    title = form.line("title", "What it is about", least=0, most=MOST_IN_TITLE)
    question = form.line("question", "The question", least=0, most=MOST_IN_QUESTION)
    if not title:
        said_in.forget(desk.connection, id, lang)
        return
    words = SaidIn(
        lang=lang, title=title, question=question, checked=form.ticked("checked")
    )
    said_in.keep(desk.connection, id, words)


def call_again(desk: Desk, id: str, member: Member, rhythm: Rhythm) -> str:
    """Call the next meeting like this one: same words, place, run-sheet and roles.

    Returns:
        The new meeting's id. Called twice, it is the same meeting.

    Raises:
        NotEntitled: it is not for this member to call one.
        TooLate: its time would have gone by.
    """
    state: session.State = node.load(desk, f"session:{id}")
    assert state.called is not None
    notice, sheet = state.called.notice, floor.sheet(desk, id)
    starts_at = run_sheet.next_time(notice.starts_at, rhythm, clock=desk.config.zone)
    while starts_at <= desk.now:
        starts_at = run_sheet.next_time(starts_at, rhythm, clock=desk.config.zone)
    series = id.partition("-")[0]
    new = SessionId(f"{series}-{starts_at:%Y%m%d%H%M}")
    if node.exists(desk, f"session:{new}"):
        return new
    command = session.CallSession(
        session=new,
        notice=session.Notice(
            title=notice.title,
            kind=notice.kind,
            starts_at=starts_at,
            place=notice.place,
            told=notice.told,
            place_told=notice.place_told,
        ),
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, f"session:{new}", command)
    copies: list[Any] = []
    # The first rules are adopted once: no later evening reads them aloud again.
    adopted = bool(node.assembly_here(desk).rulebooks)
    parts = tuple(
        each for each in sheet.phases if each.step != "rulebook" or not adopted
    )
    if parts:
        copies.append(
            run_sheet.WriteRunSheet(
                session=new,
                meeting=notice.kind,
                phases=parts,
                by=member.id,
                at=desk.now,
            )
        )
    copies.extend(roles.carried_over(desk, sheet, new, by=member.id))
    for copy in copies:
        node.perform(desk, f"run_sheet:{new}", copy)
    return new


def _kept(desk: Desk, says: str, before: tuple[Commit | None, ...]) -> Commit | None:
    """Commit to words; those that stand already keep the commitment that they have."""
    if not says:
        return None
    for commitment in before:
        if commitment and events.wording(desk.connection, commitment) == says:
            return commitment
    return events.keep_wording(desk.connection, says)


def _notice(desk: Desk, id: str) -> session.Notice:
    state: session.State = node.load(desk, f"session:{id}")
    assert state.called is not None
    return state.called.notice


def _anchor(form: Form, name: str) -> str:
    """Say where on the page to go on: at the button that moved a part, if one did.

    So whoever moves a part by keyboard presses again without looking for it.
    """
    what, _, which = form.one("do").partition(" ")
    if what in ("up", "down") and which.isascii() and which.isdecimal():
        return f"{what}-{which}"
    return name


def _be_ahead(state: session.State) -> None:
    if state.closed_at is not None:
        raise TooLate("This meeting is over, so nothing of it is changed any more.")
    if state.cancelled_at is not None:
        raise TooLate("This meeting was called off, so it is not prepared any more.")


def _id(request: Request) -> str:
    id: str = request.path_params["id"]
    return id
