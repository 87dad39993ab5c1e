"""What must hold in a run, written down without the code that is to bring it about.

Each check gives one sentence for each breach it finds, so a run without a breach gives
nothing at all.
"""

from collections.abc import Iterator, Mapping

from confederation.confederal import council, ratifying, slots, statements
from confederation.confederal.council import Standing, State
from confederation.confederal.history import Record
from confederation.confederal.holding import Holding, rivals, slot
from confederation.confederal.mandate import Rule
from confederation.confederal.ratifying import Course, Stage
from confederation.confederal.statements import Revision, Subject
from confederation.confederal.weighing import Fate
from confederation.identifiers import AssemblyId, Digest
from confederation.record import (
    Attestation,
    Countersign,
    Decision,
    Entry,
    Filed,
    PaperVote,
    Placement,
    Proposal,
    Ratification,
    Result,
    Witness,
)
from tests.confederation.nodes import Node
from tests.confederation.scenario import END, instant
from tests.confederation.simulation import Run
from tests.confederation.world import result_digest

Stands = dict[tuple[int, Digest], Standing]
"""How each proposal stands in the eyes of each honest node, by its seat."""


Courses = dict[tuple[int, Digest], Course]
"""How far each decision has come in the eyes of each honest node, where ratified."""


def breaches(run: Run, seen: Stands) -> list[str]:
    """Find every breach of a promise at the end of a run."""
    ratified = courses(run)
    found = [
        *_two_answers(run, seen),
        *_contradictory_honesty(run),
        *_unlawful_votes_counted(run, seen),
        *_vouched_for_by_one(run),
        *_hasty_conclusions(run),
        *_believed_unsettled(run),
        *_rewritten(run),
        *_two_answers_to_ratifying(run, ratified),
        *_unlawful_ratifications(run, ratified),
        *_bound_by_silence(run, ratified),
        *_answers_made_up(run),
        *_kept_from_below(run),
        *_unwanted(run, seen),
    ]
    if not run.scenario.liars:
        found += _disagreement(run, seen)
        found += _carelessness(run)
        found += _unsettled(run, seen)
        found += _unratified(run, ratified)
    return found


def _kept_from_below(run: Run) -> Iterator[str]:
    """Whoever lies nowhere returns what was called back, unless enough say *here*."""
    said = {
        entry.digest: fact.belongs
        for records in public(run).values()
        for record in records
        for entry, fact in record.facts(Placement)
    }
    for node in run.honest:
        for _, attestation in node.copies[node.id].facts(Attestation):
            result = attestation.result
            last = [
                said[each.digest]
                for each in result.certified
                if each.seat < -1 and each.rule is None
            ]
            called, kept = last.count("below"), last.count("here")
            back = called > 0 and kept < run.compact.t
            if back != (result.outcome == "returned"):
                yield f"Seat {node.seat} attests {result.outcome}: {called} called."


def stands(run: Run) -> Stands:
    """Say how every proposal stands at the end, for every honest node that holds it."""
    known: dict[object, Standing] = {}
    seen: Stands = {}
    for node in run.honest:
        for proposal in node.proposals():
            # Whoever holds the same records sees the same.
            held = (proposal.digest, *node.heads())
            if held not in known:
                whole = node.holding(proposal)
                known[held] = council.standing(whole, instant(END))
            seen[node.seat, proposal.digest] = known[held]
    return seen


def courses(run: Run) -> Courses:
    """Say how far every decision has come whose outcome is to be ratified."""
    if not run.scenario.ratify:
        return {}
    known: dict[object, Course] = {}
    seen: Courses = {}
    for node in run.honest:
        for proposal in node.proposals():
            assert isinstance(proposal.fact, Proposal)
            if not proposal.fact.ratify:
                continue
            held = (proposal.digest, *node.heads())
            if held not in known:
                whole = node.holding(proposal)
                known[held] = ratifying.course(whole, instant(END))
            seen[node.seat, proposal.digest] = known[held]
    return seen


def public(run: Run) -> dict[AssemblyId, tuple[Record, ...]]:
    """Give all that honest nodes hold together, which is what a stranger can get."""
    records: dict[AssemblyId, dict[Digest, Record]] = {}
    for node in run.honest:
        for record in (*node.copies.values(), *node.branches.values()):
            assert record.head is not None
            records.setdefault(record.assembly, {})[record.head] = record
    return {
        assembly: tuple(sorted(held.values(), key=lambda record: -record.size))
        for assembly, held in records.items()
    }


def contradictors(run: Run) -> set[AssemblyId]:
    """Name the assemblies whose contradictions are on record, by honest copies."""
    held = public(run)
    return {
        contradiction.of
        for proposal in run.proposed.values()
        for contradiction in (
            *statements.contradictions(run.compact, proposal, held),
            *slots.contradictions(_publicly(run, proposal, held)),
        )
    } | {
        contradiction.of
        for result in _ratified_results(held)
        for contradiction in statements.contradictions_on(
            run.compact, Subject(digest=result, filed_as=Ratification), held
        )
    }


def _publicly(
    run: Run, proposal: Entry, held: Mapping[AssemblyId, tuple[Record, ...]]
) -> Holding:
    """Hold a proposal as somebody would who has every copy of the honest."""
    return Holding(
        compact=run.compact,
        proposal=proposal,
        records={assembly: records[0] for assembly, records in held.items()},
        branches=tuple(each for records in held.values() for each in records[1:]),
        rivals=rivals(proposal, run.proposed.values()),
    )


def _ratified_results(held: Mapping[AssemblyId, tuple[Record, ...]]) -> set[Digest]:
    """Name every result that anybody says anything about ratifying."""
    return {
        filed.result_hash
        for records in held.values()
        for record in records
        for _, filed in record.facts(Ratification)
    }


def confirmed(run: Run, seen: Stands) -> dict[Digest, list[Result]]:
    """Give for each proposal every result that some honest node sees confirmed."""
    answers: dict[Digest, list[Result]] = {}
    for (_, proposal), stand in seen.items():
        for attested in stand.attestations:
            known = answers.setdefault(proposal, [])
            if len(attested.by) >= run.compact.t and attested.result not in known:
                known.append(attested.result)
    return answers


def _holds(
    run: Run, held: Mapping[AssemblyId, tuple[Record, ...]], result: Result
) -> bool:
    """Say whether a result adopts something that holds: it is ratified, if it asks."""
    if result.outcome != "adopted" or not run.scenario.ratify:
        return result.outcome == "adopted"
    said = [
        assembly
        for assembly, records in held.items()
        if any(
            fact.proposal == result_digest(result) and fact.result.outcome == "in force"
            for record in records
            for _, fact in record.facts(Attestation)
        )
    ]
    return len(said) >= run.compact.t


def _believed_unsettled(run: Run) -> Iterator[str]:
    """Whoever wrote two records is believed again once its people settled it."""
    for node in run.honest:
        for seat, number, _ in node.believed:
            yield (
                f"Node {node.seat} witnessed revision {number} of seat {seat}, which "
                "had contradicted itself and settled nothing."
            )


def _two_answers(run: Run, seen: Stands) -> Iterator[str]:
    """P2: two answers only if enough assemblies contradict themselves on record."""
    answers = confirmed(run, seen)
    bound = 2 * run.compact.t - run.compact.n
    doubled = [digest for digest, results in answers.items() if len(results) > 1]
    adopted: dict[Digest, set[Digest]] = {}
    held = public(run)
    for digest, results in answers.items():
        if any(_holds(run, held, result) for result in results):
            adopted.setdefault(slot(run.proposed[digest]), set()).add(digest)
    doubled += [held for held, by in adopted.items() if len(by) > 1]
    if doubled and len(contradictors(run)) < bound:
        yield f"Two answers to {doubled}, and too few contradictions on record."


def _contradictory_honesty(run: Run) -> Iterator[str]:
    """Whoever lies nowhere never contradicts itself."""
    for assembly in contradictors(run):
        seat = run.compact.seat_of(assembly)
        if seat not in run.scenario.liars:
            yield f"Seat {seat} is honest and contradicts itself."


def _unlawful_votes_counted(run: Run, seen: Stands) -> Iterator[str]:
    """P3: nobody witnesses or counts them, and everybody names the rule."""
    for (seat, proposal), stand in seen.items():
        for result in (stand.result, stand.confirmed):
            for each in result.certified if result is not None else ():
                if each.digest in run.ground.unlawful:
                    yield f"Seat {seat} counts an unlawful vote on {proposal}."
        for revised in stand.revisions:
            if revised.digest not in run.ground.unlawful:
                continue
            if revised.entry is not None and revised.fate is not Fate.VOID:
                fact, node = revised.entry.fact, run.nodes[seat]
                if isinstance(fact, PaperVote) and not node.copies[fact.of].get(
                    fact.head
                ):
                    continue
                yield f"Seat {seat} does not see that a vote is unlawful."
            rule = run.ground.unlawful[revised.digest]
            named = revised.finding.rule if revised.finding is not None else None
            if revised.entry and rule is not None and named not in (rule, _ORDER):
                yield f"Seat {seat} names {named} where {rule} was broken."
    for node in run.honest:
        for _, statement in node.copies[node.id].facts(Witness):
            if any(digest in run.ground.unlawful for _, _, digest in statement.seen):
                yield f"Seat {node.seat} witnessed an unlawful vote."


_ORDER = Rule.OUT_OF_ORDER


def _vouched_for_by_one(run: Run) -> Iterator[str]:
    """Nobody witnesses a vote on paper that two others have not put their names to."""
    for node in run.honest:
        signed = {
            countersign.paper: entry.assembly
            for record in node.copies.values()
            for entry, countersign in record.facts(Countersign)
        }
        papers = {
            entry.digest: {entry.assembly, vote.of}
            for record in node.copies.values()
            for entry, vote in record.facts(PaperVote)
        }
        for _, statement in node.copies[node.id].facts(Witness):
            for _, _, digest in statement.seen:
                alone = signed.get(digest) in (None, *papers.get(digest, ()))
                if digest in papers and alone:
                    yield f"Seat {node.seat} witnessed a paper with one name to it."


def _hasty_conclusions(run: Run) -> Iterator[str]:
    """Nobody concludes before enough clocks have passed closing."""
    for node in run.honest:
        for clocks in node.concluded_with:
            if clocks < run.compact.t:
                yield f"Seat {node.seat} concluded by {clocks} clocks only."


def _unwanted(run: Run, seen: Stands) -> Iterator[str]:
    """What is chosen is wanted more than keeping things by most of those that vote.

    Unless so many lie that they could attest anything.
    """
    if len(run.scenario.liars) >= run.compact.t:
        return
    for (seat, proposal), stand in seen.items():
        result = stand.confirmed
        if result is None or result.ranked is None or result.outcome != "adopted":
            continue
        chosen = {*result.ranked.chosen} - {"keep"}
        cast = [
            each.choice
            for each in result.certified
            if each.rule is None and each.seat >= 0
        ]
        wanting = sum(
            any(
                option in chosen
                for option in " ".join(choice).partition("keep")[0].split()
            )
            for choice in cast
        )
        if 2 * wanting <= len(cast) or not chosen:
            yield f"Seat {seat} sees {proposal} adopted, which most do not want."


def _rewritten(run: Run) -> Iterator[str]:
    """P4: what an honest assembly published is what everybody holds, or a part."""
    true = {node.id: node.copies[node.id] for node in run.honest}
    for node in run.honest:
        for record in (*node.copies.values(), *node.branches.values()):
            whole = true.get(record.assembly)
            if whole is None:
                continue
            if whole.entries[: record.size] != record.entries:
                yield f"Seat {node.seat} holds an altered copy."


def _disagreement(run: Run, seen: Stands) -> Iterator[str]:
    """Where nobody contradicts themselves, all who determine it determine the same."""
    for proposal in run.proposed:
        results: list[Result] = []
        for (_, digest), stand in seen.items():
            if digest != proposal:
                continue
            attested = [each.result for each in stand.attestations]
            for result in (*attested, stand.result):
                if result is not None and result not in results:
                    results.append(result)
            if stand.state is State.DISPUTED:
                yield f"A dispute over {proposal} without a liar."
        if len(results) > 1:
            yield f"{len(results)} different results for {proposal} without a liar."


def _carelessness(run: Run) -> Iterator[str]:
    """What arrived in time is in the final statement; what did not is not."""
    for node in run.honest:
        own = node.copies[node.id]
        for proposal in node.proposals():
            said = [w for _, w in own.facts(Witness) if w.proposal == proposal.digest]
            final = next((each for each in said if each.final), None)
            opened = len(said) > 1 or proposal.assembly == node.id
            if final is None or not opened:
                continue
            listed = {digest for _, revision, digest in final.seen if revision > 0}
            numbers = {(seat, number) for seat, number, _ in final.seen}
            for entry, place in _filings(node, proposal.digest):
                assert isinstance(proposal.fact, Proposal)
                arrived = node.arrived.get(entry)
                in_time = arrived is not None and arrived < proposal.fact.closes
                # A paper with the same number came first.
                beaten = in_time and entry not in listed and place in numbers
                if in_time != (entry in listed) and not beaten:
                    yield f"Seat {node.seat} misstates what arrived in time."


def _filings(
    node: Node, proposal: Digest
) -> Iterator[tuple[Digest, tuple[int | None, int]]]:
    for record in node.copies.values():
        for entry, filed in record.facts(Filed):
            if (
                filed.proposal == proposal
                and filed.paper is None
                and record.assembly != node.id
            ):
                seat = node.compact.seat_of(record.assembly)
                yield entry.digest, (seat, filed.revision)


def _unsettled(run: Run, seen: Stands) -> Iterator[str]:
    """P1: enough nodes live, so all of them come to the same confirmed result.

    Except where a revision had reached some of the living and too few: that is looked
    up here in what they finally stated, and in nothing else.
    """
    if len(run.alive) < run.compact.t:
        return
    for digest, proposal in run.proposed.items():
        living = [
            (node, seen[node.seat, digest])
            for node in run.alive
            if (node.seat, digest) in seen
        ]
        in_slot = [d for d, e in run.proposed.items() if slot(e) == slot(proposal)]
        if not living or any(half_delivered(run, each) for each in in_slot):
            continue
        for node, stand in living:
            if stand.state is not State.CONFIRMED and stand.yields_to is None:
                yield f"Seat {node.seat} sees {digest} {stand.state}."
        if len(living) < len(run.alive):
            yield f"{digest} has not reached everybody alive."


def _two_answers_to_ratifying(run: Run, ratified: Courses) -> Iterator[str]:
    """P2: nobody sees in force, or bound, what somebody else sees not to be."""
    ends: dict[Digest, set[tuple[str, tuple[AssemblyId, ...]]]] = {}
    for course in ratified.values():
        if course.result is not None and course.state in _ENDS:
            end = (str(course.state), course.bound)
            ends.setdefault(course.result, set()).add(end)
    bound = 2 * run.compact.t - run.compact.n
    for result, ways in ends.items():
        if len(ways) > 1 and len(contradictors(run)) < bound:
            yield f"{result} ends in {ways}, and too few contradictions on record."


_ENDS = (Stage.IN_FORCE, Stage.NOT_IN_FORCE)


def _unlawful_ratifications(run: Run, ratified: Courses) -> Iterator[str]:
    """P3: an answer that no decision of its assembly stands behind is never counted."""
    for (seat, _), course in ratified.items():
        stands = course.ratification
        for result in (stands.result, stands.confirmed) if stands is not None else ():
            for each in result.certified if result is not None else ():
                if each.digest in run.ground.unlawful:
                    yield f"Seat {seat} counts an unlawful ratification."
        for revised in stands.revisions if stands is not None else ():
            unlawful = revised.digest in run.ground.unlawful
            if unlawful and revised.entry and revised.fate is not Fate.VOID:
                yield f"Seat {seat} does not see that a ratification is unlawful."


def _bound_by_silence(run: Run, ratified: Courses) -> Iterator[str]:
    """Whoever lies nowhere is bound only by its own newest answer, and that a yes."""
    honest = {node.id: node for node in run.honest}
    for (seat, _), course in ratified.items():
        for assembly in course.bound:
            if assembly not in honest:
                continue
            said = [
                (decision.outcome, entry.seq)
                for entry, decision in honest[assembly].copies[assembly].facts(Decision)
                if decision.on == course.result
            ]
            if not any(outcome == "passed" for outcome, _ in said):
                yield f"Seat {seat} sees one bound that never ratified."


def _answers_made_up(run: Run) -> Iterator[str]:
    """P3: what an honest node files is what its assembly decided last."""
    for node in run.honest:
        own = node.copies[node.id]
        for entry, filed in own.facts(Ratification):
            decided = [
                decision.outcome
                for _, decision in own.facts(Decision, before=entry.seq)
                if decision.on == filed.result_hash
            ]
            yes = bool(decided) and decided[-1] == "passed"
            if filed.ratifies and not yes:
                yield f"Seat {node.seat} ratifies what its assembly did not."


def _unratified(run: Run, ratified: Courses) -> Iterator[str]:
    """P1: enough nodes live, so all of them see the ratification come to one end.

    Except where an answer had reached some of the living and too few, as in a vote.
    """
    if len(run.alive) < run.compact.t:
        return
    seats = {node.seat for node in run.alive}
    for (seat, digest), course in ratified.items():
        if course.result is None or seat not in seats:
            continue
        if course.state is State.DISPUTED:
            yield f"A dispute over the ratification of {digest} without a liar."
        if half_delivered(run, course.result):
            continue
        if course.state not in _ENDS:
            yield f"Seat {seat} sees the ratification of {digest} {course.state}."


def half_delivered(run: Run, proposal: Digest) -> bool:
    """Say whether too few of the living were reached by a revision, and too many.

    ``proposal`` is what the statements name: a proposal, or a result.
    """
    stated: dict[Revision, set[int]] = {}
    absent: dict[int, set[Revision]] = {}
    for assembly, records in public_to_living(run).items():
        seat = run.compact.seat_of(assembly)
        assert seat is not None
        for record in records:
            for entry, filed in record.facts(Filed):
                if filed.proposal == proposal:
                    revision = (seat, filed.revision, filed.paper or entry.digest)
                    stated.setdefault(revision, set()).add(seat)
            for entry, answer in record.facts(Ratification):
                if answer.result_hash == proposal:
                    revision = (seat, answer.revision, entry.digest)
                    stated.setdefault(revision, set()).add(seat)
            for _, statement in record.facts(Witness):
                if statement.proposal != proposal:
                    continue
                for revision in statement.seen:
                    stated.setdefault(revision, set()).add(seat)
                if statement.final:
                    absent[seat] = set(statement.seen)
    return any(
        len(by) < run.compact.t
        and sum(revision not in seen for seen in absent.values()) < run.compact.finals
        for revision, by in stated.items()
    )


def public_to_living(run: Run) -> dict[AssemblyId, tuple[Record, ...]]:
    """Give the longest copy of each record that is alive at the end."""
    return {
        assembly: (
            max((node.copies[assembly] for node in run.alive), key=lambda r: r.size),
        )
        for assembly in run.nodes[0].copies
    }
