"""What was decided is put to somebody outside; the answer, or the silence, is public.

Anybody reads how an ask stands. The clerk sends it and copies what came on paper; how
an assembly judges an answer is carried out by a decision of its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation import record
from confederation.dealings import ask
from confederation.dealings.ask import Given, Stage, Verdict
from confederation.dealings.carrying_out import Asked, Status
from confederation.errors import Invalid, NotEntitled
from confederation.identifiers import Digest
from instance import archive, node
from instance.dealings import asks
from instance.desk import Desk
from instance.store import events, posts, records
from instance.web import asking, naming, rights
from instance.web.dealings import answering, letters
from instance.web.deciding import decided
from instance.web.deciding.decided import Choice
from instance.web.fediverse.posts import Elsewhere, elsewhere
from instance.web.forms import Form
from instance.web.languages import N_, phrased
from instance.web.naming import Named, Words, in_hex
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.sources import From
from instance.web.states import Badge
from instance.web.visits import Member, Visit

MOST_IN_NAME: Final = 120
MOST_IN_TEXT: Final = 4_000

STATES: Final[Mapping[Status, Badge]] = {
    "addressed": Badge(says=N_("Asked, no answer yet"), tone="waiting"),
    "received": Badge(says=N_("They say that they have it"), tone="waiting"),
    "holding": Badge(says=N_("A first reply, the answer is to follow"), tone="waiting"),
    "answered": Badge(says=N_("Answered"), tone="going"),
    "judged": Badge(says=N_("Answered, and judged by the assembly"), tone="going"),
    "implementing": Badge(says=N_("It is being carried out"), tone="going"),
    "done": Badge(says=N_("Done"), tone="done"),
}
VERDICTS: Final[Mapping[Verdict, Badge]] = {
    "accepted": Badge(says=N_("Accepted"), tone="done"),
    "partly": Badge(says=N_("Accepted in part"), tone="going"),
    "not accepted": Badge(says=N_("Not accepted"), tone="not"),
    "no answer": Badge(says=N_("No answer"), tone="not"),
}
GIVEN: Final[Mapping[Given, str]] = {
    "facts": N_("Facts"),
    "staff time": N_("Staff time that they offer"),
}
CAME: Final[Mapping[str, str]] = {
    "paper": N_("Copied by the assembly from a letter."),
    "link": N_("Written over the link that was sent to them."),
    "account": N_("Written by a public servant, in their account here."),
}
STAGES: Final[Mapping[Stage, str]] = {
    "waiting": N_("Nothing has begun yet"),
    "implementing": N_("It is being carried out"),
    "done": N_("It is done"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An ask in a list."""

    digest: str
    authority: Words
    state: Badge
    late: bool
    by: Named
    answer_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerView:
    """An answer, in the words of whoever gave it."""

    digest: str
    kind: str
    at: datetime
    came: str
    by_servant: bool
    parts: tuple[tuple[str, Words], ...]
    plan_by: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictView:
    """How one assembly judges it; ``verdict`` is None where it has not yet."""

    assembly: Named
    verdict: Badge | None
    stage: str
    reason: Words | None
    decision: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenView:
    """Facts or staff time that whoever holds the link gives. Nobody votes by it."""

    kind: str
    text: str
    at: datetime
    by_servant: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPage:
    """An ask as one reader sees it, with what they may do now."""

    digest: str
    authority: Words
    text: Words
    follows: From
    by: Named
    at: datetime
    answer_by: datetime
    state: Badge
    late: bool
    came_late: bool
    answers: tuple[AnswerView, ...]
    verdicts: tuple[VerdictView, ...]
    given: tuple[GivenView, ...]
    sending: letters.Sending | None
    may_judge: bool
    decisions: tuple[Choice, ...]
    once: str
    elsewhere: Elsewhere


def routes(site: Site) -> list[Route]:
    node_ = site.node

    async def list_page(request: Request) -> Response:
        visit: Visit = request.state.visit
        found = await node_.look(lines)
        return render(
            request, "asks.html", lines=found, may_ask=_is_clerk(visit.member)
        )

    async def page(request: Request) -> Response:
        visit, digest = request.state.visit, asking.digest(request)
        shown = await node_.look(lambda desk: view(desk, digest, visit.member))
        return render(
            request,
            "ask.html",
            page=shown,
            kinds=answering.KINDS,
            verdicts=VERDICTS,
            stages=STAGES,
            sent_by=letters.WAYS,
        )

    async def on_paper(request: Request, form: Form) -> Response:
        form.only("once", "kind", "plan_by", *answering.PARTS)
        member, digest = asking.an_officer(request, "clerk"), asking.digest(request)

        await site.work(
            lambda desk: answering.take_answer(
                desk, asks.own(desk, digest), form, link=None, by=member.id
            )
        )
        return see_other(f"/asks/{in_hex(digest)}")

    async def judged(request: Request, form: Form) -> Response:
        form.only("answer", "verdict", "stage", "decision", "reason")
        member, digest = asking.an_officer(request, "clerk"), asking.digest(request)
        await site.work(lambda desk: _judge(desk, digest, form, member))
        return see_other(f"/asks/{in_hex(digest)}")

    return [
        site.page("/asks", list_page),
        site.page("/asks/{hex}", page),
        site.form("/asks/{hex}/paper", on_paper, again=page),
        site.form("/asks/{hex}/judge", judged, again=page),
        *letters.routes(site, page),
    ]


def lines(desk: Desk) -> list[Line]:
    """List the asks that are held here, the newest first."""
    return [line(desk, each) for each in asks.every(desk)]


def line(desk: Desk, asked: Asked) -> Line:
    """Show an ask in a list."""
    late = asked.overdue(desk.now)
    return Line(
        digest=asked.entry.digest,
        authority=naming.words(desk, asked.ask.authority),
        state=STATES[asked.status],
        late=late,
        by=naming.assembly(desk, asked.entry.assembly),
        answer_by=asked.ask.answer_by,
    )


def awaits(desk: Desk, member: Member) -> Iterator[tuple[str, str, str]]:
    """Say what the clerk has to send, and what our assembly has yet to judge."""
    ours = records.ours(desk.connection)
    if ours is None or not rights.may(member, ask.JudgeAsk):
        return
    for asked in asks.every(desk):
        href = f"/asks/{in_hex(asked.entry.digest)}"
        authority = naming.words(desk, asked.ask.authority).text or ""
        if asked.entry.assembly == ours.id and _is_unsent(desk, asked):
            yield N_("Send what we ask"), authority, href
        elif ours.id not in asked.parties:
            continue
        elif asked.to_judge(ours.id):
            yield N_("Put the answer to the assembly: is it enough?"), authority, href
        elif asked.overdue(desk.now) and ours.id not in asked.verdicts:
            says = N_("No answer has come: the assembly can judge the silence")
            yield says, authority, href


def _is_unsent(desk: Desk, asked: Asked) -> bool:
    state: ask.State = node.load(desk, f"ask:{asks.own(desk, asked.entry.digest)}")
    return state.link is None and not state.sent and not state.answers


def view(desk: Desk, digest: str, member: Member | None) -> AskPage:
    """Show an ask.

    Raises:
        Unknown: no such ask is held here.
    """
    asked = asks.stands(desk, asks.entry(desk, digest))
    fact, entry = asked.ask, asked.entry
    ours = records.ours(desk.connection)
    is_clerk = _is_clerk(member)
    mine = ours is not None and entry.assembly == ours.id
    return AskPage(
        digest=entry.digest,
        authority=naming.words(desk, fact.authority),
        text=naming.words(desk, fact.text),
        follows=follows(desk, fact.follows, fact.proposal),
        by=naming.assembly(desk, entry.assembly),
        at=entry.published,
        answer_by=fact.answer_by,
        state=STATES[asked.status],
        late=asked.overdue(desk.now),
        came_late=asked.came_late,
        answers=tuple(_answers(desk, asked)),
        verdicts=tuple(_verdicts(desk, asked)),
        given=tuple(_given(desk, digest)) if mine else (),
        sending=letters.sending(desk, digest) if mine and is_clerk else None,
        may_judge=is_clerk and ours is not None and ours.id in asked.parties,
        decisions=decided.newest(desk) if is_clerk else (),
        once=desk.new_id(),
        elsewhere=elsewhere(desk, posts.carrier_of(desk.connection, entry.digest)),
    )


def follows(desk: Desk, digest: Digest, proposal: Digest | None) -> From:
    """Say what is asked for was decided by, and the page that shows it."""
    about = digest if proposal is None else proposal
    row = records.entry(desk.connection, about)
    fact = None if row is None else archive.read(desk, row).fact
    match fact:
        case record.Proposal(title=title):
            says = naming.words(desk, title).text
            return From(
                says=says or N_("A decision of all assemblies"),
                href=f"/proposals/{in_hex(about)}",
            )
        case record.Decision(text_commit=text):
            words = naming.some_words(desk, text)
            says = None if words is None else words.text
            return From(
                says=_short(says) if says else N_("A decision of the assembly"),
                href=f"/decisions/{in_hex(about)}",
            )
        case _:
            return From(says=N_("A decision that is not held here"), href="/decisions")


def _judge(desk: Desk, digest: str, form: Form, member: Member) -> None:
    asked = asks.stands(desk, asks.entry(desk, digest))
    ours = records.ours(desk.connection)
    if ours is None or ours.id not in asked.parties:
        raise NotEntitled("This ask is for other assemblies to judge.")
    answer = form.one("answer")
    answers = {in_hex(entry.digest): entry.digest for entry, _ in asked.answers}
    if answer and answer not in answers:
        raise Invalid("“Which answer”: this was not offered. Please choose again.")
    decision = decided.read(desk, form)
    reason = form.text("reason", "Why", least=0, most=MOST_IN_TEXT)
    command = ask.JudgeAsk(
        of=asked.entry.digest,
        answer_by=asked.ask.answer_by,
        answer=answers[answer] if answer else None,
        verdict=form.choice("verdict", "The judgement", among=VERDICTS),  # type: ignore[arg-type]
        stage=form.choice("stage", "How far it is", among=STAGES),  # type: ignore[arg-type]
        decision=decision,
        reason=events.keep_wording(desk.connection, reason) if reason else None,
        by=member.id,
        at=desk.now,
    )
    id = asks.own_id(desk, digest) if asked.entry.assembly == ours.id else None
    asking.carry_out(desk, f"ask:{id or in_hex(digest)}", command)


def _answers(desk: Desk, asked: Asked) -> Iterator[AnswerView]:
    for entry, answer in asked.answers:
        yield AnswerView(
            digest=entry.digest,
            kind=answering.KINDS[answer.kind],
            at=entry.published,
            came=CAME[answer.given],
            by_servant=answer.given == "account",
            parts=tuple(
                (says, naming.words(desk, commitment))
                for name, says in answering.PARTS.items()
                if (commitment := getattr(answer, name)) is not None
            ),
            plan_by=answer.plan_by,
        )


def _given(desk: Desk, digest: str) -> Iterator[GivenView]:
    state: ask.State = node.load(desk, f"ask:{asks.own(desk, digest)}")
    for each in state.given:
        yield GivenView(
            kind=GIVEN[each.kind],
            text=events.wording(desk.connection, each.text)
            or phrased("(text withdrawn)"),
            at=each.at,
            by_servant=each.servant is not None,
        )


def _verdicts(desk: Desk, asked: Asked) -> Iterator[VerdictView]:
    judged = {each.assembly: each for each in asked.judged}
    for each in asked.parties:
        found = judged.get(each)
        fact = None if found is None else found.judgement
        yield VerdictView(
            assembly=naming.assembly(desk, each),
            verdict=None if fact is None else VERDICTS[fact.verdict],
            stage="" if fact is None else STAGES[fact.stage],
            reason=None if fact is None else naming.some_words(desk, fact.reason),
            decision="" if fact is None else in_hex(fact.decision),
            at=None if found is None else found.entry.published,
        )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MOST_IN_NAME else f"{line[: MOST_IN_NAME - 1]}…"


def _is_clerk(member: Member | None) -> bool:
    return member is not None and "clerk" in member.roles
