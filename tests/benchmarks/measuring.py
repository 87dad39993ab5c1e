"""What a measurement says: work done for each second of CPU, beside what it must cost.

Seconds on the clock say little on a machine that is shared, so a server is measured by
the CPU that its process used. The floor is what the bare operations cost without it,
measured in the same run; the ratio of the two is what can be compared between machines.
"""

import math
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

TICKS: Final = os.sysconf("SC_CLK_TCK")


class Wrong(Exception):
    """What came out does not add up, so the figures mean nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A line of the performance budget, and the bounds that it sets.

    Args:
        line: what is asked for, in words.
        at_least: the figure must be as high as this; None where it must be low.
        at_most: the figure must be as low as this.
        mb_at_most: so much memory the server may hold, in MB.
    """

    line: str
    at_least: float | None = None
    at_most: float | None = None
    mb_at_most: float | None = None

    def met(self, figure: float, *, rss_mb: float) -> bool:
        return (
            (self.at_least is None or figure >= self.at_least)
            and (self.at_most is None or figure <= self.at_most)
            and (self.mb_at_most is None or rss_mb <= self.mb_at_most)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one benchmark found.

    Args:
        per_cpu_second: operations for each second of CPU that the server used.
        latencies: seconds that each operation took; empty where none was timed.
        rss_mb: the most memory that the server held.
        floors: the bare operations that one operation cannot do without, each with how
            many of them a second of CPU allows here.
        budget: what is asked for.
        judged: the figure that the budget is about; None for ``per_cpu_second``.
        facts: whatever else is worth knowing, by name.
    """

    per_cpu_second: float
    latencies: Sequence[float]
    rss_mb: float
    floors: Mapping[str, float]
    budget: Budget
    judged: float | None = None
    facts: Mapping[str, float] = field(default_factory=dict)

    @property
    def floor(self) -> float:
        """How often a second of CPU allows all the bare operations together."""
        return 1 / sum(1 / each for each in self.floors.values())

    @property
    def ratio(self) -> float:
        return self.per_cpu_second / self.floor

    @property
    def stands_at(self) -> float:
        return self.per_cpu_second if self.judged is None else self.judged

    @property
    def met(self) -> bool:
        return self.budget.met(self.stands_at, rss_mb=self.rss_mb)

    def millis(self, share: float) -> float | None:
        """The milliseconds within which this share of the operations was done."""
        if not self.latencies:
            return None
        ordered = sorted(self.latencies)
        return 1000 * ordered[math.ceil(share * len(ordered)) - 1]


@dataclass(slots=True)
class Span:
    """What a process used between two moments, in seconds."""

    cpu: float = 0.0
    wall: float = 0.0

    def per_cpu_second(self, times: int) -> float:
        # The kernel counts in ticks: what took none took less than one.
        return times / max(self.cpu, 1 / TICKS)


@contextmanager
def watching(pid: int) -> Iterator[Span]:
    """Measure what a process uses while the block runs."""
    span = Span()
    cpu, wall = cpu_seconds(pid), time.perf_counter()
    yield span
    span.cpu = cpu_seconds(pid) - cpu
    span.wall = time.perf_counter() - wall


def cpu_seconds(pid: int) -> float:
    """Return the CPU that a process used so far, in all its threads."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system = after_name[11:13]
    return (int(user) + int(system)) / TICKS


def peak_mb(pid: int) -> float:
    """Return the most memory that a process has held, in MB."""
    return _memory(pid, "VmHWM")


def held_mb(pid: int) -> float:
    """Return the memory that a process holds, in MB."""
    return _memory(pid, "VmRSS")


def _memory(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"The kernel does not say the {name} of process {pid}.")


def bare(operation: Callable[[], object], *, times: int) -> float:
    """Return how often a second of this process's own CPU allows an operation."""
    before = time.process_time()
    for _ in range(times):
        operation()
    return times / (time.process_time() - before)
