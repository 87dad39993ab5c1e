"""Posts about what our own assembly decided, and what those say who do not agree."""

from dataclasses import replace
from typing import Final

from markupsafe import Markup

from confederation import record
from confederation.record import Entry
from instance import archive
from instance.carriers.phrases import (
    MOST_IN_TITLE,
    Carrier,
    _paragraphs,
    day,
    fact_of,
    in_hex,
    in_lines,
    language,
    people,
    proposed,
    shortened,
    words,
    written,
)
from instance.deciding import choices
from instance.desk import Desk
from instance.store import records


def decision(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Decision)
    decided = f"Our assembly decided by {_METHODS.get(fact.method.name, 'vote')}."
    return _decision(desk, entry, fact, [decided], title=_OUTCOMES[fact.outcome])


def remit_decision(desk: Desk, entry: Entry) -> Carrier:
    """Say whose decision it was first: it is not that of the whole assembly."""
    fact = entry.fact
    assert isinstance(fact, record.RemitDecision)
    remit = records.entry(desk.connection, fact.remit)
    granted = None if remit is None else archive.read(desk, remit)
    assert granted is not None
    assert isinstance(granted.fact, record.Remit)
    name = shortened(words(desk, granted.fact.name))
    says = [
        f"Our sub-assembly “{name}” decided by "
        f"{_METHODS.get(fact.taken.method.name, 'vote')}, under its remit of "
        f"{day(desk, granted.published)}. It is no decision of the whole assembly."
    ]
    if not granted.fact.stands and fact.taken.outcome == "passed":
        says.append("By its remit it goes to the whole assembly as a motion.")
    title = f"Sub-assembly {name}. {_OUTCOMES[fact.taken.outcome]}"
    taken = replace(fact.taken, confirmed_by=fact.confirmed_by)
    return _decision(desk, entry, taken, says, title=title)


def remit(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Remit)
    return Carrier(
        title=f"A remit for our sub-assembly {shortened(words(desk, fact.name))}",
        html=written(desk, fact.text),
        page=f"/sub-assemblies/{fact.sub_assembly}",
        lang=fact.lang,
    )


def remit_end(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.RemitEnd)
    granted = fact_of(desk, fact.remit, record.Remit)
    assert granted is not None
    return Carrier(
        title="We end the remit of our sub-assembly "
        f"{shortened(words(desk, granted.name))}",
        html=Markup(
            "<p>The assembly decided so. Nothing more is decided under it, and what "
            "was open there has ended undecided.</p>"
        ),
        page=f"/sub-assemblies/{granted.sub_assembly}",
    )


def _decision(
    desk: Desk, entry: Entry, fact: record.Decision, lines: list[str], *, title: str
) -> Carrier:
    lines.append(f"{people(fact.present)} present.")
    if fact.members is not None:
        lines.append(
            f"For {fact.members.for_}, against {fact.members.against}, "
            f"abstaining {fact.members.abstain} ({fact.members.basis})."
        )
    text = None if fact.text_commit is None else words(desk, fact.text_commit)
    if fact.chosen is not None:
        lines.append(f"Chosen: {choices.label(fact.chosen, text)}.")
    if fact.elected:
        lines.append(f"Elected: {', '.join(fact.elected)}.")
    if len(fact.confirmed_by) < 2:
        lines.append("One signature only: not confirmed by two tellers.")
    # A short text stands in the title already.
    whole = text is None or len(" ".join(text.split())) <= MOST_IN_TITLE
    html = Markup("") if whole else _paragraphs(text or "")
    return Carrier(
        title=f"{title}{_decided_on(desk, fact, text)}",
        html=html + in_lines(lines),
        page=f"/decisions/{in_hex(entry.digest)}",
        lang=language(desk, fact.text_commit),
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
