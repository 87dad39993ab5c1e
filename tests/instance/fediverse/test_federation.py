"""An account elsewhere follows an assembly, reads its posts and replies."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from activitypub import documents, signatures
from activitypub.canonical import JsonObject
from activitypub.signatures import Signer
from instance import config, speech
from instance import node as nodes
from tests.instance.elsewhere import Account, an_account
from tests.instance.serving import Serving, a_node, folkmoot, until
from tests.instance.wire import (
    ACTIVITY,
    activity_of,
    change,
    create,
    follow,
    follow_of,
    get,
    note_by,
    outcome,
    post_signed,
    received,
    rows,
    waiting,
)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with a_node(tmp_path_factory.mktemp("nodes")) as serving:
        yield serving


@pytest.fixture
def sam() -> Iterator[Account]:
    with an_account() as account:
        yield account


def test_webfinger_leads_to_the_assembly_and_back(node: Serving) -> None:
    name = f"acct:harbour@127.0.0.1:{node.port}"

    jrd = get(f"{node.base}/.well-known/webfinger?resource={name}").json()

    [link] = [link for link in jrd["links"] if link["rel"] == "self"]
    actor = get(link["href"]).json()
    assert actor["type"] == "Group"
    assert actor["preferredUsername"] == "harbour"
    assert jrd["subject"] == name


def test_a_member_without_an_actor_is_as_unknown_as_anybody(node: Serving) -> None:
    folkmoot("member", "add", str(node.directory), "Mallory Quince")

    for name in ("mallory", "mallory_quince", "nobody_at_all"):
        url = f"{node.base}/.well-known/webfinger"
        found = httpx.get(
            url, params={"resource": f"acct:{name}@127.0.0.1:{node.port}"}
        )
        assert found.status_code == 404


def test_a_follow_is_accepted_with_the_follow_in_it(
    node: Serving, sam: Account
) -> None:
    follow = follow_of(sam, node)

    assert sam.send(f"{node.base}/g/harbour/inbox", follow).status_code == 202

    until(lambda: sam.of_type("Accept"))
    [accept] = sam.of_type("Accept")
    assert accept["actor"] == f"{node.base}/g/harbour"
    assert accept["object"]["id"] == follow["id"]


def test_a_follower_receives_a_post_and_can_read_it(
    node: Serving, sam: Account
) -> None:
    follow(sam, node)

    said = folkmoot("post", str(node.directory), "--as", "harbour", "Soup at <six>")
    id = said.stdout.strip()

    until(lambda: any(each["object"] == id for each in sam.of_type("Announce")))
    note = get(id).json()
    assert note["type"] == "Note"
    assert note["content"] == "<p>Soup at &lt;six&gt;</p>"
    assert note["attributedTo"] == f"{node.base}/g/harbour/clerk"
    assert documents.PUBLIC in note["to"]


def test_a_reply_from_elsewhere_is_kept_clean_and_listed_with_the_post(
    node: Serving, sam: Account
) -> None:
    follow(sam, node)
    id = folkmoot(
        "post", str(node.directory), "--as", "harbour", "Who brings bread?"
    ).stdout.strip()
    reply = note_by(sam, "<p>I do</p><script>alert(1)</script>", to=id)

    sam.send(f"{node.base}/inbox", create(sam, reply))

    until(lambda: get(f"{id}/replies").json()["totalItems"] == 1)
    assert get(f"{id}/replies").json()["orderedItems"] == [reply["id"]]
    [[kept]] = rows(
        node, "select content from remote_post where id = :id", id=reply["id"]
    )
    assert kept == "<p>I do</p>"


def test_a_reply_that_somebody_else_signed_is_refused(
    node: Serving, sam: Account
) -> None:
    reply = note_by(sam, "<p>I do</p>", to=f"{node.base}/n/1")
    mallory = generate_private_key(65_537, 2048)

    answer = sam.send(f"{node.base}/inbox", create(sam, reply), key=mallory)

    assert answer.status_code == 401
    assert received(node, reply) == []


def test_an_actor_of_ours_is_known_without_being_asked_for(node: Serving) -> None:
    clerk = f"{node.base}/g/harbour/clerk"
    settings = config.read(node.directory)
    with nodes.at_desk(settings) as desk:
        own = speech.signer(desk, "g/harbour/clerk")
    assert own is not None
    forged = Signer(key_id=own.key_id, private_key=generate_private_key(65_537, 2048))
    activity: JsonObject = {
        "@context": documents.AS2,
        "id": f"{clerk}/said/1",
        "type": "Like",
        "actor": clerk,
        "object": f"{node.base}/g/harbour",
    }

    assert post_signed(node, activity, own) == 202
    assert post_signed(node, activity, forged) == 401


def test_an_old_key_is_believed_no_longer_than_its_owner_says(
    node: Serving, sam: Account
) -> None:
    follow(sam, node)
    old, sam.key = sam.key, generate_private_key(65_537, 2048)
    update = activity_of(sam, "Update", sam.document)

    assert sam.send(f"{node.base}/inbox", update, key=old).status_code == 202
    until(lambda: outcome(node, update) == "actor updated")

    until(lambda: sam.send(f"{node.base}/inbox", like_of(sam), key=old).is_error)
    assert sam.send(f"{node.base}/inbox", like_of(sam)).status_code == 202


def test_whoever_has_gone_signs_nothing_more(node: Serving, sam: Account) -> None:
    follow(sam, node)
    sam.gone = True
    farewell = activity_of(sam, "Delete", sam.id)

    assert sam.send(f"{node.base}/inbox", farewell).status_code == 202
    until(lambda: outcome(node, farewell) == "actor forgotten")

    until(lambda: sam.send(f"{node.base}/inbox", like_of(sam)).status_code == 401)
    assert sam.send(f"{node.base}/inbox", like_of(sam)).status_code == 401


def test_a_node_that_replaced_its_keys_signs_with_the_new_ones(
    node: Serving, sam: Account
) -> None:
    follow(sam, node)
    group = f"{node.base}/g/harbour"
    with nodes.at_desk(config.read(node.directory)) as desk:
        old = speech.signer(desk, "g/harbour")
    assert old is not None
    before = get(group).json()["publicKey"]

    folkmoot("key", "rotate", str(node.directory))

    until(lambda: sam.of_type("Update"))
    after = get(group).json()["publicKey"]
    [update] = [each for each in sam.of_type("Update") if each["actor"] == group]
    assert update["object"]["publicKey"] == after
    assert after["id"] == before["id"]
    assert after["publicKeyPem"] != before["publicKeyPem"]
    claim = signatures.claimed(
        sam.requests[-1], host=urlsplit(sam.base).netloc, now=datetime.now(UTC)
    )
    signatures.check(claim, signatures.read_key(after["publicKeyPem"]))

    said = {**like_of(sam), "id": f"{group}/said/1", "actor": group}
    assert post_signed(node, said, old) == 401
    with nodes.at_desk(config.read(node.directory)) as desk:
        new = speech.signer(desk, "g/harbour")
    assert new is not None
    assert post_signed(node, said, new) == 202


def test_an_unsigned_activity_is_refused_and_leaves_nothing(
    node: Serving, sam: Account
) -> None:
    activity = follow_of(sam, node)

    answer = httpx.post(
        f"{node.base}/inbox",
        content=documents.encode(activity),
        headers={"content-type": documents.ACTIVITY_JSON},
    )

    assert answer.status_code == 401
    wanted = answer.headers["accept-signature"]
    assert wanted == 'sig1=("@method" "@target-uri" "content-digest");created'
    assert received(node, activity) == []


def test_the_same_activity_twice_is_one(node: Serving, sam: Account) -> None:
    activity = follow_of(sam, node)

    answers = [sam.send(f"{node.base}/inbox", activity) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert len(received(node, activity)) == 1


def test_whoever_unfollows_receives_no_more(node: Serving, sam: Account) -> None:
    following = follow(sam, node)
    undo = documents.undo(following, id=sam.new_id())
    sam.send(f"{node.base}/g/harbour/inbox", undo)
    until(lambda: outcome(node, undo) == "unfollowed")
    sam.received.clear()

    folkmoot("post", str(node.directory), "--as", "harbour", "To whoever is left")
    until(lambda: tried(node))

    assert sam.received == []


def test_a_delivery_survives_that_the_node_is_killed(
    tmp_path: Path, sam: Account
) -> None:
    with a_node(tmp_path) as node:
        follow(sam, node)
        node.kill()
        id = folkmoot(
            "post", str(node.directory), "--as", "harbour", "Still here"
        ).stdout.strip()

        node.start()

        until(lambda: any(each["object"] == id for each in sam.of_type("Announce")))


def test_what_a_killed_node_had_in_hand_is_taken_up_again(
    tmp_path: Path, sam: Account
) -> None:
    with a_node(tmp_path) as node:
        follow(sam, node)
        node.kill()
        id = folkmoot(
            "post", str(node.directory), "--as", "harbour", "Half sent"
        ).stdout.strip()
        change(node, "update host set claimed = 1")

        node.start()

        until(lambda: any(each["object"] == id for each in sam.of_type("Announce")))


def test_a_server_that_fails_gets_the_post_when_it_is_back(
    tmp_path: Path, sam: Account
) -> None:
    with a_node(tmp_path) as node:
        follow(sam, node)
        sam.answer_with = 503
        id = folkmoot(
            "post", str(node.directory), "--as", "harbour", "Try again"
        ).stdout.strip()
        until(lambda: waiting(node))

        sam.answer_with = 202

        until(lambda: any(each["object"] == id for each in sam.of_type("Announce")))


def test_whoever_is_gone_when_a_post_comes_follows_no_longer(
    node: Serving, sam: Account
) -> None:
    follow(sam, node)
    sam.answer_with = 410

    folkmoot("post", str(node.directory), "--as", "harbour", "Are you there?")

    query = "select 1 from follower where follower = :sam"
    until(lambda: not rows(node, query, sam=sam.id))


@pytest.mark.parametrize(
    "path",
    [
        "/oauth/authorize",
        "/oauth/token",
        "/api/v1/apps",
        "/api/v1/statuses",
        "/api/v1/streaming",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
    ],
)
def test_no_program_is_let_in_in_somebodys_name(node: Serving, path: str) -> None:
    # There is neither OAuth nor an interface for apps, so none can be left ajar (S60).
    assert httpx.get(f"{node.base}{path}", headers=ACTIVITY).status_code == 404
    assert httpx.post(f"{node.base}{path}").status_code in {404, 405}


def test_nobody_posts_into_an_outbox(node: Serving) -> None:
    group = get(f"{node.base}/g/harbour").json()

    assert not {"oauthAuthorizationEndpoint", "oauthTokenEndpoint"} & set(
        group["endpoints"]
    )
    assert httpx.post(group["outbox"], json={"type": "Note"}).status_code == 405


def test_the_outbox_lists_what_was_said(node: Serving) -> None:
    id = folkmoot(
        "post", str(node.directory), "--as", "harbour", "For the outbox"
    ).stdout.strip()

    outbox = get(f"{node.base}/g/harbour/outbox").json()
    page = get(outbox["first"]).json()

    assert page["orderedItems"][0]["object"] == id
    assert outbox["totalItems"] >= 1


def test_who_follows_is_a_number_and_no_list(node: Serving, sam: Account) -> None:
    follow(sam, node)

    followers = get(f"{node.base}/g/harbour/followers").json()

    assert followers["totalItems"] >= 1
    assert sam.id not in str(followers)


def like_of(sam: Account) -> JsonObject:
    return activity_of(sam, "Like", f"{sam.base}/n/1")


def tried(node: Serving) -> bool:
    """Whether all that was said has gone to everybody, those who are down included."""
    return not rows(node, "select id from delivery where outcome is null")
