"""What must hold where compacts nest, written down without the code of nesting.

Each check gives one sentence for each breach, as in ``promises``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from confederation.confederal import council, ratifying, statements
from confederation.confederal.compact import Compact
from confederation.confederal.council import Standing, State
from confederation.confederal.history import Record
from confederation.confederal.statements import Revision, Subject
from confederation.confederal.weighing import Fate
from confederation.identifiers import AssemblyId, Digest, OptionId
from confederation.record import (
    Attestation,
    Entry,
    Filed,
    Mandate,
    Membership,
    Proposal,
    Ratification,
    Result,
    Witness,
)
from tests.confederation.nesting import Run
from tests.confederation.scenario import instant
from tests.confederation.valleys import Node
from tests.confederation.world import AGAINST, FOR

Public = Mapping[AssemblyId, tuple[Record, ...]]
"""All that honest nodes hold together, which is what a stranger can get."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How a round stands in the eyes of an honest node that may file in it.

    ``subject`` is what it is about: the proposal, or the result that is ratified.
    """

    node: Node
    proposal: Entry
    subject: Subject
    stand: Standing


Stands = list[Seen]


def public(run: Run) -> Public:
    found: dict[AssemblyId, dict[Digest | None, Record]] = {}
    for node in run.honest:
        for record in (*node.copies.values(), *node.branches.values()):
            found.setdefault(record.assembly, {})[record.head] = record
    return {assembly: tuple(held.values()) for assembly, held in found.items()}


def stands(run: Run) -> Stands:
    known: dict[object, tuple[tuple[Subject, Standing], ...]] = {}
    seen: Stands = []
    for node in run.honest:
        node.looks_below()
        for proposal in node.proposals():
            if run.ground.compact(proposal).borne_by(node.id) is None:
                continue
            held = (proposal.digest, *node.heads())
            if held not in known:
                known[held] = tuple(_rounds(node, proposal))
            seen += [
                Seen(node=node, proposal=proposal, subject=subject, stand=stand)
                for subject, stand in known[held]
            ]
    return seen


def _rounds(node: Node, proposal: Entry) -> Iterator[tuple[Subject, Standing]]:
    holding = node.holding(proposal)
    yield statements.on(proposal), council.standing(holding, instant(99))
    round_ = ratifying.round_of(holding)
    if round_ is not None:
        yield round_.subject, council.stands(round_, instant(99))


def breaches(run: Run, seen: Stands) -> list[str]:
    """Find every breach of a promise at the end of a run."""
    held = public(run)
    return [
        *_two_answers(run, seen, held),
        *_contradictory_honesty(run, seen, held),
        *_carried_by_nobody(run, seen, held),
        *_unlawful_votes(run, seen),
        *_rewritten(run),
        *_unsettled(run, seen),
    ]


def _two_answers(run: Run, seen: Stands, held: Public) -> Iterator[str]:
    """P2: two answers only where enough of that compact contradict themselves."""
    answers: dict[Digest, list[Result]] = {}
    for each in seen:
        compact = run.ground.compact(each.proposal)
        known = answers.setdefault(each.subject.digest, [])
        for attested in each.stand.attestations:
            if len(attested.by) >= compact.t and attested.result not in known:
                known.append(attested.result)
    for each in seen:
        compact = run.ground.compact(each.proposal)
        bound = 2 * compact.t - compact.n
        two = len(answers[each.subject.digest]) > 1
        if two and len(_contradictors(run, each, held)) < bound:
            yield f"Two answers to {each.subject.digest}, and too few contradictions."


def _contradictors(run: Run, each: Seen, held: Public) -> set[AssemblyId]:
    compact = run.ground.compact(each.proposal)
    found = (
        statements.contradictions_on(compact, each.subject, held)
        if each.subject.by is None
        else statements.contradictions(compact, each.proposal, held)
    )
    return {contradiction.of for contradiction in found}


def _contradictory_honesty(run: Run, seen: Stands, held: Public) -> Iterator[str]:
    honest = {node.id for node in run.honest}
    for each in {each.subject.digest: each for each in seen}.values():
        for assembly in _contradictors(run, each, held) & honest:
            yield f"{assembly} is honest and contradicts itself."


def _carried_by_nobody(run: Run, seen: Stands, held: Public) -> Iterator[str]:
    """P3: what is counted or witnessed above is what *t* below attest, or attested."""
    entries = {
        entry.digest: entry
        for records in held.values()
        for record in records
        for entry in record.entries
    }
    counted = {
        (each.seat, each.digest, None)
        for saw in seen
        if run.ground.compact(saw.proposal) is run.above
        for result in (saw.stand.result, saw.stand.confirmed)
        if result is not None
        for each in result.certified
        if each.rule is None and each.seat >= 0
    }
    above = {
        each.subject.digest
        for each in seen
        if run.ground.compact(each.proposal) is run.above
    }
    witnessed = {
        (seat, digest, run.ground.when[entry.digest])
        for node in run.honest
        for entry, statement in node.copies[node.id].facts(Witness)
        if not statement.final and statement.proposal in above
        for seat, revision, digest in statement.seen
        if revision > 0
    }
    for seat, digest, at in counted | witnessed:
        filing = entries[digest]
        asked, choice = _rests_on(filing, entries)
        if asked is None:
            continue
        decided = _attested_below(run, seat, asked, held, at)
        said = {"adopted": (FOR,), "rejected": (AGAINST,)}.get(str(decided))
        if said != choice:
            yield f"Seat {seat} is heard as {choice}; below, that is {decided}."
        sent = run.above.members[seat].assembly
        if (
            filing.assembly != sent
            and not _was_left(run, seat, filing, held)
            and not any(
                isinstance(entry.fact, Proposal)
                and entry.fact.bearers is not None
                and entry.fact.bearers.assemblies[0] == filing.assembly
                and _attested_below(run, seat, entry.digest, held, at) == "adopted"
                for entry in entries.values()
            )
        ):
            yield f"Seat {seat} is spoken for by whom nobody sent."


def _rests_on(
    filing: Entry, entries: Mapping[Digest, Entry]
) -> tuple[Digest | None, tuple[OptionId, ...]]:
    """Give what was decided below behind a vote or an answer, and what it says."""
    match filing.fact:
        case Filed(document=vote) if vote is not None:
            given = entries[vote.mandate].fact
            assert isinstance(given, Mandate)
            return given.decision, vote.choice
        case Ratification(decision=decision, ratifies=ratifies):
            return decision, (FOR if ratifies else AGAINST,)
        case _:
            return None, ()


def _was_left(run: Run, seat: int, filing: Entry, held: Public) -> bool:
    """Say by hand whether the bearer just before whoever filed has left the valley."""
    bearers = run.above.members[seat].bearers
    before = bearers[bearers.index(filing.assembly) - 1]
    return any(
        fact.act == "leave" and fact.compact == run.ground.valleys[seat].digest
        for record in held[before]
        for _, fact in record.facts(Membership)
    )


def _attested_below(
    run: Run, seat: int, asked: Digest, held: Public, at: int | None
) -> str | None:
    """Say by hand what enough towns of a valley attest, or did by some tick."""
    valley = run.ground.valleys[seat]
    said: dict[str, set[AssemblyId]] = {}
    for member in valley.members:
        for record in held[member.assembly]:
            for entry, fact in record.facts(Attestation):
                if fact.proposal == asked and (
                    at is None or run.ground.when[entry.digest] <= at
                ):
                    outcome = fact.result.outcome
                    said.setdefault(outcome, set()).add(member.assembly)
    enough = [outcome for outcome, by in said.items() if len(by) >= valley.t]
    return enough[0] if len(enough) == 1 else None


def _unlawful_votes(run: Run, seen: Stands) -> Iterator[str]:
    """P3: nobody counts them or states them, and whoever can tell calls them void."""
    for saw in seen:
        node, stand = saw.node, saw.stand
        for result in (stand.result, stand.confirmed):
            for each in result.certified if result is not None else ():
                if each.digest in run.ground.unlawful:
                    yield f"{node.id} counts what its valley did not decide."
        for revised in stand.revisions:
            unlawful = revised.digest in run.ground.unlawful and revised.judged
            void = revised.entry is None or revised.fate is Fate.VOID
            if unlawful and not void:
                yield f"{node.id} does not see that a vote is unlawful."
    for node in run.honest:
        for _, statement in node.copies[node.id].facts(Witness):
            if any(digest in run.ground.unlawful for *_, digest in statement.seen):
                yield f"{node.id} witnessed what its valley did not decide."


def _rewritten(run: Run) -> Iterator[str]:
    """P4: what an honest town published is what everybody holds, or a part of it."""
    true = {node.id: node.copies[node.id] for node in run.honest}
    for node in run.honest:
        for record in (*node.copies.values(), *node.branches.values()):
            whole = true.get(record.assembly)
            if whole is not None and whole.entries[: record.size] != record.entries:
                yield f"{node.id} holds an altered copy."


def _unsettled(run: Run, seen: Stands) -> Iterator[str]:
    """P1: enough live and nobody lies, so that all come to one result together.

    Except where a revision had reached some of the living and too few, or the question
    reached too few to open it: that is looked up in what they stated.
    """
    if len(run.honest) < len(run.nodes):
        return
    alive = {node.id for node in run.alive}
    longest = _longest(run)
    for saw in seen:
        compact = run.ground.compact(saw.proposal)
        living = [each for each in compact.members if each.assembly in alive]
        opened = saw.subject.by is None or len(saw.stand.opened_by) >= compact.t
        if (
            saw.node.id not in alive
            or len(living) < compact.t
            or not opened
            or _half_delivered(compact, saw.subject, longest)
        ):
            continue
        if saw.stand.state is not State.CONFIRMED:
            yield f"{saw.node.id} sees {saw.subject.digest} {saw.stand.state}."


def _longest(run: Run) -> dict[AssemblyId, Record]:
    """Give the longest copy of each record that is alive at the end."""
    return {
        assembly: max((n.copies[assembly] for n in run.alive), key=lambda r: r.size)
        for assembly in run.nodes[0].copies
    }


def _half_delivered(
    compact: Compact, subject: Subject, records: Mapping[AssemblyId, Record]
) -> bool:
    """Say whether a revision is stated by too few and missing from too few."""
    stated: dict[Revision, set[int]] = {}
    lasts: dict[int, set[Revision]] = {}
    for seat, member in enumerate(compact.members):
        for bearer in member.bearers:
            for entry, number in _numbered(records[bearer], subject):
                by = stated.setdefault((seat, number, entry.digest), set())
                by |= {seat} if bearer == member.assembly else set()
        for _, statement in records[member.assembly].facts(Witness):
            if statement.proposal == subject.digest:
                for revision in statement.seen:
                    stated.setdefault(revision, set()).add(seat)
                if statement.final:
                    lasts[seat] = {*statement.seen}
    return any(
        len(by) < compact.t
        and sum(revision not in seen for seen in lasts.values()) < compact.finals
        for revision, by in stated.items()
    )


def _numbered(record: Record, subject: Subject) -> Iterator[tuple[Entry, int]]:
    for entry, filed in record.facts(Filed):
        if filed.proposal == subject.digest:
            yield entry, filed.revision
    for entry, answer in record.facts(Ratification):
        if answer.result_hash == subject.digest:
            yield entry, answer.revision
