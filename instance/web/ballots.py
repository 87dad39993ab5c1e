"""A ballot: voted on here, counted by two in the room, and closed.

While it is open its page shows how many took part, and never how. A receipt says that
a vote is in; of a secret one nothing says more.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import ballot
from confederation.ballot import CloseBallot
from confederation.count_sheet import EnterCount, EnterUpheld, Marking
from confederation.counting.ranked import Ranking, Round
from confederation.identifiers import BallotId, OptionId
from confederation.question import BLANK, Terms
from confederation.result import Result
from confederation.rulebook import MethodName
from confederation.session import IN_THE_ROOM, Channel
from instance import clerk, node, voting
from instance.desk import Desk
from instance.errors import Misused
from instance.store import acts, ballots, events, people
from instance.voting import Paper
from instance.web import count_sheets
from instance.web.forms import Form
from instance.web.rendering import counted, render
from instance.web.rights import may
from instance.web.sessions import CHANNELS
from instance.web.site import Site, see_other
from instance.web.visits import Holder, Member, the_member, the_voter

MOST_COUNTED: Final = 1_000_000
MOST_IN_RANKING: Final = 20_000
METHODS: Final[dict[MethodName, tuple[str, str]]] = {
    "consent": (
        "By consent",
        "It passes if somebody consents and no objection is found valid.",
    ),
    "majority": (
        "By simple majority",
        "It passes with more for than against. Abstaining changes neither.",
    ),
    "qualified": (
        "By qualified majority",
        "It passes with at least the share of votes that the rulebook sets.",
    ),
    "ranked": (
        "By ranked choice",
        "The option with the fewest first places drops out, and its papers go to their "
        "next choice, until one has more than half.",
    ),
}
LABELS: Final = {
    "for": "For",
    "against": "Against",
    "abstain": "Abstain",
    "consent": "I consent",
    "stand-aside": "I stand aside: I have doubts, and do not stop it",
    "objection": "I object: it would do harm, and I say why",
    BLANK: "Blank",
}
_LINE: Final = re.compile(r"(?P<ranking>[^:]*):\s*(?P<papers>[0-9]{1,7})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    id: OptionId
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The count of one channel in the room, as one teller sees it."""

    channel: Channel
    label: str
    agreed: int | None
    entered_by: str | None
    by_me: bool
    differed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    label: str
    papers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundView:
    """A round of a ranked choice: what each option held, and what happened next."""

    figures: tuple[Figure, ...]
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultView:
    """The outcome with the arithmetic behind it, step by step."""

    outcome: str
    chosen: str | None
    figures: tuple[Figure, ...]
    channels: tuple[tuple[str, tuple[Figure, ...]], ...]
    steps: tuple[str, ...]
    rounds: tuple[RoundView, ...]
    papers: tuple[str, ...]
    digest: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotPage:
    """A ballot as one member sees it, with what they may do now."""

    id: str
    session: str
    motion: str | None
    question: str
    text: str
    method: MethodName
    how: tuple[str, str]
    rule: str
    channels: tuple[str, ...]
    secret: bool
    named: bool
    online: bool
    on_roll: bool
    person: bool
    closes_at: datetime | None
    open: bool
    over: bool
    eligible: int
    turnout: int
    options: tuple[Option, ...]
    why_not: str | None
    voted: bool
    choice: tuple[str, ...]
    revision: int
    is_teller: bool
    sheets: tuple[Sheet, ...]
    objections: int
    upheld: tuple[int, int] | None
    upheld_by: str | None
    upheld_by_me: bool
    may_close: bool
    result: ResultView | None
    act: int | None
    confirmed: int
    published: str | None


def routes(site: Site) -> list[Route]:
    async def page(request: Request) -> Response:
        member = the_voter(request)
        shown = await site.node.look(lambda desk: view(desk, _id(request), member))
        return render(request, "ballot.html", page=shown)

    async def vote(request: Request, form: Form) -> Response:
        member, id = the_voter(request), _id(request)

        def carry_out(desk: Desk) -> bool:
            state = voting.opened(desk, id)
            terms = voting.terms_of(state)
            choice = read_vote(form, terms, voting.read_paper(desk, terms))
            voting.vote(
                desk,
                id,
                choice,
                revision=_revision(form, state, member),
                by=member.voter,
            )
            return terms.secret

        if await site.work(carry_out):
            # What this commit changed must not lie side by side in a log.
            await site.node.database.forget_steps()
        return see_other(f"/ballots/{id}")

    def entering(
        make: Callable[[Desk, Member, Form, BallotId], Any],
    ) -> Callable[[Request, Form], Any]:
        async def act(request: Request, form: Form) -> Response:
            member, id = the_member(request), _id(request)
            form, member = await count_sheets.acting(site, request, form, member)

            def carry_out(desk: Desk) -> None:
                command = make(desk, member, form, id)
                node.perform(desk, f"ballot:{id}", command)

            await site.work(carry_out)
            return see_other(f"/ballots/{id}")

        return act

    async def close(request: Request, form: Form) -> Response:
        form.only()
        member, id = the_member(request), _id(request)

        def carry_out(desk: Desk) -> None:
            voting.close(desk, id, by=member.id)
            clerk.publish_ready(desk)

        await site.work(carry_out)
        await site.node.database.forget_steps()
        return see_other(f"/ballots/{id}")

    return [
        site.page("/ballots/{id}", page),
        site.form("/ballots/{id}/vote", vote, again=page),
        site.form("/ballots/{id}/count", entering(_count), again=page),
        site.form("/ballots/{id}/upheld", entering(_upheld), again=page),
        site.form("/ballots/{id}/close", close, again=page),
    ]


def view(desk: Desk, id: BallotId, member: Member | Holder) -> BallotPage:
    """Show a ballot to a member, or to whoever holds a card.

    Raises:
        Unknown: there is no such ballot.
    """
    state = voting.opened(desk, id)
    terms, paper = (
        voting.terms_of(state),
        voting.read_paper(desk, voting.terms_of(state)),
    )
    names = people.names(desk.connection)
    mine = state.votes.get(member.voter)
    moved = voting.motion_in(desk, id)
    act = acts.of_subject(desk.connection, "Decision", id)
    is_teller = any(each.member == member.voter for each in terms.rules.tellers)
    labels = _labels(terms, paper)
    weighed = state.sheet.weighed
    return BallotPage(
        id=id,
        session=terms.session,
        motion=None if moved is None else moved[0],
        question=paper.question,
        text=events.wording(desk.connection, terms.text) or "(text withdrawn)",
        method=terms.method,
        how=METHODS[terms.method],
        rule=_rule(terms),
        channels=tuple(CHANNELS[channel] for channel in terms.channels),
        secret=terms.secret,
        named="online" in terms.channels and not terms.secret,
        online="online" in terms.channels,
        on_roll=member.voter in terms.electorate.roll,
        person=terms.person,
        closes_at=terms.closes_at,
        open=state.is_open,
        over=terms.closes_at is not None and desk.now >= terms.closes_at,
        eligible=len(terms.electorate.roll) + terms.electorate.room,
        turnout=voting.turnout(desk, state),
        options=tuple(Option(id=each, label=labels[each]) for each in terms.choices),
        why_not=voting.why_not(desk, state, member.voter),
        voted=mine is not None or ballots.struck(desk.connection, id, member.voter),
        choice=tuple(labels[each] for each in mine.choice) if mine else (),
        revision=1 if mine is None else mine.revision + 1,
        is_teller=is_teller,
        sheets=tuple(
            _sheet(desk, state, channel, member, names)
            for channel in terms.channels
            if channel in IN_THE_ROOM
        ),
        objections=_objections(state) if is_teller else 0,
        upheld=state.sheet.upheld,
        upheld_by=None if weighed is None else names.get(weighed.by),
        upheld_by_me=weighed is not None and weighed.by == member.voter,
        may_close=state.is_open and may(member, CloseBallot),
        result=_result(desk, state, labels, is_teller=is_teller),
        act=None if act is None else act.id,
        confirmed=len(state.confirmed_by),
        published=None if act is None else act.entry,
    )


def read_vote(form: Form, terms: Terms, paper: Paper) -> Ranking:
    """Read what a person chose; nothing chosen is a blank paper.

    Raises:
        Misused: two options have the same place, or places are left out between.
        Invalid: it is not an option of this ballot.
    """
    if terms.method != "ranked":
        form.only("choice", "revision")
        choice = form.line("choice", "Your vote", least=0, most=100)
        if not choice:
            raise Misused("“Your vote”: please choose one.")
        return () if choice == BLANK else (OptionId(choice),)
    places: dict[int, OptionId] = {}
    for name in form.values.keys() - {"token", "revision", "choice"}:
        if not name.startswith("rank_"):
            raise Misused(f"This form has no field {name[:40]!r}. Nothing was changed.")
        if not form.one(name).strip():
            continue
        option = voting.option_called(paper, name.removeprefix("rank_"))
        place = form.whole(name, "Place", least=1, most=len(terms.options))
        if place in places:
            raise Misused(f"Two options have place {place}. Please give each its own.")
        places[place] = option
    if not places and form.one("choice") != BLANK:
        raise Misused("Please give at least your first choice place 1.")
    if sorted(places) != list(range(1, len(places) + 1)):
        raise Misused("Please begin with place 1 and leave none out in between.")
    return tuple(option for _, option in sorted(places.items()))


def _revision(form: Form, state: ballot.State, member: Member | Holder) -> int:
    """The number of this vote among the member's own: as shown, or else the next."""
    if form.one("revision"):
        return form.whole("revision", "Revision", least=1, most=1_000_000)
    mine = state.votes.get(member.voter)
    return 1 if mine is None else mine.revision + 1


def _count(desk: Desk, member: Member, form: Form, id: BallotId) -> EnterCount:
    terms = voting.terms_of(voting.opened(desk, id))
    channel = form.choice("channel", "Counted", among=sorted(IN_THE_ROOM))
    if terms.method == "ranked":
        form.only("channel", "ranking")
        markings = _rankings(form, voting.read_paper(desk, terms))
    else:
        form.only("channel", *(f"count_{each}" for each in (*terms.choices, BLANK)))
        markings = _counts(form, terms)
    return EnterCount(
        channel=channel,  # type: ignore[arg-type]
        markings=markings,
        by=member.id,
        at=desk.now,
        moved=voting.moved(desk, terms),
    )


def _counts(form: Form, terms: Terms) -> tuple[Marking, ...]:
    markings = []
    for option in (*terms.choices, BLANK):
        name = f"count_{option}"
        if option == BLANK and not form.one(name).strip():
            continue
        papers = form.whole(name, LABELS.get(option, option), most=MOST_COUNTED)
        choice: Ranking = () if option == BLANK else (option,)
        markings.append(Marking(choice=choice, papers=papers))
    return tuple(markings)


def _rankings(form: Form, paper: Paper) -> tuple[Marking, ...]:
    text = form.text("ranking", "Papers", most=MOST_IN_RANKING)
    papers = Counter[Ranking]()
    for line in filter(None, map(str.strip, text.split("\n"))):
        found = _LINE.fullmatch(line)
        if found is None:
            raise Misused(
                f"“{line[:60]}” cannot be read. Each line is a ranking and how many "
                "papers carry it, such as “a > b > c: 12”."
            )
        papers[voting.read_ranking(paper, found["ranking"])] += int(found["papers"])
    return tuple(Marking(choice=each, papers=n) for each, n in papers.items())


def _upheld(desk: Desk, member: Member, form: Form, id: BallotId) -> EnterUpheld:
    form.only("raised", "upheld")
    return EnterUpheld(
        raised=form.whole("raised", "Objections raised", most=MOST_COUNTED),
        upheld=form.whole("upheld", "Found valid", most=MOST_COUNTED),
        by=member.id,
        at=desk.now,
    )


def _sheet(
    desk: Desk,
    state: ballot.State,
    channel: Channel,
    member: Member | Holder,
    names: dict[str, str],
) -> Sheet:
    entered = state.sheet.entered.get(channel)
    agreed = state.sheet.counted.get(channel)
    return Sheet(
        channel=channel,
        label=CHANNELS[channel],
        agreed=None if agreed is None else sum(each.papers for each in agreed),
        entered_by=None if entered is None else names.get(entered.by),
        by_me=entered is not None and entered.by == member.voter,
        differed=entered is None
        and agreed is None
        and _last(desk, voting.terms_of(state).ballot, channel) == "CountDiffered",
    )


def _last(desk: Desk, id: BallotId, channel: Channel) -> str | None:
    """The last that tellers did about a channel's count."""
    kinds = ("CountEntered", "CountAgreed", "CountDiffered")
    found = [
        each.type
        for each in events.history(desk.connection, f"ballot:{id}")
        if each.type in kinds and f'"channel":"{channel}"'.encode() in each.body
    ]
    return found[-1] if found else None


def _objections(state: ballot.State) -> int:
    """How many objections were raised, as far as named and agreed counts tell."""
    choice = (OptionId("objection"),)
    online = sum(vote.choice == choice for vote in state.votes.values())
    room = sum(
        marking.papers
        for markings in state.sheet.counted.values()
        for marking in markings
        if marking.choice == choice
    )
    return online + room


def _labels(terms: Terms, paper: Paper) -> dict[OptionId, str]:
    of_paper = dict(paper.labels)
    return {
        each: of_paper.get(each, LABELS.get(each, each))
        for each in (*terms.choices, BLANK)
    }


def _rule(terms: Terms) -> str:
    rules = terms.rules
    named = "all members" if set(terms.channels) == {"online"} else "those present"
    if rules.quorum_of == "members":
        named = "all members"
    quorum = (
        "No quorum is asked for."
        if rules.quorum == "0"
        else f"It counts if at least {rules.quorum} of {named} take part."
    )
    if terms.threshold is None or terms.method == "majority":
        return quorum
    return f"It needs {terms.threshold} of the {rules.threshold_of}. {quorum}"


def _result(
    desk: Desk,
    state: ballot.State,
    labels: dict[OptionId, str],
    *,
    is_teller: bool,
) -> ResultView | None:
    if state.decided is None:
        return None
    result, terms = state.decided.result, voting.terms_of(state)
    return ResultView(
        outcome=result.outcome,
        chosen=None if result.chosen is None else labels[result.chosen],
        figures=_figures(result.counts, labels),
        channels=tuple(
            (channel, _figures(counts, labels))
            for channel, counts in result.channels.items()
        ),
        steps=tuple(_steps(result, terms)),
        rounds=tuple(
            RoundView(figures=_figures(each.counts, labels), says=_next(each, labels))
            for each in result.run_off.rounds
        )
        if result.run_off
        else (),
        papers=tuple(_list_of_papers(desk, state, labels)) if is_teller else (),
        digest=state.decided.papers,
        at=state.decided.at,
    )


def _figures(counts: Any, labels: dict[OptionId, str]) -> tuple[Figure, ...]:
    return tuple(
        Figure(label=labels.get(option, option), papers=papers)
        for option, papers in counts.items()
    )


def _steps(result: Result, terms: Terms) -> list[str]:
    quorum = result.quorum
    steps = [
        f"{counted(quorum.cast, 'paper')} of {quorum.size} {quorum.base}; "
        f"at least {quorum.needed} were needed."
    ]
    if result.tally is not None:
        tally = result.tally
        steps.append(
            f"Measured against {tally.size} {tally.base}: {tally.needed} or more carry "
            f"it ({'more than' if tally.strict else 'at least'} {tally.threshold})."
        )
    if result.positions is not None:
        taken = result.positions
        steps.append(
            f"{taken.consent} consented, {taken.stand_aside} stood aside, "
            f"{counted(taken.objections, 'objection')} raised, "
            f"{taken.upheld} found valid."
        )
    return steps


def _next(played: Round, labels: dict[OptionId, str]) -> str:
    """Say what happened after a round."""
    spent = counted(played.exhausted, "paper")
    if played.dropped is None:
        return f"{played.needed} or more win. {spent} had nothing left to choose."
    reason = {
        "fewest": "it has the fewest",
        "earlier round": f"tied here, it had the fewest in round {played.compared}",
        "lot": "tied in every round, it was drawn by lot",
        None: "",
    }[played.by]
    return f"“{labels[played.dropped]}” drops out: {reason}."


def _list_of_papers(
    desk: Desk, state: ballot.State, labels: dict[OptionId, str]
) -> list[str]:
    """The list of papers, which is open to the tellers for a recount."""
    found = []
    for paper in voting.list_of_papers(desk, state):
        choice = " > ".join(labels[each] for each in paper.choice) or "Blank"
        found.append(f"{choice}: {paper.papers}")
    return found


def _id(request: Request) -> BallotId:
    return BallotId(request.path_params["id"])
