"""The public bodies that an assembly deals with, and who sits there for it.

Anybody reads these pages. The clerk keeps them, and names the decision behind each.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.dealings import authority
from confederation.dealings.authority import Office, Position, Relation, Voted
from confederation.errors import Invalid, Unknown
from confederation.identifiers import AuthorityId, MemberId
from instance import node
from instance.dealings import asks
from instance.desk import Desk
from instance.store import events
from instance.web import asking, naming, telling, visits
from instance.web.dealings import asks as asked
from instance.web.deciding import decided
from instance.web.deciding.decided import Choice
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.naming import in_hex
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.states import Badge
from instance.web.visits import Member

MOST_IN_NAME: Final = 120
MOST_IN_TEXT: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way of dealing with a public body, in plain words."""

    says: str
    means: str
    named: str


WAYS: Final[Mapping[Relation, Way]] = {
    "input": Way(
        says=N_("We give our input"),
        means=N_(
            "We put to this body what we decided, and it answers. It decides, and we "
            "judge what it says."
        ),
        named="",
    ),
    "conduits": Way(
        says=N_("Our council stands beside it, and those elected to it carry our word"),
        means=N_(
            "Assemblies decide together. Those elected to this body who agreed to it "
            "carry that in as it is, and add nothing of their own."
        ),
        named=N_("What it was given to carry"),
    ),
    "delegates": Way(
        says=N_("Who sits there for us is our delegate"),
        means=N_(
            "Whoever holds an office has a mandate of ours on each matter, and we can "
            "call them back. It is a political promise: the law does not bind them."
        ),
        named=N_("What our delegate must do"),
    ),
}
POSITIONS: Final[Mapping[Position, str]] = {
    "for": N_("for"),
    "against": N_("against"),
    "abstain": N_("abstain"),
}
VOTES: Final[Mapping[Voted, str]] = {**POSITIONS, "absent": N_("was not there")}  # type: ignore[dict-item]
COMPARED: Final[Mapping[bool | None, Badge]] = {
    None: Badge(says=N_("Has not voted yet"), tone="waiting"),
    False: Badge(says=N_("As the assembly said"), tone="done"),
    True: Badge(says=N_("Otherwise than the assembly said"), tone="not"),
}
IN_OFFICE: Final = Badge(says=N_("In office"), tone="going")
LEFT: Final = Badge(says=N_("Has left the office"), tone="quiet")
RECALLED: Final = Badge(says=N_("Called back by the assembly"), tone="not")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A public body in the list."""

    id: str
    name: str
    way: Way


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeLine:
    """An office in a body, with how often it voted otherwise than it was told."""

    number: int
    office: str
    holder: str
    state: Badge
    voted: int
    deviated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterView:
    """What an office was told on a matter, and beside it what it did."""

    number: int
    what: str
    position: str
    decision: str
    voted: str
    source: str
    at: datetime | None
    state: Badge


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityPage:
    """A public body as one reader sees it."""

    id: str
    name: str
    relation: Relation
    way: Way
    decision: str | None
    ways: Mapping[Relation, Way]
    asks: tuple[asked.Line, ...]
    offices: tuple[OfficeLine, ...]
    next: int
    may: bool
    decisions: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficePage:
    """An office: mandate, vote and deviation, matter by matter."""

    id: str
    name: str
    relation: Relation
    way: Way
    line: OfficeLine
    ended_by: str | None
    matters: tuple[MatterView, ...]
    next: int
    may: bool
    decisions: tuple[Choice, ...]


def routes(site: Site) -> list[Route]:
    look = site.node.look

    async def list_page(request: Request) -> Response:
        member = visits.signed_in(request)
        found = await look(lambda desk: tuple(lines(desk)))
        once = await look(lambda desk: desk.new_id())
        return render(
            request, "authorities.html", lines=found, may=_may(member), once=once
        )

    async def page(request: Request) -> Response:
        id, member = _id(request), visits.signed_in(request)
        shown = await look(lambda desk: view(desk, id, member))
        return render(request, "authority.html", page=shown)

    async def office_page(request: Request) -> Response:
        id, n, member = _id(request), _number(request), visits.signed_in(request)
        shown = await look(lambda desk: view_office(desk, id, n, member))
        return render(
            request, "office.html", page=shown, positions=POSITIONS, votes=VOTES
        )

    async def named(request: Request, form: Form) -> Response:
        form.only("once", "name", "aware")
        member = asking.an_officer(request, "clerk")
        id = AuthorityId(telling.once(form))
        await site.work(lambda desk: _name(desk, id, form, member.id))
        return see_other(f"/authorities/{id}")

    def act(path: str, job: Job, *known: str) -> Route:
        of_office = "{number:int}" in path

        async def done(request: Request, form: Form) -> Response:
            form.only(*known)
            member, id = asking.an_officer(request, "clerk"), _id(request)
            n = _number(request) if of_office else 0

            def carry_out(desk: Desk) -> None:
                _state(desk, id)
                node.perform(desk, f"authority:{id}", job(desk, n, form, member.id))

            await site.work(carry_out)
            back = f"/authorities/{id}"
            return see_other(f"{back}/offices/{n}" if of_office else back)

        again = office_page if of_office else page
        return site.form(f"/authorities/{{id}}/{path}", done, again=again)

    return [
        site.page("/authorities", list_page),
        site.form("/authorities", named, again=list_page),
        site.page("/authorities/{id}", page),
        site.page("/authorities/{id}/offices/{number:int}", office_page),
        act("way", _settle, "relation", "decision"),
        act("offices", _office_named, "number", "office", "holder", "agreed", "aware"),
        act("offices/{number:int}/left", _left, "recalled", "decision"),
        act(
            "offices/{number:int}/matters",
            _instruct,
            *("matter", "what", "position", "decision", "aware"),
        ),
        act("offices/{number:int}/votes", _vote, "matter", "voted", "source"),
    ]


def lines(desk: Desk) -> Iterator[Line]:
    """Go through the public bodies that our assembly named."""
    states: dict[str, authority.State] = node.load_all(desk, "authority")
    for id, state in states.items():
        if state.named is not None:
            yield Line(
                id=id,
                name=naming.said(desk, state.named.name),
                way=WAYS[state.relation],
            )


def names(desk: Desk) -> tuple[str, ...]:
    """Return what the public bodies are called that our assembly named."""
    return tuple(each.name for each in lines(desk))


def of_name(desk: Desk, name: str | None) -> str | None:
    """Return the id of the body of this name; None where none is named so."""
    return next((each.id for each in lines(desk) if each.name == name), None)


def view(desk: Desk, id: AuthorityId, member: Member | None) -> AuthorityPage:
    """Show a public body.

    Raises:
        Unknown: no such body is named here.
    """
    state = _state(desk, id)
    assert state.named is not None
    name, may = naming.said(desk, state.named.name), _may(member)
    return AuthorityPage(
        id=id,
        name=name,
        relation=state.relation,
        way=WAYS[state.relation],
        decision=None if state.settled is None else state.settled.decision,
        ways=WAYS,
        asks=tuple(
            asked.line(desk, each)
            for each in asks.every(desk)
            if naming.words(desk, each.ask.authority).text == name
        ),
        offices=tuple(
            _office_line(desk, number, office)
            for number, office in state.offices.items()
        ),
        next=len(state.offices) + 1,
        may=may,
        decisions=decided.newest(desk) if may else (),
    )


def view_office(
    desk: Desk, id: AuthorityId, number: int, member: Member | None
) -> OfficePage:
    """Show an office: what it was told, how it voted, and where the two differ.

    Raises:
        Unknown: there is no such office here.
    """
    state = _state(desk, id)
    assert state.named is not None
    if number not in state.offices:
        raise Unknown("There is no such office here.")
    office, may = state.offices[number], _may(member)
    return OfficePage(
        id=id,
        name=naming.said(desk, state.named.name),
        relation=state.relation,
        way=WAYS[state.relation],
        line=_office_line(desk, number, office),
        ended_by=None if office.left is None else office.left.decision,
        matters=tuple(_matters(desk, office)),
        next=len(office.matters) + 1,
        may=may,
        decisions=decided.newest(desk) if may else (),
    )


def _office_line(desk: Desk, number: int, office: Office) -> OfficeLine:
    holder, left = office.named.holder, office.left
    noted = [each.deviates for each in office.matters.values()]
    return OfficeLine(
        number=number,
        office=naming.said(desk, office.named.office),
        holder="" if holder is None else naming.said(desk, holder),
        state=IN_OFFICE if left is None else RECALLED if left.recalled else LEFT,
        voted=len([each for each in noted if each is not None]),
        deviated=noted.count(True),
    )


def _matters(desk: Desk, office: Office) -> Iterator[MatterView]:
    for number, matter in sorted(office.matters.items(), reverse=True):
        voted = matter.voted
        yield MatterView(
            number=number,
            what=naming.said(desk, matter.told.what),
            position=POSITIONS[matter.told.position],
            decision=in_hex(matter.told.decision),
            voted="" if voted is None else VOTES[voted.voted],
            source="" if voted is None else naming.said(desk, voted.source),
            at=None if voted is None else voted.at,
            state=COMPARED[matter.deviates],
        )


# What the clerk does

Job = Callable[[Desk, int, Form, MemberId], authority.Command]


def _name(desk: Desk, id: AuthorityId, form: Form, by: MemberId) -> None:
    if node.exists(desk, f"authority:{id}"):
        return
    name = form.line("name", "What it is called", most=MOST_IN_NAME)
    if of_name(desk, name) is not None:
        raise Invalid("“{name}” is named here already.", name=name)
    _check(desk, form, name)
    words = events.keep_wording(desk.connection, name)
    command = authority.NameAuthority(authority=id, name=words, by=by, at=desk.now)
    node.perform(desk, f"authority:{id}", command)


def _settle(desk: Desk, n: int, form: Form, by: MemberId) -> authority.Command:
    return authority.SettleRelation(
        relation=form.choice("relation", "How we deal with it", among=WAYS),  # type: ignore[arg-type]
        decision=decided.read(desk, form),
        by=by,
        at=desk.now,
    )


def _office_named(desk: Desk, n: int, form: Form, by: MemberId) -> authority.Command:
    office = form.line("office", "The office", most=MOST_IN_NAME)
    holder = form.line("holder", "Who holds it", least=0, most=MOST_IN_NAME)
    if holder and not form.ticked("agreed"):
        raise Invalid("A name stands here only if whoever bears it agreed to that.")
    _check(desk, form, office)
    return authority.NameOffice(
        number=form.whole("number", N_("Number"), least=1, most=authority.MOST_OFFICES),
        office=events.keep_wording(desk.connection, office),
        holder=events.keep_wording(desk.connection, holder) if holder else None,
        by=by,
        at=desk.now,
    )


def _left(desk: Desk, n: int, form: Form, by: MemberId) -> authority.Command:
    recalled = form.ticked("recalled")
    return authority.LeaveOffice(
        number=n,
        recalled=recalled,
        decision=decided.read(desk, form) if recalled else None,
        by=by,
        at=desk.now,
    )


def _instruct(desk: Desk, n: int, form: Form, by: MemberId) -> authority.Command:
    what = form.text("what", N_("The matter"), most=MOST_IN_TEXT)
    _check(desk, form, what)
    return authority.Instruct(
        number=n,
        matter=form.whole("matter", N_("Number"), least=1, most=authority.MOST_MATTERS),
        what=events.keep_wording(desk.connection, what),
        position=form.choice("position", "What we said", among=POSITIONS),  # type: ignore[arg-type]
        decision=decided.read(desk, form),
        by=by,
        at=desk.now,
    )


def _vote(desk: Desk, n: int, form: Form, by: MemberId) -> authority.Command:
    source = form.text("source", N_("Where it can be read"), most=MOST_IN_TEXT)
    return authority.NoteVote(
        number=n,
        matter=form.whole("matter", N_("Matter"), least=1, most=authority.MOST_MATTERS),
        voted=form.choice("voted", "The vote", among=VOTES),  # type: ignore[arg-type]
        source=events.keep_wording(desk.connection, source),
        by=by,
        at=desk.now,
    )


def _check(desk: Desk, form: Form, text: str) -> None:
    if not form.ticked("aware"):
        telling.check_text(desk, text)


def _state(desk: Desk, id: AuthorityId) -> authority.State:
    if not node.exists(desk, f"authority:{id}"):
        raise Unknown("No such public body is named here.")
    state: authority.State = node.load(desk, f"authority:{id}")
    return state


def _may(member: Member | None) -> bool:
    return member is not None and "clerk" in member.roles


def _id(request: Request) -> AuthorityId:
    return AuthorityId(request.path_params["id"])


def _number(request: Request) -> int:
    number: int = request.path_params["number"]
    return number
