"""Two programs that share nothing but the reference pages say the same of any bundle.

``FOLKMOOT_RUNS=2000 pytest tests/second`` asks both about more of what was played.
"""

import ast
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activitypub import canonical
from activitypub.canonical import JsonObject, JsonValue
from confederation import record
from confederation.identifiers import Digest, OptionId
from instance import bundle, chamber
from tests.confederation.simulation import Run
from tests.instance import nested as below
from tests.instance import three
from tests.instance.house import House
from tests.second import verify as second
from tests.second.comparing import both
from tests.second.signed import Pen

RUNS = int(os.environ.get("FOLKMOOT_RUNS", "16"))
TAMPERED = 2 * RUNS
EVERY = 3
"""Which lines are taken out or moved, or the last: the first, the fourth and so on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A bundle of a settled decision, and the digest of its compact."""

    data: bytes
    compact: str


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Settled:
    together = three.three(tmp_path_factory.mktemp("three"))
    proposal = three.settled(together)
    with together.houses[0].desk(three.LATER) as desk:
        data = bundle.export(desk, proposal)
    return Settled(data=data, compact=together.compact.digest)


def test_it_needs_nothing_of_ours() -> None:
    tree = ast.parse(Path(second.__file__).read_text())

    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or "."]
            if isinstance(node, ast.ImportFrom)
            else [each.name for each in node.names]
        )
    }

    assert imported - sys.stdlib_module_names == {"cryptography"}


def test_both_verify_a_settled_decision(settled: Settled) -> None:
    first, other = both(settled.data, settled.compact)

    assert first == other
    assert other["verdict"] == "verified"


@pytest.mark.parametrize("given", [None, f"sha256:{'0' * 64}", "0" * 64])
def test_both_say_whose_records_they_were_not_told(
    settled: Settled, given: str | None
) -> None:
    first, other = both(settled.data, given)

    assert first == other
    assert other["verdict"] != "verified"


@settings(max_examples=150, deadline=None)
@given(where=st.data(), byte=st.integers(0, 255))
def test_both_find_an_altered_byte_in_the_same_line(
    settled: Settled, where: st.DataObject, byte: int
) -> None:
    position = where.draw(st.integers(0, len(settled.data) - 1))
    altered = bytearray(settled.data)
    altered[position] = byte

    first, other = both(bytes(altered), settled.compact)

    assert first == other
    assert (other["verdict"] == "verified") == (bytes(altered) == settled.data)


def test_both_find_what_is_wrong_in_a_line_of_any_form(settled: Settled) -> None:
    lines = settled.data.splitlines(keepends=True)
    documents = [canonical.read(line) for line in lines]
    place = next(n for n, each in enumerate(documents) if "checkpoint" in each)
    header, point = documents[0], documents[place]
    note, _, signed = str(point["checkpoint"]).partition("\n\n")
    origin, size, root = note.split("\n")
    odd: list[JsonValue] = [[], {}, None, 1]
    notes: list[JsonValue] = [[], {}, None, "", "\n\n"]
    another: list[tuple[int, bytes | JsonObject]] = [
        (0, b'{"a":"\\ud800"}'),
        (0, b'{"a": 9007199254740992, "b": "\\ud83d\\ude00"}'),
        (0, {**header, "version": True}),
        (0, {**header, "version": "1"}),
        (0, {**header, "version": 2}),
        (0, {**header, "lines": True}),
        *((place, {**point, "assembly": each}) for each in odd),
        *((place, {**point, "checkpoint": each}) for each in notes),
        (place, {**point, "checkpoint": f"{origin}\n{size}\n{root}\n\n"}),
        (place, {**point, "checkpoint": f"{origin}\n9{size}\n{root}\n\n{signed}"}),
        (place, {**point, "checkpoint": f"+{origin}\n{size}\n{root}\n\n{signed}"}),
        (place, {"assembly": [], "branch": {}}),
        (place, {"assembly": {}, "branch": {"seq": 1}}),
        (place, {**point, "contradiction": [{"checkpoint": 5}, {"seq": None}]}),
        (
            place,
            {"assembly": point["assembly"], "contradiction": [{"checkpoint": 5}] * 2},
        ),
        (place, {"assembly": [], "contradiction": [{}, {}]}),
        (place, {"commit": [], "salt": "0" * 32, "text": "x"}),
        (place, {"commit": "x", "salt": 1, "text": {}}),
        (place, {"commit": "x", "salt": "0" * 32, "text": "e\u1dc0\u0323"}),
        (place, {"commit": "x", "salt": "0" * 32, "text": "e\u0301"}),
        (place, {"below": [], "lines": 2}),
        (place, {"seq": 0, "wide": [[]] * 10_000}),
        (place, {"seq": 0, "wide": [[1]] * 10_000}),
    ]

    for where, line in another:
        written = line if isinstance(line, bytes) else canonical.canonical(line)
        altered = [*lines[:where], written + b"\n", *lines[where + 1 :]]
        first, other = both(b"".join(altered), settled.compact)

        assert first == other, line
        assert first["verdict"] != "verified", line


def test_both_count_those_behind_a_mandate_that_was_given_anew(tmp_path: Path) -> None:
    together = three.three(tmp_path)
    a, b, c = together.houses
    method = record.Method(name="double-majority")
    proposal = three.proposes(together, a, method=method)
    another = three.proposes(together, a, at=three.OPENS)
    together.confer(three.OPENS)
    for house in (a, c):
        given = three.mandates(together, house, proposal, at=three.OPENS)
        three.votes(house, given, proposal)
    given = three.mandates(together, b, proposal, at=three.OPENS)
    three.votes(b, anew(b, given, another), proposal)
    together.confer(three.OPENS)
    together.confer(three.LATER)
    with a.desk(three.LATER) as desk:
        data = bundle.export(desk, proposal)

    ours, other = both(data, together.compact.digest)

    assert ours == other
    assert other["verdict"] == "verified"
    figures = second.verify(data, together.compact.digest)["result"]["figures"]
    assert figures["members"] == {"for": 90, "against": 27, "abstain": 6}


def anew(house: House, given: three.Delegate, on: Digest) -> three.Delegate:
    """Give a mandate on another text, which says on the first what it said before."""
    with house.desk(three.OPENS) as desk:
        kept = chamber.record_of(desk, given.assembly)
    before = None if kept is None else kept.get(given.mandate)
    assert before is not None
    assert isinstance(before.fact, record.Mandate)
    said = replace(
        before.fact,
        decision=three.decides(house, on, members=(1, 39, 1), at=three.OPENS),
        instructions=(
            record.Instruction(proposal=on, must=(OptionId("against"),)),
            *before.fact.instructions,
        ),
        supersedes=before.digest,
        confirmed_by=(),
    )
    mandate = three.act(house, said, subject=f"anew {on}", at=three.OPENS)
    return replace(given, mandate=mandate)


@pytest.mark.parametrize("how", ["left out", "twice", "swapped", "the end"])
def test_both_miss_the_same_lines(settled: Settled, how: str) -> None:
    lines = settled.data.splitlines(keepends=True)
    for number in range(0, len(lines), EVERY):
        line, following = lines[number], lines[number + 1 : number + 2]
        put = {"left out": [], "twice": [line, line, *following]}
        put |= {"swapped": [*following, line], "the end": []}
        rest = [] if how == "the end" else lines[number + (how != "left out") + 1 :]
        data = b"".join([*lines[:number], *put[how], *rest])

        first, other = both(data, settled.compact)

        assert first == other, f"{how}: line {number + 1}"
        assert other["verdict"] != "verified" or data == settled.data


def test_both_judge_alike_whatever_was_played() -> None:
    said: Counter[JsonValue] = Counter()
    for seed in range(RUNS):
        for data, compact in bundles(seed):
            first, other = both(data, compact)

            assert first == other, f"in the run of seed {seed}"
            said.update([other["verdict"], other["outcome"]])
            said.update(row[3] for row in lists(other["left_out"]))

    for word in ("verified", "incomplete", "adopted", "rejected", "no quorum"):
        assert said[word], f"{word} never came up"
    for rule in ("superseded", "withdrawn", "seat emptied", "not certified"):
        assert said[rule], f"{rule} never came up"


def test_both_judge_alike_what_was_altered_and_then_signed() -> None:
    said: Counter[JsonValue] = Counter()
    for seed in range(TAMPERED):
        for data, compact in bundles(seed % RUNS, tampering=Random(seed)):
            first, other = both(data, compact)

            assert first == other, f"tampered with by seed {seed}"
            said.update([other["verdict"]])

    assert said["incomplete"]
    assert said["verified"]


def lists(value: JsonValue) -> Iterator[list[JsonValue]]:
    assert isinstance(value, list)
    for row in value:
        assert isinstance(row, list)
        yield row


@cache
def played(seed: int) -> Run:
    """Play a run, which nobody changes any more."""
    return Run(seed)


def bundles(seed: int, tampering: Random | None = None) -> Iterator[tuple[bytes, str]]:
    """Write down what one node of a run holds about each proposal at the end."""
    run = played(seed)
    node = run.alive[seed % len(run.alive)]
    for proposal in node.proposals():
        held = node.holding(proposal)
        pen = Pen(held.compact, None if tampering is None else Tampering(tampering))
        yield pen.bundle(held), pen.version()


class Tampering:
    """Alters one entry in fifteen, somewhere in its body, before it is signed."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def __call__(self, body: JsonObject) -> JsonObject:
        if self._random.random() > 1 / 15 or body["type"] == "Founding":
            return body
        places = list(leaves(body))
        *path, last = self._random.choice(places)
        altered = canonical.read(canonical.canonical(body))
        inside: JsonValue = altered
        for step in path:
            inside = at(inside, step)
        put(inside, last, self._other(at(inside, last)))
        return altered

    def _other(self, value: JsonValue) -> JsonValue:
        fitting: list[JsonValue] = ["for", "against", 0, 1, True, None, [], {}, "2/3"]
        if isinstance(value, bool):
            fitting += [not value] * 9
        elif isinstance(value, int):
            fitting += [value + 1, value - 1, -value] * 3
        elif isinstance(value, str) and value.startswith("sha256:"):
            fitting += [f"sha256:{'0' * 64}"] * 9
        elif isinstance(value, str):
            fitting += [value + "x", "2027-01-01T00:00:00Z"] * 4
        return self._random.choice(fitting)


Step = str | int


def leaves(value: JsonValue, path: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    if path and path[0] in ("type", "document"):
        return
    if isinstance(value, dict) and value:
        for name in value:
            yield from leaves(value[name], (*path, name))
    elif isinstance(value, list) and value:
        for place, each in enumerate(value):
            yield from leaves(each, (*path, place))
    elif path:
        yield path


def at(value: JsonValue, step: Step) -> JsonValue:
    if isinstance(value, dict) and isinstance(step, str):
        return value[step]
    assert isinstance(value, list)
    assert isinstance(step, int)
    return value[step]


def put(value: JsonValue, step: Step, new: JsonValue) -> None:
    if isinstance(value, dict) and isinstance(step, str):
        value[step] = new
    else:
        assert isinstance(value, list)
        assert isinstance(step, int)
        value[step] = new


@pytest.fixture(scope="module", params=["the bearer", "its substitute"])
def nested(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Settled:
    """Settle a decision in which a compact has a seat, borne by one or the other.

    Whoever bears it had given a mandate of its own before.
    """
    together = three.three(tmp_path_factory.mktemp("nested"))
    moved = request.param == "its substitute"
    above, proposal = below.settled(together, moved=moved, before=True)
    with together.houses[0].desk(three.LATER) as desk:
        data = bundle.export(desk, proposal)
    return Settled(data=data, compact=above.compact.digest)


def test_both_follow_what_was_decided_below(nested: Settled) -> None:
    first, other = both(nested.data, nested.compact)

    assert first == other
    assert first["verdict"] == "verified"


def test_both_find_what_was_altered_below(nested: Settled) -> None:
    lines = nested.data.splitlines(keepends=True)
    start = next(n for n, line in enumerate(lines) if line.startswith(b'{"below"'))
    told = Counter[str]()

    for place in range(start, len(lines), EVERY):
        line = bytearray(lines[place])
        line[len(line) // 2] ^= 1
        altered = b"".join([*lines[:place], bytes(line), *lines[place + 1 :]])
        first, other = both(altered, nested.compact)
        assert first == other, place
        told[str(first["verdict"])] += 1

    assert told["differs"] > told["incomplete"]


def test_both_miss_what_was_left_out_below(nested: Settled) -> None:
    lines = nested.data.splitlines(keepends=True)
    start = next(n for n, line in enumerate(lines) if line.startswith(b'{"below"'))

    for place in range(start, len(lines), EVERY):
        rest = [*lines[:place], *lines[place + 1 :]]
        for data in (b"".join(rest), b"".join(lines[:place])):
            first, other = both(data, nested.compact)
            assert first == other, place
            assert first["verdict"] != "verified"


def test_both_refuse_a_record_that_is_shorter_below_than_above(nested: Settled) -> None:
    lines = nested.data.splitlines(keepends=True)
    documents = [canonical.read(line) for line in lines]
    start = next(n for n, each in enumerate(documents) if "below" in each)
    above = {each["assembly"] for each in documents[:start] if "assembly" in each}
    last = max(
        n
        for n in range(start, len(lines))
        if "seq" in documents[n] and documents[n].get("assembly") in above
    )

    del lines[last]
    for place, whole in ((0, len(lines)), (start, len(lines) - start - 1)):
        lines[place] = canonical.canonical({**documents[place], "lines": whole}) + b"\n"
    inner = {**documents[start + 1], "lines": len(lines) - start - 1}
    lines[start + 1] = canonical.canonical(inner) + b"\n"
    first, other = both(b"".join(lines), nested.compact)

    assert first == other
    assert first["verdict"] == "differs"
    assert first["difference"] == len(lines)


def test_both_judge_alike_what_ends_early_below(nested: Settled) -> None:
    """Cut the records from below ever shorter, and say so in the lines that count."""
    lines = nested.data.splitlines(keepends=True)
    start = next(n for n, line in enumerate(lines) if line.startswith(b'{"below"'))
    told = Counter[str]()

    for end in range(start + 3, len(lines), EVERY):
        cut = lines[:end]
        for place, count in ((0, end), (start, end - start - 1), (start + 1, None)):
            said = canonical.read(cut[place])
            said["lines"] = end - start - 1 if count is None else count
            cut[place] = canonical.canonical(said) + b"\n"
        first, other = both(b"".join(cut), nested.compact)
        assert first == other, end
        told[str(first["verdict"])] += 1

    assert told["incomplete"]


def test_both_find_a_record_with_one_face_below_and_one_above(tmp_path: Path) -> None:
    data, compact = below.two_faced(three.three(tmp_path))

    first, other = both(data, compact)

    assert first == other
    assert first["verdict"] == "differs"
