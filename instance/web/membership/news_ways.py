"""How a member is told what is new: nothing unless they ask, and only as they ask.

The clerk prints a sheet for those who have no device; of these a list is kept, and
nothing else.
"""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.errors import Unknown
from confederation.identifiers import MemberId
from instance.desk import Desk
from instance.store import news as kept
from instance.store import people
from instance.web import asking, naming, paper
from instance.web.forms import Form
from instance.web.membership import news, news_feeds
from instance.web.membership.news import Item
from instance.web.once import Once
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.visits import Member, the_member

PAGE: Final = "/people/me/news"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysPage:
    """How a member is told now. ``fresh`` has the addresses that were just made."""

    feed: bool
    fresh: tuple[str, str] | None
    letter: bool
    mails: bool
    mail: kept.Mail | None
    sections: tuple[tuple[str, tuple[Item, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LettersPage:
    """Who wants it on paper, and who else could."""

    wanted: tuple[tuple[MemberId, str], ...]
    others: tuple[tuple[MemberId, str], ...]


def routes(site: Site) -> list[Route]:
    once = Once[str](most=200)

    async def page(request: Request) -> Response:
        member = the_member(request)
        fresh = once.take(member.id, request.query_params.get("made", ""))
        shown = await site.node.look(lambda desk: view(desk, member, fresh))
        return render(request, "news_ways.html", page=shown)

    async def make_feed(request: Request, form: Form) -> Response:
        form.only()
        member = the_member(request)
        secret = await site.work(
            lambda desk: kept.make_feed(desk.connection, member.id, at=desk.seconds)
        )
        return see_other(f"{PAGE}?made={once.keep(member.id, secret)}")

    async def end_feed(request: Request, form: Form) -> Response:
        form.only()
        member = the_member(request)
        await site.work(lambda desk: kept.end_feed(desk.connection, member.id))
        return see_other(PAGE)

    async def letter(request: Request, form: Form) -> Response:
        form.only("want")
        member = the_member(request)
        change = kept.ask_for_letter if form.ticked("want") else kept.end_letter
        await site.work(lambda desk: change(desk.connection, member.id))
        return see_other(PAGE)

    async def letters(request: Request) -> Response:
        asking.an_officer(request, "clerk", "registrar")
        shown = await site.node.look(view_letters)
        return render(request, "news_letters.html", page=shown)

    async def note_letter(request: Request, form: Form) -> Response:
        form.only("member", "want")
        asking.an_officer(request, "clerk", "registrar")
        chosen = form.line("member", "Who", most=100)
        change = kept.ask_for_letter if form.ticked("want") else kept.end_letter

        def carry_out(desk: Desk) -> None:
            if people.name_of(desk.connection, chosen) is None:
                raise Unknown("Nobody by that name is here.")
            change(desk.connection, chosen)

        await site.work(carry_out)
        return see_other("/people/letters")

    async def sheet(request: Request) -> Response:
        asking.an_officer(request, "clerk", "registrar")
        found, name = await site.node.look(
            lambda desk: (news.of(desk, None), naming.our_name(desk))
        )
        return paper.show(
            request,
            "sheet_news.html",
            back="/people/letters",
            name=name,
            sections=tuple(found.sections()),
            at=site.node.clock(),
        )

    return [
        site.page(PAGE, page),
        site.form(f"{PAGE}/feed", make_feed, again=page),
        site.form(f"{PAGE}/no-feed", end_feed, again=page),
        site.form(f"{PAGE}/letter", letter, again=page),
        site.page("/people/letters", letters),
        site.form("/people/letters", note_letter, again=letters),
        site.page("/people/letters/sheet", sheet),
    ]


def view(desk: Desk, member: Member, fresh: str | None) -> WaysPage:
    """Show a member how they are told, and what they would be told now."""
    return WaysPage(
        feed=kept.feed_of(desk.connection, member.id) is not None,
        fresh=None if fresh is None else news_feeds.addresses(desk, fresh),
        letter=member.id in kept.letters(desk.connection),
        mails=desk.config.mail is not None,
        mail=kept.mail_of(desk.connection, member.id),
        sections=tuple(news.of(desk, member).sections()),
    )


def view_letters(desk: Desk) -> LettersPage:
    """Show for whom a sheet is printed."""
    names, wanted = people.names(desk.connection), {*kept.letters(desk.connection)}
    return LettersPage(
        wanted=tuple(
            (MemberId(id), name) for id, name in names.items() if id in wanted
        ),
        others=tuple(
            (MemberId(id), name) for id, name in names.items() if id not in wanted
        ),
    )
