"""A collection is served whole or page by page, and says how much there is."""

from collections.abc import Iterable

from activitypub.canonical import JsonObject, JsonValue
from activitypub.documents.envelope import AS2, given


def collection(
    id: str, *, total: int, first: str | None = None, last: str | None = None
) -> JsonObject:
    """Write a collection by its size and, if it may be read, its pages.

    ``followers`` has no pages: who follows is nobody else's business (W13).
    """
    return {
        "@context": [AS2],
        "id": id,
        "type": "OrderedCollection",
        "totalItems": total,
        **given(first=first, last=last),
    }


def page(
    id: str,
    *,
    of: str,
    items: Iterable[JsonValue],
    next: str | None = None,
    previous: str | None = None,
) -> JsonObject:
    """Write one page of a collection, newest first; ``next`` leads to older ones."""
    return {
        "@context": [AS2],
        "id": id,
        "type": "OrderedCollectionPage",
        "partOf": of,
        "orderedItems": list(items),
        **given(next=next, prev=previous),
    }
