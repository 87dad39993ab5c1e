"""One card at the door is one person, and has one ballot in whatever way it votes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from confederation.errors import Invalid
from confederation.identifiers import CardNumber

HIGHEST: Final = 9_999
"""The highest number that a card can have."""

MOST_BY_ONE: Final = 10
"""How many cards at a time one person may add to, or take from, an agreed number."""

_DASHES: Final = str.maketrans("‐‑‒–—−", "------")
_PART: Final = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The cards from ``first`` to ``last``, both included."""

    first: CardNumber
    last: CardNumber


def read(text: str) -> tuple[Span, ...]:
    """Read cards as a doorkeeper writes them: ``1–151``, or ``7, 12 20 - 25``.

    Raises:
        Invalid: it names no card, one that cannot be, or a span that runs backwards.
    """
    joined = re.sub(r"\s*-\s*", "-", text.translate(_DASHES))
    spans = [_read_part(part) for part in re.split(r"[,;،؛\s]+", joined) if part]
    if not spans:
        raise Invalid("Which cards? Write a number such as 57, or a range: 1–20.")
    return tuple(spans)


def cards(spans: Iterable[Span]) -> frozenset[CardNumber]:
    """Return the cards in these spans, each once."""
    return frozenset(
        CardNumber(number)
        for span in spans
        for number in range(span.first, span.last + 1)
    )


def spans(numbers: Iterable[CardNumber]) -> tuple[Span, ...]:
    """Put cards together in as few spans as hold them, in their order."""
    found: list[Span] = []
    for number in sorted(set(numbers)):
        if found and found[-1].last + 1 == number:
            found[-1] = Span(first=found[-1].first, last=number)
        else:
            found.append(Span(first=number, last=number))
    return tuple(found)


def write(numbers: Iterable[CardNumber]) -> str:
    """Write cards for people: ``1–151, 160``; nothing for none."""
    return ", ".join(
        str(span.first) if span.first == span.last else f"{span.first}–{span.last}"
        for span in spans(numbers)
    )


def _read_part(part: str) -> Span:
    found = _PART.fullmatch(part)
    if found is None:
        raise Invalid(
            "“{part}” is not a card. Write numbers and ranges with commas "
            "between them, such as 1–20, 25.",
            part=part[:40],
        )
    first = int(found[1])
    last = first if found[2] is None else int(found[2])
    if not 1 <= first <= HIGHEST or not 1 <= last <= HIGHEST:
        raise Invalid("Cards are numbered from 1 to {most}.", most=HIGHEST)
    if last < first:
        raise Invalid(
            "{first}–{last} runs backwards: the lower number is first.",
            first=first,
            last=last,
        )
    return Span(first=CardNumber(first), last=CardNumber(last))
