"""Posts about who speaks for us, what they must do, and what they told us they did."""

from collections.abc import Iterator
from typing import Final

from markupsafe import Markup

from confederation import record
from confederation.confederal.compact import RANKINGS
from confederation.errors import Phrase, Series
from confederation.identifiers import Digest
from confederation.record import Entry
from instance.carriers.phrases import (
    Carrier,
    a_mention,
    fact_of,
    in_hex,
    in_lines,
    labels,
    name_of,
    proposed,
    written,
)
from instance.desk import Desk
from instance.languages import N_, in_full, mark_up, on_day, phrased, translated


def election(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Election)
    called = name_of(desk, fact.holder)
    return Carrier(
        title=phrased("We have elected our delegate"),
        html=Markup("<p>{}</p>").format(
            mark_up(
                "{delegate} speaks for us, as we instruct and for as long as we want.",
                delegate=a_mention(fact.holder, called),
            )
            if fact.alternate is None
            else mark_up(
                "{delegate} speaks for us, with an alternate in their place, as we "
                "instruct and for as long as we want.",
                delegate=a_mention(fact.holder, called),
            )
        ),
        page=f"/decisions/{in_hex(fact.decision)}",
        mentions=((fact.holder, called),),
    )


def mandate(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Mandate)
    called = name_of(desk, fact.holder)
    parts = [
        Markup("<p>{}</p>").format(
            mark_up(
                "This is what our delegate {delegate} must do:",
                delegate=a_mention(fact.holder, called),
            )
        )
    ]
    for instruction in fact.instructions:
        at_large = instruction.proposal == Digest(fact.compact)
        lines = [
            _on_all_else(fact)
            if at_large
            else phrased("On “{title}”:", title=proposed(desk, instruction.proposal))
        ]
        lines += _told(desk, instruction)
        if instruction.may_amend:
            numbers = Series(instruction.may_amend)
            lines.append(
                phrased(
                    "may agree to other words in these clauses: {numbers}.",
                    numbers=numbers,
                )
            )
        for clause, limits in sorted(instruction.amounts.items()):
            lines += [
                phrased(
                    "in clause {clause}, {name} may be from {least} to {most}.",
                    clause=clause,
                    name=name,
                    least=least,
                    most=most,
                )
                for name, (least, most) in sorted(limits.items())
            ]
        parts.append(in_lines(lines))
        if instruction.reason is not None:
            parts.append(written(desk, instruction.reason))
    parts.append(
        in_lines(
            [
                phrased(
                    "Until {time}, unless we recall them before.",
                    time=Phrase(in_full(fact.valid_until)),
                ),
                phrased(
                    "They report back to us by {day}.",
                    day=Phrase(on_day(fact.report_due)),
                ),
            ]
        )
    )
    return Carrier(
        title=phrased("Mandate: what our delegate must do"),
        html=Markup("").join(parts),
        page=f"/mandates/{in_hex(entry.digest)}",
        mentions=((fact.holder, called),),
    )


def _on_all_else(given: record.Mandate) -> str:
    if not given.theme:
        return phrased("On whatever else comes before the assemblies:")
    return phrased(
        "On whatever else comes before the assemblies about {theme}:", theme=given.theme
    )


def _told(desk: Desk, instruction: record.Instruction) -> Iterator[str]:
    """Say what an instruction says of options; in a ranking they are an order."""
    proposal = fact_of(desk, instruction.proposal, record.Proposal)
    ranks = proposal is not None and proposal.method.name in RANKINGS
    for says, of_ranking, options in (
        (
            N_("must choose {options}."),
            N_("must begin with, in this order: {options}."),
            instruction.must,
        ),
        (N_("may choose among {options}."), N_("may rank {options}."), instruction.may),
        (
            N_("must not choose {options}."),
            N_("must not rank {options}."),
            instruction.must_not,
        ),
    ):
        if options:
            between = " > " if ranks and options == instruction.must else ", "
            chosen = between.join(labels(desk, instruction.proposal, options))
            yield phrased(of_ranking if ranks else says, options=chosen)


def recall(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Recall)
    return Carrier(
        title=phrased("Our delegate is recalled"),
        html=in_lines(
            [
                phrased(
                    "The assembly has ended this mandate. Nothing that is filed under "
                    "it from now on is valid."
                )
            ]
        ),
        page=f"/mandates/{in_hex(fact.mandate)}",
    )


def report_back(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.ReportBack)
    html = in_lines([translated(_REPORTS[fact.state][1])])
    if fact.text is not None:
        html += written(desk, fact.text)
    return Carrier(
        title=translated(_REPORTS[fact.state][0]),
        html=html,
        page=f"/mandates/{in_hex(fact.mandate)}",
    )


_REPORTS: Final = {
    "filed": (
        N_("Our delegate reports back"),
        N_("Our delegate has told us what they did under their mandate."),
    ),
    "accepted": (
        N_("The report of our delegate is accepted"),
        N_("The assembly has heard it and accepted it."),
    ),
    "not accepted": (
        N_("The report of our delegate is not accepted"),
        N_("The assembly has heard it and did not accept it."),
    ),
    "awaited": (
        N_("The report of our delegate is awaited"),
        N_("The assembly has asked for it again."),
    ),
}
