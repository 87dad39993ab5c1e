"""A record key that was lost is replaced by a decision of the compact, and only there.

The proposal names the member, its new key, and the last entry of its record. An
assembly that signs anything after that entry has not lost its key, and keeps it: so no
majority takes over a seat whose assembly is there. What the new key signs stands for
those who go by that compact, and for nobody else.

See docs/decisions/0090-a-lost-key-is-replaced-by-those-who-decide-together.md.
"""

from collections.abc import Collection, Iterable, Mapping

from confederation.confederal.compact import Compact
from confederation.confederal.history import Record
from confederation.confederal.holding import Holding
from confederation.errors import Phrase
from confederation.identifiers import AssemblyId, Digest, Multikey
from confederation.record import Founding, KeyEvent, Proposal, Result

Given = tuple[AssemblyId, Multikey, Digest]
"""A key that a compact gave: to whom, which, and after which entry."""


def flaw(compact: Compact, text: Proposal) -> str | None:
    """Say why a proposal cannot give anybody a key; None if it can, or does not try."""
    named = text.new_key
    if named is None:
        return None
    if compact.seat_of(named.assembly) is None:
        return Phrase("The assembly whose key is lost is not a member of the compact.")
    if not named.consented:
        return Phrase("The new key has not signed that it takes over.")
    if text.slot != named.after:
        return Phrase(
            "A proposal that gives a new key takes the slot of the last entry of the "
            "record, so that one key at most follows it."
        )
    if text.ratify:
        return Phrase(
            "A new key acts as soon as it is decided; there is nothing to ratify."
        )
    return None


def objection(holding: Holding) -> str | None:
    """Say what speaks against giving a member this key, by the records held here."""
    named = holding.text.new_key
    if named is None:
        return None
    obstacle = flaw(holding.compact, holding.text)
    if obstacle is not None:
        return obstacle
    record = holding.records.get(named.assembly)
    if record is None or record.get(named.after) is None:
        return Phrase(
            "The record whose key is lost is not held up to the entry that is named."
        )
    if any(each.head != named.after for each in holding.held(named.assembly)):
        return Phrase(
            "The record goes on after the entry that is named: its key is not lost."
        )
    if any(named.key in _every_key(each) for each in holding.records.values()):
        return Phrase("The new key has been a record key before.")
    return None


def given(compact: Compact, text: Proposal, result: Result | None) -> Given | None:
    """Name the key that a confirmed result gives; None if it gives none."""
    named = text.new_key
    if (
        named is None
        or result is None
        or result.outcome != "adopted"
        or flaw(compact, text) is not None
    ):
        return None
    return named.assembly, named.key, named.after


def within(record: Record, keys: Collection[Given]) -> Record:
    """Give a record as far as those go by it who gave these keys.

    An event that names a key which they did not give ends it: what stands behind that
    event is signed by somebody whom they do not know.
    """
    for entry, event in record.facts(KeyEvent):
        if event.decided is None:
            continue
        if (record.assembly, event.key, entry.prev) not in keys:
            return record.upto(entry.seq)
    return record


def all_within(
    records: Mapping[AssemblyId, Record], keys: Collection[Given]
) -> dict[AssemblyId, Record]:
    """Give each record as far as those go by it who gave these keys."""
    return {assembly: within(record, keys) for assembly, record in records.items()}


def here(
    keys: Iterable[Given], assembly: AssemblyId, prev: Digest | None
) -> frozenset[Multikey]:
    """Pick the keys that were given to an assembly in the place after an entry."""
    return frozenset(
        key for whose, key, after in keys if whose == assembly and after == prev
    )


def _every_key(record: Record) -> frozenset[Multikey]:
    founding = (fact.key for _, fact in record.facts(Founding))
    return frozenset(founding) | {fact.key for _, fact in record.facts(KeyEvent)}
