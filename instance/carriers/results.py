"""Posts about what came of a vote of all assemblies, and what each then said of it."""

from datetime import datetime
from typing import Final

from markupsafe import Markup

from confederation import record
from confederation.confederal import ratifying
from confederation.record import Entry
from instance.carriers.phrases import (
    Carrier,
    assemblies,
    fact_of,
    in_hex,
    labels,
    proposed,
    shortened,
    when,
    words,
)
from instance.desk import Desk


def result(
    desk: Desk,
    proposal: Entry,
    settled: record.Result,
    *,
    attested_by: int,
    ratified_until: datetime | None = None,
) -> Carrier:
    """Return the post that tells the settled result of a vote of all assemblies.

    ``ratified_until`` is given where the outcome goes back to every assembly first.
    """
    assert isinstance(proposal.fact, record.Proposal)
    html = Markup("")
    if settled.ranked is not None and settled.outcome == "adopted":
        chosen = labels(desk, proposal.digest, settled.ranked.chosen)
        html = Markup("<p>Chosen: <strong>{}</strong></p>").format(", ".join(chosen))
    html += Markup("<p>{} {}</p>").format(
        f"{assemblies(attested_by)} worked this out from the signed records,",
        "each for itself, and came to the same.",
    )
    if ratified_until is not None:
        html += Markup("<p>{} {}</p>").format(
            "It is not in force yet: every assembly now decides whether to ratify it,",
            f"until {when(desk, ratified_until)}.",
        )
    outcome = _RESULTS[settled.outcome]
    return Carrier(
        title=f"{outcome}: {shortened(words(desk, proposal.fact.title))}",
        html=html,
        page=f"/proposals/{in_hex(proposal.digest)}",
    )


def ratification(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Ratification)
    title = proposed(desk, fact.proposal)
    text = "Our assembly has decided so, on the outcome as it was confirmed."
    if fact.withdrawn_by is not None:
        says = "Our seat is empty: we have left"
        text = "What is settled from here on does not bind us."
    else:
        says = "We ratify the outcome" if fact.ratifies else "We do not ratify it"
    if fact.revision > 1:
        text += " This takes the place of what we said before."
    return Carrier(
        title=f"{says}: {shortened(title)}",
        html=Markup("<p>{}</p>").format(text),
        page=f"/proposals/{in_hex(fact.proposal)}",
    )


def ratified(
    desk: Desk, proposal: Entry, result: record.Result, *, bound: int
) -> Carrier:
    """Return the post that tells how the ratification of a result has ended.

    ``result`` is that of the ratification; ``bound`` how many assemblies it binds.
    """
    assert isinstance(proposal.fact, record.Proposal)
    figures = result.figures
    says = (
        f"{assemblies(figures.assemblies[ratifying.RATIFY])} of {figures.seats} "
        f"ratified it; {figures.quorum} had to."
    )
    binds = "It binds nobody."
    if result.outcome == "in force":
        binds = (
            f"It binds {bound} of them. An assembly that said nothing has let it "
            "lapse, and is not bound by it."
            if bound < figures.seats
            else "It binds all of them."
        )
    return Carrier(
        title=f"{_RESULTS[result.outcome]}: "
        f"{shortened(words(desk, proposal.fact.title))}",
        html=Markup("<p>{}</p><p>{}</p>").format(says, binds),
        page=f"/proposals/{in_hex(proposal.digest)}",
    )


def correction(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Correction)
    attested = fact_of(desk, fact.attestation, record.Attestation)
    about = "" if attested is None else f": {proposed(desk, attested.proposal)}"
    return Carrier(
        title=f"We were wrong about a result{about}",
        html=Markup(
            "<p>What we attested does not follow from the signed records. "
            "The right fingerprint is <code>{}</code></p>"
        ).format(fact.result_hash),
        page=f"/entries/{in_hex(entry.digest)}",
    )


_RESULTS: Final = {
    "adopted": "Adopted by the assemblies together",
    "rejected": "Not adopted by the assemblies",
    "no quorum": "Nothing decided, too few assemblies voted",
    "withdrawn": "Withdrawn before it was decided",
    "returned": "Returned to where it belongs, and not decided here",
    "in force": "Ratified and in force",
    "not in force": "Not in force: too few assemblies ratified it",
}
