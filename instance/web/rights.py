"""What a member may do is read from the domain's one page about it."""

from dataclasses import replace
from typing import Any, Final

from confederation.membership import entitlement
from confederation.membership.member import Role
from instance import node
from instance.desk import Desk
from instance.web.visits import Holder, Member

MODERATORS: Final[frozenset[Role]] = frozenset({"registrar", "clerk"})
"""Who moderates until a rulebook names somebody: see decision 0057."""


def may(member: Member | Holder, command: type[Any]) -> bool:
    """Whether somebody has the place or the role that a command asks for.

    Whose term is over may what the next meeting needs; whoever is named for a
    role of a meeting that is open, what that role takes.
    A form is shown to whom this holds; the command itself is checked again.
    """
    allowed = entitlement.MAY[command]
    if isinstance(member, Holder):
        return "card" in allowed
    caretaking = command in entitlement.CARETAKING and bool(member.ended & allowed)
    named = entitlement.is_named(command, member.jobs)
    return "member" in allowed or bool(member.roles & allowed) or caretaking or named


def may_at(desk: Desk, id: str, member: Member, command: type[Any]) -> bool:
    """Whether a member may do something at this meeting, or about it afterwards.

    Whoever is named for it may not before the assembly is founded: see `/first`.
    """
    if node.assembly_here(desk).founded is None:
        return may(member, command)
    jobs = node.jobs(desk, member.id, f"session:{id}")
    return may(replace(member, jobs=jobs), command)


def moderates(member: Member | None) -> bool:
    """Whether somebody keeps people and servers away, also when their term is over.

    Whoever is attacked cannot wait until the assembly meets.
    """
    return member is not None and not MODERATORS.isdisjoint(member.roles | member.ended)
