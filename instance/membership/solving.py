"""A list of panels is made by a program of its own, which reaches nobody.

It is a solver that a node is served without; where it is not installed, this says so.
"""

from dataclasses import dataclass, field
from importlib import util
from typing import Final

import msgspec

from confederation.errors import Refused
from confederation.sortition.lottery import USUAL_LENGTH, Certificate, Panel
from confederation.sortition.quotas import Easing, Person, Rules
from instance import apart, decoding

PATIENCE: Final = 600.0
NEEDED: Final = ("highspy", "numpy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a list is made of, and how long it is to be."""

    rules: Rules
    people: tuple[Person, ...]
    length: int = USUAL_LENGTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A list of panels, with what shows how fair it is; or why there can be none.

    ``easings`` are the least changes of quotas after which there can be a panel; empty
    where nothing of the quotas is in the way.
    """

    panels: tuple[Panel, ...] = ()
    certificate: Certificate = field(default_factory=Certificate)
    easings: tuple[Easing, ...] = ()


def installed() -> bool:
    """Whether the solver is there."""
    return all(util.find_spec(name) is not None for name in NEEDED)


async def solve(task: Task) -> Made:
    """Make a list of panels in a process of its own.

    Raises:
        Refused: the solver is not installed here, or it did not come to an end.
    """
    if not installed():
        raise Refused(
            "This node has no solver, so it cannot make a list of panels. Whoever runs "
            "it can install one: pip install folkmoot[panel]."
        )
    try:
        made = await apart.run(
            "instance.membership.solver",
            msgspec.json.encode(task),
            seconds=PATIENCE,
            OPENBLAS_NUM_THREADS="1",
        )
    except TimeoutError as error:
        raise Refused("Making the list takes too long. Nothing was changed.") from error
    if made is None:
        raise Refused("The list could not be made. Nothing was changed.")
    return decoding.decode(made, Made)
