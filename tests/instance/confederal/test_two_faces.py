"""An assembly that tells one side this and the other side that is found out."""

from pathlib import Path

from confederation.confederal.council import State
from instance.store import records
from tests.instance.gone_wrong import AT_MOST, a_valley, in_hex, page
from tests.instance.serving import DAY, now, until
from tests.instance.three import assembly_of, mandates, votes
from tests.instance.wire import rows


def test_a_decision_is_never_two_ways_whoever_has_two_faces(tmp_path: Path) -> None:
    with a_valley(tmp_path) as valley:
        a, b, c = valley.together.houses
        harbour, quarry, mill = valley.nodes
        proposal = valley.opens(a, seconds=45)
        delegates = [
            mandates(
                valley.together, house, proposal, says, at=now(), until=now() + DAY
            )
            for house, says in ((a, "for"), (b, "against"))
        ]
        until(lambda: valley.opened(proposal))
        mill.stop()
        other, twin = valley.twin(2, tmp_path / "twin", 1)
        valley.web.cut(harbour, quarry)
        valley.web.cut(harbour, twin)
        valley.web.cut(quarry, mill)
        mill.start()
        twin.start()

        for house, says in ((c, "for"), (other, "against")):
            delegate = mandates(
                valley.together, house, proposal, says, at=now(), until=now() + DAY
            )
            votes(house, delegate, proposal, says, at=now())
        for house, delegate, says in zip(
            (a, b), delegates, ("for", "against"), strict=True
        ):
            votes(house, delegate, proposal, says, at=now())
        until(
            lambda: valley.confirmed(a, proposal) and valley.confirmed(b, proposal),
            AT_MOST,
        )
        assert valley.confirmed(a, proposal) != valley.confirmed(b, proposal)

        valley.web.mend()
        for house in (a, b):
            until(
                lambda house=house: (
                    (stands := valley.sees(house, proposal)) is not None
                    and stands.state is State.DISPUTED
                )
            )

        for house, node in ((a, harbour), (b, quarry)):
            stands = valley.sees(house, proposal)
            assert stands is not None
            assert stands.confirmed is None
            assert {each.of for each in stands.contradictions} == {assembly_of(c)}
            with house.desk(now()) as desk:
                ours = records.ours(desk.connection)
                assert ours is not None
                assert records.entries(
                    desk.connection, ours.id, types=("Equivocation",)
                )
            [(a_side, b_side)] = rows(
                node, "select a, b from contradiction order by found_at limit 1"
            )
            shown = page(node, f"/proposals/{in_hex(proposal)}")
            assert "Disputed" in shown
            for side in (a_side, b_side):
                assert page(node, f"/entries/{in_hex(side)}")
