"""Measures, the acts that led to them, and reports. None of it federates by itself."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from activitypub import canonical
from activitypub.canonical import JsonObject
from instance.fediverse import judgement as judging
from instance.fediverse.judgement import Judgement, Severity

MOST_ACTS_SHOWN: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What holds for an actor or a server; ``by`` is None for the command line.

    ``public_comment`` goes out with the list, ``reason`` stays with the moderators.
    ``ends_at`` is None for what holds until somebody lifts it.
    """

    subject: str
    severity: Severity
    reject_media: bool = False
    reject_reports: bool = False
    public_comment: str = ""
    obfuscate: bool = False
    reason: str = ""
    by: str | None = None
    at: str
    ends_at: str | None = None

    @property
    def last_day(self) -> datetime | None:
        """The last day on which it holds, as people say it; None if it does not end."""
        if self.ends_at is None:
            return None
        return canonical.read_time(self.ends_at) - timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act of a moderator; it is never rewritten."""

    subject: str
    act: str
    reason: str
    by: str | None
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a member reported, or an actor elsewhere, mostly in their server's name.

    ``about`` is an actor; ``posts`` are ids of what they wrote. ``number`` and what it
    came to are there once it is kept, and settled.
    """

    id: str
    reporter: str
    member: bool
    about: str
    posts: tuple[str, ...]
    reason: str
    says: str
    at: str
    number: int = 0
    outcome: str | None = None


def judgement(
    connection: sqlite3.Connection, before: Judgement, *, allow_list_of: str | None
) -> Judgement:
    """Return all measures in force: those from before if nothing happened since.

    ``allow_list_of`` is our own host where only listed servers are dealt with, else
    None.
    """
    mark = connection.execute(
        "select coalesce(max(number), 0) from moderation_act"
    ).fetchone()[0]
    if mark == before.mark:
        return before
    rows = connection.execute("select * from measure").fetchall()
    allowed = connection.execute("select name from allowed_host").fetchall()
    return Judgement(
        mark=mark,
        severities={
            row["subject"]: judging.severity(row["severity"])
            for row in rows
            if row["severity"] != "none"
        },
        no_media=frozenset(row["subject"] for row in rows if row["reject_media"]),
        no_reports=frozenset(row["subject"] for row in rows if row["reject_reports"]),
        allowed=None
        if allow_list_of is None
        else frozenset([allow_list_of, *(row["name"] for row in allowed)]),
    )


def keep_measure(connection: sqlite3.Connection, measure: Measure) -> None:
    """Keep a measure in place of what held for the same subject."""
    connection.execute(
        """
        insert into measure (subject, severity, reject_media, reject_reports,
                             public_comment, obfuscate, reason, by, at, ends_at)
        values (:subject, :severity, :reject_media, :reject_reports,
                :public_comment, :obfuscate, :reason, :by, :at, :ends_at)
            on conflict (subject) do update
            set severity = excluded.severity, reject_media = excluded.reject_media,
                reject_reports = excluded.reject_reports,
                public_comment = excluded.public_comment,
                obfuscate = excluded.obfuscate, reason = excluded.reason,
                by = excluded.by, at = excluded.at, ends_at = excluded.ends_at
        """,
        {
            "subject": measure.subject,
            "severity": measure.severity.word,
            "reject_media": int(measure.reject_media),
            "reject_reports": int(measure.reject_reports),
            "public_comment": measure.public_comment,
            "obfuscate": int(measure.obfuscate),
            "reason": measure.reason,
            "by": measure.by,
            "at": measure.at,
            "ends_at": measure.ends_at,
        },
    )


def drop_measure(connection: sqlite3.Connection, subject: str) -> None:
    connection.execute(
        "delete from measure where subject = :subject", {"subject": subject}
    )


def measure(connection: sqlite3.Connection, subject: str) -> Measure | None:
    """Return what holds for this very subject, or None."""
    row = connection.execute(
        "select * from measure where subject = :subject", {"subject": subject}
    ).fetchone()
    return None if row is None else _measure(row)


def measures(connection: sqlite3.Connection) -> list[Measure]:
    """Return all measures by their subject."""
    rows = connection.execute("select * from measure order by subject")
    return [_measure(row) for row in rows]


def _measure(row: sqlite3.Row) -> Measure:
    return Measure(
        subject=row["subject"],
        severity=judging.severity(row["severity"]),
        reject_media=bool(row["reject_media"]),
        reject_reports=bool(row["reject_reports"]),
        public_comment=row["public_comment"],
        obfuscate=bool(row["obfuscate"]),
        reason=row["reason"],
        by=row["by"],
        at=row["at"],
        ends_at=row["ends_at"],
    )


def over(connection: sqlite3.Connection, *, at: str) -> list[str]:
    """Return whom measures are about whose time is over."""
    rows = connection.execute(
        "select subject from measure where ends_at <= :at order by subject", {"at": at}
    )
    return [row["subject"] for row in rows]


def allow_host(
    connection: sqlite3.Connection, name: str, *, by: str | None, at: str
) -> None:
    connection.execute(
        """
        insert into allowed_host (name, by, at) values (:name, :by, :at)
            on conflict (name) do nothing
        """,
        {"name": name, "by": by, "at": at},
    )


def disallow_host(connection: sqlite3.Connection, name: str) -> None:
    connection.execute("delete from allowed_host where name = :name", {"name": name})


def allowed_hosts(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("select name from allowed_host order by name")
    return [row["name"] for row in rows]


def note_act(connection: sqlite3.Connection, act: Act) -> None:
    """Write an act down; whoever keeps measures in memory sees that there is news."""
    connection.execute(
        """
        insert into moderation_act (subject, act, reason, by, at)
        values (:subject, :act, :reason, :by, :at)
        """,
        {name: getattr(act, name) for name in Act.__dataclass_fields__},
    )


def acts(connection: sqlite3.Connection, subjects: Sequence[str]) -> list[Act]:
    """Return what was done about any of these, the newest first."""
    rows = connection.execute(
        """
        select subject, act, reason, by, at from moderation_act
         where subject in (select value from json_each(:subjects))
         order by number desc limit :most
        """,
        {"subjects": json.dumps(list(subjects)), "most": MOST_ACTS_SHOWN},
    )
    return [
        Act(**{name: row[name] for name in Act.__dataclass_fields__}) for row in rows
    ]


def authors(connection: sqlite3.Connection) -> list[str]:
    """Return everybody elsewhere whose posts are kept here."""
    rows = connection.execute("select distinct actor from remote_post")
    return [row["actor"] for row in rows]


def show_posts_of(connection: sqlite3.Connection, actor: str, *, to: str) -> None:
    """Say who may see an author's posts; what a moderator ruled on stays as ruled.

    What was released is hidden all the same while its author is suspended, and seen
    again afterwards.
    """
    connection.execute(
        """
        update remote_post
           set shown_to = case
               when :to = 'nobody' or ruling = 'hidden' then 'nobody'
               when ruling = 'released' then 'everyone'
               else :to end
         where actor = :actor
        """,
        {"actor": actor, "to": to},
    )


def rule_on_post(
    connection: sqlite3.Connection, id: str, *, ruling: str | None
) -> str | None:
    """Keep a moderator's ruling on a post and return its author; None without one."""
    row = connection.execute(
        "update remote_post set ruling = :ruling where id = :id returning actor",
        {"id": id, "ruling": ruling},
    ).fetchone()
    return None if row is None else str(row["actor"])


def held_posts(connection: sqlite3.Connection, *, most: int) -> list[sqlite3.Row]:
    """Return posts that wait for a moderator to show them, the newest first."""
    return connection.execute(
        """
        select * from remote_post
         where shown_to = 'moderators' and ruling is null
         order by received_at desc, id limit :most
        """,
        {"most": most},
    ).fetchall()


def part_with_actor(connection: sqlite3.Connection, actor: str) -> None:
    """End what binds us to an actor: follows both ways, and requests."""
    connection.execute("delete from follower where follower = :actor", {"actor": actor})
    connection.execute(
        "delete from follow_request where follower = :actor", {"actor": actor}
    )
    connection.execute(
        "delete from following where followed = :actor", {"actor": actor}
    )


def everybody_bound(connection: sqlite3.Connection) -> list[str]:
    """Return all who follow us, wait to, are followed, or did something with a post."""
    rows = connection.execute(
        """
        select follower from follower
         union select follower from follow_request
         union select followed from following
         union select actor from reaction
        """
    )
    return [row["follower"] for row in rows]


def followers_and_askers(connection: sqlite3.Connection) -> list[str]:
    """Return everybody who follows one of our actors, or waits to be let in."""
    rows = connection.execute(
        "select follower from follower union select follower from follow_request"
    )
    return [row["follower"] for row in rows]


def hosts_with_deliveries(connection: sqlite3.Connection) -> list[str]:
    """Return the servers, as origins, that something is on its way to."""
    rows = connection.execute(
        "select distinct host from delivery where due_at is not null"
    )
    return [row["host"] for row in rows]


def stop_deliveries(connection: sqlite3.Connection, host: str) -> None:
    """Send nothing of what is on its way to a server."""
    connection.execute(
        """
        update delivery set due_at = null, outcome = 'not sent: suspended'
         where host = :host and due_at is not null
        """,
        {"host": host},
    )


def ask_to_follow(
    connection: sqlite3.Connection,
    *,
    actor: str,
    follower: str,
    activity: JsonObject,
    at: str,
) -> None:
    """Keep a request to follow us until a moderator answers; the newest counts."""
    connection.execute(
        """
        insert into follow_request (actor, follower, body, at)
        values (:actor, :follower, :body, :at)
            on conflict (actor, follower) do update set body = excluded.body
        """,
        {
            "actor": actor,
            "follower": follower,
            "body": json.dumps(activity, ensure_ascii=False),
            "at": at,
        },
    )


def follow_requests(connection: sqlite3.Connection, *, most: int) -> list[sqlite3.Row]:
    """Return requests that wait, the oldest first."""
    return connection.execute(
        "select * from follow_request order by at, actor, follower limit :most",
        {"most": most},
    ).fetchall()


def follow_request(
    connection: sqlite3.Connection, *, actor: str, follower: str
) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        "select * from follow_request where actor = :actor and follower = :follower",
        {"actor": actor, "follower": follower},
    ).fetchone()
    return row


def forget_request(
    connection: sqlite3.Connection, *, actor: str, follower: str
) -> None:
    connection.execute(
        "delete from follow_request where actor = :actor and follower = :follower",
        {"actor": actor, "follower": follower},
    )


def keep_report(connection: sqlite3.Connection, report: Report) -> None:
    """Keep a report; a second one of the same id changes nothing."""
    connection.execute(
        """
        insert into report (id, reporter, member, about, posts, reason, says, at)
        values (:id, :reporter, :member, :about, :posts, :reason, :says, :at)
            on conflict (id) do nothing
        """,
        {
            "id": report.id,
            "reporter": report.reporter,
            "member": int(report.member),
            "about": report.about,
            "posts": json.dumps(report.posts),
            "reason": report.reason,
            "says": report.says,
            "at": report.at,
        },
    )


def open_reports(connection: sqlite3.Connection, *, most: int) -> list[Report]:
    """Return reports that wait, the oldest first."""
    rows = connection.execute(
        "select * from report where settled_at is null order by at, number limit :most",
        {"most": most},
    )
    return [_report(row) for row in rows]


def open_reports_by(connection: sqlite3.Connection, reporter: str) -> int:
    """Count the reports of a reporter that wait."""
    row = connection.execute(
        """
        select count(*) as n from report
         where settled_at is null and reporter = :reporter
        """,
        {"reporter": reporter},
    ).fetchone()
    return int(row["n"])


def report(connection: sqlite3.Connection, number: int) -> Report | None:
    row = connection.execute(
        "select * from report where number = :number", {"number": number}
    ).fetchone()
    return None if row is None else _report(row)


def reports_about(connection: sqlite3.Connection, actor: str) -> list[Report]:
    """Return all reports about an actor, the newest first."""
    rows = connection.execute(
        "select * from report where about = :actor order by number desc limit :most",
        {"actor": actor, "most": MOST_ACTS_SHOWN},
    )
    return [_report(row) for row in rows]


def settle_report(
    connection: sqlite3.Connection, number: int, *, outcome: str, by: str, at: str
) -> None:
    """Say what a report came to; one that is settled stays as it was settled."""
    connection.execute(
        """
        update report set settled_at = :at, settled_by = :by, outcome = :outcome
         where number = :number and settled_at is null
        """,
        {"number": number, "outcome": outcome, "by": by, "at": at},
    )


def _report(row: sqlite3.Row) -> Report:
    return Report(
        number=row["number"],
        id=row["id"],
        reporter=row["reporter"],
        member=bool(row["member"]),
        about=row["about"],
        posts=tuple(json.loads(row["posts"])),
        reason=row["reason"],
        says=row["says"],
        at=row["at"],
        outcome=row["outcome"],
    )


def met(connection: sqlite3.Connection, domain: str, *, at: int) -> int:
    """Return when somebody of a domain was first met; ``at`` if nobody was."""
    row = connection.execute(
        "select since from acquaintance where domain = :domain", {"domain": domain}
    ).fetchone()
    return at if row is None else int(row["since"])


def meet(connection: sqlite3.Connection, domain: str, *, at: int) -> int:
    """Return when somebody of a domain was first met, and keep that; it may be now."""
    connection.execute(
        """
        insert into acquaintance (domain, since) values (:domain, :at)
            on conflict (domain) do nothing
        """,
        {"domain": domain, "at": at},
    )
    return met(connection, domain, at=at)
