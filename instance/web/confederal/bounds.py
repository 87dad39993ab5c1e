"""Amounts in clauses, and how far a mandate lets a text be amended, as forms give them.

An amount has a name of one word, since names of amounts stand in the record.
"""

import re
from collections.abc import Mapping
from typing import Final

from confederation import amounts
from confederation.record import Clause
from instance.errors import Misused
from instance.web.forms import Form
from instance.web.languages import N_

MOST_IN_CLAUSE: Final = 400
MOST_IN_AMOUNT: Final = 32
_AMOUNT: Final = re.compile(r"([^\W_][\w-]{0,29})\s*=\s*(\S{1,32})")

Limits = Mapping[str, Mapping[str, tuple[str, str]]]


def read_amounts(form: Form) -> dict[int, dict[str, str]]:
    """Read what amounts stand in each clause, such as ``pounds = 1200; weeks = 6``.

    Raises:
        Misused: they are written otherwise.
        Invalid: one is no exact number.
    """
    found: dict[int, dict[str, str]] = {}
    for n, line in enumerate(form.values.get("amounts", ()), start=1):
        if len(line) > MOST_IN_CLAUSE:
            raise Misused("The amounts in clause {n} are too long.", n=n)
        for part in filter(None, (each.strip() for each in line.split(";"))):
            match = _AMOUNT.fullmatch(part)
            if match is None:
                raise Misused(
                    "The amounts in clause {n} are written like pounds = 1200; "
                    "weeks = 6.",
                    n=n,
                )
            amounts.read(match[2])
            found.setdefault(n, {})[match[1]] = match[2]
    return found


def names(clauses: tuple[Clause, ...]) -> tuple[str, ...]:
    """Name the fields in which limits on the amounts of a text are typed."""
    return tuple(
        f"{end}-{clause.n}-{name}"
        for clause in clauses
        for name in sorted(clause.amounts)
        for end in ("least", "most")
    )


def read_limits(form: Form, clauses: tuple[Clause, ...]) -> Limits:
    """Read the least and the most that amounts may become; none where both are empty.

    Raises:
        Misused: only one end is given.
    """
    limits: dict[str, dict[str, tuple[str, str]]] = {}
    for clause in clauses:
        for name in sorted(clause.amounts):
            least, most = (
                form.line(
                    f"{end}-{clause.n}-{name}", name, least=0, most=MOST_IN_AMOUNT
                )
                for end in ("least", "most")
            )
            if bool(least) != bool(most):
                raise Misused(
                    "For {name} in clause {n}, give the least and the most, or "
                    "leave both empty.",
                    name=name,
                    n=clause.n,
                )
            if least:
                limits.setdefault(str(clause.n), {})[name] = (least, most)
    return limits


def amendable(form: Form, clauses: tuple[Clause, ...]) -> tuple[int, ...]:
    """Read which clauses the delegate may agree to other words in.

    Raises:
        Misused: a clause that the text does not have.
    """
    numbers = [str(clause.n) for clause in clauses]
    ticked = form.choices("may_amend", N_("May agree to other words"), among=numbers)
    return tuple(sorted(map(int, ticked)))
