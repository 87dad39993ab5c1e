"""The rounds of a consent, one big page each, so that the room sees where it is.

A page keeps nothing and decides nothing: whoever guides the rounds goes on to the next
one by its address, and anybody can take over.
"""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.deciding import ballot, motion
from confederation.errors import Unknown
from instance import node
from instance.deciding import voting
from instance.desk import Desk
from instance.web import naming
from instance.web.deciding import amendments
from instance.web.deciding.methods import LABELS
from instance.web.languages import N_
from instance.web.rendering import render
from instance.web.site import Site, not_found
from instance.web.visits import the_voter


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One round: its name, what people do in it, and what is shown beside."""

    name: str
    says: tuple[str, ...]
    shows: str


STEPS: Final = (
    Step(
        name=N_("Present"),
        says=(N_("The text is read aloud."), N_("Nobody answers yet.")),
        shows="text",
    ),
    Step(
        name=N_("Clarify"),
        says=(
            N_("Ask what you need to understand it."),
            N_("No opinions yet: a question, and an answer."),
        ),
        shows="text",
    ),
    Step(
        name=N_("React"),
        says=(
            N_("Each says in turn what they think and feel about it."),
            N_("Nobody replies. Passing is fine."),
        ),
        shows="text",
    ),
    Step(
        name=N_("Consent round"),
        says=(
            N_("Each says in turn: I consent, I stand aside, or I object."),
            N_("It need not be your favourite. Is it good enough for now?"),
        ),
        shows="positions",
    ),
    Step(
        name=N_("Test"),
        says=(
            N_("Would this text do harm, or put at risk what we are here for?"),
            N_("The round finds each objection valid, or not: never one person alone."),
        ),
        shows="objections",
    ),
    Step(
        name=N_("Integrate"),
        says=(
            N_("What change would answer what was found valid?"),
            N_("Then another consent round, on the new text."),
        ),
        shows="objections",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundPage:
    """A round as the room sees it. ``step`` is its number, from 1."""

    id: str
    title: str
    step: int
    name: str
    says: tuple[str, ...]
    shows: str
    clauses: tuple[str, ...]
    positions: tuple[str, ...]
    objections: tuple[str, ...]
    voted: int | None


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        the_voter(request)
        id, asked = request.path_params["id"], request.query_params.get("step", "1")
        if asked not in map(str, range(1, len(STEPS) + 1)):
            raise not_found()
        shown = await site.node.look(lambda desk: view(desk, id, int(asked)))
        names = tuple(step.name for step in STEPS)
        return render(request, "rounds.html", page=shown, names=names)

    return [site.page("/motions/{id}/rounds", page)]


def view(desk: Desk, id: str, number: int) -> RoundPage:
    """Show the room a round on a motion that is before the assembly.

    Raises:
        Unknown: there is no such motion, or it is somebody's draft.
    """
    state: motion.State = node.load(desk, f"motion:{id}")
    if state.drafted is None or state.status in ("draft", "withdrawn"):
        raise Unknown("There is no motion {id} here.", id=id)
    step = STEPS[number - 1]
    put = None if state.put is None else voting.opened(desk, state.put.ballot)
    valid_only = number == len(STEPS)
    return RoundPage(
        id=id,
        title=naming.said(desk, state.drafted.title),
        step=number,
        name=step.name,
        says=step.says,
        shows=step.shows,
        clauses=amendments.clauses(desk, state.versions[-1]),
        positions=tuple(
            LABELS[each] for each in ("consent", "stand-aside", "objection")
        ),
        objections=tuple(_objections(desk, state, put, valid_only=valid_only)),
        voted=voting.turnout(desk, put) if put is not None and put.is_open else None,
    )


def _objections(
    desk: Desk, state: motion.State, put: ballot.State | None, *, valid_only: bool
) -> list[str]:
    """The objections that wait, in words: to be tested, or to be answered."""
    wanted = ("valid", "stands") if valid_only else ("raised", "valid")
    found = [
        naming.said(desk, each.raised.reason)
        for each in state.objections.objections.values()
        if each.status in wanted
    ]
    if put is not None and put.is_open and not valid_only:
        found += [
            words
            for option, words in voting.reasons(desk, put)
            if option == "objection"
        ]
    return found
