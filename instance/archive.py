"""Copies of public records: nothing is kept that its assembly's key did not sign.

An entry is appended only at the end of the record held here. One that contradicts what
is held is kept beside it, as evidence, and changes nothing.
"""

import contextlib
import enum
import functools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from activitypub import canonical, log
from activitypub.canonical import JsonObject
from activitypub.errors import Forbidden, Malformed, NotAuthentic, ProtocolError
from confederation import record
from confederation.history import Keys
from confederation.identifiers import Commit, Digest, Multikey
from confederation.record import Entry
from instance import verification
from instance.desk import Desk
from instance.store import events, given_keys, records
from instance.verification import Verified

MOST_TEXT: Final = 20_000


class Outcome(enum.Enum):
    """What became of an entry that arrived."""

    APPENDED = "appended"
    HELD_ALREADY = "held already"
    AHEAD = "ahead of what is held"
    CONTRADICTS = "contradicts what is held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """The outcome, and the assembly whose record it concerns."""

    outcome: Outcome
    assembly: str
    entry: Entry | None = None


def file(desk: Desk, document: JsonObject) -> Filing:
    """File an entry of a record that is kept here, from whoever brought it.

    Filing the same entry again changes nothing.

    Raises:
        Forbidden: no record of that assembly is kept here.
        Malformed, NotAuthentic: it is no entry, or its assembly did not sign it.
    """
    seq = document.get("seq")
    if not isinstance(seq, int) or isinstance(seq, bool):
        raise Malformed("An entry has a whole-number seq.")
    id = canonical.digest(document) if seq == 0 else document.get("assembly")
    known = records.assembly(desk.connection, str(id))
    if known is None:
        raise Forbidden("No record of that assembly is kept here.")
    if seq > known.size:
        return Filing(outcome=Outcome.AHEAD, assembly=known.id)
    held = records.entry_at(desk.connection, known.id, seq)
    if held is not None and held["digest"] == canonical.digest(document):
        return Filing(outcome=Outcome.HELD_ALREADY, assembly=known.id)
    canonical.check_exact(document)
    body = canonical.canonical(document)
    verified, key = verification.read_with_signer(document, body)
    # A record that went on after the entry in question has its key still.
    given = {} if held is not None else given_to(desk, verified.entry)
    if key not in signers(desk, known, verified.entry, given):
        raise NotAuthentic("The entry is not signed with its assembly's record key.")
    if held is not None:
        _keep_contradiction(desk, verified, held["digest"], held["body"])
        return Filing(outcome=Outcome.CONTRADICTS, assembly=known.id)
    if verified.entry.prev != known.head:
        # Signed, and it does not follow what the same assembly signed before.
        before = records.entry_at(desk.connection, known.id, seq - 1)
        assert before is not None
        _keep_contradiction(desk, verified, before["digest"], before["body"])
        return Filing(outcome=Outcome.CONTRADICTS, assembly=known.id)
    append(desk, verified)
    if isinstance(verified.entry.fact, record.Equivocation):
        _look_at_both_sides(desk, document)
    return Filing(outcome=Outcome.APPENDED, assembly=known.id, entry=verified.entry)


def _look_at_both_sides(desk: Desk, document: JsonObject) -> None:
    """File what somebody shows as contradictory; nothing is believed on their word.

    Whichever side this node does not hold contradicts the one that it holds.
    """
    sides = document.get("sides")
    for side in sides[:2] if isinstance(sides, list) else ():
        if isinstance(side, dict):
            # What is no entry of a record kept here is no evidence either.
            with contextlib.suppress(ProtocolError):
                file(desk, side)


def append(desk: Desk, verified: Verified, *, subject: str | None = None) -> None:
    """Append a verified entry that follows the last one held, and its tree nodes."""
    entry = verified.entry
    records.append(
        desk.connection,
        assembly=entry.assembly,
        seq=entry.seq,
        digest=entry.digest,
        type=str(verified.document["type"]),
        about=_about(entry),
        subject=subject,
        body=verified.body,
        at=desk.now,
    )
    _, nodes = tree_of(desk, entry.assembly, size=entry.seq).append(verified.body)
    records.keep_nodes(desk.connection, entry.assembly, nodes)
    match entry.fact:
        case record.KeyEvent():
            key = keys_at(desk, entry.assembly, entry.seq + 1).current
            if key is not None:
                records.replace_key(desk.connection, entry.assembly, key=key)
        case record.Address(address=address):
            records.move(desk.connection, entry.assembly, address=address)
        case _:
            pass


def tree_of(desk: Desk, assembly: str, *, size: int) -> log.Tree:
    """Return the Merkle tree over the first ``size`` entries of a record."""
    return log.Tree(size, functools.partial(records.node, desk.connection, assembly))


def is_sound(desk: Desk, known: records.Known) -> bool:
    """Whether the tree kept for a record is the one that its entries make."""
    if known.size == 0:
        return True
    nodes = log.MemoryNodes()
    tree = log.Tree(0, nodes)
    for row in records.entries(desk.connection, known.id):
        tree, made = tree.append(bytes(row["body"]))
        nodes.keep(made)
    try:
        return tree.root() == tree_of(desk, known.id, size=known.size).root()
    except LookupError:
        return False


def keep_false_checkpoint(
    desk: Desk, known: records.Known, note: log.SignedNote
) -> bool:
    """Keep a checkpoint that its own assembly's record contradicts, as evidence.

    Beside it stands the newest entry held; say whether the evidence is new.
    """
    head = records.entry(desk.connection, known.head)
    assert head is not None
    data = log.write_note(note)
    return records.keep_contradiction(
        desk.connection,
        known.id,
        a=head["digest"],
        b=canonical.digest_of(data),
        document_a=bytes(head["body"]).decode(),
        document_b=canonical.canonical({"checkpoint": data.decode()}).decode(),
        at=desk.now,
    )


def keys_at(desk: Desk, assembly: str, seq: int) -> Keys:
    """Return which keys may sign at a place of a record held here."""
    keys = Keys()
    for row in records.entries(
        desk.connection, assembly, end=seq, types=("Founding", "KeyEvent")
    ):
        keys = keys.after(read(desk, row).fact)
    return keys


def read(desk: Desk, row: object) -> Entry:
    """Read an entry that is held here; its own signature was checked on filing."""
    return read_held(row, desk).entry


def read_held(row: object, desk: Desk) -> Verified:
    body = bytes(row["body"])  # type: ignore[index]
    return verification.read_signed_entry(canonical.read(body), body)


def keep_texts(desk: Desk, texts: object) -> None:
    """Keep texts that came beside an entry, each only if it opens its commitment."""
    if not isinstance(texts, list):
        return
    for item in texts[:256]:
        opening = _opening(item)
        if opening is not None:
            commitment, salt, text, lang = opening
            events.keep_opening(
                desk.connection,
                Commit(commitment),
                salt=salt,
                text=text,
                lang=lang,
                public=True,
            )


def text_documents(desk: Desk, document: JsonObject) -> list[JsonObject]:
    """Return what opens the commitments in a document, public texts only."""
    return [
        {
            "commit": row["commitment"],
            "salt": bytes(row["salt"]).hex(),
            "text": row["text"],
            "lang": row["lang"],
        }
        for row in events.openings(desk.connection, commitments_in(document))
    ]


def commitments_in(value: object) -> set[str]:
    """Return every digest that stands anywhere in a JSON value."""
    match value:
        case str():
            return {value} if canonical.is_digest(value) else set()
        case dict():
            return set().union(*map(commitments_in, value.values()))
        case list():
            return set().union(*map(commitments_in, value))
        case _:
            return set()


def signers(
    desk: Desk, known: records.Known, entry: Entry, given: Collection[Multikey] = ()
) -> frozenset[Multikey]:
    """Say which keys may have signed an entry of a record that is kept here.

    ``given`` are those that a compact gave in this place.
    """
    if entry.seq == 0:
        # The key was named to us together with the assembly, and by the founding.
        return Keys().signers(entry.fact) & {known.key}
    if isinstance(entry.fact, record.KeyEvent) or records.holds_any(
        desk.connection, known.id, "KeyEvent"
    ):
        return keys_at(desk, known.id, entry.seq).signers(entry.fact, given)
    return frozenset({known.key})


def given_to(desk: Desk, entry: Entry) -> Mapping[Multikey, Digest]:
    """Return the keys that a compact gave to an assembly in the place of an entry."""
    return given_keys.after(desk.connection, entry.assembly, entry.prev)


def _opening(item: object) -> tuple[str, bytes, str, str] | None:
    match item:
        case {
            "commit": str(commitment),
            "salt": str(salt_hex),
            "text": str(text),
            "lang": str(lang),
        } if len(text) <= MOST_TEXT and len(lang) <= 35 and len(salt_hex) == 32:
            try:
                salt = bytes.fromhex(salt_hex)
            except ValueError:
                return None
            if canonical.commit(salt, text) != commitment:
                return None
            return commitment, salt, text, lang
        case _:
            return None


def _about(entry: Entry) -> str | None:
    match entry.fact:
        case (
            record.Filed(proposal=about)
            | record.Witness(proposal=about)
            | record.Attestation(proposal=about)
            | record.Withdrawal(proposal=about)
            | record.SharedAccount(shares=about)
            | record.Membership(compact=about)
            | record.Proposal(compact=about)
            | record.Recall(mandate=about)
            | record.ReportBack(mandate=about)
            | record.Ratification(result_hash=about)
            | record.TextObjection(on=about)
            | record.ObjectionTest(objection=about)
        ):
            return about
        case record.CommonText(version=record.TextVersion(shares=issue)):
            return issue
        case record.Decision(on=on):
            return on
        case (
            record.Action(proposal=None, follows=about)
            | record.Ask(proposal=None, follows=about)
        ):
            return about
        case record.Action(proposal=about) | record.Ask(proposal=about):
            return about
        case record.Answer(ask=about) | record.Judgement(ask=about):
            return about
        case record.MinorityReport(proposal=None, on=about):
            return about
        case record.MinorityReport(proposal=about) | record.Withholding(report=about):
            return about
        case record.Mandate(compact=compact) | record.Election(compact=compact):
            return compact
        case record.Equivocation(of=of):
            return of
        case _:
            return None


def _keep_contradiction(
    desk: Desk, verified: Verified, digest: str, body: bytes
) -> None:
    records.keep_contradiction(
        desk.connection,
        verified.entry.assembly,
        a=digest,
        b=verified.entry.digest,
        document_a=bytes(body).decode(),
        document_b=verified.body.decode(),
        at=desk.now,
    )
