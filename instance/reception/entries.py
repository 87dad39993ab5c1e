"""Entries of fellow members' records, and what comes beside them."""

from typing import Final

from activitypub import canonical
from activitypub.canonical import JsonObject, JsonValue
from activitypub.errors import Forbidden
from instance import archive, chamber
from instance.archive import Outcome
from instance.desk import Desk
from instance.matters import openings, sharing
from instance.reception.effect import Effect
from instance.store import compacts, records

MOST_IN_ADDRESS: Final = 500


def file(desk: Desk, document: JsonObject, beside: list[JsonObject]) -> Effect:
    """File an entry; it is believed for its own signature, whoever brings it."""
    if document.get("type") == "Vote":
        return _heard(chamber.hear_vote(desk, document))
    try:
        filing = archive.file(desk, document)
    except Forbidden:
        if _applies(desk, document):
            return Effect("an application: somebody has to look who it is")
        return _heard("ignored: no record of that assembly is kept here")
    sharing.keep_post(desk, document, beside)
    for holder in beside:
        openings.keep(desk, holder.get("assemblyTexts"))
    if filing.outcome is Outcome.AHEAD:
        records.ask_to_catch_up(desk.connection, filing.assembly)
    if filing.outcome is Outcome.CONTRADICTS:
        chamber.report_contradictions(desk)
    _heads(desk, beside[0].get("assemblyHeads"))
    return _heard(f"record: {filing.outcome.value}")


def _applies(desk: Desk, document: JsonObject) -> bool:
    """Keep that an assembly says it applies to a compact of ours; whether it does.

    Nothing is believed of it, and nobody is asked, before a person here wants to know.
    """
    match document:
        case {
            "type": "Membership",
            "act": "apply",
            "compact": str(compact),
            "assembly": str(assembly),
            "attributedTo": str(address),
        } if (
            canonical.is_digest(assembly)
            and compact in compacts.identities(desk.connection)
            and address.startswith(("https://", "http://"))
            and len(address) <= MOST_IN_ADDRESS
        ):
            return compacts.hear_applicant(
                desk.connection, assembly, compact=compact, address=address, at=desk.now
            )
        case _:
            return False


def _heads(desk: Desk, heads: JsonValue) -> None:
    if not isinstance(heads, list):
        return
    for head in heads[:16]:
        match head:
            case {"assembly": str(id), "size": int(size)}:
                known = records.assembly(desk.connection, id)
                if known is not None and size > known.size:
                    records.ask_to_catch_up(desk.connection, id)
            case _:
                continue


def _heard(says: str) -> Effect:
    return Effect(says, concerns_chamber=True)
