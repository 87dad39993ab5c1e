"""A common text has no owner: it is frozen by what each assembly says for itself."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confederation.errors import Invalid, NotEntitled, TooEarly, TooLate, Unknown
from confederation.identifiers import Digest
from confederation.matters import common_text, drafts
from confederation.matters.common_text import (
    AgreeToText,
    CountTextObjection,
    EndTextObjection,
    ObjectToText,
    OfferText,
    TakeInText,
    WithdrawText,
)
from confederation.matters.drafts import Drafting, Version
from confederation.record import (
    Clause,
    CommonText,
    Entry,
    Issue,
    ObjectionTest,
    TextObjection,
    TextVersion,
)
from tests.confederation.world import START, Confederation, commit, digest_of

A, B, C = 0, 1, 2


class Valleys:
    """Three towns that have one issue, and draft a text about it."""

    def __init__(self) -> None:
        self.world = Confederation(3)
        self.towns = self.world.towns
        self.issue = self.towns[A].publishes(
            Issue(title=commit("Damp"), what=commit("Mould on the walls"))
        )
        self.minutes = 0

    def version(
        self,
        *clauses: str,
        after: tuple[Digest, ...] = (),
        answers: tuple[Digest, ...] = (),
        among: tuple[int, ...] = (A, B, C),
    ) -> TextVersion:
        return TextVersion(
            shares=self.issue.digest,
            title=commit("What we ask for"),
            text=commit(" ".join(clauses)),
            clauses=tuple(
                Clause(n=n, text=commit(each)) for n, each in enumerate(clauses, 1)
            ),
            among=tuple(sorted(self.towns[seat].id for seat in among)),
            parents=after,
            answers=answers,
        )

    def states(self, seat: int, version: TextVersion, stand: str = "offered") -> Digest:
        self._publishes(
            seat,
            CommonText(
                version=version,
                version_hash=digest_of(version),
                stand=stand,  # type: ignore[arg-type]
            ),
        )
        return digest_of(version)

    def objects(self, seat: int, on: Digest) -> Digest:
        fact = TextObjection(on=on, reason=commit("Too dear"))
        return self._publishes(seat, fact).digest

    def ends(self, seat: int, on: Digest, objection: Digest, state: str) -> None:
        self._publishes(
            seat,
            TextObjection(
                on=on,
                reason=commit("Too dear"),
                state=state,  # type: ignore[arg-type]
                first=objection,
            ),
        )

    def tests(self, seat: int, objection: Digest, *, upheld: bool = True) -> None:
        for_, against = (9, 3) if upheld else (3, 9)
        test = ObjectionTest(
            objection=objection, valid=for_, not_valid=against, upheld=upheld
        )
        self._publishes(seat, test)

    def _publishes(
        self, seat: int, fact: CommonText | TextObjection | ObjectionTest
    ) -> Entry:
        self.minutes += 1
        at = START + timedelta(minutes=self.minutes)
        return self.towns[seat].publishes(fact, at)

    def gather(self) -> Drafting:
        records = {town.id: town.record for town in self.towns}
        return drafts.gather(self.issue.digest, records)

    def one(self, digest: Digest) -> Version:
        found = self.gather().get(digest)
        assert found is not None
        return found

    def objected(self, digest: Digest) -> str:
        found = self.gather().objection(digest)
        assert found is not None
        return found.status


def test_a_text_is_frozen_once_all_that_it_names_have_agreed() -> None:
    valleys = Valleys()
    text = valleys.version("Mend the roofs.")
    first = valleys.states(A, text)
    for seat in (A, B):
        valleys.states(seat, text, "agreed")

    before = valleys.one(first)
    valleys.states(C, text, "agreed")

    assert before.status == "draft"
    assert before.awaited == (valleys.towns[C].id,)
    assert valleys.one(first).status == "frozen"
    assert [each.digest for each in valleys.gather().frozen] == [first]


def test_the_agreement_of_somebody_whom_it_does_not_name_freezes_nothing() -> None:
    valleys = Valleys()
    text = valleys.version("Mend the roofs.", among=(A, B))
    first = valleys.states(A, text)
    valleys.states(A, text, "agreed")

    valleys.states(C, text, "agreed")

    assert valleys.one(first).status == "draft"


def test_what_was_agreed_is_not_taken_back() -> None:
    valleys = Valleys()
    text = valleys.version("Mend the roofs.", among=(A, B))
    first = valleys.states(A, text)
    for seat in (A, B):
        valleys.states(seat, text, "agreed")

    valleys.states(B, text, "withdrawn")

    assert valleys.one(first).status == "frozen"


def test_an_amendment_is_friendly_when_who_wrote_the_text_takes_it_in() -> None:
    valleys = Valleys()
    first = valleys.states(A, valleys.version("Mend the roofs."))
    text = valleys.version("Mend the roofs and walls.", after=(first,))
    second = valleys.states(B, text)
    before = valleys.one(second)

    valleys.states(A, text, "taken in")

    assert before.status == "offered"
    assert valleys.one(second).status == "friendly-accepted"
    assert [each.digest for each in valleys.gather().newest] == [second]


def test_an_amendment_that_somebody_objects_to_is_contested() -> None:
    valleys = Valleys()
    first = valleys.states(A, valleys.version("Mend the roofs."))
    second = valleys.states(B, valleys.version("Mend the walls.", after=(first,)))

    valleys.objects(C, second)

    assert valleys.one(second).status == "contested"
    assert [each.digest for each in valleys.gather().newest] == [first]


def test_two_others_adopt_an_amendment_that_its_writer_would_not_take_in() -> None:
    valleys = Valleys()
    world = Confederation(4)
    valleys.towns = world.towns
    valleys.issue = valleys.towns[A].publishes(
        Issue(title=commit("Damp"), what=commit("Mould"))
    )
    among = (A, B, C, 3)
    first = valleys.states(A, valleys.version("Mend the roofs.", among=among))
    text = valleys.version("Mend the walls.", after=(first,), among=among)
    second = valleys.states(B, text)
    valleys.states(C, text, "taken in")
    half = valleys.one(second).status

    valleys.states(3, text, "taken in")

    assert half == "offered"
    assert valleys.one(second).status == "adopted"


def test_an_amendment_is_stale_once_the_others_went_on_from_another() -> None:
    valleys = Valleys()
    first = valleys.states(A, valleys.version("Mend the roofs."))
    left = valleys.states(C, valleys.version("Mend nothing.", after=(first,)))

    valleys.states(A, valleys.version("Mend the roofs by May.", after=(first,)))

    assert valleys.one(left).status == "stale"


def test_an_objection_is_tested_by_another_and_answered_by_a_new_version() -> None:
    valleys = Valleys()
    first = valleys.states(A, valleys.version("Mend the roofs."))
    objection = valleys.objects(C, first)
    raised = valleys.objected(objection)
    valleys.tests(B, objection)
    tested = valleys.objected(objection)
    text = valleys.version(
        "Mend the roofs, by June.", after=(first,), answers=(objection,)
    )
    valleys.states(A, text)
    answered = valleys.objected(objection)

    valleys.states(C, text, "agreed")

    assert (raised, tested, answered) == ("raised", "valid", "answered")
    assert valleys.objected(objection) == "integrated"


def test_nobody_but_who_objected_says_that_it_was_answered_well() -> None:
    valleys = Valleys()
    first = valleys.states(A, valleys.version("Mend the roofs."))
    objection = valleys.objects(C, first)
    text = valleys.version("Mend them.", after=(first,), answers=(objection,))
    valleys.states(A, text)

    valleys.states(B, text, "agreed")

    assert valleys.objected(objection) == "answered"


def test_neither_the_objector_nor_the_writer_tests_an_objection() -> None:
    valleys = Valleys()
    first = valleys.states(A, valleys.version("Mend the roofs."))
    objection = valleys.objects(C, first)

    valleys.tests(A, objection, upheld=False)
    valleys.tests(C, objection)

    assert valleys.objected(objection) == "raised"


def test_an_objection_that_was_found_valid_can_be_left_standing() -> None:
    valleys = Valleys()
    first = valleys.states(A, valleys.version("Mend the roofs."))
    objection = valleys.objects(C, first)
    valleys.tests(B, objection)

    valleys.ends(C, first, objection, "stands")
    stands = valleys.objected(objection)
    valleys.ends(C, first, objection, "withdrawn")

    assert stands == "stands"
    assert valleys.objected(objection) == "withdrawn"


def test_an_objection_that_was_not_upheld_does_not_stand() -> None:
    valleys = Valleys()
    first = valleys.states(A, valleys.version("Mend the roofs."))
    objection = valleys.objects(C, first)
    valleys.tests(B, objection, upheld=False)

    valleys.ends(C, first, objection, "stands")

    assert valleys.objected(objection) == "not valid"


@given(st.data())
def test_the_order_of_the_records_makes_no_difference(data: st.DataObject) -> None:
    valleys = a_long_drafting()
    towns = data.draw(st.permutations(valleys.towns))

    found = drafts.gather(
        valleys.issue.digest, {town.id: town.record for town in towns}
    )

    assert found == valleys.gather()


@given(st.lists(st.integers(0, 12), min_size=3, max_size=3))
def test_what_is_frozen_for_who_holds_less_is_frozen_for_who_holds_more(
    sizes: list[int],
) -> None:
    valleys = a_long_drafting()
    part = {
        town.id: town.record.upto(max(1, min(size, town.record.size)))
        for town, size in zip(valleys.towns, sizes, strict=True)
    }

    less = drafts.gather(valleys.issue.digest, part)

    more = {each.digest for each in valleys.gather().frozen}
    assert {each.digest for each in less.frozen} <= more


def a_long_drafting() -> Valleys:
    valleys = Valleys()
    text = valleys.version("Mend the roofs.")
    first = valleys.states(A, text)
    amended = valleys.version("Mend the walls.", after=(first,))
    second = valleys.states(B, amended)
    valleys.states(A, amended, "taken in")
    objection = valleys.objects(C, second)
    valleys.tests(A, objection)
    last = valleys.version("Mend all.", after=(second,), answers=(objection,))
    valleys.states(B, last)
    for seat in (C, A, B):
        valleys.states(seat, last, "agreed")
    return valleys


# What our own assembly may say


def test_an_assembly_offers_what_names_it_and_those_who_have_the_issue() -> None:
    valleys = Valleys()
    offer = an_offer(valleys, A, valleys.version("Mend the roofs."))

    [stated] = common_text.decide(common_text.NOTHING, offer)

    assert isinstance(stated, common_text.TextStated)
    assert stated.fact.stand == "offered"
    again = common_text.evolve(common_text.NOTHING, stated)
    assert common_text.decide(again, offer) == ()


def test_a_text_that_does_not_name_us_is_not_ours_to_offer() -> None:
    valleys = Valleys()
    offer = an_offer(valleys, C, valleys.version("Mend the roofs.", among=(A, B)))

    with pytest.raises(NotEntitled):
        common_text.decide(common_text.NOTHING, offer)


def test_who_does_not_have_the_issue_drafts_no_text_about_it() -> None:
    valleys = Valleys()
    offer = an_offer(valleys, A, valleys.version("Mend the roofs."))
    alone = replace(offer, sharing=frozenset({valleys.towns[A].id}))

    with pytest.raises(Invalid, match="Only assemblies that have the issue"):
        common_text.decide(common_text.NOTHING, alone)


def test_a_version_that_changes_nothing_is_not_offered() -> None:
    valleys = Valleys()
    first = valleys.states(A, valleys.version("Mend the roofs."))
    same = an_offer(valleys, B, valleys.version("Mend the roofs.", after=(first,)))

    with pytest.raises(Invalid, match="nothing is changed"):
        common_text.decide(common_text.NOTHING, same)


def test_nobody_agrees_while_an_objection_is_open() -> None:
    valleys = Valleys()
    first = valleys.states(A, valleys.version("Mend the roofs."))
    valleys.objects(C, first)

    with pytest.raises(TooEarly, match="still open"):
        common_text.decide(common_text.NOTHING, command(valleys, AgreeToText, B, first))


def test_an_assembly_that_agreed_neither_objects_nor_withdraws() -> None:
    valleys = Valleys()
    first = valleys.states(A, valleys.version("Mend the roofs."))
    agreed = said(valleys, command(valleys, AgreeToText, B, first))

    objecting = an_objection(valleys, B, first)
    with pytest.raises(TooLate):
        common_text.decide(agreed, objecting)
    with pytest.raises(TooLate):
        common_text.decide(agreed, command(valleys, WithdrawText, B, first))


def test_an_assembly_does_not_take_in_its_own_version_or_a_stale_one() -> None:
    valleys = Valleys()
    first = valleys.states(A, valleys.version("Mend the roofs."))
    left = valleys.states(C, valleys.version("Mend nothing.", after=(first,)))
    valleys.states(A, valleys.version("Mend the roofs by May.", after=(first,)))

    with pytest.raises(NotEntitled):
        common_text.decide(common_text.NOTHING, command(valleys, TakeInText, A, first))
    with pytest.raises(TooLate):
        common_text.decide(common_text.NOTHING, command(valleys, TakeInText, A, left))


def test_who_tests_an_objection_is_neither_its_writer_nor_the_objector() -> None:
    valleys = Valleys()
    first = valleys.states(A, valleys.version("Mend the roofs."))
    objection = valleys.objects(C, first)

    for seat in (A, C):
        with pytest.raises(NotEntitled):
            common_text.decide(common_text.NOTHING, a_test(valleys, seat, objection))
    [tested] = common_text.decide(common_text.NOTHING, a_test(valleys, B, objection))

    assert isinstance(tested, common_text.TextObjectionTested)
    assert tested.fact.upheld
    with pytest.raises(Invalid):
        common_text.decide(
            common_text.NOTHING,
            replace(a_test(valleys, B, objection), valid=1, not_valid=0),
        )


def test_only_who_objected_ends_an_objection_and_not_before_it_was_tested() -> None:
    valleys = Valleys()
    first = valleys.states(A, valleys.version("Mend the roofs."))
    objection = valleys.objects(C, first)

    def ends(seat: int, state: str) -> EndTextObjection:
        return EndTextObjection(
            objection=objection,
            state=state,  # type: ignore[arg-type]
            known=valleys.gather(),
            us=valleys.towns[seat].id,
            by=None,
            at=START,
        )

    with pytest.raises(NotEntitled):
        common_text.decide(common_text.NOTHING, ends(B, "withdrawn"))
    with pytest.raises(TooEarly):
        common_text.decide(common_text.NOTHING, ends(C, "stands"))
    [ended] = common_text.decide(common_text.NOTHING, ends(C, "withdrawn"))
    state = common_text.evolve(common_text.NOTHING, ended)
    assert common_text.decide(state, ends(C, "withdrawn")) == ()


def test_what_is_not_known_is_neither_agreed_to_nor_tested() -> None:
    valleys = Valleys()
    nowhere = digest_of(valleys.version("Never offered."))

    for kind in (AgreeToText, TakeInText, WithdrawText):
        with pytest.raises(Unknown):
            common_text.decide(common_text.NOTHING, command(valleys, kind, A, nowhere))
    with pytest.raises(Unknown):
        common_text.decide(common_text.NOTHING, a_test(valleys, A, nowhere))


def an_offer(valleys: Valleys, seat: int, version: TextVersion) -> OfferText:
    return OfferText(
        version=version,
        digest=digest_of(version),
        known=valleys.gather(),
        sharing=frozenset(town.id for town in valleys.towns),
        us=valleys.towns[seat].id,
        by=None,
        at=START,
    )


def command(
    valleys: Valleys,
    kind: type[AgreeToText] | type[TakeInText] | type[WithdrawText],
    seat: int,
    digest: Digest,
) -> AgreeToText | TakeInText | WithdrawText:
    return kind(
        digest=digest,
        known=valleys.gather(),
        us=valleys.towns[seat].id,
        by=None,
        at=START,
    )


def a_test(valleys: Valleys, seat: int, objection: Digest) -> CountTextObjection:
    return CountTextObjection(
        objection=objection,
        valid=7,
        not_valid=2,
        known=valleys.gather(),
        us=valleys.towns[seat].id,
        by=None,
        at=START,
    )


def an_objection(valleys: Valleys, seat: int, digest: Digest) -> ObjectToText:
    return ObjectToText(
        digest=digest,
        reason=commit("Too dear"),
        known=valleys.gather(),
        us=valleys.towns[seat].id,
        by=None,
        at=START,
    )


def said(valleys: Valleys, what: common_text.Command) -> common_text.State:
    state = common_text.NOTHING
    for event in common_text.decide(state, what):
        state = common_text.evolve(state, event)
    return state
