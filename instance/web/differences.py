"""Two texts side by side: which words are gone, which are new, and which are kept."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Final, Literal

How = Literal["kept", "new", "gone"]

_WORD: Final = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some words in a row that are kept, new or gone."""

    how: How
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A clause beside the one before it, word by word where only words changed."""

    how: How | Literal["changed"]
    parts: tuple[Part, ...]


def of_clauses(before: tuple[str, ...], after: tuple[str, ...]) -> tuple[Change, ...]:
    """Compare two texts clause by clause, and changed clauses word by word."""
    return tuple(_clauses(before, after))


def of_words(before: str, after: str) -> tuple[Part, ...]:
    """Compare two clauses word by word."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    parts: list[Part] = []
    for how, i, j, k, m in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if how == "equal":
            parts.append(Part(how="kept", text="".join(new[k:m])))
            continue
        if j > i:
            parts.append(Part(how="gone", text="".join(old[i:j])))
        if m > k:
            parts.append(Part(how="new", text="".join(new[k:m])))
    return tuple(parts)


def _clauses(before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[Change]:
    for how, i, j, k, m in SequenceMatcher(None, before, after).get_opcodes():
        if how == "equal":
            for each in after[k:m]:
                yield Change(how="kept", parts=(Part(how="kept", text=each),))
            continue
        for old, new in zip_longest(before[i:j], after[k:m]):
            if new is None:
                yield Change(how="gone", parts=(Part(how="gone", text=old),))
            elif old is None:
                yield Change(how="new", parts=(Part(how="new", text=new),))
            else:
                yield Change(how="changed", parts=of_words(old, new))
