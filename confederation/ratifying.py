"""Delegates propose, assemblies ratify, and silence binds nobody.

A confirmed result that asks for it goes back to every assembly. What each decides on it
is filed in its own record, and goes the way of a vote: it is witnessed, certified or
excluded, and the end that follows from it is attested.

Whom a decision binds is a function of the certified revisions, like the result itself.
See docs/reference/statements.md, "Ratification".
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

from confederation import bearing, council, statements, tally
from confederation.bearing import Inner
from confederation.compact import Compact, left
from confederation.council import Standing, State
from confederation.counting import shares
from confederation.counting.majority import HALF
from confederation.history import Contradiction, Record
from confederation.holding import Holding
from confederation.identifiers import AssemblyId, CompactId, Digest, OptionId
from confederation.mandate import Finding, Rule
from confederation.record import (
    Decision,
    Entry,
    Fact,
    Figures,
    Proposal,
    Ratification,
    Result,
)
from confederation.statements import Revision, Subject
from confederation.tally import Position
from confederation.weighing import Fate, Filings, Weighed, settle

METHOD: Final = "ratification"
RATIFY: Final = OptionId("ratify")
REFUSE: Final = OptionId("refuse")

Says = Literal["ratified", "refused", "left", "silent"]


class Stage(StrEnum):
    """How far an adopted decision has come, once its result is confirmed."""

    RATIFYING = "ratifying"
    IN_FORCE = "in force"
    NOT_IN_FORCE = "not in force"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """A ratification as it was filed; ``finding`` says which rule it breaks, if any."""

    entry: Entry
    filed: Ratification
    finding: Finding | None


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
        """Give what follows next from what the assembly of this record has decided.

        None while it has decided nothing on the result, or has filed what it decided.
        """
        filed = self.examine(record)
        now = _last(filed)
        said = None if now is None else (now.decision, now.withdrawn_by)
        next_ = Ratification(
            proposal=self.holding.proposal.digest,
            result_hash=self.result,
            revision=len(filed) + 1,
            ratifies=False,
        )
        leaving = left(self.holding.compact, record, record.size)
        decided = self._decided(record, record.size, filed)
        if leaving is not None:
            next_ = replace(next_, withdrawn_by=leaving.digest)
        elif decided is not None:
            next_ = replace(next_, decision=decided[0], ratifies=decided[1])
        else:
            return None
        if (next_.decision, next_.withdrawn_by) == said:
            return None
        # A record that has filed out of order can file nothing in this round any more.
        return None if self._judge(next_, record, record.size, filed) else next_

    def may_attest(self, result: Result, me: AssemblyId, at: datetime) -> bool:
        """Say yes: a result that is ratified holds its slot already."""
        return True

    def examine(self, record: Record) -> tuple[Filing, ...]:
        """Judge every ratification of the result in one record, in its order."""
        examined: list[Filing] = []
        for entry, filed in record.facts(Ratification):
            if filed.result_hash != self.result:
                continue
            finding = self._judge(filed, record, entry.seq, tuple(examined))
            examined.append(Filing(entry=entry, filed=filed, finding=finding))
        return tuple(examined)

    def _filed(self) -> Filings:
        filed: dict[Revision, tuple[Entry, Finding | None, Position | None]] = {}
        for seat, member in enumerate(self.holding.compact.members):
            for record in self.holding.held(member.assembly):
                for each in self.examine(record):
                    revision = (seat, each.filed.revision, each.entry.digest)
                    position = _position(seat, each) if each.finding is None else None
                    filed[revision] = (each.entry, each.finding, position)
                    # Nobody here can tell yet: it is neither good nor void.
                    if each.finding is not None and each.finding.rule is _WAITS:
                        filed[revision] = (each.entry, None, None)
        return filed

    def _decided(
        self, record: Record, before: int, filed: tuple[Filing, ...]
    ) -> tuple[Digest, bool] | None:
        """Give the decision that comes next to be filed, and whether it ratifies.

        That is the newest yes or no of the assembly to the result, before a place. A
        seat that is borne for a compact below says what that one decided, and nothing
        of the bearer's own.
        """
        borne = bearing.borne(self.holding.compact, record.assembly)
        if borne is None:
            own = self._own_decision(record, before)
            return None if own is None else (own[0].digest, own[1].outcome == "passed")
        named = {each.filed.decision for each in filed}
        below = (
            (digest, decided.outcome == "adopted")
            for digest, decided in sorted(self.holding.inner.items())
            if digest not in named
            and self._lacks_below(decided, borne, record.assembly) is None
        )
        return next(below, None)

    def _lacks_below(
        self, decided: Inner, borne: CompactId, bearer: AssemblyId
    ) -> str | None:
        if (
            decided.compact != borne
            or decided.on != self.result
            or bearer not in decided.assemblies
            or decided.outcome not in ("adopted", "rejected")
        ):
            return "The compact that the seat is held for did not decide on it."
        return None

    def _own_decision(
        self, record: Record, before: int
    ) -> tuple[Entry, Decision] | None:
        newest = None
        for entry, decision in record.facts(Decision, before=before):
            if (
                decision.on == self.result
                and decision.outcome != "no quorum"
                and decision.chosen is None
                and not decision.elected
                and (
                    not self.holding.compact.rules.two_tellers
                    or record.confirmed(entry)
                )
            ):
                newest = entry, decision
        return newest

    def _judge(
        self,
        filed: Ratification,
        record: Record,
        seq: int,
        before: tuple[Filing, ...],
    ) -> Finding | None:
        """Judge a ratification as if it stood at ``seq`` of its assembly's record.

        See docs/reference/statements.md, "When a ratification is void".
        """
        if len(before) != filed.revision - 1 or any(
            each.filed.revision != place for place, each in enumerate(before, start=1)
        ):
            return Finding(
                rule=Rule.OUT_OF_ORDER,
                says=(
                    f"Revision {filed.revision} does not come next: {len(before)} "
                    "were filed."
                ),
            )
        leaving = left(self.holding.compact, record, seq)
        if leaving is not None and filed.withdrawn_by is None:
            return Finding(
                rule=Rule.NOT_A_MEMBER,
                says="This assembly had left the compact before it answered.",
            )
        if (
            filed.proposal != self.holding.proposal.digest
            or (filed.decision is None) == (filed.withdrawn_by is None)
            or (filed.withdrawn_by is not None and filed.ratifies)
        ):
            return _no_decision("It does not say plainly what answers what.")
        if filed.withdrawn_by is not None:
            if leaving is not None and filed.withdrawn_by == leaving.digest:
                return None
            return _no_decision("It names no leaving that stands in this record.")
        borne = bearing.borne(self.holding.compact, record.assembly)
        if borne is not None:
            return self._judge_borne(filed, borne, record.assembly)
        decided = self._own_decision(record, seq)
        if decided is None or decided[0].digest != filed.decision:
            return _no_decision(
                "It does not name the newest decision of this assembly on the outcome."
            )
        if filed.ratifies != (decided[1].outcome == "passed"):
            return _no_decision("It says something else than the decision behind it.")
        return None

    def _judge_borne(
        self, filed: Ratification, borne: CompactId, bearer: AssemblyId
    ) -> Finding | None:
        below = self.holding.inner.get(filed.decision) if filed.decision else None
        if below is None:
            return Finding(
                rule=_WAITS,
                says="What the compact below decided is not attested here by enough of "
                "its members yet.",
            )
        lacks = self._lacks_below(below, borne, bearer)
        if lacks is None and filed.ratifies != (below.outcome == "adopted"):
            lacks = "It says something else than the compact below decided."
        return None if lacks is None else _no_decision(lacks)


_WAITS: Final = Rule.NOT_DECIDED_BELOW


def _no_decision(says: str) -> Finding:
    return Finding(rule=Rule.NO_DECISION, says=says)


def _last(filed: tuple[Filing, ...]) -> Ratification | None:
    lawful = (each.filed for each in reversed(filed) if each.finding is None)
    return next(lawful, None)


def _position(seat: int, filing: Filing) -> Position:
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
        return text.closes + timedelta(seconds=compact.rules.ratification.window)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


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
