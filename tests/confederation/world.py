"""Towns with records of their own, to write a story of entries down in few lines.

Everything that a builder gives is valid; a test changes only what it is about. Digests
are taken over what stands in the entry, so an altered entry has another digest.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from confederation.confederal import filings
from confederation.confederal.compact import Compact, Rules, Seat
from confederation.confederal.history import Record
from confederation.confederal.holding import Holding
from confederation.confederal.mandate import Finding
from confederation.identifiers import (
    ActorId,
    AssemblyId,
    BallotId,
    Commit,
    Digest,
    Multikey,
    OptionId,
)
from confederation.record import (
    Choice,
    Clause,
    Decision,
    Election,
    Entry,
    Equivocation,
    Fact,
    Filed,
    Founding,
    Instruction,
    Mandate,
    MembersCount,
    Membership,
    Method,
    Proposal,
    Recall,
    Result,
    Vote,
)

START = datetime(2026, 11, 22, 18, tzinfo=UTC)
OPENS = START + timedelta(hours=1)
CLOSES = START + timedelta(hours=5)
LATER = CLOSES + timedelta(hours=1)

FOR = OptionId("for")
AGAINST = OptionId("against")
ABSTAIN = OptionId("abstain")
OPTIONS = (FOR, AGAINST, ABSTAIN)


def digest_of(*parts: object) -> Digest:
    """Digest anything by how it prints, which for facts is all that they hold."""
    return Digest("sha256:" + hashlib.sha256(repr(parts).encode()).hexdigest())


def finding_on(filed: Entry, holding: Holding) -> Finding | None:
    """Return what speaks against a filing in its own record; None if nothing does."""
    record = holding.records[filed.assembly]
    [judged] = [
        each
        for each in filings.examine(record, holding.matter)
        if each.entry.digest == filed.digest
    ]
    return judged.finding


def result_digest(result: Result) -> Digest:
    return digest_of(result)


def commit(text: str) -> Commit:
    return Commit(digest_of("text", text))


def a_key(name: str) -> Multikey:
    return Multikey("z6Mk" + hashlib.sha256(name.encode()).hexdigest()[:40])


def an_entry(record: Record | None, fact: Fact, at: datetime = START) -> Entry:
    """Write a fact as the next entry of a record, or as the founding of one."""
    seq = record.size if record is not None else 0
    prev = record.head if record is not None else None
    assembly = record.assembly if record is not None else AssemblyId("")
    digest = digest_of(assembly, seq, prev, at, fact)
    return Entry(
        assembly=assembly if record is not None else AssemblyId(digest),
        seq=seq,
        prev=prev,
        digest=digest,
        published=at,
        fact=fact,
    )


class Town:
    """An assembly with its record, and what it must say to get something done."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.key = a_key(name)
        self.tellers = (a_key(f"{name} teller 1"), a_key(f"{name} teller 2"))
        founding = Founding(
            name=commit(name),
            kind="place",
            key=self.key,
            tellers=self.tellers,
            confirmed_by=self.tellers,
        )
        self.record = Record.of([an_entry(None, founding)])

    @property
    def id(self) -> AssemblyId:
        return self.record.assembly

    def publishes(self, fact: Fact, at: datetime = START) -> Entry:
        entry = an_entry(self.record, fact, at)
        self.record = self.record.append(entry)
        return entry

    def decides(
        self,
        on: Digest | None = None,
        *,
        members: tuple[int, int, int] | None = (60, 20, 5),
        outcome: str = "passed",
        confirmed: bool = True,
        method: Method | None = None,
    ) -> Entry:
        counts = None
        if members is not None:
            counts = MembersCount(
                for_=members[0], against=members[1], abstain=members[2], basis="cards"
            )
        return self.publishes(
            Decision(
                ballot=BallotId(f"{self.name}-{self.record.size}"),
                method=method or Method(name="majority"),
                present=100,
                outcome=outcome,  # type: ignore[arg-type]
                effective_from=START,
                on=on,
                members=counts,
                confirmed_by=self.tellers if confirmed else self.tellers[:1],
            )
        )

    def elects(self, compact: Compact, holder: str = "dana") -> Entry:
        return self.publishes(
            Election(
                compact=compact.identity,
                holder=ActorId(f"https://{self.name}.example/{holder}"),
                alternate=ActorId(f"https://{self.name}.example/{holder}-alternate"),
                decision=self.decides().digest,
                confirmed_by=self.tellers,
            )
        )

    def mandates(
        self,
        compact: Compact,
        *instructions: Instruction,
        holder: str = "dana",
        until: datetime = LATER,
        supersedes: Digest | None = None,
        members: tuple[int, int, int] | None = (60, 20, 5),
        confirmed: bool = True,
        paper_vote: bool = False,
    ) -> Entry:
        """Decide on the first instruction's proposal, elect, and give the mandate."""
        decision = self.decides(
            instructions[0].proposal if instructions else None, members=members
        )
        election = self.elects(compact, holder)
        return self.publishes(
            Mandate(
                holder=ActorId(f"https://{self.name}.example/{holder}"),
                delegate_key=self.delegate_key(holder),
                compact=compact.identity,
                decision=decision.digest,
                election=election.digest,
                instructions=instructions,
                valid_from=START,
                valid_until=until,
                report_due=LATER,
                supersedes=supersedes,
                paper_vote=paper_vote,
                confirmed_by=self.tellers if confirmed else (),
            )
        )

    def delegate_key(self, holder: str = "dana") -> Multikey:
        return a_key(f"{self.name} {holder}")

    def recalls(self, given: Entry, *, confirmed: bool = True) -> Entry:
        return self.publishes(
            Recall(
                mandate=given.digest,
                decision=self.decides().digest,
                confirmed_by=self.tellers if confirmed else (),
            )
        )

    def votes(
        self,
        proposal: Entry,
        given: Entry,
        choice: OptionId = FOR,
        *,
        revision: int | None = None,
    ) -> Entry:
        """File a vote under a mandate as the seat's next revision."""
        vote = self.a_vote(proposal, given, choice, revision=revision)
        return self.publishes(
            Filed(proposal=proposal.digest, revision=vote.revision, document=vote)
        )

    def a_vote(
        self,
        proposal: Entry,
        given: Entry,
        choice: OptionId = FOR,
        *,
        revision: int | None = None,
    ) -> Vote:
        if revision is None:
            filed = [f for _, f in self.record.facts(Filed)]
            revision = 1 + sum(each.proposal == proposal.digest for each in filed)
        key = given.fact.delegate_key if isinstance(given.fact, Mandate) else None
        return Vote(
            proposal=proposal.digest,
            assembly=self.id,
            mandate=given.digest,
            revision=revision,
            choice=(choice,),
            signed_by=key,
        )


def instructed(proposal: Entry, *must: OptionId) -> Instruction:
    return Instruction(proposal=proposal.digest, must=must or (FOR,))


def a_proposal(compact: Compact, decision: Digest) -> Proposal:
    return Proposal(
        compact=compact.digest,
        title=commit("Repair the sea wall"),
        clauses=(
            Clause(n=1, text=commit("We repair it."), amounts={"pounds": "1200"}),
            Clause(n=2, text=commit("We begin in spring.")),
        ),
        options=tuple(Choice(id=o, label=commit(o)) for o in OPTIONS),
        method=Method(name="majority-of-assemblies"),
        opens=OPENS,
        closes=CLOSES,
        decision=decision,
    )


class Confederation:
    """Towns that have joined one compact."""

    def __init__(
        self, n: int = 3, rules: Rules | None = None, *, name: str = "town"
    ) -> None:
        self.towns = [Town(f"{name}-{number}") for number in range(n)]
        self.compact = Compact(
            digest=digest_of("compact", [town.id for town in self.towns], rules),
            members=tuple(
                Seat(
                    assembly=town.id,
                    address=ActorId(f"https://{town.name}.example/g"),
                    key=town.key,
                )
                for town in self.towns
            ),
            rules=rules or Rules(),
        )
        for town in self.towns:
            town.publishes(Membership(compact=self.compact.digest, act="join"))

    def proposes(
        self, by: int = 0, method: Method | None = None, **changes: object
    ) -> Entry:
        town = self.towns[by]
        return town.publishes(self.a_proposal(by, method, **changes))

    def a_proposal(
        self, by: int = 0, method: Method | None = None, **changes: object
    ) -> Proposal:
        plain = a_proposal(self.compact, self.towns[by].decides().digest)
        if method is not None:
            plain = replace(plain, method=method)
        return replace(plain, **changes)  # type: ignore[arg-type]

    def holding(
        self,
        proposal: Entry,
        *,
        clock: datetime | None = None,
        branches: Iterable[Record] = (),
        evidence: Iterable[Equivocation] = (),
        amended: Entry | None = None,
        rivals: Iterable[Entry] = (),
    ) -> Holding:
        """Hold everything that every town has published so far."""
        return Holding(
            compact=self.compact,
            proposal=proposal,
            records={town.id: town.record for town in self.towns},
            clocks={town.id: clock or START for town in self.towns},
            branches=tuple(branches),
            evidence=tuple(evidence),
            amended=amended,
            rivals=tuple(rivals),
        )
