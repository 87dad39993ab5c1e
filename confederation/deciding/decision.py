"""What a ballot decided is carried out as it was decided, or not at all."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from confederation.errors import NotEntitled, Refused
from confederation.identifiers import (
    BallotId,
    Commit,
    Digest,
    OptionId,
    SubAssemblyId,
)

Outcome = Literal["passed", "rejected", "no quorum", "advice"]
"""*advice* is what a method says that decides nothing: dots, or a sense check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What one closed ballot says, as those who carry it out need to know it.

    ``ballot.decided`` makes these; nothing else should. ``sub_assembly`` is the one
    that decided it under its remit; None where the whole assembly did.
    """

    ballot: BallotId
    outcome: Outcome
    text: Commit
    opened_at: datetime
    subject: Digest | None = None
    person: bool = False
    chosen: OptionId | None = None
    elected: tuple[OptionId, ...] = ()
    sub_assembly: SubAssemblyId | None = None

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"


def about(
    decided: Decided | None,
    *,
    text: Commit | None = None,
    subject: Digest | None = None,
    person: bool = False,
    sub_assembly: SubAssemblyId | None = None,
) -> Decided:
    """Give the decision if it is about this, whatever it says.

    Args:
        text: the text that must have been decided on; None where a subject says it.
        subject: the entry or document that must have been decided on.
        person: whether this is about a person, and so needs a vote on a person.
        sub_assembly: the one that may decide this; None for the whole assembly alone.

    Raises:
        NotEntitled: there is no decision, or it is about something else, or others
            decided it.
    """
    if decided is None:
        raise NotEntitled("This needs a decision of the assembly.")
    if decided.sub_assembly not in (None, sub_assembly):
        raise NotEntitled(
            "A sub-assembly decided this, within its remit. It needs a decision of the "
            "whole assembly."
        )
    if text is not None and decided.text != text:
        raise NotEntitled("The assembly decided on another text.")
    if subject is not None and decided.subject != subject:
        raise NotEntitled("The assembly decided on something else.")
    if person and not decided.person:
        raise NotEntitled(
            "This is about a person, and the ballot was not held as such."
        )
    return decided


def carries(
    decided: Decided | None,
    *,
    text: Commit | None = None,
    subject: Digest | None = None,
    person: bool = False,
) -> BallotId:
    """Give the ballot that carries an act: it is about this, and it passed.

    Raises:
        NotEntitled: there is no such decision, or too few took part in it.
        Refused: the assembly decided against it.
    """
    said = about(decided, text=text, subject=subject, person=person)
    if said.outcome == "no quorum":
        raise NotEntitled("Too few took part, so nothing was decided.")
    if said.outcome == "advice":
        raise NotEntitled("This was a sense of the room, and decided nothing.")
    if not said.passed:
        raise Refused("The assembly decided against this.")
    return said.ballot
