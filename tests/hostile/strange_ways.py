"""Attacks by forms that a server may leave to others: packings, proxies, other names.

And by those parts of the protocol that came last: help among neighbours, quotes, what
groups pass on.
"""

import gzip
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import httpx

from activitypub import proofs
from activitypub.documents import AS2
from tests.hostile import forging
from tests.hostile.forging import now
from tests.hostile.stage import REFUSED, TAKEN, Attack, Stage
from tests.hostile.stolen_things import Said, forged_create, said
from tests.hostile.village import Neighbour

BROKEN: Final = frozenset({400})
UNSIGNED: Final = frozenset({401})


def packed(stage: Stage, *, packing: str, inside: bytes) -> httpx.Response:
    """Send a body that has to be unpacked before it says anything."""
    mallory = stage.mallory()
    body = gzip.compress(inside)
    headers = forging.knock(mallory, stage.inbox, body)
    return forging.post(stage.inbox, body, [*headers, ("content-encoding", packing)])


def beside(stage: Stage, name: str, value: str) -> httpx.Response:
    """Say in a header that nobody signed that the request is another one."""
    mallory = stage.mallory()
    body = forging.encode(mallory.activity("Follow", stage.group))
    signed = forging.knock(mallory, stage.inbox, body, target="/g/harbour/inbox")
    return forging.post(stage.inbox, body, [*signed, (name, value)])


def called(stage: Stage, field: str, name: Callable[[str], str]) -> httpx.Response:
    """Write one's own address in a way that two readers could read in two ways."""
    mallory = stage.mallory()
    activity = {**mallory.activity("Follow", stage.group)}
    if field == "key":
        return mallory.sends(stage.inbox, activity, key_id=name(mallory.key_id))
    activity[field] = name(activity[field])
    return mallory.sends(stage.inbox, activity)


def digested(stage: Stage, also: str) -> httpx.Response:
    """Give two digests by RFC 9421, one of which is of another body."""
    mallory = stage.mallory()
    body = forging.encode(mallory.activity("Follow", stage.group))
    right = dict(forging.message(mallory, stage.inbox, body))["content-digest"]
    return forging.post(
        stage.inbox,
        body,
        forging.message(mallory, stage.inbox, body, content_digest=f"{right}, {also}"),
    )


def with_context(stage: Stage, *, inner: bool, context: Any) -> httpx.Response:
    """Give terms another meaning where only readers of linked data look."""
    mallory = stage.mallory()
    activity = mallory.activity("Follow", stage.group)
    if inner:
        activity["object"] = {"@context": context, "id": stage.group}
    else:
        activity["@context"] = [AS2, context]
    return mallory.sends(stage.inbox, activity)


def _bodies() -> Iterator[Attack]:
    for tried, packing, inside in (
        ("pack an activity", "gzip", b'{"type":"Follow"}'),
        ("pack a bomb into an activity", "gzip", b" " * 10_000_000),
        ("say an activity is packed in a way of our own", "x-nothing", b"{}"),
    ):
        yield Attack(
            name=tried,
            shows=("S34",),
            does=partial(packed, packing=packing, inside=inside),
            ends=BROKEN,
        )
    for name, value in (
        ("x-forwarded-host", "evil.example"),
        ("x-original-url", "/g/harbour/inbox"),
        ("x-rewrite-url", "/g/harbour/inbox"),
        ("x-http-method-override", "GET"),
        ("forwarded", "host=evil.example;proto=https"),
        ("upgrade", "h2c"),
    ):
        yield Attack(
            name=f"say {name}",
            shows=("S4", "S6"),
            does=partial(beside, name=name, value=value),
            ends=UNSIGNED,
        )
    for also in (
        "sha-512=:AAAA:",
        "sha-256=:AAAA:",
        f"sha-512=:{'A' * 86}==:",
    ):
        yield Attack(
            name=f"digest another body as well, {also[:10]} {len(also)}",
            shows=("S3",),
            does=partial(digested, also=also),
            ends=REFUSED,
        )


_IN_JSON_ALONE: Final = frozenset(
    {"a full-width dot", "digits of another script", "a line break"}
)


def _names() -> Iterator[Attack]:
    ways: dict[str, Callable[[str], str]] = {
        "a name in it": lambda url: url.replace("://", "://bob@"),
        "a trailing dot": lambda url: url.replace("/", "./", 3).replace(":./.", "://"),
        "a full-width dot": lambda url: url.replace("127.", "127\uff0e", 1),
        "digits of another script": lambda url: url.replace("1", "\u0661", 1),
        "a leading zero": lambda url: url.replace("127.", "0127.", 1),
        "a number for a host": lambda url: url.replace("127.1.", "2130706433#", 1),
        "a backslash": lambda url: url.replace("/users", "\\users").replace(
            "/made", "\\made"
        ),
        "a line break": lambda url: f"{url}\n",
        "no scheme": lambda url: url.partition(":")[2],
        "another scheme": lambda url: url.replace("http:", "ftp:"),
        "javascript": lambda _: "javascript:alert(1)",
        "a port beyond all": lambda url: url.replace("/", ":99999/", 3),
    }
    for way, name in ways.items():
        # What is no ASCII, or breaks its line, stands in no header.
        fields = ("id", "actor") if way in _IN_JSON_ALONE else ("id", "actor", "key")
        for field in fields:
            yield Attack(
                name=f"write an address with {way} as the {field}",
                shows=("S28", "S9"),
                does=partial(called, field=field, name=name),
                ends=REFUSED,
            )


def _contexts() -> Iterator[Attack]:
    contexts: dict[str, Any] = {
        "an alias": {"kind": "@type"},
        "an alias of its own": {"x": {"@id": "as:x", "@context": {"who": "@id"}}},
        "something turned round": {"x": {"@reverse": "as:actor"}},
        "another type": {"type": "as:actor"},
    }
    for tried, context in contexts.items():
        for inner in (True, False):
            yield Attack(
                name=f"hide {tried} {'inside' if inner else 'in a term'}",
                shows=("S14",),
                does=partial(with_context, inner=inner, context=context),
                ends=BROKEN,
            )


def _in_bobs_name(stage: Stage, mallory: Neighbour, kind: str) -> dict[str, Any]:
    """Pass on what Bob never did to our post."""
    forged = forged_create(stage, mallory)
    return mallory.activity("Announce", {**forged, "type": kind, "object": stage.post})


def _proven_by_another(stage: Stage, mallory: Neighbour) -> dict[str, Any]:
    """Bob's forged reply with a proof by a key of Mallory's that bears Bob's name."""
    return proofs.sign(
        forged_create(stage, mallory),
        proofs.new_key(),
        verification_method=f"{stage.bob.id}#ed25519-key",
        created=now(),
    )


def _an_agreement(stage: Stage, satisfies: str) -> dict[str, Any]:
    return {
        "type": "Agreement",
        "attributedTo": stage.bob.id,
        "stipulates": {
            "type": "Commitment",
            "satisfies": satisfies,
            "resourceQuantity": {"hasUnit": "one", "hasNumericalValue": "1"},
        },
    }


def _in_vain() -> Iterator[tuple[str, str, Said]]:
    for kind in ("Like", "EmojiReact", "Follow", "Block", "Join", "Flag", "Move"):
        yield (
            f"pass on a {kind} in Bob's name",
            "S23",
            partial(_in_bobs_name, kind=kind),
        )
    yield (
        "pass on a reply of Bob's with a proof by oneself",
        "S23",
        lambda stage, mallory: mallory.activity(
            "Announce", _proven_by_another(stage, mallory)
        ),
    )
    yield (
        "pass on a change of our post in our name",
        "S23",
        lambda stage, mallory: mallory.activity(
            "Announce",
            {
                "id": f"{stage.group}/forged",
                "type": "Update",
                "actor": stage.clerk,
                "object": {"id": stage.post, "type": "Note", "content": "x"},
            },
        ),
    )
    yield (
        "pass on what was passed on",
        "S25",
        lambda stage, mallory: mallory.activity(
            "Announce",
            {**forged_create(stage, mallory), "type": "Announce"},
        ),
    )
    yield (
        "join our post as if it were a meeting",
        "S22",
        lambda stage, mallory: mallory.activity("Join", stage.post),
    )
    yield (
        "leave for Bob",
        "S21",
        lambda stage, mallory: mallory.activity(
            "Undo", {"type": "Join", "actor": stage.bob.id, "object": stage.post}
        ),
    )
    yield (
        "ask to quote with a post of Bob's",
        "S20",
        lambda stage, mallory: mallory.activity(
            "QuoteRequest", stage.post, instrument=stage.reply
        ),
    )
    yield (
        "offer an agreement on a post that is no need",
        "S22",
        lambda stage, mallory: mallory.activity(
            "Offer", _an_agreement(stage, f"{stage.post}#primary")
        ),
    )
    yield (
        "say that an agreement of nobody's is confirmed",
        "S22",
        lambda stage, mallory: mallory.activity(
            "Update",
            {
                **_an_agreement(stage, stage.post),
                "id": f"{stage.post}/agreements/1",
                "preview": {"type": "Note", "name": "Confirmed"},
            },
        ),
    )
    yield (
        "deliver what nobody asked for",
        "S22",
        lambda stage, mallory: mallory.activity(
            "Create",
            {
                "type": "EconomicEvent",
                "attributedTo": stage.bob.id,
                "fulfills": f"{stage.post}/agreements/1",
                "name": "Delivered",
            },
        ),
    )
    yield (
        "need something in Bob's name",
        "S20",
        lambda stage, mallory: mallory.activity(
            "Create",
            {
                "id": f"{stage.bob.id}/needs/1",
                "type": "Proposal",
                "attributedTo": stage.bob.id,
                "to": stage.group,
                "purpose": "request",
                "publishes": {"type": "Intent", "resourceQuantity": {}},
            },
        ),
    )
    yield (
        "have a text of ours erased",
        "S50",
        lambda stage, mallory: mallory.activity(
            "Delete",
            {"id": stage.post, "assemblyErased": f"sha256:{'0' * 64}"},
        ),
    )


ATTACKS: Final = (
    *_bodies(),
    *_names(),
    *_contexts(),
    *(
        Attack(name=tried, shows=(guard,), does=partial(said, what=what), ends=TAKEN)
        for tried, guard, what in _in_vain()
    ),
)
