"""A town applies to a compact, and its peers look at what it says of itself."""

from dataclasses import replace
from datetime import datetime, timedelta

from confederation.confederal import evidence
from confederation.confederal.compact import Compact
from confederation.confederal.evidence import Criteria, Peers, Standing
from confederation.counting import lot
from confederation.identifiers import AssemblyId, SessionId
from confederation.record import (
    Challenge,
    Electorate,
    Entry,
    Legitimacy,
    LotSeed,
    Reply,
    Sitting,
    Verdict,
    Visit,
)
from tests.confederation.world import START, Confederation, Town, commit, digest_of

SEED = "5eed" * 16
REPLY_BY = START + timedelta(days=20)
STEPS = ("intro", "inclusivity", "input", "breakout", "feedback", "decision")
WHOLE = {**dict.fromkeys(STEPS, True), "recording": True}


class Applying:
    """Six towns in a compact, and one that applies to it with some meetings."""

    def __init__(self, n: int = 6) -> None:
        self.world = Confederation(n)
        self.compact: Compact = self.world.compact
        self.town = Town("applicant")

    def meets(
        self, number: int, residents: int | None = 160, *, confirmed: bool = True
    ) -> Sitting:
        session = SessionId(f"s{number}")
        counted = self.town.publishes(
            Electorate(
                session=session,
                present=200,
                members=200,
                confirmed_by=self.town.tellers if confirmed else (),
            )
        )
        return Sitting(
            session=session,
            held=START + timedelta(days=number),
            electorate=counted.digest,
            present=200,
            residents=residents,
            basis="cards",
            steps=WHOLE,
            countersigned=2,
        )

    def claims(self, *sittings: Sitting, **changes: object) -> Entry:
        claim = Legitimacy(
            compact=self.compact.identity,
            criteria=digest_of("criteria"),
            sittings=sittings,
            figure=160 if sittings else None,
            holds=len(sittings) == 3,
        )
        return self.town.publishes(replace(claim, **changes))  # type: ignore[arg-type]

    def visits(
        self,
        by: int,
        session: str = "s1",
        *,
        confirms: bool = True,
        decided: bool = True,
    ) -> Entry:
        town = self.world.towns[by]
        outcome = "passed" if decided else "rejected"
        return town.publishes(
            Visit(
                compact=self.compact.identity,
                of=self.town.id,
                session=SessionId(session),
                confirms=confirms,
                decision=town.decides(outcome=outcome).digest,
                present=190,
            )
        )

    def challenges(self, by: int = 0, **changes: object) -> Entry:
        town = self.world.towns[by]
        plain = Challenge(
            compact=self.compact.digest,
            of=self.town.id,
            criterion="attendance",
            evidence=(commit("Nobody was there."),),
            reply_by=REPLY_BY,
            seed=lot.commitment(SEED),
            decision=town.decides().digest,
        )
        return town.publishes(replace(plain, **changes))  # type: ignore[arg-type]

    def replies(self, challenge: Entry) -> Entry:
        return self.town.publishes(
            Reply(challenge=challenge.digest, text=commit("They were."))
        )

    def opens(
        self,
        challenge: Entry,
        reply: Entry | None = None,
        *,
        seed: str = SEED,
        at: datetime = REPLY_BY,
        by: int = 0,
    ) -> Entry:
        return self.world.towns[by].publishes(
            LotSeed(
                challenge=challenge.digest,
                seed=seed,
                reply=None if reply is None else reply.digest,
            ),
            at,
        )

    def judges(self, assembly: AssemblyId, challenge: Entry, *, upheld: bool) -> None:
        town = next(each for each in self.world.towns if each.id == assembly)
        town.publishes(
            Verdict(
                challenge=challenge.digest,
                upheld=upheld,
                decision=town.decides().digest,
            )
        )

    def peers(self, at: datetime = REPLY_BY, **criteria: int) -> Peers:
        towns = (*self.world.towns, self.town)
        return Peers(
            identity=self.compact.identity,
            versions={self.compact.digest: self.compact},
            members=self.compact,
            records={town.id: town.record for town in towns},
            criteria=Criteria(**criteria),  # type: ignore[arg-type]
            at=at,
        )

    def stands(self, at: datetime = REPLY_BY, **criteria: int) -> Standing:
        return evidence.standing(self.town.id, self.peers(at, **criteria))
