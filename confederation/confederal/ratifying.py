"""Delegates propose, assemblies ratify, and silence binds nobody.

A confirmed result that asks for it goes back to every assembly. What each decides on it
is filed in its own record, and goes the way of a vote: it is witnessed, certified or
excluded, and the end that follows from it is attested.

Whom a decision binds is a function of the certified revisions, like the result itself.
See docs/reference/statements.md, "Ratification".
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

from confederation.confederal import answering, council, statements, tally
from confederation.confederal.compact import Compact
from confederation.confederal.council import Standing, State
from confederation.confederal.history import Contradiction, Record
from confederation.confederal.holding import Holding
from confederation.confederal.mandate import WAITING, Finding
from confederation.confederal.statements import Revision, Subject
from confederation.confederal.tally import Position
from confederation.confederal.weighing import Fate, Filings, Weighed, settle
from confederation.counting import shares
from confederation.counting.majority import HALF
from confederation.identifiers import AssemblyId, Digest, OptionId
from confederation.record import (
    Entry,
    Fact,
    Figures,
    Proposal,
    Ratification,
    Result,
)

METHOD: Final = "ratification"
RATIFY: Final = OptionId("ratify")
REFUSE: Final = OptionId("refuse")
LATEST: Final = datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC)
"""The last second of which an entry can speak."""

Says = Literal["ratified", "refused", "left", "silent"]


class Stage(StrEnum):
    """How far an adopted decision has come, once its result is confirmed."""

    RATIFYING = "ratifying"
    IN_FORCE = "in force"
    NOT_IN_FORCE = "not in force"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratifying:
    """The round in which the assemblies ratify a result: a ``council.Round``.

    ``result`` is the digest of the confirmed result, which is what the round is about.
    """

    holding: Holding
    result: Digest

    @property
    def subject(self) -> Subject:
        """What the statements are about: the result. Nobody can withdraw it."""
        return statements.on_result(self.result)

    @property
    def opens(self) -> datetime:
        """When the vote had closed; no result is confirmed before that."""
        return self.holding.text.closes

    @property
    def closes(self) -> datetime:
        """When the proposal says that the vote closes, and the compact's window on."""
        return closes(self.holding.compact, self.holding.text)

    def weigh(self) -> Weighed:
        """Weigh every ratification known of; the result once it is determined."""
        compact, subject = self.holding.compact, self.subject
        heard = statements.hear(compact, subject, self.holding.all_records())

        def counted(positions: list[Position]) -> Result:
            return count(compact, self.result, positions)

        return settle(compact, heard, self._filed(), counted)

    def contradictions(self) -> tuple[Contradiction, ...]:
        """Find the statements of one assembly that cannot both be meant."""
        return statements.contradictions_on(
            self.holding.compact, self.subject, self.holding.all_records()
        )

    def sound(self) -> bool:
        """Say yes: a confirmed result needs nobody's leave to be ratified."""
        return True

    def to_file(self, record: Record) -> Ratification | None:
        """Give what follows next from what is decided on the result, if anything."""
        return answering.next_to_file(record, self.holding.matter, self.result)

    def may_attest(self, result: Result, me: AssemblyId, at: datetime) -> bool:
        """Say yes: a result that is ratified holds its slot already."""
        return True

    def _filed(self) -> Filings:
        matter = self.holding.matter
        filed: dict[Revision, tuple[Entry, Finding | None, Position | None]] = {}
        for seat, member in enumerate(self.holding.compact.members):
            for record in (r for b in member.bearers for r in self.holding.held(b)):
                for each in answering.examine(record, matter, self.result):
                    revision = (seat, each.filed.revision, each.entry.digest)
                    position = _position(seat, each) if each.finding is None else None
                    filed[revision] = (each.entry, each.finding, position)
                    # Nobody here can tell yet: it is neither good nor void.
                    if each.finding is not None and each.finding.rule in WAITING:
                        filed[revision] = (each.entry, None, None)
        return filed


def _position(seat: int, filing: answering.Filing) -> Position:
    filed = filing.filed
    emptied = filed.withdrawn_by is not None
    return Position(
        seat=seat,
        revision=filed.revision,
        digest=filing.entry.digest,
        says="emptied" if emptied else "vote",
        choice=() if emptied else (RATIFY if filed.ratifies else REFUSE,),
    )


def closes(compact: Compact, text: Proposal) -> datetime:
    """Say when a ratification closes: the same for everybody, whenever it began."""
    try:
        window = timedelta(seconds=compact.rules.ratification.window)
        return min(text.closes + window, LATEST)
    except OverflowError:
        return LATEST


def needed(compact: Compact, seats: int) -> int:
    """Say how many must ratify where so many seats are not emptied: at least one."""
    share = shares.read(compact.rules.ratification.enough)
    return max(1, shares.least(share, seats, strict=share == HALF))


def count(compact: Compact, result: Digest, positions: list[Position]) -> Result:
    """Count a ratification by its certified revisions.

    Each seat counts with its highest revision, as in a vote. Enough have ratified when
    they reach the compact's share of the seats that are not emptied: more than it
    where it is a half, at least it otherwise, and always one.

    Args:
        result: the digest of the result that is ratified.
        positions: every certified revision, in any order, duplicates welcome.

    See docs/reference/counting.md, "Ratification".
    """
    certified = sorted(set(positions), key=lambda p: (p.seat, p.revision, p.digest))
    listed, counting, emptied = tally.by_seat(certified)
    seats = compact.n - emptied
    least = needed(compact, seats)
    ratified = sum(each.choice == (RATIFY,) for each in counting)
    return Result(
        compact=compact.digest,
        proposal=result,
        method=METHOD,
        certified=listed,
        figures=Figures(
            seats=seats,
            cast=len(counting),
            quorum=least,
            assemblies={RATIFY: ratified, REFUSE: len(counting) - ratified},
            members=None,
        ),
        outcome="in force" if ratified >= least else "not in force",
    )


def bound(
    compact: Compact, text: Proposal, vote: Result, ratified: Result | None
) -> tuple[AssemblyId, ...]:
    """Name the assemblies that a decision binds, in the order of the seats.

    Args:
        vote: the confirmed result of the vote.
        ratified: that of the ratification; None where there is none, or not yet.

    Where outcomes are ratified, it binds those that did so, or all where the compact
    says that; otherwise everybody. Never a seat that is emptied in what settled it:
    whoever has left is bound by nothing that is settled after.
    """
    settles = ratified if text.ratify else vote
    if (
        vote.outcome != "adopted"
        or settles is None
        or settles.outcome not in ("adopted", "in force")
    ):
        return ()
    if text.ratify and compact.rules.ratification.binds == "ratifying":
        seats = {e.seat for e in settles.certified if (e.rule, e.choice) == _RATIFIES}
    else:
        seats = set(range(compact.n)) - _emptied(settles)
    return tuple(compact.members[seat].assembly for seat in sorted(seats))


_RATIFIES: Final = (None, (RATIFY,))


def _emptied(result: Result) -> set[int]:
    return {each.seat for each in result.certified if each.rule == "seat emptied"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one assembly says to a result, as far as one node can see.

    ``settled`` says that no later word counts any more; a seat that is *silent* then
    has let it lapse.
    """

    assembly: AssemblyId
    says: Says
    settled: bool
    bound: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How far a decision has come, from the vote on to whom it binds.

    Attributes:
        state: that of the vote until an adopting result is confirmed; then *in force*,
            or what has become of its ratification, which may be *disputed* too.
        vote: how the vote stands.
        ratification: how the ratification stands; None where there is none, or the
            vote is not settled yet.
        result: the digest of the confirmed result, which an assembly decides on.
        closes: when the ratification closes, where there is one.
        answers: of each assembly what it says to the result; empty without a
            ratification.
        bound: whom the decision binds, once it is in force.
    """

    state: State | Stage
    vote: Standing
    ratification: Standing | None = None
    result: Digest | None = None
    closes: datetime | None = None
    answers: tuple[Answer, ...] = ()
    bound: tuple[AssemblyId, ...] = ()


def round_of(holding: Holding) -> Ratifying | None:
    """Give the ratification of a proposal; None while, or where, there is none."""
    confirmed = council.confirmed(holding) if holding.text.ratify else None
    if confirmed is None or confirmed.result.outcome != "adopted":
        return None
    return Ratifying(holding=holding, result=confirmed.digest)


def duties(
    holding: Holding,
    me: AssemblyId,
    at: datetime,
    digest: Callable[[Result], Digest],
) -> tuple[Fact, ...]:
    """Say what an assembly must file next in the ratification of a proposal.

    As ``council.duties``; ask it when that has nothing more to say.
    """
    round_ = round_of(holding)
    return () if round_ is None else council.due(round_, me, at, digest)


def course(
    holding: Holding, at: datetime | None = None, vote: Standing | None = None
) -> Course:
    """Say how far a decision has come, as far as one node's holding shows.

    Args:
        at: only tells what has closed, as for ``council.standing``.
        vote: how the vote stands by this holding, if that was worked out already.
    """
    if vote is None:
        vote = council.standing(holding, at)
    compact, text = holding.compact, holding.text
    round_ = round_of(holding)
    if vote.confirmed is None or vote.confirmed.outcome != "adopted":
        return Course(state=vote.state, vote=vote)
    if round_ is None:
        return Course(
            state=Stage.IN_FORCE,
            vote=vote,
            bound=bound(compact, text, vote.confirmed, None),
        )
    stands = council.stands(round_, at)
    binds = bound(compact, text, vote.confirmed, stands.confirmed)
    return Course(
        state=_state(stands),
        vote=vote,
        ratification=stands,
        result=round_.result,
        closes=round_.closes,
        answers=tuple(_answers(compact, stands, binds)),
        bound=binds,
    )


def _state(ratification: Standing) -> State | Stage:
    if ratification.confirmed is None:
        disputed = ratification.state is State.DISPUTED
        return State.DISPUTED if disputed else Stage.RATIFYING
    in_force = ratification.confirmed.outcome == "in force"
    return Stage.IN_FORCE if in_force else Stage.NOT_IN_FORCE


def _answers(
    compact: Compact, stands: Standing, binds: tuple[AssemblyId, ...]
) -> Iterator[Answer]:
    settled = stands.confirmed
    for seat, member in enumerate(compact.members):
        says: Says = "silent"
        if settled is not None:
            for each in settled.certified:
                if each.seat == seat and each.rule == "seat emptied":
                    says = "left"
                elif each.seat == seat and each.rule is None:
                    says = "ratified" if each.choice == (RATIFY,) else "refused"
        else:
            says = _said(stands, seat)
        yield Answer(
            assembly=member.assembly,
            says=says,
            settled=settled is not None,
            bound=member.assembly in binds,
        )


def _said(stands: Standing, seat: int) -> Says:
    """Say what a seat has answered so far: its highest revision that may count."""
    says: Says = "silent"
    for each in stands.revisions:
        lost = each.fate in (Fate.VOID, Fate.EXCLUDED)
        if each.seat != seat or lost or not each.judged:
            continue
        filed = each.entry.fact if each.entry is not None else None
        if isinstance(filed, Ratification):
            says = "left" if filed.withdrawn_by is not None else "refused"
            says = "ratified" if filed.ratifies else says
    return says
