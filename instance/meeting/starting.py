"""The first evening: founded on paper, opened at once, its rules adopted by cards.

The first rules are put to the cards under themselves: no others are there yet, and
whoever raises a card against them is counted as they say.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from confederation import session
from confederation.assembly import (
    AdoptRulebook,
    FoundAssembly,
    GrantRole,
    Kind,
)
from confederation.deciding import ballot
from confederation.deciding.question import Terms
from confederation.deciding.rulebook import MethodName, Rules, Teller
from confederation.errors import TooEarly
from confederation.identifiers import BallotId, MemberId, SessionId
from confederation.meeting import rotation, run_sheet
from confederation.membership.member import Founder, Role
from confederation.session import Channel
from instance import clerk, node
from instance import config as settings
from instance.config import Config
from instance.deciding import voting
from instance.desk import Desk
from instance.languages import N_, phrased, speaking
from instance.meeting import count_sheets, floor
from instance.membership import welcome
from instance.membership.welcome import Invitation
from instance.node import Clock
from instance.store import acts, events, people

OFFICES: Final[tuple[Role, ...]] = (
    "clerk",
    "registrar",
    "facilitator",
    "convenor",
    "note-taker",
)
METHODS: Final[tuple[MethodName, ...]] = ("majority", "consent", "ranked")
LONGEST_SLUG: Final = 20
FALLBACK_SLUG: Final = "assembly"
STARTER: Final = (
    N_("How we begin"),
    N_(
        "1. This is an assembly of the people who live, work or meet here. "
        "Whoever is in the room takes a card at the door, and every card has "
        "one vote."
    ),
    N_(
        "2. We decide together, in the open. The text is read aloud before "
        "anybody votes. Keeping things as they are is always a choice."
    ),
    N_(
        "3. Most things we decide by raising cards: more for than against "
        "carries it, and a tie does not. Some we decide by consent: it passes "
        "when nobody has a serious objection. Where there are several options, "
        "we put them in order."
    ),
    N_(
        "4. Two tellers count every vote, each for themselves. Only when both "
        "come to the same number does it stand. The result is read out before "
        "we go home."
    ),
    N_(
        "5. Tonight these people serve until our next meeting, when we choose "
        "again: one who writes down and publishes what we decided, and decides "
        "nothing; one who lets members in; and two tellers. Their names are "
        "read aloud now. One person may do several of these, but the two "
        "tellers are two people."
    ),
    N_(
        "6. Whoever took a card can become a member within 28 days, with the "
        "stub of the card. It costs nothing, and it needs no e-mail."
    ),
    N_(
        "7. Votes, attendance and what somebody felt stay here. What we "
        "decided, and how many were for and against, everyone may read."
    ),
    N_(
        "8. If somebody speaks for us elsewhere, we tell them what to say, and "
        "can call them back at any time."
    ),
    N_(
        "9. We can change these rules at any meeting, by raising cards, if "
        "people were told beforehand."
    ),
    N_("How we are with each other"),
    N_(
        "We listen to understand. One person speaks at a time, and those who "
        "have not spoken go first. We speak for ourselves, about things and not "
        "against people. Nobody has to speak. What is told here in confidence "
        "stays here. If something hurts, we say so, and we stop and mend it."
    ),
)
"""The rules of one page that an assembly can begin with, by paragraphs."""


def starter_text(desk: Desk) -> str:
    """Return the rules that an assembly can begin with, in its own language."""
    with speaking(desk.config.speaks):
        return "\n\n".join(map(phrased, STARTER))


def slug_of(name: str) -> str:
    """Make a short name of an assembly's own, from whichever letters it has."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_0123456789")
    slug = words[:LONGEST_SLUG].strip("_")
    return slug if slug and slug not in settings.RESERVED else FALLBACK_SLUG


def prepare(
    config: Config,
    *,
    name: str,
    organiser: str,
    second: str,
    about: str,
    clock: Clock = node.utc_now,
) -> Invitation:
    """Make a node for a first evening: two people invited, the meeting called for now.

    Returns what the organiser needs to come in; the second teller needs no device.

    Raises:
        Misused: the directory holds something already, or a name cannot be used.
    """
    welcome.checked_name(second)
    title = welcome.checked_name(about)
    invitation = welcome.set_up(config, name=name, organiser=organiser)
    with node.at_desk(config, clock=clock) as desk:
        tellers = (invitation.member, welcome.invite(desk, second).member)
        meeting = SessionId(desk.new_id())
        notice = session.Notice(
            title=events.keep_wording(desk.connection, title),
            kind="assembly",
            starts_at=desk.now,
        )
        calling = session.CallSession(
            session=meeting, notice=notice, by=None, at=desk.now
        )
        node.perform(desk, f"session:{meeting}", calling)
        writing = run_sheet.WriteRunSheet(
            session=meeting,
            meeting=notice.kind,
            phases=run_sheet.TEMPLATES["first evening"],
            by=None,
            at=desk.now,
        )
        node.perform(desk, f"run_sheet:{meeting}", writing)
        for job in rotation.JOBS:
            naming = run_sheet.NameJob(
                session=meeting,
                job=job,
                holders=tellers if job == "teller" else tellers[:1],
                by=None,
                at=desk.now,
            )
            node.perform(desk, f"run_sheet:{meeting}", naming)
    return invitation


def tonight(desk: Desk) -> SessionId | None:
    """Return the meeting of the first evening: the newest that was not called off."""
    for id, state in node.load_all(desk, "session").items():
        if state.cancelled_at is None and state.closed_at is None:
            return SessionId(id)
    return None


def tellers_to_be(desk: Desk) -> list[MemberId]:
    """Name those who are to count tonight: the organiser, and a second teller."""
    meeting = tonight(desk)
    if meeting is None:
        return []
    return [*floor.sheet(desk, meeting).jobs.get("teller", ())]


def found(
    desk: Desk, by: MemberId, *, name: str, kind: Kind, tellers: Sequence[Teller]
) -> None:
    """Found the assembly with everybody who was invited.

    Whoever does it holds every office until the assembly gives them to others.

    Raises:
        Invalid: the tellers are not two people with two keys.
    """
    node.perform(
        desk,
        "assembly:it",
        FoundAssembly(
            name=events.keep_wording(desk.connection, name),
            kind=kind,
            key=welcome.record_key(desk),
            next_key_digest=welcome.next_key_digest(desk),
            founders=tuple(
                Founder(member=MemberId(id), evidence="self")
                for id in sorted(people.names(desk.connection))
            ),
            tellers=tuple(tellers),
            by=None,
            at=desk.now,
        ),
    )
    for office in OFFICES:
        granted = GrantRole(member=by, role=office, by=None, at=desk.now)
        node.perform(desk, "assembly:it", granted)
    clerk.publish_ready(desk)


def confirm(
    desk: Desk, numbers: Sequence[int], secret: Ed25519PrivateKey, *, by: MemberId
) -> None:
    """Confirm acts as a teller, with the key of their count sheet.

    Raises:
        NotEntitled: this teller, or this key, is not one that confirms one of them.
    """
    for number in numbers:
        document = clerk.to_confirm(desk, clerk.act(desk, number))
        signed = count_sheets.sign(secret, document, at=desk.now)
        node.confirm(desk, number, signed, by=by)
    clerk.publish_ready(desk)


def confirm_founding(desk: Desk, secret: Ed25519PrivateKey, *, by: MemberId) -> None:
    """Confirm the founding as one of its tellers, with the key of their count sheet."""
    act = acts.of_subject(desk.connection, "Founding", "it")
    assert act is not None, "a founded assembly has its founding in line"
    confirm(desk, [act.id], secret, by=by)


def open_meeting(desk: Desk, meeting: SessionId, *, by: MemberId) -> None:
    """Open a meeting with the members and tellers of this moment.

    Raises:
        Refused: its time has not come, or it was called off.
    """
    here = node.assembly_here(desk)
    opening = session.OpenSession(
        roll=here.roll, tellers=here.tellers, by=by, at=desk.now
    )
    node.perform(desk, f"session:{meeting}", opening)


def put_rules(desk: Desk, meeting: SessionId, text: str, *, by: MemberId) -> BallotId:
    """Put the first rules to a show of cards, counted as they say themselves.

    Raises:
        Refused: there are rules already, or the room has not been counted.
    """
    here = node.assembly_here(desk)
    if here.rulebooks:
        raise TooEarly("There are rules already. New ones are put like any question.")
    held: session.State = node.load(desk, f"session:{meeting}")
    channels: tuple[Channel, ...] = ("hands",)
    id = BallotId(desk.new_id())
    paper = voting.Paper(question=phrased("Do we begin under these rules?"))
    words = events.keep_wording(desk.connection, text)
    terms = Terms(
        ballot=id,
        session=meeting,
        text=words,
        question=events.keep_wording(
            desk.connection,
            voting.write_paper(paper),
        ),
        method="majority",
        channels=channels,
        electorate=session.electorate(held, channels),
        rules=Rules(
            text=words, tellers=here.tellers, methods=METHODS, office_meetings=1
        ),
        rulebook=0,
    )
    opening = ballot.OpenBallot(terms=terms, by=by, at=desk.now)
    node.perform(desk, f"ballot:{id}", opening)
    present = session.fact(held)
    clerk.prepare(desk, present, subject=f"{meeting} {held.present}")
    return id


def adopt_rules(desk: Desk, id: BallotId, *, by: MemberId) -> None:
    """Adopt the first rules, as the cards decided in a ballot that is closed.

    Raises:
        NotEntitled: the cards did not adopt them.
    """
    adopting = AdoptRulebook(
        rules=voting.terms_of(voting.opened(desk, id)).rules,
        decision=voting.decided(desk, id),
        by=by,
        at=desk.now,
    )
    node.perform(desk, "assembly:it", adopting)
    clerk.publish_ready(desk)


def rules_ballot(desk: Desk) -> tuple[BallotId, ballot.State] | None:
    """Return the newest ballot on the first rules; None before there was one."""
    for id, state in node.load_all(desk, "ballot").items():
        if voting.terms_of(state).rulebook == 0:
            return BallotId(id), state
    return None
