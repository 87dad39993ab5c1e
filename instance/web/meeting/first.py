"""The first evening, step by step, for an organiser who has never done this before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import session
from confederation.deciding.rulebook import Teller
from confederation.errors import NotEntitled, TooEarly, TooLate
from confederation.identifiers import MemberId
from instance import node
from instance.deciding import voting
from instance.desk import Desk
from instance.errors import Misused
from instance.meeting import count_sheets, starting
from instance.store import people
from instance.web import naming, paper
from instance.web.deciding import confirming
from instance.web.deciding.count_sheets import MOST_IN_CODE, derive
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, see_other
from instance.web.visits import Member, the_member

MOST_IN_RULES: Final = 20_000
NOT_A_CODE: Final = N_(
    "“{code}” is not the code on a count sheet: that is twelve letters and figures. "
    "Please compare it with the sheet."
)
CROSSED: Final = N_(
    "Each of you has typed the code on the other's sheet. Please type them the other "
    "way round: from then on each confirms with their own."
)
SAME_CODE: Final = N_(
    "Both codes are the same. Each teller types the one on their own sheet."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPage:
    """How far the first evening has come.

    ``session`` is the meeting that is being held tonight; ``ballot`` the one on the
    first rules. ``others`` are those among whom the second teller is, ``second`` who
    it is to be, as far as that is known.
    """

    name: str
    session: str | None
    is_open: bool
    founded: bool
    confirmed: int
    others: tuple[tuple[MemberId, str], ...]
    second: MemberId | None
    out: int
    agreed: bool
    starter: str
    ballot: str | None
    counting: bool
    passed: bool | None
    adopted: bool
    waiting: int
    may_lead: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAloud:
    whose: str
    text: str


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        member = the_member(request)
        shown = await site.node.look(lambda desk: view(desk, member))
        return render(request, "first.html", page=shown)

    async def begin(request: Request, form: Form) -> Response:
        form.only("code_1", "code_2", "second")
        member = the_member(request)
        second = MemberId(form.line("second", "The second teller", most=100))
        keys = [await _key(form, number) for number in (1, 2)]
        if [count_sheets.of_teller(form.one(f"code_{n}")) for n in (1, 2)] == [2, 1]:
            raise Misused(CROSSED)
        if len(set(map(count_sheets.public, keys))) < len(keys):
            raise Misused(SAME_CODE)
        await site.work(lambda desk: begin_evening(desk, member, second, keys))
        return see_other("/first")

    async def put(request: Request, form: Form) -> Response:
        form.only("text")
        member = the_member(request)
        text = form.text("text", "The rules", most=MOST_IN_RULES)

        def carry_out(desk: Desk) -> None:
            meeting = starting.tonight(desk)
            if meeting is None:
                raise TooEarly("No meeting has been called.")
            known = starting.rules_ballot(desk)
            if known is not None and known[1].is_open:
                return
            starting.put_rules(desk, meeting, text, by=member.id)

        await site.work(carry_out)
        return see_other("/first")

    async def adopt(request: Request, form: Form) -> Response:
        form.only()
        member = the_member(request)

        def carry_out(desk: Desk) -> None:
            known = starting.rules_ballot(desk)
            if known is None:
                raise TooEarly("The rules have not been put to the cards yet.")
            id, state = known
            if state.is_open:
                voting.close(desk, id, by=member.id)
            if voting.decided(desk, id).outcome == "passed":
                starting.adopt_rules(desk, id, by=member.id)

        await site.work(carry_out)
        return see_other("/first")

    async def read_aloud(request: Request) -> Response:
        the_member(request)
        shown = await site.node.look(view_read_aloud)
        return paper.show(request, "sheet_rules.html", back="/first", page=shown)

    return [
        site.page("/first", page),
        site.form("/first/begin", begin, again=page),
        site.form("/first/rules", put, again=page),
        site.form("/first/adopt", adopt, again=page),
        site.page("/sheets/rules", read_aloud),
    ]


def view(desk: Desk, member: Member) -> FirstPage:
    """Show how far the first evening has come."""
    here = node.assembly_here(desk)
    meeting = starting.tonight(desk)
    held: session.State = (
        session.NOTHING if meeting is None else node.load(desk, f"session:{meeting}")
    )
    known = starting.rules_ballot(desk)
    decided = None if known is None else known[1].decided
    return FirstPage(
        name=naming.our_name(desk),
        session=meeting,
        is_open=held.is_open,
        founded=here.founded is not None,
        confirmed=len(here.founding_confirmed),
        others=tuple(
            (MemberId(id), name)
            for id, name in people.names(desk.connection).items()
            if id != member.id
        ),
        second=next(
            (each for each in starting.tellers_to_be(desk) if each != member.id), None
        ),
        out=len(held.out),
        agreed=held.in_room is not None,
        starter=starting.starter_text(desk),
        ballot=None if known is None else known[0],
        counting=known is not None and known[1].is_open,
        passed=None if decided is None else decided.result.outcome == "passed",
        adopted=bool(here.rulebooks),
        waiting=sum(act.unconfirmed for act in confirming.waiting(desk, member)),
        may_lead=here.founded is None or may(member, session.OpenSession),
    )


def view_read_aloud(desk: Desk) -> ReadAloud:
    """Show the first rules to be read aloud: as put, or as they are offered."""
    known = starting.rules_ballot(desk)
    text = starting.starter_text(desk)
    if known is not None:
        text = voting.text_of(desk, voting.terms_of(known[1])) or text
    return ReadAloud(whose=naming.our_name(desk), text=text)


def begin_evening(
    desk: Desk,
    member: Member,
    second: MemberId,
    keys: Sequence[Ed25519PrivateKey],
) -> None:
    """Found the assembly on two count sheets, confirm that by both, open the meeting.

    Raises:
        TooLate: it is founded already.
        Refused: the tellers are not two people with two sheets.
    """
    if node.assembly_here(desk).founded is not None:
        raise TooLate("This assembly is founded already. That happens once.")
    if second not in people.names(desk.connection):
        raise NotEntitled("The second teller is somebody who was invited here.")
    tellers = [
        Teller(member=who, key=count_sheets.public(key))
        for who, key in zip((member.id, second), keys, strict=True)
    ]
    starting.found(
        desk, member.id, name=naming.our_name(desk), kind="place", tellers=tellers
    )
    for teller, key in zip(tellers, keys, strict=True):
        starting.confirm_founding(desk, key, by=teller.member)
    meeting = starting.tonight(desk)
    if meeting is not None:
        starting.open_meeting(desk, meeting, by=member.id)


async def _key(form: Form, number: int) -> Ed25519PrivateKey:
    code = form.line(
        f"code_{number}", N_("The code on the count sheet"), most=MOST_IN_CODE
    )
    key = await derive(code)
    if key is None:
        raise Misused(NOT_A_CODE, code=code)
    return key
