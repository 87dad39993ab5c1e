"""What is new for a member, as a list: the same on a feed, in a letter and by e-mail.

It says what there is and where to read it. How somebody voted, what is felt and who
takes part is in none of it, and no name of anybody else: it goes through others' hands.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from confederation import session
from confederation.confederal import election, report
from confederation.dealings import action
from confederation.deciding import ballot
from confederation.identifiers import CompactId
from instance import chamber, node
from instance.dealings import asks
from instance.deciding import voting
from instance.desk import Desk
from instance.store import events
from instance.web import languages, naming
from instance.web.confederal import proposals, reports, seats
from instance.web.languages import N_, phrased
from instance.web.membership import today
from instance.web.naming import in_hex
from instance.web.visits import Member

AHEAD: Final = timedelta(days=45)
SOON: Final = timedelta(days=2)
AGO: Final = timedelta(days=30)
MOST: Final = 6
SECTIONS: Final = {
    "meet": N_("When we meet next"),
    "deciding": N_("What is being decided"),
    "delegate": N_("Our delegates"),
    "asked": N_("What we asked for"),
    "hands": N_("What needs a hand"),
    "yours": N_("For you to do"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line. ``says`` is a sentence of ours, filled by ``values``.

    ``at`` is since when it is so; None where nobody keeps that. ``until`` is when it
    is over, if that is known.
    """

    section: str
    says: str
    href: str
    values: Mapping[str, object] = field(default_factory=dict)
    at: datetime | None = None
    until: datetime | None = None

    def words(self) -> str:
        """Write the line in the language and by the clock that are set just now."""
        filled = {
            name: languages.moment(value)
            if isinstance(value, datetime)
            else languages.shown(value)
            for name, value in self.values.items()
        }
        return languages.translated(self.says).format_map(filled)


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """All that is to be told, section by section, the most pressing first."""

    items: tuple[Item, ...]

    def sections(self) -> Iterator[tuple[str, tuple[Item, ...]]]:
        """Go through the sections that have something."""
        for section, says in SECTIONS.items():
            found = tuple(item for item in self.items if item.section == section)
            if found:
                yield says, found

    def worth_telling(self, *, since: datetime, at: datetime) -> bool:
        """Whether anything is new since a moment, is over soon, or waits for them."""
        return any(
            item.section == "yours"
            or (item.at is not None and item.at >= since)
            or (item.until is not None and at <= item.until <= at + SOON)
            for item in self.items
        )


def of(desk: Desk, member: Member | None) -> News:
    """Say what is new; to a member also what waits for them.

    None stands for a sheet that is the same for all who asked for it on paper.
    """
    return News(
        items=(
            *_meetings(desk),
            *_ballots(desk, member),
            *_proposals(desk),
            *_reports(desk),
            *_asks(desk),
            *_hands(desk),
            *(() if member is None else _yours(desk, member)),
        )
    )


def _meetings(desk: Desk) -> Iterator[Item]:
    states: dict[str, session.State] = node.load_all(desk, "session")
    ahead = [
        (state.called.notice.starts_at, id, state)
        for id, state in states.items()
        if state.called is not None
        and state.closed_at is None
        and state.cancelled_at is None
        and state.called.notice.starts_at <= desk.now + AHEAD
    ]
    for starts_at, id, state in sorted(ahead, key=lambda each: each[:2])[:MOST]:
        assert state.called is not None
        title = _own_words(desk, state.called.notice.title)
        yield Item(
            section="meet",
            says=N_("{title}: not sure yet, {at}")
            if state.tentative
            else N_("{title}: {at}"),
            values={"title": title, "at": starts_at},
            href=f"/sessions/{id}",
            at=state.called.at,
            until=starts_at,
        )


def _ballots(desk: Desk, member: Member | None) -> Iterator[Item]:
    states: dict[str, ballot.State] = node.load_all(desk, "ballot")
    for id, state in states.items():
        if not state.is_open or state.opened is None:
            continue
        terms = voting.terms_of(state)
        on_roll = member is None or member.voter in terms.electorate.roll
        if not on_roll and set(terms.channels) == {"online"}:
            continue
        # A name may stand in a question about a person, and that is for the page.
        question = (
            N_("A vote about who serves")
            if terms.person
            else voting.read_paper(desk, terms).question
        )
        yield Item(
            section="deciding",
            says=N_("“{question}”: the vote closes on {at}")
            if terms.closes_at
            else N_("“{question}”: the vote is open until the facilitator closes it"),
            values={"question": question, "at": terms.closes_at or desk.now},
            href=f"/ballots/{id}",
            at=state.opened.at,
            until=terms.closes_at,
        )


def _proposals(desk: Desk) -> Iterator[Item]:
    for line in proposals.lines(desk, most=MOST):
        if line.closed or line.settled:
            continue
        entry = chamber.proposal(desk, line.digest)
        title = _words(naming.in_a_line(line.title, line.begins))
        href = f"/proposals/{in_hex(line.digest)}"
        yield Item(
            section="deciding",
            says=N_("{title}: put to all assemblies, closes on {at}"),
            values={"title": title, "at": line.closes},
            href=href,
            at=entry.published,
            until=line.closes,
        )
        bound = seats.our_bound(desk, entry)
        if bound is None:
            continue
        told = () if bound[1] is None else bound[1].told
        yield Item(
            section="delegate",
            says=N_("{title}: what our delegate must do: {orders}")
            if told
            else N_("{title}: our delegate has no instruction yet"),
            values={
                "title": title,
                "orders": "; ".join(
                    " ".join((each.verb.lower(), *_options(each.options)))
                    for each in told
                ),
            },
            href=href,
            until=line.closes,
        )


def _options(options: tuple[naming.Words, ...]) -> tuple[str, ...]:
    return (", ".join(_words(option.text) for option in options),) if options else ()


def _reports(desk: Desk) -> Iterator[Item]:
    states: dict[str, election.State] = node.load_all(desk, "seat")
    for id, seat in states.items():
        for line in reports.lines(desk, CompactId(id), seat)[:1]:
            state = _report(desk, f"report:{id}/{line.number}")
            href = f"/seats/{in_hex(id)}/reports/{line.number}"
            if state.filed is not None and state.filed.at >= desk.now - AGO:
                yield Item(
                    section="delegate",
                    says=N_("A delegate's report is here to read"),
                    href=href,
                    at=state.filed.at,
                )
            elif state.is_due(line.due, desk.now):
                yield Item(
                    section="delegate",
                    says=N_("A delegate's report was due on {at} and has not come"),
                    values={"at": line.due},
                    href=href,
                    at=line.due,
                )


def _report(desk: Desk, stream: str) -> report.State:
    if not node.exists(desk, stream):
        return report.NOTHING
    state: report.State = node.load(desk, stream)
    return state


def _asks(desk: Desk) -> Iterator[Item]:
    for asked in asks.every(desk):
        href = f"/asks/{in_hex(asked.entry.digest)}"
        authority = _words(naming.words(desk, asked.ask.authority).text)
        newest = max((entry.published for entry, _ in asked.answers), default=None)
        if newest is not None and newest >= desk.now - AGO:
            says = N_("{authority} has answered")
            yield Item(
                section="asked",
                says=says,
                values={"authority": authority},
                href=href,
                at=newest,
            )
        elif asked.overdue(desk.now) and asked.ask.answer_by >= desk.now - AGO:
            says = N_("{authority} has not answered in time")
            yield Item(
                section="asked",
                says=says,
                values={"authority": authority},
                href=href,
                at=asked.ask.answer_by,
            )


def _hands(desk: Desk) -> Iterator[Item]:
    states: dict[str, action.State] = node.load_all(desk, "action")
    offered = [
        (id, state)
        for id, state in states.items()
        if state.status == "offered" and state.offered and state.asked is None
    ]
    for id, state in offered[:MOST]:
        assert state.offered is not None
        yield Item(
            section="hands",
            says=N_("{what}"),
            values={"what": _own_words(desk, state.offered.words.what)},
            href=f"/actions/{id}",
            at=state.offered.at,
        )


def _yours(desk: Desk, member: Member) -> Iterator[Item]:
    """Say what waits for a member, and nothing of what it is about: that may name."""
    for thing in today.things(desk, member):
        yield Item(section="yours", says=languages.Said(thing.says), href=thing.href)


def _own_words(desk: Desk, commitment: str) -> str:
    return _words(events.wording(desk.connection, commitment))


def _words(text: str | None) -> str:
    """Write what somebody called something on one line."""
    return " ".join((text or phrased("(text withdrawn)")).split())
