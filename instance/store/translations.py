"""Translations beside a text; they stand in no record, and only the text counts."""

import sqlite3
from collections.abc import Iterable

import msgspec


def keep(
    connection: sqlite3.Connection,
    of: str,
    *,
    lang: str,
    words: str,
    machine: bool,
    at: int,
) -> None:
    """Keep a translation in place of the one before into the same language."""
    connection.execute(
        """
        insert into translation (of, lang, words, machine, written_at)
        values (:of, :lang, :words, :machine, :at)
            on conflict (of, lang) do update
            set words = excluded.words, machine = excluded.machine,
                written_at = excluded.written_at
        """,
        {"of": of, "lang": lang, "words": words, "machine": int(machine), "at": at},
    )


def used(connection: sqlite3.Connection) -> list[str]:
    """Return the languages that there are texts or translations in."""
    rows = connection.execute(
        "select lang from wording union select lang from translation"
    )
    return [str(row["lang"]) for row in rows]


def forget(connection: sqlite3.Connection, of: str, *, lang: str) -> None:
    connection.execute(
        "delete from translation where of = :of and lang = :lang",
        {"of": of, "lang": lang},
    )


def of(connection: sqlite3.Connection, texts: Iterable[str]) -> list[sqlite3.Row]:
    """Return the translations of texts, by their commitments, sorted by language."""
    return connection.execute(
        """
        select * from translation
         where of in (select value from json_each(:texts)) order by lang, of
        """,
        {"texts": msgspec.json.encode(sorted(set(texts))).decode()},
    ).fetchall()


def public(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """Return the translations of all texts that everybody may read."""
    return connection.execute(
        """
        select t.* from translation t join wording w on w.commitment = t.of
         where w.public = 1 order by t.of, t.lang
        """
    ).fetchall()
