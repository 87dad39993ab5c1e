"""A result says what whoever counts again would stumble over."""

from collections import Counter

import pytest

from confederation.counting import pairs
from confederation.counting.marks import Paper
from confederation.identifiers import OptionId
from instance.web.deciding import counted

MEND, BUILD, LEAVE = OPTIONS = tuple(map(OptionId, ("mend", "build", "leave")))


@pytest.mark.parametrize(("for_it", "against"), [(4, 5), (5, 4)])
def test_a_page_says_so_where_more_would_rather_keep_things_than_have_what_won(
    for_it: int, against: int
) -> None:
    # Mend over build by 6 to 3, build over leave by 7 to 2, leave over mend or not.
    papers = Counter[Paper](
        {
            (MEND, BUILD, LEAVE): for_it,
            (BUILD, LEAVE, MEND): 3,
            (LEAVE, MEND, BUILD): against - 3,
        }
    )
    count = pairs.count(papers, lot=OPTIONS, keep=LEAVE)

    said = counted.kept_rather(count, LEAVE, dict(zip(OPTIONS, OPTIONS, strict=True)))

    assert count.winner == MEND
    if for_it > against:
        assert said is None
    else:
        assert said is not None
        assert (said.text % said.values).startswith(
            "5 want “leave” more than “mend”, and 4 the other way round."
        )
