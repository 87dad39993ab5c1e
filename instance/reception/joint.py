"""Another assembly calls a meeting together with ours: its members are shown it.

Nothing here is called by that: ours calls it too, or does not.
"""

from typing import Final

from activitypub import addresses, reading
from activitypub.canonical import JsonObject
from instance import speech
from instance.desk import Desk
from instance.fediverse.judgement import Severity
from instance.meeting import meetings
from instance.reception.senders import ours
from instance.store import joint_meetings, records
from instance.store.joint_meetings import Status, Theirs
from instance.store.records import Known

MOST_IN_WORDS: Final = 200
_STATUS: Final[frozenset[Status]] = frozenset({"TENTATIVE", "CONFIRMED", "CANCELLED"})


def hear(desk: Desk, actor: str, document: JsonObject) -> bool:
    """Keep a meeting that an assembly whose record is here calls together with ours.

    Whoever does not name ours any more takes it back. Whether there was any such thing.
    """
    id, theirs = reading.id_of(document), _assembly_of(desk, actor)
    if (
        reading.type_of(document) != "Event"
        or id is None
        or theirs is None
        or reading.author_of(document) != actor
        or not addresses.same_origin(id, actor)
        or desk.judgement.of(actor) is not Severity.NONE
    ):
        return False
    named = meetings.organizers(document)
    us = speech.address(desk, speech.group_path(desk))
    starts_at = reading.instant_of(document.get("startTime"))
    if not {us, theirs.address} <= {*named} or starts_at is None:
        return joint_meetings.drop(desk.connection, id, assembly=theirs.id)
    status, url = document.get("status"), reading.id_of(document.get("url"))
    near = url is not None and addresses.same_origin(url, actor)
    return joint_meetings.keep(
        desk.connection,
        Theirs(
            id=id,
            assembly=theirs.id,
            title=_line(document.get("name")) or "A meeting",
            place=_place(document),
            starts_at=starts_at,
            status=status if status in _STATUS else "CONFIRMED",
            url=url if near and url is not None else id,
            follows=next(
                (each for each in meetings.follows(document) if ours(desk, each)), None
            ),
        ),
    )


def gone(desk: Desk, actor: str, id: str | None) -> bool:
    """Forget a meeting that its assembly deleted."""
    theirs = _assembly_of(desk, actor)
    return (
        id is not None
        and theirs is not None
        and joint_meetings.drop(desk.connection, id, assembly=theirs.id)
    )


def _assembly_of(desk: Desk, actor: str) -> Known | None:
    for each in records.assemblies(desk.connection):
        if not each.ours and (
            actor == each.address or actor.startswith(f"{each.address}/")
        ):
            return each
    return None


def _place(document: JsonObject) -> str:
    where = document.get("location")
    return _line(where.get("name")) if isinstance(where, dict) else ""


def _line(value: object) -> str:
    return " ".join(value.split())[:MOST_IN_WORDS] if isinstance(value, str) else ""
