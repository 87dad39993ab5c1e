"""A delegate says what the assembly said: the form files nothing else.

Whoever keeps their own key signs the vote elsewhere and hands it in here.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical
from activitypub.errors import ProtocolError
from confederation import record
from confederation.confederal import council, election, mandate
from confederation.confederal.compact import RANKINGS, Compact
from confederation.confederal.council import State
from confederation.errors import NotEntitled, Unknown
from confederation.identifiers import Digest, MemberId, OptionId
from confederation.record import Entry, Proposal
from instance import chamber, node
from instance.confederal import confederating
from instance.desk import Desk
from instance.errors import Misused
from instance.store import records
from instance.web import asking, naming, visits
from instance.web.confederal import instructions
from instance.web.deciding import ranking
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.naming import Words, in_hex
from instance.web.rendering import render
from instance.web.site import Site, see_other

LONGEST_VOTE: Final = 16 * 1024
STATES: Final = {
    State.DRAFT: N_("Not open yet: too few assemblies have seen it."),
    State.OPEN: N_("Open for votes."),
}
CLOSED: Final = N_("Closed. No more votes are taken.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option, and whether the mandate allows it.

    Where options are put in order, ``place`` is the one that the mandate says, if any.
    """

    id: str
    label: Words
    allowed: bool
    place: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VotePage:
    """A proposal before our delegate. ``own_key`` is whether they keep their own.

    ``ranks`` is whether options are put in order; ``voted`` is in the order of a vote.
    """

    digest: str
    title: Words
    clauses: tuple[Words, ...]
    closes: datetime
    state: str
    is_open: bool
    bound: str
    mandate: str | None
    reason: Words | None
    options: tuple[Option, ...]
    voted: tuple[Words, ...]
    is_delegate: bool
    own_key: bool
    ranks: bool


def view(desk: Desk, digest: Digest, member: MemberId) -> VotePage:
    """Show our delegate what is voted on and what the assembly said about it.

    Raises:
        Unknown: no such proposal is known here, or not its compact.
    """
    entry = chamber.proposal(desk, digest)
    held, ours = chamber.holding(desk, entry), records.ours(desk.connection)
    if held is None or ours is None or ours.id not in held.records:
        raise Unknown("The compact of this proposal is not known here.")
    assert isinstance(entry.fact, Proposal)
    own = held.records[ours.id]
    bound = mandate.bound(own, own.size, held.matter)
    instruction = bound.instruction
    reason = None if instruction is None else instruction.reason
    given = None if bound.mandate is None else bound.mandate.fact
    seat = seat_of(desk, held.compact)
    in_office = None if seat is None else seat.delegate
    state = council.standing(held, desk.now).state
    return VotePage(
        digest=digest,
        title=naming.words(desk, entry.fact.title),
        clauses=tuple(naming.words(desk, each.text) for each in entry.fact.clauses),
        closes=entry.fact.closes,
        state=STATES.get(state, CLOSED),
        is_open=state is State.OPEN,
        bound=bound.word,
        mandate=None if bound.mandate is None else bound.mandate.digest,
        reason=naming.some_words(desk, reason),
        options=tuple(
            Option(
                id=option.id,
                label=naming.words(desk, option.label),
                allowed=isinstance(given, record.Mandate)
                and mandate.may_stand(given, option.id, held.matter),
                place=_place(instruction, option.id),
            )
            for option in entry.fact.options
        ),
        voted=instructions.chosen(
            instructions.labels(desk, entry.fact),
            _voted(entry, own.facts(record.Filed)),
        ),
        is_delegate=in_office is not None and in_office.member == member,
        own_key=in_office is not None and in_office.kept_by == "delegate",
        ranks=entry.fact.method.name in RANKINGS,
    )


def _place(instruction: record.Instruction | None, option: OptionId) -> int | None:
    if instruction is None or option not in instruction.must:
        return None
    return instruction.must.index(option) + 1


def seat_of(desk: Desk, compact: Compact) -> election.State | None:
    """Return our assembly's seat in a compact; None if nobody was nominated yet."""
    stream = f"seat:{compact.identity}"
    return node.load(desk, stream) if node.exists(desk, stream) else None


def cast(desk: Desk, digest: Digest, form: Form, *, by: MemberId) -> Entry:
    """File our delegate's vote, signed with the key that the node keeps for them.

    Raises:
        Misused: the form holds no choice that can be read.
        NotEntitled: ``by`` is not the delegate in office, or the mandate says no.
        Refused: the proposal is not open.
    """
    entry = chamber.proposal(desk, digest)
    _in_office(desk, entry, by)
    return confederating.cast(desk, entry, _choice(entry, form), by=by)


def unsigned(desk: Desk, digest: Digest, form: Form) -> str:
    """Return the vote that our delegate signs elsewhere, as JSON.

    Raises:
        Misused: the form holds no choice that can be read.
    """
    entry = chamber.proposal(desk, digest)
    assert isinstance(entry.fact, Proposal)
    choice = _choice(entry, form)
    if not {option.id for option in entry.fact.options}.issuperset(choice):
        raise Misused("The proposal has no such option. Please choose again.")
    document = confederating.vote_document(desk, entry, choice)
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def hand_in(desk: Desk, digest: Digest, data: bytes, *, by: MemberId) -> Entry:
    """File a vote that our delegate signed elsewhere.

    Raises:
        Misused: it is no JSON document, or a vote on another proposal.
        NotEntitled: the delegate is another, or the mandate says otherwise.
        Refused: the proposal is not open.
    """
    try:
        document = canonical.read(data)
    except ProtocolError as error:
        raise Misused("This is not a signed vote: {error}", error=error) from error
    if document.get("proposal") != digest:
        raise Misused("This is not a vote on this proposal.")
    _in_office(desk, chamber.proposal(desk, digest), by)
    return confederating.hand_in(desk, document)


def _in_office(desk: Desk, entry: Entry, member: MemberId) -> None:
    """Make sure that a member is the delegate in office, today and not only once.

    Raises:
        NotEntitled: they are not.
        Unknown: the compact is not known here.
    """
    assert isinstance(entry.fact, Proposal)
    compact = chamber.compact_of(desk, entry.fact.compact)
    if compact is None:
        raise Unknown("The compact of this proposal is not known here.")
    seat = seat_of(desk, compact)
    if seat is None or seat.delegate is None or seat.delegate.member != member:
        raise NotEntitled("Only the delegate in office votes for the assembly.")


def _choice(entry: Entry, form: Form) -> tuple[OptionId, ...]:
    assert isinstance(entry.fact, Proposal)
    options = [option.id for option in entry.fact.options]
    if entry.fact.method.name in RANKINGS:
        return ranking.read(form, options)
    form.only("choice")
    return (OptionId(form.line("choice", "The vote", most=64)),)


def _voted(
    entry: Entry, filings: Iterable[tuple[Entry, record.Filed]]
) -> tuple[OptionId, ...]:
    newest: tuple[OptionId, ...] = ()
    for _, filed in filings:
        if filed.proposal == entry.digest:
            newest = () if filed.document is None else filed.document.choice
    return newest


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        member, digest = visits.the_member(request), asking.digest(request)
        shown = await site.node.look(lambda desk: view(desk, digest, member.id))
        return render(request, "vote.html", page=shown)

    async def vote(request: Request, form: Form) -> Response:
        member, digest = visits.the_member(request), asking.digest(request)
        await site.work(lambda desk: cast(desk, digest, form, by=member.id))
        return see_other(f"/proposals/{in_hex(digest)}")

    async def document(request: Request) -> Response:
        visits.the_member(request)
        digest = asking.digest(request)
        asked = request.query_params
        form = Form(values={name: tuple(asked.getlist(name)) for name in asked})
        text = await site.node.look(lambda desk: unsigned(desk, digest, form))
        return Response(
            text,
            media_type="application/json",
            headers={"content-disposition": 'attachment; filename="vote.json"'},
        )

    async def handed_in(request: Request, form: Form) -> Response:
        member, digest = visits.the_member(request), asking.digest(request)
        form.only("signed", "file")
        data = (
            form.files.get("file")
            or form.text("signed", "The signed vote", most=LONGEST_VOTE).encode()
        )
        await site.work(lambda desk: hand_in(desk, digest, data, by=member.id))
        return see_other(f"/proposals/{in_hex(digest)}")

    return [
        site.page("/proposals/{hex}/vote", page),
        site.form("/proposals/{hex}/vote", vote, again=page),
        site.page("/proposals/{hex}/vote-document", document),
        site.form("/proposals/{hex}/hand-in", handed_in, again=page),
    ]
