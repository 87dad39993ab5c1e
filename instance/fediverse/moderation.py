"""A moderator keeps people and servers at a distance; each act has a reason and stays.

What is decided here goes nowhere by itself: the other side learns that we do not
answer, and nothing else. See federation.md S55 to S57.
"""

import sqlite3
from dataclasses import replace
from datetime import datetime
from typing import Final

from activitypub import addresses, canonical, documents
from activitypub.errors import Malformed
from confederation.errors import Invalid, Phrase, Unknown
from confederation.identifiers import MemberId
from instance import speech
from instance.desk import Desk, Shelf
from instance.errors import Misused
from instance.fediverse import judgement as judging
from instance.fediverse.judgement import Judgement, Severity
from instance.reception import follows, senders
from instance.store import (
    inbound,
    moderation,
    personas,
    reactions,
    remote_posts,
    timeline,
)
from instance.store.moderation import Act, Measure, Report

MOST_OPEN_OF_A_MEMBER: Final = 20
LAPSED: Final = "lapsed"
"""What is written down where a measure came to its end by itself."""

REASONS: Final[dict[str, str]] = {
    "person": Phrase("It targets a person"),
    "hatred": Phrase("It stirs up hatred"),
    "spam": Phrase("It is spam, or made to deceive"),
    "private": Phrase("It gives away what is private"),
    "unlawful": Phrase("It breaks the law"),
    "other": Phrase("Another reason"),
}


def decide(
    desk: Desk,
    subject: str,
    severity: Severity,
    *,
    by: str | None,
    reason: str = "",
    reject_media: bool = False,
    reject_reports: bool = False,
    public_comment: str = "",
    obfuscate: bool = False,
    ends_at: datetime | None = None,
) -> None:
    """Keep an actor or a server at a distance from now on, in place of what held.

    Args:
        desk: inside the transaction.
        subject: the address of an actor, or the name of a server; what lies below a
            server's name is meant as well.
        severity: how far. With none, and nothing rejected, the measure is lifted.
        by: the member who decides; None for the command line.
        reason: for the other moderators; it goes nowhere.
        reject_media: whether media from there are not shown.
        reject_reports: whether reports from there are not read.
        public_comment: goes out with the list.
        obfuscate: whether the name is written with stars where the list is public.
        ends_at: when it lapses by itself; None if somebody has to lift it.

    Raises:
        Invalid: it is nobody elsewhere, or would be over before it begins.
    """
    subject = _elsewhere(desk, subject)
    if ends_at is not None and ends_at <= desk.now:
        raise Invalid("The day on which this would end is over already.")
    at = canonical.write_time(desk.now)
    if severity is Severity.NONE and not reject_media and not reject_reports:
        moderation.drop_measure(desk.connection, subject)
        act = "lifted"
    else:
        measure = Measure(
            subject=subject,
            severity=severity,
            reject_media=reject_media,
            reject_reports=reject_reports,
            public_comment=public_comment,
            obfuscate=obfuscate,
            reason=reason,
            by=by,
            at=at,
            ends_at=None if ends_at is None else canonical.write_time(ends_at),
        )
        moderation.keep_measure(desk.connection, measure)
        act = severity.word if severity else "media or reports refused"
    moderation.note_act(
        desk.connection, Act(subject=subject, act=act, reason=reason, by=by, at=at)
    )


def anything_over(desk: Desk) -> bool:
    """Whether the time of a measure is over."""
    return bool(moderation.over(desk.connection, at=canonical.write_time(desk.now)))


def lapse(desk: Desk) -> None:
    """End each measure whose time is over; whoever looks back sees that it lapsed."""
    at = canonical.write_time(desk.now)
    ended = moderation.over(desk.connection, at=at)
    for subject in ended:
        moderation.drop_measure(desk.connection, subject)
        moderation.note_act(
            desk.connection, Act(subject=subject, act=LAPSED, reason="", by=None, at=at)
        )
    if ended:
        carry_through(desk)


def carry_through(desk: Desk) -> None:
    """Let what is kept here follow the measures in force.

    To be called once after one or many decisions, in their transaction. Whoever is
    suspended follows nobody here any longer and nobody here follows them, nothing more
    goes to them, and what they wrote is not shown; lifting it shows their posts again,
    and the rest stays ended.
    """
    judgement = _in_force(desk)
    for actor in moderation.authors(desk.connection):
        moderation.show_posts_of(
            desk.connection, actor, to=judgement.of(actor).shown_to
        )
    for actor in moderation.everybody_bound(desk.connection):
        if judgement.of(actor) is not Severity.NONE:
            # What others did with our posts is in public lists.
            reactions.forget(desk.connection, actor)
        if judgement.bars(actor):
            moderation.part_with_actor(desk.connection, actor)
    for origin in moderation.hosts_with_deliveries(desk.connection):
        if judgement.bars_host(addresses.parse(origin).authority):
            moderation.stop_deliveries(desk.connection, origin)


def allow(desk: Desk, host: str, *, by: str | None) -> str:
    """Put a server on the list of those that an allow-list node deals with.

    Raises:
        Invalid: it is the name of no server.
    """
    name = _server(desk, host)
    at = canonical.write_time(desk.now)
    moderation.allow_host(desk.connection, name, by=by, at=at)
    moderation.note_act(
        desk.connection, Act(subject=name, act="allowed", reason="", by=by, at=at)
    )
    return name


def disallow(desk: Desk, host: str, *, by: str | None) -> str:
    """Take a server off that list; `carry_through` does the rest.

    Raises:
        Invalid: it is the name of no server.
    """
    name = _server(desk, host)
    at = canonical.write_time(desk.now)
    moderation.disallow_host(desk.connection, name)
    moderation.note_act(
        desk.connection,
        Act(subject=name, act="allowed no longer", reason="", by=by, at=at),
    )
    return name


def rule_on_post(
    desk: Desk, id: str, *, ruling: str | None, by: str | None, reason: str = ""
) -> None:
    """Hide a post from elsewhere, release it, or leave it to its author's measures.

    Raises:
        Unknown: no post of that id is kept here.
    """
    author = moderation.rule_on_post(desk.connection, id, ruling=ruling)
    if author is None:
        raise Unknown("No such post is kept here.")
    shown_to = _in_force(desk).of(author).shown_to
    moderation.show_posts_of(desk.connection, author, to=shown_to)
    moderation.note_act(
        desk.connection,
        Act(
            subject=id,
            act=f"post {ruling or 'left to its author’s measures'}",
            reason=reason,
            by=by,
            at=canonical.write_time(desk.now),
        ),
    )


def reportable(desk: Desk, about: str, *, by: MemberId) -> sqlite3.Row | None:
    """Return a post from elsewhere that a member can read, and so can report.

    None if there is none, or it is not for them; which of these is not said.
    """
    row = remote_posts.reply(desk.connection, about)
    if row is None or row["shown_to"] not in {"everyone", "members"}:
        return None
    if row["visibility"] == "public":
        return row
    me = personas.of(desk.connection, by)
    readable = me and timeline.post(desk.connection, me=me.path, id=about)
    return row if readable else None


def report(desk: Desk, about: str, *, reason: str, says: str, by: MemberId) -> None:
    """Report a post from elsewhere, or somebody there, to the moderators here.

    Raises:
        Unknown: the member can read no such post, and no such actor is known here.
        Misused: this member has reported more than anybody can look at.
    """
    if moderation.open_reports_by(desk.connection, by) >= MOST_OPEN_OF_A_MEMBER:
        raise Misused("Many of your reports wait already. Please let us look at those.")
    row = reportable(desk, about, by=by)
    if row is None and inbound.remote_actor(desk.connection, about) is None:
        raise Unknown("There is nothing of that kind here to report.")
    moderation.keep_report(
        desk.connection,
        Report(
            id=f"{desk.config.base}/report/{desk.new_id()}",
            reporter=by,
            member=True,
            about=about if row is None else row["actor"],
            posts=() if row is None else (about,),
            reason=reason,
            says=says,
            at=canonical.write_time(desk.now),
        ),
    )


def settle(desk: Desk, number: int, *, outcome: str, by: MemberId) -> None:
    """Say what a report came to, and close it."""
    moderation.settle_report(
        desk.connection,
        number,
        outcome=outcome,
        by=by,
        at=canonical.write_time(desk.now),
    )


def forward(desk: Desk, report: Report, *, says: str) -> None:
    """Report somebody to their own server, in the name of this node alone.

    Who reported is not told: the actor of the report is the node's own.

    Raises:
        Unknown: they are nobody elsewhere that we know the inbox of.
    """
    who = senders.known(desk, report.about)
    if who is None or desk.judgement.bars(report.about):
        raise Unknown("We do not know where to send this, or send nothing there.")
    speech.answer(
        desk,
        speech.INSTANCE_ACTOR,
        documents.flag(
            who.id,
            posts=report.posts,
            says=says,
            id=speech.address(desk, f"a/{desk.new_id()}"),
            actor=speech.address(desk, speech.INSTANCE_ACTOR),
        ),
        inbox=who.inbox,
    )


def answer_follow(
    desk: Desk, *, actor: str, follower: str, let_in: bool, by: MemberId
) -> None:
    """Answer a request to follow us that waits.

    Raises:
        Unknown: no such request waits.
    """
    row = moderation.follow_request(desk.connection, actor=actor, follower=follower)
    who = senders.known(desk, follower)
    if row is None or who is None:
        raise Unknown("No such request waits here.")
    moderation.forget_request(desk.connection, actor=actor, follower=follower)
    request = canonical.read(row["body"].encode())
    if let_in:
        follows.accept(desk, actor, who, request)
    else:
        refusal = documents.reject(
            request,
            id=speech.address(desk, f"a/{desk.new_id()}"),
            actor=speech.address(desk, actor),
        )
        speech.answer(desk, actor, refusal, inbox=who.inbox)
    moderation.note_act(
        desk.connection,
        Act(
            subject=follower,
            act="let in as a follower" if let_in else "refused as a follower",
            reason="",
            by=by,
            at=canonical.write_time(desk.now),
        ),
    )


def _in_force(desk: Desk) -> Judgement:
    """Read what this transaction has decided, which may come to nothing yet.

    So it never lies on the shelf, where others take it for what is.
    """
    return replace(desk, shelf=Shelf()).judgement


def _elsewhere(desk: Desk, text: str) -> str:
    try:
        subject = judging.subject(text)
        host = judging.host_of(subject) or addresses.parse(subject).authority
    except Malformed:
        raise Invalid(
            "Please give the name of a server, such as example.org, or the whole "
            "address of somebody’s account."
        ) from None
    if host in addresses.domains(desk.config.host):
        raise Invalid("This is our own server: members are dealt with in the assembly.")
    return subject


def _server(desk: Desk, text: str) -> str:
    subject = _elsewhere(desk, text)
    if judging.host_of(subject) is None:
        raise Invalid("Please give the name of a server, such as example.org.")
    return subject
