"""An entry that is dated ahead of now says so wherever its date is shown."""

from datetime import timedelta
from pathlib import Path

import pytest

from instance.web.naming import in_hex
from tests.instance.house import NOON
from tests.instance.three import Three, assembly_of, proposes, three
from tests.instance.web.browsing import a_browser, text_of

MARK = "dated ahead of now"


@pytest.fixture
def together(tmp_path: Path) -> Three:
    return three(tmp_path)


@pytest.mark.parametrize(("minutes", "marked"), [(11, True), (9, False)])
async def test_a_date_that_is_still_to_come_carries_a_mark(
    together: Three, minutes: int, *, marked: bool
) -> None:
    house = together.houses[0]
    proposal = proposes(together, house, at=NOON + timedelta(minutes=minutes))
    record = f"/record/{in_hex(assembly_of(house))}"

    async with a_browser(house, at=NOON) as browser:
        listed = text_of(await browser.get(record))
        shown = text_of(await browser.get(f"/entries/{in_hex(proposal)}"))
        page = text_of(await browser.get(f"/proposals/{in_hex(proposal)}"))
        first = text_of(await browser.get(f"{record}/0"))

    assert [MARK in each for each in (listed, shown, page)] == [marked] * 3
    assert MARK not in first
