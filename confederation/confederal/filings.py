"""A seat's filings stand in its assembly's record, each judged in its place.

A filing is one revision of what the seat says in a matter: a delegate's vote, or a
withdrawal that names the recall, the amended mandate or the leaving behind it. Where a
vote on paper stands for a revision, the record takes it as its own, and goes on from
there. Where a seat moved to a substitute, its record goes on from the one before (see
``line``).
"""

from dataclasses import replace

from confederation.confederal import bearing, line, mandate, substituting
from confederation.confederal.compact import left
from confederation.confederal.history import Record
from confederation.confederal.mandate import Finding, Matter, Rule
from confederation.confederal.tally import Position
from confederation.errors import Phrase
from confederation.identifiers import Digest
from confederation.record import (
    Entry,
    Filed,
    Mandate,
    Membership,
    Recall,
    Succession,
    Vote,
)

Filing = line.Filing[Filed]
Place = line.Place[Filed]
Line = line.Line[Filed]


def examine(record: Record, matter: Matter) -> tuple[Filing, ...]:
    """Judge every filing of one record in a matter, in the order of the record."""
    return _line(record, matter)[0]


def narrowed(record: Record, matter: Matter) -> Matter:
    """Leave out of a matter what is known of other seats than that of a record.

    Its filings are judged by their own seat alone, so what others learn of theirs is no
    reason to judge them anew.
    """
    if not (matter.inner or matter.bearers):
        return matter
    found = substituting.seat_of(matter.compact, record.assembly)
    if found is None:
        return replace(matter, inner={}, bearers={})
    seat, rank = found
    if rank == 0:
        named = record.once(_named_below)
        inner = {each: matter.inner[each] for each in named if each in matter.inner}
        return replace(matter, inner=inner, bearers={})
    before = {each: matter.bearers.get(each, ()) for each in seat.bearers[:rank]}
    return replace(matter, bearers=before)


def _named_below(record: Record) -> tuple[Digest, ...]:
    """Name what the mandates and recalls of a record say that was decided below."""
    mandates = (given.decision for _, given in record.facts(Mandate))
    recalls = (recall.decision for _, recall in record.facts(Recall))
    return (*mandates, *recalls)


def _line(record: Record, matter: Matter) -> tuple[tuple[Filing, ...], Line]:
    return record.once(_examine, narrowed(record, matter))


def _examine(record: Record, matter: Matter) -> tuple[tuple[Filing, ...], Line]:
    """Judge the filings of one record, and give the line that the next one follows."""
    return line.draw(
        (
            (entry, filed)
            for entry, filed in record.facts(Filed)
            if filed.proposal == matter.proposal.digest
        ),
        record,
        matter,
        lambda entry, before: _judge(entry, before, record, matter),
        lambda earlier: _line(earlier, matter)[1],
    )


def next_place(record: Record, matter: Matter) -> Place | Finding:
    """Say where the next filing of a record stands, or why there is none."""
    return line.next_place(record, matter, lambda each: _line(each, matter)[1])


def standing(filings: tuple[Filing, ...]) -> Filing | None:
    """Give the last filing that broke no rule: what the seat says as filed so far."""
    return next((each for each in reversed(filings) if each.finding is None), None)


def judge_next(vote: Vote, record: Record, matter: Matter) -> Finding | None:
    """Judge a vote as if it were filed next in the record."""
    place = next_place(record, matter)
    if isinstance(place, Finding):
        return place
    finding = mandate.judge(vote, record=record, seq=record.size, matter=matter)
    return finding or line.in_order(vote.revision, place.before)


def withdrawal_due(record: Record, matter: Matter) -> Filed | None:
    """Give the filing by which the seat's vote is to be withdrawn next, if any.

    None when what is filed may stand, or is withdrawn already.
    """
    place = next_place(record, matter)
    waits = _not_decided_below(record, record.size, matter) is not None
    if isinstance(place, Finding) or waits:
        return None
    now = standing(place.before)
    causes = _causes(now, record, record.size, matter)
    if not causes or (now is not None and now.filed.withdrawn_by == causes[0].digest):
        return None
    return Filed(
        proposal=matter.proposal.digest,
        revision=place.revision,
        withdrawn_by=causes[0].digest,
        head=place.head,
        moved_by=place.moved_by,
    )


def _causes(
    now: Filing | None, record: Record, seq: int, matter: Matter
) -> list[Entry]:
    """Give what takes back a seat's position at ``seq``, by the compact's rules.

    That is the assembly's leaving; or the recall of the mandate that the vote was cast
    under, where a recall withdraws; or the newest mandate in its place, if it does not
    allow the vote any more.
    """
    leaving = left(matter.compact, record, seq)
    if leaving is not None:
        return [leaving]
    vote = now.filed.document if now is not None else None
    if vote is None:
        return []
    under = record.get(vote.mandate)
    if under is None and vote.assembly == record.assembly:
        return []
    # The mandate of whoever bore the seat before stands in another record.
    since = -1 if under is None else under.seq
    causes = [
        entry
        for entry, recall in record.facts(Recall, after=since, before=seq)
        if recall.mandate == vote.mandate
        and matter.compact.rules.recall == "withdraws"
        and mandate.founded(entry, record, matter.compact, matter.inner) is None
    ]
    later = [
        (entry, given)
        for entry, given in record.facts(Mandate, after=since, before=seq)
        if given.compact == matter.compact.identity
        and (given.supersedes == vote.mandate or mandate.covers(given, matter))
        and mandate.founded(entry, record, matter.compact, matter.inner) is None
    ]
    if later and not mandate.allows(later[-1][1], vote.choice, matter):
        causes.append(later[-1][0])
    return causes


def position(filing: Filing, seat: int, record: Record, matter: Matter) -> Position:
    """Say what a filing that broke no rule means for the count."""
    entry, vote = filing.entry, filing.filed.document
    if vote is None:
        cause = record.get(filing.filed.withdrawn_by)
        leaving = cause is not None and isinstance(cause.fact, Membership | Succession)
        return Position(
            seat=seat,
            revision=filing.filed.revision,
            digest=entry.digest,
            says="emptied" if leaving else "withdrawn",
        )
    given = record.get(vote.mandate)
    members = None
    if given is not None and isinstance(given.fact, Mandate):
        members = mandate.members_behind(given.fact, record, matter)
    return Position(
        seat=seat,
        revision=filing.filed.revision,
        digest=entry.digest,
        says="vote",
        choice=vote.choice,
        members=members,
    )


def _judge(
    entry: Entry, before: tuple[Filing, ...], record: Record, matter: Matter
) -> Finding | None:
    filed = entry.fact
    assert isinstance(filed, Filed)
    waits = _not_decided_below(record, entry.seq, matter)
    if waits is not None:
        return waits
    disorder = line.in_order(filed.revision, before)
    if disorder is not None:
        return disorder
    if (filed.document is None) == (filed.withdrawn_by is None):
        return Finding(
            rule=Rule.NO_MANDATE,
            says=Phrase(
                "A filing holds either a vote or the reason why one is withdrawn."
            ),
        )
    if filed.document is None:
        return _judge_withdrawal(entry, before, record, matter)
    if filed.taken is not None:
        # The vote itself is the paper's: here it only keeps its number and its words.
        return None
    if filed.document.revision != filed.revision:
        return Finding(
            rule=Rule.BAD_SIGNATURE,
            says=Phrase("The delegate signed for another revision than the one filed."),
            mandate=filed.document.mandate,
        )
    return mandate.judge(filed.document, record=record, seq=entry.seq, matter=matter)


def _not_decided_below(record: Record, seq: int, matter: Matter) -> Finding | None:
    """Say that nobody here can tell yet what binds a bearer's seat; None if we can."""
    if bearing.awaited(record, seq, matter.compact, matter.inner) is None:
        return None
    return Finding(
        rule=Rule.NOT_DECIDED_BELOW,
        says=Phrase(
            "What the compact below decided is not attested here by enough of its "
            "members yet."
        ),
    )


def _judge_withdrawal(
    entry: Entry, before: tuple[Filing, ...], record: Record, matter: Matter
) -> Finding | None:
    filed = entry.fact
    assert isinstance(filed, Filed)
    causes = _causes(standing(before), record, entry.seq, matter)
    if any(cause.digest == filed.withdrawn_by for cause in causes):
        return None
    return Finding(
        rule=Rule.NO_MANDATE,
        says=(
            Phrase(
                "The withdrawal names no recall, amended mandate or leaving in this "
                "record that takes back the vote that stands."
            )
        ),
    )
