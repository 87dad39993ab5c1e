"""What people feel is held in memory until the check-out, and in nothing else.

No file, log, backup or replayed event ever holds it. If the machine restarts it is
gone, and the page says so.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from confederation.errors import ByNumber, Invalid, TooLate
from confederation.meeting.circle import When

Colour = Literal["red", "orange", "yellow", "green", "blue", "violet", "grey"]
COLOURS: Final[tuple[Colour, ...]] = (
    *("red", "orange", "yellow"),
    *("green", "blue", "violet", "grey"),
)
MOST_IN_A_WORD: Final = 40
MOST_SHARED: Final = 2_000


@dataclass(slots=True)
class Shared:
    """What was shared in one meeting: words and colours, and nobody's name."""

    words: dict[When, Counter[str]] = field(
        default_factory=lambda: {"check-in": Counter(), "check-out": Counter()}
    )
    colours: dict[When, Counter[Colour]] = field(
        default_factory=lambda: {"check-in": Counter(), "check-out": Counter()}
    )


class Feelings:
    """The feelings of the meetings that are held now, in this process only.

    ``since`` is when this process began: whatever was shared before is gone.
    """

    def __init__(self, since: datetime) -> None:
        self.since = since
        self._meetings: dict[str, Shared] = {}

    def share(
        self, session: str, when: When, *, word: str = "", colour: Colour | None = None
    ) -> None:
        """Add a word, a colour or both to what a room feels.

        Raises:
            Invalid: neither was given, or the word is too long.
            TooLate: more was shared than a room can.
        """
        said = " ".join(word.split()).lower()
        if not said and colour is None:
            raise Invalid("Please choose a colour, or write a word.")
        if len(said) > MOST_IN_A_WORD:
            raise Invalid(
                ByNumber(
                    "A word has at most {most} letter here.",
                    "A word has at most {most} letters here.",
                ),
                most=MOST_IN_A_WORD,
            )
        shared = self._meetings.setdefault(session, Shared())
        if shared.words[when].total() + shared.colours[when].total() >= MOST_SHARED:
            raise TooLate("So many have shared already that no more can be shown.")
        if said:
            shared.words[when][said] += 1
        if colour is not None:
            shared.colours[when][colour] += 1

    def words(self, session: str, when: When) -> Mapping[str, int]:
        """Return the words of a round, those that most share first."""
        found = self._meetings.get(session)
        return dict(found.words[when].most_common()) if found is not None else {}

    def colours(self, session: str, when: When) -> Mapping[Colour, int]:
        """Return the colours of a round in the order of the rainbow."""
        found = self._meetings.get(session)
        if found is None:
            return {}
        return {each: n for each in COLOURS if (n := found.colours[when][each])}

    def any(self, session: str) -> bool:
        """Say whether anything was shared in a meeting since this process began."""
        return session in self._meetings

    def let_go(self, session: str) -> None:
        """Forget all of it; the check-out is over. It may be called twice."""
        self._meetings.pop(session, None)
