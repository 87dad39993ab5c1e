"""A district of towns in which a valley of towns has one seat."""

from dataclasses import replace
from datetime import datetime

from confederation.confederal import (
    bearing,
    council,
    ratifying,
)
from confederation.confederal.bearing import Inner
from confederation.confederal.compact import Compact, Rules, Seat
from confederation.confederal.holding import Holding
from confederation.confederal.ratifying import Course
from confederation.identifiers import ActorId, Digest
from confederation.record import (
    Bearers,
    Entry,
    Instruction,
    Mandate,
    Membership,
    Result,
)
from tests.confederation.world import (
    AGAINST,
    FOR,
    LATER,
    OPENS,
    START,
    Confederation,
    Town,
    a_proposal,
    digest_of,
    instructed,
    result_digest,
)


class Nested:
    """A district of three towns, two of them on their own, and a valley of three.

    The valley has one seat in the district, which its first town bears. The others
    stand in for it, in their order, where it has ``substitutes``.
    """

    def __init__(self, rules: Rules | None = None, substitutes: int = 0) -> None:
        self.valley = Confederation(3, rules)
        self.substitutes = self.valley.towns[1 : 1 + substitutes]
        self.own = [Town("east"), Town("west")]
        bearer = self.valley.towns[0]
        self.bearer = bearer
        towns = [*self.own, bearer]
        self.district = Compact(
            digest=digest_of("district", rules, substitutes),
            members=tuple(
                Seat(
                    assembly=town.id,
                    address=ActorId(f"https://{town.name}.example/g"),
                    key=town.key,
                    bears=self.valley.compact.identity if town is bearer else None,
                    substitutes=tuple(each.id for each in self.substitutes)
                    if town is bearer
                    else (),
                )
                for town in towns
            ),
        )
        for town in towns:
            town.publishes(Membership(compact=self.district.digest, act="join"))

    @property
    def towns(self) -> list[Town]:
        return [*self.own, self.bearer]

    def proposes(self) -> Entry:
        east = self.own[0]
        return east.publishes(a_proposal(self.district, east.decides().digest))

    def decided_below(
        self,
        on: Digest | None,
        choice: str = "for",
        *,
        closes: datetime | None = None,
        bearers: Bearers | None = None,
    ) -> tuple[Entry, Result]:
        """Let the valley decide what its seat says, each town by its delegate."""
        asked = self.valley.proposes(
            by=1, on=on, bearers=bearers, opens=START, closes=closes or OPENS
        )
        self.confer_below(asked, START)
        for town in self.valley.towns:
            given = town.mandates(
                self.valley.compact,
                instructed(asked, FOR if choice == "for" else AGAINST),
            )
            town.votes(asked, given, FOR if choice == "for" else AGAINST)
        for at in (START, OPENS, OPENS):
            self.confer_below(asked, at)
        stands = council.standing(self.valley.holding(asked, clock=OPENS), OPENS)
        assert stands.confirmed is not None
        return asked, stands.confirmed

    def confer_below(self, asked: Entry, at: datetime) -> None:
        for town in self.valley.towns:
            held = self.valley.holding(asked, clock=at)
            for fact in council.duties(held, town.id, at, result_digest):
                town.publishes(fact, at)

    def inner(self, asked: Entry, result: Result | None) -> dict[Digest, Inner]:
        read = bearing.read(self.valley.compact, asked, result)
        return {} if read is None else {asked.digest: read}

    def holding(
        self,
        proposal: Entry,
        inner: dict[Digest, Inner],
        clock: datetime = OPENS,
    ) -> Holding:
        return Holding(
            compact=self.district,
            proposal=proposal,
            records={town.id: town.record for town in (*self.towns, *self.substitutes)},
            clocks={town.id: clock for town in self.towns},
            inner=inner,
        )

    def carries(
        self,
        asked: Entry,
        *said: Instruction,
        supersedes: Digest | None = None,
        by: Town | None = None,
    ) -> Entry:
        """Let the bearer carry upwards what it says that the valley decided."""
        town = by or self.bearer
        elected = town.elects(self.district)
        return town.publishes(
            Mandate(
                holder=ActorId(f"https://{town.name}.example/dana"),
                delegate_key=town.delegate_key(),
                compact=self.district.identity,
                decision=asked.digest,
                election=elected.digest,
                instructions=said,
                valid_from=START,
                valid_until=LATER,
                report_due=LATER,
                supersedes=supersedes,
            )
        )

    def confer(
        self,
        proposal: Entry,
        inner: dict[Digest, Inner],
        at: datetime,
    ) -> None:
        for town in self.towns:
            held = self.holding(proposal, inner, at)
            for fact in council.duties(held, town.id, at, result_digest):
                town.publishes(fact, at)


def on(proposal: Entry, choice: str = "for") -> Instruction:
    return Instruction(
        proposal=proposal.digest, must=(FOR if choice == "for" else AGAINST,)
    )


class Below:
    """A district of two towns and a valley, whose seat its first town bears."""

    def __init__(self, *, substitutes: int = 0) -> None:
        self.nested = Nested(substitutes=substitutes)
        east = self.nested.own[0]
        plain = a_proposal(self.nested.district, east.decides().digest)
        self.proposal = east.publishes(replace(plain, ratify=True))
        self.inner: dict[Digest, Inner] = {}
        self.confers(OPENS)
        for town in self.nested.own:
            given = town.mandates(self.nested.district, instructed(self.proposal))
            town.votes(self.proposal, given)
        for at in (OPENS, LATER, LATER):
            self.confers(at)
        confirmed = council.standing(self.holding(LATER), LATER).confirmed
        assert confirmed is not None
        self.result = result_digest(confirmed)

    def holding(self, at: datetime) -> Holding:
        return self.nested.holding(self.proposal, self.inner, at)

    def confers(self, at: datetime, *, dark: Town | None = None) -> None:
        towns = [*self.nested.towns, *self.nested.substitutes] * 2
        for town in (each for each in towns if each is not dark):
            asked = (self.holding(at), town.id, at, result_digest)
            for fact in council.duties(*asked) or ratifying.duties(*asked):
                town.publishes(fact, at)

    def decides_below(self, choice: str) -> Digest:
        asked, result = self.nested.decided_below(self.result, choice)
        self.inner |= self.nested.inner(asked, result)
        return asked.digest

    def ends(self, *, dark: Town | None = None) -> Course:
        closes = ratifying.closes(self.nested.district, self.holding(LATER).text)
        for at in (LATER, LATER, closes, closes, closes):
            self.confers(at, dark=dark)
        return ratifying.course(self.holding(closes), closes)
