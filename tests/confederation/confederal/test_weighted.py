"""Seats count by weight, and weight follows from attendance that peers attest."""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confederation.confederal import admission, tally, versions
from confederation.confederal.compact import Compact, Rules, Seat, Weighing, bar
from confederation.confederal.holding import Holding
from confederation.confederal.tally import Position
from confederation.counting import double, weighted
from confederation.counting.majority import ABSTAIN, AGAINST, FOR, HALF
from confederation.errors import Invalid
from confederation.identifiers import ActorId, Digest
from confederation.record import Entry, MembersCount, Membership, Method
from tests.confederation.applying import REPLY_BY, Applying
from tests.confederation.ending import an_end_of
from tests.confederation.world import LATER, Confederation, digest_of

WEIGHTED = Method(name="weighted-majority")
seats = st.lists(
    st.builds(
        weighted.Seat,
        choice=st.sampled_from((FOR, AGAINST, ABSTAIN)),
        weight=st.integers(1, 3),
        members=st.none() | st.tuples(st.integers(0, 40), st.integers(0, 40)),
    ),
    max_size=7,
)


def count(
    cast: Iterable[weighted.Seat], *, split: bool, threshold: Fraction = HALF
) -> weighted.Weighted:
    return weighted.count(
        cast, assemblies=7, quorum=Fraction(0), threshold=threshold, split=split
    )


def of(choice: str, weight: int, *members: int) -> weighted.Seat:
    said = (members[0], members[1]) if members else None
    return weighted.Seat(choice=choice, weight=weight, members=said)  # type: ignore[arg-type]


def test_a_bloc_goes_where_its_delegate_votes() -> None:
    cast = [of("for", 3, 60, 20), of("against", 2), of("against", 1)]

    counted = count(cast, split=False)

    assert counted.weights == {FOR: 3, AGAINST: 3, ABSTAIN: 0}
    assert counted.outcome == "rejected"


def test_where_nobody_casts_no_share_of_the_weight_adopts() -> None:
    for threshold in (HALF, Fraction(2, 3)):
        assert count([], split=False, threshold=threshold).outcome == "rejected"


def test_a_split_weight_is_divided_as_the_members_were() -> None:
    counted = count(
        [of("for", 3, 60, 20), of("against", 2, 1, 2), of("abstain", 1, 5, 5)],
        split=True,
    )

    assert counted.weights == {
        FOR: Fraction(9, 4) + Fraction(2, 3),
        AGAINST: Fraction(3, 4) + Fraction(4, 3),
        ABSTAIN: 1,
    }
    # 35/12 of 6 is less than half of what was cast.
    assert counted.outcome == "rejected"


@pytest.mark.parametrize("members", [(), (0, 0)], ids=["not counted", "nobody"])
def test_whoever_did_not_count_yes_and_no_goes_whole(members: tuple[int, ...]) -> None:
    counted = count([of("for", 2, *members), of("against", 1)], split=True)

    assert counted.weights == {FOR: 2, AGAINST: 1, ABSTAIN: 0}
    assert counted.outcome == "adopted"


@pytest.mark.parametrize(
    ("share", "outcome"), [("1/2", "rejected"), ("2/3", "adopted")]
)
def test_the_bar_is_passed_at_a_half_and_reached_above_it(
    share: str, outcome: str
) -> None:
    exactly = [of("for", 2), of("against", 2 if share == "1/2" else 1)]

    assert count(exactly, split=False, threshold=Fraction(share)).outcome == outcome


def test_the_quorum_is_of_assemblies_and_not_of_weight() -> None:
    counted = weighted.count(
        [of("for", 3)], assemblies=3, quorum=Fraction(1, 2), split=False
    )

    assert counted.outcome == "no quorum"


@given(cast=seats, split=st.booleans(), random=st.randoms())
def test_the_order_of_seats_makes_no_difference(
    *, cast: list[weighted.Seat], split: bool, random: Random
) -> None:
    shuffled = random.sample(cast, len(cast))

    assert count(shuffled, split=split) == count(cast, split=split)


@given(cast=seats, split=st.booleans())
def test_nothing_of_a_weight_is_lost_or_made(
    *, cast: list[weighted.Seat], split: bool
) -> None:
    counted = count(cast, split=split)

    assert sum(counted.weights.values()) == sum(seat.weight for seat in cast)


@given(cast=seats, split=st.booleans(), data=st.data())
def test_support_never_hurts(
    *, cast: list[weighted.Seat], split: bool, data: st.DataObject
) -> None:
    if not cast:
        return
    place = data.draw(st.integers(0, len(cast) - 1))
    members = cast[place].members
    more = replace(
        cast[place], choice=FOR, members=members and (members[0] + 1, members[1])
    )
    turned = [*cast[:place], more, *cast[place + 1 :]]
    if split and cast[place].choice == ABSTAIN:
        # From no side to two it may bring more against than it brings for.
        return

    before, after = (count(each, split=split) for each in (cast, turned))

    assert after.weights[FOR] >= before.weights[FOR]
    assert not (before.outcome == "adopted" and after.outcome == "rejected")


@given(seats)
def test_where_all_weigh_alike_it_is_a_majority_of_assemblies(
    cast: list[weighted.Seat],
) -> None:
    alike = [replace(seat, weight=1) for seat in cast]
    plain = double.count(
        [double.Seat(choice=seat.choice) for seat in alike],
        assemblies=7,
        quorum=Fraction(0),
    )

    assert count(alike, split=False).outcome == plain.outcome


@pytest.mark.parametrize(
    "seat", [of("for", 0), of("wall", 1), of("for", 1, -1, 2)], ids=repr
)
def test_what_no_seat_can_be_is_refused(seat: weighted.Seat) -> None:
    with pytest.raises(Invalid):
        count([seat], split=True)


def test_more_seats_than_there_are_is_refused() -> None:
    with pytest.raises(Invalid, match="more than"):
        count([of("for", 1)] * 8, split=False)


class Heavy:
    """A compact whose later version gives its seats these weights."""

    def __init__(self, *weights: int, cast: str = "bloc") -> None:
        weighing = Weighing(two=50, three=150, cast=cast)  # type: ignore[arg-type]
        self.world = Confederation(len(weights), Rules(weighing=weighing))
        first = self.world.compact
        self.compact: Compact = replace(
            first,
            digest=digest_of("weighted", weights),
            first=first.identity,
            previous=first.digest,
            members=tuple(
                replace(seat, weight=weight)
                for seat, weight in zip(first.members, weights, strict=True)
            ),
        )

    def counts(self, *choices: str, members: tuple[int, int] | None = None) -> object:
        proposal = self.world.proposes(method=WEIGHTED, compact=self.compact.digest)
        said = members and MembersCount(
            for_=members[0], against=members[1], abstain=0, basis="cards"
        )
        result = tally.count(
            self.compact,
            proposal,
            [
                Position(
                    seat=number,
                    revision=1,
                    digest=digest_of(number),
                    says="vote",
                    choice=(choice,),  # type: ignore[arg-type]
                    members=said or None,
                )
                for number, choice in enumerate(choices)
            ],
        )
        assert result.figures.members is None
        return result.outcome, dict(result.figures.weights or {})


def test_a_result_says_exactly_what_stood_on_each_side() -> None:
    assert Heavy(3, 1, 1).counts("for", "against", "against") == (
        "adopted",
        {FOR: "3", AGAINST: "2", ABSTAIN: "0"},
    )
    # As a bloc, whatever its members said.
    assert Heavy(3, 1, 1).counts("for", "against", "against", members=(1, 2)) == (
        "adopted",
        {FOR: "3", AGAINST: "2", ABSTAIN: "0"},
    )
    assert Heavy(3, 1, 1, cast="split").counts(
        "for", "against", "against", members=(1, 2)
    ) == ("rejected", {FOR: "5/3", AGAINST: "10/3", ABSTAIN: "0"})


def test_other_methods_count_each_assembly_as_one() -> None:
    story = Heavy(3, 1, 1)
    proposal = story.world.proposes(compact=story.compact.digest)

    result = tally.count(story.compact, proposal, [])

    assert result.figures.weights is None


@pytest.mark.parametrize("other", ["majority-of-assemblies", "double-majority"])
def test_weight_and_number_are_no_measure_of_each_other(other: str) -> None:
    by_weight, by_number = bar(WEIGHTED), bar(Method(name=other))

    assert by_weight.at_least(by_weight)
    assert not by_weight.at_least(by_number)
    assert not by_number.at_least(by_weight)


@pytest.mark.parametrize(
    "changes",
    [
        {"two": 0},
        {"two": 150},
        {"three": 10**6 + 1},
        {"cast": "halves"},
    ],
    ids=repr,
)
def test_bounds_that_cannot_be_are_refused(changes: dict[str, object]) -> None:
    plain = {"two": 50, "three": 150, "cast": "bloc"}

    with pytest.raises(Invalid):
        Confederation(3, Rules(weighing=Weighing(**{**plain, **changes})))  # type: ignore[arg-type]


@pytest.mark.parametrize("weight", [0, 4])
def test_a_seat_weighs_one_to_three(weight: int) -> None:
    with pytest.raises(Invalid, match="1 to 3"):
        Heavy(weight, 1, 1)


def test_nobody_weighs_more_before_anything_was_attested() -> None:
    world = Confederation(3, Rules(weighing=Weighing(two=50, three=150)))
    [seat, *others] = world.compact.members

    with pytest.raises(Invalid, match="later version"):
        replace(world.compact, members=(replace(seat, weight=2), *others))


def test_nobody_weighs_more_where_nothing_was_agreed_about_it() -> None:
    story = Heavy(2, 1, 1)

    with pytest.raises(Invalid, match="1 to 3"):
        replace(story.compact, rules=Rules())


class Admitting(Applying):
    """Six towns that would admit another one, with some weight."""

    def __init__(self) -> None:
        super().__init__()
        self.town.publishes(
            Membership(compact=Digest(self.compact.identity), act="apply")
        )

    def attested(self, residents: int = 160, *, visited: bool = True) -> None:
        self.claims(*(self.meets(n, residents) for n in (1, 2, 3)))
        for by in (0, 1) if visited else ():
            self.visits(by)

    def objection(
        self, weight: int, *, at: object = REPLY_BY, readmitted: Digest | None = None
    ) -> str:
        rules = Rules(weighing=Weighing(two=50, three=150))
        newcomer = Seat(
            assembly=self.town.id,
            address=ActorId("https://applicant.example/g"),
            key=self.town.key,
            weight=weight,
            readmitted=readmitted,
        )
        new = replace(
            self.compact,
            digest=digest_of("admits", weight),
            first=self.compact.identity,
            previous=self.compact.digest,
            rules=rules,
            members=(*self.compact.members, newcomer),
        )
        proposed = self._proposed(new)
        plain = self.world.holding(replace(proposed, published=at))  # type: ignore[arg-type]
        records = {**plain.records, self.town.id: self.town.record}
        return versions.objection(replace(plain, records=records, next=new)) or ""

    def _proposed(self, new: Compact) -> Entry:
        return self.world.proposes(slot=self.compact.digest, compact_next=new.digest)


@pytest.mark.parametrize(
    ("residents", "most"), [(49, 1), (50, 2), (149, 2), (150, 3), (200, 3)]
)
def test_a_seat_weighs_what_peers_attest(residents: int, most: int) -> None:
    story = Admitting()
    story.attested(residents)

    allowed = [weight for weight in (1, 2, 3) if not story.objection(weight)]

    assert allowed == list(range(1, most + 1))


def test_what_an_assembly_says_of_itself_weighs_nothing() -> None:
    story = Admitting()
    story.attested(5_000, visited=False)

    assert story.objection(1) == ""
    assert "more weight" in story.objection(2)


def test_meetings_that_are_too_few_or_uncounted_weigh_nothing() -> None:
    few, uncounted = Admitting(), Admitting()
    few.claims(few.meets(1), few.meets(2))
    uncounted.claims(*(uncounted.meets(n, confirmed=n > 1) for n in (1, 2, 3)))
    for story in (few, uncounted):
        for by in (0, 1):
            story.visits(by)

        assert "more weight" in story.objection(2)


def test_a_challenge_that_is_not_upheld_or_waits_weighs_nothing() -> None:
    story = Admitting()
    story.attested()
    assert story.objection(3) == ""

    story.challenges()

    assert "more weight" in story.objection(2)


def test_a_claim_that_lapsed_before_it_was_proposed_weighs_nothing() -> None:
    story = Admitting()
    story.attested()

    assert story.objection(3, at=LATER) == ""
    assert "more weight" in story.objection(2, at=LATER.replace(year=2029))


def test_what_was_attested_before_a_split_weighs_nothing_after_it() -> None:
    story = Admitting()
    story.attested()
    end = an_end_of(story.town)
    assert "more weight" in story.objection(2, readmitted=end.digest)

    story.attested(60)

    assert story.objection(2, readmitted=end.digest) == ""
    assert "more weight" in story.objection(3, readmitted=end.digest)


def test_meetings_from_before_and_after_a_split_are_not_mixed() -> None:
    story = Admitting()
    before = story.meets(1)
    end = an_end_of(story.town)
    story.claims(before, story.meets(2), story.meets(3))
    for by in (0, 1):
        story.visits(by)

    assert story.objection(3) == ""
    assert "more weight" in story.objection(2, readmitted=end.digest)


def test_an_end_that_is_not_held_leaves_no_weight() -> None:
    story = Admitting()
    story.attested()

    assert "more weight" in story.objection(2, readmitted=digest_of("unknown"))


def test_criteria_that_are_not_held_attest_nothing() -> None:
    story = Heavy(2, 1, 1)
    proposal = story.world.proposes(
        slot=story.world.compact.digest, compact_next=story.compact.digest
    )
    plain: Holding = replace(story.world.holding(proposal), next=story.compact)

    assert "not held" in (admission.objection(replace(plain, criteria=None)) or "")
