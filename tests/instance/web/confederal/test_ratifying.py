"""What was adopted goes back to us by one press, and everybody sees whom it binds."""

from datetime import datetime, timedelta

from confederation.confederal.council import State
from confederation.identifiers import Digest
from confederation.record import Ratification, Withdrawal
from instance import chamber
from instance.deciding import voting
from instance.store import records
from instance.web.naming import in_hex
from tests.instance.house import NOON, House
from tests.instance.three import Three, mandates, votes
from tests.instance.web.browsing import a_browser, text_of
from tests.instance.web.hall import adopts, before, decides
from tests.instance.web.outcomes import DURING, adopted, counts, opens_a_meeting
from tests.instance.web.seated import CAS, CHAIR, CLOSES, proposes
from tests.instance.web.sending import done, refused

BELL = CLOSES + timedelta(days=30)
AFTER = BELL + timedelta(days=1)


def answers_of(house: House, at: datetime = AFTER) -> list[bool]:
    with house.desk(at) as desk:
        known = records.ours(desk.connection)
        assert known is not None
        kept = chamber.record_of(desk, known.id)
        assert kept is not None
        return [fact.ratifies for _, fact in kept.facts(Ratification)]


async def test_an_outcome_goes_back_by_one_press_and_ends_in_force(
    council: Three,
) -> None:
    ours, theirs = council.houses
    proposal = await adopted(council)
    at = f"/proposals/{in_hex(proposal)}"
    opens_a_meeting(ours)
    async with before(ours, CHAIR, CAS, at=DURING) as (chair, cas):
        today = text_of(await chair.get("/today"))
        waiting = text_of(await cas.get(at))
        ballot_page = done(await chair.post(f"{at}/outcome", on=at))
        again = done(await chair.post(f"{at}/outcome", on=at))
        asked = text_of(await cas.get(at))
    counts(ours, ballot_page.rpartition("/")[2], 30, 4)
    opens_a_meeting(theirs)
    async with before(theirs, CHAIR, at=DURING) as (chair,):
        other = done(await chair.post(f"{at}/outcome", on=at))
    counts(theirs, other.rpartition("/")[2], 22, 9)
    council.confer(DURING)

    council.confer(AFTER)

    async with a_browser(ours, at=AFTER) as stranger:
        page = text_of(await stranger.get(at))
        own = council.compact.members[0].assembly
        kept = await stranger.get(f"/record/{in_hex(own)}")
    assert "Ratifies what the assemblies adopted (revision 1)" in text_of(kept)
    assert "Final word on which answers came in time" in text_of(kept)
    assert "Put the outcome to our assembly" in today
    assert "Adopted, being ratified" in waiting
    assert "0 of 2 have ratified it; 2 are needed" in waiting
    assert "4 weeks left" in waiting
    assert "silence is not consent" in waiting
    assert "Waiting for" not in waiting
    assert "Whoever leads the meeting puts it to us" in waiting
    assert again == ballot_page
    assert "It is being voted on now" in asked
    assert answers_of(ours) == [True]
    assert "Ratified and in force" in page
    assert page.count("Bound") == 2
    assert "Not bound" not in page


async def test_an_assembly_that_let_it_lapse_is_shown_not_bound(
    council: Three,
) -> None:
    ours = council.houses[0]
    proposal = await adopted(council)
    at = f"/proposals/{in_hex(proposal)}"
    with ours.desk(DURING) as desk:
        now = chamber.course(desk, chamber.proposal(desk, proposal))
    assert now is not None
    decides(ours, subject=now.result, at=DURING)
    council.confer(DURING)
    council.confer(AFTER)

    async with a_browser(ours, at=AFTER) as stranger:
        page = text_of(await stranger.get(at))
        listed = text_of(await stranger.get("/proposals"))

    # Two thirds of two assemblies are two.
    assert "Not in force: too few ratified it" in page
    assert "1 of 2 assemblies have ratified the outcome; 2 had to" in page
    assert "Lapsed: it did not answer" in page
    assert "Not in force" in listed


async def test_a_refusal_is_shown_and_may_be_changed_by_deciding_again(
    council: Three,
) -> None:
    ours = council.houses[0]
    proposal = await adopted(council)
    at = f"/proposals/{in_hex(proposal)}"
    opens_a_meeting(ours)
    async with before(ours, CHAIR, at=DURING) as (chair,):
        first = done(await chair.post(f"{at}/outcome", on=at))
        counts(ours, first.rpartition("/")[2], 3, 31)
        council.confer(DURING)
        refusing = text_of(await chair.get(at))
        second = done(await chair.post(f"{at}/outcome", on=at))
        counts(ours, second.rpartition("/")[2], 31, 3)
        council.confer(DURING)
        ratifying = text_of(await chair.get(at))

    assert answers_of(ours) == [False, True]
    assert "Does not ratify it" in refusing
    assert "Put the outcome to the assembly again" in refusing
    assert "1 of 2 have ratified it" in ratifying


async def test_the_page_of_a_meeting_offers_the_outcome_as_well(
    council: Three,
) -> None:
    ours = council.houses[0]
    proposal = await adopted(council)
    opens_a_meeting(ours)
    async with before(ours, CHAIR, at=DURING) as (chair,):
        offered = text_of(await chair.get("/sessions/s9"))
        page = done(
            await chair.post(
                "/sessions/s9/ballots",
                on="/sessions/s9",
                about="outcome",
                id=in_hex(proposal),
                question="Do we stand by it?",
                method="majority",
                channels="hands",
            )
        )
    counts(ours, page.rpartition("/")[2], 30, 4)
    council.confer(DURING)

    assert "What all have adopted: do we ratify it?" in offered
    assert answers_of(ours) == [True]


async def test_an_administrative_decision_is_in_force_when_it_is_adopted(
    council: Three,
) -> None:
    ours = council.houses[0]
    proposal = await adopted(council, "administrative")
    at = f"/proposals/{in_hex(proposal)}"

    async with before(ours, CHAIR, at=DURING) as (chair,):
        page = text_of(await chair.get(at))
        early = await chair.post(f"{at}/outcome", on="/today")

    assert "Administrative: in force once it is adopted" in page
    assert "It needs no ratification: it is in force, and binds" in page
    refused(early, 409, "No outcome of this proposal waits to be ratified.")


async def test_without_an_open_meeting_nothing_is_put(council: Three) -> None:
    ours = council.houses[0]
    proposal = await adopted(council)
    at = f"/proposals/{in_hex(proposal)}"

    async with before(ours, CHAIR, at=DURING) as (chair,):
        page = text_of(await chair.get(at))
        answer = await chair.post(f"{at}/outcome", on="/today")
    async with before(ours, CHAIR, at=AFTER) as (chair,):
        late = await chair.post(f"{at}/outcome", on="/today")

    assert "No meeting is open." in page
    refused(answer, 409, "No meeting is open.")
    refused(late, 409, "The time to ratify this outcome is over.")


async def test_a_proposal_is_withdrawn_by_a_decision_and_by_the_clerk(
    council: Three,
) -> None:
    ours, theirs = council.houses
    proposal = await proposes(council, "We lend each other dryers.")
    at = f"/proposals/{in_hex(proposal)}"
    opens_a_meeting(ours, NOON)
    async with before(ours, CHAIR, CAS) as (chair, cas):
        offered = text_of(await chair.get(at))
        page = done(await chair.post(f"{at}/put-withdrawal", on=at))
        id = page.rpartition("/")[2]
        too_early = await chair.post(f"{at}/withdraw", on=at, ballot=id)
        counts(ours, id, 30, 1, NOON)
        not_clerk = await cas.post(f"{at}/withdraw", on=at, ballot=id)
        press = await chair.get(at)
        done(await chair.post(f"{at}/withdraw", on=at, ballot=id))
        under_way = await chair.get(at)
        twice = await chair.post(f"{at}/withdraw", on="/today", ballot=id)
    council.confer(NOON)
    council.confer(NOON + timedelta(hours=1))

    async with a_browser(theirs, at=NOON + timedelta(hours=2)) as stranger:
        seen = text_of(await stranger.get(at))
    assert "Ask the assembly whether to withdraw it" in offered
    refused(too_early, 409, "")
    refused(not_clerk, 403, "This is for the clerk to do.")
    assert "Withdraw the proposal" in press
    assert "Withdraw the proposal" not in under_way
    assert "Our assembly has withdrawn it" in under_way
    assert done(twice) == at
    with ours.desk(NOON) as desk:
        held = chamber.holding(desk, chamber.proposal(desk, proposal))
        assert held is not None
        kept = held.records[held.proposal.assembly]
        assert len([*kept.facts(Withdrawal)]) == 1
    assert "Withdrawn by its assembly" in seen
    assert council.standing(theirs, proposal, NOON).state in (
        State.CONFIRMED,
        State.DETERMINED,
    )


async def test_a_decision_on_something_else_withdraws_nothing(council: Three) -> None:
    ours, theirs = council.houses
    proposal = await proposes(council, "We lend each other dryers.")
    at = f"/proposals/{in_hex(proposal)}"
    other = decides(ours)
    on_the_text = decides(ours, subject=proposal)

    async with before(ours, CHAIR) as (chair,):
        for id in (other, on_the_text):
            answer = await chair.post(f"{at}/withdraw", on="/today", ballot=id)
            refused(answer, 403, "Our assembly has not decided to withdraw this")
    async with before(theirs, CHAIR) as (chair,):
        theirs_not = await chair.post(f"{at}/put-withdrawal", on="/today")
        refused(theirs_not, 403, "Only the assembly that made a proposal")
        assert "Ask the assembly whether to withdraw it" not in await chair.get(at)


async def test_once_a_vote_is_certified_nothing_is_withdrawn(council: Three) -> None:
    ours = council.houses[0]
    proposal = await proposes(council, "We lend each other dryers.")
    at = f"/proposals/{in_hex(proposal)}"
    opens_a_meeting(ours, NOON)
    async with before(ours, CHAIR) as (chair,):
        page = done(await chair.post(f"{at}/put-withdrawal", on=at))
        id = page.rpartition("/")[2]
        counts(ours, id, 30, 1, NOON)
        given = mandates(council, ours, proposal, until=CLOSES)
        votes(ours, given, proposal, at=NOON)
        council.confer(NOON)

        answer = await chair.post(f"{at}/withdraw", on="/today", ballot=id)
        shown = await chair.get(at)

    refused(answer, 409, "A vote on this proposal is certified; it takes its course.")
    assert "Withdraw the proposal" not in shown


async def test_a_kind_that_was_not_offered_is_refused(council: Three) -> None:
    ours = council.houses[0]
    motion = adopts(ours, "We lend each other dryers.")

    async with before(ours, CHAIR) as (chair,):
        answer = await chair.post(
            f"/motions/{motion}/propose",
            compact=in_hex(council.compact.digest),
            method="majority-of-assemblies",
            closes_at=CLOSES.strftime("%Y-%m-%dT%H:%M:%S"),
            kind="secret",
        )

    refused(answer, 422, "“What kind of decision it is”")


def test_a_ballot_on_a_withdrawal_is_no_ballot_on_the_text() -> None:
    proposal = Digest(f"sha256:{'a' * 64}")

    subject = voting.withdrawal_of(proposal)

    assert subject != proposal
    assert subject == voting.withdrawal_of(proposal)
