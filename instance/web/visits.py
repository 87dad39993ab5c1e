"""Who is visiting is known from one signed cookie, and from nothing else.

The cookie holds a session's id, the member or the card that signed in, and when. Every
form carries a token made from the session's id, so another site's form is nobody's
wish.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from itsdangerous import BadData, Signer, URLSafeSerializer
from starlette.requests import Request
from starlette.responses import Response

from confederation import session as session_rules
from confederation.assembly import office
from confederation.errors import NotEntitled
from confederation.identifiers import (
    AuthorityId,
    CardNumber,
    MemberId,
    ServantId,
    SessionId,
    Voter,
)
from confederation.meeting.rotation import JobTitle
from instance import node
from instance.config import Config
from instance.desk import Desk
from instance.membership import servants
from instance.store import belonging, people
from instance.store import servants as known
from instance.store import visits as ended
from instance.upkeep import keys
from instance.web.languages import N_

SIGNED_IN_FOR: Final = 60 * 24 * 3600
HOLDS_ON: Final = timedelta(hours=3)
"""How long after a meeting a card still opens what is said on leaving."""
MOST_IN_COOKIE: Final = 512
STALE_FORM: Final = N_(
    "This form was not opened on this site, or it was opened before you signed in or "
    "out. Nothing was changed. Here it is again: please send it once more."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member who has signed in. ``roles`` are those of today, tellers included.

    ``ended`` are roles whose term is over, and which nobody was chosen for since.
    ``jobs`` are those that they are named for at a meeting that is open.
    """

    id: MemberId
    name: str
    roles: frozenset[str] = frozenset()
    ended: frozenset[str] = frozenset()
    jobs: frozenset[JobTitle] = frozenset()

    @property
    def voter(self) -> Voter:
        """Who they are on the roll of a question."""
        return self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Somebody in the room who signed in by the code on their card.

    They may be a member, or none: here nobody knows. ``session`` is the meeting that
    the card was handed out at.
    """

    session: SessionId
    card: CardNumber

    @property
    def voter(self) -> Voter:
        """Who they are on the roll of a question."""
        return self.card


@dataclass(frozen=True, slots=True, kw_only=True)
class Servant:
    """A public servant who has signed in: no member, and no vote in anything.

    ``authority`` is the public body that they answer for.
    """

    id: ServantId
    name: str
    authority: AuthorityId


@dataclass(slots=True, kw_only=True)
class Visit:
    """One request of one person.

    ``session`` is the id behind the forms' tokens; ``kept`` whether the browser has it
    already. Whoever signed in by a card is ``holder``, a public servant ``servant``,
    and neither is a ``member``. ``refusal`` and ``entered`` are for showing a page
    again with the sentence that says why, and with what the person had typed;
    ``about_people`` says that they may tick that their words may stand.
    """

    session: str
    signer: Signer
    member: Member | None = None
    holder: Holder | None = None
    servant: Servant | None = None
    kept: bool = False
    refusal: str | None = None
    about_people: bool = False
    entered: Mapping[str, str] = field(default_factory=dict)
    asked_for_token: bool = False

    def token(self) -> str:
        """Return the token for a form on this page."""
        self.asked_for_token = True
        return self.signer.get_signature(self.session).decode()

    def check(self, token: str) -> None:
        """Make sure that a form is one of ours, shown to this very browser.

        Raises:
            NotEntitled: it is not.
        """
        if not self.kept or not self.signer.verify_signature(
            self.session.encode(), token.encode()
        ):
            raise NotEntitled(STALE_FORM)


def signed_in(request: Request) -> Member | None:
    """Return the member who asks, or None for anybody else."""
    visit: Visit = request.state.visit
    return visit.member


def the_member(request: Request) -> Member:
    """Return the member who asks.

    Raises:
        NotEntitled: nobody has signed in, or a public servant has.
    """
    visit: Visit = request.state.visit
    if visit.servant is not None:
        raise NotEntitled(
            "This is for members. As a public servant you answer what your office is "
            "asked."
        )
    if visit.member is None:
        raise NotEntitled("This is for members: please sign in first.")
    return visit.member


def the_servant(request: Request) -> Servant:
    """Return the public servant who asks.

    Raises:
        NotEntitled: somebody else asks.
    """
    visit: Visit = request.state.visit
    if visit.servant is None:
        raise NotEntitled("This is for public servants who have an account here.")
    return visit.servant


def the_owner(request: Request) -> Member | Servant:
    """Return who asks by a name of theirs: a member, or a public servant.

    For what is about one's own way in, and nothing else.

    Raises:
        NotEntitled: nobody of these has signed in.
    """
    visit: Visit = request.state.visit
    return visit.servant or the_member(request)


def the_voter(request: Request) -> Member | Holder:
    """Return who asks, by their name or by their card.

    Raises:
        NotEntitled: nobody has signed in.
    """
    visit: Visit = request.state.visit
    voter = visit.member or visit.holder
    if voter is None:
        raise NotEntitled(
            "This is for members, and for those who have a card of this meeting: "
            "please sign in first."
        )
    return voter


def check_meeting(voter: Member | Holder, meeting: str) -> None:
    """Make sure that a card takes part in no other meeting than its own.

    Raises:
        NotEntitled: it is of another one: the same number is another person there.
    """
    if isinstance(voter, Holder) and voter.session != meeting:
        raise NotEntitled("Your card is of another meeting.")


def arrive(desk: Desk, cookies: Mapping[str, str]) -> Visit:
    """Recognise a visitor; a cookie that is forged, old or a stranger's is ignored."""
    key = keys.kept(desk.connection, desk.vault, keys.COOKIE_KEY)
    assert key is not None, "every node is set up with a key for its cookies"
    signer = Signer(key, salt="folkmoot form", digest_method=hashlib.sha256)
    sealed = cookies.get(cookie_name(desk.config), "")
    opened = _open(_seal(key), sealed)
    if opened is None or ended.ended(desk.connection, opened[0]):
        return Visit(session=new_session(), signer=signer)
    session, member, at = opened
    recent = at <= desk.seconds + 60 and desk.seconds < at + SIGNED_IN_FOR
    # Whoever lost a device got a new code, and what was kept on the old one is over.
    recent = recent and at >= belonging.came_anew(desk.connection, member)
    return Visit(
        session=session,
        signer=signer,
        member=member_of(desk, member) if recent else None,
        holder=holder_of(desk, member) if recent else None,
        servant=servant_of(desk, member) if recent else None,
        kept=True,
    )


def holder_of(desk: Desk, mark: str) -> Holder | None:
    """Return who holds a card, by the mark in their cookie; None once it is not theirs.

    A card that came back to the door is nobody's, and so is one whose holder is here
    under their name.
    """
    match mark.split(" "):
        case ["card", meeting, number] if number.isdecimal():
            card = CardNumber(int(number))
        case _:
            return None
    if not node.exists(desk, f"session:{meeting}"):
        return None
    state: session_rules.State = node.load(desk, f"session:{meeting}")
    over = state.closed_at is not None and state.closed_at + HOLDS_ON <= desk.now
    if over or card not in state.out or card in state.holding.values():
        return None
    return Holder(session=SessionId(meeting), card=card)


def servant_of(desk: Desk, id: str) -> Servant | None:
    """Return a public servant; None for anybody else, and after the account's end."""
    state = servants.in_force(desk, id)
    name = known.name_of(desk.connection, id)
    if state is None or state.welcomed is None or name is None:
        return None
    return Servant(
        id=state.welcomed.servant, name=name, authority=state.welcomed.authority
    )


def mark_of(holder: Holder) -> str:
    """Return what a cookie says of whoever holds a card."""
    return f"card {holder.session} {holder.card}"


def member_of(desk: Desk, id: str) -> Member | None:
    """Return a member with the roles of today; None for who is a member no longer.

    Before the assembly is founded, everybody who was invited counts as one.
    """
    name = people.name_of(desk.connection, id)
    if name is None:
        return None
    member = MemberId(id)
    if not node.exists(desk, "assembly:it"):
        return Member(id=member, name=name)
    here = node.assembly_here(desk)
    if member not in here.members:
        return None
    ended = office.ended(here, member, node.meetings(desk, here), at=desk.now)
    roles = set[str](here.members[member].roles - ended)
    if any(teller.member == member for teller in here.tellers):
        roles.add("teller")
    return Member(
        id=member,
        name=name,
        roles=frozenset(roles),
        ended=ended,
        jobs=node.jobs(desk, member),
    )


def keep(desk: Desk, response: Response, *, member: str = "", session: str) -> None:
    """Give the browser the cookie of a session."""
    key = keys.kept(desk.connection, desk.vault, keys.COOKIE_KEY)
    assert key is not None, "every node is set up with a key for its cookies"
    response.set_cookie(
        cookie_name(desk.config),
        _seal(key).dumps([session, member, desk.seconds]),
        max_age=SIGNED_IN_FOR if member else None,
        path="/",
        secure=is_secure(desk.config),
        httponly=True,
        samesite="lax",
    )


def new_session() -> str:
    """Return a session id that no page was shown under before."""
    return secrets.token_urlsafe(18)


def end(desk: Desk, visit: Visit) -> None:
    """End the session of somebody who is signed in: no copy of its cookie works on."""
    if visit.member or visit.holder or visit.servant:
        ended.end(
            desk.connection,
            visit.session,
            at=desk.seconds,
            until=desk.seconds + SIGNED_IN_FOR,
        )


def forget(config: Config, response: Response) -> None:
    """Take the session's cookie away from the browser."""
    response.delete_cookie(
        cookie_name(config),
        path="/",
        secure=is_secure(config),
        httponly=True,
        samesite="lax",
    )


def is_secure(config: Config) -> bool:
    """Whether people reach this node by HTTPS only; in a hall they never do."""
    return config.hall is None and config.base.startswith("https://")


def cookie_name(config: Config) -> str:
    """Return the name of the session's cookie.

    With ``__Host-`` no neighbouring host can set it. Browsers keep cookies by host and
    not by port, so nodes that share a machine each have a name of their own.
    """
    if is_secure(config):
        return "__Host-folkmoot"
    if config.hall is not None:
        return f"folkmoot-hall-{config.listen.rpartition(':')[2]}"
    return f"folkmoot-{config.host.rpartition(':')[2]}"


def _seal(key: bytes) -> URLSafeSerializer:
    return URLSafeSerializer(
        key,
        salt="folkmoot visit",
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )


def _open(seal: URLSafeSerializer, sealed: str) -> tuple[str, str, int] | None:
    if not sealed or len(sealed) > MOST_IN_COOKIE:
        return None
    try:
        opened: object = seal.loads(sealed)
    except BadData:
        return None
    match opened:
        case [str(session), str(member), int(at)]:
            return session, member, at
        case _:
            return None
