"""Posts about our assembly: whom it decides with, and how it ends or goes on."""

from typing import Final

from markupsafe import Markup

from confederation import record
from confederation.record import Entry
from instance.carriers.phrases import Carrier, in_hex, in_lines, written
from instance.desk import Desk
from instance.languages import N_, phrased, translated
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
        title=translated(_MEMBERSHIPS[fact.act]),
        html=html
        + in_lines(
            [phrased("Every assembly decides for itself, and leaves when it wants to.")]
        ),
        page=f"/compacts/{in_hex(fact.compact)}",
    )


def succession(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Succession)
    page = f"/record/{in_hex(entry.assembly)}/who"
    if fact.act == "succeed":
        return Carrier(
            title=phrased("We take up where another assembly ended"),
            html=in_lines(
                [
                    phrased(
                        "Its decisions stand under its name; what we decide now is our "
                        "own."
                    )
                ]
            ),
            page=page,
        )
    named = [records.assembly(desk.connection, each) for each in fact.successors]
    links = [
        Markup('<a href="{}">{}</a>').format(known.address, known.address)
        for known in named
        if known is not None
    ]
    goes_on = Markup("")
    if links:
        goes_on = in_lines([phrased("Who goes on, to be followed from now on:")])
    return Carrier(
        title=translated(_ENDS[fact.act]),
        html=goes_on
        + Markup("").join(Markup("<p>{}</p>").format(each) for each in links)
        + in_lines([phrased("What we decided before keeps its place and its name.")]),
        page=page,
    )


def settlement(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Settlement)
    return Carrier(
        title=phrased(
            "We had signed two things that contradict each other, and settled it"
        ),
        html=in_lines(
            [
                phrased(
                    "The assembly decided which of the two it goes on from. Both stay "
                    "to be seen, with its signature on them."
                )
            ]
        ),
        page=f"/record/{in_hex(entry.assembly)}/contradictions",
    )


_MEMBERSHIPS: Final = {
    "join": N_("We decide together with other assemblies from now on"),
    "apply": N_("We apply to decide together with other assemblies"),
    "leave": N_("We leave the assemblies that we decided with"),
}
_ENDS: Final = {
    "split": N_("Our assembly has split"),
    "merge": N_("Our assembly goes on together with another"),
    "dissolve": N_("Our assembly is dissolved"),
}
