"""What the law of a place means for a decision is said beside it, never in it."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.errors import Unknown
from confederation.identifiers import Digest
from instance import chamber
from instance.desk import Desk
from instance.store import jurisdiction_notes
from instance.web import asking
from instance.web.forms import Form
from instance.web.naming import in_hex
from instance.web.site import Site, see_other

LONGEST: Final = 2_000


def write(desk: Desk, digest: Digest, words: str) -> None:
    """Write the note beside a proposal or a compact; without words there is none.

    Raises:
        Unknown: neither is known here by this digest.
    """
    if chamber.compact_of(desk, digest) is None and not _is_proposal(desk, digest):
        raise Unknown("No such proposal or compact is known here.")
    if words:
        jurisdiction_notes.keep(desk.connection, digest, words, at=desk.seconds)
    else:
        jurisdiction_notes.forget(desk.connection, digest)


def _is_proposal(desk: Desk, digest: Digest) -> bool:
    return any(each.digest == digest for each in chamber.proposals(desk))


def routes(site: Site) -> list[Route]:
    def writing(pages: str) -> Route:
        async def written(request: Request, form: Form) -> Response:
            asking.an_officer(request, "clerk")
            digest = asking.digest(request)
            form.only("words")
            words = form.text("words", "Under the law here", least=0, most=LONGEST)
            await site.work(lambda desk: write(desk, digest, words))
            return see_other(f"/{pages}/{in_hex(digest)}")

        return site.form(f"/{pages}/{{hex}}/jurisdiction", written)

    return [writing("proposals"), writing("compacts")]
