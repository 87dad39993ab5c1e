"""A landmark is a day that people count in to: on the front page and elsewhere."""

from datetime import timedelta
from pathlib import Path

import pytest

from activitypub import canonical
from instance.desk import Desk
from instance.store import posts
from tests.instance.house import House
from tests.instance.web.calendars import call, fetch, unfolded
from tests.instance.web.evening import Evening, an_assembly


async def told(evening: Evening) -> str:
    """Return what people elsewhere read of the meeting."""

    def look(desk: Desk) -> str:
        rows = posts.newest_objects(desk.connection, most=50)
        found = [canonical.read(row["body"].encode()) for row in rows]
        [event] = [each for each in found if each["type"] == "Event"]
        return str(event["content"])

    says: str = await evening.look(look)
    return says


@pytest.mark.parametrize(
    ("days", "says"),
    [(0, "Today"), (1, "Tomorrow"), (2, "2 days to go"), (40, "40 days to go")],
)
async def test_the_front_page_counts_the_days_to_a_landmark(
    tmp_path: Path, harbour: House, days: int, says: str
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        now = await evening.look(lambda desk: desk.now)
        at = (now + timedelta(days=days)).replace(hour=23, minute=30)
        await call(evening, starts_at=f"{at:%Y-%m-%dT%H:%M:00}", landmark="yes")
        await call(evening, title="Another", starts_at=f"{at:%Y-%m-%dT%H:%M:00}")

        front = await evening["Cleo"].see("/")

        assert front.count(says) == 1


async def test_a_landmark_is_told_as_one_and_stands_so_in_the_calendar(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await call(evening, landmark="yes", told="everyone")
        usual = await call(evening, title="A usual one")

        _, file = await fetch(evening, f"{meeting}/calendar.ics", member=True)
        _, other = await fetch(evening, f"{usual}/calendar.ics", member=True)

        assert "CATEGORIES:Landmark" in unfolded(file)
        assert "CATEGORIES" not in other
        assert "A landmark for us." in await told(evening)


async def test_a_usual_meeting_is_told_as_no_landmark(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await call(evening, told="everyone")

        assert "landmark" not in await told(evening)


async def test_strangers_count_in_only_to_what_is_told_to_everyone(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        now = await evening.look(lambda desk: desk.now)
        at = f"{now + timedelta(days=9):%Y-%m-%dT%H:%M:00}"
        later = f"{now + timedelta(days=12):%Y-%m-%dT%H:%M:00}"
        await call(evening, starts_at=at, landmark="yes")
        await call(evening, starts_at=later, landmark="yes", told="everyone")
        stranger = evening["Eva"]
        stranger.http.cookies.clear()

        front = await stranger.see("/")

        assert "12 days to go" in front
        assert "9 days to go" not in front


async def test_a_landmark_that_is_moved_stays_one(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        now = await evening.look(lambda desk: desk.now)
        at = f"{now + timedelta(days=9):%Y-%m-%dT%H:%M:00}"
        meeting = await call(evening, landmark="yes")

        await evening["Ada"].send(
            f"{meeting}/setup/when", on=f"{meeting}/setup", starts_at=at, place=""
        )

        assert "9 days to go" in await evening["Ada"].see("/")
