"""A node that loses power delays nobody, and its record is there without it."""

from pathlib import Path

import httpx

from confederation.confederal.council import State
from tests.instance.gone_wrong import AT_MOST, a_valley, in_hex, page
from tests.instance.serving import DAY, now, until
from tests.instance.three import assembly_of, mandates, votes
from tests.instance.wire import rows


def test_a_proposer_that_goes_dark_is_not_needed_and_comes_back_to_the_same_result(
    tmp_path: Path,
) -> None:
    with a_valley(tmp_path) as valley:
        a, b, c = valley.together.houses
        harbour, quarry, mill = valley.nodes
        proposal = valley.opens(a, seconds=40)
        delegates = [
            mandates(valley.together, house, proposal, at=now(), until=now() + DAY)
            for house in (a, b, c)
        ]
        until(lambda: valley.opened(proposal))
        # What the proposer says from here on reaches one of them only.
        valley.web.cut(harbour, mill)
        votes(a, delegates[0], proposal, at=now())
        until(lambda: valley.certified(b, proposal) == {0})
        until(lambda: valley.certified(c, proposal) == {0})

        harbour.kill()
        for house, delegate in zip((b, c), delegates[1:], strict=True):
            votes(house, delegate, proposal, at=now())
        until(
            lambda: valley.confirmed(b, proposal) and valley.confirmed(c, proposal),
            AT_MOST,
        )

        without = valley.confirmed(b, proposal)
        assert without == valley.confirmed(c, proposal)
        stands = valley.sees(c, proposal)
        assert stands is not None
        assert stands.confirmed is not None
        assert stands.confirmed.figures.cast == 3
        shown = page(quarry, f"/proposals/{in_hex(proposal)}")
        assert "Last heard" in shown

        valley.web.mend()
        valley.web.cut(harbour, mill)
        valley.web.link(quarry, harbour).repeats = 1.0
        valley.web.link(harbour, quarry).repeats = 1.0
        harbour.start()
        until(lambda: valley.confirmed(a, proposal, by=3) == without, AT_MOST)
        valley.web.mend()
        until(lambda: valley.confirmed(c, proposal, by=3) == without, AT_MOST)

        # What a node hands out shows what others cosigned of its own record as well.
        whose = assembly_of(a)
        until(
            lambda: (
                len(
                    rows(
                        harbour,
                        "select distinct by from cosignature where assembly = :a",
                        a=whose,
                    )
                )
                == 2
            ),
            AT_MOST,
        )
        handed_out = httpx.get(f"{harbour.base}/proposals/{in_hex(proposal)}/bundle")
        [own] = [
            line
            for line in handed_out.text.splitlines()
            if line.startswith(f'{{"assembly":"{whose}","checkpoint"')
        ]
        assert own.count("\\u2014") + own.count("— ") >= 2

        for node in valley.nodes:
            assert rows(node, "select * from contradiction") == []
            attested = rows(
                node,
                "select assembly from entry where type = 'Attestation'"
                " and about = :proposal",
                proposal=proposal,
            )
            assert sorted(attested) == sorted(
                (assembly_of(house),) for house in (a, b, c)
            )
        [settled] = {valley.sees(h, proposal).state for h in (a, b, c)}  # type: ignore[union-attr]
        assert settled is State.CONFIRMED
