"""Inviting is counted by street, never by door, and never claims more than is known."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confederation.errors import Invalid, Unknown
from confederation.identifiers import Commit, MemberId
from confederation.membership import outreach
from confederation.membership.outreach import (
    DrawStretch,
    DropStretch,
    EffortId,
    LogEffort,
    State,
    StretchId,
    StrikeEffort,
)

MAY = datetime(2026, 5, 12, 19, 0, tzinfo=UTC)
ADA = MemberId("ada")
QUAY, MILL = StretchId("quay"), StretchId("mill")
WORDS = Commit("sha256:" + "ab" * 32)


def a_stretch(id: StretchId = QUAY, homes: int = 40) -> DrawStretch:
    return DrawStretch(stretch=id, name=WORDS, homes=homes, by=ADA, at=MAY)


def an_effort(id: str = "e1", **changed: object) -> LogEffort:
    effort = LogEffort(
        effort=EffortId(id),
        stretch=QUAY,
        way="doors",
        on=date(2026, 5, 10),
        homes=10,
        things=0,
        people=2,
        reached="afresh",
        languages=("en",),
        missed=None,
        by=ADA,
        at=MAY,
    )
    return replace(effort, **changed)  # type: ignore[arg-type]


def after(*commands: outreach.Command, area: State = outreach.NOTHING) -> State:
    for command in commands:
        for event in outreach.decide(area, command):
            area = outreach.evolve(area, event)
    return area


def homes_reached(*efforts: LogEffort) -> int:
    return outreach.coverage(after(a_stretch(), *efforts)).homes


efforts = st.lists(
    st.builds(
        an_effort,
        id=st.uuids().map(str),
        homes=st.integers(1, 40),
        reached=st.sampled_from(["afresh", "further on"]),
        on=st.dates(date(2026, 1, 1), date(2026, 5, 12)),
        way=st.sampled_from(["doors", "letters", "posters"]),
    ),
    max_size=8,
    unique_by=lambda each: each.effort,
)


class TestCounting:
    def test_of_two_rounds_in_one_street_the_furthest_counts(self) -> None:
        first, second = an_effort("e1", homes=10), an_effort("e2", homes=12)

        assert homes_reached(first, second) == 12

    def test_a_round_that_went_further_on_adds_to_the_one_before(self) -> None:
        first = an_effort("e1", homes=10)
        second = an_effort("e2", homes=12, reached="further on")

        assert homes_reached(first, second) == 22

    def test_the_days_order_the_rounds_however_they_were_written_down(self) -> None:
        later = an_effort("e2", homes=12, reached="further on", on=date(2026, 5, 11))

        assert homes_reached(later, an_effort("e1", homes=10)) == 22

    def test_posters_reach_no_home_by_themselves(self) -> None:
        posters = an_effort(way="posters", homes=0, things=9)

        [reach] = outreach.coverage(after(a_stretch(), posters)).reaches

        assert (reach.homes, reach.posters) == (0, 9)

    @given(efforts)
    def test_no_street_is_ever_reached_further_than_it_is_long(
        self, some: list[LogEffort]
    ) -> None:
        covered = outreach.coverage(after(a_stretch(), *some))

        assert 0 <= covered.homes <= covered.of == 40
        assert 0 <= covered.percent <= 100

    @given(efforts, st.integers(1, 40))
    def test_one_more_round_never_takes_a_home_away(
        self, some: list[LogEffort], homes: int
    ) -> None:
        more = an_effort("more", homes=homes, on=date(2026, 5, 12))

        assert homes_reached(*some, more) >= homes_reached(*some)

    def test_the_share_is_rounded_down(self) -> None:
        area = after(a_stretch(homes=3), an_effort(homes=2))

        assert outreach.coverage(area).percent == 66

    def test_where_nobody_was_and_where_not_everybody_was_are_told_apart(self) -> None:
        area = after(a_stretch(QUAY), a_stretch(MILL), an_effort(homes=10))

        covered = outreach.coverage(area)

        assert (covered.untouched, covered.partly) == ((MILL,), (QUAY,))

    def test_an_area_without_streets_has_no_share(self) -> None:
        assert outreach.coverage(outreach.NOTHING).percent == 0


class TestWriting:
    @pytest.mark.parametrize("homes", [0, 1, 2, 5001])
    def test_a_stretch_is_never_so_small_that_it_speaks_of_single_doors(
        self, homes: int
    ) -> None:
        with pytest.raises(Invalid, match="single doors"):
            outreach.decide(outreach.NOTHING, a_stretch(homes=homes))

    @pytest.mark.parametrize(
        ("changed", "says"),
        [
            ({"homes": 41}, "There are 40 homes"),
            ({"homes": -1}, "There are 40 homes"),
            ({"homes": 0}, "How many homes"),
            ({"on": date(2026, 5, 13)}, "its day has come"),
            ({"people": 0}, "At least one person"),
        ],
    )
    def test_what_cannot_be_is_not_written_down(
        self, changed: dict[str, object], says: str
    ) -> None:
        wrong = replace(an_effort(), **changed)  # type: ignore[arg-type]

        with pytest.raises(Invalid, match=says):
            outreach.decide(after(a_stretch()), wrong)

    def test_a_street_that_is_not_on_the_list_is_not_reached(self) -> None:
        with pytest.raises(Unknown, match="not on the list"):
            outreach.decide(after(a_stretch()), an_effort(stretch=MILL))

    def test_what_is_sent_twice_is_written_down_once(self) -> None:
        area = after(a_stretch(), an_effort())

        assert outreach.decide(area, an_effort()) == ()
        assert outreach.decide(area, a_stretch()) == ()

    def test_what_is_struck_stays_and_no_longer_counts(self) -> None:
        strike = StrikeEffort(effort=EffortId("e1"), by=ADA, at=MAY)
        area = after(a_stretch(), an_effort(), strike)

        assert EffortId("e1") in area.efforts
        assert outreach.coverage(area).homes == 0
        assert outreach.decide(area, strike) == ()

    def test_nothing_is_struck_that_is_not_there(self) -> None:
        with pytest.raises(Unknown, match="no such entry"):
            outreach.decide(
                outreach.NOTHING, StrikeEffort(effort=EffortId("x"), by=ADA, at=MAY)
            )

    def test_a_street_taken_out_leaves_the_area_and_not_the_log(self) -> None:
        area = after(
            a_stretch(),
            a_stretch(MILL),
            an_effort(),
            DropStretch(stretch=QUAY, by=ADA, at=MAY + timedelta(days=1)),
        )

        assert outreach.coverage(area).of == 40
        assert len(area.standing()) == 1
