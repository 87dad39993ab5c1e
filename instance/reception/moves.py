"""Whoever moves takes those here who follow them along, if both addresses say so.

A Move alone moves nobody: the errand that it leads to asks at both ends. See
federation.md W18 and S58.
"""

from typing import Final

from activitypub import addresses, reading
from activitypub.canonical import JsonObject
from activitypub.errors import NotAuthentic
from instance.desk import Desk
from instance.reception.effect import Effect
from instance.reception.senders import ours
from instance.store import errands, moves, personas

KIND: Final = "move"
"""The kind of errand that asks whether both ends say the same."""


def move(desk: Desk, actor: str, activity: JsonObject) -> Effect:
    """Ask at both ends whether somebody moved whom one of us follows.

    Raises:
        NotAuthentic: somebody moves another.
        Malformed: they move to what is no address.
    """
    target = reading.id_of(activity.get("target"))
    if reading.id_of(activity.get("object")) != actor:
        raise NotAuthentic("Everyone moves themselves alone.")
    if target is None or addresses.parse(target).document == actor:
        return Effect("ignored: they do not say where they move")
    if desk.judgement.bars(target):
        return Effect("ignored: they move to where we do not look")
    if not personas.is_followed(desk.connection, actor):
        return Effect("ignored: nobody here follows them")
    if ours(desk, target) is not None:
        return Effect("ignored: nobody moves in here like that")
    if not moves.keep(desk.connection, actor=actor, target=target, at=desk.seconds):
        return Effect("ignored: they moved a few days ago")
    errands.ask_again(
        desk.connection, kind=KIND, url=target, at=desk.seconds, because=actor
    )
    return Effect("asked at both ends")
