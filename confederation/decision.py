"""What a ballot decided is carried out as it was decided, or not at all."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from confederation.errors import NotEntitled, Refused
from confederation.identifiers import BallotId, Commit, Digest, OptionId

Outcome = Literal["passed", "rejected", "no quorum"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What one closed ballot says, as those who carry it out need to know it.

    ``ballot.decided`` makes these; nothing else should.
    """

    ballot: BallotId
    outcome: Outcome
    text: Commit
    opened_at: datetime
    subject: Digest | None = None
    person: bool = False
    chosen: OptionId | None = None


def carries(
    decided: Decided | None,
    *,
    text: Commit | None = None,
    subject: Digest | None = None,
    person: bool = False,
) -> BallotId:
    """Give the ballot that carries an act on this text or subject.

    Args:
        text: the text that must have been decided on; None where a subject says it.
        subject: the entry or document that must have been decided on.
        person: whether this is about a person, and so needs a vote on a person.

    Raises:
        NotEntitled: there is no decision, it is about something else, or it did not
            pass.
    """
    if decided is None:
        raise NotEntitled("This needs a decision of the assembly.")
    if text is not None and decided.text != text:
        raise NotEntitled("The assembly decided on another text.")
    if subject is not None and decided.subject != subject:
        raise NotEntitled("The assembly decided on something else.")
    if person and not decided.person:
        raise NotEntitled(
            "This is about a person, and the ballot was not held as such."
        )
    if decided.outcome == "no quorum":
        raise NotEntitled("Too few took part, so nothing was decided.")
    if decided.outcome != "passed":
        raise Refused("The assembly decided against this.")
    return decided.ballot
