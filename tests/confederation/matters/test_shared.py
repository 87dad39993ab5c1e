"""A shared issue is the set of its accounts: it grows, and nobody owns it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confederation.errors import Invalid
from confederation.identifiers import AssemblyId
from confederation.matters import shared
from confederation.matters.shared import SharedIssue
from confederation.record import Entry, Issue, IssueScope, MemberCount, SharedAccount
from confederation.record.issue import Scope
from tests.confederation.world import START, Confederation, Town, commit


class Valleys:
    """Three towns, the first of which raises an issue."""

    def __init__(self) -> None:
        self.world = Confederation(3)
        self.towns = self.world.towns
        self.issue = self.towns[0].publishes(
            Issue(title=commit("Damp"), what=commit("Mould on the walls"))
        )

    def says_too(
        self, seat: int, *, minutes: int = 1, withdrawn: bool = False
    ) -> Entry:
        return self.towns[seat].publishes(
            SharedAccount(
                shares=self.issue.digest,
                account=commit(f"here as well {minutes}"),
                withdrawn=withdrawn,
            ),
            START + timedelta(minutes=minutes),
        )

    def gather(self) -> SharedIssue:
        return shared.gather(self.issue, {town.id: town.record for town in self.towns})

    def sharing(self) -> list[AssemblyId]:
        return [account.assembly for account in self.gather().accounts]


def test_an_issue_begins_with_the_assembly_that_raised_it() -> None:
    valleys = Valleys()

    [account] = valleys.gather().accounts

    assert account.assembly == valleys.towns[0].id
    assert account.entry == valleys.issue


def test_it_reaches_as_far_as_whoever_raised_it_said_last() -> None:
    valleys = Valleys()
    other = valleys.towns[0].publishes(Issue(title=commit("Cold"), what=commit("Cold")))
    before = valleys.gather().scope
    said: list[tuple[int, Entry, Scope]] = [
        (0, valleys.issue, "district"),
        (0, valleys.issue, "county"),
        (0, other, "national"),
        (1, valleys.issue, "international"),
    ]
    for seat, issue, scope in said:
        valleys.towns[seat].publishes(IssueScope(issue=issue.digest, scope=scope))

    assert before == ""
    assert valleys.gather().scope == "county"


def test_it_grows_by_every_assembly_that_has_this_too() -> None:
    valleys = Valleys()
    second = valleys.says_too(2, minutes=2)
    first = valleys.says_too(1, minutes=1)

    gathered = valleys.gather()

    assert [each.entry for each in gathered.accounts] == [valleys.issue, first, second]
    assert gathered.assemblies == 3


def test_each_assembly_counts_once_by_its_newest_account() -> None:
    valleys = Valleys()
    valleys.says_too(1, minutes=1)
    newest = valleys.says_too(1, minutes=9)

    account = valleys.gather().accounts[1]

    assert account.entry == newest
    assert account.since == START + timedelta(minutes=1)


def test_an_account_is_withdrawn_by_its_own_assembly_and_can_be_given_again() -> None:
    valleys = Valleys()
    valleys.says_too(1, minutes=1)
    valleys.says_too(1, minutes=2, withdrawn=True)
    assert valleys.sharing() == [valleys.towns[0].id]
    assert valleys.gather().withdrawn == (valleys.towns[1].id,)

    valleys.says_too(1, minutes=3)

    assert valleys.sharing() == [valleys.towns[0].id, valleys.towns[1].id]
    assert valleys.gather().withdrawn == ()


def test_even_the_one_who_raised_it_can_take_theirs_back() -> None:
    valleys = Valleys()
    valleys.says_too(1)
    valleys.says_too(0, withdrawn=True)

    assert valleys.sharing() == [valleys.towns[1].id]


def test_an_account_of_another_issue_is_not_merged_into_this_one() -> None:
    valleys = Valleys()
    other = valleys.towns[1].publishes(
        Issue(title=commit("Cold"), what=commit("Cold flats"))
    )
    valleys.towns[2].publishes(
        SharedAccount(shares=other.digest, account=commit("here as well"))
    )

    assert valleys.sharing() == [valleys.towns[0].id]


def test_people_are_added_up_when_everybody_has_said_how_many_they_are() -> None:
    valleys = Valleys()
    valleys.says_too(1)
    valleys.towns[0].publishes(MemberCount(members=120))
    assert valleys.gather().people is None

    valleys.towns[1].publishes(MemberCount(members=30))
    valleys.towns[1].publishes(MemberCount(members=31))
    valleys.towns[2].publishes(MemberCount(members=999))

    assert valleys.gather().people == 151


def test_it_leads_to_the_proposals_that_name_it() -> None:
    valleys = Valleys()
    valleys.world.proposes()
    proposal = valleys.world.proposes(by=1, issue=valleys.issue.digest)

    assert valleys.gather().proposals == (proposal,)


def test_only_an_issue_can_be_shared() -> None:
    valleys = Valleys()
    with pytest.raises(Invalid):
        shared.gather(valleys.towns[0].record.entries[0], {})


@given(st.permutations(range(3)))
def test_the_order_in_which_records_are_held_changes_nothing(order: list[int]) -> None:
    valleys = Valleys()
    for seat in (1, 2):
        valleys.says_too(seat, minutes=seat)
    towns: list[Town] = [valleys.towns[seat] for seat in order]

    again = shared.gather(valleys.issue, {town.id: town.record for town in towns})

    assert again == valleys.gather()
