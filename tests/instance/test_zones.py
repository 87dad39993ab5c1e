"""The clock of a place: what it shows, when it is changed, and what it never shows."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instance import config, zones
from instance.config import Config
from instance.errors import Misused

BERLIN = zones.named("Europe/Berlin")
PLACES = ["Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "Australia/Lord_Howe"]


@pytest.mark.parametrize(
    ("place", "at", "says"),
    [
        ("Europe/Berlin", datetime(2026, 11, 25, 18, tzinfo=UTC), "at 19:00 CET"),
        ("Europe/Berlin", datetime(2026, 7, 25, 17, tzinfo=UTC), "at 19:00 CEST"),
        ("America/Sao_Paulo", datetime(2026, 7, 25, 22, tzinfo=UTC), "at 19:00 UTC-03"),
        ("UTC", datetime(2026, 7, 25, 19, tzinfo=UTC), "at 19:00 UTC"),
    ],
)
def test_a_time_is_written_with_the_name_of_its_clock(
    place: str, at: datetime, says: str
) -> None:
    assert zones.written(at, zones.named(place)).endswith(says)


def test_an_hour_that_the_clocks_leave_out_cannot_be_chosen() -> None:
    with pytest.raises(Misused, match="02:30 does not happen on 2027-03-28"):
        zones.from_wall(datetime.fromisoformat("2027-03-28T02:30"), BERLIN)


def test_of_an_hour_that_the_clocks_show_twice_the_first_is_meant() -> None:
    at = zones.from_wall(datetime.fromisoformat("2026-10-25T02:30"), BERLIN)

    assert at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@given(
    st.sampled_from(PLACES),
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001
)
def test_what_the_clocks_show_is_typed_as_it_is_shown(place: str, at: datetime) -> None:
    zone = zones.named(place)
    shown = at.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None, fold=0)

    again = zones.from_wall(shown, zone)

    assert again.astimezone(zone).replace(tzinfo=None, fold=0) == shown


@pytest.mark.parametrize("place", PLACES)
def test_between_two_changes_the_clocks_keep_their_distance(place: str) -> None:
    zone = zones.named(place)
    since = datetime(2026, 1, 1, tzinfo=UTC)
    until = since + timedelta(days=730)

    changes = list(zones.changes(zone, since, until))

    for change in changes:
        just_before = change.at - timedelta(seconds=1)
        assert just_before.astimezone(zone).utcoffset() == change.before
        assert change.at.astimezone(zone).utcoffset() == change.after
    assert len(changes) == (4 if place in {PLACES[0], PLACES[3]} else 0)


def test_the_machine_says_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", ":Africa/Nairobi")
    there = zones.guess()
    monkeypatch.setenv("TZ", "Nowhere/Town")
    elsewhere = zones.guess()

    assert there == "Africa/Nairobi"
    assert elsewhere != "Nowhere/Town"


def test_a_node_remembers_its_place(tmp_path: Path) -> None:
    config.write(Config(directory=tmp_path, slug="harbour", time_zone="Europe/Berlin"))

    assert config.read(tmp_path).zone is BERLIN


def test_a_node_cannot_be_nowhere(tmp_path: Path) -> None:
    (tmp_path / config.SETTINGS).write_text('slug = "a"\ntime_zone = "Mars/Base"\n')

    with pytest.raises(Misused, match="Europe/Berlin"):
        config.read(tmp_path)
