"""Measure what this project can do: ``python -m tests.benchmarks [NAME] [--json]``.

Each benchmark puts a load on a real node from a process of its own, on loopback, and
says how many operations a second of the server's CPU allows, what the bare operations
would cost, and where that stands against the budget. See
docs/explanation/performance.md.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

import uvloop

from tests.benchmarks import (
    catching_up,
    council,
    counting,
    delivery,
    flood,
    get,
    inbox,
    lasting,
    proofs,
    record,
    room,
    strangers,
)
from tests.benchmarks.measuring import Figures

Measure = Callable[[float, Path], Awaitable[dict[str, Figures]]]

BENCHMARKS: Final[dict[str, Measure]] = {
    "inbox": inbox.measure,
    "strangers": strangers.measure,
    "flood": flood.measure,
    "lasting": lasting.measure,
    "delivery": delivery.measure,
    "get": get.measure,
    "record": record.measure,
    "catching_up": catching_up.measure,
    "council": council.measure,
    "proofs": proofs.measure,
    "counting": counting.measure,
    "room": room.measure,
}


def main(arguments: Sequence[str]) -> int:
    """Run the benchmarks that are asked for and print what they found."""
    asked = _parser().parse_args(arguments)
    names = [*BENCHMARKS] if asked.name == "all" else [asked.name]
    found: dict[str, Figures] = {}
    for name in names:
        if not asked.json:
            print(f"{name} …", file=sys.stderr, flush=True)
        found |= uvloop.run(run(name, asked.seconds))
    print(as_json(found) if asked.json else as_table(found))
    return 0


async def run(name: str, seconds: float) -> dict[str, Figures]:
    """Run one benchmark in a directory that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="folkmoot-") as directory:
        return await BENCHMARKS[name](seconds, Path(directory))


def as_json(found: dict[str, Figures]) -> str:
    return json.dumps({name: _plain(figures) for name, figures in found.items()})


def _plain(figures: Figures) -> dict[str, object]:
    budget = figures.budget
    return {
        "per_cpu_second": round(figures.per_cpu_second, 3),
        "p50_ms": _rounded(figures.millis(0.50)),
        "p99_ms": _rounded(figures.millis(0.99)),
        "rss_mb": round(figures.rss_mb, 1),
        "floor": round(figures.floor, 3),
        "ratio": round(figures.ratio, 4),
        "budget": {
            "line": budget.line,
            "at_least": budget.at_least,
            "at_most": budget.at_most,
            "mb_at_most": budget.mb_at_most,
            "stands_at": round(figures.stands_at, 3),
            "met": figures.met,
        },
        "floors": {name: round(each, 1) for name, each in figures.floors.items()},
        "facts": {name: round(each, 3) for name, each in figures.facts.items()},
    }


def as_table(found: dict[str, Figures]) -> str:
    """Lay the figures out, a line for each and below it what the budget asks for."""
    lines = [
        f"{'':18}{'per CPU-s':>12}{'p50 ms':>9}{'p99 ms':>9}{'RSS MB':>8}"
        f"{'floor':>12}{'ratio':>7}"
    ]
    for name, figures in found.items():
        lines.append(
            f"{name:18}{_shown(figures.per_cpu_second):>12}"
            f"{_shown(figures.millis(0.50)):>9}{_shown(figures.millis(0.99)):>9}"
            f"{figures.rss_mb:>8.0f}{_shown(figures.floor):>12}{figures.ratio:>7.2f}"
        )
        met = "met" if figures.met else "NOT MET"
        lines.append(f"    {figures.budget.line}: {met} ({_shown(figures.stands_at)})")
        about = [f"{fact} {_shown(value)}" for fact, value in figures.facts.items()]
        lines.extend([f"    {', '.join(about)}"] if about else [])
    return "\n".join(lines)


def _shown(figure: float | None) -> str:
    if figure is None:
        return "–"
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.2f}"


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 3)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description=__doc__
    )
    parser.add_argument(
        "name",
        nargs="?",
        default="all",
        choices=[*BENCHMARKS, "all"],
        help="which benchmark (default: all)",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object and nothing else"
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=5.0,
        help="about how long each load lasts (default: 5)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
