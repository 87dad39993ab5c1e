"""Everything on the night has a form on paper, one click away, in plain words.

Whoever has no device lacks nothing. A sheet carries no member's name, except the
run-sheet, which says who does what tonight and is for them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import session
from confederation.deciding import ballot
from confederation.errors import ByNumber
from confederation.identifiers import BallotId
from confederation.meeting import run_sheet
from instance import clerk, node
from instance.confederal import dissenting
from instance.deciding import voting
from instance.desk import Desk
from instance.errors import Misused
from instance.meeting import floor
from instance.store import events, said_in
from instance.store.said_in import SaidIn
from instance.web import naming, paper
from instance.web.confederal import dissents
from instance.web.deciding.ballots import OUTCOMES
from instance.web.deciding.counted import FIGURES_OF
from instance.web.deciding.methods import LABELS
from instance.web.languages import N_, Language
from instance.web.meeting import phases, roles
from instance.web.meeting.roles import JobLine
from instance.web.rendering import render
from instance.web.site import Show, Site, not_found
from instance.web.visits import the_member

MOST_SHEETS: Final = 40
EATS: Final[frozenset[run_sheet.Kind]] = frozenset({"meal"})
COME: Final = N_("Come and be heard")
BY_TWO: Final = N_("Counted by two people, each alone, who came to the same.")
ON_SITE: Final = N_("Counted on this site.")
BOTH: Final = N_(
    "Counted in the room by two people, each alone, who came to the same. The votes on "
    "phones were counted on this site."
)
WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "agreement": (N_("How we are with each other"), "_words_agreement.html"),
    "inclusivity": (N_("Everybody belongs here"), "_words_inclusivity.html"),
    "signals": (N_("Hand signals"), "_words_signals.html"),
    "play": (N_("Five minutes of play"), "_words_play.html"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A sheet that can be printed: where, what it is called, and what it is for."""

    path: str
    says: str
    why: str


SHEETS: Final[tuple[tuple[str, tuple[Line, ...]], ...]] = (
    (
        N_("To invite"),
        (
            Line(
                path="poster",
                says=N_("Poster"),
                why=N_("For a wall or a window: what, when, where."),
            ),
            Line(
                path="leaflet",
                says=N_("Leaflet for doors"),
                why=N_("Two on a page, to be cut apart."),
            ),
        ),
    ),
    (
        N_("For the room"),
        (
            Line(
                path="run-sheet",
                says=N_("Run-sheet"),
                why=N_("What happens when, and who does what."),
            ),
            Line(
                path="sign-in",
                says=N_("Sign-in sheet"),
                why=N_("For the door. A name only from who likes to give one."),
            ),
            Line(
                path="cards",
                says=N_("Cards for the door"),
                why=N_("Numbers to raise, each with a code and a stub."),
            ),
            Line(
                path="table",
                says=N_("Table sheet"),
                why=N_("For each table: three points, what and why."),
            ),
            Line(
                path="tally",
                says=N_("Tally sheet"),
                why=N_("For each of the two tellers, to count raised cards."),
            ),
            Line(
                path="results",
                says=N_("What we decided"),
                why=N_("To read aloud and hang up before people leave."),
            ),
        ),
    ),
    (
        N_("To hang up or read aloud"),
        (
            Line(
                path="inclusivity",
                says=N_("Everybody belongs here"),
                why=N_("Read aloud at the beginning."),
            ),
            Line(
                path="agreement",
                says=N_("How we are with each other"),
                why=N_("A beginning; the room changes it."),
            ),
            Line(
                path="signals",
                says=N_("Hand signals"),
                why=N_("For the wall, and to try out together."),
            ),
            Line(
                path="play",
                says=N_("Five minutes of play"),
                why=N_("Games that need nothing but people."),
            ),
        ),
    ),
    (
        N_("A card for each role"),
        (
            Line(
                path="roles",
                says=N_("All quick cards"),
                why=N_("One page for each role: what to do, step by step."),
            ),
            *(
                Line(path=f"roles/{job}", says=says, why=phases.DOES[job])
                for job, says in phases.JOBS.items()
            ),
            Line(
                path="roles/convenor",
                says=phases.ROLES["convenor"],
                why=N_("You call the meetings, and see to it that all is ready."),
            ),
            Line(
                path="roles/clerk",
                says=phases.ROLES["clerk"],
                why=N_(
                    "You write down and publish what the assembly decided. "
                    "You decide nothing."
                ),
            ),
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What sheets say of a meeting. ``said_in`` are its words in further languages.

    ``present`` is how many were counted; None before two counted them. ``lasting`` says
    that the address is still the node's when the evening is over.
    """

    id: str
    assembly: str
    title: str
    question: str
    goal: str
    starts_at: datetime
    ends_at: datetime
    place: str
    eats: bool
    phases: tuple[phases.Line, ...]
    jobs: tuple[JobLine, ...]
    said_in: Mapping[str, SaidIn]
    present: int | None
    address: str
    lasting: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A question that was decided, as it is read aloud: ``counts`` by their choice.

    ``figures_of`` says what was counted, such as first preferences.
    ``chosen`` is what a ranking chose, empty where nothing was ranked. ``minorities``
    are the reports of those who did not agree, as far as they were filed.
    """

    question: str
    outcome: str
    chosen: str
    figures_of: str
    counts: tuple[tuple[str, int], ...]
    how: str
    confirmed: bool
    minorities: tuple[dissents.Report, ...]


def routes(site: Site) -> list[Route]:
    async def list_page(request: Request) -> Response:
        shown, id = await looked_up(request), _id(request)
        asked = await site.node.look(lambda desk: _questions(desk, id))
        return render(
            request, "sheets.html", page=shown, sheets=SHEETS, questions=asked
        )

    async def looked_up(request: Request) -> Paper:
        the_member(request)
        id = _id(request)
        return await site.node.look(lambda desk: view(desk, id))

    def invitation(template: str) -> Show:
        async def sheet(request: Request) -> Response:
            page = await looked_up(request)
            spoken = paper.beside(request, tuple(page.said_in))
            sides = paper.sides("_sheet_invite.html", spoken, page=page)
            titles = paper.titles(COME, spoken)
            return _print(request, template, page, spoken, sides=sides, titles=titles)

        return sheet

    def words(name: str) -> Show:
        heading, template = WORDS[name]

        async def sheet(request: Request) -> Response:
            page = await looked_up(request)
            spoken = paper.beside(request)
            sides = paper.sides(template, spoken, page=page)
            return _print(
                request,
                "sheet_words.html",
                page,
                spoken,
                sides=sides,
                heading=heading,
                name=name,
                titles=paper.titles(heading, spoken),
            )

        return sheet

    async def run(request: Request) -> Response:
        return _print(request, "sheet_run_sheet.html", await looked_up(request))

    async def sign_in(request: Request) -> Response:
        page = await looked_up(request)
        first, pages = _number(request, "from", 0), _number(request, "pages", 1)
        return _print(
            request, "sheet_sign_in.html", page, first=first, pages=max(1, pages)
        )

    async def table(request: Request) -> Response:
        page, count = await looked_up(request), _number(request, "tables", 0)
        tables = range(1, count + 1) if count else (0,)
        return _print(request, "sheet_table.html", page, tables=tables)

    async def tally(request: Request) -> Response:
        return _print(request, "sheet_tally.html", await looked_up(request))

    async def results_page(request: Request) -> Response:
        page, id = await looked_up(request), _id(request)
        found = await site.node.look(lambda desk: results(desk, id))
        return _print(request, "sheet_results.html", page, results=found)

    async def quick_cards(request: Request) -> Response:
        page = await looked_up(request)
        job = request.path_params.get("job")
        if job is not None and job not in phases.ROLES:
            raise not_found()
        shown = phases.JOBS if job is None else (job,)
        cards = [(each, phases.ROLES[each]) for each in shown]
        return _print(request, "sheet_roles.html", page, cards=cards)

    at = "/sessions/{id}/sheets"
    return [
        site.page(at, list_page),
        site.page(f"{at}/poster", invitation("sheet_poster.html")),
        site.page(f"{at}/leaflet", invitation("sheet_leaflet.html")),
        site.page(f"{at}/run-sheet", run),
        site.page(f"{at}/sign-in", sign_in),
        site.page(f"{at}/table", table),
        site.page(f"{at}/tally", tally),
        site.page(f"{at}/results", results_page),
        *(site.page(f"{at}/{name}", words(name)) for name in WORDS),
        site.page(f"{at}/roles", quick_cards),
        site.page(f"{at}/roles/{{job}}", quick_cards),
    ]


def view(desk: Desk, id: str) -> Paper:
    """Gather what sheets say of a meeting.

    Raises:
        Unknown: there is no such meeting.
    """
    state: session.State = node.load(desk, f"session:{id}")
    assert state.called is not None
    notice, sheet = state.called.notice, floor.sheet(desk, id)
    shown = run_sheet.phases_of(sheet, notice.kind)
    counted = state.in_room is not None or state.checked_in
    return Paper(
        id=id,
        assembly=naming.our_name(desk),
        title=_words(desk, notice.title),
        question=_words(desk, sheet.question),
        goal=_words(desk, sheet.goal),
        starts_at=notice.starts_at,
        ends_at=run_sheet.ends(shown, notice.starts_at),
        place=_words(desk, notice.place),
        eats=any(phase.kind in EATS for phase in shown),
        phases=phases.lines(desk, shown, notice.starts_at),
        jobs=tuple(roles.jobs(desk, sheet, state)),
        said_in=said_in.of_session(desk.connection, id),
        present=state.present if counted else None,
        address=desk.config.base,
        lasting=desk.config.federates,
    )


def _questions(desk: Desk, id: str) -> tuple[tuple[str, str], ...]:
    """List the questions that are being voted on in a meeting: where, and what."""
    return tuple(
        (key, voting.read_paper(desk, voting.terms_of(state)).question)
        for key, state in node.load_all(desk, "ballot").items()
        if state.is_open and voting.terms_of(state).session == id
    )


def results(desk: Desk, id: str) -> tuple[Result, ...]:
    """Return what was decided in a meeting, the newest first."""
    found: list[Result] = []
    for key, state in reversed(node.load_all(desk, "ballot").items()):
        decided: ballot.State = state
        if decided.opened is None or decided.decided is None:
            continue
        if decided.opened.terms.session != id:
            continue
        found.append(_result(desk, BallotId(key), decided))
    return tuple(found)


def _result(desk: Desk, id: BallotId, state: ballot.State) -> Result:
    assert state.opened is not None
    assert state.decided is not None
    terms, result = state.opened.terms, state.decided.result
    shown = voting.read_paper(desk, terms)
    published = clerk.published(desk, "Decision", id)
    attached = () if published is None else dissenting.beside_decision(desk, published)
    labels: dict[str, str] = {**LABELS, **dict(shown.labels)}
    return Result(
        question=shown.question,
        outcome=OUTCOMES[result.outcome],
        chosen=", ".join(
            labels.get(option, option)
            for option in (result.chosen, *result.elected)
            if option is not None
        ),
        figures_of=FIGURES_OF[terms.asks],
        counts=tuple(
            (labels.get(option, option), papers)
            for option, papers in result.counts.items()
        ),
        how=_how(terms.channels),
        confirmed=published is not None,
        minorities=tuple(dissents.report(desk, each) for each in attached),
    )


def _how(channels: Sequence[session.Channel]) -> str:
    if "online" not in channels:
        return BY_TWO
    return BOTH if len(channels) > 1 else ON_SITE


def _print(
    request: Request,
    template: str,
    page: Paper,
    spoken: Sequence[Language] | None = None,
    **more: object,
) -> Response:
    variants = () if spoken is None else paper.other_languages(request, spoken)
    return paper.show(
        request,
        template,
        back=f"/sessions/{page.id}/sheets",
        variants=variants,
        page=page,
        **more,
    )


def _number(request: Request, name: str, usual: int) -> int:
    given = request.query_params.get(name, "")
    if not given:
        return usual
    if not (given.isascii() and given.isdecimal() and len(given) <= 4):
        raise Misused("The address asks for a number of sheets that is no number.")
    number = int(given)
    if name != "from" and number > MOST_SHEETS:
        raise Misused(
            ByNumber(
                "At most {most} sheet is made at a time.",
                "At most {most} sheets are made at a time.",
            ),
            most=MOST_SHEETS,
        )
    return number


def _words(desk: Desk, commitment: str | None) -> str:
    return events.wording(desk.connection, commitment) or ""


def _id(request: Request) -> str:
    id: str = request.path_params["id"]
    return id
