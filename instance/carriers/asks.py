"""Posts about what we ask of others: their answer is told in their own words."""

from collections.abc import Mapping
from typing import Final

from markupsafe import Markup

from confederation import record
from confederation.record import Entry
from instance.carriers.phrases import (
    Carrier,
    day,
    fact_of,
    in_hex,
    in_lines,
    shortened,
    words,
    written,
)
from instance.desk import Desk


def ask(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Ask)
    by = f"We ask for an answer by {day(desk, fact.answer_by)}."
    return Carrier(
        title=f"We ask {shortened(words(desk, fact.authority))}",
        html=written(desk, fact.text)
        + in_lines([by, "This is our request, not a legal deadline."]),
        page=f"/asks/{in_hex(entry.digest)}",
        lang=fact.lang,
    )


_CAME_BY: Final[Mapping[str, str]] = {
    "link": "What follows is in their own words, as it came over the link that "
    "we sent.",
    "paper": "What follows is in their own words, copied from a letter.",
    "account": "What follows is in the words of a public servant of theirs, who has an "
    "account here and no vote.",
}


def answer(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Answer)
    asked = fact_of(desk, fact.ask, record.Ask)
    who = "" if asked is None else f": {shortened(words(desk, asked.authority))}"
    parts = [Markup("<p>{}</p>").format(_CAME_BY[fact.given])]
    for says, commitment in (
        ("What they heard", fact.heard),
        ("What they will do", fact.plan),
        ("Power or money handed over", fact.handed),
        ("They add", fact.text),
    ):
        if commitment is not None:
            parts.append(Markup("<p><strong>{}</strong></p>").format(says))
            parts.append(
                Markup("<blockquote>{}</blockquote>").format(written(desk, commitment))
            )
    if fact.plan_by is not None:
        parts.append(in_lines([f"By {fact.plan_by:%-d %B %Y}."]))
    return Carrier(
        title=f"{CAME[fact.kind]}{who}",
        html=Markup("").join(parts if len(parts) > 1 else ()),
        page=f"/asks/{in_hex(fact.ask)}",
    )


def judgement(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Judgement)
    asked = fact_of(desk, fact.ask, record.Ask)
    who = "" if asked is None else f" {shortened(words(desk, asked.authority))}:"
    html = in_lines([_STAGES[fact.stage]])
    if fact.reason is not None:
        html = written(desk, fact.reason) + html
    return Carrier(
        title=f"Our assembly on{who} {JUDGED[fact.verdict]}"
        if who
        else JUDGED[fact.verdict],
        html=html,
        page=f"/asks/{in_hex(fact.ask)}",
    )


CAME: Final = {
    "received": "They have received what we asked",
    "holding": "A first reply, and an answer is to follow",
    "full": "They agree to what we asked",
    "partly": "They agree to a part of what we asked",
    "refused": "They do not agree to what we asked",
}
JUDGED: Final = {
    "accepted": "We accept the answer.",
    "partly": "We accept a part of the answer.",
    "not accepted": "We do not accept the answer.",
    "no answer": "We have had no answer.",
}
_STAGES: Final = {
    "waiting": "We wait for what comes of it.",
    "implementing": "It is being carried out.",
    "done": "It is done.",
}
