"""A bundle holds what those attest below for whom a seat is held, and is checked so."""

import json
from pathlib import Path

import pytest

from activitypub import canonical
from activitypub.canonical import JsonObject
from confederation.identifiers import Digest
from instance import bundle, clerk
from tests.instance.bundles import kind, lines_of
from tests.instance.nested import exported, settled, two_faced
from tests.instance.records import gives_all
from tests.instance.three import (
    LATER,
    Three,
    decides,
    the_record,
)


def without(lines: list[bytes]) -> bytes:
    """Write lines as a bundle that says how many there are."""
    header = json.loads(lines[0])
    header["lines"] = len(lines)
    return b"".join([canonical.canonical(header) + b"\n", *lines[1:]])


@pytest.mark.parametrize("borne_by", ["the bearer", "its substitute"])
def test_a_bundle_follows_the_chain_down_to_those_who_decided(
    together: Three, borne_by: str
) -> None:
    moved = borne_by == "its substitute"
    data, compact = exported(together, moved=moved)

    report = bundle.verify(data, compact)

    assert report.verdict == "verified", report.missing
    assert report.result is not None
    assert report.result.figures.assemblies == {"for": 1, "against": 1, "abstain": 0}
    proved = " ".join(report.proved)
    assert "was rejected below" in proved
    assert ("to whom the seat moved" in proved) is moved
    assert "The bundles of those decisions show the rest." in str(report.not_proved)


def test_without_what_is_below_nothing_is_verified(together: Three) -> None:
    data, compact = exported(together)
    lines = lines_of(data)
    cut = next(n for n, line in enumerate(lines) if "below" in kind(line))

    report = bundle.verify(without(lines[:cut]), compact)

    assert report.verdict == "incomplete"
    assert "holds its seat for is not here" in str(report.missing)
    assert report.result is None


def test_an_attestation_below_that_was_left_out_is_missed(together: Three) -> None:
    data, compact = exported(together)
    lines = lines_of(data)
    start = next(n for n, line in enumerate(lines) if "below" in kind(line))
    last = max(
        n
        for n, line in enumerate(lines)
        if n > start and kind(line).get("type") == "Attestation"
    )
    # The record of the last one below ends before it attested.
    shorter = lines[:last]
    for place, name in ((start, "lines"), (start + 1, "lines")):
        said = kind(shorter[place])
        said[name] = len(shorter) - start - 1
        shorter[place] = canonical.canonical(said) + b"\n"

    report = bundle.verify(without(shorter), compact)

    assert report.verdict == "incomplete"
    assert report.result is None


def test_an_altered_byte_below_is_found_in_its_line(together: Three) -> None:
    data, compact = exported(together)
    lines = lines_of(data)
    start = next(n for n, line in enumerate(lines) if "below" in kind(line))
    place = next(
        n
        for n, line in enumerate(lines)
        if n > start and kind(line).get("type") == "Attestation"
    )
    lines[place] = lines[place].replace(b'"rejected"', b'"adopted"')

    report = bundle.verify(b"".join(lines), compact)

    assert report.verdict == "differs"
    assert report.difference is not None
    assert report.difference.line == place + 1


def test_what_no_seat_is_held_for_has_no_place_below(together: Three) -> None:
    data, compact = exported(together)
    lines = lines_of(data)
    start = next(n for n, line in enumerate(lines) if "below" in kind(line))
    stranger = Digest(f"sha256:{'0' * 64}")
    said = kind(lines[start])
    lines[start] = canonical.canonical({**said, "below": stranger}) + b"\n"

    report = bundle.verify(b"".join(lines), compact)

    assert report.verdict == "differs"
    assert report.difference is not None
    assert report.difference.line == start + 1


def test_a_record_that_parts_from_the_one_above_differs(together: Three) -> None:
    data, compact = two_faced(together)

    report = bundle.verify(data, compact)

    assert report.verdict == "differs"
    assert report.difference is not None
    assert report.difference.line == len(lines_of(data))
    assert "not the one that stands above" in report.difference.says


@pytest.mark.parametrize(("whose", "name"), [(1, "quarry"), (2, "mill")])
def test_whoever_wrote_two_records_below_is_named_once(
    together: Three, tmp_path: Path, whose: int, name: str
) -> None:
    above, proposal = settled(together)
    harbour = above.houses[0]
    twin = together.moved(tmp_path / "twin").houses[whose]
    for house in (together.houses[whose], twin):
        decides(house)
        gives_all(house, harbour)
    with harbour.desk(LATER) as desk:
        data = bundle.export(desk, proposal)

    report = bundle.verify(data, above.compact.digest)

    assert report.verdict == "verified", report.missing
    [sentence] = report.contradictions
    assert name in sentence.lower()


def test_whoever_attests_two_results_below_is_named(together: Three) -> None:
    above, proposal = settled(together)
    mill = together.houses[2]
    last = the_record(mill)[-1]
    said = next(e for e in the_record(mill) if e["type"] == "Attestation")
    result = said["result"]
    assert isinstance(result, dict)
    result = {**result, "outcome": "adopted"}
    with mill.desk(LATER) as desk:
        again: JsonObject = {
            "proposal": said["proposal"],
            "result": result,
            "resultHash": canonical.digest(result),
        }
        clerk.publish(desk, "Attestation", again)
    together.exchange(LATER)
    with above.houses[0].desk(LATER) as desk:
        data = bundle.export(desk, proposal)

    report = bundle.verify(data, above.compact.digest)

    assert "mill" in str(report.contradictions)
    assert f"and {int(str(last['seq'])) + 1}:" in str(report.contradictions)
