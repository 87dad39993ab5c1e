"""A town ends by a vote of its own, and others go on."""

from dataclasses import replace

from confederation.record import Decision, Entry, Method, Succession
from tests.confederation.world import (
    Town,
)

QUALIFIED = Method(name="qualified", threshold="2/3")


def decides(town: Town, method: Method = QUALIFIED, outcome: str = "passed") -> Entry:
    plain = town.decides(outcome=outcome).fact
    assert isinstance(plain, Decision)
    return town.publishes(replace(plain, method=method))


def ends(
    town: Town,
    *successors: Town,
    act: str = "split",
    method: Method = QUALIFIED,
    tellers: int = 2,
) -> Entry:
    return town.publishes(
        Succession(
            act=act,  # type: ignore[arg-type]
            decision=decides(town, method).digest,
            successors=tuple(each.id for each in successors),
            confirmed_by=town.tellers[:tellers],
        )
    )


def an_end_of(town: Town) -> Entry:
    return ends(town, Town("north"), Town("south"))
