"""What we want, who can give it, and our next three steps."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.dealings import action
from confederation.errors import NotEntitled, Unknown
from confederation.identifiers import ActionId, GoalId
from confederation.meeting import goal
from confederation.meeting.goal import STEPS, GoalSet
from instance import node
from instance.desk import Desk
from instance.store import events
from instance.web import telling
from instance.web.afterwards import actions, points
from instance.web.afterwards.actions import Line
from instance.web.forms import Form
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, see_other
from instance.web.visits import Member, signed_in, the_member

MOST: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalPage:
    """The goal as one reader sees it; ``want`` is empty while there is none."""

    want: str
    giver: str
    public: bool
    steps: tuple[Line, ...]
    others: tuple[Line, ...]
    room_for: int
    may_set: bool
    once: str


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        member = signed_in(request)
        shown = await site.node.look(lambda desk: view(desk, member))
        return render(
            request,
            "goal.html",
            page=shown,
            told=telling.TOLD,
            states=actions.STATES,
            efforts=actions.EFFORTS,
        )

    async def set_goal(request: Request, form: Form) -> Response:
        form.only("want", "giver", *telling.FIELDS)
        member, id = the_member(request), telling.once(form)
        want = form.line("want", "What we want", most=MOST)
        giver = form.line("giver", "Who can give it", most=MOST)

        def carry_out(desk: Desk) -> None:
            state = the_goal(desk)
            if state.goal is not None and _says(desk, state.goal) == (
                *(want, giver),
                telling.told(form),
            ):
                return
            telling.check(desk, form, want, giver)
            command = goal.SetGoal(
                goal=GoalId(id),
                want=events.keep_wording(desk.connection, want),
                giver=events.keep_wording(desk.connection, giver),
                told=telling.told(form),
                by=member.id,
                at=desk.now,
            )
            node.perform(desk, "goal:it", command)
            if command.told == "everyone":
                events.release(desk.connection, [command.want, command.giver])

        await site.work(carry_out)
        return see_other("/goal")

    async def chosen(request: Request, form: Form) -> Response:
        form.only("action")
        member = the_member(request)

        def carry_out(desk: Desk) -> None:
            state: action.State = node.load(desk, f"action:{form.one('action')}")
            if not state.open:
                raise Unknown("That action is over. Choose one that is still open.")
            command = goal.ChooseStep(
                action=ActionId(form.one("action")), by=member.id, at=desk.now
            )
            node.perform(desk, "goal:it", command)

        await site.work(carry_out)
        return see_other("/goal")

    async def left(request: Request, form: Form) -> Response:
        form.only("action")
        member = the_member(request)

        def carry_out(desk: Desk) -> None:
            if not may(member, goal.SetGoal):
                raise NotEntitled("Whoever takes the notes keeps the next steps.")
            command = goal.LeaveStep(
                action=ActionId(form.one("action")), by=member.id, at=desk.now
            )
            node.perform(desk, "goal:it", command)

        await site.work(carry_out)
        return see_other("/goal")

    return [
        site.page("/goal", page),
        site.form("/goal", set_goal, again=page),
        site.form("/goal/step", chosen, again=page),
        site.form("/goal/leave-step", left, again=page),
    ]


def the_goal(desk: Desk) -> goal.State:
    """Return the goal as it stands, set or not."""
    if not node.exists(desk, "goal:it"):
        return goal.NOTHING
    state: goal.State = node.load(desk, "goal:it")
    return state


def view(desk: Desk, member: Member | None) -> GoalPage:
    """Show the goal.

    Raises:
        NotEntitled: it is for members.
    """
    state = the_goal(desk)
    told = None if state.goal is None else state.goal.told
    if member is None and told != "everyone":
        raise NotEntitled("What we want is for members so far: please sign in first.")
    want, giver, _ = _says(desk, state.goal) if state.goal else ("", "", "")
    open_ones = [each for each in actions.lines(desk, member) if _is_open(each)]
    return GoalPage(
        want=want,
        giver=giver,
        public=told == "everyone",
        steps=tuple(
            next(each for each in open_ones if each.id == id)
            for id in state.steps
            if any(each.id == id for each in open_ones)
        ),
        others=tuple(
            each
            for each in open_ones
            if each.id not in state.steps and each.kind != "bringing"
        ),
        room_for=STEPS - len(state.steps),
        may_set=member is not None and may(member, goal.SetGoal),
        once=desk.new_id(),
    )


def _is_open(line: Line) -> bool:
    return line.status not in ("done", "dropped")


def _says(desk: Desk, said: GoalSet) -> tuple[str, str, str]:
    return (points.words(desk, said.want), points.words(desk, said.giver), said.told)
