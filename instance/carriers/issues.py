"""Posts about what an assembly raises, and about who says that they have it too."""

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

REACHES: Final = {
    "local": "It reaches as far as this neighbourhood.",
    "district": "It reaches across the district.",
    "county": "It reaches across the county.",
    "national": "It reaches across the country.",
    "international": "It reaches across borders.",
}
"""What a post says of the scope of an issue."""


def issue(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Issue)
    html = written(desk, fact.what)
    if fact.why is not None:
        html += Markup("<p><strong>Why it matters</strong></p>")
        html += written(desk, fact.why)
    if fact.scope in REACHES:
        html += in_lines([REACHES[fact.scope]])
    return Carrier(
        title=f"Issue: {words(desk, fact.title)}",
        html=html,
        page=f"/issues/{in_hex(entry.digest)}",
        lang=fact.lang,
    )


def issue_scope(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.IssueScope)
    raised = fact_of(desk, fact.issue, record.Issue)
    about = "" if raised is None else f": {shortened(words(desk, raised.title))}"
    return Carrier(
        title=f"How far an issue reaches{about}",
        html=in_lines([REACHES[fact.scope]]),
        page=f"/issues/{in_hex(fact.issue)}",
    )


def shared_account(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.SharedAccount)
    shared = fact_of(desk, fact.shares, record.Issue)
    about = "" if shared is None else f": {shortened(words(desk, shared.title))}"
    page = f"/shared/{in_hex(fact.shares)}"
    if fact.withdrawn:
        return Carrier(
            title=f"We no longer say that we have this too{about}",
            html=Markup("<p>What we said before about this issue is taken back.</p>"),
            page=page,
        )
    html = written(desk, fact.account)
    if fact.why is not None:
        html += Markup("<p><strong>Why it matters to us</strong></p>")
        html += written(desk, fact.why)
    return Carrier(
        title=f"We have this too{about}", html=html, page=page, lang=fact.lang
    )
