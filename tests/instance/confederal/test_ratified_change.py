"""A change of the compact that asks for it is in force once assemblies ratify it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from confederation.confederal.compact import Compact, Rules
from confederation.identifiers import Digest
from instance import bundle
from instance.bundle import Verdict
from tests.instance.amending import carried, changes, following, lineage, settled
from tests.instance.outcomes import AFTER, DURING, says
from tests.instance.three import OPENS, Three, three
from tests.second.comparing import both


def asked(together: Three) -> tuple[Compact, Digest]:
    """Adopt a change that goes back to the assemblies."""
    new = following(together.compact, rules=Rules(quorum="2/3"), themes=("damp",))
    proposal = changes(together, new, at=OPENS, ratify=True)
    carried(together, proposal, new, at=OPENS)
    return new, proposal


def versions(together: Three) -> list[int]:
    return [
        len(lineage(house, together.compact, at=AFTER).versions)
        for house in together.houses
    ]


def test_a_change_is_in_force_once_it_is_ratified(tmp_path: Path) -> None:
    together = three(tmp_path)
    new, proposal = asked(together)
    assert versions(together) == [1, 1, 1]

    for house in (together.houses[0], together.houses[2]):
        says(house, proposal)
    together.confer(DURING)
    together.confer(AFTER)

    assert versions(together) == [2, 2, 2]
    at = AFTER + timedelta(hours=2)
    decided = settled(replace(together, compact=new), at=at)
    with together.houses[0].desk(at + timedelta(hours=6)) as desk:
        data = bundle.export(desk, decided)
    first = together.compact.digest
    assert bundle.verify(data, first).verdict is Verdict.VERIFIED
    ours, theirs = both(data, first)
    assert ours == theirs


@pytest.mark.parametrize("answers", [0, 1])
def test_a_change_that_too_few_ratify_leaves_room_for_another(
    tmp_path: Path, answers: int
) -> None:
    together = three(tmp_path)
    _, refused = asked(together)
    for house in together.houses[:answers]:
        says(house, refused)
    together.confer(DURING)
    together.confer(AFTER)
    assert versions(together) == [1, 1, 1]

    other = following(together.compact, themes=("mould",))
    proposal = changes(together, other, by=1, at=AFTER)
    carried(together, proposal, other, at=AFTER)

    assert versions(together) == [2, 2, 2]
