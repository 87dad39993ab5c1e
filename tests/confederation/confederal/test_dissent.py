"""A minority says why it does not agree, and nobody takes that away from it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confederation import record
from confederation.confederal import dissent
from confederation.confederal.choosing import KEEP
from confederation.confederal.dissent import (
    BeginDissent,
    FileDissent,
    Reviewer,
    SignDissent,
    State,
    TakeBack,
    WithholdPart,
)
from confederation.errors import Invalid, NotEntitled, Refused, TooEarly, TooLate
from confederation.identifiers import Digest, DissentId, MemberId, OptionId
from confederation.record import Counted, Figures, MinorityReport, Ranked, Result
from tests.confederation.world import (
    ABSTAIN,
    AGAINST,
    FOR,
    START,
    Town,
    commit,
    digest_of,
)

ANNA, BEA, CAS, DIRK, EVE = (
    MemberId(name) for name in ("anna", "bea", "cas", "d", "e")
)
REVIEWERS = (
    Reviewer(member=DIRK, words=commit("reviewer 1")),
    Reviewer(member=EVE, words=commit("reviewer 2")),
)
BEGUN = BeginDissent(
    dissent=DissentId("x"),
    on=digest_of("decision"),
    proposal=None,
    parts=(commit("It costs too much."), commit("And he knew it.")),
    reviewers=REVIEWERS,
    needed=2,
    at_most=3,
    by=ANNA,
    at=START,
)


def after(*commands: dissent.Command, state: State = dissent.NOTHING) -> State:
    for command in commands:
        for event in dissent.decide(state, command):
            state = dissent.evolve(state, event)
    return state


def signs(who: MemberId, *, entitled: bool = True) -> SignDissent:
    return SignDissent(name=commit(f"name {who}"), entitled=entitled, by=who, at=START)


def withholds(who: MemberId, part: int = 2) -> WithholdPart:
    return WithholdPart(part=part, by=who, at=START)


FILES = FileDissent(by=ANNA, at=START)
SIGNED = after(BEGUN, signs(ANNA), signs(BEA))
FILED = after(FILES, state=SIGNED)


def test_enough_who_did_not_agree_file_a_report_with_no_name_in_it() -> None:
    fact = dissent.fact(FILED)

    assert fact.parts == BEGUN.parts
    assert set(fact.signers) == {commit("name anna"), commit("name bea")}
    assert fact.reviewers == (commit("reviewer 1"), commit("reviewer 2"))


@given(st.permutations([ANNA, BEA, CAS]))
def test_a_report_does_not_tell_who_signed_first(order: list[MemberId]) -> None:
    signed = after(BEGUN, *map(signs, order), replace(FILES, by=order[0]))

    assert dissent.fact(signed).signers == tuple(
        sorted(commit(f"name {who}") for who in order)
    )


def test_too_few_file_nothing_and_nobody_files_it_for_them() -> None:
    alone = after(BEGUN, signs(ANNA))

    with pytest.raises(TooEarly, match="1 signed it so far, and 2 have to"):
        dissent.decide(alone, FILES)
    with pytest.raises(NotEntitled, match="One of those who signed"):
        dissent.decide(SIGNED, replace(FILES, by=CAS))
    with pytest.raises(TooEarly, match="not filed"):
        dissent.fact(SIGNED)


def test_doing_the_same_twice_changes_nothing() -> None:
    assert dissent.decide(SIGNED, BEGUN) == ()
    assert dissent.decide(SIGNED, signs(ANNA)) == ()
    assert dissent.decide(FILED, FILES) == ()
    doubted = after(withholds(DIRK), state=FILED)
    assert dissent.decide(doubted, withholds(DIRK)) == ()
    assert dissent.decide(SIGNED, TakeBack(by=CAS, at=START)) == ()


def test_a_signature_is_taken_back_before_it_is_filed_and_not_after() -> None:
    less = after(TakeBack(by=BEA, at=START), state=SIGNED)

    assert set(less.signed) == {ANNA}
    with pytest.raises(TooLate):
        dissent.decide(FILED, TakeBack(by=BEA, at=START))
    with pytest.raises(TooLate):
        dissent.decide(FILED, signs(CAS))


def test_no_more_sign_than_did_not_agree_and_only_who_could_decide() -> None:
    three = after(signs(CAS), state=SIGNED)

    with pytest.raises(Refused, match="As many have signed"):
        dissent.decide(three, signs(MemberId("fay")))
    with pytest.raises(NotEntitled, match="could take part"):
        dissent.decide(SIGNED, signs(CAS, entitled=False))
    with pytest.raises(Refused, match="At most 1"):
        dissent.decide(dissent.NOTHING, replace(BEGUN, at_most=1))


def test_two_reviewers_together_withhold_a_part_and_one_does_not() -> None:
    once = after(withholds(DIRK), state=FILED)
    both = after(withholds(EVE), state=once)

    assert once.withheld == ()
    assert both.withheld == (2,)


def test_what_both_doubt_beforehand_is_withheld_when_it_is_filed() -> None:
    doubted = after(withholds(DIRK), withholds(EVE), state=SIGNED)

    assert doubted.withheld == ()
    assert after(FILES, state=doubted).withheld == (2,)


@pytest.mark.parametrize("who", [ANNA, BEA, CAS, MemberId("the clerk")])
def test_nobody_else_withholds_anything(who: MemberId) -> None:
    with pytest.raises(NotEntitled, match="whom the minority named"):
        dissent.decide(FILED, withholds(who))


def test_reviewers_are_two_others_who_do_not_sign() -> None:
    mine = Reviewer(member=ANNA, words=commit("me"))
    for reviewers in (REVIEWERS[:1], (REVIEWERS[0],) * 2, (REVIEWERS[0], mine)):
        with pytest.raises(Invalid):
            dissent.decide(dissent.NOTHING, replace(BEGUN, reviewers=reviewers))
    with pytest.raises(NotEntitled, match="does not sign"):
        dissent.decide(SIGNED, signs(DIRK))
    with pytest.raises(Invalid, match="no such part"):
        dissent.decide(FILED, withholds(DIRK, part=3))


class TestInTheRecord:
    def report(self, town: Town, **changes: object) -> MinorityReport:
        plain = replace(dissent.fact(FILED), on=town.decides().digest)
        return replace(plain, **changes)  # type: ignore[arg-type]

    def test_a_report_stands_beside_a_decision_of_its_own_record(self) -> None:
        town, other = Town("hill"), Town("dale")

        entry = town.publishes(self.report(town))
        elsewhere = other.publishes(self.report(town))

        assert dissent.flaw(entry, town.record) is None
        assert dissent.flaw(elsewhere, other.record)

    @pytest.mark.parametrize(
        "changes",
        [{"parts": ()}, {"parts": (commit("x"),) * 9}, {"signers": ()}],
    )
    def test_a_report_that_is_none_stands_nowhere(
        self, changes: dict[str, object]
    ) -> None:
        town = Town("hill")

        assert dissent.flaw(town.publishes(self.report(town, **changes)), town.record)

    def test_an_assembly_dissents_by_a_decision_that_it_took(self) -> None:
        town = Town("hill")
        of_all: dict[str, object] = {
            "on": digest_of("result"),
            "proposal": digest_of("proposal"),
            "signers": (),
            "reviewers": (),
        }
        passed, lost = town.decides().digest, town.decides(outcome="rejected").digest

        for decision, sound in ((passed, True), (lost, False), (digest_of("x"), False)):
            entry = town.publishes(self.report(town, decision=decision, **of_all))
            assert (dissent.flaw(entry, town.record) is None) == sound

    def test_only_its_own_reviewers_in_its_own_record_withhold_a_part(self) -> None:
        town, other = Town("hill"), Town("dale")
        said = self.report(town)
        too_early = town.publishes(self.held(digest_of("later"), said))
        entry = town.publishes(said)
        town.publishes(replace(self.held(entry.digest, said), reviewers=()))
        strangers = (commit("a"), commit("b"))
        town.publishes(replace(self.held(entry.digest, said), reviewers=strangers))
        town.publishes(replace(self.held(entry.digest, said), part=9))
        other.publishes(self.held(entry.digest, said))

        assert too_early.seq < entry.seq
        assert dissent.withheld(entry, town.record) == frozenset()
        town.publishes(self.held(entry.digest, said))
        assert dissent.withheld(entry, town.record) == {2}

    def held(self, report: Digest, said: MinorityReport) -> record.Withholding:
        return record.Withholding(report=report, part=2, reviewers=said.reviewers)


WALL, PUMPS = OptionId("wall"), OptionId("pumps")


@pytest.mark.parametrize(
    ("choice", "outcome", "chosen", "otherwise"),
    [
        ((AGAINST,), "adopted", None, True),
        ((FOR,), "adopted", None, False),
        ((ABSTAIN,), "adopted", None, False),
        ((FOR,), "rejected", None, True),
        ((AGAINST,), "rejected", None, False),
        ((), "adopted", None, False),
        ((PUMPS, WALL), "adopted", (WALL,), True),
        ((WALL, PUMPS), "adopted", (WALL,), False),
        ((WALL,), "rejected", (KEEP,), True),
        ((KEEP,), "rejected", (KEEP,), False),
        ((ABSTAIN,), "rejected", (KEEP,), False),
    ],
)
def test_an_assembly_dissents_only_where_its_seat_voted_otherwise(
    *,
    choice: tuple[OptionId, ...],
    outcome: str,
    chosen: tuple[OptionId, ...] | None,
    otherwise: bool,
) -> None:
    counted = Counted(seat=1, revision=1, digest=digest_of(1), rule=None, choice=choice)
    result = Result(
        compact=digest_of("compact"),
        proposal=digest_of("proposal"),
        method="any",
        certified=(counted, replace(counted, rule="superseded", choice=(AGAINST,))),
        figures=Figures(seats=3, cast=3, quorum=2, assemblies={}, members=None),
        outcome=outcome,  # type: ignore[arg-type]
        ranked=None if chosen is None else Ranked(lot=(), chosen=chosen, wanted=2),
    )

    assert dissent.voted_otherwise(result, 1) == otherwise
    assert not dissent.voted_otherwise(result, 2)
