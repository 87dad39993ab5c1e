"""A compact and the version that is to follow it, with a town that would join."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from confederation.confederal import admission, tally, versions
from confederation.confederal.compact import (
    Compact,
    Seat,
)
from confederation.confederal.holding import Holding, rivals
from confederation.confederal.tally import Position
from confederation.confederal.versions import Change
from confederation.identifiers import ActorId, Digest, OptionId
from confederation.record import Attestation, Entry, Membership, Result
from tests.confederation.world import (
    LATER,
    OPENS,
    Confederation,
    Town,
    digest_of,
    result_digest,
)


class Changing:
    """Four towns, one that would join them, and what they make of a new version."""

    def __init__(self, n: int = 4) -> None:
        self.world = Confederation(n)
        self.first = self.world.compact
        self.newcomer = Town("newcomer")
        self.known: list[Entry] = []

    def applies(self, town: Town | None = None) -> Entry:
        return (town or self.newcomer).publishes(
            Membership(compact=Digest(self.first.identity), act="apply")
        )

    def version(
        self, *more: Town, before: Compact | None = None, **changes: object
    ) -> Compact:
        """Write the version that follows, with more towns in it."""
        before = before or self.first
        members = (*before.members, *map(seat, more))
        plain = replace(
            before,
            digest=digest_of(before.digest, members, changes),
            members=members,
            first=before.identity,
            previous=before.digest,
        )
        return replace(plain, **changes)  # type: ignore[arg-type]

    def proposes(self, new: Compact, by: int = 0, **changes: object) -> Entry:
        before = {"slot": new.previous, "compact_next": new.digest}
        entry = self.world.proposes(by, **{**before, **changes})  # type: ignore[arg-type]
        self.known.append(entry)
        return entry

    def holding(
        self, proposal: Entry, new: Compact | None = None, at: datetime = OPENS
    ) -> Holding:
        plain = self.world.holding(
            proposal, clock=at, rivals=rivals(proposal, self.known)
        )
        town = self.newcomer
        return replace(plain, records={**plain.records, town.id: town.record}, next=new)

    def objection(self, proposal: Entry, new: Compact | None = None) -> str:
        return admission.objection(self.holding(proposal, new)) or ""

    def adopts(self, proposal: Entry, *, at: Iterable[datetime] = (LATER,) * 3) -> None:
        result = counted(proposal, self.first)
        for town, when in zip(self.world.towns, at, strict=False):
            town.publishes(attesting(result), when)

    def change(self, proposal: Entry, new: Compact | None) -> Change | None:
        return versions.change(self.holding(proposal, new, LATER))


def seat(town: Town) -> Seat:
    return Seat(
        assembly=town.id,
        address=ActorId(f"https://{town.name}.example/g"),
        key=town.key,
    )


def counted(proposal: Entry, compact: Compact, choice: str = "for") -> Result:
    return tally.count(
        compact,
        proposal,
        [
            Position(
                seat=number,
                revision=1,
                digest=digest_of(proposal.digest, number),
                says="vote",
                choice=(OptionId(choice),),
            )
            for number in range(compact.n)
        ],
    )


def attesting(result: Result) -> Attestation:
    return Attestation(
        proposal=result.proposal, result=result, result_hash=result_digest(result)
    )
