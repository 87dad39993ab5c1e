"""What each person in a meeting sees of its questions and of the ground they share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from confederation import session
from confederation.deciding import bridging, common_ground
from confederation.deciding.bridging import Count, Mark, Verdict, View
from confederation.deciding.common_ground import Reason, State
from confederation.errors import Unknown
from confederation.meeting import point
from instance import node
from instance.desk import Desk
from instance.meeting import ground, participants
from instance.store import marked
from instance.web.afterwards import points
from instance.web.languages import N_
from instance.web.meeting import tables
from instance.web.rights import may
from instance.web.visits import Holder, Member

LETTERS: Final = "ABCD"
MARKS: Final[Mapping[Mark, str]] = {
    "agree": N_("I agree"),
    "disagree": N_("I disagree"),
    "pass": N_("Pass"),
}
REASONS: Final[Mapping[Reason, str]] = {
    "person": N_("It targets a person: its words are forgotten"),
    "two things": N_("It says two things at once"),
    "said already": N_("Another statement says it already"),
    "another question": N_("It answers another question"),
}
HEADINGS: Final[Mapping[Verdict, tuple[str, str]]] = {
    "agreed": (N_("What all groups agree with"), N_("What most agree with")),
    "rejected": (N_("What all groups disagree with"), N_("What most disagree with")),
    "divides": (N_("Where groups stand on opposite sides"), ""),
    "unclear": (N_("No clear answer"), N_("No clear answer")),
    "too few": (N_("Too few to say"), N_("Too few to say")),
}
"""Each kind of statement, where there are several groups, and where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A question in a list."""

    id: str
    question: str
    open: bool
    statements: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """The questions of one meeting that are answered in statements."""

    id: str
    title: str
    lines: tuple[Line, ...]
    open: bool
    may_ask: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement, with what whoever reads the page has said of it, if anything."""

    number: int
    words: str
    mine: Mark | None = None
    reason: str = ""
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How one group answered one statement; ``count`` is None where too few did."""

    letter: str
    count: Count | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A statement in the view."""

    number: int
    words: str
    figures: tuple[Figures, ...]


Part = tuple[Verdict, str, tuple[Shared, ...]]
"""Statements that have something in common, under a heading that says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group: how many are in it, and which statements it alone answers so."""

    letter: str
    people: int
    agrees: tuple[int, ...]
    disagrees: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A view as it is shown; ``parts`` are its statements by what they have in common.

    ``looked`` says that there were enough statements to look for groups.
    """

    at: datetime
    people: int
    unplaced: int
    groups: tuple[Group, ...]
    looked: bool
    parts: tuple[Part, ...]

    @property
    def beside(self) -> tuple[Part, ...]:
        """What a wall shows beside that which all groups agree with."""
        return tuple(each for each in self.parts if each[0] in ("rejected", "divides"))


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundPage:
    """A question as one person in the meeting sees it.

    ``next`` is the statement that is for them to mark now. ``fresh`` is how many have
    marked anything since the view was drawn.
    """

    id: str
    title: str
    ground: str
    question: str
    open: bool
    statements: tuple[Statement, ...]
    next: Statement | None
    answered: int
    people: int
    fresh: int
    seen: Seen | None
    may_lead: bool
    may_keep: bool
    may_draft: bool
    waiting: tuple[Statement, ...]
    aside: tuple[Statement, ...]

    @property
    def href(self) -> str:
        return f"/sessions/{self.id}/common-ground/{self.ground}"


def view_list(desk: Desk, id: str, voter: Member | Holder) -> ListPage:
    """List the questions of a meeting, for somebody who is in it.

    Raises:
        NotEntitled: their card is of another meeting.
        Unknown: there is no such meeting.
    """
    title = tables.check_in_it(desk, id, voter)
    held: session.State = node.load(desk, f"session:{id}")
    over = held.closed_at is not None or held.cancelled_at is not None
    return ListPage(
        id=id,
        title=title,
        lines=tuple(
            Line(
                id=each,
                question=question_of(desk, state),
                open=state.is_open and not over,
                statements=len(state.shown),
            )
            for each, state in ground.of_meeting(desk, id).items()
        ),
        open=not over and not points.is_circle(held),
        may_ask=may(voter, common_ground.AskForStatements),
    )


def view(desk: Desk, id: str, ground_id: str, voter: Member | Holder) -> GroundPage:
    """Show a question to somebody who is in its meeting.

    Raises:
        NotEntitled: their card is of another meeting.
        Unknown: there is no such question in it.
    """
    title = tables.check_in_it(desk, id, voter)
    state = there(desk, id, ground_id, voter)
    mark = participants.of_voter(desk, id, ground_id, voter.voter)
    mine = ground.marks_of(desk, id, ground_id, voter.voter)
    shown = [
        statement(desk, state, number, mine=mine.get(number)) for number in state.shown
    ]
    ahead = [each for each in shown if each.mine is None]
    # Each begins elsewhere, so that the last ones are marked as often as the first.
    begin = int.from_bytes(mark[:4], "big") % len(ahead) if ahead else 0
    leads = may(voter, common_ground.DrawView)
    held: session.State = node.load(desk, f"session:{id}")
    is_open = state.is_open and held.closed_at is None and held.cancelled_at is None
    return GroundPage(
        id=id,
        title=title,
        ground=ground_id,
        question=question_of(desk, state),
        open=is_open,
        statements=tuple(shown),
        next=ahead[begin] if ahead and is_open else None,
        answered=len(shown) - len(ahead),
        people=marked.people(desk.connection, ground_id),
        fresh=marked.people(desk.connection, ground_id, fresh=True),
        seen=None if state.drawn is None else _seen(desk, state, state.drawn),
        may_lead=leads,
        may_keep=may(voter, point.EndPoint),
        may_draft=isinstance(voter, Member),
        waiting=tuple(statement(desk, state, n) for n in state.waiting)
        if leads and is_open
        else (),
        aside=tuple(
            statement(desk, state, each.number)
            for each in state.statements.values()
            if each.stand == "set aside"
        )
        if leads
        else (),
    )


def _seen(desk: Desk, state: State, drawn: common_ground.ViewDrawn) -> Seen:
    seen = drawn.view
    several = len(seen.groups) > 1
    parts = []
    for verdict, (of_several, of_one) in HEADINGS.items():
        lines = tuple(
            Shared(
                number=line.statement,
                words=statement(desk, state, line.statement).words,
                figures=tuple(
                    Figures(letter=letter, count=count)
                    for letter, count in zip(LETTERS, line.counts, strict=False)
                ),
            )
            for line in seen.lines
            if line.verdict == verdict
        )
        if lines:
            parts.append((verdict, of_several if several else of_one, lines))
    return Seen(
        at=drawn.at,
        people=seen.people,
        unplaced=seen.unplaced,
        groups=tuple(
            _group(seen, place, people) for place, people in enumerate(seen.groups)
        ),
        looked=len(seen.lines) >= bridging.FEWEST_STATEMENTS,
        parts=tuple(parts),
    )


def _group(seen: View, place: int, people: int) -> Group:
    typical = seen.typical(place)
    return Group(
        letter=LETTERS[place],
        people=people,
        agrees=tuple(number for number, way in typical if way == "agree"),
        disagrees=tuple(number for number, way in typical if way == "disagree"),
    )


def question_of(desk: Desk, state: State) -> str:
    """Return the words of a question."""
    assert state.asked is not None
    return points.words(desk, state.asked.question)


def statement(
    desk: Desk, state: State, number: int, *, mine: Mark | None = None
) -> Statement:
    """Show a statement, with what whoever reads it has said of it."""
    held = state.statements[number]
    return Statement(
        number=number,
        words=points.words(desk, held.words),
        mine=mine,
        reason="" if held.reason is None else REASONS[held.reason],
        gone=held.reason == "person",
    )


def there(desk: Desk, id: str, ground_id: str, voter: Member | Holder) -> State:
    """Return a question of this very meeting, for somebody who is in it.

    Raises:
        NotEntitled: their card is of another meeting.
        Unknown: there is no such question in it.
    """
    tables.check_in_it(desk, id, voter)
    state = ground.of_meeting(desk, id).get(ground_id)
    if state is None:
        raise Unknown("There is no such question in this meeting.")
    return state
