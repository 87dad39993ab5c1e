"""What people did is celebrated, however small, and nobody is ranked by it.

A deed is told by whoever did it, as widely as they like. Thanks to somebody stay among
the members until that person says that others may read them too.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from confederation.errors import Invalid, NotEntitled, TooEarly
from confederation.identifiers import ActionId, Commit, MemberId, ThanksId
from confederation.session import Told

# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareDeed:
    """Tell of something that one did. ``named`` lets everybody read one's name."""

    thanks: ThanksId
    what: Commit
    action: ActionId | None = None
    told: Told = "members"
    named: bool = False
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveThanks:
    """Thank somebody, or everybody who had a hand in it where ``to`` is None.

    ``told`` is whom it may reach; for everyone it waits until ``to`` agrees.
    """

    thanks: ThanksId
    words: Commit
    to: MemberId | None = None
    action: ActionId | None = None
    told: Told = "members"
    named: bool = False
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreeToThanks:
    """Let everybody read that one was thanked, with one's name or without."""

    named: bool = False
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackThanks:
    """Take it back: whoever wrote it, and whom it is about."""

    by: MemberId
    at: datetime


Command = ShareDeed | GiveThanks | AgreeToThanks | TakeBackThanks


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class DeedShared:
    thanks: ThanksId
    what: Commit
    action: ActionId | None
    told: Told
    named: bool
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ThanksGiven:
    thanks: ThanksId
    words: Commit
    to: MemberId | None
    action: ActionId | None
    told: Told
    named: bool
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ThanksAgreed:
    thanks: ThanksId
    named: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ThanksTakenBack:
    thanks: ThanksId
    at: datetime


Event = DeedShared | ThanksGiven | ThanksAgreed | ThanksTakenBack


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A deed, or thanks. ``agreed`` is the consent of whoever was thanked."""

    shared: DeedShared | ThanksGiven | None = None
    agreed: ThanksAgreed | None = None
    taken_back_at: datetime | None = None

    @property
    def to(self) -> MemberId | None:
        """Who is thanked, if one person is."""
        return self.shared.to if isinstance(self.shared, ThanksGiven) else None

    @property
    def awaits(self) -> MemberId | None:
        """Whose consent it waits for before everybody may read it."""
        if self.shared is None or self.shared.told != "everyone":
            return None
        if self.taken_back_at is not None or self.agreed is not None:
            return None
        return self.to

    @property
    def stands(self) -> bool:
        return self.shared is not None and self.taken_back_at is None

    @property
    def public(self) -> bool:
        """Whether everybody may read it."""
        return (
            self.shared is not None
            and self.stands
            and self.shared.told == "everyone"
            and (self.to is None or self.agreed is not None)
        )


NOTHING = State()


def decide(thanks: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes. A redelivered one changes nothing.

    Raises:
        Invalid: somebody thanks themselves.
        NotEntitled: it is for somebody else to agree, or to take it back.
        TooEarly: nobody has shared this.
    """
    match command:
        case ShareDeed():
            if thanks.shared is not None:
                return ()
            return (
                DeedShared(
                    thanks=command.thanks,
                    what=command.what,
                    action=command.action,
                    told=command.told,
                    named=command.named,
                    by=command.by,
                    at=command.at,
                ),
            )
        case GiveThanks():
            if thanks.shared is not None:
                return ()
            if command.to == command.by:
                raise Invalid(
                    "Thanks go to somebody else. What you did yourself you can tell "
                    "as a deed."
                )
            return (
                ThanksGiven(
                    thanks=command.thanks,
                    words=command.words,
                    to=command.to,
                    action=command.action,
                    told=command.told,
                    named=command.named,
                    by=command.by,
                    at=command.at,
                ),
            )
        case AgreeToThanks(named=named, by=by, at=at):
            shared = _shared(thanks)
            if thanks.to != by:
                raise NotEntitled("Whoever was thanked says who may read it.")
            if thanks.awaits != by:
                return ()
            return (ThanksAgreed(thanks=shared.thanks, named=named, at=at),)
        case TakeBackThanks(by=by, at=at):
            shared = _shared(thanks)
            if by not in (shared.by, thanks.to):
                raise NotEntitled(
                    "Whoever wrote this takes it back, or whoever it is about."
                )
            if thanks.taken_back_at is not None:
                return ()
            return (ThanksTakenBack(thanks=shared.thanks, at=at),)


def evolve(thanks: State, event: Event) -> State:
    """Give a deed or thanks as they are after an event."""
    match event:
        case DeedShared() | ThanksGiven():
            return replace(thanks, shared=event)
        case ThanksAgreed():
            return replace(thanks, agreed=event)
        case ThanksTakenBack(at=at):
            return replace(thanks, taken_back_at=at)


def _shared(thanks: State) -> DeedShared | ThanksGiven:
    if thanks.shared is None:
        raise TooEarly("Nobody has shared this.")
    return thanks.shared
