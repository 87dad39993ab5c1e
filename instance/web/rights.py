"""What a member may do is read from the domain's one page about it."""

from typing import Any, Final

from confederation import entitlement
from confederation.member import Role
from instance.web.visits import Member

MODERATORS: Final[tuple[Role, ...]] = ("registrar", "clerk")
"""Who moderates until a rulebook names somebody: see decision 0057."""


def may(member: Member, command: type[Any]) -> bool:
    """Whether a member has the place or the role that a command asks for.

    A form is shown to whom this holds; the command itself is checked again.
    """
    allowed = entitlement.MAY[command]
    return "member" in allowed or bool(member.roles & allowed)
