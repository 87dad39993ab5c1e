"""One screen leads the meeting: the parts, the stack, and who is not heard yet."""

from pathlib import Path

from tests.instance.house import House
from tests.instance.web.evening import Evening, Guest, an_assembly, meet


async def begin(evening: Evening) -> tuple[Guest, str]:
    """Open a meeting and its floor; return the facilitator and the meeting."""
    meeting = await meet(evening)
    ada = evening["Ada"]
    await ada.send(f"{meeting}/floor/open", on=f"{meeting}/floor")
    return ada, meeting


async def test_the_facilitator_begins_and_everybody_sees_the_first_part(
    tmp_path: Path, harbour: House
) -> None:
    async with an_assembly(harbour, tmp_path) as evening:
        meeting = await meet(evening)
        ada, eva = evening["Ada"], evening["Eva"]
        before = await eva.see(f"{meeting}/room")

        await ada.send(f"{meeting}/floor/open", on=f"{meeting}/floor")

        assert "has not begun yet" in before
        for page in ("floor", "room"):
            assert "Part 1 of" in await ada.see(f"{meeting}/{page}")
