"""Stories: what people have lived through, told by them, beside what troubles many."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import record
from confederation.errors import Unknown
from confederation.identifiers import Digest, StoryId
from confederation.matters import story
from instance import archive, node
from instance.desk import Desk
from instance.errors import Misused
from instance.matters import stories
from instance.store import events, posts, records, tellings
from instance.web import naming, telling
from instance.web.afterwards import points
from instance.web.fediverse.posts import Elsewhere, elsewhere
from instance.web.forms import Form
from instance.web.naming import Words
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.visits import Member, signed_in, the_member

MOST_IN_TITLE: Final = 120
MOST_IN_WORDS: Final = 6_000
MOST_IN_NAME: Final = 100
MOST_LISTED: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A story in a list; ``name`` is empty where its teller is not to be known."""

    id: str
    title: str
    name: str
    at: datetime
    public: bool

    @property
    def href(self) -> str:
        return f"/stories/{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueChoice:
    digest: Digest
    title: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    lines: tuple[Line, ...]
    issues: tuple[IssueChoice, ...]
    chosen: str
    once: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPage:
    line: Line
    words: str
    heard_from_another: bool
    issue: IssueChoice | None
    mine: bool
    issues: tuple[IssueChoice, ...]
    elsewhere: Elsewhere


def routes(site: Site) -> list[Route]:
    async def listed(request: Request) -> Response:
        member, visit = signed_in(request), request.state.visit
        chosen = visit.entered.get("issue") or request.query_params.get("issue", "")
        once = visit.entered.get("once", "")
        shown = await site.node.look(
            lambda desk: view_list(desk, member, chosen=chosen, once=once)
        )
        return render(request, "stories.html", page=shown, told=telling.TOLD)

    async def page(request: Request) -> Response:
        member, id = signed_in(request), request.path_params["id"]
        shown = await site.node.look(lambda desk: view(desk, id, member))
        return render(request, "story.html", page=shown)

    async def tell(request: Request, form: Form) -> Response:
        form.only(
            *("title", "words", "name", "issue", "another", "agreed"),
            *telling.FIELDS,
        )
        member, id = the_member(request), telling.once(form)
        title = form.line("title", "What it is about", most=MOST_IN_TITLE)
        words = form.text("words", "The story", most=MOST_IN_WORDS)
        name = form.line("name", "Told by", least=0, most=MOST_IN_NAME)

        def carry_out(desk: Desk) -> None:
            if node.exists(desk, f"story:{id}"):
                return
            telling.check(desk, form, title, words)
            command = story.TellStory(
                story=StoryId(id),
                title=events.keep_wording(desk.connection, title),
                words=events.keep_wording(desk.connection, words),
                name=events.keep_wording(desk.connection, name) if name else None,
                issue=_issue(desk, form),
                told=telling.told(form),
                heard_from_another=form.ticked("another"),
                agreed=form.ticked("agreed"),
                by=member.id,
                at=desk.now,
            )
            stories.act(desk, id, command)

        await site.work(carry_out)
        return see_other(f"/stories/{id}")

    async def put_beside(request: Request, form: Form) -> Response:
        form.only("issue")
        member, id = the_member(request), request.path_params["id"]

        def carry_out(desk: Desk) -> None:
            seen(desk, id, member)
            command = story.PutBesideIssue(
                issue=_issue(desk, form), by=member.id, at=desk.now
            )
            stories.act(desk, id, command)

        await site.work(carry_out)
        return see_other(f"/stories/{id}")

    async def take_back(request: Request, form: Form) -> Response:
        form.only()
        member, id = the_member(request), request.path_params["id"]

        def carry_out(desk: Desk) -> None:
            seen(desk, id, member)
            stories.act(desk, id, story.TakeBackStory(by=member.id, at=desk.now))

        await site.work(carry_out)
        # What was taken back does not stay behind in a log.
        await site.node.database.forget_steps()
        return see_other("/stories")

    return [
        site.page("/stories", listed),
        site.form("/stories", tell, again=listed),
        site.page("/stories/{id}", page),
        site.form("/stories/{id}/issue", put_beside, again=page),
        site.form("/stories/{id}/take-back", take_back, again=page),
    ]


def view_list(
    desk: Desk, member: Member | None, *, chosen: str = "", once: str = ""
) -> ListPage:
    """Show the stories that a reader may know of, and the form to tell one."""
    return ListPage(
        lines=tuple(lines(desk, member))[:MOST_LISTED],
        issues=tuple(_issues(desk)) if member is not None else (),
        chosen=chosen,
        once=once or desk.new_id(),
    )


def view(desk: Desk, id: str, member: Member | None) -> StoryPage:
    """Show one story.

    Raises:
        Unknown: there is none, or none for this reader.
    """
    state = seen(desk, id, member)
    told = state.told
    assert told is not None
    mine = member is not None and member.id == told.by
    post = tellings.post_about(desk.connection, f"story:{id}")
    return StoryPage(
        line=_line(desk, id, state),
        words=points.words(desk, told.words),
        heard_from_another=told.heard_from_another,
        issue=None if state.issue is None else _choice(desk, state.issue),
        mine=mine,
        issues=tuple(_issues(desk)) if mine else (),
        elsewhere=elsewhere(
            desk,
            None if post is None else posts.object_of(desk.connection, post),
            members=member is not None,
        ),
    )


def lines(
    desk: Desk, member: Member | None, *, beside: str | None = None
) -> Iterator[Line]:
    """Go through the stories that a reader may know of, the newest first.

    Args:
        member: who reads; None for anybody.
        beside: the digest of an issue, for those alone that stand beside it.
    """
    for id, state in node.load_all(desk, "story").items():
        if _may_see(state, member) and (beside is None or state.issue == beside):
            yield _line(desk, id, state)


def seen(desk: Desk, id: str, member: Member | None) -> story.State:
    """Return a story that a reader may know of.

    Raises:
        Unknown: there is none, or none for this reader.
    """
    state: story.State = node.load(desk, f"story:{id}")
    if not _may_see(state, member):
        raise Unknown("There is no story here, or whoever told it took it back.")
    return state


def _may_see(state: story.State, member: Member | None) -> bool:
    return state.public or (member is not None and state.stands)


def _line(desk: Desk, id: str, state: story.State) -> Line:
    told = state.told
    assert told is not None
    return Line(
        id=id,
        title=points.words(desk, told.title),
        name=events.wording(desk.connection, told.name) or "",
        at=told.at,
        public=state.public,
    )


def _issues(desk: Desk) -> Iterator[IssueChoice]:
    for row in records.of_type(desk.connection, "Issue"):
        if (choice := _choice(desk, row["digest"])) is not None:
            yield choice


def _choice(desk: Desk, digest: str) -> IssueChoice | None:
    row = records.entry(desk.connection, digest)
    fact = None if row is None else archive.read(desk, row).fact
    if not isinstance(fact, record.Issue):
        return None
    return IssueChoice(digest=Digest(digest), title=naming.words(desk, fact.title))


def _issue(desk: Desk, form: Form) -> Digest | None:
    """Return beside which issue a story is put; None for none.

    Raises:
        Misused: no such issue is known here.
    """
    hexadecimal = form.one("issue")
    if not hexadecimal:
        return None
    found = _choice(desk, f"sha256:{hexadecimal}")
    if found is None:
        raise Misused("“Beside an issue”: no such issue is known here.")
    return found.digest
