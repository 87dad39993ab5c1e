"""The clerk carries out and signs what was decided, and decides nothing.

An act becomes an entry when it is confirmed and the pen is held: then it gets its
place, its signature and its post, and is sent to the fellow members.
"""

from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from activitypub import canonical, log, proofs
from activitypub.canonical import JsonObject
from confederation import record
from confederation.errors import NotEntitled, Phrase, Refused, Unknown
from confederation.identifiers import AssemblyId, Digest, Multikey
from confederation.record import Entry
from instance import archive, speech, verification, vocabulary
from instance.desk import Desk
from instance.matters import openings
from instance.store import acts, checkpoints, damages, events, records
from instance.store.acts import Act
from instance.upkeep import keys

CONFIRMED: Final = frozenset(
    {
        "Founding",
        "Rulebook",
        "Electorate",
        "Decision",
        "RemitDecision",
        "Election",
        "Mandate",
        "Recall",
        "Succession",
    }
)
TELLERS_NEEDED: Final = 2


def prepare(
    desk: Desk,
    fact: record.Fact,
    *,
    subject: str,
    extra: JsonObject | None = None,
) -> Act:
    """Put a fact of our assembly in line to be published.

    The same kind of act for the same subject is prepared once. ``extra`` adds what
    only the wire carries, such as the signed document that a filing embeds.
    """
    kind = type(fact).__name__
    body = {**vocabulary.wire(fact), **(extra or {})}
    number = acts.prepare(
        desk.connection,
        type=kind,
        subject=subject,
        body=body,
        fingerprint=vocabulary.fingerprint(kind, body),
        needs=TELLERS_NEEDED if kind in CONFIRMED else 0,
        at=desk.now,
    )
    act = acts.act(desk.connection, number)
    assert act is not None
    return act


def act(desk: Desk, number: int) -> Act:
    """Return an act by its number.

    Raises:
        Unknown: there is no such act.
    """
    found = acts.act(desk.connection, number)
    if found is None:
        raise Unknown("There is nothing here to confirm.")
    return found


def confirmed_by(desk: Desk, act: Act, document: JsonObject) -> Multikey:
    """Return the key that confirms just this act. Whose it is, the domain judges.

    Raises:
        NotEntitled: it is not a valid signature over this very act.
    """
    key = verification.confirmer(
        document, of=act.fingerprint, assembly=_confirmed_for(desk, act)
    )
    if key is None:
        raise NotEntitled("This is not a valid signature over what is to be confirmed.")
    return key


def confirm(desk: Desk, act: Act, key: Multikey, document: JsonObject) -> Act:
    """Keep a confirmation with its act; the same key again changes nothing."""
    held = {verification.key_named_by(item): item for item in act.confirmations}
    if act.entry is None and key not in held:
        held[key] = document
        acts.confirm(desk.connection, act.id, [held[key] for key in sorted(held)])
    changed = acts.act(desk.connection, act.id)
    assert changed is not None
    return changed


def to_confirm(desk: Desk, act: Act) -> JsonObject:
    """Return the document that a teller signs to confirm an act."""
    return verification.confirmation(
        act.fingerprint, assembly=_confirmed_for(desk, act)
    )


def publish_ready(desk: Desk) -> list[Entry]:
    """Publish, in order, every act that is confirmed; nothing without the pen.

    Before the founding is confirmed nothing else has a place to stand in.
    """
    ready = [act for act in acts.waiting(desk.connection) if act.ready]
    if not ready or why_not(desk) or not holds_key(desk):
        return []
    if records.ours(desk.connection) is None and ready[0].type != "Founding":
        return []
    return [
        publish(desk, act.type, act.body, subject=act.subject, act=act) for act in ready
    ]


def holds_key(desk: Desk) -> bool:
    """Whether this node has the record key that is in force; so it is before founding.

    A node whose key was lost made another one, and waits for it to be given.
    """
    ours = records.ours(desk.connection)
    signing = keys.ed25519_key(desk.connection, desk.vault, keys.RECORD_KEY)
    return ours is None or (
        signing is not None and proofs.multikey(signing.public_key()) == ours.key
    )


def why_not(desk: Desk) -> str | None:
    """Say why nothing can be signed here just now; None if it can."""
    if desk.clock_is_off:
        return Phrase(
            "The clock of this machine jumped, or is far from those of the fellow "
            "members; it signs nothing until they agree again."
        )
    if not desk.pen:
        return Phrase(
            "This node is still asking its fellow members for its newest entry; "
            "it signs nothing until they have answered."
        )
    ours = records.ours(desk.connection)
    if ours is not None and damages.unmended(desk.connection, ours.id):
        return Phrase(
            "An entry of our own record is damaged on this disk; nothing is signed "
            "until it is mended from a fellow member's copy."
        )
    return None


def publish(
    desk: Desk,
    kind: str,
    body: JsonObject,
    *,
    subject: str | None = None,
    act: Act | None = None,
    own: Ed25519PrivateKey | None = None,
) -> Entry:
    """Give a body its place and signature, append it, and send it on its way.

    ``own`` is a new record key that signs the event by which it takes over.

    Raises:
        Refused: this process does not hold the pen, or the assembly is not founded; or
            the key of this node is not the one in force.
    """
    reason = why_not(desk)
    if reason is not None:
        raise Refused(reason)
    ours = records.ours(desk.connection)
    if (ours is None) != (kind == "Founding"):
        raise Refused("An assembly is founded once, before anything else.")
    signing = own or keys.ed25519_key(desk.connection, desk.vault, keys.RECORD_KEY)
    if signing is None:
        raise Refused("This node has no record key.")
    key = Multikey(proofs.multikey(signing.public_key()))
    seq = 0 if ours is None else ours.size
    document: JsonObject = {
        "@context": list(vocabulary.RECORD_CONTEXT),
        "id": f"{desk.config.group}/r/{seq}",
        "type": kind,
        "v": vocabulary.SCHEMA_VERSION,
        "attributedTo": desk.config.group,
        "seq": seq,
        "prev": None if ours is None else ours.head,
        "rulebook": _rulebook(desk, ours),
        "published": canonical.write_time(desk.now),
        **body,
    }
    if ours is not None:
        document["assembly"] = ours.id
    if kind in CONFIRMED:
        document["confirmations"] = list(act.confirmations) if act else []
    signed = proofs.sign(
        document, signing, verification_method=f"#{key}", created=desk.now
    )
    verified = verification.read_entry(signed, key=key)
    if isinstance(verified.entry.fact, record.Unread):
        raise Refused("The entry could not be read back; it was not published.")
    if ours is not None and key not in archive.signers(
        desk, ours, verified.entry, archive.given_to(desk, verified.entry)
    ):
        raise Refused(
            "The record key in force is not the one that this node has. If it is lost, "
            "those whom we decide with give our new one its place."
        )
    if ours is None:
        records.keep_assembly(
            desk.connection,
            verified.entry.assembly,
            address=desk.config.group,
            key=key,
            ours=True,
        )
    archive.append(desk, verified, subject=subject)
    if act is not None:
        acts.published(desk.connection, act.id, entry=verified.entry.digest)
    events.release(desk.connection, openings.commitments_in(signed))
    speech.say_entry(desk, verified)
    speech.tell_fellows(desk, verified.document)
    return verified.entry


def published(desk: Desk, kind: str, subject: str) -> Digest | None:
    """Return the digest under which an act of ours stands in the record, or None."""
    act = acts.of_subject(desk.connection, kind, subject)
    return None if act is None or act.entry is None else Digest(act.entry)


def checkpoint(desk: Desk, assembly: str) -> bytes | None:
    """Return the newest checkpoint of a record with all that was cosigned under it.

    Our own is signed here and now; with the pen, ours and others' carry our
    cosignature at this moment. None where no checkpoint is held.
    """
    known = records.assembly(desk.connection, assembly)
    signing = keys.ed25519_key(desk.connection, desk.vault, keys.RECORD_KEY)
    if known is None or known.size == 0 or signing is None:
        return None
    if known.ours:
        if not desk.pen or not holds_key(desk):
            return None
        origin = speech.log_origin(known.address)
        root = archive.tree_of(desk, known.id, size=known.size).root()
        point = log.Checkpoint(origin=origin, size=known.size, root=root)
        note, size = log.sign_note(log.note_body(point), origin, signing), known.size
    else:
        row = checkpoints.of(desk.connection, assembly)
        if row is None:
            return None
        note, size = log.read_note(row["note"]), row["size"]
    for line in checkpoints.cosignatures(desk.connection, assembly, size=size):
        note = note.with_signature(line)
    if desk.pen:
        name = speech.log_origin(desk.config.group)
        note = note.with_signature(
            log.cosign(note.body, name, signing, at=desk.seconds)
        )
    return log.write_note(note)


def _confirmed_for(desk: Desk, act: Act) -> AssemblyId | None:
    if act.type == "Founding":
        return None
    ours = records.ours(desk.connection)
    return None if ours is None else ours.id


def _rulebook(desk: Desk, ours: records.Known | None) -> Digest | None:
    if ours is None:
        return None
    rows = records.entries(desk.connection, ours.id, types=("Rulebook",))
    return Digest(rows[-1]["digest"]) if rows else None
