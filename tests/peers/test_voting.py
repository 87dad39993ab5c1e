"""Counts come out as in a program that we did not write: pref_voting, on drawn papers.

It brings a compiler and half of the scientific libraries, so it lives in a place of its
own and is asked as a program, in one go. Where it allows several winners, because it
leaves ties open, ours is one of them.
"""

import json
import random
import subprocess
from collections import Counter
from typing import Any, Final

import pytest

from confederation.counting import marks, pairs, ranked, schulze
from confederation.counting.marks import Paper
from confederation.identifiers import OptionId
from tests.programs import VOTING

pytestmark = pytest.mark.needs_voting

OPTIONS: Final = tuple(OptionId(name) for name in "abcde")
PROFILES: Final = 150
JUDGE: Final = """
import json, sys
from pref_voting.iterative_methods import instant_runoff_put
from pref_voting.margin_based_methods import beat_path, ranked_pairs
from pref_voting.profiles import Profile
from pref_voting.profiles_with_ties import ProfileWithTies

found = []
for case in json.load(sys.stdin):
    ranks = [{int(c): r for c, r in paper.items()} for paper in case["ranks"]]
    given = dict(rcounts=case["counts"], candidates=list(range(5)))
    tied = ProfileWithTies(ranks, **given)
    tied.use_extended_strict_preference()
    def won(one, other):
        return tied.support(one, other) if tied.margin(one, other) > 0 else 0
    said = {
        "schulze": beat_path(tied, strength_function=won),
        "pairs": ranked_pairs(tied, strength_function=won),
    }
    if case["whole"] is not None:
        said["ranked"] = instant_runoff_put(
            Profile(case["whole"], rcounts=case["counts"])
        )
    found.append({name: [int(w) for w in who] for name, who in said.items()})
json.dump(found, sys.stdout)
"""


def drawn(draw: random.Random, *, whole: bool) -> Counter[Paper]:
    """Draw some papers; whole ones rank every option, others leave out and tie."""
    papers = Counter[Paper]()
    for _ in range(draw.randint(3, 9)):
        order = draw.sample(OPTIONS, len(OPTIONS))
        if whole:
            papers[tuple(order)] += draw.randint(1, 9)
            continue
        places: list[tuple[OptionId, ...]] = []
        rest = order[: draw.randint(1, len(order))]
        while rest:
            size = draw.choice((1, 1, 1, 2))
            places.append(tuple(rest[:size]))
            rest = rest[size:]
        papers[marks.write_ranks(tuple(places))] += draw.randint(1, 9)
    return papers


def as_case(papers: Counter[Paper], *, whole: bool) -> dict[str, Any]:
    number = {option: at for at, option in enumerate(OPTIONS)}
    return {
        "counts": list(papers.values()),
        "ranks": [
            {
                number[option]: at
                for at, place in enumerate(marks.ranks(paper), start=1)
                for option in place
            }
            for paper in papers
        ],
        "whole": [[number[o] for o in paper] for paper in papers] if whole else None,
    }


def test_winners_are_among_those_of_another_program() -> None:
    draw = random.Random(1770)
    profiles = [(drawn(draw, whole=at % 2 == 0), at % 2 == 0) for at in range(PROFILES)]
    asked = [as_case(papers, whole=whole) for papers, whole in profiles]
    assert VOTING.path is not None
    answer = subprocess.run(
        [VOTING.path, "-c", JUDGE],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )

    alone = Counter[str]()
    for (papers, _), theirs in zip(profiles, json.loads(answer.stdout), strict=True):
        lot = tuple(draw.sample(OPTIONS, len(OPTIONS)))
        ours: dict[str, OptionId | None] = {
            "schulze": schulze.count(papers, lot=lot).winner,
            "pairs": pairs.count(papers, lot=lot).winner,
        }
        if "ranked" in theirs:
            ours["ranked"] = ranked.count(papers, lot=lot).winner
        for method, winner in ours.items():
            assert winner is not None
            assert OPTIONS.index(winner) in theirs[method], (method, papers)
            alone[method] += len(theirs[method]) == 1

    # Were most of them ties, anything would do.
    assert alone["schulze"] > PROFILES * 2 // 3
    assert alone["pairs"] > PROFILES * 2 // 3
    assert alone["ranked"] > PROFILES // 3
