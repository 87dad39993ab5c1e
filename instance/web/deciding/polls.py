"""Straw polls: a mood, asked of everybody who follows us, and nobody's vote."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical
from confederation.errors import NotEntitled, Unknown
from confederation.membership import entitlement
from instance.deciding import polls
from instance.desk import Desk
from instance.errors import Misused
from instance.fediverse import markup
from instance.store import polls as store
from instance.store import posts
from instance.web import moments
from instance.web.fediverse.posts import Elsewhere, elsewhere
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.visits import Member, signed_in, the_member

MOST_IN_QUESTION: Final = 1_000
MOST_LISTED: Final = 100
ROWS: Final = 5
CHOOSE: Final[dict[store.Choose, str]] = {
    "one": N_("One option"),
    "any": N_("As many options as they like"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A poll in a list."""

    href: str
    question: str
    open: bool
    ends_at: datetime
    voters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    polls: tuple[Line, ...]
    may_ask: bool
    choose: dict[store.Choose, str]
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An option with how many chose it, and the share of the people that these are."""

    option: str
    count: int
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PollPage:
    """A poll as it stands. ``post`` is the address at which it is answered."""

    question: str
    at: datetime
    ends_at: datetime
    open: bool
    choose: str
    rows: tuple[Row, ...]
    voters: int
    post: str
    elsewhere: Elsewhere


def routes(site: Site) -> list[Route]:
    async def list_page(request: Request) -> Response:
        member = signed_in(request)
        shown = await site.node.look(lambda desk: view_list(desk, member))
        form: Form | None = getattr(request.state, "form", None)
        typed = form.values.get("option", ()) if form else ()
        return render(request, "polls.html", page=shown, options=typed)

    async def page(request: Request) -> Response:
        name = request.path_params["id"]
        shown = await site.node.look(lambda desk: view(desk, name))
        return render(request, "poll.html", page=shown)

    async def ask(request: Request, form: Form) -> Response:
        request.state.form = form
        form.only("question", "option", "choose", "ends_at")
        member = the_member(request)
        if not may_ask(member):
            raise NotEntitled("The facilitator, the convenor and the clerk ask polls.")
        question = form.text("question", "Question", most=MOST_IN_QUESTION)
        options = _options(form.values.get("option", ()))
        choose = form.choice("choose", "People choose", among=CHOOSE)
        ends_at = moments.time(form, "ends_at", "Ends")
        if ends_at is None:
            raise Misused("“Ends”: a straw poll has an end. Please say when.")
        id = await site.work(
            lambda desk: polls.ask(
                desk,
                question,
                options,
                choose=choose,  # type: ignore[arg-type]
                ends_at=ends_at,
            )
        )
        return see_other(f"/polls/{id.rpartition('/')[2]}")

    return [
        site.page("/polls", list_page),
        site.form("/polls", ask, again=list_page),
        site.page("/polls/{id}", page),
    ]


def may_ask(member: Member | None) -> bool:
    """Whether a member leads the conversation, and so may ask how people feel."""
    return member is not None and bool(member.roles & entitlement.CHAIR)


def view_list(desk: Desk, member: Member | None) -> ListPage:
    """List the polls, the newest first."""
    found = store.newest(desk.connection, most=MOST_LISTED)
    return ListPage(
        polls=tuple(_line(desk, poll) for poll in found),
        may_ask=may_ask(member),
        choose=CHOOSE,
        rows=ROWS,
    )


def view(desk: Desk, name: str) -> PollPage:
    """Show a poll as it stands.

    Raises:
        Unknown: there is no such poll.
    """
    row = posts.object_at(desk.connection, f"n/{name}")
    poll = None if row is None else store.poll(desk.connection, row["id"])
    if row is None or poll is None:
        raise Unknown("There is no such straw poll here.")
    return PollPage(
        question=_question(row["body"]),
        at=canonical.read_time(row["published"]),
        ends_at=datetime.fromtimestamp(poll.ends_at, UTC),
        open=_is_open(desk, poll),
        choose=CHOOSE[poll.choose],
        rows=tuple(
            Row(
                option=option,
                count=count,
                percent=count * 100 // poll.voters if poll.voters else 0,
            )
            for option, count in poll.options
        ),
        voters=poll.voters,
        post=row["id"],
        elsewhere=elsewhere(desk, row),
    )


def _line(desk: Desk, poll: store.Poll) -> Line:
    row = posts.object_of(desk.connection, poll.object)
    assert row is not None
    return Line(
        href=f"/polls/{poll.object.rpartition('/')[2]}",
        question=_question(row["body"]),
        open=_is_open(desk, poll),
        ends_at=datetime.fromtimestamp(poll.ends_at, UTC),
        voters=poll.voters,
    )


def _is_open(desk: Desk, poll: store.Poll) -> bool:
    return poll.closed_at is None and desk.seconds < poll.ends_at


def _question(body: str) -> str:
    """Return what a poll asks, without the sentence that says what it is not."""
    content = str(canonical.read(body.encode()).get("content"))
    return markup.plain(content.partition("<p><em>")[0])


def _options(typed: Sequence[str]) -> list[str]:
    return [each.strip() for each in typed if each.strip()]
