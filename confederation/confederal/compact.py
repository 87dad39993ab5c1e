"""A compact is a document that its members joined; no server stands behind it.

It says who decides together and by which rules. Which version counts for a proposal
is the proposal's to name, and it counts to the end.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Literal

from confederation.confederal import succession
from confederation.confederal.history import Record
from confederation.counting import shares
from confederation.counting.majority import HALF
from confederation.errors import Invalid
from confederation.identifiers import (
    ActorId,
    AssemblyId,
    Commit,
    CompactId,
    Digest,
    Multikey,
)
from confederation.record import Entry, Membership, Method

DAY = 24 * 60 * 60
THRESHOLDS = {"majority": Fraction(1, 2), "two-thirds": Fraction(2, 3)}
RANKINGS = ("ranked-pairs", "schulze", "instant-runoff", "stv")
"""The methods by which assemblies choose among options, each putting them in order."""
BY_MEMBERS = ("double-majority", "majority-of-members")
WEIGHTED = "weighted-majority"
"""The method by which seats count with their weight."""
HEAVIEST = 3
MOST_ATTEND = 10**6
MOST_THEMES = 60
LONGEST_THEME = 80
THEME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)*", re.ASCII)
WITHSTANDS_LIARS_FROM = 4
"""From this many members on, the default threshold also withstands some that lie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """How high a method sets the bar.

    ``share`` of the assemblies that cast must be for: more than it where it is a half,
    at least it otherwise. ``people`` asks for a second majority, counted by members;
    where ``assemblies`` is false the share is of the members, and they alone count as
    long as every assembly that cast counted them. Where ``weighted``, it is the share
    of the weights of the seats that cast.
    """

    share: Fraction
    people: bool
    assemblies: bool = True
    weighted: bool = False

    def at_least(self, other: "Bar") -> bool:
        """Say whether whatever passes this bar passes the other as well."""
        # A few heavy seats can outweigh many, and many light ones outnumber few.
        if self.weighted != other.weighted:
            return False
        if self.share < other.share or (other.people and not self.people):
            return False
        if other.assemblies:
            return self.assemblies
        # A double majority asks no more than half of the members, whatever its share.
        return not self.assemblies or other.share == HALF


def bar(method: Method) -> Bar:
    """Read a method's bar.

    ``majority-of-assemblies``, ``double-majority`` and ``majority-of-members`` ask for
    more than half, or for the threshold that the method names;
    ``two-thirds-of-assemblies`` for two thirds. ``weighted-majority`` asks for more
    than half of the weight that is cast, or for the threshold. What ``RANKINGS`` choose
    must be ranked above keeping things as they are by more than half of the assemblies,
    or the threshold.

    Raises:
        Invalid: this version counts no such method.
    """
    if method.name == "two-thirds-of-assemblies" and method.threshold in (None, "2/3"):
        return Bar(share=Fraction(2, 3), people=False)
    if method.name in ("majority-of-assemblies", WEIGHTED, *BY_MEMBERS, *RANKINGS):
        threshold = shares.read(method.threshold or "1/2")
        if threshold < HALF:
            raise Invalid("A proposal is not adopted by less than half.")
        return Bar(
            share=threshold,
            people=method.name in BY_MEMBERS,
            assemblies=method.name != "majority-of-members",
            weighted=method.name == WEIGHTED,
        )
    raise Invalid("There is no way here to count by {name!r}.", name=method.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A member assembly, with the address and record key it joined with.

    Later keys and addresses follow from the member's own record. ``readmitted`` is the
    entry by which it had ended before the members let it in again. ``bears`` is the
    compact, of which it is a member, that it holds this seat for; ``substitutes`` are
    other members of that one who bear the seat after it, the first to follow first.
    ``weight`` is what it counts for, from 1 to 3, where a proposal counts by weights.
    """

    assembly: AssemblyId
    address: ActorId
    key: Multikey
    readmitted: Digest | None = None
    bears: CompactId | None = None
    substitutes: tuple[AssemblyId, ...] = ()
    weight: int = 1

    @property
    def bearers(self) -> tuple[AssemblyId, ...]:
        """Who files what the seat says: its assembly, then those ranked after it."""
        return (self.assembly, *self.substitutes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratification:
    """How outcomes are ratified: within how many seconds, by which share, for whom."""

    window: int = 30 * DAY
    enough: str = "2/3"
    binds: Literal["ratifying", "all"] = "ratifying"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """By which attendance a seat weighs more than one, and how its weight is cast.

    A seat weighs two from ``two`` residents on who regularly attend, as peers attest,
    and three from ``three`` on. ``cast`` says whether it goes as one *bloc* where the
    delegate votes, or is *split* as the members of the assembly said yes and no.
    """

    two: int
    three: int
    cast: Literal["bloc", "split"] = "bloc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules of a compact. Shares are fractions as text, spans are in seconds.

    ``threshold`` None means the default for the number of members; else ``majority``,
    ``two-thirds`` or a fraction. ``adopt`` is the least that a proposal's method must
    ask for. ``closing_limit`` is how long closing waits before members may replace a
    proposal; ``batch`` how long statements are gathered before they are filed.
    ``weighing`` None means that every seat weighs one.
    """

    threshold: str | None = None
    quorum: str = "1/2"
    adopt: str = "majority-of-assemblies"
    recall: Literal["withdraws", "stands"] = "withdraws"
    two_tellers: bool = True
    closing_limit: int = 7 * DAY
    batch: int = 1
    ratification: Ratification = field(default_factory=Ratification)
    weighing: Weighing | None = None


@dataclass(frozen=True, kw_only=True)
class Compact:
    """One version of a compact. ``digest`` is of the document it was read from.

    ``suspended`` are assemblies that belong to the compact and have no seat in this
    version. ``criteria`` is the digest of the criteria by which those who apply are
    judged; None for the usual ones. ``themes`` are the themes that the assemblies deal
    with together, a branch after a slash, such as ``housing/damp``.

    ``first`` is the digest of the first version and ``previous`` that of the one
    before; both are None in the first version, whose own digest is the identity.

    Raises:
        Invalid: no confederation could live by this document.
    """

    # Not slotted: what is asked for each seat is kept in the instance's dictionary.
    digest: Digest
    members: tuple[Seat, ...]
    rules: Rules = field(default_factory=Rules)
    purpose: Commit | None = None
    first: CompactId | None = None
    previous: Digest | None = None
    suspended: tuple[Seat, ...] = ()
    criteria: Digest | None = None
    themes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.members:
            raise Invalid("A compact names at least one assembly.")
        if len({seat.assembly for seat in self.named}) != len(self.named):
            raise Invalid("A compact names each assembly once.")
        borne = [seat.bears for seat in self.named if seat.bears is not None]
        if len(set(borne)) < len(borne) or self.identity in borne:
            raise Invalid(
                "A compact holds one seat in a wider one, and none in itself."
            )
        _check_substitutes(self.named)
        if len({seat.key for seat in self.named}) != len(self.named):
            raise Invalid("Two assemblies of a compact cannot share a record key.")
        if (self.first is None) != (self.previous is None):
            raise Invalid(
                "A later version of a compact names the first one and the one before."
            )
        if self.first is None and self.suspended:
            raise Invalid("Nobody is suspended in the first version of a compact.")
        weighs = self.rules.weighing is not None and self.first is not None
        if any(not 1 <= s.weight <= (HEAVIEST if weighs else 1) for s in self.named):
            raise Invalid(
                "A seat weighs 1 to 3, and more than 1 only in a later version of a "
                "compact that says from which attendance on."
            )
        _check_rules(self.rules)
        _check_themes(self.themes)
        # Two sets of t must share a member, or one question could get two answers.
        if not self.n < 2 * self.t <= 2 * self.n:
            raise Invalid(
                "The threshold of a compact is more than half of its members and "
                "at most all of them; {t} of {n} is not.",
                t=self.t,
                n=self.n,
            )

    def __hash__(self) -> int:
        """Hash the digest, which names all the rest."""
        return hash(self.digest)

    @property
    def identity(self) -> CompactId:
        """Give what mandates bind to: the digest of the first version."""
        return CompactId(self.digest) if self.first is None else self.first

    @property
    def named(self) -> tuple[Seat, ...]:
        """Every assembly that belongs to the compact, the suspended ones last."""
        return (*self.members, *self.suspended)

    @property
    def n(self) -> int:
        """How many assemblies are members."""
        return len(self.members)

    @cached_property
    def t(self) -> int:
        """How many assemblies must say the same for it to hold."""
        name = self.rules.threshold
        if name is None:
            name = "majority" if self.n < WITHSTANDS_LIARS_FROM else "two-thirds"
        if name == "majority":
            return self.n // 2 + 1
        return shares.least(_threshold(name), self.n, strict=False)

    @property
    def finals(self) -> int:
        """How many final statements rule out what is absent from them: n - t + 1."""
        return self.n - self.t + 1

    @property
    def quorum(self) -> int:
        """How many seats must cast a vote when all of them are the base."""
        return self.quorum_of(self.n)

    def quorum_of(self, base: int) -> int:
        """How many seats must cast a vote when ``base`` seats are the base."""
        return shares.least(shares.read(self.rules.quorum), base, strict=False)

    def seat_of(self, assembly: AssemblyId) -> int | None:
        """Give an assembly's seat, by its place in the list; None if it has none."""
        return self._seats.get(assembly)

    def borne_by(self, assembly: AssemblyId) -> int | None:
        """Give the seat for which an assembly may file: its own, or as a substitute."""
        return self._borne.get(assembly)

    @cached_property
    def _borne(self) -> Mapping[AssemblyId, int]:
        return {
            assembly: seat
            for seat, member in enumerate(self.members)
            for assembly in member.bearers
        }

    @cached_property
    def _seats(self) -> Mapping[AssemblyId, int]:
        return {member.assembly: seat for seat, member in enumerate(self.members)}


def in_force(compact: Compact, records: Mapping[AssemblyId, Record]) -> bool:
    """Say whether every assembly that a version names has said that it wants to be in.

    A first version is in force then; a later one when it was adopted besides. Once in
    force it stays so: an assembly that leaves empties its own seat and takes nothing
    from the others.

    See docs/decisions/0021-in-force-once-and-for-all.md.
    """
    return not awaited(compact, records)


def awaited(
    compact: Compact, records: Mapping[AssemblyId, Record]
) -> tuple[AssemblyId, ...]:
    """Name the assemblies of which no consent is held, in the order of the seats.

    Who is named in a first version has joined just that. Who is named in a later one
    joined the first, or applied to the compact, or joined this version.
    """
    return tuple(
        seat.assembly
        for seat in compact.members
        if seat.assembly not in records
        or not any(
            _consents(fact, compact)
            for _, fact in records[seat.assembly].facts(Membership)
        )
    )


def _consents(fact: Membership, compact: Compact) -> bool:
    if fact.act == "join":
        return fact.compact in (compact.digest, Digest(compact.identity))
    return (
        fact.act == "apply"
        and compact.first is not None
        and fact.compact == Digest(compact.identity)
    )


def applied(identity: CompactId, record: Record) -> Entry | None:
    """Find the application of an assembly to a compact; None if none stands.

    Leaving takes it back; applying anew puts another in its place.
    """
    standing: Entry | None = None
    for entry, fact in record.facts(Membership):
        if fact.compact == Digest(identity) and fact.act != "join":
            standing = entry if fact.act == "apply" else None
    return standing


def left(compact: Compact, record: Record, seq: int) -> Entry | None:
    """Find the entry by which an assembly had left before ``seq``; None if it had not.

    Leaving names this version or the identity; joining again undoes it. Applying does
    not: whoever left has no seat before the others decide so, and then joins. An
    assembly that split, merged or was dissolved has left every compact, and only a
    version that admits it again undoes that.
    """
    number = compact.seat_of(record.assembly)
    readmitted = None if number is None else compact.members[number].readmitted
    leaving: Entry | None = None
    for entry, fact in record.facts(Membership, before=seq):
        if fact.compact not in (compact.digest, compact.identity):
            continue
        if fact.act != "apply":
            leaving = entry if fact.act == "leave" else None
    return succession.ended(record, seq, readmitted=readmitted) or leaving


def _check_rules(rules: Rules) -> None:
    if rules.threshold is not None:
        _threshold(rules.threshold)
    if rules.adopt in RANKINGS:
        raise Invalid("The least that a compact asks for is a majority, not a ranking.")
    bar(Method(name=rules.adopt))
    shares.read(rules.quorum)
    shares.read(rules.ratification.enough)
    if rules.recall not in ("withdraws", "stands"):
        raise Invalid("A recall either withdraws open votes or lets them stand.")
    if rules.closing_limit <= 0 or rules.ratification.window <= 0 or rules.batch < 0:
        raise Invalid("The spans of a compact are positive numbers of seconds.")
    weighing = rules.weighing
    if weighing is not None and not 0 < weighing.two < weighing.three <= MOST_ATTEND:
        raise Invalid("More attend where a seat weighs three than where it weighs two.")
    if weighing is not None and weighing.cast not in ("bloc", "split"):
        raise Invalid("A weight is cast as one bloc, or split as the assembly did.")


def _check_substitutes(seats: tuple[Seat, ...]) -> None:
    if any(seat.substitutes and seat.bears is None for seat in seats):
        raise Invalid("Only a seat that is held for a compact has substitutes.")
    everybody = [each for seat in seats for each in seat.bearers]
    if len(set(everybody)) < len(everybody):
        raise Invalid("A substitute stands in for one seat, and has none of its own.")


def _check_themes(themes: tuple[str, ...]) -> None:
    if len(set(themes)) < len(themes) or len(themes) > MOST_THEMES:
        raise Invalid(
            "A compact names each theme once, and at most {most}.", most=MOST_THEMES
        )
    for theme in themes:
        if len(theme) > LONGEST_THEME or not THEME.fullmatch(theme):
            raise Invalid(
                "A theme is a word in small letters, or a branch of one such as "
                "housing/damp, and not {theme!r}.",
                theme=theme[:LONGEST_THEME],
            )


def _threshold(name: str) -> Fraction:
    return THRESHOLDS.get(name) or shares.read(name)
