"""Posts about what our own assembly decided, and what those say who do not agree."""

from dataclasses import replace
from typing import Final

from markupsafe import Markup

from confederation import record
from confederation.errors import ByNumber, Phrase, Series
from confederation.record import Entry
from instance import archive
from instance.carriers.phrases import (
    MOST_IN_TITLE,
    Carrier,
    _paragraphs,
    fact_of,
    in_hex,
    in_lines,
    language,
    on,
    proposed,
    shortened,
    words,
    written,
)
from instance.deciding import choices
from instance.desk import Desk
from instance.languages import N_, Said, on_day, phrased, translated
from instance.store import records


def decision(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Decision)
    decided = phrased(
        "Our assembly decided by {method}.", method=method(fact.method.name)
    )
    title = translated(_OUTCOMES[fact.outcome])
    return _decision(desk, entry, fact, [decided], title=title)


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
        phrased(
            "Our sub-assembly “{name}” decided by {method}, under its remit of {day}. "
            "It is no decision of the whole assembly.",
            name=name,
            method=method(fact.taken.method.name),
            day=Phrase(on_day(granted.published)),
        )
    ]
    if not granted.fact.stands and fact.taken.outcome == "passed":
        says.append(phrased("By its remit it goes to the whole assembly as a motion."))
    title = phrased(
        "Sub-assembly {name}. {outcome}",
        name=name,
        outcome=_OUTCOMES[fact.taken.outcome],
    )
    taken = replace(fact.taken, confirmed_by=fact.confirmed_by)
    return _decision(desk, entry, taken, says, title=title)


def remit(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Remit)
    return Carrier(
        title=phrased(
            "A remit for our sub-assembly {name}",
            name=shortened(words(desk, fact.name)),
        ),
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
        title=phrased(
            "We end the remit of our sub-assembly {name}",
            name=shortened(words(desk, granted.name)),
        ),
        html=in_lines(
            [
                phrased(
                    "The assembly decided so. Nothing more is decided under it, and "
                    "what was open there has ended undecided."
                )
            ]
        ),
        page=f"/sub-assemblies/{granted.sub_assembly}",
    )


def _decision(
    desk: Desk, entry: Entry, fact: record.Decision, lines: list[str], *, title: str
) -> Carrier:
    lines.append(
        phrased(
            ByNumber("{number} person was present.", "{number} people were present."),
            number=fact.present,
        )
    )
    if fact.members is not None:
        lines.append(
            phrased(
                "For {for_}, against {against}, abstaining {abstain} ({basis}).",
                for_=fact.members.for_,
                against=fact.members.against,
                abstain=fact.members.abstain,
                basis=tuple(
                    _CHANNELS.get(each, each)
                    for each in fact.members.basis.split(" and ")
                ),
            )
        )
    text = None if fact.text_commit is None else words(desk, fact.text_commit)
    if fact.chosen is not None:
        chosen = choices.label(fact.chosen, text)
        lines.append(phrased("Chosen: {chosen}.", chosen=Said(chosen)))
    if fact.elected:
        lines.append(phrased("Elected: {elected}.", elected=Series(fact.elected)))
    if len(fact.confirmed_by) < 2:
        lines.append(phrased("One signature only: not confirmed by two tellers."))
    # A short text stands in the title already.
    whole = text is None or len(" ".join(text.split())) <= MOST_IN_TITLE
    html = Markup("") if whole else _paragraphs(text or "")
    return Carrier(
        title=on(title, _decided_on(desk, fact, text)),
        html=html + in_lines(lines),
        page=f"/decisions/{in_hex(entry.digest)}",
        lang=language(desk, fact.text_commit),
    )


def _decided_on(desk: Desk, fact: record.Decision, text: str | None) -> str | None:
    if text is not None:
        return shortened(text)
    proposal = None if fact.on is None else fact_of(desk, fact.on, record.Proposal)
    return None if proposal is None else shortened(words(desk, proposal.title))


def method(name: str) -> str:
    """Name a method of deciding, to be translated."""
    return _METHODS.get(name, Phrase("vote"))


def minority_report(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.MinorityReport)
    about = None
    if fact.proposal is not None:
        about = proposed(desk, fact.proposal)
    else:
        decision = fact_of(desk, fact.on, record.Decision)
        if decision is not None and decision.text_commit is not None:
            about = shortened(words(desk, decision.text_commit))
    whose = phrased("Some of us do not agree, and say why")
    signed = phrased(
        "Signed by {number}. It stays beside the decision.", number=len(fact.signers)
    )
    if fact.decision is not None:
        whose = phrased("Our assembly does not agree, and says why")
        signed = phrased("Our assembly decided to say so. It stays beside the result.")
    return Carrier(
        title=on(whose, about),
        html=Markup("").join(written(desk, part) for part in fact.parts)
        + Markup("<p>{}</p>").format(signed),
        page=f"/minority-reports/{in_hex(entry.digest)}",
        lang=fact.lang,
    )


_OUTCOMES: Final = {
    "passed": N_("Decided"),
    "rejected": N_("Not passed"),
    "no quorum": N_("Nothing decided, too few were there"),
}
_CHANNELS: Final = {"hands": N_("hands"), "paper": N_("paper"), "online": N_("online")}
_METHODS: Final = {
    "consent": N_("consent"),
    "majority": N_("simple majority"),
    "qualified": N_("qualified majority"),
    "ranked": N_("ranked choice"),
    "consensus": N_("consensus"),
    "fallback": N_("large majority, after consensus had failed at two meetings"),
    "pairs": N_("ranked pairs"),
    "schulze": N_("the Schulze method"),
    "stv": N_("transferable vote"),
    "meek": N_("transferable vote"),
    "approval": N_("approval"),
    "score": N_("score"),
}
