"""An action that somebody offers by its form."""

from tests.instance.web.evening import Evening, once

OFFER = {
    "what": "Hang a lamp in the stairs",
    "help": "A ladder",
    "effort": "an hour",
    "kind": "looking after",
}


async def offer(
    evening: Evening, *, by: str = "Ada", status: int = 303, **fields: str
) -> str:
    """Offer an action by its form."""
    guest = evening[by]
    return await guest.send(
        "/actions",
        on="/actions/new",
        status=status,
        fields={"once": await once(guest, "/actions/new"), **OFFER, **fields},
    )
