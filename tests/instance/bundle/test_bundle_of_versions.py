"""The bundle of a decision under a later version shows how that one came about."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from activitypub import canonical
from activitypub.canonical import JsonObject
from confederation import record
from confederation.confederal.compact import Compact, Rules
from confederation.identifiers import Digest
from instance import bundle, chamber, clerk, vocabulary
from instance.bundle import Verdict
from instance.store import events
from instance.verification import result_document
from tests.instance.amending import adopted, following, settled
from tests.instance.three import OPENS, Three, three
from tests.second import verify
from tests.second.comparing import both

AFTER = OPENS + timedelta(hours=6)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> tuple[Three, Compact, bytes]:
    """Three assemblies change their compact, one goes, and two decide under it."""
    together = three(tmp_path_factory.mktemp("versions"))
    first = together.compact
    with together.houses[0].desk() as desk:
        purpose = events.keep_wording(desk.connection, "Homes that are dry")
        events.release(desk.connection, [purpose])
    second = following(
        first, rules=Rules(quorum="2/3"), themes=("damp",), purpose=purpose
    )
    changed = adopted(together, second)
    later = changed.houses[0]
    third = following(second, members=second.members[:2], purpose=None)
    changed = adopted(changed, third, by=2, at=AFTER - timedelta(minutes=30))
    at = AFTER + timedelta(hours=5)
    proposal = settled(changed, at=at)
    with later.desk(at + timedelta(hours=6)) as desk:
        return changed, first, bundle.export(desk, proposal)


def lines_of(data: bytes) -> list[bytes]:
    return data.splitlines()


def rewritten(data: bytes, edit: Callable[[list[bytes]], list[bytes]]) -> bytes:
    """Change the lines of a bundle and say in the first one how many there are."""
    lines = edit(lines_of(data))
    header = canonical.read(lines[0])
    header["lines"] = len(lines)
    return b"".join(line + b"\n" for line in (canonical.canonical(header), *lines[1:]))


def test_whoever_knows_the_first_version_needs_no_other_digest(
    story: tuple[Three, Compact, bytes],
) -> None:
    together, first, data = story

    report = bundle.verify(data, first.digest)

    assert report.missing == ()
    assert report.verdict is Verdict.VERIFIED
    assert report.compact is not None
    assert report.compact.digest == together.compact.digest
    proved = "\n".join(report.proved)
    assert "Version 2 of the compact follows from version 1" in proved
    assert "Version 3 of the compact follows from version 2" in proved
    assert any("versions of the compact were counted" in e for e in report.not_proved)


def test_whoever_knows_the_version_itself_sees_the_same(
    story: tuple[Three, Compact, bytes],
) -> None:
    together, _, data = story

    assert bundle.verify(data, together.compact.digest).verdict is Verdict.VERIFIED


def test_the_bundle_lists_the_versions_newest_first_and_records_of_those_who_went(
    story: tuple[Three, Compact, bytes],
) -> None:
    together, first, data = story
    documents = [canonical.read(line) for line in lines_of(data)]

    versions = [each for each in documents if each.get("type") == "Compact"]

    assert [canonical.digest(each) for each in versions] == [
        together.compact.digest,
        together.compact.previous,
        first.digest,
    ]
    assert [each.get("type") for each in documents].count("Founding") == 3


def test_a_program_written_from_the_reference_pages_alone_agrees(
    story: tuple[Three, Compact, bytes],
) -> None:
    together, first, data = story
    bare = rewritten(data, lambda lines: [*lines[:3], *lines[4:]])
    assert b"Homes that are dry" in data

    for given in (first.digest, together.compact.digest, None, f"sha256:{'7' * 64}"):
        for each in (data, bare):
            ours = bundle.verify(each, given).as_json()
            theirs = verify.verify(each, *([given] if given else []))
            assert theirs["verdict"] == ours["verdict"]
            assert theirs["result_hash"] == ours["result_hash"]


def test_without_the_earlier_versions_the_first_digest_is_not_enough(
    story: tuple[Three, Compact, bytes],
) -> None:
    together, first, data = story
    gone = first.members[2].assembly

    def edit(lines: list[bytes]) -> list[bytes]:
        kept = []
        for number, line in enumerate(lines):
            document = canonical.read(line)
            of = document.get("assembly") or canonical.digest(document)
            earlier = document.get("type") == "Compact" or of == gone
            if number > 1 and (earlier or "commit" in document):
                continue
            kept.append(line)
        return kept

    bare = rewritten(data, edit)

    report = bundle.verify(bare, first.digest)
    assert report.verdict is Verdict.INCOMPLETE
    assert any("not proved by this bundle" in each for each in report.missing)
    assert bundle.verify(bare, together.compact.digest).verdict is Verdict.VERIFIED


def test_a_version_that_nobody_adopted_does_not_descend(
    story: tuple[Three, Compact, bytes],
) -> None:
    _, first, data = story
    removed = _attestations_on_changes(data)

    report = bundle.verify(cut(data, removed), first.digest)

    assert report.verdict is not Verdict.VERIFIED


def test_of_two_changes_that_are_adopted_neither_is_followed(
    story: tuple[Three, Compact, bytes], tmp_path: Path
) -> None:
    together, first, _ = story
    copied = together.moved(tmp_path)
    with copied.houses[0].desk(AFTER) as desk:
        change, decided = next(
            (entry, entry.fact)
            for entry in chamber.proposals(desk)
            if isinstance(entry.fact, record.Proposal)
            and entry.fact.compact == first.digest
            and entry.fact.compact_next is not None
        )
        stands = chamber.standing(desk, change)
        assert stands is not None
        assert stands.confirmed is not None
        unknown = replace(decided, compact_next=Digest(f"sha256:{'7' * 64}"))
        other = clerk.publish(desk, "Proposal", vocabulary.wire(unknown)).digest
    result = result_document(replace(stands.confirmed, proposal=other))
    for house in copied.houses:
        with house.desk(AFTER) as desk:
            attested: JsonObject = {
                "proposal": other,
                "result": result,
                "resultHash": canonical.digest(result),
            }
            clerk.publish(desk, "Attestation", attested)
    copied.exchange(AFTER)
    with copied.houses[0].desk(AFTER) as desk:
        [proposal] = [
            entry.digest
            for entry in chamber.proposals(desk)
            if isinstance(entry.fact, record.Proposal)
            and entry.fact.compact == copied.compact.digest
        ]
        data = bundle.export(desk, proposal)
        line = chamber.lineage(desk, first.digest)

    ours, theirs = both(data, first.digest)

    # A node sees it as a bundle does, though it lacks the document of the other one.
    assert line is not None
    assert line.parted
    assert line.versions == (first,)
    assert first.digest in map(canonical.digest, map(canonical.read, lines_of(data)))
    assert ours == theirs
    assert ours["verdict"] == Verdict.INCOMPLETE
    assert both(data, copied.compact.digest)[0]["verdict"] == Verdict.VERIFIED


def test_a_forged_earlier_version_is_the_first_difference(
    story: tuple[Three, Compact, bytes],
) -> None:
    _, first, data = story

    def edit(lines: list[bytes]) -> list[bytes]:
        forged = canonical.read(lines[2])
        forged["themes"] = ["heat"]
        return [*lines[:2], canonical.canonical(forged), *lines[3:]]

    report = bundle.verify(rewritten(data, edit), first.digest)

    assert report.verdict is Verdict.DIFFERS
    assert report.difference is not None
    assert report.difference.line == 3


def test_versions_that_do_not_reach_the_first_one_are_a_difference(
    story: tuple[Three, Compact, bytes],
) -> None:
    _, first, data = story

    report = bundle.verify(
        rewritten(data, lambda lines: [*lines[:3], *lines[4:]]), first.digest
    )

    assert report.verdict is Verdict.DIFFERS


def test_wherever_it_is_cut_both_programs_give_one_verdict(
    story: tuple[Three, Compact, bytes],
) -> None:
    _, first, data = story
    lines = lines_of(data)

    # After every line up to the first entries, and where each record begins.
    whose = [canonical.read(line).get("assembly") for line in lines]
    begins = [at for at in range(6, len(lines)) if whose[at] != whose[at - 1]]
    for at in (*range(1, 6), *begins[:4]):
        honest = b"".join(line + b"\n" for line in lines[:at])
        pretends = rewritten(data, lambda whole, at=at: whole[:at])  # type: ignore[misc]
        for short in (honest, pretends):
            ours, theirs = both(short, first.digest)
            assert ours == theirs, f"cut after line {at}"
            assert ours["verdict"] != Verdict.VERIFIED


def _attestations_on_changes(data: bytes) -> dict[str, int]:
    """Find where each record first attests anything: it is cut off there."""
    found: dict[str, int] = {}
    for line in lines_of(data):
        document = canonical.read(line)
        if document.get("type") == "Attestation":
            found.setdefault(str(document["assembly"]), int(str(document["seq"])))
    return found


def cut(data: bytes, at: dict[str, int]) -> bytes:
    """Cut each record off before an entry, and leave what stands beside away."""

    def edit(lines: list[bytes]) -> list[bytes]:
        kept = []
        for line in lines:
            document = canonical.read(line)
            beside = {"checkpoint", "commit"} & document.keys()
            seq = document.get("seq")
            late = isinstance(seq, int) and seq >= at.get(
                str(document.get("assembly")), 2**31
            )
            if not late and not ("commit" in beside or "checkpoint" in beside):
                kept.append(line)
        return kept

    return rewritten(data, edit)
