"""A practice goes out as a post for people, with itself inside for other libraries.

What comes from elsewhere is read strictly: plain words within bounds, and no more.
"""

import typing
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from markupsafe import Markup

from activitypub import canonical, documents, reading
from activitypub.canonical import JsonObject, JsonValue
from activitypub.errors import Malformed
from confederation.dealings import practice
from confederation.dealings.practice import Kind, Said, Source
from confederation.errors import ByNumber, Unknown
from confederation.identifiers import Commit, MemberId, PracticeId
from confederation.meeting import run_sheet
from confederation.meeting.run_sheet import MOST_PHASES
from confederation.session import Told
from instance import node, speech
from instance.desk import Desk
from instance.fediverse import deleting, markup
from instance.languages import phrased
from instance.store import events, posts, tellings

PRACTICE: Final = "Practice"
MOST_IN_TITLE: Final = 120
MOST_IN_WORDS: Final = 4_000
MOST_IN_LINE: Final = 300
TERMS: Final[JsonObject] = {
    "asm": "https://w3id.org/folkmoot/v1#",
    "assemblyKind": "asm:kind",
    PRACTICE: "asm:Practice",
    "practice": "asm:practice",
    "practiceKind": "asm:practiceKind",
    "words": "asm:words",
    "minutes": "asm:minutes",
    "fewest": "asm:fewest",
    "most": "asm:most",
    "needed": "asm:needed",
    "credit": "asm:credit",
    "step": "asm:step",
    "parts": {"@id": "asm:parts", "@container": "@list"},
    "copiedFrom": {"@id": "asm:copiedFrom", "@container": "@list"},
    "address": {"@id": "asm:address", "@type": "@id"},
    "by": "asm:by",
}
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainPart:
    kind: run_sheet.Kind
    minutes: int
    step: run_sheet.Step | None
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """A practice with its words, wherever it stands; what is empty is not said."""

    kind: Kind
    title: str
    words: str
    minutes: int
    fewest: int | None = None
    most: int | None = None
    needed: str = ""
    credit: str = ""
    parts: tuple[PlainPart, ...] = ()
    sources: tuple[Source, ...] = ()


def in_words(desk: Desk, state: practice.State) -> Plain:
    """Give a practice of ours with its words."""

    def text(commitment: Commit | None) -> str:
        return events.wording(desk.connection, commitment) or ""

    assert state.said is not None
    assert state.written is not None
    said = state.said
    return Plain(
        kind=said.kind,
        title=text(said.title),
        words=text(said.words),
        minutes=said.minutes,
        fewest=said.fewest,
        most=said.most,
        needed=text(said.needed),
        credit=text(said.credit),
        parts=tuple(
            PlainPart(
                kind=part.kind,
                minutes=part.minutes,
                step=part.step,
                title=text(part.title),
            )
            for part in said.parts
        ),
        sources=state.written.sources,
    )


def write(desk: Desk, id: str, said: Plain, *, told: Told, by: MemberId) -> None:
    """Write a practice down, and tell of it if it is for everyone.

    Raises:
        Refused: it cannot be so; nothing was changed.
    """
    stream = f"practice:{id}"
    if node.exists(desk, stream):
        return
    command = practice.WritePractice(
        practice=PracticeId(id),
        said=_kept(desk, said),
        sources=said.sources,
        told=told,
        by=by,
        at=desk.now,
    )
    node.perform(desk, stream, command)
    _tell(desk, stream)


def rewrite(desk: Desk, id: str, said: Plain, *, told: Told, by: MemberId) -> None:
    """Put a practice in better words, here and in its post.

    Raises:
        Refused: it cannot be so; nothing was changed.
    """
    stream = f"practice:{id}"
    before: practice.State = node.load(desk, stream)
    if before.stands and (said, told) == (in_words(desk, before), before.told):
        return
    command = practice.RewritePractice(
        said=_kept(desk, said), told=told, by=by, at=desk.now
    )
    node.perform(desk, stream, command)
    assert before.said is not None
    events.forget_wording(desk.connection, _words_of(before.said))
    _tell(desk, stream)


def take_back(desk: Desk, id: str, *, by: MemberId) -> None:
    """Take a practice out of the library, and its post back everywhere.

    Raises:
        Refused: that is for somebody else.
    """
    stream = f"practice:{id}"
    if not node.perform(desk, stream, practice.TakeBackPractice(by=by, at=desk.now)):
        return
    state: practice.State = node.load(desk, stream)
    post = tellings.post_about(desk.connection, stream)
    if post is not None:
        deleting.delete(desk, post)
        tellings.forget(desk.connection, stream)
    assert state.said is not None
    trials = [
        each
        for trial in state.trials
        for each in (trial.worked, trial.differently)
        if each is not None
    ]
    events.forget_wording(desk.connection, [*_words_of(state.said), *trials])


def to_object(said: Plain) -> JsonObject:
    """Write a practice as other libraries read it."""
    parts: list[JsonValue] = [
        {
            "kind": part.kind,
            "minutes": part.minutes,
            **({} if part.step is None else {"step": part.step}),
            **({"name": part.title} if part.title else {}),
        }
        for part in said.parts
    ]
    sources: list[JsonValue] = [
        {"address": each.address, "by": each.by} for each in said.sources
    ]
    optional: JsonObject = {
        "fewest": said.fewest,
        "most": said.most,
        "needed": said.needed,
        "credit": said.credit,
        "parts": parts,
        "copiedFrom": sources,
    }
    return {
        "type": PRACTICE,
        "practiceKind": said.kind,
        "name": said.title,
        "words": said.words,
        "minutes": said.minutes,
        **{term: value for term, value in optional.items() if value},
    }


def read(found: JsonValue) -> Plain:
    """Read a practice that somebody else wrote.

    Raises:
        Malformed: it is none, or says more than there is room for.
    """
    if not isinstance(found, dict) or reading.type_of(found) != PRACTICE:
        raise Malformed("This is no practice.")
    kind = _among(found.get("practiceKind"), Kind)
    parts = found.get("parts") or []
    sources = found.get("copiedFrom") or []
    if not isinstance(parts, list) or not isinstance(sources, list):
        raise Malformed("The parts of a practice are a list.")
    if len(parts) > MOST_PHASES or (kind == "run-sheet") != bool(parts):
        raise Malformed("A run-sheet has parts, and nothing else has.")
    said = Plain(
        kind=kind,
        title=_line(found.get("name"), most=MOST_IN_TITLE),
        words=_text(found.get("words")),
        minutes=_number(found.get("minutes"), most=practice.MOST_MINUTES),
        fewest=_some_number(found.get("fewest")),
        most=_some_number(found.get("most")),
        needed=_line(found.get("needed") or "", most=MOST_IN_LINE),
        credit=_line(found.get("credit") or "", most=MOST_IN_LINE),
        parts=tuple(_part(each) for each in parts),
        sources=tuple(_source(each) for each in sources[: practice.MOST_SOURCES]),
    )
    if not said.title or not said.words:
        raise Malformed("A practice has a name and words.")
    if said.fewest and said.most and said.fewest > said.most:
        raise Malformed("The fewest people are no more than the most.")
    return said


def is_practice(document: JsonObject) -> bool:
    """Whether a post has a practice inside."""
    return isinstance(document.get("practice"), dict)


def the_practice(desk: Desk, id: str) -> practice.State:
    """Return a practice of ours.

    Raises:
        Unknown: there is none, or it was taken back.
    """
    stream = f"practice:{id}"
    state: practice.State = (
        node.load(desk, stream) if node.exists(desk, stream) else practice.NOTHING
    )
    if not state.stands:
        raise Unknown("There is no such practice here, or it was taken back.")
    return state


def _tell(desk: Desk, stream: str) -> None:
    """Publish a practice that is for everyone, or put its post right."""
    state: practice.State = node.load(desk, stream)
    if not state.public:
        return
    assert state.said is not None
    events.release(desk.connection, _words_of(state.said))
    said = in_words(desk, state)
    html = str(_html(said))
    inside: JsonObject = {"assemblyKind": PRACTICE, "practice": to_object(said)}
    post = tellings.post_about(desk.connection, stream)
    if post is not None:
        row = posts.object_of(desk.connection, post)
        assert row is not None
        before = canonical.read(row["body"].encode())
        changed: JsonObject = {
            "name": said.title,
            "content": html,
            "contentMap": {desk.config.language: html},
        }
        speech.revise(desk, before | changed | inside)
        return
    page = f"/{stream.replace('practice:', 'library/')}"
    note = documents.extend(
        documents.note(speech.a_post(desk, html=html, page=page), name=said.title),
        inside,
        context=TERMS,
    )
    id = speech.publish(desk, note, by=speech.clerk_path(desk))
    tellings.keep(desk.connection, stream, post=id)
    speech.deliver_to_fellows(desk, f"{id}/create", by=speech.clerk_path(desk))


def _html(said: Plain) -> Markup:
    facts = [
        phrased(ByNumber("{number} minute", "{number} minutes"), number=said.minutes)
    ]
    if said.most:
        among = ByNumber(
            "for {most} person at most, and {fewest} at least",
            "for {fewest} to {most} people",
        )
        facts.append(phrased(among, most=said.most, fewest=said.fewest or 1))
    elif said.fewest:
        at_least = ByNumber(
            "for {fewest} person or more", "for {fewest} people or more"
        )
        facts.append(phrased(at_least, fewest=said.fewest))
    if said.needed:
        facts.append(phrased("needed: {what}", what=said.needed))
    html = Markup("<p><strong>{}</strong></p><p>{}</p>{}").format(
        said.title, ", ".join(facts), markup.paragraphs(said.words)
    )
    came = [each.by for each in said.sources] + ([said.credit] if said.credit else [])
    if came:
        html += Markup("<p>{}</p>").format(
            phrased("It comes from {whom}.", whom="; ".join(came))
        )
    return html


def _kept(desk: Desk, said: Plain) -> Said:
    def keep(text: str) -> Commit:
        return events.keep_wording(desk.connection, text)

    return Said(
        kind=said.kind,
        title=keep(said.title),
        words=keep(said.words),
        minutes=said.minutes,
        fewest=said.fewest,
        most=said.most,
        needed=keep(said.needed) if said.needed else None,
        credit=keep(said.credit) if said.credit else None,
        parts=tuple(
            practice.Part(
                kind=part.kind,
                minutes=part.minutes,
                step=part.step,
                title=keep(part.title) if part.title else None,
            )
            for part in said.parts
        ),
    )


def _words_of(said: Said) -> list[Commit]:
    found = [said.title, said.words, said.needed, said.credit]
    found += [part.title for part in said.parts]
    return [each for each in found if each is not None]


def _part(found: JsonValue) -> PlainPart:
    if not isinstance(found, dict):
        raise Malformed("A part of a run-sheet says what it is.")
    step = found.get("step")
    return PlainPart(
        kind=_among(found.get("kind"), run_sheet.Kind),
        minutes=_number(found.get("minutes"), most=run_sheet.LONGEST_PHASE),
        step=None if step is None else _among(step, run_sheet.Step),
        title=_line(found.get("name") or "", most=MOST_IN_TITLE),
    )


def _source(found: JsonValue) -> Source:
    if not isinstance(found, dict):
        raise Malformed("It does not say from where it was copied.")
    address = reading.link_of(found.get("address"))
    if address is None:
        raise Malformed("What it was copied from has no address.")
    return Source(address=address, by=_line(found.get("by"), most=MOST_IN_LINE))


def _among(found: JsonValue, kind: T) -> Any:
    if found not in typing.get_args(kind):
        raise Malformed("This is of no kind that is known here.")
    return found


def _number(found: JsonValue, *, most: int) -> int:
    if isinstance(found, bool) or not isinstance(found, int) or not 1 <= found <= most:
        raise Malformed(f"A number from 1 to {most} is missing.")
    return found


def _some_number(found: JsonValue) -> int | None:
    return None if found is None else _number(found, most=practice.MOST_PEOPLE)


def _line(found: JsonValue, *, most: int) -> str:
    if not isinstance(found, str) or len(found) > most:
        raise Malformed("Some of its words are missing, or there are too many.")
    return reading.one_line(found)


def _text(found: JsonValue) -> str:
    if not isinstance(found, str) or len(found) > MOST_IN_WORDS:
        raise Malformed("Its words are missing, or there are too many.")
    return "\n".join(
        " ".join(
            reading.one_line(line[at : at + reading.LONGEST_NAME])
            for at in range(0, len(line), reading.LONGEST_NAME)
        )
        for line in found.split("\n")
    ).strip()


def copied(said: Plain, *, address: str, by: str) -> Plain:
    """Give a practice as a copy of it stands elsewhere, with whom it came from."""
    newest = Source(address=address, by=by)
    return replace(said, sources=(newest, *said.sources)[: practice.MOST_SOURCES])
