"""A program that a node starts: it draws a picture, and reaches nobody.

What it is given is told apart by its first bytes before anything else looks at it.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Final

from activitypub.errors import Unsupported

MOST_BYTES: Final = 10 * 1024 * 1024
PATIENCE: Final = 20.0


def looks_like_a_picture(data: bytes) -> bool:
    """Tell by its first bytes whether this is of a kind that we show; SVG is not."""
    return data.startswith(
        (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
    ) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


async def draw(data: bytes) -> bytes:
    """Draw a picture anew in a process of its own.

    Raises:
        Unsupported: it is no picture that we show.
    """
    if len(data) > MOST_BYTES or not looks_like_a_picture(data):
        raise Unsupported("This is no picture that we show.")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "instance.fediverse.pictures",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=Path(__file__).parent.parent,
        env={"PATH": os.environ.get("PATH", "")},
    )
    try:
        async with asyncio.timeout(PATIENCE):
            drawn, _ = await process.communicate(data)
    except TimeoutError as error:
        raise Unsupported("This picture takes too long to draw.") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0 or not drawn:
        raise Unsupported("This is no picture that we show.")
    return drawn
