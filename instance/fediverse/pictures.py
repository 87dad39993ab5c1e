"""Draw a picture from elsewhere anew, in a process of its own with little to spend.

What reads pictures is large, written in C and fed by strangers. So it runs apart from
the node, holds no secret, and dies of its limits rather than of its input. What comes
out was drawn here: pixels, and nothing else that the file may have carried.

Run as ``python -m instance.pictures``: a picture on standard input, WebP on standard
output; any other end than 0 means that it is none.
"""

import io
import resource
import sys
import warnings
from typing import Final

from PIL import Image, ImageOps

MOST_BYTES: Final = 10 * 1024 * 1024
MOST_PIXELS: Final = 40_000_000
LONGEST_SIDE: Final = 1600
MOST_MEMORY: Final = 1024 * 1024 * 1024
MOST_SECONDS: Final = 15
READ: Final = ("PNG", "JPEG", "GIF", "WEBP")


def draw(data: bytes) -> bytes:
    """Draw a picture anew: upright, of moderate size, its first frame, as WebP.

    Raises:
        Exception: whatever its reader raises; it is no picture that we show.
    """
    with Image.open(io.BytesIO(data), formats=READ) as found:
        if found.width * found.height > MOST_PIXELS:
            raise ValueError("This picture has too many points.")
        found.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        upright = ImageOps.exif_transpose(found)
        mode = "RGBA" if upright.has_transparency_data else "RGB"
        pixels = upright.convert(mode)
    pixels.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    clean = Image.new(mode, pixels.size)
    clean.paste(pixels)
    out = io.BytesIO()
    clean.save(out, "WEBP", quality=80)
    return out.getvalue()


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    warnings.simplefilter("error")
    data = sys.stdin.buffer.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        sys.exit("This picture is too large.")
    sys.stdout.buffer.write(draw(data))


if __name__ == "__main__":
    main()
