"""What follows from an event: the acts that our record will show, and no names.

The clerk publishes an act when it is confirmed and the pen is held.
"""

from typing import Any

from confederation import assembly, ballot, record, session
from confederation.errors import TooEarly
from confederation.identifiers import BallotId, Digest
from instance import clerk
from instance.desk import Desk
from instance.store import ballots


def act_on(desk: Desk, state: Any, event: object) -> None:
    """Prepare the acts that follow from an event that has just happened.

    ``state`` is that of the event's aggregate, after it.
    """
    match event:
        case assembly.AssemblyFounded() as founded:
            fact = record.Founding(
                name=founded.name,
                kind=founded.kind,
                key=founded.key,
                next_key_digest=founded.next_key_digest,
                tellers=tuple(teller.key for teller in founded.tellers),
            )
            clerk.prepare(desk, fact, subject="it")
        case assembly.RulebookAdopted(version=version, rules=rules):
            adopted = record.Rulebook(
                text=rules.text,
                tellers=tuple(teller.key for teller in rules.tellers),
                quorum=rules.quorum,
                threshold=rules.threshold,
                methods=rules.methods,
            )
            clerk.prepare(desk, adopted, subject=str(version))
        case assembly.MemberAdded() | assembly.MemberLeft() | assembly.MemberRemoved():
            count = record.MemberCount(members=len(state.members))
            clerk.prepare(desk, count, subject=desk.new_id())
        case assembly.AddressChanged(address=address):
            clerk.prepare(desk, record.Address(address=address), subject=desk.new_id())
        case assembly.CompactJoined(compact=compact, ballot=id):
            joined = record.Membership(
                compact=compact, act="join", decision=decision_of(desk, id)
            )
            clerk.prepare(desk, joined, subject=f"join {compact}")
        case assembly.CompactLeft(compact=compact, ballot=id):
            left = record.Membership(
                compact=compact, act="leave", decision=decision_of(desk, id)
            )
            clerk.prepare(desk, left, subject=f"leave {compact} {id}")
        case session.PresentAgreed(session=id):
            clerk.prepare(desk, session.fact(state), subject=f"{id} {state.present}")
        case ballot.BallotOpened(terms=terms):
            if terms.secret and "online" in terms.channels:
                ballots.freeze_roll(
                    desk.connection, terms.ballot, terms.electorate.roll
                )
        case ballot.BallotDecided(ballot=id, at=at):
            fact_ = ballot.fact(state, effective_from=at)
            clerk.prepare(desk, fact_, subject=id)
        case _:
            pass


def decision_of(desk: Desk, id: BallotId) -> Digest:
    """Return the digest under which a ballot's decision stands in our record.

    Raises:
        TooEarly: it is not published yet; two tellers confirm it first.
    """
    digest = clerk.published(desk, "Decision", id)
    if digest is None:
        raise TooEarly(
            "The decision behind this is not in the public record yet: two tellers "
            "confirm it first."
        )
    return digest
