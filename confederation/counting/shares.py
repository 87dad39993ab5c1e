"""A share is a fraction of a named base, written ``"2/3"``, and never a float."""

import re
from dataclasses import dataclass
from fractions import Fraction

from confederation.errors import Invalid

_WRITTEN = re.compile(r"(0|[1-9][0-9]{0,5})(?:/([1-9][0-9]{0,5}))?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quorum:
    """How many had to take part, of whom, and how many did."""

    share: str
    base: str
    size: int
    needed: int
    cast: int

    @property
    def reached(self) -> bool:
        return self.cast >= self.needed


def read(text: str) -> Fraction:
    """Read a share as people and rulebooks write it: ``"0"``, ``"1"`` or ``"2/3"``.

    Raises:
        Invalid: it is not written like that, or it is more than the whole.
    """
    written = _WRITTEN.fullmatch(text)
    if written is None:
        raise Invalid("A share is written like 2/3, not like {text!r}.", text=text[:20])
    share = Fraction(int(written[1]), int(written[2] or 1))
    if share > 1:
        raise Invalid(
            "A share is a part of the whole; {text} is more than that.", text=text
        )
    return share


def write(share: Fraction) -> str:
    """Write a share in its lowest terms, so that ``read`` gives it back."""
    return str(share)


def least(share: Fraction, size: int, *, strict: bool) -> int:
    """Give the smallest whole number that reaches a share of ``size``.

    Args:
        share: a part of the whole, in [0, 1].
        size: the base: how many there are in all, at least 0.
        strict: whether exactly the share is not yet enough.
    """
    whole, rest = divmod(share.numerator * size, share.denominator)
    return whole + 1 if strict or rest else whole


def most(share: Fraction, size: int) -> int:
    """Give the largest whole number that is not more than a share of ``size``."""
    return share.numerator * size // share.denominator


def quorum(cast: int, *, share: Fraction, base: str, size: int) -> Quorum:
    """Measure whether enough took part. Exactly the share is enough.

    Args:
        cast: how many took part; who abstained or handed in a blank paper did.
        share: the share that must take part; 0 asks for nobody.
        base: whose share, in words: ``"present"``, ``"members"``, ``"assemblies"``.
        size: how many the base is.

    See docs/reference/counting.md, "Quorum".
    """
    if cast < 0 or size < 0:
        raise Invalid("Fewer than nobody cannot take part.")
    return Quorum(
        share=write(share),
        base=base,
        size=size,
        needed=least(share, size, strict=False),
        cast=cast,
    )
