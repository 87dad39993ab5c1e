"""Statements on paper: a sheet to mark, and two people who copy each one alike.

A sheet has no name and no number on it. Whoever copies them numbers them in pencil as
they come, so that the second person knows which is which.
"""

import re
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.deciding import common_ground
from confederation.deciding.bridging import Mark
from confederation.errors import ByNumber, Invalid, Refused
from confederation.identifiers import MemberId
from confederation.meeting import double_entry
from instance.desk import Desk
from instance.meeting import ground, participants
from instance.store import marked
from instance.web import paper
from instance.web.deciding.ground_view import GroundPage, view
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.visits import Member, the_member

MOST_SHEETS: Final = 9_999
MOST_IN_A_ROW: Final = 300
LETTERS: Final[dict[str, Mark | None]] = {
    "a": "agree",
    "d": "disagree",
    "p": "pass",
    "-": None,
}
"""How a mark is typed; a dash is a statement that was left out."""
_NUMBERED: Final = re.compile(r"([0-9]{1,4})\s*([a-z-])")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage:
    """Sheets to be copied; ``waiting`` are the numbers of those copied once.

    ``copied`` is the number of the one that was just copied.
    """

    of: GroundPage
    waiting: tuple[int, ...]
    example: str
    copied: int | None


def routes(site: Site) -> list[Route]:
    async def sheet(request: Request) -> Response:
        member = the_member(request)
        shown = await site.node.look(
            lambda desk: view(desk, _id(request), _ground(request), member)
        )
        return paper.show(
            request, "sheet_common_ground.html", back=shown.href, page=shown
        )

    async def entry(request: Request) -> Response:
        member = the_member(request)
        shown = await site.node.look(
            lambda desk: view_entry(
                desk, _id(request), _ground(request), member, copied=_copied(request)
            )
        )
        return render(request, "common_ground_paper.html", page=shown)

    async def copied(request: Request, form: Form) -> Response:
        form.only("sheet", "marks")
        member = the_member(request)
        number = form.whole("sheet", N_("Sheet"), least=1, most=MOST_SHEETS)
        row = form.line("marks", "Its marks", most=MOST_IN_A_ROW)

        def carry_out(desk: Desk) -> None:
            of = view(desk, _id(request), _ground(request), member)
            copy(desk, of.ground, number, row, by=member)

        await site.work(carry_out)
        return see_other(f"{request.url.path}?sheet={number}#copy")

    one = "/sessions/{id}/common-ground/{ground}"
    return [
        site.page(f"{one}/sheet", sheet),
        site.page(f"{one}/paper", entry),
        site.form(f"{one}/paper", copied, again=entry),
    ]


def view_entry(
    desk: Desk, id: str, ground_id: str, member: Member, *, copied: int | None
) -> EntryPage:
    """Show the form to copy sheets with, to a member: any two of them may.

    Raises:
        Unknown: there is no such question in this meeting.
    """
    of = view(desk, id, ground_id, member)
    letters = ("a", "d", "p")
    row = [letters[place % 3] for place in range(len(of.statements))]
    return EntryPage(
        of=of,
        waiting=tuple(marked.sheets_waiting(desk.connection, ground_id)),
        example=" ".join(row),
        copied=copied,
    )


def copy(desk: Desk, id: str, sheet: int, row: str, *, by: Member) -> None:
    """Copy a sheet of marks. It counts when a second person has copied it alike.

    Raises:
        Invalid: the row is not one mark for each statement that is shown.
        Refused: the two copies differ, or the sheet is in already with other marks.
        TooLate: the question is closed.
    """
    state = ground.opened(desk, id)
    assert state.asked is not None
    marks = read(row, state)
    meeting = state.asked.session
    who = participants.of_sheet(desk, meeting, id, sheet)
    before = marked.of_one(desk.connection, id, who)
    if before:
        if before != marks:
            raise Refused(
                "Sheet {sheet} is in already, and says something else. Please "
                "look at the number on it.",
                sheet=sheet,
            )
        return
    figure = " ".join(f"{number}:{mark}" for number, mark in sorted(marks.items()))
    first = marked.waiting(desk.connection, id, sheet)
    match double_entry.compare(first, by=MemberId(by.id), figure=figure):
        case "agreed":
            marked.wait_no_more(desk.connection, id, sheet)
            marked.keep(desk.connection, id, who, marks, session=meeting)
        case "differed":
            raise Refused(
                "The two copies of sheet {sheet} differ. Nothing of it counts "
                "yet: look at it together, and let whoever was wrong copy it "
                "again.",
                sheet=sheet,
            )
        case _:
            marked.wait(
                desk.connection, id, sheet, by=by.id, marks=figure, session=meeting
            )


def read(row: str, state: common_ground.State) -> dict[int, Mark]:
    """Read the marks of a sheet, as a row of letters or of numbers with letters.

    A row of letters has one for each statement that is shown, in their order. Where
    the sheet was printed before others were, each letter has its number: ``1a 2d``.

    Raises:
        Invalid: it is neither, or has no mark in it.
    """
    if any(map(str.isdecimal, row)):
        pairs = _numbered(row, state)
    else:
        letters = "".join(row.lower().split())
        if len(letters) != len(state.shown):
            raise Invalid(
                ByNumber(
                    "There are {shown} statements now, and the row has "
                    "{letters} mark. Type one for each, and a dash for one "
                    "that was left out; or type the number with each mark, as "
                    "in 1a 2d.",
                    "There are {shown} statements now, and the row has "
                    "{letters} marks. Type one for each, and a dash for one "
                    "that was left out; or type the number with each mark, as "
                    "in 1a 2d.",
                ),
                letters=len(letters),
                shown=len(state.shown),
            )
        pairs = list(zip(state.shown, letters, strict=True))
    strange = [letter for _, letter in pairs if letter not in LETTERS]
    if strange:
        raise Invalid(
            "“{strange}” is no mark. Type a for agree, d for disagree, p for "
            "pass, and a dash for one that was left out.",
            strange=strange[0],
        )
    marks = {
        number: mark
        for number, letter in pairs
        if (mark := LETTERS[letter]) is not None
    }
    if not marks:
        raise Invalid("Nothing is marked on this sheet, so there is nothing to copy.")
    return marks


def _numbered(row: str, state: common_ground.State) -> list[tuple[int, str]]:
    found = _NUMBERED.findall(row.lower())
    if "".join(number + letter for number, letter in found) != "".join(
        row.lower().split()
    ):
        raise Invalid("Type the number with each mark, as in 1a 2d 4p.")
    numbers = [int(number) for number, _ in found]
    if len(set(numbers)) < len(numbers):
        raise Invalid("One number stands there twice.")
    for number in numbers:
        if number not in state.shown:
            raise Invalid("There is no statement {number} on show now.", number=number)
    return [(int(number), letter) for number, letter in found]


def _copied(request: Request) -> int | None:
    text = request.query_params.get("sheet", "")
    short = len(text) <= len(str(MOST_SHEETS))
    return int(text) if text.isascii() and text.isdecimal() and short else None


def _id(request: Request) -> str:
    id: str = request.path_params["id"]
    return id


def _ground(request: Request) -> str:
    id: str = request.path_params["ground"]
    return id
