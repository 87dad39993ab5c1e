"""Posts about what an assembly raises, and about who says that they have it too."""

from typing import Final

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

REACHES: Final = {
    "local": N_("It reaches as far as this neighbourhood."),
    "district": N_("It reaches across the district."),
    "county": N_("It reaches across the county."),
    "national": N_("It reaches across the country."),
    "international": N_("It reaches across borders."),
}
"""What a post says of the scope of an issue."""


def issue(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Issue)
    html = written(desk, fact.what)
    if fact.why is not None:
        html += headed(phrased("Why it matters"))
        html += written(desk, fact.why)
    if fact.scope in REACHES:
        html += in_lines([translated(REACHES[fact.scope])])
    return Carrier(
        title=on(phrased("Issue"), words(desk, fact.title)),
        html=html,
        page=f"/issues/{in_hex(entry.digest)}",
        lang=fact.lang,
    )


def issue_scope(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.IssueScope)
    raised = fact_of(desk, fact.issue, record.Issue)
    about = None if raised is None else shortened(words(desk, raised.title))
    return Carrier(
        title=on(phrased("How far an issue reaches"), about),
        html=in_lines([translated(REACHES[fact.scope])]),
        page=f"/issues/{in_hex(fact.issue)}",
    )


def shared_account(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.SharedAccount)
    shared = fact_of(desk, fact.shares, record.Issue)
    about = None if shared is None else shortened(words(desk, shared.title))
    page = f"/shared/{in_hex(fact.shares)}"
    if fact.withdrawn:
        return Carrier(
            title=on(phrased("We no longer say that we have this too"), about),
            html=in_lines(
                [phrased("What we said before about this issue is taken back.")]
            ),
            page=page,
        )
    html = written(desk, fact.account)
    if fact.why is not None:
        html += headed(phrased("Why it matters to us"))
        html += written(desk, fact.why)
    return Carrier(
        title=on(phrased("We have this too"), about),
        html=html,
        page=page,
        lang=fact.lang,
    )
