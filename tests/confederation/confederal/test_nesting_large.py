"""What holds among a few valleys holds among a hundred and fifty.

What of the 22,500 assemblies is played and what is only counted stands in
``nesting_large``.
"""

from collections import Counter

from activitypub import canonical
from confederation.confederal import council, tally
from confederation.confederal.bearing import instruction
from confederation.confederal.council import State
from confederation.confederal.weighing import Fate
from confederation.record import Filed
from instance import verification
from tests.confederation.nesting_large import Council
from tests.confederation.scenario import instant

VALLEYS = TOWNS = 150
PLAYED = 2


def test_a_hundred_and_fifty_times_a_hundred_and_fifty_come_to_one_result() -> None:
    run = Council(1, valleys=VALLEYS, towns=TOWNS, played=PLAYED)
    asleep = {id(node) for node in run.nodes if id(node) in run.killed}
    alive = [node for node in run.honest if id(node) not in asleep]

    known = {node.heads(): node for node in alive}
    stands = [
        council.standing(node.holding(run.proposal), instant(99))
        for node in known.values()
    ]

    assert len(alive) >= run.above.t
    assert {each.state for each in stands} == {State.CONFIRMED}
    result = stands[0].confirmed
    assert result is not None
    assert all(each.confirmed == result for each in stands)
    # Every seat that counts says what is counted from the votes of its own valley.
    counted = {each.seat: each.choice for each in result.certified}
    for seat, choice in counted.items():
        decided = run.below[seat]
        valley = run.ground.valleys[seat]
        again = tally.count(valley, decided.asked, reversed(decided.positions))
        written = canonical.canonical(verification.result_document(again))
        assert written == canonical.canonical(
            verification.result_document(decided.result)
        )
        assert decided.read is not None
        said = instruction(decided.read)
        assert said is not None
        assert choice == said.must
    assert len({decided.asked.digest for decided in run.below}) == VALLEYS
    assert len(counted) >= VALLEYS - len(run.killed) - len(run.liars)
    # Nobody hears the two that lie: of one it is known, of the other it waits.
    for liar in run.liars:
        assert liar.valley not in counted
    fates = Counter(
        (each.fate, each.judged)
        for each in stands[0].revisions
        if each.entry is not None and isinstance(each.entry.fact, Filed)
    )
    assert fates[Fate.VOID, True] == 1
    assert fates[Fate.EXCLUDED, False] == 1
