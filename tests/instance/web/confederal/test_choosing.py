"""A choice among several, by the forms: proposed, instructed, voted, and counted."""

import re

from activitypub import canonical, proofs
from confederation.confederal.council import State
from confederation.record import Decision, Proposal
from instance import chamber
from instance.web.naming import in_hex
from tests.instance import three
from tests.instance.house import NOON, public, signed
from tests.instance.three import Three
from tests.instance.web.browsing import text_of
from tests.instance.web.choosing import CLAUSES, FIELDS, LATER, instructs, proposes
from tests.instance.web.hall import adopts, before
from tests.instance.web.seated import CHAIR, DANA, elects, path_of, votes_of
from tests.instance.web.sending import done, refused


async def test_a_choice_is_proposed_instructed_voted_on_and_shown_as_counted(
    council: Three,
) -> None:
    ours, other = council.houses
    proposal = await proposes(council)
    page, path = f"/proposals/{in_hex(proposal)}", path_of(council)
    await elects(council)
    async with before(ours, CHAIR) as (chair,):
        put = text_of(await chair.get(page))
    await instructs(council, proposal, "clause-2", "clause-1")
    delegate = three.mandates(council, other, proposal, "clause-2", until=LATER)

    async with before(ours, CHAIR, DANA) as (chair, dana):
        bound = await chair.get(path)
        form = await dana.get(f"{page}/vote")
        done(
            await dana.post(
                f"{page}/vote",
                **{"rank_clause-2": "1", "rank_clause-1": "2", "rank_keep": "3"},
            )
        )
        voted = text_of(await dana.get(f"{page}/vote"))
    three.votes(other, delegate, proposal, "clause-2 > keep", at=NOON)
    council.confer(NOON)
    council.confer(LATER)
    async with before(ours, CHAIR, at=LATER) as (chair,):
        counted = await chair.get(page)

    assert "Each assembly puts these in order:" in put
    assert all(clause in put for clause in CLAUSES)
    assert "In a tie, what stands earlier here goes first:" in put
    assert "Must begin with, in this order We buy pumps for every street. > We" in (
        text_of(bound)
    )
    assert "The ranking begins: We buy pumps for every street. > We raise" in text_of(
        form
    )
    # What the mandate says stands in the form already.
    assert re.search(r'name="rank_clause-2".*?value="1" selected', form)
    assert "rank.js" in form
    assert "We buy pumps for every street. > We raise the sea wall. > Keep" in voted
    assert council.standing(ours, proposal).state is State.CONFIRMED
    said = text_of(counted)
    assert "Adopted: We buy pumps for every street." in said
    assert (
        "Of the 2 that voted, 2 want it more than keeping things as they are." in said
    )
    assert "How many assemblies want the row more than the column" in said
    assert "In the order in which they were locked in" in said


async def test_the_clauses_of_the_text_are_the_options_beside_keeping_things(
    council: Three,
) -> None:
    proposal = await proposes(council, "1", "3", method="stv", seats="1")

    with council.houses[0].desk() as desk:
        text = chamber.proposal(desk, proposal).fact
    assert isinstance(text, Proposal)
    assert [option.id for option in text.options] == [
        "clause-1",
        "clause-3",
        "keep",
        "abstain",
    ]
    assert text.method.seats == 1
    assert [option.label for option in text.options[:2]] == [
        text.clauses[0].text,
        text.clauses[2].text,
    ]


async def test_what_is_no_choice_is_refused_and_stays_in_the_form(
    council: Three,
) -> None:
    ours = council.houses[0]
    motion = adopts(ours, *CLAUSES)
    at, compact = f"/motions/{motion}/propose", in_hex(council.compact.digest)
    async with before(ours, CHAIR) as (chair,):
        one = await chair.post(at, compact=compact, among=["2"], seats="", **FIELDS)
        strange = await chair.post(
            at, compact=compact, among=["1", "9"], seats="", **FIELDS
        )
        no_places = await chair.post(
            at,
            compact=compact,
            among=["1", "2"],
            seats="",
            **{**FIELDS, "method": "stv"},
        )
        too_many = await chair.post(
            at,
            compact=compact,
            among=["1", "2"],
            seats="3",
            **{**FIELDS, "method": "stv"},
        )

    refused(one, 422, "please tick two clauses or more")
    assert re.search(r'name="among" value="2" checked', one.text)
    refused(strange, 422, "The text has no clause 9.")
    refused(no_places, 422, "“How many places” needs a whole number")
    refused(too_many, 422, "no more than can be")


async def test_a_ranking_outside_the_mandate_or_with_gaps_is_refused(
    council: Three,
) -> None:
    ours = council.houses[0]
    proposal = await proposes(council)
    vote = f"/proposals/{in_hex(proposal)}/vote"
    await elects(council)
    await instructs(council, proposal, "clause-2", must_not="clause-3")

    async with before(ours, DANA) as (dana,):
        turned = await dana.post(vote, **{"rank_clause-1": "1", "rank_clause-2": "2"})
        red_line = await dana.post(vote, **{"rank_clause-2": "1", "rank_clause-3": "2"})
        gap = await dana.post(vote, **{"rank_clause-2": "1", "rank_keep": "3"})
        shared = await dana.post(vote, **{"rank_clause-2": "1", "rank_keep": "1"})
        empty = await dana.post(vote)
        aside = await dana.post(vote, choice="abstain")

    refused(turned, 403, "The mandate says to begin clause-2")
    refused(red_line, 403, "The mandate says never clause-3")
    refused(gap, 422, "begin with place 1 and leave none out")
    refused(shared, 422, "Two options have place 1.")
    refused(empty, 422, "at least the first choice place 1")
    refused(aside, 403, "The mandate says to begin clause-2")
    assert votes_of(ours, proposal, NOON) == []


async def test_who_keeps_their_own_key_takes_a_ranking_along(council: Three) -> None:
    ours, key = council.houses[0], proofs.new_key()
    proposal = await proposes(council)
    at = f"/proposals/{in_hex(proposal)}"
    await elects(council, key=public(key))
    await instructs(council, proposal, "clause-2")

    async with before(ours, DANA) as (dana,):
        form = await dana.get(f"{at}/vote")
        taken = await dana.http.get(
            f"{at}/vote-document?rank_clause-2=1&rank_keep=2&rank_clause-1="
        )
        document = canonical.read(taken.content)
        vote = canonical.canonical(signed(document, key))
        done(await dana.upload(f"{at}/hand-in", on=f"{at}/vote", file=vote))

    assert f'action="{at}/vote-document"' in form
    [filed] = votes_of(ours, proposal, NOON)
    assert filed.document is not None
    assert filed.document.choice == ("clause-2", "keep")


async def test_how_each_assembly_voted_by_which_way_stands_beside_the_count(
    council: Three,
) -> None:
    ours, other = council.houses
    proposal = await proposes(council)
    page = f"/proposals/{in_hex(proposal)}"
    channels = {
        "hands": {"for": 20, "against": 4, "abstain": 2},
        "online and paper": {"for": 10, "against": 5, "abstain": 0, "blank": 1},
    }
    theirs = three.mandates(
        council, other, proposal, "clause-1", channels=channels, until=LATER
    )
    three.votes(other, theirs, proposal, "clause-1", at=NOON)
    council.confer(NOON)
    council.confer(LATER)

    with ours.desk() as desk:
        [decision] = [
            entry.digest
            for _, held in chamber.holding(  # type: ignore[union-attr]
                desk, chamber.proposal(desk, proposal)
            ).records.items()
            for entry, fact in held.facts(Decision)
            if fact.channels and fact.on == proposal
        ]
    async with before(ours, CHAIR, at=LATER) as (chair,):
        counted = text_of(await chair.get(page))
        behind = text_of(await chair.get(f"/decisions/{in_hex(decision)}"))

    assert "hands: 20 for, 4 against, 2 abstaining" in counted
    assert "online and paper: 10 for, 5 against, 0 abstaining" in counted
    assert "Of these, by hands: 20 for, 4 against, 2 abstaining." in behind
    assert "by online and paper: 10 for, 5 against, 0 abstaining, 1 blank." in behind
