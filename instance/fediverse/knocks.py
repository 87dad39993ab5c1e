"""How to knock at other servers is kept, so that a restart does not unlearn it."""

from datetime import UTC, datetime

from activitypub.client import MOST_KNOCKS, Knock
from instance.desk import Desk
from instance.node import Node
from instance.store import knocks


class Knocks:
    """Keeps for the client in which way each server believes our signatures.

    What was learnt is read once, since most that are asked about are strangers.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._learnt: dict[str, tuple[Knock, datetime]] | None = None

    async def recall(self, host: str) -> tuple[Knock, datetime] | None:
        """Return what was learnt of a host, and when; None if nothing was."""
        if self._learnt is None:
            self._learnt = await self._node.look(_learnt)
        return self._learnt.get(host)

    async def remember(self, host: str, knock: Knock, at: datetime) -> None:
        """Keep what was learnt of a host; the client holds it from now on."""
        seconds = int(at.timestamp())
        await self._node.work(
            lambda desk: knocks.keep(desk.connection, host, knock=knock, at=seconds)
        )


def _learnt(desk: Desk) -> dict[str, tuple[Knock, datetime]]:
    return {
        row["name"]: (
            Knock(row["knock"]),
            datetime.fromtimestamp(row["knock_at"], UTC),
        )
        for row in knocks.newest(desk.connection, most=MOST_KNOCKS)
    }
