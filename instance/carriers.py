"""What people read on the fediverse: ordinary posts in plain words, with a link.

A carrier holds the entry in one property. It may be reworded; the entry never changes,
and only the entry counts. What assemblies say to each other alone (who received what,
what was attested) has no carrier; the result of it has one.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from confederation import ratifying, record
from confederation.compact import RANKINGS
from confederation.identifiers import ActorId, Digest, OptionId
from confederation.record import Entry
from instance import archive, markup
from instance.desk import Desk
from instance.store import compacts, events, posts, records

F = TypeVar("F")

MOST_IN_TITLE: Final = 120
MOST_IN_TEXT: Final = 5_000
"""How much of a text a post holds; the rest is read on its page (W22)."""
_UNWRITTEN: Final = "(text withdrawn)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A post: its title, its body, and the page that shows the whole.

    ``mentions`` are the actors that it speaks of, each with the name to call it by.
    """

    title: str
    html: Markup
    page: str
    mentions: tuple[tuple[ActorId, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outdated:
    """An earlier entry whose post no longer says how things stand, and what to add."""

    entry: Digest
    says: str


def carrier(desk: Desk, entry: Entry) -> Carrier | None:
    """Return the post for an entry of ours, or None where people read none."""
    write = _WRITERS.get(type(entry.fact))
    return None if write is None else write(desk, entry)


def outdated(desk: Desk, entry: Entry) -> Iterator[Outdated]:
    """Go through the earlier entries whose posts are overtaken by this one of ours."""
    match entry.fact:
        case record.Decision(supersedes=str() as before):
            yield Outdated(
                entry=Digest(before), says="A later decision took its place."
            )
        case record.Mandate(supersedes=str() as before):
            says = "A later mandate took its place."
            yield Outdated(entry=Digest(before), says=says)
        case record.Recall(mandate=before):
            yield Outdated(entry=before, says="It has ended: the delegate is recalled.")
        case record.Withdrawal(proposal=before):
            yield Outdated(entry=before, says="The proposal is withdrawn.")
        case record.Filed(proposal=proposal):
            for digest, earlier in _ours_about(desk, entry, proposal, record.Filed):
                if earlier.document is not None:
                    yield Outdated(entry=digest, says="This vote stands no longer.")
        case record.Answer(ask=before, kind=kind):
            yield Outdated(entry=before, says=f"{_CAME[kind]}.")
        case record.Judgement(ask=before, verdict=verdict):
            yield Outdated(entry=before, says=_JUDGED[verdict])
        case record.Ratification(result_hash=result_hash):
            for digest, _ in _ours_about(desk, entry, result_hash, record.Ratification):
                yield Outdated(entry=digest, says="This answer stands no longer.")
        case record.Withholding(report=report):
            says = "A part is withheld: it targeted a person."
            yield Outdated(entry=report, says=says)
        case record.SharedAccount(shares=shares, withdrawn=True):
            for digest, _ in _ours_about(desk, entry, shares, record.SharedAccount):
                yield Outdated(entry=digest, says="We have taken this back.")
        case _:
            return


def result(
    desk: Desk,
    proposal: Entry,
    settled: record.Result,
    *,
    attested_by: int,
    ratified_until: datetime | None = None,
) -> Carrier:
    """Return the post that tells the settled result of a vote of all assemblies.

    ``ratified_until`` is given where the outcome goes back to every assembly first.
    """
    assert isinstance(proposal.fact, record.Proposal)
    html = Markup("")
    if settled.ranked is not None and settled.outcome == "adopted":
        chosen = _labels(desk, proposal.digest, settled.ranked.chosen)
        html = Markup("<p>Chosen: <strong>{}</strong></p>").format(", ".join(chosen))
    html += Markup("<p>{} {}</p>").format(
        f"{_assemblies(attested_by)} worked this out from the signed records,",
        "each for itself, and came to the same.",
    )
    if ratified_until is not None:
        html += Markup("<p>{} {}</p>").format(
            "It is not in force yet: every assembly now decides whether to ratify it,",
            f"until {_when(ratified_until)}.",
        )
    outcome = _RESULTS[settled.outcome]
    return Carrier(
        title=f"{outcome}: {_short(_words(desk, proposal.fact.title))}",
        html=html,
        page=f"/proposals/{_in_hex(proposal.digest)}",
    )


def ratified(
    desk: Desk, proposal: Entry, result: record.Result, *, bound: int
) -> Carrier:
    """Return the post that tells how the ratification of a result has ended.

    ``result`` is that of the ratification; ``bound`` how many assemblies it binds.
    """
    assert isinstance(proposal.fact, record.Proposal)
    figures = result.figures
    says = (
        f"{_assemblies(figures.assemblies[ratifying.RATIFY])} of {figures.seats} "
        f"ratified it; {figures.quorum} had to."
    )
    binds = "It binds nobody."
    if result.outcome == "in force":
        binds = (
            f"It binds {bound} of them. An assembly that said nothing has let it "
            "lapse, and is not bound by it."
            if bound < figures.seats
            else "It binds all of them."
        )
    return Carrier(
        title=f"{_RESULTS[result.outcome]}: "
        f"{_short(_words(desk, proposal.fact.title))}",
        html=Markup("<p>{}</p><p>{}</p>").format(says, binds),
        page=f"/proposals/{_in_hex(proposal.digest)}",
    )


def _issue(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Issue)
    html = written(desk, fact.what)
    if fact.why is not None:
        html += Markup("<p><strong>Why it matters</strong></p>")
        html += written(desk, fact.why)
    return Carrier(
        title=f"Issue: {_words(desk, fact.title)}",
        html=html,
        page=f"/issues/{_in_hex(entry.digest)}",
    )


def _shared_account(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.SharedAccount)
    shared = _fact_of(desk, fact.shares, record.Issue)
    about = "" if shared is None else f": {_short(_words(desk, shared.title))}"
    page = f"/shared/{_in_hex(fact.shares)}"
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


def _common_text(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.CommonText)
    title = _short(_words(desk, fact.version.title))
    page = f"/texts/{_in_hex(fact.version_hash)}"
    if fact.stand == "offered":
        clauses = Markup("").join(
            Markup("<li>{}</li>").format(_words(desk, clause.text))
            for clause in fact.version.clauses
        )
        html = Markup("<ol>{}</ol>").format(clauses)
        if fact.reason is not None:
            html += Markup("<p><strong>Why</strong></p>") + written(desk, fact.reason)
        amends = bool(fact.version.parents)
        says = "We offer an amended text" if amends else "We offer a text to draft"
        return Carrier(title=f"{says}: {title}", html=html, page=page)
    return Carrier(
        title=f"{_STANDS[fact.stand][0]}: {title}",
        html=Markup("<p>{}</p>").format(_STANDS[fact.stand][1]),
        page=page,
    )


def _text_objection(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.TextObjection)
    return Carrier(
        title=_OBJECTIONS[fact.state],
        html=written(desk, fact.reason),
        page=f"/texts/{_in_hex(fact.on)}",
    )


def _objection_test(desk: Desk, entry: Entry) -> Carrier | None:
    fact = entry.fact
    assert isinstance(fact, record.ObjectionTest)
    objection = _fact_of(desk, fact.objection, record.TextObjection)
    if objection is None:
        return None
    found = "valid" if fact.upheld else "not valid"
    return Carrier(
        title=f"We have tested an objection, and find it {found}",
        html=_lines([f"Valid: {fact.valid}. Not valid: {fact.not_valid}."])
        + written(desk, objection.reason),
        page=f"/texts/{_in_hex(objection.on)}",
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
            _when(fact.closes),
            "Each assembly decides for itself and binds its own delegate.",
        ),
        page=f"/proposals/{_in_hex(entry.digest)}",
    )


def _placement(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Placement)
    html = Markup("") if fact.why is None else written(desk, fact.why)
    if fact.belongs == "here":
        title = "We say that all assemblies should decide this"
    elif fact.alone:
        title = "We call this back: it concerns us alone"
    else:
        title = "We say that this belongs further down"
    return Carrier(
        title=f"{title}: {_short(_proposed(desk, fact.proposal))}",
        html=html + Markup("<p>Our assembly has decided so.</p>"),
        page=f"/proposals/{_in_hex(fact.proposal)}",
    )


def _withdrawal(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Withdrawal)
    return Carrier(
        title=f"We withdraw our proposal: {_proposed(desk, fact.proposal)}",
        html=Markup("<p>Our assembly has decided so. Nobody votes on it any more.</p>"),
        page=f"/proposals/{_in_hex(fact.proposal)}",
    )


def _decision(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Decision)
    lines = [f"Our assembly decided by {_METHODS.get(fact.method.name, 'vote')}."]
    lines.append(f"{_people(fact.present)} present.")
    if fact.members is not None:
        lines.append(
            f"For {fact.members.for_}, against {fact.members.against}, "
            f"abstaining {fact.members.abstain} ({fact.members.basis})."
        )
    if fact.chosen is not None:
        lines.append(f"Chosen: {fact.chosen}.")
    if fact.elected:
        lines.append(f"Elected: {', '.join(fact.elected)}.")
    if len(fact.confirmed_by) < 2:
        lines.append("One signature only: not confirmed by two tellers.")
    text = None if fact.text_commit is None else _words(desk, fact.text_commit)
    # A short text stands in the title already.
    whole = text is None or len(" ".join(text.split())) <= MOST_IN_TITLE
    html = Markup("") if whole else _paragraphs(text or "")
    return Carrier(
        title=f"{_OUTCOMES[fact.outcome]}{_decided_on(desk, fact, text)}",
        html=html + _lines(lines),
        page=f"/decisions/{_in_hex(entry.digest)}",
    )


def _decided_on(desk: Desk, fact: record.Decision, text: str | None) -> str:
    if text is not None:
        return f": {_short(text)}"
    proposal = None if fact.on is None else _fact_of(desk, fact.on, record.Proposal)
    return "" if proposal is None else f": {_short(_words(desk, proposal.title))}"


def _election(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Election)
    called = _called(desk, fact.holder)
    return Carrier(
        title="We have elected our delegate",
        html=Markup(
            "<p>{} speaks for us{}, as we instruct and for as long as we want.</p>"
        ).format(
            _mentioned(fact.holder, called),
            "" if fact.alternate is None else ", with an alternate in their place",
        ),
        page=f"/decisions/{_in_hex(fact.decision)}",
        mentions=((fact.holder, called),),
    )


def _mandate(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Mandate)
    called = _called(desk, fact.holder)
    parts = [
        Markup("<p>This is what our delegate {} must do:</p>").format(
            _mentioned(fact.holder, called)
        )
    ]
    for instruction in fact.instructions:
        at_large = instruction.proposal == Digest(fact.compact)
        lines = [
            f"On whatever else comes before the assemblies{_about_theme(fact)}:"
            if at_large
            else f"On “{_proposed(desk, instruction.proposal)}”:"
        ]
        lines += _told(desk, instruction)
        if instruction.may_amend:
            numbers = ", ".join(map(str, instruction.may_amend))
            lines.append(f"may agree to other words in these clauses: {numbers}.")
        for clause, limits in sorted(instruction.amounts.items()):
            lines += [
                f"in clause {clause}, {name} may be from {least} to {most}."
                for name, (least, most) in sorted(limits.items())
            ]
        parts.append(_lines(lines))
        if instruction.reason is not None:
            parts.append(written(desk, instruction.reason))
    parts.append(
        _lines(
            [
                f"Until {fact.valid_until:%-d %B %Y}, unless we recall them before.",
                f"They report back to us by {fact.report_due:%-d %B %Y}.",
            ]
        )
    )
    return Carrier(
        title="Mandate: what our delegate must do",
        html=Markup("").join(parts),
        page=f"/mandates/{_in_hex(entry.digest)}",
        mentions=((fact.holder, called),),
    )


def _about_theme(given: record.Mandate) -> str:
    return f" about {given.theme}" if given.theme else ""


def _told(desk: Desk, instruction: record.Instruction) -> Iterator[str]:
    """Say what an instruction says of options; in a ranking they are an order."""
    proposal = _fact_of(desk, instruction.proposal, record.Proposal)
    ranks = proposal is not None and proposal.method.name in RANKINGS
    for says, of_ranking, options in (
        ("must choose", "must begin with, in this order:", instruction.must),
        ("may choose among", "may rank", instruction.may),
        ("must not choose", "must not rank", instruction.must_not),
    ):
        if options:
            between = " > " if ranks and options == instruction.must else ", "
            chosen = between.join(_labels(desk, instruction.proposal, options))
            yield f"{of_ranking if ranks else says} {chosen}."


def _recall(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Recall)
    return Carrier(
        title="Our delegate is recalled",
        html=Markup(
            "<p>The assembly has ended this mandate. Nothing that is filed under it "
            "from now on is valid.</p>"
        ),
        page=f"/mandates/{_in_hex(fact.mandate)}",
    )


def _report_back(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.ReportBack)
    html = Markup("<p>{}</p>").format(_REPORTS[fact.state])
    if fact.text is not None:
        html += written(desk, fact.text)
    return Carrier(
        title="Our delegate reports back"
        if fact.state == "filed"
        else f"The report of our delegate is {fact.state}",
        html=html,
        page=f"/mandates/{_in_hex(fact.mandate)}",
    )


def _membership(desk: Desk, entry: Entry) -> Carrier:
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
        page=f"/compacts/{_in_hex(fact.compact)}",
    )


def _succession(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Succession)
    page = f"/record/{_in_hex(entry.assembly)}/who"
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
        if known is not None and known.id != entry.assembly
    ]
    goes_on = _lines(["Who goes on, to be followed from now on:"]) if links else ""
    return Carrier(
        title=_ENDS[fact.act],
        html=goes_on
        + Markup("").join(Markup("<p>{}</p>").format(each) for each in links)
        + Markup("<p>{}</p>").format(
            "What we decided before keeps its place and its name."
        ),
        page=page,
    )


_MEMBERSHIPS: Final = {
    "join": "We decide together with other assemblies from now on",
    "apply": "We apply to decide together with other assemblies",
    "leave": "We leave the assemblies that we decided with",
}


def _legitimacy(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Legitimacy)
    lines = [f"It rests on {len(fact.sittings)} of our last meetings."]
    if fact.figure is not None:
        lines.append(f"Residents, by the criteria: {fact.figure}.")
    if not fact.holds:
        lines.append("It does not meet the criteria on attendance yet.")
    return Carrier(
        title="What we can say of ourselves",
        html=_lines(lines),
        page=f"/compacts/{_in_hex(fact.compact)}/evidence/{_in_hex(entry.assembly)}",
    )


def _visit(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Visit)
    says = "as they say" if fact.confirms else "otherwise than they say"
    counted = "" if fact.present is None else f" We counted {fact.present} people."
    return Carrier(
        title=f"We visited another assembly: it was {says}",
        html=Markup("<p>{}</p>").format(f"Our assembly decided to say so.{counted}"),
        page=f"/compacts/{_in_hex(fact.compact)}/evidence/{_in_hex(fact.of)}",
    )


def _challenge(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Challenge)
    html = Markup("").join(written(desk, each) for each in fact.evidence)
    return Carrier(
        title="We challenge what an assembly says of itself",
        html=html
        + Markup("<p>{}</p>").format(
            f"It has until {_when(fact.reply_by)} to answer. Then assemblies drawn by "
            "lot that are no party to it look at both."
        ),
        page=f"/compacts/{_in_hex(fact.compact)}/evidence/{_in_hex(fact.of)}",
    )


def _reply(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Reply)
    return Carrier(
        title="We answer a challenge to what we say of ourselves",
        html=written(desk, fact.text),
        page=f"/entries/{_in_hex(entry.digest)}",
    )


def _verdict(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Verdict)
    says = "is upheld" if fact.upheld else "is not upheld"
    return Carrier(
        title=f"We were drawn to look at a challenge: what was claimed {says}",
        html=Markup("") if fact.reason is None else written(desk, fact.reason),
        page=f"/entries/{_in_hex(entry.digest)}",
    )


def _filed(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Filed)
    title = _proposed(desk, fact.proposal)
    if fact.document is None:
        says, text = "Our vote is withdrawn", "Our seat has no vote on it for now."
    else:
        chosen = " > ".join(_labels(desk, fact.proposal, fact.document.choice))
        says = f"Our delegate votes: {chosen}"
        text = "The vote keeps to the mandate that the assembly gave."
        if fact.revision > 1:
            text += " It takes the place of what was filed before."
    return Carrier(
        title=says,
        html=Markup("<p>On “{}”. {}</p>").format(title, text),
        page=f"/proposals/{_in_hex(fact.proposal)}",
    )


def _ask(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Ask)
    by = f"We ask for an answer by {fact.answer_by:%-d %B %Y}."
    return Carrier(
        title=f"We ask {_short(_words(desk, fact.authority))}",
        html=written(desk, fact.text)
        + _lines([by, "This is our request, not a legal deadline."]),
        page=f"/asks/{_in_hex(entry.digest)}",
    )


def _answer(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Answer)
    asked = _fact_of(desk, fact.ask, record.Ask)
    who = "" if asked is None else f": {_short(_words(desk, asked.authority))}"
    parts = [
        Markup("<p>{}</p>").format(
            "What follows is in their own words, as it came over the link that we sent."
            if fact.given == "link"
            else "What follows is in their own words, copied from a letter."
        )
    ]
    for says, commitment in (
        ("What they heard", fact.heard),
        ("What they will do", fact.plan),
        ("Power or money handed over", fact.handed),
        ("They add", fact.text),
    ):
        if commitment is not None:
            parts.append(Markup("<p><strong>{}</strong></p>").format(says))
            parts.append(
                Markup("<blockquote>{}</blockquote>").format(written(desk, commitment))
            )
    if fact.plan_by is not None:
        parts.append(_lines([f"By {fact.plan_by:%-d %B %Y}."]))
    return Carrier(
        title=f"{_CAME[fact.kind]}{who}",
        html=Markup("").join(parts if len(parts) > 1 else ()),
        page=f"/asks/{_in_hex(fact.ask)}",
    )


def _judgement(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Judgement)
    asked = _fact_of(desk, fact.ask, record.Ask)
    who = "" if asked is None else f" {_short(_words(desk, asked.authority))}:"
    html = _lines([_STAGES[fact.stage]])
    if fact.reason is not None:
        html = written(desk, fact.reason) + html
    return Carrier(
        title=f"Our assembly on{who} {_JUDGED[fact.verdict]}"
        if who
        else _JUDGED[fact.verdict],
        html=html,
        page=f"/asks/{_in_hex(fact.ask)}",
    )


def _ratification(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Ratification)
    title = _proposed(desk, fact.proposal)
    text = "Our assembly has decided so, on the outcome as it was confirmed."
    if fact.withdrawn_by is not None:
        says = "Our seat is empty: we have left"
        text = "What is settled from here on does not bind us."
    else:
        says = "We ratify the outcome" if fact.ratifies else "We do not ratify it"
    if fact.revision > 1:
        text += " This takes the place of what we said before."
    return Carrier(
        title=f"{says}: {_short(title)}",
        html=Markup("<p>{}</p>").format(text),
        page=f"/proposals/{_in_hex(fact.proposal)}",
    )


def _paper_vote(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.PaperVote)
    chosen = ", ".join(_labels(desk, fact.proposal, fact.choice))
    return Carrier(
        title=f"Filed for a fellow assembly, on paper: {chosen}",
        html=Markup("<p>On “{}”. {}</p>").format(
            _proposed(desk, fact.proposal),
            "The node of that assembly is dark. Its delegate came to us with their "
            "mandate; the vote counts once another assembly has countersigned it.",
        ),
        page=f"/proposals/{_in_hex(fact.proposal)}",
    )


def _correction(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Correction)
    attested = _fact_of(desk, fact.attestation, record.Attestation)
    about = "" if attested is None else f": {_proposed(desk, attested.proposal)}"
    return Carrier(
        title=f"We were wrong about a result{about}",
        html=Markup(
            "<p>What we attested does not follow from the signed records. "
            "The right fingerprint is <code>{}</code></p>"
        ).format(fact.result_hash),
        page=f"/entries/{_in_hex(entry.digest)}",
    )


def _settlement(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.Settlement)
    return Carrier(
        title="We had signed two things that contradict each other, and settled it",
        html=Markup(
            "<p>The assembly decided which of the two it goes on from. Both stay to be "
            "seen, with its signature on them.</p>"
        ),
        page=f"/record/{_in_hex(entry.assembly)}/contradictions",
    )


def _minority_report(desk: Desk, entry: Entry) -> Carrier:
    fact = entry.fact
    assert isinstance(fact, record.MinorityReport)
    about = ""
    if fact.proposal is not None:
        about = f": {_proposed(desk, fact.proposal)}"
    else:
        decision = _fact_of(desk, fact.on, record.Decision)
        if decision is not None and decision.text_commit is not None:
            about = f": {_short(_words(desk, decision.text_commit))}"
    whose = "Some of us do not agree, and say why"
    signed = f"Signed by {len(fact.signers)}. It stays beside the decision."
    if fact.decision is not None:
        whose = "Our assembly does not agree, and says why"
        signed = "Our assembly decided to say so. It stays beside the result."
    return Carrier(
        title=f"{whose}{about}",
        html=Markup("").join(written(desk, part) for part in fact.parts)
        + Markup("<p>{}</p>").format(signed),
        page=f"/minority-reports/{_in_hex(entry.digest)}",
    )


def written(desk: Desk, commitment: str) -> Markup:
    """Return a text that everybody may read, as much of it as a post holds."""
    return _paragraphs(_words(desk, commitment))


def _words(desk: Desk, commitment: str) -> str:
    """Return a text that everybody may read, or that it was withdrawn."""
    for row in events.openings(desk.connection, [commitment]):
        return str(row["text"])
    return _UNWRITTEN


def _fact_of(desk: Desk, digest: str, kind: type[F]) -> F | None:
    row = records.entry(desk.connection, digest)
    fact = None if row is None else archive.read(desk, row).fact
    return fact if isinstance(fact, kind) else None


def _ours_about(
    desk: Desk, entry: Entry, about: str, kind: type[F]
) -> Iterator[tuple[Digest, F]]:
    """Go through the earlier entries of our record of a kind about the same."""
    for row in records.of_type(desk.connection, kind.__name__, about=about):
        if row["assembly"] == entry.assembly and row["seq"] < entry.seq:
            fact = archive.read(desk, row).fact
            assert isinstance(fact, kind)
            yield Digest(row["digest"]), fact


def _proposed(desk: Desk, digest: str) -> str:
    proposal = _fact_of(desk, digest, record.Proposal)
    return "a proposal" if proposal is None else _words(desk, proposal.title)


def _labels(desk: Desk, proposal: str, options: Iterable[OptionId]) -> list[str]:
    """Return what options are called on the paper, or their ids where none is known."""
    fact = _fact_of(desk, proposal, record.Proposal)
    labels = {} if fact is None else {each.id: each.label for each in fact.options}
    found = {
        id: [str(row["text"]) for row in events.openings(desk.connection, [label])]
        for id, label in labels.items()
    }
    return [(found.get(id) or [id])[0] for id in options]


def _called(desk: Desk, holder: ActorId) -> str:
    """Return the name by which people mention somebody who speaks for us."""
    parts = urlsplit(holder)
    actor = posts.actor(desk.connection, parts.path.strip("/"))
    name = parts.path.rpartition("/")[2] if actor is None else actor.username
    return f"@{name}@{parts.netloc}"


def _mentioned(holder: ActorId, name: str) -> Markup:
    return Markup('<a href="{}" class="u-url mention">{}</a>').format(holder, name)


def _lines(lines: Iterable[str]) -> Markup:
    return Markup("<p>{}</p>").format(Markup("<br>").join(map(escape, lines)))


def _paragraphs(text: str) -> Markup:
    whole = len(text) <= MOST_IN_TEXT
    return markup.paragraphs(text if whole else f"{text[:MOST_IN_TEXT]}…")


def _short(text: str) -> str:
    """Return the beginning of a text, on one line, for a title."""
    line = " ".join(text.split())
    return line if len(line) <= MOST_IN_TITLE else f"{line[: MOST_IN_TITLE - 1]}…"


def _when(at: datetime) -> str:
    return at.strftime("%-d %B %Y at %H:%M UTC")


def _people(number: int) -> str:
    return "One person was" if number == 1 else f"{number} people were"


def _assemblies(number: int) -> str:
    return "One assembly" if number == 1 else f"{number} assemblies"


def _in_hex(digest: str) -> str:
    """A digest as it stands in the address of a page."""
    return digest.removeprefix("sha256:")


_OUTCOMES: Final = {
    "passed": "Decided",
    "rejected": "Not passed",
    "no quorum": "Nothing decided, too few were there",
}
_RESULTS: Final = {
    "adopted": "Adopted by the assemblies together",
    "rejected": "Not adopted by the assemblies",
    "no quorum": "Nothing decided, too few assemblies voted",
    "withdrawn": "Withdrawn before it was decided",
    "returned": "Returned to where it belongs, and not decided here",
    "in force": "Ratified and in force",
    "not in force": "Not in force: too few assemblies ratified it",
}
_METHODS: Final = {
    "consent": "consent",
    "majority": "simple majority",
    "qualified": "qualified majority",
    "ranked": "ranked choice",
    "consensus": "consensus",
    "fallback": "large majority, after consensus had failed at two meetings",
    "pairs": "ranked pairs",
    "schulze": "the Schulze method",
    "stv": "transferable vote",
    "meek": "transferable vote",
    "approval": "approval",
    "score": "score",
}
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
_ENDS: Final = {
    "split": "Our assembly has split",
    "merge": "Our assembly goes on together with another",
    "dissolve": "Our assembly is dissolved",
}
_REPORTS: Final = {
    "filed": "Our delegate has told us what they did under their mandate.",
    "accepted": "The assembly has heard it and accepted it.",
    "not accepted": "The assembly has heard it and did not accept it.",
    "awaited": "The assembly has asked for it again.",
}
_CAME: Final = {
    "received": "They have received what we asked",
    "holding": "A first reply, and an answer is to follow",
    "full": "They agree to what we asked",
    "partly": "They agree to a part of what we asked",
    "refused": "They do not agree to what we asked",
}
_JUDGED: Final = {
    "accepted": "We accept the answer.",
    "partly": "We accept a part of the answer.",
    "not accepted": "We do not accept the answer.",
    "no answer": "We have had no answer.",
}
_STAGES: Final = {
    "waiting": "We wait for what comes of it.",
    "implementing": "It is being carried out.",
    "done": "It is done.",
}
_WRITERS: Final[dict[type, Callable[[Desk, Entry], Carrier | None]]] = {
    record.Issue: _issue,
    record.SharedAccount: _shared_account,
    record.CommonText: _common_text,
    record.TextObjection: _text_objection,
    record.ObjectionTest: _objection_test,
    record.Proposal: _proposal,
    record.Placement: _placement,
    record.Withdrawal: _withdrawal,
    record.Decision: _decision,
    record.Election: _election,
    record.Mandate: _mandate,
    record.Recall: _recall,
    record.ReportBack: _report_back,
    record.Membership: _membership,
    record.Legitimacy: _legitimacy,
    record.Visit: _visit,
    record.Challenge: _challenge,
    record.Reply: _reply,
    record.Verdict: _verdict,
    record.Succession: _succession,
    record.Filed: _filed,
    record.PaperVote: _paper_vote,
    record.Ratification: _ratification,
    record.Correction: _correction,
    record.MinorityReport: _minority_report,
    record.Settlement: _settlement,
    record.Ask: _ask,
    record.Answer: _answer,
    record.Judgement: _judgement,
}
