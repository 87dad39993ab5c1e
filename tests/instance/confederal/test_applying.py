"""Whoever says that it applies is remembered; nobody is asked before somebody looks."""

from dataclasses import replace
from pathlib import Path

from activitypub.canonical import JsonObject
from confederation import record
from confederation.identifiers import ActorId, Digest
from instance import vocabulary
from instance.reception import entries
from instance.store import compacts, records
from instance.web.confederal import applying
from instance.web.confederal.evidence import hosts
from instance.web.visits import Member
from tests.instance.amending import a_newcomer, seat_of
from tests.instance.house import House
from tests.instance.three import Three, an_entry, the_record


def an_application(together: Three, house: House, **changes: str) -> JsonObject:
    applied = record.Membership(compact=Digest(together.compact.identity), act="apply")
    body = {**vocabulary.wire(applied), **changes}
    return an_entry(house, "Membership", body, after=the_record(house)[-1])


def hears(house: House, document: JsonObject) -> str:
    with house.desk() as desk:
        return entries.file(desk, document, [{}]).says


def heard(together: Three, house: House) -> list[str]:
    identity = together.compact.identity
    with house.desk() as desk:
        rows = compacts.heard_applicants(desk.connection, identity)
    return [row["address"] for row in rows]


def test_an_application_from_somebody_unknown_is_remembered_once(
    together: Three, tmp_path: Path
) -> None:
    weir = a_newcomer(tmp_path)
    ours = together.houses[0]
    application = an_application(together, weir)

    first = hears(ours, application)
    hears(ours, application)

    assert "somebody has to look" in first
    assert heard(together, ours) == [weir.config.group]
    with ours.desk() as desk:
        known = records.assembly(desk.connection, seat_id(weir))
    assert known is None


def test_the_clerk_is_led_to_the_record_of_whoever_applies(
    together: Three, tmp_path: Path
) -> None:
    weir = a_newcomer(tmp_path)
    ours, identity = together.houses[0], Digest(together.compact.identity)
    hears(ours, an_application(together, weir))

    with ours.desk() as desk:
        clerk, other = (
            Member(id=ours.members[0], name="Ada", roles=frozenset(roles))
            for roles in (["clerk"], [])
        )
        [(_, named, _)] = applying.awaits(desk, clerk)
        [knock] = applying.applicants_page(desk, identity, may_look=True).knocks
        assert [*applying.awaits(desk, other)] == []
        applying.keep_applicant(desk, seat_of(weir), heard_from=weir.config.group)
        page = applying.applicants_page(desk, identity, may_look=True)
        assert [*applying.awaits(desk, clerk)] == []

    assert knock.handle == named == "@weir@127.0.0.1:8004"
    assert (page.knocks, page.awaited) == ((), ("@weir@127.0.0.1:8004",))


def test_an_application_to_a_compact_of_others_is_nothing_to_us(
    together: Three, tmp_path: Path
) -> None:
    weir = a_newcomer(tmp_path)
    elsewhere = an_application(together, weir, compact=f"sha256:{'7' * 64}")
    odd = an_application(together, weir, attributedTo="javascript:alert(1)")

    for document in (elsewhere, odd):
        assert "ignored" in hears(together.houses[0], document)

    assert heard(together, together.houses[0]) == []


def test_so_many_applications_are_remembered_and_no_more(
    together: Three, tmp_path: Path
) -> None:
    ours = together.houses[0]
    with ours.desk() as desk:
        for number in range(compacts.MOST_APPLICANTS):
            kept = compacts.hear_applicant(
                desk.connection,
                f"sha256:{number:064x}",
                compact=together.compact.identity,
                address=f"https://{number}.example/g",
                at=desk.now,
            )
            assert kept
    weir = a_newcomer(tmp_path)

    assert "ignored" in hears(ours, an_application(together, weir))

    assert len(heard(together, ours)) == compacts.MOST_APPLICANTS


def test_assemblies_on_one_host_are_shown_as_such(
    together: Three, tmp_path: Path
) -> None:
    first, second, third = together.compact.members
    crowded = replace(second, address=ActorId(f"{first.address}-2"))
    compact = replace(
        together.compact, members=(first, crowded, third), digest=Digest(first.assembly)
    )

    with a_newcomer(tmp_path).desk() as desk:
        shared = hosts(desk, compact)

    assert list(shared.values()) == [(first.assembly, crowded.assembly)]


def seat_id(house: House) -> str:
    return seat_of(house).assembly
