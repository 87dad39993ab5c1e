"""What a ballot decided carries what it was about, and nothing else."""

import pytest

from confederation.deciding import decision
from confederation.deciding.decision import Outcome
from confederation.errors import NotEntitled, Refused
from tests.confederation.builders import a_commit, a_digest, decided


def test_a_decision_carries_what_it_was_about() -> None:
    said = decided("text", subject="proposal", person=True)

    assert decision.carries(said) == said.ballot
    assert decision.carries(said, text=a_commit("text")) == said.ballot
    assert decision.carries(said, subject=a_digest("proposal")) == said.ballot
    assert decision.carries(said, person=True) == said.ballot


def test_it_carries_no_other_text_and_nothing_else() -> None:
    said = decided("text", subject="proposal")

    with pytest.raises(NotEntitled, match="another text"):
        decision.carries(said, text=a_commit("another"))
    with pytest.raises(NotEntitled, match="something else"):
        decision.carries(said, subject=a_digest("another"))
    with pytest.raises(NotEntitled, match="something else"):
        decision.carries(decided("text"), subject=a_digest("proposal"))
    with pytest.raises(NotEntitled, match="not held as such"):
        decision.carries(said, person=True)
    with pytest.raises(NotEntitled, match="needs a decision"):
        decision.carries(None)


@pytest.mark.parametrize(
    ("outcome", "refusal", "says"),
    [
        ("no quorum", NotEntitled, "Too few"),
        ("advice", NotEntitled, "sense of the room"),
        ("rejected", Refused, "decided against"),
    ],
)
def test_what_did_not_pass_carries_nothing(
    outcome: Outcome, refusal: type[Refused], says: str
) -> None:
    said = decided(outcome=outcome)

    assert decision.about(said) == said
    with pytest.raises(refusal, match=says):
        decision.carries(said)
