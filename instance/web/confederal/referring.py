"""A text that was changed beyond a mandate goes back to the assembly, change by change.

Members see word by word what is new, in which clause and amount it goes further than
their delegate may go along, and put it to the vote again with one press.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from confederation.confederal import mandate
from confederation.confederal.mandate import Beyond
from confederation.identifiers import Digest
from confederation.record import Clause, Proposal
from instance import chamber
from instance.desk import Desk
from instance.store import records
from instance.web import differences, naming
from instance.web.deciding import balloting
from instance.web.differences import Change
from instance.web.languages import N_, phrased
from instance.web.naming import Words, in_hex

DECIDED: Final = frozenset({"passed", "rejected"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Further:
    """One thing in which a text goes further. ``became`` is None where it is gone."""

    clause: int | None
    amount: str | None = None
    was: str | None = None
    became: str | None = None
    limits: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Referred:
    """A proposal that goes back to our assembly: the difference, and what is beyond."""

    digest: str
    title: Words
    amends: str
    mandate: str
    changes: tuple[Change, ...]
    further: tuple[Further, ...]


def view(desk: Desk, digest: Digest) -> Referred | None:
    """Show what of a proposal goes beyond our mandate; None where nothing does.

    Raises:
        Unknown: no such proposal is known here.
    """
    entry = chamber.proposal(desk, digest)
    held, ours = chamber.holding(desk, entry), records.ours(desk.connection)
    kept = None if held is None or ours is None else held.records.get(ours.id)
    if held is None or kept is None or held.compact.seat_of(kept.assembly) is None:
        return None
    bound = mandate.bound(kept, kept.size, held.matter)
    old, new = held.matter.old, held.text
    if (
        bound.word != "refer back"
        or bound.mandate is None
        or bound.instruction is None
        or old is None
        or new.amends is None
        or new.closes <= desk.now
    ):
        return None
    return Referred(
        digest=digest,
        title=naming.words(desk, new.title),
        amends=new.amends,
        mandate=bound.mandate.digest,
        changes=differences.of_clauses(
            tuple(_written(desk, each) for each in old.clauses),
            tuple(_written(desk, each) for each in new.clauses),
        ),
        further=tuple(
            _further(each, old, new)
            for each in mandate.beyond(bound.instruction, held.matter)
        ),
    )


def is_decided(desk: Desk, digest: Digest) -> bool:
    """Whether our assembly has decided on this very text."""
    return any(
        each.outcome in DECIDED for each in balloting.decided(desk, subject=digest)
    )


def awaits(desk: Desk) -> Iterator[tuple[str, str, str]]:
    """Say which open proposals go back to our assembly: what, about what, and where."""
    for entry in chamber.proposals(desk):
        text = entry.fact
        assert isinstance(text, Proposal)
        if text.amends is None or text.closes <= desk.now:
            continue
        referred = view(desk, entry.digest)
        if referred is not None and not is_decided(desk, entry.digest):
            yield (
                N_("Decide again: the text was changed"),
                naming.in_a_line(referred.title, naming.begins(desk, text)),
                f"/proposals/{in_hex(entry.digest)}#referred-back",
            )


def _written(desk: Desk, clause: Clause) -> str:
    """Write a clause with its amounts, so that a changed amount is a changed word."""
    text = naming.words(desk, clause.text).text or phrased("(text withdrawn)")
    amounts = "; ".join(
        f"{name}: {each}" for name, each in sorted(clause.amounts.items())
    )
    return f"{clause.n}. {text}" + (f" ({amounts})" if amounts else "")


def _further(each: Beyond, old: Proposal, new: Proposal) -> Further:
    if each.clause is None or each.amount is None:
        return Further(clause=each.clause)
    return Further(
        clause=each.clause,
        amount=each.amount,
        was=_amount(old, each.clause, each.amount),
        became=_amount(new, each.clause, each.amount),
        limits=each.limits,
    )


def _amount(text: Proposal, n: int, name: str) -> str | None:
    for clause in text.clauses:
        if clause.n == n:
            return clause.amounts.get(name)
    return None
