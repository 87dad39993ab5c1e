"""A command is judged against the rules in force; the clerk decides nothing."""

from confederation.assembly import office
from confederation.assembly.commands import (
    AddMember,
    AdoptRulebook,
    ApplyToCompact,
    ChangeAddress,
    ChangeEvidence,
    Command,
    ConfirmFounding,
    ConfirmRulebook,
    ConfirmSuccession,
    EndRole,
    FoundAssembly,
    GrantRole,
    JoinCompact,
    LeaveAssembly,
    LeaveCompact,
    MergeMembers,
    RemoveMember,
    SettleSuccession,
)
from confederation.assembly.events import (
    AddressChanged,
    AssemblyFounded,
    CompactApplied,
    CompactJoined,
    CompactLeft,
    Event,
    EvidenceChanged,
    FoundingConfirmed,
    MemberAdded,
    MemberLeft,
    MemberRemoved,
    MembersMerged,
    RoleEnded,
    RoleGranted,
    RulebookAdopted,
    RulebookConfirmed,
    SuccessionConfirmed,
    SuccessionSettled,
)
from confederation.assembly.state import State, rules
from confederation.confederal import succession
from confederation.deciding import decision, rulebook
from confederation.deciding.decision import Decided
from confederation.errors import Invalid, NotEntitled, TooEarly, Unknown
from confederation.identifiers import MemberId
from confederation.membership.member import Member


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
            has_it = role in _member(assembly, who).roles
            if has_it and not office.renewable(
                assembly, who, role, command.meetings, at=at
            ):
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
