"""A mandate says how far a text may be amended; what goes beyond comes back to us."""

from confederation.confederal import mandate
from confederation.confederal.mandate import Bound
from confederation.identifiers import CompactId, Digest
from instance import chamber, node
from instance.web.naming import in_hex
from tests.instance.house import House
from tests.instance.three import Three
from tests.instance.web.bounds import SPRING, WALL, binds, proposes
from tests.instance.web.browsing import text_of
from tests.instance.web.hall import adopts, before, confirms, decides
from tests.instance.web.seated import CAS, CHAIR, CLOSES, DANA, elects, path_of, seat_at
from tests.instance.web.sending import done, refused


def bound_of(house: House, proposal: Digest) -> Bound:
    with house.desk() as desk:
        held = chamber.holding(desk, chamber.proposal(desk, proposal))
        assert held is not None
        kept = held.records[held.compact.members[0].assembly]
        return mandate.bound(kept, kept.size, held.matter)


async def test_a_mandate_covers_an_amended_text_within_its_bounds(
    council: Three,
) -> None:
    ours = council.houses[0]
    first = await proposes(council, WALL, SPRING, amounts=("pounds = 1200", ""))
    await elects(council)
    await binds(
        council,
        first,
        may_amend="2",
        **{"least-1-pounds": "1000", "most-1-pounds": "1500"},
    )

    second = await proposes(
        council,
        WALL,
        "We begin in autumn.",
        amounts=("pounds = 1400", ""),
        amends=first,
    )

    assert bound_of(ours, second).word == "instructed"
    async with before(ours, DANA) as (dana,):
        assert "Referred back" not in text_of(
            await dana.get(f"/proposals/{in_hex(second)}")
        )
        done(await dana.post(f"/proposals/{in_hex(second)}/vote", choice="for"))
        page = text_of(await dana.get(path_of(council)))
    assert "May agree to other words in these clauses: 2." in page
    assert "In clause 1, pounds may be from 1000 to 1500." in page


async def test_what_goes_beyond_comes_back_with_the_difference_and_one_press(
    council: Three,
) -> None:
    ours = council.houses[0]
    first = await proposes(council, WALL, SPRING, amounts=("pounds = 1200", ""))
    await elects(council)
    await binds(council, first, **{"least-1-pounds": "1000", "most-1-pounds": "1500"})

    second = await proposes(
        council,
        WALL,
        "We begin in autumn.",
        amounts=("pounds = 1800", ""),
        amends=first,
    )
    at = f"/proposals/{in_hex(second)}"
    async with before(ours, CHAIR, CAS, DANA) as (chair, cas, dana):
        seen = text_of(await cas.get(at))
        today = text_of(await cas.get("/today"))
        vote = await dana.post(f"{at}/vote", choice="for")
        listed = text_of(await cas.get("/proposals"))
        idle = text_of(await chair.get(at))
        ballot = await dana.get(f"{at}/vote")
        closed = await chair.post(f"{at}/put", on=at)

    assert bound_of(ours, second).word == "refer back"
    assert "Referred back to us: the text was changed" in seen
    assert "Clause 1: pounds was 1200 and is now 1800; we allowed 1000 to 1500." in seen
    assert "Clause 2 has other words." in seen
    assert "gone: spring new: autumn" in " ".join(seen.split())
    assert "Put it to the assembly again" not in seen
    assert "Decide again: the text was changed" in today
    refused(vote, 403, "Clause 1 was changed further than the mandate lets it be.")
    assert "No meeting is open. Open one" in idle
    assert "Put it to the assembly again" not in idle
    refused(closed, 409, "No meeting is open.")
    assert WALL in ballot
    assert "There is no vote to file now" in ballot
    assert 'name="choice"' not in ballot
    assert listed.count(WALL) == 2, "texts of one title are told apart"

    decides(ours, subject=second)
    async with before(ours, CHAIR, CAS) as (chair, cas):
        front = text_of(await cas.get("/"))
        to_do = text_of(await chair.get("/today"))
        later = text_of(await cas.get(at))
        older = text_of(await cas.get(f"/proposals/{in_hex(first)}"))

    assert "What our delegate must do mandate : referred back" in front
    assert "Decide again" not in to_do
    assert "Give our delegate the mandate" in to_do
    assert "puts it to us again" not in later
    assert "The clerk gives our delegate the mandate" in later
    assert "A changed text was put in its place" in older


async def test_a_delegate_may_be_told_what_to_do_on_whatever_comes(
    council: Three,
) -> None:
    ours, path = council.houses[0], path_of(council)
    await elects(council)
    identity = Digest(council.compact.identity)
    with ours.desk() as desk:
        [joined] = node.assembly_here(desk).carried_out
    decided = decides(ours, subject=identity)
    async with before(ours, CHAIR) as (chair,):
        by_joining = await chair.post(
            f"{path}/mandate",
            on=path,
            holder=ours.members[DANA],
            ballot=joined,
            proposal=in_hex(identity),
            must="for",
        )
        done(
            await chair.post(
                f"{path}/mandate",
                on=path,
                holder=ours.members[DANA],
                ballot=decided,
                proposal=in_hex(identity),
                must="abstain",
                paper_vote="yes",
            )
        )
    confirms(ours)

    proposal = await proposes(council, WALL)

    refused(by_joining, 403, "To join a compact says nothing of what comes before it.")
    given = seat_at(ours, CompactId(identity)).mandate
    assert given is not None
    assert given.terms.scope == "compact"
    assert given.terms.paper_vote
    assert bound_of(ours, proposal).word == "instructed"
    async with before(ours, DANA) as (dana,):
        done(await dana.post(f"/proposals/{in_hex(proposal)}/vote", choice="abstain"))
        page = text_of(await dana.get(path))
    assert "Whatever else comes before the assemblies" in page


async def test_limits_have_two_ends_and_amounts_are_exact(council: Three) -> None:
    ours, path = council.houses[0], path_of(council)
    first = await proposes(council, WALL, amounts=("pounds = 1200",))
    await elects(council)
    decided = decides(ours, subject=first)
    fields = {
        "holder": ours.members[DANA],
        "ballot": decided,
        "proposal": in_hex(first),
        "must": "for",
    }
    motion = adopts(ours, WALL)
    async with before(ours, CHAIR) as (chair,):
        at = f"{path}/mandate"
        one_end = await chair.post(at, on=path, **fields, **{"least-1-pounds": "1"})
        turned = await chair.post(
            at, on=path, **fields, **{"least-1-pounds": "9", "most-1-pounds": "1"}
        )
        no_clause = await chair.post(at, on=path, **fields, may_amend="7")
        strange = await chair.post(
            f"/motions/{motion}/propose",
            compact=in_hex(council.compact.digest),
            method="majority-of-assemblies",
            closes_at=CLOSES.strftime("%Y-%m-%dT%H:%M:%S"),
            amounts="a lot of money",
        )

    refused(one_end, 422, "give the least and the most")
    refused(turned, 422, "The least that is allowed is more than the most.")
    refused(no_clause, 422, "this was not offered")
    refused(strange, 422, "written like pounds = 1200")
