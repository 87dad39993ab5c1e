"""A story is read whole and strictly, before anything of it happens.

See docs/reference/story.md.
"""

import csv
import dataclasses
import io
import tomllib
import typing
from collections.abc import Collection, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, TypeVar

from instance.config import checked_slug
from instance.demo.story import Community, Slip, Story, Third, stands_in
from instance.errors import Misused

T = TypeVar("T")

SHIPPED: Final = "the shipped story"
LONGEST_LINE: Final = 100
LONGEST_TEXT: Final = 2_000
FEWEST_PEOPLE: Final = 5
STANCES: Final = 3
ONE_LINE: Final = frozenset(
    {"title", "name", "slug", "people", "id", "place", "theme", "words", "order"}
)


def read(path: Path | None) -> Story:
    """Read a story; None for the one that comes with the program.

    Raises:
        Misused: the file cannot be used; the sentence says where and why.
    """
    if path is None:
        source = files("instance.demo") / "story.toml"
        return parse(source.read_text("utf-8"), name=SHIPPED, beside=None)
    return parse(_text_of(path), name=str(path), beside=path.parent)


def parse(text: str, *, name: str, beside: Path | None) -> Story:
    """Read the text of a story. ``beside`` is where a file of slips may lie.

    Raises:
        Misused: it cannot be used.
    """
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Misused("{name} is not TOML: {error}.", name=name, error=error) from error
    if not given:
        raise Misused(
            "{name} is empty. docs/reference/story.md says what a story holds.",
            name=name,
        )
    try:
        if "slips" in given and "slip" not in given and beside is not None:
            given["slip"] = _slips(beside, given.pop("slips"))
        story = _value(Story, given, "")
        _check(story)
    except _Wrong as wrong:
        raise Misused("{name}: {wrong}", name=name, wrong=wrong) from None
    assert isinstance(story, Story)
    return story


class _Wrong(Exception):
    """A sentence about a place in the file."""


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise Misused(
            "{path} cannot be read: {why}.", path=path, why=error.strerror
        ) from error
    except UnicodeDecodeError as error:
        raise Misused("{path} is not text in UTF-8.", path=path) from error


def _slips(beside: Path, name: object) -> list[dict[str, Any]]:
    """Read slips from a CSV file beside the story."""
    if not isinstance(name, str):
        raise _Wrong(f"slips must be the name of a CSV file, and is {_kind(name)}.")
    path = beside / name
    rows = csv.DictReader(io.StringIO(_text_of(path), newline=""), strict=True)
    known = [field.name for field in dataclasses.fields(Slip)]
    try:
        found = list(rows)
    except csv.Error as error:
        raise _Wrong(f"slips: {path} is not CSV: {error}.") from error
    header = rows.fieldnames or ()
    if header != list(dict.fromkeys(header)) or not {"what", "consent"} <= {*header}:
        raise _Wrong(
            f"slips: the first line of {path} must name the columns what and consent, "
            "and each column once."
        )
    if strange := [column for column in header if column not in known]:
        raise _Wrong(
            f"slips: {path} has a column {strange[0]!r}; a slip has {', '.join(known)}."
        )
    slips = []
    for number, row in enumerate(found, 1):
        if None in row or None in row.values():
            raise _Wrong(f"slips: row {number} of {path} has too many or few fields.")
        consent = _YES_OR_NO.get(row["consent"].strip().lower())
        if consent is None:
            raise _Wrong(f"slips: consent in row {number} of {path} says yes or no.")
        slips.append({**row, "consent": consent})
    return slips


_YES_OR_NO: Final = {"yes": True, "true": True, "no": False, "false": False}


def _value(hint: Any, given: object, place: str) -> Any:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _table(hint, given, place)
    if typing.get_origin(hint) is tuple:
        if not isinstance(given, list):
            raise _Wrong(f"{place} must be a list, and is {_kind(given)}.")
        inner = typing.get_args(hint)[0]
        return tuple(
            _value(inner, item, f"{place}[{n}]") for n, item in enumerate(given, 1)
        )
    # bool is an int to Python, and never to us.
    if not isinstance(given, hint) or (hint is int and isinstance(given, bool)):
        wanted = {str: "text", int: "a whole number", bool: "true or false"}[hint]
        raise _Wrong(f"{place} must be {wanted}, and is {_kind(given)}.")
    if hint is int and given < 0:
        raise _Wrong(f"{place} is a number of people, and cannot be {given}.")
    return given.strip() if isinstance(given, str) else given


def _table(kind: type[T], given: object, place: str) -> T:
    where = place or "The file"
    if not isinstance(given, Mapping):
        raise _Wrong(f"{where} must be a table, and is {_kind(given)}.")
    hints = typing.get_type_hints(kind)
    fields = {
        field.name.rstrip("_"): field
        for field in dataclasses.fields(typing.cast(Any, kind))
    }
    if strange := sorted(given.keys() - fields.keys()):
        raise _Wrong(
            f"{where} has a field {strange[0]!r} that is not known; the fields here "
            f"are {', '.join(fields)}."
        )
    values: dict[str, Any] = {}
    for name, field in fields.items():
        inside = f"{place}.{name}" if place else name
        if name in given:
            values[field.name] = _value(hints[field.name], given[name], inside)
            if values[field.name] == "" and field.default is dataclasses.MISSING:
                raise _Wrong(f"{inside} is empty.")
        elif field.default is dataclasses.MISSING:
            raise _Wrong(f"{inside} is missing.")
    return kind(**values)


def _kind(given: object) -> str:
    match given:
        case bool():
            return "true or false"
        case str():
            return "text"
        case int():
            return "a whole number"
        case list():
            return "a list"
        case Mapping():
            return "a table"
        case _:
            return f"a {type(given).__name__}"


def _check(story: Story) -> None:
    """Check what no single field can say. The first thing that is wrong is named."""
    _some(story.slip, "slip")
    _some(story.issue.words, "issue.words")
    _some(story.motion.clauses, "motion.clauses")
    _some(story.motion.objection.clauses, "motion.objection.clauses")
    _check_texts(story, "")
    _check_words(story)
    objection = story.motion.objection
    if objection.clauses == story.motion.clauses:
        raise _Wrong(
            "motion.objection.clauses is the same text as motion.clauses: an objection "
            "that is integrated changes it."
        )
    if objection.valid + objection.not_valid < 2 or objection.valid == 0:
        raise _Wrong(
            "motion.objection.valid and not_valid are a round of two people or more, "
            "of whom somebody finds the objection valid."
        )
    if objection.valid < objection.not_valid:
        raise _Wrong(
            "motion.objection.not_valid is more than valid: this story goes on with an "
            "objection that was found valid."
        )
    for place, community in zip(
        ("first", "second", "third"), story.communities, strict=True
    ):
        _check_community(place, community)
    _different([each.slug for each in story.communities], "slug")
    _different([each.name for each in story.communities], "name")
    _check_counts(story)


def _check_words(story: Story) -> None:
    for n, word in enumerate(story.issue.words, 1):
        if len(word.split()) != 1:
            raise _Wrong(f"issue.words[{n}] must be one word; {word!r} is more.")
    public = "\n".join(
        text
        for name in ("issue", "compact", "motion", "follower", "second", "third")
        for text in _texts(getattr(story, name))
    )
    public += f"\n{story.first.name}\n{story.first.place}\n{story.first.reason}"
    for text in story.private:
        if stands_in(text, public):
            raise _Wrong(
                f"{text!r} is private, since it stands on a slip or is the name of a "
                "member, and it stands in a text that everybody will read as well."
            )


def _check_community(place: str, community: Community) -> None:
    try:
        checked_slug(community.slug)
    except Misused as error:
        raise _Wrong(f"{place}.slug: {error}") from None
    if len(community.people) < FEWEST_PEOPLE:
        raise _Wrong(
            f"{place}.people has {len(community.people)} names, and needs "
            f"{FEWEST_PEOPLE} or more: who sets the node up, two tellers, a delegate "
            "and an alternate."
        )
    twice = {name for name in community.people if community.people.count(name) > 1}
    if twice:
        raise _Wrong(f"{place}.people names {min(twice)!r} twice.")
    if community.room < 2:
        raise _Wrong(f"{place}.room must be two or more: somebody raises a hand.")


def _check_counts(story: Story) -> None:
    first, second, third = story.communities
    papers = first.papers.consent + first.papers.stand_aside
    if papers > first.room or first.papers.consent == 0:
        raise _Wrong(
            f"first.papers: {papers} papers from {first.room} people in the room, and "
            "one or more must consent."
        )
    if second.hands.total > second.room or 2 * second.hands.total < second.room:
        raise _Wrong(
            f"second.hands: {second.hands.total} hands of {second.room} people in the "
            "room; its quorum is half of them, and nobody raises two."
        )
    _check_stances(third)
    for name, papers, online in (
        (
            "rankings",
            sum(each.papers for each in third.rankings),
            sum(each.online for each in third.rankings),
        ),
        ("vote", third.vote.papers.total, third.vote.online.total),
    ):
        if papers > third.room or online > len(third.people) or papers + online < 2:
            raise _Wrong(
                f"third.{name}: {papers} papers from {third.room} people in the room, "
                f"and {online} votes online from {len(third.people)} people; two or "
                "more vote, and nobody twice."
            )
    if 4 * (third.vote.papers.total + third.vote.online.total) < third.room + len(
        third.people
    ):
        raise _Wrong("third.vote: fewer than a quarter voted, so there is no quorum.")


def _check_stances(third: Third) -> None:
    ids = [stance.id for stance in third.stances]
    if len(ids) != STANCES or len(set(ids)) != STANCES:
        raise _Wrong(f"third.stances must be {STANCES} with different ids.")
    for id in ids:
        if not (id.isascii() and id.replace("-", "").isalnum() and id == id.lower()):
            raise _Wrong(
                f"third.stances: the id {id!r} may hold only a–z, 0–9 and dashes."
            )
    for n, ranking in enumerate(third.rankings, 1):
        if not set(ranking.order) <= set(ids) or len(set(ranking.order)) < len(
            ranking.order
        ):
            raise _Wrong(
                f"third.rankings[{n}].order must name stances out of {', '.join(ids)}, "
                "each once."
            )


def _check_texts(value: object, place: str) -> None:
    """Check every text in the story: what a line is stays one, and nothing is long."""
    for where, text in _texts_by_place(value, place):
        name = where.rpartition(".")[2].partition("[")[0]
        short = name in ONE_LINE
        most = LONGEST_LINE if short else LONGEST_TEXT
        if len(text) > most:
            raise _Wrong(f"{where} has {len(text)} characters; the most is {most}.")
        if short and not text.isprintable():
            raise _Wrong(f"{where} must be one line.")
        if name in ("people", "words", "clauses", "order") and not text:
            raise _Wrong(f"{where} is empty.")


def _texts(value: object) -> Iterator[str]:
    return (text for _, text in _texts_by_place(value, ""))


def _texts_by_place(value: object, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, tuple):
        for n, item in enumerate(value, 1):
            yield from _texts_by_place(item, f"{place}[{n}]")
    elif isinstance(value, str):
        yield place, value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            name = field.name.rstrip("_")
            inside = f"{place}.{name}" if place else name
            yield from _texts_by_place(getattr(value, field.name), inside)


def _some(items: Collection[object], place: str) -> None:
    if not items:
        raise _Wrong(f"{place} is empty: there must be one or more.")


def _different(names: list[str], what: str) -> None:
    folded = [name.casefold() for name in names]
    for name in names:
        if folded.count(name.casefold()) > 1:
            raise _Wrong(f"Two assemblies have the {what} {name!r}.")
