"""A story says who the people are and what they say; what happens is not up to it.

The fields of these values are the fields of the file: docs/reference/story.md.
"""

import csv
import dataclasses
import io
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What one person said at their door: a slip as every node reads it.

    ``consent`` says whether their name, number and address may be kept at all.
    """

    what: str
    consent: bool
    why: str = ""
    who: str = ""
    phone: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """The note-taker's own words, and by which ``words`` they look for its slips."""

    theme: str
    title: str
    what: str
    why: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """An objection to the draft, how the round judged it, and the text that answers."""

    reason: str
    valid: int
    not_valid: int
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    title: str
    clauses: tuple[str, ...]
    objection: Objection


@dataclass(frozen=True, slots=True, kw_only=True)
class Compact:
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """Somebody on another server, and what they reply to the issue."""

    name: str
    reply: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many said what; the fields carry the names of the options."""

    for_: int
    against: int
    abstain: int

    @property
    def total(self) -> int:
        return self.for_ + self.against + self.abstain


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    consent: int
    stand_aside: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """Why the delegate is to be recalled, and what they answer."""

    reason: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stance:
    id: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """So many papers, and so many votes online, in this order of the stances' ids."""

    order: tuple[str, ...]
    papers: int
    online: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    papers: Count
    online: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """An assembly. The first of ``people`` sets the node up; two tellers come next,
    then the delegate and the alternate. ``room`` is how many more are in the room.
    """

    name: str
    slug: str
    place: str
    people: tuple[str, ...]
    room: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class First(Community):
    """Raises the issue, and decides by consent, on paper."""

    papers: Consent


@dataclass(frozen=True, slots=True, kw_only=True)
class Second(Community):
    """Decides by two thirds with a quorum, by a show of hands."""

    account: str
    account_why: str
    hands: Count
    recall: Recall


@dataclass(frozen=True, slots=True, kw_only=True)
class Third(Community):
    """Ranks three stances, the last of which is to leave things as they are, and then
    votes in secret, on paper and online.
    """

    account: str
    account_why: str
    stances: tuple[Stance, ...]
    rankings: tuple[Ranking, ...]
    vote: Vote


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that the demonstration needs to know."""

    title: str
    issue: Issue
    slip: tuple[Slip, ...]
    compact: Compact
    motion: Motion
    follower: Follower
    first: First
    second: Second
    third: Third

    @property
    def communities(self) -> tuple[First, Second, Third]:
        return self.first, self.second, self.third

    @property
    def private(self) -> tuple[str, ...]:
        """What must stay where it is: who and where the people of the slips are, and
        who the members of the first assembly are.
        """
        slips = (
            text
            for slip in self.slip
            for text in (slip.who, slip.phone, slip.address)
            if text
        )
        return tuple(dict.fromkeys((*slips, *self.first.people)))

    def slips_file(self) -> bytes:
        """Write the slips as the file that is handed to the node: CSV."""
        file = io.StringIO(newline="")
        rows = csv.writer(file)
        names = [field.name for field in dataclasses.fields(Slip)]
        rows.writerow(names)
        for slip in self.slip:
            values = (getattr(slip, name) for name in names)
            rows.writerow(
                ("no", "yes")[value] if isinstance(value, bool) else value
                for value in values
            )
        return file.getvalue().encode()


def stands_in(text: str, within: str) -> bool:
    """Whether a text stands in another as whole words."""
    return re.search(rf"(?<!\w){re.escape(text)}(?!\w)", within) is not None
