"""A valley of three assemblies that has a seat beside two others, by their pages.

Five real nodes. Quarry bears the seat, Mill and then Weir stand in for it.
"""

import re
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from activitypub.canonical import JsonObject
from confederation.confederal.compact import Compact, Rules, Seat
from confederation.identifiers import ActorId, CompactId, Digest
from instance import chamber
from instance.confederal import confederating
from instance.matters import openings
from instance.store import compacts, records
from instance.web.naming import in_hex
from tests.instance.house import NOON, House
from tests.instance.serving import free_port
from tests.instance.three import Three, assembly_of, mandates, votes
from tests.instance.web.hall import (
    a_hall,
    adopts,
    before,
    confirms,
    decides,
    joins,
    serving,
)
from tests.instance.web.seated import seat_at
from tests.instance.web.sending import done

CHAIR, DELEGATE = 0, 3
SOON = timedelta(minutes=30)
TOKEN = re.compile(r'name="token" value="([^"]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Nested:
    """The valley, and the district in which it has a seat."""

    valley: Three
    district: Three
    harbour: House
    orchard: House
    quarry: House
    mill: House
    weir: House

    @property
    def everybody(self) -> tuple[House, ...]:
        return (self.harbour, self.orchard, self.quarry, self.mill, self.weir)

    def exchange(self, at: datetime, *, dark: Iterable[House] = ()) -> None:
        """Let every node learn the compacts that it lacks, and all records."""
        awake = [each for each in self.everybody if each not in (*dark,)]
        learn(awake, at)
        self.valley.exchange(at, among=awake)
        learn(awake, at)
        self.valley.exchange(at, among=awake)

    def confer(self, at: datetime, *, dark: Iterable[House] = ()) -> None:
        self.exchange(at, dark=dark)
        awake = [each for each in self.everybody if each not in (*dark,)]
        self.valley.confer(at, among=awake)


def learn(houses: Iterable[House], at: datetime) -> None:
    """Let each node ask the others for the compacts that it lacks."""
    documents: dict[str, JsonObject] = {}
    for house in houses:
        with house.desk(at) as desk:
            for digest, document in compacts.documents(desk.connection):
                texts = openings.documents(desk, document)
                documents[digest] = {"compact": document, "texts": [*texts]}
    for house in houses:
        with house.desk(at) as desk:
            for digest in confederating.lacking(desk):
                if digest in documents:
                    confederating.learn(desk, wanted=digest, answer=documents[digest])


def a_valley(directory: Path) -> tuple[Three, tuple[House, House]]:
    """Let three halls join one compact; give two more beside them."""
    harbour, orchard, quarry, mill, weir = (
        a_hall(directory, slug=slug, port=free_port())
        for slug in ("harbour", "orchard", "quarry", "mill", "weir")
    )
    seats = []
    for house in (mill, weir):
        with house.desk() as desk:
            ours = records.ours(desk.connection)
            assert ours is not None
            address = ActorId(ours.address)
            seats.append(Seat(assembly=ours.id, address=address, key=ours.key))
    with quarry.desk() as desk:
        compact = confederating.draft_compact(
            desk, seats, purpose="The valley", rules=Rules()
        )
    share(quarry, compact, (mill, weir))
    for house in (quarry, mill, weir):
        joins(house, compact.digest)
    valley = Three(houses=(quarry, mill, weir), compact=compact)
    valley.exchange(NOON)
    return valley, (harbour, orchard)


def share(giver: House, compact: Compact, takers: Iterable[House]) -> None:
    with giver.desk() as desk:
        document = compacts.document(desk.connection, compact.digest)
        assert document is not None
        texts = openings.documents(desk, document)
    for taker in takers:
        with taker.desk() as desk:
            confederating.keep_compact(desk, document, texts=texts)


async def put(
    house: House,
    compact: Digest,
    *,
    at: datetime,
    lasts: timedelta = SOON,
    on: str = "",
    **more: str,
) -> Digest:
    """Put what an assembly adopted before the others, by the form."""
    motion = adopts(house, f"So we decide, {at}.", at=at)
    async with before(house, CHAIR, at=at) as (chair,):
        path = f"/motions/{motion}/propose"
        fields = {
            "token": TOKEN.findall(await chair.get(path))[0],
            "compact": in_hex(compact),
            "method": "majority-of-assemblies",
            "closes_at": (at + lasts).strftime("%Y-%m-%dT%H:%M:%S"),
            "on": on,
            **more,
        }
        page = done(await chair.http.post(path, data=fields))
    return Digest(f"sha256:{page.rpartition('/')[2]}")


async def decided_in(
    valley: Three,
    by: House,
    *,
    at: datetime,
    choice: str = "for",
    among: Iterable[House] | None = None,
    **more: str,
) -> Digest:
    """Let the assemblies of the valley decide something within half an hour."""
    awake = tuple(among or valley.houses)
    asked = await put(by, valley.compact.digest, at=at, lasts=SOON, **more)
    valley.confer(at, among=awake)
    for house in awake:
        given = mandates(
            valley,
            house,
            asked,
            choice,
            name=f"valley-{at:%H%M}",
            at=at,
            until=at + timedelta(days=9),
        )
        votes(house, given, asked, choice, at=at)
    valley.confer(at, among=awake)
    valley.confer(at + SOON, among=awake)
    return asked


async def drafted(valley: Three, others: tuple[House, House], named: Digest) -> Nested:
    """Let the bearer write the wider compact down, by the form, and all join it."""
    quarry, mill, weir = valley.houses
    at = NOON + SOON
    async with AsyncExitStack() as stack:
        for house in others:
            await stack.enter_async_context(serving(house))
        (chair,) = await stack.enter_async_context(before(quarry, CHAIR, at=at))
        page = done(
            await chair.post(
                "/compacts",
                on="/compacts/new",
                addresses="\n".join(house.config.group for house in others),
                purpose="The district",
                bears=in_hex(named),
                # Spans shrink here, and this leaves those below most of an hour.
                ratify_days="3000",
            )
        )
    digest = Digest(f"sha256:{page.rpartition('/')[2]}")
    with quarry.desk(at) as desk:
        compact = chamber.compact_of(desk, digest)
    assert compact is not None
    share(quarry, compact, others)
    for house in (quarry, *others):
        joins(house, digest)
    harbour, orchard = others
    nested = Nested(
        valley=valley,
        district=Three(houses=(harbour, orchard, quarry), compact=compact),
        harbour=harbour,
        orchard=orchard,
        quarry=quarry,
        mill=mill,
        weir=weir,
    )
    nested.confer(at)
    return nested


async def elects(house: House, compact: CompactId, *, at: datetime) -> None:
    """Elect a delegate for the seat in a compact, by the forms."""
    path = f"/seats/{in_hex(compact)}"
    async with before(house, CHAIR, DELEGATE, at=at) as (chair, dana):
        member = house.members[DELEGATE]
        done(await chair.post(f"{path}/nominate", on=path, member=member))
        done(await dana.post(f"{path}/accept", on=path, key=""))
        done(await chair.post(f"{path}/put", on=path, delegate=member, alternate=""))
    slate = seat_at(house, compact).put
    assert slate is not None
    decided = decides(house, text=slate.text, person=True, at=at)
    async with before(house, CHAIR, at=at) as (chair,):
        done(await chair.post(f"{path}/elect", on=path, ballot=decided))
    confirms(house, at)


def others_vote(nested: Nested, proposal: Digest, *, at: datetime) -> None:
    """Let the two assemblies that stand for themselves vote *for*."""
    for house in (nested.harbour, nested.orchard):
        given = mandates(
            nested.district,
            house,
            proposal,
            name=f"own-{at:%H%M}",
            at=at,
            until=at + timedelta(days=9),
        )
        votes(house, given, proposal, at=at)


async def a_nested(directory: Path) -> Nested:
    valley, others = a_valley(directory)
    quarry, mill, weir = valley.houses
    named = await decided_in(
        valley,
        mill,
        at=NOON,
        bearer_1=in_hex(assembly_of(quarry)),
        bearer_2=in_hex(assembly_of(mill)),
        bearer_3=in_hex(assembly_of(weir)),
    )
    return await drafted(valley, others, named)
