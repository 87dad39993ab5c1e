"""What each role does, and a short way into it that everybody goes at their own pace.

What somebody ticks here is theirs: only they see it, and, where they would like to do
the role, whoever sets meetings up.
"""

from typing import Final, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.meeting import rotation
from confederation.meeting.rotation import Role, Step
from instance.desk import Desk
from instance.store import training
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.meeting import phases
from instance.web.rendering import render
from instance.web.site import Site, not_found, see_other
from instance.web.visits import signed_in, the_member

STEPS: Final[dict[Step, str]] = {
    "read": N_("I have read this card"),
    "beside": N_("I sat beside somebody who did it"),
    "together": N_("I did it, with somebody beside me"),
    "alone": N_("I did it alone"),
}


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        role = _role(request)
        member = signed_in(request)

        def look(desk: Desk) -> tuple[frozenset[Step], bool]:
            if member is None:
                return frozenset(), False
            mine = member.id in training.offers(desk.connection, role)
            return training.steps(desk.connection, member.id, role), mine

        ticked, offered = await site.node.look(look)
        return render(
            request,
            "training.html",
            job=role,
            says=phases.ROLES[role],
            jobs=tuple(phases.ROLES.items()),
            steps=STEPS,
            ticked=ticked,
            offered=offered,
            mine=member is not None,
        )

    async def keep(request: Request, form: Form) -> Response:
        form.only("step", "offer")
        role, member = _role(request), the_member(request)
        ticked = form.choices("step", N_("Steps"), among=STEPS)

        def carry_out(desk: Desk) -> None:
            training.keep(
                desk.connection,
                member.id,
                role,
                steps=[cast(Step, each) for each in ticked],
                offered=form.ticked("offer"),
            )

        await site.work(carry_out)
        return see_other(f"/roles/{role}#mine")

    return [
        site.page("/roles", page),
        site.page("/roles/{role}", page),
        site.form("/roles/{role}", keep, again=page),
    ]


def _role(request: Request) -> Role:
    role: Role = request.path_params.get("role", "facilitator")
    if role not in rotation.ROLES:
        raise not_found()
    return role
