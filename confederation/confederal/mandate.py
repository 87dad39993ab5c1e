"""A delegate says what the assembly said, and nothing else is counted.

Whether a filed vote keeps to its mandate follows from the assembly's own record before
the filing, the texts of the proposal and the compact's rules: every node that holds
these comes to the same finding.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Final, Literal

from confederation import amounts
from confederation.confederal import bearing, choosing
from confederation.confederal.bearing import Inners
from confederation.confederal.compact import RANKINGS, Compact, left
from confederation.confederal.history import Record
from confederation.counting.majority import ABSTAIN
from confederation.errors import Filled, Invalid, OneOf, Phrase
from confederation.identifiers import AssemblyId, Digest, OptionId
from confederation.record import (
    Clause,
    Decision,
    Election,
    Entry,
    Instruction,
    Mandate,
    MembersCount,
    Proposal,
    Recall,
    Vote,
)

NO_INNERS: Inners = MappingProxyType({})
MOST_MEMBERS: Final = 10**9
"""No assembly counts more people than this. Sums of more could not be written down."""


class Rule(StrEnum):
    """Why something is not counted: a closed list, in the words people read."""

    NOT_A_MEMBER = "not a member"
    NO_MANDATE = "no mandate"
    NO_DECISION = "no decision"
    MANDATE_EXPIRED = "mandate expired"
    RECALLED = "recalled"
    OUTSIDE_SCOPE = "outside scope"
    OUTSIDE_INSTRUCTION = "outside instruction"
    TEXT_CHANGED = "text changed"
    BAD_SIGNATURE = "bad signature"
    NOT_ON_PAPER = "not on paper"
    ONE_SIGNATURE_ONLY = "one signature only"
    OUT_OF_ORDER = "out of order"
    NOT_FILED = "not filed"
    NOT_DECIDED_BELOW = "not decided below"
    NOT_HELD_HERE = "not held here"
    NOT_THE_BEARER = "not the bearer"
    NOT_CERTIFIED = "not certified"
    EQUIVOCATION = "equivocation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule that was broken, in a sentence, with the mandate and its instruction."""

    rule: Rule
    says: str
    mandate: Digest | None = None
    instruction: Instruction | None = None


WAITING = frozenset({Rule.NOT_DECIDED_BELOW, Rule.NOT_HELD_HERE})
"""Why nobody here can tell yet what a filing is worth: it is not void."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What is voted on, under which compact, and the text that it amends, if any.

    ``inner`` are the decisions of compacts that hold a seat in this one by a bearer,
    ``bearers`` the records held of those who may file for such a seat.
    """

    compact: Compact
    proposal: Entry
    text: Proposal
    old: Proposal | None = None
    inner: Inners = field(default_factory=dict)
    bearers: Mapping[AssemblyId, tuple[Record, ...]] = field(default_factory=dict)

    def __hash__(self) -> int:
        """Hash what the matter is; what is known about it may differ."""
        return hash((self.compact, self.proposal))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What binds a seat in a matter at one place in its assembly's record.

    ``word`` is for the page: *vacant* has no mandate for this compact at all, and
    *uninstructed* none for this matter; *refer back* has one for an earlier text, and
    the matter goes back to the assembly.
    """

    word: Literal["instructed", "uninstructed", "refer back", "expired", "vacant"]
    mandate: Entry | None = None
    instruction: Instruction | None = None


def judge(vote: Vote, *, record: Record, seq: int, matter: Matter) -> Finding | None:
    """Judge a vote as if it were filed at ``seq`` of its assembly's record.

    None says that the vote keeps to its mandate. The revision's place among the
    filings of the seat is not judged here: see ``council.check``.

    See docs/reference/statements.md, "When a filing is void".
    """
    named = _named(vote, record, seq, matter)
    if isinstance(named, Finding):
        return named
    given = named.fact
    assert isinstance(given, Mandate)
    if vote.signed_by is None or vote.signed_by != given.delegate_key:
        return Finding(
            rule=Rule.BAD_SIGNATURE,
            says=Phrase("The vote is not signed with the key that the mandate names."),
            mandate=named.digest,
        )
    return _judge_under(named, vote, record, seq, matter)


def judge_on_paper(
    vote: Vote, *, record: Record, seq: int, matter: Matter
) -> Finding | None:
    """Judge what a delegate voted on paper as if it were filed at ``seq``.

    Nobody signed it for a machine: the mandate says whether two fellow members may
    vouch for it (see ``confederation.paper``).
    """
    named = _named(vote, record, seq, matter)
    if isinstance(named, Finding):
        return named
    given = named.fact
    assert isinstance(given, Mandate)
    if not given.paper_vote:
        return Finding(
            rule=Rule.NOT_ON_PAPER,
            says=Phrase("The mandate does not allow a vote on paper."),
            mandate=named.digest,
        )
    return _judge_under(named, vote, record, seq, matter)


def _named(vote: Vote, record: Record, seq: int, matter: Matter) -> Entry | Finding:
    """Find the mandate that a vote names, if the seat may have a vote at all."""
    compact = matter.compact
    named = record.get(vote.mandate, before=seq)
    if compact.borne_by(record.assembly) is None:
        return Finding(
            rule=Rule.NOT_A_MEMBER,
            says=Phrase("This assembly has no seat in the compact of the proposal."),
        )
    if left(compact, record, seq) is not None:
        return Finding(
            rule=Rule.NOT_A_MEMBER,
            says=Phrase(
                "This assembly had left the compact before the vote was filed."
            ),
        )
    if vote.assembly != record.assembly or vote.proposal != matter.proposal.digest:
        return Finding(
            rule=Rule.BAD_SIGNATURE,
            says=Phrase(
                "The delegate signed for another proposal or another assembly."
            ),
        )
    if named is None or not isinstance(named.fact, Mandate):
        return Finding(
            rule=Rule.NO_MANDATE,
            says=Phrase(
                "The record holds no such mandate before the place of the vote."
            ),
        )
    return named


def _judge_under(
    named: Entry, vote: Vote, record: Record, seq: int, matter: Matter
) -> Finding | None:
    given = named.fact
    assert isinstance(given, Mandate)

    def finding(
        rule: Rule, says: str, instruction: Instruction | None = None
    ) -> Finding:
        return Finding(
            rule=rule, says=says, mandate=named.digest, instruction=instruction
        )

    waits = bearing.awaited(record, seq, matter.compact, matter.inner)
    if waits is not None:
        return finding(
            Rule.NOT_DECIDED_BELOW,
            Phrase(
                "What the compact below decided is not attested here by enough of its "
                "members yet."
            ),
        )
    unfounded = founded(named, record, matter.compact, matter.inner)
    if unfounded is not None:
        return unfounded
    if given.compact != matter.compact.identity:
        return finding(
            Rule.OUTSIDE_SCOPE, Phrase("The mandate is for another compact.")
        )
    instruction = covering(given, matter)
    ended = ending(named, record, seq, matter)
    if ended is not None and isinstance(ended.fact, Recall):
        return finding(
            Rule.RECALLED,
            Phrase(
                "The assembly had recalled this delegate before the vote was filed."
            ),
            instruction,
        )
    if ended is not None:
        return finding(
            Rule.NO_MANDATE,
            Phrase(
                "A later mandate had taken this one's place before the vote was filed."
            ),
            instruction,
        )
    if given.valid_until < matter.text.closes:
        return finding(
            Rule.MANDATE_EXPIRED,
            Phrase("The mandate ends before the declared closing of the proposal."),
            instruction,
        )
    if instruction is None:
        return finding(
            Rule.OUTSIDE_SCOPE,
            Phrase(
                "The mandate holds no instruction on this proposal: the matter goes "
                "back to the assembly."
            ),
        )
    changed = _changed_beyond(instruction, matter)
    if changed is not None:
        return finding(Rule.TEXT_CHANGED, changed, instruction)
    says = _forbids(instruction, vote.choice, matter.text)
    if says is not None:
        return finding(Rule.OUTSIDE_INSTRUCTION, says, instruction)
    return None


def founded(
    entry: Entry, record: Record, compact: Compact, inner: Inners = NO_INNERS
) -> Finding | None:
    """Find what a mandate or a recall lacks to be its assembly's own act, if anything.

    The decision behind it, and the election of a delegate, stand in the record before
    it; where the compact asks for two tellers, two confirmed each of them. What a
    bearer carries was decided below: it says what was, and needs no tellers of its own,
    so that they cannot keep it back.
    """
    fact = entry.fact
    if not isinstance(fact, Mandate | Recall):
        return Finding(
            rule=Rule.NO_MANDATE,
            says=Phrase("This entry is neither a mandate nor a recall."),
        )
    borne = bearing.borne(compact, record.assembly)
    if borne is not None:
        lacks = bearing.lacks(fact, borne, record.assembly, inner)
        if lacks is None and isinstance(fact, Mandate):
            lacks = bearing.thought_better(
                fact.decision, record, entry.seq, compact, inner
            )
        return _founded_below(entry, record, compact, lacks)
    behind = [record.get(fact.decision, before=entry.seq)]
    lacks = _undecided(fact, behind[0])
    if lacks is None and isinstance(fact, Mandate):
        behind.append(record.get(fact.election, before=entry.seq))
        lacks = _unelected(fact, behind[1])
    if lacks is not None:
        return Finding(rule=Rule.NO_MANDATE, says=lacks, mandate=entry.digest)
    if compact.rules.two_tellers and not all(
        each is not None and record.confirmed(each) for each in (entry, *behind)
    ):
        return Finding(
            rule=Rule.ONE_SIGNATURE_ONLY,
            says=(
                Phrase(
                    "Two tellers confirm a mandate or a recall, and the decision and "
                    "the election behind it; here a confirmation is missing."
                )
            ),
            mandate=entry.digest,
        )
    return None


def _founded_below(
    entry: Entry, record: Record, compact: Compact, lacks: str | None
) -> Finding | None:
    """Find what a bearer's mandate or recall lacks beside what was decided below."""
    fact = entry.fact
    behind: list[Entry | None] = []
    if lacks is None and isinstance(fact, Mandate):
        elected = record.get(fact.election, before=entry.seq)
        lacks = _unelected(fact, elected)
        if elected is not None and isinstance(elected.fact, Election):
            behind = [elected, record.get(elected.fact.decision, before=entry.seq)]
    if lacks is not None:
        return Finding(rule=Rule.NO_MANDATE, says=lacks, mandate=entry.digest)
    if compact.rules.two_tellers and not all(
        each is not None and record.confirmed(each) for each in behind
    ):
        return Finding(
            rule=Rule.ONE_SIGNATURE_ONLY,
            says=(
                Phrase(
                    "Two tellers confirm whom a bearer elected as the delegate; here a "
                    "confirmation is missing."
                )
            ),
            mandate=entry.digest,
        )
    return None


def _undecided(fact: Mandate | Recall, behind: Entry | None) -> str | None:
    if behind is None or not isinstance(behind.fact, Decision):
        return Phrase("No decision of the assembly stands behind this in its record.")
    decision = behind.fact
    # An assembly that votes a proposal down mandates its delegate to vote against it.
    on_the_matter = isinstance(fact, Mandate) and any(
        decision.on == instruction.proposal != Digest(fact.compact)
        for instruction in fact.instructions
    )
    if decision.outcome == "no quorum":
        return Phrase("The decision behind this had no quorum.")
    if decision.members is not None and not decision.members.within(MOST_MEMBERS):
        return Phrase(
            "The decision behind this counts fewer than nobody, or more than can be."
        )
    if decision.outcome == "rejected" and not on_the_matter:
        return Phrase("The assembly rejected what this says that it decided.")
    return None


def _unelected(fact: Mandate, behind: Entry | None) -> str | None:
    if behind is None or not isinstance(behind.fact, Election):
        return Phrase("No election stands behind this mandate in the record.")
    election = behind.fact
    if election.compact != fact.compact:
        return Phrase("The delegate was elected for another compact.")
    if fact.holder not in (election.holder, election.alternate):
        return Phrase(
            "The mandate's holder was not elected, nor named as the alternate."
        )
    return None


def ending(mandate: Entry, record: Record, seq: int, matter: Matter) -> Entry | None:
    """Find what ended a mandate in this matter before ``seq``; None if it stands.

    It is the first recall of it, or the first later mandate for the compact that names
    it as superseded or covers the same matter. What is not the assembly's own act
    (see :func:`founded`) ends nothing.
    """
    compact = matter.compact
    endings: list[Entry] = []
    for entry, recall in record.facts(Recall, after=mandate.seq, before=seq):
        if recall.mandate == mandate.digest and not founded(
            entry, record, compact, matter.inner
        ):
            endings.append(entry)
            break
    for entry, later in record.facts(Mandate, after=mandate.seq, before=seq):
        if (
            later.compact == compact.identity
            and (later.supersedes == mandate.digest or covers(later, matter))
            and not founded(entry, record, compact, matter.inner)
        ):
            endings.append(entry)
            break
    return min(endings, key=lambda entry: entry.seq, default=None)


def covers(given: Mandate, matter: Matter) -> bool:
    """Say whether a mandate has an instruction on this text or the one it amends."""
    return covering(given, matter) is not None


def allows(given: Mandate, choice: tuple[OptionId, ...], matter: Matter) -> bool:
    """Say whether a mandate's instructions allow a choice in a matter."""
    instruction = covering(given, matter)
    return (
        given.compact == matter.compact.identity
        and instruction is not None
        and _changed_beyond(instruction, matter) is None
        and _forbids(instruction, choice, matter.text) is None
    )


def may_stand(given: Mandate, option: OptionId, matter: Matter) -> bool:
    """Say whether a mandate lets an option be chosen, or stand on a ranking."""
    instruction = covering(given, matter)
    if matter.text.method.name not in RANKINGS or instruction is None:
        return allows(given, (option,), matter)
    named = (*instruction.must, *instruction.may)
    return (
        given.compact == matter.compact.identity
        and _changed_beyond(instruction, matter) is None
        and option not in instruction.must_not
        and (not instruction.may or option in named)
        and (option != ABSTAIN or instruction.must in ((), (ABSTAIN,)))
    )


def bound(record: Record, seq: int, matter: Matter) -> Bound:
    """Say what binds an assembly's seat in a matter at ``seq`` of its record."""
    standing = [
        (entry, given)
        for entry, given in record.facts(Mandate, before=seq)
        if given.compact == matter.compact.identity
        and founded(entry, record, matter.compact, matter.inner) is None
        and ending(entry, record, seq, matter) is None
    ]
    if not standing:
        return Bound(word="vacant")
    instructed = [
        (entry, given, instruction)
        for entry, given in standing
        if (instruction := covering(given, matter)) is not None
    ]
    if not instructed:
        return Bound(word="uninstructed", mandate=standing[-1][0])
    entry, given, instruction = instructed[-1]
    if given.valid_until < matter.text.closes:
        return Bound(word="expired", mandate=entry, instruction=instruction)
    if _changed_beyond(instruction, matter) is not None:
        return Bound(word="refer back", mandate=entry, instruction=instruction)
    return Bound(word="instructed", mandate=entry, instruction=instruction)


def decided_on(given: Mandate, record: Record, matter: Matter) -> Decision | None:
    """Give the decision behind what a mandate says on this matter, if there is one.

    That is the decision it names, if that was on this matter. A mandate that was given
    anew for another matter, and says on this one what it said before, has it from the
    mandate that it superseded. Its counts of members are those that a second majority
    adds up.
    """
    instruction = covering(given, matter)
    if instruction is None or instruction.proposal == Digest(matter.compact.identity):
        return None
    on_it = (matter.proposal.digest, instruction.proposal)
    said: Mandate | None = given
    while said is not None:
        behind = record.get(said.decision)
        decision = None if behind is None else behind.fact
        if isinstance(decision, Decision) and decision.on in on_it:
            return decision
        said = _said_before(said, instruction, record, matter)
    return None


def _said_before(
    given: Mandate, instruction: Instruction, record: Record, matter: Matter
) -> Mandate | None:
    """Give the mandate that this one superseded, if it said the same on this matter."""
    before = None if given.supersedes is None else record.get(given.supersedes)
    if before is None or not isinstance(before.fact, Mandate):
        return None
    same = (
        before.fact.compact == given.compact
        and covering(before.fact, matter) == instruction
        and founded(before, record, matter.compact, matter.inner) is None
    )
    return before.fact if same else None


def members_behind(
    given: Mandate, record: Record, matter: Matter
) -> MembersCount | None:
    """Give the counts of members behind a mandate that a second majority adds up."""
    if bearing.borne(matter.compact, record.assembly) is not None:
        below = matter.inner.get(given.decision)
        return None if below is None else below.members
    decision = decided_on(given, record, matter)
    return None if decision is None else decision.members


def covering(given: Mandate, matter: Matter) -> Instruction | None:
    """Find the instruction on this text, or else the one on the text it amends.

    Where there is neither, a mandate whose scope is the compact, or a theme that the
    proposal is of, may hold one on whatever comes.
    """
    by_text = {each.proposal: each for each in given.instructions}
    found = by_text.get(matter.proposal.digest)
    if found is None and matter.text.amends is not None:
        found = by_text.get(matter.text.amends)
    if found is None and _in_scope(given, matter.text):
        found = by_text.get(Digest(matter.compact.identity))
    return found


def _in_scope(given: Mandate, text: Proposal) -> bool:
    # What was said of whatever comes was said of a yes and a no, and of no ranking.
    if text.method.name in RANKINGS:
        return False
    if given.scope == "theme":
        branch = f"{given.theme}/"
        return text.theme == given.theme or text.theme.startswith(branch)
    return given.scope == "compact"


def _forbids(
    instruction: Instruction, choice: tuple[OptionId, ...], text: Proposal
) -> str | None:
    """Say, with the instruction, why a choice is outside it; None if it is within."""
    if text.method.name in RANKINGS:
        return choosing.flaw(choice, text) or _forbids_ranking(instruction, choice)
    if len(choice) != 1:
        return Phrase("A vote on this proposal names exactly one of its options.")
    chosen = choice[0]
    must, may, must_not = instruction.must, instruction.may, instruction.must_not
    if chosen not in {option.id for option in text.options}:
        return Filled("The proposal has no option {option!r}.", option=chosen)
    if must and chosen not in must:
        return Filled(
            "The mandate says {options}; this vote says {chosen}.",
            options=OneOf(must),
            chosen=chosen,
        )
    if chosen in must_not:
        return Filled(
            "The mandate says never {options}; this vote says {chosen}.",
            options=OneOf(must_not),
            chosen=chosen,
        )
    if may and chosen not in (*must, *may):
        return Filled(
            "The mandate allows {options}; this vote says {chosen}.",
            options=OneOf(may),
            chosen=chosen,
        )
    if not (must or may or must_not):
        return Phrase(
            "The mandate's instruction names nothing that the delegate may choose."
        )
    return None


def _forbids_ranking(
    instruction: Instruction, ranking: tuple[OptionId, ...]
) -> str | None:
    """Say why a ranking is outside an instruction; None if it is within.

    It begins with what it must, in that order; nothing that it must not stands on it;
    and where there is something that it may, nothing but that stands on it beside.

    See docs/decisions/0085-what-a-mandate-says-about-a-ranking.md.
    """
    must, may, must_not = instruction.must, instruction.may, instruction.must_not
    says = " > ".join(ranking)
    if ranking[: len(must)] != must:
        return Filled(
            "The mandate says to begin {begins}; this vote says {chosen}.",
            begins=" > ".join(must),
            chosen=says,
        )
    if not {*must_not}.isdisjoint(ranking):
        return Filled(
            "The mandate says never {options}; this vote says {chosen}.",
            options=OneOf(must_not),
            chosen=says,
        )
    if may and not {*must, *may}.issuperset(ranking):
        return Filled(
            "The mandate allows {options}; this vote says {chosen}.",
            options=OneOf(may),
            chosen=says,
        )
    if not (must or may or must_not):
        return Phrase(
            "The mandate's instruction names nothing that the delegate may choose."
        )
    return None


def _changed_beyond(instruction: Instruction, matter: Matter) -> str | None:
    """Say what of an amended text an instruction on the old one does not cover."""
    first = next(iter(beyond(instruction, matter)), None)
    return None if first is None else first.says


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond:
    """What an amended text changes further than an instruction lets it be changed.

    ``clause`` is None where it is the question itself. ``amount`` names an amount in
    the clause; None where its words changed. ``limits`` are those of the instruction.
    """

    says: str
    clause: int | None = None
    amount: str | None = None
    limits: tuple[str, str] | None = None


def beyond(instruction: Instruction, matter: Matter) -> tuple[Beyond, ...]:
    """Find all in which an amended text goes beyond an instruction on the old one.

    Nothing for an instruction on this very text, or on whatever comes.
    """
    if instruction.proposal != matter.text.amends:
        return ()
    new, old = matter.text, matter.old
    if old is None:
        says = Phrase("The text that this proposal amends is not here to compare with.")
        return (Beyond(says=says),)
    found: list[Beyond] = []
    if (
        old.title != new.title
        or old.options != new.options
        or old.method != new.method
        or old.ratify != new.ratify
        or old.compact_next != new.compact_next
    ):
        says = Phrase(
            "The amended proposal asks another question than the one that the mandate "
            "is on."
        )
        found.append(Beyond(says=says))
    before = {clause.n: clause for clause in old.clauses}
    after = {clause.n: clause for clause in new.clauses}
    for n in sorted(before.keys() | after.keys()):
        found += _beyond_in(instruction, n, before.get(n), after.get(n))
    return tuple(found)


def _beyond_in(
    instruction: Instruction, n: int, old: Clause | None, new: Clause | None
) -> Iterator[Beyond]:
    if old == new:
        return
    free = n in instruction.may_amend
    says = Filled("Clause {n} was changed further than the mandate lets it be.", n=n)
    if old is None or new is None or old.text != new.text:
        if not free:
            yield Beyond(says=says, clause=n)
        if new is None:
            return
    limits = instruction.amounts.get(str(n), {})
    before: Mapping[str, str] = {} if old is None else old.amounts
    for name in sorted(before.keys() | new.amounts.keys()):
        if before.get(name) == new.amounts.get(name):
            continue
        bounds = limits.get(name)
        within = free if bounds is None else _within(new.amounts.get(name), bounds)
        if not within:
            yield Beyond(says=says, clause=n, amount=name, limits=bounds)


def _within(amount: str | None, limits: tuple[str, str]) -> bool:
    least, here, most = _amount(limits[0]), _amount(amount), _amount(limits[1])
    if least is None or here is None or most is None:
        return False
    return least <= here <= most


def _amount(text: str | None) -> Fraction | None:
    try:
        return amounts.read(text) if text is not None else None
    except Invalid:
        return None
