"""What assemblies say to each other of seeds for a draw."""

from activitypub.canonical import JsonObject
from confederation.errors import Refused
from instance.desk import Desk
from instance.membership import seeds
from instance.reception.effect import Effect


def hear(desk: Desk, document: JsonObject) -> Effect:
    """Deal with it; what cannot be so here any more changes nothing."""
    try:
        return Effect(seeds.hear(desk, document))
    except Refused as refused:
        return Effect(f"refused: {refused}")
