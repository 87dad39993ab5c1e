"""Deeds that are told and thanked for, by their forms."""

from tests.instance.web.evening import (
    Evening,
    once,
)

SOUP = "Cooked soup for forty"


async def tell(
    evening: Evening, *, by: str = "Cleo", status: int = 303, **fields: str
) -> str:
    guest = evening[by]
    return await guest.send(
        "/thanks/deed",
        on="/thanks",
        status=status,
        fields={"once": await once(guest, "/thanks"), "what": SOUP, **fields},
    )


async def thank(evening: Evening, *, to: str, by: str = "Cleo", **fields: str) -> str:
    guest = evening[by]
    return await guest.send(
        "/thanks/give",
        on="/thanks",
        fields={
            "once": await once(guest, "/thanks"),
            "words": "for the lamp",
            "to": evening[to].id,
            **fields,
        },
    )
