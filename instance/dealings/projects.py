"""A project that its people want to be followed has an actor that names its assembly.

It answers to a name, accepts followers, posts its news, and leaves a tombstone: all as
a member's own actor does (decision 0055). Who its people are stands nowhere in it.
"""

from activitypub import documents
from confederation.dealings import action, project
from confederation.errors import Invalid, NotEntitled
from confederation.identifiers import ActionId, MemberId
from instance import languages, node, speech
from instance.desk import Desk
from instance.fediverse import markup, persona
from instance.store import personas, posts
from instance.store.posts import Actor

LONGEST_SUMMARY = 300
LONGEST_NEWS = 2000


def people_of(desk: Desk, id: ActionId) -> frozenset[MemberId]:
    """Return whose project an action is: who took it on, and who joined in."""
    state: action.State = node.load(desk, f"action:{id}")
    taker = None if state.taker is None else state.taker.member
    return frozenset(each for each in (taker, *state.helpers) if each is not None)


def load(desk: Desk, id: ActionId) -> project.State:
    """Return how far a project is with an address of its own."""
    stream = f"project:{id}"
    if not node.exists(desk, stream):
        return project.NOTHING
    state: project.State = node.load(desk, stream)
    return state


def agree(desk: Desk, id: ActionId, by: MemberId) -> None:
    """Say that the project may have an address of its own."""
    command = project.AgreeToAddress(
        project=id, people=people_of(desk, id), by=by, at=desk.now
    )
    node.perform(desk, f"project:{id}", command)


def open(
    desk: Desk, id: ActionId, by: MemberId, *, username: str, name: str, summary: str
) -> None:
    """Give a project its address, once all of its people agreed.

    Raises:
        Invalid: the name cannot be had, or is for members only.
        NotEntitled: it is not their project.
        TooEarly: one of its people has not agreed.
    """
    if load(desk, id).path is not None:
        return
    state: action.State = node.load(desk, f"action:{id}")
    if state.offered is None or state.offered.told != "everyone" or not state.open:
        raise Invalid("A project that others follow is one that everybody may read of.")
    path = f"u/{desk.new_id()}"
    command = project.OpenProject(
        path=path, people=people_of(desk, id), by=by, at=desk.now
    )
    node.perform(desk, f"project:{id}", command)
    ours = posts.actor(desk.connection, speech.group_path(desk))
    assert ours is not None
    whose = languages.phrased("A project of {name}.", name=ours.name)
    speech.new_actor(
        desk,
        path=path,
        kind="Organization",
        username=persona.checked_username(desk, username),
        name=name,
        summary=f"{summary} {whose}".strip(),
    )
    personas.keep(desk.connection, actor=path, member=f"project {id}")


def actor(desk: Desk, id: ActionId) -> Actor | None:
    """Return the actor of a project that speaks now; None where it does not."""
    state = load(desk, id)
    if not state.speaks or state.path is None:
        return None
    return posts.actor(desk.connection, state.path)


def tell(desk: Desk, id: ActionId, news: str, by: MemberId) -> str:
    """Post news in the project's name, for everyone; return the id of the post.

    Raises:
        NotEntitled: it is not their project, or it has no address.
    """
    found = actor(desk, id)
    if found is None or by not in people_of(desk, id):
        raise NotEntitled("This is for those who do it, while it has an address.")
    draft = speech.a_post(desk, html=str(markup.paragraphs(news)), by=found.path)
    return speech.publish(desk, documents.note(draft), by=found.path)


def wind_up(desk: Desk, id: ActionId, by: MemberId) -> None:
    """End a project's address for good: its followers are told, and a stone stays."""
    found = actor(desk, id)
    command = project.WindUpProject(people=people_of(desk, id), by=by, at=desk.now)
    if node.perform(desk, f"project:{id}", command) and found is not None:
        persona.leave(desk, found)
