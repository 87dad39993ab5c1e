"""The result is a function of the certified revisions, and of nothing else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confederation.confederal import council, tally
from confederation.confederal.choosing import KEEP
from confederation.confederal.compact import Rules
from confederation.confederal.tally import NO_SEAT, Position
from confederation.errors import Invalid
from confederation.identifiers import Digest, OptionId
from confederation.record import Choice, Filed, MembersCount, Method, Result, Witness
from tests.confederation.world import (
    ABSTAIN,
    AGAINST,
    FOR,
    LATER,
    OPENS,
    OPTIONS,
    Confederation,
    commit,
    digest_of,
    instructed,
)

SEATS = 5
WORLD = Confederation(SEATS)
MAJORITY = Method(name="majority-of-assemblies")
TWO_THIRDS = Method(name="two-thirds-of-assemblies")
DOUBLE = Method(name="double-majority")
BY_MEMBERS = Method(name="majority-of-members")
TWO_THIRDS_OF_MEMBERS = Method(name="majority-of-members", threshold="2/3")
METHODS = (MAJORITY, TWO_THIRDS, DOUBLE, BY_MEMBERS, TWO_THIRDS_OF_MEMBERS)
PROPOSALS = {method: WORLD.proposes(method=method) for method in METHODS}


def people(for_: int, against: int, abstain: int = 0) -> MembersCount:
    return MembersCount(for_=for_, against=against, abstain=abstain, basis="cards")


def a_vote(
    seat: int,
    choice: OptionId = FOR,
    members: MembersCount | None = None,
    revision: int = 1,
) -> Position:
    return Position(
        seat=seat,
        revision=revision,
        digest=digest_of("filing", seat, revision),
        says="vote",
        choice=(choice,),
        members=members,
    )


def votes(*choices: OptionId) -> list[Position]:
    return [a_vote(seat, choice) for seat, choice in enumerate(choices)]


def count(positions: list[Position], method: Method = MAJORITY) -> Result:
    return tally.count(WORLD.compact, PROPOSALS[method], positions)


def rules(result: Result) -> dict[tuple[int, int], str | None]:
    return {(each.seat, each.revision): each.rule for each in result.certified}


@pytest.mark.parametrize(
    ("cast", "method", "outcome"),
    [
        ((FOR, FOR, FOR), MAJORITY, "adopted"),
        ((FOR, FOR, AGAINST), MAJORITY, "adopted"),
        ((FOR, AGAINST, AGAINST), MAJORITY, "rejected"),
        ((FOR, FOR, AGAINST, AGAINST), MAJORITY, "rejected"),
        ((FOR, FOR, ABSTAIN, ABSTAIN), MAJORITY, "rejected"),
        ((FOR, FOR), MAJORITY, "no quorum"),
        ((), MAJORITY, "no quorum"),
        ((ABSTAIN, ABSTAIN, ABSTAIN), MAJORITY, "rejected"),
        ((FOR, FOR, AGAINST), TWO_THIRDS, "adopted"),
        ((FOR, FOR, FOR, AGAINST, AGAINST), TWO_THIRDS, "rejected"),
        ((FOR, FOR, ABSTAIN), TWO_THIRDS, "adopted"),
    ],
)
def test_assemblies_are_counted_by_those_that_cast(
    cast: tuple[OptionId, ...], method: Method, outcome: str
) -> None:
    result = count(votes(*cast), method)

    assert result.outcome == outcome
    assert result.figures.cast == len(cast)
    assert result.figures.quorum == 3
    assert result.figures.members is None
    assert result.method == method.name


def test_a_method_may_name_its_own_threshold() -> None:
    proposal = WORLD.proposes(
        method=Method(name="majority-of-assemblies", threshold="3/4")
    )

    three_of_four = tally.count(WORLD.compact, proposal, votes(FOR, FOR, FOR, AGAINST))
    three_of_five = tally.count(
        WORLD.compact, proposal, votes(FOR, FOR, FOR, AGAINST, AGAINST)
    )

    assert three_of_four.outcome == "adopted"
    assert three_of_five.outcome == "rejected"


def test_most_people_can_stop_what_most_assemblies_want() -> None:
    few, many = people(30, 10), people(20, 200)
    cast = [a_vote(0, FOR, few), a_vote(1, FOR, few), a_vote(2, AGAINST, many)]

    result = count(cast, DOUBLE)

    assert result.figures.assemblies == {FOR: 2, AGAINST: 1, ABSTAIN: 0}
    assert result.figures.members == {FOR: 80, AGAINST: 220, ABSTAIN: 0}
    assert result.outcome == "rejected"
    assert count(cast, MAJORITY).outcome == "adopted"


def test_members_can_be_counted_as_one_body_whatever_their_assemblies_say() -> None:
    few, many = people(10, 30), people(200, 20)
    cast = [a_vote(0, AGAINST, few), a_vote(1, AGAINST, few), a_vote(2, FOR, many)]

    result = count(cast, BY_MEMBERS)

    assert result.figures.assemblies == {FOR: 1, AGAINST: 2, ABSTAIN: 0}
    assert result.figures.members == {FOR: 220, AGAINST: 80, ABSTAIN: 0}
    assert result.outcome == "adopted"


@pytest.mark.parametrize(
    ("for_", "against", "method", "outcome"),
    [
        (10, 10, BY_MEMBERS, "rejected"),
        (11, 10, BY_MEMBERS, "adopted"),
        (0, 0, BY_MEMBERS, "rejected"),
        (20, 10, TWO_THIRDS_OF_MEMBERS, "adopted"),
        (199, 100, TWO_THIRDS_OF_MEMBERS, "rejected"),
    ],
)
def test_a_share_of_the_members_is_of_their_yes_and_no(
    for_: int, against: int, method: Method, outcome: str
) -> None:
    cast = [a_vote(seat, FOR, people(0, 0, 50)) for seat in range(2)]

    result = count([*cast, a_vote(2, FOR, people(for_, against))], method)

    assert result.outcome == outcome


def test_members_alone_are_not_asked_where_one_assembly_did_not_count_them() -> None:
    many = people(20, 200)
    cast = [a_vote(0, FOR, many), a_vote(1, FOR, None), a_vote(2, FOR, many)]

    result = count(cast, BY_MEMBERS)

    assert result.figures.members is None
    assert result.outcome == "adopted"


def test_many_members_of_too_few_assemblies_decide_nothing() -> None:
    result = count([a_vote(0, FOR, people(5000, 0))], BY_MEMBERS)

    assert result.outcome == "no quorum"


def test_a_tie_of_people_does_not_adopt() -> None:
    cast = [a_vote(seat, FOR, people(10, 10, 3)) for seat in range(3)]

    assert count(cast, DOUBLE).outcome == "rejected"


def test_where_one_assembly_did_not_count_people_assemblies_decide_alone() -> None:
    many = people(20, 200)
    cast = [a_vote(0, FOR, many), a_vote(1, FOR, many), a_vote(2, FOR, None)]

    result = count(cast, DOUBLE)

    assert result.figures.members is None
    assert result.outcome == "adopted"


def test_only_the_people_behind_counting_seats_are_added_up() -> None:
    cast = [a_vote(seat, FOR, people(10, 5)) for seat in range(3)]
    superseded = a_vote(0, FOR, people(500, 0))
    later = a_vote(0, FOR, people(10, 5), revision=2)
    gone = replace(a_vote(3, FOR, people(900, 0), revision=2), says="withdrawn")

    result = count([superseded, later, gone, *cast[1:]], DOUBLE)

    assert result.figures.members == {FOR: 30, AGAINST: 15, ABSTAIN: 0}


def test_each_seat_counts_with_its_highest_revision() -> None:
    first, third = a_vote(0, FOR, revision=1), a_vote(0, AGAINST, revision=3)

    result = count([first, third])

    assert rules(result) == {(0, 1): "superseded", (0, 3): None}
    assert result.figures.assemblies == {FOR: 0, AGAINST: 1, ABSTAIN: 0}


def test_a_withdrawn_vote_counts_nothing_and_its_seat_stays() -> None:
    gone = replace(a_vote(0, revision=2), says="withdrawn", choice=())

    result = count([a_vote(0), gone, a_vote(1), a_vote(2), a_vote(3)])

    assert rules(result)[0, 2] == "withdrawn"
    assert result.figures.seats == SEATS
    assert result.figures.cast == 3


@pytest.mark.parametrize("name", [MAJORITY.name, "weighted-majority", "ranked-pairs"])
def test_an_emptied_seat_leaves_the_base_and_so_the_quorum(name: str) -> None:
    gone = [replace(a_vote(s), says="emptied", choice=()) for s in (3, 4)]
    proposal = WORLD.proposes(method=Method(name=name))
    if name == "ranked-pairs":
        options = (FOR, AGAINST, KEEP, ABSTAIN)
        each = tuple(Choice(id=o, label=commit(o)) for o in options)
        proposal = WORLD.proposes(method=Method(name=name), options=each)

    result = tally.count(WORLD.compact, proposal, [a_vote(0), a_vote(1), *gone])

    assert rules(result)[3, 1] == "seat emptied"
    assert result.figures.seats == 3
    assert result.figures.quorum == 2
    assert result.outcome == "adopted"


def test_a_seat_may_be_taken_again_after_it_was_emptied() -> None:
    gone = replace(a_vote(0), says="emptied", choice=())

    result = count([gone, a_vote(0, revision=2)])

    assert rules(result) == {(0, 1): "superseded", (0, 2): None}
    assert result.figures.seats == SEATS


def test_evidence_of_a_contradiction_empties_a_seat_for_good() -> None:
    evidence = Position(seat=0, revision=0, digest=digest_of("it"), says="emptied")

    result = count([evidence, a_vote(0), a_vote(0, revision=2)])

    assert rules(result) == {
        (0, 0): "seat emptied",
        (0, 1): "superseded",
        (0, 2): "seat emptied",
    }
    assert result.figures.cast == 0
    assert result.figures.seats == SEATS - 1


def test_two_filings_certified_under_one_number_empty_the_seat() -> None:
    other = replace(a_vote(0, AGAINST), digest=digest_of("another filing"))

    result = count([a_vote(0), other, a_vote(1)])

    assert [each.rule for each in result.certified] == [
        "seat emptied",
        "seat emptied",
        None,
    ]
    assert result.figures.cast == 1


def test_a_certified_withdrawal_of_the_proposal_settles_it() -> None:
    withdrawal = Position(
        seat=NO_SEAT, revision=1, digest=digest_of("withdrawal"), says="withdrawn"
    )

    result = count([a_vote(0), a_vote(1), a_vote(2), withdrawal])

    assert result.outcome == "withdrawn"
    assert [each.digest for each in result.certified] == [withdrawal.digest]
    assert result.figures.cast == 0


@pytest.mark.parametrize(
    ("method", "options"),
    [
        (Method(name="by-lot"), OPTIONS),
        (MAJORITY, (FOR,)),
        (MAJORITY, (FOR, AGAINST, OptionId("perhaps"))),
    ],
)
def test_what_this_version_cannot_count_it_does_not_guess(
    method: Method, options: tuple[OptionId, ...]
) -> None:
    choices = tuple(Choice(id=each, label=commit(each)) for each in options)
    proposal = WORLD.proposes(method=method, options=choices)

    with pytest.raises(Invalid):
        tally.count(WORLD.compact, proposal, [])


def test_only_a_proposal_is_counted() -> None:
    with pytest.raises(Invalid, match="Only a proposal"):
        tally.count(WORLD.compact, WORLD.towns[0].record.entries[0], [])


# Properties

counts = st.none() | st.builds(
    people, st.integers(0, 99), st.integers(0, 99), st.integers(0, 9)
)
digests = st.integers(0, 2).map(lambda n: digest_of("drawn", n))
drawn = st.builds(
    Position,
    seat=st.integers(0, SEATS - 1),
    revision=st.integers(0, 3),
    digest=digests,
    says=st.sampled_from(["vote", "vote", "vote", "withdrawn", "emptied"]),
    choice=st.sampled_from(OPTIONS).map(lambda option: (option,)),
    members=counts,
).map(lambda p: replace(p, says="emptied") if p.revision == 0 else p)
certified = st.lists(drawn, max_size=14, unique_by=lambda p: (p.seat, p.digest))
methods = st.sampled_from(METHODS)


@given(certified, methods, st.data())
def test_order_and_duplicates_change_nothing(
    positions: list[Position], method: Method, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(positions))
    again = data.draw(st.lists(st.sampled_from(positions or [a_vote(0)]), max_size=5))
    shuffled, positions = [*shuffled, *again], [*positions, *again]

    assert count([*again, *shuffled], method) == count(positions, method)


@given(certified, methods)
def test_every_certified_revision_is_listed_once_and_in_order(
    positions: list[Position], method: Method
) -> None:
    result = count(positions, method)

    listed = [(each.seat, each.revision, each.digest) for each in result.certified]
    assert listed == sorted({(p.seat, p.revision, p.digest) for p in positions})


@given(certified, methods)
def test_a_seat_counts_once_or_not_at_all(
    positions: list[Position], method: Method
) -> None:
    result = count(positions, method)
    counted = [each for each in result.certified if each.rule is None]

    assert len({each.seat for each in counted}) == len(counted)
    assert len(counted) == result.figures.cast
    assert sum(result.figures.assemblies.values()) == result.figures.cast
    assert result.figures.cast <= result.figures.seats <= SEATS
    for each in counted:
        higher = {p.revision for p in positions if p.seat == each.seat}
        assert each.revision == max(higher)


# Mostly for, so that enough of what is drawn is adopted.
ballots = st.lists(
    st.tuples(st.sampled_from((FOR, FOR, *OPTIONS)), counts), min_size=3, max_size=SEATS
).map(lambda cast: [a_vote(seat, *each) for seat, each in enumerate(cast)])


@given(ballots, methods)
def test_nothing_is_adopted_without_a_quorum_and_a_majority(
    cast: list[Position], method: Method
) -> None:
    result = count(cast, method)
    figures = result.figures

    if result.outcome == "adopted":
        assert figures.cast >= figures.quorum
        if figures.members is not None:
            assert figures.members[FOR] > figures.members[AGAINST]
        # Where members are counted as one body, the assemblies are not asked.
        if figures.members is None or method.name != "majority-of-members":
            assert figures.assemblies[FOR] * 2 > figures.cast


@given(ballots, methods, st.integers(0, 2))
def test_support_never_hurts(cast: list[Position], method: Method, seat: int) -> None:
    members = cast[seat].members
    more = replace(members, for_=members.for_ + 1) if members is not None else None
    turned = a_vote(seat, FOR, more, revision=2)

    before, after = count(cast, method), count([*cast, turned], method)

    assert before.outcome != "adopted" or after.outcome == "adopted"


@given(ballots, methods, st.integers(0, 2))
def test_opposition_never_helps(
    cast: list[Position], method: Method, seat: int
) -> None:
    members = cast[seat].members
    more = replace(members, against=members.against + 1) if members else None
    turned = a_vote(seat, AGAINST, more, revision=2)

    before, after = count(cast, method), count([*cast, turned], method)

    assert after.outcome != "adopted" or before.outcome == "adopted"


# The same, from the records


class Drawn:
    """A story of votes, recalls and statements, as hypothesis draws it."""

    def __init__(self, data: st.DataObject) -> None:
        self.world = Confederation(3, Rules(closing_limit=3600))
        self.proposal = self.world.proposes()
        self.unlawful: set[Digest] = set()
        for town in self.world.towns:
            given_to = town.mandates(self.world.compact, instructed(self.proposal))
            recalled = False
            for what in data.draw(st.lists(st.sampled_from(["for", "no", "recall"]))):
                if what == "recall":
                    town.recalls(given_to)
                    recalled = True
                    continue
                choice = FOR if what == "for" else AGAINST
                filed = town.votes(self.proposal, given_to, choice)
                if recalled or choice == AGAINST:
                    self.unlawful.add(filed.digest)
        self.states(data)

    def filings(self) -> list[tuple[int, int, Digest]]:
        return [
            (seat, filed.revision, entry.digest)
            for seat, town in enumerate(self.world.towns)
            for entry, filed in town.record.facts(Filed)
        ]

    def states(self, data: st.DataObject) -> None:
        """Let everybody claim to have received anything at all."""
        known = self.filings()
        some = st.lists(st.sampled_from(known), unique=True) if known else st.just([])
        for town in self.world.towns:
            for final in data.draw(st.lists(st.booleans(), max_size=2)):
                town.publishes(
                    Witness(
                        proposal=self.proposal.digest,
                        final=final,
                        seen=tuple(data.draw(some)),
                    )
                )


@given(st.data())
def test_what_a_mandate_forbids_is_never_counted(data: st.DataObject) -> None:
    drawn = Drawn(data)

    stands = council.standing(drawn.world.holding(drawn.proposal), LATER)

    for revised in stands.revisions:
        if revised.digest in drawn.unlawful:
            assert revised.fate is council.Fate.VOID
            assert revised.finding is not None
    if stands.result is not None:
        listed = {each.digest for each in stands.result.certified}
        assert not listed & drawn.unlawful


@given(st.data())
def test_the_order_of_holding_changes_nothing(data: st.DataObject) -> None:
    drawn = Drawn(data)
    holding = drawn.world.holding(drawn.proposal)
    order = data.draw(st.permutations(list(holding.records)))

    shuffled = replace(holding, records={each: holding.records[each] for each in order})

    assert council.standing(shuffled, OPENS) == council.standing(holding, OPENS)
