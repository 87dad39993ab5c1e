"""A text with amounts before a compact, and a mandate that says how far it may go."""

from confederation.identifiers import Digest
from instance.web.naming import in_hex
from tests.instance.house import NOON
from tests.instance.three import Three
from tests.instance.web.hall import adopts, before, confirms, decides
from tests.instance.web.seated import CHAIR, CLOSES, DANA, path_of
from tests.instance.web.sending import done


async def proposes(
    council: Three,
    *clauses: str,
    amounts: tuple[str, ...] = (),
    amends: Digest | None = None,
) -> Digest:
    """Put a text with amounts before both assemblies, by the form."""
    ours = council.houses[0]
    motion = adopts(ours, *clauses)
    async with before(ours, CHAIR) as (chair,):
        page = done(
            await chair.post(
                f"/motions/{motion}/propose",
                compact=in_hex(council.compact.digest),
                method="majority-of-assemblies",
                closes_at=CLOSES.strftime("%Y-%m-%dT%H:%M:%S"),
                amounts=list(amounts),
                amends="" if amends is None else in_hex(amends),
            )
        )
    council.confer(NOON)
    return Digest(f"sha256:{page.rpartition('/')[2]}")


async def binds(council: Three, proposal: Digest, **more: str) -> None:
    ours, path = council.houses[0], path_of(council)
    decided = decides(ours, subject=proposal)
    async with before(ours, CHAIR) as (chair,):
        done(
            await chair.post(
                f"{path}/mandate",
                on=path,
                holder=ours.members[DANA],
                ballot=decided,
                proposal=in_hex(proposal),
                must="for",
                **more,
            )
        )
    confirms(ours)


WALL, SPRING = "We repair the sea wall.", "We begin in spring."
