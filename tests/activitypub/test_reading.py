"""Each document here has the shape that a server was seen to send."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitypub import proofs, reading, signatures
from activitypub.canonical import JsonObject, JsonValue
from activitypub.documents import AS2, PUBLIC
from activitypub.errors import Malformed, ProtocolError
from tests.activitypub.wire import BOB, BOBS_KEY, ed25519_key, rsa_key

PEM = signatures.write_key(rsa_key().public_key())


def bob(**changes: JsonValue) -> JsonObject:
    document: JsonObject = {
        "@context": [AS2, "https://w3id.org/security/v1"],
        "id": BOB,
        "type": "Person",
        "preferredUsername": "bob",
        "name": "Bob",
        "inbox": f"{BOB}/inbox",
        "followers": f"{BOB}/followers",
        "endpoints": {"sharedInbox": "https://b.example/inbox"},
        "publicKey": {"id": BOBS_KEY, "owner": BOB, "publicKeyPem": PEM},
    }
    return {**document, **changes}


@pytest.mark.parametrize(
    "content_type",
    [
        "application/activity+json",
        "application/activity+json; charset=utf-8",
        "Application/Activity+JSON",
        f'application/ld+json; profile="{AS2}"',
        f'application/ld+json;charset=utf-8;profile="{AS2}"',
        f'APPLICATION/LD+JSON; PROFILE="{AS2}"',
        f'application/ld+json; profile="https://other.example/ns {AS2}"',
        f"application/ld+json; profile={AS2}",
    ],
)
def test_a_type_of_activitypub_is_known_however_it_is_written(
    content_type: str,
) -> None:
    assert reading.is_activity_type(content_type)


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "text/html",
        "application/json",
        "application/ld+json",
        'application/ld+json; profile="https://other.example/ns"',
        f'application/ld+json; profile="{AS2}x"',
        f'application/ld+json; profile="x"; profile="{AS2}"',
        f'application/json; profile="{AS2}"',
        "application/activity+jsonp",
        "image/png; application/activity+json",
    ],
)
def test_any_other_json_is_not_activitypub(content_type: str) -> None:
    assert not reading.is_activity_type(content_type)


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        (None, ()),
        ("", ()),
        (BOB, (BOB,)),
        ({"id": BOB, "type": "Person"}, (BOB,)),
        ([BOB, {"id": "https://c.example/c"}], (BOB, "https://c.example/c")),
        ({"type": "Link", "href": BOB}, (BOB,)),
        ([1, None, {}, [BOB]], ()),
    ],
)
def test_an_id_is_found_alone_or_in_its_object_or_in_a_list(
    value: JsonValue, ids: tuple[str, ...]
) -> None:
    assert reading.ids_of(value) == ids


def test_a_vote_of_gotosocial_is_a_list_of_notes() -> None:
    votes: JsonValue = [{"type": "Note", "name": "Yes"}, {"type": "Note"}, "x"]

    assert [reading.type_of(v) for v in reading.objects_of(votes)] == ["Note", "Note"]


@pytest.mark.parametrize("name", ["Public", "as:Public", PUBLIC])
def test_everybody_has_three_names(name: str) -> None:
    assert reading.addressees({"to": name, "cc": [BOB]}) == (PUBLIC, BOB)
    assert reading.addressees({"to": BOB, "cc": [BOB, name]}) == (BOB, PUBLIC)


def test_a_text_stands_alone_or_by_language() -> None:
    both: JsonObject = {"name": "Wall", "nameMap": {"en": "Wall", "cy": "Wal"}}

    assert reading.text_of(both, "name") == "Wall"
    assert reading.text_of(both, "name", language="cy") == "Wal"
    assert reading.text_of(both, "name", language="de") == "Wall"
    assert reading.text_of({"nameMap": {"cy": "Wal"}}, "name") == "Wal"
    assert reading.text_of({"name": ["Wall"], "nameMap": []}, "name") is None


def test_a_page_is_a_string_a_link_or_the_html_of_several() -> None:
    video: JsonObject = {
        "type": "Link",
        "mediaType": "video/mp4",
        "href": "https://b.example/1.mp4",
    }
    page: JsonObject = {
        "type": "Link",
        "mediaType": "text/html",
        "href": "https://b.example/1",
    }

    assert reading.link_of("https://b.example/1") == "https://b.example/1"
    assert reading.link_of(page) == "https://b.example/1"
    assert reading.link_of([video, page]) == "https://b.example/1"
    assert reading.link_of([video]) == "https://b.example/1.mp4"


@pytest.mark.parametrize(
    "hostile",
    ["javascript:alert(1)", "data:text/html,x", "//b.example", "", None, 1, {}, []],
)
def test_what_is_no_web_address_leads_nowhere(hostile: JsonValue) -> None:
    assert reading.link_of(hostile) is None
    assert reading.link_of({"type": "Link", "href": hostile}) is None


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-22T12:00:00Z",
        "2026-11-22T12:00:00.000Z",
        "2026-11-22T13:00:00+01:00",
        "2026-11-22T12:00:00.000000000Z",
    ],
)
def test_a_time_may_have_a_fraction_and_an_offset(written: str) -> None:
    assert reading.instant_of(written) == datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-22",
        "2026-11-22T12:00:00",
        "2026-13-22T12:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "soon",
        "",
        1700000000,
        None,
    ],
)
def test_what_is_no_time_is_none(written: JsonValue) -> None:
    assert reading.instant_of(written) is None


def test_an_actor_is_read_with_inbox_name_and_key() -> None:
    actor = reading.actor(bob(url=[{"type": "Link", "href": "https://b.example/@bob"}]))

    assert actor.name == "Bob"
    assert actor.username == "bob"
    assert actor.inbox == f"{BOB}/inbox"
    assert actor.shared_inbox == "https://b.example/inbox"
    assert actor.url == "https://b.example/@bob"
    [key] = actor.keys
    assert key.id == BOBS_KEY
    assert signatures.write_key(key.key) == PEM


def test_an_actor_without_a_name_is_called_by_what_there_is() -> None:
    assert reading.actor(bob(name=None)).name == "bob"
    assert reading.actor(bob(name="", preferredUsername=1)).name == BOB
    assert reading.actor(bob(name=None, nameMap={"en": "Robert"})).name == "Robert"


def test_a_name_is_one_line_with_nothing_hidden_in_it() -> None:
    name = "B\u202eo\u200bb\r\nSet-Cookie: x\x00" + "y" * 400

    shown = reading.actor(bob(name=name)).name

    assert shown.startswith("B o b Set-Cookie: x y")
    assert len(shown) <= 300
    assert shown.isprintable()


def test_an_actor_of_several_types_is_the_one_that_we_know() -> None:
    assert reading.actor(bob(type=["Tide", "Group"])).type == "Group"


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "Note"},
        {"type": []},
        {"inbox": None},
        {"id": None},
        {"id": "bob"},
        {"inbox": "https://evil.example/inbox"},
        {"inbox": "https://b.example:8443/inbox"},
        {"inbox": "http://b.example/inbox"},
        {"inbox": "https://b.example@evil.example/inbox"},
    ],
)
def test_an_actor_receives_on_their_own_server(changes: JsonObject) -> None:
    with pytest.raises(Malformed):
        reading.actor(bob(**changes))


def test_a_shared_inbox_elsewhere_is_not_used() -> None:
    stray = bob(endpoints={"sharedInbox": "https://evil.example/inbox"})

    assert reading.actor(stray).shared_inbox is None
    assert reading.actor(bob(endpoints=[])).shared_inbox is None
    assert reading.actor(bob(followers="https://evil.example/f")).followers is None


def multikey(**changes: str) -> JsonObject:
    return {
        "id": f"{BOB}#ed25519-key",
        "type": "Multikey",
        "controller": BOB,
        "publicKeyMultibase": proofs.multikey(ed25519_key().public_key()),
        **changes,
    }


def test_an_ed25519_key_is_read_from_its_multikey() -> None:
    [_, key] = reading.keys_of(bob(assertionMethod=[multikey()]))

    assert key.id == f"{BOB}#ed25519-key"
    assert key.key == ed25519_key().public_key()


def test_a_stub_with_nothing_but_the_key_is_enough_to_read_the_key() -> None:
    stub: JsonObject = {
        "id": BOB,
        "type": "Person",
        "preferredUsername": "bob",
        "publicKey": {"id": f"{BOB}/main-key", "owner": BOB, "publicKeyPem": PEM},
    }

    [key] = reading.keys_of(stub)

    assert key.id == f"{BOB}/main-key"


@pytest.mark.parametrize(
    "key",
    [
        {"id": BOBS_KEY, "owner": "https://b.example/users/eve", "publicKeyPem": PEM},
        {"id": "https://evil.example/key", "owner": BOB, "publicKeyPem": PEM},
        {"id": "main-key", "owner": BOB, "publicKeyPem": PEM},
        {"owner": BOB, "publicKeyPem": PEM},
        {"id": BOBS_KEY, "owner": BOB},
        {"id": BOBS_KEY, "owner": BOB, "publicKeyPem": "PEM"},
        {"id": BOBS_KEY, "owner": BOB, "publicKeyPem": 1},
        {"id": BOBS_KEY, "owner": BOB, "publicKeyPem": PEM * 99},
        multikey(controller="https://b.example/users/eve"),
        multikey(publicKeyMultibase="z6Mk"),
        multikey(id="https://evil.example/#key"),
        BOBS_KEY,
    ],
)
def test_a_key_that_is_not_the_actors_own_is_passed_over(key: JsonValue) -> None:
    assert reading.keys_of(bob(publicKey=key)) == ()


def test_only_so_many_keys_are_looked_at() -> None:
    many: list[JsonValue] = [
        {"id": f"{BOB}#{n}", "owner": BOB, "publicKeyPem": PEM} for n in range(50)
    ]

    assert len(reading.keys_of(bob(publicKey=many))) == 10


def a_note(**changes: JsonValue) -> JsonObject:
    document: JsonObject = {
        "id": f"{BOB}/1",
        "type": "Note",
        "attributedTo": BOB,
        "content": "<p>Hello</p>",
        "to": "as:Public",
        "published": "2026-11-22T12:00:00.123Z",
    }
    return {**document, **changes}


def test_a_post_is_read_with_author_and_addressees() -> None:
    post = reading.post(a_note(inReplyTo={"id": "https://a.example/n/1"}))

    assert post.author == BOB
    assert post.content == "<p>Hello</p>"
    assert post.in_reply_to == "https://a.example/n/1"
    assert post.public
    assert not reading.post(a_note(to=[f"{BOB}/followers"])).public


def test_a_video_of_peertube_is_by_the_person_and_not_the_channel() -> None:
    channel: JsonObject = {"type": "Group", "id": "https://b.example/channels/c"}
    person: JsonObject = {"type": "Person", "id": BOB}

    post = reading.post(a_note(type="Video", attributedTo=[channel, person]))

    assert post.author == BOB


def test_whatever_somebody_calls_things_is_cut_to_a_sensible_length() -> None:
    long = "x" * 100_000
    written: JsonObject = {"name": long, "summary": long, "content": long * 10}

    post = reading.post(a_note(**written))
    actor = reading.actor(
        bob(name=long, preferredUsername=long, alsoKnownAs=[BOB] * 99)
    )

    assert len(post.name or "") == len(post.summary or "") == reading.LONGEST_NAME
    assert len(post.content) == reading.LONGEST_TEXT
    assert len(actor.name) == len(actor.username or "") == reading.LONGEST_NAME
    assert len(actor.also_known_as) == 32


def test_only_so_many_things_in_a_list_are_read() -> None:
    answer = a_note(content=None, name="Yes", inReplyTo="https://a.example/1")
    everybody: list[JsonValue] = [f"https://c.example/{n}" for n in range(5_000)]

    votes = reading.votes({"object": [answer] * 5_000})

    assert len(votes) == reading.MOST_OPTIONS
    assert len(reading.addressees({"to": everybody})) == reading.MOST_ADDRESSEES


def test_what_turns_or_hides_the_text_around_it_is_taken_out_of_names() -> None:
    hidden = "Yes\u202e oN\u2066\u200b\u0007\n"

    post = reading.post(a_note(name=hidden, summary=hidden))

    assert post.name == post.summary == "Yes oN"
    assert reading.sign_of({"content": "\u202e🌊\u200b"}) == "🌊"


@pytest.mark.parametrize(
    "author",
    [
        None,
        "https://evil.example/users/eve",
        [BOB, "https://evil.example/users/eve"],
        [BOB, {}],
        ["bob"],
        [],
    ],
)
def test_a_post_belongs_to_somebody_on_its_own_server(author: JsonValue) -> None:
    with pytest.raises(Malformed):
        reading.post(a_note(attributedTo=author))


def test_a_post_without_a_type_or_an_address_is_none() -> None:
    for changes in ({"type": None}, {"id": None}, {"id": "1"}):
        with pytest.raises(Malformed):
            reading.post(a_note(**changes))


JSON: st.SearchStrategy[JsonValue] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=10)
    | st.sampled_from([BOB, BOBS_KEY, PUBLIC, "Person", "Note", "Multikey", PEM]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "type", "href", "name", "publicKeyPem", "owner"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
TERMS = st.sampled_from(
    [*bob(), *a_note(), "nameMap", "assertionMethod", "url", "inReplyTo", "movedTo"]
)


@given(st.dictionaries(TERMS, JSON, max_size=8))
def test_no_document_makes_the_readers_stumble(changes: JsonObject) -> None:
    for read, whole in ((reading.actor, bob()), (reading.post, a_note())):
        try:
            read({**whole, **changes})
        except ProtocolError:
            continue
