"""A seat at a proposal: what its assembly said, what its delegate did, what came of it.

Mandate and vote stand side by side: anybody sees whether one keeps to the other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from confederation.confederal import mandate
from confederation.confederal.council import Revised, Standing, State
from confederation.confederal.history import Record
from confederation.confederal.holding import Holding
from confederation.confederal.mandate import Bound, Finding
from confederation.counting.majority import ABSTAIN, AGAINST, FOR
from confederation.identifiers import AssemblyId, OptionId
from confederation.record import (
    Decision,
    Entry,
    Filed,
    Mandate,
    MembersCount,
    Membership,
    PaperVote,
    Recall,
    Succession,
    Vote,
)
from instance import chamber
from instance.desk import Desk
from instance.store import records
from instance.web import naming, states
from instance.web.confederal import instructions, standings
from instance.web.confederal.instructions import Orders, Person
from instance.web.languages import N_
from instance.web.naming import Named, Words
from instance.web.states import Badge

NO_VOTE_YET = Badge(says=N_("Has not voted yet"), tone="quiet")
NO_VOTE = Badge(says=N_("Did not vote"), tone="quiet")
WITHDRAWN = Badge(says=N_("Vote withdrawn"), tone="waiting")
RECALLED = Badge(says=N_("Delegate recalled, vote withdrawn"), tone="waiting")
LEFT = Badge(
    says=N_("The seat is empty: the assembly has left, or ended as it was"),
    tone="quiet",
)
EMPTIED = Badge(says=N_("Seat counts as empty"), tone="not")


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionView:
    """One revision of a seat's position, and what became of it.

    ``choice`` is empty for a withdrawal. ``why`` says which rule left it out. ``by``
    is the substitute who filed it; None for the assembly that has the seat.
    """

    number: int
    choice: tuple[Words, ...]
    says: str
    fate: Badge
    counted: bool
    why: str | None
    rule: str | None
    witnesses: tuple[str, ...]
    at: datetime | None
    entry: str
    by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StrayView:
    """A signed vote that reached us and stands in no record: counted by nobody."""

    choice: tuple[Words, ...]
    mandate: str
    rule: str
    says: str
    orders: Orders | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """How members voted whose papers came by one way, or by several with few each."""

    names: str
    for_: int
    against: int
    abstain: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatView:
    """One seat, everything about it side by side.

    ``channels`` are there where the papers came by more than one.
    """

    assembly: Named
    bound: Badge
    holder: Person | None
    mandate: str | None
    orders: Orders | None
    vote: Badge
    choice: tuple[Words, ...]
    members: MembersCount | None
    channels: tuple[Channel, ...]
    revisions: tuple[RevisionView, ...]
    strays: tuple[StrayView, ...]


def view(desk: Desk, held: Holding, standing: Standing) -> tuple[SeatView, ...]:
    """Show every seat of the compact, in the order of the compact."""
    names = instructions.labels(desk, held.text)
    strays = [*chamber.strays(desk, held)]
    return tuple(
        _seat(desk, held, standing, seat, names=names, strays=strays)
        for seat in range(held.compact.n)
    )


def of_proposal(desk: Desk, proposal: Entry) -> tuple[SeatView, ...]:
    """Show every seat at a proposal; none where its compact is not held here."""
    held = chamber.holding(desk, proposal)
    return () if held is None else view(desk, held, standings.standing(desk, held))


def our_bound(desk: Desk, proposal: Entry) -> tuple[Badge, Orders | None] | None:
    """Say what binds our own delegate in a proposal; None if we have no seat in it.

    There are orders only where the delegate can vote by them.
    """
    held = chamber.holding(desk, proposal)
    ours = records.ours(desk.connection)
    kept = None if held is None or ours is None else held.records.get(ours.id)
    if held is None or kept is None or held.compact.seat_of(kept.assembly) is None:
        return None
    bound = mandate.bound(kept, kept.size, held.matter)
    if bound.instruction is None or bound.word != "instructed":
        return states.of_seat(bound), None
    names = instructions.labels(desk, held.text)
    said = instructions.orders(desk, bound.instruction, names)
    return states.of_seat(bound), said


def _seat(
    desk: Desk,
    held: Holding,
    standing: Standing,
    seat: int,
    *,
    names: Mapping[OptionId, Words],
    strays: list[tuple[Vote, Finding]],
) -> SeatView:
    id = held.compact.members[seat].assembly
    revised = [each for each in standing.revisions if each.seat == seat]
    kept = held.records.get(_filed_last(revised) or id)
    bound = _bound(held, standing, seat, kept)
    given = None if bound.mandate is None else bound.mandate.fact
    vote, choice = _position(standing, revised, kept)
    instruction = bound.instruction
    decision = _decision(held, kept, given)
    return SeatView(
        assembly=naming.assembly(desk, id),
        bound=states.of_seat(bound),
        holder=(
            instructions.person(desk, given.holder, id)
            if isinstance(given, Mandate)
            else None
        ),
        mandate=None if bound.mandate is None else bound.mandate.digest,
        orders=(
            None
            if instruction is None
            else instructions.orders(desk, instruction, names)
        ),
        vote=vote,
        choice=instructions.chosen(names, choice),
        members=None if decision is None else decision.members,
        channels=() if decision is None else tuple(_channels(decision)),
        revisions=tuple(
            _revision(
                desk,
                standing,
                each,
                kept=held.records.get(each.entry.assembly) if each.entry else kept,
                names=names,
                id=id,
            )
            for each in revised
        ),
        strays=tuple(_strays(desk, id, strays, names)),
    )


def _filed_last(revised: list[Revised]) -> AssemblyId | None:
    """Name who filed the last of a seat: a substitute, where it moved to one."""
    filed = [
        each.entry.assembly
        for each in revised
        if each.entry is not None
        and each.finding is None
        and isinstance(each.entry.fact, Filed)
    ]
    return filed[-1] if filed else None


def _bound(held: Holding, standing: Standing, seat: int, kept: Record | None) -> Bound:
    """Say what bound the vote that counts, or else what binds the seat now."""
    if kept is None:
        return Bound(word="vacant")
    for each in standing.revisions:
        if (
            each.seat == seat
            and each.entry is not None
            and each.entry.assembly == kept.assembly
            and _counts(standing, each)
        ):
            return mandate.bound(kept, each.entry.seq, held.matter)
    return mandate.bound(kept, kept.size, held.matter)


def _counts(standing: Standing, revised: Revised) -> bool:
    result = standing.confirmed or standing.result
    return result is not None and any(
        counted.digest == revised.digest and counted.rule is None
        for counted in result.certified
    )


def _position(
    standing: Standing, revised: list[Revised], kept: Record | None
) -> tuple[Badge, tuple[OptionId, ...]]:
    """Say how a seat stands: by the count once there is one, else by what is filed."""
    if any(each.revision == 0 for each in revised):
        return EMPTIED, ()
    counted = [each for each in revised if _counts(standing, each)]
    if counted:
        return Badge(says=N_("Counted"), tone="done"), _choice(counted[-1])
    open_ = standing.state in (State.DRAFT, State.OPEN)
    filed = [each for each in revised if each.entry and each.finding is None]
    if not filed:
        return (NO_VOTE_YET if open_ else NO_VOTE), ()
    last = filed[-1]
    if not _choice(last):
        return _taken_back(last, kept), ()
    return states.FATES[last.fate], _choice(last)


def _choice(revised: Revised) -> tuple[OptionId, ...]:
    fact = None if revised.entry is None else revised.entry.fact
    if isinstance(fact, PaperVote):
        return fact.choice
    if isinstance(fact, Filed) and fact.document is not None:
        return fact.document.choice
    return ()


def _taken_back(revised: Revised, kept: Record | None) -> Badge:
    """Say by what a vote was withdrawn, or the seat emptied."""
    fact = None if revised.entry is None else revised.entry.fact
    if kept is None or not isinstance(fact, Filed):
        return WITHDRAWN
    cause = kept.get(fact.withdrawn_by)
    match None if cause is None else cause.fact:
        case Recall():
            return RECALLED
        case Membership() | Succession():
            return LEFT
        case _:
            return WITHDRAWN


def _decision(held: Holding, kept: Record | None, given: object) -> Decision | None:
    if kept is None or not isinstance(given, Mandate):
        return None
    return mandate.decided_on(given, kept, held.matter)


def _channels(decision: Decision) -> Iterable[Channel]:
    if decision.members is None or len(decision.channels) < 2:
        return
    for names, counts in decision.channels.items():
        yield Channel(
            names=names,
            for_=counts.get(FOR, 0),
            against=counts.get(AGAINST, 0),
            abstain=counts.get(ABSTAIN, 0),
        )


def _revision(
    desk: Desk,
    standing: Standing,
    revised: Revised,
    *,
    kept: Record | None,
    names: Mapping[OptionId, Words],
    id: AssemblyId,
) -> RevisionView:
    result = standing.confirmed or standing.result
    filed = revised.entry
    by = filed.assembly if filed and isinstance(filed.fact, Filed) else None
    rule = None
    if result is not None:
        rule = next(
            (each.rule for each in result.certified if each.digest == revised.digest),
            None,
        )
    return RevisionView(
        number=revised.revision,
        choice=instructions.chosen(names, _choice(revised)),
        says=_says(revised, kept),
        fate=states.FATES[revised.fate],
        counted=_counts(standing, revised),
        why=None if revised.finding is None else revised.finding.says,
        rule=states.LEFT_OUT.get(rule or "", rule)
        if revised.finding is None
        else states.of_finding(revised.finding),
        witnesses=naming.names(desk, revised.witnesses),
        at=None if revised.entry is None else revised.entry.published,
        entry=revised.digest,
        by=None if by in (None, id) else naming.assembly(desk, str(by)).name,
    )


def _says(revised: Revised, kept: Record | None) -> str:
    if revised.revision == 0:
        return N_("Evidence that this assembly contradicted itself")
    entry: Entry | None = revised.entry
    if entry is None:
        return N_("Only heard of from others so far")
    if isinstance(entry.fact, PaperVote):
        return N_("Vote on paper")
    if _choice(revised):
        return N_("Vote")
    if _taken_back(revised, kept) is RECALLED:
        return N_("Vote taken back, because the delegate was recalled")
    return N_("Vote taken back")


def _strays(
    desk: Desk,
    id: AssemblyId,
    strays: list[tuple[Vote, Finding]],
    names: Mapping[OptionId, Words],
) -> Iterable[StrayView]:
    for vote, finding in strays:
        if vote.assembly != id:
            continue
        yield StrayView(
            choice=instructions.chosen(names, vote.choice),
            mandate=vote.mandate,
            rule=states.of_finding(finding),
            says=finding.says,
            orders=(
                None
                if finding.instruction is None
                else instructions.orders(desk, finding.instruction, names)
            ),
        )
