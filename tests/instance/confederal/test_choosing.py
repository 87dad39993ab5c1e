"""Three nodes count rankings alike, and whoever has the bundle counts them again."""

from dataclasses import replace

import pytest

from activitypub import canonical
from activitypub.canonical import JsonObject
from confederation import record
from confederation.confederal import tally, weighing
from confederation.confederal.council import State
from confederation.errors import NotEntitled
from confederation.identifiers import Digest, OptionId
from instance import bundle, chamber, clerk, verification, vocabulary
from instance.bundle import Verdict
from instance.store import events, posts
from tests.instance.bundles import exported
from tests.instance.house import House, signed
from tests.instance.three import (
    LATER,
    OPENS,
    Three,
    a_vote,
    mandates,
    proposes,
    the_key,
    the_record,
    votes,
)

OPTIONS = ("wall", "pumps", "trees", "keep", "abstain")
CAST = ("wall > pumps > keep", "pumps > trees", "trees > pumps > keep > wall")
"""Nobody's first choice but one's, and what most can live with: the pumps."""


def chooses(
    together: Three,
    name: str = "ranked-pairs",
    *,
    seats: int | None = None,
    cast: tuple[str, ...] = CAST,
) -> Digest:
    """Let each assembly rank, under a mandate to begin as it does, and settle it."""
    proposal = opened(together, name, seats=seats, cast=cast)
    together.confer(LATER)
    return proposal


def opened(
    together: Three,
    name: str = "ranked-pairs",
    *,
    seats: int | None = None,
    cast: tuple[str, ...] = CAST,
) -> Digest:
    """Let each assembly rank, and all of them receive it before it closes."""
    with together.houses[0].desk() as desk:
        options = tuple(
            record.Choice(
                id=OptionId(option),
                label=events.keep_wording(desk.connection, f"The {option}"),
            )
            for option in OPTIONS
        )
    proposal = proposes(
        together,
        together.houses[0],
        options=options,
        method=record.Method(name=name, seats=seats),
    )
    together.confer(OPENS)
    for house, ranking in zip(together.houses, cast, strict=True):
        begins = ranking.split(" > ")[0]
        delegate = mandates(together, house, proposal, begins, at=OPENS)
        votes(house, delegate, proposal, ranking)
    together.confer(OPENS)
    return proposal


@pytest.mark.parametrize(
    ("name", "seats", "chosen"),
    [
        ("ranked-pairs", None, ("pumps",)),
        ("schulze", None, ("pumps",)),
        ("stv", 2, None),
        ("instant-runoff", None, None),
    ],
)
def test_all_reach_one_count_and_a_stranger_reaches_it_too(
    together: Three, name: str, seats: int | None, chosen: tuple[str, ...] | None
) -> None:
    proposal = chooses(together, name, seats=seats)

    seen = {
        bundle.result_bytes(together.standing(house, proposal))
        for house in together.houses
    }
    data = exported(together.houses[2], proposal)
    report = bundle.verify(data, together.compact.digest)
    assert report.verdict is Verdict.VERIFIED
    assert seen == {bundle.result_bytes(report)}
    assert report.result is not None
    assert report.result.ranked is not None
    assert chosen in (None, report.result.ranked.chosen)
    assert report.result.outcome == "adopted"
    assert f"by {name}, first choices as above; picked: " in report.as_text()
    assert together.standing(together.houses[1], proposal).state is State.CONFIRMED


def test_the_posts_say_how_a_delegate_ranks_and_what_was_chosen(
    together: Three,
) -> None:
    proposal = chooses(together)

    with together.houses[2].desk(LATER) as desk:
        told = desk.connection.execute("select body from object").fetchall()
    said = " ".join(row["body"] for row in told)
    assert "The trees &gt; The pumps" in said or "The trees > The pumps" in said
    assert "Chosen: <strong>The pumps</strong>" in said
    assert "must begin with, in this order: The trees." in said
    with together.houses[0].desk(LATER) as desk:
        assert posts.carrier_of(desk.connection, proposal) is not None


def test_another_count_is_a_dissent_that_names_where_it_differs(
    together: Three,
) -> None:
    proposal = opened(together)
    mill = together.houses[2]
    with mill.desk(OPENS) as desk:
        held = chamber.holding(desk, chamber.proposal(desk, proposal))
        assert held is not None
        weighed = weighing.weigh(held)
        honest = tally.count(held.compact, held.proposal, weighed.positions)
    assert honest.ranked is not None
    lie = replace(honest, ranked=replace(honest.ranked, chosen=(OptionId("trees"),)))
    said = record.Witness(
        proposal=proposal,
        final=True,
        seen=tuple((e.seat, e.revision, e.digest) for e in weighed.revisions),
    )
    document = verification.result_document(lie)
    false = record.Attestation(
        proposal=proposal, result=lie, result_hash=Digest(canonical.digest(document))
    )
    with mill.desk(LATER) as desk:
        clerk.publish(desk, "Witness", vocabulary.wire(said))
        body = {**vocabulary.wire(false), "result": document}
        clerk.publish(desk, "Attestation", body)
    together.confer(LATER)

    report = bundle.verify(
        exported(together.houses[1], proposal), together.compact.digest
    )

    assert report.verdict is Verdict.VERIFIED
    [dissent] = report.dissents
    assert 'says "trees" at /ranked/chosen/0' in dissent.says
    assert 'the records give "pumps"' in dissent.says


@pytest.mark.parametrize("twist", ["null", "another kind", "more", "less"])
def test_a_count_that_is_not_written_as_counts_are_says_nothing(
    together: Three, twist: str
) -> None:
    chooses(together)
    house = together.houses[0]
    honest = next(e for e in the_record(house) if e["type"] == "Attestation")
    result = dict(_object(honest["result"]))
    ranked = dict(_object(result["ranked"]))
    if twist == "another kind":
        ranked["wanted"] = "3"
    elif twist == "more":
        ranked["extra"] = 1
    elif twist == "less":
        del ranked["paths"]
    result["ranked"] = None if twist == "null" else ranked
    document = resigned(house, honest, result)

    read = verification.read_signed_entry(document, canonical.canonical(document))

    assert read.entry.fact == record.Unread(type="Attestation")


def test_a_vote_against_a_mandate_to_begin_otherwise_is_filed_by_nobody(
    together: Three,
) -> None:
    with together.houses[0].desk() as desk:
        options = tuple(
            record.Choice(
                id=OptionId(option), label=events.keep_wording(desk.connection, option)
            )
            for option in OPTIONS
        )
    proposal = proposes(
        together,
        together.houses[0],
        options=options,
        method=record.Method(name="schulze"),
    )
    together.confer(OPENS)
    first, second = together.houses[:2]
    delegate = mandates(together, first, proposal, "wall", "keep", at=OPENS)
    against = a_vote(delegate, proposal, "keep > wall")
    together.exchange(OPENS)

    with first.desk(OPENS) as desk, pytest.raises(NotEntitled, match="begin wall"):
        chamber.file_vote(desk, against)
    with second.desk(OPENS) as desk:
        chamber.hear_vote(desk, against)
        held = chamber.holding(desk, chamber.proposal(desk, proposal))
        assert held is not None
        [(_, finding)] = chamber.strays(desk, held)
    assert finding.rule.value == "outside instruction"


def resigned(house: House, honest: JsonObject, result: JsonObject) -> JsonObject:
    plain = {name: value for name, value in honest.items() if name != "proof"}
    plain |= {"result": result, "resultHash": canonical.digest(result)}
    return signed(plain, the_key(house, "record"))


def _object(value: object) -> JsonObject:
    assert isinstance(value, dict)
    return value
