"""Posts about who speaks for us, what they must do, and what they told us they did."""

from collections.abc import Iterator
from typing import Final

from markupsafe import Markup

from confederation import record
from confederation.confederal.compact import RANKINGS
from confederation.identifiers import Digest
from confederation.record import Entry
from instance.carriers.phrases import (
    Carrier,
    a_mention,
    day,
    fact_of,
    in_hex,
    in_lines,
    labels,
    name_of,
    proposed,
    when,
    written,
)
from instance.desk import Desk


def election(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Election)
    called = name_of(desk, fact.holder)
    return Carrier(
        title="We have elected our delegate",
        html=Markup(
            "<p>{} speaks for us{}, as we instruct and for as long as we want.</p>"
        ).format(
            a_mention(fact.holder, called),
            "" if fact.alternate is None else ", with an alternate in their place",
        ),
        page=f"/decisions/{in_hex(fact.decision)}",
        mentions=((fact.holder, called),),
    )


def mandate(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Mandate)
    called = name_of(desk, fact.holder)
    parts = [
        Markup("<p>This is what our delegate {} must do:</p>").format(
            a_mention(fact.holder, called)
        )
    ]
    for instruction in fact.instructions:
        at_large = instruction.proposal == Digest(fact.compact)
        lines = [
            f"On whatever else comes before the assemblies{_about_theme(fact)}:"
            if at_large
            else f"On “{proposed(desk, instruction.proposal)}”:"
        ]
        lines += _told(desk, instruction)
        if instruction.may_amend:
            numbers = ", ".join(map(str, instruction.may_amend))
            lines.append(f"may agree to other words in these clauses: {numbers}.")
        for clause, limits in sorted(instruction.amounts.items()):
            lines += [
                f"in clause {clause}, {name} may be from {least} to {most}."
                for name, (least, most) in sorted(limits.items())
            ]
        parts.append(in_lines(lines))
        if instruction.reason is not None:
            parts.append(written(desk, instruction.reason))
    parts.append(
        in_lines(
            [
                f"Until {when(desk, fact.valid_until)}, unless we recall them before.",
                f"They report back to us by {day(desk, fact.report_due)}.",
            ]
        )
    )
    return Carrier(
        title="Mandate: what our delegate must do",
        html=Markup("").join(parts),
        page=f"/mandates/{in_hex(entry.digest)}",
        mentions=((fact.holder, called),),
    )


def _about_theme(given: record.Mandate) -> str:
    return f" about {given.theme}" if given.theme else ""


def _told(desk: Desk, instruction: record.Instruction) -> Iterator[str]:
    """Say what an instruction says of options; in a ranking they are an order."""
    proposal = fact_of(desk, instruction.proposal, record.Proposal)
    ranks = proposal is not None and proposal.method.name in RANKINGS
    for says, of_ranking, options in (
        ("must choose", "must begin with, in this order:", instruction.must),
        ("may choose among", "may rank", instruction.may),
        ("must not choose", "must not rank", instruction.must_not),
    ):
        if options:
            between = " > " if ranks and options == instruction.must else ", "
            chosen = between.join(labels(desk, instruction.proposal, options))
            yield f"{of_ranking if ranks else says} {chosen}."


def recall(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Recall)
    return Carrier(
        title="Our delegate is recalled",
        html=Markup(
            "<p>The assembly has ended this mandate. Nothing that is filed under it "
            "from now on is valid.</p>"
        ),
        page=f"/mandates/{in_hex(fact.mandate)}",
    )


def report_back(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.ReportBack)
    html = Markup("<p>{}</p>").format(_REPORTS[fact.state])
    if fact.text is not None:
        html += written(desk, fact.text)
    return Carrier(
        title="Our delegate reports back"
        if fact.state == "filed"
        else f"The report of our delegate is {fact.state}",
        html=html,
        page=f"/mandates/{in_hex(fact.mandate)}",
    )


_REPORTS: Final = {
    "filed": "Our delegate has told us what they did under their mandate.",
    "accepted": "The assembly has heard it and accepted it.",
    "not accepted": "The assembly has heard it and did not accept it.",
    "awaited": "The assembly has asked for it again.",
}
