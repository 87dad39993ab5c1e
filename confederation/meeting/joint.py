"""Two assemblies meet together, and each decides for itself.

Each calls the meeting at its own node, with its own door and its own questions. What is
kept here is with whom, and who is host: one of them, or nobody on neutral ground.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from confederation.errors import ByNumber, Invalid
from confederation.identifiers import AssemblyId, Commit, MemberId, SessionId

MOST_TOGETHER = 6


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldTogether:
    """Hold a meeting together with other assemblies; with none, by ourselves again.

    Args:
        us: our own assembly.
        others: those whom we meet.
        host: one of all these; None where it is nobody's house.
        beside: who facilitates beside ours and from where, in words; they have a card
            here and no office.
        follows: the address at which another of them called it first.
    """

    session: SessionId
    us: AssemblyId
    others: tuple[AssemblyId, ...]
    host: AssemblyId | None
    beside: Commit | None = None
    follows: str | None = None
    by: MemberId
    at: datetime


Command = HoldTogether


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldTogether:
    session: SessionId
    others: tuple[AssemblyId, ...]
    host: AssemblyId | None
    beside: Commit | None
    follows: str | None
    at: datetime


Event = HeldTogether


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """With whom a meeting is held, as it was said last."""

    held: HeldTogether | None = None

    @property
    def others(self) -> tuple[AssemblyId, ...]:
        return () if self.held is None else self.held.others


NOTHING = State()


def decide(joint: State, command: Command) -> tuple[Event, ...]:
    """Decide with whom a meeting is held. The same said twice changes nothing.

    Raises:
        Invalid: it is with ourselves, with too many, or the host is none of them.
    """
    others, host = command.others, command.host
    if command.us in others or len(set(others)) < len(others):
        raise Invalid("A meeting is held together with others, each named once.")
    if len(others) >= MOST_TOGETHER:
        raise Invalid(
            ByNumber(
                "At most {most} assembly meets at once.",
                "At most {most} assemblies meet at once.",
            ),
            most=MOST_TOGETHER,
        )
    if host is not None and (not others or host not in (command.us, *others)):
        raise Invalid("The host is one of those who meet, or it is neutral ground.")
    event = HeldTogether(
        session=command.session,
        others=tuple(sorted(others)),
        host=host,
        beside=command.beside if others else None,
        follows=command.follows or (joint.held.follows if joint.held else None),
        at=command.at,
    )
    if joint.held is None and not others:
        return ()
    if joint.held is not None and replace(joint.held, at=command.at) == event:
        return ()
    return (event,)


def evolve(joint: State, event: Event) -> State:
    """Give what is known of a meeting's company after an event."""
    return replace(joint, held=event)
