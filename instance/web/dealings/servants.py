"""A public servant's own pages: what their body is asked, and the forms to answer it.

The clerk makes the account, by a decision, and ends it. Everybody reads that there is
one; who has it, members alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.dealings import ask, servant
from confederation.errors import Invalid, Unknown
from confederation.identifiers import AnswerId, AuthorityId, Commit, ServantId
from instance import clerk, node
from instance.desk import Desk
from instance.errors import Misused
from instance.membership import servants, welcome
from instance.membership.welcome import Invitation
from instance.store import events
from instance.store import servants as known
from instance.web import asking, telling
from instance.web.dealings import answering, asked, authorities
from instance.web.dealings.answering import PARTS
from instance.web.deciding import decided
from instance.web.deciding.decided import Choice
from instance.web.forms import Form
from instance.web.moments import day_to_come
from instance.web.naming import in_hex
from instance.web.once import Once
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.visits import Member, Servant, signed_in, the_servant

MOST_OF_ONE_BODY: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An ask to a public servant's own body."""

    href: str
    text: str
    answer_by: datetime
    answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """``name`` is empty for whoever is no member."""

    id: str
    name: str
    until: datetime
    decision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsPage:
    """Who answers for a public body by an account; ``fresh`` is shown once."""

    id: str
    body: str
    accounts: tuple[Account, ...]
    fresh: Invitation | None
    may: bool
    decisions: tuple[Choice, ...]
    once: str


def routes(site: Site) -> list[Route]:
    look, once = site.node.look, Once[Invitation]()

    async def accounts(request: Request) -> Response:
        member, id = signed_in(request), AuthorityId(request.path_params["id"])
        made = request.query_params.get("made", "")
        fresh = None if member is None else once.take(member.id, made)
        given = request.state.visit.entered.get("once", "")
        shown = await look(lambda desk: view_accounts(desk, id, member, fresh, given))
        return render(request, "servants.html", page=shown)

    async def let_in(request: Request, form: Form) -> Response:
        form.only("once", "name", "none", "until", "decision")
        member = asking.an_officer(request, "clerk")
        id, of = AuthorityId(request.path_params["id"]), telling.once(form)
        name = form.line("name", "Who it is for", most=welcome.LONGEST_NAME)

        def carry_out(desk: Desk) -> Invitation | None:
            account = ServantId(f"s{of}")
            command = _welcome(desk, form, id, account, member)
            return servants.let_in(desk, name, command)

        made = await site.work(carry_out)
        back = f"/authorities/{id}/servants"
        if made is None:
            return see_other(back)
        return see_other(f"{back}?made={once.keep(member.id, made)}")

    async def end(request: Request, form: Form) -> Response:
        form.only()
        member = asking.an_officer(request, "clerk")
        id, of = request.path_params["id"], ServantId(request.path_params["of"])
        await site.work(lambda desk: servants.end(desk, of, member.id))
        # A name that was forgotten does not stay behind in a log.
        await site.node.database.forget_steps()
        return see_other(f"/authorities/{id}/servants")

    async def home(request: Request) -> Response:
        who = the_servant(request)
        body, found = await look(
            lambda desk: (_body(desk, who), tuple(_own(desk, who)))
        )
        return render(request, "servant.html", body=body, lines=found)

    async def page(request: Request) -> Response:
        who, id = the_servant(request), request.path_params["id"]
        shown = await look(lambda desk: _view(desk, who, id))
        return render(
            request,
            "asked.html",
            page=shown,
            here=f"/servant/asks/{id}",
            kinds={
                kind: says for kind, says in asked.OWN.items() if kind != "received"
            },
        )

    async def answered(request: Request, form: Form) -> Response:
        form.only("once", "kind", "plan_by", *PARTS)
        who, id = the_servant(request), request.path_params["id"]

        def carry_out(desk: Desk) -> None:
            check(desk, who, id)
            answering.take_answer(desk, id, form, link=None, servant=who.id, by=None)

        await site.work(carry_out)
        return see_other(f"/servant/asks/{id}")

    async def received(request: Request, form: Form) -> Response:
        form.only("once")
        who, id = the_servant(request), request.path_params["id"]

        def carry_out(desk: Desk) -> None:
            check(desk, who, id)
            command = ask.TakeAnswer(
                answer=AnswerId(telling.once(form)),
                kind="received",
                said=ask.Said(),
                link=None,
                servant=who.id,
                by=None,
                at=desk.now,
            )
            asking.carry_out(desk, f"ask:{id}", command)

        await site.work(carry_out)
        return see_other(f"/servant/asks/{id}")

    async def contributed(request: Request, form: Form) -> Response:
        form.only("once", "sort", "given")
        who, id = the_servant(request), request.path_params["id"]

        def carry_out(desk: Desk) -> None:
            check(desk, who, id)
            answering.take_contribution(desk, id, form, link=None, servant=who.id)

        await site.work(carry_out)
        return see_other(f"/servant/asks/{id}")

    return [
        site.page("/servant", home),
        site.page("/servant/asks/{id}", page),
        site.form("/servant/asks/{id}", answered, again=page),
        site.form("/servant/asks/{id}/received", received, again=page),
        site.form("/servant/asks/{id}/given", contributed, again=page),
        site.page("/authorities/{id}/servants", accounts),
        site.form("/authorities/{id}/servants", let_in, again=accounts),
        site.form("/authorities/{id}/servants/{of}/end", end, again=accounts),
    ]


def check(desk: Desk, who: Servant, id: str) -> ask.State:
    """Return an ask that a public servant answers: it was put to their own body.

    Raises:
        NotEntitled: it was put to another, or their account has ended.
        Unknown: there is no such ask here.
    """
    if not node.exists(desk, f"ask:{id}"):
        raise Unknown("There is no such ask here.")
    state: ask.State = node.load(desk, f"ask:{id}")
    if state.put is None:
        raise Unknown("There is no such ask here.")
    body = authorities.of_name(desk, _said(desk, state.put.authority))
    servants.check(desk, who.id, body)
    return state


def view_accounts(
    desk: Desk,
    id: AuthorityId,
    member: Member | None,
    fresh: Invitation | None = None,
    once: str = "",
) -> AccountsPage:
    """Show who answers for a public body by an account.

    Raises:
        Unknown: no such body is named here.
    """
    may = member is not None and "clerk" in member.roles
    return AccountsPage(
        id=id,
        body=authorities.view(desk, id, None).name,
        accounts=tuple(
            Account(
                id=each.servant,
                name=(known.name_of(desk.connection, each.servant) or "")
                if member is not None
                else "",
                until=each.until,
                decision=in_hex(each.decision),
            )
            for each in servants.of_body(desk, id)
        ),
        fresh=fresh,
        may=may,
        decisions=decided.newest(desk) if may else (),
        once=once or desk.new_id(),
    )


def _welcome(
    desk: Desk, form: Form, id: AuthorityId, of: ServantId, member: Member
) -> servant.WelcomeServant:
    authorities.view(desk, id, None)
    if not form.ticked("none"):
        raise Invalid(
            "A public servant with an account is no member here. Please tick that this "
            "is so."
        )
    if len(servants.of_body(desk, id)) >= MOST_OF_ONE_BODY:
        raise Misused("Please end one of the accounts of this body first.")
    until = day_to_come(form, "until", "Until when", now=desk.now)
    if until is None:
        raise Misused("“Until when”: please choose a day.").of("until")
    return servant.WelcomeServant(
        servant=of,
        authority=id,
        decision=decided.read(desk, form),
        until=until,
        by=member.id,
        at=desk.now,
    )


def _view(desk: Desk, who: Servant, id: str) -> asked.AskedPage:
    state = check(desk, who, id)
    found = servants.in_force(desk, who.id)
    assert found is not None
    assert found.welcomed is not None
    return asked.page_of(desk, id, state, until=found.welcomed.until, servant=who.name)


def _own(desk: Desk, who: Servant) -> Iterator[Line]:
    body = _body(desk, who)
    states: dict[str, ask.State] = node.load_all(desk, "ask")
    for id, state in states.items():
        put = state.put
        if put is None or _said(desk, put.authority) != body:
            continue
        if clerk.published(desk, "Ask", id) is not None:
            yield Line(
                href=f"/servant/asks/{id}",
                text=_said(desk, put.text) or "",
                answer_by=put.answer_by,
                answered=state.answered,
            )


def _body(desk: Desk, who: Servant) -> str:
    return authorities.view(desk, who.authority, None).name


def _said(desk: Desk, commitment: Commit) -> str | None:
    return events.wording(desk.connection, commitment)
