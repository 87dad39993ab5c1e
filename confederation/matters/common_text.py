"""A common text has no owner: each assembly says in its own record what it stands by.

A version names the versions that it was made from, and the assemblies whose agreement
freezes it. Once all of these have agreed it is frozen for good; whatever else is said
of it follows from what each has said, and nobody says it for another.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from confederation import text as texts
from confederation.confederal.history import Record
from confederation.deciding.objection import SETTLED
from confederation.errors import Invalid, NotEntitled, TooEarly, TooLate, Unknown
from confederation.identifiers import AssemblyId, Commit, Digest, MemberId
from confederation.record import (
    CommonText,
    Entry,
    ObjectionTest,
    TextObjection,
    TextVersion,
)
from confederation.text import Text

Status = Literal[
    "draft",
    "redrafted",
    "offered",
    "contested",
    "friendly-accepted",
    "adopted",
    "stale",
    "withdrawn",
    "frozen",
]
"""How a version stands. *Draft* has no version before it; *redrafted* is a new one by
who wrote the one before; the rest are amendments, until all have agreed."""

GOING_ON: frozenset[Status] = frozenset(
    {"draft", "redrafted", "friendly-accepted", "adopted", "frozen"}
)
"""The others are no text that anybody goes on from."""

Objected = Literal[
    "raised", "valid", "not valid", "answered", "integrated", "stands", "withdrawn"
]
UNSETTLED: frozenset[Objected] = frozenset({"raised", "valid"})
"""Nobody agrees to a text while an objection to it is one of these."""


# What follows from the records


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """An objection of one assembly to one version, and who tested it.

    ``tested`` gives for each assembly what it last found. ``answered_by`` is the first
    version that says it answers the objection.
    """

    digest: Digest
    by: AssemblyId
    on: Digest
    reason: Commit
    at: datetime
    status: Objected
    tested: Mapping[AssemblyId, ObjectionTest] = field(default_factory=dict)
    answered_by: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version as the records have it. ``by`` is who offered it first.

    ``stands`` is what each assembly last said of it; whoever agreed stays agreed.
    """

    digest: Digest
    text: TextVersion
    by: AssemblyId
    at: datetime
    reason: Commit | None
    status: Status
    stands: Mapping[AssemblyId, str]
    objections: tuple[Objection, ...] = ()

    @property
    def agreed(self) -> tuple[AssemblyId, ...]:
        """Who has agreed to it, in the order in which it names them."""
        return tuple(a for a in self.text.among if self.stands.get(a) == "agreed")

    @property
    def awaited(self) -> tuple[AssemblyId, ...]:
        """Whose agreement it still needs."""
        return tuple(a for a in self.text.among if self.stands.get(a) != "agreed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafting:
    """All versions of all common texts about one shared issue, as they were offered."""

    issue: Digest
    versions: tuple[Version, ...] = ()

    @property
    def frozen(self) -> tuple[Version, ...]:
        return tuple(each for each in self.versions if each.status == "frozen")

    @property
    def newest(self) -> tuple[Version, ...]:
        """The texts as they are now: no version that goes on was made from them."""
        going = [each for each in self.versions if each.status in GOING_ON]
        before = {parent for each in going for parent in each.text.parents}
        return tuple(each for each in going if each.digest not in before)

    def get(self, digest: Digest) -> Version | None:
        return next((each for each in self.versions if each.digest == digest), None)

    def objection(self, digest: Digest) -> Objection | None:
        return next(
            (
                o
                for each in self.versions
                for o in each.objections
                if o.digest == digest
            ),
            None,
        )


def gather(issue: Digest, records: Mapping[AssemblyId, Record]) -> Drafting:
    """Gather what every assembly has said of the common texts about an issue.

    Only those whom a version names say anything of it, and the first of them to offer
    it wrote it. The order of the records makes no difference.
    """
    said: dict[Digest, list[tuple[Entry, CommonText]]] = {}
    for record in records.values():
        for entry, fact in record.facts(CommonText):
            named = entry.assembly in fact.version.among
            if fact.version.shares == issue and named:
                said.setdefault(fact.version_hash, []).append((entry, fact))
    offered = {
        digest: one
        for digest, stated in said.items()
        if (one := _version(digest, stated)) is not None
    }
    objected = {
        digest: _objections(one, offered, records) for digest, one in offered.items()
    }
    known = {
        digest: replace(one, objections=objected[digest])
        for digest, one in offered.items()
    }
    taken = {
        digest: replace(one, status=_status(one, known))
        for digest, one in known.items()
    }
    settled = (
        replace(one, status="stale") if _is_stale(one, taken) else one
        for one in taken.values()
    )
    return Drafting(
        issue=issue,
        versions=tuple(sorted(settled, key=lambda each: (each.at, each.digest))),
    )


def _version(digest: Digest, said: list[tuple[Entry, CommonText]]) -> Version | None:
    offers = [(e, fact) for e, fact in said if fact.stand == "offered"]
    if not offers:
        return None
    entry, first = min(offers, key=lambda pair: (pair[0].published, pair[0].assembly))
    stands: dict[AssemblyId, str] = {}
    for each, fact in sorted(said, key=lambda pair: pair[0].seq):
        if stands.get(each.assembly) != "agreed":
            stands[each.assembly] = fact.stand
    return Version(
        digest=digest,
        text=first.version,
        by=entry.assembly,
        at=entry.published,
        reason=first.reason,
        status="offered",
        stands=stands,
    )


def _status(one: Version, known: Mapping[Digest, Version]) -> Status:
    if one.text.among and not one.awaited:
        return "frozen"
    if all(stand == "withdrawn" for stand in one.stands.values()):
        return "withdrawn"
    if not one.text.parents:
        return "draft"
    writers = {known[p].by for p in one.text.parents if p in known}
    if one.by in writers:
        return "redrafted"
    for_it = {a for a, stand in one.stands.items() if stand in ("taken in", "agreed")}
    # As in a simple majority: half of them leave the text as it is.
    if 2 * len(for_it | {one.by}) > len(one.text.among) and len(for_it) > 1:
        return "adopted"
    if for_it & writers:
        return "friendly-accepted"
    if any(each.status in ("raised", "valid", "stands") for each in one.objections):
        return "contested"
    return "offered"


def _is_stale(one: Version, taken: Mapping[Digest, Version]) -> bool:
    """Whether the others went on in another way from what this one would change."""
    return one.status in ("offered", "contested") and any(
        other.digest != one.digest
        and other.status in GOING_ON
        and not set(other.text.parents).isdisjoint(one.text.parents)
        for other in taken.values()
    )


def _objections(
    one: Version,
    offered: Mapping[Digest, Version],
    records: Mapping[AssemblyId, Record],
) -> tuple[Objection, ...]:
    found = [
        _objection(one, entry, offered, records)
        for assembly in one.text.among
        if assembly in records
        for entry, fact in records[assembly].facts(TextObjection)
        if fact.on == one.digest and fact.first is None and fact.state == "raised"
    ]
    return tuple(sorted(found, key=lambda each: (each.at, each.digest)))


def _objection(
    one: Version,
    entry: Entry,
    offered: Mapping[Digest, Version],
    records: Mapping[AssemblyId, Record],
) -> Objection:
    assert isinstance(entry.fact, TextObjection)
    ends = [
        fact.state
        for _, fact in records[entry.assembly].facts(TextObjection)
        if fact.first == entry.digest
    ]
    tested = {
        assembly: test
        for assembly in one.text.among
        # Somebody other than the objector and the writer tests it.
        if assembly not in (entry.assembly, one.by) and assembly in records
        for _, test in records[assembly].facts(ObjectionTest)
        if test.objection == entry.digest
    }
    answers = sorted(
        (each for each in offered.values() if entry.digest in each.text.answers),
        key=lambda each: (each.at, each.digest),
    )
    # Whether it is answered well is for the assembly that objected to say.
    welcomed = any(
        each.stands.get(entry.assembly) in ("offered", "taken in", "agreed")
        for each in answers
    )
    if ends and ends[-1] == "withdrawn":
        status: Objected = "withdrawn"
    elif welcomed:
        status = "integrated"
    else:
        status = _tested(tested.values(), stands=bool(ends))
        if answers and status in UNSETTLED:
            status = "answered"
    return Objection(
        digest=entry.digest,
        by=entry.assembly,
        on=one.digest,
        reason=entry.fact.reason,
        at=entry.published,
        status=status,
        tested=tested,
        answered_by=answers[0].digest if answers else None,
    )


def _tested(tests: Collection[ObjectionTest], *, stands: bool) -> Objected:
    if not tests:
        return "raised"
    # Where those who tested it are divided it has the benefit of the doubt.
    if 2 * sum(test.upheld for test in tests) < len(tests):
        return "not valid"
    return "stands" if stands else "valid"


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferText:
    """Offer a version: a first draft, or an amended text and why.

    ``known`` is what the records held here say; ``us`` is this assembly; ``sharing``
    are the assemblies that have the issue.
    """

    version: TextVersion
    digest: Digest
    reason: Commit | None = None
    known: Drafting
    sharing: frozenset[AssemblyId]
    us: AssemblyId
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeInText:
    """Say that we go on from a version that another assembly has offered."""

    digest: Digest
    known: Drafting
    us: AssemblyId
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreeToText:
    """Agree, for good, that this is the text that we put to our people."""

    digest: Digest
    known: Drafting
    us: AssemblyId
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawText:
    """Stand by a version no longer; what was agreed stays agreed."""

    digest: Digest
    known: Drafting
    us: AssemblyId
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectToText:
    digest: Digest
    reason: Commit
    known: Drafting
    us: AssemblyId
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CountTextObjection:
    """Enter how many of our people found another's objection valid, and did not."""

    objection: Digest
    valid: int
    not_valid: int
    known: Drafting
    us: AssemblyId
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndTextObjection:
    """Withdraw an objection of ours, or let it stand once it was found valid."""

    objection: Digest
    state: Literal["stands", "withdrawn"]
    known: Drafting
    us: AssemblyId
    by: MemberId | None
    at: datetime


Command = (
    OfferText
    | TakeInText
    | AgreeToText
    | WithdrawText
    | ObjectToText
    | CountTextObjection
    | EndTextObjection
)


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class TextStated:
    fact: CommonText
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TextObjectedTo:
    fact: TextObjection
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TextObjectionTested:
    fact: ObjectionTest
    by: MemberId | None
    at: datetime


Event = TextStated | TextObjectedTo | TextObjectionTested


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What this assembly last said of each version, each objection and each test."""

    stands: Mapping[Digest, str] = field(default_factory=dict)
    objected: frozenset[tuple[Digest, Commit]] = frozenset()
    ended: Mapping[Digest, str] = field(default_factory=dict)
    tested: Mapping[Digest, ObjectionTest] = field(default_factory=dict)


NOTHING = State()


def decide(state: State, command: Command) -> tuple[Event, ...]:
    """Decide what our assembly says of a common text. Saying it again changes nothing.

    Raises:
        Invalid: no version can be like this, or nothing is changed by it.
        NotEntitled: the version does not name us, or it is for others to say.
        TooEarly: an objection is open, or was not tested yet.
        TooLate: it is agreed, frozen or settled.
        Unknown: there is no such version or objection here.
    """
    match command:
        case OfferText():
            return _offer(state, command)
        case ObjectToText(digest=digest, reason=reason, by=by, at=at):
            one = _named(command.known, digest, command.us)
            if (digest, reason) in state.objected:
                return ()
            _not_frozen(one)
            if state.stands.get(digest) == "agreed":
                raise TooLate("Our assembly has agreed to this text, for good.")
            return (
                TextObjectedTo(
                    fact=TextObjection(on=digest, reason=reason), by=by, at=at
                ),
            )
        case CountTextObjection():
            return _test(state, command)
        case EndTextObjection():
            return _end(state, command)
        case TakeInText(digest=digest):
            one = _named(command.known, digest, command.us)
            if state.stands.get(digest) in ("taken in", "agreed"):
                return ()
            if one.by == command.us:
                raise NotEntitled("This version is our own: others take it in.")
            if one.status == "stale":
                raise TooLate(
                    "The others have gone on from another version. Offer what is still "
                    "wanted of this one for the text as it is now."
                )
            return (_stated(one, "taken in", command),)
        case AgreeToText(digest=digest):
            one = _named(command.known, digest, command.us)
            if state.stands.get(digest) == "agreed":
                return ()
            if any(each.status in UNSETTLED for each in one.objections):
                raise TooEarly("An objection to this text is still open.")
            if any(
                each.by == command.us and each.status in ("answered", "stands")
                for each in one.objections
            ):
                raise TooEarly("Our own objection to this text is not withdrawn.")
            return (_stated(one, "agreed", command),)
        case WithdrawText(digest=digest):
            one = _named(command.known, digest, command.us)
            before = state.stands.get(digest)
            if before == "withdrawn":
                return ()
            if before is None:
                raise Unknown("Our assembly has said nothing of this version.")
            if before == "agreed":
                raise TooLate("What an assembly has agreed to, it has agreed to.")
            return (_stated(one, "withdrawn", command),)


def evolve(state: State, event: Event) -> State:
    """Give what we have said, after saying one thing more."""
    match event:
        case TextStated(fact=fact):
            stands = {**state.stands, fact.version_hash: fact.stand}
            return replace(state, stands=stands)
        case TextObjectedTo(fact=TextObjection(first=None) as fact):
            objected = state.objected | {(fact.on, fact.reason)}
            return replace(state, objected=objected)
        case TextObjectedTo(fact=fact):
            assert fact.first is not None
            return replace(state, ended={**state.ended, fact.first: fact.state})
        case TextObjectionTested(fact=test):
            return replace(state, tested={**state.tested, test.objection: test})


def as_text(version: TextVersion) -> Text:
    """Give a version as the text of a motion: the same commitments, to the byte."""
    return Text(text=version.text, clauses=version.clauses)


def check(version: TextVersion, *, sharing: Iterable[AssemblyId]) -> None:
    """Check that a version can be offered.

    Raises:
        Invalid: it cannot be; the sentence says why.
    """
    if not version.clauses:
        raise Invalid("A common text has at least one clause.")
    texts.check(as_text(version))
    if list(version.among) != sorted(set(version.among)) or len(version.among) < 2:
        raise Invalid("A common text names two assemblies or more, each once.")
    strange = set(version.among) - set(sharing)
    if strange:
        raise Invalid("Only assemblies that have the issue draft a text about it.")


def _offer(state: State, command: OfferText) -> tuple[Event, ...]:
    version, known = command.version, command.known
    if state.stands.get(command.digest) in ("offered", "taken in", "agreed"):
        return ()
    check(version, sharing=command.sharing)
    if command.us not in version.among:
        raise NotEntitled("Whoever offers a text is one of those who draft it.")
    for parent in version.parents:
        before = known.get(parent)
        if before is None:
            raise Unknown("The version that this was made from is not known here.")
        if (before.text.clauses, before.text.title, before.text.among) == (
            version.clauses,
            version.title,
            version.among,
        ):
            raise Invalid("This is the text as it stands: nothing is changed in it.")
    for answered in version.answers:
        if known.objection(answered) is None:
            raise Unknown("The objection that this answers is not known here.")
    return (
        TextStated(
            fact=CommonText(
                version=version,
                version_hash=command.digest,
                stand="offered",
                reason=command.reason,
            ),
            by=command.by,
            at=command.at,
        ),
    )


def _test(state: State, command: CountTextObjection) -> tuple[Event, ...]:
    objection = command.known.objection(command.objection)
    if objection is None:
        raise Unknown("There is no such objection here.")
    one = _named(command.known, objection.on, command.us)
    if command.us in (objection.by, one.by):
        raise NotEntitled(
            "An assembly other than the objecting one and the one that wrote the text "
            "tests an objection."
        )
    valid, others = command.valid, command.not_valid
    if valid < 0 or others < 0 or valid + others < 2:
        raise Invalid("An objection is tested by two people or more.")
    test = ObjectionTest(
        objection=objection.digest,
        valid=valid,
        not_valid=others,
        upheld=valid >= others,
    )
    if state.tested.get(objection.digest) == test:
        return ()
    if objection.status in ("withdrawn", "integrated", "stands"):
        raise TooLate(SETTLED[objection.status])
    return (TextObjectionTested(fact=test, by=command.by, at=command.at),)


def _end(state: State, command: EndTextObjection) -> tuple[Event, ...]:
    objection = command.known.objection(command.objection)
    if objection is None:
        raise Unknown("There is no such objection here.")
    if objection.by != command.us:
        raise NotEntitled("The assembly that objected says what becomes of it.")
    if state.ended.get(objection.digest) == command.state:
        return ()
    if objection.status == "withdrawn":
        raise TooLate("This objection is withdrawn.")
    if command.state == "stands":
        if objection.status == "raised":
            raise TooEarly("An objection is tested before it is left standing.")
        if objection.status not in ("valid", "answered"):
            raise TooLate(SETTLED[objection.status])
    fact = TextObjection(
        on=objection.on,
        reason=objection.reason,
        state=command.state,
        first=objection.digest,
    )
    return (TextObjectedTo(fact=fact, by=command.by, at=command.at),)


def _stated(
    one: Version,
    stand: Literal["taken in", "agreed", "withdrawn"],
    command: TakeInText | AgreeToText | WithdrawText,
) -> TextStated:
    fact = CommonText(version=one.text, version_hash=one.digest, stand=stand)
    return TextStated(fact=fact, by=command.by, at=command.at)


def _named(known: Drafting, digest: Digest, us: AssemblyId) -> Version:
    one = known.get(digest)
    if one is None:
        raise Unknown("No such version is known here.")
    if us not in one.text.among:
        raise NotEntitled("This version does not name our assembly.")
    return one


def _not_frozen(one: Version) -> None:
    if one.status == "frozen":
        raise TooLate("The text is frozen. An amended text is a new version.")
