"""Two assemblies meet together over real nodes, and each decides for itself."""

import re
from datetime import UTC, datetime, timedelta

from activitypub import canonical
from tests.instance.house import House
from tests.instance.neighbours import Neighbours
from tests.instance.serving import until
from tests.instance.three import assembly_of, decides, the_record
from tests.instance.web.visitor import Visitor, found

TITLE = "A night between the hills"
MEETING = re.compile(r'name="meeting" value="([^"]+)"')


def test_a_meeting_is_called_together_seen_by_both_and_each_decides_for_itself(
    neighbours: Neighbours,
) -> None:
    a, b, c = neighbours.members
    harbour, quarry, _ = neighbours.houses
    first = calls(a, place="The school")
    a.send(
        f"{first}/setup/together",
        on=f"{first}/setup",
        host=assembly_of(quarry),
        beside="Dana of the quarry",
        **{"with": assembly_of(quarry)},  # type: ignore[arg-type]
    )
    until(lambda: TITLE in b.see("/sessions"))
    seen = b.see("/sessions")
    assert "Others called these together with us" in seen
    assert "The school" in seen
    assert "Dana" not in seen
    # Whoever is not named hears of it as of any meeting, and calls nothing.
    assert "called these together with us" not in c.see("/sessions")

    address = found(MEETING, b.open("/sessions"))
    second = b.send("/sessions/together", on="/sessions", meeting=address)
    second = second.partition("/setup")[0]
    assert "Held together with Harbour" in b.see(second)
    until(lambda: "Quarry has called it for" in a.see(first))

    before = [each["type"] for each in the_record(quarry)]
    decision = decides(harbour, at=datetime.now(UTC))
    until(lambda: decision in held(quarry, harbour))
    assert [each["type"] for each in the_record(quarry)] == before

    # What the one calls off is still called by the other.
    a.send(f"{first}/call-off", on=first)
    until(lambda: "Harbour has called it off on its side" in b.see(second))
    assert "Called off" not in b.see("/sessions").split("Others called")[0]


def calls(clerk: Visitor, *, place: str) -> str:
    soon = datetime.now(UTC) + timedelta(days=3)
    return clerk.send(
        "/sessions",
        on="/sessions",
        title=TITLE,
        kind="assembly",
        starts_at=f"{soon:%Y-%m-%dT%H:%M}",
        place=place,
        told="everyone",
        place_told="yes",
    )


def held(here: House, of: House) -> list[str]:
    """Return the digests of what one node holds of the record of another."""
    return [canonical.digest(each) for each in the_record(here, assembly_of(of))]
