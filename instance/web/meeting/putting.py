"""What waits for the assembly is put to the meeting that is open, with one press.

By a show of hands, and by the first way of deciding that the rules name for a yes or
no. Whoever wants another way puts the question on the page of the meeting.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import assembly, session
from confederation.deciding.rulebook import MethodName
from confederation.errors import TooEarly
from confederation.identifiers import BallotId, MemberId, SessionId
from instance import node
from instance.deciding import voting
from instance.deciding.voting import Matter
from instance.desk import Desk
from instance.web import asking, visits
from instance.web.deciding import balloting
from instance.web.forms import Form
from instance.web.site import Site, see_other

PREFERRED: Final[tuple[MethodName, ...]] = ("majority", "qualified", "consent")


def put(desk: Desk, matter: Matter, question: str, *, by: MemberId) -> BallotId:
    """Put a matter to the meeting that is open now.

    Asking again while it is being voted on changes nothing.

    Raises:
        TooEarly: no meeting is open.
        Refused: nobody can decide there now, or it is for others to put.
    """
    going_on = balloting.going_on(desk, matter.text, matter.subject)
    if going_on is not None:
        return going_on
    to = open_meeting(desk)
    if to is None:
        raise TooEarly("No meeting is open. Open one, and put it to those present.")
    named = assembly.rules(node.assembly_here(desk)).methods
    method: MethodName = next((each for each in PREFERRED if each in named), named[0])
    return voting.put(
        desk, to, matter, question=question, method=method, channels=("hands",), by=by
    )


def open_meeting(desk: Desk) -> SessionId | None:
    """Return the meeting of the whole that is open now, if one is."""
    return next(
        (
            SessionId(id)
            for id, held in node.load_all(desk, "session").items()
            if isinstance(held, session.State)
            and held.is_open
            and held.called is not None
            and held.called.notice.sub_assembly is None
        ),
        None,
    )


def routes(site: Site) -> list[Route]:
    async def recall(request: Request, form: Form) -> Response:
        member, seat = visits.the_member(request), asking.digest(request)
        form.only()
        id = await site.work(
            lambda desk: put(
                desk,
                voting.on_recall(desk, seat),
                "Do we recall our delegate?",
                by=member.id,
            )
        )
        return see_other(f"/ballots/{id}")

    async def report(request: Request, form: Form) -> Response:
        member, seat = visits.the_member(request), asking.digest(request)
        form.only()
        about = f"{seat}/{request.path_params['number']}"
        id = await site.work(
            lambda desk: put(
                desk,
                voting.on_report(desk, about),
                "Do we accept our delegate's report?",
                by=member.id,
            )
        )
        return see_other(f"/ballots/{id}")

    return [
        site.form("/seats/{hex}/put-recall", recall),
        site.form("/seats/{hex}/reports/{number:int}/put", report),
    ]
