"""What was said to a mandate: by whoever holds it, and by the nodes that checked it.

It binds nobody: a mandate binds by its entry, and a recall ends it by its own.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from activitypub import canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The activity that offers a mandate to its holder."""

    mandate: str
    activity: str
    holder: str
    taken_back: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer. ``party`` is the holder's address, or an assembly's identity."""

    mandate: str
    party: str
    accepted: bool
    reason: str
    at: str


def keep_offer(
    connection: sqlite3.Connection, *, mandate: str, activity: str, holder: str
) -> None:
    connection.execute(
        """
        insert into mandate_offer (mandate, activity, holder)
        values (:mandate, :activity, :holder)
        """,
        {"mandate": mandate, "activity": activity, "holder": holder},
    )


def offer_of(connection: sqlite3.Connection, mandate: str) -> Offer | None:
    row = connection.execute(
        "select * from mandate_offer where mandate = :mandate", {"mandate": mandate}
    ).fetchone()
    return None if row is None else _offer(row)


def offered_by(connection: sqlite3.Connection, activity: str | None) -> Offer | None:
    """Return what an activity of ours offered, or None if that was no mandate."""
    row = connection.execute(
        "select * from mandate_offer where activity = :activity", {"activity": activity}
    ).fetchone()
    return None if row is None else _offer(row)


def unanswered(connection: sqlite3.Connection, holder: str) -> list[str]:
    """Return the mandates that are offered to somebody who has not answered yet."""
    rows = connection.execute(
        """
        select mandate from mandate_offer as offer
         where holder = :holder and taken_back = 0
           and not exists (select 1 from mandate_answer as answer
                            where answer.mandate = offer.mandate
                              and answer.party = :holder)
         order by mandate
        """,
        {"holder": holder},
    )
    return [str(row["mandate"]) for row in rows]


def take_back(connection: sqlite3.Connection, mandate: str) -> None:
    connection.execute(
        "update mandate_offer set taken_back = 1 where mandate = :mandate",
        {"mandate": mandate},
    )


def keep(
    connection: sqlite3.Connection,
    *,
    mandate: str,
    party: str,
    accepted: bool,
    reason: str,
    at: datetime,
) -> bool:
    """Keep what somebody says to a mandate now; whether they had not said just that."""
    kept = connection.execute(
        """
        insert into mandate_answer (mandate, party, accepted, reason, at)
        values (:mandate, :party, :accepted, :reason, :at)
            on conflict (mandate, party) do update
            set accepted = excluded.accepted, reason = excluded.reason, at = excluded.at
            where (accepted, reason) <> (excluded.accepted, excluded.reason)
        """,
        {
            "mandate": mandate,
            "party": party,
            "accepted": int(accepted),
            "reason": reason,
            "at": canonical.write_time(at),
        },
    )
    return kept.rowcount > 0


def said_to(connection: sqlite3.Connection, mandate: str) -> list[Said]:
    """Return all answers to a mandate, the oldest first."""
    rows = connection.execute(
        "select * from mandate_answer where mandate = :mandate order by at, party",
        {"mandate": mandate},
    )
    return [
        Said(
            mandate=row["mandate"],
            party=row["party"],
            accepted=bool(row["accepted"]),
            reason=row["reason"],
            at=row["at"],
        )
        for row in rows
    ]


def not_accepted_by(connection: sqlite3.Connection, party: str) -> list[sqlite3.Row]:
    """Return the entries of mandates of others that an assembly has not accepted."""
    return connection.execute(
        """
        select entry.* from entry
          join assembly on assembly.id = entry.assembly and assembly.ours = 0
          left join mandate_answer as answer
            on answer.mandate = entry.digest and answer.party = :party
         where entry.type = 'Mandate' and coalesce(answer.accepted, 0) = 0
         order by entry.received_at, entry.assembly, entry.seq
        """,
        {"party": party},
    ).fetchall()


def _offer(row: sqlite3.Row) -> Offer:
    return Offer(
        mandate=row["mandate"],
        activity=row["activity"],
        holder=row["holder"],
        taken_back=bool(row["taken_back"]),
    )
