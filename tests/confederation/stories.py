"""A story of one proposal among some towns, told in few lines."""

from collections.abc import Iterable
from datetime import datetime

from confederation.confederal import council
from confederation.confederal.compact import Rules
from confederation.confederal.council import Standing
from confederation.confederal.holding import Holding
from confederation.confederal.weighing import Revised
from confederation.identifiers import Digest, OptionId
from confederation.record import (
    Attestation,
    Entry,
    Fact,
    Method,
    Result,
    Witness,
)
from tests.confederation.world import (
    FOR,
    LATER,
    OPENS,
    Confederation,
    Town,
    instructed,
    result_digest,
)


class Story:
    """A proposal among some towns, and what they file about it."""

    def __init__(self, n: int = 3, method: Method | None = None, **rules: object):
        self.world = Confederation(n, Rules(**rules))  # type: ignore[arg-type]
        self.towns = self.world.towns
        self.proposal = self.world.proposes(method=method)

    def holding(self, at: datetime, **changes: object) -> Holding:
        return self.world.holding(self.proposal, clock=at, **changes)  # type: ignore[arg-type]

    def due(self, town: Town, at: datetime, **changes: object) -> tuple[Fact, ...]:
        return council.duties(self.holding(at, **changes), town.id, at, result_digest)

    def carries_on(
        self, at: datetime, towns: Iterable[int] | None = None, **changes: object
    ) -> None:
        """Let towns file what they must, until none has anything left to say."""
        awake = [self.towns[i] for i in towns or range(len(self.towns))]
        silent = 0
        while silent < len(awake):
            for town in awake:
                due = self.due(town, at, **changes)
                for fact in due:
                    town.publishes(fact, at)
                silent = 0 if due else silent + 1

    def opens(self) -> "Story":
        self.carries_on(OPENS)
        return self

    def mandates(self, seat: int, *must: OptionId, **changes: object) -> Entry:
        return self.towns[seat].mandates(
            self.world.compact,
            instructed(self.proposal, *must),
            **changes,  # type: ignore[arg-type]
        )

    def votes(self, seat: int, choice: OptionId = FOR, **changes: object) -> Entry:
        given = self.mandates(seat, choice, **changes)
        return self.towns[seat].votes(self.proposal, given, choice)

    def states(
        self, seat: int, *seen: tuple[int, int, Digest], final: bool = False
    ) -> Entry:
        statement = Witness(proposal=self.proposal.digest, final=final, seen=seen)
        return self.towns[seat].publishes(statement)

    def attests(self, seat: int, result: Result) -> Entry:
        return self.towns[seat].publishes(
            Attestation(
                proposal=self.proposal.digest,
                result=result,
                result_hash=result_digest(result),
            )
        )

    def stands(self, at: datetime = LATER, **changes: object) -> Standing:
        return council.standing(self.holding(at, **changes), at)


def revision_of(stands: Standing, filed: Entry) -> Revised:
    [found] = [each for each in stands.revisions if each.digest == filed.digest]
    return found


def rules_of(result: Result | None) -> dict[tuple[int, int], str | None]:
    assert result is not None
    return {(each.seat, each.revision): each.rule for each in result.certified}
