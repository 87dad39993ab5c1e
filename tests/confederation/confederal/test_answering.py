"""A seat that is held for a compact answers what that one decided, whoever bears it."""

from datetime import timedelta

import pytest

from confederation.confederal import ratifying
from confederation.confederal.mandate import Rule
from confederation.confederal.ratifying import Stage
from confederation.confederal.weighing import Fate, Revised
from confederation.identifiers import Digest
from confederation.record import Bearers, Entry, Membership, Ratification
from tests.confederation.district import Below
from tests.confederation.world import LATER, OPENS, Town

MINUTE = timedelta(minutes=1)


class Answering(Below):
    """A result that the district ratifies; those below can send a substitute."""

    def __init__(self) -> None:
        super().__init__(substitutes=2)
        self.first, self.second = self.nested.substitutes
        self.nested.own[0].decides(self.result)

    def decides(
        self, choice: str, *, by: Town | None = None, earlier: timedelta = timedelta()
    ) -> Digest:
        """Let the valley answer the result, and move its seat ``by`` to another."""
        district = self.nested.district.identity
        asked, result = self.nested.decided_below(
            self.result,
            choice,
            closes=OPENS - earlier,
            bearers=Bearers(assemblies=(by.id,), compact=district) if by else None,
        )
        self.inner |= self.nested.inner(asked, result)
        return asked.digest

    def files(self, town: Town, decision: Digest, **said: object) -> Entry:
        plain: dict[str, object] = {"revision": 1, "ratifies": True, **said}
        return town.publishes(
            Ratification(
                proposal=self.proposal.digest,
                result_hash=self.result,
                decision=decision,
                **plain,  # type: ignore[arg-type]
            )
        )

    def judged(self, filed: Entry) -> Revised:
        round_ = ratifying.Ratifying(holding=self.holding(LATER), result=self.result)
        [found] = [each for each in round_.weigh().revisions if each.entry == filed]
        return found


def answers(town: Town) -> list[Ratification]:
    return [filed for _, filed in town.record.facts(Ratification)]


def test_where_the_bearer_is_dark_a_substitute_answers_what_was_decided_below() -> None:
    below = Answering()
    bearer = below.nested.bearer
    decision = below.decides("for", by=below.first)

    course = below.ends(dark=bearer)

    [filed] = answers(below.first)
    assert (filed.decision, filed.ratifies) == (decision, True)
    assert (filed.head, filed.moved_by) == (bearer.record.head, decision)
    assert answers(bearer) == []
    assert course.state is Stage.IN_FORCE
    # The seat is its assembly's, whoever speaks for it.
    assert bearer.id in course.bound


def test_a_substitute_goes_on_from_what_the_bearer_had_answered() -> None:
    below = Answering()
    below.decides("against", earlier=MINUTE)
    below.confers(LATER)
    later = below.decides("for", by=below.first)

    course = below.ends()

    assert [each.ratifies for each in answers(below.nested.bearer)] == [False]
    [filed] = answers(below.first)
    assert (filed.revision, filed.decision) == (2, later)
    assert course.state is Stage.IN_FORCE


def test_the_seat_of_a_bearer_that_left_is_answered_for_by_the_next_one() -> None:
    below = Answering()
    valley = Digest(below.nested.valley.compact.identity)
    below.nested.bearer.publishes(Membership(compact=valley, act="leave"))
    below.decides("for")

    below.ends()

    assert answers(below.nested.bearer) == []
    assert [each.revision for each in answers(below.first)] == [1]


def test_nobody_answers_for_a_seat_that_was_not_moved() -> None:
    below = Answering()
    decision = below.decides("for")
    other = below.decides("for", by=below.second)

    taken = below.files(below.first, decision)
    stolen = below.files(
        below.first, decision, head=below.nested.bearer.record.head, moved_by=other
    )

    for filed in (taken, stolen):
        found = below.judged(filed)
        assert found.fate is Fate.VOID
        assert found.finding is not None
        assert found.finding.rule is Rule.NOT_THE_BEARER


def test_who_does_not_know_what_moved_the_seat_waits() -> None:
    below = Answering()
    decision = below.decides("for")
    moved = below.decides("for", by=below.first)
    filed = below.files(
        below.first, decision, head=below.nested.bearer.record.head, moved_by=moved
    )
    del below.inner[moved]

    found = below.judged(filed)

    assert not found.judged
    assert found.fate is Fate.UNDECIDED


def test_from_whom_the_seat_has_moved_nobody_witnesses_an_answer() -> None:
    below = Answering()
    decision = below.decides("for")
    below.decides("for", by=below.first)
    filed = below.files(below.nested.bearer, decision)

    below.confers(LATER)

    assert below.judged(filed).witnesses == (below.nested.bearer.id,)


@pytest.mark.parametrize("back", ["against", "for"])
def test_a_bearer_cannot_go_back_to_what_those_below_have_thought_better_of(
    back: str,
) -> None:
    below = Answering()
    first = below.decides("for", earlier=MINUTE)
    second = below.decides("against")
    bearer = below.nested.bearer
    below.files(bearer, second, ratifies=False)

    again = below.files(
        bearer,
        first if back == "for" else second,
        revision=2,
        ratifies=back == "for",
    )

    found = below.judged(again)
    assert (found.fate is Fate.VOID) == (back == "for")


def test_of_two_decisions_below_the_one_that_closed_later_is_filed() -> None:
    below = Answering()
    newest = below.decides("against")
    below.decides("for", earlier=MINUTE)

    below.confers(LATER)

    [filed] = answers(below.nested.bearer)
    assert (filed.decision, filed.ratifies) == (newest, False)


def test_who_does_not_know_what_was_answered_by_before_waits() -> None:
    below = Answering()
    first = below.decides("for", earlier=MINUTE)
    second = below.decides("against")
    bearer = below.nested.bearer
    below.files(bearer, second, ratifies=False)
    again = below.files(bearer, first, revision=2)
    del below.inner[second]

    found = below.judged(again)

    assert not found.judged
    assert found.fate is Fate.UNDECIDED
