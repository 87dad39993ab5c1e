"""Posts about texts that assemblies draft together: none of them decides anything."""

from typing import Final

from markupsafe import Markup

from confederation import record
from confederation.record import Entry
from instance.carriers.phrases import (
    Carrier,
    fact_of,
    headed,
    in_hex,
    in_lines,
    on,
    shortened,
    words,
    written,
)
from instance.desk import Desk
from instance.languages import N_, phrased, translated


def common_text(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.CommonText)
    title = shortened(words(desk, fact.version.title))
    page = f"/texts/{in_hex(fact.version_hash)}"
    if fact.stand == "offered":
        clauses = Markup("").join(
            Markup("<li>{}</li>").format(words(desk, clause.text))
            for clause in fact.version.clauses
        )
        html = Markup("<ol>{}</ol>").format(clauses)
        if fact.reason is not None:
            html += headed(phrased("Why")) + written(desk, fact.reason)
        amends = bool(fact.version.parents)
        says = (
            phrased("We offer an amended text")
            if amends
            else phrased("We offer a text to draft")
        )
        return Carrier(
            title=on(says, title), html=html, page=page, lang=fact.version.lang
        )
    stands, means = _STANDS[fact.stand]
    return Carrier(
        title=on(translated(stands), title),
        html=in_lines([translated(means)]),
        page=page,
    )


def text_objection(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.TextObjection)
    return Carrier(
        title=translated(_OBJECTIONS[fact.state]),
        html=written(desk, fact.reason),
        page=f"/texts/{in_hex(fact.on)}",
    )


def objection_test(desk: Desk, entry: Entry) -> Carrier | None:
    fact = entry.fact
    assert isinstance(fact, record.ObjectionTest)
    objection = fact_of(desk, fact.objection, record.TextObjection)
    if objection is None:
        return None
    return Carrier(
        title=phrased("We have tested an objection, and find it valid")
        if fact.upheld
        else phrased("We have tested an objection, and find it not valid"),
        html=in_lines(
            [
                phrased(
                    "Valid: {valid}. Not valid: {not_valid}.",
                    valid=fact.valid,
                    not_valid=fact.not_valid,
                )
            ]
        )
        + written(desk, objection.reason),
        page=f"/texts/{in_hex(objection.on)}",
    )


_STANDS: Final = {
    "taken in": (
        N_("We take an amended text in"),
        N_("We go on from this version. Nothing is decided by that."),
    ),
    "agreed": (
        N_("We agree to a text"),
        N_("This is the text that we put to our people. They decide on it, not we."),
    ),
    "withdrawn": (
        N_("We no longer stand by a version of a text"),
        N_("What we said of it before is taken back."),
    ),
}
_OBJECTIONS: Final = {
    "raised": N_("We object to a text that we draft with others"),
    "stands": N_("Our objection to a text stands"),
    "withdrawn": N_("We withdraw our objection to a text"),
}
