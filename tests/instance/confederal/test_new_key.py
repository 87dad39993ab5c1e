"""A member whose record key is lost gets another one from those it decides with."""

from datetime import timedelta

import pytest

from activitypub import canonical, proofs
from activitypub.canonical import JsonObject
from activitypub.errors import NotAuthentic
from confederation import record
from confederation.errors import Refused
from confederation.identifiers import Digest, Multikey
from instance import archive, bundle, chamber, clerk, verification, vocabulary
from instance.archive import Outcome
from instance.cli import keys as commands
from instance.store import contradictions, records
from instance.upkeep import keys, record_keys
from instance.web.record import checking
from tests.instance.house import NOON, House, public, signed
from tests.instance.three import (
    LATER,
    OPENS,
    Three,
    a_compact,
    an_entry,
    assembly_of,
    decides,
    keep_compact,
    mandates,
    proposes,
    the_key,
    the_record,
    votes,
)

DAY = timedelta(days=1)
MUCH_LATER = LATER + timedelta(hours=1)
SOON = {"opens": MUCH_LATER, "closes": MUCH_LATER + timedelta(minutes=5)}


def lose(house: House) -> JsonObject:
    """Lose both keys of a node's record, and ask for another one."""
    with house.desk() as desk:
        for name in (keys.RECORD_KEY, keys.NEXT_RECORD_KEY):
            keys.drop(desk.connection, name)
        return record_keys.begin_again(desk)


def put(together: Three, house: House, consent: JsonObject) -> Digest:
    """Propose the new key as the proposing form would."""
    decision = decides(house)
    plain = proposes(together, house)
    with house.desk() as desk:
        text = chamber.proposal(desk, plain).fact
        assert isinstance(text, record.Proposal)
        lost = records.assembly(desk.connection, str(consent["assembly"]))
        assert lost is not None
        assert lost.head is not None
        body = {
            **vocabulary.wire(text),
            "decision": decision,
            "slot": lost.head,
            "newKey": {
                "assembly": lost.id,
                "key": consent["key"],
                "after": lost.head,
                "consent": consent,
            },
        }
        return clerk.publish(desk, "Proposal", body).digest


def give(together: Three, proposal: Digest, choice: str = "for") -> None:
    """Let the first two settle a proposal while the third is silent."""
    among = together.houses[:2]
    together.confer(OPENS, among=among)
    for house in among:
        votes(house, mandates(together, house, proposal, choice), proposal, choice)
    together.confer(OPENS, among=among)
    together.confer(LATER, among=among)


def test_a_member_that_lost_its_key_goes_on_with_the_one_it_was_given(
    together: Three,
) -> None:
    first, second, lost = together.houses
    fresh = lose(lost)["key"]
    proposal = put(together, first, record_keys_consent(lost))

    with lost.desk(OPENS) as desk:
        assert not chamber.confer(desk)
        with pytest.raises(Refused):
            clerk.publish(desk, "MemberCount", {"members": 3})
    give(together, proposal)
    together.confer(MUCH_LATER)

    id = assembly_of(lost)
    for house in together.houses:
        with house.desk() as desk:
            known = records.assembly(desk.connection, id)
            assert known is not None
            assert known.key == fresh
    following = proposes(together, second, at=MUCH_LATER, **SOON)
    together.confer(MUCH_LATER)
    given = mandates(together, lost, following, until=MUCH_LATER + DAY, at=MUCH_LATER)
    assert votes(lost, given, following, at=MUCH_LATER)


def record_keys_consent(house: House) -> JsonObject:
    with house.desk() as desk:
        return record_keys.begin_again(desk)


def test_the_new_key_signs_nothing_before_it_was_given(together: Three) -> None:
    first, _, lost = together.houses
    consent = lose(lost)
    proposal = put(together, first, consent)
    event = a_taking_over(lost, consent, proposal)

    with first.desk() as desk, pytest.raises(NotAuthentic):
        archive.file(desk, event)


def a_taking_over(house: House, consent: JsonObject, decided: str) -> JsonObject:
    body: JsonObject = {
        "op": "add",
        "key": consent["key"],
        "nextKeyDigest": None,
        "decided": decided,
        "consent": consent,
    }
    key = the_key(house, keys.RECORD_KEY)
    return an_entry(house, "KeyEvent", body, after=the_record(house)[-1], key=key)


def test_a_key_that_was_voted_down_signs_nothing(together: Three) -> None:
    first, second, lost = together.houses
    consent = lose(lost)
    proposal = put(together, first, consent)

    give(together, proposal, "against")

    event = a_taking_over(lost, consent, proposal)
    with second.desk(LATER) as desk, pytest.raises(NotAuthentic):
        archive.file(desk, event)


def test_nobody_takes_over_the_seat_of_an_assembly_that_signs_on(
    together: Three,
) -> None:
    first, second, there = together.houses
    usurper = proofs.new_key()
    consent = signed(
        {
            "type": "KeyConsent",
            "assembly": assembly_of(there),
            "key": public(usurper),
        },
        usurper,
    )
    before = the_record(there)[-1]
    proposal = put(together, first, consent)
    give(together, proposal)
    body: JsonObject = {
        "op": "add",
        "key": public(usurper),
        "decided": proposal,
        "consent": consent,
    }
    event = an_entry(there, "KeyEvent", body, after=before, key=usurper)

    together.confer(LATER)

    with second.desk(LATER) as desk:
        with pytest.raises(NotAuthentic):
            archive.file(desk, event)
        assert not contradictions.held(desk.connection)
        known = records.assembly(desk.connection, assembly_of(there))
        assert known is not None
        assert known.key == public(the_key(there, keys.RECORD_KEY))


def test_another_compact_goes_by_the_record_only_as_far_as_it_knows(
    together: Three,
) -> None:
    first, _, lost = together.houses
    seats = [together.compact.members[0], together.compact.members[2]]
    document = a_compact(seats)
    other = vocabulary.read_compact(document)
    for house in (first, lost):
        with house.desk() as desk:
            keep_compact(desk, document)
            joined = record.Membership(compact=other.digest, act="join")
            clerk.publish(desk, "Membership", vocabulary.wire(joined))
    together.exchange(NOON)
    consent = lose(lost)
    give(together, put(together, first, consent))
    together.confer(MUCH_LATER)
    elsewhere = proposes(Three(houses=(first, lost), compact=other), first)
    size = len(the_record(lost))

    with first.desk(MUCH_LATER) as desk:
        held = chamber.holding(desk, chamber.proposal(desk, elsewhere))
        here = chamber.record_of(desk, assembly_of(lost))

    assert held is not None
    assert here is not None
    assert here.size == size
    [event] = list(here.facts(record.KeyEvent))
    assert held.records[assembly_of(lost)].size == event[0].seq


def test_a_bundle_shows_by_which_decision_a_key_was_given(together: Three) -> None:
    first, second, lost = together.houses
    give(together, put(together, first, lose(lost)))
    together.confer(MUCH_LATER)
    following = proposes(together, second, at=MUCH_LATER, **SOON)
    together.confer(MUCH_LATER)
    for house in together.houses:
        given = mandates(
            together, house, following, at=MUCH_LATER, until=MUCH_LATER + DAY
        )
        votes(house, given, following, at=MUCH_LATER)
    together.confer(MUCH_LATER)
    together.confer(MUCH_LATER + DAY / 2)
    with first.desk() as desk:
        data = bundle.export(desk, following)

    report = bundle.verify(data, together.compact.digest).as_json()

    assert report["verdict"] == "verified"
    assert len(report["attested_by"]) == 3  # type: ignore[arg-type]


def test_a_bundle_with_a_key_that_nobody_gave_differs(together: Three) -> None:
    first, _, lost = together.houses
    proposal = put(together, first, lose(lost))
    give(together, proposal, "against")
    with first.desk() as desk:
        lines = bundle.export(desk, proposal).splitlines()
    consent = record_keys_consent(lost)
    event = canonical.canonical(a_taking_over(lost, consent, proposal))
    place = max(
        number
        for number, line in enumerate(lines)
        if b'"seq"' in line
        and assembly_of(lost).encode() in line[:4000]
        and canonical.read(line).get("assembly") == assembly_of(lost)
    )
    lines.insert(place + 1, event)
    head = canonical.read(lines[0])
    head["lines"] = len(lines)
    # Its checkpoint is over fewer entries, and stands.
    data = b"".join(line + b"\n" for line in (canonical.canonical(head), *lines[1:]))

    report = bundle.verify(data, together.compact.digest).as_json()

    assert report["verdict"] == "differs"
    difference = report["difference"]
    assert isinstance(difference, dict)
    assert difference["line"] == place + 2
    assert "did not give this key" in str(difference["says"])


def test_the_next_key_takes_over_in_one_step(together: Three) -> None:
    house, other, _ = together.houses
    following = the_key(house, keys.NEXT_RECORD_KEY)

    with house.desk() as desk:
        record_keys.replace(desk)
        clerk.publish(desk, "MemberCount", {"members": 3})
        again = record_keys.replace(desk)

    together.exchange(OPENS)
    with other.desk() as desk:
        known = records.assembly(desk.connection, assembly_of(house))
        assert known is not None
        assert known.size == again.seq + 1
    entries = [each for each in the_record(house) if each["type"] == "KeyEvent"]
    assert entries[0]["key"] == public(following)
    id = assembly_of(house)
    with house.desk() as desk:
        report = checking.check(desk, id)
        assert report is not None
        assert report.holds


def test_a_next_key_that_was_not_committed_to_replaces_nothing(
    together: Three,
) -> None:
    house = together.houses[0]
    with house.desk() as desk:
        keys.keep(
            desk.connection,
            desk.vault,
            keys.NEXT_RECORD_KEY,
            proofs.new_key().private_bytes_raw(),
        )

        with pytest.raises(Refused, match="not committed to"):
            record_keys.replace(desk)


def test_the_next_key_signs_for_itself_where_the_old_one_is_gone(
    together: Three,
) -> None:
    house, other, _ = together.houses
    with house.desk() as desk:
        keys.drop(desk.connection, keys.RECORD_KEY)

        entry = record_keys.replace(desk)

    with other.desk() as desk:
        [event] = the_record(house)[-1:]
        assert archive.file(desk, event).outcome is Outcome.APPENDED
    assert entry.digest == canonical.digest(event)


def test_whoever_has_the_key_cannot_say_that_it_is_lost(together: Three) -> None:
    with together.houses[0].desk() as desk, pytest.raises(Refused):
        record_keys.begin_again(desk)


def test_asking_again_gives_the_same_new_key(together: Three) -> None:
    lost = together.houses[2]
    first = lose(lost)

    assert record_keys_consent(lost)["key"] == first["key"]
    assert verification.consents(
        first, assembly=assembly_of(lost), key=Multikey(str(first["key"]))
    )


def test_a_record_whose_key_was_given_checks_as_a_whole(together: Three) -> None:
    first, _, lost = together.houses
    give(together, put(together, first, lose(lost)))
    together.confer(MUCH_LATER)

    id = assembly_of(lost)
    with first.desk() as desk:
        report = checking.check(desk, id)

    assert report is not None
    assert report.holds


def test_without_the_nodes_secret_every_key_is_made_anew(together: Three) -> None:
    first, _, lost = together.houses
    lost.config.secret.unlink()

    commands.lost(lost.config.directory)

    with lost.desk() as desk:
        assert not clerk.holds_key(desk)
        assert all(
            keys.opens(desk.vault, name, sealed)
            for name, sealed in keys.all_sealed(desk.connection)
        )
    consent = record_keys_consent(lost)
    give(together, put(together, first, consent))
    together.confer(MUCH_LATER)
    with lost.desk() as desk:
        assert clerk.holds_key(desk)


def test_the_record_key_is_replaced_from_the_command_line(together: Three) -> None:
    house, other, _ = together.houses

    commands.record(house.config.directory)

    together.exchange(OPENS)
    id = assembly_of(house)
    with other.desk() as desk:
        known = records.assembly(desk.connection, id)
    assert known is not None
    assert known.key == public(the_key(house, keys.RECORD_KEY))
