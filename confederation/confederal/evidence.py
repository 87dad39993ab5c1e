"""What an assembly says of itself is looked at by its peers, and nothing is ticked off.

Everything here follows from signed records, by the criteria of one compact and at one
time. It is shown beside a vote and decides nothing: who is admitted follows from the
vote alone.

See docs/reference/claim.md, "What peers make of a claim".
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

from confederation.confederal import legitimacy
from confederation.confederal.compact import DAY, Compact
from confederation.confederal.history import Record
from confederation.confederal.legitimacy import STEPS, Claim, Measure, Meeting
from confederation.counting import lot
from confederation.errors import Invalid
from confederation.identifiers import AssemblyId, Commit, CompactId, Digest, OptionId
from confederation.record import (
    Challenge,
    Decision,
    Electorate,
    Entry,
    Legitimacy,
    LotSeed,
    Reply,
    Sitting,
    Verdict,
    Visit,
)

State = Literal[
    "claimed", "attested", "challenged", "upheld", "not upheld", "lapsed", "nothing"
]
"""What peers make of a claim; *nothing* where there is none."""
Course = Literal[
    "waits for the reply",
    "waits for the lot",
    "waits for the panel",
    "lapsed",
    "upheld",
    "not upheld",
]
"""How far a challenge has come."""
Step = Literal["reply", "lot", "verdict"]
"""What a challenge waits for: an answer, half of the lot, or a verdict."""
LEFT_OUT = Commit(f"sha256:{'0' * 64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """By what a compact judges those who apply. Spans are in seconds.

    ``visits`` is how many members confirm what they saw before a claim is attested;
    ``panel`` how many assemblies look at a challenge; ``reply_within`` the least time
    to reply to one; ``lasts`` how long after its newest meeting a claim lapses.
    """

    more_than: int = 150
    meetings: int = 3
    measure: Measure = "median"
    visits: int = 2
    panel: int = 3
    reply_within: int = 14 * DAY
    lasts: int = 365 * DAY

    def __post_init__(self) -> None:
        if self.more_than < 0 or not 1 <= self.meetings <= 52:
            raise Invalid("A claim rests on 1 to 52 meetings and a number of people.")
        if self.visits < 0 or self.panel < 1:
            raise Invalid("A panel has at least one assembly.")
        if self.reply_within <= 0 or self.lasts <= 0:
            raise Invalid("The spans of criteria are positive numbers of seconds.")

    @property
    def of_claims(self) -> legitimacy.Criteria:
        """The part of it that a claim is worked out by."""
        return legitimacy.Criteria(
            more_than=self.more_than, meetings=self.meetings, measure=self.measure
        )


DEFAULT = Criteria()


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenged:
    """A challenge, and what followed.

    ``panel`` is empty before the lot is opened; ``verdicts`` are those of its members.
    """

    entry: Entry
    fact: Challenge
    reply: Entry | None
    opened: Entry | None
    panel: tuple[AssemblyId, ...]
    verdicts: Mapping[AssemblyId, Verdict]
    course: Course

    def awaits(self, assembly: AssemblyId, at: datetime) -> Step | None:
        """Say what this waits for an assembly to do; None if for nothing of its."""
        over = self.reply is not None or at >= self.fact.reply_by
        if assembly == self.fact.of and self.reply is None:
            return "reply" if at <= self.fact.reply_by else None
        if assembly == self.entry.assembly and self.opened is None:
            return "lot" if over and self.course != "lapsed" else None
        waits = assembly in self.panel and self.course == "waits for the panel"
        return "verdict" if waits else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an assembly's claim stands under one compact, as far as a reader can see.

    ``claim`` is worked out anew from what the entry says, without the meetings in
    ``uncounted``: those whose number of people nobody's tellers confirmed.
    ``adds_up`` is whether the entry says the same as that.
    """

    state: State
    entry: Entry | None = None
    claim: Claim | None = None
    adds_up: bool = True
    uncounted: tuple[Sitting, ...] = ()
    visits: tuple[tuple[AssemblyId, Entry, Visit], ...] = ()
    challenges: tuple[Challenged, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """What a reader of claims goes by.

    Attributes:
        identity: the compact that is claimed to.
        versions: the versions of it that are, or were, in force.
        members: the version in force, whose members can attest.
        records: what is held of anybody's record.
        criteria: those of the version in force.
        at: the time of the reader, for what lapses.
    """

    identity: CompactId
    versions: Mapping[Digest, Compact]
    members: Compact
    records: Mapping[AssemblyId, Record]
    criteria: Criteria
    at: datetime


def standing(of: AssemblyId, peers: Peers) -> Standing:
    """Say what the peers of an assembly make of its claim."""
    own = peers.records.get(of)
    claimed = None if own is None else _claimed(own, peers.identity)
    challenges = tuple(_challenges(of, peers))
    if own is None or claimed is None:
        return Standing(state="nothing", challenges=challenges)
    entry, fact = claimed
    uncounted = tuple(s for s in fact.sittings if not _counted(s, own, entry.seq))
    claim = worked_out(fact.sittings, peers.criteria, uncounted=uncounted)
    visits = tuple(_visits(of, fact, peers))
    return Standing(
        state=_state(fact, visits, challenges, peers),
        entry=entry,
        claim=claim,
        adds_up=(claim.figure, claim.holds) == (fact.figure, fact.holds),
        uncounted=uncounted,
        visits=visits,
        challenges=challenges,
    )


def worked_out(
    sittings: Iterable[Sitting],
    criteria: Criteria,
    *,
    uncounted: Collection[Sitting] = (),
) -> Claim:
    """Work a claim out from its meetings; of ``uncounted`` ones no number counts."""
    return legitimacy.claim(
        (_meeting(each, counted=each not in uncounted) for each in sittings),
        criteria.of_claims,
    )


def panel(
    challenge: Entry, opened: LotSeed, version: Compact, *, size: int
) -> tuple[AssemblyId, ...]:
    """Draw who looks at a challenge: members with a seat that are no party to it.

    The lot comes from the challenger's seed, which it committed to, and from the reply
    that the challenged gave without knowing it.
    """
    fact = challenge.fact
    assert isinstance(fact, Challenge)
    drawn_from = "\n".join((opened.seed, challenge.digest, opened.reply or ""))
    seed = sha256(drawn_from.encode()).hexdigest()
    parties = {fact.of, challenge.assembly}
    order = lot.order(
        seed,
        (
            OptionId(seat.assembly)
            for seat in version.members
            if seat.assembly not in parties
        ),
    )
    return tuple(AssemblyId(each) for each in order[:size])


def sound(
    opened: LotSeed, entry: Entry, challenge: Challenge, replies: Iterable[Entry]
) -> bool:
    """Say whether a lot was opened as the challenge committed to, and in its time.

    A reply that came in time has to be named, and without one the time has to be over.
    """
    try:
        committed = lot.commitment(opened.seed) == challenge.seed
    except Invalid:
        return False
    came = list(replies)
    if opened.reply is not None:
        return committed and any(each.digest == opened.reply for each in came)
    in_time = any(each.published <= challenge.reply_by for each in came)
    return committed and not in_time and entry.published >= challenge.reply_by


def decided(record: Record, decision: Digest, before: int) -> bool:
    """Say whether a decision stands before a place, passed and confirmed by two."""
    entry = record.get(decision, before=before)
    return (
        entry is not None
        and isinstance(entry.fact, Decision)
        and entry.fact.outcome == "passed"
        and record.confirmed(entry)
    )


def _claimed(own: Record, identity: CompactId) -> tuple[Entry, Legitimacy] | None:
    newest = None
    for entry, fact in own.facts(Legitimacy):
        if fact.compact == identity:
            newest = entry, fact
    return newest


def _counted(sitting: Sitting, own: Record, before: int) -> bool:
    """Say whether the tellers confirmed how many were present at a meeting."""
    entry = own.get(sitting.electorate, before=before)
    return (
        entry is not None
        and isinstance(entry.fact, Electorate)
        and entry.fact.session == sitting.session
        and entry.fact.present == sitting.present
        and (sitting.residents is None or sitting.residents <= entry.fact.present)
        and own.confirmed(entry)
    )


def _meeting(sitting: Sitting, *, counted: bool) -> Meeting:
    return Meeting(
        session=sitting.session,
        held_at=sitting.held,
        present=sitting.present,
        residents=sitting.residents if counted else None,
        basis=sitting.basis,
        steps={
            step: None if sitting.steps[step] else LEFT_OUT
            for step in STEPS
            if step in sitting.steps
        },
        countersigned=sitting.countersigned,
    )


def _visits(
    of: AssemblyId, claim: Legitimacy, peers: Peers
) -> Iterator[tuple[AssemblyId, Entry, Visit]]:
    """Go through what each member says last about each meeting of the claim."""
    sessions = {each.session for each in claim.sittings}
    for seat in peers.members.members:
        record = peers.records.get(seat.assembly)
        if record is None or seat.assembly == of:
            continue
        last: dict[str, tuple[Entry, Visit]] = {}
        for entry, fact in record.facts(Visit):
            if (
                (fact.of, fact.compact) == (of, peers.identity)
                and fact.session in sessions
                and decided(record, fact.decision, entry.seq)
            ):
                last[fact.session] = entry, fact
        for entry, fact in last.values():
            yield seat.assembly, entry, fact


def _challenges(of: AssemblyId, peers: Peers) -> Iterator[Challenged]:
    """Go through the challenges of members, the oldest first."""
    found = [
        (entry, fact)
        for record in peers.records.values()
        for entry, fact in record.facts(Challenge)
        if fact.of == of
        and record.assembly != of
        and fact.compact in peers.versions
        and peers.versions[fact.compact].seat_of(record.assembly) is not None
        and decided(record, fact.decision, entry.seq)
        and _seconds(fact.reply_by - entry.published) >= peers.criteria.reply_within
    ]
    for entry, fact in sorted(found, key=lambda each: each[0].published):
        yield _followed(entry, fact, peers)


def _followed(entry: Entry, fact: Challenge, peers: Peers) -> Challenged:
    own = peers.records.get(fact.of)
    replies = [
        reply
        for reply, said in (() if own is None else own.facts(Reply))
        if said.challenge == entry.digest
    ]
    opened = next(
        (
            (each, seed)
            for each, seed in peers.records[entry.assembly].facts(LotSeed)
            if seed.challenge == entry.digest and sound(seed, each, fact, replies)
        ),
        None,
    )
    drawn: tuple[AssemblyId, ...] = ()
    if opened is not None:
        version = peers.versions[fact.compact]
        drawn = panel(entry, opened[1], version, size=peers.criteria.panel)
    verdicts = dict(_verdicts(entry, drawn, peers))
    return Challenged(
        entry=entry,
        fact=fact,
        reply=replies[0] if replies else None,
        opened=None if opened is None else opened[0],
        panel=drawn,
        verdicts=verdicts,
        course=_answered(drawn, verdicts)
        if opened is not None
        else _waiting(fact, replies, peers),
    )


def _verdicts(
    challenge: Entry, drawn: Iterable[AssemblyId], peers: Peers
) -> Iterator[tuple[AssemblyId, Verdict]]:
    """Go through what the panel says; what a member of it says last counts."""
    for assembly in drawn:
        record = peers.records.get(assembly)
        for entry, verdict in () if record is None else record.facts(Verdict):
            if (
                record is not None
                and verdict.challenge == challenge.digest
                and decided(record, verdict.decision, entry.seq)
            ):
                yield assembly, verdict


def _waiting(fact: Challenge, replies: list[Entry], peers: Peers) -> Course:
    if _seconds(peers.at - fact.reply_by) > peers.criteria.reply_within:
        return "lapsed"
    if replies or peers.at >= fact.reply_by:
        return "waits for the lot"
    return "waits for the reply"


def _answered(
    drawn: tuple[AssemblyId, ...], verdicts: Mapping[AssemblyId, Verdict]
) -> Course:
    yes = sum(each.upheld for each in verdicts.values())
    if not drawn:
        return "lapsed"
    if 2 * yes > len(drawn):
        return "upheld"
    if 2 * (len(verdicts) - yes) > len(drawn):
        return "not upheld"
    return "waits for the panel"


def _state(
    claim: Legitimacy,
    visits: tuple[tuple[AssemblyId, Entry, Visit], ...],
    challenges: tuple[Challenged, ...],
    peers: Peers,
) -> State:
    newest = max((each.held for each in claim.sittings), default=None)
    if newest is not None and _seconds(peers.at - newest) > peers.criteria.lasts:
        return "lapsed"
    if any(each.course.startswith("waits") for each in challenges):
        return "challenged"
    answered = [each.course for each in challenges if each.course != "lapsed"]
    if answered:
        return "upheld" if answered[-1] == "upheld" else "not upheld"
    confirming = {assembly for assembly, _, visit in visits if visit.confirms}
    return "attested" if len(confirming) >= peers.criteria.visits else "claimed"


def _seconds(span: timedelta) -> int:
    return span // timedelta(seconds=1)
