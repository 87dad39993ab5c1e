"""Two issues look alike to a machine for reasons that it can say; people decide.

Nothing follows from looking alike. A person reads the reasons, and says *we have this
too* in their assembly's own words, or does not.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LEAST_LETTERS: Final = 4
"""Shorter words say little: those of most languages that join others together."""
FEW_LETTERS: Final = 2
"""In scripts that write a word in few signs, such as Chinese or Korean."""
_WORD: Final = re.compile(r"[^\W\d_]+")
_JOINING_WORDS: Final = """
    about after again also because been before being both cannot could does down
    each even every from have having here into just like made make many more most
    much must need only other over same should some such than that their them then
    there these they this those told very want well were what when where which while
    will with would your people assembly issue aussi avec avoir avons bien cela ceux
    chez comme dans depuis donc elle elles entre etre fait leur leurs mais meme
    notre nous parce pour quand sans sont sous tous tout toute tres vous votre aber
    alle auch beim dann dass dein denn dies diese durch eine einem einen einer haben
    kann mehr mein mich nach nicht noch oder ohne sehr sein sich sind uber unser
    unter viel wenn werden wird wurde ante como cuando desde donde ella ellos entre
    esta este esto hasta para pero porque sobre todo todos tiene
"""
"""Words that join others together, in English, French, German and Spanish."""
_JOINING: Final = frozenset(_JOINING_WORDS.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What an issue says, as far as a machine looks at it."""

    title: str
    words: str = ""
    theme: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """Why one issue looks like another: all that a person is told of it.

    ``words`` are words of the first as they are written there, which the second has in
    this form or another; ``in_title`` says whether one of them stands in both titles.
    """

    words: tuple[str, ...] = ()
    in_title: bool = False
    theme: str = ""
    place: str = ""

    @property
    def enough(self) -> bool:
        """Whether it is worth a person's time: one word in common is chance."""
        same = bool(self.theme) + bool(self.place)
        return len(self.words) >= 2 or bool(self.words and (self.in_title or same))


def folded(text: str) -> str:
    """Give a text in small letters and without the marks above or below them."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in apart if not unicodedata.combining(each))


def stems(text: str) -> dict[str, str]:
    """Give the beginnings of the words that say something, with each as written.

    A word of five letters or more loses its last, one of seven its last two, whatever
    the language: so *flats* is found by *flat*, and *logements* by *logement*.
    """
    found: dict[str, str] = {}
    for word in _WORD.findall(text):
        plain = folded(word)
        least = LEAST_LETTERS if plain.isascii() or plain[0] < "\u1100" else FEW_LETTERS
        if len(plain) >= least and plain not in _JOINING:
            found.setdefault(_stem(plain), word)
    return found


def compare(one: Wording, other: Wording) -> Reasons:
    """Say what two issues have in common, in the words of the first."""
    theirs = sorted(stems(f"{other.title} {other.words}"))
    title, titles = stems(one.title), sorted(stems(other.title))
    mine = {**stems(one.words), **title}
    return Reasons(
        words=tuple(
            sorted(
                (word for stem, word in mine.items() if _among(stem, theirs)),
                key=folded,
            )
        ),
        in_title=any(_among(stem, titles) for stem in title),
        theme=one.theme if _same(one.theme, other.theme) else "",
        place=one.place if _same(one.place, other.place) else "",
    )


def _stem(word: str) -> str:
    if len(word) >= 7:
        return word[:-2]
    return word[:-1] if len(word) >= 5 else word


def _among(stem: str, others: Sequence[str]) -> bool:
    """Whether one of these, in order, begins with a stem, or a stem with one."""
    at = bisect_left(others, stem)
    if at < len(others) and others[at].startswith(stem):
        return True
    beginnings = (stem[:length] for length in range(LEAST_LETTERS, len(stem)))
    return any(
        (at := bisect_left(others, each)) < len(others) and others[at] == each
        for each in beginnings
    )


def _same(one: str, other: str) -> bool:
    return bool(one.strip()) and folded(one).split() == folded(other).split()
