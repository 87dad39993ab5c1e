"""What a member may do is read from the domain's one page about it."""

from typing import Any, Final

from confederation import entitlement
from confederation.member import Role
from instance.web.visits import Holder, Member

MODERATORS: Final[tuple[Role, ...]] = ("registrar", "clerk")
"""Who moderates until a rulebook names somebody: see decision 0057."""


def may(member: Member | Holder, command: type[Any]) -> bool:
    """Whether somebody has the place or the role that a command asks for.

    A form is shown to whom this holds; the command itself is checked again.
    """
    allowed = entitlement.MAY[command]
    if isinstance(member, Holder):
        return "card" in allowed
    return "member" in allowed or bool(member.roles & allowed)
