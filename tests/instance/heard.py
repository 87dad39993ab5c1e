"""A desk that deals with what two people elsewhere send, signed as it should be."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from activitypub import canonical
from activitypub.canonical import JsonObject, JsonValue
from instance import reception
from instance.desk import Desk
from instance.fediverse import lookup
from tests.instance.elsewhere import Account

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A desk of a node that knows Sam and Tom, who live elsewhere."""

    desk: Desk
    said: list[str] = field(default_factory=list)

    def hear(
        self, account: Account, kind: str, of: JsonValue, **more: JsonValue
    ) -> str:
        """Deal with an activity of theirs; say what it came to."""
        activity: JsonObject = {
            "id": account.new_id(),
            "type": kind,
            "actor": account.id,
            "object": of,
            **more,
        }
        self.said.append(str(activity["id"]))
        return reception.deal_with(self.desk, account.id, activity).says

    def get(self, id: str) -> Any:
        """Ask for a document of ours, as anybody may."""
        path = id.removeprefix(f"{self.desk.config.base}/")
        owner, _, name = path.rpartition("/")
        found = lookup.thing(self.desk, path)
        return found or lookup.collection(self.desk, owner, name, None)

    def count(self, table: str) -> int:
        query = f"select count(*) from {table}"
        [count] = self.desk.connection.execute(query).fetchone()
        return int(count)

    def sent(self) -> list[Any]:
        """Return what waits to be delivered."""
        rows = self.desk.connection.execute(
            "select body from activity join delivery on delivery.activity = activity.id"
        )
        return [canonical.read(row["body"].encode()) for row in rows]
