"""A meeting: called, opened, counted by two, and closed; questions are put in it.

The domain calls it a session. Its attendance list stays here: what is published are
numbers.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import assembly, session
from confederation.deciding import ballot
from confederation.deciding.rulebook import MethodName
from confederation.errors import Refused
from confederation.identifiers import Digest, MotionId, SessionId, SubAssemblyId
from confederation.record import Proposal
from confederation.session import Basis, Channel, Kind, Notice, Told
from instance import chamber, clerk, node
from instance.deciding import choices, sub_assemblies, voting
from instance.deciding.voting import Matter
from instance.desk import Desk
from instance.meeting import floor, ground, meetings
from instance.store import acts, compacts, events, people, posts
from instance.web import languages, moments, naming
from instance.web.confederal import ratifying
from instance.web.deciding import count_sheets
from instance.web.deciding.methods import WAYS
from instance.web.fediverse.posts import Elsewhere, elsewhere
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.meeting import cards, joint
from instance.web.naming import in_hex, of_card
from instance.web.rendering import render
from instance.web.rights import may, may_at
from instance.web.site import Site, see_other
from instance.web.tries import Tries
from instance.web.visits import Member, the_member

MOST_IN_OPTIONS: Final = 4_000
MOST_IN_TITLE: Final = 200
MOST_IN_QUESTION: Final = 1_000
MOST_IN_TEXT: Final = 20_000
MOST_PRESENT: Final = 1_000_000
JUST_NOW: Final = timedelta(minutes=2)
KINDS: Final[dict[Kind, str]] = {
    "assembly": N_("Assembly: everybody who is here decides"),
    "working group": N_("Working group: a few prepare something"),
    "listening circle": N_("Listening circle: people listen, and nothing is voted on"),
}
BASES: Final[dict[Basis, str]] = {
    "hands": N_("heads or hands"),
    "cards": N_("cards handed out, less cards given back"),
}
CHANNELS: Final[dict[Channel, str]] = {
    "hands": N_("By hands, in the room"),
    "paper": N_("On paper, in the room"),
    "online": N_("On this site"),
}
ABOUT: Final = {
    "motion": N_("A motion whose text is frozen"),
    "text": N_("A text written below"),
    "proposal": N_("A proposal to all assemblies"),
    "outcome": N_("What all have adopted: do we ratify it?"),
    "election": N_("Electing our delegate"),
    "recall": N_("Recalling our delegate"),
    "report": N_("Accepting our delegate's report"),
    "compact": N_("Joining other assemblies in a compact"),
}
WITHIN: Final = ("motion", "compact")
"""What a sub-assembly may be asked about: its own motions, and its delegate."""
TOLD: Final[dict[Told, str]] = {
    "members": N_("The members"),
    "everyone": N_("Everyone, here and on other servers: what about, and when"),
}
Phase = Literal["called", "off", "open", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A meeting in a list; ``within`` is the sub-assembly that meets, if one does."""

    id: str
    title: str
    kind: str
    phase: Phase
    starts_at: datetime
    tentative: bool
    within: str | None = None

    @property
    def href(self) -> str:
        return f"/sessions/{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    sessions: tuple[Line, ...]
    elsewhere: tuple[joint.Elsewhere, ...]
    founded: bool
    may_call: bool
    kinds: dict[Kind, str]
    told: dict[Told, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotLine:
    id: str
    question: str
    open: bool
    turnout: int
    outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionLine:
    id: str
    title: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterLine:
    id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Matters:
    """What a question of one kind could be about now."""

    about: str
    lines: tuple[MatterLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPage:
    """A meeting as one member sees it, with what they may do there now."""

    id: str
    title: str
    kind: str
    place: str | None
    phase: Phase
    starts_at: datetime
    tentative: bool
    told_everyone: bool
    within: tuple[str, str] | None
    closed_at: datetime | None
    members: int
    present: int
    checked_in: tuple[str, ...]
    in_room: int | None
    basis: str | None
    counted_by: str | None
    counted_by_me: int | None
    differed: bool
    electorate_act: int | None
    here: bool
    cards_out: bool
    on_roll: bool
    may_open: bool
    may_close: bool
    may_put: bool
    founded: bool
    has_rules: bool
    why_not_put: str | None
    ballots: tuple[BallotLine, ...]
    motions: tuple[MotionLine, ...]
    matters: tuple[Matters, ...]
    bases: dict[Basis, str]
    channels: dict[Channel, str]
    about: dict[str, str]
    methods: tuple[tuple[MethodName, str], ...]
    persons_online: bool
    together: joint.Together | None
    elsewhere: Elsewhere


def routes(site: Site) -> list[Route]:
    tries = Tries()

    async def list_page(request: Request) -> Response:
        member = the_member(request)
        shown = await site.node.look(lambda desk: view_list(desk, member))
        return render(request, "sessions.html", page=shown)

    async def call(request: Request, form: Form) -> Response:
        form.only(
            *("title", "kind", "starts_at", "place", "told", "place_told"),
            *("tentative", "landmark"),
        )
        member = the_member(request)
        title = form.line("title", "Title", most=MOST_IN_TITLE)
        kind = form.choice("kind", "Kind", among=KINDS)
        starts_at = moments.time(form, "starts_at", "Begins")
        place = form.line("place", "Place", least=0, most=MOST_IN_TITLE)
        told = "members"
        if form.one("told"):
            told = form.choice("told", "Who is told", among=TOLD)

        def carry_out(desk: Desk) -> str:
            id = SessionId(desk.new_id())
            notice = Notice(
                title=events.keep_wording(desk.connection, title),
                kind=kind,  # type: ignore[arg-type]
                starts_at=from_now(desk.now, starts_at),
                place=events.keep_wording(desk.connection, place) if place else None,
                told=told,  # type: ignore[arg-type]
                place_told="everyone" if form.ticked("place_told") else "members",
                tentative=form.ticked("tentative"),
                landmark=form.ticked("landmark"),
            )
            node.perform(
                desk,
                f"session:{id}",
                session.CallSession(
                    session=id, notice=notice, by=member.id, at=desk.now
                ),
            )
            return id

        return see_other(f"/sessions/{await site.work(carry_out)}")

    async def page(request: Request) -> Response:
        member = the_member(request)
        shown = await site.node.look(lambda desk: view(desk, _id(request), member))
        form: Form | None = getattr(request.state, "form", None)
        return render(
            request,
            "session.html",
            page=shown,
            ticked=form.values.get("channels", ()) if form else (),
            options=form.values.get("options", ()) if form else (),
        )

    def doing(
        command: Callable[[Desk, session.State, Member, Form], Any], *known: str
    ) -> Callable[[Request, Form], Any]:
        async def act(request: Request, form: Form) -> Response:
            member = the_member(request)
            form, member = await count_sheets.acting(site, request, form, member)
            form.only(*known)

            def carry_out(desk: Desk) -> None:
                stream = f"session:{_id(request)}"
                held = node.load(desk, stream)
                node.perform(desk, stream, command(desk, held, member, form))
                clerk.publish_ready(desk)

            await site.work(carry_out)
            return see_other(f"/sessions/{_id(request)}")

        return act

    async def close(request: Request, form: Form) -> Response:
        form.only()
        member, id = the_member(request), _id(request)

        def carry_out(desk: Desk) -> None:
            floor.keep_night(desk, id, by=member.id)
            ground.close_all(desk, id, by=member.id)
            closing = session.CloseSession(by=member.id, at=desk.now)
            node.perform(desk, f"session:{id}", closing)
            clerk.publish_ready(desk)

        await site.work(carry_out)
        site.feelings.let_go(id)
        # What passed with the meeting must not lie side by side in a log.
        await site.node.database.forget_steps()
        return see_other(f"/sessions/{id}")

    async def call_off(request: Request, form: Form) -> Response:
        response = await doing(_call_off)(request, form)
        # What people said that they need goes with the meeting.
        await site.node.database.forget_steps()
        return response  # type: ignore[no-any-return]

    async def check_in(request: Request, form: Form) -> Response:
        form.only("card", "code", "away")
        member, id = the_member(request), _id(request)
        card = await cards.shown(site, request, id, form, tries)

        def carry_out(desk: Desk) -> None:
            node.load(desk, f"session:{id}")
            command = session.CheckIn(
                by=member.id, at=desk.now, card=card, away=form.ticked("away")
            )
            node.perform(desk, f"session:{id}", command)
            if card is not None:
                floor.know_by_card(desk, id, card, by=member.id)

        await site.work(carry_out)
        return see_other(f"/sessions/{id}")

    async def put(request: Request, form: Form) -> Response:
        request.state.form = form
        form.only(
            *("about", "id", "text", "question", "method", "channels", "secret"),
            *("options", "more_options", "keep", "seats", "closes_at", "person"),
        )
        member = the_member(request)
        id = await site.work(lambda desk: _put(desk, _id(request), form, member))
        return see_other(f"/ballots/{id}")

    return [
        site.page("/sessions", list_page),
        site.form("/sessions", call, again=list_page),
        site.page("/sessions/{id}", page),
        site.form("/sessions/{id}/call-off", call_off, again=page),
        site.form("/sessions/{id}/open", doing(_open), again=page),
        site.form("/sessions/{id}/check-in", check_in, again=page),
        site.form("/sessions/{id}/check-out", doing(_check_out), again=page),
        site.form("/sessions/{id}/count", doing(_count, "count", "basis"), again=page),
        site.form("/sessions/{id}/close", close, again=page),
        site.form("/sessions/{id}/ballots", put, again=page),
    ]


def view_list(desk: Desk, member: Member) -> ListPage:
    """List the meetings, the newest first."""
    return ListPage(
        sessions=tuple(lines(desk)),
        elsewhere=joint.elsewhere(desk),
        founded=node.assembly_here(desk).founded is not None,
        may_call=may(member, session.CallSession),
        kinds=KINDS,
        told=TOLD,
    )


def lines(desk: Desk) -> list[Line]:
    """List every meeting, the newest first."""
    return [
        line(desk, id, state) for id, state in node.load_all(desk, "session").items()
    ]


def line(desk: Desk, id: str, state: session.State) -> Line:
    """Show a meeting in a list."""
    assert state.called is not None
    return Line(
        id=id,
        title=naming.said(desk, state.called.notice.title),
        kind=state.called.notice.kind,
        phase=phase(state),
        starts_at=state.called.notice.starts_at,
        tentative=state.tentative,
        within=state.called.notice.sub_assembly,
    )


def phase(state: session.State) -> Phase:
    """Say how far a meeting has come."""
    if state.closed_at is not None:
        return "closed"
    if state.cancelled_at is not None:
        return "off"
    return "called" if state.opened is None else "open"


def view(desk: Desk, id: str, member: Member) -> SessionPage:
    """Show a meeting to a member.

    Raises:
        Unknown: there is no such meeting.
    """
    state: session.State = node.load(desk, f"session:{id}")
    assert state.called is not None
    notice, names = state.called.notice, people.names(desk.connection)
    here = node.assembly_here(desk)
    rules = here.rulebooks[-1] if here.rulebooks else None
    entered, roll = state.entered, state.opened.roll.members if state.opened else ()
    act = acts.of_subject(desk.connection, "Electorate", f"{id} {state.present}")
    motions = _motions(desk, notice.sub_assembly)
    matters = tuple(
        each
        for each in _matters(desk, motions)
        if each.lines and (notice.sub_assembly is None or each.about in WITHIN)
    )
    asked_about = (
        WITHIN if notice.sub_assembly else ("text", *(m.about for m in matters))
    )
    return SessionPage(
        id=id,
        title=naming.said(desk, notice.title),
        kind=notice.kind,
        place=None if notice.place is None else naming.said(desk, notice.place),
        phase=phase(state),
        starts_at=notice.starts_at,
        tentative=state.tentative,
        told_everyone=notice.told == "everyone",
        within=sub_assemblies.called(desk, notice.sub_assembly),
        closed_at=state.closed_at,
        members=len(roll) or len(sub_assemblies.entitled(desk, state).members),
        present=state.present,
        checked_in=tuple(
            of_card(each) if isinstance(each, int) else names.get(each, "")
            for each in state.checked_in
        ),
        in_room=state.in_room,
        basis=None if state.basis is None else BASES[state.basis],
        counted_by=None if entered is None else names.get(entered.by),
        counted_by_me=entered.figure[0]
        if entered is not None and entered.by == member.id
        else None,
        differed=_last_event(desk, f"session:{id}") == "PresentDiffered",
        electorate_act=act.id if act is not None and act.entry is None else None,
        here=member.id in state.checked_in,
        cards_out=bool(state.out),
        on_roll=member.id in roll,
        may_open=may_at(desk, id, member, session.OpenSession),
        may_close=may_at(desk, id, member, session.CloseSession),
        may_put=may_at(desk, id, member, ballot.OpenBallot),
        why_not_put=_why_not_put(here, state),
        founded=here.founded is not None,
        has_rules=rules is not None,
        ballots=tuple(_ballots(desk, id)),
        motions=motions,
        matters=matters,
        bases=BASES,
        channels=CHANNELS,
        about={each: ABOUT[each] for each in asked_about},
        methods=tuple((name, WAYS[name].name) for name in rules.methods)
        if rules
        else (),
        persons_online=rules.persons_online if rules else False,
        together=joint.together(desk, id),
        elsewhere=elsewhere(
            desk,
            posts.object_about(desk.connection, f"session:{id}", kind=meetings.MEETING),
        ),
    )


def _motions(desk: Desk, within: SubAssemblyId | None) -> tuple[MotionLine, ...]:
    return tuple(
        MotionLine(
            id=id, title=naming.said(desk, moved.drafted.title), status=moved.status
        )
        for id, moved in node.load_all(desk, "motion").items()
        if moved.status not in {"draft", "withdrawn"}
        and moved.drafted.sub_assembly == within
    )


def _matters(desk: Desk, motions: tuple[MotionLine, ...]) -> Iterator[Matters]:
    """Go through what could be put to the vote, kind by kind."""
    yield Matters(
        about="motion",
        lines=tuple(
            MatterLine(id=line.id, title=line.title)
            for line in motions
            if line.status == "frozen"
        ),
    )
    yield Matters(
        about="proposal",
        lines=tuple(
            MatterLine(
                id=in_hex(entry.digest), title=naming.said(desk, entry.fact.title)
            )
            for entry in chamber.proposals(desk)
            if isinstance(entry.fact, Proposal) and entry.fact.closes > desk.now
        ),
    )
    yield Matters(
        about="outcome",
        lines=tuple(
            MatterLine(
                id=in_hex(entry.digest), title=naming.said(desk, entry.fact.title)
            )
            for entry in ratifying.to_answer(desk)
            if isinstance(entry.fact, Proposal)
        ),
    )
    seats = node.load_all(desk, "seat")
    yield Matters(
        about="election",
        lines=tuple(
            MatterLine(id=in_hex(id), title=naming.said(desk, seat.put.text))
            for id, seat in seats.items()
            if seat.put is not None
        ),
    )
    yield Matters(
        about="recall",
        lines=tuple(
            MatterLine(id=in_hex(id), title=naming.said(desk, seat.recalls.moved.text))
            for id, seat in seats.items()
            if seat.recalls.pending
        ),
    )
    yield Matters(
        about="report",
        lines=tuple(
            MatterLine(
                id=id.removeprefix("sha256:"),
                title=naming.said(desk, each.filed.text)[:MOST_IN_TITLE],
            )
            for id, each in node.load_all(desk, "report").items()
            if each.filed is not None and each.judged is None
        ),
    )
    yield Matters(
        about="compact",
        lines=tuple(
            MatterLine(id=in_hex(digest), title=title)
            for digest, title in _to_decide_on(desk)
        ),
    )


def _to_decide_on(desk: Desk) -> Iterator[tuple[Digest, str]]:
    """Name each compact once: by its first version, and by the newest if it changed."""
    for identity in compacts.identities(desk.connection):
        line = chamber.lineage(desk, identity)
        newest = Digest(identity) if line is None else line.newest.digest
        yield newest, _purpose(desk, newest)
        if newest != identity:
            # What a delegate does on whatever comes is decided on the first one.
            first = f"{_purpose(desk, identity)} ({in_hex(identity)[:12]}…)"
            yield Digest(identity), first


def _purpose(desk: Desk, digest: str) -> str:
    compact = chamber.compact_of(desk, digest)
    return naming.said(desk, None if compact is None else compact.purpose)


def _ballots(desk: Desk, id: str) -> list[BallotLine]:
    return [
        ballot_line(desk, each, state)
        for each, state in node.load_all(desk, "ballot").items()
        if voting.terms_of(state).session == id
    ]


def ballot_line(desk: Desk, id: str, state: ballot.State) -> BallotLine:
    """Show a ballot in a list."""
    return BallotLine(
        id=id,
        question=voting.read_paper(desk, voting.terms_of(state)).question,
        open=state.is_open,
        turnout=voting.turnout(desk, state),
        outcome=None if state.decided is None else state.decided.result.outcome,
    )


def _why_not_put(here: assembly.State, state: session.State) -> str | None:
    """The reason why nothing can be put to the vote in this meeting now, if any."""
    try:
        assembly.rules(here)
        # With cards out nothing opens for phones alone, so what counts is the room.
        session.electorate(state, {"hands"} if state.out else {"online"})
    except Refused as reason:
        return languages.reason(reason)
    return None


def _put(desk: Desk, id: str, form: Form, member: Member) -> str:
    question = form.text("question", "Question", most=MOST_IN_QUESTION)
    method = form.choice("method", "Way of deciding", among=WAYS)
    channels = form.choices("channels", "How people vote", among=CHANNELS)
    more = form.text("more_options", "More options", least=0, most=MOST_IN_OPTIONS)
    written = [*form.values.get("options", ()), *more.split("\n")]
    options = [" ".join(each.split())[:MOST_IN_TITLE] for each in written]
    options = [each for each in options if each]
    return voting.put(
        desk,
        SessionId(id),
        _matter(desk, form, options),
        question=question,
        method=method,  # type: ignore[arg-type]
        channels=channels,  # type: ignore[arg-type]
        secret=form.ticked("secret"),
        options=options,
        seats=form.whole("seats", "Places", least=1, most=choices.MOST_OPTIONS)
        if form.one("seats").strip()
        else 1,
        keep=_kept(form, options),
        closes_at=moments.time(form, "closes_at", "Closes"),
        by=member.id,
    )


def _kept(form: Form, options: Sequence[str]) -> str:
    """Read which option leaves things as they are, in whatever capitals."""
    typed = form.line(
        "keep", N_("Leaves things as they are"), least=0, most=MOST_IN_TITLE
    )
    alike = (each for each in options if each.casefold() == typed.casefold())
    return next(alike, typed)


def _matter(desk: Desk, form: Form, options: Sequence[str]) -> Matter:
    about = form.choice("about", "About", among=ABOUT)
    if about == "text":
        text = form.text("text", N_("Text"), most=MOST_IN_TEXT)
        person = form.ticked("person")
        # Who was chosen is told in the room: the record knows people by a letter.
        shown = text if person else choices.explained(text, options)
        return Matter(text=events.keep_wording(desk.connection, shown), person=person)
    id = form.line("id", "Which one", most=MOST_IN_TITLE)
    digest = id if id.startswith("sha256:") else f"sha256:{id}"
    match about:
        case "motion":
            return voting.on_motion(desk, MotionId(id))
        case "proposal":
            return voting.on_proposal(desk, digest)
        case "outcome":
            return voting.on_outcome(desk, digest)
        case "election":
            return voting.on_election(desk, digest)
        case "recall":
            return voting.on_recall(desk, digest)
        case "report":
            return voting.on_report(desk, digest)
        case _:
            return voting.on_compact(desk, digest)


def _open(
    desk: Desk, held: session.State, member: Member, form: Form
) -> session.OpenSession:
    here = node.assembly_here(desk)
    return session.OpenSession(
        roll=sub_assemblies.roll(desk, held),
        tellers=here.tellers,
        by=member.id,
        at=desk.now,
    )


def _call_off(
    desk: Desk, held: session.State, member: Member, form: Form
) -> session.CancelSession:
    return session.CancelSession(by=member.id, at=desk.now)


def _check_out(
    desk: Desk, held: session.State, member: Member, form: Form
) -> session.CheckOut:
    return session.CheckOut(by=member.id, at=desk.now)


def _count(
    desk: Desk, held: session.State, member: Member, form: Form
) -> session.CountPresent:
    return session.CountPresent(
        count=form.whole("count", "How many", most=MOST_PRESENT),
        basis=form.choice("basis", "Counted by", among=BASES),  # type: ignore[arg-type]
        by=member.id,
        at=desk.now,
    )


def from_now(now: datetime, starts_at: datetime | None) -> datetime:
    """Take a time that has only just gone by, or none at all, as this moment."""
    if starts_at is None or now - JUST_NOW < starts_at < now:
        return now
    return starts_at


def _last_event(desk: Desk, stream: str) -> str:
    return events.history(desk.connection, stream)[-1].type


def _id(request: Request) -> str:
    id: str = request.path_params["id"]
    return id
