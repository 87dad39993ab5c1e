"""The pen goes to the hall with all that the assembly is, and comes back with its acts.

No record key leaves home. In the hall acts wait, as they always do, and home publishes
them in their order once they are back. So no laptop, lost, stolen or restored, can ever
make the assembly contradict itself. See docs/decisions/0078.
"""

import json
import re
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from activitypub import canonical
from confederation.confederal import pen
from confederation.errors import Invalid, NotEntitled, Refused, TooLate
from confederation.identifiers import LendingId, MemberId
from instance import node
from instance.config import Config
from instance.desk import Desk
from instance.errors import Misused
from instance.matters import erasing
from instance.membership import belonging
from instance.store import events, lending, people
from instance.store.lending import Lending
from instance.upkeep import keys
from instance.upkeep.keys import Vault

CODE_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
CODE_LENGTH: Final = 12
CODE_LASTS: Final = 15 * 60
"""Seconds in which a laptop can take the pen with a code."""

WITHHELD: Final = frozenset({keys.RECORD_KEY, keys.NEXT_RECORD_KEY, keys.COOKIE_KEY})
"""Keys that never leave home: with none of them can anybody speak as the assembly."""

MARKED_FOR: Final = ("door card", "door stub", "common ground")
"""For what marks are made that must be the same wherever a meeting is held."""

COPY: Final = "hall-copy.part"
UNPACKED: Final = "hall-arrived-"
"""What the names of half-made copies begin with; none outlives the next start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where the pen is, for whoever asks at this machine."""

    place: lending.Place
    on: Lending | None
    state: pen.State


def whereabouts(desk: Desk) -> Whereabouts:
    here = lending.in_hall(desk.connection)
    on = lending.current(desk.connection)
    state: pen.State = (
        node.load(desk, lending.PEN) if node.exists(desk, lending.PEN) else pen.NOTHING
    )
    return Whereabouts(place="home" if here is None else "hall", on=on, state=state)


def clear_up(config: Config) -> None:
    """Delete what was being copied when the node was killed."""
    for left in config.directory.glob(f"{COPY}*"):
        left.unlink()
    for left in config.directory.glob(f"{UNPACKED}*"):
        shutil.rmtree(left)


# At home


def new_code(desk: Desk, *, by: MemberId | None) -> str:
    """Make a code with which one laptop takes the pen; an earlier one is void.

    Raises:
        Refused: the pen is out, or the assembly is not founded.
    """
    _check_lendable(desk)
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    lending.keep_code(desk.connection, code, by=by, until=desk.seconds + CODE_LASTS)
    return "-".join(code[i : i + 4] for i in range(0, CODE_LENGTH, 4))


def lend(desk: Desk, *, code: str, claim: str) -> Lending:
    """Lend the pen to whoever shows the code; from this moment on nothing is done here.

    ``claim`` is a secret of the borrower's, by which it is known from now on: the same
    claim again gets the same lending, code or no code.

    Raises:
        NotEntitled: the code opens nothing.
        Refused: the pen is out already, or the assembly is not founded.
    """
    held = lending.claimed(desk.connection, claim)
    if held is not None and held.is_on:
        return held
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    used = lending.use_code(desk.connection, plain, now=desk.seconds)
    if used is None:
        raise NotEntitled(
            "This code opens nothing. It works once and for a quarter of an hour; the "
            "clerk can make a new one on the page /hall."
        )
    _check_lendable(desk)
    id = LendingId(desk.new_id())
    [by] = used
    node.perform(
        desk,
        lending.PEN,
        pen.LendPen(lending=id, by=None if by is None else MemberId(by), at=desk.now),
    )
    begun = Lending(
        id=id,
        place="home",
        state="out",
        claim_hash=lending.hashed(claim),
        lent_upto=lending.newest_event(desk.connection),
        at=canonical.write_time(desk.now),
    )
    lending.begin(desk.connection, begun)
    lending.freeze_home(desk.connection)
    return begun


def borrower(desk: Desk, claim: str) -> Lending:
    """Return the lending of whoever can say this.

    Raises:
        NotEntitled: nothing was lent to them.
        TooLate: two tellers have taken it back.
    """
    held = lending.claimed(desk.connection, claim)
    if held is None or held.place != "home":
        raise NotEntitled("The pen was not lent to this machine.")
    if held.state == "lost":
        # The rule has the words for it.
        state = whereabouts(desk).state
        pen.decide(state, pen.ReturnPen(lending=held.id, at=desk.now))
    return held


def make_copy(config: Config, vault: Vault, on: Lending, secret: bytes) -> Path:
    """Write the copy that goes to the hall, with its keys sealed by its own secret.

    It is the same however often it is asked for: nothing is done here meanwhile.
    """
    target = config.directory / COPY
    lending.copy(config.database, target)
    theirs = Vault(secret)
    with lending.opened(target) as connection:
        lending.thaw(connection)
        lending.empty(connection, lending.NOT_TAKEN_ALONG)
        for name, plain in _opened(connection, vault).items():
            keys.keep(connection, theirs, name, plain)
        for meeting in lending.meetings_to_come(connection):
            _lend_marks(connection, vault, theirs, meeting)
        keys.keep(connection, theirs, keys.COOKIE_KEY, secrets.token_bytes(32))
        _seal_nothing(connection, theirs)
        lending.begin(connection, replace(on, place="hall", state="out"))
        lending.freeze_for_hall(connection)
    return target


def take_in(desk: Desk, on: Lending, *, secret: bytes) -> None:
    """Take in what was done in the hall, and the pen with it.

    The database of the hall is attached as ``arrived``. Taking it in again changes
    nothing. Nothing that happened here before the lending is ever changed by it.

    Raises:
        TooLate: two tellers have taken the pen back.
        Invalid: it is not what was lent, or changes what was there before.
    """
    connection = desk.connection
    if lending.is_over(connection, on.id):
        return
    back = pen.ReturnPen(lending=on.id, at=desk.now)
    pen.decide(whereabouts(desk).state, back)
    _check_continues(connection, on)
    for member in lending.people_gone(connection):
        belonging.note(desk, member)
    lending.thaw(connection)
    own = lending.events_after(connection, on.lent_upto)
    lending.replace(connection, "event")
    lending.add_events(connection, own)
    lending.take_whole(connection)
    theirs = Vault(secret)
    _take_keys(desk, theirs, lent_upto=on.lent_upto)
    _take_actors(desk, theirs)
    _take_erasures(desk)
    node.perform(desk, lending.PEN, back)
    lending.go_on(connection, on.id, state="over")


def take_back(desk: Desk, *, by: MemberId) -> bool:
    """Say as a teller that the pen comes back without the laptop; whether it is back.

    Raises:
        Refused: the pen is not out.
        NotEntitled: it is for tellers.
    """
    on = lending.current(desk.connection)
    if on is None or on.place != "home":
        raise TooLate("The pen is here already.")
    here = node.assembly_here(desk)
    command = pen.TakePenBack(
        lending=on.id,
        tellers=frozenset(teller.member for teller in here.tellers),
        by=by,
        at=desk.now,
    )
    happened = node.perform(desk, lending.PEN, command)
    if not any(isinstance(event, pen.PenTakenBack) for event in happened):
        return False
    lending.thaw(desk.connection)
    lending.go_on(desk.connection, on.id, state="lost")
    return True


def leave_out(desk: Desk, *, by: MemberId) -> None:
    """Think better of having asked for the pen, as a teller."""
    on = lending.current(desk.connection)
    if on is not None:
        command = pen.LeavePenOut(lending=on.id, by=by, at=desk.now)
        node.perform(desk, lending.PEN, command)


# In the hall


def hand_over(connection: sqlite3.Connection) -> Lending:
    """Stop all that is done on this machine, for good, before it is copied.

    Raises:
        Misused: no pen was lent to it.
    """
    here = lending.in_hall(connection)
    if here is None:
        raise Misused("The pen was not lent to this machine: there is none to return.")
    if here.state == "out":
        lending.freeze_all(connection)
        lending.go_on(connection, here.id, state="returning")
    return here


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened, with its words and numbers.

    ``times`` says how often, for what is only counted, and how it was is nobody's.
    """

    at: datetime
    noun: str
    what: str
    facts: tuple[tuple[str, str], ...] = ()
    times: int = 1


def only_here(desk: Desk) -> list[Happening]:
    """Return what happened on this machine since the pen was lent, the oldest first.

    It is for people who enter it again. Of votes, and of who was there, only how many
    is said.
    """
    here = lending.in_hall(desk.connection)
    if here is None:
        return []
    names = people.names(desk.connection)
    found: list[Happening] = []
    hushed: dict[str, Happening] = {}
    for row in lending.events_after(desk.connection, here.lent_upto):
        happening = Happening(
            at=canonical.read_time(row["at"]),
            noun=row["stream"].partition(":")[0].replace("_", " "),
            what=_in_words(row["type"]),
            facts=_facts(desk, json.loads(row["body"]), names),
        )
        if row["type"] not in COUNTED_ONLY:
            found.append(happening)
            continue
        before = hushed.get(row["type"])
        times = 1 if before is None else before.times + 1
        hushed[row["type"]] = replace(happening, facts=(), times=times)
    return [*found, *hushed.values()]


def _facts(
    desk: Desk, body: dict[str, object], names: dict[str, str]
) -> tuple[tuple[str, str], ...]:
    return tuple(
        (
            name,
            names.get(written) or events.wording(desk.connection, written) or written,
        )
        for name, written in _leaves(body)
    )


def _leaves(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Give the single values of an event, each with the name it goes by."""
    match value:
        case None | "":
            pass
        case dict():
            for inner, each in value.items():
                if inner != "at":
                    yield from _leaves(each, inner.replace("_", " "))
        case list():
            for each in value:
                yield from _leaves(each, name)
        case bool():
            yield name, "yes" if value else "no"
        case _:
            yield name, str(value)


def _in_words(kind: str) -> str:
    """Write the name of an event as one reads it: DecisionConfirmed."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).capitalize()


COUNTED_ONLY: Final = frozenset(
    {"VoteCast", "VoteVoided", "MemberCheckedIn", "MemberCheckedOut"}
)


# Parts of the above


def _check_lendable(desk: Desk) -> None:
    if lending.in_hall(desk.connection) is not None:
        raise Refused("This is the machine in the hall; the pen is lent at home.")
    if lending.current(desk.connection) is not None:
        raise Refused(
            "The pen is lent already, and there is only one. It must come back, or be "
            "taken back by two tellers, before it is lent again."
        )
    if not node.exists(desk, "assembly:it"):
        raise Refused(
            "Before the founding there is nothing to lend: set the node up on the "
            "laptop itself, and give it its address afterwards."
        )


def _opened(connection: sqlite3.Connection, vault: Vault) -> dict[str, bytes]:
    """Open the keys that go to the hall, and leave none of the others in the copy."""
    sealed = lending.sealed(connection)
    lending.empty(connection, ["sealed_key"])
    return {
        name: vault.open(name, each)
        for name, each in sealed.items()
        if name not in WITHHELD
    }


def _lend_marks(
    connection: sqlite3.Connection, vault: Vault, theirs: Vault, meeting: str
) -> None:
    """Let the codes that one machine printed for a meeting open it on another."""
    for purpose in MARKED_FOR:
        named = f"{purpose} {meeting}"
        name = f"{keys.MARKING}{named}"
        if keys.kept(connection, theirs, name) is None:
            keys.keep(connection, theirs, name, vault.marking_key(named))


def _seal_nothing(connection: sqlite3.Connection, theirs: Vault) -> None:
    """Put a key that is nobody's in the place of each that actors sign with."""
    nobodys = keys.new_rsa()
    for each in lending.actors(connection):
        rsa = theirs.seal_rsa(each.path, nobodys)
        lending.keep_actor_keys(connection, each.path, rsa=rsa, ed25519=None)


def _check_continues(connection: sqlite3.Connection, on: Lending) -> None:
    """Make sure that what arrived goes on from what was lent, and from nothing else.

    Raises:
        Invalid: it does not.
    """
    there = lending.arrived(connection)
    goes_on = lending.same_events(connection, upto=on.lent_upto)
    if there != on.id or not goes_on:
        raise Invalid(
            "This is not what was lent, carried on. Nothing of it was taken in."
        )
    for table in sorted(lending.RECORD):
        if not lending.same(connection, table):
            raise Invalid(
                "The public record was changed on the other machine, which no machine "
                "in a hall does. Nothing of it was taken in."
            )


def _take_keys(desk: Desk, theirs: Vault, *, lent_upto: int) -> None:
    arrived = lending.sealed(desk.connection, "arrived")
    for name in lending.sealed(desk.connection).keys() - WITHHELD - arrived.keys():
        lending.drop_key(desk.connection, name)
    for meeting in lending.meetings_called(desk.connection, after=lent_upto):
        _lend_marks(desk.connection, theirs, desk.vault, meeting)
    for name in arrived.keys() - WITHHELD:
        if name.startswith(keys.MARKING):
            continue
        plain = theirs.open(name, arrived[name])
        keys.keep(desk.connection, desk.vault, name, plain)


def _take_actors(desk: Desk, theirs: Vault) -> None:
    """Take in whose actors there are. Those that stayed keep the keys they had."""
    connection, vault = desk.connection, desk.vault
    before = {each.path: each for each in lending.actors(connection)}
    lending.replace(connection, "actor")
    for each in lending.actors(connection):
        old = before.get(each.path)
        if old is None:
            rsa = vault.seal_rsa(each.path, theirs.rsa(each.path, each.rsa))
            own = each.ed25519
        else:
            rsa, own = old.rsa, None
        ed25519 = (
            None
            if own is None
            else vault.seal_ed25519(each.path, theirs.ed25519(each.path, own))
        )
        # Whose key is the same as before has it here; who brought another one to the
        # hall has it with them.
        if old is not None and old.public_ed25519 == each.public_ed25519:
            ed25519 = old.ed25519
        lending.keep_actor_keys(connection, each.path, rsa=rsa, ed25519=ed25519)


def _take_erasures(desk: Desk) -> None:
    """Erase here, too, what was withdrawn in the hall; no backup brings it back."""
    for erasure in lending.erasures_that_arrived(desk.connection):
        erasing.note(desk, erasure)
    erasing.reapply(desk)
