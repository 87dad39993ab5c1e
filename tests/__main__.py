"""Run every check of this project: ``python -m tests [--all] [pytest arguments]``.

Suites whose program is missing are listed in the last lines; with ``--all`` that is a
failure. Everything else on the command line goes to pytest. Where nothing was chosen,
the tests are shared among two processes more than the machine has processors.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.programs import Need, missing

ROOT = Path(__file__).parent.parent
MEMORY = Path("/dev/shm")
ROOM = 4 * 2**30
"""So many bytes must be free in memory, for the files of tests to be kept there."""


def main(arguments: Sequence[str]) -> int:
    """Run the checks, the type checker beside the tests; 0 if all of them passed."""
    chosen = [each for each in arguments if each != "--all"]
    passed = {
        "ruff check": run("ruff check", ["ruff", "check", "."]),
        "ruff format": run("ruff format", ["ruff", "format", "--check", "."]),
    }
    with tempfile.TemporaryFile() as said, surroundings(chosen) as environment:
        mypy = subprocess.Popen(
            _python("mypy"), cwd=ROOT, stdout=said, stderr=subprocess.STDOUT
        )
        well = run("pytest", ["pytest", *chosen, *spread(chosen)], environment)
        passed["mypy"] = mypy.wait() == 0
        passed["pytest"] = well
        said.seek(0)
        say("", "=== mypy", said.read().decode("utf-8", "replace").rstrip())

    wanted = missing() if "--all" in arguments else ()
    say(*closing_lines(passed, not_run=missing(), wanted=wanted))
    return 0 if all(passed.values()) and not wanted else 1


def spread(chosen: Sequence[str]) -> list[str]:
    """Return what makes pytest work in several processes; nothing if tests were chosen.

    A file stays in one process, so what a module sets up is set up once. There are two
    more than the machine has processors, since whoever tests nodes waits for them.
    """
    processors = os.cpu_count() or 1
    if chosen or processors == 1:
        return []
    return ["-n", str(processors + 2), "--dist", "loadfile", "--no-loadscope-reorder"]


@contextmanager
def surroundings(chosen: Sequence[str]) -> Iterator[Mapping[str, str]]:
    """Keep the files of tests in memory where it has room, unless tests were chosen.

    A node's database waits at every turn for the disk, and thousands of them add up.
    What Python compiled is kept as well: dozens of processes load the program.
    """
    environment = {**os.environ}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if chosen or not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ROOM:
        yield environment
        return
    with tempfile.TemporaryDirectory(dir=MEMORY) as directory:
        yield {**environment, "TMPDIR": directory}


def run(
    name: str, command: Sequence[str], environment: Mapping[str, str] | None = None
) -> bool:
    """Run one check from the top of the project and say whether it passed."""
    say("", f"=== {name}")
    ran = subprocess.run(_python(*command), cwd=ROOT, env=environment, check=False)
    return ran.returncode == 0


def _python(*command: str) -> list[str]:
    return [sys.executable, "-m", *command]


def closing_lines(
    passed: Mapping[str, bool], *, not_run: Sequence[Need], wanted: Sequence[Need]
) -> list[str]:
    """Sum up the run; what was not run stands last, where nobody overlooks it."""
    outcomes = [
        f"{name}: {'passed' if well else 'FAILED'}" for name, well in passed.items()
    ]
    complaint = ["With --all, a suite that cannot run is a failure:"] if wanted else []
    return [
        "",
        "=== summary",
        *outcomes,
        *complaint,
        *(f"not run: {need}" for need in not_run),
    ]


def say(*lines: str) -> None:
    # Flushed, so that our lines and those of the programs we start keep their order.
    print(*lines, sep="\n", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
