"""What was decided is put to somebody outside; the answer, or the silence, is public.

Anybody reads how an ask stands. The clerk sends it and copies what came on paper; how
an assembly judges an answer is carried out by a decision of its own.
"""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activitypub import canonical
from confederation import ask, record
from confederation.ask import Kind, Said, Stage, Verdict, Way
from confederation.carrying_out import Asked, Status
from confederation.errors import Invalid, NotEntitled, TooEarly, Unknown
from confederation.identifiers import AnswerId, AskId, Commit, Digest, MemberId
from instance import archive, asks, chamber, clerk, node
from instance.desk import Desk
from instance.errors import Misused
from instance.store import events, posts, records
from instance.web import asking, moments, naming, paper, telling
from instance.web.actions import From, read_day
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.naming import Named, Words, in_hex
from instance.web.posts import Elsewhere, elsewhere
from instance.web.rendering import render
from instance.web.site import Site, see_other
from instance.web.states import Badge
from instance.web.visits import Member, Visit

MOST_IN_NAME: Final = 120
MOST_IN_CONTACT: Final = 300
MOST_IN_TEXT: Final = 4_000
MOST_DECISIONS: Final = 30
OFFERED: Final = timedelta(days=28)
LONGEST: Final = timedelta(days=730)
LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
SECRET_LENGTH: Final = 32
MOST_LETTERS: Final = 16
LINK_LASTS: Final = timedelta(days=180)
"""How long after the day that an answer is asked for the link still opens."""

STATES: Final[Mapping[Status, Badge]] = {
    "addressed": Badge(says=N_("Asked, no answer yet"), tone="waiting"),
    "received": Badge(says=N_("They say that they have it"), tone="waiting"),
    "holding": Badge(says=N_("A first reply, the answer is to follow"), tone="waiting"),
    "answered": Badge(says=N_("Answered"), tone="going"),
    "judged": Badge(says=N_("Answered, and judged by the assembly"), tone="going"),
    "implementing": Badge(says=N_("It is being carried out"), tone="going"),
    "done": Badge(says=N_("Done"), tone="done"),
}
LATE: Final = Badge(says=N_("No answer by the day we asked for"), tone="not")
KINDS: Final[Mapping[Kind, str]] = {
    "received": N_("They have received it"),
    "holding": N_("A first reply: the answer is to follow"),
    "full": N_("They agree to all of it"),
    "partly": N_("They agree to a part of it"),
    "refused": N_("They do not agree to it"),
}
VERDICTS: Final[Mapping[Verdict, Badge]] = {
    "accepted": Badge(says=N_("Accepted"), tone="done"),
    "partly": Badge(says=N_("Accepted in part"), tone="going"),
    "not accepted": Badge(says=N_("Not accepted"), tone="not"),
    "no answer": Badge(says=N_("No answer"), tone="not"),
}
STAGES: Final[Mapping[Stage, str]] = {
    "waiting": N_("Nothing has begun yet"),
    "implementing": N_("It is being carried out"),
    "done": N_("It is done"),
}
WAYS: Final[Mapping[Way, str]] = {
    "e-mail": N_("By e-mail"),
    "letter": N_("By letter"),
    "by hand": N_("Handed over"),
}
PARTS: Final[Mapping[str, str]] = {
    "heard": N_("What they heard"),
    "plan": N_("What they will do"),
    "handed": N_("Power or money handed over"),
    "text": N_("What else they say"),
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
    on_paper: bool
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
class Choice:
    """Something that a form offers: its value, and what it says."""

    value: str
    says: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What the clerk sees of how an ask was sent, and nobody else."""

    contact: str
    link_until: datetime | None
    sent: tuple[tuple[str, datetime], ...]


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
    sending: Sending | None
    may_judge: bool
    decisions: tuple[Choice, ...]
    once: str
    elsewhere: Elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPage:
    """The form by which something is asked."""

    once: str
    follows: From
    field: str
    hex: str
    answer_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An ask on paper, with the link by which it is answered."""

    authority: str
    text: str
    by: str
    at: datetime
    answer_by: datetime
    until: datetime
    link: str
    page: str
    mail: str | None


@dataclass(frozen=True, slots=True)
class Letters:
    """Letters whose links stand nowhere else, for the clerk who made them.

    They are in memory only: a restart forgets them, and then another one is made.
    """

    made: dict[str, tuple[MemberId, Letter]] = field(default_factory=dict)

    def keep(self, by: MemberId, letter: Letter) -> str:
        """Keep a letter to be shown and printed; return the mark it is kept under."""
        while len(self.made) >= MOST_LETTERS:
            del self.made[next(iter(self.made))]
        mark = secrets.token_urlsafe(12)
        self.made[mark] = by, letter
        return mark

    def find(self, by: MemberId, mark: str) -> Letter | None:
        """Return the letter under a mark, to whoever made it."""
        whose, letter = self.made.get(mark, (None, None))
        return letter if whose == by else None


def routes(site: Site) -> list[Route]:
    node_, letters = site.node, Letters()

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
            kinds=KINDS,
            verdicts=VERDICTS,
            stages=STAGES,
            sent_by=WAYS,
        )

    async def new_page(request: Request) -> Response:
        asking.an_officer(request, "clerk")
        given = {**request.query_params, **request.state.visit.entered}
        shown = await node_.look(lambda desk: view_new(desk, given))
        return render(request, "ask_new.html", page=shown, given=given)

    async def put(request: Request, form: Form) -> Response:
        form.only(
            *("once", "decision", "result", "authority", "contact", "text"),
            *("answer_by", "told", "aware"),
        )
        member = asking.an_officer(request, "clerk")
        id = AskId(telling.once(form))
        path = await site.work(lambda desk: _put(desk, id, form, member))
        return see_other(path)

    async def make(request: Request, form: Form) -> Response:
        form.only()
        member, digest = asking.an_officer(request, "clerk"), asking.digest(request)
        secret = new_secret()
        made = await site.work(
            lambda desk: make_letter(desk, digest, secret, member, at=desk.now)
        )
        mark = letters.keep(member.id, made)
        return see_other(f"/asks/{in_hex(digest)}/letter?made={mark}")

    async def letter(request: Request) -> Response:
        member, digest = asking.an_officer(request, "clerk"), asking.digest(request)
        made = letters.find(member.id, request.query_params.get("made", ""))
        if made is None:
            return see_other(f"/asks/{in_hex(digest)}")
        mail = () if made.mail is None else ((made.mail, N_("Write the e-mail")),)
        return paper.show(
            request,
            "sheet_ask.html",
            back=f"/asks/{in_hex(digest)}",
            variants=mail,
            page=made,
        )

    async def revoked(request: Request, form: Form) -> Response:
        form.only()
        member, digest = asking.an_officer(request, "clerk"), asking.digest(request)

        def carry_out(desk: Desk) -> None:
            command = ask.RevokeLink(by=member.id, at=desk.now)
            node.perform(desk, f"ask:{_ours(desk, digest)}", command)

        await site.work(carry_out)
        return see_other(f"/asks/{in_hex(digest)}")

    async def sent(request: Request, form: Form) -> Response:
        form.only("way")
        member, digest = asking.an_officer(request, "clerk"), asking.digest(request)
        way: Way = form.choice("way", "How it was sent", among=WAYS)  # type: ignore[assignment]

        def carry_out(desk: Desk) -> None:
            command = ask.NoteSent(way=way, by=member.id, at=desk.now)
            node.perform(desk, f"ask:{_ours(desk, digest)}", command)

        await site.work(carry_out)
        return see_other(f"/asks/{in_hex(digest)}")

    async def on_paper(request: Request, form: Form) -> Response:
        form.only("once", "kind", "plan_by", *PARTS)
        member, digest = asking.an_officer(request, "clerk"), asking.digest(request)

        await site.work(
            lambda desk: take_answer(
                desk, _ours(desk, digest), form, link=None, by=member.id
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
        site.page("/asks/new", new_page),
        site.form("/asks", put, again=new_page),
        site.page("/asks/{hex}", page),
        site.form("/asks/{hex}/letter", make, again=page),
        site.page("/asks/{hex}/letter", letter),
        site.form("/asks/{hex}/revoke", revoked, again=page),
        site.form("/asks/{hex}/sent", sent, again=page),
        site.form("/asks/{hex}/paper", on_paper, again=page),
        site.form("/asks/{hex}/judge", judged, again=page),
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
        sending=_sending(desk, digest) if mine and is_clerk else None,
        may_judge=is_clerk and ours is not None and ours.id in asked.parties,
        decisions=_decisions(desk) if is_clerk else (),
        once=desk.new_id(),
        elsewhere=elsewhere(desk, posts.carrier_of(desk.connection, entry.digest)),
    )


def view_new(desk: Desk, given: Mapping[str, str]) -> NewPage:
    """Show the form for an ask that follows a decision of ours, or of all assemblies.

    Raises:
        Unknown: there is no such decision.
        TooEarly: it was not passed, or not confirmed.
    """
    field, digest, proposal = _followed(desk, given)
    return NewPage(
        once=given.get("once") or desk.new_id(),
        follows=follows(desk, digest, proposal),
        field=field,
        hex=in_hex(digest if proposal is None else proposal),
        answer_by=canonical.write_time(desk.now + OFFERED)[:16],
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


def make_letter(
    desk: Desk, digest: str, secret: str, member: Member, *, at: datetime
) -> Letter:
    """Make a new link for an ask of ours and the letter that carries it.

    The link before it opens nothing from now on. Only its digest is kept.

    Raises:
        Unknown: it is no ask of ours.
    """
    id = _ours(desk, digest)
    state: ask.State = node.load(desk, f"ask:{id}")
    assert state.put is not None
    until = max(state.put.answer_by, at) + LINK_LASTS
    command = ask.MakeLink(digest=digest_of(secret), until=until, by=member.id, at=at)
    node.perform(desk, f"ask:{id}", command)
    contact = _held(desk, state.put.contact)
    letter = Letter(
        authority=_held(desk, state.put.authority),
        text=_held(desk, state.put.text),
        by=naming.our_name(desk),
        at=at,
        answer_by=state.put.answer_by,
        until=until,
        link=f"{desk.config.base}/asked/{secret}",
        page=f"{desk.config.base}/asks/{in_hex(digest)}",
        mail=None,
    )
    if "@" not in contact or any(each.isspace() for each in contact):
        return letter
    return replace(letter, mail=_mail(contact, letter))


def new_secret() -> str:
    """Return the secret of a link: 158 bits, in letters that paper tells apart."""
    return "".join(secrets.choice(LETTERS) for _ in range(SECRET_LENGTH))


def digest_of(secret: str) -> str:
    """Return what is kept of the secret of a link."""
    return hashlib.sha256(secret.encode()).hexdigest()


def take_answer(
    desk: Desk, id: str, form: Form, *, link: str | None, by: MemberId | None
) -> None:
    """Take an answer from its form; the same one again changes and keeps nothing.

    Args:
        desk: with the transaction.
        id: under which we keep the ask.
        form: as ``_answer_fields.html`` has it.
        link: the digest of the secret that it came over; None for one on paper.
        by: who copied it; None for whoever holds the link.
    """
    state: ask.State = node.load(desk, f"ask:{id}")
    answer = AnswerId(telling.once(form))
    if any(each.answer == answer for each in state.answers):
        return
    command = ask.TakeAnswer(
        answer=answer,
        kind=read_kind(form),
        said=read_said(desk, form),
        link=link,
        by=by,
        at=desk.now,
    )
    asking.carry_out(desk, f"ask:{id}", command)


def read_kind(form: Form) -> Kind:
    """Return what sort of answer a form brings."""
    kind: Kind = form.choice("kind", "Your answer", among=KINDS)  # type: ignore[assignment]
    return kind


def read_said(desk: Desk, form: Form) -> Said:
    """Keep the words of an answer, and return what stands for them."""

    def words(name: str) -> Commit | None:
        text = form.text(name, PARTS[name], least=0, most=MOST_IN_TEXT)
        return events.keep_wording(desk.connection, text) if text else None

    return Said(
        text=words("text"),
        heard=words("heard"),
        plan=words("plan"),
        handed=words("handed"),
        plan_by=read_day(form, "plan_by", "By when", now=desk.now),
    )


def _mail(contact: str, letter: Letter) -> str:
    body = (
        f"{letter.text}\n\n"
        f"We ask for an answer by {letter.answer_by:%-d %B %Y}. This is our request, "
        "not a legal deadline.\n\n"
        f"You can answer here, without an account:\n{letter.link}\n\n"
        "Whoever has this link can answer in your name, so please hand it on only to "
        "those who should. What you write there is published.\n\n"
        f"How this stands, for everybody to read:\n{letter.page}\n\n{letter.by}"
    )
    subject = f"{letter.by}: we ask for your answer"
    asked = f"subject={quote(subject, safe='')}&body={quote(body, safe='')}"
    return f"mailto:{quote(contact, safe='@')}?{asked}"


def _put(desk: Desk, id: AskId, form: Form, member: Member) -> str:
    if not node.exists(desk, f"ask:{id}"):
        given = {name: form.one(name) for name in ("decision", "result")}
        _, digest, proposal = _followed(desk, given)
        authority = form.line("authority", "Whom you ask", most=MOST_IN_NAME)
        contact = form.text("contact", "How they are reached", most=MOST_IN_CONTACT)
        text = form.text("text", "What you ask", most=MOST_IN_TEXT)
        if not form.ticked("aware"):
            telling.check_text(desk, f"{authority}\n{text}")
        answer_by = moments.time(form, "answer_by", "An answer by")
        if answer_by is None or not desk.now < answer_by < desk.now + LONGEST:
            raise Misused("“An answer by” is a time to come, within two years.")
        command = ask.PutAsk(
            ask=id,
            follows=digest,
            proposal=proposal,
            authority=events.keep_wording(desk.connection, authority),
            contact=events.keep_wording(desk.connection, contact),
            text=events.keep_wording(desk.connection, text),
            answer_by=answer_by.replace(microsecond=0),
            by=member.id,
            at=desk.now,
        )
        asking.carry_out(desk, f"ask:{id}", command)
    published = clerk.published(desk, "Ask", id)
    return "/asks" if published is None else f"/asks/{in_hex(published)}"


def _judge(desk: Desk, digest: str, form: Form, member: Member) -> None:
    asked = asks.stands(desk, asks.entry(desk, digest))
    ours = records.ours(desk.connection)
    if ours is None or ours.id not in asked.parties:
        raise NotEntitled("This ask is for other assemblies to judge.")
    answer = form.one("answer")
    answers = {in_hex(entry.digest): entry.digest for entry, _ in asked.answers}
    if answer and answer not in answers:
        raise Invalid("“Which answer”: this was not offered. Please choose again.")
    decision = asking.the_digest(form.one("decision"), "By which decision")
    if in_hex(decision) not in {each.value for each in _decisions(desk)}:
        raise Invalid(
            "“By which decision”: a judgement needs a decision of our assembly that "
            "was passed and confirmed."
        )
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


def _followed(
    desk: Desk, given: Mapping[str, str]
) -> tuple[str, Digest, Digest | None]:
    """Read which decision or result is put to somebody."""
    if hexadecimal := given.get("result"):
        proposal = chamber.proposal(desk, f"sha256:{hexadecimal}")
        holds = chamber.in_force(desk, proposal)
        ours = records.ours(desk.connection)
        if holds is None:
            raise TooEarly("This is not in force, or not yet.")
        if ours is None or ours.id not in holds.bound:
            raise NotEntitled("This decision does not bind our assembly.")
        return "result", holds.result, proposal.digest
    digest = asking.digest_from(given.get("decision", ""))
    row = records.entry(desk.connection, digest)
    entry = None if row is None else archive.read(desk, row)
    ours = records.ours(desk.connection)
    if (
        entry is None
        or ours is None
        or entry.assembly != ours.id
        or not isinstance(entry.fact, record.Decision)
    ):
        raise Unknown("Begin from the page of a decision of our assembly.")
    if entry.fact.outcome != "passed":
        raise TooEarly("Only what was decided can be put to somebody.")
    return "decision", entry.digest, None


def _answers(desk: Desk, asked: Asked) -> Iterator[AnswerView]:
    for entry, answer in asked.answers:
        yield AnswerView(
            digest=entry.digest,
            kind=KINDS[answer.kind],
            at=entry.published,
            on_paper=answer.given == "paper",
            parts=tuple(
                (says, naming.words(desk, commitment))
                for name, says in PARTS.items()
                if (commitment := getattr(answer, name)) is not None
            ),
            plan_by=answer.plan_by,
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


def _sending(desk: Desk, digest: str) -> Sending:
    state: ask.State = node.load(desk, f"ask:{_ours(desk, digest)}")
    assert state.put is not None
    until = None if state.link is None else state.link.until
    return Sending(
        contact=_held(desk, state.put.contact),
        link_until=until if until is not None and until > desk.now else None,
        sent=tuple((WAYS[way], at) for way, at in state.sent),
    )


def _decisions(desk: Desk) -> tuple[Choice, ...]:
    """Return our newest decisions that were passed and confirmed, by their hex."""
    ours = records.ours(desk.connection)
    kept = None if ours is None else chamber.record_of(desk, ours.id)
    if kept is None:
        return ()
    passed = [
        Choice(
            value=in_hex(entry.digest),
            says=naming.some_words(desk, fact.text_commit)
            or Words(text=f"{in_hex(entry.digest)[:12]}…"),
        )
        for entry, fact in kept.facts(record.Decision)
        if fact.outcome == "passed" and kept.confirmed(entry)
    ]
    return tuple(reversed(passed[-MOST_DECISIONS:]))


def _ours(desk: Desk, digest: str) -> str:
    entry, ours = asks.entry(desk, digest), records.ours(desk.connection)
    id = asks.own_id(desk, digest)
    if ours is None or entry.assembly != ours.id or id is None:
        raise Unknown("This is no ask of our assembly.")
    return id


def _held(desk: Desk, commitment: str | None) -> str:
    return events.wording(desk.connection, commitment) or ""


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MOST_IN_NAME else f"{line[: MOST_IN_NAME - 1]}…"


def _is_clerk(member: Member | None) -> bool:
    return member is not None and "clerk" in member.roles
