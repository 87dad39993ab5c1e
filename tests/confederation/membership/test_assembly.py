"""An assembly is its members under rules that they adopted."""

from dataclasses import replace

import pytest

from confederation import assembly
from confederation.assembly import (
    AddMember,
    AdoptRulebook,
    AssemblyFounded,
    ChangeAddress,
    ChangeEvidence,
    ConfirmFounding,
    ConfirmRulebook,
    EndRole,
    GrantRole,
    JoinCompact,
    LeaveAssembly,
    LeaveCompact,
    MergeMembers,
    RemoveMember,
)
from confederation.deciding.decision import Decided
from confederation.deciding.rulebook import Rules, Teller
from confederation.errors import Invalid, NotEntitled, Refused, TooEarly, Unknown
from confederation.identifiers import ActorId, MemberId, Multikey
from tests.confederation.builders import (
    CLERK,
    MAY,
    MEMBER,
    OTHER_TELLER,
    PEOPLE,
    REGISTRAR,
    STRANGER,
    TELLER,
    TELLERS,
    a_commit,
    a_digest,
    a_founding,
    a_key,
    an_assembly,
    carry_out,
    decided,
    rules,
)

COMPACT = a_digest("compact")


def after(state: assembly.State, *commands: assembly.Command) -> assembly.State:
    return carry_out(assembly.decide, assembly.evolve, state, commands)


def joining(decision: Decided | None) -> JoinCompact:
    return JoinCompact(compact=COMPACT, decision=decision, by=CLERK, at=MAY)


def leaving(decision: Decided | None) -> LeaveCompact:
    return LeaveCompact(compact=COMPACT, decision=decision, by=CLERK, at=MAY)


def adopting(newer: Rules, decision: Decided | None) -> AdoptRulebook:
    return AdoptRulebook(rules=newer, decision=decision, by=CLERK, at=MAY)


class TestFounding:
    def test_an_assembly_is_founded_with_its_first_members(self) -> None:
        founded = after(assembly.NOTHING, a_founding())

        assert set(founded.members) == set(PEOPLE)
        assert founded.tellers == TELLERS

    def test_an_assembly_can_be_founded_before_anybody_is_there(self) -> None:
        empty = replace(a_founding(tellers=()), founders=())

        [founded] = assembly.decide(assembly.NOTHING, empty)

        assert isinstance(founded, AssemblyFounded)

    def test_a_founder_is_named_once(self) -> None:
        founding = a_founding()
        doubled = replace(founding, founders=founding.founders * 2)

        with pytest.raises(Invalid):
            assembly.decide(assembly.NOTHING, doubled)

    def test_a_second_founding_changes_nothing(self) -> None:
        assert assembly.decide(an_assembly(), a_founding()) == ()

    def test_nothing_happens_in_an_assembly_before_its_founding(self) -> None:
        with pytest.raises(TooEarly):
            assembly.decide(assembly.NOTHING, joining(decided(subject="compact")))

    @pytest.mark.parametrize(
        "tellers",
        [
            TELLERS[:1],
            (TELLERS[0], replace(TELLERS[0], key=a_key("Spare"))),
            (TELLERS[0], replace(TELLERS[1], key=TELLERS[0].key)),
            (TELLERS[0], Teller(member=STRANGER, key=a_key("Stranger"))),
        ],
        ids=["only one", "one person twice", "one key twice", "no member"],
    )
    def test_two_members_with_a_key_each_are_tellers_or_nobody(
        self, tellers: tuple[Teller, ...]
    ) -> None:
        with pytest.raises(Invalid):
            assembly.decide(assembly.NOTHING, a_founding(tellers=tellers))

    def test_both_tellers_confirm_the_founding(self) -> None:
        confirmed = after(
            after(assembly.NOTHING, a_founding()),
            ConfirmFounding(by=TELLER, key=TELLERS[0].key, at=MAY),
            ConfirmFounding(by=TELLER, key=TELLERS[0].key, at=MAY),
            ConfirmFounding(by=OTHER_TELLER, key=TELLERS[1].key, at=MAY),
        )

        assert confirmed.founding_confirmed == (TELLERS[0].key, TELLERS[1].key)

    @pytest.mark.parametrize(
        ("by", "key"), [(CLERK, TELLERS[0].key), (TELLER, TELLERS[1].key)]
    )
    def test_nobody_confirms_with_the_key_of_another(
        self, by: MemberId, key: Multikey
    ) -> None:
        with pytest.raises(NotEntitled):
            assembly.decide(an_assembly(), ConfirmFounding(by=by, key=key, at=MAY))


class TestRulebook:
    def test_the_first_rulebook_needs_no_decision_before_it(self) -> None:
        founded = after(assembly.NOTHING, a_founding())

        adopted = after(founded, adopting(rules(), None))

        assert adopted.version == 1
        assert assembly.rules(adopted) == rules()

    def test_before_the_first_rulebook_there_are_no_rules(self) -> None:
        with pytest.raises(TooEarly):
            assembly.rules(after(assembly.NOTHING, a_founding()))

    def test_a_later_rulebook_is_adopted_by_a_decision_on_its_text(self) -> None:
        newer = rules(text="second edition", quorum="1/4")

        adopted = after(an_assembly(), adopting(newer, decided("second edition")))

        assert adopted.version == 2
        assert assembly.rules(adopted).quorum == "1/4"

    @pytest.mark.parametrize(
        ("decision", "reason"),
        [
            (None, "needs a decision"),
            (decided("rulebook"), "another text"),
            (decided("second edition", outcome="no quorum"), "Too few"),
            (decided("second edition", outcome="rejected"), "decided against"),
        ],
    )
    def test_a_rulebook_that_was_not_adopted_is_not_in_force(
        self, decision: Decided | None, reason: str
    ) -> None:
        newer = rules(text="second edition")

        with pytest.raises(Refused, match=reason):
            assembly.decide(an_assembly(), adopting(newer, decision))

    def test_an_old_decision_does_not_bring_an_old_rulebook_back(self) -> None:
        second = adopting(rules(text="2"), decided("2", ballot="ballot-2"))
        third = adopting(rules(text="3"), decided("3", ballot="ballot-3"))
        today = after(an_assembly(), second, third)

        assert assembly.decide(today, second) == ()
        assert assembly.decide(today, third) == ()

    @pytest.mark.parametrize(
        "wrong",
        [
            rules(quorum="a third"),
            rules(threshold="1/3"),
            rules(methods=()),
            rules(methods=("majority", "majority")),
            rules(tellers=TELLERS[:1]),
            replace(rules(), emergency_notice=10, recall_notice=5),
        ],
    )
    def test_rules_that_cannot_be_applied_are_not_adopted(self, wrong: Rules) -> None:
        founded = after(assembly.NOTHING, a_founding())

        with pytest.raises(Invalid):
            assembly.decide(founded, adopting(wrong, None))

    def test_tellers_confirm_the_newest_rulebook_and_no_other(self) -> None:
        confirming = ConfirmRulebook(version=1, by=TELLER, key=TELLERS[0].key, at=MAY)
        second = adopting(rules(text="2"), decided("2"))

        confirmed = after(an_assembly(), confirming)
        renewed = after(confirmed, second)

        assert confirmed.rulebook_confirmed == (TELLERS[0].key,)
        assert assembly.decide(confirmed, confirming) == ()
        assert renewed.rulebook_confirmed == ()
        with pytest.raises(Unknown):
            assembly.decide(renewed, confirming)

    def test_new_tellers_and_those_before_them_may_confirm_a_rulebook(self) -> None:
        new = (
            Teller(member=CLERK, key=a_key("Clerk")),
            Teller(member=MEMBER, key=a_key("Member")),
        )
        renewed = after(
            an_assembly(), adopting(rules(text="2", tellers=new), decided("2"))
        )

        confirmed = after(
            renewed,
            ConfirmRulebook(version=2, by=TELLER, key=TELLERS[0].key, at=MAY),
            ConfirmRulebook(version=2, by=CLERK, key=new[0].key, at=MAY),
        )

        assert renewed.tellers == new
        assert len(confirmed.rulebook_confirmed) == 2


class TestMembers:
    def test_a_member_is_added_once(self) -> None:
        adding = AddMember(member=STRANGER, evidence="vouched", by=REGISTRAR, at=MAY)

        joined = after(an_assembly(), adding)

        assert joined.members[STRANGER].evidence == "vouched"
        assert assembly.decide(joined, adding) == ()

    def test_the_roll_counts_members_by_evidence_and_names_no_level_twice(self) -> None:
        adding = AddMember(member=STRANGER, evidence="self", by=REGISTRAR, at=MAY)

        roll = an_assembly(adding).roll

        assert roll.levels == {"seen in person": 5, "self": 1}
        assert len(roll.members) == 6

    def test_a_registrar_records_better_evidence_but_never_their_own(self) -> None:
        better = ChangeEvidence(
            member=MEMBER, evidence="documentary", by=REGISTRAR, at=MAY
        )

        recorded = after(an_assembly(), better)

        assert recorded.members[MEMBER].evidence == "documentary"
        assert assembly.decide(recorded, better) == ()
        with pytest.raises(NotEntitled):
            assembly.decide(an_assembly(), replace(better, member=REGISTRAR))

    def test_a_member_leaves_when_they_like(self) -> None:
        leaving = LeaveAssembly(by=MEMBER, at=MAY)

        left = after(an_assembly(), leaving)

        assert MEMBER not in left.members
        assert assembly.decide(left, leaving) == ()

    def test_a_teller_who_left_is_no_longer_in_office(self) -> None:
        left = after(an_assembly(), LeaveAssembly(by=TELLER, at=MAY))

        assert left.tellers == TELLERS[1:]

    def test_a_member_is_removed_by_a_vote_on_a_person_and_by_nothing_else(
        self,
    ) -> None:
        removing = RemoveMember(
            member=MEMBER,
            text=a_commit("removal"),
            decision=decided("removal", person=True),
            by=REGISTRAR,
            at=MAY,
        )

        assert MEMBER not in after(an_assembly(), removing).members
        for insufficient in (None, decided("removal"), decided("x", person=True)):
            with pytest.raises(NotEntitled):
                assembly.decide(an_assembly(), replace(removing, decision=insufficient))

    def test_one_removal_does_not_remove_somebody_who_came_back(self) -> None:
        removing = RemoveMember(
            member=MEMBER,
            text=a_commit("removal"),
            decision=decided("removal", person=True),
            by=REGISTRAR,
            at=MAY,
        )
        readding = AddMember(member=MEMBER, evidence="self", by=REGISTRAR, at=MAY)

        back = after(an_assembly(), removing, readding)

        assert assembly.decide(back, removing) == ()

    def test_a_role_is_granted_and_ended(self) -> None:
        granting = GrantRole(member=MEMBER, role="facilitator", by=CLERK, at=MAY)
        ending = EndRole(member=MEMBER, role="facilitator", by=CLERK, at=MAY)

        granted = after(an_assembly(), granting)
        ended = after(granted, ending)

        assert granted.members[MEMBER].roles == {"facilitator"}
        assert ended.members[MEMBER].roles == set()
        assert assembly.decide(granted, granting) == ()
        assert assembly.decide(ended, ending) == ()

    def test_one_person_may_hold_every_role(self) -> None:
        grants = [
            GrantRole(member=TELLER, role=role, by=None, at=MAY)
            for role in ("clerk", "registrar", "facilitator", "note-taker", "convenor")
        ]

        assert len(after(an_assembly(), *grants).members[TELLER].roles) == 5

    def test_a_stranger_has_no_role_here(self) -> None:
        granting = GrantRole(member=STRANGER, role="clerk", by=CLERK, at=MAY)

        with pytest.raises(Unknown):
            assembly.decide(an_assembly(), granting)


class TestCompact:
    def test_an_assembly_joins_by_its_own_decision(self) -> None:
        joined = after(an_assembly(), joining(decided(subject="compact")))

        assert joined.compacts == (COMPACT,)
        assert assembly.decide(joined, joining(decided(subject="compact"))) == ()

    @pytest.mark.parametrize(
        "decision", [None, decided(), decided(subject="another compact")]
    )
    def test_nobody_joins_for_the_assembly(self, decision: Decided | None) -> None:
        with pytest.raises(NotEntitled):
            assembly.decide(an_assembly(), joining(decision))

    def test_the_decision_to_join_does_not_undo_the_decision_to_leave(self) -> None:
        to_join = decided(subject="compact", ballot="in")
        to_leave = decided(subject="compact", ballot="out")

        left = after(an_assembly(), joining(to_join), leaving(to_leave))

        assert left.compacts == ()
        assert assembly.decide(left, joining(to_join)) == ()
        assert assembly.decide(left, leaving(to_leave)) == ()
        again = joining(decided(subject="compact", ballot="in again"))
        assert after(left, again).compacts == (COMPACT,)


def test_an_assembly_can_move() -> None:
    moving = ChangeAddress(
        address=ActorId("https://a.example/assembly"), by=None, at=MAY
    )

    moved = after(an_assembly(), moving)

    assert moved.address == "https://a.example/assembly"
    assert assembly.decide(moved, moving) == ()


def merging(duplicate: MemberId, into: MemberId) -> MergeMembers:
    return MergeMembers(duplicate=duplicate, into=into, by=REGISTRAR, at=MAY)


class TestMerging:
    def test_two_entries_become_one_with_what_both_were_known_by(self) -> None:
        here = after(
            an_assembly(),
            GrantRole(member=MEMBER, role="note-taker", by=CLERK, at=MAY),
            AddMember(member=STRANGER, evidence="self", by=REGISTRAR, at=MAY),
            merging(MEMBER, STRANGER),
        )

        assert MEMBER not in here.members
        assert here.members[STRANGER].evidence == "seen in person"
        assert here.members[STRANGER].roles == {"note-taker"}

    def test_merging_them_again_changes_nothing(self) -> None:
        here = after(an_assembly(), merging(MEMBER, CLERK))

        assert assembly.decide(here, merging(MEMBER, CLERK)) == ()

    def test_a_teller_in_office_is_not_merged_away(self) -> None:
        with pytest.raises(NotEntitled, match="is a teller"):
            assembly.decide(an_assembly(), merging(TELLER, MEMBER))

    def test_nobody_is_merged_into_themselves(self) -> None:
        with pytest.raises(Invalid):
            assembly.decide(an_assembly(), merging(MEMBER, MEMBER))

    def test_nobody_is_merged_into_a_stranger(self) -> None:
        with pytest.raises(Unknown):
            assembly.decide(an_assembly(), merging(MEMBER, STRANGER))
