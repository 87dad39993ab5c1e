"""What must hold where compacts nest, written down without the code of nesting.

Each check gives one sentence for each breach, as in ``promises``.
"""

from collections.abc import Iterator, Mapping

from confederation import council, statements
from confederation.compact import Compact
from confederation.council import Standing, State
from confederation.history import Record
from confederation.identifiers import AssemblyId, Digest
from confederation.record import (
    Attestation,
    Entry,
    Filed,
    Mandate,
    Membership,
    Proposal,
    Result,
    Witness,
)
from confederation.statements import Revision
from confederation.weighing import Fate
from tests.confederation.nesting import Run
from tests.confederation.scenario import instant
from tests.confederation.valleys import Node, text_of
from tests.confederation.world import AGAINST, FOR

Public = Mapping[AssemblyId, tuple[Record, ...]]
"""All that honest nodes hold together, which is what a stranger can get."""
Stands = list[tuple[Node, Entry, Standing]]
"""How every proposal stands in the eyes of each honest node that has a seat in it."""


def public(run: Run) -> Public:
    found: dict[AssemblyId, dict[Digest | None, Record]] = {}
    for node in run.honest:
        for record in (*node.copies.values(), *node.branches.values()):
            found.setdefault(record.assembly, {})[record.head] = record
    return {assembly: tuple(held.values()) for assembly, held in found.items()}


def stands(run: Run) -> Stands:
    known: dict[object, Standing] = {}
    seen: Stands = []
    for node in run.honest:
        node.looks_below()
        for proposal in node.proposals():
            if run.ground.compact(proposal).borne_by(node.id) is None:
                continue
            held = (proposal.digest, *node.heads())
            if held not in known:
                known[held] = council.standing(node.holding(proposal), instant(99))
            seen.append((node, proposal, known[held]))
    return seen


def breaches(run: Run, seen: Stands) -> list[str]:
    """Find every breach of a promise at the end of a run."""
    held = public(run)
    return [
        *_two_answers(run, seen, held),
        *_contradictory_honesty(run, held),
        *_carried_by_nobody(run, seen, held),
        *_unlawful_votes(run, seen),
        *_rewritten(run),
        *_unsettled(run, seen),
    ]


def _two_answers(run: Run, seen: Stands, held: Public) -> Iterator[str]:
    """P2: two answers only where enough of that compact contradict themselves."""
    answers: dict[Digest, list[Result]] = {}
    for _, proposal, stand in seen:
        for attested in stand.attestations:
            compact, known = (
                run.ground.compact(proposal),
                answers.setdefault(proposal.digest, []),
            )
            if len(attested.by) >= compact.t and attested.result not in known:
                known.append(attested.result)
    for _, proposal, _ in seen:
        compact = run.ground.compact(proposal)
        bound = 2 * compact.t - compact.n
        two = len(answers.get(proposal.digest, ())) > 1
        if two and len(_contradictors(run, proposal, held)) < bound:
            yield f"Two answers to {proposal.digest}, and too few contradictions."


def _contradictors(run: Run, proposal: Entry, held: Public) -> set[AssemblyId]:
    compact = run.ground.compact(proposal)
    found = statements.contradictions(compact, proposal, held)
    return {each.of for each in found}


def _contradictory_honesty(run: Run, held: Public) -> Iterator[str]:
    honest = {node.id for node in run.honest}
    for node in run.honest[:1]:
        for proposal in node.proposals():
            for assembly in _contradictors(run, proposal, held) & honest:
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
        for _, proposal, stand in seen
        if run.ground.compact(proposal) is run.above
        for result in (stand.result, stand.confirmed)
        if result is not None
        for each in result.certified
        if each.rule is None and each.seat >= 0
    }
    witnessed = {
        (seat, digest, run.ground.when[entry.digest])
        for node in run.honest
        for entry, statement in node.copies[node.id].facts(Witness)
        if not statement.final
        and text_of(entries[statement.proposal]).compact == run.above.digest
        for seat, revision, digest in statement.seen
        if revision > 0
    }
    for seat, digest, at in counted | witnessed:
        filing = entries[digest]
        assert isinstance(filing.fact, Filed)
        if filing.fact.document is None:
            continue
        given = entries[filing.fact.document.mandate].fact
        assert isinstance(given, Mandate)
        decided = _attested_below(run, seat, given.decision, held, at)
        said = {"adopted": (FOR,), "rejected": (AGAINST,)}.get(str(decided))
        if said != filing.fact.document.choice:
            yield f"Seat {seat} is heard as {said}; below, that is {decided}."
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
    for node, _, stand in seen:
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
    for node, proposal, stand in seen:
        compact = run.ground.compact(proposal)
        living = [each for each in compact.members if each.assembly in alive]
        if (
            node.id not in alive
            or len(living) < compact.t
            or len(stand.opened_by) < compact.t
            or _half_delivered(compact, proposal.digest, longest)
        ):
            continue
        if stand.state is not State.CONFIRMED:
            yield f"{node.id} sees {proposal.digest} {stand.state}."


def _longest(run: Run) -> dict[AssemblyId, Record]:
    """Give the longest copy of each record that is alive at the end."""
    return {
        assembly: max((n.copies[assembly] for n in run.alive), key=lambda r: r.size)
        for assembly in run.nodes[0].copies
    }


def _half_delivered(
    compact: Compact, about: Digest, records: Mapping[AssemblyId, Record]
) -> bool:
    """Say whether a revision is stated by too few and missing from too few."""
    stated: dict[Revision, set[int]] = {}
    lasts: dict[int, set[Revision]] = {}
    for seat, member in enumerate(compact.members):
        for bearer in member.bearers:
            for entry, filed in records[bearer].facts(Filed):
                if filed.proposal == about:
                    by = stated.setdefault((seat, filed.revision, entry.digest), set())
                    by |= {seat} if bearer == member.assembly else set()
        for _, statement in records[member.assembly].facts(Witness):
            if statement.proposal == about:
                for revision in statement.seen:
                    stated.setdefault(revision, set()).add(seat)
                if statement.final:
                    lasts[seat] = {*statement.seen}
    return any(
        len(by) < compact.t
        and sum(revision not in seen for seen in lasts.values()) < compact.finals
        for revision, by in stated.items()
    )
