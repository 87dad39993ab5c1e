"""What delegates adopted goes back to every assembly, and each of them answers.

Anybody sees who has answered what, until when, and in the end whom it binds. Members
put the outcome to their assembly with one press; what it decides is filed without
another. In the same way an assembly withdraws a proposal of its own: by a decision, and
then by the clerk, who carries it out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from babel.dates import format_timedelta
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import assembly
from confederation.confederal import admission, bearing, ratifying
from confederation.confederal.compact import Seat
from confederation.confederal.council import State
from confederation.confederal.holding import Holding
from confederation.confederal.ratifying import RATIFY, Course, Stage
from confederation.deciding import ballot
from confederation.deciding.rulebook import MethodName
from confederation.errors import NotEntitled, TooEarly, Unknown
from confederation.identifiers import AssemblyId, BallotId, Digest
from confederation.record import Entry, Proposal, Ratification, Withdrawal
from instance import chamber, clerk, node
from instance.deciding import voting
from instance.deciding.voting import Matter
from instance.desk import Desk
from instance.store import acts, records
from instance.web import asking, naming, rights, states, visits
from instance.web.confederal import standings
from instance.web.deciding import balloting
from instance.web.deciding.balloting import Decision, Waiting
from instance.web.forms import Form
from instance.web.languages import N_, phrased, spoken, translated
from instance.web.meeting import putting
from instance.web.naming import Named, in_hex
from instance.web.site import Site, see_other
from instance.web.states import Badge
from instance.web.visits import Member

YES_OR_NO: Final[tuple[MethodName, ...]] = (
    "majority",
    "qualified",
    "consent",
    "consensus",
)
"""The ways of deciding that end in yes or no, the plainest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerView:
    """What one assembly says to an outcome. ``bound`` is None until that is settled.

    ``decision`` is the page of what stands behind it; ``below`` the compact whose
    assemblies decide on it, where the seat is held for one.
    """

    assembly: Named
    says: Badge
    bound: bool | None
    decision: str | None
    below: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What became of an adopted proposal: who ratifies it, until when, whom it binds.

    Attributes:
        answers: of each assembly; empty where nothing is to be ratified.
        ratified: how many have ratified it so far, or in the end.
        needed: how many must, of ``seats``.
        left: how long there is to answer, in words; None when the time is over.
        binds_all: whether the compact says that it binds those too that did not.
        bound: the names of those whom it binds, once it is in force.
        unbound: the names of the others, once it is in force.
    """

    state: Badge
    in_force: bool
    answers: tuple[AnswerView, ...]
    ratified: int
    needed: int
    seats: int
    closes: datetime | None
    left: str | None
    binds_all: bool
    bound: tuple[str, ...]
    unbound: tuple[str, ...]
    attested: tuple[str, ...]
    waiting_for: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """What our assembly may still do about a proposal, as one member sees it.

    Attributes:
        answer: what we have answered; None where there is nothing to answer.
        to_answer: whether our assembly can decide on the outcome now.
        asked: the ballots on the outcome, or on the withdrawal, that are open.
        decided: those that are closed, the newest first.
        withdraws_by: the decision by which the clerk may withdraw it now.
        withdrawn: whether that was done, and the others have yet to attest it.
    """

    digest: str
    answer: Badge | None
    to_answer: bool
    may_put: bool
    may_withdraw: bool
    meeting: bool
    asked: tuple[str, ...]
    decided: tuple[Decision, ...]
    waits: tuple[Waiting, ...]
    withdraws_by: BallotId | None
    withdrawn: bool


def meaning(course: Course | None) -> str | None:
    """Say in a sentence how far a ratification is; None where there is none."""
    if course is None or course.ratification is None:
        return None
    confirmed = course.ratification.confirmed
    match course.state:
        case Stage.RATIFYING:
            return translated(
                N_(
                    "The delegates have adopted it, and that decides nothing yet. "
                    "Every assembly now says for itself whether it ratifies the "
                    "outcome."
                )
            )
        case Stage.IN_FORCE:
            return translated(
                N_("Enough assemblies have ratified the outcome. It stays so.")
            )
        case Stage.NOT_IN_FORCE if confirmed is not None:
            return translated(
                N_(
                    "%(ratified)s of %(seats)s assemblies have ratified the outcome; "
                    "%(needed)s had to. It binds nobody."
                )
            ) % {
                "ratified": confirmed.figures.assemblies[RATIFY],
                "seats": confirmed.figures.seats,
                "needed": confirmed.figures.quorum,
            }
        case _:
            return translated(
                N_(
                    "Too few assemblies can still attest one end of the ratification. "
                    "Nothing is in force; the next step is a new proposal."
                )
            )


def ending(desk: Desk, course: Course) -> Ending | None:
    """Show what became of a proposal that was adopted; None before that."""
    confirmed = course.vote.confirmed
    if confirmed is None or confirmed.outcome != "adopted":
        return None
    compact = chamber.compact_of(desk, confirmed.compact)
    if compact is None:
        return None
    members = [seat.assembly for seat in compact.members]
    in_force = course.state is Stage.IN_FORCE
    bound = course.bound if in_force else ()
    ratification = course.ratification
    ended = None if ratification is None else ratification.confirmed
    so_far = sum(each.says == "ratified" for each in course.answers)
    seats = len(members) - sum(each.says == "left" for each in course.answers)
    return Ending(
        state=states.of_course(course),
        in_force=in_force,
        answers=tuple(
            _answer(desk, course, seat, number)
            for number, seat in enumerate(compact.members)
            if course.answers
        ),
        ratified=so_far if ended is None else ended.figures.assemblies[RATIFY],
        needed=ratifying.needed(compact, seats)
        if ended is None
        else ended.figures.quorum,
        seats=seats if ended is None else ended.figures.seats,
        closes=course.closes,
        left=_left(desk.now, course.closes),
        binds_all=compact.rules.ratification.binds == "all",
        bound=naming.names(desk, bound),
        unbound=naming.names(desk, [each for each in members if each not in bound])
        if in_force
        else (),
        attested=()
        if ratification is None
        else naming.names(
            desk,
            [
                assembly
                for each in ratification.attestations
                if each.result == (ended or ratification.result)
                for assembly in each.by
            ],
        ),
        waiting_for=()
        if ratification is None
        else naming.names(desk, ratification.waiting_for),
    )


def _left(now: datetime, closes: datetime | None) -> str | None:
    if closes is None or now >= closes:
        return None
    # Two of a unit at least: a month is not left where 28 days are.
    return format_timedelta(closes - now, threshold=2, locale=spoken().code)


def _answer(desk: Desk, course: Course, seat: Seat, number: int) -> AnswerView:
    answer = course.answers[number]
    lapsed = answer.says == "silent" and (
        answer.settled or (course.closes is not None and desk.now >= course.closes)
    )
    in_force = course.state is Stage.IN_FORCE
    return AnswerView(
        assembly=naming.assembly(desk, answer.assembly),
        says=states.LAPSED if lapsed else states.ANSWERS[answer.says],
        bound=answer.bound if in_force else None,
        decision=_decision(course, seat, number),
        below=seat.bears,
    )


def _decision(course: Course, seat: Seat, number: int) -> str | None:
    """Give the page of the decision behind an answer: of the last that stands."""
    decision = None
    for each in () if course.ratification is None else course.ratification.revisions:
        fact = None if each.entry is None else each.entry.fact
        if (
            each.seat == number
            and isinstance(fact, Ratification)
            and each.finding is None
            and each.judged
        ):
            decision = fact.decision
    if decision is None:
        return None
    kind = "decisions" if seat.bears is None else "proposals"
    return f"/{kind}/{in_hex(decision)}"


def view(desk: Desk, digest: Digest, member: Member) -> Ours | None:
    """Show what our assembly may still do about a proposal; None if nothing.

    Raises:
        Unknown: no such proposal is known here.
    """
    entry = chamber.proposal(desk, digest)
    held, ours = chamber.holding(desk, entry), records.ours(desk.connection)
    if held is None or ours is None or held.compact.seat_of(ours.id) is None:
        return None
    course = standings.course(desk, held)
    mine = next((e for e in course.answers if e.assembly == ours.id), None)
    to_answer = (
        mine is not None
        and not _is_held_for_others(held, ours.id)
        and course.closes is not None
        and desk.now < course.closes
        and mine.says != "left"
    )
    to_withdraw = entry.assembly == ours.id and _may_still_withdraw(desk, course)
    if not to_answer and not to_withdraw:
        return None
    subject = course.result if to_answer else voting.withdrawal_of(digest)
    decided = balloting.decided(desk, subject=subject)
    passed = [each for each in decided if each.outcome == "passed" and each.confirmed]
    act = acts.of_subject(desk.connection, "Withdrawal", digest)
    open_now = list(_open_ballots(desk, subject))
    return Ours(
        digest=digest,
        answer=states.ANSWERS[mine.says] if to_answer and mine is not None else None,
        to_answer=to_answer,
        may_put=rights.may(member, ballot.OpenBallot),
        may_withdraw="clerk" in member.roles,
        meeting=putting.open_meeting(desk) is not None,
        asked=tuple(open_now),
        decided=decided,
        waits=balloting.waiting(desk, *(each.ballot for each in decided), digest),
        withdraws_by=passed[0].ballot if to_withdraw and passed else None,
        withdrawn=to_withdraw and act is not None,
    )


def _is_held_for_others(held: Holding, assembly: AssemblyId) -> bool:
    """Whether those of a compact below answer, and not the assembly with the seat."""
    return bearing.borne(held.compact, assembly) is not None


def _may_still_withdraw(desk: Desk, course: Course) -> bool:
    if course.state not in (State.DRAFT, State.OPEN):
        return False
    return not any(each.fate == "certified" for each in course.vote.revisions)


def _open_ballots(desk: Desk, subject: Digest | None) -> Iterator[str]:
    for id, state in node.load_all(desk, "ballot").items():
        held: ballot.State = state
        if held.is_open and voting.terms_of(held).subject == subject:
            yield id


def to_answer(desk: Desk) -> Iterator[Entry]:
    """Go through the proposals whose outcome our assembly can decide on now."""
    ours = records.ours(desk.connection)
    for entry in chamber.proposals(desk):
        if ours is None or not isinstance(entry.fact, Proposal):
            continue
        held = chamber.holding(desk, entry) if entry.fact.ratify else None
        course = None if held is None else standings.course(desk, held)
        if (
            held is not None
            and course is not None
            and course.closes is not None
            and desk.now < course.closes
            and not _is_held_for_others(held, ours.id)
            and any(
                each.assembly == ours.id and each.says != "left"
                for each in course.answers
            )
        ):
            yield entry


def awaits(desk: Desk, member: Member) -> Iterator[tuple[str, str, str]]:
    """Say which outcomes wait for our answer: what to do, about what, and where."""
    if not rights.may(member, ballot.OpenBallot):
        return
    for entry in to_answer(desk):
        shown = view(desk, entry.digest, member)
        if shown is not None and not shown.asked and not shown.decided:
            yield (
                N_("Put the outcome to our assembly"),
                _title(desk, entry.digest),
                f"/proposals/{in_hex(entry.digest)}#our-answer",
            )


def put(desk: Desk, matter: Matter, question: str, member: Member) -> BallotId:
    """Put something to the meeting that is open: by hands, in the plainest way.

    Asking again while it is being voted on changes nothing.

    Raises:
        TooEarly: no meeting is open.
        Refused: nobody can decide there now, or not by yes or no.
    """
    going_on = next(_open_ballots(desk, matter.subject), None)
    if going_on is not None:
        return BallotId(going_on)
    to = putting.open_meeting(desk)
    if to is None:
        raise TooEarly("No meeting is open. Open one, and put it to those present.")
    named = assembly.rules(node.assembly_here(desk)).methods
    method = next((each for each in YES_OR_NO if each in named), None)
    if method is None:
        raise TooEarly("The rulebook names no way of deciding that ends in yes or no.")
    return voting.put(
        desk,
        to,
        matter,
        question=question,
        method=method,
        channels=("hands",),
        by=member.id,
    )


def put_outcome(desk: Desk, digest: Digest, member: Member) -> BallotId:
    """Ask our assembly whether it ratifies what was adopted."""
    return put(
        desk,
        voting.on_outcome(desk, digest),
        f"{phrased('Do we ratify what the assemblies have adopted?')} "
        f"{_title(desk, digest)}",
        member,
    )


def put_withdrawal(desk: Desk, digest: Digest, member: Member) -> BallotId:
    """Ask our assembly whether it withdraws a proposal that it has made.

    Raises:
        NotEntitled: another assembly made it.
    """
    _our_own(desk, digest)
    return put(
        desk,
        voting.on_withdrawal(desk, digest),
        f"{phrased('Do we withdraw our proposal?')} {_title(desk, digest)}",
        member,
    )


def withdraw(desk: Desk, digest: Digest, id: BallotId) -> None:
    """Withdraw a proposal by the decision of our assembly to do so.

    A second time changes nothing.

    Raises:
        NotEntitled: the ballot did not decide that.
        TooEarly: two tellers have not confirmed it yet.
        TooLate: a vote on the proposal is certified, or it has closed.
    """
    held = _our_own(desk, digest)
    kept = held.records[held.proposal.assembly]
    if any(fact.proposal == digest for _, fact in kept.facts(Withdrawal)):
        return
    closed = ballot.decided(balloting.the_ballot(desk, id))
    if closed.subject != voting.withdrawal_of(digest) or closed.outcome != "passed":
        raise NotEntitled("Our assembly has not decided to withdraw this proposal.")
    decision = clerk.published(desk, "Decision", id)
    if decision is None:
        raise TooEarly("Two tellers confirm the decision first.")
    clerk.prepare(desk, admission.withdraw(held, decision, desk.now), subject=digest)
    clerk.publish_ready(desk)


def _our_own(desk: Desk, digest: Digest) -> Holding:
    entry = chamber.proposal(desk, digest)
    held, ours = chamber.holding(desk, entry), records.ours(desk.connection)
    if held is None:
        raise Unknown("The compact of this proposal is not known here.")
    if ours is None or entry.assembly != ours.id:
        raise NotEntitled("Only the assembly that made a proposal can withdraw it.")
    return held


def _title(desk: Desk, digest: Digest) -> str:
    fact = chamber.proposal(desk, digest).fact
    assert isinstance(fact, Proposal)
    return (naming.words(desk, fact.title).text or phrased("(text withdrawn)"))[:400]


def routes(site: Site) -> list[Route]:
    async def outcome(request: Request, form: Form) -> Response:
        member, digest = visits.the_member(request), asking.digest(request)
        form.only()
        id = await site.work(lambda desk: put_outcome(desk, digest, member))
        return see_other(f"/ballots/{id}")

    async def withdrawal(request: Request, form: Form) -> Response:
        member, digest = visits.the_member(request), asking.digest(request)
        form.only()
        id = await site.work(lambda desk: put_withdrawal(desk, digest, member))
        return see_other(f"/ballots/{id}")

    async def carry_out(request: Request, form: Form) -> Response:
        asking.an_officer(request, "clerk")
        form.only("ballot")
        digest = asking.digest(request)
        id = BallotId(form.line("ballot", "The ballot that decided", most=100))
        await site.work(lambda desk: withdraw(desk, digest, id))
        return see_other(f"/proposals/{in_hex(digest)}")

    return [
        site.form("/proposals/{hex}/outcome", outcome),
        site.form("/proposals/{hex}/put-withdrawal", withdrawal),
        site.form("/proposals/{hex}/withdraw", carry_out),
    ]
