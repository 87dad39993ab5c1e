"""What is to be done and what was done is told as widely as people say, and no wider.

Everybody else reads of *a member of* the assembly, unless that member lets their name
be read. What a person shared they can take back, and then its words are gone here too.
"""

from collections.abc import Iterable

from markupsafe import Markup, escape

from activitypub import canonical
from confederation.dealings import action, thanks
from confederation.dealings.thanks import ThanksGiven
from confederation.errors import Filled
from confederation.identifiers import ActionId, Commit, MemberId
from confederation.meeting import goal
from instance import carriers, node, speech
from instance.desk import Desk
from instance.fediverse import deleting
from instance.languages import (
    LANGUAGES,
    N_,
    mark_up,
    phrased,
    shown,
    speaking,
    translated,
)
from instance.store import events, people, posts, tellings

ACTION = "Action"
"""The kind of a post that offers an action."""


def act(desk: Desk, id: ActionId, command: action.Command) -> tuple[action.Event, ...]:
    """Carry out a command on an action, and tell everybody who may know of it.

    Raises:
        Refused: it cannot be so now; nothing was changed.
    """
    happened = node.perform(desk, f"action:{id}", command)
    state: action.State = node.load(desk, f"action:{id}")
    offered = state.offered
    assert offered is not None
    if not happened or offered.told != "everyone":
        return happened
    for event in happened:
        match event:
            case action.ActionOffered():
                _offer(desk, state)
            case action.ActionDone(came_of_it=came_of_it):
                _add(desk, id, _strong(phrased("Done.")), came_of_it)
            case action.ActionDropped():
                _add(desk, id, _strong(phrased("This is not wanted any more.")))
            case action.ActionTaken(taker=taken):
                _add(desk, id, _taken_by(desk, taken))
            case action.ActionHandedBack():
                _add(desk, id, _strong(phrased("Somebody is wanted for this again.")))
            case _:
                pass
    return happened


def tell_ladder(desk: Desk, session: str, actions: Iterable[action.State]) -> bool:
    """Tell everybody which ways to help there are, once for a meeting.

    Args:
        desk: with the transaction.
        session: the id of the meeting after which it is told.
        actions: those that are open and were offered to everyone, the smallest first.

    Returns:
        Whether anything was told: not twice, and not where nothing is wanted.
    """
    about = f"ladder:{session}"
    items = Markup("").join(
        Markup('<li>{}: <a href="{}">{}</a></li>').format(
            translated(_EFFORTS[offered.effort]).capitalize(),
            speech.address(desk, f"actions/{offered.action}"),
            events.wording(desk.connection, offered.words.what) or "",
        )
        for offered in (each.offered for each in actions)
        if offered is not None and offered.told == "everyone"
    )
    if not items or tellings.post_about(desk.connection, about) is not None:
        return False
    title = phrased("Ways to help")
    html = carriers.headed(title) + Markup("<ul>{}</ul>").format(items)
    post = speech.say(desk, html=str(html), title=title, page="/actions")
    tellings.keep(desk.connection, about, post=post)
    return True


def leave_steps(desk: Desk, id: ActionId, *, by: MemberId) -> None:
    """Take an action that has ended from the next steps of the goal."""
    if node.exists(desk, "goal:it"):
        node.perform(desk, "goal:it", goal.LeaveStep(action=id, by=by, at=desk.now))


def share(desk: Desk, id: str, command: thanks.Command) -> tuple[thanks.Event, ...]:
    """Carry out a command on a deed or thanks, and tell of it or take it back.

    Raises:
        Refused: it cannot be so; nothing was changed.
    """
    stream = f"thanks:{id}"
    was_public = node.exists(desk, stream) and node.load(desk, stream).public
    happened = node.perform(desk, stream, command)
    state: thanks.State = node.load(desk, stream)
    if state.public and not was_public:
        _tell(desk, stream, state)
    if happened and not state.stands:
        _forget(desk, stream, state)
    return happened


def hand_back(desk: Desk, member: MemberId) -> None:
    """Offer anew what a member who leaves had taken on and has not finished."""
    for id, state in node.load_all(desk, "action").items():
        if state.open and (action.is_takers(state, member) or member in state.helpers):
            act(desk, ActionId(id), action.HandBack(by=member, at=desk.now))


def forget(desk: Desk, member: MemberId) -> None:
    """Take the name of a member who leaves out of all that our posts told everybody.

    A deed or thanks that everybody reads with their name is taken back; an action that
    they took is by *a member of* the assembly from now on.
    """
    for id, state in node.load_all(desk, "thanks").items():
        if state.public and member in _named(state):
            share(desk, id, thanks.TakeBackThanks(by=member, at=desk.now))
    name = people.name_of(desk.connection, member)
    for id, state in node.load_all(desk, "action").items():
        row = posts.object_about(desk.connection, f"action:{id}", kind=ACTION)
        if row is None or name is None or state.offered is None:
            continue
        note = canonical.read(row["body"].encode())
        html = str(note["content"])
        # The post may be from a time when the assembly wrote in another language.
        for language in LANGUAGES.values():
            with speaking(language):
                whose = author(desk, member, named=False)
                html = html.replace(str(_by(name)), str(_by(whose)))
        if html != note["content"]:
            speech.revise(desk, speech.reworded(note, html))


def author(desk: Desk, member: MemberId | None, *, named: bool) -> str:
    """Return what everybody calls a member: by name only if they said so."""
    name = people.name_of(desk.connection, member) if named else None
    return name or Filled("a member of {name}", name=_our_name(desk))


def taker(desk: Desk, taken: action.Taker) -> str:
    """Return what everybody calls whoever took an action."""
    if taken.member is None:
        return N_("somebody who was at the meeting")
    return author(desk, taken.member, named=taken.named)


def words_of(state: thanks.State) -> Commit:
    """Return the words of a deed or of thanks."""
    assert state.shared is not None
    if isinstance(state.shared, ThanksGiven):
        return state.shared.words
    return state.shared.what


def _offer(desk: Desk, state: action.State) -> None:
    offered = state.offered
    assert offered is not None
    given = offered.words
    events.release(desk.connection, [c for c in (given.what, given.help) if c])
    what = events.wording(desk.connection, given.what) or ""
    help_wanted = events.wording(desk.connection, given.help)
    html = Markup("<p>{} {}</p>").format(_strong(phrased("Who takes this on?")), what)
    if help_wanted:
        html += Markup("<p>{}</p>").format(
            phrased("Help wanted: {help}", help=help_wanted)
        )
    facts = [phrased("It takes {effort}.", effort=_EFFORTS[offered.effort])]
    if offered.due is not None:
        facts.append(phrased("By {day}.", day=offered.due.date()))
    html += Markup('<p>{} <a href="{}">{}</a></p>').format(
        " ".join(facts),
        speech.address(desk, f"actions/{offered.action}"),
        phrased("Read more and answer"),
    )
    speech.say(
        desk,
        html=str(html),
        title=what,
        page=f"/actions/{offered.action}",
        kind=ACTION,
        about=f"action:{offered.action}",
    )


def _add(
    desk: Desk, id: ActionId, says: Markup, came_of_it: Commit | None = None
) -> None:
    row = posts.object_about(desk.connection, f"action:{id}", kind=ACTION)
    if row is None:
        return
    html = says
    if came_of_it is not None:
        events.release(desk.connection, [came_of_it])
        html += Markup(" {}").format(events.wording(desk.connection, came_of_it) or "")
    speech.add_to(desk, row["id"], Markup("<p>{}</p>").format(html))


def _taken_by(desk: Desk, taken: action.Taker) -> Markup:
    return _by(taker(desk, taken))


def _by(who: str) -> Markup:
    return mark_up("<strong>Taken on</strong> by {name}.", name=escape(shown(who)))


def _strong(says: str) -> Markup:
    return Markup("<strong>{}</strong>").format(says)


def _named(state: thanks.State) -> frozenset[MemberId]:
    """Return whose names everybody reads in a deed or in thanks."""
    shared, names = state.shared, set[MemberId]()
    if shared is not None and shared.named:
        names.add(shared.by)
    if state.to is not None and state.agreed is not None and state.agreed.named:
        names.add(state.to)
    return frozenset(names)


def _tell(desk: Desk, stream: str, state: thanks.State) -> None:
    shared = state.shared
    assert shared is not None
    events.release(desk.connection, [words_of(state)])
    says = events.wording(desk.connection, words_of(state)) or ""
    by = author(desk, shared.by, named=shared.named)
    if isinstance(shared, ThanksGiven):
        to = (
            N_("everybody who had a hand in it")
            if shared.to is None
            else author(
                desk,
                shared.to,
                named=state.agreed is not None and state.agreed.named,
            )
        )
        html = Markup("<p>{} {}</p><p>{}</p>").format(
            mark_up("<strong>Thank you</strong> to {name}:", name=to),
            says,
            phrased("From {name}.", name=by),
        )
    else:
        html = Markup("<p>{} {}</p><p>{}</p>").format(
            _strong(phrased("Done here:")), says, phrased("By {name}.", name=by)
        )
    post = speech.say(desk, html=str(html), page=f"/{stream.replace(':', '/')}")
    tellings.keep(desk.connection, stream, post=post)


def _forget(desk: Desk, stream: str, state: thanks.State) -> None:
    post = tellings.post_about(desk.connection, stream)
    if post is not None:
        deleting.delete(desk, post)
        tellings.forget(desk.connection, stream)
    events.forget_wording(desk.connection, [words_of(state)])


def _our_name(desk: Desk) -> str:
    founded = node.assembly_here(desk).founded
    name = None if founded is None else events.wording(desk.connection, founded.name)
    return name or desk.config.slug


_EFFORTS: dict[action.Effort, str] = {
    "five minutes": N_("five minutes"),
    "an hour": N_("about an hour"),
    "an evening": N_("an evening"),
    "a role": N_("a little time again and again"),
}
