"""A public record verified from its first entry to its last, and a node that starts."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from activitypub import canonical, proofs
from activitypub.canonical import JsonObject
from confederation import record
from confederation.confederal.history import Keys, Record
from confederation.identifiers import AssemblyId, BallotId, OptionId
from confederation.record import Entry, Fact, MembersCount, Method
from instance import verification, vocabulary
from tests.benchmarks import apart, floors, measuring, nodes
from tests.benchmarks.measuring import Budget, Figures, Wrong
from tests.confederation.world import commit, digest_of
from tests.instance.house import NOON, public, signed

A_SECOND: Final = 4_000
STARTS: Final = 3
IDLE_SECONDS: Final = 3.0
ADDRESS: Final = "https://harbour.example/g/harbour"

VERIFIED: Final = Budget(
    line="verifying a public record: at least 5,000 entries per CPU-s", at_least=5_000
)
STARTED: Final = Budget(
    line="start-up and idle: less than 1.5 s and 150 MB", at_most=1.5, mb_at_most=150
)


async def measure(seconds: float, directory: Path) -> dict[str, Figures]:
    """Verify a record that was written beforehand; start a node and leave it alone."""
    entries = max(20, int(seconds * A_SECOND))
    return {
        "record": apart.run(verified, entries),
        "record.start": _started(
            directory,
            starts=min(STARTS, 1 + int(seconds)),
            idle=min(seconds, IDLE_SECONDS),
        ),
    }


def verified(entries: int) -> Figures:
    """Write a record, then read it as whoever is handed it by a stranger must."""
    writer = Writer()
    lines = [writer.line(number) for number in range(entries)]
    before = time.process_time()
    whole = Record.of(_checked(lines))
    spent = time.process_time() - before
    if whole.size != entries:
        raise Wrong(f"Of {entries} entries, {whole.size} were verified.")
    return Figures(
        per_cpu_second=entries / spent,
        latencies=[],
        rss_mb=measuring.peak_mb(os.getpid()),
        floors={
            "Ed25519 verify": floors.ed25519_verify() * entries / writer.signatures
        },
        budget=VERIFIED,
        facts={
            "entries": entries,
            "signatures": writer.signatures,
            "bytes": sum(map(len, lines)),
        },
    )


def _checked(lines: list[bytes]) -> Iterator[Entry]:
    keys = Keys()
    for line in lines:
        document = canonical.read_canonical(line)
        found, signer = verification.read_with_signer(document, line)
        if signer not in keys.signers(found.entry.fact):
            raise Wrong("An entry is not signed by its assembly.")
        keys = keys.after(found.entry.fact)
        yield found.entry


class Writer:
    """An assembly's clerk, its two tellers and its delegate, in one hand."""

    def __init__(self) -> None:
        self._clerk, *self._tellers, self._delegate = (
            proofs.new_key() for _ in range(4)
        )
        self._assembly: str | None = None
        self._head: str | None = None
        self.signatures = 0

    def line(self, seq: int) -> bytes:
        """Write the next entry: of ten, two are confirmed by two, and two are votes."""
        fact = self._fact(seq)
        body = vocabulary.wire(fact)
        kind = type(fact).__name__
        if isinstance(fact, record.Filed):
            assert fact.document is not None
            vote: JsonObject = {"type": "Vote", **vocabulary.wire(fact.document)}
            body["document"] = self._sign(vote, self._delegate)
        if isinstance(fact, record.Founding | record.Decision):
            body["confirmations"] = [*self._confirmations(kind, body)]
        place: JsonObject = {
            "@context": [*vocabulary.RECORD_CONTEXT],
            "id": f"{ADDRESS}/r/{seq}",
            "type": kind,
            "v": vocabulary.SCHEMA_VERSION,
            "attributedTo": ADDRESS,
            "seq": seq,
            "prev": self._head,
            "rulebook": None,
            "published": canonical.write_time(NOON),
        }
        if self._assembly is not None:
            place["assembly"] = self._assembly
        line = canonical.canonical(self._sign({**place, **body}, self._clerk))
        self._head = canonical.digest_of(line)
        self._assembly = self._assembly or self._head
        return line

    def _fact(self, seq: int) -> Fact:
        text = commit(f"text {seq}")
        match seq % 10:
            case 0 if seq == 0:
                tellers = tuple(map(public, self._tellers))
                return record.Founding(
                    name=text, kind="place", key=public(self._clerk), tellers=tellers
                )
            case 0 | 5:
                return record.Decision(
                    ballot=BallotId(f"b{seq}"),
                    method=Method(name="majority"),
                    present=40,
                    outcome="passed",
                    effective_from=NOON,
                    text_commit=text,
                    members=MembersCount(for_=30, against=6, abstain=4, basis="cards"),
                )
            case 1 | 6:
                vote = record.Vote(
                    proposal=digest_of("proposal", seq),
                    assembly=AssemblyId(self._assembly or ""),
                    mandate=digest_of("mandate", seq),
                    revision=1,
                    choice=(OptionId("for"),),
                )
                return record.Filed(proposal=vote.proposal, revision=1, document=vote)
            case 2 | 7:
                return record.MemberCount(members=100 + seq)
            case _:
                return record.Issue(title=text, what=text, why=text, theme="water")

    def _confirmations(self, kind: str, body: JsonObject) -> Iterator[JsonObject]:
        assembly = None if self._assembly is None else AssemblyId(self._assembly)
        of = vocabulary.fingerprint(kind, body)
        for teller in self._tellers:
            yield self._sign(verification.confirmation(of, assembly=assembly), teller)

    def _sign(self, document: JsonObject, key: Ed25519PrivateKey) -> JsonObject:
        self.signatures += 1
        return signed(document, key)


def _started(directory: Path, *, starts: int, idle: float) -> Figures:
    with nodes.a_node(directory, nodes.COLD_FROM) as node:
        times, spent = [], 0.0
        for _ in range(starts):
            node.serving.stop()
            before = time.perf_counter()
            node.serving.start()
            times.append(time.perf_counter() - before)
            spent += measuring.cpu_seconds(node.pid)
        time.sleep(min(1.0, idle))
        with measuring.watching(node.pid) as rest:
            time.sleep(idle)
        held = measuring.held_mb(node.pid)
    return Figures(
        per_cpu_second=starts / spent,
        latencies=times,
        rss_mb=held,
        floors={"starting Python": floors.start_python()},
        budget=STARTED,
        judged=max(times),
        facts={"idle percent of a CPU": 100 * rest.cpu / rest.wall},
    )
