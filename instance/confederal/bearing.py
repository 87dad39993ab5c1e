"""A bearer carries upwards what was decided below, and brings back what came of it.

Nothing is decided here. A mandate, or a recall, says what enough members of the compact
below attest; so no teller of the bearer's confirms it, who could keep it back.

See docs/decisions/0091-a-bearer-carries-what-was-decided-below.md.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from confederation import record
from confederation.confederal import bearing, election, filings
from confederation.confederal.bearing import Inner
from confederation.confederal.compact import Compact, Seat
from confederation.confederal.history import Record
from confederation.confederal.holding import Holding
from confederation.confederal.mandate import Finding
from confederation.errors import NotEntitled, Phrase, Series, TooEarly, TooLate, Unknown
from confederation.identifiers import AssemblyId, CompactId, Digest
from confederation.record import (
    Entry,
    Mandate,
    Proposal,
    Ratification,
    Recall,
    ReportBack,
)
from instance import archive, chamber, clerk, node, vocabulary
from instance.confederal.confederating import SeatFor
from instance.desk import Desk
from instance.languages import Said, phrased, translated
from instance.store import compacts, events, records

MANDATE_FOR: Final = timedelta(days=90)
REPORT_IN: Final = timedelta(days=30)

Job = Callable[[Desk, Digest], Entry]
"""What a bearer's clerk does about what was decided by a proposal below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Borne:
    """A seat that a compact holds in a wider one, whose newest version this is."""

    wider: Compact
    seat: Seat


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Who is to bear a seat, as the members of a compact decided by a proposal."""

    proposal: Digest
    seat: SeatFor


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What was asked below, and how far it has come.

    ``decided`` is None while nothing is settled below. ``on`` is the matter above, None
    where only the bearers were asked about, or where it is not held here. Where it
    ``answers``, it is whether the result of that is ratified. ``given`` is the mandate,
    the recall or the answer that carries it, and ``brought_back`` the report of it.
    """

    asked: Entry
    decided: Inner | None
    on: Entry | None
    answers: bool
    given: Entry | None
    brought_back: Entry | None


def seats(desk: Desk) -> Iterator[Borne]:
    """Go through the seats that compacts hold in others, as far as they are known."""
    for identity in compacts.identities(desk.connection):
        line = chamber.lineage(desk, identity)
        for seat in () if line is None else line.newest.members:
            if line is not None and seat.bears is not None:
                yield Borne(wider=line.newest, seat=seat)


def ours(desk: Desk, compact: CompactId) -> Borne | None:
    """Return the seat in a wider compact for which our assembly may file, if any."""
    us = records.ours(desk.connection)
    for each in seats(desk):
        if us and each.wider.identity == compact and us.id in each.seat.bearers:
            return each
    return None


def named(desk: Desk) -> list[Named]:
    """List by whom compacts decided to be borne, the newest first."""
    found = []
    for entry in reversed(chamber.proposals(desk)):
        text = entry.fact
        assert isinstance(text, Proposal)
        below = chamber.compact_of(desk, text.compact)
        if below is None or text.bearers is None:
            continue
        decided = chamber.decided_by(desk, entry.digest, below.identity)
        if decided is not None and decided.outcome == "adopted":
            found.append(
                Named(
                    proposal=entry.digest,
                    seat=SeatFor(compact=below.identity, bearers=text.bearers),
                )
            )
    return found


def carried(desk: Desk, borne: Borne) -> list[Carried]:
    """List what was asked below for a seat, the newest first, and what became of it."""
    held = [
        kept
        for each in borne.seat.bearers
        if (kept := chamber.record_of(desk, each)) is not None
    ]
    # Of several bearers the last one to carry it is the one to whom the seat moved.
    given: dict[Digest, Entry] = {}
    for kept in held:
        given |= {fact.decision: entry for entry, fact in kept.facts(Mandate)}
        given |= {fact.decision: entry for entry, fact in kept.facts(Recall)}
        given |= {
            fact.decision: entry
            for entry, fact in kept.facts(Ratification)
            if fact.decision is not None
        }
    reports = {
        report.mandate: entry
        for kept in held
        for entry, report in kept.facts(ReportBack)
        if report.state == "filed"
    }
    found = []
    for entry in reversed(chamber.proposals(desk)):
        text = entry.fact
        assert isinstance(text, Proposal)
        on = _entry(desk, text.on)
        answers = text.on is not None and on is None
        if text.on is not None and on is None:
            on = chamber.ratified(desk, text.on)
        if not _is_about(desk, entry, on, borne):
            continue
        by = given.get(entry.digest)
        decided = None
        if borne.seat.bears is not None:
            decided = chamber.decided_by(desk, entry.digest, borne.seat.bears)
        found.append(
            Carried(
                asked=entry,
                decided=decided,
                on=on,
                answers=answers and on is not None,
                given=by,
                brought_back=None if by is None else reports.get(by.digest),
            )
        )
    return found


def _is_about(desk: Desk, asked: Entry, on: Entry | None, borne: Borne) -> bool:
    """Say whether a proposal below is about what a seat says, or who bears it."""
    text = asked.fact
    assert isinstance(text, Proposal)
    below = chamber.compact_of(desk, text.compact)
    if below is None or below.identity != borne.seat.bears:
        return False
    if text.bearers is not None and text.bearers.compact == borne.wider.identity:
        return True
    return on is not None and _compact_of(desk, on) == borne.wider.identity


def _compact_of(desk: Desk, on: Entry) -> CompactId | None:
    """Name the wider compact of a proposal or a mandate."""
    match on.fact:
        case Proposal(compact=version):
            wider = chamber.compact_of(desk, version)
            return None if wider is None else wider.identity
        case Mandate(compact=identity):
            return identity
        case _:
            return None


def office(desk: Desk, compact: CompactId) -> election.State:
    """Return whom our assembly elected to speak in a compact."""
    stream = f"seat:{compact}"
    return node.load(desk, stream) if node.exists(desk, stream) else election.State()


def carry(desk: Desk, asked: Digest) -> Entry:
    """Carry upwards what was decided below, as a mandate or a recall; once.

    Raises:
        Unknown: no such proposal, or not the matter above, is known here.
        NotEntitled: the seat is not ours to speak for, or nothing was decided below.
        TooEarly: our assembly has no delegate in office there.
        TooLate: the matter above has closed.
    """
    entry, borne, on, decided = _decided(desk, asked)
    if isinstance(on.fact, Mandate):
        return _recall(desk, entry, decided, on)
    held = _holding(desk, on)
    own = _own(desk, held)
    given = next((e for e, f in own.facts(Mandate) if f.decision == asked), None)
    if given is not None:
        return given
    if held.text.closes <= desk.now:
        raise TooLate("The matter further up has closed; nothing more is taken.")
    place = filings.next_place(own, held.matter)
    if isinstance(place, Finding):
        raise NotEntitled(place.says)
    instruction = bearing.instruction(decided)
    if instruction is None:
        raise NotEntitled("What was decided below is no yes and no no.")
    newer = bearing.thought_better(asked, own, own.size, held.compact, held.inner)
    if newer is not None:
        raise NotEntitled(newer)
    identity = borne.wider.identity
    state = office(desk, identity)
    elected = [
        e.digest
        for e, fact in own.facts(record.Election)
        if fact.compact == identity
        and state.delegate is not None
        and state.delegate.actor in (fact.holder, fact.alternate)
    ]
    if state.delegate is None or not elected:
        raise TooEarly(
            "Our assembly elects the delegate first who is to speak there for those "
            "below, and two tellers confirm that."
        )
    fact = Mandate(
        holder=state.delegate.actor,
        delegate_key=state.delegate.key,
        compact=identity,
        decision=asked,
        election=elected[-1],
        instructions=(instruction,),
        valid_from=desk.now.replace(microsecond=0),
        valid_until=held.text.closes + MANDATE_FOR,
        report_due=held.text.closes + REPORT_IN,
    )
    return clerk.publish(desk, "Mandate", vocabulary.wire(fact))


def _recall(desk: Desk, asked: Entry, decided: Inner, on: Entry) -> Entry:
    us = records.ours(desk.connection)
    own = None if us is None else chamber.record_of(desk, us.id)
    if own is None or decided.outcome != "adopted":
        raise NotEntitled("Those below did not decide to recall this delegate.")
    for entry, recall in own.facts(Recall):
        if recall.decision == asked.digest:
            return entry
    fact = Recall(mandate=on.digest, decision=asked.digest)
    return clerk.publish(desk, "Recall", vocabulary.wire(fact))


def bring_back(desk: Desk, asked: Digest) -> Entry:
    """Put what came of a matter further up before the assemblies below; once.

    Raises:
        Unknown: no such proposal, or not the matter above, is known here.
        NotEntitled: it was not carried by our assembly.
        TooEarly: nothing is confirmed there yet.
    """
    _, borne, on, _ = _decided(desk, asked)
    held = _holding(desk, on)
    own = _own(desk, held)
    given = next((e for e, f in own.facts(Mandate) if f.decision == asked), None)
    if given is None:
        raise NotEntitled("Our assembly did not carry this upwards.")
    for entry, report in own.facts(ReportBack):
        if report.mandate == given.digest and report.state == "filed":
            return entry
    standing = chamber.standing(desk, on)
    if standing is None or standing.confirmed is None:
        raise TooEarly("Nothing is confirmed further up yet.")
    text = events.keep_wording(
        desk.connection, _says(desk, held, borne, standing.confirmed)
    )
    fact = ReportBack(mandate=given.digest, state="filed", text=text)
    return clerk.publish(desk, "ReportBack", vocabulary.wire(fact))


def _says(desk: Desk, held: Holding, borne: Borne, result: record.Result) -> str:
    """Say in plain words what came of a matter, and what our seat had to do with it."""
    title = events.wording(desk.connection, held.text.title)
    title = title or phrased("(text withdrawn)")
    number = held.compact.borne_by(borne.seat.assembly)
    ours = next(
        (
            each.choice
            for each in result.certified
            if each.seat == number and each.rule is None and each.choice
        ),
        (),
    )
    counts = ", ".join(
        f"{translated(option.id)}: {result.figures.assemblies.get(option.id, 0)}"
        for option in held.text.options
    )
    voted = phrased("Our seat did not vote.")
    if ours:
        voted = phrased("Our seat voted {options}.", options=Series(map(Said, ours)))
    return phrased(
        "“{title}”: {outcome}. {voted} All seats together: {counts}.",
        title=title,
        outcome=Said(result.outcome),
        voted=Phrase(voted),
        counts=Phrase(counts),
    )


def _decided(desk: Desk, asked: Digest) -> tuple[Entry, Borne, Entry, Inner]:
    entry = chamber.proposal(desk, asked)
    text = entry.fact
    assert isinstance(text, Proposal)
    on = _entry(desk, text.on)
    wider = None if on is None else _compact_of(desk, on)
    if on is None or wider is None:
        raise Unknown("What this is about further up is not known here.")
    borne = ours(desk, wider)
    if borne is None or borne.seat.bears is None:
        raise NotEntitled("The seat there is not ours to speak for.")
    decided = chamber.decided_by(desk, asked, borne.seat.bears)
    if decided is None:
        raise NotEntitled("Those below have decided nothing on it that is confirmed.")
    return entry, borne, on, decided


def _holding(desk: Desk, on: Entry) -> Holding:
    held = chamber.holding(desk, on) if isinstance(on.fact, Proposal) else None
    if held is None:
        raise Unknown("The compact of the matter further up is not known here.")
    return held


def _own(desk: Desk, held: Holding) -> Record:
    us = records.ours(desk.connection)
    own = None if us is None else held.records.get(AssemblyId(us.id))
    if own is None:
        raise Unknown("Our own record is not held beside those of that compact.")
    return own


def _entry(desk: Desk, digest: Digest | None) -> Entry | None:
    row = records.entry(desk.connection, digest)
    return None if row is None else archive.read(desk, row)
