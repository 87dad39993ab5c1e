"""An ask is sent as a letter or an e-mail, with a link that stands nowhere else."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from confederation.dealings import ask
from confederation.dealings.ask import Way
from confederation.errors import Phrase
from confederation.identifiers import MemberId
from instance import node
from instance.dealings import asks
from instance.desk import Desk
from instance.languages import on_day, phrased
from instance.store import events
from instance.web import asking, naming, paper
from instance.web.forms import Form
from instance.web.languages import N_
from instance.web.naming import in_hex
from instance.web.site import Show, Site, see_other
from instance.web.visits import Member

LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
SECRET_LENGTH: Final = 32
MOST_LETTERS: Final = 16
LINK_LASTS: Final = timedelta(days=180)
"""How long after the day that an answer is asked for the link still opens."""
WAYS: Final[Mapping[Way, str]] = {
    "e-mail": N_("By e-mail"),
    "letter": N_("By letter"),
    "by hand": N_("Handed over"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What the clerk sees of how an ask was sent, and nobody else."""

    contact: str
    link_until: datetime | None
    sent: tuple[tuple[str, datetime], ...]


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


def routes(site: Site, page: Show) -> list[Route]:
    """Return the routes; a form that is refused stands on the page of its ask."""
    letters = Letters()

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
            node.perform(desk, f"ask:{asks.own(desk, digest)}", command)

        await site.work(carry_out)
        return see_other(f"/asks/{in_hex(digest)}")

    async def sent(request: Request, form: Form) -> Response:
        form.only("way")
        member, digest = asking.an_officer(request, "clerk"), asking.digest(request)
        way: Way = form.choice("way", "How it was sent", among=WAYS)  # type: ignore[assignment]

        def carry_out(desk: Desk) -> None:
            command = ask.NoteSent(way=way, by=member.id, at=desk.now)
            node.perform(desk, f"ask:{asks.own(desk, digest)}", command)

        await site.work(carry_out)
        return see_other(f"/asks/{in_hex(digest)}")

    return [
        site.form("/asks/{hex}/letter", make, again=page),
        site.page("/asks/{hex}/letter", letter),
        site.form("/asks/{hex}/revoke", revoked, again=page),
        site.form("/asks/{hex}/sent", sent, again=page),
    ]


def sending(desk: Desk, digest: str) -> Sending:
    """Say how an ask of ours was sent, for the clerk."""
    state: ask.State = node.load(desk, f"ask:{asks.own(desk, digest)}")
    assert state.put is not None
    until = None if state.link is None else state.link.until
    return Sending(
        contact=_held(desk, state.put.contact),
        link_until=until if until is not None and until > desk.now else None,
        sent=tuple((WAYS[way], at) for way, at in state.sent),
    )


def make_letter(
    desk: Desk, digest: str, secret: str, member: Member, *, at: datetime
) -> Letter:
    """Make a new link for an ask of ours and the letter that carries it.

    The link before it opens nothing from now on. Only its digest is kept.

    Raises:
        Unknown: it is no ask of ours.
    """
    id = asks.own(desk, digest)
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


def _mail(contact: str, letter: Letter) -> str:
    day = Phrase(on_day(letter.answer_by))
    by = phrased("We ask for an answer by {day}.", day=day)
    handed_on = phrased(
        "Whoever has this link can answer in your name, so please hand it on only to "
        "those who should. What you write there is published."
    )
    body = (
        f"{letter.text}\n\n"
        f"{by} {phrased('This is our request, not a legal deadline.')}\n\n"
        f"{phrased('You can answer here, without an account:')}\n{letter.link}\n\n"
        f"{handed_on}\n\n"
        f"{phrased('How this stands, for everybody to read:')}\n{letter.page}\n\n"
        f"{letter.by}"
    )
    subject = phrased("{name}: we ask for your answer", name=Phrase(letter.by))
    asked = f"subject={quote(subject, safe='')}&body={quote(body, safe='')}"
    return f"mailto:{quote(contact, safe='@')}?{asked}"


def _held(desk: Desk, commitment: str | None) -> str:
    return events.wording(desk.connection, commitment) or ""
