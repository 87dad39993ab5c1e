"""A meeting that is called, and the file that calendars get of it."""

from tests.instance.web import evening as evening_
from tests.instance.web.evening import Evening


def unfolded(file: str) -> list[str]:
    """Read the lines of a calendar as RFC 5545 says."""
    assert file.endswith("\r\n")
    return file.replace("\r\n ", "").split("\r\n")[:-1]


async def call(evening: Evening, **fields: str) -> str:
    return await evening_.call(evening, **{"place": "The boat shed", **fields})


async def fetch(evening: Evening, path: str, *, member: bool) -> tuple[int, str]:
    guest = evening["Ada" if member else "Eva"]
    if not member:
        guest.http.cookies.clear()
    answer = await guest.http.get(path)
    return answer.status_code, answer.text
