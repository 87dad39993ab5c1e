"""Answers to our polls are sentiment: they are counted here and in no ballot.

See federation.md S44 and S45.
"""

from collections.abc import Sequence

from activitypub import canonical
from activitypub.errors import NotAuthentic
from activitypub.reading import Vote
from instance.desk import Desk
from instance.reception.effect import Effect
from instance.store import attendance, polls


def answer(desk: Desk, actor: str, answers: Sequence[Vote]) -> Effect:
    """Count answers to polls of ours, as far as they count.

    Raises:
        NotAuthentic: somebody answers in another's name; then none of them counts.
    """
    if any(vote.author != actor for vote in answers):
        raise NotAuthentic("An answer to a poll counts for whoever sends it alone.")
    counted = sum(_count(desk, vote) for vote in answers)
    return Effect(f"{counted} of {len(answers)} answers to a poll counted")


def _count(desk: Desk, vote: Vote) -> bool:
    option = polls.option(desk.connection, vote.poll, name=vote.option)
    if option is None:
        return False
    counts = polls.vote(
        desk.connection,
        poll=vote.poll,
        actor=vote.author,
        option=option,
        vote=vote.id,
        at=desk.seconds,
    )
    event = polls.event_of(desk.connection, vote.poll) if counts else None
    if event is not None:
        attendance.keep(
            desk.connection,
            event=event,
            actor=vote.author,
            says=attendance.IN_A_POLL[option],
            activity=vote.id,
            at=canonical.write_time(desk.now),
        )
    return counts
