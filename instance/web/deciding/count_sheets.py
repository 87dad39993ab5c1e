"""A teller without a device acts at somebody else's, by the code on their count sheet.

The code says who enters a count or confirms an act; nobody is signed in by it.
"""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.identifiers import MemberId, Multikey
from instance import node
from instance.desk import Desk
from instance.errors import Misused
from instance.meeting import count_sheets, starting
from instance.store import people
from instance.web import naming, paper, visits
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.membership.signing_in import where_from
from instance.web.site import Site
from instance.web.visits import Member, Visit, the_member

CODE: Final = "sheet_code"
MOST_IN_CODE: Final = 40
NO_SUCH_SHEET: Final = N_(
    "This code is on no count sheet of a teller here. Please compare it letter by "
    "letter with the sheet. Nothing was entered."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlankSheet:
    """A count sheet for one teller. Its code is printed and kept nowhere."""

    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPage:
    """The sheets to print. ``first`` says that they are for a first evening."""

    whose: str
    first: bool
    sheets: tuple[BlankSheet, ...] = field(default=())


def routes(site: Site) -> list[Route]:
    async def sheet(request: Request) -> Response:
        the_member(request)
        shown = await site.node.look(view)
        back = "/first" if shown.first else "/today"
        return paper.show(request, "sheet_tellers.html", back=back, page=shown)

    return [site.page("/sheets/tellers", sheet)]


def view(desk: Desk) -> SheetPage:
    """Make two new count sheets, for the tellers or for those who will be."""
    here = node.assembly_here(desk)
    named = [each.member for each in here.tellers] or starting.tellers_to_be(desk)
    names = people.names(desk.connection)
    tellers = [names.get(each, "") for each in named]
    return SheetPage(
        whose=naming.our_name(desk),
        first=bool(named) and not here.tellers,
        sheets=tuple(
            BlankSheet(code=count_sheets.new_code(number), name=name)
            for number, name in enumerate([*tellers, "", ""][:2], start=1)
        ),
    )


async def acting(
    site: Site, request: Request, form: Form, member: Member
) -> tuple[Form, Member]:
    """Return who enters something: the teller whose code was typed, else the member.

    The form comes back without the code, which is nobody's business further on.

    Raises:
        Misused: the code is on no sheet of a teller here.
    """
    if form.one(CODE).strip():
        _, member = await whose(site, request, form)
    rest = {name: given for name, given in form.values.items() if name != CODE}
    visit: Visit = request.state.visit
    visit.entered = {
        name: given for name, given in visit.entered.items() if name in rest
    }
    return replace(form, values=rest), member


async def whose(
    site: Site, request: Request, form: Form
) -> tuple[Ed25519PrivateKey, Member]:
    """Return the key of a count sheet, and the teller who holds it.

    Raises:
        Misused: the code is on no sheet of a teller here.
        TooOften: too many wrong codes were typed.
    """
    code = form.line(CODE, "The code on the count sheet", most=MOST_IN_CODE)
    address, at = where_from(request), int(site.node.clock().timestamp())
    site.tries.check(address, at=at)
    secret = await derive(code)
    teller = await site.node.look(
        lambda desk: _teller(desk, count_sheets.public(secret)) if secret else None
    )
    if secret is None or teller is None:
        site.tries.wrong(address, at=at)
        raise Misused(NO_SUCH_SHEET)
    return secret, teller


async def derive(code: str) -> Ed25519PrivateKey | None:
    """Derive the key of a count sheet off the loop; None for what is no code."""
    if not count_sheets.is_code(code):
        return None
    return await asyncio.to_thread(count_sheets.key, code)


def _teller(desk: Desk, key: Multikey) -> Member | None:
    """Return the member who is, or under earlier rules was, a teller with this key."""
    here = node.assembly_here(desk)
    named = [each for rules in here.rulebooks for each in rules.tellers]
    named += here.founded.tellers if here.founded else ()
    for each in reversed(named):
        if each.key == key:
            return visits.member_of(desk, MemberId(each.member))
    return None
