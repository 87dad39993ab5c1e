"""Posts about what an assembly raises, and about who says that they have it too."""

from markupsafe import Markup

from confederation import record
from confederation.record import Entry
from instance.carriers.phrases import (
    Carrier,
    fact_of,
    in_hex,
    shortened,
    words,
    written,
)
from instance.desk import Desk


def issue(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Issue)
    html = written(desk, fact.what)
    if fact.why is not None:
        html += Markup("<p><strong>Why it matters</strong></p>")
        html += written(desk, fact.why)
    return Carrier(
        title=f"Issue: {words(desk, fact.title)}",
        html=html,
        page=f"/issues/{in_hex(entry.digest)}",
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
    return Carrier(title=f"We have this too{about}", html=html, page=page)
