"""A bundle comes from a file or, at the reader's word, from one address."""

import asyncio
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Final

from activitypub.addresses import Guard
from activitypub.client import Client, Limits
from activitypub.errors import ProtocolError
from instance.errors import Misused

MOST_BYTES: Final = 64 * 1024 * 1024
SECONDS: Final = 120
LOOPBACK: Final = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
ACCEPT: Final = "application/jsonl, application/octet-stream;q=0.9, */*;q=0.1"


def read_source(source: str) -> bytes:
    """Return the bytes of a bundle from a file or an address.

    Args:
        source: a path; or an ``https`` address, or an ``http`` one of this machine.

    Raises:
        Misused: nothing can be read there, or it is larger than 64 MiB.
    """
    if source.lower().startswith(("https://", "http://")):
        return asyncio.run(_fetched(source))
    return _read_file(Path(source))


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise Misused("{path} cannot be read: {why}.", path=path, why=why) from error
    if len(data) > MOST_BYTES:
        raise Misused(
            "{path} is larger than {most} bytes: no bundle is.",
            path=path,
            most=MOST_BYTES,
        )
    return data


async def _fetched(address: str) -> bytes:
    # What comes unencrypted may have been changed on the way, but not on this machine.
    plain = address.lower().startswith("http:")
    try:
        async with Client(
            Guard(networks=LOOPBACK if plain else None),
            clock=lambda: datetime.now(UTC),
            user_agent="folkmoot verify",
            limits=Limits(body=MOST_BYTES, total=SECONDS),
        ) as client:
            fetched = await client.fetch(address, accept=ACCEPT)
    except ProtocolError as error:
        only = " Plain http is for this machine only." if plain else ""
        raise Misused(
            "{address} cannot be read. {error}{only}",
            address=address,
            error=error,
            only=only,
        ) from error
    return fetched.body
