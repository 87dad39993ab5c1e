"""What seats weigh, where assemblies agreed on it: the form, and what it changes.

Nobody types a weight in. It follows from how many regularly attend, as peers attest,
on the day on which the change is written down.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from confederation.confederal import weights
from confederation.confederal.compact import MOST_ATTEND, Compact, Seat, Weighing
from confederation.errors import Filled, Invalid
from instance.confederal import evidence
from instance.desk import Desk
from instance.web import naming
from instance.web.forms import Form
from instance.web.languages import N_

ALIKE: Final = "alike"
CASTS: Final = {
    ALIKE: N_("every assembly weighs the same"),
    "bloc": N_("by who attends, and all of it goes where the delegate votes"),
    "split": N_("by who attends, and split as its members said yes and no"),
}
TWO, THREE = 50, 150


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighingRules:
    """How seats weigh, as the form shows it."""

    cast: str
    two: int
    three: int
    offered: dict[str, str]


def view(weighing: Weighing | None) -> WeighingRules:
    """Show how seats weigh in a version, or what is offered where they weigh alike."""
    return WeighingRules(
        cast=ALIKE if weighing is None else weighing.cast,
        two=TWO if weighing is None else weighing.two,
        three=THREE if weighing is None else weighing.three,
        offered=CASTS,
    )


def asked(form: Form, before: Weighing | None) -> Weighing | None:
    """Read how seats are to weigh; as before where the form does not say.

    Raises:
        Misused: a number is missing, or something was not offered.
    """
    if "weigh" not in form.values:
        return before
    cast = form.choice("weigh", "What an assembly weighs", among=CASTS)
    if cast == ALIKE:
        return None
    two = form.whole("weigh_two", N_("It weighs two from"), least=1, most=MOST_ATTEND)
    three = form.whole(
        "weigh_three", N_("It weighs three from"), least=1, most=MOST_ATTEND
    )
    if two >= three:
        raise Invalid(
            "More attend where an assembly weighs three than where it is two."
        )
    return Weighing(two=two, three=three, cast=cast)  # type: ignore[arg-type]


def weighed(
    desk: Desk, before: Compact, members: Iterable[Seat], weighing: Weighing | None
) -> tuple[Seat, ...]:
    """Give each seat the weight that follows from what peers attest by now."""
    if weighing is None:
        return tuple(replace(seat, weight=1) for seat in members)
    peers = evidence.peers(desk, before.identity)
    return tuple(
        replace(
            seat,
            weight=weights.weight(
                weights.attended(seat.assembly, peers, since=seat.readmitted), weighing
            ),
        )
        for seat in members
    )


def differences(desk: Desk, before: Compact, after: Compact) -> Iterator[str]:
    """Say which seats weigh something else, and that all weigh alike again."""
    if before.rules.weighing is not None and after.rules.weighing is None:
        yield N_("Every assembly weighs the same.")
    old = {seat.assembly: seat.weight for seat in before.members}
    for seat in after.members:
        if seat.weight != old.get(seat.assembly, 1):
            yield Filled(
                "{name} weighs {weight}, where a proposal counts by weight.",
                name=naming.assembly(desk, seat.assembly).name,
                weight=seat.weight,
            )
