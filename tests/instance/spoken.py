"""What the actors of an assembly sent, and to whom."""

import json
from collections.abc import Iterable
from typing import Any

from activitypub import canonical
from instance.desk import Desk
from instance.store import posts

GROUP, CLERK = "g/harbour", "g/harbour/clerk"
HOSTS = {"lemmy": "https://lemmy.example", "mastodon": "https://mast.example"}


def follow(desk: Desk, who: str, *, shared: str | None) -> None:
    posts.follow(
        desk.connection,
        actor=GROUP,
        follower=who,
        inbox=f"{who}/inbox",
        shared_inbox=shared,
        follow=f"{who}#follow",
        at=canonical.write_time(desk.now),
    )


def announced(desk: Desk) -> dict[str, Any]:
    """Return what the group announced, by the server that it is on its way to."""
    rows = desk.connection.execute(
        """
        select host, body from delivery join activity on activity.id = activity
         where type = 'Announce' order by delivery.id
        """
    )
    return {row["host"]: json.loads(row["body"]) for row in rows}


def deliveries(desk: Desk, kind: str) -> list[str]:
    rows: Iterable[Any] = desk.connection.execute(
        """
        select inbox from delivery join activity on activity.id = activity
         where type = ?
        """,
        [kind],
    )
    return [row["inbox"] for row in rows]
