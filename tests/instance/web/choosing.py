"""A choice among clauses that our assembly puts before both, by the forms."""

from datetime import timedelta

from confederation.identifiers import Digest
from instance.web.naming import in_hex
from tests.instance.three import Three
from tests.instance.web import seated
from tests.instance.web.hall import before, confirms, decides
from tests.instance.web.seated import CHAIR, CLOSES, DANA, path_of
from tests.instance.web.sending import done

CLAUSES = (
    "We raise the sea wall.",
    "We buy pumps for every street.",
    "We plant trees along the shore.",
)


FIELDS = {
    "method": "ranked-pairs",
    "closes_at": CLOSES.strftime("%Y-%m-%dT%H:%M:%S"),
}


LATER = CLOSES + timedelta(hours=1)


async def proposes(
    council: Three, *among: str, method: str = "ranked-pairs", seats: str = ""
) -> Digest:
    """Put clauses of what our assembly adopted before both, to be put in order."""
    places = list(among or ("1", "2", "3"))
    return await seated.proposes(
        council, *CLAUSES, method=method, among=places, seats=seats
    )


async def instructs(council: Three, proposal: Digest, *must: str, **more: str) -> None:
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
                must=[*must, "", ""],
                reason="",
                valid_until="",
                report_due="",
                **more,
            )
        )
    confirms(ours)
