"""A stub makes its holder a member: by number, code and a name, and without e-mail.

Whoever has no device asks somebody who has one; what they come in by is then shown to
that person once, to be written on paper.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.errors import TooEarly, Unknown
from confederation.identifiers import CardNumber, SessionId
from confederation.meeting import door as cards
from instance.desk import Desk
from instance.meeting import door
from instance.membership import welcome
from instance.membership.welcome import Invitation
from instance.web import visits
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.membership.signing_in import LONGEST_TOKEN, where_from
from instance.web.once import Once
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.tries import Tries
from instance.web.visits import Visit


def routes(site: Site) -> list[Route]:
    once, tries = Once[Invitation](), Tries()

    async def page(request: Request) -> Response:
        visit: Visit = request.state.visit
        fresh = None
        if visit.member is not None:
            fresh = once.take(visit.member.id, request.query_params.get("made", ""))
        return render(request, "stub.html", fresh=fresh, letters=door.STUB_LENGTH)

    async def claim(request: Request, form: Form) -> Response:
        form.only("card", "code", "name")
        card = CardNumber(form.whole("card", "Card", least=1, most=cards.HIGHEST))
        code = form.line("code", N_("The code on the stub"), most=LONGEST_TOKEN)
        name = form.line("name", "Your name", most=welcome.LONGEST_NAME)
        visit: Visit = request.state.visit
        address, at = where_from(request), int(site.node.clock().timestamp())
        known_as = (address, f"stub {card}")
        for each in known_as:
            tries.check(each, at=at)
        response = see_other("/stub")

        def carry_out(desk: Desk) -> tuple[Invitation, SessionId]:
            made = door.claim(desk, card, code, name)
            if visit.member is None:
                # They hold the stub, so they come in at once.
                visits.end(desk, visit)
                visits.keep(
                    desk,
                    response,
                    member=made[0].member,
                    session=visits.new_session(),
                )
            return made

        try:
            invitation, _ = await site.work(carry_out)
        except (Unknown, TooEarly):
            for each in known_as:
                tries.wrong(each, at=at)
            raise
        shown_to = invitation.member if visit.member is None else visit.member.id
        mark = once.keep(shown_to, invitation)
        response.headers["location"] = f"/stub?made={mark}"
        return response

    return [
        site.page("/stub", page),
        site.form("/stub", claim, again=page),
    ]
