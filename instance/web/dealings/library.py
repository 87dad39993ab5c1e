"""The library: what worked once is written down, shared, copied with credit, and used.

Anybody reads what is for everyone. Members write, copy and say how it went; whoever
prepares a meeting puts a practice into it with one press.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import session
from confederation.dealings import practice
from confederation.dealings.practice import MOST_MINUTES, MOST_PEOPLE, Kind
from confederation.errors import Invalid, TooLate, Unknown
from confederation.identifiers import SessionId
from confederation.meeting import run_sheet
from confederation.meeting.run_sheet import Phase
from instance import node
from instance.dealings import practices
from instance.dealings.practices import (
    MOST_IN_LINE,
    MOST_IN_TITLE,
    MOST_IN_WORDS,
    Plain,
)
from instance.desk import Desk
from instance.errors import Misused
from instance.fediverse import finding
from instance.meeting import floor
from instance.store import events, posts, tellings
from instance.store import practices as store
from instance.web import languages, telling
from instance.web.afterwards import points
from instance.web.dealings.starters import STARTERS, Starter
from instance.web.fediverse.posts import Elsewhere, elsewhere
from instance.web.fediverse.profiles import Lookups
from instance.web.forms import Form
from instance.web.languages import N_, translated
from instance.web.meeting import phases
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Act, Site, see_other
from instance.web.visits import Member, signed_in, the_member

MOST_LISTED: Final = 100
MOST_MEETINGS: Final = 5
LONGEST_ADDRESS: Final = 1_000
MOST_IN_TRIAL: Final = 1_000
OURS: Final = "The starting set of Folkmoot"
KINDS: Final[Mapping[Kind, str]] = {
    "energiser": N_("Energiser"),
    "game": N_("Game"),
    "question": N_("Question"),
    "run-sheet": N_("Run-sheet"),
}
FIELDS: Final = ("kind", "title", "words", "minutes", "fewest", "most", "needed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A practice in a list. ``by`` names who has it elsewhere; empty for ours."""

    href: str
    kind: Kind
    title: str
    minutes: int
    fewest: int | None
    most: int | None
    by: str
    public: bool
    use: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryPage:
    """Our library, and what others have in theirs. ``meeting`` is being prepared.

    Beside each starter is the id that it will have here if it is taken.
    """

    lines: tuple[Line, ...]
    elsewhere: tuple[Line, ...]
    starters: tuple[tuple[Starter, str], ...]
    meetings: tuple[Meeting, ...]
    meeting: Meeting | None
    once: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialView:
    worked: str
    differently: str
    public: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PartView:
    """A line of a run-sheet; ``own`` says that its words are not the program's."""

    says: str
    own: bool
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticePage:
    """A practice as one reader sees it. ``address`` is what other libraries ask for.

    ``by`` names who has it elsewhere, and is empty for ours.
    """

    href: str
    said: Plain
    parts: tuple[PartView, ...]
    by: str
    url: str
    address: str
    public: bool
    mine: bool
    inside: bool
    trials: tuple[TrialView, ...]
    meetings: tuple[Meeting, ...]
    once: str
    elsewhere: Elsewhere | None


def routes(site: Site) -> list[Route]:
    lookups = Lookups()

    async def listed(request: Request) -> Response:
        member = signed_in(request)
        wanted = request.query_params.get("for", "")
        shown = await site.node.look(lambda desk: view_list(desk, member, wanted))
        return render(
            request, "library.html", page=shown, kinds=KINDS, told=telling.TOLD
        )

    async def page(request: Request) -> Response:
        member, id = signed_in(request), request.path_params["id"]
        shown = await site.node.look(lambda desk: view(desk, id, member))
        return _show(request, shown)

    async def there(request: Request) -> Response:
        member, mark = the_member(request), request.path_params["mark"]
        shown = await site.node.look(lambda desk: view_elsewhere(desk, mark, member))
        return _show(request, shown)

    def _show(request: Request, shown: PracticePage) -> Response:
        return render(
            request, "practice.html", page=shown, kinds=KINDS, told=telling.TOLD
        )

    async def written(request: Request, form: Form) -> Response:
        form.only(*FIELDS, "credit", "session", *telling.FIELDS)
        member, id = the_member(request), telling.once(form)
        said = _typed(form)

        def carry_out(desk: Desk) -> None:
            whole = said
            if said.kind == "run-sheet":
                whole = replace(said, parts=_parts_of(desk, form.one("session")))
            _check(desk, form, whole)
            told = telling.told(form)
            practices.write(desk, id, whole, told=told, by=member.id)

        await site.work(carry_out)
        return see_other(f"/library/{id}")

    async def rewritten(request: Request, form: Form) -> Response:
        form.only(*FIELDS, "credit", "told", "aware")
        member, id = the_member(request), request.path_params["id"]
        said = _typed(form)

        def carry_out(desk: Desk) -> None:
            before = practices.in_words(desk, practices.the_practice(desk, id))
            if before.kind != said.kind:
                raise Misused("What kind it is stays. Write another one instead.")
            whole = replace(said, parts=before.parts, sources=before.sources)
            _check(desk, form, whole)
            told = telling.told(form)
            practices.rewrite(desk, id, whole, told=told, by=member.id)

        await site.work(carry_out)
        return see_other(f"/library/{id}")

    async def tried(request: Request, form: Form) -> Response:
        form.only("worked", "differently", "told", "aware")
        member, id = the_member(request), request.path_params["id"]
        await site.work(lambda desk: _try(desk, id, form, member))
        return see_other(f"/library/{id}#trials")

    async def taken_back(request: Request, form: Form) -> Response:
        form.only()
        member, id = the_member(request), request.path_params["id"]
        await site.work(lambda desk: practices.take_back(desk, id, by=member.id))
        # What was taken back does not stay behind in a log.
        await site.node.database.forget_steps()
        return see_other("/library")

    async def copied(request: Request, form: Form) -> Response:
        form.only("once")
        member, id = the_member(request), telling.once(form)
        mark = request.path_params["mark"]

        def carry_out(desk: Desk) -> None:
            found = _elsewhere(desk, mark)
            said = practices.copied(_plain(found), address=found.id, by=found.author)
            practices.write(desk, id, said, told="members", by=member.id)

        await site.work(carry_out)
        return see_other(f"/library/{id}")

    async def begun(request: Request, form: Form) -> Response:
        form.only("name", "once")
        member, id = the_member(request), telling.once(form)
        languages.speak(languages.choose(request))
        said = _starter(form.one("name"))
        await site.work(
            lambda desk: practices.write(desk, id, said, told="members", by=member.id)
        )
        return see_other(f"/library/{id}")

    async def found(request: Request, form: Form) -> Response:
        form.only("address")
        member = the_member(request)
        address = form.line("address", "Its address", most=LONGEST_ADDRESS)
        lookups.count(member.id, at=int(site.node.clock().timestamp()))
        mark = await finding.practice(site.node, site.client, address)
        return see_other(f"/library/elsewhere/{mark}")

    def using(get: Callable[[Desk, Request], Plain]) -> Act:
        async def act(request: Request, form: Form) -> Response:
            form.only("session")
            member, id = the_member(request), form.one("session")
            languages.speak(languages.choose(request))

            def carry_out(desk: Desk) -> str:
                return _use(desk, get(desk, request), id, member)

            anchor = await site.work(carry_out)
            return see_other(f"/sessions/{id}/setup#{anchor}")

        return act

    def ours(desk: Desk, request: Request) -> Plain:
        state = practices.the_practice(desk, request.path_params["id"])
        return practices.in_words(desk, state)

    def theirs(desk: Desk, request: Request) -> Plain:
        return _plain(_elsewhere(desk, request.path_params["mark"]))

    def starter(desk: Desk, request: Request) -> Plain:
        return _starter(request.path_params["name"])

    return [
        site.page("/library", listed),
        site.form("/library", written, again=listed),
        site.form("/library/find", found, again=listed),
        site.form("/library/starters", begun, again=listed),
        site.form("/library/starters/{name}/use", using(starter), again=listed),
        site.page("/library/elsewhere/{mark}", there),
        site.form("/library/elsewhere/{mark}/copy", copied, again=there),
        site.form("/library/elsewhere/{mark}/use", using(theirs), again=there),
        site.page("/library/{id}", page),
        site.form("/library/{id}", rewritten, again=page),
        site.form("/library/{id}/use", using(ours), again=page),
        site.form("/library/{id}/trials", tried, again=page),
        site.form("/library/{id}/take-back", taken_back, again=page),
    ]


def view_list(desk: Desk, member: Member | None, wanted: str = "") -> LibraryPage:
    """Show the library; ``wanted`` is the id of a meeting that is being prepared."""
    meetings = tuple(_meetings(desk, member))
    lines = []
    for id, state in node.load_all(desk, "practice").items():
        if state.public or (member is not None and state.stands):
            said = practices.in_words(desk, state)
            href = f"/library/{id}"
            lines.append(_line(said, href, public=state.public))
    others = store.newest(desk.connection, most=MOST_LISTED) if member else []
    return LibraryPage(
        lines=tuple(lines[:MOST_LISTED]),
        elsewhere=tuple(
            _line(_plain(each), f"/library/elsewhere/{each.mark}", by=each.author)
            for each in others
        ),
        starters=tuple((each, desk.new_id()) for each in STARTERS) if member else (),
        meetings=meetings,
        meeting=next((each for each in meetings if each.id == wanted), None),
        once=desk.new_id(),
    )


def view(desk: Desk, id: str, member: Member | None) -> PracticePage:
    """Show a practice of ours.

    Raises:
        Unknown: there is none, or none for this reader.
    """
    state = practices.the_practice(desk, id)
    assert state.written is not None
    if member is None and not state.public:
        raise Unknown("There is no such practice here, or it was taken back.")
    said = practices.in_words(desk, state)
    post = tellings.post_about(desk.connection, f"practice:{id}")
    row = None if post is None else posts.object_of(desk.connection, post)
    return PracticePage(
        href=f"/library/{id}",
        said=said,
        parts=_parts(said),
        by="",
        url="",
        address=post or "",
        public=state.public,
        mine=member is not None and member.id == state.written.by,
        inside=member is not None,
        trials=tuple(
            TrialView(
                worked=events.wording(desk.connection, each.worked) or "",
                differently=events.wording(desk.connection, each.differently) or "",
                public=each.told == "everyone",
            )
            for each in state.trials
            if member is not None or each.told == "everyone"
        ),
        meetings=tuple(_meetings(desk, member)),
        once=desk.new_id(),
        elsewhere=elsewhere(desk, row, members=member is not None),
    )


def view_elsewhere(desk: Desk, mark: str, member: Member) -> PracticePage:
    """Show a practice that somebody else has in their library.

    Raises:
        Unknown: there is none.
    """
    found = _elsewhere(desk, mark)
    said = _plain(found)
    return PracticePage(
        href=f"/library/elsewhere/{mark}",
        said=said,
        parts=_parts(said),
        by=found.author,
        url=found.url,
        address=found.id,
        public=True,
        mine=False,
        inside=True,
        trials=(),
        meetings=tuple(_meetings(desk, member)),
        once=desk.new_id(),
        elsewhere=None,
    )


def _line(said: Plain, href: str, *, by: str = "", public: bool = False) -> Line:
    return Line(
        href=href,
        kind=said.kind,
        title=said.title,
        minutes=said.minutes,
        fewest=said.fewest,
        most=said.most,
        by=by,
        public=public,
        use=f"{href}/use",
    )


def _parts(said: Plain) -> tuple[PartView, ...]:
    return tuple(
        PartView(
            says=part.title
            or (phases.STEPS[part.step] if part.step else phases.KINDS[part.kind]),
            own=bool(part.title),
            minutes=part.minutes,
        )
        for part in said.parts
    )


def _meetings(desk: Desk, member: Member | None) -> list[Meeting]:
    """List the meetings that a member may still prepare, the newest first."""
    if member is None or not may(member, run_sheet.WriteRunSheet):
        return []
    return [
        Meeting(id=id, title=points.words(desk, state.called.notice.title))
        for id, state in node.load_all(desk, "session").items()
        if state.closed_at is None and state.cancelled_at is None
    ][:MOST_MEETINGS]


def _use(desk: Desk, said: Plain, id: str, member: Member) -> str:
    """Put a practice into a meeting; return which part of its page shows it."""
    state: session.State = node.load(desk, f"session:{id}")
    assert state.called is not None
    if state.closed_at is not None or state.cancelled_at is not None:
        raise TooLate("This meeting is over, so nothing of it is changed any more.")
    sheet = floor.sheet(desk, id)
    if said.kind == "question":
        aim = run_sheet.SetAim(
            session=SessionId(id),
            question=events.keep_wording(desk.connection, said.title),
            goal=sheet.goal,
            by=member.id,
            at=desk.now,
        )
        node.perform(desk, f"run_sheet:{id}", aim)
        return "aim"
    kind = state.called.notice.kind
    wanted = run_sheet.added(
        run_sheet.phases_of(sheet, kind),
        "game",
        min(said.minutes, run_sheet.LONGEST_PHASE),
        events.keep_wording(desk.connection, said.title),
    )
    if said.kind == "run-sheet":
        wanted = tuple(
            Phase(
                number=number,
                kind=part.kind,
                minutes=part.minutes,
                step=part.step,
                title=events.keep_wording(desk.connection, part.title)
                if part.title
                else None,
            )
            for number, part in enumerate(said.parts, start=1)
        )
    command = run_sheet.WriteRunSheet(
        session=SessionId(id), meeting=kind, phases=wanted, by=member.id, at=desk.now
    )
    node.perform(desk, f"run_sheet:{id}", command)
    return "run-sheet"


def _parts_of(desk: Desk, id: str) -> tuple[practices.PlainPart, ...]:
    """Return the run-sheet of a meeting as a practice has it.

    Raises:
        Invalid: there is no such meeting.
    """
    if not id or not node.exists(desk, f"session:{id}"):
        raise Invalid("Please choose the meeting whose run-sheet this is.")
    state: session.State = node.load(desk, f"session:{id}")
    assert state.called is not None
    shown = run_sheet.phases_of(floor.sheet(desk, id), state.called.notice.kind)
    return tuple(
        practices.PlainPart(
            kind=phase.kind,
            minutes=phase.minutes,
            step=phase.step,
            title=events.wording(desk.connection, phase.title) or "",
        )
        for phase in shown
    )


def _try(desk: Desk, id: str, form: Form, member: Member) -> None:
    practices.the_practice(desk, id)
    worked = form.text("worked", "What worked", least=0, most=MOST_IN_TRIAL)
    differently = form.text(
        *("differently", "What we would do differently"), least=0, most=MOST_IN_TRIAL
    )
    telling.check(desk, form, worked, differently)
    told = telling.told(form)
    public = told == "everyone"
    command = practice.NoteTrial(
        worked=events.keep_wording(desk.connection, worked, public=public)
        if worked
        else None,
        differently=events.keep_wording(desk.connection, differently, public=public)
        if differently
        else None,
        told=told,
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, f"practice:{id}", command)


def _typed(form: Form) -> Plain:
    kind = cast(Kind, form.choice("kind", "What it is", among=KINDS))
    return Plain(
        kind=kind,
        title=form.line("title", "Its name", most=MOST_IN_TITLE),
        words=form.text("words", "How it goes", most=MOST_IN_WORDS),
        minutes=form.whole("minutes", "Minutes", least=1, most=MOST_MINUTES),
        fewest=_people(form, "fewest", "Fewest people"),
        most=_people(form, "most", "Most people"),
        needed=form.line("needed", "What is needed", least=0, most=MOST_IN_LINE),
        credit=form.line("credit", "Whom it comes from", least=0, most=MOST_IN_LINE),
    )


def _people(form: Form, name: str, label: str) -> int | None:
    if not form.one(name).strip():
        return None
    return form.whole(name, label, least=1, most=MOST_PEOPLE)


def _check(desk: Desk, form: Form, said: Plain) -> None:
    titles = (part.title for part in said.parts)
    telling.check(desk, form, said.title, said.words, said.needed, said.credit, *titles)


def _starter(name: str) -> Plain:
    """Return a practice of the starting set, in the language of whoever asks.

    Raises:
        Misused: there is none of that name.
    """
    found = next((each for each in STARTERS if each.name == name), None)
    if found is None:
        raise Misused("This was not offered. Please choose again.")
    return Plain(
        kind=found.kind,
        title=translated(found.title),
        words=translated(found.words),
        minutes=found.minutes,
        fewest=found.fewest,
        most=found.most,
        needed=translated(found.needed) if found.needed else "",
        credit=OURS,
    )


def _elsewhere(desk: Desk, mark: str) -> store.Elsewhere:
    found = store.marked(desk.connection, mark)
    if found is None:
        raise Unknown("No such practice is known here, or it was taken back.")
    return found


def _plain(found: store.Elsewhere) -> Plain:
    return practices.read(json.loads(found.body))
