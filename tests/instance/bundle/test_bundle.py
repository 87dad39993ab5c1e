"""A stranger with one file and one printed digest can check a decision alone."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activitypub import canonical, log, proofs
from activitypub.canonical import JsonObject, JsonValue
from confederation import record
from confederation.confederal import tally
from confederation.confederal.council import State
from confederation.errors import Unknown
from confederation.identifiers import Digest
from instance import archive, bundle, chamber, clerk, speech, verification, vocabulary
from instance.archive import Outcome
from instance.bundle import Report, Verdict, lines
from instance.errors import Misused
from instance.store import contradictions, events, records
from instance.upkeep import keys
from tests.instance.bundles import exported, joined, rebuilt, with_line
from tests.instance.house import House
from tests.instance.three import (
    LATER,
    OPENS,
    Decided,
    Three,
    a_key_event,
    a_vote,
    an_entry,
    assembly_of,
    mandates,
    proposes,
    the_key,
    the_record,
    three,
    votes,
)

REFERENCE = Path(__file__).parents[3] / "docs/reference/bundle.md"


@pytest.fixture(scope="module")
def data(decided: Decided) -> bytes:
    return exported(decided.together.houses[0], decided.proposal)


@pytest.fixture(scope="module")
def compact(decided: Decided) -> str:
    return decided.together.compact.digest


def test_a_settled_decision_is_verified_under_its_compact(
    data: bytes, compact: str
) -> None:
    report = bundle.verify(data, compact)

    assert report.verdict is Verdict.VERIFIED
    assert report.exit_code == 0
    assert report.result is not None
    assert report.result.outcome == "adopted"
    assert len(report.attested_by) == 3
    assert not report.missing
    assert "Verified" in report.as_text()


def test_the_result_is_byte_for_byte_the_same_on_all_three(decided: Decided) -> None:
    together, proposal = decided.together, decided.proposal

    checked = {
        bundle.result_bytes(bundle.verify(exported(house, proposal)))
        for house in together.houses
    }
    seen = {
        bundle.result_bytes(together.standing(house, proposal))
        for house in together.houses
    }

    assert len(checked) == 1
    assert checked == seen
    assert None not in checked


def test_words_that_were_typed_with_separate_accents_open_their_commitment() -> None:
    salt, typed = bytes(16), "The cafe\u0301 by the sea wall"
    commit = canonical.commit(salt, typed)

    line = lines.text(lines.Text(commit=commit, salt=salt, text=typed))

    canonical.check_exact(line)
    assert lines.read_text(line).commit == commit


def test_the_same_records_give_the_same_bytes(decided: Decided) -> None:
    house = decided.together.houses[1]

    first, second = (exported(house, decided.proposal) for _ in range(2))
    bare = decided.proposal.removeprefix("sha256:")

    assert first == second == exported(house, Digest(bare))


def test_what_is_not_held_is_not_exported(decided: Decided) -> None:
    with decided.together.houses[0].desk() as desk, pytest.raises(Unknown):
        bundle.export(desk, "sha256:" + "0" * 64)


def test_a_bundle_that_is_checked_against_nothing_is_not_verified(data: bytes) -> None:
    report = bundle.verify(data)

    assert report.verdict is Verdict.INCOMPLETE
    assert report.exit_code == 3
    assert "not checked against anything you gave" in report.as_text()
    assert any("Whose records these are" in each for each in report.not_proved)


def test_a_decision_of_another_compact_is_not_the_one(data: bytes) -> None:
    report = bundle.verify(data, "0" * 64)

    assert report.exit_code == 1
    assert place(report) == (2, None, None)
    assert "another compact" in report.as_text()


@pytest.mark.parametrize("given", ["", "sha256:", "a" * 63, "sha512:" + "a" * 64, "☃"])
def test_what_is_no_digest_is_no_compact(data: bytes, given: str) -> None:
    with pytest.raises(Misused):
        bundle.verify(data, given)


def test_a_wholly_invented_bundle_is_not_checked_against_anything(
    tmp_path: Path, compact: str
) -> None:
    invented = three(tmp_path)
    false = exported(invented.houses[0], without_a_vote(invented))

    unchecked, checked = bundle.verify(false), bundle.verify(false, compact)

    assert unchecked.exit_code == 3
    assert "not checked against anything you gave" in unchecked.as_text()
    assert checked.exit_code == 1
    assert place(checked) == (2, None, None)


def test_a_compact_that_only_says_it_follows_yours_is_not_yours(
    tmp_path: Path, compact: str
) -> None:
    # Anybody can write the identity of another compact into their own.
    later: JsonObject = {"first": compact, "previous": compact}
    invented = three(tmp_path, more=later)
    false = exported(invented.houses[0], without_a_vote(invented))

    report = bundle.verify(false, compact)

    assert report.exit_code == 3
    assert any("not proved by this bundle" in each for each in report.missing)


def test_the_report_for_programs_has_its_keys(data: bytes, compact: str) -> None:
    document = bundle.verify(data, compact).as_json()

    assert json.loads(json.dumps(document)) == document
    assert document["verdict"] == "verified"
    assert document["exit"] == 0
    assert document["compact"] == document["compact_given"] == compact
    assert document["difference"] is None
    assert set(document) == {
        *("verdict", "exit", "compact", "compact_given", "proposal", "outcome"),
        *("result_hash", "attested_by", "left_out", "dissents", "contradictions"),
        *("missing", "difference", "proved", "not_proved"),
        *("in_force", "bound", "ratification", "minority_reports"),
    }


def test_the_reference_names_what_a_bundle_and_a_report_hold(
    data: bytes, compact: str
) -> None:
    page = REFERENCE.read_text(encoding="utf-8")
    report = bundle.verify(data, compact).as_json()
    header, document = map(canonical.read, data.splitlines()[:2])

    assert [name for name in keys_of(document) if f"`{name}`" not in page] == []
    assert [name for name in header if f'"{name}":' not in page] == []
    assert [name for name in report if f"`{name}`" not in page] == []


def test_the_report_says_who_signed_which_totals(data: bytes, compact: str) -> None:
    text = bundle.verify(data, compact).as_text()

    assert "Harbour, Quarry and Mill signed this very result." in text
    assert "30 for, 9 against, 2 abstaining, 41 present, confirmed by 2 tellers" in text
    assert "That each count in each hall was honest" in text


def test_a_vote_that_another_took_the_place_of_is_named(
    data: bytes, compact: str
) -> None:
    left_out = bundle.verify(data, compact).left_out

    assert [(each.seat, each.revision, each.rule) for each in left_out] == [
        (1, 1, "superseded"),
        (1, 2, "superseded"),
    ]


def test_a_vote_outside_its_mandate_is_left_out_with_the_rule(together: Three) -> None:
    harbour, quarry, mill = together.houses
    proposal = proposes(together, harbour)
    together.confer(OPENS)
    for house in (harbour, mill):
        votes(house, mandates(together, house, proposal, at=OPENS), proposal, at=OPENS)
    bound = mandates(together, quarry, proposal, "for", at=OPENS)
    with quarry.desk(OPENS) as desk:
        document = a_vote(bound, proposal, "against")
        vote = verification.read_vote(document)
        body = vocabulary.wire(record.Filed(proposal=proposal, revision=1))
        clerk.publish(desk, "Filed", {**body, "document": document})
    together.confer(OPENS)
    together.confer(LATER)

    report = bundle.verify(exported(mill, proposal), together.compact.digest)

    assert report.exit_code == 0
    [left] = report.left_out
    assert left.assembly == assembly_of(quarry)
    assert left.rule == "outside instruction"
    assert "The mandate says for; this vote says against." in report.as_text()
    assert report.result is not None
    assert report.result.figures.cast == 2
    assert vote.choice == ("against",)


def test_one_attestation_that_differs_is_a_dissent(together: Three) -> None:
    harbour, quarry, mill = together.houses
    proposal = proposes(together, harbour)
    together.confer(OPENS)
    attests(mill, proposal, otherwise(together, proposal))
    together.confer(LATER)

    report = bundle.verify(exported(quarry, proposal), together.compact.digest)

    assert report.exit_code == 0
    assert report.attested_by == tuple(map(assembly_of, (harbour, quarry)))
    [dissent] = report.dissents
    assert dissent.assembly == assembly_of(mill)
    assert 'says "adopted" at /outcome, where the records give "no' in dissent.says
    assert dissent.says in report.as_text()


def test_what_enough_assemblies_attest_falsely_still_differs(together: Three) -> None:
    harbour, quarry, mill = together.houses
    proposal = proposes(together, harbour)
    together.confer(OPENS)
    false = otherwise(together, proposal)
    places = [attests(house, proposal, false) for house in (harbour, quarry)]
    together.confer(LATER)
    data = exported(mill, proposal)

    report = bundle.verify(data, together.compact.digest)

    assert report.exit_code == 1
    line = line_of(data, assembly=assembly_of(harbour), seq=places[0])
    assert place(report) == (line, assembly_of(harbour), places[0])
    assert together.standing(mill, proposal).confirmed is not None


def test_what_enough_assemblies_saw_and_nobody_can_judge_is_not_verified(
    together: Three,
) -> None:
    harbour, quarry, mill = together.houses
    proposal = proposes(together, harbour)
    together.confer(OPENS)
    result = otherwise(together, proposal)
    # The founding of an assembly is here, and is no filing of its seat.
    seen = ((1, 1, Digest(assembly_of(quarry))),)
    for house in (harbour, mill):
        with house.desk(OPENS) as desk:
            fact = record.Witness(proposal=proposal, final=False, seen=seen)
            clerk.publish(desk, "Witness", vocabulary.wire(fact))
        attests(house, proposal, result)
    together.exchange(LATER)

    report = bundle.verify(exported(mill, proposal), together.compact.digest)

    assert report.verdict is Verdict.INCOMPLETE
    assert report.result is None
    assert "what it would count as cannot be told" in report.as_text()


def test_where_nothing_can_be_confirmed_any_more_it_differs(together: Three) -> None:
    harbour, quarry, mill = together.houses
    proposal = proposes(together, harbour)
    together.confer(OPENS)
    attests(harbour, proposal, otherwise(together, proposal, outcome="adopted"))
    attests(quarry, proposal, otherwise(together, proposal, outcome="rejected"))
    together.confer(LATER)

    report = bundle.verify(exported(mill, proposal), together.compact.digest)

    assert together.standing(mill, proposal).state is State.DISPUTED
    assert report.exit_code == 1
    assert report.difference is not None
    assert report.difference.assembly == assembly_of(harbour)


def test_before_enough_assemblies_attest_it_is_incomplete(together: Three) -> None:
    harbour, quarry, _ = together.houses
    proposal = proposes(together, harbour)
    together.confer(OPENS)

    report = bundle.verify(exported(quarry, proposal), together.compact.digest)

    assert report.exit_code == 3
    assert report.missing == (
        "Of the final statements 0 are here; 2 are needed.",
        "In the entries that are here 0 of 3 assemblies attest one result; 2 are "
        "needed to confirm it.",
    )


def test_what_cannot_be_read_here_is_named_and_changes_nothing(
    together: Three,
) -> None:
    harbour, quarry, mill = together.houses
    proposal = proposes(together, harbour)
    together.confer(OPENS)
    meeting = an_entry(quarry, "Meeting", {"kind": "x"}, after=the_record(quarry)[-1])
    with quarry.desk(OPENS) as desk:
        archive.file(desk, meeting)
    together.confer(OPENS)
    together.confer(LATER)

    report = bundle.verify(exported(mill, proposal), together.compact.digest)

    assert report.exit_code == 0
    assert "cannot read its kind (Meeting)" in report.as_text()


def test_a_result_that_hangs_on_what_cannot_be_read_is_unverifiable_here(
    together: Three,
) -> None:
    harbour, quarry, mill = together.houses
    proposal = proposes(together, harbour)
    together.confer(OPENS)
    of_tomorrow: JsonObject = {"v": 2, "proposal": proposal, "revision": 1}
    filing = an_entry(quarry, "Filed", of_tomorrow, after=the_record(quarry)[-1])
    seen = ((1, 1, Digest(canonical.digest(filing))),)
    with quarry.desk(OPENS) as desk:
        archive.file(desk, filing)
    for house in (harbour, mill):
        with house.desk(OPENS) as desk:
            witness = record.Witness(proposal=proposal, final=False, seen=seen)
            clerk.publish(desk, "Witness", vocabulary.wire(witness))
    together.confer(LATER)

    report = bundle.verify(exported(mill, proposal), together.compact.digest)

    assert report.exit_code == 3
    assert any("unverifiable here" in each for each in report.missing)


def test_a_contradiction_is_shown_with_both_its_sides(together: Three) -> None:
    harbour, quarry, mill = together.houses
    proposal = proposes(together, harbour)
    together.confer(OPENS)
    other = an_entry(quarry, "MemberCount", {"members": 9}, after=the_record(quarry)[0])
    with mill.desk(OPENS) as desk:
        assert archive.file(desk, other).outcome is Outcome.CONTRADICTS
    together.confer(OPENS)
    together.confer(LATER)
    data = exported(mill, proposal)

    report = bundle.verify(data, together.compact.digest)

    assert report.exit_code == 0
    assert report.contradictions == (
        "Quarry, entries 1 and 1: Two different entries stand at 1 of this record.",
    )
    assert b'"contradiction":[' in data.splitlines()[-1]


def test_a_checkpoint_that_its_record_contradicts_is_shown(together: Three) -> None:
    harbour, quarry, mill = together.houses
    proposal = without_a_vote(together)
    origin = speech.log_origin(quarry.config.group)
    point = log.Checkpoint(origin=origin, size=2, root=bytes(32))
    key = the_key(quarry, keys.RECORD_KEY)
    note = log.sign_note(log.note_body(point), origin, key)
    with mill.desk(LATER) as desk:
        known = records.assembly(desk.connection, assembly_of(quarry))
        assert known is not None
        archive.keep_false_checkpoint(desk, known, note)
    data = exported(mill, proposal)

    report = bundle.verify(data, together.compact.digest)

    assert report.exit_code == 0
    last = data.count(b"\n")
    assert report.contradictions == (
        f"Quarry signed two things, in line {last}, that cannot both be.",
    )
    assert bundle.verify(exported(harbour, proposal)).contradictions == ()


def test_more_contradictions_than_prove_it_are_refused(together: Three) -> None:
    quarry, mill = together.houses[1:]
    data = exported(mill, without_a_vote(together))
    first, second, *_ = the_record(quarry)
    pairs = []
    for number in range(contradictions.MOST_CONTRADICTIONS + 1):
        other = an_entry(quarry, "MemberCount", {"members": 50 + number}, after=first)
        sides = sorted([second, other], key=canonical.digest)
        pairs.append((list(map(canonical.digest, sides)), sides))
    for _, sides in sorted(pairs, key=lambda pair: pair[0]):
        data = with_line(
            data, {"assembly": assembly_of(quarry), "contradiction": [*sides]}
        )

    report = bundle.verify(data, together.compact.digest)

    assert report.exit_code == 1
    assert report.difference is not None
    assert "prove no more" in report.difference.says


def test_a_false_accusation_is_no_contradiction(together: Three) -> None:
    harbour, quarry, mill = together.houses
    proposal = proposes(together, harbour)
    together.exchange(OPENS)
    first, second, *_ = the_record(quarry)
    forged = an_entry(quarry, "MemberCount", {}, after=first, key=proofs.new_key())
    data = exported(mill, proposal)

    for sides, why in (
        ([first, second], "no place in, or next to, what is here"),
        ([second, second], "do not contradict each other"),
        ([second, forged], "not signed with the assembly's record key"),
        ([second, {"checkpoint": "x"}], "A note is"),
    ):
        accused = with_line(
            data, {"assembly": assembly_of(quarry), "contradiction": [*sides]}
        )
        report = bundle.verify(accused, together.compact.digest)

        assert report.exit_code == 1
        assert report.difference is not None
        assert report.difference.line == data.count(b"\n") + 1
        assert why in report.difference.says


def test_an_altered_byte_is_never_verified_and_its_line_is_named(
    data: bytes, compact: str
) -> None:
    @settings(max_examples=150)
    @given(st.integers(0, len(data) - 1), st.integers(1, 255))
    def altered(position: int, change: int) -> None:
        assert_found(data, position, data[position] ^ change, compact)

    altered()


@pytest.mark.parametrize("kind", ["header", "compact", "founding", "text"])
def test_no_byte_of_a_line_is_of_no_account(
    data: bytes, compact: str, kind: str
) -> None:
    small = rebuilt(shortened(data))
    which = {"header": 0, "compact": 1, "founding": 2, "text": -1}[kind]
    lines = small.splitlines(keepends=True)
    start = sum(map(len, lines[: which % len(lines)]))

    for position in range(start, start + len(lines[which])):
        for change in (0x01, 0x20, 0x80):
            assert_found(small, position, small[position] ^ change, compact)


def test_no_byte_of_a_checkpoint_is_of_no_account(together: Three) -> None:
    compact, harbour = together.compact.digest, together.houses[0]
    proposal = proposes(together, harbour)
    together.confer(OPENS)
    data = exported(harbour, proposal)
    lines = data.splitlines(keepends=True)
    which = next(n for n, line in enumerate(lines) if b'"checkpoint":' in line)
    start = sum(map(len, lines[:which]))

    for position in range(start, start + len(lines[which]), 3):
        assert_found(data, position, data[position] ^ 0x01, compact)


def test_a_line_that_is_left_out_is_missed(data: bytes, compact: str) -> None:
    lines = data.splitlines()

    for gone in (*range(2, len(lines), 5), len(lines) - 1):
        left = lines[:gone] + lines[gone + 1 :]

        assert bundle.verify(joined(left), compact).verdict is not Verdict.VERIFIED


def test_an_entry_that_is_left_out_is_missed_however_lines_are_counted(
    data: bytes, compact: str
) -> None:
    lines = data.splitlines()
    entries = [n for n, line in enumerate(lines) if b'"seq":' in line]

    # The last of a record may not have been there yet: that is no difference.
    for gone in (n for n in entries[::3] if b'"seq":0,' not in lines[n + 1]):
        report = bundle.verify(rebuilt(lines[:gone] + lines[gone + 1 :]), compact)

        assert report.verdict is not Verdict.VERIFIED
        if report.verdict is Verdict.DIFFERS:
            assert report.difference is not None
            assert report.difference.line == gone + 1


def test_a_line_that_stands_twice_or_elsewhere_is_noticed(
    data: bytes, compact: str
) -> None:
    lines = data.splitlines()

    for place in range(1, len(lines) - 1, 3):
        twice = [*lines[: place + 1], *lines[place:]]
        swapped = [*lines[:place], lines[place + 1], lines[place], *lines[place + 2 :]]
        for changed in (twice, swapped):
            report = bundle.verify(rebuilt(changed), compact)

            assert report.exit_code == 1
            assert report.difference is not None
            assert place < report.difference.line <= place + 2


def test_an_entry_that_was_replaced_by_another_signed_one_is_noticed(
    decided: Decided, data: bytes, compact: str
) -> None:
    quarry = decided.together.houses[1]
    first, second, third, *_ = the_record(quarry)
    body = {**vocabulary.body_of(second), "members": 3}
    other = an_entry(quarry, "MemberCount", body, after=first)
    lines = data.splitlines()
    where = lines.index(canonical.canonical(second))
    lines[where] = canonical.canonical(other)

    report = bundle.verify(rebuilt(lines), compact)

    assert report.exit_code == 1
    assert place(report) == (where + 2, assembly_of(quarry), third["seq"])
    assert "does not follow" in report.as_text()


def test_an_entry_of_another_key_is_noticed(
    decided: Decided, data: bytes, compact: str
) -> None:
    quarry = decided.together.houses[1]
    *_, before, last = the_record(quarry)
    body = vocabulary.body_of(last)
    key = proofs.new_key()
    forged = an_entry(quarry, str(last["type"]), body, after=before, key=key)
    lines = data.splitlines()
    where = lines.index(canonical.canonical(last))
    lines[where] = canonical.canonical(forged)

    report = bundle.verify(rebuilt(lines), compact)

    assert place(report) == (where + 1, assembly_of(quarry), last["seq"])
    assert "not signed with the assembly's record key" in report.as_text()


def test_a_bundle_that_was_cut_short_is_incomplete(data: bytes, compact: str) -> None:
    lines = data.splitlines(keepends=True)
    half = b"".join(lines[:40])

    for cut in (half, half + lines[40][:100], data[:-1]):
        report = bundle.verify(cut, compact)

        assert report.exit_code == 3
        assert "cut" in report.as_text()


def test_a_record_that_is_not_there_is_named(data: bytes, compact: str) -> None:
    of_mill = (b"127.0.0.1:8003/g/mill/r/", b'"checkpoint":', b'"text":"Mill"')
    left = [n for n in data.splitlines() if not any(each in n for each in of_mill)]

    report = bundle.verify(rebuilt(left), compact)

    assert report.exit_code == 3
    assert "The record of http://127.0.0.1:8003/g/mill is not here." in report.missing


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\n",
        b"hello",
        b"\x00" * 1000,
        b"\xff\xfe{}\n",
        b"{}\n",
        b"[]\n{}\n",
        b'{"format":"folkmoot-bundle"}\n',
        b'{"format":"folkmoot-bundle","version":1}\n{}\n',
        b"{" * 100_000,
        b"9" * 1_000_000 + b"\n",
        b'{"a":' + b"9" * 5000 + b"}\n",
        b"\n" * 100_000,
        b'{"a":1e999}\n',
    ],
)
def test_what_is_no_bundle_is_called_none(garbage: bytes) -> None:
    report = bundle.verify(garbage)

    assert report.exit_code == 1
    assert place(report) == (1, None, None)
    assert "This is no bundle" in report.as_text()


def test_a_bundle_of_a_later_version_is_unverifiable_here(
    data: bytes, compact: str
) -> None:
    later = data.replace(b'"version":1}', b'"version":2}', 1)

    report = bundle.verify(later, compact)

    assert report.exit_code == 3
    assert "version 2, which this program does not know" in report.as_text()


def test_a_rule_that_is_not_known_is_not_guessed(tmp_path: Path) -> None:
    together = three(tmp_path, more={"weights": {"harbour": 5}})
    data = exported(together.houses[0], without_a_vote(together))

    report = bundle.verify(data, together.compact.digest)

    assert report.exit_code == 3
    assert "'weights'" in report.as_text()


def test_words_in_a_bundle_do_not_write_on_the_screen(together: Three) -> None:
    harbour = together.houses[0]
    with harbour.desk() as desk:
        title = events.keep_wording(desk.connection, "Yes\x1b[2J\n\u202eVerified")
    proposal = proposes(together, harbour, title=title)
    together.confer(OPENS)

    report = bundle.verify(exported(harbour, proposal))

    assert report.title == "Yes�[2J��Verified"
    assert "\x1b" not in report.as_text()


def test_a_key_that_changed_midway_is_followed(together: Three) -> None:
    harbour, quarry, mill = together.houses
    proposal = proposes(together, harbour)
    following = the_key(quarry, keys.NEXT_RECORD_KEY)
    last = the_record(quarry)[-1]
    event = a_key_event(quarry, following, after=last)
    with quarry.desk() as desk:
        archive.file(desk, event)
        own = following.private_bytes_raw()
        keys.keep(desk.connection, desk.vault, keys.RECORD_KEY, own)
    together.confer(OPENS)
    together.confer(LATER)
    data = exported(mill, proposal)

    assert bundle.verify(data, together.compact.digest).exit_code == 0


def test_what_words_travel_are_those_of_this_decision(together: Three) -> None:
    harbour = together.houses[0]
    with harbour.desk() as desk:
        other = record.Issue(
            title=events.keep_wording(desk.connection, "Damp in the school"),
            what=events.keep_wording(desk.connection, "The walls are wet."),
        )
        clerk.publish(desk, "Issue", vocabulary.wire(other))
    data = exported(harbour, proposes(together, harbour))

    assert b"Repair the sea wall" in data
    assert b"Damp in the school" not in data


def test_a_text_that_opens_nothing_here_is_refused(data: bytes, compact: str) -> None:
    salt, words = bytes(16), "Vote for me."
    beside: JsonObject = {
        "commit": canonical.commit(salt, words),
        "salt": salt.hex(),
        "text": words,
    }
    lines = data.splitlines()
    texts = [line for line in lines if b'"salt":' in line]
    rest = [line for line in lines if b'"salt":' not in line]

    more = sorted([*texts, canonical.canonical(beside)])
    report = bundle.verify(rebuilt([*rest, *more]), compact)

    assert report.exit_code == 1
    assert "belongs to nothing that stands above" in report.as_text()


def without_a_vote(together: Three) -> Digest:
    """Settle a proposal in the quickest way: nobody votes."""
    proposal = proposes(together, together.houses[0])
    together.confer(OPENS)
    together.confer(LATER)
    return proposal


def keys_of(value: JsonValue) -> set[str]:
    """Give every key that stands anywhere in a document."""
    if isinstance(value, dict):
        return set(value).union(*map(keys_of, value.values()))
    return set().union(*map(keys_of, value)) if isinstance(value, list) else set()


def place(report: Report) -> tuple[int, str | None, int | None]:
    found = report.difference
    assert found is not None, report.as_text()
    return found.line, found.assembly, found.seq


def assert_found(data: bytes, position: int, byte: int, compact: str) -> None:
    """Check that one byte put in the place of another is found, and where."""
    changed = data[:position] + bytes([byte]) + data[position + 1 :]
    report = bundle.verify(changed, compact)
    line = data.count(b"\n", 0, position) + 1

    assert report.verdict is not Verdict.VERIFIED
    if report.verdict is Verdict.DIFFERS:
        assert report.difference is not None
        # Where a line break is gone or new, the rest of the file is one line off.
        assert report.difference.line in (line, line + 1 if byte == 0x0A else line)
    else:
        assert any(
            f"ine {line}" in each or "version" in each for each in report.missing
        )


def shortened(data: bytes) -> list[bytes]:
    """Leave only the first record of a bundle, and what commits it to its name."""
    lines = data.splitlines()
    texts = [line for line in lines if b'"text":"Harbour"' in line]
    return [*lines[:3], *texts]


def line_of(data: bytes, *, assembly: str, seq: int) -> int:
    for number, line in enumerate(data.splitlines(), start=1):
        document = canonical.read(line)
        if document.get("assembly") == assembly and document.get("seq") == seq:
            return number
    raise AssertionError("There is no such entry.")


def otherwise(
    together: Three,
    proposal: Digest,
    *,
    outcome: Literal["adopted", "rejected"] = "adopted",
) -> record.Result:
    """Give another result than the one that comes out if nobody votes."""
    with together.houses[0].desk() as desk:
        entry = chamber.proposal(desk, proposal)
    return replace(tally.count(together.compact, entry, ()), outcome=outcome)


def attests(house: House, proposal: Digest, result: record.Result) -> int:
    """Say the last word on a proposal, true or not; give the attestation's seq."""
    document = verification.result_document(result)
    final = record.Witness(proposal=proposal, final=True)
    fact = record.Attestation(
        proposal=proposal, result=result, result_hash=Digest(canonical.digest(document))
    )
    with house.desk(LATER) as desk:
        clerk.publish(desk, "Witness", vocabulary.wire(final))
        body = {**vocabulary.wire(fact), "result": document}
        return clerk.publish(desk, "Attestation", body).seq
