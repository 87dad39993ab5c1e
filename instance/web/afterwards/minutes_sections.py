"""What the program already knows of a meeting makes the first text of its minutes."""

from collections.abc import Iterator, Mapping
from typing import Final

from confederation import session
from confederation.deciding import ballot, motion
from confederation.deciding.decision import Outcome
from confederation.identifiers import SessionId
from confederation.meeting import minutes, night, point, run_sheet, theme
from instance import node, zones
from instance.deciding import voting
from instance.desk import Desk
from instance.meeting import floor, minuting
from instance.meeting.minuting import CORRECTIONS, Section
from instance.web.afterwards import actions, points
from instance.web.deciding import counted
from instance.web.languages import N_
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
    yield Section(heading="Notes", says=(some_words(desk, state.words),))
    yield corrections_of(desk, state)


def corrections_of(desk: Desk, state: minutes.State) -> Section:
    """List what was taken in, and what was left out and why."""
    items = []
    for each in state.corrections.values():
        says = points.words(desk, each.says)
        if each.answer == "taken in":
            items.append(f"Taken in: {says}")
        elif each.answer == "declined":
            items.append(f"Left out: {says} Why: {some_words(desk, each.reason)}")
    return Section(heading=CORRECTIONS, items=tuple(items))


def _the_meeting(desk: Desk, id: str, meeting: session.State) -> Section:
    assert meeting.called is not None
    notice = meeting.called.notice
    kind = sessions.KINDS[notice.kind].partition(":")[0]
    opened = meeting.opened.at if meeting.opened else notice.starts_at
    zone = desk.config.zone
    day = f"{opened.astimezone(zone):%A %-d %B %Y}"
    over = opened if meeting.closed_at is None else meeting.closed_at
    began, ended = zones.span(opened, over, zone)
    hours = ended if meeting.closed_at is None else f"{began} to {ended}"
    says = [f"{kind}, {day}, {hours}."]
    if meeting.in_room is not None or meeting.checked_in:
        ways = [] if meeting.basis is None else [sessions.BASES[meeting.basis]]
        if meeting.checked_in:
            ways.append("checking in under one's name")
        says.append(
            f"{meeting.present} people were present, counted by {' and '.join(ways)}."
        )
    else:
        says.append("It was not counted how many people were present.")
    residents = claim.the_notes(desk).of(SessionId(id)).residents
    if residents is not None:
        says.append(f"{residents} of them live here; helpers and guests are left out.")
    return Section(heading="The meeting", says=tuple(says))


def _the_aim(desk: Desk, id: str) -> Section:
    sheet = floor.sheet(desk, id)
    return Section(
        heading="What it was about",
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
        f"Left out: {claim.STEPS[step]}. Why: {points.words(desk, reason)}"
        for step, reason in noted.steps.items()
        if reason is not None
    ]
    # Why is for the members: minutes may be told to everyone.
    items += [
        f"Agreed: whoever was {job} goes on, oftener in a row than the rules say."
        for job in floor.sheet(desk, id).skipped
    ]
    return Section(heading="How the evening went", items=tuple(items))


def _who_came(desk: Desk, id: str) -> Section:
    """Say who came, where the assembly has told everybody."""
    return Section(
        heading="Who came",
        items=tuple(
            f"{each.words} "
            + "; ".join(
                f"{says}: {'held back' if number is None else number}"
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
        return f"Left out: {called}. Why: {points.words(desk, part.skipped)}"
    took = max(1, round(part.took / 60)) if part.took else 0
    if not took:
        return f"{called}: {_minutes(part.planned)} planned, not begun."
    return f"{called}: {_minutes(part.planned)} planned, {_minutes(took)} taken."


def _themes(desk: Desk, id: str) -> Section:
    stream = f"theme:{id}"
    state: theme.State = (
        node.load(desk, stream) if node.exists(desk, stream) else theme.NOTHING
    )
    return Section(
        heading="Themes",
        items=tuple(points.words(desk, each.words) for each in state.themes.values()),
    )


def _points(desk: Desk, id: str) -> Section:
    items = []
    for each in points.of_meeting(desk, id).in_order:
        shown = points.a_view(desk, each)
        where = f"{point.says_where(each.place)}: {shown.what}"
        why = f" Why: {shown.why}" if shown.why else ""
        went = "It has not gone anywhere yet."
        if shown.where is not None:
            went = f"{points.BECAME[shown.where.became]}: {shown.where.says}"
        items.append(f"{where}{why} – {went}")
    return Section(heading="Heard, and where it went", items=tuple(items))


def _motions(desk: Desk, id: str) -> Section:
    items = []
    for state in node.load_all(desk, "motion").values():
        if state.session != id or state.status not in MOTIONS:
            continue
        said = points.words(desk, state.drafted.title)
        items.append(f"{said}: {MOTIONS[state.status]}.")
        put = None if state.put is None else voting.opened(desk, state.put.ballot)
        if put is not None and voting.is_put_by_proposer(put, state):
            items.append("Whoever put it forward also put it to the vote.")
        items += [
            f"An objection to it: {OBJECTIONS[each.status]}."
            for each in state.objections.objections.values()
        ]
    return Section(heading="Motions", items=tuple(items))


def _decisions(desk: Desk, id: str) -> Section:
    items = []
    for state in reversed(node.load_all(desk, "ballot").values()):
        terms = voting.terms_of(state)
        if terms.session == id:
            items.append(_decision(desk, state))
    return Section(heading="Decisions", items=tuple(items))


def _decision(desk: Desk, state: ballot.State) -> str:
    """Say what a ballot decided, with its numbers; of a vote on a person, no name.

    Who holds an office is published where that is decided, and nothing else of it.
    """
    terms = voting.terms_of(state)
    paper = voting.read_paper(desk, terms)
    asked = "A question about a person." if terms.person else paper.question
    if state.decided is None:
        return f"{asked} The vote was still open."
    result, labels = state.decided.result, dict(paper.labels)
    says = f"{asked} {OUTCOMES[result.outcome]}"
    how = f"Decided by {terms.method}, with {terms.electorate.present} present"
    if terms.person:
        return f"{says}. {how}."
    chosen = result.elected or ((result.chosen,) if result.chosen else ())
    if chosen:
        says += f": {', '.join(labels.get(each, each) for each in chosen)}"
    figures = ", ".join(
        f"{labels.get(option, option)} {number}"
        for option, number in result.counts.items()
    )
    counts = f"; {counted.FIGURES_OF[terms.asks].lower()}: {figures}" if figures else ""
    return f"{says}. {how}{counts}."


def _actions(desk: Desk, id: str) -> Section:
    items = []
    for state in reversed(node.load_all(desk, "action").values()):
        if actions.comes_from(state, id):
            what = points.words(desk, state.offered.words.what)
            taken = "somebody took it on" if state.taker else "it is open to all"
            due = state.offered.due
            when = "" if due is None else f", by {due:%-d %B %Y}"
            items.append(f"{what}: {taken}{when}.")
    return Section(heading="Actions", items=tuple(items))


def _minutes(number: int) -> str:
    return "1 minute" if number == 1 else f"{number} minutes"


def some_words(desk: Desk, commitment: str | None) -> str:
    return "" if commitment is None else points.words(desk, commitment)
