"""A text is committed to whole and clause by clause, and its clauses are numbered."""

from dataclasses import dataclass

from confederation import amounts
from confederation.errors import Invalid
from confederation.identifiers import Commit
from confederation.record import Clause


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A version of the text: a commitment to the whole, and its numbered clauses."""

    text: Commit
    clauses: tuple[Clause, ...] = ()


def check(new: Text) -> None:
    """Check that a text can be decided on.

    Raises:
        Invalid: clauses that are not numbered in order, or an amount that is none.
    """
    numbers = [clause.n for clause in new.clauses]
    if numbers != sorted(set(numbers)) or any(n < 1 for n in numbers):
        raise Invalid("Clauses are numbered from 1, in order, each number once.")
    for clause in new.clauses:
        for amount in clause.amounts.values():
            amounts.read(amount)
