"""A straw poll is asked by whoever leads, read by everybody, and called what it is."""

from pathlib import Path

import pytest

from tests.instance.house import House
from tests.instance.web.evening import an_assembly

POLL = {
    "question": "When shall we eat?",
    "choose": "one",
    "ends_at": "2026-11-24T12:00",
}
OPTIONS = ["At six", "At seven", ""]


async def test_the_facilitator_asks_and_everybody_reads_that_it_is_no_vote(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        page = await evening["Ada"].send(
            "/polls", on="/polls", option=OPTIONS, fields=POLL
        )

        says = await evening["Eva"].see(page)
        listed = await evening["Eva"].see("/polls")

    assert "When shall we eat?" in says
    assert "Sentiment, never a vote." in says
    assert "At six 0 0 % At seven 0 0 %" in says
    assert "Open Until 24 November 2026, 12:00 UTC · One option" in says
    assert "0 people answered" in listed


async def test_whoever_only_takes_part_asks_no_polls(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        token = {"token": await evening["Eva"].token("/people")}

        says = await evening["Eva"].send(
            "/polls", on="/polls", status=403, fields=token, option=OPTIONS, **POLL
        )

        assert "The facilitator, the convenor and the clerk ask polls." in says
        assert "Ask a straw poll" not in await evening["Eva"].see("/polls")
        assert "No straw poll has been asked yet." in await evening["Ada"].see("/polls")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"option": ["At six", "AT SIX"]}, "Two of the options look the same."),
        ({"option": ["At six", ""]}, "A poll has 2 to 20 options."),
        ({"ends_at": ""}, "a straw poll has an end"),
        ({"ends_at": "2026-11-20T12:00"}, "A poll ends at a time to come."),
        ({"choose": "none"}, "this was not offered"),
    ],
)
async def test_a_poll_that_cannot_be_is_refused_and_what_was_typed_stays(
    tmp_path: Path, harbour: House, wrong: dict[str, str], says: str
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        ada = evening["Ada"]
        fields = {
            "option": OPTIONS,
            **POLL,
            **wrong,
            "token": await ada.token("/polls"),
        }

        answer = await ada.http.post("/polls", data=fields)

    assert answer.status_code == 422
    assert says in answer.text
    assert "At six" in answer.text
    assert "When shall we eat?" in answer.text


async def test_a_poll_that_never_was_has_no_page(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        await evening["Eva"].see("/polls/nothing", status=404)
