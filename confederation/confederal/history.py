"""A record only grows, and everything in it has one place.

A :class:`Record` is what is held of one assembly's record: every entry up to ``size``
was checked, each after the one before it, though entries that do not matter here may
have been left out. What is *in force at* a ``seq`` follows from the entries before it,
so nothing that comes later unmakes anything.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TypeVar, TypeVarTuple, cast

from confederation.errors import Filled, Invalid
from confederation.identifiers import AssemblyId, Digest, Multikey
from confederation.record import (
    Decision,
    Election,
    Electorate,
    Entry,
    Equivocation,
    Fact,
    Founding,
    KeyEvent,
    Mandate,
    MemberCount,
    Recall,
    RemitDecision,
    Rulebook,
    Succession,
)

TELLERS_NEEDED = 2
"""How many tellers confirm an entry that needs confirming."""

MOST_ANSWERS = 60
"""How much of what was worked out from a record is kept beside it."""

F = TypeVar("F", bound=Fact)
T = TypeVar("T")
Terms = TypeVarTuple("Terms")


def key_digest(key: Multikey) -> Digest:
    """Digest a key as ``nextKeyDigest`` commits to it: over its text as a Multikey."""
    return Digest("sha256:" + hashlib.sha256(key.encode("ascii")).hexdigest())


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Which keys may sign at one place of a record.

    ``current`` is the record key, None before the founding and where it was given up.
    ``committed`` is the digest of the only key that may follow; None if any may.
    """

    current: Multikey | None = None
    committed: Digest | None = None

    def signers(
        self, fact: Fact, given: Collection[Multikey] = ()
    ) -> frozenset[Multikey]:
        """Say which keys may sign this fact here.

        Ordinarily the one record key. A lost or stolen key is replaced by the one
        whose digest was committed to beforehand, which signs its own ``KeyEvent``. So
        does one of those that a compact has ``given`` to the assembly in this place. A
        founding is signed with the key that it names.
        """
        if isinstance(fact, Founding):
            return frozenset({fact.key}) if self == Keys() else frozenset()
        if isinstance(fact, KeyEvent) and fact.decided is not None:
            is_given = fact.op == "add" and fact.consented and fact.key in given
            return frozenset({fact.key}) if is_given else frozenset()
        keys = set() if self.current is None else {self.current}
        if (
            isinstance(fact, KeyEvent)
            and fact.op == "add"
            and key_digest(fact.key) == self.committed
        ):
            keys.add(fact.key)
        return frozenset(keys)

    def after(self, fact: Fact) -> "Keys":
        """Say which keys may sign after this fact.

        A new key needs its own consent and, where the next one was committed to, must
        be that one: otherwise the event replaces nothing. One that a compact gave needs
        no commitment: the key that was committed to is lost as well.
        """
        match fact:
            case Founding(key=key, next_key_digest=following):
                return Keys(current=key, committed=following)
            case KeyEvent(op="add", key=key, next_key_digest=following):
                free = fact.decided is not None or self.committed is None
                if fact.consented and (free or self.committed == key_digest(key)):
                    return Keys(current=key, committed=following)
            case KeyEvent(key=key) if key == self.current:
                return Keys(current=None, committed=self.committed)
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Two statements of one assembly that cannot both be meant, side by side.

    ``says`` is the sentence for the reader. Whoever holds both entries needs to take
    nobody's word for it.
    """

    of: AssemblyId
    a: Entry
    b: Entry
    says: str

    def equivocation(self) -> Equivocation:
        """Turn it into the entry by which another assembly passes it on."""
        return Equivocation(of=self.of, a=self.a.digest, b=self.b.digest)


@dataclass(frozen=True, kw_only=True)
class Record:
    """One assembly's record as far as it is held: a value that only grows.

    ``entries`` are in the order of ``seq``. Without gaps the record is whole; a store
    that has checked the chain may leave out what does not matter. ``size`` counts
    every entry, left out or not, and ``head`` is the digest of the last one.
    """

    # Not slotted: the indexes below are kept in the instance's dictionary.
    assembly: AssemblyId
    entries: tuple[Entry, ...] = ()
    size: int = 0
    head: Digest | None = None

    def __post_init__(self) -> None:
        seqs = [entry.seq for entry in self.entries]
        if any(a >= b for a, b in pairwise(seqs)):
            raise Invalid("The entries of a record are not in the order of their seq.")
        if any(entry.assembly != self.assembly for entry in self.entries):
            raise Invalid("A record holds an entry of another assembly.")
        last = self.entries[-1] if self.entries else None
        if last is not None and (
            last.seq >= self.size
            or (last.seq == self.size - 1 and last.digest != self.head)
        ):
            raise Invalid("A record's size and head do not agree with its entries.")

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "Record":
        """Build a record from all its entries, beginning with the founding.

        Raises:
            Invalid: the chain does not hold.
        """
        chain = tuple(entries)
        if not chain:
            raise Invalid("A record begins with a founding; there is no entry here.")
        return cls(assembly=AssemblyId(chain[0].digest)).extend(chain)

    def append(self, entry: Entry) -> "Record":
        """Add the next entry. An entry that is held already changes nothing.

        Raises:
            Invalid: the entry does not belong here, does not follow, or contradicts
                one that is held (see :meth:`contradicted_by`).
        """
        return self.extend((entry,))

    def extend(self, entries: Iterable[Entry]) -> "Record":
        """Add entries in the order of ``seq``; those held already change nothing.

        Raises:
            Invalid: as for :meth:`append`; then nothing at all was added.
        """
        size, head = self.size, self.head
        new: list[Entry] = []
        for entry in entries:
            if entry.seq < size:
                added = entry.seq - self.size
                held = new[added] if added >= 0 else self.at(entry.seq)
                if held is not None and held.digest != entry.digest:
                    raise Invalid(
                        "Entry {seq} is not the one that is held: the assembly "
                        "wrote two, or somebody altered one.",
                        seq=entry.seq,
                    )
                continue
            self._follows(entry, size, head)
            new.append(entry)
            size, head = entry.seq + 1, entry.digest
        if not new:
            return self
        return Record(
            assembly=self.assembly,
            entries=(*self.entries, *new),
            size=size,
            head=head,
        )

    def _follows(self, entry: Entry, size: int, head: Digest | None) -> None:
        if entry.seq > size:
            raise Invalid(
                "Entry {seq} came before entry {size}: something is missing.",
                seq=entry.seq,
                size=size,
            )
        if entry.prev != head:
            raise Invalid(
                "Entry {seq} does not follow the entry before it: one of them "
                "was altered, or the assembly wrote two.",
                seq=entry.seq,
            )
        if size == 0:
            if not isinstance(entry.fact, Founding):
                raise Invalid("A record begins with the founding of its assembly.")
            if AssemblyId(entry.digest) != self.assembly:
                raise Invalid("This is the record of another assembly.")
        elif isinstance(entry.fact, Founding):
            raise Invalid("An assembly is founded once.")

    def contradicted_by(self, entry: Entry) -> Contradiction | None:
        """Find the entry held at the same ``seq`` that this one contradicts, if any.

        None for an entry that is held, follows, or stands where nothing is kept.
        Both must have been verified: then the two side by side are an equivocation.
        """
        held = self.at(entry.seq)
        if (
            entry.assembly != self.assembly
            or held is None
            or held.digest == entry.digest
        ):
            return None
        return Contradiction(
            of=self.assembly,
            a=held,
            b=entry,
            says=Filled(
                "Two different entries stand at {seq} of this record.", seq=entry.seq
            ),
        )

    def parts_from(self, other: "Record") -> Contradiction | None:
        """Find the first place at which two records of one assembly differ, if any."""
        for entry in other.entries:
            contradiction = self.contradicted_by(entry)
            if contradiction is not None:
                return contradiction
        return None

    def branch(self, entry: Entry) -> "Record | None":
        """Give the record as it stands for whoever holds this other entry in its place.

        None if the entry does not follow one that is held: what it says then cannot be
        judged here.
        """
        trunk = self.upto(entry.seq)
        if self.contradicted_by(entry) is None or trunk.head != entry.prev:
            return None
        return trunk.append(entry)

    def before(self, digest: Digest) -> "Record":
        """Give the record as it was when the entry of this digest was added.

        Raises:
            Invalid: no such entry is held.
        """
        entry = self.get(digest)
        if entry is None:
            raise Invalid("This record does not hold the entry that is named.")
        return self.upto(entry.seq)

    def upto(self, seq: int) -> "Record":
        """Give the record as it was before ``seq``."""
        if seq >= self.size:
            return self
        kept = self.entries[: bisect_left(self.entries, seq, key=_seq)]
        if kept and kept[-1].seq == seq - 1:
            head: Digest | None = kept[-1].digest
        else:
            following = self.at(seq)
            head = following.prev if following is not None else None
        return Record(assembly=self.assembly, entries=kept, size=max(seq, 0), head=head)

    def at(self, seq: int) -> Entry | None:
        """Give the entry at ``seq``; None where none is kept."""
        place = bisect_left(self.entries, seq, key=_seq)
        if place < len(self.entries) and self.entries[place].seq == seq:
            return self.entries[place]
        return None

    def get(self, digest: Digest | None, before: int | None = None) -> Entry | None:
        """Give the entry of this digest; None if it is not held before ``before``."""
        entry = self._by_digest.get(digest) if digest is not None else None
        if entry is None or (before is not None and entry.seq >= before):
            return None
        return entry

    def facts(
        self, kind: type[F], *, after: int = -1, before: int | None = None
    ) -> Iterator[tuple[Entry, F]]:
        """Go through the facts of one kind in their order, between two places."""
        for entry in self._by_kind.get(kind, ()):
            if entry.seq <= after:
                continue
            if before is not None and entry.seq >= before:
                return
            yield entry, cast(F, entry.fact)

    def once(self, work: Callable[["Record", *Terms], T], *terms: *Terms) -> T:
        """Work out what follows from this record and the terms, once for all.

        ``work`` goes by these alone, and nobody changes what it gives. A record that
        did not grow is then not gone through again, whoever asks; the oldest answers
        are dropped.
        """
        question = (work, *terms)
        if question in self._answers:
            return cast(T, self._answers[question])
        answer = work(self, *terms)
        if len(self._answers) >= MOST_ANSWERS:
            self._answers.pop(next(iter(self._answers)))
        self._answers[question] = answer
        return answer

    @cached_property
    def _answers(self) -> dict[object, object]:
        return {}

    @cached_property
    def _by_digest(self) -> Mapping[Digest, Entry]:
        return {entry.digest: entry for entry in self.entries}

    @cached_property
    def _by_kind(self) -> Mapping[type, list[Entry]]:
        kinds: dict[type, list[Entry]] = {}
        for entry in self.entries:
            kinds.setdefault(type(entry.fact), []).append(entry)
        return kinds

    def signers(self, fact: Fact) -> frozenset[Multikey]:
        """Say which keys may sign this fact as the next entry of the record."""
        return self.keys_at(self.size).signers(fact)

    def key_at(self, seq: int) -> Multikey | None:
        """Give the record key that signs at ``seq``; None when it was given up."""
        return self.keys_at(seq).current

    def keys_at(self, seq: int) -> Keys:
        """Say which keys may sign at ``seq``; a key event acts from the next on."""
        keys = Keys()
        for _, founding in self.facts(Founding, before=seq):
            keys = keys.after(founding)
        for _, event in self.facts(KeyEvent, before=seq):
            keys = keys.after(event)
        return keys

    def tellers_at(self, seq: int) -> tuple[Multikey, ...]:
        """Give the tellers in force at ``seq``.

        The founding names the first ones, a rulebook the next; the tellers before
        must have confirmed it, or whoever runs the machine could name their own.
        Where nobody was named before, a rulebook's own two confirm it.
        """
        in_force: tuple[Multikey, ...] = ()
        for named_at, tellers in self._tellers:
            if named_at >= seq:
                break
            in_force = tellers
        return in_force

    @cached_property
    def _tellers(self) -> list[tuple[int, tuple[Multikey, ...]]]:
        named = [(entry.seq, fact.tellers) for entry, fact in self.facts(Founding)]
        for entry, rulebook in self.facts(Rulebook):
            before = named[-1][1] if named else ()
            if _enough(rulebook.confirmed_by, before or rulebook.tellers):
                named.append((entry.seq, rulebook.tellers))
        return named

    def confirmed(self, entry: Entry) -> bool:
        """Say whether two of the tellers in force at its place confirmed an entry.

        False for facts that carry no confirmations. A founding is confirmed by the
        tellers it names itself.
        """
        fact = entry.fact
        if isinstance(fact, Founding):
            return _enough(fact.confirmed_by, fact.tellers)
        if not isinstance(
            fact,
            Rulebook
            | Electorate
            | Decision
            | RemitDecision
            | Election
            | Mandate
            | Recall
            | Succession,
        ):
            return False
        return _enough(fact.confirmed_by, self.tellers_at(entry.seq))

    def members_at(self, seq: int) -> int | None:
        """Give the number of members published last before ``seq``, if any."""
        entry = self._newest(MemberCount, seq)
        fact = entry.fact if entry is not None else None
        return fact.members if isinstance(fact, MemberCount) else None

    def _newest(self, kind: type[F], seq: int) -> Entry | None:
        newest: Entry | None = None
        for entry, _ in self.facts(kind, before=seq):
            newest = entry
        return newest


def _enough(confirmed_by: Iterable[Multikey], tellers: Iterable[Multikey]) -> bool:
    return len(set(confirmed_by) & set(tellers)) >= TELLERS_NEEDED


def _seq(entry: Entry) -> int:
    return entry.seq
