"""Nobody takes more of this node's time than others: signers, servers and newcomers.

What counts is who *proved* to send: a forger spends nobody's budget. A server that has
been known for less than a day gets a quarter of it, and from under one registrable
domain only so many new actors are met in an hour, whatever hosts are invented below it.
See federation.md S52.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from activitypub import addresses
from activitypub.errors import TooMany

MOST_REMEMBERED: Final = 20_000
A_SERVER_HAS: Final = 5
"""How many times as much as one signer a whole server may send."""
YOUNG: Final = 24 * 3600
A_YOUNG_ONE_HAS: Final = 4
"""By how much the budget of a young server is divided."""
KNOWN_WELL: Final = 7 * 24 * 3600
KNOWN_WELL_MEETS: Final = 30
"""How many times as many newcomers a domain may bring that is known for a week."""
ASKED_AGAIN: Final = 310
"""Seconds after which somebody new may be asked about once more; see `inbox.PAUSE`."""


@dataclass(slots=True)
class Bucket:
    """What is left of a budget, and when that was; it fills up evenly."""

    left: float
    at: float

    def fill(self, most: float, span: float, at: float) -> None:
        self.left = min(most, self.left + max(0.0, at - self.at) * most / span)
        self.at = max(at, self.at)


class Rates:
    """Budgets in memory, a bounded number of them.

    Args:
        arrivals: how many activities a minute one signer may send; None for any number.
        newcomers: how many new actors an hour a domain may bring; None for any number.
    """

    def __init__(self, *, arrivals: int | None, newcomers: int | None) -> None:
        self._arrivals = arrivals
        self._newcomers = newcomers
        self._buckets: OrderedDict[tuple[str, str], Bucket] = OrderedDict()

    @property
    def counts_arrivals(self) -> bool:
        return self._arrivals is not None

    @property
    def counts_newcomers(self) -> bool:
        return self._newcomers is not None

    def hear(self, actor: str, *, since: int, at: float) -> None:
        """Let an actor who proved to send be heard once more.

        Args:
            actor: who.
            since: when their domain was first met.
            at: now, in seconds.

        Raises:
            TooMany: they, or their server, sent as much as we read.
        """
        if self._arrivals is None:
            return
        young = A_YOUNG_ONE_HAS if at - since < YOUNG else 1
        host = addresses.parse(actor).authority
        signer = self._bucket("signer", actor, self._arrivals / young, 60, at)
        server = self._bucket(
            "server", host, A_SERVER_HAS * self._arrivals / young, 60, at
        )
        if signer.left < 1 or server.left < 1:
            raise TooMany(
                "You send more than this node reads; it reads on soon.",
                retry_after=60,
            )
        signer.left -= 1
        server.left -= 1

    def may_meet(self, domain: str, *, since: int, at: float) -> None:
        """Make sure that one more new actor of a domain may be asked about.

        Raises:
            TooMany: it brought as many as we meet in an hour.
        """
        if self._newcomers is not None and self._new(domain, since, at).left < 1:
            raise TooMany(
                "This node met many new people of your domain lately; try again later.",
                retry_after=max(ASKED_AGAIN, 3600 // max(1, self._newcomers)),
            )

    def met(self, domain: str, *, since: int, at: float) -> None:
        """Take note that a new actor of a domain proved who they are."""
        if self._newcomers is not None:
            self._new(domain, since, at).left -= 1

    def _new(self, domain: str, since: int, at: float) -> Bucket:
        most = float(self._newcomers or 0)
        if at - since >= KNOWN_WELL:
            most *= KNOWN_WELL_MEETS
        return self._bucket("newcomers", domain, most, 3600, at)

    def _bucket(
        self, kind: str, name: str, most: float, span: float, at: float
    ) -> Bucket:
        key = kind, name
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(most, at)
            if len(self._buckets) > MOST_REMEMBERED:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
            bucket.fill(most, span, at)
        return bucket
