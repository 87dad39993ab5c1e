"""What is compiled once and serves all nodes that tests make.

Each node reads its templates and its routes as it starts. Both are the same in all of
them, and to compile them takes longer than most tests.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import FileSystemBytecodeCache
from starlette import routing

from instance.web import rendering

KEPT: Final = Path(__file__).parent.parent / ".pytest_cache" / "templates"


def keep() -> None:
    """Compile no template and no path twice in this process and what comes of it."""
    # Jinja looks whether a template is still the same, but not whether what surrounds
    # it is: that is in this one module.
    surroundings = hashlib.sha256(Path(rendering.__file__).read_bytes()).hexdigest()
    kept = KEPT / surroundings[:16]
    kept.mkdir(parents=True, exist_ok=True)
    rendering.TEMPLATES.bytecode_cache = FileSystemBytecodeCache(str(kept))

    # A node has more routes than Python keeps patterns.
    routing.compile_path = cache(routing.compile_path)
