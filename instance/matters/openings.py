"""A text travels beside the entry that commits to it, and is kept if it opens that."""

import re
from collections.abc import Iterable
from typing import Final

from activitypub import canonical
from activitypub.canonical import JsonObject
from confederation.identifiers import Commit
from instance.desk import Desk
from instance.store import events

MOST_TEXT: Final = 20_000

_DIGEST_IN_BODY: Final = re.compile(rb'"(sha256:[0-9a-f]{64})"')


def keep(desk: Desk, texts: object) -> None:
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


def documents(desk: Desk, document: JsonObject) -> list[JsonObject]:
    """Return what opens the commitments in a document, public texts only."""
    return of(desk, commitments_in(document))


def of(desk: Desk, commitments: Iterable[str]) -> list[JsonObject]:
    """Return what opens these commitments, public texts only."""
    return [
        {
            "commit": row["commitment"],
            "salt": bytes(row["salt"]).hex(),
            "text": row["text"],
            "lang": row["lang"],
        }
        for row in events.openings(desk.connection, commitments)
    ]


def commitments_of(bodies: Iterable[bytes]) -> set[str]:
    """Return every digest that stands as a string in documents in canonical form."""
    return {
        found.decode() for body in bodies for found in _DIGEST_IN_BODY.findall(body)
    }


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
