"""Our decisions, as a form offers them to whoever carries one out."""

from dataclasses import dataclass
from typing import Final

from confederation import record
from confederation.errors import Invalid
from confederation.identifiers import Digest
from instance import chamber
from instance.desk import Desk
from instance.store import records
from instance.web import asking, naming
from instance.web.forms import Form
from instance.web.naming import Words, in_hex

MOST: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A decision that a form offers: its hex, and what it says."""

    value: str
    says: Words


def newest(desk: Desk) -> tuple[Choice, ...]:
    """Return our newest decisions that were passed and confirmed."""
    ours = records.ours(desk.connection)
    kept = None if ours is None else chamber.record_of(desk, ours.id)
    if kept is None:
        return ()
    passed = [
        Choice(
            value=in_hex(entry.digest),
            says=naming.some_words(desk, fact.text_commit)
            or Words(text=f"{in_hex(entry.digest)[:12]}…"),
        )
        for entry, fact in kept.facts(record.Decision)
        if fact.outcome == "passed" and kept.confirmed(entry)
    ]
    return tuple(reversed(passed[-MOST:]))


def read(desk: Desk, form: Form) -> Digest:
    """Return the decision that a form names.

    Raises:
        Invalid: it is none of ours that was passed and confirmed.
    """
    decision = asking.the_digest(form.one("decision"), "By which decision")
    if in_hex(decision) not in {each.value for each in newest(desk)}:
        raise Invalid(
            "“By which decision”: this needs a decision of our assembly that was "
            "passed and confirmed."
        )
    return decision
