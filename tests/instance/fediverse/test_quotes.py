"""Whoever wants to quote us asks, and what lets them can be read by everybody."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from activitypub.canonical import JsonObject
from activitypub.errors import NotAuthentic
from instance import speech
from instance.fediverse import moderation
from instance.fediverse.judgement import Severity
from instance.store import inbound
from tests.instance.elsewhere import SAM, TOM
from tests.instance.heard import Heard
from tests.instance.house import a_house


@pytest.fixture
def harbour(tmp_path: Path) -> Iterator[Heard]:
    with a_house(tmp_path).desk() as desk:
        inbound.keep_remote_actor(
            desk.connection,
            SAM.id,
            document=SAM.document,
            learned_at=desk.seconds,
            asked_at=desk.seconds,
        )
        yield Heard(desk=desk)


def test_a_quote_is_let_through_with_a_stamp_that_anybody_can_read(
    harbour: Heard,
) -> None:
    post = speech.say(harbour.desk, html="<p>Soup at six</p>")

    assert ask(harbour, post, f"{SAM.id}/statuses/9") == "may quote"

    [accept] = sent(harbour)
    stamp = harbour.get(accept["result"])
    assert accept["object"]["instrument"] == f"{SAM.id}/statuses/9"
    assert accept["object"]["id"] == harbour.said[-1]
    assert stamp["type"] == "QuoteAuthorization"
    assert stamp["interactingObject"] == f"{SAM.id}/statuses/9"
    assert stamp["interactionTarget"] == post
    assert stamp["attributedTo"] == accept["actor"]


def test_nobody_gets_a_stamp_for_another_servers_post(harbour: Heard) -> None:
    post = speech.say(harbour.desk, html="<p>Soup at six</p>")

    with pytest.raises(NotAuthentic):
        ask(harbour, post, f"{TOM.id}/statuses/9")

    assert sent(harbour) == []


def test_whoever_is_kept_at_a_distance_is_refused(harbour: Heard) -> None:
    post = speech.say(harbour.desk, html="<p>Soup at six</p>")
    moderation.decide(harbour.desk, SAM.id, Severity.LIMIT, by=None)

    assert ask(harbour, post, f"{SAM.id}/statuses/9") == "refused to be quoted"

    [reject] = sent(harbour)
    assert reject["type"] == "Reject"
    assert "result" not in reject


def test_what_is_not_ours_is_not_ours_to_be_quoted(harbour: Heard) -> None:
    said = ask(harbour, f"{TOM.id}/statuses/1", f"{SAM.id}/statuses/9")

    assert said == "ignored: it asks to quote no public post of ours"
    assert sent(harbour) == []


def ask(harbour: Heard, post: str, quote: str) -> str:
    """Ask to quote as Mastodon does, with the whole post that quotes."""
    instrument: JsonObject = {"id": quote, "type": "Note", "quote": post}
    return harbour.hear(SAM, "QuoteRequest", post, instrument=instrument)


def sent(harbour: Heard) -> list[Any]:
    return [each for each in harbour.sent() if each["type"] in {"Accept", "Reject"}]
