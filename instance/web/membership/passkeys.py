"""Whoever wants to comes in by a passkey; codes, links and passwords stay beside it.

Adding one needs somebody who is signed in, and using one ends the session that it was
asked in, so that no answer is good twice.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical
from confederation.errors import Refused
from instance.desk import Desk
from instance.errors import Misused
from instance.membership import passkeys
from instance.membership.passkeys import Answer, Asked, Question
from instance.store import lending
from instance.store import passkeys as kept
from instance.store import visits as ended
from instance.upkeep import keys
from instance.web import naming, visits
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.membership.signing_in import person_of, where_from, where_to
from instance.web.rendering import render
from instance.web.site import Site, see_other, way_back
from instance.web.tries import Tries
from instance.web.visits import Member, Servant, Visit, the_owner

MOST: Final = 12
MOST_IN_NAME: Final = 60
NOT_HERE: Final = N_(
    "Passkeys work only where the pages come by HTTPS. Here your code opens the door."
)
NOBODYS: Final = N_(
    "This passkey opens nothing here. Your code or your personal link does; then you "
    "can add a passkey on the page of your own entry."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    id: str
    name: str
    made_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeysPage:
    """A member's passkeys, and what their device needs to make another one.

    ``question`` is None where browsers allow no passkeys, or there are enough.
    """

    lines: tuple[Line, ...]
    question: Question | None
    site: str
    whose: str
    member: str
    name: str


def routes(site: Site) -> list[Route]:
    here, tries = site.node, Tries()

    async def page(request: Request) -> Response:
        member, visit = the_owner(request), _visit(request)
        shown = await here.look(lambda desk: view(desk, member, visit))
        return render(request, "passkeys.html", page=shown)

    async def add(request: Request, form: Form) -> Response:
        form.only("id", "client", "device", "public", "asked_at", "name")
        member, visit = the_owner(request), _visit(request)
        name = form.line("name", "What you call it", most=MOST_IN_NAME)
        id, answer = passkeys.read(form.one("id")), _answer(form)
        public = passkeys.read(form.one("public"))

        def carry_out(desk: Desk) -> None:
            _check(desk, visit, form, answer, what="webauthn.create")
            passkeys.check_made(answer, id=id, public=public)
            if len(kept.of(desk.connection, member.id)) >= MOST:
                raise Refused("You have a dozen passkeys. Please remove one first.")
            new = kept.keep(
                desk.connection,
                id,
                member=member.id,
                name=name,
                public=public,
                count=answer.count,
                at=canonical.write_time(desk.now),
            )
            if not new:
                raise Refused("This passkey is known here already.")

        await site.work(carry_out)
        return see_other("/people/me/passkeys")

    async def rename(request: Request, form: Form) -> Response:
        form.only("id", "name")
        member, id = the_owner(request), passkeys.read(form.one("id"))
        name = form.line("name", "What you call it", most=MOST_IN_NAME)
        await site.work(
            lambda desk: kept.rename(desk.connection, id, member=member.id, name=name)
        )
        return see_other("/people/me/passkeys")

    async def remove(request: Request, form: Form) -> Response:
        form.only("id")
        member, id = the_owner(request), passkeys.read(form.one("id"))
        await site.work(lambda desk: kept.remove(desk.connection, id, member=member.id))
        return see_other("/people/me/passkeys")

    async def sign_in_page(request: Request) -> Response:
        visit = _visit(request)
        question = await here.look(lambda desk: asked(desk, visit, "webauthn.get"))
        return render(
            request,
            "passkey_in.html",
            question=question,
            site=passkeys.site_name(here.config),
            to=way_back(request),
        )

    async def sign_in(request: Request, form: Form) -> Response:
        form.only("id", "client", "device", "signature", "asked_at", "back")
        visit, address = _visit(request), where_from(request)
        id, answer = passkeys.read(form.one("id")), _answer(form)
        signature, at = passkeys.read(form.one("signature")), _seconds(site)
        tries.check(address, at=at)

        def begin(desk: Desk) -> Response:
            _check(desk, visit, form, answer, what="webauthn.get")
            known = kept.with_id(desk.connection, id)
            if known is None or person_of(desk, known.member) is None:
                raise Misused(NOBODYS)
            passkeys.check_used(
                answer, public=known.public, signature=signature, count=known.count
            )
            # While the pen is out people still come in; it is noted the next time.
            if not lending.is_lent(desk.connection):
                now = canonical.write_time(desk.now)
                kept.used(desk.connection, id, count=answer.count, at=now)
            # An answer is good once: with this session goes the question.
            ended.end(
                desk.connection,
                visit.session,
                at=desk.seconds,
                until=desk.seconds + visits.SIGNED_IN_FOR,
            )
            response = see_other(where_to(desk, asked_for=way_back(request)))
            session = visits.new_session()
            visits.keep(desk, response, member=known.member, session=session)
            return response

        try:
            return await here.work(begin)
        except Misused:
            tries.wrong(address, at=at)
            raise

    return [
        site.page("/people/me/passkeys", page),
        site.form("/people/me/passkeys", add, again=page),
        site.form("/people/me/passkeys/rename", rename, again=page),
        site.form("/people/me/passkeys/remove", remove, again=page),
        site.page("/sign-in/passkey", sign_in_page),
        site.form("/sign-in/passkey", sign_in, again=sign_in_page),
    ]


def view(desk: Desk, member: Member | Servant, visit: Visit) -> PasskeysPage:
    """Show a member their passkeys."""
    lines = [
        Line(
            id=passkeys.written(each.id),
            name=each.name,
            made_at=canonical.read_time(each.made_at),
            used_at=None if each.used_at is None else canonical.read_time(each.used_at),
        )
        for each in kept.of(desk.connection, member.id)
    ]
    room = len(lines) < MOST
    return PasskeysPage(
        lines=tuple(lines),
        question=asked(desk, visit, "webauthn.create") if room else None,
        site=passkeys.site_name(desk.config),
        whose=naming.our_name(desk),
        member=passkeys.written(member.id.encode()),
        name=member.name,
    )


def asked(desk: Desk, visit: Visit, what: Asked) -> Question | None:
    """Make the question for a page; None where browsers allow no passkeys."""
    if not passkeys.offered(desk.config):
        return None
    # The question belongs to the session, so the browser has to keep it.
    visit.asked_for_token = True
    return passkeys.ask(_secret(desk), visit.session, what=what, at=desk.seconds)


def _check(
    desk: Desk, visit: Visit, form: Form, answer: Answer, *, what: Asked
) -> None:
    if not passkeys.offered(desk.config):
        raise Misused(NOT_HERE)
    if ended.ended(desk.connection, visit.session):
        raise Misused(passkeys.NOT_THIS)
    at = form.whole("asked_at", N_("When it was asked"), most=10**11)
    question = passkeys.ask(_secret(desk), visit.session, what=what, at=at)
    passkeys.check(desk.config, answer, question, what=what, now=desk.seconds)


def _secret(desk: Desk) -> bytes:
    key = keys.kept(desk.connection, desk.vault, keys.COOKIE_KEY)
    assert key is not None, "every node is set up with a key for its cookies"
    return key


def _answer(form: Form) -> Answer:
    return Answer(
        client=passkeys.read(form.one("client")),
        device=passkeys.read(form.one("device")),
    )


def _seconds(site: Site) -> int:
    return int(site.node.clock().timestamp())


def _visit(request: Request) -> Visit:
    visit: Visit = request.state.visit
    return visit
