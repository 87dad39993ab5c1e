"""Tellers count a closed ballot once more, from its papers, and see whether it agrees.

The papers are a list without names, channels or order. Only tellers see it; what is
published is its salted digest, which they can work out again from what they take away.
"""

import json
from dataclasses import asdict, dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.deciding import ballot
from confederation.deciding.question import BLANK
from confederation.errors import NotEntitled, TooEarly
from confederation.identifiers import BallotId
from instance.deciding import voting
from instance.desk import Desk
from instance.store import events
from instance.web.deciding import marking
from instance.web.deciding.ballots import labels_of
from instance.web.rendering import render
from instance.web.site import Site
from instance.web.visits import Member, the_member

LEFT_OUT: Final = ("text", "tellers")
"""Of the rules: what a count does not ask about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    says: str
    papers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecountPage:
    """The papers in their own order, and whether they give the same result again."""

    id: str
    question: str
    lines: tuple[Line, ...]
    papers: int
    same: bool
    digest: str | None
    seed: str | None
    lot: str | None


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        member, id = the_member(request), BallotId(request.path_params["id"])
        shown = await site.node.look(lambda desk: view(desk, id, member))
        return render(request, "recount.html", page=shown)

    async def papers(request: Request) -> Response:
        member, id = the_member(request), BallotId(request.path_params["id"])
        text = await site.node.look(lambda desk: to_take_away(desk, id, member))
        return Response(
            text,
            media_type="application/json",
            headers={"content-disposition": f'attachment; filename="papers-{id}.json"'},
        )

    return [
        site.page("/ballots/{id}/recount", page),
        site.page("/ballots/{id}/papers.json", papers),
    ]


def view(desk: Desk, id: BallotId, member: Member) -> RecountPage:
    """Count a closed ballot again for one of its tellers.

    Raises:
        NotEntitled: whoever asks is no teller under the rules of this ballot.
        TooEarly: it has not been counted yet.
        Unknown: there is no such ballot.
    """
    state = _for_teller(desk, id, member)
    assert state.decided is not None
    terms = voting.terms_of(state)
    paper = voting.read_paper(desk, terms)
    labels = labels_of(terms, paper)
    listed = voting.list_of_papers(desk, state)
    again = voting.recount(desk, state)
    return RecountPage(
        id=id,
        question=paper.question,
        lines=tuple(
            Line(
                says=marking.say(each.choice, terms, labels) or labels[BLANK],
                papers=each.papers,
            )
            for each in listed
        ),
        papers=sum(each.papers for each in listed),
        same=voting.is_same(state.decided.result, again),
        digest=state.decided.papers,
        seed=state.decided.seed,
        lot=terms.lot,
    )


def to_take_away(desk: Desk, id: BallotId, member: Member) -> str:
    """Write the papers and the terms they are counted by, as JSON.

    ``list`` and ``salt`` are what the published digest of a secret ballot is made of.

    Raises:
        NotEntitled: whoever asks is no teller under the rules of this ballot.
        TooEarly: it has not been counted yet.
        Unknown: there is no such ballot.
    """
    state = _for_teller(desk, id, member)
    assert state.decided is not None
    terms, closed = voting.terms_of(state), state.decided
    salt = events.salt(desk.connection, closed.papers)
    rules = asdict(terms.rules)
    document = {
        "ballot": id,
        "method": terms.method,
        "options": list(terms.options),
        "keep": terms.keep,
        "seats": terms.seats,
        "present": terms.electorate.present,
        "members": terms.electorate.members,
        "rules": {name: rules[name] for name in rules if name not in LEFT_OUT},
        "upheld": list(state.sheet.upheld or (0, 0)),
        "lot": terms.lot,
        "seed": closed.seed,
        "papers": [
            {"choice": list(each.choice), "papers": each.papers}
            for each in voting.list_of_papers(desk, state)
        ],
        "digest": closed.papers,
        "salt": None if salt is None else salt.hex(),
        "list": events.wording(desk.connection, closed.papers),
        "outcome": closed.result.outcome,
        "chosen": closed.result.chosen,
        "elected": list(closed.result.elected),
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _for_teller(desk: Desk, id: BallotId, member: Member) -> ballot.State:
    state = voting.opened(desk, id)
    terms = voting.terms_of(state)
    if not any(each.member == member.id for each in terms.rules.tellers):
        raise NotEntitled("The papers are open to the tellers, for a recount.")
    if state.decided is None:
        raise TooEarly("Nobody looks into the box before the ballot is closed.")
    return state
