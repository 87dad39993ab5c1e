"""By which meetings a term of office is measured: those of the whole assembly."""

from datetime import timedelta
from pathlib import Path

import pytest

from confederation import session
from confederation.identifiers import SessionId, SubAssemblyId
from confederation.session import Kind
from instance import node
from instance.desk import Desk
from instance.store import events
from tests.instance.house import NOON, House, a_house

HOUR = timedelta(hours=1)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return a_house(tmp_path)


def called(
    desk: Desk, name: str, *, kind: Kind = "assembly", within: SubAssemblyId | None
) -> session.SessionCalled:
    return session.SessionCalled(
        session=SessionId(name),
        notice=session.Notice(
            title=events.keep_wording(desk.connection, name),
            kind=kind,
            starts_at=NOON,
            sub_assembly=within,
        ),
        by=None,
        at=NOON,
    )


def test_only_meetings_of_the_whole_assembly_are_measured_by(house: House) -> None:
    with house.desk() as desk:
        roll = node.assembly_here(desk).roll
        held: list[tuple[str, Kind, SubAssemblyId | None]] = [
            ("whole", "assembly", None),
            ("part", "assembly", SubAssemblyId("health")),
            ("circle", "listening circle", None),
        ]
        for name, kind, within in held:
            id = SessionId(name)
            happened = [
                called(desk, name, kind=kind, within=within),
                session.SessionOpened(
                    session=id, roll=roll, tellers=(), by=None, at=NOON + HOUR
                ),
                session.SessionClosed(session=id, by=None, at=NOON + 2 * HOUR),
            ]
            events.append(
                desk.connection,
                f"session:{name}",
                after=0,
                events=happened,
                by=None,
                at=NOON,
            )

        found = events.meetings(desk.connection, kind="assembly")

    assert found == [(NOON + HOUR, NOON + 2 * HOUR)]
