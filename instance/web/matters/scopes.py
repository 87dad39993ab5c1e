"""How far an issue reaches is said when it is raised, and anew when that changes.

An assembly takes an issue further up only when it finds that it cannot act alone.
"""

from typing import Final, Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.errors import Unknown
from confederation.identifiers import Digest, MemberId
from confederation.matters import issue
from confederation.membership import entitlement
from confederation.record.issue import SCOPES, Scope
from instance.desk import Desk
from instance.store import records
from instance.web import asking, visits
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.naming import in_hex
from instance.web.site import Show, Site, see_other
from instance.web.visits import Member

NAMES: Final[dict[str, str]] = {
    "local": N_("Local"),
    "district": N_("District"),
    "county": N_("County"),
    "national": N_("National"),
    "international": N_("International"),
}


def known(text: str) -> Scope | Literal[""]:
    """Return a scope by its word, or nothing for any other word."""
    return next((each for each in SCOPES if each == text), "")


def asked_for(request: Request) -> Scope | Literal[""]:
    """Return the scope that a list is narrowed to, or nothing."""
    return known(request.query_params.get("scope", ""))


def chosen(form: Form) -> Scope:
    """Return the scope that was chosen on a form.

    Raises:
        Misused: none was, or one that there is not.
    """
    return next(
        each
        for each in SCOPES
        if each == form.choice("scope", "How far does it reach?", among=SCOPES)
    )


def may_set(member: Member | None) -> bool:
    """Whether somebody may say how far an issue of this assembly reaches."""
    return member is not None and bool(member.roles & entitlement.NOTES)


def set_scope(desk: Desk, digest: Digest, scope: Scope, *, by: MemberId) -> None:
    """Say how far an issue of this assembly reaches from now on.

    Raises:
        Unknown: this assembly has raised no such issue.
        Refused: it was withdrawn, or it is for others to do.
    """
    row, ours = records.entry(desk.connection, digest), records.ours(desk.connection)
    if (
        row is None
        or ours is None
        or row["assembly"] != ours.id
        or row["type"] != "Issue"
        or row["subject"] is None
    ):
        raise Unknown("This assembly has raised no such issue.")
    command = issue.SetScope(scope=scope, by=by, at=desk.now)
    asking.carry_out(desk, f"issue:{row['subject']}", command)


def route(site: Site, again: Show) -> Route:
    """Make the route by which it is said how far an issue reaches, from its page."""

    async def scoped(request: Request, form: Form) -> Response:
        member, digest = visits.the_member(request), asking.digest(request)
        form.only("scope")
        scope = chosen(form)
        await site.work(lambda desk: set_scope(desk, digest, scope, by=member.id))
        return see_other(f"/issues/{in_hex(digest)}")

    return site.form("/issues/{hex}/scope", scoped, again=again)
