"""A delegate reports back to the members, who ask, and say whether it is enough.

A report is for everybody to read; questions and answers stay among the members. Others
see of a late one only that it is awaited of the seat, and only once we asked twice.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import assembly
from confederation.confederal import election, mandating, report
from confederation.confederal.compact import Compact
from confederation.confederal.mandating import MandateGiven
from confederation.deciding import ballot
from confederation.deciding.ballot import OpenBallot
from confederation.errors import Filled, Unknown
from confederation.identifiers import BallotId, Commit, CompactId, MemberId
from confederation.record import Mandate, ReportBack
from instance import chamber, clerk, node
from instance.desk import Desk
from instance.errors import Misused
from instance.store import events, people
from instance.web import asking, moments, naming, rights, visits
from instance.web.deciding import balloting
from instance.web.deciding.balloting import Decision
from instance.web.forms import Form
from instance.web.languages import N_, phrased
from instance.web.meeting import putting
from instance.web.naming import Named, in_hex
from instance.web.rendering import render
from instance.web.site import Act, Site, see_other
from instance.web.states import Badge
from instance.web.visits import Member

LONGEST_TEXT: Final = 20_000
LONGEST_QUESTION: Final = 2_000
SOON: Final = timedelta(days=7)
NOT_DUE: Final = Badge(says=N_("Not due yet"), tone="quiet")
LATE: Final = Badge(says=N_("Late: we are waiting for it"), tone="waiting")
AWAITED: Final = Badge(
    says=N_("Late, asked for twice: everybody sees that we wait"), tone="waiting"
)
PAUSED: Final = Badge(says=N_("More time was taken"), tone="quiet")
FILED: Final = Badge(says=N_("There, not put to the assembly yet"), tone="going")
ACCEPTED: Final = Badge(says=N_("Accepted by the assembly"), tone="done")
NOT_ACCEPTED: Final = Badge(says=N_("Not accepted by the assembly"), tone="not")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question about a report, and the answer once there is one."""

    question: str
    text: str
    answer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The report on one mandate in a list."""

    number: int
    due: datetime
    state: Badge


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    """The report on a mandate as a member sees it; ``may`` names the forms for them.

    ``asked`` is how often it was asked for since it was due.
    """

    seat: str
    number: int
    mandate: str | None
    holder: str
    due: datetime
    paused_until: datetime | None
    late: bool
    asked: int
    state: Badge
    text: str | None
    questions: tuple[Asked, ...]
    ballots: tuple[Decision, ...]
    offered_until: datetime
    meeting: bool
    may: frozenset[str]


def view(desk: Desk, seat: CompactId, number: int, member: Member) -> ReportPage:
    """Show the report on one of our mandates to a member.

    Raises:
        Unknown: there is no such mandate.
    """
    given, state = _given(desk, seat, number), _state(desk, seat, number)
    filed = state.filed
    holder = given.holder.member
    return ReportPage(
        seat=seat,
        number=number,
        mandate=clerk.published(desk, "Mandate", f"{seat} {number}"),
        holder=people.name_of(desk.connection, holder) or phrased("(name withdrawn)"),
        due=given.terms.report_due,
        paused_until=state.paused_until,
        late=state.is_due(given.terms.report_due, desk.now),
        asked=len(state.asked),
        state=_badge(state, given.terms.report_due, desk.now),
        text=None if filed is None else naming.said(desk, filed.text),
        questions=tuple(
            Asked(
                question=question,
                text=naming.said(desk, question),
                answer=None if answer is None else naming.said(desk, answer),
            )
            for question, answer in state.questions.items()
        ),
        ballots=()
        if filed is None or filed.text in state.settled
        else balloting.decided(desk, text=filed.text),
        offered_until=desk.now.replace(microsecond=0) + SOON,
        meeting=putting.open_meeting(desk) is not None,
        may=_may(state, given, member, desk.now),
    )


def lines(desk: Desk, seat: CompactId, state: election.State) -> tuple[Line, ...]:
    """List the reports on a seat's mandates, the newest first.

    A mandate that was replaced before its report was due owes none of its own.
    """
    found = []
    for given in reversed(state.mandates.given):
        due, told = given.terms.report_due, _state(desk, seat, given.mandate)
        owes = _owes(state, given)
        if owes or told != report.NOTHING:
            found.append(
                Line(number=given.mandate, due=due, state=_badge(told, due, desk.now))
            )
    return tuple(found)


def awaited(desk: Desk, digest: str) -> tuple[Named, ...]:
    """Name the assemblies in a compact of which a report is awaited, seat by seat.

    Only the seat is named: who holds it is nobody's business here.
    """
    compact = chamber.compact_of(desk, digest)
    if compact is None:
        return ()
    return tuple(
        naming.assembly(desk, seat.assembly)
        for seat in compact.members
        if _is_awaited(desk, compact, seat.assembly)
    )


def _is_awaited(desk: Desk, compact: Compact, assembly_: str) -> bool:
    kept = chamber.record_of(desk, assembly_)
    if kept is None:
        return False
    ours = {
        entry.digest
        for entry, given in kept.facts(Mandate)
        if given.compact == compact.identity
    }
    newest = {
        told.mandate: told.state
        for _, told in kept.facts(ReportBack)
        if told.mandate in ours
    }
    return "awaited" in newest.values()


def awaits(desk: Desk, member: Member) -> Iterator[tuple[str, str, str]]:
    """Say which reports wait for a member: what to do, about what, and where."""
    for id, seat in node.load_all(desk, "seat").items():
        for given in seat.mandates.given:
            due, told = given.terms.report_due, _state(desk, id, given.mandate)
            page = f"/seats/{naming.in_hex(id)}/reports/{given.mandate}"
            if not _owes(seat, given) or told.is_in:
                continue
            if given.holder.member == member.id and desk.now >= due - SOON:
                yield (
                    N_("Report back to the assembly"),
                    Filled("Due by {day}", day=_day(desk, due)),
                    page,
                )
            elif (
                told.is_due(due, desk.now)
                and not told.is_awaited
                and rights.may(member, report.AskForReport)
            ):
                yield (
                    N_("Ask for the delegate's report"),
                    Filled("It was due {day}", day=_day(desk, due)),
                    page,
                )
        for given in seat.mandates.given:
            told = _state(desk, id, given.mandate)
            page = f"/seats/{naming.in_hex(id)}/reports/{given.mandate}"
            open_questions = [q for q, answer in told.questions.items() if not answer]
            if open_questions and given.holder.member == member.id:
                yield (
                    N_("Answer about your report"),
                    N_("Somebody asked something"),
                    page,
                )
            yield from _to_judge(desk, told, page, member)


def _day(desk: Desk, at: datetime) -> date:
    return at.astimezone(desk.config.zone).date()


def _to_judge(
    desk: Desk, told: report.State, page: str, member: Member
) -> Iterator[tuple[str, str, str]]:
    if told.filed is None or told.judged is not None:
        return
    text = told.filed.text
    filed = Filled("Filed {day}", day=_day(desk, told.filed.at))
    if balloting.decided(desk, text=text):
        if rights.may(member, report.JudgeReport):
            yield N_("Carry out what was decided about the report"), filed, page
    elif balloting.going_on(desk, text) is None and rights.may(member, OpenBallot):
        yield N_("Put the delegate's report to the assembly"), filed, page


def _owes(seat: election.State, given: MandateGiven) -> bool:
    """Whether a report is owed on a mandate: nobody was given a newer one since.

    Of several in a row for one delegate, the last one covers all.
    """
    later = seat.mandates.given[given.mandate :]
    return not any(each.holder.member == given.holder.member for each in later)


def _badge(state: report.State, due: datetime, now: datetime) -> Badge:
    if state.is_in:
        return FILED if state.judged is None else ACCEPTED
    if state.is_awaited:
        return AWAITED
    if state.paused_until is not None and state.paused_until > now:
        return PAUSED
    if state.filed is not None:
        return NOT_ACCEPTED
    return LATE if state.is_due(due, now) else NOT_DUE


def _may(
    state: report.State, given: MandateGiven, member: Member, now: datetime
) -> frozenset[str]:
    may: set[str] = set()
    mine = given.holder.member == member.id
    late = state.is_due(given.terms.report_due, now)
    if mine and not state.is_in:
        may.add("file")
        if late:
            may.add("pause")
    if late and not state.is_awaited and rights.may(member, report.AskForReport):
        may.add("ask")
    if state.filed is not None and not mine:
        may.add("question")
    if state.filed is not None and mine:
        may.add("answer")
    judged = state.filed is None or state.judged is not None
    if not judged and rights.may(member, report.JudgeReport):
        may.add("judge")
    if not judged and rights.may(member, OpenBallot):
        may.add("put")
    return frozenset(may)


# What members do


def file_report(desk: Desk, seat: CompactId, n: int, by: MemberId, form: Form) -> None:
    """File one's report, for everybody to read."""
    form.only("text")
    text = form.text("text", N_("Your report"), most=LONGEST_TEXT)
    command = report.FileReport(
        compact=seat,
        mandate=n,
        holder=_given(desk, seat, n).holder.member,
        text=events.keep_wording(desk.connection, text),
        by=by,
        at=desk.now,
    )
    _carry_out(desk, seat, n, command)


def ask(desk: Desk, seat: CompactId, n: int, by: MemberId, form: Form) -> None:
    """Ask for a report that is late."""
    form.only()
    command = report.AskForReport(
        compact=seat,
        mandate=n,
        due=_given(desk, seat, n).terms.report_due,
        patience=assembly.rules(node.assembly_here(desk)).report_patience,
        by=by,
        at=desk.now,
    )
    _carry_out(desk, seat, n, command)


def pause(desk: Desk, seat: CompactId, n: int, by: MemberId, form: Form) -> None:
    """Take more time for one's report."""
    form.only("until")
    until = moments.time(form, "until", "Until")
    if until is None:
        raise Misused("“Until” is empty. Please give a day and a time.")
    command = report.PauseReport(
        compact=seat,
        mandate=n,
        holder=_given(desk, seat, n).holder.member,
        until=until,
        by=by,
        at=desk.now,
    )
    _carry_out(desk, seat, n, command)


def question(desk: Desk, seat: CompactId, n: int, by: MemberId, form: Form) -> None:
    """Ask the delegate something about their report."""
    form.only("question")
    words = form.text("question", "Your question", most=LONGEST_QUESTION)
    kept = _state(desk, seat, n).questions
    if any(naming.said(desk, each) == words for each in kept):
        return
    command = report.QuestionReport(
        question=events.keep_wording(desk.connection, words), by=by, at=desk.now
    )
    _carry_out(desk, seat, n, command)


def answer(desk: Desk, seat: CompactId, n: int, by: MemberId, form: Form) -> None:
    """Answer a question about one's report."""
    form.only("question", "answer")
    words = form.text("answer", "Your answer", most=LONGEST_QUESTION)
    command = report.AnswerQuestion(
        question=Commit(form.line("question", "Question", most=100)),
        answer=events.keep_wording(desk.connection, words),
        by=by,
        at=desk.now,
    )
    _carry_out(desk, seat, n, command)


def judge(desk: Desk, seat: CompactId, n: int, by: MemberId, form: Form) -> None:
    """Carry out what the ballot on a report said."""
    form.only("ballot")
    id = BallotId(form.line("ballot", "The ballot that decided", most=100))
    command = report.JudgeReport(
        decision=ballot.decided(balloting.the_ballot(desk, id)), by=by, at=desk.now
    )
    _carry_out(desk, seat, n, command)


Job = Callable[[Desk, CompactId, int, MemberId, Form], None]
JOBS: Final[dict[str, Job]] = {
    "file": file_report,
    "ask": ask,
    "pause": pause,
    "question": question,
    "answer": answer,
    "judge": judge,
}


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        member, seat, n = visits.the_member(request), *_which(request)
        shown = await site.node.look(lambda desk: view(desk, seat, n, member))
        return render(request, "report_back.html", page=shown)

    def acting(job: Job) -> Act:
        async def act(request: Request, form: Form) -> Response:
            member, seat, n = visits.the_member(request), *_which(request)
            await site.work(lambda desk: job(desk, seat, n, member.id, form))
            return see_other(f"/seats/{in_hex(seat)}/reports/{n}")

        return act

    path = "/seats/{hex}/reports/{number:int}"
    return [
        site.page(path, page),
        *(
            site.form(f"{path}/{name}", acting(job), again=page)
            for name, job in JOBS.items()
        ),
    ]


def _which(request: Request) -> tuple[CompactId, int]:
    return CompactId(asking.digest(request)), request.path_params["number"]


def _carry_out(desk: Desk, seat: CompactId, n: int, command: report.Command) -> None:
    asking.carry_out(desk, f"report:{seat}/{n}", command)


def _given(desk: Desk, seat: CompactId, number: int) -> MandateGiven:
    if not node.exists(desk, f"seat:{seat}"):
        raise Unknown("No such seat is known here.")
    state: election.State = node.load(desk, f"seat:{seat}")
    return mandating.numbered(state.mandates, number)


def _state(desk: Desk, seat: str, number: int) -> report.State:
    stream = f"report:{seat}/{number}"
    if not node.exists(desk, stream):
        return report.NOTHING
    state: report.State = node.load(desk, stream)
    return state
