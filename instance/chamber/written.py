"""What is filed, and a result, as everybody writes it."""

from activitypub import canonical
from activitypub.canonical import JsonObject
from confederation import record
from confederation.identifiers import Digest
from instance import verification, vocabulary


def body_of(fact: record.Fact) -> JsonObject:
    """Return the body of an entry that says a fact."""
    written = vocabulary.wire(fact)
    if isinstance(fact, record.Attestation):
        written["result"] = verification.result_document(fact.result)
    return written


def result_digest(result: record.Result) -> Digest:
    """Return the digest of a result, as everybody writes it."""
    return Digest(canonical.digest(verification.result_document(result)))
