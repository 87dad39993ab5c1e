"""Answers to a mandate of ours: from whoever it was offered to, and from fellow nodes.

They are shown beside it. Nothing is bound by them, and nothing loosened.
"""

import html

from activitypub import reading
from activitypub.canonical import JsonObject
from activitypub.errors import NotAuthentic
from confederation.record import Decision, Mandate
from instance import archive, chamber, speech
from instance.desk import Desk
from instance.fediverse import markup
from instance.reception.effect import Effect
from instance.reception.senders import ours
from instance.store import answered_mandates, records


def answered(
    desk: Desk, actor: str, activity: JsonObject, *, accepted: bool
) -> Effect | None:
    """Take an answer to a mandate that we offered, or that a fellow node checked.

    None if it answers no mandate.

    Raises:
        NotAuthentic: somebody else answers than it was offered to (S22).
    """
    id = reading.id_of(activity.get("object"))
    offer = answered_mandates.offered_by(desk.connection, id)
    if offer is not None:
        if actor != offer.holder:
            raise NotAuthentic("Only whoever a mandate is offered to can answer it.")
        if offer.taken_back:
            return Effect("ignored: that mandate was taken back")
        _keep(desk, offer.mandate, actor, activity, accepted=accepted)
        return Effect("mandate taken on" if accepted else "mandate not taken on")
    given = _mandate_of_ours(desk, id)
    if given is None:
        return None
    digest, fact = given
    fellow = records.assembly_at(desk.connection, actor)
    line = chamber.lineage(desk, fact.compact)
    if fellow is None or line is None or line.newest.borne_by(fellow.id) is None:
        return Effect("ignored: no fellow member says this")
    _keep(desk, digest, fellow.id, activity, accepted=accepted)
    return Effect("mandate accepted there" if accepted else "mandate refused there")


def ratified(desk: Desk, actor: str, activity: JsonObject) -> Effect | None:
    """Ask a fellow member for its record when it says what it decided on an outcome.

    Whether it ratified is read from its entries alone. None if this is about something
    else.
    """
    what = activity.get("object")
    if not isinstance(what, dict) or reading.type_of(what) != Decision.__name__:
        return None
    fellow = records.assembly_at(desk.connection, actor)
    if fellow is None or fellow.ours or reading.author_of(what) != actor:
        return Effect("ignored: no fellow member says this")
    records.ask_to_catch_up(desk.connection, fellow.id)
    return Effect("its record is asked for", concerns_chamber=True)


def _mandate_of_ours(desk: Desk, id: str | None) -> tuple[str, Mandate] | None:
    path, known = ours(desk, id), records.ours(desk.connection)
    before, _, seq = ("" if path is None else path).rpartition("/r/")
    if known is None or before != speech.group_path(desk) or not seq.isdecimal():
        return None
    row = records.entry_at(desk.connection, known.id, int(seq[:12]))
    entry = None if row is None else archive.read(desk, row)
    if entry is None or not isinstance(entry.fact, Mandate):
        return None
    return entry.digest, entry.fact


def _keep(
    desk: Desk, mandate: str, party: str, activity: JsonObject, *, accepted: bool
) -> None:
    said = html.unescape(markup.plain(reading.text_of(activity, "content") or ""))
    answered_mandates.keep(
        desk.connection,
        mandate=mandate,
        party=party,
        accepted=accepted,
        reason=said[: speech.MOST_IN_REASON],
        at=desk.now,
    )
