"""An amount is written exactly, so that everyone who reads it has the same number."""

import re
from fractions import Fraction

from confederation.errors import Invalid

# Fraction itself also reads "1e999999999", and would then compute for a very long time.
_WRITTEN = re.compile(
    r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,9}|/[1-9][0-9]{0,14})?", re.ASCII
)


def read(text: str) -> Fraction:
    """Read an amount: a decimal such as ``12000.50`` or a fraction such as ``1/3``.

    Raises:
        Invalid: it is written in another way, or longer than any sum people decide on.
    """
    if _WRITTEN.fullmatch(text) is None:
        raise Invalid(
            "An amount is written like 12000.50 or 1/3, not {text!r}.", text=text[:20]
        )
    return Fraction(text)
