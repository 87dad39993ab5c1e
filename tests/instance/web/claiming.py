"""What an assembly claims of its meetings, and the page where peers answer."""

from confederation import record
from confederation.identifiers import SessionId
from confederation.record import Sitting
from instance import clerk
from instance.confederal import evidence as peers_say
from instance.web.naming import in_hex
from tests.instance import amending
from tests.instance.house import NOON, House
from tests.instance.three import Three, act


def at(council: Three, of: House) -> str:
    compact, id = in_hex(council.compact.digest), in_hex(amending.seat_of(of).assembly)
    return f"/compacts/{compact}/evidence/{id}"


def says(council: Three, house: House) -> None:
    """Let an assembly claim one meeting, which its tellers counted."""
    session = SessionId("s1")
    counted = record.Electorate(
        session=session, present=170, members=170, basis="cards"
    )
    electorate = act(house, counted, subject="s1 170", at=NOON)
    sitting = Sitting(
        session=session,
        held=NOON,
        electorate=electorate,
        present=170,
        residents=160,
        basis="cards",
        steps={"intro": True, "breakout": False},
    )
    with house.desk() as desk:
        peers_say.claim(desk, council.compact.identity, [sitting])
        clerk.publish_ready(desk)
    council.exchange(NOON)
