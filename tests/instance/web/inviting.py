"""Streets that are gone round, and what comes of it, by the forms."""

from tests.instance.web.evening import Evening

AREA = "Quay Lane, 40\n  Mill Stairs, left ,12\n\nOld Yard, 30"


async def draw(evening: Evening, area: str = AREA, status: int = 303) -> str:
    return await evening["Ada"].send(
        "/outreach/stretches", on="/outreach", status=status, list=area
    )


async def entry(evening: Evening, **changed: str) -> dict[str, str]:
    """Give the fields of the form as it stands on the page, some of them changed."""
    html = await evening["Eva"].open("/outreach")
    return {
        "mark": html.partition('name="mark" value="')[2].partition('"')[0],
        "stretch": "quay lane",
        "way": "doors",
        "on": "2026-11-20",
        "homes": "10",
        "things": "",
        "people": "2",
        "reached": "afresh",
        "missed": "",
        **changed,
    }


async def log(evening: Evening, status: int = 303, **changed: str) -> str:
    return await evening["Eva"].send(
        "/outreach/log",
        on="/outreach",
        status=status,
        fields=await entry(evening, **changed),
    )
