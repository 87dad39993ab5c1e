"""What is needed and what is to be had, by the forms."""

from instance.store import aid as store
from tests.instance.web.evening import Evening, Guest, once

PUMPS = {
    "purpose": "request",
    "title": "Water pumps",
    "quantity": "4",
    "unit": "one",
    "place": "Quay Lane",
    "theme": "Flood",
    "more": "The cellars are full.",
}


THERE = store.Elsewhere(
    id="http://127.0.0.2:8100/n/1",
    actor="http://127.0.0.2:8100/g/quarry/clerk",
    inbox="http://127.0.0.2:8100/inbox",
    author="Quarry Assembly (@clerk@127.0.0.2:8100)",
    purpose="offer",
    title="Sandbags",
    content="<p>From the <strong>quarry</strong>.</p>",
    unit="one",
    quantity="40",
    available="37",
    minimum="5",
    place="Quarry",
    theme="flood",
    until=None,
    url="http://127.0.0.2:8100/n/1",
    at="2026-11-22T11:00:00Z",
)


async def post(evening: Evening, *, status: int = 303, **changed: str) -> str:
    ada = evening["Ada"]
    fields = {**PUMPS, "once": await once(ada, "/aid/new"), **changed}
    return await ada.send("/aid", on="/aid/new", status=status, fields=fields)


async def offer(guest: Guest, page: str, quantity: str, *, status: int = 303) -> str:
    id = await once(guest, page)
    return await guest.send(
        f"{page}/offer", on=page, status=status, fields={"once": id}, quantity=quantity
    )
