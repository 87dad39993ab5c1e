"""Posts about whom an assembly speaks for, and what others found when they looked."""

from markupsafe import Markup

from confederation import record
from confederation.record import Entry
from instance.carriers.phrases import Carrier, in_hex, in_lines, when, written
from instance.desk import Desk


def legitimacy(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Legitimacy)
    lines = [f"It rests on {len(fact.sittings)} of our last meetings."]
    if fact.figure is not None:
        lines.append(f"Residents, by the criteria: {fact.figure}.")
    if not fact.holds:
        lines.append("It does not meet the criteria on attendance yet.")
    return Carrier(
        title="What we can say of ourselves",
        html=in_lines(lines),
        page=f"/compacts/{in_hex(fact.compact)}/evidence/{in_hex(entry.assembly)}",
    )


def visit(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Visit)
    says = "as they say" if fact.confirms else "otherwise than they say"
    counted = "" if fact.present is None else f" We counted {fact.present} people."
    return Carrier(
        title=f"We visited another assembly: it was {says}",
        html=Markup("<p>{}</p>").format(f"Our assembly decided to say so.{counted}"),
        page=f"/compacts/{in_hex(fact.compact)}/evidence/{in_hex(fact.of)}",
    )


def challenge(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Challenge)
    html = Markup("").join(written(desk, each) for each in fact.evidence)
    return Carrier(
        title="We challenge what an assembly says of itself",
        html=html
        + Markup("<p>{}</p>").format(
            f"It has until {when(desk, fact.reply_by)} to answer. Then assemblies "
            "drawn by lot that are no party to it look at both."
        ),
        page=f"/compacts/{in_hex(fact.compact)}/evidence/{in_hex(fact.of)}",
    )


def reply(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Reply)
    return Carrier(
        title="We answer a challenge to what we say of ourselves",
        html=written(desk, fact.text),
        page=f"/entries/{in_hex(entry.digest)}",
    )


def verdict(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Verdict)
    says = "is upheld" if fact.upheld else "is not upheld"
    return Carrier(
        title=f"We were drawn to look at a challenge: what was claimed {says}",
        html=Markup("") if fact.reason is None else written(desk, fact.reason),
        page=f"/entries/{in_hex(entry.digest)}",
    )
