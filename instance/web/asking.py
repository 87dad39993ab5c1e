"""What a request names, and who sends it; what is not so is said in a sentence."""

from typing import Any

from starlette.requests import Request

from activitypub import canonical
from confederation.errors import Invalid
from confederation.identifiers import Digest
from confederation.membership import entitlement
from confederation.membership.member import Role
from instance import clerk, node
from instance.desk import Desk
from instance.web import visits
from instance.web.site import not_found
from instance.web.visits import Member


def digest(request: Request) -> Digest:
    """Return the digest in the address of a page."""
    return digest_from(request.path_params["hex"]) or _no_page()


def digest_from(text: str) -> Digest | None:
    """Read a digest with or without ``sha256:`` before it; None if it is none."""
    whole = f"sha256:{text.strip().removeprefix('sha256:')}"
    return Digest(whole) if canonical.is_digest(whole) else None


def the_digest(text: str, label: str) -> Digest:
    """Read a digest that was chosen in a form.

    Raises:
        Invalid: it is none.
    """
    found = digest_from(text)
    if found is None:
        raise Invalid("“{label}”: please choose one.", label=label)
    return found


def an_officer(request: Request, *roles: Role) -> Member:
    """Return the member who asks, who holds one of these roles.

    Raises:
        NotEntitled: nobody has signed in, or it is for others to do.
    """
    member = visits.the_member(request)
    if not member.roles.intersection(roles):
        raise entitlement.for_others(roles)
    return member


def carry_out(desk: Desk, stream: str, command: Any) -> tuple[Any, ...]:
    """Carry out a command, and let the clerk publish whatever is ready by then."""
    happened = node.perform(desk, stream, command)
    clerk.publish_ready(desk)
    return happened


def _no_page() -> Digest:
    raise not_found()
