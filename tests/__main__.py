"""Run every check of this project: ``python -m tests [--all] [pytest arguments]``.

Suites whose program is missing are listed in the last lines; with ``--all`` that is a
failure. Everything else on the command line goes to pytest.
"""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.programs import Need, missing

ROOT = Path(__file__).parent.parent


def main(arguments: Sequence[str]) -> int:
    """Run the checks one after the other; 0 if all of them passed."""
    checks = {
        "ruff check": ["ruff", "check", "."],
        "ruff format": ["ruff", "format", "--check", "."],
        "mypy": ["mypy"],
        "pytest": ["pytest", *(each for each in arguments if each != "--all")],
    }

    passed = {name: run(name, command) for name, command in checks.items()}
    wanted = missing() if "--all" in arguments else ()

    say(*closing_lines(passed, not_run=missing(), wanted=wanted))
    return 0 if all(passed.values()) and not wanted else 1


def run(name: str, command: Sequence[str]) -> bool:
    """Run one check from the top of the project and say whether it passed."""
    say("", f"=== {name}")
    ran = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=False)
    return ran.returncode == 0


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
