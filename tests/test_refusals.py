"""Each refusal, and what else is filled, is a sentence that can be translated first."""

import ast
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path
from string import Formatter

import pytest

from confederation import errors
from instance.errors import MayNameSomebody, Misused, NoRoom, PenElsewhere
from instance.languages import (
    FIRST_STRONG_ISOLATE,
    LEFT_TO_RIGHT_ISOLATE,
    POP_ISOLATE,
)
from instance.web import languages
from instance.web.tries import TooOften

ROOT = Path(__file__).parent.parent
PACKAGES = ("activitypub", "confederation", "instance")
NAMES = frozenset(
    kind.__name__
    for kind in (
        *(errors.Reason, errors.Refused, errors.NotEntitled, errors.TooEarly),
        *(errors.TooLate, errors.Unknown, errors.Invalid),
        *(Misused, MayNameSomebody, NoRoom, PenElsewhere, TooOften, errors.Filled),
    )
)
"""The classes of refusals (`test_every_class_of_refusals_is_looked_at` keeps them), and
what is filled as they are."""


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    yield
    languages.speak(languages.ENGLISH)


def refusals() -> Iterator[tuple[str, ast.Call]]:
    """Go through what makes a refusal, each with where it stands."""
    for path in chain.from_iterable((ROOT / each).rglob("*.py") for each in PACKAGES):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Call) and _called(node) in NAMES and node.args:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def wrong_with(call: ast.Call) -> str | None:
    """Say why the sentence of a refusal cannot be translated; None if it can."""
    [says, *more] = call.args
    filled = {each.arg for each in call.keywords}
    match says:
        case ast.Call(func=ast.Name(id="ByNumber"), args=forms):
            sentences = [getattr(form, "value", None) for form in forms]
        case ast.Constant(value=sentence):
            sentences = [sentence]
        case ast.Name() | ast.Attribute() | ast.Subscript() if not more:
            return None
        case _:
            return "is put together before it is translated"
    if more:
        return "has more than its sentence; name what fills it"
    for sentence in sentences:
        if not isinstance(sentence, str):
            return "is no text"
        if filled and None not in filled and filled != _places(sentence):
            return "has other places than what fills them"
    return None


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def test_no_refusal_is_put_together_before_it_is_translated() -> None:
    found = list(refusals())

    assert len(found) > 1_000
    assert [(where, says) for where, call in found if (says := wrong_with(call))] == []


@pytest.mark.parametrize(
    "source",
    [
        'Refused(f"Card {card} is out.")',
        'Refused("Card " + card)',
        'Refused("Card {}.".format(card))',
        'Refused("Card {card}." % card)',
        'Refused("One." if one else f"{many}.")',
        'Refused("Card {card}.", number=card)',
        'Refused(ByNumber("One card.", "{n} cards."), n=3)',
        'Refused("Card {card}.", card)',
    ],
)
def test_a_sentence_that_cannot_be_translated_is_found(source: str) -> None:
    [expression] = ast.parse(source).body
    assert isinstance(expression, ast.Expr)
    assert isinstance(expression.value, ast.Call)

    assert wrong_with(expression.value) is not None


def test_every_class_of_refusals_is_looked_at() -> None:
    def below(kind: type) -> Iterator[type]:
        yield kind
        yield from chain.from_iterable(map(below, kind.__subclasses__()))

    ours = {each for each in below(errors.Reason) if each.__module__[:6] != "tests."}

    assert {each.__name__ for each in ours if each.__name__[0] != "_"} <= NAMES


def test_a_refusal_is_said_in_the_form_that_goes_with_its_number() -> None:
    def said(number: int) -> str:
        reason = errors.Refused(errors.ByNumber("member", "members"), number=number)
        return languages.translated(languages.reason(reason))

    languages.speak(languages.LANGUAGES["ar"])

    assert len({said(number) for number in (1, 2, 3, 11)}) == 4


def test_a_refusal_tells_a_time_to_the_minute() -> None:
    at = datetime(2026, 2, 3, 19, 4, 31, tzinfo=UTC)
    reason = errors.TooLate("This ballot closed at {at}.", at=at)

    says = "This ballot closed at 3 February 2026, 19:04 UTC."
    assert str(reason) == says
    assert languages.translated(languages.reason(reason)) == says


def test_what_fills_a_refusal_is_said_in_the_language_of_the_page() -> None:
    reason = errors.Refused(
        "{who}; {day}; {many:,}; {why}; {one_of}; {all_of}; {typed!r}",
        who="Ana",
        day=date(2026, 2, 3),
        many=12_000,
        why=errors.Unknown(errors.ByNumber("member", "members"), number=2),
        one_of=errors.OneOf(("Ana", "Ben", errors.Phrase("member"))),
        all_of=("Ana", "Ben"),
        typed="x",
    )

    languages.speak(languages.LANGUAGES["fr"])

    assert str(reason) == (
        "Ana; 3 February 2026; 12,000; members; Ana, Ben or member; Ana and Ben; 'x'"
    )
    assert languages.translated(languages.reason(reason)) == (
        "Ana; 3 février 2026; 12\N{NARROW NO-BREAK SPACE}000; membres; "
        "Ana, Ben ou membre; Ana et Ben; 'x'"
    )


def test_a_name_does_not_turn_the_words_around_it() -> None:
    reason = errors.Refused("{name}!", name="ليلى")

    says = languages.translated(languages.reason(reason))

    assert says == f"{FIRST_STRONG_ISOLATE}ليلى{POP_ISOLATE}!"


def test_a_sentence_that_nobody_translated_is_not_turned_around() -> None:
    reason = errors.Refused("Not {name}!", name="Ana")

    languages.speak(languages.LANGUAGES["ar"])

    said = languages.translated(languages.reason(reason))
    assert said[0] + said[-1] == LEFT_TO_RIGHT_ISOLATE + POP_ISOLATE
