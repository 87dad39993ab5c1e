"""Assemblies on separate nodes come to one answer, and nobody is in charge of it.

A :class:`Holding` is all that one node holds about one proposal. What stands follows
from it (:func:`standing`), and so does what this node's assembly must say next in its
own record (:func:`duties`). Both are pure, so every node that holds the same comes to
the same, and a node that was gone catches up by reading.

A statement names a revision as (seat, revision, digest of the filing entry). Three
kinds of statement are about no filing of a seat, and go the same way:

- ``(seat, 0, assembly)``: evidence that this seat's assembly contradicted itself. The
  digest is the assembly's own identity, so that all who hold evidence, whichever two
  entries they hold, witness the same revision.
- ``(-2, k, digest)`` for the first seat, ``(-3, k, digest)`` for the second and so on:
  the *k*-th entry by which its assembly says at which level the matter belongs.
- ``(-1, 1, digest)``: the proposing assembly's withdrawal of the proposal, by the
  digest of the withdrawing entry.

A vote is one :class:`Round` of this; the ratification of its result is another (see
``ratifying``). What is filed in them differs, how it is settled does not.

See docs/explanation/deciding-together.md and docs/reference/statements.md.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from confederation.confederal import (
    admission,
    filings,
    paper,
    slots,
    statements,
    substituting,
)
from confederation.confederal.compact import Compact
from confederation.confederal.history import Contradiction, Record
from confederation.confederal.holding import Holding, overdue
from confederation.confederal.statements import Heard, Revision, Subject
from confederation.confederal.tally import NO_SEAT
from confederation.confederal.weighing import (
    Attested,
    Fate,
    Revised,
    Weighed,
    agreed,
    attestations,
    named,
    weigh,
)
from confederation.identifiers import AssemblyId, Digest
from confederation.record import (
    Attestation,
    Fact,
    Filed,
    PaperVote,
    Result,
    Witness,
)

__all__ = [
    "Attested",
    "Fate",
    "Revised",
    "Round",
    "Standing",
    "State",
    "confirmed",
    "due",
    "duties",
    "standing",
    "stands",
]


class State(StrEnum):
    """How far a proposal has come. What was decided is in the confirmed result."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSING = "closing"
    DETERMINED = "determined"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"


class Round(Protocol):
    """One question that goes round, and all that one node holds about it."""

    @property
    def holding(self) -> Holding:
        """What is held: the compact, the records, the clocks, the evidence."""

    @property
    def subject(self) -> Subject:
        """What the statements are about."""

    @property
    def opens(self) -> datetime:
        """When filings are witnessed from."""

    @property
    def closes(self) -> datetime:
        """When filings are witnessed until."""

    def weigh(self) -> Weighed:
        """Weigh what was stated and filed."""

    def contradictions(self) -> tuple[Contradiction, ...]:
        """Find the statements of one assembly that cannot both be meant."""

    def sound(self) -> bool:
        """Say whether nothing speaks against witnessing the subject itself."""

    def to_file(self, record: Record) -> Fact | None:
        """Give what the assembly of this record must file next by itself, if any."""

    def may_attest(self, result: Result, me: AssemblyId, at: datetime) -> bool:
        """Say whether an assembly may attest this result now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Vote:
    """The round in which the seats vote on a proposal."""

    holding: Holding

    @property
    def subject(self) -> Subject:
        return statements.on(self.holding.proposal)

    @property
    def opens(self) -> datetime:
        return self.holding.text.opens

    @property
    def closes(self) -> datetime:
        return self.holding.text.closes

    def weigh(self) -> Weighed:
        return weigh(self.holding)

    def contradictions(self) -> tuple[Contradiction, ...]:
        held = self.holding
        about = statements.contradictions(
            held.compact, held.proposal, held.all_records()
        )
        return about + slots.contradictions(held)

    def sound(self) -> bool:
        return admission.objection(self.holding) is None

    def to_file(self, record: Record) -> Filed | None:
        matter = self.holding.matter
        # One revision at a time: what else there is to file comes after it.
        taken = paper.to_take(self.holding, record.assembly)
        if taken is not None:
            return taken
        return filings.withdrawal_due(record, matter)

    def may_attest(self, result: Result, me: AssemblyId, at: datetime) -> bool:
        return not slots.adopts(result) or slots.free(self.holding, me, result, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a proposal, or a ratification, stands, as far as one node can see.

    Attributes:
        opened_by: the assemblies that witnessed the proposal.
        revisions: every revision known, by seat, revision and digest.
        finals: the assemblies whose final statement is held.
        attestations: each result that was attested, the most attested first.
        result: what this node computes, once it is determined.
        confirmed: what enough assemblies attest identically.
        contradictions: statements of one assembly that cannot both be meant.
        waiting_for: the assemblies whose word is missing for the next state.
        missing: certified filings that this node must still fetch.
        replaceable: whether the compact's limit for closing has passed.
        yields_to: the proposal that holds the same slot, being adopted, if any.
    """

    state: State
    opened_by: tuple[AssemblyId, ...]
    revisions: tuple[Revised, ...]
    finals: tuple[AssemblyId, ...]
    attestations: tuple[Attested, ...]
    result: Result | None
    confirmed: Result | None
    contradictions: tuple[Contradiction, ...]
    waiting_for: tuple[AssemblyId, ...]
    missing: tuple[Digest, ...]
    replaceable: bool = False
    yields_to: Digest | None = None

    @property
    def dissents(self) -> tuple[AssemblyId, ...]:
        """The assemblies that attest something other than the confirmed result."""
        if self.confirmed is None:
            return ()
        return tuple(
            assembly
            for attested in self.attestations
            if attested.result != self.confirmed
            for assembly in attested.by
        )


def standing(holding: Holding, at: datetime | None = None) -> Standing:
    """Say how a proposal stands, as far as one node's holding shows.

    ``at`` only tells whether closing has come and whether its limit has passed; what
    is certified, excluded, determined, confirmed or disputed follows from signed
    statements alone. None is for a reader without a clock.
    """
    return stands(_Vote(holding=holding), at)


def confirmed(holding: Holding) -> Attested | None:
    """Give what enough assemblies attest of a proposal, if anything, as far as is held.

    That is for good, and nothing has to be weighed for it: see ``Standing.confirmed``.
    """
    subject = statements.on(holding.proposal)
    said = statements.attested(holding.compact, subject, holding.all_records())
    return agreed(holding.compact, attestations(holding.compact, said))


def stands(round_: Round, at: datetime | None = None) -> Standing:
    """Say how a round stands; see :func:`standing`, which is for that of the vote."""
    holding, weighed = round_.holding, round_.weigh()
    compact, heard = holding.compact, weighed.heard
    attested = attestations(compact, heard.attestations)
    alike = agreed(compact, attested)
    state = _state(round_, weighed, attested, at)
    result = weighed.result
    return Standing(
        state=state,
        opened_by=named(compact, heard.opened_by),
        revisions=weighed.revisions,
        finals=named(compact, {final.seat for final in heard.finals}),
        attestations=attested,
        result=result,
        confirmed=None if alike is None else alike.result,
        contradictions=round_.contradictions(),
        waiting_for=_waiting_for(compact, state, heard),
        missing=weighed.missing,
        replaceable=(
            state is State.CLOSING
            and at is not None
            and overdue(compact, round_.closes, at)
        ),
        yields_to=slots.yields_to(holding),
    )


def _state(
    round_: Round,
    weighed: Weighed,
    attested: tuple[Attested, ...],
    at: datetime | None,
) -> State:
    compact, heard = round_.holding.compact, weighed.heard
    most = max((len(each.by) for each in attested), default=0)
    if most >= compact.t:
        alike = sum(len(each.by) >= compact.t for each in attested)
        return State.CONFIRMED if alike == 1 else State.DISPUTED
    silent = compact.n - len({seat for seat, _, _ in heard.attestations})
    if most + silent < compact.t:
        return State.DISPUTED
    withdrawn = weighed.result is not None and weighed.result.outcome == "withdrawn"
    closed = bool(heard.finals) if at is None else at >= round_.closes
    if weighed.result is not None and (closed or withdrawn):
        return State.DETERMINED
    if closed:
        return State.CLOSING
    # What nobody proposed was confirmed, and is open.
    opened = round_.subject.by is None or len(heard.opened_by) >= compact.t
    return State.OPEN if opened else State.DRAFT


def _waiting_for(
    compact: Compact, state: State, heard: Heard
) -> tuple[AssemblyId, ...]:
    have: set[int] | frozenset[int]
    if state is State.DRAFT:
        have = heard.opened_by
    elif state is State.CLOSING:
        have = {final.seat for final in heard.finals}
    elif state is State.DETERMINED:
        have = {seat for seat, _, _ in heard.attestations}
    else:
        return ()
    return named(compact, set(range(compact.n)) - have)


def duties(
    holding: Holding,
    me: AssemblyId,
    at: datetime,
    digest: Callable[[Result], Digest],
) -> tuple[Fact, ...]:
    """Say what an assembly must file next in its own record about a proposal.

    Empty when there is nothing to say. Everything follows from what its record already
    says, so asking twice, or after a crash, never makes it contradict itself: file
    what is given, in this order and all at once, before asking about any proposal
    again.

    Args:
        me: the assembly whose node this is; ``holding`` holds its record whole.
        at: the time by this node's own clock.
        digest: how a result's document is digested, for an attestation.
    """
    return due(_Vote(holding=holding), me, at, digest)


def due(
    round_: Round,
    me: AssemblyId,
    at: datetime,
    digest: Callable[[Result], Digest],
) -> tuple[Fact, ...]:
    """Say what an assembly must file next in any round; see :func:`duties`."""
    holding = round_.holding
    if me not in holding.records:
        return ()
    if holding.compact.seat_of(me) is None:
        return tuple(_as_substitute(round_, me, at))
    mine = _said(round_, me)
    if mine.attested:
        return ()
    weighed = round_.weigh()
    settled = any(each.seat == NO_SEAT for each in weighed.positions)
    if not mine.final and not settled:
        if at < round_.closes:
            return tuple(_while_open(round_, me, at, weighed, mine))
        if _may_conclude(round_, me, weighed, mine):
            return (
                Witness(
                    proposal=round_.subject.digest,
                    final=True,
                    seen=tuple(sorted(mine.received)),
                ),
            )
    result = weighed.result
    if (
        result is None
        or not (mine.final or settled)
        or not round_.may_attest(result, me, at)
    ):
        return ()
    return (
        Attestation(
            proposal=round_.subject.digest, result=result, result_hash=digest(result)
        ),
    )


def _as_substitute(round_: Round, me: AssemblyId, at: datetime) -> Iterator[Fact]:
    """File what its seat says next; what others say is for the seat's own assembly."""
    borne = round_.holding.compact.borne_by(me) is not None
    if borne and round_.opens <= at < round_.closes:
        filing = round_.to_file(round_.holding.records[me])
        if filing is not None:
            yield filing


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What an assembly has said in a round, in any record that is held of it."""

    opened: bool
    final: bool
    attested: bool
    received: frozenset[Revision]


def _said(round_: Round, me: AssemblyId) -> _Said:
    holding = round_.holding
    heard = statements.hear(holding.compact, round_.subject, {me: holding.held(me)})
    seat = holding.compact.seat_of(me)
    return _Said(
        opened=seat in heard.opened_by,
        final=bool(heard.finals),
        attested=bool(heard.attestations),
        received=frozenset(heard.witnesses),
    )


def _while_open(
    round_: Round, me: AssemblyId, at: datetime, weighed: Weighed, mine: _Said
) -> Iterator[Fact]:
    # A result needs no witness to open its ratification: it was confirmed.
    opens = not mine.opened and round_.subject.by is not None
    if opens and not round_.sound():
        return
    fresh: tuple[Revision, ...] = ()
    if at >= round_.opens:
        filing = round_.to_file(round_.holding.records[me])
        if filing is not None:
            yield filing
        fresh = tuple(_to_witness(round_.holding, me, weighed, mine, at))
    if opens or fresh:
        # Any statement that is not final witnesses the proposal as well.
        yield Witness(proposal=round_.subject.digest, final=False, seen=fresh)


def _to_witness(
    holding: Holding, me: AssemblyId, weighed: Weighed, mine: _Said, at: datetime
) -> Iterator[Revision]:
    """Give what this assembly received and has not stated yet, sorted.

    Only the first filing for a seat and revision, only what breaks no rule; nothing of
    a bearer who does not speak for its seat any more, or not yet; and no withdrawal of
    the proposal once a vote on it is certified.
    """
    accused, turned_away = holding.accused(), holding.turned_away()
    matter = holding.matter
    stated = {(seat, number) for seat, number, _ in mine.received}
    voted = any(each.seat > NO_SEAT for each in weighed.positions)
    heard: dict[int, set[AssemblyId]] = defaultdict(set)
    for each in weighed.revisions:
        revision = (each.seat, each.revision, each.digest)
        if each.entry is not None and (
            each.fate is Fate.CERTIFIED or revision in mine.received
        ):
            heard[each.seat].add(each.entry.assembly)
    evidence = (
        (seat, 0, Digest(member.assembly))
        for seat, member in enumerate(holding.compact.members)
        if member.assembly in accused
    )
    held = (
        (each.seat, each.revision, each.digest)
        for each in weighed.revisions
        if each.entry is not None
        and each.judged
        and not isinstance(each.entry.fact, PaperVote)
        and each.entry.assembly != me
        and each.fate is not Fate.VOID
        and each.entry.assembly not in accused
        and each.digest not in turned_away
        and substituting.speaks(each.entry.assembly, matter, heard[each.seat])
        and not (each.seat == NO_SEAT and voted)
    )
    on_paper = (
        (each.seat, each.vote.revision, each.entry.digest)
        for each in paper.to_witness(holding, me, at)
        if any(revised.digest == each.entry.digest for revised in weighed.revisions)
    )
    # What the seat filed itself comes first, and of one number only one.
    for revision in (*sorted({*evidence, *held}), *sorted(on_paper)):
        if revision[:2] not in stated:
            stated.add(revision[:2])
            yield revision


def _may_conclude(round_: Round, me: AssemblyId, weighed: Weighed, mine: _Said) -> bool:
    """Say whether an assembly may state that it will witness nothing more.

    Its own clock has passed closing, and so must the newest cosignature times of so
    many members, its own included, that fewer than a threshold of clocks which jumped
    cannot close the vote. A proposal that nobody would witness needs no last word.

    See docs/decisions/0022-closing-by-a-threshold-of-clocks.md.
    """
    holding, subject = round_.holding, round_.subject
    others = [each.assembly for each in holding.compact.members if each.assembly != me]
    past = [
        other
        for other in others
        if other in holding.clocks and holding.clocks[other] >= round_.closes
    ]
    proposer = None if subject.by is None else holding.compact.seat_of(subject.by)
    wanted = mine.opened or bool(weighed.heard.opened_by - {proposer}) or round_.sound()
    return 1 + len(past) >= holding.compact.t and wanted
