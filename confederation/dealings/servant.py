"""A public servant answers for their body by an account of their own, and never votes.

The assembly lets them in by a decision, until a day, and ends it when it likes. They
are no member: whatever is for members, for cards or for officers is not for them.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from confederation.errors import Invalid, TooEarly
from confederation.identifiers import AuthorityId, Digest, MemberId, ServantId

# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class WelcomeServant:
    """Let a public servant in, as the assembly decided, until a day."""

    servant: ServantId
    authority: AuthorityId
    decision: Digest
    until: datetime
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndAccount:
    """End a public servant's account before its day."""

    by: MemberId
    at: datetime


Command = WelcomeServant | EndAccount


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class ServantWelcomed:
    servant: ServantId
    authority: AuthorityId
    decision: Digest
    until: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountEnded:
    servant: ServantId
    at: datetime


Event = ServantWelcomed | AccountEnded


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A public servant's account. Their name stands in no event."""

    welcomed: ServantWelcomed | None = None
    ended_at: datetime | None = None

    def in_force(self, at: datetime) -> bool:
        """Whether the account opens anything at an instant."""
        return (
            self.welcomed is not None
            and self.ended_at is None
            and at < self.welcomed.until
        )

    def speaks_for(self, authority: str | None, at: datetime) -> bool:
        """Whether the account answers for a public body at an instant."""
        assert self.welcomed is not None
        return self.in_force(at) and self.welcomed.authority == authority


NOTHING = State()


def decide(servant: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes. A redelivered one changes nothing.

    Raises:
        Invalid: the account would end before it begins.
        TooEarly: there is no such account.
    """
    match command:
        case WelcomeServant():
            if servant.welcomed is not None:
                return ()
            if command.until <= command.at:
                raise Invalid("An account lasts until some day to come.")
            return (
                ServantWelcomed(
                    servant=command.servant,
                    authority=command.authority,
                    decision=command.decision,
                    until=command.until,
                    at=command.at,
                ),
            )
        case EndAccount(at=at):
            if servant.welcomed is None:
                raise TooEarly("There is no such account here.")
            if servant.ended_at is not None:
                return ()
            return (AccountEnded(servant=servant.welcomed.servant, at=at),)


def evolve(servant: State, event: Event) -> State:
    """Give an account as it is after an event."""
    match event:
        case ServantWelcomed():
            return replace(servant, welcomed=event)
        case AccountEnded(at=at):
            return replace(servant, ended_at=at)
