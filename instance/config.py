"""A node is one directory: its settings, its secret and its one database."""

import ipaddress
import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from instance import languages, mail, zones
from instance.errors import Misused
from instance.languages import ENGLISH, Language
from instance.mail import Account
from instance.zones import GREENWICH

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

SETTINGS = "folkmoot.toml"
DATABASE = "node.sqlite"
SECRET = "secret.key"
MEDIA = "media"
LOOPBACK = ("127.0.0.0/8",)
DEFAULT_PORT = 8470
LAST_PORT = 65_535
ARRIVALS = 240
NEWCOMERS = 10

_SLUG = re.compile(r"[a-z](?:[a-z0-9_-]{0,28}[a-z0-9])?")
_HOST = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
    r"|(?:\d{1,3}\.){3}\d{1,3}|localhost"
)
RESERVED = frozenset({"actor", "admin", "clerk", "folkmoot", "inbox", "instance"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wifi:
    """The network that the people in a room join; without a password it is open."""

    name: str
    password: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hall:
    """How the people in a room reach a node: plain HTTP, at addresses of the room.

    ``origins`` are the beginnings of those addresses, the likeliest first; ``listens``
    are the addresses of this machine, with ports, at which it is there for them.
    """

    origins: tuple[str, ...]
    listens: tuple[str, ...]
    wifi: Wifi | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings of one node.

    ``domain`` is host or host:port, None for a node that has no name yet and serves
    on loopback only. ``dev`` means plain HTTP, ports and address hosts, and spans
    shrunk by `shrink`; outgoing requests then go to ``networks`` and nowhere else.
    ``allow_list`` means that the node deals only with servers that it was told of; then
    ``open_record`` says whether all others may still read the public records. ``hall``
    says that it serves a room just now; it is never written down. ``mail`` is the
    account that letters leave by, if there is one. ``time_zone`` is the
    place whose clock people are told the time by, ``language`` the code of the
    language that the assembly writes in.
    """

    directory: Path
    slug: str
    domain: str | None = None
    dev: bool = False
    networks: tuple[str, ...] = LOOPBACK
    listen: str = f"127.0.0.1:{DEFAULT_PORT}"
    allow_list: bool = False
    media_domain: str | None = None
    arrivals_a_minute: int | None = None
    newcomers_an_hour: int | None = None
    open_record: bool = True
    time_zone: str = GREENWICH
    language: str = ENGLISH.code
    mail: Account | None = None
    hall: Hall | None = None

    @property
    def host(self) -> str:
        """The authority under which others know this node."""
        if self.domain is None and self.hall is not None:
            return self.hall.origins[0].partition("://")[2]
        return self.domain or self.listen

    @property
    def base(self) -> str:
        """The origin of every address of this node, without a final slash."""
        return f"{self.scheme}://{self.host}"

    @property
    def scheme(self) -> str:
        """How others reach this node: ``http`` in development only."""
        return "https" if self.domain is not None and not self.dev else "http"

    @property
    def zone(self) -> ZoneInfo:
        """The clock that people here go by."""
        return zones.named(self.time_zone)

    @property
    def speaks(self) -> Language:
        """The language of what the assembly itself writes."""
        return languages.known(self.language)

    @property
    def federates(self) -> bool:
        """Whether other servers can know this node at all."""
        return self.domain is not None

    @property
    def database(self) -> Path:
        return self.directory / DATABASE

    @property
    def secret(self) -> Path:
        return self.directory / SECRET

    @property
    def group(self) -> str:
        """The actor address of the assembly."""
        return f"{self.base}/g/{self.slug}"

    @property
    def media(self) -> Path:
        return self.directory / MEDIA

    @property
    def media_base(self) -> str:
        """The origin of pictures from elsewhere; empty if it is that of the pages."""
        if self.media_domain is None:
            return ""
        return f"{'http' if self.dev else 'https'}://{self.media_domain}"

    @property
    def reachable(self) -> tuple[Network, ...] | None:
        """The only networks that requests go to in dev mode; None for the open web."""
        if not self.dev:
            return None
        return tuple(map(ipaddress.ip_network, self.networks))

    @property
    def shrink(self) -> int:
        """By how much spans of the compact and of deliveries shrink in dev mode."""
        return 86_400 if self.dev else 1


def checked_slug(slug: str) -> str:
    """Return a usable short name.

    Raises:
        Misused: it is not 1 to 30 of a–z, 0–9, _ and -, or it is kept for the node.
    """
    if not _SLUG.fullmatch(slug):
        raise Misused(
            "The short name {slug!r} must start with a letter, end with a letter "
            "or digit, and hold only a–z, 0–9, _ and - (at most 30).",
            slug=slug,
        )
    if slug in RESERVED:
        raise Misused("The short name {slug!r} is kept for the node itself.", slug=slug)
    return slug


def checked_domain(domain: str, *, dev: bool) -> str:
    """Return a usable domain, lower case, with a port only in dev mode.

    Raises:
        Misused: it is no host name, or has a port outside dev mode.
    """
    host, colon, port = domain.lower().partition(":")
    if not _HOST.fullmatch(host):
        raise Misused(
            "{domain!r} is not a host name such as assembly.example.org.", domain=domain
        )
    if colon and not (port.isdecimal() and 0 < int(port) < 65_536):
        raise Misused(
            "{port!r} in {domain!r} is not a port number.", port=port, domain=domain
        )
    if not dev and (colon or host[-1].isdigit() or host == "localhost"):
        raise Misused(
            "{domain!r} works only with --dev: other servers expect a plain host "
            "name on the usual port.",
            domain=domain,
        )
    return domain.lower()


def checked_zone(name: str) -> str:
    """Return a usable time zone.

    Raises:
        Misused: no place is known by this name.
    """
    zones.named(name)
    return name


def checked_networks(networks: tuple[str, ...]) -> tuple[str, ...]:
    """Return the networks in canonical form.

    Raises:
        Misused: one of them is not a network such as 10.0.0.0/24.
    """
    try:
        return tuple(str(ipaddress.ip_network(network)) for network in networks)
    except ValueError as error:
        raise Misused(
            "{error}; give a network such as 10.0.0.0/24.", error=error
        ) from error


def listen_for(domain: str | None, *, dev: bool) -> str:
    """Where a node listens: its own port in dev mode, behind a proxy otherwise."""
    if dev and domain and ":" in domain:
        return domain
    return f"127.0.0.1:{DEFAULT_PORT}"


def write(config: Config) -> None:
    """Write the settings, whole or not at all."""
    lines = [
        "# The settings of this Folkmoot node. See docs/reference/settings.md.",
        f"slug = {json.dumps(config.slug)}",
        f"dev = {json.dumps(config.dev)}",
        f"networks = {json.dumps(list(config.networks))}",
        f"listen = {json.dumps(config.listen)}",
    ]
    if config.time_zone != GREENWICH:
        lines.append(f"time_zone = {json.dumps(config.time_zone)}")
    if config.language != ENGLISH.code:
        lines.append(f"language = {json.dumps(config.language)}")
    if config.allow_list:
        lines.append("allow_list = true")
    if not config.open_record:
        lines.append("open_record = false")
    if config.arrivals_a_minute not in {None, ARRIVALS}:
        lines.append(f"arrivals_a_minute = {config.arrivals_a_minute}")
    if config.newcomers_an_hour not in {None, NEWCOMERS}:
        lines.append(f"newcomers_an_hour = {config.newcomers_an_hour}")
    if config.media_domain is not None:
        lines.append(f"media_domain = {json.dumps(config.media_domain)}")
    if config.domain is not None:
        lines.append(f"domain = {json.dumps(config.domain)}")
    if config.mail is not None:
        lines += mail.settings(config.mail)
    target = config.directory / SETTINGS
    draft = target.with_suffix(".new")
    draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
    draft.replace(target)


def read(directory: Path) -> Config:
    """Read the settings of the node in a directory.

    Raises:
        Misused: there is no node, or a setting is unknown or cannot be right.
    """
    source = directory / SETTINGS
    try:
        settings = tomllib.loads(source.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise Misused(
            "There is no node in {directory}: make one with 'folkmoot init'.",
            directory=directory,
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misused(
            "{source} cannot be read: {error}.", source=source, error=error
        ) from error
    except OSError as error:
        raise Misused(
            "{source} cannot be read: {why}.", source=source, why=error.strerror
        ) from error
    known = {
        "slug",
        "dev",
        "networks",
        "listen",
        "domain",
        "allow_list",
        "open_record",
        "media_domain",
        "time_zone",
        "language",
        "arrivals_a_minute",
        "newcomers_an_hour",
        "mail",
    }
    if strange := sorted(settings.keys() - known):
        raise Misused(
            "{source} has a setting that is not known: {strange}.",
            source=source,
            strange=strange[0],
        )
    slug, dev = settings.get("slug"), settings.get("dev", False)
    domain, listen = settings.get("domain"), settings.get("listen", "")
    networks = settings.get("networks", list(LOOPBACK))
    allow_list = settings.get("allow_list", False)
    media_domain = settings.get("media_domain")
    arrivals = _budget(settings, "arrivals_a_minute", None if dev else ARRIVALS)
    newcomers = _budget(settings, "newcomers_an_hour", None if dev else NEWCOMERS)
    time_zone = settings.get("time_zone", GREENWICH)
    if not isinstance(time_zone, str):
        raise Misused("In {source}, time_zone must be text.", source=source)
    language = settings.get("language", ENGLISH.code)
    if not isinstance(language, str):
        raise Misused("In {source}, language must be text.", source=source)
    if not isinstance(media_domain, str | None):
        raise Misused("In {source}, media_domain must be text.", source=source)
    if not isinstance(allow_list, bool):
        raise Misused("In {source}, allow_list must be true or false.", source=source)
    open_record = settings.get("open_record", True)
    if not isinstance(open_record, bool):
        raise Misused("In {source}, open_record must be true or false.", source=source)
    if not isinstance(slug, str) or not isinstance(dev, bool):
        raise Misused(
            "{source} needs a slug (text) and dev (true or false).", source=source
        )
    if not isinstance(listen, str) or not isinstance(domain, str | None):
        raise Misused("In {source}, listen and domain must be text.", source=source)
    host, _, port = listen.rpartition(":")
    if listen and not (host and port.isdecimal() and int(port) <= LAST_PORT):
        raise Misused(
            "In {source}, listen must be an address and a port up to {last}, such as "
            "{example}.",
            source=source,
            last=LAST_PORT,
            example=listen_for(None, dev=True),
        )
    if not isinstance(networks, list) or not all(isinstance(n, str) for n in networks):
        raise Misused("In {source}, networks must be a list of texts.", source=source)
    return Config(
        directory=directory,
        slug=checked_slug(slug),
        domain=None if domain is None else checked_domain(domain, dev=dev),
        dev=dev,
        networks=checked_networks(tuple(networks)),
        listen=listen or listen_for(domain, dev=dev),
        allow_list=allow_list,
        arrivals_a_minute=arrivals,
        newcomers_an_hour=newcomers,
        media_domain=None
        if media_domain is None
        else checked_domain(media_domain, dev=dev),
        open_record=open_record,
        time_zone=checked_zone(time_zone),
        language=languages.known(language).code,
        mail=mail.read_account(settings["mail"], directory)
        if "mail" in settings
        else None,
    )


def _budget(settings: dict[str, object], name: str, default: int | None) -> int | None:
    budget = settings.get(name, default)
    if budget is None:
        return None
    if not isinstance(budget, int) or isinstance(budget, bool) or budget < 1:
        raise Misused("{name} must be a whole number, at least 1.", name=name)
    return budget
