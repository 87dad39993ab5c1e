"""A meeting draws by lot who does something next, before everybody's eyes."""

import secrets
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import session
from confederation.errors import Invalid
from confederation.identifiers import CardNumber, SessionId
from confederation.meeting import door, role_lot, rotation
from confederation.meeting.breakout import Seat
from instance import node
from instance.desk import Desk
from instance.store import people
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.meeting import phases, tables
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, see_other
from instance.web.visits import Holder, Member, the_member, the_voter

SEED_BYTES: Final = 16
MOST_IN_CARDS: Final = 2_000
SHOWN: Final = 5
"""How many of those in line are shown: whoever was drawn, and who is asked next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One draw: who does it, by card or by name, who is asked next, and the seed."""

    job: str
    card: int | None
    name: str
    next: tuple[str, ...]
    among: int
    seed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LotPage:
    """The draws of a meeting, the newest first; a form for whoever leads it."""

    id: str
    title: str
    draw: int
    draws: tuple[Drawn, ...]
    names: tuple[tuple[str, str], ...]
    here: int
    may_draw: bool


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        voter, id = the_voter(request), request.path_params["id"]
        shown = await site.node.look(lambda desk: view(desk, id, voter))
        return render(request, "role_lot.html", page=shown, jobs=phases.JOBS)

    async def draw(request: Request, form: Form) -> Response:
        form.only("draw", "job", "cards", "names")
        member, id = the_member(request), request.path_params["id"]
        number = form.whole("draw", "Draw", least=1, most=9_999)
        chosen = form.choice("job", "What for", among=rotation.JOBS)
        [job] = [each for each in rotation.JOBS if each == chosen]
        typed = form.line("cards", N_("Cards"), least=0, most=MOST_IN_CARDS)
        cards = frozenset(door.cards(door.read(typed))) if typed else frozenset()
        named = form.values.get("names", ())

        def carry_out(desk: Desk) -> None:
            command = role_lot.DrawRole(
                session=SessionId(id),
                draw=number,
                job=job,
                seats=_among(tables.present(desk, id), cards, named),
                seed=secrets.token_hex(SEED_BYTES),
                by=member.id,
                at=desk.now,
            )
            node.perform(desk, f"role_lot:{id}", command)

        await site.work(carry_out)
        return see_other(f"/sessions/{id}/lot")

    return [
        site.page("/sessions/{id}/lot", page),
        site.form("/sessions/{id}/lot", draw, again=page),
    ]


def view(desk: Desk, id: str, voter: Member | Holder) -> LotPage:
    """Show the draws of a meeting to somebody who is in it.

    Raises:
        NotEntitled: a card of another meeting.
        Unknown: there is no such meeting.
    """
    title = tables.check_in_it(desk, id, voter)
    stream = f"role_lot:{id}"
    held: role_lot.State = (
        node.load(desk, stream) if node.exists(desk, stream) else role_lot.NOTHING
    )
    names = people.names(desk.connection)
    meeting: session.State = node.load(desk, f"session:{id}")
    here = tables.present(desk, id)
    return LotPage(
        id=id,
        title=title,
        draw=len(held.draws) + 1,
        draws=tuple(
            Drawn(
                job=phases.JOBS[each.job],
                card=each.line[0] if isinstance(each.line[0], int) else None,
                name=_say(names, each.line[0]),
                next=tuple(_say(names, seat) for seat in each.line[1:SHOWN]),
                among=len(each.line),
                seed=each.seed,
            )
            for each in reversed(held.draws)
        ),
        names=tuple(
            (str(seat), _say(names, seat)) for seat in here if not isinstance(seat, int)
        ),
        here=len(here),
        may_draw=isinstance(voter, Member)
        and may(voter, role_lot.DrawRole)
        and meeting.is_open,
    )


def _among(
    here: tuple[Seat, ...], cards: frozenset[CardNumber], named: tuple[str, ...]
) -> tuple[Seat, ...]:
    """Return those among whom to draw: everybody here, if nobody was chosen.

    Raises:
        Invalid: somebody was chosen who is not here.
    """
    chosen = (*cards, *named)
    if not set(chosen) <= set(here):
        raise Invalid("Somebody whom you chose is not here tonight.")
    return tuple(each for each in here if each in chosen) if chosen else here


def _say(names: dict[str, str], seat: Seat) -> str:
    return f"{seat}" if isinstance(seat, int) else names.get(seat, "")
