"""Posts about texts that assemblies draft together: none of them decides anything."""

from typing import Final

from markupsafe import Markup

from confederation import record
from confederation.record import Entry
from instance.carriers.phrases import (
    Carrier,
    fact_of,
    in_hex,
    in_lines,
    shortened,
    words,
    written,
)
from instance.desk import Desk


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
            html += Markup("<p><strong>Why</strong></p>") + written(desk, fact.reason)
        amends = bool(fact.version.parents)
        says = "We offer an amended text" if amends else "We offer a text to draft"
        return Carrier(
            title=f"{says}: {title}", html=html, page=page, lang=fact.version.lang
        )
    return Carrier(
        title=f"{_STANDS[fact.stand][0]}: {title}",
        html=Markup("<p>{}</p>").format(_STANDS[fact.stand][1]),
        page=page,
    )


def text_objection(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.TextObjection)
    return Carrier(
        title=_OBJECTIONS[fact.state],
        html=written(desk, fact.reason),
        page=f"/texts/{in_hex(fact.on)}",
    )


def objection_test(desk: Desk, entry: Entry) -> Carrier | None:
    fact = entry.fact
    assert isinstance(fact, record.ObjectionTest)
    objection = fact_of(desk, fact.objection, record.TextObjection)
    if objection is None:
        return None
    found = "valid" if fact.upheld else "not valid"
    return Carrier(
        title=f"We have tested an objection, and find it {found}",
        html=in_lines([f"Valid: {fact.valid}. Not valid: {fact.not_valid}."])
        + written(desk, objection.reason),
        page=f"/texts/{in_hex(objection.on)}",
    )


_STANDS: Final = {
    "taken in": (
        "We take an amended text in",
        "We go on from this version. Nothing is decided by that.",
    ),
    "agreed": (
        "We agree to a text",
        "This is the text that we put to our people. They decide on it, not we.",
    ),
    "withdrawn": (
        "We no longer stand by a version of a text",
        "What we said of it before is taken back.",
    ),
}
_OBJECTIONS: Final = {
    "raised": "We object to a text that we draft with others",
    "stands": "Our objection to a text stands",
    "withdrawn": "We withdraw our objection to a text",
}
