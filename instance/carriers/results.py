"""Posts about what came of a vote of all assemblies, and what each then said of it."""

from datetime import datetime
from typing import Final

from markupsafe import Markup

from confederation import record
from confederation.confederal import ratifying
from confederation.errors import ByNumber, Phrase
from confederation.record import Entry
from instance.carriers.phrases import (
    Carrier,
    fact_of,
    in_hex,
    in_lines,
    labels,
    on,
    proposed,
    shortened,
    words,
)
from instance.desk import Desk
from instance.languages import N_, in_full, mark_up, phrased, translated


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
        html = Markup("<p>{}</p>").format(
            mark_up(
                "Chosen: {chosen}",
                chosen=Markup("<strong>{}</strong>").format(", ".join(chosen)),
            )
        )
    lines = [
        phrased(
            ByNumber(
                "{number} assembly worked this out from the signed records, each for "
                "itself, and came to the same.",
                "{number} assemblies worked this out from the signed records, each for "
                "itself, and came to the same.",
            ),
            number=attested_by,
        )
    ]
    if ratified_until is not None:
        lines.append(
            phrased(
                "It is not in force yet: every assembly now decides whether to ratify "
                "it, until {time}.",
                time=Phrase(in_full(ratified_until)),
            )
        )
    html += Markup("").join(in_lines([line]) for line in lines)
    return Carrier(
        title=on(
            translated(_RESULTS[settled.outcome]),
            shortened(words(desk, proposal.fact.title)),
        ),
        html=html,
        page=f"/proposals/{in_hex(proposal.digest)}",
    )


def ratification(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Ratification)
    title = proposed(desk, fact.proposal)
    text = phrased("Our assembly has decided so, on the outcome as it was confirmed.")
    if fact.withdrawn_by is not None:
        says = phrased("Our seat is empty: we have left")
        text = phrased("What is settled from here on does not bind us.")
    elif fact.ratifies:
        says = phrased("We ratify the outcome")
    else:
        says = phrased("We do not ratify it")
    if fact.revision > 1:
        text += " " + phrased("This takes the place of what we said before.")
    return Carrier(
        title=on(says, shortened(title)),
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
    says = phrased(
        ByNumber(
            "{number} assembly of {seats} ratified it; {quorum} had to.",
            "{number} assemblies of {seats} ratified it; {quorum} had to.",
        ),
        number=figures.assemblies[ratifying.RATIFY],
        seats=figures.seats,
        quorum=figures.quorum,
    )
    binds = phrased("It binds nobody.")
    if result.outcome == "in force" and bound < figures.seats:
        binds = phrased(
            "It binds {number} of them. An assembly that said nothing has let it "
            "lapse, and is not bound by it.",
            number=bound,
        )
    elif result.outcome == "in force":
        binds = phrased("It binds all of them.")
    return Carrier(
        title=on(
            translated(_RESULTS[result.outcome]),
            shortened(words(desk, proposal.fact.title)),
        ),
        html=Markup("<p>{}</p><p>{}</p>").format(says, binds),
        page=f"/proposals/{in_hex(proposal.digest)}",
    )


def correction(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Correction)
    attested = fact_of(desk, fact.attestation, record.Attestation)
    about = None if attested is None else proposed(desk, attested.proposal)
    return Carrier(
        title=on(phrased("We were wrong about a result"), about),
        html=Markup("<p>{}</p>").format(
            mark_up(
                "What we attested does not follow from the signed records. The right "
                "fingerprint is {fingerprint}",
                fingerprint=Markup("<code>{}</code>").format(fact.result_hash),
            )
        ),
        page=f"/entries/{in_hex(entry.digest)}",
    )


_RESULTS: Final = {
    "adopted": N_("Adopted by the assemblies together"),
    "rejected": N_("Not adopted by the assemblies"),
    "no quorum": N_("Nothing decided, too few assemblies voted"),
    "withdrawn": N_("Withdrawn before it was decided"),
    "returned": N_("Returned to where it belongs, and not decided here"),
    "in force": N_("Ratified and in force"),
    "not in force": N_("Not in force: too few assemblies ratified it"),
}
