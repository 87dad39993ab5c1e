"""An address is read in one way only, and nobody sends us where we would not go.

What stands in another server's document may be written so that two readers see two
hosts in it, or so that a host outside leads to a machine inside. So a host has one
normal form, an address that needs guessing is refused, and the guard has the last word
on every connection. *Host* in the rules means the authority: host, and port if it is
not the scheme's own.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import (
    AddressValueError,
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
)
from typing import Final

import idna

from activitypub.errors import Malformed, NotAllowed

Network = IPv4Network | IPv6Network

LOOPBACK: tuple[Network, ...] = (IPv4Network("127.0.0.0/8"),)
"""Where a node in development mode may go if nobody says otherwise."""

DENIED: tuple[Network, ...] = (
    *map(
        IPv4Network,
        [
            "0.0.0.0/8",  # "this host": Linux takes it for loopback
            "10.0.0.0/8",
            "100.64.0.0/10",  # carrier-grade NAT
            "127.0.0.0/8",
            "169.254.0.0/16",  # link-local, and the metadata of cloud providers
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ],
    ),
    *map(
        IPv6Network,
        [
            "::/96",  # unspecified, loopback, IPv4-compatible
            "::ffff:0:0/96",  # IPv4-mapped
            "::ffff:0:0:0/96",  # IPv4-translated
            "64:ff9b::/96",  # NAT64
            "64:ff9b:1::/48",
            "100::/64",
            "2001::/23",  # Teredo, ORCHID and other assignments of the IETF
            "2001:db8::/32",
            "2002::/16",  # 6to4
            "3fff::/20",
            "5f00::/16",
            "fc00::/7",
            "fe80::/10",
            "fec0::/10",
            "ff00::/8",
        ],
    ),
)
"""What is never on the open web: IANA's special-purpose registries, and what was once.

Written out because ``is_global`` differs between versions of Python (RFC 6890, S30).
"""

_UNICAST = IPv6Network("2000::/3")
"""The only part of IPv6 from which public addresses are given (RFC 4291, 2.4)."""

_CLOSED_NAMES = ("localhost", "local", "internal", "onion", "home.arpa")


@dataclass(frozen=True, slots=True)
class Url:
    """An http or https address in its normal form.

    Args:
        scheme: ``https`` or ``http``.
        host: A-labels in lower case, or an address, IPv6 in brackets.
        port: the port, stated or not.
        target: path and query as they were written; at least ``/``.
        fragment: what follows ``#``, or nothing.
    """

    scheme: str
    host: str
    port: int
    target: str
    fragment: str = ""

    @property
    def authority(self) -> str:
        """The host, and the port if it is not the scheme's own."""
        own = 443 if self.scheme == "https" else 80
        return self.host if self.port == own else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def document(self) -> str:
        """The address without its fragment: what a GET asks for."""
        return self.origin + self.target

    @property
    def address(self) -> IPv4Address | IPv6Address | None:
        """The host as an IP address, or None if it is a name."""
        return _literal(self.host)

    def __str__(self) -> str:
        return f"{self.document}#{self.fragment}" if self.fragment else self.document


_URL = re.compile(
    r"(https?)://([^/?#]+)([!$%&'()*+,\-./0-9:;=@A-Z\[\]_a-z~]*)"
    r"(\?[!$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]*)?"
    r"(?:#([!$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]*))?",
    re.IGNORECASE | re.ASCII,
)
_LONGEST_URL = 2048


@lru_cache(maxsize=1024)
def parse(text: str) -> Url:
    """Read an address, or refuse what leaves room for two readings.

    Raises:
        Malformed: it is no plain http or https address.

    See federation.md S28 and S31.
    """
    match = _URL.fullmatch(text) if len(text) <= _LONGEST_URL else None
    if match is None:
        raise Malformed("This is not an http or https address.")
    scheme, authority, path, query, fragment = match.groups()
    scheme = scheme.lower()
    if path and not path.startswith("/"):
        raise Malformed("This is not an http or https address.")
    host, port = _split(authority)
    return Url(
        scheme,
        host,
        port or (443 if scheme == "https" else 80),
        (path or "/") + (query or ""),
        fragment or "",
    )


def same_origin(*texts: str) -> bool:
    """Tell whether all these addresses lie with one server.

    Raises:
        Malformed: one of them is no address.
    """
    return len({parse(text).origin for text in texts}) <= 1


def read_authority(text: str) -> str:
    """Bring ``HOST`` or ``HOST:PORT`` into its normal form.

    Raises:
        Malformed: it is neither.
    """
    host, port = _split(text)
    return host if port is None else f"{host}:{port}"


def within(authority: str, domain: str) -> bool:
    """Tell whether a host is this domain or lies below it; both in normal form."""
    return authority == domain or authority.endswith(f".{domain}")


def domains(authority: str) -> tuple[str, ...]:
    """Return the names that a host goes by: itself, without its port, and all above.

    ``a.b.example:8443`` lies within ``a.b.example``, ``b.example`` and ``example``; an
    address has nothing above it. In normal form, the most exact first.
    """
    host, _ = _split(authority)
    labels = [host] if _literal(host) is not None else host.split(".")
    names = tuple(".".join(labels[i:]) for i in range(len(labels)))
    return names if host == authority else (authority, *names)


_SHARED: Final = frozenset({"ac", "co", "com", "edu", "gov", "net", "or", "org"})


def registrable(authority: str) -> str:
    """Return the domain that somebody had to register to have this host.

    The rule is our own and short: the last two labels, or three where the last but one
    is of the kind under which a country gives names out, as in ``example.co.uk``. Where
    it is wrong, more hosts share a budget than need to, or somebody has two.
    """
    host, port = _split(authority)
    if _literal(host) is not None:
        return authority
    labels = host.split(".")
    wide = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SHARED
    domain = ".".join(labels[-3:] if wide else labels[-2:])
    return domain if port is None else f"{domain}:{port}"


_PORT = re.compile(r"[1-9][0-9]{0,4}")


@lru_cache(maxsize=4096)
def _split(authority: str) -> tuple[str, int | None]:
    host, colon, port = authority.rpartition(":")
    if not colon or authority.endswith("]"):
        return read_host(authority), None
    if not _PORT.fullmatch(port) or int(port) > 65535:
        raise Malformed("This address has a port that does not exist.")
    return read_host(host), int(port)


_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PLAIN_NAME = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}")
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")


def read_host(text: str) -> str:
    """Bring a host into its normal form: A-labels, lower case, no trailing dot.

    Raises:
        Malformed: it is no host name and no address in the usual notation; among them
            the decimal, octal and hexadecimal ways to write an IPv4 address.

    See federation.md S28.
    """
    literal = _literal(text)
    if literal is not None:
        return f"[{literal}]" if literal.version == 6 else str(literal)
    host = text.lower() if text.isascii() else text
    host = host.removesuffix(".")
    if not _PLAIN_NAME.fullmatch(host) or "--" in host:
        host = _international(host)
    if len(host) > 253 or _NUMERIC.fullmatch(host.rpartition(".")[2]):
        raise Malformed("This is not the name of a host.")
    return host


@lru_cache(maxsize=4096)
def _literal(text: str) -> IPv4Address | IPv6Address | None:
    if text.startswith("["):
        try:
            address = IPv6Address(text[1:].removesuffix("]"))
        except AddressValueError:
            raise Malformed("This is not the address of a host.") from None
        if not text.endswith("]") or address.scope_id is not None:
            raise Malformed("This is not the address of a host.")
        return address
    if not text or not text[-1].isdigit() or not text.isascii():
        return None
    try:
        return IPv4Address(text)
    except AddressValueError:
        return None


def _international(host: str) -> str:
    # Strict IDNA2008, without the mapping of UTS 46: that would turn full-width dots
    # and digits into plain ones, and the reader before us may not have done so.
    digits = any(letter.isdigit() and not letter.isascii() for letter in host)
    if digits or host.endswith("."):
        raise Malformed("This is not the name of a host.")
    try:
        return idna.encode(host.lower(), strict=True).decode()
    except (idna.IDNAError, UnicodeError):
        raise Malformed("This is not the name of a host.") from None


def _bars_nobody(authority: str) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """The rule of where this node goes.

    Args:
        own: our own authority, which we never ask over the network; None if we serve
            nothing.
        networks: None for the open web. Else this is development mode: plain http,
            any port and address hosts are good, and only these networks are reached.
        bars: says of an authority in normal form whether we have nothing to do with
            it; it is asked each time.
    """

    own: str | None = None
    networks: tuple[Network, ...] | None = None
    bars: Callable[[str], bool] = _bars_nobody

    def read(self, text: str) -> Url:
        """Read an address that we are about to go to.

        Raises:
            Malformed: it is no address.
            NotAllowed: we do not go there.

        See federation.md S19, S31 and S55.
        """
        url = parse(text)
        if url.authority == self.own:
            raise NotAllowed("This node does not ask itself over the network.")
        if self.bars(url.authority):
            raise NotAllowed("This node has nothing to do with that server.")
        if self.networks is None:
            self._require_public(url)
        elif url.address is not None:
            self.require(url.address)
        return url

    def require(self, address: IPv4Address | IPv6Address) -> None:
        """Let a connection to this address pass, or refuse it.

        Raises:
            NotAllowed: we do not go there.

        See federation.md S30.
        """
        if not self._admits(address):
            raise NotAllowed("This address is not one that this node may reach.")

    def _admits(self, address: IPv4Address | IPv6Address) -> bool:
        if self.networks is not None:
            return any(address in network for network in self.networks)
        if address.version == 6 and address not in _UNICAST:
            return False
        return address.is_global and not any(address in denied for denied in DENIED)

    def _require_public(self, url: Url) -> None:
        if url.scheme != "https" or url.port != 443:
            raise NotAllowed("Only https addresses without a port are fetched.")
        if url.address is not None or "." not in url.host:
            raise NotAllowed("Only servers with a public name are asked.")
        if any(within(url.host, name) for name in _CLOSED_NAMES):
            raise NotAllowed("Only servers with a public name are asked.")
