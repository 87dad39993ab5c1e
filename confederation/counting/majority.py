"""An option is carried by a share of a named base; a tie carries nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from confederation.counting import shares
from confederation.errors import ByNumber, Invalid
from confederation.identifiers import OptionId

FOR = OptionId("for")
AGAINST = OptionId("against")
ABSTAIN = OptionId("abstain")

HALF = Fraction(1, 2)

Base = Literal["votes", "cast", "present", "members"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The count, what it was measured against, and what carried it, if anything.

    ``needed`` is the smallest number that carries an option: the threshold as a whole
    number of ``size``. Exactly the threshold is not enough when ``strict``.
    """

    counts: Mapping[OptionId, int]
    base: Base
    size: int
    threshold: str
    strict: bool
    needed: int
    winner: OptionId | None


def count(
    markings: Mapping[OptionId, int],
    *,
    threshold: Fraction = HALF,
    strict: bool = True,
    base: Base = "votes",
    size: int | None = None,
) -> Tally:
    """Count markings against a share of a base.

    The defaults are the simple majority: more for than against, abstentions aside.

    Args:
        markings: how many papers carry each option; never who cast them. Blank papers
            carry none and are not in here.
        threshold: the share of the base that an option must have, in [1/2, 1].
        strict: whether exactly the threshold is not yet enough.
        base: *votes* are the papers that carry an option other than ``abstain``.
        size: how large any other base is; None with *votes*, which is counted here.

    Returns:
        The tally; no winner if nothing reaches the threshold. A tie never has one, and
        neither has an option that nobody chose. ``abstain`` never wins.

    See docs/reference/counting.md, "Simple and qualified majority".
    """
    if any(papers < 0 for papers in markings.values()):
        raise Invalid("An option cannot have fewer than no votes.")
    if not HALF <= threshold <= 1:
        raise Invalid("A majority is at least a half and at most the whole.")
    cast = sum(markings.values())
    contenders = {o: papers for o, papers in markings.items() if o != ABSTAIN}
    if (size is None) != (base == "votes"):
        raise Invalid("A base other than the votes themselves has to say its size.")
    if size is None:
        size = sum(contenders.values())
    elif size < cast:
        raise Invalid(
            ByNumber(
                "{cast} paper was cast, more than the {size} {base}.",
                "{cast} papers were cast, more than the {size} {base}.",
            ),
            cast=cast,
            size=size,
            base=base,
        )
    needed = max(1, shares.least(threshold, size, strict=strict))
    most = max(contenders.values(), default=0)
    first = [option for option, papers in contenders.items() if papers == most]
    return Tally(
        counts=dict(sorted(markings.items())),
        base=base,
        size=size,
        threshold=shares.write(threshold),
        strict=strict,
        needed=needed,
        winner=first[0] if most >= needed and len(first) == 1 else None,
    )
