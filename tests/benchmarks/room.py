"""A room of 160 people, each with a screen that follows: who speaks is on all of them.

Each screen is a real connection that stays open. The time of an action is from its
click to the moment at which a screen has been told, once for each screen.
"""

import asyncio
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from tests.benchmarks import floors, load, measuring, nodes
from tests.benchmarks.measuring import Budget, Figures, Wrong
from tests.benchmarks.nodes import Node
from tests.instance.rooms import Room, a_room

HTML: Final = {"Accept": "text/html"}
PEOPLE: Final = 160
A_SECOND: Final = 3
PATIENCE: Final = 30.0
ROOM: Final = Budget(
    line="160 people: each action on every screen within 1 s (p95), under 250 MB",
    at_most=1_000,
    mb_at_most=250,
)
_TOKEN: Final = re.compile(r'name="token" value="([^"]+)"')
_VERSION: Final = re.compile(r'name="seen" value="(\d+)"')


@dataclass(slots=True)
class Follower:
    """A screen: what it was told last, and when."""

    html: str = ""
    at: float = 0.0
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, holds: Callable[[str], bool]) -> float:
        """Wait until it shows something; return when it was told."""
        async with asyncio.timeout(PATIENCE):
            while not holds(self.html):
                self.news.clear()
                await self.news.wait()
        return self.at


async def measure(seconds: float, directory: Path) -> dict[str, Figures]:
    """Let one person after another speak, and look when every screen shows it."""
    actions = max(4, int(seconds * A_SECOND))
    with nodes.a_node(directory, seconds) as served:
        room = await asyncio.to_thread(a_room, served.house, people=PEOPLE)
        bare = await floors.http(
            load.get(
                "/", host=served.house.config.host, headers={"Accept": "text/html"}
            )
        )
        phones = [Follower() for _ in room.phones]
        async with asyncio.TaskGroup() as group:
            following = [
                group.create_task(_follow(served, room, cookie, phone))
                for cookie, phone in zip(room.phones, phones, strict=True)
            ]
            await asyncio.gather(*(phone.until(bool) for phone in phones))
            with measuring.watching(served.pid) as span:
                latencies = await _speak(served, room, phones, actions)
            for task in following:
                task.cancel()
        figures = Figures(
            per_cpu_second=span.per_cpu_second(len(latencies)),
            latencies=latencies,
            rss_mb=measuring.peak_mb(served.pid),
            floors={"HTTP": bare},
            budget=ROOM,
            facts={"screens": len(phones), "actions": len(latencies) / len(phones)},
        )
    p95 = figures.millis(0.95)
    assert p95 is not None
    return {
        "room": Figures(
            per_cpu_second=figures.per_cpu_second,
            latencies=latencies,
            rss_mb=figures.rss_mb,
            floors=figures.floors,
            budget=ROOM,
            judged=p95,
            facts={**figures.facts, "p95 ms": p95},
        )
    }


async def _speak(
    served: Node, room: Room, phones: list[Follower], actions: int
) -> list[float]:
    latencies: list[float] = []
    async with httpx.AsyncClient(
        base_url=served.serving.base, cookies=dict([room.chair]), timeout=PATIENCE
    ) as http:
        for action in range(actions):
            card = action % PEOPLE + 1
            await _press(http, room, "hand", who=str(card), asks="point")
            began = time.perf_counter()
            await _press(http, room, "call", who=str(card))

            def speaks(html: str, card: int = card) -> bool:
                _, _, after = html.partition("Speaking now:")
                return f"Card {card}\n" in after.partition("</p>")[0] + "\n"

            shown = await asyncio.gather(*(phone.until(speaks) for phone in phones))
            latencies += [at - began for at in shown]
    return latencies


async def _press(http: httpx.AsyncClient, room: Room, what: str, **fields: str) -> None:
    page = (await http.get(f"{room.path}/floor")).text
    token, version = _TOKEN.search(page), _VERSION.search(page)
    if token is None or version is None:
        raise Wrong("The facilitator's screen was not shown.")
    if what != "hand":
        fields["seen"] = version[1]
    answer = await http.post(
        f"{room.path}/floor/{what}", data={"token": token[1], **fields}
    )
    if answer.status_code != 303:
        raise Wrong(f"A press was answered with {answer.status_code}.")


async def _follow(
    served: Node, room: Room, cookie: tuple[str, str], phone: Follower
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.serving.port)
    writer.write(
        f"GET {room.path}/live?as=room HTTP/1.1\r\n"
        f"Host: {served.house.config.host}\r\nAccept: text/event-stream\r\n"
        f"Cookie: {'='.join(cookie)}\r\n\r\n".encode()
    )
    try:
        while line := await reader.readline():
            if not line.startswith(b"data: {"):
                continue
            piece = json.loads(line.removeprefix(b"data: "))
            if piece["name"] == "scene":
                phone.html, phone.at = piece["html"], time.perf_counter()
                phone.news.set()
        raise Wrong("The server hung up on a screen.")
    finally:
        writer.close()
