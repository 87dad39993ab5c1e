"""A delegate says whether they take a mandate on; nobody is bound by the answer."""

from confederation.errors import NotEntitled, TooLate, Unknown
from confederation.identifiers import Digest, MemberId
from instance import speech
from instance.desk import Desk
from instance.store import answered_mandates, posts


def may_answer(desk: Desk, mandate: Digest, member: MemberId | None) -> bool:
    """Whether a mandate is offered to this member, and was not taken back."""
    found = answered_mandates.offer_of(desk.connection, mandate)
    return (
        found is not None
        and not found.taken_back
        and found.holder in _addresses(desk, member)
    )


def unanswered(desk: Desk, member: MemberId) -> list[Digest]:
    """Return the mandates that are offered to a member who has not answered yet."""
    return [
        Digest(mandate)
        for address in sorted(_addresses(desk, member))
        for mandate in answered_mandates.unanswered(desk.connection, address)
    ]


def answer(
    desk: Desk, mandate: Digest, member: MemberId, *, accepted: bool, reason: str
) -> None:
    """Say for a delegate whether they take on what they are offered; the last counts.

    Raises:
        Unknown: our assembly offers no such mandate.
        NotEntitled: it is offered to somebody else.
        TooLate: it was taken back.
    """
    found = answered_mandates.offer_of(desk.connection, mandate)
    if found is None:
        raise Unknown("Our assembly has given no such mandate.")
    if found.holder not in _addresses(desk, member):
        raise NotEntitled("Only whoever a mandate is offered to can answer it.")
    if found.taken_back:
        raise TooLate("This mandate was taken back.")
    fresh = answered_mandates.keep(
        desk.connection,
        mandate=mandate,
        party=found.holder,
        accepted=accepted,
        reason=reason,
        at=desk.now,
    )
    actor = posts.actor_of(desk.connection, member)
    if not fresh or actor is None:
        return
    group = speech.address(desk, speech.group_path(desk))
    said = speech.answer_to(
        desk,
        {"id": found.activity, "type": "Offer", "actor": group},
        accepted=accepted,
        to=[group],
        reason=reason,
        by=actor.path,
    )
    # The assembly lives here too: there is no inbox that it has to be sent to.
    speech.send(desk, actor.path, said, public=False)


def _addresses(desk: Desk, member: MemberId | None) -> frozenset[str]:
    """Return the addresses that a member has, or had, as a delegate."""
    actor = None if member is None else posts.actor_of(desk.connection, member)
    if actor is None:
        return frozenset()
    former = posts.former_bases(desk.connection, but=desk.config.base)
    return frozenset(f"{base}/{actor.path}" for base in (desk.config.base, *former))
