"""What an assembly publishes is an entry in its record, and an entry never changes.

These are the entries as values: *facts* whose signatures were checked elsewhere. A
field says what a signature proved (``signed_by``, ``confirmed_by``); the rules that
follow from it are in the aggregates. Field names are the wire names in snake case.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from confederation.identifiers import (
    ActionId,
    ActorId,
    AssemblyId,
    BallotId,
    Commit,
    CompactId,
    Digest,
    Multikey,
    OptionId,
    SessionId,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Founding:
    """An assembly begins; the digest of this entry is its identity for ever."""

    name: Commit
    kind: str
    key: Multikey
    next_key_digest: Digest | None = None
    tellers: tuple[Multikey, ...] = ()
    confirmed_by: tuple[Multikey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """The assembly adopts its rules. Items keep the version they opened under."""

    text: Commit
    tellers: tuple[Multikey, ...]
    quorum: str = "0"
    threshold: str = "1/2"
    methods: tuple[str, ...] = ()
    confirmed_by: tuple[Multikey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEvent:
    """A record key is replaced; it acts from its own ``seq`` on.

    ``decided`` is the digest of the proposal by which a compact gave the new key to an
    assembly that had lost its own. See ``confederation.new_key``.
    """

    op: Literal["add", "retire", "compromised"]
    key: Multikey
    next_key_digest: Digest | None = None
    decided: Digest | None = None
    consented: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The assembly lives at this actor address from now on."""

    address: ActorId


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCount:
    """How many members the assembly has. A number, no name."""

    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Electorate:
    """Who may decide in a session, as counts by evidence level, at its opening."""

    session: SessionId
    present: int
    members: int
    levels: Mapping[str, int] = field(default_factory=dict)
    basis: str = "cards"
    confirmed_by: tuple[Multikey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An assembly raises an issue; its words travel beside the entry.

    ``place`` is what people there call the place that it is about.
    """

    title: Commit
    what: Commit
    why: Commit | None = None
    theme: str = ""
    status: str = "open"
    lang: str = "en"
    place: Commit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedAccount:
    """*We have this too*: an assembly's own account of an issue raised elsewhere.

    ``shares`` names the first Issue entry; ``own`` the assembly's own Issue, if any.
    """

    shares: Digest
    account: Commit
    why: Commit | None = None
    own: Digest | None = None
    withdrawn: bool = False
    lang: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A numbered clause of a proposal; amounts are exact decimals or fractions."""

    n: int
    text: Commit
    amounts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextVersion:
    """A version of a text that assemblies draft together, named by its digest.

    ``shares`` names the first Issue entry that it is about; ``text`` commits to the
    whole. ``among`` are the assemblies whose agreement freezes it, sorted; ``parents``
    the versions that it was made from; ``answers`` the objections that it answers.
    """

    shares: Digest
    title: Commit
    text: Commit
    clauses: tuple[Clause, ...]
    among: tuple[AssemblyId, ...]
    parents: tuple[Digest, ...] = ()
    answers: tuple[Digest, ...] = ()
    lang: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonText:
    """An assembly says how it stands to a version of a common text.

    *Agreed* is for good: this is the text that it puts to its people. ``version_hash``
    is the digest of the version; ``reason`` why it was offered.
    """

    version: TextVersion
    version_hash: Digest
    stand: Literal["offered", "taken in", "agreed", "withdrawn"]
    reason: Commit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextObjection:
    """An assembly objects to a version of a common text, or says what became of it.

    ``first`` names the entry that raised the objection; None in that entry itself.
    """

    on: Digest
    reason: Commit
    state: Literal["raised", "stands", "withdrawn"] = "raised"
    first: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionTest:
    """Another assembly has tested an objection: how many found it valid, or not."""

    objection: Digest
    valid: int
    not_valid: int
    upheld: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An option that a seat may choose; its label travels beside the entry."""

    id: OptionId
    label: Commit


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How something is decided. Shares are fractions written ``"2/3"``.

    ``seats`` is how many places a transferable vote of assemblies fills; None with
    every other method.
    """

    name: str
    quorum: str | None = None
    threshold: str | None = None
    seats: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """The key of a member that lost its own takes over after its last entry.

    ``after`` is the digest of that entry. ``consented`` says that the new key signed.
    """

    assembly: AssemblyId
    key: Multikey
    after: Digest
    consented: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """An assembly ends, or begins where others ended; decided by a qualified vote.

    ``successors`` are who goes on: all of them where it splits, the one that it merges
    into, nobody where it is dissolved. Where it is a successor itself, ``of`` is
    the entry by which the other named it.
    """

    act: Literal["split", "merge", "dissolve", "succeed"]
    decision: Digest
    successors: tuple[AssemblyId, ...] = ()
    of: Digest | None = None
    confirmed_by: tuple[Multikey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A confederal proposal under one compact version. It never changes.

    ``compact_next`` is the version that it puts in the place of its own, if it changes
    the compact. ``theme`` is one of the themes of the compact, or empty. ``on`` is the
    proposal, or the mandate, of a wider compact that it decides on for the seat there.
    ``why_wider`` says why no assembly can do it alone; ``concerns`` are those that it
    is about, where it is not about all.
    """

    compact: Digest
    title: Commit
    clauses: tuple[Clause, ...]
    options: tuple[Choice, ...]
    method: Method
    opens: datetime
    closes: datetime
    decision: Digest
    issue: Digest | None = None
    amends: Digest | None = None
    slot: Digest | None = None
    ratify: bool = False
    new_key: NewKey | None = None
    on: Digest | None = None
    why_wider: Commit | None = None
    concerns: tuple[AssemblyId, ...] = ()
    compact_next: Digest | None = None
    theme: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """An assembly says at which level a matter belongs, by a decision of its own.

    ``alone`` calls it back as what concerns this assembly and no other.
    """

    proposal: Digest
    belongs: Literal["here", "below"]
    decision: Digest
    alone: bool = False
    why: Commit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """The proposing assembly withdraws its proposal."""

    proposal: Digest
    decision: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersCount:
    """How many members said what, and by which way of counting."""

    for_: int
    against: int
    abstain: int
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What an assembly decided, by which method, with aggregates only.

    ``on`` is the digest of the proposal, recall or other entry decided upon; None
    where the text itself (``text_commit``) is all there is. ``members`` is None where
    nobody counted yes and no, as in consent. ``chosen`` is the option chosen among
    several; ``elected`` are those who fill places, in the order of the count.
    ``counts`` are the totals by option, and ``stages`` the votes after each round or
    stage, as exact decimals. ``channels`` are the totals by how the papers came (on
    paper, by hands, online); where few came by one it is together with another.
    ``papers`` is the salted digest of the list of papers of a secret ballot.
    """

    ballot: BallotId
    method: Method
    present: int
    outcome: Literal["passed", "rejected", "no quorum"]
    effective_from: datetime
    on: Digest | None = None
    text_commit: Commit | None = None
    members: MembersCount | None = None
    chosen: OptionId | None = None
    elected: tuple[OptionId, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    stages: tuple[Mapping[str, str], ...] = ()
    channels: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    papers: Digest | None = None
    supersedes: Digest | None = None
    confirmed_by: tuple[Multikey, ...] = ()


Declared = Literal["another seat", "councillor"]
"""What a delegate holds besides: a seat elsewhere, or a public office by election."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Election:
    """The assembly elects a delegate and an alternate for its seat in a compact.

    ``declared`` is what the delegate says that they hold besides, and
    ``alternate_declared`` what the alternate says.
    """

    compact: CompactId
    holder: ActorId
    alternate: ActorId | None
    decision: Digest
    declared: tuple[Declared, ...] = ()
    alternate_declared: tuple[Declared, ...] = ()
    confirmed_by: tuple[Multikey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """What the delegate must choose, may choose among, must not choose, may amend.

    ``amounts`` bounds the amounts in a clause: clause number → name → (least, most).
    """

    proposal: Digest
    must: tuple[OptionId, ...] = ()
    may: tuple[OptionId, ...] = ()
    must_not: tuple[OptionId, ...] = ()
    may_amend: tuple[int, ...] = ()
    amounts: Mapping[str, Mapping[str, tuple[str, str]]] = field(default_factory=dict)
    reason: Commit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """An assembly binds its delegate: matters, instructions, term, report-back.

    A mandate in ``scope`` *compact* may hold one instruction whose ``proposal`` is the
    identity of the compact: it covers whatever proposal no other instruction covers. In
    ``scope`` *theme* it covers only those of its ``theme``, or of a branch of that.
    """

    holder: ActorId
    delegate_key: Multikey
    compact: CompactId
    decision: Digest
    election: Digest
    instructions: tuple[Instruction, ...]
    valid_from: datetime
    valid_until: datetime
    report_due: datetime
    supersedes: Digest | None = None
    paper_vote: bool = False
    scope: Literal["proposals", "compact", "theme"] = "proposals"
    theme: str = ""
    confirmed_by: tuple[Multikey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """The assembly ends a mandate. It takes effect at its own ``seq``."""

    mandate: Digest
    decision: Digest
    confirmed_by: tuple[Multikey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBack:
    """The delegate's report was given, or asked for again: a fact about the seat.

    ``decision`` is the one by which the assembly accepted it, or did not.
    """

    mandate: Digest
    state: Literal["filed", "accepted", "not accepted", "awaited"]
    text: Commit | None = None
    decision: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """The assembly joins a compact, applies to it, or leaves: one act of its own.

    ``compact`` is the version that is joined; whoever applies names the identity.
    Leaving takes back an application as well.
    """

    compact: Digest
    act: Literal["join", "apply", "leave"]
    decision: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """A meeting that a claim rests on, in numbers and days.

    ``electorate`` is the digest of the Electorate entry that counted those present;
    None where nobody counted. ``steps`` maps a step of the process to whether it was
    taken; one that is not noted is missing.
    """

    session: SessionId
    held: datetime
    electorate: Digest | None = None
    present: int | None = None
    residents: int | None = None
    basis: str = ""
    steps: Mapping[str, bool] = field(default_factory=dict)
    countersigned: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Legitimacy:
    """What an assembly that applies says of itself, by a compact's criteria.

    Whoever reads it works ``figure`` and ``holds`` out again from the sittings.
    """

    compact: CompactId
    criteria: Digest
    sittings: tuple[Sitting, ...]
    figure: int | None = None
    holds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A member says, by a decision, what its people saw at a meeting of another.

    ``present`` is how many they counted, if they did; ``confirms`` whether it was as
    the other assembly says.
    """

    compact: CompactId
    of: AssemblyId
    session: SessionId
    confirms: bool
    decision: Digest
    present: int | None = None


Criterion = Literal["attendance", "counting", "regularity", "process", "existence"]
"""What a claim can be challenged on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A member challenges an assembly's claim on one criterion, with evidence.

    ``compact`` is the version whose members can be drawn for the panel; ``seed``
    commits to the challenger's half of the lot.
    """

    compact: Digest
    of: AssemblyId
    criterion: Criterion
    evidence: tuple[Commit, ...]
    reply_by: datetime
    seed: Digest
    decision: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The assembly whose claim is challenged answers."""

    challenge: Digest
    text: Commit


@dataclass(frozen=True, slots=True, kw_only=True)
class LotSeed:
    """Whoever challenged opens its half of the lot, once the time to reply is over."""

    challenge: Digest
    seed: str
    reply: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """An assembly of the panel says whether the challenged claim is upheld."""

    challenge: Digest
    upheld: bool
    decision: Digest
    reason: Commit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """A delegate's signed vote. ``signed_by`` is the key whose proof held, or None."""

    proposal: Digest
    assembly: AssemblyId
    mandate: Digest
    revision: int
    choice: tuple[OptionId, ...]
    signed_by: Multikey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A seat's position in a proposal is filed as its next revision.

    Exactly one of ``document`` (a vote) and ``withdrawn_by`` (the digest of the
    recall, mandate or leaving that ends the position) is given. With ``paper``, the
    digest of a PaperVote, the assembly takes that vote as its own: ``document`` then
    says the same, and nobody signed it.
    """

    proposal: Digest
    revision: int
    document: Vote | None = None
    withdrawn_by: Digest | None = None
    paper: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperVote:
    """A fellow member files what the delegate of a dark seat voted on paper.

    ``of`` is the assembly whose seat it is, and ``head`` the newest entry of its
    record that the fellow member holds: the vote is judged as if it were filed right
    after that.
    """

    proposal: Digest
    of: AssemblyId
    mandate: Digest
    revision: int
    choice: tuple[OptionId, ...]
    head: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Countersign:
    """Another fellow member saw the same paper. ``paper`` is the PaperVote."""

    proposal: Digest
    paper: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratification:
    """An assembly's own decision on a confirmed result is filed as its next revision.

    Exactly one of ``decision`` (which was passed: it ratifies; or rejected: it does
    not) and ``withdrawn_by`` (the leaving that empties the seat) is given.
    """

    proposal: Digest
    result_hash: Digest
    revision: int
    ratifies: bool
    decision: Digest | None = None
    withdrawn_by: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """An assembly states which revisions it received: (seat, revision, filing entry).

    A statement with nothing in ``seen`` witnesses the proposal itself. The ``final``
    one repeats all that was ever witnessed and says that no more will follow. In a
    ratification ``proposal`` is the digest of the result that is ratified.
    """

    proposal: Digest
    final: bool
    seen: tuple[tuple[int, int, Digest], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The arithmetic of a result, all integers: what *how counted* opens.

    ``assemblies`` and ``members`` map an option to how many; ``members`` is None
    where assemblies alone count. Where assemblies rank, ``assemblies`` are their first
    choices.
    """

    seats: int
    cast: int
    quorum: int
    assemblies: Mapping[OptionId, int]
    members: Mapping[OptionId, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """One majority of ranked pairs in its turn: locked in, or passed over."""

    over: OptionId
    under: OptionId
    votes: int
    against: int
    locked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of a count in which votes move from option to option.

    ``votes`` and ``lost`` (what had nowhere to go, and what was cut off) are exact
    decimals. ``tie`` says what chose among several that stood alike; ``compared`` is
    the number, from 1, of the earlier stage that did.
    """

    happened: Literal["first choices", "surplus", "excluded"]
    whose: OptionId | None
    votes: Mapping[OptionId, str]
    lost: str
    elected: tuple[OptionId, ...] = ()
    tie: Literal["earlier stage", "lot"] | None = None
    compared: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """How rankings were counted: every comparison or every stage, and what was chosen.

    ``lot`` is the order that settles ties. ``pairs`` says how many seats rank one
    option above another, ``paths`` how strong the strongest path between two is;
    what a method does not use is empty. ``chosen`` is what the count picks, keeping
    things as they are included; ``wanted`` is how many seats rank something of it
    above keeping things as they are.
    """

    lot: tuple[OptionId, ...]
    chosen: tuple[OptionId, ...]
    wanted: int
    pairs: Mapping[OptionId, Mapping[OptionId, int]] = field(default_factory=dict)
    locks: tuple[Lock, ...] = ()
    paths: Mapping[OptionId, Mapping[OptionId, int]] = field(default_factory=dict)
    stages: tuple[Stage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One certified revision: counted (``rule`` None) or left out with its rule."""

    seat: int
    revision: int
    digest: Digest
    rule: Literal["superseded", "withdrawn", "seat emptied"] | None
    choice: tuple[OptionId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What is attested: a function of the certified revisions alone.

    That of a ratification names the ratified result's digest as ``proposal``.
    ``ranked`` is there where assemblies ranked, and only there.
    """

    compact: Digest
    proposal: Digest
    method: str
    certified: tuple[Counted, ...]
    figures: Figures
    outcome: Literal[
        "adopted",
        "rejected",
        "no quorum",
        "withdrawn",
        "returned",
        "in force",
        "not in force",
    ]
    ranked: Ranked | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """An assembly attests a result, once and for good."""

    proposal: Digest
    result: Result
    result_hash: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """An assembly found its own attestation wrong. It explains and never counts."""

    attestation: Digest
    result_hash: Digest
    differing: tuple[Digest, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivocation:
    """Two contradictory statements of one assembly, side by side."""

    of: AssemblyId
    a: Digest
    b: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The assembly settles a contradiction of its own, by its decision.

    ``a`` and ``b`` are those of the `Equivocation` that shows it; ``stands`` is the one
    of the two that the assembly goes on from.
    """

    a: Digest
    b: Digest
    stands: Digest
    decision: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something is done to carry out a decision, and how far it is.

    ``follows`` is the digest of our own Decision entry, or of the confirmed result of
    ``proposal``. Each step is an entry of its own with the same ``action``; the newest
    one in the record says how it stands.
    """

    action: ActionId
    follows: Digest
    what: Commit
    state: Literal["offered", "taken", "doing", "blocked", "done", "dropped"]
    proposal: Digest | None = None
    due: datetime | None = None
    says: Commit | None = None
    lang: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What was decided is put to somebody outside who can do it, by a day.

    ``follows`` is as in `Action`. ``authority`` is what they are called; how they are
    reached stands in no entry. ``answer_by`` is a request, and no legal deadline.
    """

    follows: Digest
    authority: Commit
    text: Commit
    answer_by: datetime
    proposal: Digest | None = None
    lang: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back to an ask of the same record, in the words of whoever answered.

    ``given`` is how it came: over the link that was sent, or on paper, copied by us.
    Neither proves who wrote it.
    """

    ask: Digest
    kind: Literal["received", "holding", "full", "partly", "refused"]
    given: Literal["link", "paper"]
    text: Commit | None = None
    heard: Commit | None = None
    plan: Commit | None = None
    handed: Commit | None = None
    plan_by: datetime | None = None
    lang: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """An assembly judges what came back to an ask, or that nothing did.

    ``answer`` is None for *no answer*; ``decision`` is its own decision behind this.
    The newest judgement in the record of an assembly is the one that stands.
    """

    ask: Digest
    verdict: Literal["accepted", "partly", "not accepted", "no answer"]
    stage: Literal["waiting", "implementing", "done"]
    decision: Digest
    answer: Digest | None = None
    reason: Commit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MinorityReport:
    """Some who did not agree say why, and it stays beside what was decided.

    ``on`` is the digest of a Decision of the same record, or of the confirmed result of
    ``proposal``. ``signers`` are a commitment for each member who signed: to a name, or
    to *a member*; ``reviewers`` are the two who may withhold a part, put in the same
    way. Both are empty where the assembly itself dissents, by ``decision``.
    """

    on: Digest
    parts: tuple[Commit, ...]
    proposal: Digest | None = None
    signers: tuple[Commit, ...] = ()
    reviewers: tuple[Commit, ...] = ()
    decision: Digest | None = None
    lang: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Withholding:
    """Two reviewers, whom the minority named, withhold a part that targets a person.

    ``part`` is its place in the report, from 1. The words are gone; the gap is shown.
    """

    report: Digest
    part: int
    reviewers: tuple[Commit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """An entry of a type or version that this reader does not know."""

    type: str


Fact = (
    Founding
    | Rulebook
    | KeyEvent
    | Address
    | MemberCount
    | Electorate
    | Issue
    | SharedAccount
    | CommonText
    | TextObjection
    | ObjectionTest
    | Proposal
    | Placement
    | Withdrawal
    | Decision
    | Election
    | Mandate
    | Recall
    | ReportBack
    | Membership
    | Succession
    | Legitimacy
    | Visit
    | Challenge
    | Reply
    | LotSeed
    | Verdict
    | Filed
    | Ratification
    | PaperVote
    | Countersign
    | Witness
    | Attestation
    | Correction
    | Equivocation
    | Settlement
    | Action
    | Ask
    | Answer
    | Judgement
    | MinorityReport
    | Withholding
    | Unread
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A fact in its place: whose, where in the record, and after what.

    ``digest`` is of the whole signed document; ``prev`` is None only at ``seq`` 0.
    ``rulebook`` is the digest of the Rulebook entry in force, None before the first.
    """

    assembly: AssemblyId
    seq: int
    prev: Digest | None
    digest: Digest
    published: datetime
    fact: Fact
    rulebook: Digest | None = None
