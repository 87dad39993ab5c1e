"""A meeting with a card for everybody, and the cookie of each of their phones."""

from dataclasses import dataclass

from starlette.responses import Response

from confederation import assembly, session
from confederation.identifiers import CardNumber, SessionId
from confederation.meeting.door import Span
from instance import node
from instance.desk import Desk
from instance.meeting import floor
from instance.store import events
from instance.web import visits
from instance.web.visits import Holder
from tests.instance.house import House


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """An open meeting. ``chair`` is the facilitator's cookie, ``phones`` the cards'."""

    id: str
    chair: tuple[str, str]
    phones: tuple[tuple[str, str], ...]

    @property
    def path(self) -> str:
        return f"/sessions/{self.id}"


def a_room(house: House, *, people: int, begun: bool = True) -> Room:
    """Open a meeting of a founded house by its clock, and hand a card to everybody.

    With no ``people`` the door's book stays empty.
    """
    ada, ben = house.members
    with house.desk() as desk:
        grant = assembly.GrantRole(member=ada, role="facilitator", by=None, at=desk.now)
        node.perform(desk, "assembly:it", grant)
    with node.at_desk(house.config) as desk:
        id = SessionId(desk.new_id())
        here = node.assembly_here(desk)
        notice = session.Notice(
            title=events.keep_wording(desk.connection, "A full room"),
            kind="assembly",
            starts_at=desk.now,
        )
        commands: tuple[session.Command, ...] = (
            session.CallSession(session=id, notice=notice, by=ada, at=desk.now),
            session.OpenSession(
                roll=here.roll, tellers=here.tellers, by=ada, at=desk.now
            ),
        )
        if people:
            cards = Span(first=CardNumber(1), last=CardNumber(people))
            commands += (session.HandOutCards(cards=(cards,), by=ben, at=desk.now),)
        for command in commands:
            node.perform(desk, f"session:{id}", command)
        if begun:
            floor.open_it(desk, id, by=ada)
        holders = (
            Holder(session=id, card=CardNumber(card)) for card in range(1, people + 1)
        )
        return Room(
            id=id,
            chair=_cookie(desk, ada),
            phones=tuple(_cookie(desk, visits.mark_of(each)) for each in holders),
        )


def _cookie(desk: Desk, member: str) -> tuple[str, str]:
    response = Response()
    visits.keep(desk, response, member=member, session=visits.new_session())
    name, _, value = response.headers["set-cookie"].partition(";")[0].partition("=")
    return name, value
