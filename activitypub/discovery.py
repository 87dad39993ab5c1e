"""A name leads to an actor only if both say so: the name's server and the actor's own.

Anybody can publish that ``acct:alice@b.example`` is themselves, or that they are called
so. Neither counts alone. So a name that turns out to be another is asked about at the
other's own server, and an actor on another host than their name must own up to it.

`find` is a generator like `inbox.receive`: it yields what it wishes to have fetched.
"""

import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from activitypub import addresses, reading
from activitypub.addresses import Url
from activitypub.canonical import JsonObject, JsonValue
from activitypub.documents import ACTIVITY_JSON, AS2
from activitypub.errors import Malformed, NotAuthentic
from activitypub.inbox import Fetch

JRD_JSON: Final = "application/jrd+json"
JRD_ACCEPT: Final = f"{JRD_JSON}, application/json"
XRD_XML: Final = "application/xrd+xml"
_NODEINFO_REL: Final = "http://nodeinfo.diaspora.software/ns/schema/"
NODEINFO_JSON: Final = {
    version: f'application/json; profile="{_NODEINFO_REL}{version}#"'
    for version in ("2.0", "2.1")
}
"""The media type of each version of NodeInfo that we write."""

_PROFILE_REL: Final = "http://webfinger.net/rel/profile-page"


@dataclass(frozen=True, slots=True)
class Account:
    """A name in the fediverse: ``user@host``, the host with its port if it needs one.

    Two names are the same if they differ in capitals only.
    """

    username: str
    host: str

    def __str__(self) -> str:
        return f"{self.username}@{self.host}"

    @property
    def uri(self) -> str:
        return f"acct:{self}"

    def same(self, other: "Account") -> bool:
        return str(self).lower() == str(other).lower()


_USERNAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.~-]*[A-Za-z0-9_~-])?")


def account(text: str) -> Account:
    """Read ``acct:user@host``, ``user@host`` or ``@user@host``.

    Raises:
        Malformed: it is no such name.
    """
    bare = text.removeprefix("acct:").removeprefix("@")
    username, at, host = bare.partition("@")
    if not at or len(username) > 128 or not _USERNAME.fullmatch(username):
        raise Malformed("A name in the fediverse looks like user@example.org.")
    return Account(username, addresses.read_authority(host))


def resource(text: str) -> Account | Url:
    """Read what somebody asks our WebFinger about: a name, or an address (W4).

    Raises:
        Malformed: it is neither.
    """
    if text.lower().startswith(("https:", "http:")):
        return addresses.parse(text)
    return account(text)


def jrd(
    name: Account,
    *,
    actor: str,
    page: str,
    intents: Mapping[str, str] | None = None,
) -> JsonObject:
    """Answer who a name is.

    Args:
        name: exactly as the actor's document has it.
        actor: the actor's id.
        page: the page for people.
        intents: by activity type (``Follow``, ``Object``), the address at which one of
            our members confirms it, with ``{object}`` in it (FEP-3b86).

    See federation.md W4.
    """
    links: list[JsonValue] = [
        {"rel": "self", "type": ACTIVITY_JSON, "href": actor},
        {"rel": _PROFILE_REL, "type": "text/html", "href": page},
    ]
    links += [
        {"rel": f"https://w3id.org/fep/3b86/{kind}", "template": template}
        for kind, template in (intents or {}).items()
    ]
    return {"subject": name.uri, "aliases": [actor, page], "links": links}


def origin_jrd(origin: str, *, actor: str) -> JsonObject:
    """Answer who speaks for this server as a whole (W3, FEP-d556).

    Args:
        origin: as ``https://a.example``.
        actor: the id of the node's own actor.
    """
    return {
        "subject": f"{origin}/",
        "links": [
            {"rel": f"{AS2}#Service", "type": ACTIVITY_JSON, "href": actor},
            {"rel": "self", "type": ACTIVITY_JSON, "href": actor},
        ],
    }


def object_jrd(id: str) -> JsonObject:
    """Answer where something that was published here is read (FEP-4adb)."""
    return {
        "subject": id,
        "links": [{"rel": "self", "type": ACTIVITY_JSON, "href": id}],
    }


def host_meta(origin: str) -> str:
    """Write the XRD that tells where our WebFinger is (RFC 6415)."""
    template = quoteattr(f"{origin}/.well-known/webfinger?resource={{uri}}")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" type="{JRD_JSON}" template={template}/>\n'
        "</XRD>\n"
    )


def host_meta_json(origin: str) -> JsonObject:
    """Write the same as JSON, for those who read no XML (RFC 6415, 3)."""
    template = f"{origin}/.well-known/webfinger?resource={{uri}}"
    return {"links": [{"rel": "lrdd", "type": JRD_JSON, "template": template}]}


def nodeinfo_links(origin: str, *, actor: str) -> JsonObject:
    """Write ``/.well-known/nodeinfo``, which also names the node's actor (W3)."""
    return {
        "links": [
            {"rel": f"{_NODEINFO_REL}2.0", "href": f"{origin}/nodeinfo/2.0"},
            {"rel": f"{_NODEINFO_REL}2.1", "href": f"{origin}/nodeinfo/2.1"},
            {"rel": f"{AS2}#Application", "href": actor},
        ]
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Software:
    """What a node runs."""

    name: str
    version: str
    repository: str


def nodeinfo(
    software: Software,
    *,
    name: str,
    users: int,
    posts: int,
    open_registrations: bool = False,
    metadata: Mapping[str, JsonValue] | None = None,
    version: str = "2.1",
) -> JsonObject:
    """Write NodeInfo: what runs here, and how much of it (FEP-f1d5, FEP-0151).

    Args:
        software: its name in lower case.
        name: of the node.
        users: how many actors it has; how many people is nobody else's business.
        posts: how many they published.
        open_registrations: anybody may join.
        metadata: further facts that are public.
        version: of NodeInfo. The older one knows no repository.
    """
    runs: JsonObject = {"name": software.name, "version": software.version}
    if version != "2.0":
        runs["repository"] = software.repository
    return {
        "version": version,
        "software": runs,
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": open_registrations,
        "usage": {"users": {"total": users}, "localPosts": posts},
        "metadata": {"nodeName": name, **(metadata or {})},
    }


def nodeinfo_of(links: JsonObject, *, origin: str) -> str | None:
    """Find where another server's NodeInfo is, newest version first.

    It must be on that server: one that sends us elsewhere is not followed.
    """
    found = {
        link["rel"]: link["href"]
        for link in reading.objects_of(links.get("links"))
        if isinstance(link.get("rel"), str) and isinstance(link.get("href"), str)
    }
    for version in ("2.1", "2.0"):
        href = found.get(f"{_NODEINFO_REL}{version}")
        if isinstance(href, str) and _on(href, origin):
            return href
    return None


def software_of(nodeinfo: JsonObject) -> str | None:
    """Find the name of the software that another server runs, or None."""
    software = nodeinfo.get("software")
    name = software.get("name") if isinstance(software, dict) else None
    if isinstance(name, str) and _SOFTWARE.fullmatch(name.lower()):
        return name.lower()
    return None


_SOFTWARE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Fetch this JRD, as `Client.fetch_json` does with `JRD_ACCEPT`."""

    url: str


Wish: TypeAlias = Ask | Fetch


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An actor, and the name on which both sides agree."""

    account: Account
    actor: reading.Actor
    document: JsonObject


def find(
    wanted: Account, *, scheme: str = "https"
) -> Generator[Wish, JsonObject, Found]:
    """Find the actor behind a name. At most four things are fetched.

    Args:
        wanted: the name that somebody typed.
        scheme: ``http`` in development mode.

    Raises:
        Malformed: an answer cannot be read.
        NotAuthentic: the name's server and the actor's own do not agree.
        ProtocolError: as it was thrown in.

    See federation.md S27.
    """
    named, address = yield from _ask(wanted, scheme)
    if not named.same(wanted):
        # Whoever sends us to another name may only do so within their own domain, and
        # that name's server must say the same.
        if not _related(named.host, wanted.host):
            raise NotAuthentic("This name leads to a name on another server.")
        yield from _confirm(named, address, scheme)
    document = yield Fetch(url=address)
    actor = reading.actor(document)
    if addresses.parse(actor.id) != addresses.parse(address):
        raise NotAuthentic("This name leads to an actor with another address.")
    own = _own_name(actor)
    if own is None:
        raise NotAuthentic("The actor behind this name has no name of their own.")
    if not own.same(named):
        if actor.webfinger is not None:
            raise NotAuthentic("The actor behind this name goes by another.")
        # The document is on another host than the name: that host must name it too.
        agreed, there = yield from _ask(own, scheme)
        if not agreed.same(named) or there != address:
            raise NotAuthentic("The actor behind this name goes by another.")
    return Found(account=named, actor=actor, document=document)


def _own_name(actor: reading.Actor) -> Account | None:
    if actor.webfinger is not None:
        return account(actor.webfinger)
    if actor.username is None:
        return None
    return account(f"{actor.username}@{addresses.parse(actor.id).authority}")


def _confirm(
    named: Account, address: str, scheme: str
) -> Generator[Wish, JsonObject, None]:
    agreed, there = yield from _ask(named, scheme)
    if not agreed.same(named) or there != address:
        raise NotAuthentic("The servers of these two names do not agree.")


def _ask(
    name: Account, scheme: str
) -> Generator[Wish, JsonObject, tuple[Account, str]]:
    resource = quote(name.uri, safe="")
    answer = yield Ask(
        url=f"{scheme}://{name.host}/.well-known/webfinger?resource={resource}"
    )
    return read_jrd(answer)


def read_jrd(jrd: JsonObject) -> tuple[Account, str]:
    """Read the name and the actor's address from a WebFinger answer.

    Only a ``self`` link of ActivityPub's type counts; aliases are anybody's guess.

    Raises:
        Malformed: it holds no such name or no such address.
    """
    subject = jrd.get("subject")
    if not isinstance(subject, str) or not subject.startswith("acct:"):
        raise Malformed("This WebFinger answer does not say whom it is about.")
    for link in reading.objects_of(jrd.get("links")):
        kind, href = link.get("type"), link.get("href")
        if link.get("rel") != "self" or not isinstance(kind, str):
            continue
        if reading.is_activity_type(kind) and isinstance(href, str):
            addresses.parse(href)
            return account(subject), href
    raise Malformed("This WebFinger answer leads to no actor.")


def _related(one: str, other: str) -> bool:
    # Without a list of public suffixes this is all that is certain: one of the two
    # domains holds the other.
    return addresses.within(one, other) or addresses.within(other, one)


def _on(href: str, origin: str) -> bool:
    try:
        return addresses.same_origin(href, origin)
    except Malformed:
        return False
