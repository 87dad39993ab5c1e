"""People elsewhere learn of a meeting what those who called it want them to learn."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from activitypub import canonical
from confederation import session
from confederation.errors import TooLate
from confederation.identifiers import SessionId
from confederation.meeting import run_sheet
from confederation.session import CallSession, CancelSession, Notice
from instance import node
from instance.deciding import polls
from instance.desk import Desk
from instance.fediverse import sentiment
from instance.meeting import meetings
from instance.store import attendance, events, posts
from instance.store import polls as store
from tests.instance.house import NOON, House, a_house, found

SPRING = SessionId("spring")
SOON = NOON + timedelta(days=3)


@pytest.fixture
def harbour(tmp_path: Path) -> House:
    house = a_house(tmp_path)
    with house.desk() as desk:
        found(house, desk)
    return house


def test_a_meeting_is_told_to_nobody_else_unless_its_callers_say_so(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        call(desk, told="members")

        assert said(desk) == {}
        assert "Spring" not in everything(desk)


def test_a_meeting_that_everybody_may_know_of_is_an_event_and_a_poll(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        call(desk, told="everyone", place_told="everyone")
        here = said(desk)

    event, poll = here[meetings.MEETING], here[meetings.COMING]
    assert (event["type"], event["name"]) == ("Event", "Spring meeting")
    assert event["startTime"] == "2026-11-25T12:00:00Z"
    assert event["location"]["name"] == "The boat shed"
    assert event["status"] == "CONFIRMED"
    assert "Wednesday 25 November 2026 at 12:00 UTC, The boat shed" in event["summary"]
    assert [each["name"] for each in poll["oneOf"]] == list(meetings.OPTIONS)
    assert poll["endTime"] == event["startTime"]


def test_the_place_is_kept_back_unless_it_may_be_told(harbour: House) -> None:
    with harbour.desk() as desk:
        call(desk, told="everyone", place_told="members")

        assert meetings.MEETING in said(desk)
        assert "boat shed" not in everything(desk)


def test_a_place_is_never_told_of_a_meeting_that_is_not(harbour: House) -> None:
    with harbour.desk() as desk:
        call(desk, told="members", place_told="everyone")

        assert said(desk) == {}
        assert "boat shed" not in everything(desk)


def test_nobody_is_asked_whether_they_come_to_what_begins_now(harbour: House) -> None:
    with harbour.desk() as desk:
        call(desk, told="everyone", starts_at=NOON)

        assert set(said(desk)) == {meetings.MEETING}


def test_a_meeting_that_is_called_off_says_so_and_asks_no_longer(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        call(desk, told="everyone")
    with harbour.desk(NOON + timedelta(hours=1)) as desk:
        node.perform(desk, "session:spring", CancelSession(by=None, at=desk.now))
        polls.tell(desk)
        here = said(desk)

    event, poll = here[meetings.MEETING], here[meetings.COMING]
    assert (event["status"], event["eventStatus"]) == ("CANCELLED", "cancelled")
    assert event["ical:status"] == "CANCELLED"
    assert "Called off" in event["summary"]
    assert event["content"].startswith("<p><strong>Called off.</strong></p><p>")
    assert event["updated"] > event["published"]
    assert poll["closed"] == "2026-11-22T13:00:00Z"


def test_a_meeting_that_was_called_off_does_not_open(harbour: House) -> None:
    with harbour.desk() as desk:
        call(desk, told="members")
        node.perform(desk, "session:spring", CancelSession(by=None, at=desk.now))
    with harbour.desk(SOON) as desk:
        here, state = node.assembly_here(desk), node.load(desk, "session:spring")
        command = session.OpenSession(
            roll=here.roll, tellers=here.tellers, by=None, at=desk.now
        )

        with pytest.raises(TooLate, match="called off"):
            session.decide(state, command)


def test_whoever_comes_by_either_way_is_counted_and_not_named(harbour: House) -> None:
    with harbour.desk() as desk:
        call(desk, told="everyone")
        event, poll = said(desk)[meetings.MEETING], said(desk)[meetings.COMING]
        asked = store.poll(desk.connection, poll["id"])
        for name in ("amy", "bob"):
            attendance.keep(
                desk.connection,
                event=event["id"],
                actor=f"https://b.example/users/{name}",
                says="coming",
                activity="https://b.example/join/1",
                at=canonical.write_time(desk.now),
            )
        live = sentiment.live(desk, event)

    assert asked is not None
    assert asked.event == event["id"]
    assert live["participantCount"] == 2
    assert "amy" not in json.dumps(live)


def test_a_meeting_that_is_moved_says_so_and_asks_about_the_old_day_no_longer(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        call(desk, told="everyone", place_told="everyone")
        first = said(desk)[meetings.MEETING]
    with harbour.desk(NOON + timedelta(hours=1)) as desk:
        place = events.keep_wording(desk.connection, "The school hall")
        move(desk, starts_at=SOON + timedelta(days=1), place=place)
        polls.tell(desk)
        here = said(desk)

    event, poll = here[meetings.MEETING], here[meetings.COMING]
    assert event["startTime"] == "2026-11-26T12:00:00Z"
    assert event["endTime"] == "2026-11-26T13:50:00Z"
    assert event["location"]["name"] == "The school hall"
    assert "Thursday 26 November 2026" in event["summary"]
    assert "The school hall" in event["content"]
    assert event["id"] == first["id"]
    assert event["updated"] > event["published"]
    assert poll["closed"] == "2026-11-22T13:00:00Z"
    assert activities(harbour) == ["Update", "Update"]


def test_what_is_not_sure_yet_is_tentative_until_somebody_says_that_it_is(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        call(desk, told="everyone", place_told="everyone")
        polls.tell(desk)
        move(desk, starts_at=SOON, place=None, tentative=True)
        unsure = said(desk)
    with harbour.desk(NOON + timedelta(hours=1)) as desk:
        move(desk, starts_at=SOON, place=None)
        sure = said(desk)[meetings.MEETING]

    event = unsure[meetings.MEETING]
    assert event["status"] == "TENTATIVE"
    assert "(not sure yet)" in event["summary"]
    assert "(not sure yet)" in event["content"]
    assert "closed" not in unsure[meetings.COMING]
    assert sure["status"] == "CONFIRMED"
    assert "not sure" not in sure["summary"] + sure["content"]
    assert sure["updated"] > event["updated"]


def test_a_place_that_may_no_longer_be_told_leaves_the_event(harbour: House) -> None:
    with harbour.desk() as desk:
        call(desk, told="everyone", place_told="everyone")
        place = events.keep_wording(desk.connection, "17 Kettle Lane")
        move(desk, starts_at=SOON, place=place, place_told="members")
        event = said(desk)[meetings.MEETING]

    assert "location" not in event
    assert "Kettle" not in json.dumps(event)
    assert "boat shed" not in json.dumps(event)


def test_a_new_place_alone_leaves_the_question_who_comes_open(harbour: House) -> None:
    with harbour.desk() as desk:
        call(desk, told="everyone", place_told="everyone")
        place = events.keep_wording(desk.connection, "The school hall")
        move(desk, starts_at=SOON, place=place)

        poll = said(desk)[meetings.COMING]
        open_poll = store.poll(desk.connection, poll["id"])

    assert open_poll is not None
    assert open_poll.closed_at is None
    assert open_poll.ends_at == int(SOON.timestamp())


def test_how_long_a_meeting_lasts_is_told_where_it_is_news(harbour: House) -> None:
    with harbour.desk() as desk:
        call(desk, told="everyone")
        at_first = said(desk)[meetings.MEETING]["endTime"]

        write(desk, 100)
        nearly_the_same = said(desk)[meetings.MEETING]["endTime"]
        write(desk, 60)
        much_shorter = said(desk)[meetings.MEETING]["endTime"]

    assert at_first == nearly_the_same == "2026-11-25T13:50:00Z"
    assert much_shorter == "2026-11-25T13:00:00Z"
    assert activities(harbour) == ["Update"]


def test_the_course_of_a_meeting_that_is_not_told_is_told_to_nobody(
    harbour: House,
) -> None:
    with harbour.desk() as desk:
        call(desk, told="members")
        write(desk, 60)

        assert said(desk) == {}


def move(
    desk: Desk,
    *,
    starts_at: Any,
    place: Any,
    place_told: Literal["members", "everyone"] = "everyone",
    tentative: bool = False,
) -> None:
    command = session.MoveSession(
        starts_at=starts_at,
        place=place,
        place_told=place_told,
        tentative=tentative,
        by=None,
        at=desk.now,
    )
    node.perform(desk, f"session:{SPRING}", command)


def write(desk: Desk, minutes: int) -> None:
    phases = (run_sheet.Phase(number=1, kind="deliberation", minutes=minutes),)
    command = run_sheet.WriteRunSheet(
        session=SPRING, meeting="assembly", phases=phases, by=None, at=desk.now
    )
    node.perform(desk, f"run_sheet:{SPRING}", command)


def activities(house: House) -> list[str]:
    """Return the kinds of what was sent about the meeting after its first message."""
    with house.desk() as desk:
        rows = desk.connection.execute(
            "select type from activity where type = 'Update'"
        ).fetchall()
    return [row["type"] for row in rows]


def call(
    desk: Desk,
    *,
    told: Literal["members", "everyone"],
    place_told: Literal["members", "everyone"] = "members",
    starts_at: Any = SOON,
) -> None:
    notice = Notice(
        title=events.keep_wording(desk.connection, "Spring meeting"),
        kind="assembly",
        starts_at=starts_at,
        place=events.keep_wording(desk.connection, "The boat shed"),
        told=told,
        place_told=place_told,
    )
    command = CallSession(session=SPRING, notice=notice, by=None, at=desk.now)
    node.perform(desk, f"session:{SPRING}", command)


def said(desk: Desk) -> dict[str, Any]:
    """Return the posts about the meeting, by their kind, as they stand."""
    found = {}
    for kind in (meetings.MEETING, meetings.COMING):
        row = posts.object_about(desk.connection, f"session:{SPRING}", kind=kind)
        if row is not None:
            found[kind] = canonical.read(row["body"].encode())
    return found


def everything(desk: Desk) -> str:
    """Return all that can go out, as one text."""
    rows = desk.connection.execute(
        "select body from activity union all select body from object"
    )
    return "\n".join(row["body"] for row in rows)
