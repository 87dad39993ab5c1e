"""The vectors that standards publish, each file naming its source."""

import json
from pathlib import Path
from typing import Any


def load(name: str) -> Any:
    """Read one file of vectors."""
    return json.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))
