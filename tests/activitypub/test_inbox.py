"""Only bob can speak for bob, however the request is bent."""

import json
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activitypub import canonical, inbox, proofs, reading, signatures
from activitypub.canonical import JsonObject, JsonValue
from activitypub.documents import AS2
from activitypub.errors import (
    Forbidden,
    Malformed,
    NotAuthentic,
    ProtocolError,
    TooLarge,
    TooMany,
    Unreachable,
    Unsupported,
)
from activitypub.inbox import (
    Accepted,
    Answer,
    Asker,
    Fetch,
    Ignored,
    Known,
    Recall,
    Remember,
    Wish,
)
from activitypub.reading import Key
from activitypub.signatures import Request, Signer
from tests.activitypub.wire import (
    BOB,
    BOBS_KEY,
    HOST,
    NOON,
    a_get,
    a_message,
    a_post,
    bob,
    ed25519_key,
    header,
    rsa_key,
    with_header,
    without_header,
)

ALICE = "https://b.example/users/alice"
MALLORY = "https://mallory.example/users/mallory"
MINUTE = timedelta(minutes=1)

Found = TypeVar("Found")


def an_activity(**changes: JsonValue) -> JsonObject:
    activity: JsonObject = {
        "@context": AS2,
        "id": "https://b.example/activities/1",
        "type": "Follow",
        "actor": BOB,
        "object": "https://a.example/g/harbour",
    }
    return {**activity, **changes}


def sent(
    activity: JsonObject | None = None,
    *,
    signer: Signer | None = None,
    at: datetime = NOON,
) -> Request:
    body = json.dumps(activity or an_activity()).encode()
    return a_post(body, signer=signer, now=at)


def an_actor(
    id: str = BOB, *, key: str | None = None, **changes: JsonValue
) -> JsonObject:
    document: JsonObject = {
        "@context": [AS2, "https://w3id.org/security/v1"],
        "id": id,
        "type": "Person",
        "inbox": f"{id}/inbox",
        "publicKey": {
            "id": key or f"{id}#main-key",
            "owner": id,
            "publicKeyPem": signatures.write_key(rsa_key().public_key()),
        },
    }
    return {**document, **changes}


@dataclass
class Net:
    """The documents of other servers, what we know of them, and what we asked."""

    documents: dict[str, JsonObject | ProtocolError] = field(default_factory=dict)
    known: dict[str, Known] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    blocked: frozenset[str] = frozenset()

    def receive(
        self, request: Request, *, host: str = HOST, now: datetime = NOON
    ) -> Accepted | Ignored:
        return self.drive(inbox.receive(request, host=host, now=now))

    def asker(self, request: Request, *, now: datetime = NOON) -> Asker:
        return self.drive(inbox.asker(request, host=HOST, now=now))

    def vouched(self, document: JsonObject, *, now: datetime = NOON) -> str:
        return self.drive(inbox.vouched(document, now=now))

    def drive(self, steps: Generator[Wish, Answer, Found]) -> Found:
        try:
            wish = next(steps)
            while True:
                match wish:
                    case Recall(actor=actor) if actor in self.blocked:
                        wish = steps.throw(Forbidden("This server is blocked here."))
                    case Recall(actor=actor):
                        wish = steps.send(self.known.get(actor))
                    case Remember(known=known):
                        self.known[known.actor] = known
                        wish = steps.send(None)
                    case Fetch(url=url):
                        self.asked.append(url)
                        gone = Unreachable("There is no such server.")
                        found = self.documents.get(url, gone)
                        if isinstance(found, ProtocolError):
                            wish = steps.throw(found)
                        else:
                            wish = steps.send(found)
        except StopIteration as end:
            outcome: Found = end.value
            return outcome


def a_net(*documents: JsonObject) -> Net:
    net = Net()
    for document in documents or (an_actor(),):
        id = document["id"]
        assert isinstance(id, str)
        net.documents[id] = document
    return net


def test_an_activity_that_its_actor_signed_is_accepted() -> None:
    net = a_net()
    request = sent()

    accepted = net.receive(request)

    assert isinstance(accepted, Accepted)
    assert accepted.id == "https://b.example/activities/1"
    assert (accepted.type, accepted.actor) == ("Follow", BOB)
    assert accepted.document == an_activity()
    assert accepted.raw == request.body
    assert accepted.key_id == BOBS_KEY
    assert "digest" in accepted.covered
    assert accepted.actor_document == an_actor()
    assert net.asked == [BOB]


def test_a_signature_of_either_kind_will_do() -> None:
    body = json.dumps(an_activity()).encode()

    accepted = a_net().receive(a_message(body))

    assert isinstance(accepted, Accepted)
    assert accepted.covered == {"@method", "@target-uri", "content-digest"}
    assert a_net().asker(a_message(None, target="/users/a")).actor == BOB
    with pytest.raises(NotAuthentic):
        a_net().receive(replace(a_message(body), target="/g/harbour/inbox"))
    with pytest.raises(NotAuthentic):
        a_net().asker(replace(a_message(None), target="/users/b"))


def test_a_key_that_is_known_is_not_asked_for_again() -> None:
    net = a_net()
    net.receive(sent())

    accepted = net.receive(
        sent(at=NOON + 23 * 60 * MINUTE), now=NOON + 23 * 60 * MINUTE
    )

    assert isinstance(accepted, Accepted)
    assert accepted.actor_document is None
    assert net.asked == [BOB]


def test_a_key_is_asked_for_again_after_a_day() -> None:
    net = a_net()
    net.receive(sent())
    later = NOON + timedelta(hours=24, seconds=1)

    accepted = net.receive(sent(at=later), now=later)

    assert isinstance(accepted, Accepted)
    assert net.asked == [BOB, BOB]


def test_an_ed25519_key_counts_when_the_actor_asserts_it() -> None:
    key_id = f"{BOB}#ed25519-key"
    multikey: JsonObject = {
        "id": key_id,
        "type": "Multikey",
        "controller": BOB,
        "publicKeyMultibase": proofs.multikey(ed25519_key().public_key()),
    }
    net = a_net(an_actor(assertionMethod=[multikey]))

    accepted = net.receive(
        sent(signer=Signer(key_id=key_id, private_key=ed25519_key()))
    )

    assert isinstance(accepted, Accepted)
    assert accepted.key_id == key_id


def test_gotosocial_keeps_its_keys_at_an_address_of_their_own() -> None:
    key_id = f"{BOB}/main-key"
    net = a_net(an_actor(key=key_id))

    accepted = net.receive(sent(signer=Signer(key_id=key_id, private_key=rsa_key())))

    assert isinstance(accepted, Accepted)
    assert net.asked == [BOB]


def test_in_the_workshop_the_port_is_part_of_the_host() -> None:
    neighbour = "http://127.0.0.1:8002/users/b"
    net = a_net(an_actor(neighbour))
    activity = an_activity(actor=neighbour, id="http://127.0.0.1:8002/activities/1")
    stray = an_activity(actor=neighbour, id="http://127.0.0.1:8003/activities/1")
    signer = Signer(key_id=f"{neighbour}#main-key", private_key=rsa_key())

    def to_us(activity: JsonObject) -> Request:
        body = json.dumps(activity).encode()
        return a_post(body, signer=signer, host="127.0.0.1:8001")

    assert isinstance(net.receive(to_us(activity), host="127.0.0.1:8001"), Accepted)
    with pytest.raises(NotAuthentic, match="one server"):
        net.receive(to_us(stray), host="127.0.0.1:8001")


# What is refused before anything is looked up


def refused(net: Net, request: Request, kind: type[ProtocolError]) -> None:
    with pytest.raises(kind):
        net.receive(request)
    assert net.asked == []
    assert net.known == {}


def test_an_unsigned_activity_is_refused_unread() -> None:
    refused(a_net(), without_header(sent(), "signature"), NotAuthentic)
    refused(
        a_net(), without_header(a_post(b"not even JSON"), "signature"), NotAuthentic
    )


def test_an_activity_is_posted() -> None:
    refused(a_net(), replace(sent(), method="PUT"), Malformed)


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", ""])
def test_an_activity_says_that_it_is_one(content_type: str) -> None:
    refused(a_net(), with_header(sent(), "content-type", content_type), Unsupported)
    refused(a_net(), without_header(sent(), "content-type"), Unsupported)


def test_an_activity_says_so_once() -> None:
    request = sent()
    twice = (*request.headers, ("content-type", "application/activity+json"))

    refused(a_net(), replace(request, headers=twice), Unsupported)


def test_an_activity_has_a_largest_size() -> None:
    largest = b'{"a":"' + b"x" * canonical.MOST_BYTES + b'"}'

    refused(a_net(), a_post(largest), TooLarge)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"[]",
        b"1",
        b'{"id":"https://b.example/1","id":"https://b.example/2"}',
        b"\xff",
        b'{"a":' * 100 + b"1" + b"}" * 100,
    ],
)
def test_what_is_no_json_object_is_malformed(body: bytes) -> None:
    refused(a_net(), a_post(body), Malformed)


@pytest.mark.parametrize("term", ["id", "type", "actor"])
@pytest.mark.parametrize("value", [None, "", 1, [], ["https://b.example/x"], {}])
def test_an_activity_has_one_id_one_type_and_one_actor(
    term: str, value: JsonValue
) -> None:
    net = a_net()

    with pytest.raises(ProtocolError):
        net.receive(sent(an_activity(**{term: value})))
    assert net.asked == []


@pytest.mark.parametrize("keyword", ["@graph", "@included", "@reverse", "@id", "@type"])
def test_an_activity_says_nothing_that_only_linked_data_readers_hear(
    keyword: str,
) -> None:
    hidden: JsonObject = {keyword: {"type": "Delete"}}

    refused(a_net(), sent(an_activity(**hidden)), Malformed)
    refused(a_net(), sent(an_activity(object={"x": [hidden]})), Malformed)


@pytest.mark.parametrize(
    "terms",
    [
        {"id": "https://mallory.example/ns#id", "x": "@id"},
        {"x": "@id"},
        {"kind": "@type"},
        {"kind": {"@id": "@type"}},
        {"all": "@graph"},
        {"more": "@included"},
        {"in": "@nest"},
        {"back": {"@reverse": "as:object"}},
        {"type": "as:actor"},
        {"type": "@id"},
        {"id": {"@id": "@type"}},
    ],
)
def test_no_term_of_an_activity_stands_for_another(terms: JsonObject) -> None:
    context: JsonValue = [AS2, terms]

    refused(a_net(), sent(an_activity(**{"@context": context})), Malformed)
    refused(a_net(), sent(an_activity(**{"@context": terms})), Malformed)
    refused(a_net(), sent(an_activity(object={"@context": [terms]})), Malformed)
    within: list[JsonObject] = [
        {"x": {"@id": "as:x", "@context": terms}},
        {"@context": terms},
    ]
    for scoped in within:
        contexts: JsonValue = [AS2, scoped]
        refused(a_net(), sent(an_activity(**{"@context": contexts})), Malformed)


def test_the_contexts_that_honest_servers_send_are_let_through() -> None:
    context: JsonValue = [
        AS2,
        "https://w3id.org/security/v1",
        {
            "@language": "und",
            "id": "@id",
            "type": "@type",
            "toot": "http://joinmastodon.org/ns#",
            "featured": {"@id": "toot:featured", "@type": "@id"},
            "votersCount": "toot:votersCount",
            "assertion": {"@type": "@id", "@container": "@list", "@id": "x:y"},
        },
    ]

    inner: JsonObject = {"@context": context, "type": "Note"}
    accepted = a_net().receive(
        sent(an_activity(**{"@context": context, "object": inner}))
    )

    assert isinstance(accepted, Accepted)


# Whose key


def test_a_key_that_belongs_to_someone_else_proves_nothing() -> None:
    mallory = Signer(key_id=f"{MALLORY}#main-key", private_key=rsa_key(name="mallory"))

    refused(a_net(), sent(signer=mallory), NotAuthentic)


def test_a_neighbour_on_the_same_server_cannot_speak_for_bob() -> None:
    alices = rsa_key(name="alice")
    pem = signatures.write_key(alices.public_key())
    key_id = f"{ALICE}#main-key"
    net = a_net(
        an_actor(),
        an_actor(ALICE, publicKey={"id": key_id, "owner": ALICE, "publicKeyPem": pem}),
    )

    with pytest.raises(NotAuthentic, match="own document"):
        net.receive(sent(signer=Signer(key_id=key_id, private_key=alices)))


def test_a_key_that_names_bob_as_its_owner_is_not_bobs_for_that() -> None:
    key_id = "https://b.example/media/key.json"
    mallorys = rsa_key(name="mallory")
    upload: JsonObject = {
        "id": key_id,
        "type": "Person",
        "owner": BOB,
        "inbox": f"{BOB}/inbox",
        "publicKeyPem": signatures.write_key(mallorys.public_key()),
    }
    net = a_net(an_actor(), upload)

    with pytest.raises(NotAuthentic, match="own document"):
        net.receive(sent(signer=Signer(key_id=key_id, private_key=mallorys)))
    assert net.asked == [BOB]


def test_a_forged_signature_with_bobs_key_id_proves_nothing() -> None:
    mallory = Signer(key_id=BOBS_KEY, private_key=rsa_key(name="mallory"))

    with pytest.raises(NotAuthentic):
        a_net().receive(sent(signer=mallory))


def test_an_activity_with_an_id_elsewhere_is_not_bobs() -> None:
    elsewhere = an_activity(id="https://c.example/activities/1")

    refused(a_net(), sent(elsewhere), NotAuthentic)


@pytest.mark.parametrize(
    "id", ["1", "urn:uuid:1", "", "https://b.example@c.example/1", "ftp://b.example/1"]
)
def test_an_id_that_is_no_address_is_malformed(id: str) -> None:
    refused(a_net(), sent(an_activity(id=id)), Malformed)


def test_another_scheme_or_port_is_another_server() -> None:
    for id in ("http://b.example/1", "https://b.example:8443/1"):
        refused(a_net(), sent(an_activity(id=id)), NotAuthentic)


def test_an_address_must_not_hold_a_document_of_another_server() -> None:
    net = Net(documents={BOB: an_actor("https://mallory.example/users/bob")})

    with pytest.raises(NotAuthentic, match="somebody else's document"):
        net.receive(sent())


def test_the_actors_address_must_hold_the_actors_own_document() -> None:
    net = Net(documents={BOB: an_actor(ALICE)})

    with pytest.raises(NotAuthentic, match="own document"):
        net.receive(sent())


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"id": BOB},
        {"id": BOB, "type": "Note", "inbox": f"{BOB}/inbox"},
        {"id": BOB, "type": "Person"},
        an_actor(inbox="https://mallory.example/inbox"),
        an_actor(publicKey=None),
        an_actor(publicKey=[]),
        an_actor(
            publicKey={
                "id": BOBS_KEY,
                "owner": ALICE,
                "publicKeyPem": signatures.write_key(rsa_key().public_key()),
            }
        ),
    ],
)
def test_a_document_that_is_no_actor_with_this_key_proves_nothing(
    document: JsonObject,
) -> None:
    net = Net(documents={BOB: document})

    with pytest.raises(ProtocolError):
        net.receive(sent())


def test_a_redirected_host_in_capitals_is_still_bobs() -> None:
    capital = BOB.replace("b.example", "B.Example")
    net = Net(documents={capital: an_actor()})

    accepted = net.receive(sent(an_activity(actor=capital)))

    assert isinstance(accepted, Accepted)


def test_bobs_new_key_is_fetched_once_when_the_old_one_does_not_fit() -> None:
    net = a_net()
    net.receive(sent())
    new = rsa_key(name="bob, later")
    key: JsonObject = {
        "id": BOBS_KEY,
        "owner": BOB,
        "publicKeyPem": signatures.write_key(new.public_key()),
    }
    net.documents[BOB] = an_actor(publicKey=key)
    later = NOON + 5 * MINUTE
    signer = Signer(key_id=BOBS_KEY, private_key=new)

    accepted = net.receive(sent(signer=signer, at=later), now=later)

    assert isinstance(accepted, Accepted)
    with pytest.raises(NotAuthentic):
        net.receive(sent(at=later), now=later)
    assert net.asked == [BOB, BOB]


# Who asks for a document


def test_whoever_signs_a_get_is_known_by_their_key() -> None:
    net = a_net()

    assert net.asker(a_get()) == Asker(actor=BOB, key_id=BOBS_KEY)
    assert net.asker(replace(a_get(), method="GET")).actor == BOB
    assert net.asked == [BOB]


def test_an_asker_of_gotosocial_is_known_by_the_key_below_their_actor() -> None:
    key_id = f"{BOB}/main-key"
    net = a_net(an_actor(key=key_id))
    signer = Signer(key_id=key_id, private_key=rsa_key())

    assert net.asker(a_get(signer=signer)).actor == BOB
    assert net.asked == [BOB]


def test_a_key_whose_address_is_not_quite_the_actors_leads_to_them_still() -> None:
    # BookWyrm names keys "…/user/bob/#main-key", and its actors "…/user/bob".
    key_id = f"{BOB}/#main-key"
    net = Net(documents={f"{BOB}/": an_actor(key=key_id)})
    signer = Signer(key_id=key_id, private_key=rsa_key())

    assert net.asker(a_get(signer=signer)).actor == BOB
    assert net.asker(a_get(signer=signer)).actor == BOB
    assert net.asked == [f"{BOB}/"]

    net.blocked = frozenset({BOB})
    with pytest.raises(Forbidden):
        net.asker(a_get(signer=signer))


def test_such_a_key_speaks_for_nobody_who_would_be_named_by_its_address() -> None:
    key_id = f"{BOB}/#main-key"
    net = Net(documents={f"{BOB}/": an_actor(key=key_id)})
    signer = Signer(key_id=key_id, private_key=rsa_key())
    net.asker(a_get(signer=signer))

    for later in (NOON, NOON + 5 * MINUTE):
        with pytest.raises(NotAuthentic):
            net.receive(
                sent(an_activity(actor=f"{BOB}/"), signer=signer, at=later), now=later
            )


def test_whoever_does_not_sign_a_get_is_nobody() -> None:
    net = a_net()
    mallory = Signer(key_id=BOBS_KEY, private_key=rsa_key(name="mallory"))

    with pytest.raises(NotAuthentic):
        net.asker(without_header(a_get(), "signature"))
    with pytest.raises(NotAuthentic):
        net.asker(a_get(signer=mallory))
    with pytest.raises(NotAuthentic):
        net.asker(replace(a_get(), target="/users/b"))
    with pytest.raises(Malformed):
        net.asker(sent())


def test_a_key_document_that_names_bob_as_its_owner_makes_nobody_bob() -> None:
    key_id = "https://b.example/media/key.json"
    mallorys = rsa_key(name="mallory")
    upload: JsonObject = {
        "id": key_id,
        "type": "Key",
        "owner": BOB,
        "publicKeyPem": signatures.write_key(mallorys.public_key()),
    }
    net = a_net(an_actor(), upload)

    with pytest.raises(ProtocolError):
        net.asker(a_get(signer=Signer(key_id=key_id, private_key=mallorys)))


def test_a_document_on_another_server_says_nothing_of_the_key_at_this_one() -> None:
    key_id = f"{BOB}#main-key"
    net = Net(documents={BOB: an_actor(MALLORY, key=key_id)})

    with pytest.raises(NotAuthentic, match="somebody else"):
        net.asker(a_get())


def test_a_flood_of_forged_askers_is_one_question_in_five_minutes() -> None:
    net = a_net()
    mallory = rsa_key(name="mallory")

    for second in range(600):
        forged = Signer(key_id=BOBS_KEY, private_key=mallory)
        with pytest.raises(NotAuthentic):
            net.asker(a_get(signer=forged), now=NOON + timedelta(seconds=second))

    assert len(net.asked) == 2


# Who vouches for what somebody passed on

BOBS_OTHER_KEY = f"{BOB}#ed25519-key"


def a_prover(id: str = BOB, *, term: str = "assertionMethod") -> JsonObject:
    multikey: JsonObject = {
        "id": f"{id}#ed25519-key",
        "type": "Multikey",
        "controller": id,
        "publicKeyMultibase": proofs.multikey(ed25519_key().public_key()),
    }
    return {**an_actor(id), term: [multikey]}


def a_proven(
    document: JsonObject | None = None, *, by: str = BOBS_OTHER_KEY
) -> JsonObject:
    return proofs.sign(
        document or an_activity(type="Create", object={"type": "Note"}),
        ed25519_key(),
        verification_method=by,
        created=NOON,
    )


def test_a_proof_by_the_actor_vouches_for_what_others_pass_on() -> None:
    net = a_net(a_prover())

    assert net.vouched(a_proven()) == BOB
    assert net.vouched(a_proven()) == BOB
    assert net.asked == [BOB]


def test_a_proof_vouches_for_a_post_by_its_author_and_for_an_actor_by_itself() -> None:
    net = a_net(a_prover())
    post: JsonObject = {
        "@context": AS2,
        "id": "https://b.example/posts/1",
        "type": "Note",
        "attributedTo": BOB,
        "content": "<p>Agreed.</p>",
    }

    assert net.vouched(a_proven(post)) == BOB
    assert net.vouched(a_proven(a_prover())) == BOB


def test_what_is_passed_on_without_a_proof_is_nobodys() -> None:
    net = a_net(a_prover())

    with pytest.raises(NotAuthentic, match="proof"):
        net.vouched(an_activity())
    assert net.asked == []


def test_what_was_changed_after_it_was_proven_is_nobodys() -> None:
    forged: JsonObject = {**a_proven(), "object": {"type": "Note", "content": "No."}}

    with pytest.raises(NotAuthentic):
        a_net(a_prover()).vouched(forged)


def test_a_proof_never_speaks_for_someone_on_another_server() -> None:
    hers = f"{MALLORY}#ed25519-key"
    net = a_net(a_prover(), a_prover(MALLORY))
    id = "https://mallory.example/activities/1"

    for forged in (
        a_proven(by=hers),
        a_proven(an_activity(id=id), by=hers),
        a_proven(an_activity(actor=MALLORY), by=hers),
        a_proven(an_activity(actor=[BOB, MALLORY]), by=hers),
        a_proven(an_activity(id=id, actor=MALLORY, attributedTo=BOB), by=hers),
    ):
        with pytest.raises(NotAuthentic):
            net.vouched(forged)
    assert net.asked == []


def test_a_neighbours_proof_does_not_speak_for_bob() -> None:
    alices = f"{ALICE}#ed25519-key"

    with pytest.raises(NotAuthentic, match="assert"):
        a_net(a_prover(), a_prover(ALICE)).vouched(a_proven(by=alices))


def test_a_document_with_two_owners_is_nobodys_whoever_proves_it() -> None:
    two = an_activity(attributedTo=ALICE)

    with pytest.raises(NotAuthentic, match="whose"):
        a_net(a_prover(), a_prover(ALICE)).vouched(a_proven(two))


def test_a_key_that_only_signs_letters_proves_no_documents() -> None:
    with pytest.raises(NotAuthentic, match="assert"):
        a_net(a_prover(term="publicKey")).vouched(a_proven())


def test_an_rsa_key_proves_no_documents() -> None:
    entry = an_actor()["publicKey"]
    net = a_net(an_actor(publicKey=None, assertionMethod=[entry]))

    with pytest.raises(NotAuthentic, match="another kind"):
        net.vouched(a_proven(by=BOBS_KEY))


def test_a_proven_document_says_one_thing_only() -> None:
    net = a_net(a_prover())

    with pytest.raises(Malformed):
        net.vouched({**a_proven(), "@graph": []})
    with pytest.raises(Malformed):
        net.vouched(a_proven({**an_activity(), "@context": [AS2, {"type": "x:y"}]}))


def test_a_proof_that_has_expired_vouches_for_nothing() -> None:
    expiring = a_proven()
    proof = expiring["proof"]
    assert isinstance(proof, dict)
    proof["expires"] = "2026-11-22T12:00:00Z"

    with pytest.raises(NotAuthentic, match="expired"):
        a_net(a_prover()).vouched(expiring)


def test_whoever_is_blocked_vouches_for_nothing() -> None:
    net = a_net(a_prover())
    net.blocked = frozenset({BOB})

    with pytest.raises(Forbidden):
        net.vouched(a_proven())


# How often we ask


def test_a_flood_of_forgeries_is_one_question_in_five_minutes() -> None:
    net = a_net()
    mallory = rsa_key(name="mallory")

    for second in range(1000):
        now = NOON + timedelta(seconds=second)
        forged = Signer(key_id=f"{BOB}#key-{second % 7}", private_key=mallory)
        with pytest.raises(NotAuthentic):
            net.receive(sent(signer=forged, at=NOON), now=now)

    assert len(net.asked) == 4


def test_a_flood_of_forgeries_does_not_keep_bob_out() -> None:
    net = a_net()
    mallory = Signer(key_id=f"{BOB}#no-such-key", private_key=rsa_key(name="mallory"))

    with pytest.raises(NotAuthentic):
        net.receive(sent(signer=mallory))

    assert isinstance(net.receive(sent()), Accepted)
    assert net.asked == [BOB]


def test_a_server_that_is_down_is_asked_again_after_five_minutes() -> None:
    net = Net()

    with pytest.raises(Unreachable):
        net.receive(sent())
    with pytest.raises(NotAuthentic, match="later"):
        net.receive(sent(), now=NOON + 4 * MINUTE)
    net.documents[BOB] = an_actor()

    assert isinstance(net.receive(sent(), now=NOON + 5 * MINUTE), Accepted)
    assert net.asked == [BOB, BOB]


def test_who_could_not_be_asked_about_may_come_again_at_once() -> None:
    net = Net(documents={BOB: TooMany("Not now.", retry_after=1)})

    with pytest.raises(TooMany):
        net.receive(sent())
    net.documents[BOB] = an_actor()

    assert isinstance(net.receive(sent()), Accepted)


def test_an_old_key_is_not_believed_because_its_server_is_down() -> None:
    net = a_net()
    net.receive(sent())
    net.documents.clear()
    later = NOON + timedelta(hours=25)

    with pytest.raises(Unreachable):
        net.receive(sent(at=later), now=later)
    with pytest.raises(NotAuthentic):
        net.receive(sent(at=later), now=later)

    assert net.known[BOB].keys
    assert not net.known[BOB].fresh(later)


def test_whoever_is_blocked_is_told_so_before_anything_is_fetched() -> None:
    net = a_net()
    net.blocked = frozenset({BOB})

    refused(net, sent(), Forbidden)


# Strangers, and those who leave


@pytest.mark.parametrize("kind", ["Delete", "Undo", "Remove"])
def test_a_stranger_has_nothing_here_to_take_back(kind: str) -> None:
    net = a_net()

    ignored = net.receive(sent(an_activity(type=kind, object=BOB)))

    assert ignored == Ignored(id="https://b.example/activities/1", type=kind, actor=BOB)
    assert net.asked == []
    assert net.known == {}


def test_a_stranger_who_could_not_be_reached_is_a_stranger_still() -> None:
    net = Net()
    with pytest.raises(Unreachable):
        net.receive(sent())

    assert isinstance(net.receive(sent(an_activity(type="Delete"))), Ignored)
    assert net.asked == [BOB]


def test_someone_we_know_can_delete_after_their_server_is_gone() -> None:
    net = a_net()
    net.receive(sent())
    net.documents.clear()
    later = NOON + timedelta(days=30)

    accepted = net.receive(
        sent(an_activity(type="Delete", object=BOB), at=later), now=later
    )

    assert isinstance(accepted, Accepted)
    assert net.asked == [BOB]


def test_nobody_else_can_delete_in_their_name() -> None:
    net = a_net()
    net.receive(sent())
    mallory = Signer(key_id=BOBS_KEY, private_key=rsa_key(name="mallory"))

    with pytest.raises(NotAuthentic):
        net.receive(sent(an_activity(type="Delete", object=BOB), signer=mallory))


# Replays


def test_a_replay_has_the_same_id_and_the_same_fingerprint() -> None:
    net = a_net()
    request = sent()

    first, again = net.receive(request), net.receive(request)

    assert isinstance(first, Accepted)
    assert isinstance(again, Accepted)
    assert (first.id, first.fingerprint) == (again.id, again.fingerprint)


def test_a_request_to_another_server_is_worth_nothing_here() -> None:
    with pytest.raises(NotAuthentic, match="another host"):
        a_net().receive(a_post(json.dumps(an_activity()).encode(), host="c.example"))


def test_a_wrong_answer_to_a_wish_is_noticed() -> None:
    steps = inbox.receive(sent(), host=HOST, now=NOON)
    next(steps)
    with pytest.raises(TypeError):
        steps.send({})

    steps = inbox.receive(sent(), host=HOST, now=NOON)
    next(steps)
    assert steps.send(None) == Fetch(url=BOB)
    with pytest.raises(TypeError):
        steps.send(None)


def test_what_is_known_tells_when_to_ask() -> None:
    key = Key(id=BOBS_KEY, owner=BOB, key=rsa_key().public_key())
    known = Known(actor=BOB, keys=(key,), learned_at=NOON, asked_at=NOON)

    assert known.fresh(NOON + timedelta(hours=24))
    assert not known.fresh(NOON + timedelta(hours=24, seconds=1))
    assert not known.may_ask(NOON + timedelta(minutes=5) - timedelta(seconds=1))
    assert known.may_ask(NOON + timedelta(minutes=5))
    assert known.key(BOBS_KEY) == key
    assert known.key(BOBS_KEY, asserts=True) is None
    assert known.key(f"{BOB}#other") is None


# Nothing makes the door stumble

JSON: st.SearchStrategy[JsonValue] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from([BOB, ALICE, MALLORY, AS2, "@id", "Delete", "https://b.example"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "type", "actor", "object", "@context", "@id", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(["id", "type", "actor", "object", "@context", "@graph"]),
        JSON,
        max_size=5,
    )
)
def test_no_activity_makes_the_inbox_stumble(changes: JsonObject) -> None:
    net = a_net(an_actor(), an_actor(ALICE))
    activity = an_activity(**changes)

    try:
        outcome = net.receive(sent(activity))
    except ProtocolError:
        return

    assert outcome.actor == activity["actor"]
    assert set(net.asked) <= {BOB, ALICE, MALLORY, "https://b.example"}


@given(st.binary(max_size=200))
def test_no_bytes_make_the_inbox_stumble(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        a_net().receive(a_post(body))


@given(JSON)
def test_no_actor_document_makes_the_inbox_stumble(publickey: JsonValue) -> None:
    net = a_net(an_actor(publicKey=publickey))

    with pytest.raises(ProtocolError):
        net.receive(sent())


@given(st.data())
def test_no_changed_bit_of_a_signed_request_changes_what_is_accepted(
    data: st.DataObject,
) -> None:
    request = sent()
    name = data.draw(st.sampled_from(["date", "digest", "host", "signature", "body"]))
    value = request.body if name == "body" else header(request, name).encode()
    at = data.draw(st.integers(0, len(value) - 1))
    changed = bytearray(value)
    changed[at] ^= 1 << data.draw(st.integers(0, 6))
    bent = (
        replace(request, body=bytes(changed))
        if name == "body"
        else with_header(request, name, changed.decode("latin-1"))
    )

    try:
        outcome = a_net().receive(bent)
    except ProtocolError:
        return
    assert outcome == a_net().receive(request)


def test_a_key_read_from_the_wire_is_the_key_that_was_written() -> None:
    for key in (rsa_key().public_key(), ed25519_key().public_key()):
        assert signatures.read_key(signatures.write_key(key)) == key


def test_bobs_document_is_read_as_bobs() -> None:
    assert reading.actor(an_actor()).id == bob().key_id.partition("#")[0]
