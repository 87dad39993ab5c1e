"""What the assembly can say of itself: worked out from its meetings, with its gaps.

Everybody reads it. It holds numbers, days and steps, and nobody's name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import session
from confederation.confederal import legitimacy
from confederation.confederal.legitimacy import (
    COUNTERSIGNERS,
    Claim,
    Criteria,
    Gap,
    Measure,
    Meeting,
    Noted,
    Step,
)
from confederation.errors import TooEarly
from confederation.identifiers import Commit, SessionId
from confederation.meeting import minutes, night
from confederation.meeting.run_sheet import Kind
from instance import node
from instance.deciding import voting
from instance.desk import Desk
from instance.store import events
from instance.web import telling
from instance.web.afterwards import points
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.meeting import sessions
from instance.web.membership import demographics
from instance.web.membership.demographics import Told
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, see_other
from instance.web.visits import Member, signed_in, the_member

MOST_PEOPLE: Final = 1_000_000
MOST_MEETINGS: Final = 52
MOST_IN_REASON: Final = 500
STEPS: Final[Mapping[Step, str]] = {
    "intro": N_("People were welcomed, and it was said where results go"),
    "inclusivity": N_("The statement that everybody belongs here was read aloud"),
    "input": N_("People heard what it is about"),
    "breakout": N_("People talked in small groups"),
    "feedback": N_("The groups said their points to all"),
    "decision": N_("Something was decided by everybody"),
    "recording": N_("It was written down"),
}
MEASURES: Final[Mapping[Measure, str]] = {
    "median": N_("The middle one of the last meetings is over it"),
    "each": N_("Each of the last meetings is over it"),
}
_KINDS: Final[Mapping[Step, frozenset[Kind]]] = {
    "intro": frozenset({"check-in"}),
    "input": frozenset({"input"}),
    "breakout": frozenset({"deliberation"}),
    "feedback": frozenset({"integration"}),
    "decision": frozenset({"decision"}),
}
"""Which parts of an evening show that a step was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """A step at one meeting: taken, left out, or None where nobody noted it."""

    step: Step
    says: str
    taken: bool | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingView:
    """A meeting that the claim rests on; ``title`` is for members."""

    id: str
    title: str
    held_at: datetime
    present: int | None
    residents: int | None
    basis: str
    steps: tuple[StepView, ...]
    countersigned: int
    may_countersign: bool
    who_came: tuple[Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimPage:
    """The claim as one reader sees it, with what they may note."""

    criteria: Criteria
    version: int
    holds: bool
    figure: int | None
    meetings: tuple[MeetingView, ...]
    gaps: tuple[Gap, ...]
    days: Mapping[str, datetime]
    may_note: bool
    may_adopt: bool
    countersigners: int


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        member = signed_in(request)
        shown = await site.node.look(lambda desk: view(desk, member))
        return render(request, "claim.html", page=shown, steps=STEPS, measures=MEASURES)

    async def adopted(request: Request, form: Form) -> Response:
        form.only("more_than", "meetings", "measure")
        member = the_member(request)
        criteria = Criteria(
            more_than=form.whole("more_than", N_("More than"), most=MOST_PEOPLE),
            meetings=form.whole("meetings", "Meetings", least=1, most=MOST_MEETINGS),
            measure=form.choice("measure", N_("Regularly"), among=MEASURES),  # type: ignore[arg-type]
        )

        def carry_out(desk: Desk) -> None:
            command = legitimacy.AdoptCriteria(
                criteria=criteria, by=member.id, at=desk.now
            )
            node.perform(desk, "legitimacy:it", command)

        await site.work(carry_out)
        return see_other("/claim")

    async def counted(request: Request, form: Form) -> Response:
        form.only("session", "residents")
        member = the_member(request)
        residents = form.whole("residents", N_("How many live here"), most=MOST_PEOPLE)

        def carry_out(desk: Desk) -> None:
            id, meeting = _a_meeting(desk, form)
            present = _present(meeting)
            if present is None:
                raise TooEarly(
                    "Nobody counted how many people were present at this meeting, so "
                    "it cannot be said how many of them live here."
                )
            command = legitimacy.CountResidents(
                session=id,
                residents=residents,
                present=present,
                by=member.id,
                at=desk.now,
            )
            node.perform(desk, "legitimacy:it", command)

        await site.work(carry_out)
        return see_other("/claim")

    async def noted(request: Request, form: Form) -> Response:
        form.only("session", "step", "taken", "reason", "aware")
        member = the_member(request)
        step = form.choice("step", "Step", among=STEPS)
        taken = form.choice("taken", N_("Was it taken"), among=("yes", "no")) == "yes"
        reason = form.line(
            "reason",
            "Why it was left out",
            least=0 if taken else 1,
            most=MOST_IN_REASON,
        )

        def carry_out(desk: Desk) -> None:
            id, _ = _a_meeting(desk, form)
            if not taken and not form.ticked("aware"):
                telling.check_text(desk, reason)
            left_out = None if taken else _reason(desk, id, step, reason)
            command = legitimacy.NoteStep(
                session=id,
                step=step,  # type: ignore[arg-type]
                left_out=left_out,
                by=member.id,
                at=desk.now,
            )
            node.perform(desk, "legitimacy:it", command)

        await site.work(carry_out)
        return see_other("/claim")

    async def countersigned(request: Request, form: Form) -> Response:
        form.only("session")
        member = the_member(request)

        def carry_out(desk: Desk) -> None:
            id, _ = _a_meeting(desk, form)
            command = legitimacy.Countersign(session=id, by=member.id, at=desk.now)
            node.perform(desk, "legitimacy:it", command)

        await site.work(carry_out)
        return see_other("/claim")

    return [
        site.page("/claim", page),
        site.form("/claim/criteria", adopted, again=page),
        site.form("/claim/residents", counted, again=page),
        site.form("/claim/step", noted, again=page),
        site.form("/claim/countersign", countersigned, again=page),
    ]


def the_notes(desk: Desk) -> legitimacy.State:
    """Return the criteria and what was noted about meetings."""
    if not node.exists(desk, "legitimacy:it"):
        return legitimacy.NOTHING
    state: legitimacy.State = node.load(desk, "legitimacy:it")
    return state


def the_claim(desk: Desk) -> Claim:
    """Work out what the assembly can say of itself today."""
    notes = the_notes(desk)
    return legitimacy.claim(
        meetings(desk, notes), notes.criteria, version=notes.version
    )


def meetings(desk: Desk, notes: legitimacy.State) -> Iterator[Meeting]:
    """Go through the meetings of the assembly that are over."""
    decided_in = frozenset(
        voting.terms_of(ballot).session
        for ballot in node.load_all(desk, "ballot").values()
        if ballot.decided is not None
    )
    for id, state in node.load_all(desk, "session").items():
        if not _counts(state):
            continue
        assert state.opened is not None
        noted = notes.of(SessionId(id))
        yield Meeting(
            session=SessionId(id),
            held_at=state.opened.at,
            present=_present(state),
            residents=noted.residents,
            basis=_basis(state),
            steps={
                **_known_steps(desk, id, decided_in=decided_in),
                **noted.steps,
            },
            countersigned=len(noted.countersigned),
        )


def view(desk: Desk, member: Member | None) -> ClaimPage:
    """Show the claim to anybody."""
    found, notes = the_claim(desk), the_notes(desk)
    return ClaimPage(
        criteria=found.criteria,
        version=found.version,
        holds=found.holds,
        figure=found.figure,
        meetings=tuple(
            _meeting(desk, each, notes.of(each.session), member)
            for each in found.meetings
        ),
        gaps=found.gaps,
        days={each.session: each.held_at for each in found.meetings},
        may_note=member is not None and may(member, legitimacy.NoteStep),
        may_adopt=member is not None and may(member, legitimacy.AdoptCriteria),
        countersigners=COUNTERSIGNERS,
    )


def _meeting(
    desk: Desk, meeting: Meeting, noted: Noted, member: Member | None
) -> MeetingView:
    state: session.State = node.load(desk, f"session:{meeting.session}")
    assert state.called is not None
    title = points.words(desk, state.called.notice.title)
    return MeetingView(
        id=meeting.session,
        title="" if member is None else title,
        held_at=meeting.held_at,
        present=meeting.present,
        residents=meeting.residents,
        basis=meeting.basis,
        steps=tuple(
            _step(desk, meeting, step, told=step in noted.steps or member is not None)
            for step in STEPS
        ),
        countersigned=meeting.countersigned,
        who_came=demographics.published(desk, meeting.session),
        may_countersign=member is not None
        and bool(noted.by)
        and member.id not in noted.by
        and member.id not in noted.countersigned
        and meeting.countersigned < COUNTERSIGNERS,
    )


def _step(desk: Desk, meeting: Meeting, step: Step, *, told: bool) -> StepView:
    """Show a step. ``told`` says whether the reader may know why it was left out.

    What is noted here is for everybody; what was said on the evening is for members.
    """
    reason = meeting.steps.get(step)
    return StepView(
        step=step,
        says=STEPS[step],
        taken=None if step not in meeting.steps else reason is None,
        reason=points.words(desk, reason) if reason is not None and told else "",
    )


def _known_steps(
    desk: Desk, id: str, *, decided_in: frozenset[str]
) -> dict[Step, Commit | None]:
    """Read from the evening which steps were taken, and which were left out and why."""
    stream, known = f"night:{id}", dict[Step, Commit | None]()
    kept: night.NightKept | None = (
        node.load(desk, stream).kept if node.exists(desk, stream) else None
    )
    for step, kinds in _KINDS.items():
        parts = [] if kept is None else [p for p in kept.parts if p.kind in kinds]
        _note(known, step, parts)
    if kept is not None:
        read = [p for p in kept.parts if p.step == "inclusivity"]
        _note(known, "inclusivity", read)
    if id in decided_in:
        known["decision"] = None
    written: minutes.State = (
        node.load(desk, f"minutes:{id}")
        if node.exists(desk, f"minutes:{id}")
        else minutes.NOTHING
    )
    if written.drafted is not None:
        known["recording"] = None
    return known


def _note(
    known: dict[Step, Commit | None], step: Step, parts: list[night.Part]
) -> None:
    if any(part.took and part.skipped is None for part in parts):
        known[step] = None
    elif parts and all(part.skipped is not None for part in parts):
        known[step] = parts[0].skipped


def _counts(state: session.State) -> bool:
    return (
        state.opened is not None
        and state.closed_at is not None
        and state.called is not None
        and state.called.notice.kind == "assembly"
    )


def _present(state: session.State) -> int | None:
    """Return how many were present; None where nobody was counted in any way."""
    counted = state.in_room is not None or bool(state.checked_in)
    return state.present if counted else None


def _basis(state: session.State) -> str:
    if state.basis is not None:
        return sessions.BASES[state.basis]
    return N_("checking in under one's name") if state.checked_in else ""


def _a_meeting(desk: Desk, form: Form) -> tuple[SessionId, session.State]:
    """Return the meeting that a form names, which is over.

    Raises:
        TooEarly: it is not over, or none that a claim rests on.
        Unknown: there is none.
    """
    id = form.line("session", "Meeting", most=100)
    state: session.State = node.load(desk, f"session:{id}")
    if not _counts(state):
        raise TooEarly("A claim rests on meetings of the assembly that are over.")
    return SessionId(id), state


def _reason(desk: Desk, id: SessionId, step: str, reason: str) -> Commit:
    """Keep a reason for everybody; the same one again is the one that is kept."""
    before = the_notes(desk).of(id).steps.get(step)  # type: ignore[call-overload]
    if before is not None and events.wording(desk.connection, before) == reason:
        return Commit(before)
    return events.keep_wording(desk.connection, reason, public=True)
