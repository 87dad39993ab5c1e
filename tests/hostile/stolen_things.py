"""Attacks by honest signatures: on what belongs to somebody else, and on ourselves."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import httpx

from activitypub import documents
from tests.hostile.stage import REFUSED, TAKEN, Attack, Stage
from tests.hostile.village import KEYS, Neighbour

Said = Callable[[Stage, Neighbour], dict[str, Any]]


def said(stage: Stage, what: Said) -> httpx.Response:
    """Send what Mallory says in her own name, signed as it should be."""
    mallory = stage.mallory()
    return mallory.sends(stage.inbox, what(stage, mallory))


def note_of_bob(stage: Stage, mallory: Neighbour) -> dict[str, Any]:
    """A note that says that Bob wrote it."""
    return mallory.note(
        "<p>I bring nothing</p>", attributedTo=stage.bob.id, inReplyTo=stage.post
    )


def bobs_reply(stage: Stage, mallory: Neighbour, **more: Any) -> dict[str, Any]:
    """Bob's reply, as Mallory would have it."""
    return {
        **mallory.note("<p>No!</p>", inReplyTo=stage.post),
        "id": stage.reply,
        **more,
    }


def forged_create(stage: Stage, mallory: Neighbour) -> dict[str, Any]:
    """A Create that Bob never sent."""
    bob = stage.bob
    return {
        "@context": documents.AS2,
        "id": f"{bob.place.base}/forged/{mallory.new_id()[-1]}",
        "type": "Create",
        "actor": bob.id,
        "object": {**bob.note("<p>forged</p>", inReplyTo=stage.post)},
    }


def _in_vain() -> Iterator[tuple[str, str, Said]]:
    yield (
        "delete Bob's reply",
        "S21",
        lambda stage, mallory: mallory.activity("Delete", stage.reply),
    )
    yield (
        "delete Bob's reply by its tombstone",
        "S21",
        lambda stage, mallory: mallory.activity(
            "Delete", {"type": "Tombstone", "id": stage.reply}
        ),
    )
    yield (
        "delete Bob",
        "S21",
        lambda stage, mallory: mallory.activity("Delete", stage.bob.id),
    )
    yield (
        "delete our post",
        "S21",
        lambda stage, mallory: mallory.activity("Delete", stage.post),
    )
    yield (
        "delete our assembly",
        "S21",
        lambda stage, mallory: mallory.activity("Delete", stage.group),
    )
    yield (
        "change Bob's reply",
        "S21",
        lambda stage, mallory: mallory.activity("Update", bobs_reply(stage, mallory)),
    )
    yield (
        "change Bob's reply in his name",
        "S20",
        lambda stage, mallory: mallory.activity(
            "Update", bobs_reply(stage, mallory, attributedTo=stage.bob.id)
        ),
    )
    yield (
        "change our post",
        "S21",
        lambda stage, mallory: mallory.activity(
            "Update", {**mallory.note("ours"), "id": stage.post}
        ),
    )
    yield (
        "change who Bob is",
        "S26",
        lambda stage, mallory: mallory.activity(
            "Update", {**stage.bob.document, "publicKey": mallory.document["publicKey"]}
        ),
    )
    yield (
        "change who our assembly is",
        "S26",
        lambda stage, mallory: mallory.activity(
            "Update", {**mallory.document, "id": stage.group}
        ),
    )
    yield (
        "write a reply in Bob's name",
        "S20",
        lambda stage, mallory: mallory.activity("Create", note_of_bob(stage, mallory)),
    )
    yield (
        "write a reply at Bob's address",
        "S20",
        lambda stage, mallory: mallory.activity(
            "Create",
            {
                **mallory.note("<p>Bob</p>", inReplyTo=stage.post),
                "id": f"{stage.bob.place.base}/made/9",
            },
        ),
    )
    yield (
        "write Bob's reply anew",
        "S20",
        lambda stage, mallory: mallory.activity("Create", bobs_reply(stage, mallory)),
    )
    yield (
        "write at our address",
        "S20",
        lambda stage, mallory: mallory.activity(
            "Create",
            {
                **mallory.note("<p>ours</p>", inReplyTo=stage.post),
                "id": f"{stage.node.base}/n/9",
            },
        ),
    )
    yield (
        "write over our post",
        "S20",
        lambda stage, mallory: mallory.activity(
            "Create", {**mallory.note("ours"), "id": stage.post}
        ),
    )
    yield (
        "end Bob's follow",
        "S21",
        lambda stage, mallory: mallory.activity("Undo", stage.follow),
    )
    yield (
        "end Bob's follow by its id",
        "S21",
        lambda stage, mallory: mallory.activity("Undo", stage.follow["id"]),
    )
    yield (
        "undo what nobody did",
        "S21",
        lambda stage, mallory: mallory.activity("Undo", mallory.new_id()),
    )
    for kind in ("Accept", "Reject"):
        yield (
            f"{kind.lower()} a follow that nobody asked for",
            "S22",
            partial(_answered, kind=kind),
        )
        yield (
            f"{kind.lower()} Bob's follow",
            "S22",
            partial(_answered_for, kind=kind),
        )
    for kind in ("Add", "Remove"):
        for target in ("featured", "followers", "moderators", "delegates", "outbox"):
            yield (
                f"{kind.lower()} something in our {target}",
                "S22",
                partial(_collected, kind=kind, target=target),
            )
    yield (
        "announce a forged reply of Bob's",
        "S23",
        lambda stage, mallory: mallory.activity(
            "Announce", forged_create(stage, mallory)
        ),
    )
    yield (
        "announce a forged deletion of Bob's",
        "S23",
        lambda stage, mallory: mallory.activity(
            "Announce", stage.bob.activity("Delete", stage.reply)
        ),
    )
    yield (
        "announce Bob's forged unfollow",
        "S23",
        lambda stage, mallory: mallory.activity(
            "Announce", stage.bob.activity("Undo", stage.follow)
        ),
    )
    yield (
        "move Bob to oneself",
        "S58",
        lambda stage, mallory: mallory.activity(
            "Move", stage.bob.id, target=mallory.id
        ),
    )
    yield (
        "move our assembly",
        "S58",
        lambda stage, mallory: mallory.activity("Move", stage.group, target=mallory.id),
    )
    yield (
        "move to somebody who does not know of it",
        "S58",
        lambda stage, mallory: mallory.activity(
            "Move", mallory.id, target=stage.bob.id
        ),
    )
    yield (
        "follow nobody",
        "S22",
        lambda stage, mallory: mallory.activity("Follow", f"{stage.node.base}/u/x"),
    )
    yield (
        "follow somebody elsewhere",
        "S22",
        lambda stage, mallory: mallory.activity("Follow", stage.bob.id),
    )
    yield (
        "make Bob follow",
        "S24",
        lambda stage, mallory: mallory.activity(
            "Create", stage.bob.activity("Follow", stage.clerk)
        ),
    )
    yield (
        "bring Bob with another key",
        "S24",
        lambda stage, mallory: mallory.activity(
            "Create",
            {
                **stage.bob.document,
                "publicKey": mallory.document["publicKey"],
            },
        ),
    )
    yield (
        "carry a record without a proof",
        "S24",
        lambda stage, mallory: mallory.activity(
            "Create",
            mallory.note("record", assemblyRecord={"type": "Decision", "seq": 0}),
        ),
    )
    yield (
        "bring a record of our assembly",
        "S24",
        lambda stage, mallory: mallory.activity(
            "Create",
            {
                "type": "Decision",
                "id": f"{stage.group}/r/1",
                "attributedTo": stage.group,
                "seq": 0,
                "proof": {"type": "DataIntegrityProof"},
            },
        ),
    )
    yield (
        "vote in what is no poll",
        "S44",
        lambda stage, mallory: mallory.activity(
            "Create",
            {
                **mallory.note(""),
                "name": "Yes",
                "to": [stage.clerk],
                "inReplyTo": f"{stage.node.base}/n/none",
            },
        ),
    )
    yield (
        "take back what is unknown",
        "S37",
        lambda stage, mallory: mallory.activity("Delete", mallory.new_id()),
    )
    yield (
        "send an activity of no kind",
        "S65",
        lambda stage, mallory: mallory.activity("Frobnicate", stage.post),
    )
    yield (
        "create what is of no type and signed by nothing",
        "S65",
        lambda stage, mallory: mallory.activity("Create", {"type": {}, "proof": {}}),
    )
    yield (
        "create a list of everything",
        "S65",
        lambda stage, mallory: mallory.activity(
            "Create", [None, 1, "x", [], {}, {"type": []}, {"id": {}}]
        ),
    )
    strange: tuple[Any, ...] = (None, 5, True, "", [], {}, [[]], "x" * 5000, {"id": 1})
    for kind in ("Create", "Update", "Delete", "Undo", "Announce", "Like", "Follow"):
        for thing in strange:
            shown = repr(thing)[:12]
            yield (
                f"{kind} {shown}",
                "S65",
                partial(_strange, kind=kind, thing=thing),
            )


def _answered(stage: Stage, mallory: Neighbour, kind: str) -> dict[str, Any]:
    asked = {
        "id": f"{stage.node.base}/a/none",
        "type": "Follow",
        "actor": stage.group,
        "object": mallory.id,
    }
    return mallory.activity(kind, asked)


def _answered_for(stage: Stage, mallory: Neighbour, kind: str) -> dict[str, Any]:
    return mallory.activity(kind, stage.follow)


def _collected(
    stage: Stage, mallory: Neighbour, kind: str, target: str
) -> dict[str, Any]:
    return mallory.activity(kind, mallory.id, target=f"{stage.group}/{target}")


def _strange(_: Stage, mallory: Neighbour, kind: str, thing: Any) -> dict[str, Any]:
    return mallory.activity(kind, thing)


def replayed(stage: Stage) -> httpx.Response:
    """Send the follow of Bob again, under its old id and a new signature."""
    return stage.bob.sends(stage.inbox, stage.follow)


def by_a_key_that_bob_lost(stage: Stage) -> httpx.Response:
    """Send as Bob with the other key of the village, which he never had."""
    bob = stage.bob
    thief = Neighbour(bob.place, bob.name, KEYS[0] if bob.key is KEYS[1] else KEYS[1])
    return thief.sends(
        stage.inbox, {**bob.activity("Delete", stage.reply), "id": f"{bob.id}/x"}
    )


ATTACKS: Final = (
    *(
        Attack(
            name=tried,
            shows=(guard,),
            does=partial(said, what=what),
            ends=TAKEN,
        )
        for tried, guard, what in _in_vain()
    ),
    Attack(name="send a follow again", shows=("S6",), does=replayed, ends=TAKEN),
    Attack(
        name="sign as Bob with a key that is not his",
        shows=("S7",),
        does=by_a_key_that_bob_lost,
        ends=REFUSED,
    ),
)
