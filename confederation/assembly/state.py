"""An assembly as it stands: its members, its rules, where it belongs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from confederation.assembly.events import AssemblyFounded
from confederation.deciding.rulebook import Rules, Teller
from confederation.errors import TooEarly
from confederation.identifiers import ActorId, BallotId, Digest, MemberId, Multikey
from confederation.membership import member
from confederation.membership.member import Member, Role, Roll


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """An assembly as it stands. ``members`` are the active ones.

    ``successions`` are the ballots by which it ended or took up an end, each with the
    keys of the tellers who confirmed it. ``carried_out`` are the ballots whose
    decisions were: each is carried out once, so an old one cannot bring back what a
    later one changed. ``adopted`` says of each rulebook when it was, and ``chosen`` of
    each role that a member has when it was given to them last.
    """

    founded: AssemblyFounded | None = None
    founding_confirmed: tuple[Multikey, ...] = ()
    rulebooks: tuple[Rules, ...] = ()
    adopted: tuple[datetime, ...] = ()
    rulebook_confirmed: tuple[Multikey, ...] = ()
    members: Mapping[MemberId, Member] = field(default_factory=dict)
    chosen: Mapping[tuple[MemberId, Role], datetime] = field(default_factory=dict)
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
