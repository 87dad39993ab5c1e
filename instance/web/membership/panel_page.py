"""How a panel stands, for one reader, and how it was drawn, for whoever doubts it.

What is public of people are sums; where few said something, not even those.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from confederation.identifiers import Digest
from confederation.membership import panel
from confederation.membership.panel import Stage
from confederation.sortition import quotas
from confederation.sortition.quotas import Easing, Feature, Obstacle, Person, Quota
from instance import node
from instance.dealings import asks
from instance.desk import Desk
from instance.membership import panels, seeds, solving
from instance.store import events, records
from instance.store import pools as store
from instance.store import seeds as signed
from instance.web import naming
from instance.web.languages import N_
from instance.web.membership import pools
from instance.web.naming import Named, Words, in_hex
from instance.web.states import Badge
from instance.web.visits import Member

FEWEST_SHOWN: Final = 5

STAGES: Final[Mapping[Stage, Badge]] = {
    "question": Badge(says=N_("Being prepared"), tone="waiting"),
    "pool open": Badge(says=N_("The pool is open"), tone="going"),
    "pool frozen": Badge(says=N_("The pool is frozen"), tone="waiting"),
    "quotas set": Badge(says=N_("The quotas are set"), tone="waiting"),
    "list made": Badge(says=N_("The list is made"), tone="waiting"),
    "drawn": Badge(says=N_("Drawn"), tone="going"),
    "seated": Badge(says=N_("The panel sits"), tone="going"),
    "reported": Badge(says=N_("The panel has reported"), tone="done"),
    "answered": Badge(says=N_("What it asks for was put to somebody"), tone="done"),
}


@dataclass(slots=True, kw_only=True)
class Making:
    """A list that is being made, or why it could not be."""

    task: asyncio.Task[None] | None = None
    easings: tuple[Easing, ...] = ()
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A panel in a list."""

    id: str
    question: str
    state: Badge
    places: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many said one value; None where too few did to be told."""

    value: str
    quota: Quota | None
    in_pool: int | None
    seated: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedLine:
    """Who committed to what; ``ours`` while this node can tell it.

    ``signed`` where another assembly signed it, and ``wrong`` where it told something
    else than it had committed to.
    """

    party: str
    commitment: Digest
    seed: str | None
    ours: bool
    aside: bool
    signed: bool
    wrong: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Giver:
    """An assembly that can be asked for a seed, and whether it was asked, or gave."""

    assembly: Named
    asked: bool
    gave: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelPage:
    """A panel as one reader sees it, with what they may do now."""

    id: str
    question: str
    decision: str
    state: panel.State
    badge: Badge
    size: int
    counts: tuple[tuple[Feature, tuple[Count, ...]], ...]
    seeds: tuple[SeedLine, ...]
    givers: tuple[Giver, ...]
    report: Words | None
    minorities: tuple[tuple[Words, int], ...]
    ask: str
    mine: pools.Mine | None
    is_clerk: bool
    obstacles: tuple[Obstacle, ...]
    making: Making
    solver: bool
    asked: tuple[tuple[str, Words], ...]
    tell_by: datetime | None

    @property
    def href(self) -> str:
        return f"/panels/{self.id}"

    @property
    def most_possible(self) -> str:
        """What share of a list nobody could be promised more of, in percent.

        Rounded up, so that it stays true.
        """
        made = self.state.made
        if made is None:
            return ""
        top, _, below = made.bound.partition("/")
        tenths = -(-int(top) * 1000 // int(below or 1))
        return f"{tenths // 10}.{tenths % 10}\N{NO-BREAK SPACE}%"


def lines(desk: Desk) -> list[Line]:
    """List the panels, the newest first."""
    return [
        Line(
            id=id,
            question=events.wording(desk.connection, state.begun.question) or "",
            state=STAGES[state.stage],
            places=state.begun.places,
        )
        for id, state in node.load_all(desk, "panel").items()
    ]


def view(desk: Desk, id: str, member: Member | None, making: Making) -> PanelPage:
    """Show a panel.

    Raises:
        Unknown: there is none.
    """
    state = panels.load(desk, id)
    begun = state.begun
    assert begun is not None
    is_clerk = member is not None and "clerk" in member.roles
    people = panels.people_in(desk, id)
    frozen = state.frozen
    plainly = is_clerk and state.stage in {"pool frozen", "quotas set"}
    rules = state.rules
    return PanelPage(
        id=id,
        question=events.wording(desk.connection, begun.question) or "",
        decision=in_hex(begun.decision),
        state=state,
        badge=STAGES[state.stage],
        size=frozen.size if frozen and state.stage != "pool open" else len(people),
        counts=tuple((each, _counts(each, state, people)) for each in rules.features),
        seeds=_seeds(desk, id, state),
        givers=_givers(desk, id, state) if is_clerk and begun.how == "seeds" else (),
        report=None if state.report is None else naming.words(desk, state.report),
        minorities=tuple(
            (naming.words(desk, each.words), each.signers) for each in state.minorities
        ),
        ask="" if state.ask is None else in_hex(state.ask),
        mine=None
        if member is None or state.forgotten_at
        else pools.mine(desk, id, state, member),
        is_clerk=is_clerk,
        obstacles=quotas.obstacles(people, rules) if plainly else (),
        making=making,
        solver=solving.installed(),
        asked=_asked(desk) if is_clerk and state.report else (),
        tell_by=state.tell_by(),
    )


def awaits(desk: Desk, member: Member) -> Iterator[tuple[str, str, str]]:
    """Say which pools a member can still come into, and where they were drawn."""
    for id, state in node.load_all(desk, "panel").items():
        if state.stage not in {"pool open", "drawn"}:
            continue
        question = events.wording(desk.connection, state.begun.question) or ""
        place = store.place_of(desk.connection, id, member.id)
        if state.stage == "pool open" and place is None:
            yield N_("Would you sit on a panel, if you are drawn?"), question, _at(id)
        elif place is not None and place.person.ticket in state.seated:
            yield N_("You were drawn for a panel"), question, _at(id)
    for wanted in signed.unanswered(desk.connection):
        if "clerk" in member.roles:
            yield N_("Another assembly asks us for a seed"), wanted, "/panels/seeds"


def _at(id: str) -> str:
    return f"/panels/{id}"


def shown(counts: list[int]) -> list[int | None]:
    """Leave out the counts that would point at few people.

    One that is left out alone could be worked out from the sum, so another goes with
    it: the smallest of the others.
    """
    small = {n for n, count in enumerate(counts) if count < FEWEST_SHOWN}
    if len(small) == 1 and len(counts) > 1:
        others = (n for n in range(len(counts)) if n not in small)
        small.add(min(others, key=counts.__getitem__))
    return [None if n in small else count for n, count in enumerate(counts)]


def _counts(
    feature: Feature, state: panel.State, people: list[Person]
) -> tuple[Count, ...]:
    said = [each.says.get(feature.name, quotas.NOT_SAID) for each in people]
    silent = (quotas.NOT_SAID,) if quotas.NOT_SAID in said else ()
    values = (*feature.values, *silent)
    seated = {*state.seated}
    sits = [
        each.says.get(feature.name, quotas.NOT_SAID)
        for each in people
        if each.ticket in seated
    ]
    nothing: list[int | None] = [None] * len(values)
    in_pool = shown([said.count(each) for each in values]) if state.frozen else nothing
    on_panel = (
        shown([sits.count(each) for each in values]) if state.seated_at else nothing
    )
    by_value = {q.value: q for q in state.quotas if q.feature == feature.name}
    return tuple(
        Count(value=value, quota=by_value.get(value), in_pool=pool, seated=panel_)
        for value, pool, panel_ in zip(values, in_pool, on_panel, strict=True)
    )


def _seeds(desk: Desk, id: str, state: panel.State) -> tuple[SeedLine, ...]:
    others = {each.commitment: each for each in signed.asked_for(desk.connection, id)}
    return tuple(
        SeedLine(
            party=events.wording(desk.connection, each.party) or "",
            commitment=each.commitment,
            seed=each.seed,
            ours=not aside and panels.is_ours(desk, each.commitment),
            aside=aside,
            signed=each.commitment in others,
            wrong=each.commitment in others
            and others[each.commitment].wrong is not None,
        )
        for aside, those in ((True, state.aside), (False, state.seeds))
        for each in those
    )


def _givers(desk: Desk, id: str, state: panel.State) -> tuple[Giver, ...]:
    asked = {each.assembly: each for each in seeds.asked_now(desk, id, state)}
    return tuple(
        Giver(
            assembly=naming.assembly(desk, each.id),
            asked=each.id in asked,
            gave=each.id in asked and asked[each.id].given is not None,
        )
        for each in records.assemblies(desk.connection)
        if not each.ours
    )


def _asked(desk: Desk) -> tuple[tuple[str, Words], ...]:
    return tuple(
        (in_hex(each.entry.digest), naming.words(desk, each.ask.authority))
        for each in asks.every(desk)
    )
