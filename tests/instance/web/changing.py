"""A new version of a compact, from its form to the motion that carries it."""

from confederation.deciding import ballot, motion
from confederation.identifiers import MotionId, SessionId
from instance import node
from tests.instance.house import NOON, House
from tests.instance.three import Three
from tests.instance.web.hall import (
    decides,
)


def fields(council: Three, **changes: str) -> dict[str, str]:
    """What the form says if nothing is changed."""
    plain = {
        "purpose": "To settle together what we share.",
        "threshold": "",
        "quorum": "1/2",
        "adopt": "majority-of-assemblies",
        "themes": "",
        "more_than": "150",
        "meetings": "3",
        "measure": "median",
        "visits": "2",
        "seat_0": "member",
        "seat_1": "member",
        "title": "",
        "why": "",
    }
    return {**plain, **changes}


def carries(house: House, id: MotionId) -> None:
    """Let the assembly adopt a motion that was drafted from a page."""
    chair, stream = house.members[0], f"motion:{id}"
    with house.desk() as desk:
        table = motion.TableMotion(session=SessionId("s1"), by=chair, at=desk.now)
        node.perform(desk, stream, table)
        node.perform(desk, stream, motion.FreezeMotion(by=chair, at=desk.now))
        moved: motion.State = node.load(desk, stream)
    decided = decides(house, text=motion.text(moved).text)
    with house.desk() as desk:
        put = motion.PutMotion(ballot=decided, method="majority", by=chair, at=NOON)
        node.perform(desk, stream, put)
        closed: ballot.State = node.load(desk, f"ballot:{decided}")
        settle = motion.SettleMotion(
            decision=ballot.decided(closed), by=chair, at=desk.now
        )
        node.perform(desk, stream, settle)
