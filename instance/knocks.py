"""How to knock at other servers is kept, so that a restart does not unlearn it."""

from datetime import UTC, datetime

from activitypub.client import Knock
from instance.node import Node
from instance.store import knocks


class Knocks:
    """Keeps for the client in which way each server believes our signatures."""

    def __init__(self, node: Node) -> None:
        self._node = node

    async def recall(self, host: str) -> tuple[Knock, datetime] | None:
        """Return what was learnt of a host, and when; None if nothing was."""
        row = await self._node.look(lambda desk: knocks.knock(desk.connection, host))
        if row is None:
            return None
        return Knock(row["knock"]), datetime.fromtimestamp(row["knock_at"], UTC)

    async def remember(self, host: str, knock: Knock, at: datetime) -> None:
        """Keep what was learnt of a host."""
        seconds = int(at.timestamp())
        await self._node.work(
            lambda desk: knocks.keep(desk.connection, host, knock=knock, at=seconds)
        )
