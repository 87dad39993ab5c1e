"""A project's page about its own address: who has agreed, its news, and its end."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.dealings import action
from confederation.identifiers import ActionId
from instance import node
from instance.dealings import projects
from instance.desk import Desk
from instance.store import posts
from instance.web import telling
from instance.web.afterwards import points
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.visits import Member, the_member

MOST_IN_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectPage:
    """``agreed`` of ``people`` said yes; without an address ``handle`` is empty."""

    id: str
    what: str
    public: bool
    mine: bool
    agreed: int
    people: int
    by_me: bool
    handle: str
    href: str
    followers: int
    ended: bool


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        member, id = the_member(request), ActionId(request.path_params["id"])
        shown = await site.node.look(lambda desk: view(desk, id, member))
        return render(request, "project.html", page=shown)

    async def agreed(request: Request, form: Form) -> Response:
        form.only()
        member, id = the_member(request), ActionId(request.path_params["id"])
        await site.work(lambda desk: projects.agree(desk, id, member.id))
        return see_other(f"/actions/{id}/project")

    async def opened(request: Request, form: Form) -> Response:
        form.only("username", "name", "summary", "aware")
        member, id = the_member(request), ActionId(request.path_params["id"])
        username = form.line("username", "Its address", most=30)
        name = form.line("name", "What it is called", most=MOST_IN_NAME)
        summary = form.line(
            "summary", "What it does", least=0, most=projects.LONGEST_SUMMARY
        )

        def carry_out(desk: Desk) -> None:
            _check(desk, form, f"{username}\n{name}\n{summary}")
            projects.open(
                desk, id, member.id, username=username, name=name, summary=summary
            )

        await site.work(carry_out)
        return see_other(f"/actions/{id}/project")

    async def told(request: Request, form: Form) -> Response:
        form.only("news", "aware")
        member, id = the_member(request), ActionId(request.path_params["id"])
        news = form.text("news", N_("The news"), most=projects.LONGEST_NEWS)

        def carry_out(desk: Desk) -> None:
            _check(desk, form, news)
            projects.tell(desk, id, news, member.id)

        await site.work(carry_out)
        return see_other(f"/actions/{id}/project")

    async def ended(request: Request, form: Form) -> Response:
        form.only()
        member, id = the_member(request), ActionId(request.path_params["id"])
        await site.work(lambda desk: projects.wind_up(desk, id, member.id))
        return see_other(f"/actions/{id}/project")

    there = "/actions/{id}/project"
    return [
        site.page(there, page),
        site.form(f"{there}/agree", agreed, again=page),
        site.form(f"{there}/open", opened, again=page),
        site.form(f"{there}/news", told, again=page),
        site.form(f"{there}/end", ended, again=page),
    ]


def view(desk: Desk, id: ActionId, member: Member) -> ProjectPage:
    """Show how far a project is with an address of its own.

    Raises:
        Unknown: there is no such action.
    """
    state: action.State = node.load(desk, f"action:{id}")
    assert state.offered is not None
    people, found = projects.people_of(desk, id), projects.load(desk, id)
    actor = projects.actor(desk, id)
    return ProjectPage(
        id=id,
        what=points.words(desk, state.offered.words.what),
        public=state.offered.told == "everyone" and state.open,
        mine=member.id in people,
        agreed=len(found.agreed & people),
        people=len(people),
        by_me=member.id in found.agreed,
        handle="" if actor is None else f"@{actor.username}@{desk.config.host}",
        href="" if actor is None else f"/{actor.path}",
        followers=0
        if actor is None
        else posts.follower_count(desk.connection, actor.path),
        ended=found.ended,
    )


def _check(desk: Desk, form: Form, text: str) -> None:
    if not form.ticked("aware"):
        telling.check_text(desk, text)
