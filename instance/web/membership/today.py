"""What a member can do now: one page, the most pressing first."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import assembly, session
from confederation.assembly import office
from confederation.dealings import action, thanks
from confederation.deciding import ballot
from confederation.errors import Filled
from confederation.meeting import minutes
from instance import node
from instance.dealings import deeds
from instance.deciding import voting
from instance.desk import Desk
from instance.membership import belonging
from instance.store import events
from instance.web import condition
from instance.web.afterwards import reviews
from instance.web.confederal import (
    applying,
    bearing,
    evidence,
    our_turn,
    paper_votes,
    ratifying,
    referring,
    reports,
    seat_page,
)
from instance.web.dealings import aid as mutual_aid
from instance.web.dealings import asks, introductions
from instance.web.deciding import confirming, motions
from instance.web.languages import N_
from instance.web.matters import common_texts
from instance.web.meeting import hall, sessions
from instance.web.membership import panel_page
from instance.web.rendering import render
from instance.web.rights import may, may_at
from instance.web.site import Site
from instance.web.visits import Member, the_member

TOLD_FOR: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """Something that waits for this member, and where it is done."""

    says: str
    why: str
    href: str


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        member = the_member(request)
        shown = await site.node.look(lambda desk: things(desk, member))
        return render(request, "today.html", things=shown)

    return [site.page("/today", page)]


def things(desk: Desk, member: Member) -> tuple[Thing, ...]:
    """List what waits for a member now, the most pressing first."""
    here = node.assembly_here(desk)
    if here.founded is None:
        return (
            *_first_evening(desk),
            Thing(
                says=N_("Found the assembly"),
                why=N_("Let people in first, and choose two tellers among them."),
                href="/founding",
            ),
        )
    return (
        *_ballots(desk, member),
        *_at_machine(desk),
        *_offices(desk, here),
        *_seats(desk, member),
        *_confirmations(desk, member),
        *_actions(desk, member),
        *_minutes(desk, member),
        *_thanks(desk, member),
        *_reviews(desk, member),
        *_meetings(desk, member),
        *_rules(here, member),
        *_motions(desk, member),
    )


def _first_evening(desk: Desk) -> list[Thing]:
    if not node.load_all(desk, "session"):
        return []
    return [
        Thing(
            says=N_("Begin the first evening"),
            why=N_("Step by step: print, found, open, count, and adopt the rules."),
            href="/first",
        )
    ]


def _at_machine(desk: Desk) -> list[Thing]:
    """Tell everybody for a while that a code was made with no second member."""
    if all(at + TOLD_FOR < desk.now for _, at in belonging.at_machine(desk)):
        return []
    return [
        Thing(
            says=N_("A new code was made at the machine"),
            why=N_("Whoever keeps this node made it alone. See for whom."),
            href="/people#at-machine",
        )
    ]


def _offices(desk: Desk, here: assembly.State) -> list[Thing]:
    """Say that offices end with the meeting that is on, or that they have ended."""
    past = node.meetings(desk, here)
    held = [(who, role) for who, each in here.members.items() for role in each.roles]
    ends = [
        office.tellers_end_at(here, past),
        *(office.ends_at(here, who, role, past) for who, role in held),
    ]
    bounds = [end for end in ends if end is not None]
    if any(end <= desk.now for end in bounds):
        return [
            Thing(
                says=N_("Choose again who serves"),
                why=N_(
                    "A term of office is over. Until the assembly chooses again at a "
                    "meeting, its holder only does what that meeting needs."
                ),
                href="/people",
            )
        ]
    tonight = [each.over_at for each in past if office.meets([each], at=desk.now)]
    if any(end <= over for end in bounds for over in tonight):
        return [
            Thing(
                says=N_("Choose again who serves"),
                why=N_(
                    "Offices run until the end of this meeting, or not much longer. "
                    "Roles are given on this page; tellers by new rules."
                ),
                href="/people",
            )
        ]
    return []


def _ballots(desk: Desk, member: Member) -> list[Thing]:
    found = []
    for id, state in node.load_all(desk, "ballot").items():
        if not state.is_open:
            continue
        question = voting.read_paper(desk, voting.terms_of(state)).question
        if _has_still_to_vote(desk, state, member):
            found.append(Thing(says=N_("Vote"), why=question, href=f"/ballots/{id}"))
        elif _has_still_to_count(state, member):
            found.append(
                Thing(says=N_("Enter your count"), why=question, href=f"/ballots/{id}")
            )
    return found


def _reviews(desk: Desk, member: Member) -> list[Thing]:
    return [
        Thing(says=says, why=N_("What did we learn, and what shall we try?"), href=href)
        for says, href in reviews.awaits(desk, member)
    ]


def _seats(desk: Desk, member: Member) -> list[Thing]:
    return [
        Thing(says=says, why=why, href=href)
        for says, why, href in (
            *seat_page.awaits(desk, member.id),
            *our_turn.awaits(desk, member),
            *seat_page.overstepped(desk),
            *referring.awaits(desk),
            *reports.awaits(desk, member),
            *asks.awaits(desk, member),
            *mutual_aid.awaits(desk),
            *panel_page.awaits(desk, member),
            *introductions.awaits(desk, member),
            *paper_votes.awaits(desk, member),
            *bearing.awaits(desk, member),
            *applying.awaits(desk, member),
            *evidence.awaits(desk, member),
            *ratifying.awaits(desk, member),
            *common_texts.awaits(desk, member),
            *hall.awaits(desk, member),
            *condition.awaits(desk, member),
        )
    ]


def _has_still_to_vote(desk: Desk, state: ballot.State, member: Member) -> bool:
    voted = member.id in state.votes
    return not voted and voting.why_not(desk, state, member.id) is None


def _has_still_to_count(state: ballot.State, member: Member) -> bool:
    terms = voting.terms_of(state)
    teller = any(each.member == member.id for each in terms.rules.tellers)
    return teller and any(
        channel != "online"
        and channel not in state.sheet.counted
        and (
            channel not in state.sheet.entered
            or state.sheet.entered[channel].by != member.id
        )
        for channel in terms.channels
    )


def _confirmations(desk: Desk, member: Member) -> list[Thing]:
    return [
        Thing(
            says=N_("Confirm as a teller"),
            why=Filled("{title}: {summary}", title=each.title, summary=each.summary),
            href=f"/confirm/{each.number}",
        )
        for each in confirming.waiting(desk, member)
        if each.mine and not each.by_me and each.confirmed < each.needs
    ]


def _meetings(desk: Desk, member: Member) -> list[Thing]:
    found = []
    for id, state in node.load_all(desk, "session").items():
        line = sessions.line(desk, id, state)
        if line.phase == "open" and state.opened is not None:
            if "facilitator" in node.jobs(desk, member.id, f"session:{id}"):
                found.append(
                    Thing(
                        says=N_("Lead the meeting"),
                        why=line.title,
                        href=f"{line.href}/floor",
                    )
                )
            on_roll = member.id in state.opened.roll.members
            if on_roll and member.id not in state.checked_in:
                found.append(
                    Thing(
                        says=N_("Say that you are here"), why=line.title, href=line.href
                    )
                )
            else:
                found.append(
                    Thing(says=N_("Go to the meeting"), why=line.title, href=line.href)
                )
        elif line.phase == "called" and _may_open(desk, id, state, member):
            found.append(
                Thing(says=N_("Open the meeting"), why=line.title, href=line.href)
            )
    return found


def _actions(desk: Desk, member: Member) -> list[Thing]:
    states: dict[str, action.State] = node.load_all(desk, "action")
    return [
        Thing(
            says=N_("Say whether you take this on"),
            why=events.wording(desk.connection, state.offered.words.what) or "",
            href=f"/actions/{id}",
        )
        for id, state in states.items()
        if state.offered is not None and state.asked == member.id
    ]


def _minutes(desk: Desk, member: Member) -> list[Thing]:
    found = []
    states: dict[str, minutes.State] = node.load_all(desk, "minutes")
    for id, state in states.items():
        if not may_at(desk, id, member, minutes.ApproveMinutes):
            continue
        held: session.State = node.load(desk, f"session:{id}")
        title, href = sessions.line(desk, id, held).title, f"/sessions/{id}/minutes"
        if state.waiting:
            found.append(Thing(says=N_("Answer a correction"), why=title, href=href))
        elif state.drafted and not state.approved:
            if desk.now >= state.drafted.open_until:
                found.append(
                    Thing(says=N_("Approve the minutes"), why=title, href=href)
                )
        elif state.fresh:
            found.append(
                Thing(says=N_("Make the corrected version"), why=title, href=href)
            )
    return found


def _thanks(desk: Desk, member: Member) -> list[Thing]:
    states: dict[str, thanks.State] = node.load_all(desk, "thanks")
    return [
        Thing(
            says=N_("You were thanked. May everyone read it?"),
            why=events.wording(desk.connection, deeds.words_of(state)) or "",
            href=f"/thanks/{id}",
        )
        for id, state in states.items()
        if state.stands and state.awaits == member.id
    ]


def _may_open(desk: Desk, id: str, state: session.State, member: Member) -> bool:
    assert state.called is not None
    if state.called.notice.starts_at > desk.now:
        return False
    return may_at(desk, id, member, session.OpenSession)


def _rules(here: assembly.State, member: Member) -> list[Thing]:
    if here.rulebooks or not may(member, assembly.AdoptRulebook):
        return []
    return [
        Thing(
            says=N_("Adopt a rulebook"),
            why=N_("Nothing can be voted on before there is one."),
            href="/rulebook",
        )
    ]


def _motions(desk: Desk, member: Member) -> list[Thing]:
    found = []
    for line in motions.lines(desk, member):
        href = f"/motions/{line.id}"
        if line.status == "draft":
            found.append(Thing(says=N_("Table your draft"), why=line.title, href=href))
        elif line.status == "tabled" and line.to_test:
            found.append(Thing(says=N_("Test an objection"), why=line.title, href=href))
    return found
