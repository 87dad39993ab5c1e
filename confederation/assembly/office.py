"""An office ends by itself: from then on its holder only holds the next meeting.

An assembly that forgets to choose again must not find that it may not meet. So whoever
held an office goes on with what a meeting needs, and with nothing done in its name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from confederation.assembly.state import State
from confederation.identifiers import MemberId
from confederation.membership.member import Role

UNCLOSED: Final = timedelta(days=1)
"""How long after its opening a meeting that nobody closed counts as over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A meeting of the whole assembly that was opened; ``closed_at`` None while open.

    A circle or a working group chooses nobody, so it is none.
    """

    opened_at: datetime
    closed_at: datetime | None = None

    @property
    def over_at(self) -> datetime:
        """When it is over at the latest, closed or not."""
        latest = self.opened_at + UNCLOSED
        return latest if self.closed_at is None else min(self.closed_at, latest)


Meetings = Sequence[Meeting]
"""In the order in which they were opened."""


def bounded(here: State) -> bool:
    """Whether the rules in force let offices end by themselves."""
    if not here.rulebooks:
        return False
    rules = here.rulebooks[-1]
    return bool(rules.office_meetings or rules.office_term)


def ends_at(
    here: State, member: MemberId, role: Role, meetings: Meetings
) -> datetime | None:
    """Say when somebody's office ends, or ended.

    Returns:
        None if the rules set it no end, or if it depends on a meeting to come.
    """
    since = here.chosen.get((member, role))
    return None if since is None else _end(here, since, meetings)


def tellers_end_at(here: State, meetings: Meetings) -> datetime | None:
    """Say when the tellers' term ends: each rulebook that is adopted chooses them."""
    return _end(here, here.adopted[-1], meetings) if here.adopted else None


def ended(
    here: State, member: MemberId, meetings: Meetings, *, at: datetime
) -> frozenset[Role]:
    """Return the roles that a member still has by name only: their term is over."""
    known = here.members.get(member)
    if known is None:
        return frozenset()
    return frozenset(
        role
        for role in known.roles
        if (end := ends_at(here, member, role, meetings)) is not None and end <= at
    )


def tellers_ended(here: State, meetings: Meetings, *, at: datetime) -> bool:
    """Whether the tellers' term is over."""
    end = tellers_end_at(here, meetings)
    return end is not None and end <= at


def renewable(
    here: State, member: MemberId, role: Role, meetings: Meetings, *, at: datetime
) -> bool:
    """Whether the assembly can give somebody a role anew that they hold.

    It can while it meets, at a meeting that was opened after the term began.
    """
    since = here.chosen.get((member, role))
    if since is None or not bounded(here):
        return False
    began = _began(here, since)
    return meets(tuple(each for each in meetings if each.opened_at > began), at=at)


def meets(meetings: Meetings, *, at: datetime) -> bool:
    """Whether a meeting of the whole assembly is open."""
    return any(each.opened_at <= at < each.over_at for each in meetings)


def _end(here: State, since: datetime, meetings: Meetings) -> datetime | None:
    if not bounded(here):
        return None
    rules, since = here.rulebooks[-1], _began(here, since)
    ends = []
    if rules.office_term:
        ends.append(since + timedelta(seconds=rules.office_term))
    later = [each for each in meetings if each.opened_at > since]
    if rules.office_meetings and len(later) >= rules.office_meetings:
        last = later[rules.office_meetings - 1]
        ends.append(last.over_at)
    return min(ends, default=None)


def _began(here: State, since: datetime) -> datetime:
    """Return when a term began: no term ran before the rules spoke of one."""
    first = here.adopted[-1]
    for rules, at in zip(reversed(here.rulebooks), reversed(here.adopted), strict=True):
        if not (rules.office_meetings or rules.office_term):
            break
        first = at
    return max(since, first)
