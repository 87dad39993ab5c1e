"""A common text has no owner: each assembly says in its own record what it stands by.

A version names the versions that it was made from, and the assemblies whose agreement
freezes it. Once all of these have agreed it is frozen for good; whatever else is said
of it follows from what each has said, and nobody says it for another.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from confederation import text as texts
from confederation.deciding.objection import SETTLED
from confederation.errors import Invalid, NotEntitled, TooEarly, TooLate, Unknown
from confederation.identifiers import AssemblyId, Commit, Digest, MemberId
from confederation.matters.drafts import (
    UNSETTLED,
    Drafting,
    Version,
)
from confederation.record import (
    CommonText,
    ObjectionTest,
    TextObjection,
    TextVersion,
)
from confederation.text import Text


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
