"""What the program already knows of a meeting makes the first text of its minutes."""

from collections.abc import Iterator, Mapping
from typing import Final

from confederation import session
from confederation.deciding import ballot, motion
from confederation.deciding.decision import Outcome
from confederation.errors import ByNumber, Filled, Phrase
from confederation.identifiers import OptionId, SessionId
from confederation.meeting import minutes, night, point, run_sheet, theme
from instance import carriers, node, zones
from instance.carriers.phrases import on
from instance.deciding import voting
from instance.desk import Desk
from instance.meeting import floor, minuting
from instance.meeting.minuting import CORRECTIONS, Section
from instance.web.afterwards import actions, points
from instance.web.deciding import counted, methods
from instance.web.languages import (
    N_,
    by_the_clock,
    phrased,
    reason,
    series,
    shown,
    translated,
)
from instance.web.meeting import phases, sessions
from instance.web.membership import demographics
from instance.web.record import claim

OUTCOMES: Final[Mapping[Outcome, str]] = {
    "passed": N_("Passed"),
    "rejected": N_("Not passed"),
    "no quorum": N_("Nothing decided, too few took part"),
    "advice": N_("Advice, and no decision"),
}
MOTIONS: Final[Mapping[motion.Status, str]] = {
    "tabled": N_("before the assembly"),
    "frozen": N_("ready to be decided"),
    "deciding": N_("being decided"),
    "adopted": N_("adopted"),
    "rejected": N_("not adopted"),
    "lapsed": N_("lapsed, because too few took part"),
    "sent back": N_("sent back to be worked on"),
}
OBJECTIONS: Final = {
    "raised": N_("still to be tested"),
    "valid": N_("found valid, and still to be answered in the text"),
    "not valid": N_("found not valid"),
    "integrated": N_("answered in the text"),
    "stands": N_("stands"),
    "withdrawn": N_("taken back"),
}


def sections(desk: Desk, id: str) -> Iterator[Section]:
    """Put the minutes of a meeting together from what is kept of it.

    A listening circle has its themes, and nothing else that anybody said.
    """
    meeting: session.State = node.load(desk, f"session:{id}")
    assert meeting.called is not None
    listening = points.is_circle(meeting)
    yield _the_meeting(desk, id, meeting)
    yield _the_aim(desk, id)
    yield _the_evening(desk, id)
    yield _who_came(desk, id)
    yield _themes(desk, id)
    if not listening:
        yield _points(desk, id)
        yield _motions(desk, id)
        yield _decisions(desk, id)
    yield _actions(desk, id)
    state = minuting.of_meeting(desk, id)
    yield Section(heading=phrased("Notes"), says=(some_words(desk, state.words),))
    yield corrections_of(desk, state)


def corrections_of(desk: Desk, state: minutes.State) -> Section:
    """List what was taken in, and what was left out and why."""
    items = []
    for each in state.corrections.values():
        says = points.words(desk, each.says)
        if each.answer == "taken in":
            items.append(phrased("Taken in: {words}", words=says))
        elif each.answer == "declined":
            items.append(
                phrased(
                    "Left out: {words} Why: {why}",
                    words=says,
                    why=some_words(desk, each.reason),
                )
            )
    return Section(heading=phrased(CORRECTIONS), items=tuple(items))


def _the_meeting(desk: Desk, id: str, meeting: session.State) -> Section:
    assert meeting.called is not None
    notice = meeting.called.notice
    opened = meeting.opened.at if meeting.opened else notice.starts_at
    over = opened if meeting.closed_at is None else meeting.closed_at
    began, ended = zones.span(opened, over, desk.config.zone)
    kind = translated(sessions.KINDS[notice.kind]).partition(":")[0].strip()
    hours = Phrase(ended)
    if meeting.closed_at is not None:
        hours = Filled("{began} to {ended}", began=Phrase(began), ended=hours)
    says = [
        phrased(
            "{kind}, {day}, {hours}.",
            kind=Phrase(kind),
            day=Phrase(by_the_clock(opened, "EEEE d MMMM y")),
            hours=hours,
        )
    ]
    if meeting.in_room is not None or meeting.checked_in:
        ways = [N_("checking in under one's name")] if meeting.checked_in else []
        if meeting.basis is not None:
            # Last, since what comes after “less cards given back” is read as taken off.
            ways.append(sessions.BASES[meeting.basis])
        counted = ByNumber(
            "{number} person was present, counted by {ways}.",
            "{number} people were present, counted by {ways}.",
        )
        says.append(phrased(counted, number=meeting.present, ways=tuple(ways)))
    else:
        says.append(phrased("It was not counted how many people were present."))
    residents = claim.the_notes(desk).of(SessionId(id)).residents
    if residents is not None:
        live_here = ByNumber(
            "{number} of them lives here; helpers and guests are left out.",
            "{number} of them live here; helpers and guests are left out.",
        )
        says.append(phrased(live_here, number=residents))
    return Section(heading=phrased("The meeting"), says=tuple(says))


def _the_aim(desk: Desk, id: str) -> Section:
    sheet = floor.sheet(desk, id)
    return Section(
        heading=phrased("What it was about"),
        says=tuple(
            points.words(desk, each)
            for each in (sheet.question, sheet.goal)
            if each is not None
        ),
    )


def _the_evening(desk: Desk, id: str) -> Section:
    stream = f"night:{id}"
    kept = node.load(desk, stream).kept if node.exists(desk, stream) else None
    items = [] if kept is None else [_part(desk, part) for part in kept.parts]
    noted = claim.the_notes(desk).of(SessionId(id))
    items += [
        phrased(
            "Left out: {step}. Why: {why}",
            step=claim.STEPS[step],
            why=points.words(desk, reason),
        )
        for step, reason in noted.steps.items()
        if reason is not None
    ]
    # Why is for the members: minutes may be told to everyone.
    items += [
        phrased(
            "Agreed: whoever was {role} goes on, oftener in a row than the rules say.",
            role=phases.ROLES[job],
        )
        for job in floor.sheet(desk, id).skipped
    ]
    return Section(heading=phrased("How the evening went"), items=tuple(items))


def _who_came(desk: Desk, id: str) -> Section:
    """Say who came, where the assembly has told everybody."""
    return Section(
        heading=phrased("Who came"),
        items=tuple(
            f"{each.words} "
            + "; ".join(
                phrased(
                    "{what}: {number}",
                    what=says,
                    number=N_("held back") if number is None else number,
                )
                for says, number in each.answers
            )
            for each in demographics.published(desk, id)
        ),
    )


def _part(desk: Desk, part: night.Part) -> str:
    called = phases.name(
        desk,
        run_sheet.Phase(
            number=part.number,
            kind=part.kind,
            minutes=part.planned,
            step=part.step,
            title=part.title,
        ),
    )
    if part.skipped is not None:
        why = points.words(desk, part.skipped)
        return phrased("Left out: {step}. Why: {why}", step=called, why=why)
    took = max(1, round(part.took / 60)) if part.took else 0
    if not took:
        return phrased(
            "{step}: {planned} planned, not begun.",
            step=called,
            planned=_minutes(part.planned),
        )
    return phrased(
        "{step}: {planned} planned, {taken} taken.",
        step=called,
        planned=_minutes(part.planned),
        taken=_minutes(took),
    )


def _themes(desk: Desk, id: str) -> Section:
    stream = f"theme:{id}"
    state: theme.State = (
        node.load(desk, stream) if node.exists(desk, stream) else theme.NOTHING
    )
    return Section(
        heading=phrased("Themes"),
        items=tuple(points.words(desk, each.words) for each in state.themes.values()),
    )


def _points(desk: Desk, id: str) -> Section:
    items = []
    for each in points.of_meeting(desk, id).in_order:
        seen = points.a_view(desk, each)
        said = [on(translated(reason(point.where(each.place))), seen.what)]
        if seen.why:
            said.append(phrased("Why: {why}", why=seen.why))
        went = phrased("It has not gone anywhere yet.")
        if seen.where is not None:
            became = translated(points.BECAME[seen.where.became])
            went = on(became, str(shown(seen.where.says)))
        items.append(f"{' '.join(said)} – {went}")
    return Section(heading=phrased("Heard, and where it went"), items=tuple(items))


def _motions(desk: Desk, id: str) -> Section:
    items = []
    for state in node.load_all(desk, "motion").values():
        if state.session != id or state.status not in MOTIONS:
            continue
        said = points.words(desk, state.drafted.title)
        items.append(
            phrased("{title}: {state}.", title=said, state=MOTIONS[state.status])
        )
        put = None if state.put is None else voting.opened(desk, state.put.ballot)
        if put is not None and voting.is_put_by_proposer(put, state):
            items.append(phrased("Whoever put it forward also put it to the vote."))
        items += [
            phrased("An objection to it: {state}.", state=OBJECTIONS[each.status])
            for each in state.objections.objections.values()
        ]
    return Section(heading=phrased("Motions"), items=tuple(items))


def _decisions(desk: Desk, id: str) -> Section:
    items = []
    for state in reversed(node.load_all(desk, "ballot").values()):
        terms = voting.terms_of(state)
        if terms.session == id:
            items.append(_decision(desk, state))
    return Section(heading=phrased("Decisions"), items=tuple(items))


def _decision(desk: Desk, state: ballot.State) -> str:
    """Say what a ballot decided, with its numbers; of a vote on a person, no name.

    Who holds an office is published where that is decided, and nothing else of it.
    """
    terms = voting.terms_of(state)
    paper = voting.read_paper(desk, terms)
    asked = phrased("A question about a person.") if terms.person else paper.question
    if state.decided is None:
        return f"{asked} {phrased('The vote was still open.')}"
    result = state.decided.result
    labels: dict[str, str] = {**methods.LABELS, **dict(paper.labels)}
    outcome = translated(OUTCOMES[result.outcome])
    how = phrased(
        "Way of deciding: {method}; present: {number}.",
        method=carriers.method(terms.method),
        number=terms.electorate.present,
    )
    if terms.person:
        return f"{asked} {outcome}. {how}"
    chosen = result.elected or ((result.chosen,) if result.chosen else ())
    came = series([_label(labels, each) for each in chosen], style="unit")
    figures = series(
        [f"{_label(labels, each)} {number}" for each, number in result.counts.items()],
        style="unit",
    )
    says = [asked, f"{on(outcome, came)}.", how]
    if figures:
        says.append(f"{on(translated(counted.FIGURES_OF[terms.asks]), figures)}.")
    return " ".join(says)


def _label(labels: Mapping[str, str], option: OptionId) -> str:
    return str(shown(labels.get(option, option)))


def _actions(desk: Desk, id: str) -> Section:
    items = []
    for state in reversed(node.load_all(desk, "action").values()):
        if actions.comes_from(state, id):
            what = points.words(desk, state.offered.words.what)
            taken = (
                N_("somebody took it on") if state.taker else N_("it is open to all")
            )
            due = state.offered.due
            items.append(
                phrased("{what}: {taken}.", what=what, taken=taken)
                if due is None
                else phrased(
                    "{what}: {taken}, by {day}.", what=what, taken=taken, day=due.date()
                )
            )
    return Section(heading=phrased("Actions"), items=tuple(items))


def _minutes(number: int) -> Filled:
    return Filled(ByNumber("{number} minute", "{number} minutes"), number=number)


def some_words(desk: Desk, commitment: str | None) -> str:
    return "" if commitment is None else points.words(desk, commitment)
