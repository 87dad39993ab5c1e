"""Whoever holds the list draws again, and says what is as it was told and what is not.

`Facts` are what everybody may know, as the node serves them. `Material` is who was in
the pool, by tickets, and the list: it is handed to those who check. Nobody needs a
solver for it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, Literal

import msgspec

from activitypub import proofs
from activitypub.canonical import JsonObject
from activitypub.errors import ProtocolError
from confederation.errors import Invalid
from confederation.identifiers import Digest, Ticket
from confederation.membership import panel
from confederation.sortition import lottery, replacing
from confederation.sortition.acts import How
from confederation.sortition.lottery import Certificate, Panel
from confederation.sortition.quotas import Person, Rules, check, check_pool
from instance import decoding
from instance.errors import Misused

MOST_BYTES: Final = 32 * 1024 * 1024
What = Literal[
    "pool",
    "list",
    "allowed",
    "least",
    "bound",
    "seeds",
    "signed",
    "number",
    "panel",
    "replaced",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is public of a draw. What has not happened yet is None or empty.

    ``seeds`` are by what committed to them, empty before they are told; ``balls`` is
    the number that was drawn by hand. ``signed`` is what other assemblies signed about
    theirs.
    """

    rules: Rules
    how: How
    size: int | None = None
    pool: Digest | None = None
    fixed: Digest | None = None
    length: int | None = None
    least: int | None = None
    bound: str | None = None
    seeds: Mapping[str, str] = field(default_factory=dict)
    signed: tuple[dict[str, Any], ...] = ()
    balls: int | None = None
    number: int | None = None
    places_passed_on: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Who was in a pool by their tickets, and the list. It names nobody.

    ``drawn`` are the tickets that were told to be drawn, ``out`` those who could not
    come, in their order, and ``into`` who came for them.
    """

    salt: str
    people: tuple[Person, ...]
    panels: tuple[Panel, ...]
    certificate: Certificate
    drawn: Panel = ()
    out: tuple[Ticket, ...] = ()
    into: tuple[Ticket | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was checked, and whether it is as it was told."""

    what: What
    holds: bool
    found: str


def facts(state: panel.State, signed: Iterable[JsonObject] = ()) -> Facts:
    """Return what is public of a panel's draw, with what others ``signed`` about it."""
    assert state.begun is not None
    frozen, made, drawn = state.frozen, state.made, state.drawn
    told = {each.commitment: each.seed or "" for each in state.seeds}
    by_hand = state.begun.how == "balls"
    return Facts(
        rules=state.rules,
        how=state.begun.how,
        size=None if frozen is None else frozen.size,
        pool=None if frozen is None else frozen.pool,
        fixed=None if made is None else made.fixed,
        length=None if made is None else made.length,
        least=None if made is None else made.least,
        bound=None if made is None else made.bound,
        seeds=dict(sorted(told.items())),
        signed=tuple(signed),
        balls=drawn.number if drawn is not None and by_hand else None,
        number=None if drawn is None else drawn.number,
        places_passed_on=len(state.passed_on),
    )


def read_facts(data: bytes) -> Facts:
    """Read what a node told everybody.

    Raises:
        Misused: it is nothing of the kind.
    """
    try:
        found = decoding.decode(data, Facts)
        check(found.rules)
    except (msgspec.MsgspecError, Invalid) as error:
        raise Misused("These are no facts of a draw. They end in draw.json.") from error
    return found


def read_material(data: bytes) -> Material:
    """Read what was handed to whoever checks.

    Raises:
        Misused: it is nothing of the kind.
    """
    try:
        return decoding.decode(data, Material)
    except msgspec.MsgspecError as error:
        raise Misused("This is no list of panels to check a draw with.") from error


def findings(facts: Facts, material: Material) -> Iterator[Finding]:
    """Draw again, and go through what is found; it ends where nothing more was told.

    See docs/reference/drawing-a-panel.md.
    """
    people, rules = material.people, facts.rules
    if facts.pool is None:
        return
    pool = lottery.pool_digest(people, rules, salt=material.salt)
    same = pool == facts.pool and len(people) == facts.size
    yield Finding(what="pool", holds=same and _sound(people, rules), found=pool)
    if facts.fixed is None or facts.length is None:
        return
    fixed = lottery.list_digest(material.panels, rules, pool=pool, salt=material.salt)
    same = fixed == facts.fixed and len(material.panels) == facts.length
    yield Finding(what="list", holds=same, found=fixed)
    yield from _of_list(facts, material)
    yield from _of_draw(facts, material, facts.fixed)


def _sound(people: tuple[Person, ...], rules: Rules) -> bool:
    try:
        check_pool(people, rules)
    except Invalid:
        return False
    return True


def _of_list(facts: Facts, material: Material) -> Iterator[Finding]:
    people, rules = material.people, facts.rules
    try:
        lottery.check(material.panels, people, rules)
    except Invalid as refused:
        yield Finding(what="allowed", holds=False, found=str(refused))
        return
    yield Finding(what="allowed", holds=True, found=str(len(material.panels)))
    least = min(lottery.chances(material.panels, people).values())
    told = Fraction(facts.least or 0, len(material.panels))
    yield Finding(what="least", holds=least == told, found=str(least))
    try:
        bound = str(lottery.bound(material.certificate, people, rules))
    except Invalid as refused:
        bound = str(refused)
    yield Finding(what="bound", holds=bound == _plain(facts.bound), found=bound)


def _plain(share: str | None) -> str:
    """Write a share as fractions are written here: one of one is ``1``."""
    return "" if share is None else share.removesuffix("/1")


def _of_draw(facts: Facts, material: Material, fixed: Digest) -> Iterator[Finding]:
    if facts.number is None:
        return
    if facts.how == "balls":
        number = facts.number if facts.balls is None else facts.balls
        seed = lottery.of_balls(number, fixed=fixed)
    else:
        try:
            seed = lottery.sum_of({Digest(c): s for c, s in facts.seeds.items()})
        except Invalid as refused:
            yield Finding(what="seeds", holds=False, found=str(refused))
            return
        yield Finding(what="seeds", holds=True, found=str(len(facts.seeds)))
        yield from _of_signed(facts)
        number = lottery.number(seed, fixed=fixed, length=len(material.panels))
    yield Finding(what="number", holds=number == facts.number, found=str(number))
    if not 0 <= number < len(material.panels):
        return
    drawn = material.panels[number]
    yield Finding(what="panel", holds=drawn == material.drawn, found=" ".join(drawn))
    known = {each.ticket: each for each in material.people}
    if not {*material.out, *drawn} <= known.keys():
        return
    try:
        came = replacing.follow(material.out, drawn, known, facts.rules, seed=seed)
    except ValueError:
        came = ()
    holds = came == material.into and len(came) == facts.places_passed_on
    names = " ".join(each or "-" for each in came)
    yield Finding(what="replaced", holds=holds, found=names)


def _of_signed(facts: Facts) -> Iterator[Finding]:
    """Check what others signed about their seeds; whose key it is, people compare."""
    for document in facts.signed:
        try:
            signer = proofs.verify_named(document)
        except ProtocolError as error:
            yield Finding(what="signed", holds=False, found=str(error))
            continue
        told = facts.seeds.get(str(document.get("commitment")))
        # Whoever only commits says neither which seed it is, nor of which list.
        says = (document.get("seed", told), document.get("fixed", facts.fixed))
        holds = told is not None and says == (told, facts.fixed)
        whose = f"{document.get('assembly')} {signer}"
        yield Finding(what="signed", holds=holds, found=whose)
