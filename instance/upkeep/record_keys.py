"""The key that signs the record is replaced by an entry, and nothing before is unmade.

The next key was committed to beforehand. Where both are lost, this node makes another
one, and signs nothing until those whom the assembly decides with have given it its
place. See docs/how-to/end-or-go-on.md.
"""

import secrets
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from activitypub import proofs
from activitypub.canonical import JsonObject, JsonValue
from confederation.confederal.history import key_digest
from confederation.errors import Refused
from confederation.identifiers import AssemblyId, Digest, Multikey
from confederation.record import Entry
from instance import archive, clerk, vocabulary
from instance.desk import Desk
from instance.store import given_keys, posts, records
from instance.upkeep import keys, rotating


def replace(desk: Desk) -> Entry:
    """Let the key that was committed to take over, and commit to another.

    It signs for itself where this node has the old one no longer.

    Raises:
        Refused: the assembly is not founded, the pen is not here, or the next key that
            this node has is not the one that was committed to.
    """
    ours = records.ours(desk.connection)
    following = _own(desk, keys.NEXT_RECORD_KEY)
    if ours is None:
        raise Refused("An assembly has a record key from its founding on.")
    if following is None:
        raise Refused("This node does not have the next record key.")
    committed = archive.keys_at(desk, ours.id, ours.size).committed
    if committed not in (None, key_digest(_public(following))):
        raise Refused("The next key that this node has was not committed to.")
    own = None if clerk.holds_key(desk) else following
    return _take_over(desk, ours.id, following, decided=None, own=own)


def begin_again(desk: Desk) -> JsonObject:
    """Make a new record key where the old one is lost; asking again gives the same.

    Returns the new key's signed consent, for a fellow member to propose it with.

    Raises:
        Refused: the assembly is not founded, or its key is here after all.
    """
    ours = records.ours(desk.connection)
    if ours is None:
        raise Refused("An assembly has a record key from its founding on.")
    current = _own(desk, keys.RECORD_KEY)
    if current is not None and _public(current) == ours.key:
        raise Refused(
            "The record key is not lost: this node has it. To replace it, use the "
            "key that was committed to."
        )
    if current is None:
        for name in (keys.RECORD_KEY, keys.NEXT_RECORD_KEY):
            secret = proofs.new_key().private_bytes_raw()
            keys.keep(desk.connection, desk.vault, name, secret)
        current = _own(desk, keys.RECORD_KEY)
        assert current is not None
    return consent(desk, ours.id, current)


def make_anew(desk: Desk, fresh: Mapping[str, RSAPrivateKey]) -> None:
    """Make anew every key that does not open any longer: the node's secret was lost.

    People sign in again, and delegates whose key was here need a new mandate.

    Args:
        desk: of this node, with another secret.
        fresh: a new key for each path of an actor.
    """
    keys.drop_shut(desk.connection, desk.vault)
    if keys.kept(desk.connection, desk.vault, keys.COOKIE_KEY) is None:
        cookie = secrets.token_bytes(32)
        keys.keep(desk.connection, desk.vault, keys.COOKIE_KEY, cookie)
    for path in fresh:
        actor = posts.actor(desk.connection, path)
        if actor is None or actor.ed25519 is None:
            continue
        own = proofs.new_key()
        posts.replace_ed25519(
            desk.connection,
            path,
            ed25519=desk.vault.seal_ed25519(path, own),
            public_ed25519=_public(own),
        )
    rotating.rotate(desk, fresh)


def take_over(desk: Desk) -> bool:
    """Put our new key in force, if it was given to us; whether it was done now."""
    ours = records.ours(desk.connection)
    if ours is None or not desk.pen or clerk.holds_key(desk):
        return False
    given = given_keys.after(desk.connection, ours.id, ours.head)
    fresh = _own(desk, keys.RECORD_KEY)
    decided = None if fresh is None else given.get(_public(fresh))
    if fresh is None or decided is None:
        return False
    _take_over(desk, ours.id, fresh, decided=decided, own=fresh)
    return True


def consent(desk: Desk, assembly: AssemblyId, key: Ed25519PrivateKey) -> JsonObject:
    """Sign, with a new key, that it becomes the record key of an assembly."""
    return proofs.sign(
        {
            "@context": list[JsonValue](vocabulary.RECORD_CONTEXT),
            "type": "KeyConsent",
            "assembly": assembly,
            "key": _public(key),
        },
        key,
        verification_method=proofs.key_id(key.public_key()),
        created=desk.now,
    )


def _take_over(
    desk: Desk,
    assembly: AssemblyId,
    fresh: Ed25519PrivateKey,
    *,
    decided: Digest | None,
    own: Ed25519PrivateKey | None,
) -> Entry:
    following = proofs.new_key()
    body: JsonObject = {
        "op": "add",
        "key": _public(fresh),
        "nextKeyDigest": key_digest(_public(following)),
        "decided": decided,
        "consent": consent(desk, assembly, fresh),
    }
    entry = clerk.publish(desk, "KeyEvent", body, own=own)
    for name, key in ((keys.RECORD_KEY, fresh), (keys.NEXT_RECORD_KEY, following)):
        keys.keep(desk.connection, desk.vault, name, key.private_bytes_raw())
    return entry


def _own(desk: Desk, name: str) -> Ed25519PrivateKey | None:
    return keys.ed25519_key(desk.connection, desk.vault, name)


def _public(key: Ed25519PrivateKey) -> Multikey:
    return Multikey(proofs.multikey(key.public_key()))
