"""What a delegate must do, in words: the instruction first, the reason beside it."""

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from activitypub import canonical, reading
from activitypub.errors import ProtocolError
from confederation.confederal import choosing
from confederation.errors import Filled, Phrase
from confederation.identifiers import AssemblyId, OptionId
from confederation.record import Instruction, Proposal
from instance.desk import Desk
from instance.store import inbound, posts
from instance.web import naming
from instance.web.languages import N_, phrased
from instance.web.naming import Words

IN_ORDER: Final = N_("Must begin with, in this order")


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
        (N_("Must choose"), instruction.must),
        (N_("May choose"), instruction.may),
        (N_("Must not choose"), instruction.must_not),
    )
    if choosing.KEEP in names:
        parts = (
            (IN_ORDER, instruction.must),
            (N_("May rank"), instruction.may),
            (N_("Must not rank"), instruction.must_not),
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


def person(desk: Desk, actor: str, of: AssemblyId) -> Person:
    """Return what a delegate in office is called; by their assembly if it is unsaid."""
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
    said = ""
    if row is not None and row["body"] is not None:
        with contextlib.suppress(ProtocolError):
            said = reading.actor(canonical.read(row["body"].encode())).name
    assembly = Phrase(naming.assembly(desk, of).name)
    name = said or phrased("A delegate of {name}", name=assembly)
    return Person(name=name, handle=handle, page=None)


def limits(instruction: Instruction) -> Iterable[str]:
    """Say how far a text may be amended, in whole sentences."""
    if instruction.may_amend:
        yield Filled(
            "May agree to other words in these clauses: {numbers}.",
            numbers=sorted(instruction.may_amend),
        )
    for clause, amounts in sorted(instruction.amounts.items()):
        for name, (least, most) in sorted(amounts.items()):
            yield Filled(
                "In clause {clause}, {name} may be from {least} to {most}.",
                clause=clause,
                name=name,
                least=least,
                most=most,
            )
