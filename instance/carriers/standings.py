"""Posts about our assembly: whom it decides with, and how it ends or goes on."""

from typing import Final

from markupsafe import Markup

from confederation import record
from confederation.record import Entry
from instance.carriers.phrases import Carrier, in_hex, in_lines, written
from instance.desk import Desk
from instance.store import compacts, records


def membership(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Membership)
    compact = compacts.document(desk.connection, fact.compact)
    purpose = None if compact is None else str(compact.get("purpose"))
    html = Markup("")
    if purpose is not None:
        html = written(desk, purpose)
    return Carrier(
        title=_MEMBERSHIPS[fact.act],
        html=html
        + Markup("<p>{}</p>").format(
            "Every assembly decides for itself, and leaves when it wants to."
        ),
        page=f"/compacts/{in_hex(fact.compact)}",
    )


def succession(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Succession)
    page = f"/record/{in_hex(entry.assembly)}/who"
    if fact.act == "succeed":
        return Carrier(
            title="We take up where another assembly ended",
            html=Markup("<p>{}</p>").format(
                "Its decisions stand under its name; what we decide now is our own."
            ),
            page=page,
        )
    named = [records.assembly(desk.connection, each) for each in fact.successors]
    links = [
        Markup('<a href="{}">{}</a>').format(known.address, known.address)
        for known in named
        if known is not None
    ]
    goes_on = in_lines(["Who goes on, to be followed from now on:"]) if links else ""
    return Carrier(
        title=_ENDS[fact.act],
        html=goes_on
        + Markup("").join(Markup("<p>{}</p>").format(each) for each in links)
        + Markup("<p>{}</p>").format(
            "What we decided before keeps its place and its name."
        ),
        page=page,
    )


def settlement(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Settlement)
    return Carrier(
        title="We had signed two things that contradict each other, and settled it",
        html=Markup(
            "<p>The assembly decided which of the two it goes on from. Both stay to be "
            "seen, with its signature on them.</p>"
        ),
        page=f"/record/{in_hex(entry.assembly)}/contradictions",
    )


_MEMBERSHIPS: Final = {
    "join": "We decide together with other assemblies from now on",
    "apply": "We apply to decide together with other assemblies",
    "leave": "We leave the assemblies that we decided with",
}
_ENDS: Final = {
    "split": "Our assembly has split",
    "merge": "Our assembly goes on together with another",
    "dissolve": "Our assembly is dissolved",
}
