"""A ballot: voted on here, counted by two in the room, and closed.

While it is open its page shows how many took part, and never how. A receipt says that
a vote is in; of a secret one nothing says more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.counting.consent import OBJECTION
from confederation.deciding import ballot, question
from confederation.deciding.ballot import CloseBallot
from confederation.deciding.question import BLANK, Asks, Terms
from confederation.deciding.rulebook import MethodName
from confederation.errors import Filled
from confederation.identifiers import BallotId, Digest, OptionId
from confederation.meeting.count_sheet import EnterCount, EnterUpheld
from confederation.session import IN_THE_ROOM, Channel
from instance import chamber, clerk, node
from instance.deciding import sub_assemblies, voting
from instance.deciding.voting import Paper
from instance.desk import Desk
from instance.errors import Misused
from instance.store import acts, ballots, events, people, records
from instance.web import languages, naming
from instance.web.deciding import count_sheets, counted, marking
from instance.web.deciding.counted import Row, Said, Table
from instance.web.deciding.figures import share
from instance.web.deciding.methods import HOW_TO_MARK, LABELS, WAYS, Way
from instance.web.forms import Form
from instance.web.languages import N_, phrased
from instance.web.meeting.sessions import CHANNELS
from instance.web.rendering import render
from instance.web.rights import may
from instance.web.site import Site, see_other
from instance.web.visits import Holder, Member, check_meeting, the_member, the_voter

MOST_IN_REASON: Final = 2_000
BASES: Final = {
    "votes": N_("the votes"),
    "cast": N_("all votes cast"),
    "present": N_("those present"),
    "members": N_("all members"),
}
OUTCOMES: Final = {
    "passed": N_("Passed"),
    "rejected": N_("Not passed"),
    "no quorum": N_("Nothing decided: too few took part"),
    "advice": N_("A sense of the room: nothing is decided by it"),
}


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
class ResultView:
    """The outcome with the arithmetic behind it, step by step."""

    outcome: str
    says: str
    chosen: str | None
    elected: tuple[str, ...]
    figures_of: str
    figures: tuple[Row, ...]
    kept_rather: Said | None
    channels: tuple[tuple[str, tuple[Row, ...]], ...]
    steps: tuple[Said, ...]
    tables: tuple[Table, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotPage:
    """A ballot as one member sees it, with what they may do now.

    ``first`` says that no rules are adopted yet: the first evening is still going on.
    ``own`` says that whoever put the motion forward put it to the vote as well.
    """

    id: str
    session: str
    motion: str | None
    own: bool
    about: str | None
    question: str
    text: str
    method: MethodName
    asks: Asks
    how: Way
    how_to_mark: str
    may_share_places: bool
    dots: int
    most_dots: int
    seats: int
    rule: str
    channels: tuple[str, ...]
    secret: bool
    named: bool
    online: bool
    by_cards: bool
    on_roll: bool
    person: bool
    closes_at: datetime | None
    open: bool
    over: bool
    eligible: int
    turnout: int
    outlook: tuple[str, ...]
    options: tuple[Option, ...]
    example: str
    reasons: tuple[tuple[str, str], ...]
    why_not: str | None
    voted: bool
    choice: str
    revision: int
    is_teller: bool
    sheets: tuple[Sheet, ...]
    objections: int
    upheld: tuple[int, int] | None
    upheld_by: str | None
    upheld_by_me: bool
    may_close: bool
    result: ResultView | None
    advises: bool
    act: int | None
    confirmed: int
    published: str | None
    within: tuple[str, str] | None
    stopped: datetime | None
    first: bool


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
            check_meeting(member, terms.session)
            choice = marking.read(form, terms, voting.read_paper(desk, terms))
            voting.vote(
                desk,
                id,
                choice,
                revision=_revision(form, state, member),
                reason=_reason(form, terms, choice),
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


def _about(desk: Desk, subject: Digest | None) -> str | None:
    """Lead to the proposal, or to the compact, that a question is about."""
    row = records.entry(desk.connection, subject)
    if row is not None and row["type"] == "Proposal":
        return f"/proposals/{naming.in_hex(row['digest'])}"
    if subject is not None and chamber.compact_of(desk, subject) is not None:
        return f"/compacts/{naming.in_hex(subject)}"
    return None


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
    check_meeting(member, terms.session)
    names = people.names(desk.connection)
    mine = state.votes.get(member.voter)
    moved = voting.motion_in(desk, id)
    kind = "Decision" if terms.sub_assembly is None else "RemitDecision"
    act = acts.of_subject(desk.connection, kind, id)
    is_teller = any(each.member == member.voter for each in terms.rules.tellers)
    labels = labels_of(terms, paper)
    weighed = state.sheet.weighed
    return BallotPage(
        id=id,
        session=terms.session,
        motion=None if moved is None else moved[0],
        own=moved is not None and voting.is_put_by_proposer(state, moved[1]),
        about=_about(desk, terms.subject),
        question=paper.question,
        text=events.wording(desk.connection, terms.text) or phrased("(text withdrawn)"),
        method=terms.method,
        asks=terms.asks,
        how=WAYS[terms.method],
        how_to_mark=HOW_TO_MARK[terms.asks],
        may_share_places=terms.method in question.SHARES_PLACES,
        dots=terms.rules.dots,
        most_dots=terms.rules.most_dots,
        seats=terms.seats,
        rule=_rule(terms),
        channels=tuple(CHANNELS[channel] for channel in terms.channels),
        secret=terms.secret,
        named="online" in terms.channels and not terms.secret,
        online="online" in terms.channels,
        by_cards=terms.channels == ("hands",),
        on_roll=member.voter in terms.electorate.roll,
        person=terms.person,
        closes_at=terms.closes_at,
        open=state.is_open,
        over=terms.closes_at is not None and desk.now >= terms.closes_at,
        eligible=len(terms.electorate.roll) + terms.electorate.room,
        turnout=voting.turnout(desk, state),
        outlook=counted.how_it_stands(voting.outlook(desk, state))
        if state.is_open
        else (),
        example=marking.example(terms) if terms.options else "",
        reasons=tuple(
            (labels[option], words) for option, words in voting.reasons(desk, state)
        ),
        options=tuple(Option(id=each, label=labels[each]) for each in terms.choices),
        why_not=languages.why(voting.why_not(desk, state, member.voter)),
        voted=mine is not None or ballots.struck(desk.connection, id, member.voter),
        choice=marking.say(mine.choice, terms, labels) if mine else "",
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
        result=_result(state, labels),
        advises=terms.method in question.ADVISES,
        act=None if act is None else act.id,
        confirmed=len(state.confirmed_by),
        published=None if act is None else act.entry,
        within=sub_assemblies.called(desk, terms.sub_assembly),
        stopped=None if state.ended is None else state.ended.at,
        first=not node.assembly_here(desk).rulebooks,
    )


def _revision(form: Form, state: ballot.State, member: Member | Holder) -> int:
    """The number of this vote among the member's own: as shown, or else the next."""
    if form.one("revision"):
        return form.whole("revision", N_("Revision"), least=1, most=1_000_000)
    mine = state.votes.get(member.voter)
    return 1 if mine is None else mine.revision + 1


def _reason(form: Form, terms: Terms, choice: tuple[OptionId, ...]) -> str:
    """Read why somebody does not simply agree; nothing is asked of who does."""
    if terms.asks != "position":
        return ""
    reason = form.text("reason", "Why", least=0, most=MOST_IN_REASON)
    if choice == (OBJECTION,) and not reason:
        raise Misused(
            "“Why”: please say what harm it would do. An objection is heard and tested."
        )
    return reason if terms.method in ("consent", "consensus") else ""


def _count(desk: Desk, member: Member, form: Form, id: BallotId) -> EnterCount:
    terms = voting.terms_of(voting.opened(desk, id))
    channel = form.choice("channel", N_("Counted"), among=sorted(IN_THE_ROOM))
    return EnterCount(
        channel=channel,  # type: ignore[arg-type]
        markings=marking.read_counts(form, terms, voting.read_paper(desk, terms)),
        by=member.id,
        at=desk.now,
        moved=voting.moved(desk, terms),
    )


def _upheld(desk: Desk, member: Member, form: Form, id: BallotId) -> EnterUpheld:
    form.only("raised", "upheld")
    return EnterUpheld(
        raised=form.whole("raised", "Objections raised", most=marking.MOST_COUNTED),
        upheld=form.whole("upheld", N_("Found valid"), most=marking.MOST_COUNTED),
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


def labels_of(terms: Terms, paper: Paper) -> dict[OptionId, str]:
    """Return what each option says, and a blank paper."""
    of_paper = dict(paper.labels)
    return {
        each: of_paper.get(each, LABELS.get(each, each))
        for each in (*terms.choices, BLANK)
    }


def _rule(terms: Terms) -> str:
    rules = terms.rules
    quorum = N_("No quorum is asked for.")
    if Fraction(rules.quorum):
        of_all = set(terms.channels) == {"online"} or rules.quorum_of == "members"
        quorum = Filled(
            "It counts if at least {share} of {whom} take part.",
            share=share(rules.quorum),
            whom=BASES["members" if of_all else "present"],
        )
    if terms.method == "consent" and question.only_online(terms):
        return Filled(
            "At least {share} of all members must consent: silence is not consent. "
            "{quorum}",
            share=share(rules.consents),
            quorum=quorum,
        )
    if terms.threshold is None or terms.method == "majority":
        return quorum
    needed = {
        "share": share(terms.threshold),
        "of": BASES["votes" if terms.method == "fallback" else rules.threshold_of],
        "quorum": quorum,
    }
    if rules.strict and terms.method == "qualified":
        return Filled("It needs more than {share} of {of}. {quorum}", **needed)
    return Filled("It needs {share} of {of}. {quorum}", **needed)


def _result(state: ballot.State, labels: dict[OptionId, str]) -> ResultView | None:
    if state.decided is None:
        return None
    result, terms = state.decided.result, voting.terms_of(state)
    return ResultView(
        outcome=result.outcome,
        says=OUTCOMES[result.outcome],
        chosen=None if result.chosen is None else labels[result.chosen],
        elected=tuple(labels[option] for option in result.elected),
        figures_of=counted.FIGURES_OF[terms.asks],
        figures=counted.figures(result.counts, labels),
        kept_rather=None
        if result.locked is None
        else counted.kept_rather(result.locked, terms.keep, labels),
        channels=tuple(
            (channel, counted.figures(counts, labels))
            for channel, counts in result.channels.items()
        ),
        steps=counted.steps(result, terms, labels, seed=state.decided.seed),
        tables=counted.tables(result, terms, labels),
        at=state.decided.at,
    )


def _id(request: Request) -> BallotId:
    return BallotId(request.path_params["id"])
