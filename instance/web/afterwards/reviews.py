"""Looking back: a few questions, answered without names, and no number among them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import session
from confederation.errors import ByNumber, NotEntitled, Unknown
from confederation.identifiers import Commit, ReviewId, SessionId
from confederation.meeting import review
from confederation.meeting.review import (
    MOST_EVERY,
    ChooseQuestions,
    OpenReview,
    PublishReview,
    ReviewOpened,
)
from instance import node, speech
from instance.desk import Desk
from instance.errors import Misused
from instance.fediverse import markup
from instance.store import events, review_answers, tellings
from instance.store.review_answers import Answer
from instance.web import telling
from instance.web.afterwards import points
from instance.web.deciding import decided
from instance.web.deciding.decided import Choice
from instance.web.forms import Form
from instance.web.languages import N_, phrased
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, see_other
from instance.web.visits import Member, Visit, the_member

STREAM: Final = "review:it"
MOST_IN_QUESTION: Final = 200
MOST_IN_ANSWER: Final = 1_000
MOST_IN_TEXT: Final = 8_000
MOST_OFFERED: Final = 3
USUAL: Final = (
    N_("What did we learn?"),
    N_("What surprised us?"),
    N_("Who was missing, and what kept them away?"),
    N_("What would we like to try?"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingLine:
    """A meeting on which one can look back."""

    id: str
    title: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A review in a list."""

    id: str
    meetings: tuple[MeetingLine, ...]
    at: datetime
    public: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """The reviews; ``due`` are meetings on which it is time to look back together."""

    lines: tuple[Line, ...]
    open_for: tuple[MeetingLine, ...]
    due: tuple[MeetingLine, ...]
    questions: tuple[str, ...]
    usual: bool
    every: int
    may_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question by its place, with what was answered."""

    place: int
    words: str
    answers: tuple[Answer, ...]
    once: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage:
    """One review as one reader sees it; ``text`` is what everybody is told."""

    line: Line
    asked: tuple[Asked, ...]
    text: str
    draft: str
    inside: bool
    may_note: bool
    may_publish: bool
    decisions: tuple[Choice, ...]


def routes(site: Site) -> list[Route]:
    async def listed(request: Request) -> Response:
        member = the_member(request)
        shown = await site.node.look(lambda desk: view_list(desk, member))
        return render(request, "reviews.html", page=shown, most_every=MOST_EVERY)

    async def choose(request: Request, form: Form) -> Response:
        form.only("questions", "every")
        member = the_member(request)
        every = form.whole("every", N_("After how many meetings"), most=MOST_EVERY)
        most = review.MOST_QUESTIONS * (MOST_IN_QUESTION + 1)
        text = form.text("questions", N_("The questions"), most=most)
        asked = tuple(line.strip() for line in text.split("\n") if line.strip())
        if any(len(each) > MOST_IN_QUESTION for each in asked):
            raise Misused(
                ByNumber(
                    "A question has room for {most} character.",
                    "A question has room for {most} characters.",
                ),
                most=MOST_IN_QUESTION,
            )

        def carry_out(desk: Desk) -> None:
            state = the_reviews(desk)
            before = tuple(points.words(desk, each) for each in state.questions)
            if (asked, every) == (before, state.every):
                return
            command = ChooseQuestions(
                questions=state.questions if asked == before else _kept(desk, asked),
                every=every,
                by=member.id,
                at=desk.now,
            )
            node.perform(desk, STREAM, command)

        await site.work(carry_out)
        return see_other("/reviews")

    async def begin(request: Request, form: Form) -> Response:
        form.only("session")
        member = the_member(request)
        sessions = tuple(SessionId(each) for each in form.values.get("session", ()))

        def carry_out(desk: Desk) -> str:
            if not {*sessions} <= {each.id for each in _over(desk)}:
                raise Unknown("One of these meetings is not over, or there is none.")
            state = the_reviews(desk)
            command = OpenReview(
                review=ReviewId(desk.new_id()),
                sessions=sessions,
                usual=() if state.questions else _kept(desk, USUAL),
                by=member.id,
                at=desk.now,
            )
            node.perform(desk, STREAM, command)
            found = the_reviews(desk).of(sessions)
            assert found is not None
            return found.review

        return see_other(f"/reviews/{await site.work(carry_out)}")

    async def page(request: Request) -> Response:
        visit: Visit = request.state.visit
        shown = await site.node.look(lambda desk: view(desk, _id(request), visit))
        return render(request, "review.html", page=shown)

    async def answer(request: Request, form: Form) -> Response:
        form.only("question", "says", "once", "room")
        member, once = the_member(request), telling.once(form)
        says = form.text("says", "The answer", most=MOST_IN_ANSWER)

        def carry_out(desk: Desk) -> None:
            found = review.the_review(the_reviews(desk), _id(request))
            place = form.whole("question", "Question", most=review.MOST_QUESTIONS)
            if place >= len(found.questions):
                raise Misused("This review has no such question.")
            in_room = form.ticked("room")
            if in_room and not may(member, OpenReview):
                raise NotEntitled("Whoever takes the notes writes for the room.")
            given = Answer(id=once, question=place, says=says, in_room=in_room)
            review_answers.keep(desk.connection, found.review, given)

        await site.work(carry_out)
        return see_other(f"/reviews/{_id(request)}")

    async def strike(request: Request, form: Form) -> Response:
        form.only("answer")
        member, id = the_member(request), _id(request)
        if not may(member, OpenReview):
            raise NotEntitled("Whoever takes the notes takes an answer out.")
        named = form.line("answer", "Answer", most=40)
        await site.work(lambda desk: review_answers.remove(desk.connection, id, named))
        await site.node.database.forget_steps()
        return see_other(f"/reviews/{id}")

    async def publish(request: Request, form: Form) -> Response:
        form.only("text", "decision", "aware")
        member, id = the_member(request), _id(request)
        text = form.text("text", "What everybody is told", most=MOST_IN_TEXT)
        await site.work(lambda desk: _publish(desk, id, member, form, text))
        return see_other(f"/reviews/{id}")

    return [
        site.page("/reviews", listed),
        site.form("/reviews", begin, again=listed),
        site.form("/reviews/questions", choose, again=listed),
        site.page("/reviews/{id}", page),
        site.form("/reviews/{id}/answer", answer, again=page),
        site.form("/reviews/{id}/strike", strike, again=page),
        site.form("/reviews/{id}/publish", publish, again=page),
    ]


def the_reviews(desk: Desk) -> review.State:
    """Return what the assembly asks itself, and its reviews."""
    if not node.exists(desk, STREAM):
        return review.NOTHING
    state: review.State = node.load(desk, STREAM)
    return state


def awaits(desk: Desk, member: Member) -> Iterator[tuple[str, str]]:
    """Say that it is time to look back, to who can begin it; and where."""
    over = tuple(SessionId(each.id) for each in reversed(_over(desk)))
    if may(member, OpenReview) and the_reviews(desk).due(over):
        yield N_("Look back together on the last meetings"), "/reviews"


def view_list(desk: Desk, member: Member) -> ListPage:
    """Show the reviews, and on which meetings one could look back now."""
    state, over = the_reviews(desk), _over(desk)
    due = state.due(tuple(SessionId(each.id) for each in reversed(over)))
    return ListPage(
        lines=tuple(_line(desk, each) for each in reversed([*state.reviews.values()])),
        open_for=tuple(
            each for each in over if state.of((SessionId(each.id),)) is None
        )[:MOST_OFFERED],
        due=tuple(each for each in reversed(over) if each.id in due),
        questions=tuple(points.words(desk, each) for each in state.questions) or USUAL,
        usual=not state.questions,
        every=state.every,
        may_open=may(member, OpenReview),
    )


def view(desk: Desk, id: str, visit: Visit) -> ReviewPage:
    """Show a review: to members, or what was told of it to everybody.

    Raises:
        NotEntitled: it is for members so far.
        Unknown: there is none.
    """
    state, member = the_reviews(desk), visit.member
    found = review.the_review(state, id)
    told = state.published.get(found.review)
    if member is None and told is None:
        raise NotEntitled("What we see when we look back is for members so far.")
    answers = review_answers.of_review(desk.connection, id) if member else ()
    asked = tuple(
        Asked(
            place=place,
            words=points.words(desk, words),
            answers=tuple(each for each in answers if each.question == place),
            once=desk.new_id(),
        )
        for place, words in enumerate(found.questions)
    )
    publishes = member is not None and may(member, PublishReview) and told is None
    return ReviewPage(
        line=_line(desk, found),
        asked=asked,
        text="" if told is None else points.words(desk, told.text),
        draft="\n\n".join(
            "\n".join((each.words, *(f"– {given.says}" for given in each.answers)))
            for each in asked
            if each.answers
        )[:MOST_IN_TEXT],
        inside=member is not None,
        may_note=member is not None and may(member, OpenReview),
        may_publish=publishes,
        decisions=decided.newest(desk) if publishes else (),
    )


def _publish(desk: Desk, id: str, member: Member, form: Form, text: str) -> None:
    state = the_reviews(desk)
    found = review.the_review(state, id)
    told = state.published.get(found.review)
    if told is not None and points.words(desk, told.text) == text:
        return
    if not form.ticked("aware"):
        telling.check_text(desk, text)
    command = PublishReview(
        review=found.review,
        text=events.keep_wording(desk.connection, text, public=True),
        decision=decided.read(desk, form),
        by=member.id,
        at=desk.now,
    )
    if not node.perform(desk, STREAM, command):
        return
    title = phrased("Looking back")
    html = Markup("<p><strong>{}</strong></p>{}").format(title, markup.paragraphs(text))
    post = speech.say(desk, html=str(html), title=title, page=f"/reviews/{id}")
    tellings.keep(desk.connection, f"review:{id}", post=post)


def _over(desk: Desk) -> list[MeetingLine]:
    """List the meetings that are over, the newest first."""
    return [
        _meeting(desk, id, state)
        for id, state in node.load_all(desk, "session").items()
        if state.closed_at is not None
    ]


def _meeting(desk: Desk, id: str, state: session.State) -> MeetingLine:
    assert state.called is not None
    notice = state.called.notice
    return MeetingLine(
        id=id, title=points.words(desk, notice.title), at=notice.starts_at
    )


def _line(desk: Desk, found: ReviewOpened) -> Line:
    return Line(
        id=found.review,
        meetings=tuple(
            _meeting(desk, each, node.load(desk, f"session:{each}"))
            for each in found.sessions
        ),
        at=found.at,
        public=found.review in the_reviews(desk).published,
    )


def _kept(desk: Desk, texts: tuple[str, ...]) -> tuple[Commit, ...]:
    return tuple(events.keep_wording(desk.connection, each) for each in texts)


def _id(request: Request) -> str:
    id: str = request.path_params["id"]
    return id
