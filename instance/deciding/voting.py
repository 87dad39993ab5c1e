"""A question is put, voted on and counted here; how, the domain decides.

A secret vote is no event. In one transaction its voter is struck off the roll and its
marking dropped in the box; nothing that joins the two is kept, and the box is opened
only when the ballot closes.
"""

import json
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Final

from activitypub import canonical
from activitypub.canonical import JsonObject
from confederation import assembly, session
from confederation.confederal import report
from confederation.counting import lot
from confederation.counting.ranked import Ranking
from confederation.deciding import ballot, motion, result
from confederation.deciding.ballot import CastVote, CloseBallot, OpenBallot
from confederation.deciding.decision import Decided
from confederation.deciding.question import Terms, Tried
from confederation.deciding.result import Outlook, Result
from confederation.deciding.rulebook import MethodName
from confederation.errors import Invalid, Refused, TooEarly, TooLate, Unknown
from confederation.identifiers import (
    BallotId,
    Commit,
    Digest,
    MemberId,
    MotionId,
    OptionId,
    SessionId,
    Voter,
)
from confederation.meeting.count_sheet import Marking
from confederation.membership import entitlement
from confederation.record import Proposal
from confederation.session import Channel
from instance import chamber, clerk, node
from instance.dealings import bridges
from instance.deciding import choices, sub_assemblies
from instance.desk import Desk
from instance.languages import phrased
from instance.store import ballots, events
from instance.upkeep import keys

SEED_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What a question is about. ``proposer`` is whose motion it is, if anyone's."""

    text: Commit
    subject: Digest | None = None
    person: bool = False
    motion: MotionId | None = None
    proposer: MemberId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What stands on a voting paper; ``labels`` say what each option means."""

    question: str
    labels: tuple[tuple[OptionId, str], ...] = ()


# What a question may be about


def on_motion(desk: Desk, id: MotionId) -> Matter:
    """Ask about a motion, on its frozen text."""
    moved: motion.State = node.load(desk, f"motion:{id}")
    assert moved.drafted is not None
    return Matter(text=motion.text(moved).text, motion=id, proposer=moved.drafted.by)


def on_proposal(desk: Desk, digest: str) -> Matter:
    """Ask about a proposal to all assemblies of a compact."""
    entry = chamber.proposal(desk, digest)
    assert isinstance(entry.fact, Proposal)
    return Matter(text=entry.fact.title, subject=entry.digest)


def on_outcome(desk: Desk, digest: str) -> Matter:
    """Ask whether our assembly ratifies what was adopted by all of a compact.

    Raises:
        TooEarly: there is no confirmed result that waits to be ratified.
        TooLate: the time to ratify it is over.
    """
    entry = chamber.proposal(desk, digest)
    assert isinstance(entry.fact, Proposal)
    course = chamber.course(desk, entry)
    if course is None or course.result is None or course.closes is None:
        raise TooEarly("No outcome of this proposal waits to be ratified.")
    if desk.now >= course.closes:
        raise TooLate("The time to ratify this outcome is over.")
    text = phrased(
        "We ratify what the assemblies have adopted together: {title}",
        title=_title(desk, entry.fact),
    )
    return Matter(
        text=events.keep_wording(desk.connection, text), subject=course.result
    )


def on_withdrawal(desk: Desk, digest: str) -> Matter:
    """Ask whether our assembly withdraws a proposal that it has made."""
    entry = chamber.proposal(desk, digest)
    assert isinstance(entry.fact, Proposal)
    text = phrased(
        "We withdraw our proposal to all assemblies: {title}",
        title=_title(desk, entry.fact),
    )
    return Matter(
        text=events.keep_wording(desk.connection, text),
        subject=withdrawal_of(entry.digest),
    )


def _title(desk: Desk, proposal: Proposal) -> str:
    title = events.wording(desk.connection, proposal.title)
    return title or phrased("(text withdrawn)")


def withdrawal_of(proposal: Digest) -> Digest:
    """Return what a decision to withdraw a proposal is on.

    Not the proposal itself: who votes on that votes on its text.
    """
    document: JsonObject = {"type": "Withdrawal", "proposal": proposal}
    return Digest(canonical.digest(document))


def on_compact(desk: Desk, digest: str) -> Matter:
    """Ask about joining, or leaving, a compact.

    Raises:
        Unknown: no such compact is known here.
    """
    compact = chamber.compact_of(desk, digest)
    if compact is None:
        raise Unknown("No such compact is known here.")
    text = compact.purpose or events.keep_wording(
        desk.connection, phrased("The compact {digest}", digest=compact.digest)
    )
    return Matter(text=text, subject=compact.digest)


def on_election(desk: Desk, seat: str) -> Matter:
    """Ask whether those put up for a seat are elected.

    Raises:
        TooEarly: nobody has been put up for it.
    """
    state = node.load(desk, f"seat:{seat}")
    if state.put is None:
        raise TooEarly("Nobody has been put to the vote for this seat.")
    return Matter(text=state.put.text, person=True)


def on_recall(desk: Desk, seat: str) -> Matter:
    """Ask whether the delegate in a seat is recalled, once the notice has passed.

    Raises:
        TooEarly: no recall was moved, or people are still to be told of it.
    """
    recalls = node.load(desk, f"seat:{seat}").recalls
    if recalls.moved is None or not recalls.pending:
        raise TooEarly("No recall has been moved.")
    if desk.now < recalls.moved.notice_until:
        raise TooEarly(
            "The notice of this recall runs until {at}.",
            at=recalls.moved.notice_until,
        )
    return Matter(text=recalls.moved.text, person=True)


def on_report(desk: Desk, id: str) -> Matter:
    """Ask whether the assembly accepts a delegate's report; ``id`` is SEAT/NUMBER.

    Raises:
        TooEarly: there is no report yet.
    """
    state: report.State = node.load(desk, f"report:{id}")
    if state.filed is None:
        raise TooEarly("There is no report yet.")
    return Matter(text=state.filed.text)


# Putting a question


def put(
    desk: Desk,
    to: SessionId,
    matter: Matter,
    *,
    question: str,
    method: MethodName,
    channels: tuple[Channel, ...],
    secret: bool = False,
    options: Sequence[str] = (),
    keep: str = "",
    seats: int = 1,
    closes_at: datetime | None = None,
    by: MemberId,
) -> BallotId:
    """Put a question to the vote in a session, to those who may decide there now.

    Args:
        options: to choose among, in words. One that is a short plain word stands for
            itself in the record; any other is known there by a letter.
        keep: the one among them that leaves things as they are.
        seats: how many places a transferable vote fills.

    Raises:
        Refused: the assembly's rules do not allow it; nothing was changed.
    """
    if matter.motion is not None:
        bridges.check(desk, matter.motion)
    here = node.assembly_here(desk)
    held: session.State = node.load(desk, f"session:{to}")
    id = BallotId(desk.new_id())
    named = choices.named(options)
    if keep and keep not in dict(named).values():
        raise Invalid("Keeping things as they are is one of the options that you give.")
    paper = Paper(question=question, labels=named)
    terms = Terms(
        ballot=id,
        session=to,
        text=matter.text,
        question=events.keep_wording(desk.connection, write_paper(paper)),
        method=method,
        channels=channels,
        electorate=session.electorate(held, channels),
        rules=assembly.rules(here),
        rulebook=here.version,
        subject=matter.subject,
        options=tuple(option for option, _ in named),
        keep=next((option for option, label in named if label == keep), None),
        lot=_new_lot(desk, id) if options else None,
        seats=seats,
        tried=_tried(desk, matter.motion) if method == "fallback" else (),
        closes_at=closes_at,
        secret=secret,
        person=matter.person,
        sub_assembly=sub_assemblies.deciding(
            desk, held, moved=matter.motion, on=matter.subject
        ),
    )
    opened = OpenBallot(
        terms=terms,
        proposer=matter.proposer,
        others=entitlement.somebody_else(here, OpenBallot, by),
        by=by,
        at=desk.now,
    )
    node.perform(desk, f"ballot:{id}", opened)
    if held.by_book:
        # Cards come and go: who is present is read, and confirmed, at each opening.
        clerk.prepare(desk, session.fact(held), subject=f"{to} {held.present}")
    if matter.motion is not None:
        moved = motion.PutMotion(ballot=id, method=method, by=by, at=desk.now)
        node.perform(desk, f"motion:{matter.motion}", moved)
    return id


def _tried(desk: Desk, id: MotionId | None) -> tuple[Tried, ...]:
    """The ballots in which consensus on a motion failed, and what was declared."""
    if id is None:
        return ()
    moved: motion.State = node.load(desk, f"motion:{id}")
    tried = (terms_of(opened(desk, each)) for each in moved.tried)
    return tuple(
        Tried(
            ballot=terms.ballot,
            session=terms.session,
            text=terms.text,
            fallback=terms.rules.fallback,
        )
        for terms in tried
    )


def write_paper(paper: Paper) -> str:
    """Write the words on a voting paper."""
    return choices.write(paper.question, paper.labels)


def read_paper(desk: Desk, terms: Terms) -> Paper:
    """Read the words on a ballot's paper back."""
    words = events.wording(desk.connection, terms.question) or ""
    if not terms.options:
        return Paper(question=words)
    question, labels = choices.read(words)
    return Paper(
        question=question,
        labels=tuple((each, labels.get(each, each)) for each in terms.options),
    )


def text_of(desk: Desk, terms: Terms) -> str | None:
    """Return the words that a ballot decides on; None where they were withdrawn."""
    return events.wording(desk.connection, terms.text)


# Voting


def vote(
    desk: Desk,
    id: BallotId,
    choice: Ranking,
    *,
    revision: int,
    reason: str = "",
    by: Voter,
) -> None:
    """Cast a vote; where the ballot is secret, so that nobody can say whose it is.

    ``reason`` says why somebody stands aside, objects or blocks.

    Raises:
        Refused: they may not vote now; the sentence says why.
    """
    state = opened(desk, id)
    terms = terms_of(state)
    on_paper = ballots.on_paper(desk.connection, id, by)
    if on_paper:
        ballot.admit(state, by, choice, struck=False, on_paper=True, at=desk.now)
    if not terms.secret:
        cast = CastVote(
            choice=choice,
            revision=revision,
            reason=events.keep_wording(desk.connection, reason) if reason else None,
            by=by,
            at=desk.now,
        )
        node.perform(desk, f"ballot:{id}", cast)
        return
    struck = ballots.struck(desk.connection, id, by)
    ballot.admit(state, by, choice, struck=struck, at=desk.now)
    dropped = ballots.cast(desk.connection, id, by, choice)
    assert dropped, "whoever was admitted is on the roll and not struck off it"


def why_not(desk: Desk, state: ballot.State, voter: Voter) -> Refused | None:
    """Say why somebody cannot vote online now; None if they can."""
    id = terms_of(state).ballot
    struck = ballots.struck(desk.connection, id, voter)
    on_paper = ballots.on_paper(desk.connection, id, voter)
    return ballot.why_not(state, voter, struck=struck, on_paper=on_paper, at=desk.now)


def moved(desk: Desk, terms: Terms) -> int:
    """Count who could have voted online and whose paper is in the box in the room."""
    papers = ballots.papers(desk.connection, terms.ballot)
    return sum(str(voter) in papers for voter in terms.electorate.roll)


def turnout(desk: Desk, state: ballot.State) -> int:
    """Count who has voted, or has so far, and not how."""
    if state.decided is not None:
        return state.decided.result.quorum.cast
    struck = ballots.turnout(desk.connection, terms_of(state).ballot)
    return ballot.turnout(state, struck=struck)


# Counting


def close(desk: Desk, id: BallotId, *, by: MemberId | None) -> None:
    """Close a ballot, count it, and settle the motion that it was about.

    ``by`` is None where the hour has come that people were told.

    Raises:
        Refused: it cannot be closed yet; the sentence says what is missing.
    """
    state = opened(desk, id)
    terms = terms_of(state)
    box = _open_box(desk, terms)
    seed = keys.kept(desk.connection, desk.vault, _lot_name(id))
    happened = node.perform(
        desk,
        f"ballot:{id}",
        CloseBallot(
            box=box,
            struck=ballots.turnout(desk.connection, id) if terms.secret else 0,
            papers=_keep_list(desk, state, box) if terms.secret else None,
            seed=None if seed is None else seed.hex(),
            by=by,
            at=desk.now,
        ),
    )
    if happened:
        # Who voted here and what lay in the box are nobody's business any more: the
        # list that was kept for a recount has the papers of all channels in one.
        ballots.clear(desk.connection, id)
    moved = motion_in(desk, id)
    if moved is not None and moved[1].status == "deciding":
        settled = motion.SettleMotion(decision=decided(desk, id), by=None, at=desk.now)
        node.perform(desk, f"motion:{moved[0]}", settled)


def list_of_papers(desk: Desk, state: ballot.State) -> tuple[Marking, ...]:
    """Return all papers of a closed ballot, for a recount; no channel is told.

    Of a secret one it is the list that was kept; of another the votes and counts that
    lie in its journal.
    """
    if state.decided is None:
        return ()
    if not terms_of(state).secret:
        named = Counter(vote.choice for vote in state.votes.values())
        return _in_order(state, named)
    kept = events.wording(desk.connection, state.decided.papers)
    return tuple(
        Marking(choice=tuple(map(OptionId, choice)), papers=papers)
        for choice, papers in json.loads(kept or "[]")
    )


def recount(desk: Desk, state: ballot.State) -> Result:
    """Count a closed ballot once more, from its markings alone.

    The channels are no part of it: the list says of no paper how it came.

    Raises:
        TooEarly: it has not been counted yet.
    """
    terms = terms_of(state)
    if state.decided is None:
        raise TooEarly("This ballot has not been counted yet.")
    every = {each.choice: each.papers for each in list_of_papers(desk, state)}
    _, upheld = state.sheet.upheld or (0, 0)
    return result.count(
        terms, {terms.channels[0]: every}, upheld=upheld, seed=state.decided.seed
    )


def is_same(first: Result, second: Result) -> bool:
    """Whether two counts agree in everything but the channels."""
    return replace(first, channels={}) == replace(second, channels={})


def reasons(desk: Desk, state: ballot.State) -> tuple[tuple[OptionId, str], ...]:
    """Return the reasons that were given with votes, and for what; never whose."""
    given = (
        (vote.choice[0], events.wording(desk.connection, vote.reason))
        for vote in state.votes.values()
        if vote.reason is not None and vote.choice
    )
    return tuple(sorted((option, words) for option, words in given if words))


def outlook(desk: Desk, state: ballot.State) -> Outlook:
    """Say how many more an open ballot takes; of a secret one, how many more voters."""
    terms = terms_of(state)
    if terms.secret:
        # What was counted in the room so far would tell how it stands.
        return result.outlook(terms, {terms.channels[0]: {(): turnout(desk, state)}})
    papers: dict[Channel, Mapping[Ranking, int]] = {
        channel: {each.choice: each.papers for each in markings}
        for channel, markings in state.sheet.counted.items()
    }
    papers["online"] = Counter(vote.choice for vote in state.votes.values())
    return result.outlook(terms, papers)


def due(desk: Desk) -> list[BallotId]:
    """Return the open ballots whose hour has come and that nothing is missing from."""
    opened_ones = events.unfinished(
        desk.connection, begun="BallotOpened", ended="BallotDecided"
    )
    ids = [BallotId(stream.partition(":")[2]) for stream in opened_ones]
    return [id for id in ids if _is_due(opened(desk, id), desk.now)]


def decided(desk: Desk, id: str) -> Decided:
    """Return what a ballot decided, for those who carry it out.

    Raises:
        Unknown: there is no such ballot.
        TooEarly: it has not been counted yet.
    """
    return ballot.decided(opened(desk, BallotId(id)))


def opened(desk: Desk, id: BallotId) -> ballot.State:
    """Return the state of a ballot.

    Raises:
        Unknown: there is no such ballot.
    """
    state: ballot.State = node.load(desk, f"ballot:{id}")
    return state


def terms_of(state: ballot.State) -> Terms:
    """Return the terms under which a ballot was put."""
    assert state.opened is not None, "a stored ballot was opened"
    return state.opened.terms


def motion_in(desk: Desk, id: BallotId) -> tuple[MotionId, motion.State] | None:
    """Return the motion that a ballot decides on, if it is about one."""
    for name, state in node.load_all(desk, "motion").items():
        if state.put is not None and state.put.ballot == id:
            return MotionId(name), state
    return None


def is_put_by_proposer(state: ballot.State, moved: motion.State) -> bool:
    """Whether whoever put a motion forward put it to the vote as well."""
    assert moved.drafted is not None
    by = None if state.opened is None else state.opened.by
    return by is not None and by == moved.drafted.by


def option_called(paper: Paper, name: str) -> OptionId:
    """Return the option of this id or in these words.

    Raises:
        Invalid: there is none.
    """
    wanted = name.casefold()
    for option, label in paper.labels:
        if wanted in (option, label.casefold()):
            return option
    raise Invalid("“{name}” is not an option of this ballot.", name=name[:40])


def _new_lot(desk: Desk, id: BallotId) -> Digest:
    seed = secrets.token_bytes(SEED_BYTES)
    keys.keep(desk.connection, desk.vault, _lot_name(id), seed)
    return lot.commitment(seed.hex())


def _lot_name(id: BallotId) -> str:
    return f"lot {id}"


def _open_box(desk: Desk, terms: Terms) -> tuple[Marking, ...]:
    if not terms.secret or "online" not in terms.channels:
        return ()
    box = [
        Marking(choice=tuple(OptionId(each) for each in choice), papers=papers)
        for choice, papers in ballots.markings(desk.connection, terms.ballot).items()
    ]
    secrets.SystemRandom().shuffle(box)
    return tuple(box)


def _keep_list(desk: Desk, state: ballot.State, box: Sequence[Marking]) -> Digest:
    """Keep the list of all papers for a recount and return its salted digest.

    It says of no paper whether it was cast here or in the room: where few voted in one
    of the two, that would say too much.
    """
    online = Counter[Ranking]()
    for marking in box:
        online[marking.choice] += marking.papers
    lines = [
        [list(marking.choice), marking.papers] for marking in _in_order(state, online)
    ]
    return Digest(events.keep_wording(desk.connection, json.dumps(lines)))


def _in_order(state: ballot.State, online: Counter[Ranking]) -> tuple[Marking, ...]:
    """Put all papers in one list, in the order of what they say."""
    papers = Counter(online)
    for marking in chain.from_iterable(state.sheet.counted.values()):
        papers[marking.choice] += marking.papers
    return tuple(
        Marking(choice=choice, papers=number)
        for choice, number in sorted(papers.items())
    )


def _is_due(state: ballot.State, now: datetime) -> bool:
    terms = terms_of(state)
    complete = all(
        channel == "online" or channel in state.sheet.counted
        for channel in terms.channels
    )
    due = terms.closes_at is not None and terms.closes_at <= now
    return state.is_open and due and complete
