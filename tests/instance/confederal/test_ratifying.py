"""Three nodes take an outcome back to their assemblies, and come to one end of it."""

from datetime import timedelta

from activitypub import canonical
from confederation.confederal.ratifying import Stage
from confederation.identifiers import BallotId
from confederation.record import Decision, Membership, Method, Ratification
from instance import chamber, clerk, vocabulary
from tests.instance.house import House
from tests.instance.outcomes import AFTER, BELL, DURING, adopted, course, says
from tests.instance.three import Three, act, the_record


def told(house: House) -> list[str]:
    with house.desk(AFTER) as desk:
        rows = desk.connection.execute(
            "select body from object where kind = 'Result'"
        ).fetchall()
    notes = [canonical.read(row["body"].encode()) for row in rows]
    return sorted(str(note.get("name")) for note in notes)


def test_two_ratify_one_lapses_and_all_three_nodes_say_who_is_bound(
    together: Three,
) -> None:
    harbour, _, mill = together.houses
    proposal = adopted(together)
    says(harbour, proposal)
    says(mill, proposal)
    together.confer(DURING)

    together.confer(AFTER)

    seen = [course(house, proposal) for house in together.houses]
    assert {each.state for each in seen} == {Stage.IN_FORCE}
    seats = [seat.assembly for seat in together.compact.members]
    assert {each.bound for each in seen} == {(seats[0], seats[2])}
    assert [each.says for each in seen[1].answers] == [
        "ratified",
        "silent",
        "ratified",
    ]
    results = {
        each.ratification.confirmed and repr(each.ratification.confirmed)
        for each in seen
        if each.ratification is not None
    }
    assert len(results) == 1


def test_until_the_window_closes_every_node_says_that_it_is_not_in_force(
    together: Three,
) -> None:
    proposal = adopted(together)
    says(together.houses[0], proposal)

    together.confer(DURING)

    for house in together.houses:
        now = course(house, proposal, DURING)
        assert now.state is Stage.RATIFYING
        assert now.closes == BELL
        assert [each.says for each in now.answers] == ["ratified", "silent", "silent"]
        assert now.bound == ()


def test_a_decision_that_is_not_confirmed_by_two_ratifies_nothing(
    together: Three,
) -> None:
    proposal = adopted(together)
    house = together.houses[0]
    now = course(house, proposal, DURING)
    with house.desk(DURING) as desk:
        from_the_clerk_alone = Decision(
            ballot=BallotId("alone"),
            method=Method(name="majority"),
            present=41,
            outcome="passed",
            effective_from=DURING,
            on=now.result,
        )
        clerk.publish(desk, "Decision", vocabulary.wire(from_the_clerk_alone))

    together.confer(DURING)

    assert "Ratification" not in [entry["type"] for entry in the_record(house)]


def test_a_changed_mind_is_a_further_revision(together: Three) -> None:
    proposal = adopted(together)
    house = together.houses[0]
    says(house, proposal)
    together.confer(DURING)
    says(house, proposal, "rejected")

    together.confer(DURING)

    filed = [e for e in the_record(house) if e["type"] == "Ratification"]
    assert [(e["revision"], e["ratifies"]) for e in filed] == [(1, True), (2, False)]


def test_an_assembly_that_leaves_meanwhile_is_not_bound(together: Three) -> None:
    harbour, quarry, mill = together.houses
    proposal = adopted(together)
    for house in (harbour, quarry, mill):
        says(house, proposal)
    together.confer(DURING)
    leaving = Membership(compact=together.compact.digest, act="leave")
    act(mill, leaving, subject="leave", at=DURING)

    together.confer(DURING)
    together.confer(AFTER)

    now = course(harbour, proposal)
    assert now.state is Stage.IN_FORCE
    assert now.bound == tuple(s.assembly for s in together.compact.members[:2])
    assert now.answers[2].says == "left"


def test_every_assembly_tells_both_ends_once(together: Three) -> None:
    proposal = adopted(together)
    for house in together.houses[:2]:
        says(house, proposal)
    together.confer(DURING)
    together.confer(AFTER)

    together.confer(AFTER + timedelta(hours=1))

    for house in together.houses:
        first, second = told(house)
        assert first.startswith("Adopted by the assemblies together")
        assert second.startswith("Ratified and in force")


def test_what_an_assembly_answers_is_a_post_that_carries_it(together: Three) -> None:
    proposal = adopted(together)
    house = together.houses[1]
    says(house, proposal, "rejected")

    together.confer(DURING)

    with house.desk(DURING) as desk:
        [row] = desk.connection.execute(
            "select body from object where kind = 'Ratification'"
        ).fetchall()
    note = canonical.read(row["body"].encode())
    assert str(note["name"]).startswith("We do not ratify it")
    carried = note["assemblyRecord"]
    assert isinstance(carried, dict)
    assert carried["ratifies"] is False


def test_a_ratification_is_read_back_as_it_was_written(together: Three) -> None:
    proposal = adopted(together)
    house = together.houses[0]
    decision = says(house, proposal)
    together.confer(DURING)

    with house.desk(DURING) as desk:
        kept = chamber.record_of(desk, together.compact.members[0].assembly)
        assert kept is not None
        [(_, filed)] = kept.facts(Ratification)

    assert filed == Ratification(
        proposal=proposal,
        result_hash=course(house, proposal).result or proposal,
        revision=1,
        ratifies=True,
        decision=decision,
    )
