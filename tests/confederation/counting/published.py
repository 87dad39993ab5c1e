"""An election whose official count was published, as it was."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from confederation.counting.marks import Paper
from confederation.identifiers import OptionId

ELECTIONS = Path(__file__).with_name("elections")


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """An official count: what everybody held after each stage, to two places."""

    seats: int
    elected: tuple[OptionId, ...]
    stages: dict[str, list[Fraction]]
    markings: dict[Paper, int]


def published(name: str) -> Published:
    seats, elected = 0, tuple[OptionId, ...]()
    stages: dict[str, list[Fraction]] = {}
    markings: dict[Paper, int] = {}
    for line in (ELECTIONS / f"{name}.txt").read_text("utf-8").splitlines():
        match line.split():
            case ["#", *_]:
                pass
            case ["seats", number]:
                seats = int(number)
            case ["elected", *names]:
                elected = tuple(map(OptionId, names))
            case ["stages", whose, *figures]:
                stages[whose] = [Fraction(figure) for figure in figures]
            case [ranking, number]:
                markings[tuple(map(OptionId, ranking.split(">")))] = int(number)
            case _:
                raise AssertionError(line)
    return Published(seats=seats, elected=elected, stages=stages, markings=markings)
