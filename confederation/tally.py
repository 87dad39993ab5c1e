"""The result is a function of the certified revisions, and of nothing else.

No clock, no order, no duplicates: whoever holds the same certified revisions computes
the same result, and whoever holds other ones sees which.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from confederation.compact import Compact, share
from confederation.errors import Invalid
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

FOR = OptionId("for")
AGAINST = OptionId("against")
ABSTAIN = OptionId("abstain")

HALF = Fraction(1, 2)

NO_SEAT = -1
"""The seat under which the withdrawal of a proposal is witnessed: it is nobody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What one certified revision says for its seat.

    A ``vote`` carries its choice, and in ``members`` how many members of the assembly
    said what; None where nobody counted yes and no. ``withdrawn`` takes the vote back;
    ``emptied`` takes the seat out of the base of the count. The withdrawal of the
    proposal itself stands at the seat ``NO_SEAT``.
    """

    seat: int
    revision: int
    digest: Digest
    says: Literal["vote", "withdrawn", "emptied"]
    choice: tuple[OptionId, ...] = ()
    members: MembersCount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """How high a method sets the bar.

    ``share`` of the assemblies that cast must be for: more than it where it is a half,
    at least it otherwise. ``people`` asks for a second majority, counted by members.
    """

    share: Fraction
    people: bool

    def at_least(self, other: "Bar") -> bool:
        """Say whether whatever passes this bar passes the other as well."""
        return self.share >= other.share and (self.people or not other.people)


def bar(method: Method) -> Bar:
    """Read a method's bar.

    ``majority-of-assemblies`` and ``double-majority`` ask for more than half, or for
    the threshold that the method names; ``two-thirds-of-assemblies`` for two thirds.

    Raises:
        Invalid: this version counts no such method.
    """
    if method.name == "two-thirds-of-assemblies" and method.threshold is None:
        return Bar(share=Fraction(2, 3), people=False)
    if method.name in ("majority-of-assemblies", "double-majority"):
        threshold = share(method.threshold or "1/2", "threshold")
        if threshold < HALF:
            raise Invalid("A proposal is not adopted by less than half.")
        return Bar(share=threshold, people=method.name == "double-majority")
    raise Invalid(f"There is no way here to count by {method.name!r}.")


def count(compact: Compact, proposal: Entry, positions: Iterable[Position]) -> Result:
    """Count a proposal by its certified revisions.

    Each seat counts with its highest revision. Two certified filings at one seat and
    revision, which only contradictory statements can bring about, empty the seat. A
    certified withdrawal of the proposal settles it, whatever else was certified.

    Args:
        compact: the version that the proposal names.
        proposal: the entry that filed it.
        positions: every certified revision, in any order, duplicates welcome.

    See docs/reference/counting.md, "Confederal decisions".
    """
    text = proposal.fact
    if not isinstance(text, Proposal):
        raise Invalid("Only a proposal can be counted.")
    certified = sorted(set(positions), key=_place)
    withdrawals = [each for each in certified if each.seat == NO_SEAT]
    if withdrawals:
        return _withdrawn(compact, proposal, withdrawals)
    listed, counting, emptied = _by_seat(certified)
    base = compact.n - emptied
    figures = Figures(
        seats=base,
        cast=len(counting),
        quorum=compact.quorum_of(base),
        assemblies=_assemblies(text, counting),
        members=_members(counting) if bar(text.method).people else None,
    )
    return Result(
        compact=compact.digest,
        proposal=proposal.digest,
        method=text.method.name,
        certified=listed,
        figures=figures,
        outcome=_outcome(text.method, figures),
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


def _by_seat(
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
        for option in position.choice:
            assemblies[option] = assemblies.get(option, 0) + 1
    return assemblies


def _none_yet(text: Proposal) -> dict[OptionId, int]:
    return {option.id: 0 for option in text.options}


def _members(counting: list[Position]) -> Mapping[OptionId, int] | None:
    """Add up the members, where every assembly that cast counted its yes and no."""
    counts = [position.members for position in counting]
    if not counts or any(each is None for each in counts):
        return None
    known = [each for each in counts if each is not None]
    return {
        FOR: sum(each.for_ for each in known),
        AGAINST: sum(each.against for each in known),
        ABSTAIN: sum(each.abstain for each in known),
    }


def _outcome(
    method: Method, figures: Figures
) -> Literal["adopted", "rejected", "no quorum"]:
    if figures.cast < figures.quorum or figures.cast == 0:
        return "no quorum"
    asked = bar(method)
    in_favour = figures.assemblies.get(FOR, 0)
    needed = asked.share * figures.cast
    enough = in_favour > needed if asked.share == HALF else in_favour >= needed
    by_people = (
        figures.members is None or figures.members[FOR] > figures.members[AGAINST]
    )
    return "adopted" if enough and by_people else "rejected"


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
