"""What tables said in their own words is gathered under headings; nothing is lost."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.identifiers import SessionId
from confederation.meeting import minutes, theme
from confederation.meeting.theme import MOST_THEMES
from instance import node
from instance.desk import Desk
from instance.store import events
from instance.web.afterwards import points
from instance.web.afterwards.points import PointView
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.meeting import photos, tables
from instance.web.meeting.photos import PhotoView
from instance.web.rendering import render
from instance.web.rights import may, may_at
from instance.web.site import Site, see_other
from instance.web.visits import Member, Visit, the_member, the_voter

MOST_IN_THEME: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeView:
    """A heading with what stands under it."""

    number: int
    words: str
    points: tuple[PointView, ...]
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemesPage:
    """What was said in a meeting, by theme, and what stands by itself."""

    id: str
    title: str
    themes: tuple[ThemeView, ...]
    alone: tuple[PointView, ...]
    next: int
    may_gather: bool
    outcomes: tuple[PhotoView, ...]
    may_attach: bool


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        the_voter(request)
        visit: Visit = request.state.visit
        shown = await site.node.look(lambda desk: view(desk, _id(request), visit))
        return render(request, "themes.html", page=shown)

    async def gathered(request: Request, form: Form) -> Response:
        form.only("theme", "next", "words", "point")
        member = the_member(request)
        number = form.whole("theme", "Theme", most=MOST_THEMES)
        words = form.line("words", "Theme", least=0, most=MOST_IN_THEME)
        places = tuple(points.read_key(key) for key in form.values.get("point", ()))
        fresh = form.whole("next", "Theme", least=1, most=MOST_THEMES + 1)

        def carry_out(desk: Desk) -> None:
            id = SessionId(_id(request))
            node.load(desk, f"session:{id}")
            to = number or fresh
            if words or not number:
                said = form.line("words", N_("The new theme"), most=MOST_IN_THEME)
                known = of_meeting(desk, id).themes.get(to)
                if known is None or points.words(desk, known.words) != said:
                    named = theme.NameTheme(
                        session=id,
                        theme=to,
                        words=events.keep_wording(desk.connection, said),
                        by=member.id,
                        at=desk.now,
                    )
                    node.perform(desk, f"theme:{id}", named)
            if places:
                gather = theme.GatherPoints(
                    session=id, theme=to, places=places, by=member.id, at=desk.now
                )
                node.perform(desk, f"theme:{id}", gather)

        await site.work(carry_out)
        return see_other(f"/sessions/{_id(request)}/themes")

    async def dropped(request: Request, form: Form) -> Response:
        form.only("theme")
        member = the_member(request)
        number = form.whole("theme", "Theme", least=1, most=MOST_THEMES)

        def carry_out(desk: Desk) -> None:
            id = SessionId(_id(request))
            drop = theme.DropTheme(session=id, theme=number, by=member.id, at=desk.now)
            node.perform(desk, f"theme:{id}", drop)

        await site.work(carry_out)
        return see_other(f"/sessions/{_id(request)}/themes")

    return [
        site.page("/sessions/{id}/themes", page),
        site.form("/sessions/{id}/themes", gathered, again=page),
        site.form("/sessions/{id}/themes/drop", dropped, again=page),
    ]


def of_meeting(desk: Desk, id: str) -> theme.State:
    """Return the themes of a meeting; none where nobody gathered any."""
    stream = f"theme:{id}"
    if not node.exists(desk, stream):
        return theme.NOTHING
    state: theme.State = node.load(desk, stream)
    return state


def view(desk: Desk, id: str, visit: Visit) -> ThemesPage:
    """Show what was said in a meeting, to somebody who is in it.

    Raises:
        NotEntitled: their card is of another meeting.
        Unknown: there is no such meeting.
    """
    voter = visit.member or visit.holder
    assert voter is not None
    title = tables.check_in_it(desk, id, voter)
    held, said = of_meeting(desk, id), points.of_meeting(desk, id)
    return ThemesPage(
        id=id,
        title=title,
        themes=tuple(
            ThemeView(
                number=each.number,
                words=points.words(desk, each.words),
                points=tuple(
                    points.a_view(desk, said.points[place])
                    for place in each.places
                    if place in said.points
                ),
                key=f"theme.{each.number}",
            )
            for each in sorted(held.themes.values(), key=lambda each: each.number)
        ),
        alone=tuple(
            points.a_view(desk, each)
            for each in said.in_order
            if held.theme_of(each.place) is None
        ),
        next=held.last + 1,
        may_gather=isinstance(voter, Member)
        and may_at(desk, id, voter, theme.GatherPoints),
        outcomes=tuple(photos.views(desk, id, visit, of=int)),
        may_attach=isinstance(voter, Member) and may(voter, minutes.AttachPhoto),
    )


def _id(request: Request) -> str:
    id: str = request.path_params["id"]
    return id
