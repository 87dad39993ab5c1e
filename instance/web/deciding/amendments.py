"""Amendments to a motion, each as the difference that it makes to the text."""

from dataclasses import dataclass
from typing import Final

from confederation.deciding import amendment, motion
from confederation.deciding.amendment import Status
from confederation.identifiers import AmendmentId, Commit
from confederation.text import Text
from instance.desk import Desk
from instance.store import events
from instance.web import differences, naming
from instance.web.differences import Change
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.visits import Member

MOST_IN_REASON: Final = 4_000
MOST_IN_ROUND: Final = 1_000_000
STATUSES: Final[dict[Status, tuple[str, str]]] = {
    "offered": ("waiting", N_("Offered")),
    "friendly-accepted": ("done", N_("Taken in, as a friendly one")),
    "contested": ("waiting", N_("Contested: the meeting decides")),
    "adopted": ("done", N_("Adopted by the meeting")),
    "rejected": ("not", N_("Not adopted")),
    "stale": ("quiet", N_("Stale: the text has changed since")),
    "withdrawn": ("quiet", N_("Withdrawn")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendmentView:
    """An amendment as one member sees it, with what they may do about it now."""

    id: str
    tone: str
    says: str
    base: int
    reason: str
    changes: tuple[Change, ...]
    tally: tuple[int, int] | None
    may_accept: bool
    may_contest: bool
    may_count: bool
    may_withdraw: bool


def view(
    desk: Desk, state: motion.State, member: Member, *, may_count: bool
) -> tuple[AmendmentView, ...]:
    """Show the amendments to a motion to a member, the newest first."""
    assert state.drafted is not None
    tabled, proposer = state.status == "tabled", state.drafted.by
    found = []
    for id, known in list(state.amendments.amendments.items())[::-1]:
        tone, says = STATUSES[known.status]
        mine = known.offered.by == member.id
        offered = tabled and known.status == "offered"
        before = clauses(desk, state.versions[known.offered.base - 1])
        found.append(
            AmendmentView(
                id=id,
                tone=tone,
                says=says,
                base=known.offered.base,
                reason=naming.said(desk, known.offered.reason),
                changes=differences.of_clauses(
                    before, clauses(desk, known.offered.text)
                ),
                tally=known.tally,
                may_accept=offered and proposer == member.id,
                may_contest=offered and not mine,
                may_count=tabled and known.status == "contested" and may_count,
                may_withdraw=tabled and mine and known.status in amendment.OPEN,
            )
        )
    return tuple(found)


def clauses(desk: Desk, text: Text) -> tuple[str, ...]:
    """Return the words of a text, clause by clause."""
    if not text.clauses:
        return (naming.said(desk, text.text),)
    return tuple(naming.said(desk, clause.text) for clause in text.clauses)


def keep_reason(desk: Desk, form: Form) -> Commit:
    """Keep why somebody offers an amendment, and return what stands for it."""
    reason = form.text("why", "Why", most=MOST_IN_REASON)
    return events.keep_wording(desk.connection, reason)


def accept(desk: Desk, member: Member, form: Form) -> amendment.AcceptAmendment:
    return amendment.AcceptAmendment(amendment=_named(form), by=member.id, at=desk.now)


def contest(desk: Desk, member: Member, form: Form) -> amendment.ContestAmendment:
    return amendment.ContestAmendment(amendment=_named(form), by=member.id, at=desk.now)


def take_back(desk: Desk, member: Member, form: Form) -> amendment.WithdrawAmendment:
    return amendment.WithdrawAmendment(
        amendment=_named(form), by=member.id, at=desk.now
    )


def count(desk: Desk, member: Member, form: Form) -> amendment.CountAmendmentRound:
    return amendment.CountAmendmentRound(
        amendment=_named(form),
        for_=form.whole("for", "For", most=MOST_IN_ROUND),
        against=form.whole("against", "Against", most=MOST_IN_ROUND),
        by=member.id,
        at=desk.now,
    )


def _named(form: Form) -> AmendmentId:
    return AmendmentId(form.line("amendment", N_("Amendment"), most=100))
