"""Posts about what our own assembly decided, and what those say who do not agree."""

from typing import Final

from markupsafe import Markup

from confederation import record
from confederation.record import Entry
from instance.carriers.phrases import (
    MOST_IN_TITLE,
    Carrier,
    _paragraphs,
    fact_of,
    in_hex,
    in_lines,
    people,
    proposed,
    shortened,
    words,
    written,
)
from instance.desk import Desk


def decision(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Decision)
    lines = [f"Our assembly decided by {_METHODS.get(fact.method.name, 'vote')}."]
    lines.append(f"{people(fact.present)} present.")
    if fact.members is not None:
        lines.append(
            f"For {fact.members.for_}, against {fact.members.against}, "
            f"abstaining {fact.members.abstain} ({fact.members.basis})."
        )
    if fact.chosen is not None:
        lines.append(f"Chosen: {fact.chosen}.")
    if fact.elected:
        lines.append(f"Elected: {', '.join(fact.elected)}.")
    if len(fact.confirmed_by) < 2:
        lines.append("One signature only: not confirmed by two tellers.")
    text = None if fact.text_commit is None else words(desk, fact.text_commit)
    # A short text stands in the title already.
    whole = text is None or len(" ".join(text.split())) <= MOST_IN_TITLE
    html = Markup("") if whole else _paragraphs(text or "")
    return Carrier(
        title=f"{_OUTCOMES[fact.outcome]}{_decided_on(desk, fact, text)}",
        html=html + in_lines(lines),
        page=f"/decisions/{in_hex(entry.digest)}",
    )


def _decided_on(desk: Desk, fact: record.Decision, text: str | None) -> str:
    if text is not None:
        return f": {shortened(text)}"
    proposal = None if fact.on is None else fact_of(desk, fact.on, record.Proposal)
    return "" if proposal is None else f": {shortened(words(desk, proposal.title))}"


def minority_report(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.MinorityReport)
    about = ""
    if fact.proposal is not None:
        about = f": {proposed(desk, fact.proposal)}"
    else:
        decision = fact_of(desk, fact.on, record.Decision)
        if decision is not None and decision.text_commit is not None:
            about = f": {shortened(words(desk, decision.text_commit))}"
    whose = "Some of us do not agree, and say why"
    signed = f"Signed by {len(fact.signers)}. It stays beside the decision."
    if fact.decision is not None:
        whose = "Our assembly does not agree, and says why"
        signed = "Our assembly decided to say so. It stays beside the result."
    return Carrier(
        title=f"{whose}{about}",
        html=Markup("").join(written(desk, part) for part in fact.parts)
        + Markup("<p>{}</p>").format(signed),
        page=f"/minority-reports/{in_hex(entry.digest)}",
    )


_OUTCOMES: Final = {
    "passed": "Decided",
    "rejected": "Not passed",
    "no quorum": "Nothing decided, too few were there",
}
_METHODS: Final = {
    "consent": "consent",
    "majority": "simple majority",
    "qualified": "qualified majority",
    "ranked": "ranked choice",
    "consensus": "consensus",
    "fallback": "large majority, after consensus had failed at two meetings",
    "pairs": "ranked pairs",
    "schulze": "the Schulze method",
    "stv": "transferable vote",
    "meek": "transferable vote",
    "approval": "approval",
    "score": "score",
}
