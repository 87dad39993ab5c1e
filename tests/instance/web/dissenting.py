"""A minority report, from its first words to its place in the record."""

import re

from confederation.identifiers import Digest
from instance import clerk
from instance.web.naming import in_hex
from tests.instance.house import NOON, House
from tests.instance.three import Three
from tests.instance.web.hall import before, decides
from tests.instance.web.seated import (
    CAS,
    DANA,
    ELI,
    SECOND,
)
from tests.instance.web.sending import done

WORDS = "It costs more than we have."
TARGETS = "And Hollis Quartermain knew it all along."


def a_decision(house: House) -> Digest:
    """Let the assembly decide something by hands; give the entry of it."""
    ballot = decides(house)
    with house.desk() as desk:
        found = clerk.published(desk, "Decision", ballot)
    assert found is not None
    return found


async def begins(house: House, on: Digest, *, at: str = "", named: str = "") -> str:
    """Let Cas begin a report that Dana and Eli are to review; give its page."""
    async with before(house, CAS) as (cas,):
        form = await cas.get(f"/dissents/new?decided={in_hex(on)}{at}")
        once = re.search(r'name="once" value="([^"]+)"', form)
        assert once is not None
        fields: dict[str, str | list[str]] = {
            "once": once[1],
            "decided": in_hex(on),
            "part": [WORDS, TARGETS, ""],
            "reviewer_1": house.members[DANA],
            "reviewer_2": house.members[ELI],
            "named": named,
        }
        new = f"/dissents/new?decided={in_hex(on)}"
        page = done(await cas.post("/dissents", on=new, **fields))
        again = done(await cas.post("/dissents", on=new, **fields))
    assert again == page
    return page


async def files(council: Three, *, named: str = "") -> tuple[Digest, str]:
    """File a report on a decision, signed by Cas and a teller; give both addresses."""
    ours = council.houses[0]
    on = a_decision(ours)
    page = await begins(ours, on, named=named)
    async with before(ours, SECOND) as (second,):
        done(await second.post(f"{page}/sign", on=page))
        done(await second.post(f"{page}/file", on=page))
    council.exchange(NOON)
    return on, page
