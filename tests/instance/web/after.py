"""What an evening leaves behind when it is over: its points, and minutes to correct."""

from tests.instance.web.evening import Evening, ask, meet
from tests.instance.web.offering import offer

WEEK = {"days": 7, "minutes": 1}


async def an_evening_that_is_over(evening: Evening) -> str:
    """Meet, hear a point, decide, offer an action, and go home."""
    ada = evening["Ada"]
    meeting = await meet(evening, in_room=12)
    trail = f"{meeting}/points"
    await ada.send(
        trail, on=trail, table="4", what="The stairs are dark.", why="People fall."
    )
    id = meeting.removeprefix("/sessions/")
    await offer(evening, about="point", id=f"{id}.4.1")
    ballot = await ask(evening, meeting, method="majority")
    for name in ("Ben", "Cleo", "Dov", "Eva"):
        await evening[name].send(
            f"{ballot}/vote", on=ballot, choice="for", revision="1"
        )
    await ada.send(f"{ballot}/close", on=ballot)
    await ada.send(f"{meeting}/close", on=meeting)
    return meeting


async def drafted(evening: Evening, meeting: str, *, words: str = "It rained.") -> str:
    """Open the minutes to correction; return their page."""
    page = f"{meeting}/minutes"
    await evening["Ada"].send(page, on=page, words=words)
    return page
