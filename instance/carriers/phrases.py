"""What is named in a post is named in words: by its title, its label, its handle."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from confederation import record
from confederation.errors import Phrase
from confederation.identifiers import ActorId, OptionId
from instance import archive
from instance.desk import Desk
from instance.fediverse import markup
from instance.languages import phrased
from instance.store import events, posts, records

F = TypeVar("F")

MOST_IN_TITLE: Final = 120
MOST_IN_TEXT: Final = 5_000
"""How much of a text a post holds; the rest is read on its page (W22)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A post: its title, its body, and the page that shows the whole.

    ``lang`` is the language of the text that it carries, None where it carries none
    and is all in ours. ``mentions`` are the actors that it speaks of, each with the
    name to call it by.
    """

    title: str
    html: Markup
    page: str
    lang: str | None = None
    mentions: tuple[tuple[ActorId, str], ...] = ()


def written(desk: Desk, commitment: str) -> Markup:
    """Return a text that everybody may read, as much of it as a post holds."""
    return _paragraphs(words(desk, commitment))


def words(desk: Desk, commitment: str) -> str:
    """Return a text that everybody may read, or that it was withdrawn."""
    for row in events.openings(desk.connection, [commitment]):
        return str(row["text"])
    return phrased("(text withdrawn)")


def language(desk: Desk, commitment: str | None) -> str | None:
    """Return the language of a text that everybody may read, or None without one."""
    for row in events.openings(desk.connection, [commitment] if commitment else []):
        return str(row["lang"])
    return None


def fact_of(desk: Desk, digest: str, kind: type[F]) -> F | None:
    """Return what an entry that we hold says, or None if it is none of this kind."""
    row = records.entry(desk.connection, digest)
    fact = None if row is None else archive.read(desk, row).fact
    return fact if isinstance(fact, kind) else None


def proposed(desk: Desk, digest: str) -> str:
    """Return what a proposal is called, whether or not we hold it."""
    proposal = fact_of(desk, digest, record.Proposal)
    return phrased("a proposal") if proposal is None else words(desk, proposal.title)


def assembly(desk: Desk, known: records.Known) -> str:
    """Return what an assembly is called, or else its address."""
    founding = records.entry_at(desk.connection, known.id, 0)
    fact = None if founding is None else archive.read(desk, founding).fact
    if isinstance(fact, record.Founding):
        for row in events.openings(desk.connection, [fact.name]):
            return str(row["text"])
    return known.address


def labels(desk: Desk, proposal: str, options: Iterable[OptionId]) -> list[str]:
    """Return what options are called on the paper, or their ids where none is known."""
    fact = fact_of(desk, proposal, record.Proposal)
    labels = {} if fact is None else {each.id: each.label for each in fact.options}
    found = {
        id: [str(row["text"]) for row in events.openings(desk.connection, [label])]
        for id, label in labels.items()
    }
    return [(found.get(id) or [id])[0] for id in options]


def name_of(desk: Desk, holder: ActorId) -> str:
    """Return the name by which people mention somebody who speaks for us."""
    parts = urlsplit(holder)
    actor = posts.actor(desk.connection, parts.path.strip("/"))
    name = parts.path.rpartition("/")[2] if actor is None else actor.username
    return f"@{name}@{parts.netloc}"


def a_mention(holder: ActorId, name: str) -> Markup:
    """Return the link to an actor by which microblogs tell them of the post."""
    return Markup('<a href="{}" class="u-url mention">{}</a>').format(holder, name)


def headed(says: str) -> Markup:
    """Write what stands above the words of a post, or of a part of it."""
    return Markup("<p><strong>{}</strong></p>").format(says)


def in_lines(lines: Iterable[str]) -> Markup:
    """Return one paragraph with each text on a line of its own."""
    return Markup("<p>{}</p>").format(Markup("<br>").join(map(escape, lines)))


def _paragraphs(text: str) -> Markup:
    whole = len(text) <= MOST_IN_TEXT
    return markup.paragraphs(text if whole else f"{text[:MOST_IN_TEXT]}…")


def shortened(text: str) -> str:
    """Return the beginning of a text, on one line, for a title."""
    line = " ".join(text.split())
    return line if len(line) <= MOST_IN_TITLE else f"{line[: MOST_IN_TITLE - 1]}…"


def on(what: str, about: str | None) -> str:
    """Say what happened, and on what, where that is known: *Issue: The well*."""
    return (
        what
        if not about
        else phrased("{what}: {about}", what=Phrase(what), about=about)
    )


def in_hex(digest: str) -> str:
    """A digest as it stands in the address of a page."""
    return digest.removeprefix("sha256:")
