"""What our assembly does next about a proposal: it decides, then binds its delegate.

Nothing stops between two people: the page says whose turn it is, and so does the list
of what waits for them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.confederal import election, mandate
from confederation.confederal.compact import RANKINGS
from confederation.deciding import ballot
from confederation.identifiers import BallotId, CompactId, Digest, MemberId
from confederation.record import Proposal
from instance import chamber, node
from instance.deciding import voting
from instance.desk import Desk
from instance.store import records
from instance.web import asking, naming, rights, visits
from instance.web.confederal import referring, seat_page
from instance.web.deciding import balloting
from instance.web.forms import Form
from instance.web.languages import N_, phrased
from instance.web.meeting import putting
from instance.web.naming import in_hex
from instance.web.site import Site, see_other
from instance.web.visits import Member

WITHOUT: Final = frozenset({"uninstructed", "vacant", "expired", "refer back"})
"""How a seat stands on which our delegate cannot vote before somebody here acts."""
MOST_IN_QUESTION: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class OurTurn:
    """A proposal on which our delegate has no instruction, and who acts next.

    ``given`` says that a mandate waits for its tellers. ``asked`` is the ballot that is
    open on it; ``ranks`` that a yes or no settles
    nothing, so that the question is put on the page of the meeting.
    """

    digest: str
    seat: CompactId
    vacant: bool
    given: bool
    decided: bool
    asked: BallotId | None
    ranks: bool
    may_bind: bool
    may_put: bool
    meeting: bool


def view(desk: Desk, digest: Digest, member: Member) -> OurTurn | None:
    """Say what comes next here; None where it is not for us, or not for now.

    Raises:
        Unknown: no such proposal is known here.
    """
    entry = chamber.proposal(desk, digest)
    held, ours = chamber.holding(desk, entry), records.ours(desk.connection)
    kept = None if held is None or ours is None else held.records.get(ours.id)
    if (
        held is None
        or kept is None
        or held.text.closes <= desk.now
        or held.compact.seat_of(kept.assembly) is None
        or all(held.compact.digest != each.digest for each in chamber.our_seats(desk))
    ):
        return None
    word = mandate.bound(kept, kept.size, held.matter).word
    if word not in WITHOUT:
        return None
    seat = held.compact.identity
    state: election.State = election.NOTHING
    if node.exists(desk, f"seat:{seat}"):
        state = node.load(desk, f"seat:{seat}")
    matter = voting.on_proposal(desk, digest)
    return OurTurn(
        digest=digest,
        seat=seat,
        vacant=state.delegate is None,
        given=_is_told(state, digest, held.text.closes),
        decided=referring.is_decided(desk, digest),
        asked=balloting.going_on(desk, matter.text, matter.subject),
        ranks=held.text.method.name in RANKINGS,
        may_bind="clerk" in member.roles,
        may_put=rights.may(member, ballot.OpenBallot),
        meeting=putting.open_meeting(desk) is not None,
    )


def awaits(desk: Desk, member: Member) -> Iterator[tuple[str, str, str]]:
    """Say which decisions wait for the clerk: what to do, about what, and where."""
    if "clerk" not in member.roles:
        return
    for id, state in node.load_all(desk, "seat").items():
        page = f"/seats/{in_hex(id)}"
        if state.delegate is None:
            if state.alternate is not None:
                yield (
                    N_("Seat the alternate"),
                    N_("Nobody votes for us in the meantime"),
                    page,
                )
            continue
        for digest, title, closes in _open_under(desk, CompactId(id)):
            told = _is_told(state, digest, closes)
            if not told and referring.is_decided(desk, digest):
                yield N_("Give our delegate the mandate"), title, f"{page}#give"


def put(desk: Desk, digest: Digest, by: MemberId) -> BallotId:
    """Put a proposal to the meeting that is open, by hands and as the rules say first.

    Raises:
        TooEarly: no meeting is open.
        Refused: nobody can decide there now.
    """
    entry = chamber.proposal(desk, digest)
    assert isinstance(entry.fact, Proposal)
    title = naming.words(desk, entry.fact.title).text or phrased("(text withdrawn)")
    again = referring.view(desk, digest) is not None
    question = (
        f"{phrased('The text was changed. Are we for it?')} {title}"
        if again
        else f"{phrased('Are we for it?')} {title}"
    )
    matter = voting.on_proposal(desk, digest)
    return putting.put(desk, matter, question[:MOST_IN_QUESTION], by=by)


def _is_told(state: election.State, digest: Digest, closes: datetime) -> bool:
    """Whether the mandate says something on a proposal, and lasts until it closes."""
    given = state.mandate
    return (
        given is not None
        and given.terms.valid_until >= closes
        and any(each.proposal == digest for each in given.terms.instructions)
    )


def _open_under(desk: Desk, seat: CompactId) -> Iterator[tuple[Digest, str, datetime]]:
    ours = {compact.digest for compact in seat_page.versions(desk, seat)}
    for entry in chamber.proposals(desk):
        text = entry.fact
        assert isinstance(text, Proposal)
        if text.compact in ours and desk.now < text.closes:
            title = naming.words(desk, text.title)
            named = naming.in_a_line(title, naming.begins(desk, text))
            yield entry.digest, named, text.closes


def routes(site: Site) -> list[Route]:
    async def to_us(request: Request, form: Form) -> Response:
        member, digest = visits.the_member(request), asking.digest(request)
        form.only()
        id = await site.work(lambda desk: put(desk, digest, member.id))
        return see_other(f"/ballots/{id}")

    return [site.form("/proposals/{hex}/put", to_us)]
