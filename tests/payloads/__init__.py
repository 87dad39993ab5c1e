"""What other servers really sent, as they sent it."""

from pathlib import Path
from typing import Final

PAYLOADS: Final = Path(__file__).parent
