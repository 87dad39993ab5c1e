"""A story is told as widely as whoever lived it says, and taken back everywhere."""

from markupsafe import Markup

from confederation.identifiers import Commit, MemberId
from confederation.matters import story
from instance import node, speech
from instance.desk import Desk
from instance.fediverse import deleting, markup
from instance.languages import phrased
from instance.store import events, tellings


def act(desk: Desk, id: str, command: story.Command) -> None:
    """Carry out a command on a story, and tell of it or take it back.

    Raises:
        Refused: it cannot be so; nothing was changed.
    """
    stream = f"story:{id}"
    was_public = node.exists(desk, stream) and node.load(desk, stream).public
    happened = node.perform(desk, stream, command)
    state: story.State = node.load(desk, stream)
    if state.public and not was_public:
        _tell(desk, stream, state)
    if happened and not state.stands:
        _forget(desk, stream, state)


def forget(desk: Desk, member: MemberId) -> None:
    """Take back what a member who leaves has told of themselves.

    What they wrote down for somebody else is that person's, and stays.
    """
    for id, state in node.load_all(desk, "story").items():
        told = state.told
        if state.stands and told.by == member and not told.heard_from_another:
            act(desk, id, story.TakeBackStory(by=member, at=desk.now))


def words_of(state: story.State) -> list[Commit]:
    """Return all words that a story is made of."""
    assert state.told is not None
    told = state.told
    return [each for each in (told.title, told.words, told.name) if each is not None]


def _tell(desk: Desk, stream: str, state: story.State) -> None:
    told = state.told
    assert told is not None
    events.release(desk.connection, words_of(state))
    title = events.wording(desk.connection, told.title) or ""
    words = events.wording(desk.connection, told.words) or ""
    name = events.wording(desk.connection, told.name)
    html = Markup("<p><strong>{}</strong></p>{}").format(
        title, markup.paragraphs(words)
    )
    html += Markup("<p>{}</p>").format(
        phrased("{name} told this.", name=name)
        if name
        else phrased("Told by somebody who lived it.")
    )
    page = f"/{stream.replace('story:', 'stories/')}"
    post = speech.say(desk, html=str(html), title=title, page=page)
    tellings.keep(desk.connection, stream, post=post)


def _forget(desk: Desk, stream: str, state: story.State) -> None:
    post = tellings.post_about(desk.connection, stream)
    if post is not None:
        deleting.delete(desk, post)
        tellings.forget(desk.connection, stream)
    events.forget_wording(desk.connection, words_of(state))
