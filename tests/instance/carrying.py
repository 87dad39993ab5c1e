"""What nodes send each other is carried by hand: each activity to whom it is for.

Real databases and real activities; no network, so that a test says when they arrive.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from activitypub import canonical
from activitypub.canonical import JsonObject
from instance import reception, speech
from instance.store import inbound, posts
from tests.instance.house import NOON, House


def carry(houses: Iterable[House], at: datetime = NOON) -> list[str]:
    """Bring what waits at each node to where it goes; say what each came to.

    It goes on until nothing waits. What is for nobody among them is dropped.
    """
    houses, said = tuple(houses), list[str]()
    while sent := [each for house in houses for each in _take(house, at)]:
        for inbox, actor, document, body in sent:
            for house in houses:
                if inbox.startswith(f"{house.config.base}/"):
                    with house.desk(at) as desk:
                        inbound.keep_remote_actor(
                            desk.connection,
                            actor,
                            document=document,
                            learned_at=desk.seconds,
                            asked_at=desk.seconds,
                        )
                        said.append(reception.deal_with(desk, actor, body).says)
    return said


Sent = tuple[str, str, JsonObject, JsonObject]
"""An inbox, who writes to it, their document, and what they write."""


def _take(house: House, at: datetime) -> Iterator[Sent]:
    with house.desk(at) as desk:
        rows = desk.connection.execute(
            """
            select inbox, activity.actor, body from delivery
              join activity on activity.id = delivery.activity
             where due_at is not null order by delivery.id
            """
        ).fetchall()
        desk.connection.execute("update delivery set due_at = null")
        for row in rows:
            sender = posts.actor(desk.connection, row["actor"])
            assert sender is not None
            body = canonical.read(row["body"].encode())
            document = speech.actor_document(desk, sender)
            yield row["inbox"], str(body["actor"]), document, body
