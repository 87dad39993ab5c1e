"""A delegate's vote is filed at home, and elsewhere judged and shown."""

from collections.abc import Iterator

from activitypub import canonical
from activitypub.canonical import JsonObject
from confederation import record
from confederation.confederal import admission
from confederation.confederal.holding import Holding
from confederation.confederal.mandate import Finding
from confederation.errors import NotEntitled, Unknown
from confederation.record import Entry
from instance import clerk, speech, verification
from instance.chamber.held import holding, proposal
from instance.chamber.written import body_of
from instance.desk import Desk
from instance.store import records, votes


def hear_vote(desk: Desk, document: JsonObject) -> str:
    """Hear a delegate's signed vote that came past its assembly's form.

    At its own assembly it is filed if the mandate allows it. Anywhere else it is
    judged, kept to be shown, and its assembly is told.
    """
    vote = verification.read_vote(document)
    row = records.entry(desk.connection, vote.proposal)
    if row is None:
        return "ignored: no such proposal is known here"
    entry = proposal(desk, vote.proposal)
    held = holding(desk, entry)
    if held is None or held.compact.seat_of(vote.assembly) is None:
        return "ignored: its assembly has no seat in that proposal"
    ours = records.ours(desk.connection)
    at_home = ours is not None and vote.assembly == ours.id
    if at_home:
        received = admission.receive(held, vote, desk.now)
        if isinstance(received, record.Filed):
            file_vote(desk, document)
            return "vote filed"
    elif admission.judge_unfiled(held, vote) is None:
        return "vote: it stands in the record already"
    fresh = votes.keep_stray(
        desk.connection,
        digest=canonical.digest(document),
        proposal=vote.proposal,
        assembly=vote.assembly,
        body=canonical.canonical(document),
        at=desk.now,
    )
    if fresh and not at_home:
        speech.tell_fellows(desk, document, only=vote.assembly)
    return "vote: kept to be shown, counted by nobody"


def file_vote(desk: Desk, document: JsonObject) -> Entry:
    """File a vote of our own delegate in our record.

    Raises:
        NotEntitled: it is another assembly's, or does not keep to its mandate; the rule
            is in the sentence.
        TooEarly, TooLate: the proposal is not open.
        Unknown: no such proposal is known here.
    """
    vote = verification.read_vote(document)
    ours = records.ours(desk.connection)
    # Filed here it would take the place of our own delegate's next vote.
    if ours is None or vote.assembly != ours.id:
        raise NotEntitled("This is the vote of another assembly: it is filed there.")
    held = holding(desk, proposal(desk, vote.proposal))
    if held is None:
        raise Unknown("The compact of this proposal is not known here.")
    received = admission.receive(held, vote, desk.now)
    if isinstance(received, Finding):
        raise NotEntitled(received.says)
    body = {**body_of(received), "document": document}
    return clerk.publish(desk, "Filed", body)


def strays(desk: Desk, held: Holding) -> Iterator[tuple[record.Vote, Finding]]:
    """Go through the votes that were heard and are in no record, with their rule."""
    for row in votes.strays(desk.connection, held.proposal.digest):
        document = canonical.read(row["body"].encode())
        vote = verification.read_vote(document)
        finding = admission.judge_unfiled(held, vote)
        if finding is not None:
            yield vote, finding
