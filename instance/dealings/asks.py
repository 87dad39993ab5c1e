"""Asks of our assembly and of others: how they stand, and when a day has passed.

Everybody who can read the records says the same of them. What only we know, such as
the link that was sent, stays here.
"""

from collections.abc import Iterator

from markupsafe import Markup

from confederation import record
from confederation.dealings import ask, carrying_out
from confederation.dealings.carrying_out import Asked, Done
from confederation.errors import Unknown
from confederation.identifiers import AssemblyId
from confederation.record import Entry
from instance import archive, chamber, clerk, node, speech
from instance.chamber import InForce
from instance.desk import Desk
from instance.languages import phrased
from instance.store import events, posts, records


def entry(desk: Desk, digest: str) -> Entry:
    """Return an ask by its digest.

    Raises:
        Unknown: no such ask is held here.
    """
    row = records.entry(desk.connection, digest)
    found = None if row is None else archive.read(desk, row)
    if found is None or not isinstance(found.fact, record.Ask):
        raise Unknown("No such ask is known here.")
    return found


def every(desk: Desk) -> Iterator[Asked]:
    """Go through the asks that are held here, the newest first."""
    for row in reversed(records.of_type(desk.connection, "Ask")):
        found = archive.read(desk, row)
        if isinstance(found.fact, record.Ask):
            yield stands(desk, found)


def about(desk: Desk, digest: str) -> tuple[Asked, ...]:
    """Return the asks that follow a decision, or the result of a proposal."""
    rows = records.of_type(desk.connection, "Ask", about=digest)
    found = (archive.read(desk, row) for row in rows)
    return tuple(stands(desk, each) for each in found)


def stands(desk: Desk, asked: Entry) -> Asked:
    """Say how an ask stands, by what is held here."""
    parties = _parties(desk, asked)
    kept = {
        each: held
        for each in {asked.assembly, *parties}
        if (held := chamber.record_of(desk, each)) is not None
    }
    return carrying_out.asked(asked, kept, parties)


def own_id(desk: Desk, digest: str) -> str | None:
    """Return under which id we keep an ask of ours; None for that of another."""
    row = records.entry(desk.connection, digest)
    return None if row is None or row["subject"] is None else str(row["subject"])


def own(desk: Desk, digest: str) -> str:
    """Return under which id we keep an ask of ours.

    Raises:
        Unknown: it is no ask of our assembly.
    """
    ours, id = records.ours(desk.connection), own_id(desk, digest)
    if ours is None or entry(desk, digest).assembly != ours.id or id is None:
        raise Unknown("This is no ask of our assembly.")
    return id


def actions(desk: Desk, proposal: Entry, holds: InForce) -> tuple[Done, ...]:
    """Return the actions that carry out the result of a proposal that is in force."""
    kept = (chamber.record_of(desk, each) for each in holds.bound)
    return carrying_out.actions(
        holds.result,
        (each for each in kept if each is not None),
        proposal=proposal.digest,
    )


def anything_late(desk: Desk) -> bool:
    """Whether the day of an ask of ours has passed and nobody was told."""
    return any(_late(desk))


def tell_late(desk: Desk) -> None:
    """Tell, once for each, that no answer came by the day that we asked for."""
    for id in [*_late(desk)]:
        node.perform(desk, f"ask:{id}", ask.NoteLate(by=None, at=desk.now))
        digest = clerk.published(desk, "Ask", id)
        row = None if digest is None else posts.carrier_of(desk.connection, digest)
        if row is not None:
            speech.add_to(
                desk,
                row["id"],
                Markup("<p><strong>{}</strong></p>").format(
                    phrased("No answer has come by the day that we asked for.")
                ),
            )


def _late(desk: Desk) -> Iterator[str]:
    """Go through our asks that are late and were not told to be."""
    put = events.unfinished(desk.connection, begun="AskPut", ended="LateNoted")
    for stream in put:
        state: ask.State = node.load(desk, stream)
        if ask.is_late(state, desk.now):
            yield stream.partition(":")[2]


def _parties(desk: Desk, asked: Entry) -> tuple[AssemblyId, ...]:
    fact = asked.fact
    assert isinstance(fact, record.Ask)
    row = records.entry(desk.connection, fact.proposal)
    proposal = None if row is None else archive.read(desk, row)
    if proposal is None or not isinstance(proposal.fact, record.Proposal):
        return (asked.assembly,)
    holds = chamber.in_force(desk, proposal)
    if holds is None or fact.follows != holds.result:
        return (asked.assembly,)
    return holds.bound
