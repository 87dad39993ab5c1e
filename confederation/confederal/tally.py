"""The result is a function of the certified revisions, and of nothing else.

No clock, no order, no duplicates: whoever holds the same certified revisions computes
the same result, and whoever holds other ones sees which.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from confederation.confederal import choosing
from confederation.confederal.compact import RANKINGS, WEIGHTED, Compact, bar
from confederation.counting import double, shares, weighted
from confederation.counting.majority import ABSTAIN, AGAINST, FOR
from confederation.errors import Invalid, Phrase
from confederation.identifiers import Digest, OptionId
from confederation.record import (
    Counted,
    Entry,
    Figures,
    MembersCount,
    Method,
    Proposal,
    Result,
)

NO_SEAT = -1
"""The seat under which the withdrawal of a proposal is witnessed: it is nobody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What one certified revision says for its seat.

    A ``vote`` carries its choice, and in ``members`` how many members of the assembly
    said what; None where nobody counted yes and no. ``withdrawn`` takes the vote back;
    ``emptied`` takes the seat out of the base of the count. The withdrawal of the
    proposal itself stands at the seat ``NO_SEAT``; below it stand the places where
    assemblies say at which level the matter belongs (see ``placing``).
    """

    seat: int
    revision: int
    digest: Digest
    says: Literal["vote", "withdrawn", "emptied", "here", "below", "alone"]
    choice: tuple[OptionId, ...] = ()
    members: MembersCount | None = None


def uncountable(text: Proposal) -> str | None:
    """Say why a proposal cannot be counted by this version; None if it can."""
    if text.method.name in RANKINGS:
        return choosing.uncountable(text)
    options = [option.id for option in text.options]
    if text.method.seats is not None:
        return Phrase("Only a transferable vote fills a number of places.")
    if sorted(options) not in ([AGAINST, FOR], [ABSTAIN, AGAINST, FOR]):
        return Phrase(
            "The options by these methods are for and against, and perhaps abstain."
        )
    try:
        bar(text.method)
    except Invalid as refusal:
        return str(refusal)
    return None


def count(compact: Compact, proposal: Entry, positions: Iterable[Position]) -> Result:
    """Count a proposal by its certified revisions.

    Each seat counts with its highest revision. Two certified filings at one seat and
    revision, which only contradictory statements can bring about, empty the seat. A
    certified withdrawal of the proposal settles it, whatever else was certified.

    Args:
        compact: the version that the proposal names.
        proposal: the entry that filed it.
        positions: every certified revision, in any order, duplicates welcome.

    Raises:
        Invalid: the proposal is :func:`uncountable`.

    See docs/reference/counting.md, "Double majority" and the sections after it.
    """
    text = proposal.fact
    if not isinstance(text, Proposal):
        raise Invalid("Only a proposal can be counted.")
    obstacle = uncountable(text)
    if obstacle is not None:
        raise Invalid(obstacle)
    certified = sorted(set(positions), key=_place)
    withdrawals = [each for each in certified if each.seat == NO_SEAT]
    if withdrawals:
        return _withdrawn(compact, proposal, withdrawals)
    listed, counting, emptied = by_seat(certified)
    if text.method.name in RANKINGS:
        return _ranked(compact, proposal, listed, counting, compact.n - emptied)
    if text.method.name == WEIGHTED:
        return _weighted(compact, proposal, listed, counting, compact.n - emptied)
    counted = _count(compact, text.method, counting, compact.n - emptied)
    return Result(
        compact=compact.digest,
        proposal=proposal.digest,
        method=text.method.name,
        certified=listed,
        figures=Figures(
            seats=compact.n - emptied,
            cast=len(counting),
            quorum=counted.quorum.needed,
            assemblies=_assemblies(text, counting),
            members=_members(counted, counting),
        ),
        outcome=counted.outcome,
    )


def _count(
    compact: Compact, method: Method, counting: list[Position], seats: int
) -> double.Double:
    asked = bar(method)
    counts = double.count if asked.assemblies else double.count_members
    return counts(
        [
            double.Seat(
                choice=position.choice[0],
                members=(position.members.for_, position.members.against)
                if asked.people and position.members is not None
                else None,
            )
            for position in counting
        ],
        assemblies=seats,
        quorum=shares.read(compact.rules.quorum),
        threshold=asked.share,
    )


def _weighted(
    compact: Compact,
    proposal: Entry,
    listed: tuple[Counted, ...],
    counting: list[Position],
    seats: int,
) -> Result:
    """Count the seats by what they weigh in this version of the compact."""
    text = proposal.fact
    assert isinstance(text, Proposal)
    weighing = compact.rules.weighing
    counted = weighted.count(
        [
            weighted.Seat(
                choice=position.choice[0],
                weight=compact.members[position.seat].weight,
                members=(position.members.for_, position.members.against)
                if position.members is not None
                else None,
            )
            for position in counting
        ],
        assemblies=seats,
        quorum=shares.read(compact.rules.quorum),
        threshold=bar(text.method).share,
        split=weighing is not None and weighing.cast == "split",
    )
    return Result(
        compact=compact.digest,
        proposal=proposal.digest,
        method=text.method.name,
        certified=listed,
        figures=Figures(
            seats=seats,
            cast=len(counting),
            quorum=counted.quorum.needed,
            assemblies=_assemblies(text, counting),
            members=None,
            weights={o: str(weight) for o, weight in counted.weights.items()},
        ),
        outcome=counted.outcome,
    )


def _ranked(
    compact: Compact,
    proposal: Entry,
    listed: tuple[Counted, ...],
    counting: list[Position],
    seats: int,
) -> Result:
    """Count rankings, and ask whether what they choose passes the method's bar."""
    text = proposal.fact
    assert isinstance(text, Proposal)
    rankings = [position.choice for position in counting]
    ranked = choosing.count(text, rankings, seed=proposal.digest)
    quorum = compact.quorum_of(seats)
    outcome: Literal["adopted", "rejected", "no quorum"] = "rejected"
    if len(counting) < quorum:
        outcome = "no quorum"
    elif choosing.passes(ranked, text.method, cast=len(counting)):
        outcome = "adopted"
    return Result(
        compact=compact.digest,
        proposal=proposal.digest,
        method=text.method.name,
        certified=listed,
        figures=Figures(
            seats=seats,
            cast=len(counting),
            quorum=quorum,
            assemblies=_assemblies(text, counting),
            members=None,
        ),
        outcome=outcome,
        ranked=ranked,
    )


def _withdrawn(
    compact: Compact, proposal: Entry, withdrawals: list[Position]
) -> Result:
    text = proposal.fact
    assert isinstance(text, Proposal)
    return Result(
        compact=compact.digest,
        proposal=proposal.digest,
        method=text.method.name,
        certified=tuple(_counted(each, "withdrawn") for each in withdrawals),
        figures=Figures(
            seats=compact.n,
            cast=0,
            quorum=compact.quorum,
            assemblies=_none_yet(text),
            members=None,
        ),
        outcome="withdrawn",
    )


def by_seat(
    certified: Iterable[Position],
) -> tuple[tuple[Counted, ...], list[Position], int]:
    """List every revision with its rule, the votes that count, and the empty seats."""
    by_seat: dict[int, list[Position]] = {}
    for position in certified:
        by_seat.setdefault(position.seat, []).append(position)
    listed: list[Counted] = []
    counting: list[Position] = []
    empty = 0
    for held in by_seat.values():
        revisions = [position.revision for position in held]
        highest = max(revisions)
        # Evidence of equivocation is the seat's revision 0 and empties it for good.
        emptied = (
            0 in revisions
            or len(set(revisions)) < len(revisions)
            or any(p.says == "emptied" and p.revision == highest for p in held)
        )
        empty += emptied
        for position in held:
            if position.revision < highest and position.revision > 0:
                listed.append(_counted(position, "superseded"))
            elif emptied:
                listed.append(_counted(position, "seat emptied"))
            elif position.says == "withdrawn":
                listed.append(_counted(position, "withdrawn"))
            else:
                listed.append(_counted(position, None))
                counting.append(position)
    return tuple(listed), counting, empty


def _assemblies(text: Proposal, counting: list[Position]) -> Mapping[OptionId, int]:
    assemblies = _none_yet(text)
    for position in counting:
        assemblies[position.choice[0]] += 1
    return assemblies


def _none_yet(text: Proposal) -> dict[OptionId, int]:
    return {option.id: 0 for option in text.options}


def _members(
    counted: double.Double, counting: list[Position]
) -> Mapping[OptionId, int] | None:
    """Give the members' count where it was one, with those who abstained beside it."""
    if not counting or counted.members_for is None or counted.members_against is None:
        return None
    return {
        FOR: counted.members_for,
        AGAINST: counted.members_against,
        ABSTAIN: sum(each.members.abstain for each in counting if each.members),
    }


def _counted(
    position: Position,
    rule: Literal["superseded", "withdrawn", "seat emptied"] | None,
) -> Counted:
    return Counted(
        seat=position.seat,
        revision=position.revision,
        digest=position.digest,
        rule=rule,
        choice=position.choice,
    )


def _place(position: Position) -> tuple[int, int, str]:
    return position.seat, position.revision, position.digest
