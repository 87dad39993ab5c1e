"""A ballot on paper: papers to fill in, cut from a page, and a sheet to tally them on.

A paper has nothing on it that tells it from another. A tally sheet has a serial, by
which a teller can say which sheet they signed.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.counting.score import MOST_POINTS
from confederation.deciding.question import SHARES_PLACES, Asks, Terms
from confederation.identifiers import BallotId
from instance.deciding import voting
from instance.desk import Desk
from instance.web import paper
from instance.web.deciding import marking
from instance.web.deciding.ballots import Option, labels_of
from instance.web.deciding.methods import HOW_TO_MARK, WAYS, Way
from instance.web.naming import our_name
from instance.web.site import Site
from instance.web.visits import the_member

FEW_OPTIONS: Final = 4
FEW_WITH_POINTS: Final = 2
"""Up to so many options four papers stand on a page, and two where there are more."""

SPARE: Final = 2
"""How many papers more than people there are at least, for whoever spoils one."""

IN_A_SERIAL: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPage:
    """A ballot as it is printed; ``per_page`` papers stand on a page.

    All papers are alike, so one page is printed in so many ``copies``.
    """

    id: str
    whose: str
    question: str
    way: Way
    asks: Asks
    how_to_mark: str
    options: tuple[Option, ...]
    secret: bool
    share_places: bool
    points: tuple[int, ...]
    dots: int
    most_dots: int
    seats: int
    per_page: int
    copies: int
    room: int
    serials: tuple[str, ...]
    example: str


def routes(site: Site) -> list[Route]:
    async def shown(request: Request, template: str) -> Response:
        the_member(request)
        id = BallotId(request.path_params["id"])
        large = paper.is_large(request)
        page = await site.node.look(lambda desk: view(desk, id, large=large))
        return paper.show(request, template, back=f"/ballots/{id}", page=page)

    async def papers(request: Request) -> Response:
        return await shown(request, "sheet_votes.html")

    async def tally(request: Request) -> Response:
        return await shown(request, "sheet_votes_tally.html")

    return [
        site.page("/ballots/{id}/paper", papers),
        site.page("/ballots/{id}/tally", tally),
    ]


def view(desk: Desk, id: BallotId, *, large: bool) -> SheetPage:
    """Lay out the papers of a ballot, for all who may vote in the room.

    Raises:
        Unknown: there is no such ballot.
    """
    terms = voting.terms_of(voting.opened(desk, id))
    words = voting.read_paper(desk, terms)
    labels = labels_of(terms, words)
    per_page = _per_page(terms, large=large)
    room = terms.electorate.room or terms.electorate.present
    return SheetPage(
        id=id,
        whose=our_name(desk),
        question=words.question,
        way=WAYS[terms.method],
        asks=terms.asks,
        how_to_mark=HOW_TO_MARK[terms.asks],
        options=tuple(Option(id=each, label=labels[each]) for each in terms.choices),
        secret=terms.secret,
        share_places=terms.method in SHARES_PLACES,
        points=tuple(range(MOST_POINTS + 1)),
        dots=terms.rules.dots,
        most_dots=terms.rules.most_dots,
        seats=terms.seats,
        per_page=per_page,
        copies=-(-(room + SPARE) // per_page),
        room=room,
        serials=tuple(serial(id, sheet) for sheet in ("A", "B")),
        example=marking.example(terms) if terms.options else "",
    )


def serial(id: BallotId, sheet: str) -> str:
    """Return the serial of one teller's tally sheet, the same however often printed."""
    mark = sha256(f"tally sheet\n{id}\n{sheet}".encode()).hexdigest()[:IN_A_SERIAL]
    return f"{sheet}-{mark[:4]}-{mark[4:]}".upper()


def _per_page(terms: Terms, *, large: bool) -> int:
    if large:
        return 1
    few = FEW_WITH_POINTS if terms.asks == "points" else FEW_OPTIONS
    return 4 if len(terms.choices) <= few else 2
