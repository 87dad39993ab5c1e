"""A bundle is read from its first line to its last, each checked in its turn.

So the first line that is wrong is the one that is named. What was checked is kept as
facts; the bytes are not.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from activitypub import canonical, log
from activitypub.canonical import JsonObject, JsonValue
from activitypub.errors import Malformed, NotAuthentic, ProtocolError, Unsupported
from confederation import record
from confederation.confederal.compact import Compact, Seat
from confederation.confederal.history import Keys, Record
from confederation.errors import Invalid
from confederation.identifiers import AssemblyId, CompactId, Digest
from confederation.record import Entry, Equivocation
from instance import verification, vocabulary
from instance.bundle import lines
from instance.bundle.checkpoints import Members
from instance.bundle.lines import Header, Kind
from instance.store.branches import MOST_ENTRIES
from instance.store.contradictions import MOST_CONTRADICTIONS

_DIGESTS: Final = re.compile(rb'"(sha256:[0-9a-f]{64})"')


class Differs(Exception):
    """Something in the bundle cannot be as it says; the sentence is for the reader."""

    def __init__(
        self,
        says: str,
        *,
        line: int,
        assembly: str | None = None,
        seq: int | None = None,
    ) -> None:
        super().__init__(says)
        self.line = line
        self.assembly = assembly
        self.seq = seq


class Unverifiable(Exception):
    """What the bundle is cannot be told here; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigned:
    """The first ``size`` entries of a record, and the members who vouch for them."""

    size: int
    by: tuple[AssemblyId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a bundle holds. Every signature in it held, and every record is one chain.

    Attributes:
        begin: in which line the record of each member begins.
        beside: in which line a side of a contradiction stands.
        checkpoints: the newest checkpoint of each record that has one.
        missing: what else would be needed, in sentences.
        earlier: the versions before this one of the compact, the newest first; all of
            them or none.
        below: what a bundle of each compact holds that has a seat in this one, by its
            identity.
    """

    header: Header
    compact: Compact
    earlier: tuple[Compact, ...]
    records: Mapping[AssemblyId, Record]
    begin: Mapping[AssemblyId, int]
    beside: Mapping[Digest, int]
    checkpoints: Mapping[AssemblyId, Cosigned]
    texts: Mapping[str, str]
    evidence: tuple[Equivocation, ...]
    branches: tuple[Record, ...]
    below: Mapping[CompactId, "Contents"]
    missing: tuple[str, ...]

    def line_of(self, entry: Entry) -> int:
        """Say in which line an entry stands."""
        if self.records[entry.assembly].get(entry.digest) is None:
            return self.beside[entry.digest]
        return self.begin[entry.assembly] + entry.seq


def read(data: bytes, *, given: str | None) -> Contents:
    """Read a whole bundle and check everything in it that can be checked line by line.

    Args:
        given: the digest of a compact that the reader trusts, or None.

    Raises:
        Differs: a line cannot be what it says.
        Unverifiable: it is a bundle of a kind, or under rules, not known here.
    """
    walk = _Walk(given=given)
    for number, line, whole in _numbered(data):
        if not whole and number > 1:
            walk.missing.append(
                f"The file ends in the middle of line {number}: it was cut short."
            )
            break
        walk.take(number, line)
    return walk.end()


def _numbered(data: bytes) -> Iterator[tuple[int, bytes, bool]]:
    number, start = 1, 0
    while start < len(data) or number == 1:
        end = data.find(b"\n", start)
        yield number, data[start : end if end >= 0 else len(data)], end >= 0
        number, start = number + 1, end + 1 if end >= 0 else len(data)


@dataclass(slots=True, kw_only=True)
class _Chain:
    """A member's record as it comes in, entry by entry."""

    assembly: AssemblyId
    seat: int
    first_line: int
    entries: list[Entry] = field(default_factory=list)
    keys: Keys = field(default_factory=Keys)
    nodes: log.MemoryNodes = field(default_factory=log.MemoryNodes)
    tree: log.Tree = field(init=False)

    def __post_init__(self) -> None:
        self.tree = log.Tree(0, self.nodes)

    def add(self, entry: Entry, line: bytes) -> None:
        self.entries.append(entry)
        self.keys = self.keys.after(entry.fact)
        self.tree, made = self.tree.append(line)
        self.nodes.keep(made)

    def root(self, size: int) -> bytes:
        return log.Tree(size, self.nodes).root()


@dataclass(slots=True, kw_only=True)
class _Walk:
    """Where the reading of one bundle stands."""

    given: str | None
    lines_before: int = 0
    inside: bool = False
    header: Header | None = None
    compact: Compact | None = None
    earlier: list[Compact] = field(default_factory=list)
    kind: Kind = Kind.VERSION
    chain: _Chain | None = None
    number: int = 0
    at: tuple[str | None, int | None] = (None, None)
    before: tuple[str, ...] = ()
    digests: set[bytes] = field(default_factory=set)
    chains: dict[AssemblyId, _Chain] = field(default_factory=dict)
    records: dict[AssemblyId, Record] = field(default_factory=dict)
    checkpoints: dict[AssemblyId, Cosigned] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    evidence: list[Equivocation] = field(default_factory=list)
    branches: list[Record] = field(default_factory=list)
    ends: dict[Digest, Record] = field(default_factory=dict)
    besides: list[str] = field(default_factory=list)
    beside: dict[Digest, int] = field(default_factory=dict)
    below: dict[CompactId, Contents] = field(default_factory=dict)
    inner: "_Walk | None" = None
    inner_ends: int = 0
    missing: list[str] = field(default_factory=list)

    @property
    def line(self) -> int:
        """The number of the line in the file."""
        return self.number + self.lines_before

    def take(self, number: int, line: bytes) -> None:
        """Check the next line.

        Raises:
            Differs, Unverifiable: as `read`.
        """
        self.number, self.at = number, (None, None)
        try:
            if self.inner is not None:
                self._take_inner(self.inner, line)
            else:
                self._take(line)
        except Unsupported as error:
            raise Unverifiable(str(error)) from error
        except (ProtocolError, Invalid) as error:
            assembly, seq = self.at
            raise Differs(
                str(error), line=self.line, assembly=assembly, seq=seq
            ) from error

    def end(self) -> Contents:
        """Say what the bundle holds, now that there are no more lines."""
        first = 1 + self.lines_before
        if self.header is None or self.compact is None:
            raise Differs(
                "This is no bundle: there is only one line of it.", line=first
            )
        if self._lacks_the_first() and not self.inside:
            # No line after them is wrong: here the file ends.
            self.missing.append("The first version of the compact is not here.")
        else:
            self._go_on_to(Kind.BELOW)
        promised, found = self.header.lines, self.number
        if found > promised:
            raise Differs(
                f"The first line says that there are {promised} lines; there are "
                f"{found}.",
                line=first,
            )
        if found < promised and not self.missing:
            self.missing.append(
                f"Line 1 says that there are {promised} lines, and there are {found}: "
                "the end was cut off."
            )
        for seat in self.compact.members:
            if seat.assembly not in self.records:
                self.missing.append(f"The record of {seat.address} is not here.")
            if seat.bears is not None and seat.bears not in self.below:
                self.missing.append(
                    f"What the compact decided that {seat.address} holds its seat for "
                    "is not here."
                )
        return Contents(
            header=self.header,
            compact=self.compact,
            earlier=tuple(self.earlier),
            records=self.records,
            begin={id: chain.first_line for id, chain in self.chains.items()},
            beside=self.beside,
            checkpoints=self.checkpoints,
            texts=self.texts,
            evidence=tuple(self.evidence),
            branches=tuple(self.branches),
            below=self.below,
            missing=tuple(self.missing),
        )

    def _take(self, line: bytes) -> None:
        if self.header is None:
            self.header = lines.read_header(line)
            return
        document = canonical.read_canonical(line)
        if self.compact is None:
            self.compact = self._read_compact(line, document, self.header)
            return
        kind = lines.kind_of(document)
        if kind < self.kind:
            raise Malformed("This line stands after those that it belongs before.")
        if kind > self.kind:
            self._go_on_to(kind)
        match kind:
            case Kind.VERSION:
                self._take_version(line, document, self.compact)
            case Kind.ENTRY:
                self.digests.update(_DIGESTS.findall(line))
                self._take_entry(line, document, self.compact)
            case Kind.CHECKPOINT:
                self._take_checkpoint(document, self.compact)
            case Kind.TEXT:
                self._take_text(document)
            case Kind.CONTRADICTION:
                self._take_contradiction(document, self.compact)
            case Kind.BRANCH:
                self._take_branch(document)
            case Kind.BELOW:
                self._take_below(document, self.compact)

    def _take_version(self, line: bytes, document: JsonObject, newest: Compact) -> None:
        compact = vocabulary.read_compact(document)
        after = self.earlier[-1] if self.earlier else newest
        if compact.digest != after.previous or compact.identity != newest.identity:
            raise Malformed(
                "This is not the version of the compact that the one above follows."
            )
        _check_known(document, compact)
        self.digests.update(_DIGESTS.findall(line))
        self.earlier.append(compact)

    def _places(self, newest: Compact) -> list[Seat]:
        """List whose records may stand here: the members, then those of before."""
        seats: dict[AssemblyId, Seat] = {}
        for compact in (newest, *self.earlier):
            for seat in compact.members:
                seats.setdefault(seat.assembly, seat)
        return [*seats.values()]

    def _lacks_the_first(self) -> bool:
        return bool(self.earlier) and self.earlier[-1].first is not None

    def _go_on_to(self, kind: Kind) -> None:
        if self._lacks_the_first():
            raise Malformed("The first version of the compact is not among these.")
        self.kind, self.before = kind, ()
        if not self.records:
            self.records = {
                id: Record.of(chain.entries) for id, chain in self.chains.items()
            }

    def _read_compact(
        self, line: bytes, document: JsonObject, about: Header
    ) -> Compact:
        compact = vocabulary.read_compact(document)
        self.digests.update(_DIGESTS.findall(line))
        if compact.digest != about.compact:
            # Of two that do not agree, the reader may know which one is right.
            if compact.digest == self.given:
                raise Differs(
                    "This line names another compact than line 2.",
                    line=1 + self.lines_before,
                )
            raise Malformed("This is not the compact that line 1 names.")
        if self.given not in (None, compact.digest, compact.identity):
            raise Malformed(
                f"This is a decision of another compact: {self.given} was given, and "
                f"this one is {compact.digest}."
            )
        _check_known(document, compact)
        return compact

    def _take_entry(self, line: bytes, document: JsonObject, compact: Compact) -> None:
        seq = document["seq"]
        if seq == 0:
            self.chain = self._begin(line, compact)
        chain = self.chain
        if chain is None:
            raise Malformed("A record begins with entry 0.")
        self.at = (chain.assembly, seq if isinstance(seq, int) else None)
        following = len(chain.entries)
        if seq != 0 and document.get("assembly") != chain.assembly:
            raise Malformed("This entry stands in the record of another assembly.")
        if seq != following:
            raise Malformed(f"Here entry {following} should stand; this is {seq}.")
        if following and document.get("prev") != chain.entries[-1].digest:
            raise Malformed(
                "This entry does not follow the one before it: one of the two was "
                "altered, or the assembly wrote two."
            )
        verified, key = verification.read_with_signer(document, line)
        entry = verified.entry
        # Whether a compact gave a key is settled once everything has been read.
        given = {entry.fact.key} if isinstance(entry.fact, record.KeyEvent) else ()
        if key not in chain.keys.signers(entry.fact, given):
            raise NotAuthentic("This is not signed with the assembly's record key.")
        if isinstance(entry.fact, record.Founding):
            seat = self._places(compact)[chain.seat]
            if seat.key != entry.fact.key:
                raise Malformed(
                    "The compact names another first key for this assembly."
                )
        chain.add(entry, line)

    def _begin(self, line: bytes, compact: Compact) -> _Chain:
        assembly = AssemblyId(canonical.digest_of(line))
        named = [each.assembly for each in self._places(compact)]
        seat = named.index(assembly) if assembly in named else None
        if seat is None:
            raise Malformed(
                "With this entry no assembly begins that the compact names: it was "
                "altered, or is somebody else's."
            )
        if self.chain is not None and seat <= self.chain.seat:
            raise Malformed("The records do not stand in the order of the seats.")
        chain = _Chain(assembly=assembly, seat=seat, first_line=self.line)
        self.chains[assembly] = chain
        return chain

    def _take_checkpoint(self, document: JsonObject, compact: Compact) -> None:
        assembly, data = lines.read_checkpoint(document)
        chain = self._chain_of(assembly)
        self._in_order((_place(chain.seat),))
        size = log.read_checkpoint(log.read_note(data).body).size
        if size > len(chain.entries):
            # By which key, and from which address, stands in what is not here.
            self.missing.append(
                f"The checkpoint in line {self.line} is over {size} entries, "
                f"and {len(chain.entries)} are here."
            )
            return
        members = Members(compact=compact, records=self.records)
        point, note = members.read(chain.assembly, data)
        by = members.cosigners(note)
        if chain.root(point.size) != point.root:
            raise NotAuthentic("The checkpoint is not one over the entries above.")
        self.checkpoints[chain.assembly] = Cosigned(size=point.size, by=by)

    def _take_text(self, document: JsonObject) -> None:
        text = lines.read_text(document)
        self._in_order((text.commit,))
        if text.commit.encode() not in self.digests:
            raise Malformed("This text belongs to nothing that stands above.")
        self.texts[text.commit] = text.text

    def _take_contradiction(self, document: JsonObject, compact: Compact) -> None:
        assembly, *documents = lines.read_contradiction(document)
        chain = self._chain_of(assembly)
        members = Members(compact=compact, records=self.records)
        a, b = (_read_side(each, chain.assembly, members) for each in documents)
        self._in_order((_place(chain.seat), a.digest, b.digest))
        match a, b:
            case (Entry(), Entry()):
                contrary = _two_entries(a, b)
            case (Entry(), _Signed(point=point)) | (_Signed(point=point), Entry()):
                contrary = chain.root(point.size) != point.root
            case _:
                contrary = False
        if not contrary:
            raise Malformed("These two do not contradict each other.")
        if sum(each.of == assembly for each in self.evidence) >= MOST_CONTRADICTIONS:
            raise Malformed("So many contradictions of one assembly prove no more.")
        self.evidence.append(Equivocation(of=chain.assembly, a=a.digest, b=b.digest))
        for side in (a, b):
            self.beside[side.digest] = self.line
            if isinstance(side, Entry):
                branch = _branch(self.records[chain.assembly], side)
                if branch is not None and side.digest not in self.ends:
                    self._grow(branch)

    def _take_branch(self, document: JsonObject) -> None:
        assembly, said = lines.read_branch(document)
        chain = self._chain_of(assembly)
        body = canonical.canonical(said)
        verified, key = verification.read_with_signer(said, body)
        entry = verified.entry
        self.at = (assembly, entry.seq)
        self._in_order((_place(chain.seat), f"{entry.seq:020}", entry.digest))
        before = self.ends.get(entry.prev) if entry.prev is not None else None
        if before is None or before.assembly != entry.assembly:
            raise Malformed("This follows nothing that contradicts the record above.")
        if key not in before.keys_at(entry.seq).signers(entry.fact):
            raise NotAuthentic("This is not signed with the assembly's record key.")
        if sum(each == assembly for each in self.besides) >= MOST_ENTRIES:
            raise Malformed("So much of a second record of one assembly is too much.")
        self.besides.append(assembly)
        self.beside[entry.digest] = self.line
        self._grow(before.append(entry), before)

    def _take_below(self, document: JsonObject, compact: Compact) -> None:
        identity, count = lines.read_below(document)
        seat = next(
            (n for n, each in enumerate(compact.members) if each.bears == identity),
            None,
        )
        if seat is None:
            raise Malformed("No seat here is held for this compact.")
        self._in_order((_place(seat),))
        if self.inside:
            raise Malformed("What comes from below holds nothing from further below.")
        self.inner_ends = self.number + count
        self.inner = _Walk(given=identity, lines_before=self.line, inside=True)

    def _take_inner(self, inner: "_Walk", line: bytes) -> None:
        inner.take(inner.number + 1, line)
        if self.number < self.inner_ends:
            return
        found, self.inner = inner.end(), None
        if found.header.lines != inner.number:
            raise Malformed("The lines from below are not as many as they say.")
        for assembly, kept in found.records.items():
            for other in (
                self.records,
                *(each.records for each in self.below.values()),
            ):
                if other.get(assembly, kept).head != kept.head:
                    raise Malformed(
                        "A record from below is not the one that stands above: the "
                        "assembly wrote two, or one of them was cut."
                    )
        self.below[found.compact.identity] = found

    def _grow(self, branch: Record, before: Record | None = None) -> None:
        """Hold a branch, in place of the one that it goes on from."""
        assert branch.head is not None
        self.ends[branch.head] = branch
        self.branches = [each for each in self.branches if each is not before]
        self.branches.append(branch)

    def _chain_of(self, assembly: str) -> _Chain:
        self.at = (assembly, None)
        chain = self.chains.get(AssemblyId(assembly))
        if chain is None:
            raise Malformed("Nothing of this assembly's record stands above.")
        if self.compact is None or chain.seat >= self.compact.n:
            raise Malformed("This assembly has no seat in the version in line 2.")
        return chain

    def _in_order(self, key: tuple[str, ...]) -> None:
        if key <= self.before:
            raise Malformed("This line stands twice, or not in its order.")
        self.before = key


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signed:
    """A checkpoint as one side of a contradiction."""

    digest: Digest
    point: log.Checkpoint


def _read_side(
    document: JsonObject, assembly: AssemblyId, members: Members
) -> Entry | _Signed:
    """Read one side of a contradiction, which the assembly itself must have signed."""
    match document:
        case {"checkpoint": str(note), **rest} if not rest:
            data = note.encode()
            point, _ = members.read(assembly, data)
            if point.size > members.records[assembly].size:
                raise Malformed("The checkpoint is over more entries than are here.")
            return _Signed(digest=Digest(canonical.digest_of(data)), point=point)
    body = canonical.canonical(document)
    verified, key = verification.read_with_signer(document, body)
    entry, kept = verified.entry, members.records[assembly]
    if not 0 < entry.seq <= kept.size:
        raise Malformed("This has no place in, or next to, what is here.")
    if entry.assembly != assembly or key not in kept.keys_at(entry.seq).signers(
        entry.fact
    ):
        raise NotAuthentic("This is not signed with the assembly's record key.")
    return entry


def _branch(kept: Record, side: Entry) -> Record | None:
    """Give the second record that a side of a contradiction begins, if it does."""
    if side.seq == kept.size and side.prev == kept.head:
        return kept.append(side)
    return kept.branch(side)


def _two_entries(a: Entry, b: Entry) -> bool:
    """Say whether no record could hold both."""
    if a.seq == b.seq:
        return a.digest != b.digest
    first, second = sorted((a, b), key=lambda entry: entry.seq)
    return second.seq == first.seq + 1 and second.prev != first.digest


def _check_known(document: JsonObject, compact: Compact) -> None:
    strange = _strange(document, vocabulary.whole_compact(compact))
    if strange is not None:
        raise Unsupported(
            f"The compact says something under {strange!r} that this program does "
            "not know: what was decided under it is unverifiable here."
        )


def _place(seat: int) -> str:
    return f"{seat:06}"


def _strange(document: JsonValue, known: JsonValue) -> str | None:
    """Find what a document says beyond what is known, if it says anything there."""
    match document, known:
        case dict() as said, dict() as read:
            for name, value in said.items():
                if name not in read:
                    if value is not None:
                        return str(name)
                elif (strange := _strange(value, read[name])) is not None:
                    return strange
        case list() as said, list() as read:
            for one, other in zip(said, read, strict=True):
                if (strange := _strange(one, other)) is not None:
                    return strange
        case _:
            pass
    return None
