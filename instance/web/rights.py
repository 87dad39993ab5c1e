"""What a member may do is read from the domain's one page about it."""

from typing import Any, Final

from confederation.membership import entitlement
from confederation.membership.member import Role
from instance.web.visits import Holder, Member

MODERATORS: Final[frozenset[Role]] = frozenset({"registrar", "clerk"})
"""Who moderates until a rulebook names somebody: see decision 0057."""


def may(member: Member | Holder, command: type[Any]) -> bool:
    """Whether somebody has the place or the role that a command asks for.

    Whose term is over may what the next meeting needs; whoever is named to facilitate
    a meeting that is open, what leading it takes.
    A form is shown to whom this holds; the command itself is checked again.
    """
    allowed = entitlement.MAY[command]
    if isinstance(member, Holder):
        return "card" in allowed
    caretaking = command in entitlement.CARETAKING and bool(member.ended & allowed)
    leading = command in entitlement.LEADING and member.leads
    return "member" in allowed or bool(member.roles & allowed) or caretaking or leading


def moderates(member: Member | None) -> bool:
    """Whether somebody keeps people and servers away, also when their term is over.

    Whoever is attacked cannot wait until the assembly meets.
    """
    return member is not None and not MODERATORS.isdisjoint(member.roles | member.ended)
