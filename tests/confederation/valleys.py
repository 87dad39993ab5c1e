"""A town's node holds copies of the records above and below, and carries what it must.

Some bearers lie: see ``LIES``. What every program does wrong on purpose is in its
:class:`Faults`.
"""

import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache

from confederation.confederal import (
    admission,
    bearing,
    council,
    filings,
    ratifying,
    tally,
)
from confederation.confederal.bearing import Inner
from confederation.confederal.compact import Compact, Rules, Seat, left
from confederation.confederal.compact import Ratification as Terms
from confederation.confederal.history import Record
from confederation.confederal.holding import Holding
from confederation.confederal.mandate import Finding
from confederation.errors import TooEarly, TooLate
from confederation.identifiers import ActorId, AssemblyId, Digest, OptionId
from confederation.record import (
    Attestation,
    Entry,
    Fact,
    Filed,
    Instruction,
    Mandate,
    Membership,
    Proposal,
    Ratification,
    Recall,
)
from tests.confederation.scenario import instant
from tests.confederation.world import (
    AGAINST,
    FOR,
    Confederation,
    Town,
    a_proposal,
    digest_of,
    instructed,
    result_digest,
)

BELOW_CLOSES, MOVE_CLOSES, RECALL_CLOSES, CLOSES, END = 10, 16, 22, 29, 40
ANSWER_CLOSES, BELL = 40, 47
"""When those below have decided on a result, and when its ratification closes."""
SETTLED = END - 6
"""From this tick on nothing is lost, and everybody speaks to everybody.

Where the outcome is ratified, both are ``BELL`` - ``CLOSES`` later.
"""
LIES = ("the opposite", "too early", "its own decision", "another vote", "two records")


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What is wrong with every program's rule of nesting. Nothing, by default."""

    takes_a_mandate_at_its_word: bool = False
    takes_one_attestation_below: bool = False
    moves_a_seat_when_asked: bool = False


class World:
    """Valleys that have joined their compacts, and their bearers a wider one."""

    def __init__(self, sizes: tuple[int, ...], *, substitutes: int = 2) -> None:
        self.valleys = [
            Confederation(size, name=f"valley-{number}-town")
            for number, size in enumerate(sizes)
        ]
        self.above = Compact(
            digest=digest_of("above", [each.compact.digest for each in self.valleys]),
            members=tuple(_seat(each, substitutes) for each in self.valleys),
            rules=Rules(ratification=Terms(window=(BELL - CLOSES) * 60)),
        )
        for valley in self.valleys:
            joins = Membership(compact=self.above.digest, act="join")
            valley.towns[0].publishes(joins)


@cache
def founded(sizes: tuple[int, ...]) -> World:
    """Give the valleys as they were when all had joined; nobody changes these."""
    return World(sizes)


def _seat(valley: Confederation, substitutes: int) -> Seat:
    bearer, *others = valley.towns
    return Seat(
        assembly=bearer.id,
        address=ActorId(f"https://{bearer.name}.example/g"),
        key=bearer.key,
        bears=valley.compact.identity,
        substitutes=tuple(each.id for each in others[:substitutes]),
    )


def text_of(proposal: Entry) -> Proposal:
    assert isinstance(proposal.fact, Proposal)
    return proposal.fact


@dataclass(slots=True, kw_only=True)
class Ground:
    """What all stand on: the compacts, what was signed, and what nobody may count.

    ``signed`` are all records by their heads, each once. ``unlawful`` are the filings
    of liars that break a rule by what their valleys know. ``when`` is in which tick
    something was published, whatever the clock there said.
    """

    above: Compact
    valleys: list[Compact]
    faults: Faults = field(default_factory=Faults)
    signed: dict[Digest, Record] = field(default_factory=dict)
    unlawful: set[Digest] = field(default_factory=set)
    tick: int = 0
    when: dict[Digest, int] = field(default_factory=dict)

    def compact(self, proposal: Entry) -> Compact:
        named = text_of(proposal).compact
        return next(
            each for each in (self.above, *self.valleys) if each.digest == named
        )


class Node:
    """What runs at one town. It holds copies of all records, above and below."""

    def __init__(
        self, ground: Ground, town: Town, valley: int, copies: dict[AssemblyId, Record]
    ) -> None:
        self.ground, self.valley, self.below = ground, valley, ground.valleys[valley]
        self.town: Town = copy.copy(town)
        self.id = self.town.id
        self.rank = self.below.seat_of(self.id)
        self.copies = dict(copies)
        self.branches: dict[Digest, Record] = {}
        self.times: dict[AssemblyId, datetime] = {}
        self.inner: dict[Digest, Inner] = {}
        self.told: set[tuple[str, Digest]] = set()
        self.lie: str | None = None
        self.other: Town | None = None
        self._seen: object = None
        self._confirmed: dict[Digest, Inner] = {}

    def publishes(self, fact: Fact, at: datetime) -> Entry:
        entry = self.town.publishes(fact, at)
        self.ground.when[entry.digest] = self.ground.tick
        self.signs()
        return entry

    def signs(self) -> None:
        head = self.town.record.head
        assert head is not None
        self.copies[self.id] = self.ground.signed.setdefault(head, self.town.record)

    def takes(self, theirs: Record) -> None:
        """Take in a record that its assembly signed, beside another if they part."""
        mine = self.copies[theirs.assembly]
        if theirs.assembly == self.id or mine.get(theirs.head):
            return
        if theirs.get(mine.head):
            self.copies[theirs.assembly] = theirs
        elif not any(each.get(theirs.head) for each in self.branches.values()):
            for head in [head for head in self.branches if theirs.get(head)]:
                del self.branches[head]
            assert theirs.head is not None
            self.branches[theirs.head] = theirs

    def heads(self) -> tuple[Digest | None, ...]:
        return (*(each.head for each in self.copies.values()), *self.branches)

    def proposals(self) -> list[Entry]:
        found = {
            entry.digest: entry
            for record in (*self.copies.values(), *self.branches.values())
            for entry, _ in record.facts(Proposal)
        }
        return sorted(found.values(), key=lambda entry: entry.digest)

    def holding(self, proposal: Entry) -> Holding:
        compact = self.ground.compact(proposal)
        bearers = {each for seat in compact.members for each in seat.bearers}
        return Holding(
            compact=compact,
            proposal=proposal,
            records={
                each: self.copies[each] for each in self.copies if each in bearers
            },
            clocks=self.times,
            branches=tuple(b for b in self.branches.values() if b.assembly in bearers),
            inner=self.inner if compact is self.ground.above else {},
        )

    def looks_below(self) -> None:
        """Read what every valley decided, as far as its records are held here.

        What enough attest is for good. Who has no seat above need not know.
        """
        if self.ground.above.borne_by(self.id) is None:
            return
        for asked in self.proposals():
            decided = self._confirmed.get(asked.digest) or self._decided(asked)
            if decided is not None and self.inner.get(asked.digest) != decided:
                self.inner = {**self.inner, asked.digest: decided}

    def _decided(self, asked: Entry) -> Inner | None:
        compact, faults = self.ground.compact(asked), self.ground.faults
        if compact is self.ground.above:
            return None
        holding = self.holding(asked)
        settled = council.confirmed(holding)
        if settled is not None:
            decided = bearing.read(compact, asked, settled.result)
            if decided is not None:
                self._confirmed[asked.digest] = decided
            return decided
        if faults.takes_one_attestation_below:
            for first in council.standing(holding).attestations[:1]:
                return bearing.read(compact, asked, first.result)
        text, said = text_of(asked), None
        if faults.takes_a_mandate_at_its_word:
            said = self._carried(asked)
        if faults.moves_a_seat_when_asked and text.bearers is not None:
            said = "adopted"
        if said is None:
            return None
        return Inner(
            compact=compact.identity,
            proposal=asked.digest,
            closes=text.closes,
            on=text.on,
            outcome=said,
            assemblies=frozenset(each.assembly for each in compact.members),
            bearers=text.bearers,
        )

    def _carried(self, asked: Entry) -> str | None:
        """Say what whoever carries a decision says that it was."""
        for record in self.copies.values():
            for _, given in record.facts(Mandate):
                if given.decision == asked.digest:
                    [said] = given.instructions
                    return "adopted" if said.must == (FOR,) else "rejected"
        return None

    def asks(self, at: datetime, closes: int, **on: object) -> Entry:
        """Put to the valley what its seat is to say, or who is to bear it."""
        plain = a_proposal(self.below, self.town.decides().digest)
        text = replace(plain, opens=at, closes=instant(closes), **on)  # type: ignore[arg-type]
        return self.publishes(text, at)

    def votes(self, asked: Entry, choice: OptionId, at: datetime) -> None:
        """Let the town bind its delegate on a question of the valley, and them vote."""
        if ("voted", asked.digest) in self.told or at < text_of(asked).opens:
            return
        if left(self.below, self.town.record, self.town.record.size) is not None:
            return
        held = self.holding(asked)
        if len(council.standing(held).opened_by) < held.compact.t:
            return
        self.told.add(("voted", asked.digest))
        given = self.town.mandates(self.below, instructed(asked, choice))
        self.signs()
        vote = self.town.a_vote(asked, given, choice)
        try:
            received = admission.receive(self.holding(asked), vote, at)
        except (TooEarly, TooLate):
            return
        assert isinstance(received, Filed), received
        self.publishes(received, at)

    def leaves(self, at: datetime) -> None:
        """Leave the valley, and with it the seat that was borne for it."""
        leaving = Membership(compact=Digest(self.below.identity), act="leave")
        self.publishes(leaving, at)

    def carries(self, proposal: Entry, asked: Entry, at: datetime) -> None:
        """Carry upwards what the valley decided, and vote so, if that is for us."""
        decided = self.inner.get(asked.digest)
        said = None if decided is None else bearing.instruction(decided)
        if said is None or ("carried", asked.digest) in self.told:
            return
        matter = self.holding(proposal).matter
        place = filings.next_place(self.town.record, matter)
        if isinstance(place, Finding):
            return
        self.told.add(("carried", asked.digest))
        given = self._gives(asked, said)
        self._files(proposal, given, said.must[0], place.revision, at)

    def _gives(self, asked: Entry | Digest, *said: Instruction) -> Entry:
        elected = self.town.elects(self.ground.above)
        given = self.town.publishes(
            Mandate(
                holder=ActorId(f"https://{self.town.name}.example/dana"),
                delegate_key=self.town.delegate_key(),
                compact=self.ground.above.identity,
                decision=asked.digest if isinstance(asked, Entry) else asked,
                election=elected.digest,
                instructions=said,
                valid_from=instant(0),
                valid_until=instant(END),
                report_due=instant(END),
            )
        )
        self.signs()
        return given

    def _files(
        self,
        proposal: Entry,
        given: Entry,
        choice: OptionId,
        revision: int,
        at: datetime,
    ) -> None:
        vote = self.town.a_vote(proposal, given, choice, revision=revision)
        try:
            received = admission.receive(self.holding(proposal), vote, at)
        except (TooEarly, TooLate):
            return
        if isinstance(received, Filed):
            self.publishes(received, at)

    def lies(self, proposal: Entry, asked: Entry | None, at: datetime) -> None:
        """Carry upwards what the valley did not decide, and vote so all the same."""
        if ("lied", proposal.digest) in self.told:
            return
        decided = None if asked is None else self.inner.get(asked.digest)
        adopted = decided is not None and decided.outcome == "adopted"
        on = Instruction(proposal=proposal.digest, must=(AGAINST if adopted else FOR,))
        if self.lie == "too early":
            if asked is None or decided is not None:
                return
            self._attests_alone(asked, at)
            given = self._gives(asked, on)
        elif decided is None or asked is None:
            return
        elif self.lie == "its own decision":
            given = self._gives(self.town.decides(proposal.digest), on)
        elif self.lie == "the opposite":
            given = self._gives(asked, on)
        else:
            said = bearing.instruction(decided)
            if said is None:
                return
            given = self._gives(asked, said)
        self.told.add(("lied", proposal.digest))
        if self.lie == "two records":
            # On the other side of the fork it says nothing of what was decided.
            self.other = copy.copy(self.town)
            self.other.decides()
            head = self.other.record.head
            assert head is not None
            self.ground.signed[head] = self.other.record
            self._files(proposal, given, FOR if adopted else AGAINST, 1, at)
            return
        vote = self.town.a_vote(proposal, given, on.must[0], revision=1)
        filing = Filed(proposal=proposal.digest, revision=1, document=vote)
        filed = self.publishes(filing, at)
        # What came too early may come true: when it was witnessed tells.
        if self.lie != "too early":
            self.ground.unlawful.add(filed.digest)

    def to_ratify(self, proposal: Entry) -> Digest | None:
        """Name the result that waits to be ratified here, once there is one."""
        round_ = ratifying.round_of(self.holding(proposal))
        return None if round_ is None else round_.result

    def answers_falsely(self, proposal: Entry, asked: Entry, at: datetime) -> None:
        """Say the contrary of what the valley decided on a result, or its own."""
        decided = self.inner.get(asked.digest)
        result = text_of(asked).on
        if decided is None or result is None or ("answered", result) in self.told:
            return
        self.told.add(("answered", result))
        own = self.lie == "its own decision"
        filed = self.publishes(
            Ratification(
                proposal=proposal.digest,
                result_hash=result,
                revision=1,
                ratifies=decided.outcome != "adopted",
                decision=self.town.decides(result).digest if own else asked.digest,
            ),
            at,
        )
        self.ground.unlawful.add(filed.digest)

    def _attests_alone(self, asked: Entry, at: datetime) -> None:
        """Attest a result of the valley that nobody else has come to."""
        made_up = replace(tally.count(self.below, asked, []), outcome="adopted")
        self.publishes(
            Attestation(
                proposal=asked.digest,
                result=made_up,
                result_hash=result_digest(made_up),
            ),
            at,
        )

    def recalls(self, called: Entry, given: Digest, at: datetime) -> None:
        """Take the delegate back, once the valley decided so."""
        if called.digest in self.inner and ("recalled", given) not in self.told:
            self.told.add(("recalled", given))
            self.publishes(Recall(mandate=given, decision=called.digest), at)

    def steps(self, at: datetime) -> None:
        """Say what the protocol asks for now, above and below."""
        self.times[self.id] = max(at, self.times.get(self.id, at))
        self.looks_below()
        proposals = self.proposals()
        mark = (
            self.heads(),
            len(self.inner),
            [self._past(text_of(each), at) for each in proposals],
        )
        if self._seen == mark:
            return
        self._seen = mark
        for proposal in proposals:
            compact = self.ground.compact(proposal)
            if compact.borne_by(self.id) is None:
                continue
            asked = (self.holding(proposal), self.id, at, result_digest)
            for fact in council.duties(*asked):
                self.publishes(fact, at)
            if text_of(proposal).ratify:
                asked = (self.holding(proposal), *asked[1:])
                for fact in ratifying.duties(*asked):
                    if self.lie is None or not isinstance(fact, Ratification):
                        self.publishes(fact, at)

    def _past(self, text: Proposal, at: datetime) -> object:
        """Say of a question all that time has to do with it."""
        if at < text.closes:
            return at >= text.opens
        bell = ratifying.closes(self.ground.above, text) if text.ratify else text.closes
        return [(time >= text.closes, time >= bell) for time in self.times.values()]
