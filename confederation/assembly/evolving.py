"""The assembly after an event: what happened, happened."""

from collections.abc import Mapping
from dataclasses import replace

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
from confederation.assembly.state import State
from confederation.identifiers import BallotId, MemberId
from confederation.membership import member
from confederation.membership.member import Member


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
                adopted=(*assembly.adopted, event.at),
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
            # Who is one person held each office since either entry was given it last.
            given = {
                (event.into if who == event.duplicate else who, role): at
                for (who, role), at in sorted(
                    assembly.chosen.items(), key=lambda each: each[1]
                )
            }
            joined = replace(assembly, members=rest, chosen=given)
            return _with(joined, event.into, known)
        case MemberRemoved():
            return replace(
                assembly,
                members=_without(assembly, event.member),
                carried_out=_and(assembly, event.ballot),
            )
        case RoleGranted():
            known = assembly.members[event.member]
            changed = replace(known, roles=known.roles | {event.role})
            given = {**assembly.chosen, (event.member, event.role): event.at}
            return _with(replace(assembly, chosen=given), event.member, changed)
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


def _with(assembly: State, member: MemberId, known: Member) -> State:
    return replace(assembly, members={**assembly.members, member: known})


def _without(assembly: State, member: MemberId) -> Mapping[MemberId, Member]:
    return {m: known for m, known in assembly.members.items() if m != member}


def _and(assembly: State, ballot: BallotId | None) -> frozenset[BallotId]:
    return assembly.carried_out | ({ballot} if ballot is not None else set())
