"""How a meeting is announced in further languages, for paper with several of them."""

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidIn:
    """``checked`` says that a speaker of the language has read it."""

    lang: str
    title: str
    question: str
    checked: bool


def keep(connection: sqlite3.Connection, session: str, words: SaidIn) -> None:
    """Keep the words of one language in place of those before."""
    connection.execute(
        """
        insert into said_in (session, lang, title, question, checked)
        values (:session, :lang, :title, :question, :checked)
            on conflict (session, lang) do update
            set title = excluded.title, question = excluded.question,
                checked = excluded.checked
        """,
        {
            "session": session,
            "lang": words.lang,
            "title": words.title,
            "question": words.question,
            "checked": int(words.checked),
        },
    )


def forget(connection: sqlite3.Connection, session: str, lang: str) -> None:
    connection.execute(
        "delete from said_in where session = :session and lang = :lang",
        {"session": session, "lang": lang},
    )


def of_session(connection: sqlite3.Connection, session: str) -> dict[str, SaidIn]:
    """Return the words of a session by their language."""
    return {
        row["lang"]: SaidIn(
            lang=row["lang"],
            title=row["title"],
            question=row["question"],
            checked=bool(row["checked"]),
        )
        for row in connection.execute(
            "select lang, title, question, checked from said_in"
            " where session = :session order by lang",
            {"session": session},
        )
    }
