"""Common ground: short statements that people mark, and what is shared across groups.

Who marked what is shown to nobody but themselves, and gone when the question closes.
It is no vote, and no page calls it one.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Final, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import session
from confederation.deciding import common_ground, motion
from confederation.deciding.bridging import Mark
from confederation.deciding.common_ground import Reason, State
from confederation.errors import (
    ByNumber,
    Invalid,
    NotEntitled,
    Refused,
    Sentences,
    TooEarly,
)
from confederation.identifiers import GroundId, MotionId, SessionId
from confederation.meeting import point
from confederation.meeting.point import WHOLE_ROOM, Place
from instance import node
from instance.desk import Desk
from instance.errors import Misused
from instance.meeting import ground, slips
from instance.store import events, people
from instance.web.afterwards import points
from instance.web.deciding import motions
from instance.web.deciding.ground_view import (
    LETTERS,
    MARKS,
    REASONS,
    there,
    view,
    view_list,
)
from instance.web.forms import Form
from instance.web.languages import phrased
from instance.web.meeting import screen
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, see_other
from instance.web.visits import Member, the_member, the_voter

MOST_IN_QUESTION: Final = 200
MOST_IN_STATEMENT: Final = 140
MOST_NUMBER: Final = 9_999
ON_THE_SCREEN: Final = 4
_SEVERAL: Final = re.compile(r"\w{4,}[.!?]\s+\S")
"""A sentence that ends before the statement does; short words may be shortened ones."""


def routes(site: Site) -> list[Route]:
    async def listed(request: Request) -> Response:
        voter = the_voter(request)
        shown = await site.node.look(lambda desk: view_list(desk, _id(request), voter))
        return render(request, "common_grounds.html", page=shown)

    async def asked(request: Request, form: Form) -> Response:
        form.only("question")
        member = the_member(request)
        question = form.line("question", "The question", most=MOST_IN_QUESTION)

        def carry_out(desk: Desk) -> str:
            id = _id(request)
            held: session.State = node.load(desk, f"session:{id}")
            if points.is_circle(held):
                raise Refused("A listening circle listens. Nothing in it is marked.")
            if held.closed_at is not None or held.cancelled_at is not None:
                session.be_open(held)
                raise TooEarly("This meeting was called off.")
            fresh = GroundId(desk.new_id())
            command = common_ground.AskForStatements(
                ground=fresh,
                session=SessionId(id),
                question=events.keep_wording(desk.connection, question),
                by=member.id,
                at=desk.now,
            )
            node.perform(desk, f"common_ground:{fresh}", command)
            return fresh

        fresh = await site.work(carry_out)
        return see_other(f"/sessions/{_id(request)}/common-ground/{fresh}")

    async def page(request: Request) -> Response:
        voter = the_voter(request)
        shown = await site.node.look(
            lambda desk: view(desk, _id(request), _ground(request), voter)
        )
        added = "added" in request.query_params
        return render(
            request,
            "common_ground.html",
            page=shown,
            marks=MARKS,
            reasons=REASONS,
            added=added,
        )

    async def on_screen(request: Request) -> Response:
        screen.somebody_here(request)
        voter = the_voter(request)
        shown = await site.node.look(
            lambda desk: view(desk, _id(request), _ground(request), voter)
        )
        join = screen.how_to_join(site.node.config)
        return render(
            request,
            "common_ground_screen.html",
            page=shown,
            join=join,
            most=ON_THE_SCREEN,
        )

    async def marked_one(request: Request, form: Form) -> Response:
        form.only("mark")
        voter = the_voter(request)
        number, mark = _read_mark(form)

        def carry_out(desk: Desk) -> None:
            there(desk, _id(request), _ground(request), voter)
            ground.answer(desk, _ground(request), voter.voter, number, mark)

        await site.work(carry_out)
        return see_other(f"{request.url.path.removesuffix('/mark')}#next")

    async def added(request: Request, form: Form) -> Response:
        form.only("words")
        voter = the_voter(request)
        words = _one_sentence(form)

        def carry_out(desk: Desk) -> None:
            there(desk, _id(request), _ground(request), voter)
            _about_things(desk, words)
            state = ground.opened(desk, _ground(request))
            if any(
                events.wording(desk.connection, each.words) == words
                for each in state.statements.values()
            ):
                raise Refused("There is a statement in these very words already.")
            command = common_ground.AddStatement(
                words=events.keep_wording(desk.connection, words), at=desk.now
            )
            node.perform(desk, f"common_ground:{_ground(request)}", command)

        await site.work(carry_out)
        return see_other(f"{request.url.path.removesuffix('/add')}?added#say")

    def leading(
        carry_out: Callable[[Desk, str, Member, Form], None], *known: str
    ) -> Callable[[Request, Form], Awaitable[Response]]:
        async def act(request: Request, form: Form) -> Response:
            form.only(*known)
            member, id = the_member(request), _ground(request)

            def work(desk: Desk) -> None:
                there(desk, _id(request), id, member)
                carry_out(desk, id, member, form)

            await site.work(work)
            return see_other(f"/sessions/{_id(request)}/common-ground/{id}")

        return act

    async def closed(request: Request, form: Form) -> Response:
        response = await leading(_close)(request, form)
        # Who marked what must not lie side by side in a log.
        await site.node.database.forget_steps()
        return response

    async def drafted(request: Request, form: Form) -> Response:
        form.only("number")
        member = the_member(request)
        number = form.whole("number", "Statement", least=1, most=MOST_NUMBER)

        def carry_out(desk: Desk) -> str:
            state = there(desk, _id(request), _ground(request), member)
            words = _words_of(desk, state, number)
            fresh = MotionId(desk.new_id())
            command = motion.DraftMotion(
                motion=fresh,
                title=events.keep_wording(desk.connection, words),
                text=motions.keep_text(desk, (words,)),
                issue=None,
                by=member.id,
                at=desk.now,
            )
            node.perform(desk, f"motion:{fresh}", command)
            return fresh

        return see_other(f"/motions/{await site.work(carry_out)}")

    here = "/sessions/{id}/common-ground"
    one = f"{here}/{{ground}}"

    def form(name: str, act: Callable[[Request, Form], Awaitable[Response]]) -> Route:
        return site.form(f"{one}/{name}", act, again=page)

    return [
        site.page(here, listed),
        site.form(here, asked, again=listed),
        site.page(one, page),
        site.page(f"{one}/screen", on_screen),
        form("mark", marked_one),
        form("add", added),
        form("show", leading(_show, "number")),
        form("aside", leading(_set_aside, "number", "reason")),
        form("draw", leading(_draw)),
        form("close", closed),
        form("keep", leading(_keep, "number")),
        form("motion", drafted),
    ]


def _show(desk: Desk, id: str, member: Member, form: Form) -> None:
    number = form.whole("number", "Statement", least=1, most=MOST_NUMBER)
    command = common_ground.ShowStatement(number=number, by=member.id, at=desk.now)
    node.perform(desk, f"common_ground:{id}", command)


def _set_aside(desk: Desk, id: str, member: Member, form: Form) -> None:
    number = form.whole("number", "Statement", least=1, most=MOST_NUMBER)
    reason = cast(Reason, form.choice("reason", "Why", among=REASONS))
    command = common_ground.SetAside(
        number=number, reason=reason, by=member.id, at=desk.now
    )
    node.perform(desk, f"common_ground:{id}", command)
    if reason == "person":
        state: State = node.load(desk, f"common_ground:{id}")
        events.forget_wording(desk.connection, [state.statements[number].words])


def _draw(desk: Desk, id: str, member: Member, form: Form) -> None:
    _leads(member)
    ground.draw(desk, id, by=member.id)


def _close(desk: Desk, id: str, member: Member, form: Form) -> None:
    _leads(member)
    ground.close(desk, id, by=member.id)


def _leads(member: Member) -> None:
    if not may(member, common_ground.DrawView):
        raise NotEntitled("This is for whoever leads the meeting.")


def _keep(desk: Desk, id: str, member: Member, form: Form) -> None:
    """Keep a statement of the view as a point of the whole room, with how it stood."""
    number = form.whole("number", "Statement", least=1, most=MOST_NUMBER)
    state: State = node.load(desk, f"common_ground:{id}")
    words = _words_of(desk, state, number)
    assert state.asked is not None
    meeting = state.asked.session
    points.check_note_taker(desk, meeting, member)
    held = points.of_meeting(desk, meeting)
    if any(
        points.words(desk, each.what) == words
        for each in held.points.values()
        if each.place.table == WHOLE_ROOM
    ):
        return
    free = point.next_number(held, WHOLE_ROOM)
    if free is None:
        raise Invalid(
            ByNumber(
                "There is room for {most} point of the whole room.",
                "There is room for {most} points of the whole room.",
            ),
            most=point.MOST_FROM_THE_ROOM,
        )
    place = Place(table=WHOLE_ROOM, number=free)
    why = _in_words(state, number)
    points.record(desk, meeting, place, words, why, by=member.id)


def _in_words(state: State, number: int) -> str:
    """Say how a statement stood in the view, as the note-taker would."""
    assert state.drawn is not None
    line = next(each for each in state.drawn.view.lines if each.statement == number)
    figures = "; ".join(
        phrased(
            "group {letter}: {agree} of {marked} agreed, {disagree} disagreed",
            letter=letter,
            agree=count.agree,
            marked=count.marked,
            disagree=count.disagree,
        )
        for letter, count in zip(LETTERS, line.counts, strict=False)
        if count is not None
    )
    says = phrased("Marked by those who were asked, and not voted on.")
    return f"{says} {figures}".strip()


def _words_of(desk: Desk, state: State, number: int) -> str:
    """Return a statement of the view that was drawn, to lead to something else.

    Raises:
        TooEarly: it is in none.
    """
    lines = () if state.drawn is None else state.drawn.view.lines
    if all(line.statement != number for line in lines):
        raise TooEarly("This statement is in no view yet.")
    words = events.wording(desk.connection, state.statements[number].words)
    if words is None:
        raise Refused("The words of this statement are gone.")
    return words


def _one_sentence(form: Form) -> str:
    words = form.line("words", "Your statement", least=3, most=MOST_IN_STATEMENT)
    if _SEVERAL.search(words):
        raise Misused(
            "A statement is one sentence, so that everybody knows what they agree "
            "with. Please make two statements of it."
        )
    return words


def _about_things(desk: Desk, words: str) -> None:
    """Make sure that a statement names nobody.

    Raises:
        Misused: it does.
    """
    found = slips.given_away(words, (), names=people.names(desk.connection).values())
    if found:
        raise Misused(
            "A statement is about things, and not about people. {found} Please say it "
            "in other words.",
            found=Sentences(found),
        )


def _read_mark(form: Form) -> tuple[int, Mark]:
    number, _, mark = form.one("mark").partition(" ")
    if not (number.isascii() and number.isdecimal() and len(number) <= 4):
        raise Misused("Please press one of the buttons below a statement.")
    if mark not in MARKS:
        raise Misused("Please press one of the buttons below a statement.")
    return int(number), cast(Mark, mark)


def _id(request: Request) -> str:
    id: str = request.path_params["id"]
    return id


def _ground(request: Request) -> str:
    id: str = request.path_params["ground"]
    return id
