"""What an assembly answers to a result is its own decision, or that of those below.

Each answer is judged in its place among the ratifications of its record. A seat that is
held for a compact answers what that one decided on the result; where the seat moved to
a substitute, its record goes on from the one before (see ``line``).

See docs/reference/statements.md, "Ratification".
"""

from dataclasses import replace

from confederation.confederal import bearing, line
from confederation.confederal.bearing import Inner
from confederation.confederal.compact import left
from confederation.confederal.history import Record
from confederation.confederal.mandate import Finding, Matter, Rule
from confederation.errors import Phrase
from confederation.identifiers import AssemblyId, CompactId, Digest
from confederation.record import Decision, Entry, Ratification

Filing = line.Filing[Ratification]
Line = line.Line[Ratification]


def examine(record: Record, matter: Matter, result: Digest) -> tuple[Filing, ...]:
    """Judge every ratification of a result in one record, in its order."""
    return _line(record, matter, result)[0]


def _line(
    record: Record, matter: Matter, result: Digest
) -> tuple[tuple[Filing, ...], Line]:
    def judge(entry: Entry, before: tuple[Filing, ...]) -> Finding | None:
        assert isinstance(entry.fact, Ratification)
        return _judge(entry.fact, record, entry.seq, before, matter)

    return line.draw(
        (
            (entry, filed)
            for entry, filed in record.facts(Ratification)
            if filed.result_hash == result
        ),
        record,
        matter,
        judge,
        lambda earlier: _line(earlier, matter, result)[1],
    )


def next_to_file(record: Record, matter: Matter, result: Digest) -> Ratification | None:
    """Give what the assembly of a record must file next on a result.

    None while nothing is decided on it, or what is decided has been filed; and where
    the seat is not, or no longer, its to speak for.
    """
    place = line.next_place(record, matter, lambda each: _line(each, matter, result)[1])
    if isinstance(place, Finding):
        return None
    leaving = left(matter.compact, record, record.size)
    decided = _decided(record, matter, result)
    next_ = Ratification(
        proposal=matter.proposal.digest,
        result_hash=result,
        revision=place.revision,
        ratifies=False,
        head=place.head,
        moved_by=place.moved_by,
    )
    if leaving is not None:
        next_ = replace(next_, withdrawn_by=leaving.digest)
    elif decided is not None:
        next_ = replace(next_, decision=decided[0], ratifies=decided[1])
    else:
        return None
    now = _last(place.before)
    if now is not None and _says(now) == _says(next_):
        return None
    # A record that has filed out of order can file nothing in this round any more.
    return None if _judge(next_, record, record.size, place.before, matter) else next_


def _last(filed: tuple[Filing, ...]) -> Ratification | None:
    lawful = (each.filed for each in reversed(filed) if each.finding is None)
    return next(lawful, None)


def _says(filed: Ratification) -> tuple[Digest | None, Digest | None]:
    return filed.decision, filed.withdrawn_by


def _decided(
    record: Record, matter: Matter, result: Digest
) -> tuple[Digest, bool] | None:
    """Give the newest yes or no to a result, and whether it ratifies.

    That is of the assembly itself or, where it bears a seat for a compact below, of
    that one, and then nothing of the bearer's own.
    """
    borne = bearing.borne(matter.compact, record.assembly)
    if borne is None:
        own = _own_decision(record, record.size, matter, result)
        return None if own is None else (own[0].digest, own[1].outcome == "passed")
    below = [
        decided
        for decided in matter.inner.values()
        if _lacks_below(decided, borne, record.assembly, result) is None
    ]
    newest = max(below, key=bearing.age, default=None)
    return None if newest is None else (newest.proposal, newest.outcome == "adopted")


def _own_decision(
    record: Record, before: int, matter: Matter, result: Digest
) -> tuple[Entry, Decision] | None:
    newest = None
    for entry, decision in record.facts(Decision, before=before):
        if (
            decision.on == result
            and decision.outcome != "no quorum"
            and decision.chosen is None
            and not decision.elected
            and (not matter.compact.rules.two_tellers or record.confirmed(entry))
        ):
            newest = entry, decision
    return newest


def _judge(
    filed: Ratification,
    record: Record,
    seq: int,
    before: tuple[Filing, ...],
    matter: Matter,
) -> Finding | None:
    """Judge a ratification as if it stood at ``seq`` of its assembly's record.

    See docs/reference/statements.md, "When a ratification is void".
    """
    disorder = line.in_order(filed.revision, before)
    if disorder is not None:
        return disorder
    leaving = left(matter.compact, record, seq)
    if leaving is not None and filed.withdrawn_by is None:
        return Finding(
            rule=Rule.NOT_A_MEMBER,
            says=Phrase("This assembly had left the compact before it answered."),
        )
    if (
        filed.proposal != matter.proposal.digest
        or (filed.decision is None) == (filed.withdrawn_by is None)
        or (filed.withdrawn_by is not None and filed.ratifies)
    ):
        return _no_decision(Phrase("It does not say plainly what answers what."))
    if filed.withdrawn_by is not None:
        if leaving is not None and filed.withdrawn_by == leaving.digest:
            return None
        return _no_decision(Phrase("It names no leaving that stands in this record."))
    borne = bearing.borne(matter.compact, record.assembly)
    if borne is not None:
        return _judge_borne(filed, borne, record, seq, matter)
    decided = _own_decision(record, seq, matter, filed.result_hash)
    if decided is None or decided[0].digest != filed.decision:
        return _no_decision(
            Phrase(
                "It does not name the newest decision of this assembly on the outcome."
            )
        )
    if filed.ratifies != (decided[1].outcome == "passed"):
        return _no_decision(
            Phrase("It says something else than the decision behind it.")
        )
    return None


def _judge_borne(
    filed: Ratification, borne: CompactId, record: Record, seq: int, matter: Matter
) -> Finding | None:
    """Judge what a bearer answers, by all that its record named up to here.

    What it named before and is not known here may be newer: then nobody can tell yet.
    """
    named = [
        each.decision
        for _, each in record.facts(Ratification, before=seq)
        if each.result_hash == filed.result_hash and each.decision is not None
    ]
    known = [matter.inner.get(each) for each in named]
    below = None if filed.decision is None else matter.inner.get(filed.decision)
    if below is None or None in known:
        return Finding(
            rule=Rule.NOT_DECIDED_BELOW,
            says=Phrase(
                "What the compact below decided is not attested here by enough of "
                "its members yet."
            ),
        )
    lacks = _lacks_below(below, borne, record.assembly, filed.result_hash)
    if lacks is None and filed.ratifies != (below.outcome == "adopted"):
        lacks = Phrase("It says something else than the compact below decided.")
    if lacks is None and any(
        each is not None
        and _lacks_below(each, borne, record.assembly, filed.result_hash) is None
        and each.closes > below.closes
        for each in known
    ):
        lacks = Phrase(
            "The compact below has decided anew since, and that was filed before."
        )
    return None if lacks is None else _no_decision(lacks)


def _lacks_below(
    decided: Inner, borne: CompactId, bearer: AssemblyId, result: Digest
) -> str | None:
    if (
        decided.compact != borne
        or decided.on != result
        or bearer not in decided.assemblies
        or decided.outcome not in ("adopted", "rejected")
    ):
        return Phrase("The compact that the seat is held for did not decide on it.")
    return None


def _no_decision(says: str) -> Finding:
    return Finding(rule=Rule.NO_DECISION, says=says)
