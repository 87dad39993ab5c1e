"""A page of a record is filed at once, and each entry of it is checked all the same."""

import pytest

from activitypub import canonical, proofs
from activitypub.canonical import JsonObject
from activitypub.errors import NotAuthentic
from instance import archive
from instance.archive import Outcome
from instance.confederal import catching_up
from instance.desk import Desk
from instance.store import contradictions, records
from instance.store.records import Known
from instance.upkeep import growing, keys
from tests.instance.house import House, public
from tests.instance.three import (
    Three,
    a_key_event,
    an_entry,
    assembly_of,
    the_key,
    the_record,
)


def counts(house: House, *numbers: int, after: JsonObject) -> list[JsonObject]:
    """Write entries that follow each other, each with another number of members."""
    written: list[JsonObject] = []
    for number in numbers:
        body: JsonObject = {"members": number}
        written.append(an_entry(house, "MemberCount", body, after=after))
        after = written[-1]
    return written


def with_bytes(documents: list[JsonObject]) -> list[tuple[JsonObject, bytes]]:
    return [(document, canonical.canonical(document)) for document in documents]


def page(*documents: JsonObject) -> catching_up.Page:
    return catching_up.Page(entries=with_bytes([*documents]), texts=[])


def held(desk: Desk, house: House) -> Known:
    known = records.assembly(desk.connection, assembly_of(house))
    assert known is not None
    return known


def test_a_page_is_filed_as_its_entries_are_one_by_one(together: Three) -> None:
    quarry, harbour, mill = together.houses
    later = counts(quarry, 3, 4, 5, 6, 7, after=the_record(quarry)[-1])

    with harbour.desk() as desk:
        before = held(desk, quarry).size
        assert growing.grow(desk, with_bytes(later)) == 5
        at_once = held(desk, quarry)
        root = archive.tree_of(desk, at_once.id, size=at_once.size).root()
        assert archive.is_sound(desk, at_once)
    with mill.desk() as desk:
        assert {archive.file(desk, each).outcome for each in later} == {
            Outcome.APPENDED
        }
        one_by_one = held(desk, quarry)
        other = archive.tree_of(desk, one_by_one.id, size=one_by_one.size).root()

    assert at_once.size == before + 5
    assert (at_once.head, root) == (one_by_one.head, other)


def test_nothing_is_kept_of_a_page_with_one_forged_entry(together: Three) -> None:
    quarry, harbour, _ = together.houses
    last, forger = the_record(quarry)[-1], proofs.new_key()
    [good] = counts(quarry, 3, after=last)
    forged = an_entry(quarry, "MemberCount", {"members": 9}, after=good, key=forger)
    [after] = counts(quarry, 4, after=forged)

    with harbour.desk() as desk:
        before = held(desk, quarry)
    with pytest.raises(NotAuthentic), harbour.desk() as desk:
        catching_up.file_page(desk, page(good, forged, after))

    with harbour.desk() as desk:
        assert held(desk, quarry) == before


def test_an_altered_entry_in_a_page_is_not_filed(together: Three) -> None:
    quarry, harbour, _ = together.houses
    good, signed = counts(quarry, 3, 4, after=the_record(quarry)[-1])

    with pytest.raises(NotAuthentic), harbour.desk() as desk:
        catching_up.file_page(desk, page(good, {**signed, "members": 5}))


def test_within_a_page_a_new_key_takes_over_from_its_own_entry_on(
    together: Three,
) -> None:
    quarry, harbour, _ = together.houses
    following = the_key(quarry, keys.NEXT_RECORD_KEY)
    [first] = counts(quarry, 3, after=the_record(quarry)[-1])
    event = a_key_event(quarry, following, after=first)
    later = an_entry(quarry, "MemberCount", {"members": 4}, after=event, key=following)
    [with_the_old] = counts(quarry, 5, after=later)

    with harbour.desk() as desk:
        before = held(desk, quarry).size
        assert growing.grow(desk, with_bytes([first, event, later])) == 1
        assert catching_up.file_page(desk, page(first, event, later))
        assert held(desk, quarry).size == before + 3
        assert held(desk, quarry).key == public(following)
        with pytest.raises(NotAuthentic):
            catching_up.file_page(desk, page(with_the_old))


def test_what_is_held_already_does_not_stop_a_page(together: Three) -> None:
    quarry, harbour, _ = together.houses
    last = the_record(quarry)[-1]
    later = counts(quarry, 3, 4, after=last)

    with harbour.desk() as desk:
        before = held(desk, quarry).size
        assert catching_up.file_page(desk, page(last, *later))

        assert held(desk, quarry).size == before + 2


def test_an_entry_that_does_not_follow_is_evidence_and_no_continuation(
    together: Three,
) -> None:
    quarry, harbour, _ = together.houses
    first, *_ = whole = the_record(quarry)
    [good] = counts(quarry, 3, after=whole[-1])
    [beside] = counts(quarry, 4, after={**good, "prev": first["prev"], "members": 8})

    with harbour.desk() as desk:
        before = held(desk, quarry).size
        assert growing.grow(desk, with_bytes([good, beside])) == 1
        assert catching_up.file_page(desk, page(beside)) is False
        assert held(desk, quarry).size == before + 1
        assert contradictions.held(desk.connection, assembly_of(quarry))


def test_a_page_may_not_go_from_one_record_into_another(together: Three) -> None:
    quarry, harbour, mill = together.houses
    [ours] = counts(quarry, 3, after=the_record(quarry)[-1])
    body: JsonObject = {"members": 4, "assembly": assembly_of(mill)}
    theirs = an_entry(quarry, "MemberCount", body, after=ours)

    with harbour.desk() as desk:
        assert growing.grow(desk, with_bytes([ours, theirs])) == 1
        assert growing.grow(desk, []) == 0
