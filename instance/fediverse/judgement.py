"""Whom the assembly keeps at a distance, and how far.

A measure is about one actor, or about a server and all that lies below its name. Where
several apply the strictest holds: a server may be silenced and one person on it
suspended. See federation.md S28, S55 and S56.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from activitypub import addresses
from activitypub.errors import Malformed
from confederation.errors import Phrase

Viewer = Literal["everyone", "members", "moderators", "nobody"]


class Severity(IntEnum):
    """How far somebody is kept away; the order is that of strictness."""

    NONE = 0
    """As anybody. A measure may still keep their media or their reports out."""
    SILENCE = 1
    """Members read them; no public list has them; followers wait to be let in."""
    LIMIT = 2
    """What they write waits until a moderator shows it."""
    SUSPEND = 3
    """They are not heard, not asked, not sent anything and not shown."""

    @property
    def word(self) -> str:
        """The name under which it is kept."""
        return self.name.lower()

    @property
    def called(self) -> Phrase:
        """What people call it."""
        names = (Phrase("none"), Phrase("silence"), Phrase("limit"), Phrase("suspend"))
        return names[self]

    @property
    def shown_to(self) -> Viewer:
        """Who may see what such people write, unless a moderator ruled on it."""
        return ("everyone", "members", "moderators", "nobody")[self]


def severity(word: str) -> Severity:
    """Read a severity from its word."""
    return Severity[word.upper()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """All measures in force.

    Args:
        mark: how many acts of moderation there had been when it was read.
        severities: by actor and by host, in normal form.
        no_media: the hosts whose media are not shown.
        no_reports: the hosts whose reports are not read.
        allowed: the only hosts to deal with; None to deal with all.
    """

    mark: int = -1
    severities: Mapping[str, Severity] = field(default_factory=dict)
    no_media: frozenset[str] = frozenset()
    no_reports: frozenset[str] = frozenset()
    allowed: frozenset[str] | None = None

    @property
    def keeps_anybody_away(self) -> bool:
        """Whether there is anybody with whom we do not deal as with all others."""
        return bool(self.severities) or self.allowed is not None

    def of(self, actor: str) -> Severity:
        """Find how far an actor is kept away, by their own fault or their server's.

        Whoever has no readable address is nobody that we deal with.
        """
        if not self.severities and self.allowed is None:
            return Severity.NONE
        try:
            url = addresses.parse(actor)
        except Malformed:
            return Severity.SUSPEND
        own = self.severities.get(url.document, Severity.NONE)
        return max(own, self.of_host(url.authority))

    def of_host(self, authority: str) -> Severity:
        """Find how far a server is kept away."""
        if not self.severities and self.allowed is None:
            return Severity.NONE
        names = addresses.domains(authority)
        if self.allowed is not None and self.allowed.isdisjoint(names):
            return Severity.SUSPEND
        found = (self.severities.get(name, Severity.NONE) for name in names)
        return max(found)

    def bars(self, actor: str) -> bool:
        """Whether we have nothing at all to do with an actor."""
        return self.of(actor) is Severity.SUSPEND

    def bars_host(self, authority: str) -> bool:
        """Whether we have nothing at all to do with a server."""
        return self.of_host(authority) is Severity.SUSPEND

    def shows_media_of(self, authority: str) -> bool:
        """Whether media of a server may be shown."""
        return not self.bars_host(authority) and self.no_media.isdisjoint(
            addresses.domains(authority)
        )

    def reads_reports_of(self, authority: str) -> bool:
        """Whether reports of a server are read."""
        return not self.bars_host(authority) and self.no_reports.isdisjoint(
            addresses.domains(authority)
        )


def subject(text: str) -> str:
    """Read whom a measure is about: the address of an actor, or the name of a server.

    Raises:
        Malformed: it is neither.
    """
    text = text.strip()
    if "://" in text:
        return addresses.parse(text).document
    return addresses.read_authority(text.removeprefix("@").removeprefix("*."))


def host_of(subject: str) -> str | None:
    """Return the server that a measure is about, or None if it is about an actor."""
    return None if "://" in subject else subject
