"""Whoever keeps the torn-off part of a slip sees where it went, with no account.

The code says which slip it is, and never what stands on it: who finds the paper learns
no more than what became of something that somebody said. Two who said the same meet if
both of them want to; until then neither is shown to the other.
"""

import secrets
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.errors import TooEarly, Unknown
from instance import clerk
from instance.desk import Desk
from instance.meeting import slips
from instance.membership import welcome
from instance.store import tear_offs
from instance.store.tear_offs import TearOff
from instance.web import asking, naming, paper
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.matters import issues
from instance.web.matters.issues import IssuePage
from instance.web.meeting import told
from instance.web.membership.signing_in import where_from
from instance.web.rendering import render
from instance.web.site import Site
from instance.web.tries import Tries

MOST_IN_REACH: Final = 200
MOST_IN_CODE: Final = 60
ON_A_SHEET: Final = 3
MOST_SHEETS: Final = 40
NO_SUCH_CODE: Final = N_(
    "No slip with this code has been written down here yet. Please compare it letter "
    "by letter; whoever spoke to you may still have the paper in their pocket."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where a slip went; ``issue`` is None until it was put under one that is out.

    ``others`` is how many under the same issue want to meet, and ``reaches`` how to
    reach them: empty unless ``reach``, which is one's own, was given too. ``feed`` is
    the address of the feed that tells what becomes of it.
    """

    code: str
    issue: IssuePage | None
    grouped: bool
    reach: str | None
    others: int
    reaches: tuple[str, ...]
    feed: str


def routes(site: Site) -> list[Route]:
    tries = Tries()

    async def look(request: Request, form: Form) -> TearOff:
        code = slips.code(form.line("code", N_("The code"), most=MOST_IN_CODE))
        address, at = where_from(request), int(site.node.clock().timestamp())
        tries.check(address, at=at)
        found = await site.node.look(
            lambda desk: tear_offs.with_code(desk.connection, code)
        )
        if found is None:
            tries.wrong(address, at=at)
            raise Unknown(NO_SUCH_CODE)
        return found

    async def show(request: Request, form: Form) -> Response:
        code = slips.code(form.one("code"))
        shown = await site.node.look(lambda desk: view(desk, code))
        return render(request, "tear_off.html", page=shown)

    async def page(request: Request) -> Response:
        return render(request, "tear_off.html", page=None)

    async def where(request: Request, form: Form) -> Response:
        form.only("code")
        await look(request, form)
        return await show(request, form)

    async def meet(request: Request, form: Form) -> Response:
        form.only("code", "reach")
        found = await look(request, form)
        if found.issue is None:
            raise TooEarly("Nobody is under the same issue yet. Please ask later.")
        reach = form.line("reach", "How others reach you", most=MOST_IN_REACH)
        await site.work(lambda desk: _keep(desk, form, reach))
        return await show(request, form)

    async def do_not_meet(request: Request, form: Form) -> Response:
        form.only("code")
        await look(request, form)
        await site.work(lambda desk: _keep(desk, form, None))
        # How to reach somebody does not stay behind in a log.
        await site.node.database.forget_steps()
        return await show(request, form)

    async def blank(request: Request) -> Response:
        asking.an_officer(request, "registrar", "note-taker")
        asked = request.query_params.get("sheets", "1")
        sheets = int(asked) if asked.isascii() and asked.isdecimal() else 1
        sheets = max(1, min(sheets, MOST_SHEETS))
        name = await site.node.look(naming.our_name)
        return paper.show(
            request,
            "sheet_slips.html",
            back="/slips",
            name=name,
            codes=[[new_code() for _ in range(ON_A_SHEET)] for _ in range(sheets)],
            address=f"{site.node.config.base}/heard",
        )

    return [
        site.page("/heard", page),
        site.form("/heard", where, again=page),
        site.form("/heard/meet", meet, again=page),
        site.form("/heard/do-not-meet", do_not_meet, again=page),
        site.page("/slips/blank", blank),
    ]


def view(desk: Desk, code: str) -> Whereabouts:
    """Show where the slip with a code went.

    Raises:
        Unknown: there is none.
    """
    found = tear_offs.with_code(desk.connection, code)
    if found is None:
        raise Unknown(NO_SUCH_CODE)
    under = found.issue
    digest = None if under is None else clerk.published(desk, "Issue", under)
    others = (
        []
        if under is None
        else tear_offs.reaches(desk.connection, under, without=found.slip)
    )
    return Whereabouts(
        code=code,
        issue=None if digest is None else issues.view(desk, digest),
        grouped=under is not None,
        reach=found.reach,
        others=len(others),
        reaches=tuple(others) if found.reach is not None else (),
        feed=told.address(desk, code),
    )


def new_code() -> str:
    """Make a code for a blank slip; it is kept only once the slip is written down."""
    letters = "".join(
        secrets.choice(welcome.CODE_LETTERS) for _ in range(welcome.CODE_LENGTH)
    )
    return "-".join(letters[i : i + 4] for i in range(0, len(letters), 4))


def _keep(desk: Desk, form: Form, reach: str | None) -> None:
    tear_offs.set_reach(desk.connection, slips.code(form.one("code")), reach)
