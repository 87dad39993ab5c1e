"""A result is a function of the certified revisions alone, and is attested once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from confederation.identifiers import Digest, OptionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The arithmetic of a result, all integers: what *how counted* opens.

    ``assemblies`` and ``members`` map an option to how many; ``members`` is None
    where assemblies alone count. Where assemblies rank, ``assemblies`` are their first
    choices. ``weights`` maps an option to the weight of the seats on that side, as an
    exact fraction; None where seats do not count by weight.
    """

    seats: int
    cast: int
    quorum: int
    assemblies: Mapping[OptionId, int]
    members: Mapping[OptionId, int] | None
    weights: Mapping[OptionId, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """One majority of ranked pairs in its turn: locked in, or passed over."""

    over: OptionId
    under: OptionId
    votes: int
    against: int
    locked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of a count in which votes move from option to option.

    ``votes`` and ``lost`` (what had nowhere to go, and what was cut off) are exact
    decimals. ``tie`` says what chose among several that stood alike; ``compared`` is
    the number, from 1, of the earlier stage that did.
    """

    happened: Literal["first choices", "surplus", "excluded"]
    whose: OptionId | None
    votes: Mapping[OptionId, str]
    lost: str
    elected: tuple[OptionId, ...] = ()
    tie: Literal["earlier stage", "lot"] | None = None
    compared: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """How rankings were counted: every comparison or every stage, and what was chosen.

    ``lot`` is the order that settles ties. ``pairs`` says how many seats rank one
    option above another, ``paths`` how strong the strongest path between two is;
    what a method does not use is empty. ``chosen`` is what the count picks, keeping
    things as they are included; ``wanted`` is how many seats rank something of it
    above keeping things as they are.
    """

    lot: tuple[OptionId, ...]
    chosen: tuple[OptionId, ...]
    wanted: int
    pairs: Mapping[OptionId, Mapping[OptionId, int]] = field(default_factory=dict)
    locks: tuple[Lock, ...] = ()
    paths: Mapping[OptionId, Mapping[OptionId, int]] = field(default_factory=dict)
    stages: tuple[Stage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One certified revision: counted (``rule`` None) or left out with its rule."""

    seat: int
    revision: int
    digest: Digest
    rule: Literal["superseded", "withdrawn", "seat emptied"] | None
    choice: tuple[OptionId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What is attested: a function of the certified revisions alone.

    That of a ratification names the ratified result's digest as ``proposal``.
    ``ranked`` is there where assemblies ranked, and only there.
    """

    compact: Digest
    proposal: Digest
    method: str
    certified: tuple[Counted, ...]
    figures: Figures
    outcome: Literal[
        "adopted",
        "rejected",
        "no quorum",
        "withdrawn",
        "returned",
        "in force",
        "not in force",
    ]
    ranked: Ranked | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """An assembly attests a result, once and for good."""

    proposal: Digest
    result: Result
    result_hash: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """An assembly found its own attestation wrong. It explains and never counts."""

    attestation: Digest
    result_hash: Digest
    differing: tuple[Digest, ...] = ()
