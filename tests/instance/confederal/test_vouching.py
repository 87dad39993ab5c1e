"""Two fellow members vouch for a vote on paper while the seat's node is dark.

Three nodes with real databases and keys; the first is dark: nobody exchanges with it.
"""

from datetime import timedelta
from pathlib import Path

import pytest

from activitypub import canonical
from confederation.confederal.council import State
from confederation.confederal.weighing import Fate
from confederation.errors import NotEntitled
from confederation.identifiers import Digest, OptionId
from confederation.record import Filed
from instance import bundle, chamber
from instance.bundle import Verdict
from instance.confederal import vouching
from instance.upkeep import record_keys
from tests.instance.house import NOON, House
from tests.instance.three import (
    LATER,
    OPENS,
    Delegate,
    Three,
    assembly_of,
    mandates,
    proposes,
    three,
    votes,
)
from tests.second.comparing import both

DARK = OPENS + timedelta(minutes=10)
ON_PAPER = DARK + timedelta(minutes=10)
BACK = ON_PAPER + timedelta(minutes=30)
FOR = OptionId("for")


@pytest.fixture(scope="module")
def open_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Three, Digest]:
    """Three assemblies with an open proposal and mandates; nobody changes these."""
    together = three(tmp_path_factory.mktemp("vouching"))
    proposal = proposes(together, together.houses[1])
    together.confer(OPENS)
    return together, proposal


def dark(
    opened: tuple[Three, Digest], directory: Path, *, allowed: bool = True
) -> tuple[Three, Digest, Delegate]:
    """Let the first assembly bind its delegate, and its node go dark after that."""
    together, proposal = opened[0].moved(directory), opened[1]
    delegate = mandates(
        together, together.houses[0], proposal, at=OPENS, paper_vote=allowed
    )
    together.confer(DARK)
    return together, proposal, delegate


def files(house: House, proposal: Digest, of: House, choice: str = "for") -> Digest:
    seat = assembly_of(of)
    with house.desk(ON_PAPER) as desk:
        return vouching.file(desk, proposal, seat, [OptionId(choice)]).digest


def countersigns(house: House, proposal: Digest, paper: Digest) -> None:
    with house.desk(ON_PAPER) as desk:
        vouching.countersign(desk, proposal, paper)


def test_a_vote_on_paper_is_certified_counted_and_verified_offline(
    open_once: tuple[Three, Digest], tmp_path: Path
) -> None:
    together, proposal, _ = dark(open_once, tmp_path)
    first, second, third = together.houses
    awake = (second, third)
    paper = files(second, proposal, first)
    together.exchange(ON_PAPER, among=awake)
    countersigns(third, proposal, paper)
    together.confer(ON_PAPER, among=awake)
    for house in awake:
        votes(house, mandates(together, house, proposal, at=OPENS), proposal)
    together.confer(ON_PAPER, among=awake)
    together.confer(LATER, among=awake)

    for house in awake:
        stands = together.standing(house, proposal)
        [on_paper] = [each for each in stands.revisions if each.digest == paper]
        assert on_paper.fate is Fate.CERTIFIED
        assert stands.state is State.CONFIRMED
        assert stands.confirmed is not None
        assert stands.confirmed.figures.cast == 3
    with second.desk(LATER) as desk:
        data = bundle.export(desk, proposal)
    report = bundle.verify(data, together.compact.digest)
    assert report.verdict is Verdict.VERIFIED
    assert any("on paper: filed by" in sentence for sentence in report.proved)


def test_one_fellow_member_alone_brings_nothing_about(
    open_once: tuple[Three, Digest], tmp_path: Path
) -> None:
    together, proposal, _ = dark(open_once, tmp_path)
    first, second, third = together.houses
    paper = files(second, proposal, first)
    together.confer(ON_PAPER, among=(second, third))

    with second.desk(ON_PAPER) as desk, pytest.raises(NotEntitled, match="neither"):
        vouching.countersign(desk, proposal, paper)

    [on_paper] = [
        each
        for each in together.standing(third, proposal, ON_PAPER).revisions
        if each.digest == paper
    ]
    assert on_paper.witnesses == ()


def test_what_the_mandate_forbids_is_not_filed_on_paper(
    open_once: tuple[Three, Digest], tmp_path: Path
) -> None:
    together, proposal, _ = dark(open_once, tmp_path / "allowed")
    first, second, _ = together.houses
    never, _, _ = dark(open_once, tmp_path / "never", allowed=False)

    with pytest.raises(NotEntitled, match="The mandate says for"):
        files(second, proposal, first, "against")
    with pytest.raises(NotEntitled, match="does not allow a vote on paper"):
        files(never.houses[1], proposal, never.houses[0])
    with pytest.raises(NotEntitled, match="A seat files its own votes"):
        files(first, proposal, first)


def test_a_node_that_is_back_takes_the_vote_as_its_own_and_goes_on_from_there(
    open_once: tuple[Three, Digest], tmp_path: Path
) -> None:
    together, proposal, delegate = dark(open_once, tmp_path)
    first, second, third = together.houses
    paper = files(second, proposal, first)
    together.exchange(ON_PAPER, among=(second, third))
    countersigns(third, proposal, paper)
    together.confer(ON_PAPER, among=(second, third))

    together.confer(BACK)

    ours = assembly_of(first)
    with first.desk(BACK) as desk:
        own = chamber.record_of(desk, ours)
        assert own is not None
        [taken] = [fact for _, fact in own.facts(Filed)]
    assert taken.paper == paper
    assert taken.document is not None
    assert taken.document.signed_by is None
    votes(first, delegate, proposal, revision=2, at=BACK)
    together.confer(BACK)
    together.confer(LATER)
    stands = together.standing(third, proposal)
    assert stands.confirmed is not None
    rules = {each.revision: each.rule for each in stands.confirmed.certified}
    assert rules == {1: "superseded", 2: None}
    assert stands.contradictions == ()


def test_a_key_replaced_between_two_signatures_on_paper_changes_nothing(
    open_once: tuple[Three, Digest], tmp_path: Path
) -> None:
    together, proposal, delegate = dark(open_once, tmp_path)
    first, second, third = together.houses
    paper = files(second, proposal, first)
    together.exchange(ON_PAPER, among=(second, third))
    for house in together.houses:
        with house.desk(ON_PAPER) as desk:
            record_keys.replace(desk)
    countersigns(third, proposal, paper)
    together.confer(ON_PAPER, among=(second, third))

    together.confer(BACK)
    votes(first, delegate, proposal, revision=2, at=BACK)
    together.confer(BACK)
    together.confer(LATER)

    with third.desk(LATER) as desk:
        data = bundle.export(desk, proposal)
    report, other = both(data, together.compact.digest)
    assert report == other
    assert report["verdict"] == "verified"
    left_out = report["left_out"]
    assert isinstance(left_out, list)
    assert [row[1:4:2] for row in left_out if isinstance(row, list)] == [
        [1, "superseded"]
    ]


def test_the_entries_hold_neither_a_name_nor_a_proof_of_the_delegate(
    open_once: tuple[Three, Digest], tmp_path: Path
) -> None:
    together, proposal, _ = dark(open_once, tmp_path)
    first, second, _ = together.houses
    files(second, proposal, first)

    with second.desk(ON_PAPER) as desk:
        row = desk.connection.execute(
            "select body from entry where type = 'PaperVote'"
        ).fetchone()
    document = canonical.read(row["body"])

    body = {
        name
        for name in document
        if name not in ("@context", "id", "type", "v", "attributedTo", "proof")
    }
    assert body == {
        *("assembly", "seq", "prev", "rulebook", "published"),
        *("proposal", "of", "mandate", "revision", "choice", "head"),
    }
    assert NOON < ON_PAPER
