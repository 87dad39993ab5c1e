"""An assembly is its members under rules they adopted; the clerk decides nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from confederation import decision, member, rulebook, succession
from confederation.decision import Decided
from confederation.errors import Invalid, NotEntitled, TooEarly, Unknown
from confederation.identifiers import (
    ActorId,
    AssemblyId,
    BallotId,
    Commit,
    Digest,
    MemberId,
    Multikey,
)
from confederation.member import Evidence, Founder, Member, Role, Roll
from confederation.record import Method
from confederation.rulebook import Rules, Teller

Kind = Literal["place", "themed", "co-op", "council", "panel"]


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAssembly:
    """Found an assembly. ``by`` is None: whoever sets up the node does this."""

    name: Commit
    kind: Kind
    key: Multikey
    next_key_digest: Digest | None = None
    founders: tuple[Founder, ...] = ()
    tellers: tuple[Teller, ...] = ()
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmFounding:
    key: Multikey
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptRulebook:
    """Adopt rules by a decision on their text; the first ones need none before them."""

    rules: Rules
    decision: Decided | None = None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmRulebook:
    version: int
    key: Multikey
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddMember:
    member: MemberId
    evidence: Evidence
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeEvidence:
    member: MemberId
    evidence: Evidence
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveAssembly:
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeMembers:
    """Say that two entries in the list of members are one person.

    That a second member knows both was checked by the caller, and no question that
    both could vote on is open.
    """

    duplicate: MemberId
    into: MemberId
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveMember:
    """Carry out a decision, about a person, that this member is one no longer."""

    member: MemberId
    text: Commit
    decision: Decided | None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRole:
    member: MemberId
    role: Role
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRole:
    member: MemberId
    role: Role
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAddress:
    address: ActorId
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinCompact:
    """Join a compact version by a decision whose subject is its digest."""

    compact: Digest
    decision: Decided | None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyToCompact:
    """Apply to a compact by a decision on one of its versions.

    ``compact`` is the identity of the compact, ``version`` the one decided on.
    """

    compact: Digest
    version: Digest
    decision: Decided | None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleSuccession:
    """Carry out that the assembly ends, or that it takes up where another ended.

    ``text`` is that of the motion that was adopted by this ``decision``, ``method`` how
    it was decided. ``of`` is the entry by which the other assembly named this one, and
    ``assembly`` our own identity.
    """

    assembly: AssemblyId
    act: Literal["split", "merge", "dissolve", "succeed"]
    successors: tuple[AssemblyId, ...]
    of: Digest | None
    text: Commit
    method: Method
    decision: Decided | None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmSuccession:
    """A teller confirms the entry by which the assembly ends, or takes up an end."""

    ballot: BallotId
    key: Multikey
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveCompact:
    """Leave a compact by a decision of one's own. Nobody else has to agree.

    ``version`` is the one that was decided on, where it is not ``compact`` itself. An
    application is taken back in the same way.
    """

    compact: Digest
    version: Digest | None = None
    decision: Decided | None
    by: MemberId | None
    at: datetime


Command = (
    FoundAssembly
    | ConfirmFounding
    | AdoptRulebook
    | ConfirmRulebook
    | AddMember
    | ChangeEvidence
    | LeaveAssembly
    | MergeMembers
    | RemoveMember
    | GrantRole
    | EndRole
    | ChangeAddress
    | JoinCompact
    | ApplyToCompact
    | LeaveCompact
    | SettleSuccession
    | ConfirmSuccession
)


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class AssemblyFounded:
    name: Commit
    kind: Kind
    key: Multikey
    next_key_digest: Digest | None
    tellers: tuple[Teller, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundingConfirmed:
    key: Multikey
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RulebookAdopted:
    version: int
    rules: Rules
    ballot: BallotId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RulebookConfirmed:
    version: int
    key: Multikey
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberAdded:
    member: MemberId
    evidence: Evidence
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceChanged:
    member: MemberId
    evidence: Evidence
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLeft:
    member: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersMerged:
    duplicate: MemberId
    into: MemberId
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRemoved:
    member: MemberId
    ballot: BallotId
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleGranted:
    member: MemberId
    role: Role
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleEnded:
    member: MemberId
    role: Role
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChanged:
    address: ActorId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactJoined:
    compact: Digest
    ballot: BallotId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactApplied:
    compact: Digest
    ballot: BallotId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessionSettled:
    act: Literal["split", "merge", "dissolve", "succeed"]
    successors: tuple[AssemblyId, ...]
    of: Digest | None
    ballot: BallotId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessionConfirmed:
    ballot: BallotId
    key: Multikey
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactLeft:
    compact: Digest
    ballot: BallotId
    at: datetime


Event = (
    AssemblyFounded
    | FoundingConfirmed
    | RulebookAdopted
    | RulebookConfirmed
    | MemberAdded
    | EvidenceChanged
    | MemberLeft
    | MembersMerged
    | MemberRemoved
    | RoleGranted
    | RoleEnded
    | AddressChanged
    | CompactJoined
    | CompactApplied
    | CompactLeft
    | SuccessionSettled
    | SuccessionConfirmed
)


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """An assembly as it stands. ``members`` are the active ones.

    ``successions`` are the ballots by which it ended or took up an end, each with the
    keys of the tellers who confirmed it. ``carried_out`` are the ballots whose
    decisions were: each is carried out once, so an old one cannot bring back what a
    later one changed.
    """

    founded: AssemblyFounded | None = None
    founding_confirmed: tuple[Multikey, ...] = ()
    rulebooks: tuple[Rules, ...] = ()
    rulebook_confirmed: tuple[Multikey, ...] = ()
    members: Mapping[MemberId, Member] = field(default_factory=dict)
    address: ActorId | None = None
    compacts: tuple[Digest, ...] = ()
    applications: tuple[Digest, ...] = ()
    carried_out: frozenset[BallotId] = frozenset()
    successions: Mapping[BallotId, tuple[Multikey, ...]] = field(default_factory=dict)

    @property
    def version(self) -> int:
        """The number of the rulebook in force, from 1; 0 before the first."""
        return len(self.rulebooks)

    @property
    def roll(self) -> Roll:
        """The roll of this moment, as a session freezes it at its opening."""
        return member.roll(self.members)

    @property
    def tellers(self) -> tuple[Teller, ...]:
        """The tellers in office: those of the rulebook in force who are still members.

        Before the first rulebook they are the ones named at the founding.
        """
        if self.rulebooks:
            named = self.rulebooks[-1].tellers
        else:
            named = self.founded.tellers if self.founded else ()
        return tuple(teller for teller in named if teller.member in self.members)


NOTHING = State()


def rules(assembly: State) -> Rules:
    """Give the rules in force.

    Raises:
        TooEarly: the assembly has not adopted any yet.
    """
    if not assembly.rulebooks:
        raise TooEarly("The assembly has not adopted a rulebook yet.")
    return assembly.rulebooks[-1]


def decide(assembly: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes in an assembly. A redelivered one changes nothing.

    Who may give which command is in ``entitlement``.

    Raises:
        Invalid: rules, tellers or founders that cannot be.
        NotEntitled: the decision that this needs was not made, or not about this.
        TooEarly: the assembly is not founded yet.
        Unknown: nobody here goes by that.
    """
    if isinstance(command, FoundAssembly):
        return _found(assembly, command)
    if assembly.founded is None:
        raise TooEarly("This assembly has not been founded yet.")
    match command:
        case ConfirmFounding(key=key, by=by, at=at):
            named, confirmed = assembly.founded.tellers, assembly.founding_confirmed
            if not rulebook.confirms(named, confirmed, by=by, key=key):
                return ()
            return (FoundingConfirmed(key=key, at=at),)
        case AdoptRulebook():
            return _adopt(assembly, command)
        case ConfirmRulebook():
            return _confirm_rulebook(assembly, command)
        case AddMember(member=who, evidence=evidence, by=by, at=at):
            if who in assembly.members:
                return ()
            return (MemberAdded(member=who, evidence=evidence, by=by, at=at),)
        case ChangeEvidence(member=who, evidence=evidence, by=by, at=at):
            if by == who:
                raise NotEntitled("Nobody vouches for themselves.")
            if _member(assembly, who).evidence == evidence:
                return ()
            return (EvidenceChanged(member=who, evidence=evidence, by=by, at=at),)
        case LeaveAssembly(by=who, at=at):
            if who not in assembly.members:
                return ()
            return (MemberLeft(member=who, at=at),)
        case MergeMembers():
            return _merge(assembly, command)
        case RemoveMember(member=who, by=by, at=at):
            if who not in assembly.members or _done(assembly, command.decision):
                return ()
            ballot = decision.carries(command.decision, text=command.text, person=True)
            return (MemberRemoved(member=who, ballot=ballot, by=by, at=at),)
        case GrantRole(member=who, role=role, by=by, at=at):
            if role in _member(assembly, who).roles:
                return ()
            return (RoleGranted(member=who, role=role, by=by, at=at),)
        case EndRole(member=who, role=role, by=by, at=at):
            if role not in _member(assembly, who).roles:
                return ()
            return (RoleEnded(member=who, role=role, by=by, at=at),)
        case ChangeAddress(address=address, at=at):
            if address == assembly.address:
                return ()
            return (AddressChanged(address=address, at=at),)
        case JoinCompact(compact=compact, at=at):
            if compact in assembly.compacts or _done(assembly, command.decision):
                return ()
            ballot = decision.carries(command.decision, subject=compact)
            return (CompactJoined(compact=compact, ballot=ballot, at=at),)
        case ApplyToCompact(compact=compact, version=version, at=at):
            belongs = compact in (*assembly.compacts, *assembly.applications)
            if belongs or _done(assembly, command.decision):
                return ()
            ballot = decision.carries(command.decision, subject=version)
            return (CompactApplied(compact=compact, ballot=ballot, at=at),)
        case LeaveCompact(compact=compact, version=version, at=at):
            belongs = compact in (*assembly.compacts, *assembly.applications)
            if not belongs or _done(assembly, command.decision):
                return ()
            ballot = decision.carries(command.decision, subject=version or compact)
            return (CompactLeft(compact=compact, ballot=ballot, at=at),)
        case SettleSuccession():
            return _succeed(assembly, command)
        case ConfirmSuccession(ballot=id, key=key, by=by, at=at):
            if id not in assembly.successions:
                raise Unknown("No ballot here ended the assembly.")
            confirmed = assembly.successions[id]
            if not rulebook.confirms(assembly.tellers, confirmed, by=by, key=key):
                return ()
            return (SuccessionConfirmed(ballot=id, key=key, at=at),)


def evolve(assembly: State, event: Event) -> State:
    """Give the assembly as it is after an event."""
    match event:
        case AssemblyFounded():
            return replace(assembly, founded=event)
        case FoundingConfirmed():
            confirmed = (*assembly.founding_confirmed, event.key)
            return replace(assembly, founding_confirmed=confirmed)
        case RulebookAdopted():
            return replace(
                assembly,
                rulebooks=(*assembly.rulebooks, event.rules),
                rulebook_confirmed=(),
                carried_out=_and(assembly, event.ballot),
            )
        case RulebookConfirmed():
            confirmed = (*assembly.rulebook_confirmed, event.key)
            return replace(assembly, rulebook_confirmed=confirmed)
        case MemberAdded():
            return _with(assembly, event.member, Member(evidence=event.evidence))
        case EvidenceChanged():
            known = assembly.members[event.member]
            changed = replace(known, evidence=event.evidence)
            return _with(assembly, event.member, changed)
        case MemberLeft():
            return replace(assembly, members=_without(assembly, event.member))
        case MembersMerged():
            one, other = assembly.members[event.into], assembly.members[event.duplicate]
            known = Member(
                evidence=member.stronger(one.evidence, other.evidence),
                roles=one.roles | other.roles,
            )
            rest = _without(assembly, event.duplicate)
            return _with(replace(assembly, members=rest), event.into, known)
        case MemberRemoved():
            return replace(
                assembly,
                members=_without(assembly, event.member),
                carried_out=_and(assembly, event.ballot),
            )
        case RoleGranted():
            known = assembly.members[event.member]
            changed = replace(known, roles=known.roles | {event.role})
            return _with(assembly, event.member, changed)
        case RoleEnded():
            known = assembly.members[event.member]
            changed = replace(known, roles=known.roles - {event.role})
            return _with(assembly, event.member, changed)
        case AddressChanged():
            return replace(assembly, address=event.address)
        case CompactJoined():
            return replace(
                assembly,
                compacts=(*assembly.compacts, event.compact),
                carried_out=_and(assembly, event.ballot),
            )
        case CompactApplied():
            return replace(
                assembly,
                applications=(*assembly.applications, event.compact),
                carried_out=_and(assembly, event.ballot),
            )
        case CompactLeft():
            return replace(
                assembly,
                compacts=tuple(c for c in assembly.compacts if c != event.compact),
                applications=tuple(
                    c for c in assembly.applications if c != event.compact
                ),
                carried_out=_and(assembly, event.ballot),
            )
        case SuccessionSettled(ballot=id):
            return replace(
                assembly,
                successions={**assembly.successions, id: ()},
                carried_out=_and(assembly, id),
            )
        case SuccessionConfirmed(ballot=id):
            confirmed = (*assembly.successions[id], event.key)
            return replace(
                assembly, successions={**assembly.successions, id: confirmed}
            )


def _found(assembly: State, command: FoundAssembly) -> tuple[Event, ...]:
    if assembly.founded is not None:
        return ()
    people = {founder.member for founder in command.founders}
    if len(people) < len(command.founders):
        raise Invalid("A founder is named once.")
    if command.tellers:
        rulebook.check_tellers(command.tellers, people)
    founded = AssemblyFounded(
        name=command.name,
        kind=command.kind,
        key=command.key,
        next_key_digest=command.next_key_digest,
        tellers=command.tellers,
        at=command.at,
    )
    members = tuple(
        MemberAdded(
            member=founder.member,
            evidence=founder.evidence,
            by=command.by,
            at=command.at,
        )
        for founder in command.founders
    )
    return (founded, *members)


def _adopt(assembly: State, command: AdoptRulebook) -> tuple[Event, ...]:
    if assembly.rulebooks and assembly.rulebooks[-1] == command.rules:
        return ()
    if _done(assembly, command.decision):
        return ()
    rulebook.check(command.rules, assembly.members)
    # The first rulebook is read aloud on the first evening, when there may be no rules
    # yet that a ballot could be opened under.
    ballot = None
    if assembly.rulebooks or command.decision is not None:
        ballot = decision.carries(command.decision, text=command.rules.text)
    return (
        RulebookAdopted(
            version=assembly.version + 1,
            rules=command.rules,
            ballot=ballot,
            at=command.at,
        ),
    )


def _confirm_rulebook(assembly: State, command: ConfirmRulebook) -> tuple[Event, ...]:
    newest = rules(assembly)
    if command.version != assembly.version:
        raise Unknown("That rulebook is not the one in force.")
    # The tellers before it may have left, and its own did not count the vote on it:
    # either may sign, and the record shows whose keys they are.
    before = assembly.rulebooks[:-1]
    named = newest.tellers + (before[-1].tellers if before else ())
    if not rulebook.confirms(
        named, assembly.rulebook_confirmed, by=command.by, key=command.key
    ):
        return ()
    return (RulebookConfirmed(version=command.version, key=command.key, at=command.at),)


def _succeed(assembly: State, command: SettleSuccession) -> tuple[Event, ...]:
    if _done(assembly, command.decision):
        return ()
    ballot = decision.carries(command.decision, text=command.text)
    if command.act == "succeed":
        if command.of is None or command.successors:
            raise Invalid("Whoever takes up an end names the entry that says so.")
    elif command.of is not None:
        raise Invalid("An assembly that ends takes up nothing.")
    elif says := succession.misnamed(command.act, command.successors, command.assembly):
        raise Invalid(says)
    elif not succession.qualified(command.method):
        raise NotEntitled(
            "An assembly splits, merges or is dissolved by a qualified vote: by "
            "consent, or by a share above one half. This decision was not taken by one."
        )
    return (
        SuccessionSettled(
            act=command.act,
            successors=command.successors,
            of=command.of,
            ballot=ballot,
            at=command.at,
        ),
    )


def _merge(assembly: State, command: MergeMembers) -> tuple[Event, ...]:
    _member(assembly, command.into)
    if command.duplicate == command.into:
        raise Invalid("These are one entry already.")
    if command.duplicate not in assembly.members:
        return ()
    if any(teller.member == command.duplicate for teller in assembly.tellers):
        raise NotEntitled(
            "That entry is a teller. Keep it, and merge the other one into it; or let "
            "new rules name another teller first."
        )
    return (
        MembersMerged(
            duplicate=command.duplicate,
            into=command.into,
            by=command.by,
            at=command.at,
        ),
    )


def _done(assembly: State, decided: Decided | None) -> bool:
    return decided is not None and decided.ballot in assembly.carried_out


def _member(assembly: State, member: MemberId) -> Member:
    if member not in assembly.members:
        raise Unknown("Nobody by that name is a member of this assembly.")
    return assembly.members[member]


def _with(assembly: State, member: MemberId, known: Member) -> State:
    return replace(assembly, members={**assembly.members, member: known})


def _without(assembly: State, member: MemberId) -> Mapping[MemberId, Member]:
    return {m: known for m, known in assembly.members.items() if m != member}


def _and(assembly: State, ballot: BallotId | None) -> frozenset[BallotId]:
    return assembly.carried_out | ({ballot} if ballot is not None else set())
