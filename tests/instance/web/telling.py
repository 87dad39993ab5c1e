"""A story, told by its form."""

from tests.instance.web.evening import (
    Evening,
    once,
)

TITLE = "A winter in one room"
STORY = "We slept in the kitchen, all four of us."


async def tell(
    evening: Evening, *, by: str = "Cleo", status: int = 303, **fields: str
) -> str:
    guest = evening[by]
    given = {"title": TITLE, "words": STORY, "once": await once(guest, "/stories")}
    return await guest.send(
        "/stories", on="/stories", status=status, fields={**given, **fields}
    )
