"""Who came, as those who like to tell it tell it: counted, and joined to nobody's name.

Numbers are seen once the meeting is over, so that nobody can watch them change as
somebody answers. Small ones are held back; see `confederation.membership.demographics`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import session
from confederation.errors import ByNumber, NotEntitled, TooEarly, TooLate
from confederation.identifiers import Commit, SessionId
from confederation.membership import demographics
from confederation.membership.demographics import (
    MOST_ANSWERS,
    MOST_QUESTIONS,
    RATHER_NOT,
    AskWhoCame,
    Line,
    PublishCounts,
    Question,
)
from instance import node
from instance.desk import Desk
from instance.errors import Misused
from instance.store import demographics as counts
from instance.store import events
from instance.web import paper
from instance.web.afterwards import points
from instance.web.deciding import decided
from instance.web.deciding.decided import Choice
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.meeting import tables
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, see_other
from instance.web.visits import Holder, Member, Visit, the_member, the_voter

STREAM: Final = "demographics:it"
MOST_IN_QUESTION: Final = 200
MOST_IN_ANSWER: Final = 80
MOST_SLIPS: Final = 10_000
RATHER_NOT_SAYS: Final = N_("Rather not say")
BEGIN_WITH: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (
        N_("How old are you?"),
        (
            N_("Under 18"),
            N_("18 to 29"),
            N_("30 to 49"),
            N_("50 to 69"),
            N_("70 or over"),
        ),
    ),
    (
        N_("How do you live?"),
        (
            N_("In a home that I or my family own"),
            N_("I rent from somebody"),
            N_("I rent from the town or a housing association"),
            N_("In another way"),
        ),
    ),
    (
        N_("Does an illness or an impairment make everyday things harder for you?"),
        (N_("Yes"), N_("No")),
    ),
    (
        N_("Have you been to a meeting of ours before?"),
        (N_("No, this is the first"), N_("Once or twice"), N_("More often")),
    ),
)
"""What an assembly may begin with, in the language of whoever opens the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionView:
    """A question as it is asked: its answers by number, *rather not say* as 0."""

    number: int
    words: str
    answers: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is shown of one question; a number is None where it is held back."""

    words: str
    answers: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingPage:
    """The questions of one meeting, for one person; ``told`` is what came of them."""

    id: str
    title: str
    stage: str
    questions: tuple[QuestionView, ...]
    answered: bool
    told: tuple[Told, ...]
    public: bool
    may_answer: bool
    may_count: bool
    may_publish: bool
    decisions: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionsPage:
    """What the assembly asks; ``lines`` are the fields of the form that chooses it."""

    questions: tuple[QuestionView, ...]
    lines: tuple[tuple[str, str], ...]
    may_choose: bool


def routes(site: Site) -> list[Route]:
    async def questions(request: Request) -> Response:
        member = the_member(request)
        shown = await site.node.look(lambda desk: view_questions(desk, member))
        return render(
            request, "demographics_questions.html", page=shown, begin=BEGIN_WITH
        )

    async def choose(request: Request, form: Form) -> Response:
        numbers = range(1, MOST_QUESTIONS + 1)
        form.only(*(f"{part}{n}" for n in numbers for part in ("words", "answers")))
        member = the_member(request)
        await site.work(lambda desk: _choose(desk, form, member))
        return see_other("/who-came")

    async def page(request: Request) -> Response:
        visit: Visit = request.state.visit
        shown = await site.node.look(lambda desk: view(desk, _id(request), visit))
        return render(request, "demographics.html", page=shown)

    async def answered(request: Request, form: Form) -> Response:
        voter, id = the_voter(request), _id(request)

        def carry_out(desk: Desk) -> None:
            tables.check_in_it(desk, id, voter)
            session.be_open(node.load(desk, f"session:{id}"))
            asked = the_state(desk).questions
            form.only(*(f"q{each.number}" for each in asked))
            if not asked:
                raise TooEarly("Nothing is asked here yet.")
            given = {each.number: _answer(form, each) for each in asked}
            seat = tables.seat_of(desk, id, voter)
            counts.answer(desk.connection, id, seat, given)

        await site.work(carry_out)
        return see_other(f"/sessions/{id}/who-came")

    async def counted(request: Request, form: Form) -> Response:
        member, id = the_member(request), _id(request)

        def carry_out(desk: Desk) -> None:
            held: session.State = node.load(desk, f"session:{id}")
            if not may(member, AskWhoCame):
                raise NotEntitled("Whoever takes the notes enters the slips.")
            if held.opened is None:
                raise TooEarly("Slips are counted once the meeting has begun.")
            if SessionId(id) in the_state(desk).published:
                raise TooLate("Who came to this meeting has been told already.")
            asked = _asked(desk, id)
            form.only(*(f"c{q.number}-{n}" for q in asked for n in _numbers(q)))
            for each in asked:
                slips = {
                    n: form.whole(f"c{each.number}-{n}", N_("Slips"), most=MOST_SLIPS)
                    for n in _numbers(each)
                }
                counts.count_slips(desk.connection, id, each.number, slips)

        await site.work(carry_out)
        return see_other(f"/sessions/{id}/who-came")

    async def published(request: Request, form: Form) -> Response:
        form.only("decision")
        member, id = the_member(request), _id(request)
        await site.work(lambda desk: _publish(desk, id, member, form))
        # What was counted and is now held back for good does not stay in a log.
        await site.node.database.forget_steps()
        return see_other(f"/sessions/{id}/who-came")

    async def sheet(request: Request) -> Response:
        the_member(request)
        visit: Visit = request.state.visit
        shown = await site.node.look(lambda desk: view(desk, _id(request), visit))
        return paper.show(
            request,
            "sheet_demographics.html",
            back=f"/sessions/{_id(request)}/who-came",
            page=shown,
        )

    return [
        site.page("/who-came", questions),
        site.form("/who-came", choose, again=questions),
        site.page("/sessions/{id}/who-came", page),
        site.page("/sessions/{id}/who-came/sheet", sheet),
        site.form("/sessions/{id}/who-came", answered, again=page),
        site.form("/sessions/{id}/who-came/slips", counted, again=page),
        site.form("/sessions/{id}/who-came/publish", published, again=page),
    ]


def the_state(desk: Desk) -> demographics.State:
    """Return what is asked, and what was told."""
    if not node.exists(desk, STREAM):
        return demographics.NOTHING
    state: demographics.State = node.load(desk, STREAM)
    return state


def published(desk: Desk, id: str) -> tuple[Told, ...]:
    """Return what everybody is told of who came to a meeting; nothing until then."""
    told = the_state(desk).published.get(SessionId(id))
    return () if told is None else tuple(_told(desk, told.lines))


def view_questions(desk: Desk, member: Member) -> QuestionsPage:
    """Show what is asked, with the form that chooses it."""
    asked = tuple(_view(desk, each) for each in the_state(desk).questions)
    lines = [
        (each.words, "\n".join(says for number, says in each.answers if number))
        for each in asked
    ]
    return QuestionsPage(
        questions=asked,
        lines=tuple(lines),
        may_choose=may(member, AskWhoCame),
    )


def view(desk: Desk, id: str, visit: Visit) -> MeetingPage:
    """Show the questions of a meeting to who is in it, and the answers to who may.

    Raises:
        NotEntitled: it is for those in the meeting until the assembly tells it.
        Unknown: there is no such meeting.
    """
    held: session.State = node.load(desk, f"session:{id}")
    assert held.called is not None
    told, voter = published(desk, id), visit.member or visit.holder
    if voter is None and not told:
        raise NotEntitled(
            "This is for members, and for those who have a card of this meeting: "
            "please sign in first."
        )
    if voter is not None:
        tables.check_in_it(desk, id, voter)
    member = visit.member
    over, public = held.closed_at is not None, bool(told)
    leads = member is not None and may(member, AskWhoCame)
    publishes = member is not None and may(member, PublishCounts)
    if not told and over and leads:
        told = tuple(_told(desk, _lines(desk, id)))
    return MeetingPage(
        id=id,
        title=points.words(desk, held.called.notice.title),
        stage="open" if held.is_open else "over" if over else "ahead",
        questions=tuple(_view(desk, each) for each in _asked(desk, id)),
        answered=voter is not None and _has_answered(desk, id, voter),
        told=told,
        public=public,
        may_answer=voter is not None and held.is_open,
        may_count=leads and held.opened is not None and not public,
        may_publish=publishes and over and bool(told) and not public,
        decisions=decided.newest(desk) if publishes and over and not public else (),
    )


def _has_answered(desk: Desk, id: str, voter: Member | Holder) -> bool:
    return counts.answered(desk.connection, id, tables.seat_of(desk, id, voter))


def _asked(desk: Desk, id: str) -> tuple[Question, ...]:
    """Return what is asked at a meeting, or was asked where it is over.

    The questions of then are those that have numbers; none may have been counted yet.
    """
    found = counts.of_session(desk.connection, id)
    now = the_state(desk).questions
    held: session.State = node.load(desk, f"session:{id}")
    if held.closed_at is None or not found:
        return now
    return tuple(each for each in the_state(desk).ever if each.number in found)


def _choose(desk: Desk, form: Form, member: Member) -> None:
    state, chosen = the_state(desk), []
    for n in range(1, MOST_QUESTIONS + 1):
        words = form.line(f"words{n}", "Question", least=0, most=MOST_IN_QUESTION)
        most = MOST_ANSWERS * (MOST_IN_ANSWER + 1)
        text = form.text(f"answers{n}", "Answers", least=0, most=most)
        answers = tuple(line.strip() for line in text.split("\n") if line.strip())
        if any(len(each) > MOST_IN_ANSWER for each in answers):
            raise Misused(
                ByNumber(
                    "An answer has room for {most} character.",
                    "An answer has room for {most} characters.",
                ),
                most=MOST_IN_ANSWER,
            )
        if len(set(answers)) < len(answers):
            raise Misused("The same answer stands there twice.")
        if bool(words) != bool(answers):
            raise Misused("A question has its words, and its answers below them.")
        if words:
            chosen.append((words, answers))
    before = [
        (each.words, tuple(says for number, says in each.answers if number))
        for each in (_view(desk, asked) for asked in state.questions)
    ]
    if chosen == before:
        return

    def keep(text: str) -> Commit:
        return events.keep_wording(desk.connection, text)

    command = AskWhoCame(
        questions=tuple(
            (keep(words), tuple(keep(each) for each in answers))
            for words, answers in chosen
        ),
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, STREAM, command)


def _publish(desk: Desk, id: str, member: Member, form: Form) -> None:
    held: session.State = node.load(desk, f"session:{id}")
    if SessionId(id) in the_state(desk).published:
        return
    if held.closed_at is None:
        raise TooEarly("This can be told once the meeting is over.")
    lines = _lines(desk, id)
    if not lines:
        raise TooEarly("Nobody has answered anything at this meeting.")
    command = PublishCounts(
        session=SessionId(id),
        lines=lines,
        decision=decided.read(desk, form),
        by=member.id,
        at=desk.now,
    )
    node.perform(desk, STREAM, command)
    words = [each.words for each in lines]
    words += [says for each in lines for says, _ in each.answers if says is not None]
    events.release(desk.connection, words)
    counts.forget(desk.connection, id)


def _lines(desk: Desk, id: str) -> tuple[Line, ...]:
    found = counts.of_session(desk.connection, id)
    return tuple(
        Line(
            words=each.words,
            answers=tuple(_numbered(each, found[each.number])),
        )
        for each in _asked(desk, id)
        if sum(found.get(each.number, {}).values())
    )


def _numbered(
    question: Question, found: Mapping[int, int]
) -> Iterator[tuple[Commit | None, int | None]]:
    told = demographics.shown({n: found.get(n, 0) for n in _numbers(question)})
    for number, says in enumerate(question.answers, start=1):
        yield says, told[number]
    yield None, told[RATHER_NOT]


def _told(desk: Desk, lines: tuple[Line, ...]) -> Iterator[Told]:
    for line in lines:
        yield Told(
            words=points.words(desk, line.words),
            answers=tuple(
                (RATHER_NOT_SAYS if says is None else points.words(desk, says), number)
                for says, number in line.answers
            ),
        )


def _view(desk: Desk, question: Question) -> QuestionView:
    answers = [
        (number, points.words(desk, says))
        for number, says in enumerate(question.answers, start=1)
    ]
    return QuestionView(
        number=question.number,
        words=points.words(desk, question.words),
        answers=(*answers, (RATHER_NOT, RATHER_NOT_SAYS)),
    )


def _numbers(question: Question) -> range:
    return range(len(question.answers) + 1)


def _answer(form: Form, question: Question) -> int:
    """Return what was answered; whoever leaves a question out would rather not say."""
    given = form.one(f"q{question.number}") or str(RATHER_NOT)
    if given not in {str(number) for number in _numbers(question)}:
        raise Misused("This answer was not offered. Please choose again.")
    return int(given)


def _id(request: Request) -> str:
    id: str = request.path_params["id"]
    return id
