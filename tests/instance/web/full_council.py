"""A node with one of everything that assemblies do together, for tests of its pages."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from instance.web.naming import in_hex
from tests.instance import amending, three
from tests.instance.house import NOON, House
from tests.instance.three import assembly_of
from tests.instance.web import (
    bounds,
    choosing,
    claiming,
    dissenting,
    outcomes,
    raising,
    seated,
)
from tests.instance.web.drafting import begins, three_that_share
from tests.instance.web.evening import ONCE
from tests.instance.web.hall import adopts, before, joins
from tests.instance.web.seated import CAS, CHAIR, DANA, elects, path_of
from tests.instance.web.sending import done

SOON = NOON + timedelta(hours=3)
DURING = outcomes.DURING


@dataclass(frozen=True, slots=True, kw_only=True)
class FullCouncil:
    """The first of three nodes. ``aside`` are pages that no link leads to."""

    house: House
    aside: tuple[str, ...]


async def a_full_council(directory: Path) -> FullCouncil:
    """Let three assemblies do, at noon, whatever there is a page for."""
    valleys, issue = three_that_share(directory / "council")
    ours, theirs, _ = valleys.houses
    for house in valleys.houses:
        joins(house, valleys.compact.digest)
    valleys.exchange(NOON)
    newcomer = amending.a_newcomer(directory / "council")
    wider = amending.introduce(valleys, newcomer)
    amending.applies(wider, newcomer)
    wider.exchange(NOON)
    await raising.raises(theirs, raising.DAMP)
    async with before(ours, CHAIR) as (chair,):
        await begins(chair, in_hex(issue), valleys.houses)
    await outcomes.adopted(valleys)
    await elects(valleys)
    wall = await bounds.proposes(valleys, bounds.WALL, amounts=("pounds = 1200",))
    await bounds.binds(valleys, wall)
    three.mandates(valleys, theirs, wall, "for", paper_vote=True)
    await bounds.proposes(valleys, "We repair half the wall.", amends=wall)
    ranked = await choosing.proposes(valleys)
    await choosing.instructs(valleys, ranked, "clause-2", "clause-1")
    await seated.proposed(valleys)
    decision, dissent = await dissenting.files(valleys, named="yes")
    claiming.says(valleys, theirs)
    motion = adopts(ours, "We go on as two.", qualified=True)
    seat = path_of(valleys)
    async with before(ours, CHAIR, CAS, DANA) as (chair, cas, dana):
        done(await cas.post(f"{seat}/recall", on=seat, reason="Too slow."))
        report = f"{seat}/reports/1"
        done(await dana.post(f"{report}/file", on=report, text="They listened."))
        done(await cas.post(f"{report}/question", on=report, question="Who pays?"))
        new = f"/asks/new?decision={in_hex(decision)}"
        once = ONCE.search(await chair.get(new))
        assert once is not None
        ask = done(
            await chair.post(
                "/asks",
                on=new,
                once=once[1],
                decision=in_hex(decision),
                authority="Housing office of the town",
                contact="housing@council.example",
                text="Mend the roofs of the twelve houses in Quay Lane.",
                answer_by="2026-12-20T18:00",
            )
        )
        done(await chair.post(f"{ask}/letter", on=ask))
        evidence = claiming.at(valleys, theirs)
        done(
            await chair.post(
                f"{evidence}/challenge",
                on=evidence,
                criterion="attendance",
                grounds="Nobody lives there.",
                reply_by="2026-12-20T12:00:00",
                decision=in_hex(decision),
            )
        )
    valleys.exchange(NOON)
    return FullCouncil(
        house=ours,
        aside=(
            dissent,
            f"/motions/{motion}/carry-out",
            f"{seat}/reports/1",
            f"/record/{in_hex(assembly_of(ours))}/who",
        ),
    )
