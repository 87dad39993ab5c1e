"""What stands about a proposal, as far as this node can see."""

from dataclasses import dataclass

from confederation.confederal import council, ratifying
from confederation.confederal.council import Standing
from confederation.confederal.ratifying import Course
from confederation.identifiers import AssemblyId, Digest
from confederation.record import Entry
from instance.chamber.held import holding
from instance.chamber.written import result_digest
from instance.desk import Desk


def standing(desk: Desk, proposal: Entry) -> Standing | None:
    """Say how a proposal stands as far as this node can see."""
    held = holding(desk, proposal)
    return None if held is None else council.standing(held, desk.now)


def course(desk: Desk, proposal: Entry) -> Course | None:
    """Say how far a decision has come, from the vote on to whom it binds."""
    held = holding(desk, proposal)
    return None if held is None else ratifying.course(held, desk.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """A decision of all assemblies that holds: its result, and whom it binds."""

    result: Digest
    bound: tuple[AssemblyId, ...]


def in_force(desk: Desk, proposal: Entry) -> InForce | None:
    """Return what was adopted, and ratified where that is asked for, or None."""
    went = course(desk, proposal)
    if went is None or went.state is not ratifying.Stage.IN_FORCE:
        return None
    assert went.vote.confirmed is not None
    return InForce(result=result_digest(went.vote.confirmed), bound=went.bound)
