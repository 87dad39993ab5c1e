"""A member's own entry: what is kept of them here, and leaving and being forgotten."""

import asyncio
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.membership.entitlement import OFFICERS
from instance import node
from instance.desk import Desk
from instance.errors import Misused
from instance.membership import belonging, passwords
from instance.store import people, personas
from instance.web import visits
from instance.web.forms import Form
from instance.web.membership.people import EVIDENCE
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.visits import Member, Visit, the_member

LONGEST_SHOWN = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text that a member brought in, and what stands for it."""

    commitment: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPage:
    name: str
    evidence: str
    roles: tuple[str, ...]
    teller: bool
    elsewhere: bool
    password: bool
    texts: tuple[Text, ...]


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        member = the_member(request)
        shown = await site.node.look(lambda desk: view(desk, member))
        form: Form | None = getattr(request.state, "form", None)
        ticked = form.values.get("words", ()) if form else ()
        return render(request, "belonging.html", page=shown, ticked=ticked)

    async def leave(request: Request, form: Form) -> Response:
        request.state.form = form
        form.only("words", "sure")
        member = the_member(request)
        if not form.ticked("sure"):
            raise Misused("Please tick that you want to leave. Nothing was done.")
        words = form.values.get("words", ())
        visit: Visit = request.state.visit

        def carry_out(desk: Desk) -> None:
            belonging.leave(desk, member.id, words=words)
            visits.end(desk, visit)

        await site.work(carry_out)
        # What is forgotten must not lie in the log beside the database either.
        await site.node.database.forget_steps()
        response = see_other("/left")
        visits.forget(site.node.config, response)
        visit.asked_for_token = False
        return response

    async def set_password(request: Request, form: Form) -> Response:
        form.only("password")
        member = the_member(request)
        password = passwords.checked(form.one("password"), name=member.name)
        kept = await asyncio.to_thread(passwords.make, password)
        await site.work(
            lambda desk: people.keep_password(desk.connection, member.id, kept)
        )
        return see_other("/people/me")

    async def drop_password(request: Request, form: Form) -> Response:
        form.only()
        member = the_member(request)
        await site.work(lambda desk: people.drop_password(desk.connection, member.id))
        return see_other("/people/me")

    async def left(request: Request) -> Response:
        return render(request, "left.html")

    return [
        site.page("/people/me", page),
        site.form("/people/me", leave, again=page),
        site.form("/people/me/password", set_password, again=page),
        site.form("/people/me/no-password", drop_password, again=page),
        site.page("/left", left),
    ]


def view(desk: Desk, member: Member) -> OwnPage:
    """Show a member what is kept of them."""
    here = node.assembly_here(desk)
    known = here.members.get(member.id)
    return OwnPage(
        name=member.name,
        evidence=EVIDENCE["self" if known is None else known.evidence],
        roles=tuple(OFFICERS[role] for role in sorted(member.roles - {"teller"})),
        teller="teller" in member.roles,
        elsewhere=personas.of(desk.connection, member.id) is not None,
        password=people.has_password(desk.connection, member.id),
        texts=tuple(
            Text(commitment=commitment, says=text[:LONGEST_SHOWN])
            for commitment, text in belonging.words_of(desk, member.id)
        ),
    )
