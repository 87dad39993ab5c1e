"""The keys of requests are replaced by the node that holds them, all at one time.

Others find the new ones in the actors' own documents, which they ask for when a
signature does not hold; from then on they believe the old ones no more. The keys of
proofs and of the record are others and stay as they are.
"""

from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from instance import speech
from instance.desk import Desk
from instance.store import posts


def rotate(desk: Desk, fresh: Mapping[str, RSAPrivateKey]) -> None:
    """Give actors new keys for their requests, and tell their followers.

    Args:
        desk: of this node, serving or not.
        fresh: a new key for each path of an actor.

    See federation.md §3.5.
    """
    for path, key in fresh.items():
        posts.replace_rsa(desk.connection, path, desk.vault.seal_rsa(path, key))
        speech.tell_of(desk, path)
