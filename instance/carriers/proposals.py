"""Posts about what all assemblies vote on, and about the votes that are filed."""

from markupsafe import Markup

from confederation import record
from confederation.errors import Phrase
from confederation.record import Entry
from instance.carriers.phrases import (
    Carrier,
    in_hex,
    in_lines,
    labels,
    language,
    on,
    proposed,
    shortened,
    words,
    written,
)
from instance.desk import Desk
from instance.languages import in_full, phrased


def proposal(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Proposal)
    clauses = Markup("").join(
        Markup("<li>{}</li>").format(words(desk, clause.text))
        for clause in fact.clauses
    )
    return Carrier(
        title=on(phrased("Proposal to all assemblies"), words(desk, fact.title)),
        html=Markup("<ol>{}</ol><p>{}</p>").format(
            clauses,
            phrased(
                "Voting closes on {time}. Each assembly decides for itself and binds "
                "its own delegate.",
                time=Phrase(in_full(fact.closes)),
            ),
        ),
        page=f"/proposals/{in_hex(entry.digest)}",
        lang=language(desk, fact.title),
    )


def placement(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Placement)
    html = Markup("") if fact.why is None else written(desk, fact.why)
    if fact.belongs == "here":
        title = phrased("We say that all assemblies should decide this")
    elif fact.alone:
        title = phrased("We call this back: it concerns us alone")
    else:
        title = phrased("We say that this belongs further down")
    return Carrier(
        title=on(title, shortened(proposed(desk, fact.proposal))),
        html=html + in_lines([phrased("Our assembly has decided so.")]),
        page=f"/proposals/{in_hex(fact.proposal)}",
    )


def withdrawal(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Withdrawal)
    return Carrier(
        title=on(phrased("We withdraw our proposal"), proposed(desk, fact.proposal)),
        html=in_lines(
            [phrased("Our assembly has decided so. Nobody votes on it any more.")]
        ),
        page=f"/proposals/{in_hex(fact.proposal)}",
    )


def filed(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Filed)
    title = proposed(desk, fact.proposal)
    if fact.document is None:
        says = phrased("Our vote is withdrawn")
        text = phrased("Our seat has no vote on it for now.")
    else:
        chosen = " > ".join(labels(desk, fact.proposal, fact.document.choice))
        says = on(phrased("Our delegate votes"), chosen)
        text = phrased("The vote keeps to the mandate that the assembly gave.")
        if fact.revision > 1:
            text += " " + phrased("It takes the place of what was filed before.")
    return Carrier(
        title=says,
        html=Markup("<p>{} {}</p>").format(phrased("On “{title}”.", title=title), text),
        page=f"/proposals/{in_hex(fact.proposal)}",
    )


def paper_vote(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.PaperVote)
    chosen = ", ".join(labels(desk, fact.proposal, fact.choice))
    return Carrier(
        title=on(phrased("Filed for a fellow assembly, on paper"), chosen),
        html=Markup("<p>{} {}</p>").format(
            phrased("On “{title}”.", title=proposed(desk, fact.proposal)),
            phrased(
                "The node of that assembly is dark. Its delegate came to us with their "
                "mandate; the vote counts once another assembly has countersigned it."
            ),
        ),
        page=f"/proposals/{in_hex(fact.proposal)}",
    )
