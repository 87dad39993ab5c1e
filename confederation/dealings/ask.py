"""An ask puts what was decided to somebody outside, and waits for an answer in public.

Nobody owes an answer by it, and silence is told as silence. Whoever holds the link that
was sent can answer, without an account; a link that was replaced, taken back or has run
out opens nothing. They can give facts and offer staff time as well, and have no vote.
How it went is for the assembly to judge, by a decision of its own.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from confederation.errors import (
    ByNumber,
    Invalid,
    Phrase,
    Refused,
    TooEarly,
    TooLate,
    Unknown,
)
from confederation.identifiers import (
    AnswerId,
    AskId,
    Commit,
    Digest,
    MemberId,
    ServantId,
)

Way = Literal["e-mail", "letter", "by hand"]
Kind = Literal["received", "holding", "full", "partly", "refused"]
Verdict = Literal["accepted", "partly", "not accepted", "no answer"]
Given = Literal["facts", "staff time"]
Stage = Literal["waiting", "implementing", "done"]

FINAL: frozenset[Kind] = frozenset({"full", "partly", "refused"})
"""What ends the waiting. A holding reply, and that a letter came, do not."""
INVALID_LINK = Phrase(
    "This link is not valid any more. Please ask the assembly for a new one."
)
MOST_CONTRIBUTIONS = 20
MOST_ANSWERS = 20
"""How many answers one ask takes: whoever holds the link can fill no disk with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Commitments to the words of an answer, and the day that it names.

    ``heard`` is what they heard, ``plan`` what they will do by ``plan_by``, ``handed``
    which power or money they hand over; ``text`` whatever else they say.
    """

    text: Commit | None = None
    heard: Commit | None = None
    plan: Commit | None = None
    handed: Commit | None = None
    plan_by: datetime | None = None
    lang: str = "en"

    @property
    def anything(self) -> bool:
        """Whether it says anything at all."""
        return any((self.text, self.heard, self.plan, self.handed, self.plan_by))


# Commands


@dataclass(frozen=True, slots=True, kw_only=True)
class PutAsk:
    """Put what was decided to somebody outside.

    ``contact`` is how they are reached; it stays on this node. ``follows`` and
    ``proposal`` are as in `record.Ask`.
    """

    ask: AskId
    follows: Digest
    proposal: Digest | None
    authority: Commit
    contact: Commit | None
    text: Commit
    answer_by: datetime
    lang: str = "en"
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeLink:
    """Make the link by which they answer; the one before it opens nothing any more.

    ``digest`` is the SHA-256 of its secret, in hex. The secret is kept nowhere.
    """

    digest: str
    until: datetime
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeLink:
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSent:
    """Note that it was sent, and in which way."""

    way: Way
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeAnswer:
    """Take what came over the link, or copy what came on paper.

    ``link`` is the digest of the secret that was shown; None for what came on paper, or
    from the account of ``servant``, whom the caller knows to speak for who was asked.
    """

    answer: AnswerId
    kind: Kind
    said: Said
    link: str | None
    servant: ServantId | None = None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribute:
    """Take facts, or staff time that is offered, from whoever holds the link.

    It is no answer: the clock goes on, and nobody judges it. ``link`` and ``servant``
    are as above; one of them is given.
    """

    contribution: AnswerId
    kind: Given
    text: Commit
    link: str | None
    servant: ServantId | None = None
    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteLate:
    """Note that the day has passed that an answer was asked for."""

    by: MemberId | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeAsk:
    """Carry out how the assembly judges an ask, its own or one of all assemblies.

    ``of`` is the digest of the Ask entry and ``answer_by`` what it says; ``answer`` the
    digest of the Answer that is judged, None where there is none.
    """

    of: Digest
    answer_by: datetime
    answer: Digest | None
    verdict: Verdict
    stage: Stage
    decision: Digest
    reason: Commit | None
    by: MemberId | None
    at: datetime


Command = (
    PutAsk
    | MakeLink
    | RevokeLink
    | NoteSent
    | TakeAnswer
    | Contribute
    | NoteLate
    | JudgeAsk
)


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPut:
    ask: AskId
    follows: Digest
    proposal: Digest | None
    authority: Commit
    contact: Commit | None
    text: Commit
    answer_by: datetime
    lang: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkMade:
    ask: AskId
    digest: str
    until: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRevoked:
    ask: AskId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AskSent:
    ask: AskId
    way: Way
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerTaken:
    ask: AskId
    answer: AnswerId
    kind: Kind
    said: Said
    given: Literal["link", "paper", "account"]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributed:
    ask: AskId
    contribution: AnswerId
    kind: Given
    text: Commit
    servant: ServantId | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LateNoted:
    ask: AskId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AskJudged:
    """``number`` counts the judgements of this assembly on this ask, from 1."""

    of: Digest
    number: int
    answer: Digest | None
    verdict: Verdict
    stage: Stage
    decision: Digest
    reason: Commit | None
    at: datetime


Event = (
    AskPut
    | LinkMade
    | LinkRevoked
    | AskSent
    | AnswerTaken
    | Contributed
    | LateNoted
    | AskJudged
)


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The link that opens an ask now: the digest of its secret, and until when."""

    digest: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """An ask as it stands here. Of other assemblies' asks only judgements are here."""

    put: AskPut | None = None
    link: Link | None = None
    sent: tuple[tuple[Way, datetime], ...] = ()
    answers: tuple[AnswerTaken, ...] = ()
    given: tuple[Contributed, ...] = ()
    late: bool = False
    judged: tuple[AskJudged, ...] = field(default=())

    @property
    def answered(self) -> bool:
        """Whether an answer came that ends the waiting."""
        return any(each.kind in FINAL for each in self.answers)


NOTHING = State()


def opens(ask: State, digest: str, at: datetime) -> bool:
    """Whether a link, by the digest of its secret, opens an ask at a time."""
    return ask.link is not None and ask.link.digest == digest and at < ask.link.until


def is_late(ask: State, at: datetime) -> bool:
    """Whether the day has passed, and nothing came that ends the waiting."""
    return ask.put is not None and not ask.answered and at > ask.put.answer_by


def decide(ask: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes. A redelivered one changes nothing.

    Raises:
        Invalid: it cannot be so: a day that is past, an answer that says nothing.
        Refused: as many answers came as an ask takes.
        TooEarly: nothing was asked, or the day has not come.
        TooLate: the link runs out before it begins.
        Unknown: the link opens nothing.
    """
    match command:
        case PutAsk():
            return _put(ask, command)
        case MakeLink(digest=digest, until=until, at=at):
            id = _asked(ask).ask
            if ask.link is not None and ask.link.digest == digest:
                return ()
            if until <= at:
                raise TooLate("A link lasts until some time to come.")
            return (LinkMade(ask=id, digest=digest, until=until, at=at),)
        case RevokeLink(at=at):
            id = _asked(ask).ask
            return () if ask.link is None else (LinkRevoked(ask=id, at=at),)
        case NoteSent(way=way, at=at):
            id = _asked(ask).ask
            if any(sent == way for sent, _ in ask.sent):
                return ()
            return (AskSent(ask=id, way=way, at=at),)
        case TakeAnswer():
            return _take(ask, command)
        case Contribute():
            return _contribute(ask, command)
        case NoteLate(at=at):
            id = _asked(ask).ask
            if ask.late or ask.answered:
                return ()
            if not is_late(ask, at):
                raise TooEarly("The day that an answer is asked for has not passed.")
            return (LateNoted(ask=id, at=at),)
        case JudgeAsk():
            return _judge(ask, command)


def evolve(ask: State, event: Event) -> State:
    """Give an ask as it is after an event."""
    match event:
        case AskPut():
            return replace(ask, put=event)
        case LinkMade(digest=digest, until=until):
            return replace(ask, link=Link(digest=digest, until=until))
        case LinkRevoked():
            return replace(ask, link=None)
        case AskSent(way=way, at=at):
            return replace(ask, sent=(*ask.sent, (way, at)))
        case AnswerTaken():
            return replace(ask, answers=(*ask.answers, event))
        case Contributed():
            return replace(ask, given=(*ask.given, event))
        case LateNoted():
            return replace(ask, late=True)
        case AskJudged():
            return replace(ask, judged=(*ask.judged, event))


def _put(ask: State, command: PutAsk) -> tuple[Event, ...]:
    if ask.put is not None:
        return ()
    if command.answer_by <= command.at:
        raise Invalid("An answer is asked for by a time to come.")
    return (
        AskPut(
            ask=command.ask,
            follows=command.follows,
            proposal=command.proposal,
            authority=command.authority,
            contact=command.contact,
            text=command.text,
            answer_by=command.answer_by,
            lang=command.lang,
            at=command.at,
        ),
    )


def _take(ask: State, command: TakeAnswer) -> tuple[Event, ...]:
    id = _asked(ask).ask
    if any(each.answer == command.answer for each in ask.answers):
        return ()
    if command.link is not None and not opens(ask, command.link, command.at):
        raise Unknown(INVALID_LINK)
    if command.kind == "received":
        if any(each.kind == "received" for each in ask.answers):
            return ()
    elif not command.said.anything:
        raise Invalid("An answer says something: please fill in at least one field.")
    if len(ask.answers) >= MOST_ANSWERS:
        raise Refused(
            ByNumber(
                "This has been answered {most} time already.",
                "This has been answered {most} times already.",
            ),
            most=MOST_ANSWERS,
        )
    return (
        AnswerTaken(
            ask=id,
            answer=command.answer,
            kind=command.kind,
            said=command.said,
            given=_way(command),
            at=command.at,
        ),
    )


def _contribute(ask: State, command: Contribute) -> tuple[Event, ...]:
    id = _asked(ask).ask
    if any(each.contribution == command.contribution for each in ask.given):
        return ()
    if command.servant is None and not opens(ask, command.link or "", command.at):
        raise Unknown(INVALID_LINK)
    if len(ask.given) >= MOST_CONTRIBUTIONS:
        raise Refused("There are {most} of these already.", most=MOST_CONTRIBUTIONS)
    return (
        Contributed(
            ask=id,
            contribution=command.contribution,
            kind=command.kind,
            text=command.text,
            servant=command.servant,
            at=command.at,
        ),
    )


def _way(command: TakeAnswer) -> Literal["link", "paper", "account"]:
    if command.servant is not None:
        return "account"
    return "paper" if command.link is None else "link"


def _judge(ask: State, command: JudgeAsk) -> tuple[Event, ...]:
    if (command.verdict == "no answer") != (command.answer is None):
        raise Invalid("A judgement is of one answer, or says that there is none.")
    if command.answer is None and command.at <= command.answer_by:
        raise TooEarly(
            "The day that an answer is asked for has not passed, so silence says "
            "nothing yet."
        )
    event = AskJudged(
        of=command.of,
        number=len(ask.judged) + 1,
        answer=command.answer,
        verdict=command.verdict,
        stage=command.stage,
        decision=command.decision,
        reason=command.reason,
        at=command.at,
    )
    last = ask.judged[-1] if ask.judged else None
    if last is not None and _says(last) == _says(event):
        return ()
    return (event,)


def _says(judged: AskJudged) -> tuple[Digest | None, Verdict, Stage, Digest]:
    return judged.answer, judged.verdict, judged.stage, judged.decision


def _asked(ask: State) -> AskPut:
    if ask.put is None:
        raise TooEarly("Nothing was asked here.")
    return ask.put
