"""A program that a node starts: it draws a picture, and reaches nobody.

What it is given is told apart by its first bytes before anything else looks at it.
"""

from typing import Final

from activitypub.errors import Unsupported
from instance import apart

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
    try:
        drawn = await apart.run("instance.fediverse.pictures", data, seconds=PATIENCE)
    except TimeoutError as error:
        raise Unsupported("This picture takes too long to draw.") from error
    if not drawn:
        raise Unsupported("This is no picture that we show.")
    return drawn
