"""Everything that we publish can be read wherever it is read, and as what it is."""

import html
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from markupsafe import Markup

from activitypub import canonical, documents, proofs
from confederation import record
from confederation.identifiers import SessionId
from confederation.record import Entry
from confederation.session import CallSession, CancelSession, Notice
from instance import carriers, chamber, node, speech
from instance.deciding import polls
from instance.desk import Desk
from instance.meeting import meetings, minuting
from instance.meeting.minuting import Section
from instance.store import events, posts
from tests.activitypub.readers import (
    Refused,
    Shown,
    akkoma,
    gotosocial,
    lemmy,
    mastodon,
    misskey,
    mitra,
    mobilizon,
    piefed,
    pixelfed,
)
from tests.instance.house import NOON, House, a_house, found
from tests.instance.sayings import say_all
from tests.instance.web.test_in_arabic import Page, in_english, written

READERS: Final[dict[str, Callable[[Any], Shown | None]]] = {
    "mastodon": mastodon.read,
    "gotosocial": gotosocial.read,
    "akkoma": akkoma.read,
    "misskey": misskey.read,
    "lemmy": lemmy.read,
    "piefed": piefed.read,
    "mobilizon": mobilizon.read,
    "pixelfed": pixelfed.read,
    "mitra": mitra.read,
}
NOT_READ: Final = {("lemmy", "Question"), ("mobilizon", "Question")}
"""What a server does not read at all; Lemmy is told of it by a note."""
FOLDED: Final = {"akkoma", "misskey", "gotosocial"}
"""Where the abstract of an event or an article is a warning that is folded away."""
SAYS: Final = {
    "issue": "The last bus",
    "issue scope": "It reaches across the county",
    "remit": "It decides about timetables, and about nothing else",
    "remit decision": "It is no decision of the whole assembly",
    "remit end": "Nothing more is decided under it",
    "account": "The last bus",
    "account taken back": "The last bus",
    "text offered": "A late bus runs until midnight",
    "text agreed": "A late bus for both of us",
    "text objected to": "Nobody asked the drivers",
    "objection tested": "find it valid",
    "decision": "We pay for a late bus",
    "minority report": "A late bus empties the ferry",
    "later decision": "We pay for it for another year",
    "joining": "We decide together",
    "proposal": "One late bus for all",
    "election": "We have elected our delegate",
    "mandate": "what our delegate must do",
    "later mandate": "what our delegate must do",
    "report": "reports back",
    "recall": "Our delegate is recalled",
    "vote withdrawn": "Our vote is withdrawn",
    "withdrawal": "One late bus for all",
    "ask": "Let the last bus leave at ten",
    "answer": "It leaves at nine",
    "judgement": "Nine is too early",
    "result": "Adopted by the assemblies together",
    "plain": "Soup at six",
    "poll": "When shall we eat?",
    "note beside the poll": "At seven",
    "closed poll": "Was it good?",
    "meeting": "Spring meeting",
    "who comes": "Are you coming",
    "meeting called off": "Called off",
    "minutes": "Minutes of the spring meeting",
}
ADDED: Final = frozenset(
    {"When shall we eat?", "Was it good?", "At six", "At seven", "Soup at six"}
)
"""What people wrote that is kept in a post alone."""
_TAGS: Final = re.compile(r"<[^>]+>")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Return an assembly at an address of its own that has said one of everything."""
    directory: Path = tmp_path_factory.mktemp("read_elsewhere")
    return a_house(directory, domain="a.example")


@pytest.fixture(scope="module")
def said(house: House) -> dict[str, Any]:
    with house.desk() as desk:
        found(house, desk)
        ids = _say_everything(house, desk)
    with house.desk(NOON + timedelta(hours=2)) as desk:
        cancel = CancelSession(by=None, at=desk.now)
        node.perform(desk, "session:off", cancel)
        polls.tell(desk)
        return {name: _document(desk, id) for name, id in ids.items()}


def test_an_assembly_says_everything_in_its_own_language(tmp_path: Path) -> None:
    house = a_house(tmp_path, domain="a.example")
    house = replace(house, config=replace(house.config, language="ar"))
    with house.desk() as desk:
        found(house, desk)
        ids = _say_everything(house, desk)
    with house.desk(NOON + timedelta(hours=2)) as desk:
        node.perform(desk, "session:off", CancelSession(by=None, at=desk.now))
        polls.tell(desk)
        data = written(desk) | ADDED
        still_in_english, languages = {}, set()
        # What minutes say is shown by `test_minutes`.
        for name in ids.keys() - {"minutes"}:
            document = _document(desk, ids[name])
            page = Page()
            page.feed(f"{document.get('name', '')}<hr>{document.get('summary', '')}")
            [(language, content)] = document["contentMap"].items()
            page.feed(content)
            languages.add(language)
            if says := [*in_english(page, data)]:
                still_in_english[name] = says

    assert still_in_english == {}
    # Some of what people wrote there is said to be in English.
    assert languages == {"ar", "en"}


def test_what_was_said_before_stays_in_the_language_that_it_was_said_in(
    tmp_path: Path,
) -> None:
    house = a_house(tmp_path, domain="a.example")
    later = replace(house, config=replace(house.config, language="fr"))
    with house.desk() as desk:
        found(house, desk)
        before = _say_everything(house, desk)["issue"]
        said = _document(desk, before)["content"]

    with later.desk(NOON + timedelta(hours=1)) as desk:
        after = speech.say(desk, html="<p>Soupe à six heures</p>")
        speech.add_to(desk, before, Markup("<p>Encore</p>"))

        assert _document(desk, before)["contentMap"] == {"en": f"{said}<p>Encore</p>"}
        assert [*_document(desk, after)["contentMap"]] == ["fr"]


def a_result(proposal: Entry) -> record.Result:
    assert isinstance(proposal.fact, record.Proposal)
    return record.Result(
        compact=proposal.fact.compact,
        proposal=proposal.digest,
        method=proposal.fact.method.name,
        certified=(),
        figures=record.Figures(seats=3, cast=3, quorum=2, assemblies={}, members=None),
        outcome="adopted",
    )


def _say_everything(house: House, desk: Desk) -> dict[str, str]:
    ids = {}
    digests = say_all(house, desk)
    for name, digest in digests.items():
        row = posts.carrier_of(desk.connection, digest)
        assert row is not None
        ids[name] = row["id"]
    proposal = chamber.proposal(desk, digests["proposal"])
    ids["result"] = speech.say_carrier(
        desk,
        carriers.result(desk, proposal, a_result(proposal), attested_by=3),
        kind="Result",
        about=proposal.digest,
    )
    ids["plain"] = speech.say(desk, html="<p>Soup at six</p>")
    for name, question, hours in (
        ("poll", "When shall we eat?", 48),
        ("closed poll", "Was it good?", 1),
    ):
        ids[name] = polls.ask(
            desk,
            question,
            ("At six", "At seven"),
            choose="any" if name == "poll" else "one",
            ends_at=NOON + timedelta(hours=hours),
        )
    row = desk.connection.execute(
        "select id from object where kind = ? limit 1", [posts.IN_OTHER_WORDS]
    ).fetchone()
    ids["note beside the poll"] = row["id"]
    for name, event, asked in (
        ("on", "meeting", "who comes"),
        ("off", "meeting called off", None),
    ):
        about = _call(desk, SessionId(name))
        ids[event] = _about(desk, about, meetings.MEETING)
        if asked is not None:
            ids[asked] = _about(desk, about, meetings.COMING)
    text = minuting.write(
        [
            Section(heading="The meeting", says=("Forty of us met.",)),
            Section(heading="Decisions", items=("The bus runs late. Passed.",)),
        ]
    )
    minuting.publish(
        desk, "spring", title="Minutes of the spring meeting", text=text, lang="en"
    )
    ids["minutes"] = _about(desk, "minutes:spring", minuting.MINUTES)
    return ids


def _call(desk: Desk, id: SessionId) -> str:
    notice = Notice(
        title=events.keep_wording(desk.connection, "Spring meeting"),
        kind="assembly",
        starts_at=NOON + timedelta(days=3),
        place=events.keep_wording(desk.connection, "The boat shed"),
        told="everyone",
        place_told="everyone",
    )
    command = CallSession(session=id, notice=notice, by=None, at=desk.now)
    node.perform(desk, f"session:{id}", command)
    return f"session:{id}"


def _about(desk: Desk, about: str, kind: str) -> str:
    row = posts.object_about(desk.connection, about, kind=kind)
    assert row is not None
    return str(row["id"])


def _document(desk: Desk, id: str) -> Any:
    row = posts.object_of(desk.connection, id)
    assert row is not None
    return canonical.read(row["body"].encode())


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", SAYS)
def test_each_post_is_read_as_what_it_is(
    said: dict[str, Any], reader: str, name: str
) -> None:
    document = said[name]
    if (reader, document["type"]) in NOT_READ:
        with pytest.raises(Refused):
            READERS[reader](document)
        return

    shown = READERS[reader](document)

    if reader == "pixelfed":
        assert shown is None, "without a picture it is kept and not shown"
        return
    assert shown is not None
    assert SAYS[name] in words(f"{shown.title} {shown.text}")
    long = document["type"] in {"Event", "Article"}
    assert shown.warning is None or (long and reader in FOLDED)
    assert bool(shown.options) == (document["type"] == "Question")


def test_there_is_a_word_for_everything_that_was_said(said: dict[str, Any]) -> None:
    assert set(SAYS) == set(said)


def test_every_post_is_small_and_flat_enough(said: dict[str, Any]) -> None:
    assert all(documents.fits(document) for document in said.values())


def test_every_post_is_addressed_to_everybody_and_to_the_group(
    house: House, said: dict[str, Any]
) -> None:
    group = house.config.group

    for document in said.values():
        assert document["to"] == [documents.PUBLIC, group]
        assert document["cc"][0] == f"{group}/clerk/followers"
        assert document["audience"] == group
        assert document["attributedTo"] == f"{group}/clerk"
        for term in ("id", "context", "replies", "likes", "shares", "url"):
            assert document[term].startswith("https://a.example/")


def test_what_the_assembly_says_may_be_found_by_everybody(
    said: dict[str, Any],
) -> None:
    for document in said.values():
        assert document["searchableBy"] == [documents.PUBLIC]


def test_a_person_does_not_consent_to_being_searched_by_saying_something(
    house: House,
) -> None:
    with house.desk() as desk:
        post = speech.a_post(desk, html="<p>Soup</p>", by="u/ada")

    assert "searchableBy" not in documents.note(post)


def test_every_activity_has_what_readers_need_and_a_proof_of_its_own(
    house: House, said: dict[str, Any]
) -> None:
    with house.desk() as desk:
        rows = desk.connection.execute("select * from activity").fetchall()
        keys = {
            row["actor"]: posts.actor(desk.connection, row["actor"]) for row in rows
        }
    later = NOON + timedelta(hours=3)

    assert len(rows) > len(said)
    for row in rows:
        document = canonical.read(row["body"].encode())
        actor = keys[row["actor"]]
        assert actor is not None
        piefed.activity(document)
        mitra.activity(document, proofs.public_key(actor.public_ed25519), now=later)
        assert "signature" not in document


@pytest.mark.parametrize("path", ["g/harbour", "g/harbour/clerk", "actor"])
def test_our_actors_are_read_everywhere(house: House, path: str) -> None:
    with house.desk() as desk:
        actor = posts.actor(desk.connection, path)
        assert actor is not None
        document = speech.actor_document(desk, actor)

    mastodon.actor(document)
    misskey.actor(document)
    mobilizon.actor(document)
    if path != "actor":
        lemmy.actor(document)
        piefed.actor(document)


NOTE: Final[dict[str, Any]] = {
    "@context": ["https://www.w3.org/ns/activitystreams"],
    "id": "https://a.example/n/00000001",
    "type": "Note",
    "attributedTo": "https://a.example/g/harbour/clerk",
    "to": [documents.PUBLIC, "https://a.example/g/harbour"],
    "cc": ["https://a.example/g/harbour/clerk/followers"],
    "audience": "https://a.example/g/harbour",
    "content": "<p>Soup</p>",
    "url": "https://a.example/n/00000001",
    "published": "2026-11-22T12:00:00Z",
    "tag": [],
    "attachment": [],
}
POLL: Final[dict[str, Any]] = {
    **NOTE,
    "type": "Question",
    "oneOf": [
        {"type": "Note", "name": name, "replies": {"totalItems": 0}} for name in "ab"
    ],
    "endTime": "2026-11-23T12:00:00Z",
}
VOTE_LIKE: Final = {**NOTE, "name": "Soup", "inReplyTo": "https://b.example/1"}


@pytest.mark.parametrize(
    ("reader", "document"),
    [
        ("mastodon", {**NOTE, "@context": ["https://a.example/context"]}),
        ("mastodon", {**NOTE, "type": ["Note", "Decision"], "name": ""}),
        ("mastodon", {**NOTE, "type": "Decision"}),
        ("mastodon", {**NOTE, "attributedTo": "https://b.example/users/bob"}),
        ("mastodon", {**NOTE, "content": "<table><tr><td>Soup</td></tr></table>"}),
        ("mastodon", {**NOTE, "type": "Article", "name": "Soup"}),
        ("mastodon", {**NOTE, "to": ["https://b.example/users/bob"]}),
        ("mastodon", {**POLL, "anyOf": POLL["oneOf"]}),
        ("mastodon", {**POLL, "oneOf": [POLL["oneOf"][0]] * 2}),
        ("mastodon", VOTE_LIKE),
        ("gotosocial", {term: POLL[term] for term in POLL if term != "endTime"}),
        ("gotosocial", VOTE_LIKE),
        ("akkoma", {**NOTE, "type": ["Note"]}),
        ("akkoma", {**NOTE, "id": "https:/"}),
        ("akkoma", {**NOTE, "tag": [{"type": "Link", "mediaType": "text/html"}]}),
        ("akkoma", VOTE_LIKE),
        ("misskey", {**NOTE, "url": "http://a.example/n/1"}),
        ("misskey", {**NOTE, "type": ["Decision", "Note"]}),
        ("misskey", VOTE_LIKE),
        ("lemmy", {**NOTE, "attachment": [{"type": "PropertyValue"}]}),
        ("lemmy", {**NOTE, "audience": ["https://a.example/g/harbour"]}),
        ("lemmy", {**NOTE, "to": [documents.PUBLIC]}),
        ("lemmy", {**NOTE, "context": {"id": "https://a.example/t/1"}}),
        ("lemmy", {**NOTE, "id": "https://a.example:8443/n/1"}),
        ("lemmy", {**NOTE, "type": ["Note"]}),
        ("piefed", {**NOTE, "id": "https://a.example/n/01J9"}),
        ("piefed", {**NOTE, "type": "Event", "name": "Spring"}),
        ("piefed", {term: POLL[term] for term in POLL if term != "endTime"}),
        ("piefed", VOTE_LIKE),
        ("mobilizon", {**NOTE, "type": "Article", "name": "Minutes"}),
        ("mobilizon", {**NOTE, "type": "Event", "name": "Spring"}),
        ("pixelfed", {term: NOTE[term] for term in NOTE if term != "published"}),
        (
            "pixelfed",
            {**NOTE, "x": {"a": {"b": {"c": {"d": {"e": {"f": {"g": {}}}}}}}}},
        ),
        ("mitra", {**NOTE, "type": ["Note"]}),
        ("mitra", VOTE_LIKE),
    ],
)
def test_a_reader_refuses_what_its_server_would_not_show(
    reader: str, document: Any
) -> None:
    assert READERS[reader](NOTE) is not None or reader == "pixelfed"

    with pytest.raises(Refused):
        READERS[reader](document)


def test_a_proof_that_does_not_hold_is_refused(house: House, said: Any) -> None:
    with house.desk() as desk:
        row = desk.connection.execute("select * from activity limit 1").fetchone()
    forged = {**canonical.read(row["body"].encode()), "published": "2020-01-01"}

    with pytest.raises(Refused):
        mitra.activity(forged, proofs.new_key().public_key(), now=NOON)


def words(text: str) -> str:
    return " ".join(html.unescape(_TAGS.sub(" ", text)).split())
