"""Addresses that lead to nothing, and whether anything was written."""

import sqlite3
from collections.abc import Callable
from typing import Final

from tests.instance.house import House

MADE_UP: Final = "0" * 64
"""Stands in an address for whatever is named there: there is no such thing."""


BY_A_SECRET: Final = frozenset({"/hall/take", "/hall/copy", "/hall/return"})
"""What a laptop sends with a secret in a header, and no browser with a cookie."""


def written(house: House) -> Callable[[], bool]:
    """Tell, whenever it is asked, whether anything was written since."""
    connection = sqlite3.connect(house.config.database)
    query = "pragma data_version"
    since = connection.execute(query).fetchone()
    return lambda: connection.execute(query).fetchone() != since
