"""A ranking is put together by buttons, by places from a list, or by dragging.

Each option that has a place has one of its own; what has none is left out.
"""

from collections.abc import Sequence

from confederation.counting.majority import ABSTAIN
from confederation.identifiers import OptionId
from instance.errors import Misused
from instance.web.forms import Form


def read(form: Form, options: Sequence[OptionId]) -> tuple[OptionId, ...]:
    """Read in which order options were put; abstaining is a button of its own.

    Raises:
        Misused: two share a place, a place is left out, or nothing has one.
    """
    form.only("choice", *(f"rank_{option}" for option in options))
    if form.one("choice") == ABSTAIN and ABSTAIN in options:
        return (ABSTAIN,)
    places: dict[int, OptionId] = {}
    for option in options:
        name = f"rank_{option}"
        if not form.one(name).strip():
            continue
        place = form.whole(name, "Place", least=1, most=len(options))
        if place in places:
            raise Misused(
                "Two options have place {place}. Please give each its own.", place=place
            )
        places[place] = option
    if not places:
        raise Misused("Please give at least the first choice place 1.")
    if sorted(places) != list(range(1, len(places) + 1)):
        raise Misused("Please begin with place 1 and leave none out in between.")
    return tuple(places[place] for place in sorted(places))
