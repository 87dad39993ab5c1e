"""A vote on paper stands by two fellow members, and by nobody alone.

Where the node of a seat is dark, its delegate goes to a fellow member with the mandate
in hand. That one files the vote, another countersigns it, and both stand in their own
records. It is the seat's next revision, judged by the record of the seat as it was held
then, and witnessed like any other. When the node is back, its record takes the vote as
its own, or goes on without it: of two revisions with one number, one at most is
certified.

See docs/decisions/0093-a-paper-vote-stands-in-fellow-records.md and, for what keeps two
fellow members from voting for a seat whose node is there,
docs/decisions/0150-a-node-that-answers-votes-for-itself.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from confederation.confederal import filings, line, mandate, statements
from confederation.confederal.compact import left
from confederation.confederal.history import Record
from confederation.confederal.holding import Holding
from confederation.confederal.mandate import Finding, Rule
from confederation.confederal.tally import Position
from confederation.errors import NotEntitled, Phrase, TooLate
from confederation.identifiers import AssemblyId, Digest
from confederation.record import (
    Countersign,
    Decision,
    Entry,
    Filed,
    Mandate,
    PaperVote,
    Vote,
)

QUIET: Final = timedelta(minutes=5)
"""For so long a seat was not heard from before others witness for it on paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A vote on paper as it was filed.

    ``finding`` says which rule it breaks, if any: that follows from what stands before
    it and never changes. ``record`` is the seat's up to ``head``; None where it is not
    held that far, and then nothing can be said of the vote yet.
    """

    seat: int
    entry: Entry
    vote: PaperVote
    finding: Finding | None
    record: Record | None
    countersigned_by: tuple[AssemblyId, ...]

    @property
    def stands(self) -> bool:
        """Whether all that it needs is here: both signatures, and the seat's record."""
        return (
            self.finding is None
            and self.record is not None
            and bool(self.countersigned_by)
        )


def examine(holding: Holding) -> tuple[Paper, ...]:
    """Judge every vote on paper in a matter, each by the record of its seat."""
    return tuple(_examine(holding))


def _examine(holding: Holding) -> Iterator[Paper]:
    countersigned = _countersigned(holding)
    done: set[Digest] = set()
    for member in holding.compact.members:
        for filer in holding.held(member.assembly):
            for entry, vote in filer.facts(PaperVote):
                seat = holding.compact.seat_of(vote.of)
                if (
                    vote.proposal != holding.proposal.digest
                    or seat is None
                    or entry.digest in done
                ):
                    continue
                done.add(entry.digest)
                kept = _as_filed(holding, vote)
                by = countersigned.get(entry.digest, ())
                yield Paper(
                    seat=seat,
                    entry=entry,
                    vote=vote,
                    finding=_judge(holding, entry, vote, filer, kept),
                    record=kept,
                    countersigned_by=tuple(
                        each for each in by if each not in (entry.assembly, vote.of)
                    ),
                )


def _countersigned(holding: Holding) -> dict[Digest, list[AssemblyId]]:
    """Say who countersigned which vote on paper, in the order of the seats."""
    found: dict[Digest, list[AssemblyId]] = {}
    for member in holding.compact.members:
        for kept in holding.held(member.assembly):
            for entry, signed in kept.facts(Countersign):
                by = found.setdefault(signed.paper, [])
                if (
                    signed.proposal == holding.proposal.digest
                    and left(holding.compact, kept, entry.seq) is None
                    and member.assembly not in by
                ):
                    by.append(member.assembly)
    return found


def _as_filed(holding: Holding, vote: PaperVote) -> Record | None:
    """Give the seat's record up to the head that a vote on paper names."""
    for kept in holding.held(vote.of):
        head = kept.get(vote.head)
        if head is not None:
            return kept.upto(head.seq + 1)
    return None


def document(vote: PaperVote) -> Vote:
    """Give what the delegate voted as the vote that they would have signed."""
    return Vote(
        proposal=vote.proposal,
        assembly=vote.of,
        mandate=vote.mandate,
        revision=vote.revision,
        choice=vote.choice,
    )


def _judge(
    holding: Holding,
    entry: Entry,
    vote: PaperVote,
    filer: Record,
    kept: Record | None,
) -> Finding | None:
    if entry.assembly == vote.of:
        return Finding(
            rule=Rule.NOT_ON_PAPER,
            says=Phrase(
                "A seat files its own votes; on paper a fellow member files them."
            ),
        )
    if left(holding.compact, filer, entry.seq) is not None:
        return Finding(
            rule=Rule.NOT_A_MEMBER,
            says=Phrase(
                "The assembly that filed this vote on paper had left the compact."
            ),
        )
    number = holding.compact.seat_of(vote.of)
    if number is not None and holding.compact.members[number].bears is not None:
        return Finding(
            rule=Rule.NOT_ON_PAPER,
            says="What is carried upwards is voted on at the bearer's own node.",
        )
    if kept is None:
        return None
    return _judge_in(holding, vote, kept)


def _judge_in(holding: Holding, vote: PaperVote, kept: Record) -> Finding | None:
    finding = mandate.judge_on_paper(
        document(vote), record=kept, seq=kept.size, matter=holding.matter
    )
    if finding is not None:
        return finding
    filed = filings.examine(kept, holding.matter)
    return line.in_order(vote.revision, filed)


def position(paper: Paper, holding: Holding) -> Position | None:
    """Say what a vote on paper means for the count; None while it cannot be told."""
    if not paper.stands or paper.record is None:
        return None
    given = paper.record.get(paper.vote.mandate)
    decision: Decision | None = None
    if given is not None and isinstance(given.fact, Mandate):
        decision = mandate.decided_on(given.fact, paper.record, holding.matter)
    return Position(
        seat=paper.seat,
        revision=paper.vote.revision,
        digest=paper.entry.digest,
        says="vote",
        choice=paper.vote.choice,
        members=decision.members if decision is not None else None,
    )


def objection(paper: Paper, holding: Holding, at: datetime) -> str | None:
    """Say why this node does not witness a vote on paper that stands, if at all.

    None also where the seat took the vote as its own. Otherwise its node must be dark,
    by this node's own clock ``at`` and not by the time that the filer wrote down; and
    nothing may stand in its record by now that the vote would break: two fellow
    members could else vouch for what the assembly had recalled.
    """
    assembly = paper.vote.of
    if any(
        filed.taken == paper.entry.digest
        for kept in holding.held(assembly)
        for _, filed in kept.facts(Filed)
    ):
        return None
    if paper.entry.published > at:
        return Phrase("The vote on paper is dated later than it is by our clock.")
    newest = holding.clocks.get(assembly)
    if newest is not None and newest > paper.entry.published:
        return Phrase("The seat was heard from since: its own node files what it says.")
    # Not newest + QUIET: no calendar may have that moment.
    if newest is not None and at - newest < QUIET:
        return Phrase(
            "The seat was heard from minutes ago: its own node files what it says."
        )
    kept = holding.records.get(assembly)
    finding = None if kept is None else _judge_in(holding, paper.vote, kept)
    return None if finding is None else finding.says


def to_witness(holding: Holding, me: AssemblyId, at: datetime) -> Iterator[Paper]:
    """Go through the votes on paper that nothing keeps this assembly from witnessing.

    Never one of its own seat: that one it takes into its record (:func:`to_take`).
    """
    accused, turned_away = holding.accused(), holding.turned_away()
    for paper in examine(holding):
        if (
            paper.stands
            and paper.vote.of != me
            and not {paper.entry.digest, paper.vote.head} & turned_away
            and paper.vote.of not in accused
            and paper.entry.assembly not in accused
            and objection(paper, holding, at) is None
        ):
            yield paper


def to_take(holding: Holding, me: AssemblyId) -> Filed | None:
    """Take a vote on paper of our own seat into our record as its next revision.

    Only one that enough others have witnessed, so that it counts anyhow: two fellow
    members could else have our own node make up the number. None when there is none,
    or our record says something else under its number.
    """
    ours = [each for each in examine(holding) if each.stands and each.vote.of == me]
    if not ours:
        return None
    number = len(filings.examine(holding.records[me], holding.matter)) + 1
    heard = statements.hear(
        holding.compact, statements.on(holding.proposal), holding.all_records()
    )
    for paper in sorted(ours, key=lambda each: each.entry.digest):
        revision = (paper.seat, number, paper.entry.digest)
        witnesses = heard.witnesses.get(revision, frozenset())
        if (
            paper.vote.revision == number
            and len(witnesses - {paper.seat}) >= holding.compact.t
        ):
            return Filed(
                proposal=holding.proposal.digest,
                revision=number,
                document=document(paper.vote),
                paper=paper.entry.digest,
            )
    return None


def file(
    holding: Holding, me: AssemblyId, vote: PaperVote, at: datetime
) -> PaperVote | Finding:
    """File at a fellow member's node what the delegate of a dark seat voted on paper.

    Give ``revision`` and ``head`` as :func:`next_for` says. A finding is shown to
    whoever enters the vote, and nothing is filed.

    Raises:
        NotEntitled: we hold no seat in this compact.
        TooLate: by this node's clock the vote has closed.
    """
    _ours_while_open(holding, me, at)
    if vote.of == me:
        return Finding(
            rule=Rule.NOT_ON_PAPER,
            says=Phrase(
                "A seat files its own votes; on paper a fellow member files them."
            ),
        )
    theirs = _as_filed(holding, vote)
    if theirs is None:
        return Finding(
            rule=Rule.NO_MANDATE,
            says=Phrase("The record of this seat is not held here."),
        )
    finding = _judge_in(holding, vote, theirs)
    if finding is None and any(
        paper.vote.of == vote.of
        and paper.vote.revision == vote.revision
        and paper.finding is None
        for paper in examine(holding)
    ):
        finding = Finding(
            rule=Rule.OUT_OF_ORDER,
            says=Phrase(
                "A vote on paper was filed already as the next one of this seat."
            ),
        )
    return finding or vote


def next_for(holding: Holding, assembly: AssemblyId) -> tuple[int, Digest] | None:
    """Give the next revision of a seat, and the head of its record as held here."""
    kept = holding.records.get(assembly)
    if kept is None or kept.head is None:
        return None
    return len(filings.examine(kept, holding.matter)) + 1, kept.head


def countersign(
    holding: Holding, me: AssemblyId, digest: Digest, at: datetime
) -> Countersign:
    """Countersign at another fellow member's node what was filed on paper.

    Raises:
        NotEntitled: it is our own paper or seat, there is none, or it breaks a rule.
        TooLate: by this node's clock the vote has closed.
    """
    _ours_while_open(holding, me, at)
    for paper in examine(holding):
        if paper.entry.digest != digest:
            continue
        if me in (paper.entry.assembly, paper.vote.of):
            raise NotEntitled("Somebody else countersigns: neither filer nor seat.")
        if paper.finding is not None:
            raise NotEntitled(paper.finding.says)
        if paper.record is None:
            raise NotEntitled("The record of this seat is not held here that far.")
        return Countersign(proposal=holding.proposal.digest, paper=digest)
    raise NotEntitled("No such vote on paper is held here.")


def _ours_while_open(holding: Holding, me: AssemblyId, at: datetime) -> None:
    kept = holding.records.get(me)
    if kept is None or holding.compact.seat_of(me) is None:
        raise NotEntitled("Only a fellow member vouches for a vote on paper.")
    if left(holding.compact, kept, kept.size) is not None:
        raise NotEntitled("Our assembly has left this compact.")
    if at >= holding.text.closes:
        raise TooLate("This proposal has closed; nothing more is taken.")
