"""A motion: drafted by one, then the assembly's; objected to, mended, and frozen.

Its author is a member of the assembly, and is named nowhere but here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import session
from confederation.deciding import amendment, motion, objection
from confederation.errors import ByNumber, Filled, Unknown
from confederation.identifiers import (
    AmendmentId,
    IssueId,
    MotionId,
    ObjectionId,
    SessionId,
)
from confederation.record import Clause
from confederation.text import Text
from instance import node
from instance.dealings import bridges
from instance.deciding import sub_assemblies
from instance.desk import Desk
from instance.errors import Misused
from instance.store import events
from instance.web import differences, naming
from instance.web.deciding import amendments
from instance.web.deciding.amendments import AmendmentView
from instance.web.differences import Change
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.matters import translations
from instance.web.matters.translations import Beside, read_language
from instance.web.meeting.sessions import Line as SessionLine
from instance.web.meeting.sessions import lines as session_lines
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, see_other
from instance.web.visits import Member, the_member

MOST_IN_TITLE: Final = 200
MOST_IN_CLAUSE: Final = 4_000
MOST_CLAUSES: Final = 40
MOST_IN_REASON: Final = 4_000
MOST_IN_ROUND: Final = 1_000_000
EMPTY_CLAUSES: Final = 3
CHANGES: Final = {
    "amended": N_("It says something else now"),
    "clarified": N_("It says the same, more clearly"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A motion in a list."""

    id: str
    title: str
    status: motion.Status
    objections: int
    to_test: bool
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    motions: tuple[Line, ...]
    may_draft: bool
    empty: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionView:
    id: str
    reason: str
    status: objection.Status
    version: int
    judged: int
    mine: bool
    may_judge: bool
    judged_by_me: bool | None
    may_answer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """An earlier step of the text, with what it changed."""

    number: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionPage:
    """A motion as one member sees it, with what they may do now.

    ``sessions`` are the meetings at which it can be tabled, ``meeting`` the one at
    which it was.
    """

    id: str
    title: str
    status: motion.Status
    version: int
    clauses: tuple[str, ...]
    versions: tuple[Version, ...]
    objections: tuple[ObjectionView, ...]
    open_objections: int
    amendments: tuple[AmendmentView, ...]
    open_amendments: int
    may_offer: bool
    ballot: str | None
    issue: str | None
    within: tuple[str, str] | None
    waits: str | None
    beside: Beside | None
    mine: bool
    may_object: bool
    may_amend: bool
    may_freeze: bool
    may_send_back: bool
    may_put_anew: bool
    may_enter_round: bool
    sessions: tuple[SessionLine, ...]
    meeting: SessionLine | None
    changes: dict[str, str]
    empty: int


def routes(site: Site) -> list[Route]:
    async def list_page(request: Request) -> Response:
        member = the_member(request)
        shown = await site.node.look(lambda desk: view_list(desk, member))
        return render(request, "motions.html", page=shown, typed=_typed(request))

    async def draft(request: Request, form: Form) -> Response:
        request.state.form = form
        form.only("title", "clause", "issue", "lang")
        member = the_member(request)
        title = form.line("title", "Title", most=MOST_IN_TITLE)
        clauses, lang = read_clauses(form), read_language(form)
        issue = form.line("issue", N_("Issue"), least=0, most=100)

        def carry_out(desk: Desk) -> str:
            if issue and not node.exists(desk, f"issue:{issue}"):
                raise Unknown("There is no such issue here.")
            id = MotionId(desk.new_id())
            command = motion.DraftMotion(
                motion=id,
                title=events.keep_wording(desk.connection, title, lang=lang),
                text=keep_text(desk, clauses, lang=lang),
                issue=IssueId(issue) if issue else None,
                by=member.id,
                at=desk.now,
            )
            node.perform(desk, f"motion:{id}", command)
            return id

        return see_other(f"/motions/{await site.work(carry_out)}")

    async def page(request: Request) -> Response:
        member = the_member(request)
        shown = await site.node.look(lambda desk: view(desk, _id(request), member))
        return render(request, "motion.html", page=shown, typed=_typed(request))

    def saying(
        path: str,
        make: Callable[[Desk, Member, Form, motion.State], Any],
        *known: str,
    ) -> Route:
        """Make the route of a form; what says nothing new changes nothing."""

        async def act(request: Request, form: Form) -> Response:
            request.state.form = form
            form.only(*known)
            member = the_member(request)

            def carry_out(desk: Desk) -> None:
                state = seen_by(desk, _id(request), member)
                command = make(desk, member, form, state)
                if command is not None:
                    node.perform(desk, f"motion:{_id(request)}", command)

            await site.work(carry_out)
            return see_other(f"/motions/{_id(request)}")

        return site.form(f"/motions/{{id}}/{path}", act, again=page)

    def form(
        path: str, make: Callable[[Desk, Member, Form], Any], *known: str
    ) -> Route:
        return saying(
            path, lambda desk, member, sent, _: make(desk, member, sent), *known
        )

    return [
        site.page("/motions", list_page),
        site.form("/motions", draft, again=list_page),
        site.page("/motions/{id}", page),
        saying("revise", _revise, "base", "clause"),
        saying("table", _table, "session"),
        saying("object", _object, "reason"),
        form("judge", _judge, "objection", "valid"),
        form("round", _round, "objection", "valid", "not_valid"),
        form("stand", _stand, "objection"),
        form("answer", _answer, "objection"),
        form("take-back", _take_back, "objection"),
        saying("amend", _amend, "base", "clause", "change", "integrates"),
        saying("amendments", _offer, "base", "clause", "why"),
        form("accept", amendments.accept, "amendment"),
        form("contest", amendments.contest, "amendment"),
        form("count", amendments.count, "amendment", "for", "against"),
        form("take-amendment-back", amendments.take_back, "amendment"),
        form("freeze", _freeze),
        form("send-back", _send_back),
        form("withdraw", _withdraw),
    ]


def view_list(desk: Desk, member: Member) -> ListPage:
    """List the motions that a member may see: all but the drafts of others."""
    return ListPage(
        motions=tuple(lines(desk, member)),
        may_draft=may(member, motion.DraftMotion),
        empty=EMPTY_CLAUSES,
    )


def lines(desk: Desk, member: Member) -> list[Line]:
    """List the motions that a member may see, the newest first."""
    return [
        Line(
            id=id,
            title=naming.said(desk, state.drafted.title),
            status=state.status,
            objections=state.open_objections,
            to_test=state.drafted.by != member.id
            and any(
                each.status == "raised"
                and each.raised.by != member.id
                and member.id not in each.judged
                for each in state.objections.objections.values()
            ),
            mine=state.drafted.by == member.id,
        )
        for id, state in node.load_all(desk, "motion").items()
        if _may_see(state, member)
    ]


def view(desk: Desk, id: str, member: Member) -> MotionPage:
    """Show a motion to a member.

    Raises:
        Unknown: there is no such motion, or it is somebody else's draft.
    """
    state = seen_by(desk, id, member)
    assert state.drafted is not None
    tabled = state.status == "tabled"
    discussed = state.status in ("tabled", "frozen", "deciding")
    meetings = session_lines(desk)
    return MotionPage(
        id=id,
        title=naming.said(desk, state.drafted.title),
        status=state.status,
        version=state.version,
        clauses=amendments.clauses(desk, state.versions[-1]),
        versions=_versions(desk, state),
        objections=tuple(
            _objection(desk, each, known, member, state)
            for each, known in state.objections.objections.items()
        ),
        open_objections=state.open_objections,
        amendments=amendments.view(
            desk, state, member, may_count=may(member, amendment.CountAmendmentRound)
        ),
        open_amendments=state.open_amendments,
        may_offer=tabled and may(member, amendment.OfferAmendment),
        ballot=None if state.put is None else state.put.ballot,
        issue=state.drafted.issue,
        within=sub_assemblies.called(desk, state.drafted.sub_assembly),
        waits=_waits(desk, id, state),
        beside=translations.view(
            desk, [each.text for each in state.versions[-1].clauses], member
        ),
        mine=state.drafted.by == member.id,
        may_object=discussed,
        may_amend=tabled and may(member, motion.AmendMotion),
        may_freeze=tabled and may(member, motion.FreezeMotion),
        may_send_back=discussed and may(member, motion.SendBackMotion),
        may_put_anew=state.status == "lapsed" and may(member, motion.DraftMotion),
        may_enter_round=discussed and may(member, objection.CountObjectionRound),
        sessions=tuple(
            each
            for each in meetings
            if each.phase not in {"closed", "off"}
            and each.within == state.drafted.sub_assembly
        ),
        meeting=next((each for each in meetings if each.id == state.session), None),
        changes=CHANGES,
        empty=EMPTY_CLAUSES,
    )


def read_clauses(form: Form) -> tuple[str, ...]:
    """Read the clauses of a text in their order; empty fields are passed over.

    Raises:
        Misused: there is none, or one is too long.
    """
    given = [each for each in form.values.get("clause", ()) if each.strip()]
    if not given:
        raise Misused("A motion needs at least one clause. Please write it.")
    if len(given) > MOST_CLAUSES:
        raise Misused(
            ByNumber(
                "A motion has at most {most} clause.",
                "A motion has at most {most} clauses.",
            ),
            most=MOST_CLAUSES,
        )
    return tuple(
        Form(values={"clause": (each,)}).text(
            "clause", Filled("Clause {number}", number=number), most=MOST_IN_CLAUSE
        )
        for number, each in enumerate(given, start=1)
    )


def keep_text(desk: Desk, clauses: tuple[str, ...], *, lang: str | None = None) -> Text:
    """Keep a text, whole and clause by clause, and return its commitments.

    ``lang`` is the BCP 47 tag of the language that it is written in, if not in ours.
    """
    whole = "\n\n".join(f"{n}. {each}" for n, each in enumerate(clauses, start=1))
    return Text(
        text=events.keep_wording(desk.connection, whole, lang=lang),
        clauses=tuple(
            Clause(n=n, text=events.keep_wording(desk.connection, each, lang=lang))
            for n, each in enumerate(clauses, start=1)
        ),
    )


def _waits(desk: Desk, id: str, state: motion.State) -> str | None:
    """Return the page of a bridge that a motion waits for, while it is not put."""
    if state.status not in ("tabled", "frozen"):
        return None
    found = bridges.holding_back(desk, MotionId(id))
    return None if found is None else f"/bridges/{found[0]}"


def _revise(
    desk: Desk, member: Member, form: Form, state: motion.State
) -> motion.ReviseDraft:
    return motion.ReviseDraft(
        text=keep_text(desk, read_clauses(form), lang=_language(desk, state)),
        base=_base(form),
        by=member.id,
        at=desk.now,
    )


def _table(
    desk: Desk, member: Member, form: Form, state: motion.State
) -> motion.TableMotion:
    id = form.line("session", "Meeting", most=100)
    meeting: session.State = node.load(desk, f"session:{id}")
    if meeting.closed_at is not None:
        raise Misused("That meeting is over. Please choose another one.")
    sub_assemblies.check_table(desk, state, SessionId(id))
    return motion.TableMotion(session=SessionId(id), by=member.id, at=desk.now)


def _object(
    desk: Desk, member: Member, form: Form, state: motion.State
) -> objection.RaiseObjection | None:
    reason = form.text("reason", N_("Reason"), most=MOST_IN_REASON)
    if any(
        known.raised.by == member.id
        and known.status == "raised"
        and naming.said(desk, known.raised.reason) == reason
        for known in state.objections.objections.values()
    ):
        return None
    return objection.RaiseObjection(
        objection=ObjectionId(desk.new_id()),
        reason=events.keep_wording(desk.connection, reason),
        by=member.id,
        at=desk.now,
    )


def _judge(desk: Desk, member: Member, form: Form) -> objection.JudgeObjection:
    found = form.choice("valid", N_("What you find"), among=("yes", "no"))
    return objection.JudgeObjection(
        objection=_named(form), valid=found == "yes", by=member.id, at=desk.now
    )


def _round(desk: Desk, member: Member, form: Form) -> objection.CountObjectionRound:
    return objection.CountObjectionRound(
        objection=_named(form),
        valid=form.whole("valid", "Found it valid", most=MOST_IN_ROUND),
        not_valid=form.whole("not_valid", "Did not", most=MOST_IN_ROUND),
        by=member.id,
        at=desk.now,
    )


def _stand(desk: Desk, member: Member, form: Form) -> objection.LetObjectionStand:
    return objection.LetObjectionStand(
        objection=_named(form), by=member.id, at=desk.now
    )


def _answer(desk: Desk, member: Member, form: Form) -> objection.AnswerObjection:
    return objection.AnswerObjection(objection=_named(form), by=member.id, at=desk.now)


def _take_back(desk: Desk, member: Member, form: Form) -> objection.WithdrawObjection:
    return objection.WithdrawObjection(
        objection=_named(form), by=member.id, at=desk.now
    )


def _amend(
    desk: Desk, member: Member, form: Form, state: motion.State
) -> motion.AmendMotion:
    change = form.choice("change", "What changed", among=CHANGES)
    return motion.AmendMotion(
        text=keep_text(desk, read_clauses(form), lang=_language(desk, state)),
        base=_base(form),
        change=change,  # type: ignore[arg-type]
        integrates=tuple(
            ObjectionId(e) for e in form.values.get("integrates", ()) if e
        ),
        by=member.id,
        at=desk.now,
    )


def _offer(
    desk: Desk, member: Member, form: Form, state: motion.State
) -> amendment.OfferAmendment | None:
    clauses = read_clauses(form)
    if any(
        known.offered.by == member.id
        and known.status in amendment.OPEN
        and amendments.clauses(desk, known.offered.text) == clauses
        for known in state.amendments.amendments.values()
    ):
        return None
    return amendment.OfferAmendment(
        amendment=AmendmentId(desk.new_id()),
        text=keep_text(desk, clauses, lang=_language(desk, state)),
        base=_base(form),
        reason=amendments.keep_reason(desk, form),
        by=member.id,
        at=desk.now,
    )


def _freeze(desk: Desk, member: Member, form: Form) -> motion.FreezeMotion:
    return motion.FreezeMotion(by=member.id, at=desk.now)


def _send_back(desk: Desk, member: Member, form: Form) -> motion.SendBackMotion:
    return motion.SendBackMotion(by=member.id, at=desk.now)


def _withdraw(desk: Desk, member: Member, form: Form) -> motion.WithdrawMotion:
    return motion.WithdrawMotion(by=member.id, at=desk.now)


def _language(desk: Desk, state: motion.State) -> str:
    """Every version of a text is in the language of the one before."""
    return events.language(desk.connection, motion.text(state).text)


def _base(form: Form) -> int:
    return form.whole("base", N_("Version"), least=1, most=1_000_000)


def _named(form: Form) -> ObjectionId:
    return ObjectionId(form.line("objection", N_("Objection"), most=100))


def _may_see(state: motion.State, member: Member) -> bool:
    drafted = state.drafted
    assert drafted is not None
    return drafted.by == member.id or state.status not in ("draft", "withdrawn")


def seen_by(desk: Desk, id: str, member: Member) -> motion.State:
    """Return a motion that a member may see.

    Raises:
        Unknown: there is none, or it is somebody else's draft.
    """
    state: motion.State = node.load(desk, f"motion:{id}")
    if not _may_see(state, member):
        raise Unknown("There is no motion {id} here.", id=id)
    return state


def _objection(
    desk: Desk,
    id: str,
    known: objection.Objection,
    member: Member,
    state: motion.State,
) -> ObjectionView:
    assert state.drafted is not None
    others = member.id not in (known.raised.by, state.drafted.by)
    return ObjectionView(
        id=id,
        reason=naming.said(desk, known.raised.reason),
        status=known.status,
        version=known.raised.version,
        judged=len(known.judged),
        mine=known.raised.by == member.id,
        may_judge=known.status == "raised" and others,
        judged_by_me=known.judged.get(member.id),
        may_answer=known.status in objection.OPEN
        and known.raised.version < state.version
        and state.status == "tabled"
        and may(member, objection.AnswerObjection),
    )


def _versions(desk: Desk, state: motion.State) -> tuple[Version, ...]:
    texts = [amendments.clauses(desk, text) for text in state.versions]
    return tuple(
        Version(number=number, changes=differences.of_clauses(before, after))
        for number, (before, after) in enumerate(pairwise(texts), start=2)
    )[::-1]


def _typed(request: Request) -> tuple[str, ...]:
    """The clauses that were typed in a form that was refused."""
    form: Form | None = getattr(request.state, "form", None)
    return () if form is None else form.values.get("clause", ())


def _id(request: Request) -> str:
    id: str = request.path_params["id"]
    return id
