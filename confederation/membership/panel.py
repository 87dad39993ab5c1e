"""A panel is drawn by lot from whoever said yes, and nobody can have chosen who.

Who may be drawn is fixed before anybody knows the lot, and so are the panels that can
be drawn. The lot is a number: the sum of seeds that several committed to before the
pool was frozen, or balls that two people saw drawn. Nobody is named here: a ticket
stands for a person, and what it says of them is in no event.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from confederation.counting import lot
from confederation.errors import Invalid, NotEntitled, TooEarly, TooLate, Unknown
from confederation.identifiers import Commit, Digest, MemberId, PanelId, Ticket
from confederation.sortition import lottery, quotas
from confederation.sortition.acts import (
    AnswerPanel,
    AttachMinority,
    BallsEntered,
    BeginPanel,
    Command,
    CommitSeed,
    DrawPanel,
    EnterBalls,
    Event,
    ForgetPool,
    FreezePool,
    ListMade,
    MakeList,
    MinorityAttached,
    OpenPool,
    PanelAnswered,
    PanelBegun,
    PanelDrawn,
    PanelReported,
    PanelSeated,
    PassOnPlace,
    PlacePassedOn,
    PoolForgotten,
    PoolFrozen,
    PoolOpened,
    QuotasSet,
    ReportPanel,
    SeatPanel,
    SeedCommitted,
    SeedsSetAside,
    SeedTold,
    SetQuotas,
    SetSeedsAside,
    TellSeed,
)
from confederation.sortition.quotas import Quota, Rules

__all__ = [
    "NOTHING",
    "STAGES",
    "TELL_WITHIN",
    "AnswerPanel",
    "AttachMinority",
    "BallsEntered",
    "BeginPanel",
    "Command",
    "CommitSeed",
    "Committed",
    "DrawPanel",
    "EnterBalls",
    "Event",
    "ForgetPool",
    "FreezePool",
    "ListMade",
    "MakeList",
    "MinorityAttached",
    "OpenPool",
    "PanelAnswered",
    "PanelBegun",
    "PanelDrawn",
    "PanelReported",
    "PanelSeated",
    "PassOnPlace",
    "PlacePassedOn",
    "PoolForgotten",
    "PoolFrozen",
    "PoolOpened",
    "QuotasSet",
    "ReportPanel",
    "SeatPanel",
    "SeedCommitted",
    "SeedTold",
    "SeedsSetAside",
    "SetQuotas",
    "SetSeedsAside",
    "Stage",
    "State",
    "TellSeed",
    "decide",
    "evolve",
    "lot_of",
]

Stage = Literal[
    "question",
    "pool open",
    "pool frozen",
    "quotas set",
    "list made",
    "drawn",
    "seated",
    "reported",
    "answered",
]
STAGES: Final[tuple[Stage, ...]] = (
    "question",
    "pool open",
    "pool frozen",
    "quotas set",
    "list made",
    "drawn",
    "seated",
    "reported",
    "answered",
)
TELL_WITHIN: Final = timedelta(days=7)
"""How long after the list is made whoever committed to a seed has to tell it."""
MOST_SEEDS: Final = 12
MOST_MINORITIES: Final = 20


# State


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """Who committed to what, and their seed once it was told."""

    party: Commit
    commitment: Digest
    seed: str | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A panel. ``seated`` are the tickets of those whose places they are now.

    ``aside`` are seeds of draws that came to nothing. ``balls`` are the numbers that
    were entered, by whom.
    """

    begun: PanelBegun | None = None
    stage: Stage = "question"
    seeds: tuple[Committed, ...] = ()
    aside: tuple[Committed, ...] = ()
    set_aside_at: datetime | None = None
    frozen: PoolFrozen | None = None
    quotas: tuple[Quota, ...] = ()
    made: ListMade | None = None
    balls: tuple[tuple[MemberId, int], ...] = ()
    drawn: PanelDrawn | None = None
    seated: tuple[Ticket, ...] = ()
    passed_on: tuple[PlacePassedOn, ...] = ()
    seated_at: datetime | None = None
    report: Commit | None = None
    minorities: tuple[MinorityAttached, ...] = ()
    ask: Digest | None = None
    forgotten_at: datetime | None = None
    happened: tuple[tuple[Stage, datetime], ...] = field(default=())

    @property
    def rules(self) -> Rules:
        """How it is to be made up, by the quotas that are set."""
        assert self.begun is not None
        return Rules(
            places=self.begun.places,
            features=self.begun.features,
            quotas=self.quotas,
        )

    @property
    def untold(self) -> tuple[Committed, ...]:
        """Those whose seeds are still waited for."""
        return tuple(each for each in self.seeds if each.seed is None)

    @property
    def agreed(self) -> int | None:
        """The number that two people saw drawn, once they say the same."""
        numbers = [number for _, number in self.balls]
        return next((each for each in numbers if numbers.count(each) > 1), None)

    def can_commit(self) -> bool:
        """Whether somebody may still commit to a seed.

        Before the pool is frozen; and where a draw came to nothing, before anybody has
        told theirs.
        """
        begun = self.begun
        if begun is None or begun.how != "seeds":
            return False
        if self.stage in {"question", "pool open"}:
            return self.frozen is None
        fresh = all(each.seed is None for each in self.seeds)
        return self.stage == "list made" and self.set_aside_at is not None and fresh

    def tell_by(self) -> datetime | None:
        """Until when seeds are to be told; None before the list is made."""
        if self.made is None:
            return None
        return (self.set_aside_at or self.made.at) + TELL_WITHIN


NOTHING = State()


def lot_of(panel: State) -> tuple[int, str] | None:
    """Work out the number that came out and the seed that goes with it.

    None while it cannot be known: not all seeds are told, or no two people have entered
    the same number.
    """
    made, begun = panel.made, panel.begun
    if made is None or begun is None:
        return None
    if begun.how == "balls":
        number = panel.agreed
        if number is None:
            return None
        return number, lottery.of_balls(number, fixed=made.fixed)
    if not panel.seeds or panel.untold:
        return None
    seed = lottery.sum_of({each.commitment: each.seed or "" for each in panel.seeds})
    return lottery.number(seed, fixed=made.fixed, length=made.length), seed


def decide(panel: State, command: Command) -> tuple[Event, ...]:
    """Decide what a command changes about a panel. A redelivered one changes nothing.

    Raises:
        Invalid: a number, a seed or a quota cannot be right.
        NotEntitled: one person enters what another has to confirm.
        TooEarly: what must come before has not happened yet.
        TooLate: what it would change is fixed.
        Unknown: nobody committed to such a seed, or nobody sits on this ticket.
    """
    if isinstance(command, BeginPanel):
        return _begin(panel, command)
    if panel.begun is None:
        raise TooEarly("This panel has not been set up.")
    match command:
        case CommitSeed():
            return _commit(panel, command, panel.begun.panel)
        case OpenPool() | FreezePool() | SetQuotas() | MakeList():
            return _prepare(panel, command, panel.begun.panel)
        case TellSeed() | SetSeedsAside() | EnterBalls() | DrawPanel():
            return _draw(panel, command, panel.begun.panel)
        case PassOnPlace() | SeatPanel():
            return _seat(panel, command, panel.begun.panel)
        case ReportPanel() | AttachMinority() | AnswerPanel() | ForgetPool():
            return _report(panel, command, panel.begun.panel)


def evolve(panel: State, event: Event) -> State:
    """Give a panel as it is after an event."""
    match event:
        case PanelBegun(at=at):
            return _at(replace(panel, begun=event), "question", at)
        case SeedCommitted(party=party, commitment=commitment, at=at):
            new = Committed(party=party, commitment=commitment, at=at)
            return replace(panel, seeds=(*panel.seeds, new))
        case PoolOpened(at=at):
            return _at(panel, "pool open", at)
        case PoolFrozen(at=at):
            return _at(replace(panel, frozen=event), "pool frozen", at)
        case QuotasSet(quotas=wanted, at=at):
            return _at(replace(panel, quotas=wanted), "quotas set", at)
        case ListMade(at=at):
            return _at(replace(panel, made=event), "list made", at)
        case SeedTold(commitment=commitment, seed=seed):
            told = (
                replace(each, seed=seed) if each.commitment == commitment else each
                for each in panel.seeds
            )
            return replace(panel, seeds=tuple(told))
        case SeedsSetAside(at=at):
            aside = (*panel.aside, *panel.seeds)
            return replace(panel, seeds=(), aside=aside, set_aside_at=at)
        case BallsEntered(number=number, by=by):
            others = (each for each in panel.balls if each[0] != by)
            return replace(panel, balls=(*others, (by, number)))
        case PanelDrawn(tickets=drawn, at=at):
            return _at(replace(panel, drawn=event, seated=drawn), "drawn", at)
        case PlacePassedOn(out=out, into=into):
            stay = [each for each in panel.seated if each != out]
            seated = tuple(sorted([*stay, *([] if into is None else [into])]))
            return replace(panel, seated=seated, passed_on=(*panel.passed_on, event))
        case PanelSeated(at=at):
            return _at(replace(panel, seated_at=at), "seated", at)
        case PanelReported(report=report, at=at):
            return _at(replace(panel, report=report), "reported", at)
        case MinorityAttached():
            return replace(panel, minorities=(*panel.minorities, event))
        case PanelAnswered(ask=ask, at=at):
            return _at(replace(panel, ask=ask), "answered", at)
        case PoolForgotten(at=at):
            return replace(panel, forgotten_at=at)


def _at(panel: State, stage: Stage, at: datetime) -> State:
    return replace(panel, stage=stage, happened=(*panel.happened, (stage, at)))


def _begin(panel: State, command: BeginPanel) -> tuple[Event, ...]:
    if panel.begun is not None:
        return ()
    quotas.check(Rules(places=command.places, features=command.features))
    return (
        PanelBegun(
            panel=command.panel,
            question=command.question,
            decision=command.decision,
            places=command.places,
            features=command.features,
            how=command.how,
            at=command.at,
        ),
    )


def _commit(panel: State, command: CommitSeed, id: PanelId) -> tuple[Event, ...]:
    if any(each.commitment == command.commitment for each in panel.seeds):
        return ()
    if any(each.commitment == command.commitment for each in panel.aside):
        raise TooLate("This seed was for a draw that came to nothing.")
    if not panel.can_commit():
        raise TooLate("Whoever gives a seed commits to it before the pool is frozen.")
    if len(panel.seeds) >= MOST_SEEDS:
        raise Invalid("There are at most {most} seeds in one draw.", most=MOST_SEEDS)
    return (
        SeedCommitted(
            panel=id, party=command.party, commitment=command.commitment, at=command.at
        ),
    )


def _prepare(
    panel: State, command: OpenPool | FreezePool | SetQuotas | MakeList, id: PanelId
) -> tuple[Event, ...]:
    assert panel.begun is not None
    if isinstance(command, OpenPool) and panel.stage == "pool open":
        return ()
    if panel.made is not None:
        raise TooLate("The list of panels is made, and nothing changes any more.")
    match command:
        case OpenPool(at=at):
            return (PoolOpened(panel=id, at=at),)
        case FreezePool(pool=pool, size=size, at=at):
            if panel.stage == "question":
                raise TooEarly("The pool has not been opened.")
            if panel.stage != "pool open":
                return ()
            if panel.begun.how == "seeds" and not panel.seeds:
                raise TooEarly(
                    "Nobody has committed to a seed yet. That has to come before the "
                    "pool is frozen."
                )
            return (PoolFrozen(panel=id, pool=pool, size=size, at=at),)
        case SetQuotas(quotas=wanted, at=at):
            if panel.stage in {"question", "pool open"}:
                raise TooEarly("Quotas are set once the pool is frozen.")
            quotas.check(replace(panel.rules, quotas=wanted))
            if panel.stage == "quotas set" and wanted == panel.quotas:
                return ()
            return (QuotasSet(panel=id, quotas=wanted, at=at),)
        case MakeList():
            if panel.stage != "quotas set":
                raise TooEarly("The list of panels is made once the quotas are set.")
            if command.quotas != panel.quotas:
                raise TooLate("The quotas were changed meanwhile. Please look again.")
            return (
                ListMade(
                    panel=id,
                    fixed=command.fixed,
                    length=command.length,
                    least=command.least,
                    bound=command.bound,
                    at=command.at,
                ),
            )


def _draw(
    panel: State,
    command: TellSeed | SetSeedsAside | EnterBalls | DrawPanel,
    id: PanelId,
) -> tuple[Event, ...]:
    assert panel.begun is not None
    if panel.made is None:
        raise TooEarly("The lot is drawn once the list of panels is made.")
    if panel.drawn is not None:
        if isinstance(command, DrawPanel | TellSeed):
            return ()
        raise TooLate("This panel was drawn.")
    match command:
        case TellSeed(commitment=commitment, seed=seed, at=at):
            waiting = [each for each in panel.seeds if each.commitment == commitment]
            if not waiting:
                raise Unknown("Nobody committed to this seed.")
            if waiting[0].seed is not None:
                return ()
            if lot.commitment(seed) != commitment:
                raise Invalid(
                    "This is not the seed that was committed to. Nothing was changed."
                )
            return (SeedTold(panel=id, commitment=commitment, seed=seed, at=at),)
        case SetSeedsAside(at=at):
            by = panel.tell_by()
            if panel.begun.how != "seeds" or not panel.untold or by is None:
                return ()
            if at < by:
                raise TooEarly(
                    "Whoever committed to a seed has until {by} to tell it. Nobody is "
                    "left out before.",
                    by=by,
                )
            untold = tuple(each.commitment for each in panel.untold)
            return (SeedsSetAside(panel=id, untold=untold, at=at),)
        case EnterBalls(number=number, by=who, at=at):
            if panel.begun.how != "balls":
                raise NotEntitled("This panel is drawn by seeds, and not by hand.")
            if not 0 <= number < panel.made.length:
                raise Invalid(
                    "The number that was drawn is from 0 to {most}.",
                    most=panel.made.length - 1,
                )
            if (who, number) in panel.balls:
                return ()
            return (BallsEntered(panel=id, number=number, by=who, at=at),)
        case DrawPanel(tickets=tickets, at=at):
            came = lot_of(panel)
            if came is None:
                raise TooEarly("The lot is not known yet.")
            number, seed = came
            return (
                PanelDrawn(panel=id, number=number, seed=seed, tickets=tickets, at=at),
            )


def _seat(
    panel: State, command: PassOnPlace | SeatPanel, id: PanelId
) -> tuple[Event, ...]:
    if panel.drawn is None:
        raise TooEarly("This panel has not been drawn.")
    if panel.report is not None:
        raise TooLate("This panel has made its report.")
    match command:
        case PassOnPlace(out=out, into=into, at=at):
            if any(each.out == out for each in panel.passed_on):
                return ()
            if out not in panel.seated:
                raise Unknown("Nobody sits on the panel by this ticket.")
            if into in panel.seated or any(p.out == into for p in panel.passed_on):
                raise Invalid("Somebody was drawn twice. Nothing was changed.")
            return (PlacePassedOn(panel=id, out=out, into=into, at=at),)
        case SeatPanel(at=at):
            if panel.seated_at is not None:
                return ()
            return (PanelSeated(panel=id, at=at),)


def _report(
    panel: State,
    command: ReportPanel | AttachMinority | AnswerPanel | ForgetPool,
    id: PanelId,
) -> tuple[Event, ...]:
    if isinstance(command, ReportPanel):
        if panel.seated_at is None:
            raise TooEarly("A panel reports once it is seated.")
        if panel.report is not None:
            raise TooLate("This panel has made its report, and it stands.")
        return (PanelReported(panel=id, report=command.report, at=command.at),)
    if panel.report is None:
        raise TooEarly("This panel has not made its report.")
    match command:
        case AttachMinority(words=words, signers=signers, at=at):
            if any(each.words == words for each in panel.minorities):
                return ()
            if not 1 <= signers < max(2, len(panel.seated)):
                raise Invalid("A minority is at least one of the panel, and not all.")
            if len(panel.minorities) >= MOST_MINORITIES:
                raise Invalid("There is no room for more minority reports.")
            return (MinorityAttached(panel=id, words=words, signers=signers, at=at),)
        case AnswerPanel(ask=ask, at=at):
            if panel.ask == ask:
                return ()
            return (PanelAnswered(panel=id, ask=ask, at=at),)
        case ForgetPool(at=at):
            if panel.forgotten_at is not None:
                return ()
            return (PoolForgotten(panel=id, at=at),)
