"""Before people leave: when we meet again, who brings what, how to help, and the word.

What is sent round is text that somebody pastes, prints or mails with their own hands.
This node sends no mail.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import session
from confederation.dealings import action
from confederation.dealings.action import Source, Words
from confederation.deciding.result import Result
from confederation.errors import NotEntitled, TooLate
from confederation.identifiers import ActionId, OptionId
from confederation.meeting import run_sheet
from confederation.meeting.run_sheet import Rhythm
from confederation.session import Notice
from instance import node
from instance.dealings import deeds
from instance.deciding import voting
from instance.desk import Desk
from instance.store import events, tellings
from instance.web import languages, naming, paper, telling
from instance.web.afterwards import actions, points
from instance.web.afterwards.actions import Line
from instance.web.forms import Form
from instance.web.languages import N_, translated
from instance.web.meeting import setup
from instance.web.rendering import render, when
from instance.web.rights import may
from instance.web.site import Site, see_other
from instance.web.visits import Visit, the_member

MOST_IN_TEXT: Final = 700
MOST_IN_WHAT: Final = 200
MOST_IN_A_LINE: Final = 120
MOST_HELPS: Final = 3
MOST_TOLD: Final = 6
OUTCOMES: Final[Mapping[str, str]] = {
    "passed": N_("Decided: %(question)s Yes."),
    "rejected": N_("Decided: %(question)s No."),
    "no quorum": N_("Not decided, too few took part: %(question)s"),
    "advice": N_("Advice, and no decision: %(question)s"),
}
CONSENTED: Final = {
    "passed": N_("Nobody stopped it: %(question)s"),
    "rejected": N_("No consent was found: %(question)s"),
}
CHOSEN: Final = N_("Decided: %(question)s “%(chosen)s”.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """The next meeting; ``place`` is empty where nobody said one."""

    id: str
    title: str
    starts_at: datetime
    place: str
    place_public: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavingPage:
    """What there is to settle before people leave, for one reader."""

    id: str
    title: str
    next: Next | None
    dates: tuple[tuple[Rhythm, str, datetime], ...]
    may_call: bool
    bringing: tuple[Line, ...]
    ladder: tuple[Line, ...]
    text: str
    mail: str
    once: str
    is_member: bool
    may_tell: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPage:
    """A sheet for the noticeboard: nothing on it that is not for everybody.

    ``base`` is the address of the node, None while it has no name of its own.
    """

    name: str
    handle: str
    base: str | None
    next: Next | None
    outcomes: tuple[str, ...]
    helps: tuple[Line, ...]


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        visit: Visit = request.state.visit
        languages.speak(languages.choose(request))
        shown = await site.node.look(lambda desk: view(desk, _id(request), visit))
        return render(
            request,
            "leaving.html",
            page=shown,
            states=actions.STATES,
            efforts=actions.EFFORTS,
            most=MOST_IN_TEXT,
        )

    async def sheet(request: Request) -> Response:
        visit: Visit = request.state.visit
        languages.speak(languages.choose(request))
        id = _id(request)
        shown = await site.node.look(lambda desk: view_sheet(desk, id, visit))
        return paper.show(
            request,
            "sheet_noticeboard.html",
            back=f"/sessions/{id}/leaving",
            page=shown,
            efforts=actions.EFFORTS,
        )

    async def called(request: Request, form: Form) -> Response:
        form.only("rhythm")
        member, id = the_member(request), _id(request)
        rhythm = form.choice("rhythm", N_("Next date"), among=setup.RHYTHMS)

        def carry_out(desk: Desk) -> None:
            if next_meeting(desk, id) is None:
                setup.call_again(desk, id, member, cast(Rhythm, rhythm))

        await site.work(carry_out)
        return see_other(f"/sessions/{id}/leaving")

    async def brought(request: Request, form: Form) -> Response:
        form.only("what", "mine", "once")
        member, id = the_member(request), _id(request)
        new = ActionId(telling.once(form))
        what = form.line("what", "What", most=MOST_IN_WHAT)

        def carry_out(desk: Desk) -> None:
            if node.exists(desk, f"action:{new}"):
                return
            coming = next_meeting(desk, id)
            if coming is None:
                raise TooLate("Settle the next date first: things are brought to it.")
            offer = action.OfferAction(
                action=new,
                words=Words(what=events.keep_wording(desk.connection, what)),
                kind="bringing",
                effort="five minutes",
                due=coming.starts_at,
                source=Source(about="session", id=coming.id),
                by=member.id,
                at=desk.now,
            )
            deeds.act(desk, new, offer)
            if form.ticked("mine"):
                deeds.act(desk, new, action.TakeAction(by=member.id, at=desk.now))

        await site.work(carry_out)
        return see_other(f"/sessions/{id}/leaving")

    async def told(request: Request, form: Form) -> Response:
        form.only()
        member, id = the_member(request), _id(request)

        def carry_out(desk: Desk) -> None:
            _notice(desk, id)
            if not may(member, session.CallSession):
                raise NotEntitled(
                    "This is for the facilitator, convenor or clerk to do: it speaks "
                    "for the assembly."
                )
            wanted = [
                state
                for state in node.load_all(desk, "action").values()
                if state.status == "offered" and state.offered.told == "everyone"
            ]
            rungs = list(actions.EFFORTS)
            wanted.sort(key=lambda each: rungs.index(each.offered.effort))
            deeds.tell_ladder(desk, id, wanted[:MOST_TOLD])

        await site.work(carry_out)
        return see_other(f"/sessions/{id}/leaving")

    return [
        site.form("/sessions/{id}/leaving/tell", told, again=page),
        site.page("/sessions/{id}/leaving", page),
        site.page("/sessions/{id}/leaving/sheet", sheet),
        site.form("/sessions/{id}/leaving/next", called, again=page),
        site.form("/sessions/{id}/leaving/bring", brought, again=page),
    ]


def view(desk: Desk, id: str, visit: Visit) -> LeavingPage:
    """Show what there is to settle before people leave.

    Raises:
        NotEntitled: it is for members, and for the cards of that meeting.
        Unknown: there is no such meeting.
    """
    notice = _notice(desk, id)
    _check_reader(id, visit)
    coming, member = next_meeting(desk, id), visit.member
    open_ones = [
        each
        for each in actions.lines(desk, member, holder=visit.holder)
        if each.status == "offered"
    ]
    text = the_word(desk, id, coming, open_ones)
    subject = points.words(desk, notice.title)
    return LeavingPage(
        id=id,
        title=subject,
        next=coming,
        dates=tuple(
            (rhythm, says, _next(desk, notice, rhythm))
            for rhythm, says in setup.RHYTHMS.items()
        ),
        may_call=member is not None and may(member, session.CallSession),
        bringing=()
        if coming is None
        else tuple(
            actions.a_line(desk, each, state, member)
            for each, state in node.load_all(desk, "action").items()
            if _brings_to(state, coming.id)
        ),
        ladder=tuple(
            each
            for effort in actions.EFFORTS
            for each in open_ones
            if each.effort == effort
        ),
        text=text,
        mail=f"mailto:?subject={quote(subject)}&body={quote(text)}",
        once=desk.new_id(),
        is_member=member is not None,
        may_tell=member is not None
        and may(member, session.CallSession)
        and tellings.post_about(desk.connection, f"ladder:{id}") is None
        and any(each.public for each in open_ones),
    )


def view_sheet(desk: Desk, id: str, visit: Visit) -> SheetPage:
    """Write a sheet for the noticeboard, with nothing that is not for everybody.

    Raises:
        NotEntitled: it is for members, and for the cards of that meeting.
        Unknown: there is no such meeting.
    """
    _notice(desk, id)
    _check_reader(id, visit)
    return SheetPage(
        name=naming.our_name(desk),
        handle=f"@{desk.config.slug}@{desk.config.host}",
        base=desk.config.base if desk.config.federates else None,
        next=next_meeting(desk, id),
        outcomes=tuple(outcomes(desk, id)),
        helps=tuple(
            each
            for each in actions.lines(desk, None)
            if each.status == "offered" and each.public
        )[:6],
    )


def next_meeting(desk: Desk, id: str) -> Next | None:
    """Return the meeting that is held next, other than this one."""
    coming = [
        (state.called.notice.starts_at, each, state.called.notice)
        for each, state in node.load_all(desk, "session").items()
        if each != id
        and state.called is not None
        and state.opened is None
        and state.cancelled_at is None
        and state.called.notice.starts_at > desk.now
    ]
    if not coming:
        return None
    starts_at, each, notice = min(coming, key=lambda found: found[:2])
    place = "" if notice.place is None else points.words(desk, notice.place)
    return Next(
        id=each,
        title=points.words(desk, notice.title),
        starts_at=starts_at,
        place=place,
        place_public=notice.place_told == "everyone",
    )


def the_word(desk: Desk, id: str, coming: Next | None, helps: Sequence[Line]) -> str:
    """Write what is pasted into a group chat: less than 700 characters, no name in it.

    What does not fit is left out from the end; the greeting and the address stay;
    a node without a name of its own has no address to give.
    """
    meeting: session.State = node.load(desk, f"session:{id}")
    greeting = [translated(N_("%(name)s met.")) % {"name": naming.our_name(desk)}]
    if meeting.present:
        greeting.append(
            languages.in_number(
                "%(number)s of us was here.",
                "%(number)s of us were here.",
                meeting.present,
            )
            % {"number": meeting.present}
        )
    last = []
    if desk.config.federates:
        said = translated(N_("More, and how to help: %(address)s"))
        last = [said % {"address": f"{desk.config.base}/actions"}]
    lines = []
    if coming is not None:
        lines.append(
            translated(N_("We meet again: %(when)s")) % {"when": _plainly(coming)}
        )
    lines += [_short(each) for each in outcomes(desk, id)]
    lines += [
        _short(translated(N_("Help wanted: %(what)s")) % {"what": each.what})
        for each in helps[:MOST_HELPS]
    ]
    kept: list[str] = []
    for line in lines:
        if len("\n".join([" ".join(greeting), *kept, line, *last])) < MOST_IN_TEXT:
            kept.append(line)
    return "\n".join([" ".join(greeting)[:MOST_IN_A_LINE], *kept, *last])


def outcomes(desk: Desk, id: str) -> list[str]:
    """Say what was decided at a meeting, each in one sentence, the first first.

    Votes on persons are left out: their names go into no chat and on no noticeboard.
    """
    found = []
    for state in reversed(node.load_all(desk, "ballot").values()):
        terms = voting.terms_of(state)
        if terms.session == id and state.decided is not None and not terms.person:
            shown, result = voting.read_paper(desk, terms), state.decided.result
            labels = dict(shown.labels)
            named = [labels[each] for each in _named(result) if each in labels]
            says = CHOSEN if named else OUTCOMES[result.outcome]
            if terms.method in ("consent", "consensus"):
                says = CONSENTED.get(result.outcome, says)
            told = {"question": shown.question, "chosen": ", ".join(named)}
            found.append(translated(says) % told)
    return found


def _named(result: Result) -> tuple[OptionId, ...]:
    if result.outcome != "passed":
        return ()
    return result.elected or (() if result.chosen is None else (result.chosen,))


def _plainly(coming: Next) -> str:
    at = when(coming.starts_at).striptags()
    return f"{at}, {coming.place}" if coming.place else at


def _short(line: str) -> str:
    return line if len(line) <= MOST_IN_A_LINE else f"{line[: MOST_IN_A_LINE - 1]}…"


def _brings_to(state: action.State, meeting: str) -> bool:
    offered = state.offered
    return (
        offered is not None
        and offered.kind == "bringing"
        and offered.source == Source(about="session", id=meeting)
        and state.status != "dropped"
    )


def _next(desk: Desk, notice: Notice, rhythm: Rhythm) -> datetime:
    at = run_sheet.next_time(notice.starts_at, rhythm, clock=desk.config.zone)
    while at <= desk.now:
        at = run_sheet.next_time(at, rhythm, clock=desk.config.zone)
    return at


def _notice(desk: Desk, id: str) -> Notice:
    state: session.State = node.load(desk, f"session:{id}")
    assert state.called is not None
    return state.called.notice


def _check_reader(id: str, visit: Visit) -> None:
    in_room = visit.holder is not None and visit.holder.session == id
    if visit.member is None and not in_room:
        raise NotEntitled(
            "This is for members, and for those who have a card of this meeting: "
            "please sign in first."
        )


def _id(request: Request) -> str:
    id: str = request.path_params["id"]
    return id
