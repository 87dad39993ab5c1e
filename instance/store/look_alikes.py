"""Words of issues are looked for in an index that is in memory, and in no file.

What was erased is gone with the next look, and there is no second place to erase it
from. See docs/decisions/0096.
"""

import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

MOST_CANDIDATES: Final = 30
MOST_STEMS: Final = 120

_ISSUES: Final = """
    with commit_of as (
        select digest, assembly, received_at,
               json_extract(cast(body as text), '$.title') as title,
               json_extract(cast(body as text), '$.what') as what,
               json_extract(cast(body as text), '$.why') as why,
               json_extract(cast(body as text), '$.place') as place,
               json_extract(cast(body as text), '$.theme') as theme
          from entry where type = 'Issue'),
    account as (
        select about as issue, json_extract(cast(body as text), '$.account') as said
          from entry as given
         where type = 'SharedAccount'
           and not exists (
               select 1 from entry as back
                where back.type = 'SharedAccount' and back.about = given.about
                  and back.assembly = given.assembly and back.seq > given.seq))
    select commit_of.digest, assembly, coalesce(theme, '') as theme,
           coalesce(title.text, '') as title, coalesce(what.text, '') as what,
           coalesce(why.text, '') as why, coalesce(place.text, '') as place,
           coalesce(
               (select group_concat(wording.text, ' ')
                  from account join wording on wording.commitment = account.said
                 where account.issue = commit_of.digest and wording.public = 1),
               '') as accounts
      from commit_of
      left join wording as title
             on title.commitment = commit_of.title and title.public = 1
      left join wording as what
             on what.commitment = commit_of.what and what.public = 1
      left join wording as why
             on why.commitment = commit_of.why and why.public = 1
      left join wording as place
             on place.commitment = commit_of.place and place.public = 1
     order by received_at, commit_of.digest
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An issue of any record held here, in the words that everybody may read."""

    digest: str
    assembly: str
    title: str
    what: str
    why: str
    accounts: str
    theme: str
    place: str

    @property
    def words(self) -> str:
        return f"{self.what} {self.why} {self.accounts}"


class Index:
    """The words of all issues as they were at one moment; a full-text search in memory.

    Two may look at once: a search takes its turn.
    """

    def __init__(self, mark: tuple[int, ...], issues: Iterable[Issue]) -> None:
        self.mark = mark
        self.issues = {each.digest: each for each in issues}
        self._turn = threading.Lock()
        self._memory = sqlite3.connect(":memory:", check_same_thread=False)
        self._memory.execute(
            """
            create virtual table issue using fts5 (
                digest unindexed, title, words, theme, place,
                tokenize = "unicode61 remove_diacritics 2")
            """
        )
        self._memory.executemany(
            "insert into issue values (:digest, :title, :words, :theme, :place)",
            [
                {
                    "digest": each.digest,
                    "title": each.title,
                    "words": each.words,
                    "theme": each.theme,
                    "place": each.place,
                }
                for each in self.issues.values()
            ],
        )

    def find(self, stems: Iterable[str]) -> list[str]:
        """Return the issues with words that begin like this, the best match first."""
        query = " OR ".join(f'"{each}"*' for each in _quoted(stems))
        if not query:
            return []
        with self._turn:
            rows = self._memory.execute(
                """
                select digest from issue where issue match :query
                 order by bm25(issue, 0.0, 4.0, 1.0, 2.0, 2.0), digest limit :most
                """,
                {"query": query, "most": MOST_CANDIDATES},
            ).fetchall()
        return [digest for (digest,) in rows]


def current(connection: sqlite3.Connection, held: Index | None) -> Index:
    """Return an index of what is held now: the one held before if nothing changed."""
    mark = tuple(
        connection.execute(
            """
            select (select count(*) from entry
                     where type in ('Issue', 'SharedAccount')),
                   (select count(*) from wording where public = 1),
                   (select count(*) from erasure)
            """
        ).fetchone()
    )
    if held is not None and held.mark == mark:
        return held
    return Index(mark, (Issue(**dict(row)) for row in connection.execute(_ISSUES)))


def _quoted(stems: Iterable[str]) -> list[str]:
    """Write words so that the search takes each for a word, whatever stands in it."""
    return [each.replace('"', '""') for each in sorted(set(stems)) if each][:MOST_STEMS]
