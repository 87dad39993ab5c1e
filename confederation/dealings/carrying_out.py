"""A decision is carried out in public: by actions with an owner, or by whom we ask.

What is said here follows from the records alone, so every node says the same. An action
is its assembly's; an answer counts only in the record of the assembly that asked; each
assembly judges for itself, by a decision that stands in its own record.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from confederation.confederal.history import Record
from confederation.dealings.ask import FINAL, Stage, Verdict
from confederation.identifiers import ActionId, AssemblyId, Digest
from confederation.record import Action, Answer, Ask, Decision, Entry, Judgement

Status = Literal[
    "addressed",
    "received",
    "holding",
    "answered",
    "judged",
    "implementing",
    "done",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """An action that follows a decision: whose it is, and its newest entry."""

    assembly: AssemblyId
    entry: Entry
    action: Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The judgement of one assembly that stands."""

    assembly: AssemblyId
    entry: Entry
    judgement: Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An ask with what came of it, as far as the records held here show.

    ``parties`` are the assemblies that judge; ``judged`` has those that did.
    """

    entry: Entry
    ask: Ask
    parties: tuple[AssemblyId, ...]
    answers: tuple[tuple[Entry, Answer], ...]
    judged: tuple[Judged, ...]

    @property
    def verdicts(self) -> Mapping[AssemblyId, Verdict]:
        """What each assembly that judged says of it."""
        return {each.assembly: each.judgement.verdict for each in self.judged}

    @property
    def status(self) -> Status:
        """How far it has come. It is done once all who judged it say so."""
        stages: list[Stage] = [each.judgement.stage for each in self.judged]
        if stages:
            if all(stage == "done" for stage in stages):
                return "done"
            if any(stage != "waiting" for stage in stages):
                return "implementing"
            return "judged"
        kinds = {answer.kind for _, answer in self.answers}
        if kinds & FINAL:
            return "answered"
        if "holding" in kinds:
            return "holding"
        return "received" if kinds else "addressed"

    def overdue(self, at: datetime) -> bool:
        """Whether nothing that ends the waiting came by the day asked for, up to now.

        A holding reply does not stop the clock, and an answer that came late does.
        """
        final = any(answer.kind in FINAL for _, answer in self.answers)
        return not final and at > self.ask.answer_by

    def to_judge(self, assembly: AssemblyId) -> bool:
        """Whether an assembly has yet to judge the newest answer that ends the waiting.

        One that came after its judgement is judged again.
        """
        final = [entry for entry, answer in self.answers if answer.kind in FINAL]
        judged = {
            each.judgement.answer for each in self.judged if each.assembly == assembly
        }
        return bool(final) and final[-1].digest not in judged

    @property
    def came_late(self) -> bool:
        """Whether the first answer that ends the waiting came after the day asked for.

        By the time that the assembly that asked states, which is cut to the second: an
        answer of the very second came after it had begun.
        """
        ended = [entry for entry, answer in self.answers if answer.kind in FINAL]
        return bool(ended) and ended[0].published >= self.ask.answer_by


def actions(
    follows: Digest, records: Iterable[Record], *, proposal: Digest | None = None
) -> tuple[Done, ...]:
    """Return the actions that carry out a decision or a result, by assembly and id.

    Of each the newest step stands, and what it follows is what its first step said:
    no later one moves it to another decision.
    """
    found: dict[tuple[AssemblyId, ActionId], Done] = {}
    first: dict[tuple[AssemblyId, ActionId], tuple[Digest, Digest | None]] = {}
    for kept in records:
        for entry, action in kept.facts(Action):
            key = entry.assembly, action.action
            named = action.follows, action.proposal
            if first.setdefault(key, named) == named == (follows, proposal):
                found[key] = Done(assembly=entry.assembly, entry=entry, action=action)
    return tuple(found[key] for key in sorted(found))


def carried_out(done: Iterable[Done]) -> bool:
    """Whether something was done and nothing waits to be; dropped ones aside."""
    states = [each.action.state for each in done if each.action.state != "dropped"]
    return bool(states) and all(state == "done" for state in states)


def asked(
    entry: Entry, records: Mapping[AssemblyId, Record], parties: Iterable[AssemblyId]
) -> Asked:
    """Say how an ask stands, by the records that are held.

    Args:
        entry: the Ask.
        records: of the assemblies concerned, by their identity.
        parties: who judges it: the assemblies that are bound where it follows a
            result, else the one that asked.
    """
    assert isinstance(entry.fact, Ask)
    parties = tuple(parties)
    own = records.get(entry.assembly)
    answers = () if own is None else tuple(_answers(entry, own))
    known = {answer.digest for answer, _ in answers}
    judged = (
        _judged(entry, records[each], known) for each in parties if each in records
    )
    return Asked(
        entry=entry,
        ask=entry.fact,
        parties=parties,
        answers=answers,
        judged=tuple(each for each in judged if each is not None),
    )


def _answers(ask: Entry, own: Record) -> Iterable[tuple[Entry, Answer]]:
    for entry, answer in own.facts(Answer, after=ask.seq):
        if answer.ask == ask.digest:
            yield entry, answer


def _judged(ask: Entry, kept: Record, answers: set[Digest]) -> Judged | None:
    stands = None
    for entry, judgement in kept.facts(Judgement):
        if judgement.ask == ask.digest and _may_stand(entry, judgement, kept, answers):
            stands = Judged(assembly=entry.assembly, entry=entry, judgement=judgement)
    return stands


def _may_stand(
    entry: Entry, judgement: Judgement, kept: Record, answers: set[Digest]
) -> bool:
    # Whoever runs the node can sign a judgement; what the assembly decided, and its
    # tellers confirmed, is what makes it the assembly's.
    if (judgement.answer is None) != (judgement.verdict == "no answer"):
        return False
    if judgement.answer is not None and judgement.answer not in answers:
        return False
    for decided, decision in kept.facts(Decision, before=entry.seq):
        if decided.digest == judgement.decision:
            return decision.outcome == "passed" and kept.confirmed(decided)
    return False
