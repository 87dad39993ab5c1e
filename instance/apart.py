"""A program of ours is run beside the node: it is given bytes, and reaches nobody.

It knows nothing of the node's surroundings, and ends with its work or our patience.
"""

import asyncio
import os
import sys
from pathlib import Path


async def run(module: str, data: bytes, *, seconds: float, **more: str) -> bytes | None:
    """Run a module as a program, and return what it wrote; None if it failed.

    Args:
        module: its name, as in ``python -m``.
        data: what it reads.
        seconds: how long it may take.
        more: what else stands in its environment.

    Raises:
        TimeoutError: it took longer, and was ended.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=Path(__file__).parent,
        env={"PATH": os.environ.get("PATH", ""), **more},
    )
    try:
        async with asyncio.timeout(seconds):
            written, _ = await process.communicate(data)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return written if process.returncode == 0 else None
