"""What people read on the fediverse: ordinary posts in plain words, with a link.

A carrier holds the entry in one property. It may be reworded; the entry never changes,
and only the entry counts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

from confederation import record
from confederation.record import Entry
from instance import markup
from instance.desk import Desk
from instance.store import events

_UNWRITTEN: Final = "(text withdrawn)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A post: its title, its body, and the page that shows the whole."""

    title: str
    html: Markup
    page: str


def carrier(desk: Desk, entry: Entry) -> Carrier | None:
    """Return the post for an entry of ours, or None where people read none."""
    write = _WRITERS.get(type(entry.fact))
    return None if write is None else write(desk, entry)


def _words(desk: Desk, commitment: str | None) -> str:
    return events.wording(desk.connection, commitment) or _UNWRITTEN


def _issue(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Issue)
    html = markup.paragraphs(_words(desk, fact.what))
    if fact.why is not None:
        html += Markup("<p><strong>Why it matters</strong></p>")
        html += markup.paragraphs(_words(desk, fact.why))
    return Carrier(
        title=f"Issue: {_words(desk, fact.title)}",
        html=html,
        page=f"/issues/{_short(entry.digest)}",
    )


def _shared_account(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.SharedAccount)
    html = markup.paragraphs(_words(desk, fact.account))
    if fact.why is not None:
        html += markup.paragraphs(_words(desk, fact.why))
    return Carrier(
        title="We have this too",
        html=html,
        page=f"/shared/{_short(fact.shares)}",
    )


def _proposal(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Proposal)
    clauses = Markup("").join(
        Markup("<li>{}</li>").format(_words(desk, clause.text))
        for clause in fact.clauses
    )
    return Carrier(
        title=f"Proposal to all assemblies: {_words(desk, fact.title)}",
        html=Markup("<ol>{}</ol><p>Voting closes on {}. {}</p>").format(
            clauses,
            fact.closes.strftime("%-d %B %Y at %H:%M UTC"),
            "Each assembly decides for itself and binds its own delegate.",
        ),
        page=f"/proposals/{_short(entry.digest)}",
    )


def _decision(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Decision)
    lines = [f"{_OUTCOMES[fact.outcome]} by {_METHODS.get(fact.method.name, '')}."]
    lines.append(f"{fact.present} people were present.")
    if fact.members is not None:
        lines.append(
            f"For {fact.members.for_}, against {fact.members.against}, "
            f"abstaining {fact.members.abstain} ({fact.members.basis})."
        )
    if len(fact.confirmed_by) < 2:
        lines.append("One signature only: not confirmed by two tellers.")
    return Carrier(
        title=f"Decision: {fact.outcome}",
        html=Markup("<p>{}</p>").format(Markup("<br>").join(map(escape, lines))),
        page=f"/decisions/{_short(entry.digest)}",
    )


def _mandate(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Mandate)
    lines = []
    for instruction in fact.instructions:
        if instruction.must:
            lines.append("Must choose: " + ", ".join(instruction.must) + ".")
        if instruction.may:
            lines.append("May choose among: " + ", ".join(instruction.may) + ".")
        if instruction.must_not:
            lines.append("Must not choose: " + ", ".join(instruction.must_not) + ".")
    lines.append(f"Until {fact.valid_until:%-d %B %Y}.")
    return Carrier(
        title="Mandate: what our delegate must do",
        html=Markup("<p>{}</p>").format(Markup("<br>").join(map(escape, lines))),
        page=f"/mandates/{_short(entry.digest)}",
    )


def _recall(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Recall)
    return Carrier(
        title="Our delegate is recalled",
        html=Markup(
            "<p>The assembly has ended this mandate. Nothing that is filed under it "
            "from now on is valid.</p>"
        ),
        page=f"/mandates/{_short(fact.mandate)}",
    )


def _filed(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Filed)
    if fact.document is None:
        title, text = "Our vote is withdrawn", "The seat has no vote for now."
    else:
        title = f"Our delegate votes: {', '.join(fact.document.choice)}"
        text = "The vote keeps to the mandate that the assembly gave."
    return Carrier(
        title=title,
        html=Markup("<p>{}</p>").format(text),
        page=f"/proposals/{_short(fact.proposal)}",
    )


def _attestation(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Attestation)
    return Carrier(
        title=f"We attest the result: {fact.result.outcome}",
        html=Markup(
            "<p>We computed the result of this vote from the signed records of all "
            "assemblies. Fingerprint: <code>{}</code></p>"
        ).format(fact.result_hash),
        page=f"/proposals/{_short(fact.proposal)}",
    )


def _short(digest: str) -> str:
    """A digest as it stands in the address of a page."""
    return digest.removeprefix("sha256:")


_OUTCOMES: Final = {
    "passed": "Passed",
    "rejected": "Not passed",
    "no quorum": "No quorum, nothing decided",
}
_METHODS: Final = {
    "consent": "consent",
    "majority": "simple majority",
    "qualified": "qualified majority",
    "ranked": "ranked choice",
}
_WRITERS: Final[dict[type, Callable[[Desk, Entry], Carrier]]] = {
    record.Issue: _issue,
    record.SharedAccount: _shared_account,
    record.Proposal: _proposal,
    record.Decision: _decision,
    record.Mandate: _mandate,
    record.Recall: _recall,
    record.Filed: _filed,
    record.Attestation: _attestation,
}
