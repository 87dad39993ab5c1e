"""A text with amounts before a compact, and a mandate that says how far it may go."""

from confederation.identifiers import Digest
from instance.web.naming import in_hex
from tests.instance.three import Three
from tests.instance.web import seated
from tests.instance.web.hall import before, confirms, decides
from tests.instance.web.seated import CHAIR, DANA, path_of
from tests.instance.web.sending import done

WALL, SPRING = "We repair the sea wall.", "We begin in spring."


async def proposes(
    council: Three,
    *clauses: str,
    amounts: tuple[str, ...] = (),
    amends: Digest | None = None,
) -> Digest:
    """Put a text with amounts before both assemblies, by the form."""
    return await seated.proposes(
        council,
        *clauses,
        amounts=list(amounts),
        amends="" if amends is None else in_hex(amends),
    )


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
