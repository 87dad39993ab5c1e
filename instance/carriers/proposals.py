"""Posts about what all assemblies vote on, and about the votes that are filed."""

from markupsafe import Markup

from confederation import record
from confederation.record import Entry
from instance.carriers.phrases import (
    Carrier,
    in_hex,
    labels,
    language,
    proposed,
    shortened,
    when,
    words,
    written,
)
from instance.desk import Desk


def proposal(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Proposal)
    clauses = Markup("").join(
        Markup("<li>{}</li>").format(words(desk, clause.text))
        for clause in fact.clauses
    )
    return Carrier(
        title=f"Proposal to all assemblies: {words(desk, fact.title)}",
        html=Markup("<ol>{}</ol><p>Voting closes on {}. {}</p>").format(
            clauses,
            when(desk, fact.closes),
            "Each assembly decides for itself and binds its own delegate.",
        ),
        page=f"/proposals/{in_hex(entry.digest)}",
        lang=language(desk, fact.title),
    )


def placement(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Placement)
    html = Markup("") if fact.why is None else written(desk, fact.why)
    if fact.belongs == "here":
        title = "We say that all assemblies should decide this"
    elif fact.alone:
        title = "We call this back: it concerns us alone"
    else:
        title = "We say that this belongs further down"
    return Carrier(
        title=f"{title}: {shortened(proposed(desk, fact.proposal))}",
        html=html + Markup("<p>Our assembly has decided so.</p>"),
        page=f"/proposals/{in_hex(fact.proposal)}",
    )


def withdrawal(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Withdrawal)
    return Carrier(
        title=f"We withdraw our proposal: {proposed(desk, fact.proposal)}",
        html=Markup("<p>Our assembly has decided so. Nobody votes on it any more.</p>"),
        page=f"/proposals/{in_hex(fact.proposal)}",
    )


def filed(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Filed)
    title = proposed(desk, fact.proposal)
    if fact.document is None:
        says, text = "Our vote is withdrawn", "Our seat has no vote on it for now."
    else:
        chosen = " > ".join(labels(desk, fact.proposal, fact.document.choice))
        says = f"Our delegate votes: {chosen}"
        text = "The vote keeps to the mandate that the assembly gave."
        if fact.revision > 1:
            text += " It takes the place of what was filed before."
    return Carrier(
        title=says,
        html=Markup("<p>On “{}”. {}</p>").format(title, text),
        page=f"/proposals/{in_hex(fact.proposal)}",
    )


def paper_vote(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.PaperVote)
    chosen = ", ".join(labels(desk, fact.proposal, fact.choice))
    return Carrier(
        title=f"Filed for a fellow assembly, on paper: {chosen}",
        html=Markup("<p>On “{}”. {}</p>").format(
            proposed(desk, fact.proposal),
            "The node of that assembly is dark. Its delegate came to us with their "
            "mandate; the vote counts once another assembly has countersigned it.",
        ),
        page=f"/proposals/{in_hex(fact.proposal)}",
    )
