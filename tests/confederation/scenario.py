"""What will happen in a run, drawn from its seed, before anybody has said a word."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from random import Random

from confederation.confederal.compact import RANKINGS, Compact, Ratification, Rules
from confederation.record import Method
from tests.confederation.world import START, Confederation

OPENS, CLOSES, SETTLED, END = 3, 14, 28, 40
"""Ticks, of a minute each. From ``SETTLED`` on the network is whole, clocks right."""
BELL = 26
"""When a ratification closes: before the network is whole, so that it is not easy."""
LAST = END - 5
"""From this tick on everybody speaks to everybody, so nothing is left on its way."""


def instant(tick: float) -> datetime:
    return START + timedelta(minutes=tick)


def ranks(seed: int) -> Method | None:
    """Say by which method the first proposal of a run is ranked; None for yes or no."""
    if seed % 5 != 2:
        return None
    name = RANKINGS[seed // 5 % len(RANKINGS)]
    return Method(name=name, seats=2 if name == "stv" else None)


@cache
def founded(n: int) -> Confederation:
    """Give the towns as they were when they had just joined; nobody changes these."""
    window = int((instant(BELL) - instant(CLOSES)).total_seconds())
    return Confederation(n, Rules(ratification=Ratification(window=window)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """What a lying assembly does besides, or instead of, what it should."""

    two_faced: bool = False
    withholds: bool = False
    files_unlawfully: bool = False
    invents: bool = False
    two_finals: bool = False
    attests_what_it_likes: bool = False
    tampers: bool = False

    @classmethod
    def draw(cls, random: Random) -> "Character":
        return cls(
            two_faced=random.random() < 0.4,
            withholds=random.random() < 0.2,
            files_unlawfully=random.random() < 0.4,
            invents=random.random() < 0.3,
            two_finals=random.random() < 0.3,
            attests_what_it_likes=random.random() < 0.3,
            tampers=random.random() < 0.3,
        )

    @classmethod
    def of_every_kind(cls) -> "Character":
        """Lie to all alike in every way that there is, and say all that is to be said.

        Neither two faces nor two last words: about a vote of the last moments either
        can keep a decision open, as it should.
        """
        return cls(
            files_unlawfully=True,
            invents=True,
            attests_what_it_likes=True,
            tampers=True,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What will happen in a run, apart from what the nodes make of it.

    Seats map to the tick at which a node is killed, or shows a second face to one side,
    to the ticks during which it sleeps, or its clock is far ahead, and to what its
    people set out to do, and when.
    """

    compact: Compact
    liars: dict[int, Character]
    killed: dict[int, int]
    asleep: dict[int, range]
    skew: dict[int, float]
    jumps: dict[int, range]
    divided: list[tuple[range, frozenset[int]]]
    sides: dict[int, frozenset[int]]
    forks: dict[int, int]
    loss: float
    contacts: int
    proposer: int
    withdrawn_at: int | None
    replaced_by: int | None
    replacement_closes: int
    acts: dict[int, list[tuple[int, str]]]
    ratify: bool

    @classmethod
    def ordinary(cls, random: Random, size: int) -> "Scenario":
        """Draw an ordinary evening of a large council, in which one assembly lies.

        All vote in good time and some change their minds, links lose a tenth, a third
        of those that may be dark sleep for a while and as many go for good.
        """
        drawn = cls.draw(random, lies=True, size=size)
        dark = (size - drawn.compact.t) // 3
        liar, *others = random.sample(range(size), 1 + 2 * dark)
        return replace(
            drawn,
            liars={liar: Character.of_every_kind()},
            killed={seat: random.randint(0, END) for seat in others[:dark]},
            asleep={seat: _span(random, 0, SETTLED - 2, 6) for seat in others[dark:]},
            jumps={},
            divided=[],
            loss=0.1,
            contacts=12,
            withdrawn_at=None,
            replaced_by=None,
            acts={
                seat: [
                    (random.randint(OPENS, OPENS + 2), "vote"),
                    *(
                        (OPENS + 4, what)
                        for what in ("vote", "recall", "amend", "stray", "leave")
                        if random.random() < 0.03
                    ),
                    *_answers(random),
                ]
                for seat in range(size)
            },
            ratify=True,
        )

    @classmethod
    def split(cls, random: Random, size: int | None = None) -> "Scenario":
        """Divide the honest, and let every liar tell each half what it wants to hear.

        Nothing else goes wrong, so that both halves come to an answer if they can.
        """
        drawn = cls.draw(random, lies=True, size=size)
        n, t = drawn.compact.n, drawn.compact.t
        # So many can give two halves an answer each; one fewer cannot.
        enough = 2 * t - n
        liars = random.sample(range(n), max(1, random.choice((enough, enough - 1))))
        truthful = [seat for seat in range(n) if seat not in liars]
        side = frozenset(truthful[: n - t])
        begins = random.randint(OPENS, CLOSES - 2)
        return replace(
            drawn,
            liars=dict.fromkeys(liars, Character(two_faced=True)),
            sides=dict.fromkeys(liars, side),
            forks=dict.fromkeys(liars, begins),
            divided=[(range(begins, LAST + 1), side)],
            acts={
                seat: [*drawn.acts[seat], (random.randint(begins, CLOSES), "vote")]
                for seat in range(n)
            },
            killed={},
            asleep={},
            jumps={},
            loss=0.0,
            contacts=3,
            withdrawn_at=None,
        )

    @classmethod
    def draw(cls, random: Random, *, lies: bool, size: int | None = None) -> "Scenario":
        """Draw what will happen among ``size`` assemblies; three to seven if None."""
        n = random.randint(3, 7) if size is None else size
        seats = range(n)
        compact = founded(n).compact
        liars = random.sample(seats, random.randint(1, (n + 1) // 2)) if lies else []
        calm = random.random() < 0.4
        too_many = random.random() < 0.1
        mortal = 0 if calm else random.randint(0, n - compact.t + too_many)
        return cls(
            compact=compact,
            liars={seat: Character.draw(random) for seat in liars},
            killed={
                seat: random.randint(0, END) for seat in random.sample(seats, mortal)
            },
            asleep={
                seat: _span(random, 0, SETTLED - 2, 6)
                for seat in seats
                if random.random() < 0.2 and not calm
            },
            skew={seat: random.choice((0, 0, 0, -2.5, -1, 1, 2.5)) for seat in seats},
            jumps={
                seat: _span(random, 0, CLOSES, 3)
                for seat in seats
                if random.random() < 0.1
            },
            divided=[
                (
                    _span(random, 0, CLOSES, random.randint(2, SETTLED - CLOSES)),
                    frozenset(random.sample(seats, random.randint(1, n - 1))),
                )
                for _ in range(0 if calm else random.choice((0, 0, 1, 1, 2)))
            ],
            sides={
                seat: frozenset(random.sample(seats, random.randint(1, n - 1)))
                for seat in liars
            },
            forks={seat: random.randint(0, OPENS + 3) for seat in liars},
            loss=random.choice((0.0, 0.1)) if calm else random.choice((0.1, 0.3, 0.5)),
            contacts=random.randint(1, 3) if size is None else random.randint(4, 8),
            proposer=random.choice(seats),
            withdrawn_at=random.randint(1, CLOSES) if random.random() < 0.1 else None,
            replaced_by=random.choice(seats) if random.random() < 0.2 else None,
            replacement_closes=random.randint(CLOSES - 2, CLOSES + 3),
            acts={seat: [*_acts(random), *_answers(random)] for seat in seats},
            ratify=random.random() < 0.6,
        )

    def with_one_dark(self, random: Random) -> "Scenario":
        """Let one more node sleep for most of the vote, at times to its very end."""
        seat = random.randrange(self.compact.n)
        begins = random.randint(OPENS, OPENS + 4)
        ends = random.choice((begins + 5, begins + 7, SETTLED))
        return replace(self, asleep={**self.asleep, seat: range(begins, ends)})

    def with_calls(self, random: Random) -> "Scenario":
        """Let some say that the matter belongs below, others here, and some end."""
        acts = {seat: list(due) for seat, due in self.acts.items()}
        for due in acts.values():
            if random.random() < 0.5:
                what = random.choice(("call back", "keep", "keep", "keep"))
                due.append((random.randint(OPENS, CLOSES + 1), what))
            if random.random() < 0.1:
                due.append((random.randint(OPENS, CLOSES + 1), "end"))
        return replace(self, acts=acts)

    def clock(self, seat: int, tick: int) -> datetime:
        """What the clock of a seat's node shows; it may jump ahead, and back again."""
        if tick >= SETTLED:
            return instant(tick)
        jumped = 9 if tick in self.jumps.get(seat, ()) else 0
        return instant(tick + self.skew[seat] + jumped)

    def awake(self, seat: int, tick: int) -> bool:
        killed = tick >= self.killed.get(seat, END + 1)
        return not killed and tick not in self.asleep.get(seat, ())

    def connects(self, a: int, b: int, tick: int) -> bool:
        """Say whether two nodes reach each other. Liars reach both sides of a split."""
        two_faced = {
            seat for seat in (a, b) if seat in self.liars and self.liars[seat].two_faced
        }
        return bool(two_faced) or not any(
            tick in span and (a in side) != (b in side) for span, side in self.divided
        )


def _span(random: Random, earliest: int, latest: int, length: int) -> range:
    begins = random.randint(earliest, latest)
    return range(begins, min(begins + length, SETTLED))


def _acts(random: Random) -> Iterator[tuple[int, str]]:
    yield random.randint(OPENS, CLOSES + 2), "vote"
    for _ in range(random.choice((0, 0, 1, 1, 2, 3))):
        what = random.choice(
            ("vote", "vote", "recall", "amend", "alternate", "stray", "short", "leave")
        )
        if what != "leave" or random.random() < 0.3:
            yield random.randint(OPENS, CLOSES + 2), what


def _answers(random: Random) -> Iterator[tuple[int, str]]:
    """Draw what an assembly says to the outcome, if it says anything in time."""
    for _ in range(random.choice((0, 1, 1, 1, 1, 2))):
        what = random.choice(("ratify",) * 5 + ("refuse",))
        yield random.randint(CLOSES + 2, BELL + 1), what
    if random.random() < 0.05:
        yield random.randint(CLOSES + 3, BELL + 1), "leave"
