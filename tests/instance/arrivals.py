"""Activities that stand at the inbox of a node."""

from activitypub import documents
from activitypub.canonical import JsonObject
from instance.store import inbound
from instance.store.inbound import Arrival
from tests.instance.elsewhere import SAM
from tests.instance.house import House


def activity(number: int) -> JsonObject:
    return {"id": f"{SAM.base}/a/{number}", "actor": SAM.id}


def follow(house: House, number: int) -> JsonObject:
    return {**activity(number), "type": "Follow", "object": house.config.group}


def arrive(house: House, *activities: JsonObject, signature: bytes = b"") -> None:
    arrivals = [
        Arrival(
            id=str(each["id"]),
            actor=SAM.id,
            inbox="/inbox",
            body=documents.encode(each),
            signature=signature or documents.encode(each),
            actor_document=SAM.document,
        )
        for each in activities
    ]
    with house.desk() as desk:
        inbound.receive(desk.connection, arrivals, at=desk.seconds)
