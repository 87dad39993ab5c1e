"""A valley of three holds a seat beside two assemblies, on five nodes that run.

Each node hears the others only over the links between them, and learns by itself what
it was not given: the compact that a seat is held for, and that in which it is held.
All clocks are moved on together, so that nobody waits for an hour to pass.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from activitypub.canonical import JsonObject
from confederation.confederal.council import Standing
from confederation.confederal.weighing import Fate
from confederation.errors import NotEntitled, Unknown
from confederation.identifiers import AssemblyId, Digest
from confederation.record import Bearers, Result
from instance import chamber, vocabulary
from instance.confederal import bearing
from instance.store import records
from tests.instance.amending import seat_of
from tests.instance.gone_wrong import AT_MOST, in_hex, page
from tests.instance.house import NOON, House, a_house, found
from tests.instance.nested import carried, joined
from tests.instance.serving import free_port, now, until
from tests.instance.three import (
    Three,
    a_compact,
    assembly_of,
    keep_compact,
    mandates,
    proposes,
    votes,
)
from tests.links import Linked, Web, a_web

HOUR = timedelta(hours=1)
SLUGS = ("harbour", "orchard", "quarry", "mill", "weir")
ABOVE, BELOW = ("harbour", "orchard"), ("quarry", "mill", "weir")


@dataclass(slots=True, kw_only=True)
class Five:
    """The nodes, the compacts between them, and by how much all clocks are on."""

    houses: dict[str, House]
    nodes: dict[str, Linked]
    web: Web
    valley: Three
    district: Three
    on: timedelta = timedelta()

    @property
    def at(self) -> datetime:
        return now() + self.on

    def pass_an_hour(self) -> None:
        self.on += HOUR
        for node in self.nodes.values():
            node.clock_is_off_by(self.on.total_seconds())

    def sees(self, slug: str, proposal: Digest) -> Standing | None:
        with self.houses[slug].desk(self.at) as desk:
            try:
                return chamber.standing(desk, chamber.proposal(desk, proposal))
            except Unknown:
                return None

    def all_see(
        self, slugs: Iterable[str], proposal: Digest, so: Callable[[Standing], object]
    ) -> None:
        """Wait until each of these nodes sees a proposal stand so."""
        for slug in slugs:
            until(
                lambda slug=slug: (
                    (stands := self.sees(slug, proposal)) is not None and so(stands)
                ),
                AT_MOST,
            )

    def certified(self, slugs: Iterable[str], proposal: Digest, *filed_by: str) -> None:
        """Wait until these nodes know a certified filing of each of the others."""
        filers = {assembly_of(self.houses[slug]) for slug in filed_by}
        self.all_see(slugs, proposal, lambda stands: filers <= _heard_from(stands))

    def confirmed(self, slugs: Iterable[str], proposal: Digest) -> Result:
        """Wait until these nodes hold a result as confirmed, and give it: one."""
        self.all_see(slugs, proposal, lambda stands: stands.confirmed is not None)
        seen = [self.sees(slug, proposal) for slug in slugs]
        first, *others = [each.confirmed for each in seen if each is not None]
        assert first is not None
        assert all(each == first for each in others)
        return first

    def decide_below(
        self, asked: Digest, choice: str, *by: str, seen_by: Iterable[str]
    ) -> None:
        """Let assemblies of the valley vote on a question, and an hour pass."""
        self.all_see(by, asked, lambda stands: len(stands.opened_by) >= 2)
        for slug in by:
            self.votes(self.valley, slug, asked, choice)
        self.certified(by, asked, *by)
        self.pass_an_hour()
        self.confirmed(seen_by, asked)

    def votes(self, among: Three, slug: str, proposal: Digest, choice: str) -> None:
        house, at = self.houses[slug], self.at
        name = f"dana-{proposal[-6:]}"
        given = mandates(
            among, house, proposal, choice, name=name, at=at, until=at + 9 * HOUR
        )
        votes(house, given, proposal, choice, at=at)

    def carries(
        self, slug: str, asked: Digest, on: Digest, choice: str, *, revision: int = 1
    ) -> None:
        """Let a bearer carry upwards what was decided below, and its delegate vote."""
        house, at = self.houses[slug], self.at
        given = carried(house, self.district, asked, on, choice, at=at)
        try:
            votes(house, given, on, choice, revision=revision, at=at)
        except NotEntitled:
            # Its node was quicker, and withdrew what the seat had said before.
            votes(house, given, on, choice, revision=revision + 1, at=at)


def _heard_from(stands: Standing) -> set[AssemblyId]:
    return {
        each.entry.assembly
        for each in stands.revisions
        if each.fate is Fate.CERTIFIED and each.entry is not None
    }


@contextmanager
def five(directory: Path) -> Iterator[Five]:
    """Serve five assemblies in two compacts, of which each was told its own only."""
    fronts = {slug: free_port() for slug in SLUGS}
    houses = {s: a_house(directory, slug=s, port=p) for s, p in fronts.items()}
    for house in houses.values():
        with house.desk() as desk:
            found(house, desk)
    inner = tuple(houses[slug] for slug in BELOW)
    valley = _agreed(a_compact([seat_of(each) for each in inner]), inner)
    bearer, *substitutes = map(assembly_of, inner)
    held_for = replace(
        seat_of(houses["quarry"]),
        bears=valley.compact.identity,
        substitutes=tuple(substitutes),
    )
    outer = tuple(houses[slug] for slug in (*ABOVE, "quarry"))
    plain = [seat_of(houses[slug]) for slug in ABOVE]
    district = _agreed(a_compact([*plain, held_for]), outer)
    # Who is to bear the seat was decided below before it was taken.
    named = Bearers(assemblies=(bearer, *substitutes))
    asked = proposes(valley, inner[1], opens=NOON, closes=NOON + HOUR, bearers=named)
    valley.confer(NOON)
    for house in inner:
        votes(house, mandates(valley, house, asked), asked, at=NOON)
    valley.confer(NOON)
    valley.confer(NOON + HOUR)
    with a_web(seed=5) as web:
        nodes = {
            slug: web.join(houses[slug].config.directory, front=front, port=free_port())
            for slug, front in fronts.items()
        }
        for node in nodes.values():
            node.clock_is_off_by(0)
            node.start()
        yield Five(
            houses=houses, nodes=nodes, web=web, valley=valley, district=district
        )


def _agreed(document: JsonObject, houses: tuple[House, ...]) -> Three:
    compact = vocabulary.read_compact(document)
    for house in houses:
        with house.desk() as desk:
            keep_compact(desk, document)
    joined(compact, *houses)
    return Three(houses=houses, compact=compact)


def test_what_a_valley_decides_is_heard_above_also_when_its_bearer_is_dark(
    tmp_path: Path,
) -> None:
    with five(tmp_path) as nodes:
        harbour, _, _, mill, weir = nodes.houses.values()
        start = nodes.at
        wall = proposes(
            nodes.district, harbour, at=start, opens=start, closes=start + 3 * HOUR
        )
        # Every line is bad, and the bearer has none to one of its fellows above.
        nodes.web.trouble(loses=0.2, repeats=0.1)
        nodes.web.cut(nodes.nodes["quarry"], nodes.nodes["orchard"])
        nodes.all_see(BELOW, wall, lambda stands: len(stands.opened_by) >= 2)
        asked = proposes(
            nodes.valley, mill, at=start, opens=start, closes=start + HOUR, on=wall
        )
        nodes.decide_below(asked, "against", *BELOW, seen_by=SLUGS)
        nodes.carries("quarry", asked, wall, "against")
        nodes.certified(ABOVE, wall, "quarry")

        # Without their bearer, those below decide anew, and who is to say it now.
        nodes.nodes["quarry"].kill()
        without = ("mill", "weir")
        district = nodes.district.compact.identity
        moved = proposes(
            nodes.valley,
            mill,
            at=nodes.at,
            opens=nodes.at,
            closes=start + 2 * HOUR,
            on=wall,
            bearers=Bearers(assemblies=(assembly_of(mill),), compact=district),
        )
        nodes.decide_below(moved, "for", *without, seen_by=(*ABOVE, *without))
        nodes.carries("mill", moved, wall, "for", revision=2)
        for slug in ABOVE:
            nodes.votes(nodes.district, slug, wall, "for")
        nodes.certified(ABOVE, wall, *ABOVE, "quarry", "mill")
        nodes.pass_an_hour()
        settled = nodes.confirmed((*ABOVE, *without), wall)
        with mill.desk(nodes.at) as desk:
            brought = bearing.bring_back(desk, moved)
        until(lambda: holds(weir, brought.digest), AT_MOST)

        nodes.web.mend()
        nodes.nodes["quarry"].start()
        assert nodes.confirmed(["quarry"], wall) == settled
        assert settled.figures.assemblies == {"for": 3, "against": 0, "abstain": 0}
        assert sum(link.lost for link in nodes.web.links()) > 10
        for slug in ABOVE:
            shown = page(nodes.nodes[slug], f"/proposals/{in_hex(wall)}")
            assert "to whom the seat moved" in shown


def holds(house: House, digest: str) -> bool:
    with house.desk(now()) as desk:
        return records.entry(desk.connection, digest) is not None
