"""Whoever holds the link that we sent answers here, in their own words, no account.

The link proves that they hold it, and nothing else; the page says so. It is an address
that cannot be guessed, of which only the digest is kept: it stands in no log, on no
other site, and in no cache.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.dealings import ask
from confederation.dealings.ask import Kind, Said
from confederation.errors import Unknown
from confederation.identifiers import AnswerId
from instance import clerk, node
from instance.desk import Desk
from instance.store import asks as links
from instance.store import events
from instance.web import asking, naming, telling
from instance.web.dealings import answering, letters
from instance.web.dealings.answering import PARTS
from instance.web.dealings.asks import GIVEN
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.membership.signing_in import where_from
from instance.web.naming import Words, in_hex
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.tries import Tries

LONGEST_SECRET: Final = 100
OWN: Final[Mapping[Kind, str]] = {
    "received": N_("We have received this"),
    "holding": N_("A first reply: our answer is to follow"),
    "full": N_("We agree to all of it"),
    "partly": N_("We agree to a part of it"),
    "refused": N_("We do not agree to it"),
}
NO_SUCH_LINK: Final = N_(
    "This link does not open anything. It may have run out, or the assembly may have "
    "taken it back. Please ask the assembly for a new one."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPage:
    """What whoever was asked sees: what is asked, by whom, and their answers so far.

    ``servant`` is the name of the public servant who reads it by an account.
    """

    authority: Words
    text: Words
    by: str
    answer_by: datetime
    until: datetime
    public: str | None
    received: bool
    answered: tuple[tuple[str, datetime], ...]
    given: tuple[tuple[str, datetime], ...]
    once: str
    servant: str = ""


def routes(site: Site) -> list[Route]:
    tries = Tries()

    async def opened(request: Request) -> str:
        """Return the ask that a link opens; whoever guesses is soon turned away."""
        secret = _secret(request)
        address, at = where_from(request), int(site.node.clock().timestamp())
        id = None
        if len(secret) <= LONGEST_SECRET:
            id = await site.node.look(lambda desk: _opened(desk, secret))
        if id is None:
            # Nobody comes near a right one by trying. So whoever floods us with wrong
            # ones locks nobody out who holds one.
            tries.check(address, at=at)
            tries.wrong(address, at=at)
            raise Unknown(NO_SUCH_LINK)
        return id

    async def page(request: Request) -> Response:
        id = await opened(request)
        shown = await site.node.look(lambda desk: view(desk, id))
        return render(
            request,
            "asked.html",
            page=shown,
            here=request.url.path,
            kinds={kind: says for kind, says in OWN.items() if kind != "received"},
        )

    async def answered(request: Request, form: Form) -> Response:
        form.only("once", "kind", "plan_by", *PARTS)
        id = await opened(request)
        secret = _secret(request)

        await site.work(
            lambda desk: answering.take_answer(
                desk, id, form, link=letters.digest_of(secret), by=None
            )
        )
        return see_other(f"/asked/{secret}")

    async def received(request: Request, form: Form) -> Response:
        form.only("once")
        id = await opened(request)
        secret = _secret(request)

        def carry_out(desk: Desk) -> None:
            command = ask.TakeAnswer(
                answer=AnswerId(telling.once(form)),
                kind="received",
                said=Said(),
                link=letters.digest_of(secret),
                by=None,
                at=desk.now,
            )
            asking.carry_out(desk, f"ask:{id}", command)

        await site.work(carry_out)
        return see_other(f"/asked/{secret}")

    async def contributed(request: Request, form: Form) -> Response:
        form.only("once", "sort", "given")
        id = await opened(request)
        link = letters.digest_of(_secret(request))
        await site.work(
            lambda desk: answering.take_contribution(desk, id, form, link=link)
        )
        return see_other(f"/asked/{_secret(request)}")

    return [
        site.page("/asked/{secret}", page),
        site.form("/asked/{secret}/given", contributed, again=page),
        site.form("/asked/{secret}", answered, again=page),
        site.form("/asked/{secret}/received", received, again=page),
    ]


def view(desk: Desk, id: str) -> AskedPage:
    """Show an ask to whoever holds its link."""
    state: ask.State = node.load(desk, f"ask:{id}")
    assert state.link is not None
    return page_of(desk, id, state, until=state.link.until)


def page_of(
    desk: Desk, id: str, state: ask.State, *, until: datetime, servant: str = ""
) -> AskedPage:
    """Show an ask to whoever answers it until a day, by the link or by an account."""
    put = state.put
    assert put is not None
    published = clerk.published(desk, "Ask", id)
    return AskedPage(
        authority=_words(desk, put.authority),
        text=_words(desk, put.text),
        by=naming.our_name(desk),
        answer_by=put.answer_by,
        until=until,
        public=None if published is None else f"/asks/{in_hex(published)}",
        received=bool(state.answers),
        answered=tuple((OWN[each.kind], each.at) for each in state.answers),
        given=tuple((GIVEN[each.kind], each.at) for each in state.given),
        once=desk.new_id(),
        servant=servant,
    )


def _opened(desk: Desk, secret: str) -> str | None:
    digest = letters.digest_of(secret)
    id = links.of_link(desk.connection, digest)
    if id is None or not ask.opens(node.load(desk, f"ask:{id}"), digest, desk.now):
        return None
    return id


def _secret(request: Request) -> str:
    """Return the secret in an address; whoever types it may use capitals."""
    secret: str = request.path_params["secret"]
    return secret.lower()


def _words(desk: Desk, commitment: str) -> Words:
    return Words(text=events.wording(desk.connection, commitment))
