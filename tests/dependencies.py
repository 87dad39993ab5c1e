"""What this project says that it needs."""

import tomllib
from functools import cache
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent


@cache
def declared(*extras: str) -> frozenset[str]:
    """Read the names of the direct dependencies from pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    groups = [project["optional-dependencies"][extra] for extra in extras]
    lines = [*project["dependencies"], *(line for group in groups for line in group)]
    return frozenset(canonicalize_name(Requirement(line).name) for line in lines)
