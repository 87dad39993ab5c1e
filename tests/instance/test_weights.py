"""Three nodes count by weight, and two programs that share nothing say the same."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from activitypub import canonical
from activitypub.canonical import JsonObject
from confederation import tally
from confederation.compact import Compact, Rules, Weighing
from confederation.record import Method
from instance import bundle, chamber, clerk, verification, vocabulary
from instance.bundle import Verdict
from tests.instance.amending import changes, following, hand_round
from tests.instance.three import OPENS, Three, mandates, proposes, three, votes
from tests.second import verify as second
from tests.second.test_second import both

AT = OPENS + timedelta(hours=6)
CLOSES = AT + timedelta(hours=4)
AFTER = CLOSES + timedelta(hours=1)
WEIGHTED = Method(name="weighted-majority")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    first: Compact
    data: bytes


def grown(together: Three, *weights: int) -> Three:
    """Give seats weights by a change that all attest, whoever witnessed it."""
    first = together.compact
    new = following(
        first,
        members=tuple(
            replace(seat, weight=weight)
            for seat, weight in zip(first.members, weights, strict=True)
        ),
    )
    proposal = changes(together, new, at=OPENS)
    hand_round(together.houses, new, at=OPENS)
    together.exchange(OPENS)
    for house in together.houses:
        with house.desk(OPENS) as desk:
            entry = chamber.proposal(desk, proposal)
            plain = tally.count(first, entry, [])
            result = replace(plain, outcome="adopted")
            document = verification.result_document(result)
            body: JsonObject = {
                "proposal": proposal,
                "result": document,
                "resultHash": canonical.digest(document),
            }
            clerk.publish(desk, "Attestation", body)
    together.exchange(AT)
    return replace(together, compact=new)


def counted(directory: Path, cast: str, *choices: str) -> Counted:
    """Let three seats that weigh 3, 1 and 2 vote, and export what came of it."""
    rules = Rules(
        adopt="weighted-majority",
        weighing=Weighing(two=50, three=150, cast=cast),  # type: ignore[arg-type]
    )
    together = three(directory, rules)
    first = together.compact
    together = grown(together, 3, 1, 2)
    proposal = proposes(
        together, together.houses[0], at=AT, opens=AT, closes=CLOSES, method=WEIGHTED
    )
    together.confer(AT)
    for house, choice in zip(together.houses, choices, strict=False):
        given = mandates(together, house, proposal, choice, at=AT, until=AFTER)
        votes(house, given, proposal, choice, at=AT)
    together.confer(AT)
    together.confer(AFTER)
    with together.houses[0].desk(AFTER) as desk:
        return Counted(first=first, data=bundle.export(desk, proposal))


@pytest.mark.parametrize(
    ("cast", "choices", "outcome", "weights"),
    [
        ("bloc", ("for", "against", "against"), "rejected", ["3", "3", "0"]),
        ("bloc", ("for", "abstain", "against"), "rejected", ["3", "2", "1"]),
        # In each hall 30 said yes and 9 said no.
        ("split", ("for", "for"), "adopted", ["40/13", "12/13", "0"]),
        ("split", ("for", "abstain", "abstain"), "rejected", ["30/13", "9/13", "3"]),
    ],
)
def test_both_programs_count_the_same_weights(
    tmp_path: Path,
    cast: str,
    choices: tuple[str, ...],
    outcome: str,
    weights: list[str],
) -> None:
    story = counted(tmp_path, cast, *choices)

    report = bundle.verify(story.data, story.first.digest)

    assert report.verdict is Verdict.VERIFIED
    assert report.result is not None
    assert report.result.outcome == outcome
    assert list((report.result.figures.weights or {}).values()) == weights
    assert "counted by weight" in report.as_text()
    ours, theirs = both(story.data, story.first.digest)
    assert ours == theirs


def test_a_bundle_with_other_weights_is_of_another_compact(tmp_path: Path) -> None:
    story = counted(tmp_path, "bloc", "for", "for")
    heavier = story.data.replace(b'"weight":3', b'"weight":2')
    assert heavier != story.data

    for check in (bundle.verify(heavier).as_json(), second.verify(heavier)):
        assert check["verdict"] == "differs"


def test_a_compact_without_weights_is_written_as_it_always_was(tmp_path: Path) -> None:
    plain = vocabulary.compact_document(following(three(tmp_path).compact))

    assert "weigh" not in str(plain)


@pytest.mark.parametrize(
    "then",
    [
        (),
        ("substitutes",),
        ("substitutes", "bears"),
        ("substitutes", "bears", "suspended", "criteria", "themes"),
        ("substitutes", "bears", "suspended", "criteria", "themes", "readmitted"),
    ],
)
def test_a_compact_of_before_some_fields_is_written_to_the_byte_as_it_was(
    tmp_path: Path, then: tuple[str, ...]
) -> None:
    old = vocabulary.compact_document(following(three(tmp_path).compact))
    members = old["members"]
    assert isinstance(members, list)
    for each in (old, *members):
        assert isinstance(each, dict)
        for field in then:
            each.pop(field, None)

    again = vocabulary.compact_document(vocabulary.read_compact(old))

    assert canonical.canonical(again) == canonical.canonical(old)
