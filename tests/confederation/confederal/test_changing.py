"""However a compact changes, there is one version in force, and nobody proclaims it.

``FOLKMOOT_RUNS=5000 pytest`` with this file plays more runs.
"""

import os
from collections import Counter
from dataclasses import fields

import pytest

from confederation.confederal import council
from confederation.confederal.council import State
from tests.confederation.changing import Faults, Run, adopted, breaches

RUNS = int(os.environ.get("FOLKMOOT_RUNS", "32"))
ENOUGH_TO_NOTICE = 20


def test_one_version_is_in_force_in_every_run() -> None:
    happened: Counter[str] = Counter()

    for seed in range(RUNS):
        run = Run(seed)
        assert breaches(run) == [], f"in the run of seed {seed}"
        happened.update(what_happened(run))

    # A run in which nothing changes keeps every promise, so enough has to happen.
    for event in (
        "a change was adopted",
        "somebody was suspended",
        "somebody was admitted",
        "something went on under the first version",
        "something was decided under a later version",
        "somebody came too late",
        "somebody left",
        "somebody was gone for good",
        "somebody applied while others voted",
        "an observer spoke out of turn",
        "seats came to weigh more",
        "seats came to weigh less",
        "more weight was asked for than was attested",
        "something was counted by weights that had changed",
    ):
        assert happened[event] >= max(1, RUNS // 30), f"{event} hardly ever"


def what_happened(run: Run) -> set[str]:
    happened: set[str] = set()
    node = run.awake[0]
    line = node.line()
    if line.changes:
        happened.add("a change was adopted")
        if line.newest.n != run.first.n:
            admitted = line.newest.n > run.first.n
            happened.add(f"somebody was {'admitted' if admitted else 'suspended'}")
        if run.late is not None:
            happened.add("somebody came too late")
    for proposal in node.proposals():
        held = node.holding(proposal)
        if held is None or held.text.compact_next is not None:
            continue
        if council.standing(held).state is State.CONFIRMED:
            later = held.compact != run.first
            happened.add(
                "something was decided under a later version"
                if later
                else "something went on under the first version"
            )
    happened |= weights_that_changed(run)
    if run.applies:
        happened.add("somebody applied while others voted")
    if run.speaks:
        happened.add("an observer spoke out of turn")
    if any(each.gone for each in run.nodes):
        happened.add("somebody left")
    if len(run.awake) < len(run.nodes):
        happened.add("somebody was gone for good")
    return happened


def weights_that_changed(run: Run) -> set[str]:
    happened: set[str] = set()
    documents, node = run.documents(), run.awake[0]
    over = adopted(run)
    for before, [after] in over.items():
        one, other = (
            sum(seat.weight for seat in version.members)
            for version in (documents[before], after)
        )
        if after.n == documents[before].n and one != other:
            more = "more" if other > one else "less"
            happened.add(f"seats came to weigh {more}")
    for version in documents.values():
        if any(seat.weight > run.weight(seat.assembly) for seat in version.members):
            happened.add("more weight was asked for than was attested")
    for proposal in node.proposals():
        held = node.holding(proposal)
        if held is None or held.text.compact_next is not None:
            continue
        heavy_then = any(seat.weight > 1 for seat in held.compact.members)
        result = council.standing(held).result
        if heavy_then and held.compact.digest in over and result is not None:
            happened.add("something was counted by weights that had changed")
    return happened


@pytest.mark.parametrize("fault", [each.name for each in fields(Faults)])
def test_a_fault_in_the_program_is_noticed(fault: str) -> None:
    faulty = Faults(**{fault: True})

    assert any(breaches(Run(seed, faulty)) for seed in range(ENOUGH_TO_NOTICE))
