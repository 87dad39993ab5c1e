"""What a delegate must do, in words: the instruction first, the reason beside it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from activitypub import canonical, reading
from activitypub.errors import ProtocolError
from confederation import choosing
from confederation.identifiers import OptionId
from confederation.record import Instruction, Proposal
from instance.desk import Desk
from instance.store import inbound, posts
from instance.web import naming
from instance.web.naming import Words

IN_ORDER: Final = "Must begin with, in this order"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A delegate in office as a page shows them. ``page`` is None for one elsewhere."""

    name: str
    handle: str
    page: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One part of an instruction: a verb, and the options that it is about.

    ``ordered`` says that they are an order, and no list to choose from.
    """

    verb: str
    options: tuple[Words, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """An instruction on one proposal; ``limits`` are whole sentences."""

    told: tuple[Told, ...]
    limits: tuple[str, ...]
    reason: Words | None


def labels(desk: Desk, proposal: Proposal) -> Mapping[OptionId, Words]:
    """Return the options of a proposal in its own words."""
    return {
        option.id: label
        if (label := naming.words(desk, option.label)).text is not None
        else Words(text=option.id)
        for option in proposal.options
    }


def chosen(
    names: Mapping[OptionId, Words], choice: Iterable[OptionId]
) -> tuple[Words, ...]:
    """Return chosen options in words; one that is unknown by its id."""
    return tuple(names.get(option, Words(text=option)) for option in choice)


def orders(
    desk: Desk, instruction: Instruction, names: Mapping[OptionId, Words]
) -> Orders:
    """Put an instruction into words."""
    parts = (
        ("Must choose", instruction.must),
        ("May choose", instruction.may),
        ("Must not choose", instruction.must_not),
    )
    if choosing.KEEP in names:
        parts = (
            (IN_ORDER, instruction.must),
            ("May rank", instruction.may),
            ("Must not rank", instruction.must_not),
        )
    return Orders(
        told=tuple(
            Told(
                verb=verb,
                options=chosen(names, options),
                ordered=verb == IN_ORDER,
            )
            for verb, options in parts
            if options
        ),
        limits=tuple(limits(instruction)),
        reason=naming.some_words(desk, instruction.reason),
    )


def person(desk: Desk, actor: str) -> Person:
    """Return what a delegate in office is called."""
    prefix = f"{desk.config.base}/"
    handle = naming.handle(actor)
    if actor.startswith(prefix):
        path = actor.removeprefix(prefix)
        ours = posts.actor(desk.connection, path)
        if ours is not None:
            return Person(
                name=ours.name,
                handle=f"@{ours.username}@{desk.config.host}",
                page=f"/{path}",
            )
    row = inbound.remote_actor(desk.connection, actor)
    if row is None or row["body"] is None:
        return Person(name=handle, handle=handle, page=None)
    try:
        known = reading.actor(canonical.read(row["body"].encode()))
    except ProtocolError:
        return Person(name=handle, handle=handle, page=None)
    return Person(name=known.name or handle, handle=handle, page=None)


def limits(instruction: Instruction) -> Iterable[str]:
    """Say how far a text may be amended, in whole sentences."""
    if instruction.may_amend:
        numbers = " and ".join(str(n) for n in sorted(instruction.may_amend))
        noun = "clause" if len(instruction.may_amend) == 1 else "clauses"
        yield f"May agree to other words in {noun} {numbers}."
    for clause, amounts in sorted(instruction.amounts.items()):
        for name, (least, most) in sorted(amounts.items()):
            yield f"In clause {clause}, {name} may be from {least} to {most}."
