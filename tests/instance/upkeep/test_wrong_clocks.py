"""A clock that jumps closes nothing, signs nothing, and is named on the pages."""

from pathlib import Path

from confederation.confederal.council import State
from instance.store import checkpoints
from instance.upkeep import doctor
from tests.instance.gone_wrong import AT_MOST, a_valley, page
from tests.instance.serving import DAY, now, until
from tests.instance.three import assembly_of, mandates, votes
from tests.instance.wire import rows

A_YEAR = 365 * 86_400


def test_a_clock_that_jumps_a_year_ahead_closes_nothing_and_signs_nothing(
    tmp_path: Path,
) -> None:
    with a_valley(tmp_path) as valley:
        a, b, c = valley.together.houses
        harbour, _, mill = valley.nodes
        whose = assembly_of(c)
        mill.stop()
        mill.clock_is_off_by(0)
        mill.start()
        proposal = valley.opens(a, seconds=100)
        delegates = [
            mandates(valley.together, house, proposal, at=now(), until=now() + DAY)
            for house in (a, b)
        ]
        until(lambda: valley.opened(proposal), AT_MOST)
        until(lambda: "signs for its assembly" in page(mill, "/condition"), AT_MOST)
        held = len(rows(mill, "select 1 from entry where assembly = :c", c=whose))

        mill.clock_is_off_by(A_YEAR)

        until(lambda: "The clock of this machine jumped" in page(mill, "/condition"))
        until(
            lambda: "days ahead of the one here" in page(harbour, "/condition"), AT_MOST
        )
        for house, delegate in zip((a, b), delegates, strict=True):
            votes(house, delegate, proposal, at=now())
        until(lambda: valley.certified(a, proposal) == {0, 1}, AT_MOST)
        for house in (a, b):
            stands = valley.sees(house, proposal)
            assert stands is not None
            assert stands.state is State.OPEN
            assert stands.finals == ()
        signed = rows(mill, "select 1 from entry where assembly = :c", c=whose)
        assert len(signed) == held
        with a.desk(now()) as desk:
            clocks = checkpoints.clocks(desk.connection)
            assert max(clocks.values()) <= desk.seconds
        until(
            lambda: valley.confirmed(a, proposal) and valley.confirmed(b, proposal),
            AT_MOST,
        )
        mill.clock_is_off_by(0)
        until(lambda: "signs for its assembly" in page(mill, "/condition"), AT_MOST)
        until(lambda: valley.confirmed(c, proposal, by=3) != b"", AT_MOST)


def test_a_clock_that_is_a_year_behind_from_the_start_signs_nothing_until_it_is_set(
    tmp_path: Path,
) -> None:
    with a_valley(tmp_path) as valley:
        harbour, _, mill = valley.nodes
        mill.stop()
        mill.clock_is_off_by(-A_YEAR)

        mill.start()

        until(
            lambda: "far from those of the fellow" in page(mill, "/condition"), AT_MOST
        )
        assert "days ahead of the one here" in page(mill, "/condition")
        found = " ".join(
            str(each)
            for each in doctor.examine(mill.directory, clock=lambda: now() - DAY * 365)
        )
        assert "clock" in found
        until(
            lambda: "days behind the one here" in page(harbour, "/condition"), AT_MOST
        )
        mill.clock_is_off_by(0)
        until(lambda: "signs for its assembly" in page(mill, "/condition"), AT_MOST)
