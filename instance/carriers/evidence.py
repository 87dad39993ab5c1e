"""Posts about whom an assembly speaks for, and what others found when they looked."""

from markupsafe import Markup

from confederation import record
from confederation.errors import ByNumber, Phrase
from confederation.record import Entry
from instance.carriers.phrases import Carrier, in_hex, in_lines, written
from instance.desk import Desk
from instance.languages import in_full, phrased


def legitimacy(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Legitimacy)
    lines = [
        phrased(
            ByNumber(
                "It rests on {number} of our last meetings.",
                "It rests on {number} of our last meetings.",
            ),
            number=len(fact.sittings),
        )
    ]
    if fact.figure is not None:
        lines.append(
            phrased("Residents, by the criteria: {number}.", number=fact.figure)
        )
    if not fact.holds:
        lines.append(phrased("It does not meet the criteria on attendance yet."))
    return Carrier(
        title=phrased("What we can say of ourselves"),
        html=in_lines(lines),
        page=f"/compacts/{in_hex(fact.compact)}/evidence/{in_hex(entry.assembly)}",
    )


def visit(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Visit)
    says = [phrased("Our assembly decided to say so.")]
    if fact.present is not None:
        counted = ByNumber("We counted {number} person.", "We counted {number} people.")
        says.append(phrased(counted, number=fact.present))
    return Carrier(
        title=phrased("We visited another assembly: it was as they say")
        if fact.confirms
        else phrased("We visited another assembly: it was otherwise than they say"),
        html=Markup("<p>{}</p>").format(" ".join(says)),
        page=f"/compacts/{in_hex(fact.compact)}/evidence/{in_hex(fact.of)}",
    )


def challenge(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Challenge)
    html = Markup("").join(written(desk, each) for each in fact.evidence)
    return Carrier(
        title=phrased("We challenge what an assembly says of itself"),
        html=html
        + in_lines(
            [
                phrased(
                    "It has until {time} to answer. Then assemblies drawn by lot that "
                    "are no party to it look at both.",
                    time=Phrase(in_full(fact.reply_by)),
                )
            ]
        ),
        page=f"/compacts/{in_hex(fact.compact)}/evidence/{in_hex(fact.of)}",
    )


def reply(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Reply)
    return Carrier(
        title=phrased("We answer a challenge to what we say of ourselves"),
        html=written(desk, fact.text),
        page=f"/entries/{in_hex(entry.digest)}",
    )


def verdict(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Verdict)
    return Carrier(
        title=phrased(
            "We were drawn to look at a challenge: what was claimed is upheld"
        )
        if fact.upheld
        else phrased(
            "We were drawn to look at a challenge: what was claimed is not upheld"
        ),
        html=Markup("") if fact.reason is None else written(desk, fact.reason),
        page=f"/entries/{in_hex(entry.digest)}",
    )
