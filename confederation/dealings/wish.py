"""Nobody is introduced who did not ask for it, and a no needs no reason.

An assembly, or a member who stays unnamed, says that they would like to meet others
about something. Whoever is introduced learns who the other is once both said yes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from confederation.errors import Invalid, NotEntitled, Refused, TooEarly, TooLate
from confederation.identifiers import (
    ActorId,
    Commit,
    IntroductionId,
    MemberId,
    WishId,
)

Whose = Literal["assembly", "member"]
Status = Literal["asked", "said yes", "met", "declined", "not now"]

OPEN_FOR: Final = timedelta(days=28)
"""How long both sides have to say yes; after that it has come to nothing."""
MOST_OPEN: Final = 5
"""How many introductions wait for an answer at one time."""
AGAIN_AFTER: Final = timedelta(days=7)
"""How long after one introduction the same introducer may offer another."""
MOST_WORDS: Final = 3
"""How many first words are kept until it is known whose are meant."""

# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeWish:
    """Say that one would like to meet others; ``whose`` is in whose name.

    ``place`` is None where it does not matter.
    """

    wish: WishId
    whose: Whose
    about: Commit
    place: Commit | None = None
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawWish:
    """Take it back: what waits is declined, and the words are forgotten."""

    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeIntroduction:
    """Take in that somebody who knows both offers to introduce another.

    ``address`` is what the introducer calls it, ``activity`` what is answered, and
    ``inbox`` where the answer goes.
    """

    introduction: IntroductionId
    address: str
    activity: str
    introducer: ActorId
    inbox: str
    words: Commit
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreeToMeet:
    """Agree to be introduced. ``words`` go to the other side once it agrees as well."""

    introduction: IntroductionId
    words: Commit
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineToMeet:
    """Decline, without a reason; also after a yes, until the other side has agreed."""

    introduction: IntroductionId
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HearMatch:
    """Hear from the introducer that both agreed, and who the other is."""

    introduction: IntroductionId
    introducer: ActorId
    other: ActorId
    inbox: str
    wish: str
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HearWords:
    """Hear what somebody writes to be met; it may come before the introducer's word."""

    introduction: IntroductionId
    actor: ActorId
    words: Commit
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HearEnd:
    """Hear from the introducer that it comes to nothing."""

    introduction: IntroductionId
    introducer: ActorId
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetWords:
    """Forget what somebody wrote, who took it back."""

    introduction: IntroductionId
    actor: ActorId
    by: MemberId | None
    at: datetime


Command = (
    MakeWish
    | WithdrawWish
    | TakeIntroduction
    | AgreeToMeet
    | DeclineToMeet
    | HearMatch
    | HearWords
    | HearEnd
    | ForgetWords
)


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class WishMade:
    wish: WishId
    whose: Whose
    about: Commit
    place: Commit | None
    by: MemberId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WishWithdrawn:
    wish: WishId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IntroductionTaken:
    introduction: IntroductionId
    address: str
    activity: str
    introducer: ActorId
    inbox: str
    words: Commit
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IntroductionAccepted:
    introduction: IntroductionId
    words: Commit
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IntroductionDeclined:
    introduction: IntroductionId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SidesMet:
    introduction: IntroductionId
    other: ActorId
    inbox: str
    wish: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsCame:
    introduction: IntroductionId
    actor: ActorId
    words: Commit
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsTakenBack:
    introduction: IntroductionId
    actor: ActorId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IntroductionEnded:
    introduction: IntroductionId
    at: datetime


Event = (
    WishMade
    | WishWithdrawn
    | IntroductionTaken
    | IntroductionAccepted
    | IntroductionDeclined
    | SidesMet
    | WordsCame
    | WordsTakenBack
    | IntroductionEnded
)


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduced:
    """An introduction on the side of whoever is introduced.

    ``said`` is what they wrote with their yes, and ``came`` what was written to them,
    by who wrote it; it is for nobody's eyes before ``met`` names that actor.
    """

    taken: IntroductionTaken
    said: Commit | None = None
    met: SidesMet | None = None
    came: Mapping[ActorId, Commit] = field(default_factory=dict)
    declined: bool = False
    ended: bool = False

    def status(self, at: datetime) -> Status:
        """Say how it stands at an instant."""
        if self.met is not None:
            return "met"
        if self.declined:
            return "declined"
        if self.ended or at >= self.taken.at + OPEN_FOR:
            return "not now"
        return "asked" if self.said is None else "said yes"

    @property
    def first_words(self) -> Commit | None:
        """What the other side wrote; None until both agreed and it is here."""
        return None if self.met is None else self.came.get(self.met.other)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What somebody would like to be met about, and who offered to introduce them."""

    made: WishMade | None = None
    withdrawn_at: datetime | None = None
    introductions: Mapping[IntroductionId, Introduced] = field(default_factory=dict)

    @property
    def stands(self) -> bool:
        return self.made is not None and self.withdrawn_at is None

    def open(self, at: datetime) -> tuple[Introduced, ...]:
        """Return the introductions that wait at an instant, for either side."""
        return tuple(
            each
            for each in self.introductions.values()
            if each.status(at) in ("asked", "said yes")
        )


NOTHING = State()


def decide(wish: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes. A redelivered one changes nothing.

    Raises:
        NotEntitled: it is another's wish, or comes from another than introduces.
        Refused: too many introductions wait, or one came only just now.
        TooEarly: nobody wants to be met, or no such introduction was offered.
        TooLate: it was taken back, or has come to an end.
    """
    match command:
        case MakeWish(wish=id, whose=whose, about=about, place=place, by=by, at=at):
            if wish.made is not None:
                return ()
            return (
                WishMade(wish=id, whose=whose, about=about, place=place, by=by, at=at),
            )
        case WithdrawWish(by=by, at=at):
            made = _of(wish, by)
            return (WishWithdrawn(wish=made.wish, at=at),) if wish.stands else ()
        case TakeIntroduction():
            return _take(wish, command)
        case AgreeToMeet():
            return _say_yes(wish, command)
        case DeclineToMeet(introduction=introduction, by=by, at=at):
            _of(wish, by)
            found = _found(wish, introduction)
            if found.declined:
                return ()
            if found.met is not None:
                raise TooLate("You have been introduced to each other already.")
            return (IntroductionDeclined(introduction=introduction, at=at),)
        case HearMatch():
            return _hear_match(wish, command)
        case HearWords():
            return _hear_words(wish, command)
        case HearEnd(introduction=introduction, introducer=introducer, at=at):
            found = _introduced_by(wish, introduction, introducer)
            if found.ended or found.met is not None:
                return ()
            return (IntroductionEnded(introduction=introduction, at=at),)
        case ForgetWords(introduction=introduction, actor=actor, at=at):
            if actor not in _found(wish, introduction).came:
                return ()
            return (WordsTakenBack(introduction=introduction, actor=actor, at=at),)


def evolve(wish: State, event: Event) -> State:
    """Give a wish as it is after an event."""
    match event:
        case WishMade():
            return replace(wish, made=event)
        case WishWithdrawn(at=at):
            return replace(wish, withdrawn_at=at)
        case IntroductionTaken(introduction=id):
            return _with(wish, id, Introduced(taken=event))
        case IntroductionAccepted(introduction=id, words=words):
            return _with(wish, id, replace(wish.introductions[id], said=words))
        case IntroductionDeclined(introduction=id):
            return _with(wish, id, replace(wish.introductions[id], declined=True))
        case SidesMet(introduction=id):
            return _with(wish, id, replace(wish.introductions[id], met=event))
        case WordsCame(introduction=id, actor=actor, words=words):
            found = wish.introductions[id]
            return _with(wish, id, replace(found, came={**found.came, actor: words}))
        case WordsTakenBack(introduction=id, actor=actor):
            found = wish.introductions[id]
            kept = {who: each for who, each in found.came.items() if who != actor}
            return _with(wish, id, replace(found, came=kept))
        case IntroductionEnded(introduction=id):
            return _with(wish, id, replace(wish.introductions[id], ended=True))


def _take(wish: State, command: TakeIntroduction) -> tuple[Event, ...]:
    _standing(wish)
    if command.introduction in wish.introductions:
        return ()
    if len(wish.open(command.at)) >= MOST_OPEN:
        raise Refused("Enough introductions wait for an answer.")
    if any(
        each.taken.introducer == command.introducer
        and command.at < each.taken.at + AGAIN_AFTER
        for each in wish.introductions.values()
    ):
        raise Refused("This introducer has offered one only just now.")
    return (
        IntroductionTaken(
            introduction=command.introduction,
            address=command.address,
            activity=command.activity,
            introducer=command.introducer,
            inbox=command.inbox,
            words=command.words,
            at=command.at,
        ),
    )


def _say_yes(wish: State, command: AgreeToMeet) -> tuple[Event, ...]:
    _of(wish, command.by)
    _standing(wish)
    status = _found(wish, command.introduction).status(command.at)
    if status in ("said yes", "met"):
        return ()
    if status != "asked":
        raise TooLate("This introduction has come to nothing.")
    return (
        IntroductionAccepted(
            introduction=command.introduction, words=command.words, at=command.at
        ),
    )


def _hear_match(wish: State, command: HearMatch) -> tuple[Event, ...]:
    found = _introduced_by(wish, command.introduction, command.introducer)
    if found.met is not None:
        return ()
    # Whoever introduces cannot bring out what nobody here agreed to.
    if found.said is None or found.declined or not wish.stands:
        raise NotEntitled("Nobody here agreed to this introduction.")
    return (
        SidesMet(
            introduction=command.introduction,
            other=command.other,
            inbox=command.inbox,
            wish=command.wish,
            at=command.at,
        ),
    )


def _hear_words(wish: State, command: HearWords) -> tuple[Event, ...]:
    found = _found(wish, command.introduction)
    if found.met is not None and found.met.other != command.actor:
        raise NotEntitled("You were not introduced to whoever writes this.")
    if found.said is None or found.declined or not wish.stands:
        raise NotEntitled("Nobody here agreed to this introduction.")
    if command.actor in found.came:
        return ()
    if len(found.came) >= MOST_WORDS:
        raise Invalid("Others wrote first.")
    return (
        WordsCame(
            introduction=command.introduction,
            actor=command.actor,
            words=command.words,
            at=command.at,
        ),
    )


def _introduced_by(
    wish: State, introduction: IntroductionId, introducer: ActorId
) -> Introduced:
    found = _found(wish, introduction)
    if found.taken.introducer != introducer:
        raise NotEntitled("Somebody else offered this introduction.")
    return found


def _found(wish: State, introduction: IntroductionId) -> Introduced:
    if introduction not in wish.introductions:
        raise TooEarly("Nobody has offered this introduction.")
    return wish.introductions[introduction]


def _standing(wish: State) -> WishMade:
    if wish.made is None:
        raise TooEarly("Nobody here has asked to be met.")
    if not wish.stands:
        raise TooLate("Whoever asked to be met has taken it back.")
    return wish.made


def _of(wish: State, member: MemberId) -> WishMade:
    """Make sure that a member's own wish is theirs; an assembly's is the clerk's."""
    if wish.made is None:
        raise TooEarly("Nobody here has asked to be met.")
    if wish.made.whose == "member" and wish.made.by != member:
        raise NotEntitled("This is for whoever asked to be met.")
    return wish.made


def _with(wish: State, id: IntroductionId, found: Introduced) -> State:
    return replace(wish, introductions={**wish.introductions, id: found})
