"""A record only grows, and everything in it has one place."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confederation.confederal.history import Keys, Record, key_digest
from confederation.errors import Invalid
from confederation.identifiers import AssemblyId, Digest, Multikey
from confederation.record import (
    Decision,
    Electorate,
    Entry,
    Fact,
    Founding,
    KeyEvent,
    MemberCount,
    Rulebook,
)
from tests.confederation.world import Town, a_key, an_entry, commit, digest_of

OLD, NEW, STOLEN = a_key("old"), a_key("new"), a_key("stolen")


def a_record(*facts: Fact, town: Town | None = None) -> Record:
    town = town or Town("harbour")
    for fact in facts:
        town.publishes(fact)
    return town.record


def counts(*numbers: int) -> list[Fact]:
    return [MemberCount(members=number) for number in numbers]


def founded_with(key: Multikey, following: Digest | None = None) -> Record:
    founding = Founding(
        name=commit("Harbour"), kind="place", key=key, next_key_digest=following
    )
    return Record.of([an_entry(None, founding)])


def then(record: Record, *facts: Fact) -> Record:
    for fact in facts:
        record = record.append(an_entry(record, fact))
    return record


def test_a_record_is_built_entry_by_entry_or_at_once() -> None:
    record = a_record(*counts(10, 11, 12))

    assert Record.of(record.entries) == record
    assert record.size == 4
    assert record.head == record.entries[-1].digest
    assert record.assembly == AssemblyId(record.entries[0].digest)


def test_an_entry_that_is_held_already_changes_nothing() -> None:
    record = a_record(*counts(10, 11))

    assert record.extend(record.entries) is record
    assert record.append(record.entries[1]) is record


def test_entries_in_part_known_are_added_in_part() -> None:
    record = a_record(*counts(10, 11, 12))

    assert record.upto(2).extend(record.entries[1:]) == record


Change = Callable[[tuple[Entry, ...], int], tuple[Entry, ...]]


def drop(chain: tuple[Entry, ...], place: int) -> tuple[Entry, ...]:
    return (*chain[:place], *chain[place + 1 :])


def swap(chain: tuple[Entry, ...], place: int) -> tuple[Entry, ...]:
    return (*chain[:place], chain[place + 1], chain[place], *chain[place + 2 :])


def alter(chain: tuple[Entry, ...], place: int) -> tuple[Entry, ...]:
    altered = replace(
        chain[place], fact=MemberCount(members=999), digest=digest_of("altered")
    )
    return (*chain[:place], altered, *chain[place + 1 :])


def renumber(chain: tuple[Entry, ...], place: int) -> tuple[Entry, ...]:
    return (*chain[:place], *(replace(e, seq=e.seq - 1) for e in chain[place + 1 :]))


def slip_in(chain: tuple[Entry, ...], place: int) -> tuple[Entry, ...]:
    extra = an_entry(Record.of(chain[:place]), MemberCount(members=999))
    return (*chain[:place], extra, *chain[place:])


@given(
    st.lists(st.integers(1, 500), min_size=3, max_size=12),
    st.sampled_from([drop, swap, alter, renumber, slip_in]),
    st.data(),
)
def test_whoever_alters_drops_or_reorders_is_found_out(
    numbers: list[int], change: Change, data: st.DataObject
) -> None:
    chain = a_record(*counts(*numbers)).entries
    place = data.draw(st.integers(1, len(chain) - 2))
    held = Record.of(chain[: data.draw(st.integers(1, len(chain)))])

    changed = change(chain, place)

    with pytest.raises(Invalid):
        Record.of(changed)
    # A holder of the first entries accepts what is unaltered, and not one entry more.
    try:
        accepted = held.extend(changed)
    except Invalid:
        accepted = held
    assert accepted.entries == chain[: accepted.size]


def test_an_entry_that_leaves_a_number_out_does_not_follow() -> None:
    record = a_record(*counts(10))
    next_but_one = replace(an_entry(record, MemberCount(members=11)), seq=3)

    with pytest.raises(Invalid, match="something is missing"):
        record.append(next_but_one)


def test_of_two_entries_in_one_place_not_even_the_first_is_added() -> None:
    record = a_record(*counts(10))
    one, other = (an_entry(record, MemberCount(members=each)) for each in (11, 12))

    with pytest.raises(Invalid, match="wrote two"):
        record.extend((one, other))
    assert record.extend((one, one)) == record.append(one)


def test_a_refused_extension_adds_nothing_at_all() -> None:
    record = a_record(*counts(10, 11, 12, 13))
    held = record.upto(2)

    with pytest.raises(Invalid):
        held.extend((record.entries[2], record.entries[4]))

    assert held.size == 2


def test_the_record_of_another_assembly_is_not_ours() -> None:
    ours, hill = a_record(*counts(10)), Town("hill")
    misplaced = replace(an_entry(ours, MemberCount(members=1)), assembly=hill.id)

    with pytest.raises(Invalid, match="another assembly"):
        ours.append(misplaced)
    with pytest.raises(Invalid, match="another assembly"):
        Record(assembly=ours.assembly).append(hill.record.entries[0])
    claimed = replace(hill.record.entries[0], assembly=ours.assembly)
    with pytest.raises(Invalid, match="another assembly"):
        Record(assembly=ours.assembly).append(claimed)


def test_an_assembly_is_founded_once_and_first() -> None:
    record = a_record(*counts(10))
    founding = record.entries[0].fact

    with pytest.raises(Invalid, match="founded once"):
        record.append(an_entry(record, founding))
    with pytest.raises(Invalid, match="begins with the founding"):
        Record(assembly=record.assembly).append(
            replace(record.entries[1], seq=0, prev=None)
        )
    with pytest.raises(Invalid, match="begins with a founding"):
        Record.of([])


def test_two_entries_in_one_place_are_a_contradiction() -> None:
    record = a_record(*counts(10, 11))
    other = an_entry(record.upto(2), MemberCount(members=99))

    contradiction = record.contradicted_by(other)

    assert contradiction is not None
    assert {contradiction.a, contradiction.b} == {record.entries[2], other}
    assert contradiction.equivocation().of == record.assembly
    with pytest.raises(Invalid, match="wrote two"):
        record.append(other)


def test_what_follows_or_is_held_contradicts_nothing() -> None:
    record = a_record(*counts(10, 11))

    assert record.contradicted_by(record.entries[1]) is None
    assert record.contradicted_by(an_entry(record, MemberCount(members=1))) is None
    assert record.contradicted_by(Town("hill").record.entries[0]) is None


def test_the_other_side_of_a_contradiction_is_a_record_as_well() -> None:
    record = a_record(*counts(10, 11, 12))
    other = an_entry(record.upto(2), MemberCount(members=99))

    branch = record.branch(other)

    assert branch is not None
    assert branch.entries == (*record.entries[:2], other)
    assert record.branch(record.entries[2]) is None
    assert record.branch(replace(other, prev=digest_of("elsewhere"))) is None


def test_a_part_of_a_record_does_not_part_from_it() -> None:
    record = a_record(*counts(10, 11, 12))
    other = record.branch(an_entry(record.upto(2), MemberCount(members=99)))
    assert other is not None

    parted = record.parts_from(other)

    assert parted is not None
    assert {parted.a.seq, parted.b.seq} == {2}
    assert record.parts_from(record.upto(3)) is None
    assert record.upto(3).parts_from(record) is None


def test_a_record_before_an_entry_ends_there() -> None:
    record = a_record(*counts(10, 11, 12))
    second = record.entries[2]

    assert record.before(second.digest) == Record.of(record.entries[:2])
    with pytest.raises(Invalid):
        record.before(digest_of("unknown"))


def test_a_record_may_be_kept_without_what_does_not_matter() -> None:
    whole = a_record(*counts(10, 11, 12, 13))
    kept = Record(
        assembly=whole.assembly,
        entries=(whole.entries[0], whole.entries[3]),
        size=whole.size,
        head=whole.head,
    )

    assert kept.members_at(5) == whole.members_at(4) == 12
    assert kept.at(2) is None
    assert kept.upto(4).head == whole.entries[3].digest
    grown = kept.append(an_entry(kept, MemberCount(members=14)))
    assert grown.members_at(grown.size) == 14
    assert kept.extend(whole.entries[1:3]) is kept


def test_a_record_with_gaps_was_as_long_as_the_whole_one() -> None:
    whole = a_record(*counts(10, 11, 12, 13))
    kept = replace(whole, entries=(whole.entries[0], whole.entries[3]))

    # None is the head where the last entry was left out: nobody here knows it.
    heads = [kept.upto(seq).head for seq in range(5)]
    first, fourth = kept.entries
    assert heads == [None, first.digest, None, fourth.prev, fourth.digest]
    assert [kept.upto(seq).size for seq in range(5)] == [0, 1, 2, 3, 4]
    assert kept.upto(5) is kept.upto(9) is kept
    assert replace(whole, entries=()).upto(2).head is None


@pytest.mark.parametrize(
    "wrong",
    [
        lambda r: replace(r, entries=r.entries[::-1]),
        lambda r: replace(r, entries=(*r.entries, r.entries[-1])),
        lambda r: replace(r, size=1),
        lambda r: replace(r, size=2),
        lambda r: replace(r, head=digest_of("other")),
        lambda r: replace(r, assembly=AssemblyId("other")),
    ],
)
def test_a_record_that_does_not_agree_with_itself_is_none(
    wrong: Callable[[Record], Record],
) -> None:
    with pytest.raises(Invalid):
        wrong(a_record(*counts(10, 11)))


def test_a_new_key_acts_after_the_entry_that_names_it() -> None:
    rotation = KeyEvent(op="add", key=NEW, consented=True)
    record = then(founded_with(OLD), rotation, MemberCount(members=1))

    assert [record.key_at(seq) for seq in range(4)] == [None, OLD, NEW, NEW]
    assert founded_with(OLD).signers(rotation) == {OLD}
    assert record.signers(MemberCount(members=2)) == {NEW}


def test_a_key_without_its_own_consent_replaces_nothing() -> None:
    record = then(founded_with(OLD), KeyEvent(op="add", key=NEW))

    assert record.key_at(record.size) == OLD


def test_a_stolen_key_cannot_choose_its_successor() -> None:
    record = founded_with(OLD, key_digest(NEW))

    stolen = then(record, KeyEvent(op="add", key=STOLEN, consented=True))

    assert stolen.key_at(stolen.size) == OLD


def test_the_key_committed_to_may_take_over_from_a_lost_one() -> None:
    record = founded_with(OLD, key_digest(NEW))
    takeover = KeyEvent(op="add", key=NEW, consented=True)

    assert record.signers(takeover) == {OLD, NEW}
    assert record.signers(KeyEvent(op="add", key=STOLEN, consented=True)) == {OLD}
    assert then(record, takeover).signers(MemberCount(members=1)) == {NEW}


@pytest.mark.parametrize("op", ["retire", "compromised"])
def test_the_key_committed_to_only_takes_over(op: str) -> None:
    record = founded_with(OLD, key_digest(NEW))

    given_up = KeyEvent(op=op, key=NEW)  # type: ignore[arg-type]

    assert record.signers(given_up) == {OLD}


@pytest.mark.parametrize("op", ["retire", "compromised"])
def test_a_key_that_was_given_up_signs_nothing_more(op: str) -> None:
    given_up = KeyEvent(op=op, key=OLD)  # type: ignore[arg-type]
    record = then(founded_with(OLD, key_digest(NEW)), given_up)

    assert record.signers(MemberCount(members=1)) == frozenset()
    assert record.signers(KeyEvent(op="add", key=NEW, consented=True)) == {NEW}
    assert record.key_at(1) == OLD


def test_giving_up_a_key_that_no_longer_acts_changes_nothing() -> None:
    record = then(
        founded_with(OLD),
        KeyEvent(op="add", key=NEW, consented=True),
        KeyEvent(op="compromised", key=OLD),
    )

    assert record.key_at(record.size) == NEW


def test_a_founding_is_signed_with_the_key_that_it_names() -> None:
    founding = founded_with(OLD).entries[0].fact

    assert Keys().signers(founding) == {OLD}
    assert Keys(current=NEW).signers(founding) == frozenset()
    assert Keys().signers(MemberCount(members=1)) == frozenset()


def a_rulebook(town: Town, *named: str, by: tuple[Multikey, ...]) -> Rulebook:
    return Rulebook(
        text=commit("rules"),
        tellers=tuple(a_key(name) for name in named),
        confirmed_by=by,
    )


def test_a_rulebook_that_two_tellers_confirmed_names_the_next_ones() -> None:
    town = Town("harbour")
    town.publishes(a_rulebook(town, "ann", "ben", by=town.tellers))

    assert town.record.tellers_at(1) == town.tellers
    assert town.record.tellers_at(2) == (a_key("ann"), a_key("ben"))


def test_whoever_runs_the_machine_cannot_name_tellers_of_their_own() -> None:
    town = Town("harbour")
    own = (a_key("mallory"), a_key("eve"))

    town.publishes(a_rulebook(town, "mallory", "eve", by=own))
    town.publishes(a_rulebook(town, "mallory", "eve", by=(town.tellers[0], own[0])))

    assert town.record.tellers_at(town.record.size) == town.tellers


def test_where_nobody_was_named_the_first_tellers_confirm_themselves() -> None:
    record = founded_with(OLD)
    named = (a_key("ann"), a_key("ben"))
    record = then(
        record, Rulebook(text=commit("rules"), tellers=named, confirmed_by=named)
    )

    assert record.tellers_at(record.size) == named


@pytest.mark.parametrize("confirmations", [0, 1, 2])
def test_an_entry_is_confirmed_by_two_different_tellers(confirmations: int) -> None:
    town = Town("harbour")
    decision = town.decides().fact
    assert isinstance(decision, Decision)
    by = (town.tellers[:confirmations] * 2)[:2]

    entry = town.publishes(replace(decision, confirmed_by=by))

    assert town.record.confirmed(entry) is (confirmations == 2)


def test_one_teller_twice_is_one_teller() -> None:
    town = Town("harbour")
    electorate = Electorate(
        session="s",  # type: ignore[arg-type]
        present=3,
        members=5,
        confirmed_by=(town.tellers[0], town.tellers[0], a_key("a stranger")),
    )

    assert not town.record.confirmed(town.publishes(electorate))


def test_what_carries_no_confirmations_is_never_confirmed() -> None:
    town = Town("harbour")

    assert not town.record.confirmed(town.publishes(MemberCount(members=3)))
    assert town.record.confirmed(town.record.entries[0])


def test_the_number_of_members_is_the_one_published_last() -> None:
    town = Town("harbour")
    assert town.record.members_at(1) is None

    for members in (38, 40):
        town.publishes(MemberCount(members=members))

    assert town.record.members_at(2) == 38
    assert town.record.members_at(9) == 40
