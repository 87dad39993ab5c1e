"""What people and things are called on a page, as far as everybody may know it.

Words lie beside the record and can be withdrawn; then the page says so, and the record
still holds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from activitypub import canonical
from confederation.confederal.compact import Compact
from confederation.identifiers import AssemblyId
from confederation.record import Issue, Proposal
from instance import archive, speech
from instance.carriers import phrases
from instance.desk import Desk
from instance.store import events, posts, records
from instance.web.languages import N_, phrased, translated


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A text with its language. ``text`` is None where it was withdrawn."""

    text: str | None
    lang: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An assembly as a page shows it: by its name, or its address, or its digest."""

    id: AssemblyId
    name: str
    host: str
    address: str
    ours: bool
    known: bool


WITHDRAWN = Words(text=None)


def in_hex(digest: str) -> str:
    """Return a digest as it stands in the address of a page."""
    return digest.removeprefix("sha256:")


def words(desk: Desk, commitment: str) -> Words:
    """Return the words behind a commitment, if they are there for everybody."""
    for row in events.openings(desk.connection, [commitment]):
        return Words(text=row["text"], lang=row["lang"])
    return WITHDRAWN


def said(desk: Desk, commitment: str | None) -> str:
    """Return words of our own, for everybody or not; a mark where they are gone."""
    return events.wording(desk.connection, commitment) or phrased("(text withdrawn)")


def some_words(desk: Desk, commitment: str | None) -> Words | None:
    """Return the words behind a commitment, or None where none was made."""
    return None if commitment is None else words(desk, commitment)


def issue_title(desk: Desk, digest: str) -> Words | None:
    """Return the title of an issue, or None where no such issue is held here."""
    row = records.entry(desk.connection, digest)
    fact = None if row is None else archive.read(desk, row).fact
    return words(desk, fact.title) if isinstance(fact, Issue) else None


def begins(desk: Desk, proposal: Proposal) -> Words | None:
    """Return the words that a proposal begins with; None where its title says them.

    Several texts about one matter bear one title, and are told apart by these.
    """
    clause = next((words(desk, each.text) for each in proposal.clauses), None)
    same = clause is not None and clause.text == words(desk, proposal.title).text
    return None if same else clause


def in_a_line(title: Words, begins: Words | None) -> str:
    """Return what a proposal is called where there is one line for it, told apart."""
    named = title.text or phrased("(text withdrawn)")
    if begins is None or begins.text is None:
        return named
    return f"{named} ({phrases.shortened(begins.text)})"


def our_name(desk: Desk) -> str:
    """Return what our assembly is called."""
    ours = records.ours(desk.connection)
    name = None if ours is None else _name_at_founding(desk, ours.id)
    if name is not None:
        return name
    group = posts.actor(desk.connection, speech.group_path(desk))
    return desk.config.slug if group is None else group.name


def assembly(desk: Desk, id: str) -> Named:
    """Return what an assembly is called, whether or not its record is held here."""
    known = records.assembly(desk.connection, id)
    if known is None:
        short = in_hex(id)[:12]
        return Named(
            id=AssemblyId(id),
            name=f"assembly {short}…",
            host="",
            address="",
            ours=False,
            known=False,
        )
    host = urlsplit(known.address).netloc
    name = our_name(desk) if known.ours else _name_at_founding(desk, known.id)
    return Named(
        id=known.id,
        name=name or handle(known.address),
        host=host,
        address=known.address,
        ours=known.ours,
        known=True,
    )


def names(desk: Desk, assemblies: Iterable[AssemblyId]) -> tuple[str, ...]:
    """Return what several assemblies are called."""
    return tuple(assembly(desk, each).name for each in assemblies)


def seats(desk: Desk, compact: Compact) -> list[Named]:
    """Return the members of a compact in the order of their seats."""
    return [assembly(desk, seat.assembly) for seat in compact.members]


def handle(address: str) -> str:
    """Return an actor's address in the form in which people follow it."""
    parts = urlsplit(address)
    name = parts.path.rpartition("/")[2]
    return f"@{name}@{parts.netloc}" if name else parts.netloc


def speaker(desk: Desk, actor: str, called: str = "") -> str:
    """Say who speaks by an actor: an assembly whose record is held here, or its own.

    ``called`` is what anybody else calls themselves.
    """
    known = records.assembly_at(desk.connection, actor.removesuffix("/clerk"))
    if known is not None:
        return assembly(desk, known.id).name
    return called or handle(actor)


def _name_at_founding(desk: Desk, id: str) -> str | None:
    row = records.entry_at(desk.connection, id, 0)
    if row is None:
        return None
    name = canonical.read(bytes(row["body"])).get("name")
    return words(desk, name).text if isinstance(name, str) else None


def of_card(number: int) -> str:
    """Name whoever holds a card, in a list among names."""
    return translated(N_("card %(number)s")) % {"number": number}
