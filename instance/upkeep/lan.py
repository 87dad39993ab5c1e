"""How a room without the internet finds the machine that serves it.

Addresses are asked of this machine alone; nothing is sent anywhere to find them.
"""

import contextlib
import fcntl
import io
import ipaddress
import socket
import struct
from typing import Final

import segno

from instance.config import Hall, Wifi
from instance.errors import Misused

SOMEWHERE: Final = ("192.0.2.1", "192.168.255.254", "172.31.255.254", "10.255.255.254")
"""Where one would send, to see from which address; nothing is ever sent."""
LOOPBACK: Final = "127.0.0.1"
SIOCGIFADDR: Final = 0x8915
_SPECIAL: Final = '\\\\;,:"'


def hall(port: int, *, host: str | None = None, wifi: str | None = None) -> Hall:
    """Say how people in the room reach this machine.

    Args:
        port: where it listens.
        host: the one name or address to go by; None for all that it has here.
        wifi: ``NAME:PASSWORD`` of the room's network, or ``NAME`` of an open one.

    Raises:
        Misused: it has no address in any network, or the network has no name.
    """
    here = addresses()
    hosts = here if host is None else (host,)
    if not hosts:
        raise Misused(
            "This machine is in no network. Join the Wi-Fi of the room or plug in a "
            "cable, then start again; or name its address with --host."
        )
    return Hall(
        origins=tuple(f"http://{each}:{port}" for each in hosts),
        listens=tuple(f"{each}:{port}" for each in (LOOPBACK, *here)),
        wifi=None if wifi is None else read_wifi(wifi),
    )


def read_wifi(written: str) -> Wifi:
    """Read ``NAME:PASSWORD``; a name alone is that of an open network.

    Raises:
        Misused: there is no name.
    """
    name, _, password = written.partition(":")
    if not name:
        raise Misused("The Wi-Fi needs its name first: --wifi NAME:PASSWORD.")
    return Wifi(name=name, password=password or None)


def addresses() -> tuple[str, ...]:
    """Return the addresses of this machine that others in the room can reach.

    The one by which it would send comes first. Loopback is not among them.
    """
    found = [*map(_would_send_from, SOMEWHERE), *_of_interfaces()]
    usable = [
        each
        for each in dict.fromkeys(found)
        if each and not ipaddress.ip_address(each).is_loopback
    ]
    return tuple(usable)


def join_code(wifi: Wifi) -> str:
    """Return what a phone's camera reads to join a network."""
    escaped = str.maketrans({each: f"\\{each}" for each in _SPECIAL})
    name = wifi.name.translate(escaped)
    if wifi.password is None:
        return f"WIFI:T:nopass;S:{name};;"
    return f"WIFI:T:WPA;S:{name};P:{wifi.password.translate(escaped)};;"


def for_terminal(text: str) -> str:
    """Draw a QR code with the letters of a terminal."""
    drawn = io.StringIO()
    segno.make(text, error="m", micro=False).terminal(drawn, compact=True)
    return drawn.getvalue()


def _would_send_from(target: str) -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Connecting a datagram socket only looks a route up.
            probe.connect((target, 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


def _of_interfaces() -> list[str]:
    """Ask each interface for its address, where the system answers in that way."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            with contextlib.suppress(OSError):
                asked = struct.pack("256s", name.encode()[:15])
                answer = fcntl.ioctl(probe.fileno(), SIOCGIFADDR, asked)
                found.append(socket.inet_ntoa(answer[20:24]))
    return found
