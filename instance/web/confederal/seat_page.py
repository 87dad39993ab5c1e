"""What members see of their assembly's seat in a compact, and what each may do next."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from confederation.confederal import compact as compacts_
from confederation.confederal import election, mandating
from confederation.confederal.compact import RANKINGS, Compact
from confederation.confederal.mandating import Delegate
from confederation.errors import Unknown
from confederation.identifiers import CompactId, Digest, MemberId, OptionId
from confederation.record import Filed, Instruction, Mandate, Proposal, Succession
from instance import archive, chamber, clerk, node, vocabulary
from instance.confederal import bearing, mandates
from instance.deciding import sub_assemblies
from instance.desk import Desk
from instance.store import compacts, people, posts, records
from instance.web import naming, rights
from instance.web.confederal import instructions, reports
from instance.web.confederal.reports import Line
from instance.web.deciding import balloting
from instance.web.deciding.balloting import Decision, Waiting
from instance.web.languages import N_, phrased
from instance.web.meeting import putting
from instance.web.naming import Words
from instance.web.visits import Member

MANDATE_FOR: Final = timedelta(days=90)
REPORT_IN: Final = timedelta(days=30)
CHAIR: Final = frozenset({"facilitator", "convenor", "clerk"})
AT_LARGE: Final = [OptionId("for"), OptionId("against"), OptionId("abstain")]
"""What a delegate may be told to choose on whatever comes before a compact."""
LABELS: Final = {
    id: Words(text=says)
    for id, says in zip(
        AT_LARGE, (N_("For"), N_("Against"), N_("Abstain")), strict=True
    )
}
WHATEVER: Final = Words(text=N_("Whatever else comes before the assemblies"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member by name; ``handle`` is the actor they vote as, once they have one."""

    member: MemberId
    name: str
    handle: str = ""
    page: str = ""
    own_key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseView:
    """A clause that other words may be agreed to in; the names of its amounts."""

    n: int
    text: Words
    amounts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterView:
    """A proposal that the delegate can be instructed on, or whatever else comes."""

    digest: str
    title: Words
    begins: Words | None
    options: tuple[tuple[OptionId, Words], ...]
    clauses: tuple[ClauseView, ...]
    at_large: bool
    themes: tuple[str, ...]
    amended: bool
    ballots: tuple[Decision, ...]
    valid_until: datetime
    report_due: datetime
    ranks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the mandate in effect says on one proposal; ``ranks`` that it is ranked.

    ``too_short`` says that the mandate ends before the proposal closes, so that no vote
    under it is valid.
    """

    digest: str
    title: Words
    begins: Words | None
    must: tuple[Words, ...]
    may: tuple[Words, ...]
    must_not: tuple[Words, ...]
    limits: tuple[str, ...]
    at_large: bool
    reason: Words | None
    too_short: bool
    ranks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateView:
    """The mandate in effect; ``digest`` is None until it stands in the record."""

    digest: str | None
    within: tuple[str, str] | None
    valid_until: datetime
    report_due: datetime
    paper_vote: bool
    theme: str
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallView:
    """A recall that was moved; ``ballots`` are those that were held on it."""

    text: str
    reason: str | None
    answer: str | None
    urgent: bool
    notice_until: datetime
    notice_over: bool
    ballots: tuple[Decision, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlateView:
    """Who is put to the vote, in the words of the ballot."""

    delegate: Person
    alternate: Person | None
    text: str
    ballots: tuple[Decision, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A mandate on paper that one person has copied so far."""

    by: str
    at: datetime
    by_me: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatPage:
    """Our seat as a member sees it; what they may do is in the ``may`` of the page."""

    identity: str
    purpose: Words | None
    joined: bool
    ended: str | None
    held_for: str | None
    delegate: Person | None
    alternate: Person | None
    nominees: tuple[Person, ...]
    accepted: tuple[Person, ...]
    others: tuple[Person, ...]
    slate: SlateView | None
    mandate: MandateView | None
    recall: RecallView | None
    reports: tuple[Line, ...]
    matters: tuple[MatterView, ...]
    copied: Copied | None
    waits: tuple[Waiting, ...]
    me: MemberId
    meeting: bool
    may: frozenset[str]


def joined(desk: Desk, seat: CompactId) -> bool:
    """Whether our assembly has joined a version of this compact, or stands in for it.

    A substitute has no seat of its own, and joined nothing.
    """
    here = node.assembly_here(desk)
    return (
        any(compact.digest in here.compacts for compact in versions(desk, seat))
        or any(compact.identity == seat for compact in chamber.our_seats(desk))
        or bearing.ours(desk, seat) is not None
    )


def _ended(desk: Desk, compact: Compact) -> str | None:
    """Return our record if our seat is frozen, since our assembly ended as it was."""
    ours = records.ours(desk.connection)
    kept = None if ours is None else chamber.record_of(desk, ours.id)
    left = None if kept is None else compacts_.left(compact, kept, kept.size)
    ended = left is not None and isinstance(left.fact, Succession)
    return ours.id if ours is not None and ended else None


def versions(desk: Desk, seat: CompactId) -> list[Compact]:
    """Return the versions of a compact that are known here, the oldest first."""
    every = (
        vocabulary.read_compact(document)
        for _, document in compacts.documents(desk.connection)
    )
    return [compact for compact in every if compact.identity == seat]


def view(desk: Desk, seat: CompactId, member: Member) -> SeatPage:
    """Show our seat in a compact to one of our members.

    Raises:
        Unknown: no such compact is known here.
    """
    known = versions(desk, seat)
    if not known:
        raise Unknown("No such compact is known here.")
    line = chamber.lineage(desk, seat)
    stream = f"seat:{seat}"
    state = election.NOTHING
    if node.exists(desk, stream):
        state = node.load(desk, stream)
    members = node.assembly_here(desk).members
    borne = bearing.ours(desk, seat)
    return SeatPage(
        identity=seat,
        purpose=naming.some_words(
            desk, (known[0] if line is None else line.newest).purpose
        ),
        joined=joined(desk, seat),
        ended=None if line is None else _ended(desk, line.newest),
        held_for=None if borne is None else borne.seat.bears,
        delegate=_holder(desk, state.delegate),
        alternate=_holder(desk, state.alternate),
        nominees=tuple(
            _named(desk, id) for id, office in state.nominees.items() if office is None
        ),
        accepted=tuple(
            person
            for office in state.nominees.values()
            if (person := _holder(desk, office)) is not None
        ),
        others=tuple(
            Person(member=MemberId(id), name=name)
            for id, name in people.names(desk.connection).items()
            if id in members and id not in state.nominees
        ),
        slate=_slate(desk, state),
        mandate=_mandate(desk, state),
        recall=_recall(desk, state),
        reports=reports.lines(desk, seat, state),
        matters=tuple(_matters(desk, seat)),
        copied=_copied(desk, state, member),
        waits=balloting.waiting(desk, f"{seat} "),
        me=member.id,
        meeting=putting.open_meeting(desk) is not None,
        may=_may(state, member),
    )


def _may(state: election.State, member: Member) -> frozenset[str]:
    """Say which forms are for this member as things stand now.

    Only for showing them: what is allowed is decided where it is carried out.
    """
    may = {"nominate"}
    clerk_ = "clerk" in member.roles
    chair = bool((member.roles | member.ended) & CHAIR)
    in_office = state.delegate
    if member.id in state.nominees:
        may.add("accept")
    if chair and any(state.nominees.values()):
        may.add("put")
    if clerk_ and state.put is not None:
        may.add("elect")
    if clerk_ and in_office is not None:
        may.add("mandate")
    if in_office is not None and rights.may(member, mandating.CopyMandate):
        may.add("copy")
    if in_office is not None and in_office.member == member.id:
        may.add("resign")
    if state.recalls.pending and state.recalls.moved is not None:
        if state.recalls.moved.delegate == member.id:
            may.add("answer")
        if clerk_:
            may.add("settle-recall")
        if chair:
            may.add("put-recall")
    elif state.mandate is not None:
        may.add("recall")
    if clerk_ and in_office is None and state.alternate is not None:
        may.add("seat-alternate")
    return frozenset(may)


def _copied(desk: Desk, state: election.State, member: Member) -> Copied | None:
    copied = state.mandates.copied
    if copied is None:
        return None
    return Copied(
        by=people.name_of(desk.connection, copied.by) or phrased("(name withdrawn)"),
        at=copied.at,
        by_me=copied.by == member.id,
    )


def _slate(desk: Desk, state: election.State) -> SlateView | None:
    put = state.put
    if put is None:
        return None
    return SlateView(
        delegate=_named(desk, put.delegate),
        alternate=None if put.alternate is None else _named(desk, put.alternate),
        text=naming.said(desk, put.text),
        ballots=balloting.decided(desk, text=put.text),
    )


def _mandate(desk: Desk, state: election.State) -> MandateView | None:
    given = state.mandate
    if given is None:
        return None
    return MandateView(
        digest=clerk.published(desk, "Mandate", f"{given.compact} {given.mandate}"),
        within=sub_assemblies.called(desk, given.sub_assembly),
        valid_until=given.terms.valid_until,
        report_due=given.terms.report_due,
        paper_vote=given.terms.paper_vote,
        theme=given.terms.theme,
        told=tuple(
            _told(desk, each, given.compact, until=given.terms.valid_until)
            for each in given.terms.instructions
        ),
    )


def _told(
    desk: Desk, instruction: Instruction, seat: CompactId, *, until: datetime
) -> Told:
    proposal = _proposal(desk, instruction.proposal)
    at_large = instruction.proposal == Digest(seat)
    labels = (
        LABELS
        if proposal is None
        else {
            option.id: naming.words(desk, option.label) for option in proposal.options
        }
    )

    def words(options: Iterable[OptionId]) -> tuple[Words, ...]:
        return tuple(labels.get(option, Words(text=option)) for option in options)

    reason = instruction.reason
    return Told(
        digest=instruction.proposal,
        title=(
            WHATEVER
            if at_large
            else naming.WITHDRAWN
            if proposal is None
            else naming.words(desk, proposal.title)
        ),
        begins=None if proposal is None else naming.begins(desk, proposal),
        must=words(instruction.must),
        may=words(instruction.may),
        must_not=words(instruction.must_not),
        limits=tuple(instructions.limits(instruction)),
        at_large=at_large,
        # It may wait for its tellers still, and members see it meanwhile.
        reason=None if reason is None else Words(text=naming.said(desk, reason)),
        too_short=proposal is not None and until < proposal.closes,
        ranks=proposal is not None and proposal.method.name in RANKINGS,
    )


def _matters(desk: Desk, seat: CompactId) -> Iterator[MatterView]:
    ours = {compact.digest for compact in versions(desk, seat)}
    for entry in reversed(chamber.proposals(desk)):
        text = entry.fact
        assert isinstance(text, Proposal)
        if text.compact in ours and text.closes > desk.now:
            yield MatterView(
                digest=entry.digest,
                title=naming.words(desk, text.title),
                begins=naming.begins(desk, text),
                options=tuple(
                    (option.id, naming.words(desk, option.label))
                    for option in text.options
                ),
                clauses=tuple(
                    ClauseView(
                        n=clause.n,
                        text=naming.words(desk, clause.text),
                        amounts=tuple(sorted(clause.amounts.items())),
                    )
                    for clause in text.clauses
                ),
                at_large=False,
                themes=(),
                amended=text.amends is not None,
                ballots=balloting.decided(desk, subject=entry.digest),
                valid_until=text.closes + MANDATE_FOR,
                report_due=text.closes + REPORT_IN,
                ranks=text.method.name in RANKINGS,
            )
    yield MatterView(
        digest=seat,
        title=WHATEVER,
        begins=None,
        options=tuple(LABELS.items()),
        clauses=(),
        at_large=True,
        themes=themes(desk, seat),
        amended=False,
        ballots=at_large(desk, seat),
        valid_until=desk.now + MANDATE_FOR,
        report_due=desk.now + REPORT_IN,
    )


def themes(desk: Desk, seat: CompactId) -> tuple[str, ...]:
    """Name the themes of a compact, by its newest version known here."""
    known = versions(desk, seat)
    return known[-1].themes if known else ()


def at_large(desk: Desk, seat: CompactId) -> tuple[Decision, ...]:
    """List the ballots by which a delegate is told what to do on whatever comes.

    Whoever decided to join a compact, or to leave it, has not said that. It may have
    been asked about any version: they are one compact, and look alike where it is put.
    """
    done = node.assembly_here(desk).carried_out
    return tuple(
        each
        for compact in reversed(versions(desk, seat))
        for each in balloting.decided(desk, subject=compact.digest)
        if each.ballot not in done
    )


def _proposal(desk: Desk, digest: Digest) -> Proposal | None:
    row = records.entry(desk.connection, digest)
    fact = None if row is None else archive.read(desk, row).fact
    return fact if isinstance(fact, Proposal) else None


def _holder(desk: Desk, office: Delegate | None) -> Person | None:
    if office is None:
        return None
    return replace(_named(desk, office.member), own_key=office.kept_by == "delegate")


def _named(desk: Desk, member: MemberId) -> Person:
    name = people.name_of(desk.connection, member) or phrased("(name withdrawn)")
    actor = posts.actor_of(desk.connection, member)
    if actor is None:
        return Person(member=member, name=name)
    return Person(
        member=member,
        name=name,
        handle=f"@{actor.username}@{desk.config.host}",
        page=f"/{actor.path}",
    )


def _recall(desk: Desk, state: election.State) -> RecallView | None:
    moved = state.recalls.moved
    if moved is None or not state.recalls.pending:
        return None
    return RecallView(
        text=naming.said(desk, moved.text),
        reason=None if moved.reason is None else naming.said(desk, moved.reason),
        answer=None
        if state.recalls.answer is None
        else naming.said(desk, state.recalls.answer),
        urgent=moved.urgent,
        notice_until=moved.notice_until,
        notice_over=moved.notice_until <= desk.now,
        ballots=balloting.decided(desk, text=moved.text),
    )


def overstepped(desk: Desk) -> Iterator[tuple[str, str, str]]:
    """Say which open proposals a vote of our seat was signed on that is not filed.

    Our assembly is told at once: it may amend the mandate, or recall the delegate.
    """
    ours = records.ours(desk.connection)
    for entry in chamber.proposals(desk) if ours is not None else ():
        text = entry.fact
        assert isinstance(text, Proposal)
        held = chamber.holding(desk, entry) if text.closes > desk.now else None
        if held is None or ours is None:
            continue
        if any(vote.assembly == ours.id for vote, _ in chamber.strays(desk, held)):
            title = naming.words(desk, text.title).text or phrased("(text withdrawn)")
            yield (
                N_("A vote was signed for us past our mandate, and counts nowhere"),
                title,
                f"/proposals/{naming.in_hex(entry.digest)}#seats",
            )


def awaits(desk: Desk, member: MemberId) -> Iterator[tuple[str, str, str]]:
    """Say what waits for a member in a seat: what to do, about what, and where."""
    for mandate in mandates.unanswered(desk, member):
        if _is_over(desk, mandate):
            continue
        says = N_("Say whether you take this mandate on")
        why = N_("What our delegate must do: it binds by itself, and is better known")
        yield says, why, f"/mandates/{naming.in_hex(mandate)}"
    for id, seat in node.load_all(desk, "seat").items():
        page, moved = f"/seats/{naming.in_hex(id)}", seat.recalls.moved
        if member in seat.nominees and seat.nominees[member] is None:
            yield (
                N_("Say whether you accept"),
                N_("You are nominated as a delegate"),
                page,
            )
        if (
            seat.recalls.pending
            and moved is not None
            and moved.delegate == member
            and seat.recalls.answer is None
        ):
            yield (
                N_("Answer the recall"),
                N_("The assembly hears you before it votes"),
                page,
            )
        if seat.delegate is not None and seat.delegate.member == member:
            yield from _to_vote_on(desk, seat)


def _is_over(desk: Desk, mandate: Digest) -> bool:
    """Whether the votes are closed on all that a mandate says something about."""
    row = records.entry(desk.connection, mandate)
    fact = None if row is None else archive.read(desk, row).fact
    if not isinstance(fact, Mandate):
        return False
    about = [_proposal(desk, each.proposal) for each in fact.instructions]
    return all(text is not None and text.closes <= desk.now for text in about)


def _to_vote_on(desk: Desk, seat: election.State) -> Iterator[tuple[str, str, str]]:
    given, ours = seat.mandate, records.ours(desk.connection)
    own = None if ours is None else chamber.record_of(desk, ours.id)
    if given is None or own is None:
        return
    voted = {fact.proposal for _, fact in own.facts(Filed) if fact.document is not None}
    for instruction in given.terms.instructions:
        text = _proposal(desk, instruction.proposal)
        if (
            text is not None
            and desk.now < text.closes
            and instruction.proposal not in voted
        ):
            title = naming.in_a_line(
                naming.words(desk, text.title), naming.begins(desk, text)
            )
            vote = f"/proposals/{naming.in_hex(instruction.proposal)}/vote"
            yield N_("Vote for the assembly"), title, vote
