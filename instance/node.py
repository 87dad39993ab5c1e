"""The node: the only place where things happen, each whole or not at all.

A command is decided by the domain against the events of its stream; the events, what
follows from them, and what is to be sent are kept in one transaction.
"""

import dataclasses
import functools
import sqlite3
import time
import typing
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, Final, TypeVar

from activitypub.canonical import JsonObject
from confederation import assembly, floor, session
from confederation.assembly import office
from confederation.confederal import dissent, election, legitimacy, pen, report
from confederation.dealings import (
    action,
    aid,
    ask,
    authority,
    bridge,
    introduction,
    kinds,
    pledge,
    practice,
    project,
    servant,
    thanks,
    wish,
)
from confederation.deciding import ballot, common_ground, motion, sub_assembly
from confederation.errors import Phrase, Unknown
from confederation.identifiers import MemberId
from confederation.matters import common_text, issue, place, story
from confederation.meeting import (
    breakout,
    circle,
    goal,
    joint,
    minutes,
    night,
    point,
    review,
    role_lot,
    run_sheet,
    theme,
)
from confederation.meeting.rotation import JobTitle
from confederation.membership import demographics, entitlement, outreach, panel
from instance import acting, clerk, languages
from instance.config import Config
from instance.desk import Desk, Shelf
from instance.errors import NoRoom
from instance.fediverse.judgement import Judgement
from instance.languages import Language
from instance.store import database, events, lending, passing
from instance.store.acts import Act
from instance.store.database import Database
from instance.upkeep import keys
from instance.upkeep.keys import Vault

NOUNS: Final[Mapping[str, str]] = {
    "session": Phrase("session"),
    "motion": Phrase("motion"),
    "seat": Phrase("seat"),
    "action": Phrase("action"),
    "aid": Phrase("aid"),
    "ask": Phrase("ask"),
    "wish": Phrase("wish"),
    "ballot": Phrase("ballot"),
    "minutes": Phrase("minutes"),
    "issue": Phrase("issue"),
    "thanks": Phrase("thanks"),
    "dissent": Phrase("dissent"),
    "point": Phrase("point"),
    "introduction": Phrase("introduction"),
    "floor": Phrase("floor"),
    "theme": Phrase("theme"),
    "practice": Phrase("practice"),
    "bridge": Phrase("bridge"),
    "authority": Phrase("authority"),
    "story": Phrase("story"),
    "servant": Phrase("servant"),
    "report": Phrase("report"),
    "project": Phrase("project"),
    "panel": Phrase("panel"),
    "circle": Phrase("circle"),
    "review": Phrase("review"),
}
"""What people call the things whose events are kept, by the names of their streams."""

JUMP: Final = 600.0
"""Seconds by which a clock may be set without anybody being asked."""

T = TypeVar("T")
Clock = Callable[[], datetime]
Job = Callable[[Desk], T]

AGGREGATES: Final[dict[str, ModuleType]] = {
    "assembly": assembly,
    "session": session,
    "run_sheet": run_sheet,
    "outreach": outreach,
    "issue": issue,
    "common_ground": common_ground,
    "common_text": common_text,
    "motion": motion,
    "ballot": ballot,
    "bridge": bridge,
    "seat": election,
    "report": report,
    "point": point,
    "minutes": minutes,
    "action": action,
    "ask": ask,
    "authority": authority,
    "servant": servant,
    "dissent": dissent,
    "aid": aid,
    "pledge": pledge,
    "story": story,
    "project": project,
    "wish": wish,
    "introduction": introduction,
    "sub_assembly": sub_assembly,
    "thanks": thanks,
    "goal": goal,
    "practice": practice,
    "review": review,
    "demographics": demographics,
    "joint": joint,
    "kinds": kinds,
    "place": place,
    "theme": theme,
    "legitimacy": legitimacy,
    "night": night,
    "panel": panel,
    "pen": pen,
}
PASSING: Final[dict[str, ModuleType]] = {
    "floor": floor,
    "breakout": breakout,
    "role_lot": role_lot,
    "circle": circle,
}
"""Nouns that pass with a session: their streams are ``noun:SESSION`` or
``noun:SESSION/more``, and are gone when it closes."""


def utc_now() -> datetime:
    """The time of this machine; the one place that asks for it."""
    return datetime.now(UTC)


def steady() -> float:
    """Seconds since this machine began, asleep or not, which nobody can set."""
    # macOS has a monotonic clock only; there a long sleep makes the pen rest as well.
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Node:
    """A running node: its settings, its keys, its database, its clock.

    ``leaving`` says that it stops, so that nobody is kept waiting who follows it.
    ``clock_is_off`` says that its clock jumped, or that too many fellow members say
    another time: then it signs nothing.
    """

    def __init__(
        self,
        config: Config,
        database: Database,
        *,
        clock: Clock = utc_now,
        beat: Callable[[], float] = steady,
    ) -> None:
        self.config = config
        self.database = database
        self.clock = clock
        self.vault = Vault(keys.read_secret(config.secret))
        self.pen = False
        self.clock_is_off = False
        self.leaving = False
        self._shelf = Shelf()
        self._beat = beat
        self._seen = clock(), beat()

    @property
    def judgement(self) -> Judgement:
        """Whom the assembly keeps at a distance, without asking the database.

        The node's jobs look again every half second; whoever moderates looks at once.
        """
        return self._shelf.judgement

    def bars(self, authority: str) -> bool:
        """Whether this node has nothing to do with a server, today."""
        return self.judgement.bars_host(authority)

    async def judge_anew(self) -> None:
        """Take note of what moderators decided since, wherever they did."""
        await self.look(lambda desk: desk.judgement)

    async def work(self, job: Job[T]) -> T:
        """Do a job in one transaction; return when it is on the disk.

        Raises:
            PenElsewhere: the assembly's pen is not here; nothing was changed.
            NoRoom: the disk did not keep it; nothing was changed.
        """
        beside = _beside.get()

        def carry_out(connection: sqlite3.Connection) -> T:
            desk = self._desk(connection)
            with lending.heeded():
                result = job(desk)
                beside(desk)
                return result

        try:
            return await self.database.write(carry_out)
        except sqlite3.OperationalError as error:
            if not database.is_of_the_disk(error):
                raise
            raise NoRoom(
                "The disk of this node is full, or fails, so nothing of this was kept. "
                "Whoever keeps the node has to see to it; then do it again."
            ) from error

    async def take_in(self, other: Path, job: Job[T]) -> T:
        """Do a job as `work` does, with another database as ``arrived``."""
        return await self.database.write_beside(
            other, lambda connection: job(self._desk(connection))
        )

    async def look(self, job: Job[T]) -> T:
        """Look things up in one consistent view; nothing can be changed.

        What is written speaks the assembly's language; what is looked up, that of
        whoever asks, if there is one.
        """
        language = languages.chosen()
        return await self.database.read(
            lambda connection: job(self._desk(connection, language))
        )

    def _desk(
        self, connection: sqlite3.Connection, language: Language | None = None
    ) -> Desk:
        # The database gives each piece of work a context of its own.
        languages.speak(language or self.config.speaks)
        languages.tell_by(self.config.zone)
        return Desk(
            connection=connection,
            config=self.config,
            vault=self.vault,
            now=self._now(),
            clock_is_off=self.clock_is_off,
            pen=self.pen and not lending.is_lent(connection),
            shelf=self._shelf,
        )

    def _now(self) -> datetime:
        """Return the time. After a jump the pen rests until fellow members agree.

        What is signed at a wrong time stays so for good.
        """
        now = self.clock(), self._beat()
        before, self._seen = self._seen, now
        jumped = (now[0] - before[0]).total_seconds() - (now[1] - before[1])
        if abs(jumped) > JUMP:
            self.pen, self.clock_is_off = False, True
        return now[0]


@contextmanager
def together(job: Job[None]) -> Iterator[None]:
    """Do a job in the same transaction as whatever is done inside, or not at all."""
    token = _beside.set(job)
    try:
        yield
    finally:
        _beside.reset(token)


def _nothing(desk: Desk) -> None:
    pass


_beside: ContextVar[Job[None]] = ContextVar("beside", default=_nothing)


@contextmanager
def at_desk(config: Config, *, clock: Clock = utc_now) -> Iterator[Desk]:
    """Work at a node's desk from the command line, in one transaction.

    The node may be serving meanwhile: it publishes and sends what was done here.
    """
    connection = database.current(config.database)
    try:
        connection.execute("begin immediate")
        try:
            with (
                lending.heeded(),
                languages.speaking(config.speaks, by=config.zone),
            ):
                yield Desk(
                    connection=connection,
                    config=config,
                    vault=Vault(keys.read_secret(config.secret)),
                    now=clock(),
                )
        except BaseException:
            connection.execute("rollback")
            raise
        connection.execute("commit")
    finally:
        connection.close()


def perform(desk: Desk, stream: str, command: Any) -> tuple[Any, ...]:
    """Carry out a command on a stream, ``noun:id``, and all that follows from it.

    Returns the events; none if everything had been done before.

    Raises:
        Refused: the assembly's rules do not allow it; nothing was changed.
    """
    module = _aggregate(stream)
    check(desk, command, stream)
    if _passes(stream):
        session.be_open(load(desk, f"session:{passing.session_of(stream)}"))
    state, before = _state(desk, stream)
    happened: tuple[Any, ...] = module.decide(state, command)
    if _passes(stream):
        passing.append(
            desk.connection, stream, after=before, events=happened, at=desk.now
        )
    else:
        events.append(
            desk.connection,
            stream,
            after=before,
            events=happened,
            by=command.by,
            at=desk.now,
        )
    for event in happened:
        state = module.evolve(state, event)
        acting.act_on(desk, state, event)
    return happened


def check(desk: Desk, command: Any, stream: str = "") -> None:
    """Check that whoever gives a command may give it here, today.

    Raises:
        NotEntitled: they may not.
    """
    here = assembly_here(desk)
    named = any(type(command) in each for each in entitlement.NAMED.values())
    roles = jobs(desk, command.by, stream) if named else frozenset()
    entitlement.check(here, command, meetings(desk, here), jobs=roles)


def jobs(desk: Desk, who: Any, stream: str = "") -> frozenset[JobTitle]:
    """Return what somebody is named for at the meeting that a stream is about.

    Where it is about none, or no stream is given, at those that are open.
    """
    about = f"session:{stream.partition(':')[2]}"
    streams = [about] if exists(desk, about) else events.open_meetings(desk.connection)
    sheets = [each.replace("session:", "run_sheet:", 1) for each in streams]
    return frozenset(
        job
        for sheet in sheets
        if exists(desk, sheet)
        for job, holders in load(desk, sheet).jobs.items()
        if who in holders
    )


def meetings(desk: Desk, here: assembly.State) -> tuple[assembly.Meeting, ...]:
    """Return the meetings of the whole assembly by which terms of office are measured.

    None where the rules in force let no office end by itself.
    """
    if not office.bounded(here):
        return ()
    return tuple(
        assembly.Meeting(opened_at=opened, closed_at=closed)
        for opened, closed in events.meetings(desk.connection, kind="assembly")
    )


def confirm(desk: Desk, number: int, document: JsonObject, *, by: MemberId) -> Act:
    """Confirm an act as a teller, with a signature made on a device of one's own.

    Raises:
        Unknown: there is no such act.
        NotEntitled: it is not the signature of this teller over this very act.
    """
    act = clerk.act(desk, number)
    key = clerk.confirmed_by(desk, act, document)
    stream, command = acting.confirmation_of(act, key, by=by, at=desk.now)
    perform(desk, stream, command)
    return clerk.confirm(desk, act, key, document)


def assembly_here(desk: Desk) -> assembly.State:
    """Return the state of the assembly that lives here, founded or not."""
    state: assembly.State = _fold(
        assembly, events.history(desk.connection, "assembly:it")
    )
    return state


def load(desk: Desk, stream: str) -> Any:
    """Return the state of a stream.

    Raises:
        Unknown: nothing ever happened in it.
    """
    state, before = _state(desk, stream)
    if not before:
        noun, _, id = stream.partition(":")
        raise Unknown(
            "There is no {noun} {id} here.", noun=NOUNS.get(noun, noun), id=id
        )
    return state


def exists(desk: Desk, stream: str) -> bool:
    """Whether anything ever happened in a stream."""
    if _passes(stream):
        return bool(_state(desk, stream)[1])
    return bool(events.history(desk.connection, stream))


def load_all(desk: Desk, noun: str) -> dict[str, Any]:
    """Return the state of every stream of a noun by its id, the newest first."""
    return {
        stream.partition(":")[2]: load(desk, stream)
        for stream in events.streams(desk.connection, noun)
    }


def state_of(stream: str, stored: list[events.Stored]) -> Any:
    """Return the state to which the events of a stream lead, wherever they lie."""
    return _fold(_aggregate(stream), stored)


def _aggregate(stream: str) -> ModuleType:
    noun = stream.partition(":")[0]
    return PASSING[noun] if noun in PASSING else AGGREGATES[noun]


def _passes(stream: str) -> bool:
    return stream.partition(":")[0] in PASSING


def _state(desk: Desk, stream: str) -> tuple[Any, int]:
    """Return the state of a stream, and how many events led to it."""
    if _passes(stream):
        return _passing_state(desk, stream)
    before = events.history(desk.connection, stream)
    return _fold(_aggregate(stream), before), len(before)


def _passing_state(desk: Desk, stream: str) -> tuple[Any, int]:
    """Fold only what happened since the state was last looked at.

    A meeting makes thousands of small events, and each press would read all of them.
    The database says whether the last event that was folded is still the one there.
    """
    module, shelf = _aggregate(stream), desk.shelf.passing
    count, last, state = shelf.get(stream, (0, b"", module.NOTHING))
    since = passing.history(desk.connection, stream, since=max(count, 1))
    if count and (not since or since[0].body != last):
        shelf.pop(stream, None)
        count, state = 0, module.NOTHING
        since = passing.history(desk.connection, stream)
    news = since[1:] if count else since
    if news:
        state, count = _fold(module, news, state), count + len(news)
        shelf[stream] = (count, news[-1].body, state)
    return state, count


def _fold(
    module: ModuleType, stored: list[events.Stored], state: Any | None = None
) -> Any:
    kinds = _event_kinds(module)
    return functools.reduce(
        module.evolve,
        (events.decode(each, kinds) for each in stored),
        module.NOTHING if state is None else state,
    )


@functools.cache
def _event_kinds(module: ModuleType) -> dict[str, type[Any]]:
    union = module.Event
    kinds = typing.get_args(union) or (union,)
    assert all(dataclasses.is_dataclass(kind) for kind in kinds)
    return {kind.__name__: kind for kind in kinds}
