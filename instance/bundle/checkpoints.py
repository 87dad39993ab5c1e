"""A checkpoint says of a record what its assembly, and fellow members, have signed.

Only members of the compact are looked for under it, each by the addresses and the
record keys that its own record names.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from activitypub import log, proofs
from activitypub.errors import Malformed, NotAuthentic
from activitypub.log import Checkpoint, NoteSignature, SignedNote
from confederation.confederal.compact import Compact
from confederation.confederal.history import Record
from confederation.identifiers import AssemblyId, Multikey
from confederation.record import Address, Founding, KeyEvent
from instance import speech


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """The members of a compact, with what is held of their records."""

    compact: Compact
    records: Mapping[AssemblyId, Record]

    def origins(self, assembly: AssemblyId) -> frozenset[str]:
        """Give every name under which an assembly has signed its log."""
        seat = self.compact.seat_of(assembly)
        record = self.records.get(assembly)
        addresses = set() if seat is None else {self.compact.members[seat].address}
        if record is not None:
            addresses |= {fact.address for _, fact in record.facts(Address)}
        return frozenset(map(speech.log_origin, addresses))

    def keys(self, assembly: AssemblyId) -> tuple[Multikey, ...]:
        """Give every record key that an assembly has had, the newest first."""
        record = self.records.get(assembly)
        if record is None:
            return ()
        places = [
            entry.seq
            for kind in (Founding, KeyEvent)
            for entry, _ in record.facts(kind)
        ]
        held = (record.key_at(seq + 1) for seq in sorted(places, reverse=True))
        return tuple(dict.fromkeys(key for key in held if key is not None))

    def cosigner(self, note: SignedNote, line: NoteSignature) -> AssemblyId | None:
        """Say which member cosigned a checkpoint in this line; None if nobody did."""
        alone = replace(note, signatures=(line,))
        for assembly, key in self._keys_under(line.name):
            if log.cosigned_at(alone, line.name, proofs.public_key(key)) is not None:
                return assembly
        return None

    def _keys_under(self, name: str) -> Iterator[tuple[AssemblyId, Multikey]]:
        for seat in self.compact.members:
            if name in self.origins(seat.assembly):
                for key in self.keys(seat.assembly):
                    yield seat.assembly, key

    def read(self, assembly: AssemblyId, data: bytes) -> tuple[Checkpoint, SignedNote]:
        """Read a checkpoint that a member signed; its own signature is the first.

        Raises:
            Malformed: it is no checkpoint of that member.
            NotAuthentic: the member did not sign it.
        """
        note = log.read_note(data)
        point = log.read_checkpoint(note.body)
        if point.origin not in self.origins(assembly):
            raise Malformed("This is no checkpoint of this assembly's record.")
        key = self.records[assembly].key_at(point.size)
        if key is None:
            raise NotAuthentic("The record had no key when this was signed.")
        own = replace(note, signatures=note.signatures[:1])
        log.verify_note(own, point.origin, proofs.public_key(key))
        return point, note

    def cosigners(self, note: SignedNote) -> tuple[AssemblyId, ...]:
        """Say which members cosigned a checkpoint.

        Raises:
            NotAuthentic: a line after the first is no member's cosignature.
        """
        by = [self.cosigner(note, line) for line in note.signatures[1:]]
        members = tuple(dict.fromkeys(each for each in by if each is not None))
        if len(members) < len(by):
            raise NotAuthentic(
                "Under the checkpoint stands a cosignature that does not hold, that is "
                "no member's, or that is there twice."
            )
        return members
