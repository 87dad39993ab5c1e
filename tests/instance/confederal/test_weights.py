"""Three nodes count by weight, and two programs that share nothing say the same."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from activitypub import canonical
from activitypub.canonical import JsonObject
from confederation import assembly
from confederation.confederal import tally
from confederation.confederal.compact import Compact, Rules, Weighing
from confederation.confederal.legitimacy import STEPS
from confederation.identifiers import CompactId, OptionId, SessionId
from confederation.record import Electorate, Method, Sitting
from instance import bundle, chamber, clerk, node, verification, vocabulary
from instance.bundle import Verdict
from instance.confederal import evidence, vouching
from instance.store import compacts
from instance.web.naming import in_hex
from tests.instance.amending import carried, changes, following, hand_round
from tests.instance.house import NOON, House
from tests.instance.three import (
    OPENS,
    Three,
    act,
    assembly_of,
    decides,
    mandates,
    proposes,
    three,
    votes,
)
from tests.instance.web.hall import before
from tests.instance.web.sending import done
from tests.second import verify as second
from tests.second.comparing import both

AT = OPENS + timedelta(hours=6)
CLOSES = AT + timedelta(hours=4)
AFTER = CLOSES + timedelta(hours=1)
MINUTES = timedelta(minutes=10)
WEIGHTED = Method(name="weighted-majority")
BLOC = Rules(
    adopt="weighted-majority", weighing=Weighing(two=50, three=150, cast="bloc")
)
AS_IT_WAS = {
    "purpose": "To settle together what we share.",
    "threshold": "",
    "quorum": "1/2",
    "adopt": "weighted-majority",
    "themes": "",
    "more_than": "150",
    "meetings": "3",
    "measure": "median",
    "visits": "2",
    "seat_0": "member",
    "seat_1": "member",
    "seat_2": "member",
    "title": "",
    "why": "",
}
"""What the form of a change says; it has no field for a weight."""


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
    weighing = Weighing(two=50, three=150, cast=cast)  # type: ignore[arg-type]
    together = three(directory, replace(BLOC, weighing=weighing))
    first = together.compact
    return voted(grown(together, 3, 1, 2), first, *choices)


def voted(together: Three, first: Compact, *choices: str) -> Counted:
    """Let the three vote by weight, and export what came of it."""
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


async def attested(together: Three, *visited_by: House) -> Three:
    """Let the first claim three meetings of 170 and these say that they were there.

    The second writes down a version with what then follows of weight, by the form that
    takes no weight from anybody. All vote for it.
    """
    harbour, quarry, _ = together.houses
    identity = CompactId(together.compact.identity)
    sittings = [sitting(harbour, number) for number in range(3)]
    with harbour.desk() as desk:
        evidence.claim(desk, identity, sittings)
        clerk.publish_ready(desk)
    together.exchange(NOON)
    page = f"/compacts/{in_hex(identity)}"
    seen = f"{page}/evidence/{in_hex(assembly_of(harbour))}"
    for house in visited_by:
        async with before(house, an_officer(house)) as (clerk_,):
            for each in sittings:
                said = {"confirms": "yes", "present": "165", "session": each.session}
                decision = in_hex(decides(house))
                path = f"{seen}/visit"
                done(await clerk_.post(path, on=seen, decision=decision, **said))
    together.exchange(NOON)
    async with before(quarry, an_officer(quarry), at=OPENS) as (clerk_,):
        path = f"{page}/change"
        drafted = done(await clerk_.post(path, **AS_IT_WAS))
    with quarry.desk(OPENS) as desk:
        version = compacts.change_of(desk.connection, drafted.rpartition("/")[2])
        assert version is not None
        new = chamber.compact_of(desk, version)
        assert new is not None
    carried(together, changes(together, new, by=1, method=WEIGHTED), new, at=OPENS)
    return replace(together, compact=new)


def an_officer(house: House) -> int:
    """Make the first member of a house its clerk."""
    with house.desk() as desk:
        grant = assembly.GrantRole(
            member=house.members[0], role="clerk", by=None, at=desk.now
        )
        node.perform(desk, "assembly:it", grant)
    return 0


def sitting(house: House, number: int) -> Sitting:
    """Hold a meeting of 170, of whom 160 live here, as its tellers confirm."""
    session = SessionId(f"s{number}")
    counted = Electorate(session=session, present=170, members=170, basis="cards")
    return Sitting(
        session=session,
        held=NOON,
        electorate=act(house, counted, subject=f"{session} 170", at=NOON),
        present=170,
        residents=160,
        basis="cards",
        steps=dict.fromkeys(STEPS, True),
        countersigned=2,
    )


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


@pytest.mark.parametrize(
    ("visitors", "weight", "outcome"), [(2, 3, "adopted"), (1, 1, "rejected")]
)
async def test_what_peers_saw_on_their_visits_turns_a_decision(
    tmp_path: Path, visitors: int, weight: int, outcome: str
) -> None:
    together = three(tmp_path, BLOC)
    first = together.compact
    together = await attested(together, *together.houses[1 : 1 + visitors])
    assert [seat.weight for seat in together.compact.members] == [weight, 1, 1]

    # The one that was visited is for it, and the two that weigh one are against it.
    story = voted(together, first, "for", "against", "against")
    report = bundle.verify(story.data, first.digest)

    assert report.verdict is Verdict.VERIFIED, report.missing
    assert report.result is not None
    assert report.result.outcome == outcome
    ours, theirs = both(story.data, first.digest)
    assert ours == theirs


def test_a_vote_on_paper_weighs_what_its_seat_does(tmp_path: Path) -> None:
    weighing = Weighing(two=50, three=150, cast="split")
    together = three(tmp_path, replace(BLOC, weighing=weighing))
    first = together.compact
    together = grown(together, 3, 1, 2)
    dark, *awake = together.houses
    proposal = proposes(
        together, awake[0], at=AT, opens=AT, closes=CLOSES, method=WEIGHTED
    )
    together.confer(AT)
    mandates(together, dark, proposal, at=AT, until=AFTER, paper_vote=True)
    together.confer(AT + MINUTES)
    now = AT + 2 * MINUTES
    for house in awake:
        given = mandates(together, house, proposal, "abstain", at=AT, until=AFTER)
        votes(house, given, proposal, "abstain", at=now)
    with awake[0].desk(now) as desk:
        choice = [OptionId("for")]
        paper = vouching.file(desk, proposal, assembly_of(dark), choice).digest
    together.exchange(now, among=awake)
    with awake[1].desk(now) as desk:
        vouching.countersign(desk, proposal, paper)
    together.confer(now, among=awake)
    together.confer(AFTER, among=awake)
    with awake[0].desk(AFTER) as desk:
        data = bundle.export(desk, proposal)

    report = bundle.verify(data, first.digest)

    assert report.result is not None
    assert report.result.figures.weights == {
        "for": "30/13",
        "against": "9/13",
        "abstain": "3",
    }
    ours, theirs = both(data, first.digest)
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
