"""Posts about what we ask of others: their answer is told in their own words."""

from collections.abc import Mapping
from typing import Final

from markupsafe import Markup

from confederation import record
from confederation.errors import Phrase
from confederation.record import Entry
from instance.carriers.phrases import (
    Carrier,
    fact_of,
    in_hex,
    in_lines,
    on,
    shortened,
    words,
    written,
)
from instance.desk import Desk
from instance.languages import N_, on_day, phrased, translated


def ask(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Ask)
    by = phrased("We ask for an answer by {day}.", day=Phrase(on_day(fact.answer_by)))
    return Carrier(
        title=phrased("We ask {body}", body=shortened(words(desk, fact.authority))),
        html=written(desk, fact.text)
        + in_lines([by, phrased("This is our request, not a legal deadline.")]),
        page=f"/asks/{in_hex(entry.digest)}",
        lang=fact.lang,
    )


_CAME_BY: Final[Mapping[str, str]] = {
    "link": N_(
        "What follows is in their own words, as it came over the link that we sent."
    ),
    "paper": N_("What follows is in their own words, copied from a letter."),
    "account": N_(
        "What follows is in the words of a public servant of theirs, who has an "
        "account here and no vote."
    ),
}


def answer(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Answer)
    asked = fact_of(desk, fact.ask, record.Ask)
    who = None if asked is None else shortened(words(desk, asked.authority))
    parts = [Markup("<p>{}</p>").format(translated(_CAME_BY[fact.given]))]
    for says, commitment in (
        (phrased("What they heard"), fact.heard),
        (phrased("What they will do"), fact.plan),
        (phrased("Power or money handed over"), fact.handed),
        (phrased("They add"), fact.text),
    ):
        if commitment is not None:
            parts.append(Markup("<p><strong>{}</strong></p>").format(says))
            parts.append(
                Markup("<blockquote>{}</blockquote>").format(written(desk, commitment))
            )
    if fact.plan_by is not None:
        parts.append(in_lines([phrased("By {day}.", day=fact.plan_by.date())]))
    return Carrier(
        title=on(translated(CAME[fact.kind]), who),
        html=Markup("").join(parts if len(parts) > 1 else ()),
        page=f"/asks/{in_hex(fact.ask)}",
        lang=fact.lang if len(parts) > 1 else None,
    )


def judgement(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Judgement)
    asked = fact_of(desk, fact.ask, record.Ask)
    judged = translated(JUDGED[fact.verdict])
    html = in_lines([translated(_STAGES[fact.stage])])
    if fact.reason is not None:
        html = written(desk, fact.reason) + html
    return Carrier(
        title=judged
        if asked is None
        else phrased(
            "Our assembly on {body}: {judged}",
            body=shortened(words(desk, asked.authority)),
            judged=Phrase(judged),
        ),
        html=html,
        page=f"/asks/{in_hex(fact.ask)}",
    )


CAME: Final = {
    "received": N_("They have received what we asked"),
    "holding": N_("A first reply, and an answer is to follow"),
    "full": N_("They agree to what we asked"),
    "partly": N_("They agree to a part of what we asked"),
    "refused": N_("They do not agree to what we asked"),
}
JUDGED: Final = {
    "accepted": N_("We accept the answer."),
    "partly": N_("We accept a part of the answer."),
    "not accepted": N_("We do not accept the answer."),
    "no answer": N_("We have had no answer."),
}
_STAGES: Final = {
    "waiting": N_("We wait for what comes of it."),
    "implementing": N_("It is being carried out."),
    "done": N_("It is done."),
}
