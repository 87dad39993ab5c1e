"""A straw poll asks how people feel. It is no ballot, binds nobody, and says so.

Whoever can read it may answer, once, from the server where they are. The numbers go
into no tally: what the assembly decides is decided by ballots, and nowhere else.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from markupsafe import Markup

from activitypub import canonical, documents
from confederation.errors import ByNumber, Invalid
from instance import speech
from instance.desk import Desk
from instance.fediverse import markup, sentiment
from instance.languages import N_, phrased, translated
from instance.store import polls, posts
from instance.store.polls import Choose

KIND: Final = "Poll"
MOST_OPTIONS: Final = documents.MOST_OPTIONS
MOST_IN_OPTION: Final = 100
LONGEST: Final = timedelta(days=90)
PAUSE: Final = 180
"""Seconds between two times that a poll's numbers are told (W15)."""
WITHOUT_POLLS: Final = frozenset({"lemmy"})
"""Group-aware software that refuses a poll: it is told of one by a note."""
JOINER: Final = "\N{ZERO WIDTH JOINER}"
NO_VOTE: Final = N_("This is a straw poll: it shows a mood, and is nobody's vote.")


def ask(
    desk: Desk,
    question: str,
    options: Iterable[str],
    *,
    choose: Choose,
    ends_at: datetime,
    kind: str = KIND,
    about: str | None = None,
    event: str | None = None,
    says: str = NO_VOTE,
) -> str:
    """Ask a straw poll of everybody who follows us; return its id.

    Args:
        desk: with the transaction.
        question: in plain words.
        options: 2 to 20, no two of which look the same.
        choose: one of them, or any number.
        ends_at: until when it may be answered.
        kind: what it is to our members.
        about: what it belongs to, if to anything.
        event: the id of the meeting that it asks about, if it asks who comes; then
            its options are those of `attendance.IN_A_POLL`.
        says: what it is and is not.

    Raises:
        Invalid: no poll could be asked like this.
    """
    names = [" ".join(each.split()) for each in options]
    _check(names, ends_at=ends_at, now=desk.now)
    html = markup.paragraphs(question) + Markup("<p><em>{}</em></p>").format(
        translated(says)
    )
    post = speech.a_post(desk, html=str(html))
    if about is None:
        name = post.id.rpartition("/")[2]
        post = replace(post, url=speech.address(desk, f"polls/{name}"))
    document = documents.question(
        post,
        documents.Poll(
            options=tuple((name, 0) for name in names),
            choose=choose,
            voters=0,
            ends_at=ends_at,
        ),
    )
    id = speech.publish(
        desk,
        document,
        by=speech.clerk_path(desk),
        kind=kind,
        about=about,
        groups=speech.GROUP_AWARE - WITHOUT_POLLS,
    )
    polls.begin(
        desk.connection,
        object=id,
        options=names,
        choose=choose,
        ends_at=int(ends_at.timestamp()),
        event=event,
    )
    polls.told(desk.connection, id, at=desk.seconds)
    if about is None:
        _tell_of(desk, post, html, names)
    return id


def tell(desk: Desk) -> None:
    """Tell how polls stand: every three minutes at most, and at their end (W15)."""
    for poll in polls.due(desk.connection, now=desk.seconds, pause=PAUSE):
        if desk.seconds >= poll.ends_at:
            polls.close(desk.connection, poll.object, at=poll.ends_at)
        row = posts.object_of(desk.connection, poll.object)
        assert row is not None
        document = sentiment.live(desk, canonical.read(row["body"].encode()))
        speech.revise(desk, document, groups=speech.GROUP_AWARE - WITHOUT_POLLS)
        polls.told(desk.connection, poll.object, at=desk.seconds)


def end(desk: Desk, about: str, *, kind: str) -> None:
    """End a poll before its time, because nothing is left to ask; it is told next."""
    row = posts.object_about(desk.connection, about, kind=kind)
    if row is not None:
        polls.end(desk.connection, row["id"], at=desk.seconds)


def anything_to_tell(desk: Desk) -> bool:
    return bool(polls.due(desk.connection, now=desk.seconds, pause=PAUSE))


def _tell_of(
    desk: Desk, poll: documents.Post, html: Markup, names: Iterable[str]
) -> None:
    """Tell those of a poll who cannot read one."""
    options = Markup("").join(Markup("<li>{}</li>").format(name) for name in names)
    link = Markup('<p><a href="{}">{}</a></p>').format(
        poll.url, phrased("Answer it there")
    )
    told = html + Markup("<ul>{}</ul>").format(options) + link
    note = replace(speech.a_post(desk, html=str(told)), url=poll.url)
    speech.publish_for(
        desk,
        documents.note(note, name=phrased("A straw poll")),
        by=speech.clerk_path(desk),
        groups=WITHOUT_POLLS,
    )


def _check(names: list[str], *, ends_at: datetime, now: datetime) -> None:
    if not 2 <= len(names) <= MOST_OPTIONS:
        raise Invalid(
            ByNumber(
                "A poll has 2 to {most} option.",
                "A poll has 2 to {most} options.",
            ),
            most=MOST_OPTIONS,
        )
    if not all(1 <= len(name) <= MOST_IN_OPTION for name in names):
        raise Invalid(
            ByNumber(
                "An option has 1 to {most} character.",
                "An option has 1 to {most} characters.",
            ),
            most=MOST_IN_OPTION,
        )
    if any(_has_unseen(name) for name in names):
        raise Invalid("An option holds characters that nobody can see.")
    if len({polls.folded(name) for name in names}) < len(names):
        raise Invalid("Two of the options look the same.")
    if ends_at <= now:
        raise Invalid("A poll ends at a time to come.")
    if ends_at > now + LONGEST:
        raise Invalid(
            ByNumber(
                "A poll lasts {days} day at most.",
                "A poll lasts {days} days at most.",
            ),
            days=LONGEST.days,
        )


def _has_unseen(name: str) -> bool:
    """Whether a name holds what is not shown, or turns what stands beside it (S43).

    The joiner alone may stay: it makes one picture out of several, and joins letters.
    """
    return any(
        unicodedata.category(letter) in {"Cc", "Cf", "Co", "Cs"} and letter != JOINER
        for letter in name
    )
