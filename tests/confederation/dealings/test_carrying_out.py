"""What became of a decision follows from the records, and every node says the same."""

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from confederation.dealings import carrying_out
from confederation.dealings.carrying_out import Asked
from confederation.identifiers import ActionId
from confederation.record import Action, Answer, Ask, Entry, Judgement
from tests.confederation.world import START, Town, commit, digest_of

DAY = timedelta(days=1)
RESULT = digest_of("result")
PROPOSAL = digest_of("proposal")


def an_ask(town: Town) -> Entry:
    return town.publishes(
        Ask(
            follows=town.decides().digest,
            authority=commit("Housing office"),
            text=commit("Mend the roofs."),
            answer_by=START + 10 * DAY,
        )
    )


def answers(town: Town, ask: Entry, kind: str = "partly", *, days: int = 1) -> Entry:
    fact = Answer(ask=ask.digest, kind=kind, given="link", text=commit("Yes."))  # type: ignore[arg-type]
    return town.publishes(fact, at=START + days * DAY)


def judges(town: Town, ask: Entry, answer: Entry | None, **changed: Any) -> Entry:
    plain = Judgement(
        ask=ask.digest,
        answer=None if answer is None else answer.digest,
        verdict="partly",
        stage="waiting",
        decision=town.decides().digest,
    )
    return town.publishes(replace(plain, **changed))


def stands(ask: Entry, *towns: Town) -> Asked:
    records = {town.id: town.record for town in towns}
    return carrying_out.asked(ask, records, [town.id for town in towns])


def does(town: Town, state: str, id: str = "1", **changed: Any) -> Entry:
    plain = Action(
        action=ActionId(id),
        follows=RESULT,
        proposal=PROPOSAL,
        what=commit("Mend the wall"),
        state=state,  # type: ignore[arg-type]
    )
    return town.publishes(replace(plain, **changed))


def test_an_ask_goes_from_addressed_to_done() -> None:
    town = Town("harbour")
    ask = an_ask(town)
    seen = [stands(ask, town).status]

    for kind in ("received", "holding"):
        answers(town, ask, kind)
        seen.append(stands(ask, town).status)
    answer = answers(town, ask)
    seen.append(stands(ask, town).status)
    for stage in ("waiting", "implementing", "done"):
        judges(town, ask, answer, stage=stage)
        seen.append(stands(ask, town).status)

    assert seen == [
        "addressed",
        "received",
        "holding",
        "answered",
        "judged",
        "implementing",
        "done",
    ]


def test_only_an_answer_that_is_one_stops_the_clock() -> None:
    town = Town("harbour")
    ask = an_ask(town)
    late = START + 11 * DAY
    answers(town, ask, "received")
    answers(town, ask, "holding")
    assert stands(ask, town).overdue(late)
    assert not stands(ask, town).overdue(START + 10 * DAY)

    answers(town, ask, "refused", days=12)

    assert not stands(ask, town).overdue(late)
    assert stands(ask, town).came_late


def test_an_answer_in_anothers_record_is_no_answer() -> None:
    harbour, mallory = Town("harbour"), Town("mallory")
    ask = an_ask(harbour)
    answers(mallory, ask, "full")

    assert stands(ask, harbour, mallory).answers == ()


def test_each_assembly_judges_for_itself_and_changes_its_mind() -> None:
    harbour, quarry, mill = (Town(name) for name in ("harbour", "quarry", "mill"))
    ask = an_ask(harbour)
    answer = answers(harbour, ask)
    judges(harbour, ask, answer, verdict="accepted", stage="done")
    judges(quarry, ask, answer, verdict="accepted")
    judges(quarry, ask, answer, verdict="not accepted")

    asked = stands(ask, harbour, quarry, mill)

    assert asked.verdicts == {harbour.id: "accepted", quarry.id: "not accepted"}
    assert asked.status == "implementing"


def test_who_is_no_party_does_not_judge() -> None:
    harbour, mallory = Town("harbour"), Town("mallory")
    ask = an_ask(harbour)
    judges(mallory, ask, answers(harbour, ask))
    records = {town.id: town.record for town in (harbour, mallory)}

    asked = carrying_out.asked(ask, records, [harbour.id])

    assert asked.judged == ()


@pytest.mark.parametrize(
    "forged",
    [
        "no decision",
        "rejected",
        "one signature only",
        "decided elsewhere",
        "another answer",
        "no answer, and one",
    ],
)
def test_a_judgement_that_the_assembly_did_not_decide_is_none(forged: str) -> None:
    town, other = Town("harbour"), Town("quarry")
    ask = an_ask(town)
    answer = answers(town, ask)
    match forged:
        case "no decision":
            judges(town, ask, answer, decision=ask.digest)
        case "rejected":
            decision = town.decides(outcome="rejected").digest
            judges(town, ask, answer, decision=decision)
        case "one signature only":
            decision = town.decides(confirmed=False).digest
            judges(town, ask, answer, decision=decision)
        case "decided elsewhere":
            judges(town, ask, answer, decision=other.decides().digest)
        case "another answer":
            judges(town, ask, answers(town, an_ask(town)))
        case _:
            judges(town, ask, answer, verdict="no answer")

    assert stands(ask, town, other).judged == ()


def test_the_newest_step_of_an_action_says_how_it_stands() -> None:
    harbour, quarry = Town("harbour"), Town("quarry")
    for state in ("offered", "taken", "done"):
        does(harbour, state)
    does(quarry, "doing")

    found = carrying_out.actions(
        RESULT, [harbour.record, quarry.record], proposal=PROPOSAL
    )

    states = {each.assembly: each.action.state for each in found}
    assert states == {harbour.id: "done", quarry.id: "doing"}
    assert not carrying_out.carried_out(found)


def test_it_is_carried_out_when_all_that_was_begun_is_done() -> None:
    harbour, quarry = Town("harbour"), Town("quarry")
    does(harbour, "done")
    does(harbour, "dropped", "2")
    records = [harbour.record, quarry.record]

    found = carrying_out.actions(RESULT, records, proposal=PROPOSAL)

    assert carrying_out.carried_out(found)
    assert not carrying_out.carried_out(
        each for each in found if each.action.state == "dropped"
    )


def test_no_later_step_moves_an_action_to_another_decision() -> None:
    town = Town("harbour")
    does(town, "done", follows=digest_of("another"))
    does(town, "done")
    does(town, "offered", "2")
    does(town, "done", "2", follows=digest_of("another"))

    found = carrying_out.actions(RESULT, [town.record], proposal=PROPOSAL)

    assert [(each.action.action, each.action.state) for each in found] == [
        ("2", "offered")
    ]


def test_in_which_order_the_records_are_held_makes_no_difference() -> None:
    towns = [Town(f"town-{n}") for n in range(4)]
    ask = an_ask(towns[0])
    answer = answers(towns[0], ask)
    for town in towns:
        judges(town, ask, answer, stage="done")
        does(town, "done")

    said = set()
    for seed in range(10):
        random.Random(seed).shuffle(towns)
        records = {town.id: town.record for town in towns}
        asked = carrying_out.asked(ask, records, sorted(records))
        found = carrying_out.actions(RESULT, records.values(), proposal=PROPOSAL)
        said.add((asked.status, tuple(asked.verdicts.items()), found))

    assert len(said) == 1
