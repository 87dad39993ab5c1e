"""Two who want to be met are brought together, each asked alone, by a third.

That somebody wants to be met is a post for everyone. What is offered, answered and
written after that goes to one inbox at a time. Who the other is, the introducer tells
only once both agreed, and the first words go from one to the other directly.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from markupsafe import Markup

from activitypub import canonical, documents
from activitypub.canonical import JsonObject
from confederation.dealings import introduction, wish
from confederation.dealings.introduction import Side
from confederation.dealings.wish import Introduced
from confederation.errors import NotEntitled, Refused
from confederation.identifiers import (
    ActorId,
    Commit,
    IntroductionId,
    MemberId,
    WishId,
)
from instance import node, speech
from instance.carriers import phrases
from instance.dealings import between
from instance.desk import Desk
from instance.fediverse import deleting, markup
from instance.languages import N_, phrased
from instance.store import events, posts, tellings

WISH: Final = "Wish"
"""What a post is in which somebody says that they would like to be met."""
INTRODUCTION: Final = "Introduction"
TERMS: Final[JsonObject] = {
    "asm": "https://w3id.org/folkmoot/v1#",
    "Introduction": "asm:Introduction",
    "introduces": {"@id": "asm:introduces", "@type": "@json"},
    "introduction": {"@id": "asm:introduction", "@type": "@id"},
}
WISH_TERMS: Final[JsonObject] = {
    "asm": "https://w3id.org/folkmoot/v1#",
    "assemblyKind": "asm:kind",
    "wantsToMeet": {"@id": "asm:wantsToMeet", "@type": "@json"},
}
MOST_WISHES: Final = 5
"""How many of a member's wishes, or of the assembly's, stand at one time."""
MOST_A_WEEK: Final = 10
"""How many introductions our assembly offers in a week."""
A_WEEK: Final = timedelta(days=7)


def ask(desk: Desk, command: wish.MakeWish) -> None:
    """Say to everyone that somebody here would like to meet others.

    Raises:
        NotEntitled: only the clerk says it for the assembly.
        Refused: too many such wishes stand already.
    """
    stream = f"wish:{command.wish}"
    if node.exists(desk, stream):
        return
    if command.whose == "assembly":
        _check_clerk(desk, command.by)
    standing = [
        each
        for _, each in _standing(desk)
        if each.made is not None
        and each.made.whose == command.whose
        and (command.whose == "assembly" or each.made.by == command.by)
    ]
    if len(standing) >= MOST_WISHES:
        raise Refused("Please take one back before you ask for another.")
    node.perform(desk, stream, command)
    state: wish.State = node.load(desk, stream)
    events.release(desk.connection, words_of(state))
    post = _post(desk, stream, state)
    tellings.keep(desk.connection, stream, post=post)
    speech.deliver_to_fellows(desk, f"{post}/create", by=speech.clerk_path(desk))


def take_back(desk: Desk, id: WishId, by: MemberId) -> None:
    """Want to be met no more: decline what waits, and forget what was written."""
    state = _mine(desk, id, by)
    waiting = state.open(desk.now) if state.stands else ()
    command = wish.WithdrawWish(by=by, at=desk.now)
    if not node.perform(desk, f"wish:{id}", command):
        return
    for found in waiting:
        _answer(desk, found, "Reject")
    for found in state.introductions.values():
        said = tellings.post_about(desk.connection, _said(found))
        if said is not None:
            deleting.delete(desk, said)
            tellings.forget(desk.connection, _said(found))
        for actor in found.came:
            tellings.forget(desk.connection, _came(id, found, actor))
    post = tellings.post_about(desk.connection, f"wish:{id}")
    if post is not None:
        # The clerk may have deleted it before, as any other post.
        if _is_there(desk, post):
            deleting.delete(desk, post)
        tellings.forget(desk.connection, f"wish:{id}")
    events.forget_wording(desk.connection, [*words_of(state), *_letters(state)])


def say_yes(
    desk: Desk, id: WishId, of: IntroductionId, words: str, by: MemberId
) -> None:
    """Agree to be introduced, with words for the other side; they go nowhere yet."""
    _mine(desk, id, by)
    kept = events.keep_wording(desk.connection, words)
    command = wish.AgreeToMeet(introduction=of, words=kept, by=by, at=desk.now)
    if node.perform(desk, f"wish:{id}", command):
        state: wish.State = node.load(desk, f"wish:{id}")
        _answer(desk, state.introductions[of], "Accept")
    else:
        events.forget_wording(desk.connection, [kept])


def say_no(desk: Desk, id: WishId, of: IntroductionId, by: MemberId) -> None:
    """Decline, without a reason; what was written with an earlier yes is forgotten."""
    state = _mine(desk, id, by)
    command = wish.DeclineToMeet(introduction=of, by=by, at=desk.now)
    if node.perform(desk, f"wish:{id}", command):
        found = state.introductions[of]
        _answer(desk, found, "Reject")
        events.forget_wording(desk.connection, _letters_of(found))


def introduce(desk: Desk, command: introduction.Introduce) -> None:
    """Offer two who want to be met to each other; neither learns who the other is.

    Raises:
        Refused: they were introduced before, or it is too many in a week.
    """
    stream = f"introduction:{command.introduction}"
    if node.exists(desk, stream):
        return
    made = [
        each.made
        for each in node.load_all(desk, "introduction").values()
        if each.made is not None
    ]
    pair = {each.wish for each in command.sides}
    if any({each.wish for each in before.sides} == pair for before in made):
        raise Refused("These two have been introduced to each other before.")
    if sum(desk.now < each.at + A_WEEK for each in made) >= MOST_A_WEEK:
        raise Refused("Our assembly has introduced enough for this week.")
    node.perform(desk, stream, command)
    for number, side in enumerate(command.sides):
        offered = _introduction(desk, command.introduction, side)
        words = events.wording(desk.connection, command.words) or ""
        offered |= {"content": str(markup.paragraphs(words))}
        offered |= {
            "endTime": canonical.write_time(command.at + wish.OPEN_FOR),
            "published": canonical.write_time(command.at),
        }
        activity = {
            **between.activity(
                desk, "Offer", activity_of(desk, command.introduction, number), TERMS
            ),
            "object": offered,
            "to": side.actor,
        }
        between.send(desk, activity, inbox=side.inbox)


def hear_side(
    desk: Desk, id: IntroductionId, number: int, actor: ActorId, *, yes: bool
) -> bool:
    """Take what a side answers; once both agreed, tell each who the other is.

    Returns whether anything came of it. Where one side says no, the other hears that it
    comes to nothing.

    Raises:
        NotEntitled: it comes from somebody else.
    """
    state: introduction.State = node.load(desk, f"introduction:{id}")
    assert state.made is not None
    side = state.made.sides[number]
    command = introduction.HearSide(
        wish=side.wish, actor=actor, yes=yes, by=None, at=desk.now
    )
    if not node.perform(desk, f"introduction:{id}", command):
        return False
    state = node.load(desk, f"introduction:{id}")
    if state.both_agreed:
        _bring_together(desk, id, state)
    elif state.over:
        _undo(desk, id, state, but=number)
    return True


def take_back_introduction(desk: Desk, id: IntroductionId, by: MemberId) -> None:
    """Introduce two no more who have not both agreed, and tell them."""
    command = introduction.TakeBackIntroduction(by=by, at=desk.now)
    if node.perform(desk, f"introduction:{id}", command):
        _undo(desk, id, node.load(desk, f"introduction:{id}"))


def write(desk: Desk, id: WishId, of: IntroductionId) -> None:
    """Send what was written with a yes, now that both agreed."""
    state: wish.State = node.load(desk, f"wish:{id}")
    found = state.introductions[of]
    assert state.made is not None
    assert found.met is not None
    assert found.said is not None
    words = events.wording(desk.connection, found.said) or ""
    name = desk.new_id()
    clerk = speech.address(desk, speech.clerk_path(desk))
    letter: JsonObject = {
        "@context": [documents.AS2, dict(TERMS)],
        "id": speech.address(desk, f"n/{name}"),
        "type": "Note",
        "attributedTo": clerk,
        "content": str(markup.paragraphs(words)),
        "published": canonical.write_time(desk.now),
        "introduction": found.taken.address,
        "target": found.met.wish,
        "to": found.met.other,
    }
    posts.keep_object(
        desk.connection,
        id=str(letter["id"]),
        path=f"n/{name}",
        actor=speech.clerk_path(desk),
        kind=None,
        entry=None,
        thread=None,
        document=letter,
        public=False,
    )
    tellings.keep(desk.connection, _said(found), post=str(letter["id"]))
    activity = {
        **between.activity(desk, "Create", f"{letter['id']}/create", TERMS),
        "object": letter,
        "to": found.met.other,
    }
    between.send(desk, activity, inbox=found.met.inbox)


def keep_letter(desk: Desk, id: WishId, command: wish.HearWords, *, post: str) -> bool:
    """Keep what somebody wrote to be met, under the address of their note."""
    if not node.perform(desk, f"wish:{id}", command):
        return False
    state: wish.State = node.load(desk, f"wish:{id}")
    found = state.introductions[command.introduction]
    tellings.keep(desk.connection, _came(id, found, command.actor), post=post)
    return True


def gone(desk: Desk, actor: str, post: str) -> bool:
    """Forget a letter that its author took back; whether there was one of theirs."""
    about = tellings.about_of(desk.connection, post)
    match (about or "").split(" ", maxsplit=3):
        case ["letter", id, of, author] if author == actor:
            state: wish.State = node.load(desk, f"wish:{id}")
            found = state.introductions[IntroductionId(of)]
            events.forget_wording(desk.connection, [found.came[ActorId(actor)]])
            command = wish.ForgetWords(
                introduction=IntroductionId(of),
                actor=ActorId(actor),
                by=None,
                at=desk.now,
            )
            node.perform(desk, f"wish:{id}", command)
            tellings.forget(desk.connection, str(about))
            return True
        case _:
            return False


def forget(desk: Desk, member: MemberId) -> None:
    """Take back what a member who leaves wished for themselves."""
    for id, state in _standing(desk):
        assert state.made is not None
        if state.made.whose == "member" and state.made.by == member:
            take_back(desk, id, member)


def may_answer(desk: Desk, state: wish.State, member: MemberId | None) -> bool:
    """Whether a member answers for a wish: their own, or as clerk the assembly's."""
    if state.made is None or member is None:
        return False
    if state.made.whose == "member":
        return state.made.by == member
    found = node.assembly_here(desk).members.get(member)
    return found is not None and "clerk" in found.roles


def words_of(state: wish.State) -> list[Commit]:
    """Return the words of a wish itself."""
    assert state.made is not None
    return [each for each in (state.made.about, state.made.place) if each is not None]


def of_post(desk: Desk, post: str | None) -> WishId | None:
    """Return which wish of ours has this address, or None."""
    about = None if post is None else tellings.about_of(desk.connection, post)
    noun, _, id = (about or "").partition(":")
    return WishId(id) if noun == "wish" else None


def activity_of(desk: Desk, id: IntroductionId, number: int) -> str:
    """Return the id of the activity by which a side was offered an introduction."""
    return speech.address(desk, f"a/introduction-{id}-{number}")


def side_of(desk: Desk, activity: str | None) -> tuple[IntroductionId, int] | None:
    """Return which side of which introduction of ours an activity asked, or None."""
    before = speech.address(desk, "a/introduction-")
    if activity is None or not activity.startswith(before):
        return None
    id, _, number = activity.removeprefix(before).rpartition("-")
    if number not in ("0", "1") or not node.exists(desk, f"introduction:{id}"):
        return None
    return IntroductionId(id), int(number)


def introduction_id(actor: str, address: str) -> IntroductionId:
    """Return the id of what somebody offered: the same address makes the same one."""
    digest = hashlib.sha256(f"{actor} {address}".encode()).hexdigest()
    return IntroductionId(digest[:28])


def until(found: Introduced) -> datetime:
    """Return until when both sides have time to agree."""
    return found.taken.at + wish.OPEN_FOR


def _bring_together(desk: Desk, id: IntroductionId, state: introduction.State) -> None:
    assert state.made is not None
    for side, other in (state.made.sides, state.made.sides[::-1]):
        met: JsonObject = {
            "actor": other.actor,
            "inbox": other.inbox,
            "wish": other.wish,
        }
        activity = {
            **between.activity(
                desk, "Update", speech.address(desk, f"a/{desk.new_id()}"), TERMS
            ),
            "object": {**_introduction(desk, id, side), "introduces": met},
            "to": side.actor,
        }
        between.send(desk, activity, inbox=side.inbox)


def _undo(
    desk: Desk, id: IntroductionId, state: introduction.State, *, but: int | None = None
) -> None:
    """Tell the sides, all or all but one, that it comes to nothing."""
    assert state.made is not None
    for number, side in enumerate(state.made.sides):
        if number == but:
            continue
        offered: JsonObject = {
            "id": activity_of(desk, id, number),
            "type": "Offer",
            "actor": speech.address(desk, speech.clerk_path(desk)),
            "object": _introduction(desk, id, side),
        }
        activity = {
            **between.activity(
                desk, "Undo", speech.address(desk, f"a/{desk.new_id()}"), TERMS
            ),
            "object": offered,
            "to": side.actor,
        }
        between.send(desk, activity, inbox=side.inbox)


def _introduction(desk: Desk, id: IntroductionId, side: Side) -> JsonObject:
    return {
        "id": speech.address(desk, f"introductions/{id}"),
        "type": INTRODUCTION,
        "attributedTo": speech.address(desk, speech.clerk_path(desk)),
        "target": side.wish,
    }


def _answer(desk: Desk, found: Introduced, kind: str) -> None:
    """Answer whoever introduces: yes or no, and nothing else."""
    activity = {
        **between.activity(
            desk, kind, speech.address(desk, f"a/{desk.new_id()}"), TERMS
        ),
        "object": found.taken.activity,
        "to": found.taken.introducer,
    }
    between.send(desk, activity, inbox=found.taken.inbox)


def _post(desk: Desk, stream: str, state: wish.State) -> str:
    made = state.made
    assert made is not None
    about = events.wording(desk.connection, made.about) or ""
    place = "" if made.place is None else events.wording(desk.connection, made.place)
    name = speech.clerk_path(desk)
    group = posts.actor(desk.connection, speech.group_path(desk))
    assert group is not None
    says = N_("A member of {name} would like to meet others about this:")
    if made.whose == "assembly":
        says = N_("{name} would like to meet others about this:")
    html = phrases.headed(phrased(says, name=group.name)) + markup.paragraphs(about)
    if place:
        html += Markup("<p>{}</p>").format(place)
    draft = speech.a_post(
        desk, html=str(html), page=f"/{stream.replace('wish:', 'meet/')}"
    )
    note = documents.extend(
        documents.note(draft, name=phrased("Would like to meet: {about}", about=about)),
        {
            "assemblyKind": WISH,
            "wantsToMeet": {
                "about": about,
                "place": place or "",
                "whose": made.whose,
            },
        },
        context=WISH_TERMS,
    )
    return speech.publish(desk, note, by=name)


def _mine(desk: Desk, id: WishId, by: MemberId) -> wish.State:
    state: wish.State = node.load(desk, f"wish:{id}")
    if not may_answer(desk, state, by):
        raise NotEntitled("This is for whoever asked to be met.")
    return state


def _check_clerk(desk: Desk, member: MemberId) -> None:
    found = node.assembly_here(desk).members.get(member)
    if found is None or "clerk" not in found.roles:
        raise NotEntitled("For the assembly its clerk asks, once it has decided so.")


def _standing(desk: Desk) -> Iterator[tuple[WishId, wish.State]]:
    states: dict[str, wish.State] = node.load_all(desk, "wish")
    for id, state in states.items():
        if state.stands:
            yield WishId(id), state


def _letters(state: wish.State) -> Iterator[Commit]:
    for found in state.introductions.values():
        yield found.taken.words
        yield from _letters_of(found)


def _letters_of(found: Introduced) -> Iterator[Commit]:
    if found.said is not None:
        yield found.said
    yield from found.came.values()


def _said(found: Introduced) -> str:
    return f"said {found.taken.introduction}"


def _came(id: WishId, found: Introduced, actor: ActorId) -> str:
    return f"letter {id} {found.taken.introduction} {actor}"


def _is_there(desk: Desk, post: str) -> bool:
    row = posts.object_of(desk.connection, post)
    return row is not None and row["type"] != "Tombstone"
